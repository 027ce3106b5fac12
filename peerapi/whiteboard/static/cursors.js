// Where the others point, with their names; and where this person does, for the others.

import { colourOf, nameOf } from "./people.js";

const SVG = "http://www.w3.org/2000/svg";
const PAUSE = 40; // ms between two places that the others are told
const STALE = 30000; // ms after which a cursor that has not moved is not shown any more
const MOST_LETTERS = 24;
const ARROW = "M0 0L4.500 15L7.800 9.200L14.200 8.400Z";

export class Cursors {
  #canvas;
  #ask;
  #shown = new Map(); // key -> {by, page, x, y, element, label, until}
  #here = null; // peers who are at the board; null: not known yet
  #own = null; // {page, place}: what the others are to be told next
  #told = -Infinity;
  #timer = null;
  #isAway = true;

  constructor(canvas, ask) {
    [this.#canvas, this.#ask] = [canvas, ask];
    this.group = document.getElementById("cursors");
    canvas.view.addEventListener("change", () => this.#placeAll());
    new ResizeObserver(() => this.#placeAll()).observe(canvas.svg);
    setInterval(() => this.#forget((one) => one.until < performance.now()), 5000);
  }

  // This person points there, in the coordinates of the board.
  point([x, y]) {
    if (!this.#canvas.page) return;
    this.#isAway = false;
    this.#say({ page: this.#canvas.page, x: Math.round(x), y: Math.round(y) });
  }

  // This person points nowhere on the paper.
  away() {
    if (this.#isAway || !this.#canvas.page) return;
    this.#isAway = true;
    this.#say({ page: this.#canvas.page });
  }

  take({ key, by, page, x, y }) {
    const one = this.#shown.get(key);
    if (x === null || y === null) return this.#forget((known) => known === one);
    const cursor = one ?? { ...made(by), by };
    Object.assign(cursor, { page, x, y, until: performance.now() + STALE });
    this.#shown.set(key, cursor);
    if (!one) this.group.append(cursor.element);
    this.#place(cursor);
  }

  // Those who are at the board now, each with the name that they have now.
  keep(peers) {
    this.#here = new Set(peers);
    this.#forget((one) => !this.#here.has(one.by));
    for (const one of this.#shown.values()) one.label.textContent = shortened(nameOf(one.by));
  }

  // Another page is shown.
  turn() {
    this.away();
    this.#placeAll();
  }

  // At once, unless the others were told a moment ago: then when they may be told again, and what holds then.
  #say(place) {
    this.#own = place;
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      this.#told = performance.now();
      this.#ask("cursor", this.#own);
    }, Math.max(0, this.#told + PAUSE - performance.now()));
  }

  #forget(wanted) {
    for (const [key, one] of this.#shown) {
      if (!wanted(one)) continue;
      one.element.remove();
      this.#shown.delete(key);
    }
  }

  #placeAll() {
    for (const one of this.#shown.values()) this.#place(one);
  }

  // As large on the screen as ever, however large the page is.
  #place(one) {
    const unit = this.#canvas.svg.getScreenCTM()?.a || 1;
    one.element.setAttribute("transform", `translate(${one.x} ${one.y}) scale(${1 / unit})`);
    one.element.setAttribute("visibility", one.page === this.#canvas.page ? "visible" : "hidden");
  }
}

function made(by) {
  const element = document.createElementNS(SVG, "g");
  const arrow = document.createElementNS(SVG, "path");
  const label = document.createElementNS(SVG, "text");
  arrow.setAttribute("d", ARROW);
  arrow.setAttribute("fill", colourOf(by));
  label.setAttribute("x", 12);
  label.setAttribute("y", 26);
  label.setAttribute("fill", colourOf(by));
  label.textContent = shortened(nameOf(by));
  element.append(arrow, label);
  element.dataset.by = by;
  return { element, label };
}

function shortened(name) {
  const letters = [...name];
  return letters.length > MOST_LETTERS ? `${letters.slice(0, MOST_LETTERS - 1).join("")}…` : name;
}
