// The drawing as a bitmap. A stroke that is added costs what it costs alone; where one is taken away only that part of the
// page is drawn anew; and a whole page is drawn by a painter, while the browser does other things.

import { painter } from "./painting.js";
import { bounds, HEIGHT, ink, union, WIDTH } from "./shapes.js";

const LOOK = 300; // ms between two looks at a page that is being drawn, when there is nothing else to be seen
const MOST_PIXELS = 8e6; // of the bitmap, whatever the screen has

export class Raster {
  #context;
  #painter = painter(() => this.#continue());
  #back = document.createElement("canvas"); // keeps the bitmap while it is made larger or moved
  #marks = () => []; // the marks of the page, in order
  #within = () => []; // those that touch a rectangle
  #more; // whether more marks are on their way
  #view = { x: 0, y: 0, scale: 1 };
  #shown = null; // the view that the bitmap shows; null: nothing yet
  #next = null; // while the page is drawn: the number of the mark to be given to the painter next
  #looked = 0;
  #dirty = null; // the rectangle to be drawn anew
  #frame = null;

  constructor(canvas, more) {
    this.canvas = canvas;
    this.#more = more;
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
    this.#looked = performance.now();
    this.#painter.begin(this.canvas.width, this.canvas.height, this.#transform(this.#view));
    this.#continue();
  }

  // A mark has come; `last`: nothing is drawn above it.
  add(mark, last) {
    if (this.#next !== null) {
      if (!last) this.#spoil(bounds(mark)); // when the page is through
      return;
    }
    if (last && !this.#dirty) this.#drawn(() => ink(this.#context, mark));
    else this.#spoil(bounds(mark));
  }

  // More is known of a picture file; the marks that show it are drawn anew one by one (`renew`).
  picture(key, shown) {
    this.#painter.picture(key, shown);
  }

  renew(mark) {
    this.#spoil(bounds(mark));
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
    if (this.#next !== null) this.#paint();
    else if (this.#dirty) {
      const rectangle = this.#dirty;
      this.#dirty = null;
      this.#drawn(() => this.#drawPart(rectangle));
    }
    if (this.busy && !this.#painter.busy) this.#continue();
  }

  // The next step to the whole page; the painter calls for another one.
  #paint() {
    if (this.#painter.busy) return;
    const marks = this.#marks();
    const now = performance.now();
    if (!this.#shown && this.#next && now - this.#looked > LOOK) {
      this.#looked = now;
      this.#painter.show((image) => this.#next !== null && this.#put(image));
    } else if (this.#next < marks.length) {
      const from = this.#next;
      this.#next = Math.min(from + this.#painter.atOnce, marks.length);
      this.#painter.draw(marks.slice(from, this.#next));
    } else if (!this.#more()) this.#painter.show((image) => this.#through(image));
  }

  #through(image) {
    if (this.#next === null) return; // a replay has begun meanwhile
    this.#put(image);
    const late = this.#marks().slice(this.#next);
    [this.#next, this.#shown] = [null, { ...this.#view }];
    this.#drawn(() => late.forEach((mark) => ink(this.#context, mark)));
  }

  #put(image) {
    this.#begin(this.canvas);
    this.#context.drawImage(image, 0, 0);
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
  #drawn(draw) {
    this.#context.save();
    this.#context.setTransform(...this.#transform(this.#shown));
    draw();
    this.#context.restore();
  }

  #transform(view) {
    const unit = (this.canvas.width / WIDTH) * view.scale;
    return [unit, 0, 0, (this.canvas.height / HEIGHT) * view.scale, -view.x * unit, -view.y * unit];
  }
}
