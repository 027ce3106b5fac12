// Mouse, finger and stylus on the canvas.

import { BACKGROUND } from "./canvas.js";

const NEAR = 1.5; // board units: dots that are closer to the last one say nothing new
const MOST_DOTS = 9000;

export class Pointer {
  #canvas;
  #tools;
  #ask;
  #strokes = new Map(); // pointer -> Stroke
  #erased = new Set();
  own = new Set(); // gestures that were made on this page

  constructor(canvas, tools, ask, write) {
    this.#canvas = canvas;
    this.#tools = tools;
    this.#ask = ask;
    this.write = write;
    const svg = canvas.svg;
    svg.addEventListener("pointerdown", (event) => this.#down(event));
    svg.addEventListener("pointermove", (event) => this.#move(event));
    svg.addEventListener("pointerup", (event) => this.#up(event));
    svg.addEventListener("pointercancel", (event) => this.#up(event));
    svg.addEventListener("pointerleave", () => canvas.highlight([]));
  }

  // A stroke that begins here, in the colour of the tool.
  begin(dot) {
    const colour = this.#tools.tool === "wipe" ? BACKGROUND : this.#tools.colour;
    const stroke = new Stroke(this.#canvas, this.#ask, colour, this.#tools.width, dot);
    this.own.add(stroke.gesture);
    return stroke;
  }

  eraseAt(x, y) {
    const found = this.#canvas.markAt(x, y);
    if (!found || this.#erased.has(found)) return;
    const marks = this.#canvas.gestureOf(found).slice(0, 500);
    marks.forEach((mark) => this.#erased.add(mark));
    if (!this.#ask("erase", { marks })) this.#erased.clear();
  }

  #down(event) {
    if (event.button !== 0 || !this.#canvas.page || this.#canvas.replaying) return;
    const { tool } = this.#tools;
    this.#up(event);
    event.preventDefault();
    this.#canvas.svg.focus({ preventScroll: true, focusVisible: false });
    if (tool === "text") return this.write(this.#canvas.dot(event));
    this.#canvas.svg.setPointerCapture(event.pointerId);
    this.#strokes.set(event.pointerId, tool === "erase" ? null : this.begin(this.#canvas.dot(event)));
    if (tool === "erase") this.eraseAt(event.clientX, event.clientY);
  }

  #move(event) {
    const stroke = this.#strokes.get(event.pointerId);
    if (stroke) {
      const events = event.getCoalescedEvents?.() ?? [];
      stroke.go((events.length ? events : [event]).map((one) => this.#canvas.dot(one)));
    } else if (stroke === null) {
      this.eraseAt(event.clientX, event.clientY);
    } else if (this.#tools.tool === "erase") {
      const found = this.#canvas.markAt(event.clientX, event.clientY);
      this.#canvas.highlight(found ? this.#canvas.gestureOf(found) : []);
    }
  }

  #up(event) {
    this.#strokes.get(event.pointerId)?.end();
    this.#strokes.delete(event.pointerId);
    if (this.#strokes.size === 0) this.#erased.clear();
  }
}

export class Stroke {
  gesture = crypto.randomUUID();
  #dots = [];
  #canvas;
  #ask;
  #look;

  constructor(canvas, ask, colour, width, dot) {
    this.#canvas = canvas;
    this.#ask = ask;
    this.#look = { page: canvas.page, live: this.gesture, colour, width };
    this.go([dot]);
  }

  // On through these dots, shown here at once and on the other screens a moment later.
  go(dots) {
    const from = this.#dots.length;
    for (const dot of dots) {
      const last = this.#dots.at(-1);
      if (this.#dots.length < MOST_DOTS && (!last || Math.hypot(dot[0] - last[0], dot[1] - last[1]) >= NEAR)) this.#dots.push(dot);
    }
    const fresh = this.#dots.slice(from);
    if (fresh.length === 0) return;
    const { page, live, colour, width } = this.#look;
    this.#canvas.liven(live, page, colour, width, from, fresh);
    this.#ask("live", { ...this.#look, from, dots: fresh.slice(0, 400) });
  }

  end() {
    if (!this.#ask("stroke", { ...this.#look, dots: this.#dots })) this.#canvas.unliven(this.gesture);
  }

  cancel() {
    this.#canvas.unliven(this.gesture);
  }
}
