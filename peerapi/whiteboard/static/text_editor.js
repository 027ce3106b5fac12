// The text tool: a field on the canvas, whose words become a record, or take the place of those that were there.

import { newKey } from "./pointer.js";
import { FONT, HEIGHT, linesOf, widthOf, WIDTH } from "./shapes.js";
import { cleanLines } from "./words.js";

const MARGIN = 12; // board units between words and the edge of the page
const SMALLEST = 14; // of a text that would not find room otherwise
const READABLE = 16; // pixels of the screen: what is written is never smaller than this where it is written
const NOTE_SIZE = 24; // of what is written on a note, until it is fitted in
const MOST = 600; // UTF-16 units

export function textEditor(canvas, tools, ask) {
  const sheet = document.getElementById("sheet");

  // `mark`: a text that is written anew. `then`: who is given the words instead, null when they were dropped.
  return function write([x, y], mark = null, then = null) {
    document.getElementById("writing")?.blur();
    const field = document.createElement("textarea");
    field.id = "writing";
    field.rows = 1;
    field.maxLength = MOST;
    field.value = mark?.words ?? "";
    field.setAttribute("aria-label", "Words for the paper; Enter writes them, with Shift it begins a line, Escape drops them");
    const matrix = canvas.svg.getScreenCTM();
    const size = mark?.size ?? (then ? NOTE_SIZE : Math.max(tools.size, Math.min(60, Math.ceil(READABLE / matrix.a))));
    const colour = mark?.colour ?? tools.colour;
    const [at, page] = [mark ? [mark.x, mark.y] : [x, y], canvas.page];
    const place = new DOMPoint(at[0], at[1] - size * 0.95).matrixTransform(matrix);
    const box = sheet.getBoundingClientRect();
    const left = Math.max(0, Math.min(place.x - box.left, box.width - 120));
    Object.assign(field.style, {
      left: `${left}px`, top: `${Math.max(0, Math.min(place.y - box.top, box.height - 40))}px`, width: `${box.width - left - 4}px`,
      fontSize: `${Math.max(READABLE, size * matrix.a)}px`, fontFamily: FONT, color: then ? "black" : colour,
    });
    const grow = () => {
      field.style.height = "auto";
      field.style.height = `${field.scrollHeight + 4}px`;
    };
    let through = false;
    const done = (kept) => {
      if (through) return;
      through = true;
      const words = cleanLines(field.value);
      field.remove();
      if (then) then(kept ? words : null);
      else if (kept && words && words !== mark?.words) store(words);
      canvas.svg.focus({ preventScroll: true, focusVisible: false });
    };
    const store = (words) => {
      const found = fitted(words, size, at);
      if (mark) ask("edit", { mark: mark.id, colour, ...found });
      else ask("text", { page, colour, ...found, live: newKey() });
    };
    field.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Escape") done(false);
      if (event.key !== "Enter" || event.isComposing || event.shiftKey || matchMedia("(pointer: coarse)").matches) return;
      event.preventDefault();
      done(true);
    });
    field.addEventListener("input", grow);
    field.addEventListener("blur", () => done(true));
    addEventListener("pagehide", () => done(true), { once: true });
    sheet.append(field);
    grow();
    field.focus({ preventScroll: true });
  };
}

// Words in lines that end on the page, where they find room: farther left or up when it must be, and smaller at last. What is
// written beside the page has room for lines as wide as the page.
export function fitted(words, size, [x, y]) {
  if (x < 0 || x > WIDTH || y < 0 || y > HEIGHT + size) {
    const lines = words.split("\n").flatMap((line) => wrapped(line, size, WIDTH));
    return { words: lines.slice(0, 50).join("\n"), size, x, y };
  }
  const widest = (lines) => Math.max(...lines.map((line) => widthOf(line, size)));
  for (;;) {
    x = Math.max(0, Math.min(x, WIDTH - MARGIN - Math.min(WIDTH - MARGIN, 6 * size, widest(words.split("\n")))));
    const lines = words.split("\n").flatMap((line) => wrapped(line, size, WIDTH - MARGIN - x));
    const mark = { words: lines.slice(0, 50).join("\n"), size, x: Math.round(x), y };
    const below = linesOf(mark).at(-1).y + size / 4 - HEIGHT;
    mark.y = Math.max(Math.ceil(size), below > 0 ? Math.floor(y - below) : y);
    if (size <= SMALLEST || linesOf(mark).at(-1).y <= HEIGHT) return mark;
    size = Math.max(SMALLEST, Math.floor(size * 0.8));
  }
}

// A line as several, each as wide as there is room; a word that is wider than that is cut.
export function wrapped(line, size, room) {
  const lines = [];
  let now = "";
  for (const word of line.split(/(?<= )/)) {
    for (let rest = word; rest; ) {
      if (widthOf((now + rest).trimEnd(), size) <= room) {
        now += rest;
        break;
      }
      if (now.trim()) {
        lines.push(now.trimEnd());
        now = "";
        continue;
      }
      const letters = [...rest];
      let count = letters.length;
      while (count > 1 && widthOf(letters.slice(0, count).join(""), size) > room) count--;
      lines.push(letters.slice(0, count).join(""));
      rest = letters.slice(count).join("");
    }
  }
  return [...lines, now.trimEnd()].filter((one, number, all) => one || all.length === 1);
}
