// Which marks lie where: the page in squares, each with the marks whose ground touches it.

import { bounds, HEIGHT, overlap, WIDTH } from "./shapes.js";

const CELL = 50;
const COLUMNS = Math.ceil(WIDTH / CELL), ROWS = Math.ceil(HEIGHT / CELL);

export class Grid {
  #cells = Array.from({ length: COLUMNS * ROWS }, () => new Set());

  add(mark) {
    for (const cell of this.#under(bounds(mark))) cell.add(mark);
  }

  remove(mark) {
    for (const cell of this.#under(bounds(mark))) cell.delete(mark);
  }

  // The marks whose ground touches a rectangle, in the order of drawing.
  within(rectangle) {
    const found = new Set();
    for (const cell of this.#under(rectangle)) for (const mark of cell) if (overlap(bounds(mark), rectangle)) found.add(mark);
    return [...found].sort((a, b) => (a.order < b.order ? -1 : a.order > b.order ? 1 : 0));
  }

  // What lies outside of the page counts as lying in the squares at its edge.
  *#under([left, top, right, bottom]) {
    const [first, last] = [column(left), column(right)];
    for (let y = row(top); y <= row(bottom); y++) for (let x = first; x <= last; x++) yield this.#cells[y * COLUMNS + x];
  }
}

const column = (x) => Math.max(0, Math.min(COLUMNS - 1, Math.floor(x / CELL)));
const row = (y) => Math.max(0, Math.min(ROWS - 1, Math.floor(y / CELL)));
