// The drawing as a bitmap. A stroke that is added costs what it costs alone; where one is taken away only that part of the
// page is drawn anew; and a whole page of many strokes is drawn in slices, between which the browser can do other things.

import { bounds, HEIGHT, ink, union, WIDTH } from "./shapes.js";

const SLICE = 12; // ms of drawing between two frames
const MOST_PIXELS = 8e6; // of the bitmap, whatever the screen has

export class Raster {
  #context;
  #back = document.createElement("canvas"); // where a whole page is drawn before it is shown
  #marks = () => []; // the marks of the page, in order
  #within = () => []; // those that touch a rectangle
  #view = { x: 0, y: 0, scale: 1 };
  #shown = null; // the view that the bitmap shows; null: nothing yet
  #next = null; // while the page is drawn: the number of the mark to be drawn next
  #dirty = null; // the rectangle to be drawn anew
  #frame = null;

  constructor(canvas) {
    this.canvas = canvas;
    this.#context = canvas.getContext("2d");
    new ResizeObserver(() => this.redraw()).observe(canvas);
  }

  get busy() {
    return this.#next !== null || this.#dirty !== null;
  }

  // What is drawn from now on: all marks of a page in order, and those that touch a rectangle.
  show(marks, within) {
    [this.#marks, this.#within, this.#shown] = [marks, within, null];
    this.redraw();
  }

  look(view) {
    this.#view = { ...view };
    this.redraw();
  }

  // The whole page anew.
  redraw() {
    this.#fit();
    this.#preview();
    this.#next = 0;
    this.#dirty = null;
    this.#begin(this.#back);
    this.#continue();
  }

  // A mark has come; `last`: nothing is drawn above it.
  add(mark, last) {
    if (this.#next !== null) {
      if (!last) this.#spoil(bounds(mark)); // when the page is through
      return;
    }
    if (last && !this.#dirty) this.#drawn(this.#context, this.#shown, () => ink(this.#context, mark));
    else this.#spoil(bounds(mark));
  }

  remove(mark) {
    if (this.#next === null) this.#spoil(bounds(mark));
    else this.redraw(); // the marks behind it have moved: one would be left out
  }

  clear() {
    this.#next = this.#dirty = null;
    this.#begin(this.canvas);
    this.#shown = { ...this.#view };
  }

  // The bitmap has as many pixels as the screen has there.
  #fit() {
    const box = this.canvas.getBoundingClientRect();
    const most = Math.sqrt(MOST_PIXELS / Math.max(1, box.width * box.height));
    const ratio = Math.min(devicePixelRatio || 1, most);
    const [wide, high] = [Math.max(1, Math.round(box.width * ratio)), Math.max(1, Math.round(box.height * ratio))];
    if (this.canvas.width === wide && this.canvas.height === high) return;
    this.#back.width = wide;
    this.#back.height = high;
    if (this.#shown) this.#back.getContext("2d").drawImage(this.canvas, 0, 0, wide, high);
    this.canvas.width = wide;
    this.canvas.height = high;
    if (this.#shown) this.#context.drawImage(this.#back, 0, 0);
  }

  // Until the page has been drawn, what was there before: as large and where it is now.
  #preview() {
    const [now, before] = [this.#view, this.#shown];
    if (!before || (now.x === before.x && now.y === before.y && now.scale === before.scale)) return;
    const { width, height } = this.canvas;
    this.#begin(this.#back);
    const [unit, larger] = [width / WIDTH, now.scale / before.scale];
    const context = this.#back.getContext("2d");
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.drawImage(this.canvas, (before.x - now.x) * now.scale * unit, (before.y - now.y) * now.scale * unit, width * larger, height * larger);
    this.#begin(this.canvas);
    this.#context.setTransform(1, 0, 0, 1, 0, 0);
    this.#context.drawImage(this.#back, 0, 0);
    this.#shown = { ...now };
  }

  #begin(canvas) {
    const context = canvas.getContext("2d");
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
  }

  #spoil(rectangle) {
    this.#dirty = this.#dirty ? union(this.#dirty, rectangle) : rectangle;
    this.#frame ??= requestAnimationFrame(() => this.#step());
  }

  #continue() {
    this.#frame ??= requestAnimationFrame(() => this.#step());
  }

  #step() {
    this.#frame = null;
    if (this.#next !== null) this.#drawSlice();
    else if (this.#dirty) {
      const rectangle = this.#dirty;
      this.#dirty = null;
      this.#drawn(this.#context, this.#shown, () => this.#drawPart(rectangle));
    }
    if (this.busy) this.#continue();
  }

  #drawSlice() {
    const marks = this.#marks();
    const until = performance.now() + SLICE;
    const context = this.#back.getContext("2d");
    this.#drawn(context, this.#view, () => {
      while (this.#next < marks.length && performance.now() < until) ink(context, marks[this.#next++]);
    });
    const through = this.#next >= marks.length;
    if (through || !this.#shown) {
      this.#begin(this.canvas);
      this.#context.drawImage(this.#back, 0, 0);
    }
    if (through) [this.#next, this.#shown] = [null, { ...this.#view }];
  }

  #drawPart([left, top, right, bottom]) {
    const context = this.#context;
    context.beginPath();
    context.rect(left, top, right - left, bottom - top);
    context.clip();
    context.clearRect(left, top, right - left, bottom - top);
    for (const mark of this.#within([left, top, right, bottom])) ink(context, mark);
  }

  // In the coordinates of the board.
  #drawn(context, view, draw) {
    const unit = (this.canvas.width / WIDTH) * view.scale;
    context.save();
    context.setTransform(unit, 0, 0, (this.canvas.height / HEIGHT) * view.scale, -view.x * unit, -view.y * unit);
    draw();
    context.restore();
  }
}
