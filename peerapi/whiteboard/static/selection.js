// What is chosen on the paper: shown with handles, moved, made larger, recoloured, copied, locked, taken away, saved.

import { bounds, isImage, isText, overlap, union } from "./shapes.js";
import { newKey } from "./pointer.js";
import { whole } from "./figures.js";
import { savedSelection, saving } from "./saving.js";
import { clean } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";
const MOST = 500, MOST_PUT = 200;
const HANDLE = 12; // pixels of the screen
const ASIDE = 20; // board units by which a copy lies beside what it is of
const AWHILE = 50; // ms in which the browser says what else is in its clipboard
const SMALLEST = 12; // board units of a side that is made smaller
const WINDOW = newKey().slice(0, 16); // names this page among all that have changed a mark

const get = (id) => document.getElementById(id);

export class Selection {
  ids = [];
  #board;
  #canvas;
  #ask;
  #copied = []; // marks, as `put` takes them
  #waiting = false;
  #soon; // a timer
  #pasted = new Set(); // gestures of copies that are to be chosen when they come
  #steps = 0; // changes from how a mark was, which are done once, however often they are asked for

  constructor(board, canvas, ask, announce, toast) {
    [this.#board, this.#canvas, this.#ask, this.announce, this.toast] = [board, canvas, ask, announce, toast];
    this.group = get("selected");
    this.bar = get("selection");
    for (const what of ["mark", "gone", "whole"]) board.addEventListener(what, ({ detail }) => this.#changed(what, detail));
    canvas.view.addEventListener("change", () => this.#show());
    new ResizeObserver(() => this.#show()).observe(canvas.svg);
    const acts = {
      duplicate: () => this.duplicate(), "take-away": () => this.takeAway(), describe: () => this.describe(), lock: () => this.lock(!this.#isLocked),
      "save-selection-svg": () => this.save("svg"), "save-selection-png": () => this.save("png"),
    };
    for (const [id, act] of Object.entries(acts)) get(id).addEventListener("click", act);
  }

  get marks() {
    return this.ids.map((id) => this.#board.mark(id)).filter((mark) => mark && mark.page === this.#canvas.page);
  }

  get box() {
    return this.marks.map(bounds).reduce((all, one) => (all ? union(all, one) : one), null);
  }

  get #isLocked() {
    return this.marks.length > 0 && this.marks.every((mark) => mark.locked);
  }

  has(id) {
    return this.ids.includes(id);
  }

  set(ids) {
    const before = this.ids.length;
    this.ids = [...new Set(ids)].slice(0, MOST);
    if (this.ids.length) this.announce(`${count(this.ids.length)} selected`);
    else if (before) this.announce("Nothing selected");
    this.#show();
  }

  toggle(ids) {
    this.set(this.has(ids[0]) ? this.ids.filter((id) => !ids.includes(id)) : [...this.ids, ...ids]);
  }

  all() {
    this.set(this.#canvas.marks.filter((mark) => !mark.locked).slice(-MOST).map((mark) => mark.id));
  }

  // What begins with the pointer there: the selection is moved or drawn larger, or another one is made.
  grab(event) {
    const at = this.#canvas.dot(event);
    const corner = event.target.dataset?.corner;
    if (corner !== undefined && this.box) return new Resize(this, this.#canvas, Number(corner), event);
    const found = this.#canvas.markAt(event.clientX, event.clientY);
    if (!found) return new Band(this, this.#canvas, at, event.shiftKey ? this.ids : []);
    const ids = this.#canvas.gestureOf(found);
    if (event.shiftKey) {
      this.toggle(ids);
      return null;
    }
    if (!this.has(found)) this.set(ids);
    return new Move(this, this.#canvas, at);
  }

  within(rectangle) {
    const inside = (mark) => {
      const [left, top, right, bottom] = bounds(mark);
      return left >= rectangle[0] && top >= rectangle[1] && right <= rectangle[2] && bottom <= rectangle[3];
    };
    return this.#canvas.marks.filter((mark) => !mark.locked && overlap(bounds(mark), rectangle) && inside(mark)).map((mark) => mark.id);
  }

  move(x, y) {
    if (this.ids.length && (x || y)) this.#ask("move", { marks: this.ids, x: whole(x), y: whole(y), step: this.#step() });
  }

  #step() {
    return `${WINDOW}-${++this.#steps}`;
  }

  // By so many thousandths, with the place that stays.
  reshape([x, y], wide, high) {
    const fair = (one) => Math.max(10, Math.min(100000, Math.round(one)));
    if (this.ids.length && (wide !== 1000 || high !== 1000))
      this.#ask("reshape", { marks: this.ids, x: whole(x), y: whole(y), wide: fair(wide), high: fair(high), step: this.#step() });
  }

  recolour(colour) {
    if (this.ids.length) this.#ask("recolour", { marks: this.ids, colour });
  }

  takeAway() {
    if (this.ids.length) this.#ask("erase", { marks: this.ids, live: newKey() });
  }

  lock(locked) {
    if (this.ids.length) this.#ask("lock", { marks: this.ids, locked });
  }

  // What a picture shows, in words.
  describe() {
    const [mark] = this.marks;
    const words = prompt("What does the picture show? The words are for who does not see it.", mark.about);
    if (words !== null && words !== mark.about) this.#ask("describe", { mark: mark.id, about: clean(words) });
  }

  duplicate() {
    this.copy();
    this.paste();
  }

  copy() {
    this.#copied = this.marks.slice(0, MOST_PUT).sort((a, b) => (a.order < b.order ? -1 : 1)).map(putOf);
    return this.#copied.length > 0;
  }

  // Copied marks take the place of what the browser has in its clipboard, a picture say: what was copied last is pasted.
  copyAlone() {
    const copied = this.copy();
    if (copied) navigator.clipboard?.writeText(`${count(this.#copied.length)} of a board`).catch(() => {});
    return copied;
  }

  // Unless it turns out that there is a picture in the clipboard. Whether that was all: the browser has to look, too.
  pasteSoon() {
    this.#soon = setTimeout(() => this.paste(), AWHILE);
    return false;
  }

  pasteNot() {
    clearTimeout(this.#soon);
  }

  paste() {
    if (!this.#copied.length || !this.#canvas.page) return false;
    this.#copied = this.#copied.map((mark) => aside(mark, ASIDE));
    this.put(this.#copied);
    return true;
  }

  // New marks, which are chosen when they are there.
  put(marks, page = this.#canvas.page) {
    const live = newKey();
    this.#pasted.clear();
    this.#pasted.add(live);
    this.ids = [];
    this.#show();
    for (let at = 0; at < marks.length; ) {
      let end = at, dots = 0;
      while (end < marks.length && end - at < MOST_PUT && dots < 9000) dots += marks[end++].dots?.length ?? 50;
      const part = at ? newKey() : live;
      this.#pasted.add(part);
      this.#ask("put", { page, live: part, marks: marks.slice(at, end) });
      at = end;
    }
  }

  save(kind) {
    saving(() => savedSelection(this.marks.sort((a, b) => (a.order < b.order ? -1 : 1)), this.box, kind), this.toast);
  }

  // A key on the paper; whether it meant something.
  key(event) {
    if (!this.ids.length) return false;
    const step = event.shiftKey ? 4 : 20;
    const acts = {
      ArrowLeft: () => this.move(-step, 0), ArrowRight: () => this.move(step, 0), ArrowUp: () => this.move(0, -step), ArrowDown: () => this.move(0, step),
      Delete: () => this.takeAway(), Backspace: () => this.takeAway(), Escape: () => this.set([]),
      "+": () => this.#grow(1100), "-": () => this.#grow(909), "−": () => this.#grow(909),
    };
    acts[event.key]?.();
    return event.key in acts;
  }

  #grow(by) {
    const [left, top] = this.box;
    this.reshape([left, top], by, by);
  }

  #changed(what, detail) {
    if (what === "mark" && this.#pasted.has(detail.mark.gesture) && detail.page.id === this.#canvas.page && !this.has(detail.mark.id)) this.ids.push(detail.mark.id);
    else if (what === "mark" && !this.has(detail.mark.id)) return;
    if (this.#waiting) return;
    this.#waiting = true; // a mark that is changed goes and comes
    requestAnimationFrame(() => {
      this.#waiting = false;
      this.ids = this.ids.filter((id) => this.#board.mark(id));
      this.#show();
    });
  }

  // `moved`: by how much what is shown is away from where the marks are.
  #show() {
    const box = this.box;
    this.bar.hidden = !box;
    this.group.replaceChildren();
    if (!box) return;
    const marks = this.marks;
    get("selected-count").textContent = `${count(marks.length)}${this.#isLocked ? ", locked" : ""}`;
    get("describe").hidden = marks.length !== 1 || !isImage(marks[0]) || this.#isLocked;
    get("lock").textContent = this.#isLocked ? "Unlock" : "Lock";
    const unit = this.#canvas.svg.getScreenCTM()?.a || 1;
    const [left, top, right, bottom] = box;
    this.group.append(rectangle({ x: left, y: top, width: right - left, height: bottom - top, class: "box", "stroke-width": 1.5 / unit, "stroke-dasharray": `${5 / unit} ${4 / unit}` }));
    if (this.#isLocked) return;
    const side = HANDLE / unit;
    [[left, top], [right, top], [right, bottom], [left, bottom]].forEach(([x, y], corner) => {
      const handle = rectangle({ x: x - side / 2, y: y - side / 2, width: side, height: side, class: "handle", "stroke-width": 1.5 / unit });
      handle.dataset.corner = corner;
      this.group.append(handle);
    });
  }
}

const count = (number) => (number === 1 ? "1 mark" : `${number} marks`);

function rectangle(attributes) {
  const one = document.createElementNS(SVG, "rect");
  for (const [name, value] of Object.entries(attributes)) one.setAttribute(name, value);
  return one;
}

// A mark as `put` takes it.
function putOf(mark) {
  if (isText(mark)) return { colour: mark.colour, size: mark.size, x: mark.x, y: mark.y, words: mark.words };
  if (isImage(mark)) return { image: mark.image, x: mark.x, y: mark.y, wide: mark.wide, high: mark.high, about: mark.about };
  const dots = [];
  for (let at = 0; at < mark.dots.length; at += 2) dots.push([mark.dots[at], mark.dots[at + 1]]);
  return { colour: mark.colour, width: mark.width, dots };
}

function aside(mark, by) {
  if (!mark.dots) return { ...mark, x: whole(mark.x + by), y: whole(mark.y + by) };
  return { ...mark, dots: mark.dots.map(([x, y]) => [whole(x + by), whole(y + by)]) };
}

// The selection under the pointer.
class Move {
  #by = [0, 0];

  constructor(selection, canvas, from) {
    Object.assign(this, { selection, canvas, from });
  }

  go(dots) {
    const [x, y] = dots.at(-1);
    this.#by = [x - this.from[0], y - this.from[1]];
    this.canvas.choose(this.selection.ids, `translate(${this.#by[0]} ${this.#by[1]})`);
  }

  end() {
    this.canvas.choose([]);
    this.selection.move(...this.#by);
  }

  cancel() {
    this.canvas.choose([]);
  }
}

// One corner of the selection under the pointer: the one across stays. With Shift each side goes by itself.
class Resize {
  #by = [1, 1];

  constructor(selection, canvas, corner, event) {
    Object.assign(this, { selection, canvas, free: event.shiftKey });
    const [left, top, right, bottom] = selection.box;
    const corners = [[left, top], [right, top], [right, bottom], [left, bottom]];
    [this.from, this.fixed] = [corners[corner], corners[(corner + 2) % 4]];
  }

  go(dots) {
    const [x, y] = dots.at(-1);
    const by = (now, from, fixed) => {
      const long = from - fixed || 1;
      return Math.max(SMALLEST / Math.abs(long), (now - fixed) / long);
    };
    const [wide, high] = [by(x, this.from[0], this.fixed[0]), by(y, this.from[1], this.fixed[1])];
    const both = Math.max(wide, high);
    this.#by = this.free ? [wide, high] : [both, both];
    const [fixedX, fixedY] = this.fixed;
    this.canvas.choose(this.selection.ids, `translate(${fixedX} ${fixedY}) scale(${this.#by[0]} ${this.#by[1]}) translate(${-fixedX} ${-fixedY})`);
  }

  end() {
    this.canvas.choose([]);
    const [wide, high] = this.#by.map((one) => Math.round(1000 * one));
    this.selection.reshape(this.fixed, wide, high);
  }

  cancel() {
    this.canvas.choose([]);
  }
}

// A rectangle that is drawn around what is to be chosen.
class Band {
  #ids = [];

  constructor(selection, canvas, from, before) {
    Object.assign(this, { selection, canvas, from, before });
    this.shown = rectangle({ class: "box" });
    canvas.chosen.append(this.shown);
    selection.set(before);
  }

  go(dots) {
    const [x, y] = dots.at(-1);
    const [left, top] = [Math.min(x, this.from[0]), Math.min(y, this.from[1])];
    const [wide, high] = [Math.abs(x - this.from[0]), Math.abs(y - this.from[1])];
    for (const [name, value] of Object.entries({ x: left, y: top, width: wide, height: high })) this.shown.setAttribute(name, value);
    this.#ids = this.selection.within([left, top, left + wide, top + high]);
    if (!this.shown.isConnected) this.canvas.chosen.append(this.shown);
  }

  end() {
    this.shown.remove();
    this.selection.set([...this.before, ...this.#ids]);
  }

  cancel() {
    this.shown.remove();
  }
}

