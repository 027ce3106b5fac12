// Which part of the page is looked at: the whole, or a part of it as large as the whole.

import { HEIGHT, WIDTH } from "./shapes.js";

const LARGEST = 8, STEP = 1.5;

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

  // Larger by that factor; the given place of the board stays where it is on the screen.
  zoom(factor, [x, y] = [this.x + WIDTH / this.scale / 2, this.y + HEIGHT / this.scale / 2]) {
    const before = this.scale;
    this.scale = Math.max(1, Math.min(LARGEST, before * factor));
    this.#go(x - ((x - this.x) * before) / this.scale, y - ((y - this.y) * before) / this.scale);
  }

  // On by so much, in the coordinates of the board.
  pan(dx, dy) {
    this.#go(this.x + dx, this.y + dy);
  }

  reset() {
    this.scale = 1;
    this.#go(0, 0);
  }

  #go(x, y) {
    this.x = Math.max(0, Math.min(WIDTH - WIDTH / this.scale, x));
    this.y = Math.max(0, Math.min(HEIGHT - HEIGHT / this.scale, y));
    this.dispatchEvent(new Event("change"));
  }
}
