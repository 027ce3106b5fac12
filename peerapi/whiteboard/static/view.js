// Which part of the paper is looked at. The paper goes on beyond the page in every direction, as far as coordinates go.

import { HEIGHT, WIDTH } from "./shapes.js";

const LARGEST = 8, SMALLEST = 0.1, STEP = 1.5;
const FARTHEST = 32000; // board units from the corner of the page

export class View extends EventTarget {
  scale = 1;
  x = 0; // the upper left corner of what is seen, in the coordinates of the board
  y = 0;

  get box() {
    return `${this.x} ${this.y} ${WIDTH / this.scale} ${HEIGHT / this.scale}`;
  }

  get step() {
    return STEP;
  }

  // Whether the page is seen, the whole of it and nothing else.
  get isHome() {
    return this.scale === 1 && this.x === 0 && this.y === 0;
  }

  get isLargest() {
    return this.scale === LARGEST;
  }

  get isSmallest() {
    return this.scale === SMALLEST;
  }

  // Larger by that factor; the given place of the board stays where it is on the screen.
  zoom(factor, [x, y] = [this.x + WIDTH / this.scale / 2, this.y + HEIGHT / this.scale / 2]) {
    const before = this.scale;
    const wanted = Math.max(SMALLEST, Math.min(LARGEST, before * factor));
    this.scale = Math.abs(wanted - 1) < 0.01 ? 1 : wanted;
    this.#go(x - ((x - this.x) * before) / this.scale, y - ((y - this.y) * before) / this.scale);
  }

  // On by so much, in the coordinates of the board.
  pan(dx, dy) {
    this.#go(this.x + dx, this.y + dy);
  }

  // As far as a place has to be seen.
  follow([x, y]) {
    const [wide, high] = [WIDTH / this.scale, HEIGHT / this.scale];
    const by = (at, from, long) => (at < from ? at - from : at > from + long ? at - from - long : 0);
    const [dx, dy] = [by(x, this.x, wide), by(y, this.y, high)];
    if (dx || dy) this.pan(dx, dy);
  }

  reset() {
    this.scale = 1;
    this.#go(0, 0);
  }

  #go(x, y) {
    const within = (at, long) => Math.max(-FARTHEST, Math.min(FARTHEST - long, at));
    this.x = within(x, WIDTH / this.scale);
    this.y = within(y, HEIGHT / this.scale);
    this.dispatchEvent(new Event("change"));
  }
}
