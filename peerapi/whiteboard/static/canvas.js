// The page that is shown: a bitmap of all marks, above it what is being drawn or chosen just now, and beside it the same
// drawing as an SVG document, which is not shown but printed and saved.

import { Grid } from "./grid.js";
import { Raster } from "./raster.js";
import { bounds, element, isImage, isText, points, touches } from "./shapes.js";
import { View } from "./view.js";

const LIVE_PATIENCE = 20000; // ms without news, after which a stroke that was never finished goes away
const AT_ONCE = 1000; // elements of the document that are made between two frames
const REACH = 6; // pixels of the screen, about a fingertip's

export class Canvas {
  page = null; // its id
  replaying = false;
  view = new View();
  #board;
  #images;
  #raster;
  #grid = new Grid();
  #elements = new Map(); // mark id -> element
  #live = new Map(); // gesture -> {element, dots, page, until}
  #frame = null; // while the document is made
  #next = 0; // the first mark that is not written in it then

  constructor(board, images) {
    this.#board = board;
    this.#images = images;
    this.svg = document.getElementById("paper");
    this.drawn = document.getElementById("drawn");
    this.live = document.getElementById("live");
    this.chosen = document.getElementById("chosen");
    this.#raster = new Raster(document.getElementById("raster"), () => !board.settled);
    this.view.addEventListener("change", () => {
      this.svg.setAttribute("viewBox", this.view.box);
      this.#raster.look(this.view);
    });
    board.addEventListener("mark", ({ detail }) => this.#added(detail));
    board.addEventListener("gone", ({ detail }) => this.#gone(detail));
    images.addEventListener("change", ({ detail }) => this.#renew(detail.key, detail.shown));
    setInterval(() => this.#forgetLive(), 5000);
  }

  // Whether everything that is known stands on the paper.
  get settled() {
    return !this.#raster.busy && this.#frame === null;
  }

  get marks() {
    return this.#board.page(this.page)?.marks ?? [];
  }

  show(page) {
    this.page = page;
    this.view.reset();
    this.redraw();
    for (const stroke of this.#live.values()) stroke.element.setAttribute("visibility", stroke.page === page ? "visible" : "hidden");
  }

  redraw() {
    this.#grid = new Grid();
    for (const mark of this.marks) {
      this.#grid.add(mark);
      if (isImage(mark)) this.#images.want(mark.image);
    }
    this.#raster.show(() => this.marks, (rectangle) => this.#grid.within(rectangle));
    this.#elements.clear();
    this.drawn.replaceChildren();
    this.choose([]);
    cancelAnimationFrame(this.#frame);
    this.#next = 0;
    this.#write();
  }

  // The document, a part after the other, as long as there is more or more may come.
  #write() {
    this.#frame = null;
    const marks = this.marks;
    const part = marks.slice(this.#next, this.#next + AT_ONCE);
    this.drawn.append(...part.filter((mark) => !this.#elements.has(mark.id)).map((mark) => this.#written(mark)));
    this.#next += part.length;
    if (this.#next < marks.length || !this.#board.settled) this.#frame = requestAnimationFrame(() => this.#write());
  }

  #written(mark) {
    const fresh = element(mark);
    this.#elements.set(mark.id, fresh);
    return fresh;
  }

  // Only these, for a replay: `begin` nothing, then one mark after the other, the last of them perhaps in part.
  beginReplay() {
    this.replaying = true;
    cancelAnimationFrame(this.#frame);
    this.#frame = null;
    this.#elements.clear();
    this.drawn.replaceChildren();
    this.#raster.clear();
  }

  replay(mark) {
    this.#raster.add(mark, true);
    if (mark.id) this.drawn.append(element(mark));
  }

  endReplay() {
    this.replaying = false;
    this.redraw();
  }

  // A stroke in the making, here or elsewhere: `dots` go to the place `from`.
  liven(gesture, page, colour, width, from, dots, patience = LIVE_PATIENCE) {
    let stroke = this.#live.get(gesture);
    if (!stroke) {
      stroke = { page, dots: [], element: element({ colour, width, dots: [] }) };
      stroke.element.setAttribute("visibility", page === this.page ? "visible" : "hidden");
      this.#live.set(gesture, stroke);
      this.live.append(stroke.element);
    }
    stroke.dots.splice(Math.min(from, stroke.dots.length), dots.length, ...dots);
    stroke.until = performance.now() + patience;
    stroke.element.setAttribute("points", points(stroke.dots.flat()));
  }

  unliven(gesture) {
    this.#live.get(gesture)?.element.remove();
    this.#live.delete(gesture);
  }

  // Board coordinates of a place on the screen: of the pointer, say.
  place(x, y) {
    const found = new DOMPoint(x, y).matrixTransform(this.svg.getScreenCTM().inverse());
    return [found.x, found.y];
  }

  dot(event) {
    return this.place(event.clientX, event.clientY).map((number) => clamp(Math.round(number)));
  }

  // The uppermost mark whose ink is at a place on the screen, or near it.
  markAt(x, y, wanted = () => true) {
    const [at, reach] = [this.place(x, y), REACH / this.svg.getScreenCTM().a];
    const near = this.#grid.within([at[0] - reach, at[1] - reach, at[0] + reach, at[1] + reach]);
    for (const distance of [0, reach]) {
      const found = near.findLast((mark) => wanted(mark) && touches(mark, ...at, distance));
      if (found) return found.id;
    }
    return null;
  }

  // A mark and all that the same movement has made.
  gestureOf(id) {
    const mark = this.#board.mark(id);
    if (!mark) return [];
    if (!mark.gesture) return [id];
    return this.marks.filter((one) => one.gesture === mark.gesture && one.by === mark.by).map((one) => one.id);
  }

  // Show which marks are meant; `transform`: how they would be moved or made larger.
  choose(ids, transform = "") {
    const marks = ids.map((id) => this.#board.mark(id)).filter(Boolean).sort((a, b) => (a.order < b.order ? -1 : 1));
    this.chosen.replaceChildren(...marks.flatMap((mark) => (transform ? [element(mark)] : chosenLook(mark))));
    this.chosen.setAttribute("transform", transform);
  }

  #added({ page, mark, at }) {
    if (mark.gesture) this.unliven(mark.gesture);
    if (page.id !== this.page || this.replaying) return;
    if (isImage(mark)) this.#images.want(mark.image);
    this.#grid.add(mark);
    const last = at === page.marks.length - 1;
    this.#raster.add(mark, last);
    if (this.#frame !== null && at >= this.#next) return; // it is written with the others
    this.#next++;
    const next = page.marks[at + 1];
    this.drawn.insertBefore(this.#written(mark), (next && this.#elements.get(next.id)) ?? null);
  }

  #gone({ page, mark }) {
    if (page?.id !== this.page || this.replaying) return;
    this.#grid.remove(mark);
    this.#raster.remove(mark);
    this.#elements.get(mark.id)?.remove();
    this.#elements.delete(mark.id);
    this.#next = 0; // those behind it have moved: one would be left out
    this.chosen.replaceChildren();
  }

  // More is known of a picture file than before.
  #renew(key, shown) {
    this.#raster.picture(key, shown);
    if (this.replaying) return;
    for (const mark of this.marks.filter((one) => one.image === key)) {
      this.#raster.renew(mark);
      if (this.#elements.has(mark.id)) {
        const before = this.#elements.get(mark.id);
        before.replaceWith(this.#written(mark));
      }
    }
  }

  #forgetLive() {
    for (const [gesture, stroke] of this.#live) if (stroke.until < performance.now()) this.unliven(gesture);
  }
}

// Paled, and with a line along it that is seen on any colour.
function chosenLook(mark) {
  const [left, top, right, bottom] = bounds(mark);
  const box = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  for (const [name, value] of Object.entries({ x: left, y: top, width: right - left, height: bottom - top })) box.setAttribute(name, value);
  box.setAttribute("class", "box");
  if (isText(mark) || isImage(mark)) return [box];
  const [pale, line] = [element(mark), element(mark)];
  pale.setAttribute("class", "pale");
  line.setAttribute("class", "box");
  return [pale, line];
}

const clamp = (number) => Math.max(-32768, Math.min(32767, number));
