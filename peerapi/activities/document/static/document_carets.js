// Where the others are in the text: drawn over it.

import { boxes, colourOf } from "./document_copy.js";
import { moved } from "./document_text.js";

export class Caret {
  constructor(peer, name, ends) {
    Object.assign(this, { peer, name, ends });
  }

  move(delta) {
    this.ends = this.ends.map((end) => moved(end, delta));
  }
}

// `copy` shows the text, `over` gets a mark for each caret.
export function showCarets(carets, text, copy, over) {
  const frame = over.getBoundingClientRect();
  over.replaceChildren(...carets.flatMap((one) => {
    const [from, to] = one.ends.map((end) => Math.max(0, Math.min(end, text.length)));
    const colour = `colour-${colourOf(one.peer)}`;
    const marks = [];
    if (from !== to) for (const box of boxes(copy, Math.min(from, to), Math.max(from, to)).slice(0, 200)) marks.push(placed("chosen", colour, box, frame));
    const box = boxes(copy, to, to + 1)[0] ?? copy.getBoundingClientRect();
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
