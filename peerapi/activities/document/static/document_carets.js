// Where the others are in the text: drawn over it, from a copy of the text that has the same lines.

import { moved } from "./document_text.js";

const COLOURS = 6;

export class Caret {
  constructor(peer, name, ends) {
    Object.assign(this, { peer, name, ends });
  }

  move(delta) {
    this.ends = this.ends.map((end) => moved(end, delta));
  }
}

const colourOf = (peer) => [...peer].reduce((sum, letter) => (31 * sum + letter.codePointAt(0)) >>> 0, 7) % COLOURS;

// `copy` shows the text, `over` gets a mark for each caret.
export function showCarets(carets, text, copy, over) {
  const shown = `${text}\n`;
  if (copy.firstChild?.data !== shown) copy.replaceChildren(document.createTextNode(shown));
  const node = copy.firstChild, frame = over.getBoundingClientRect(), range = document.createRange();
  over.replaceChildren(...carets.flatMap((one) => {
    const [from, to] = one.ends.map((end) => Math.max(0, Math.min(end, text.length)));
    const colour = `caret-${colourOf(one.peer)}`;
    const marks = [];
    if (from !== to) {
      range.setStart(node, Math.min(from, to));
      range.setEnd(node, Math.max(from, to));
      for (const box of [...range.getClientRects()].slice(0, 200)) marks.push(placed("chosen", colour, box, frame));
    }
    range.setStart(node, to);
    range.setEnd(node, Math.min(to + 1, shown.length));
    const boxes = range.getClientRects();
    const box = boxes[0] ?? copy.getBoundingClientRect();
    const mark = placed("caret", colour, { left: box.left, top: box.top, width: 0, height: box.height }, frame);
    mark.append(Object.assign(document.createElement("span"), { className: "whose", textContent: one.name }));
    return [...marks, mark];
  }));
}

function placed(what, colour, box, frame) {
  const mark = Object.assign(document.createElement("div"), { className: `${what} ${colour}` });
  mark.style.left = `${box.left - frame.left}px`;
  mark.style.top = `${box.top - frame.top}px`;
  mark.style.height = `${box.height}px`;
  if (what === "chosen") mark.style.width = `${box.width}px`;
  return mark;
}
