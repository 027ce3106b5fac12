// Mouse, finger and stylus on the canvas: they draw, erase, move and choose; two fingers move and enlarge the page.

import { dotsOf, note, noteBox, regular } from "./figures.js";
import { BACKGROUND, isText } from "./shapes.js";

const NEAR = 1.5; // board units: dots that are closer to the last one say nothing new
const MOST_DOTS = 9000;
const PAUSE = 40; // ms between two times at which the others are told how far a figure is
const SURE = 8; // board units after which one finger draws, and is not the first of two

export class Pointer {
  #canvas;
  #tools;
  #ask;
  #board;
  #strokes = new Map(); // pointer -> what it does: a Stroke, a Move, or "erase"
  #fingers = new Map(); // pointer -> where it is on the screen
  #erased = new Set();
  #movement = ""; // one go of the eraser
  me = "";
  own = new Set(); // gestures that were made on this page

  constructor(board, canvas, tools, ask, write, cursors, selection) {
    [this.#board, this.#canvas, this.#tools, this.#ask] = [board, canvas, tools, ask];
    this.write = write;
    this.selection = selection;
    const svg = canvas.svg;
    svg.addEventListener("pointerdown", (event) => this.#down(event));
    svg.addEventListener("pointermove", (event) => this.#move(event));
    svg.addEventListener("pointerup", (event) => this.#up(event));
    svg.addEventListener("pointercancel", (event) => this.#up(event));
    svg.addEventListener("pointermove", (event) => this.#fingers.size > 1 || cursors.point(canvas.dot(event)));
    svg.addEventListener("pointerleave", () => this.#strokes.size || canvas.choose([]));
    for (const gone of ["pointerleave", "pointercancel"]) svg.addEventListener(gone, () => cursors.away());
    svg.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    svg.addEventListener("dblclick", (event) => this.#edit(event));
  }

  // A stroke or a figure that begins here, in the colour of the tool.
  begin(dot, hesitant = false) {
    const colour = this.#tools.tool === "wipe" ? BACKGROUND : this.#tools.colour;
    const stroke = this.#tools.tool === "shape"
      ? new Figure(this.#canvas, this.#ask, this.#tools, dot, this.write)
      : new Stroke(this.#canvas, this.#ask, colour, this.#tools.width, dot, hesitant);
    this.own.add(stroke.gesture);
    return stroke;
  }

  eraseAt(x, y) {
    const found = this.#canvas.markAt(x, y);
    if (!found || this.#erased.has(found)) return;
    const marks = this.#canvas.gestureOf(found).slice(0, 500);
    marks.forEach((mark) => this.#erased.add(mark));
    this.#movement ||= newKey();
    if (!this.#ask("erase", { marks, live: this.#movement })) this.#erased.clear();
  }

  // A text of this person's, to be written anew.
  ownTextAt(x, y) {
    return this.#canvas.markAt(x, y, (mark) => isText(mark) && mark.by === this.me);
  }

  #down(event) {
    if (event.pointerType === "touch") this.#fingers.set(event.pointerId, [event.clientX, event.clientY]);
    if (event.button === 1) return this.#drag(event);
    if (event.button !== 0 || !this.#canvas.page || this.#canvas.replaying) return;
    if (this.#fingers.size > 1) return this.#drop(); // it is no stroke: two fingers turn the page about
    this.#up(event);
    if (event.pointerType === "touch") this.#fingers.set(event.pointerId, [event.clientX, event.clientY]);
    event.preventDefault();
    const { tool } = this.#tools;
    this.#canvas.svg.focus({ preventScroll: true, focusVisible: false });
    if (tool === "text") return this.write(this.#canvas.dot(event), this.#board.mark(this.ownTextAt(event.clientX, event.clientY)));
    this.#canvas.svg.setPointerCapture(event.pointerId);
    if (tool === "move") {
      const doing = this.selection.grab(event);
      if (doing) this.#strokes.set(event.pointerId, doing);
    } else if (tool === "erase") {
      this.#strokes.set(event.pointerId, "erase");
      this.eraseAt(event.clientX, event.clientY);
    } else this.#strokes.set(event.pointerId, this.begin(this.#canvas.dot(event), event.pointerType === "touch"));
  }

  #move(event) {
    if (this.#fingers.size > 1) return this.#pinch(event);
    const stroke = this.#strokes.get(event.pointerId);
    if (stroke === "erase") {
      this.eraseAt(event.clientX, event.clientY);
    } else if (stroke) {
      const events = event.getCoalescedEvents?.() ?? [];
      stroke.go((events.length ? events : [event]).map((one) => this.#canvas.dot(one)), event.shiftKey, event);
    } else if (["erase", "move"].includes(this.#tools.tool)) {
      const found = this.#canvas.markAt(event.clientX, event.clientY);
      this.#canvas.choose(found ? this.#canvas.gestureOf(found) : []);
    }
  }

  #up(event) {
    this.#fingers.delete(event.pointerId);
    const stroke = this.#strokes.get(event.pointerId);
    this.#strokes.delete(event.pointerId);
    if (stroke && stroke !== "erase") stroke.end();
    if (this.#strokes.size === 0) {
      this.#erased.clear();
      this.#movement = "";
    }
  }

  // With the middle button the paper is drawn about.
  #drag(event) {
    event.preventDefault();
    this.#canvas.svg.setPointerCapture(event.pointerId);
    let before = [event.clientX, event.clientY];
    const { view, svg } = this.#canvas;
    const go = (dots, _, now) => {
      const unit = svg.getScreenCTM().a;
      view.pan((before[0] - now.clientX) / unit, (before[1] - now.clientY) / unit);
      before = [now.clientX, now.clientY];
    };
    this.#strokes.set(event.pointerId, { go, end() {}, cancel() {} });
  }

  #drop() {
    for (const stroke of this.#strokes.values()) if (stroke !== "erase") stroke.cancel();
    this.#strokes.clear();
  }

  // Of two fingers one has moved: the board's places stay under them.
  #pinch(event) {
    const before = this.#fingers.get(event.pointerId);
    if (!before) return;
    const other = [...this.#fingers].find(([pointer]) => pointer !== event.pointerId)[1];
    const now = [event.clientX, event.clientY];
    this.#fingers.set(event.pointerId, now);
    const { view } = this.#canvas;
    const [x, y] = this.#canvas.place((before[0] + other[0]) / 2, (before[1] + other[1]) / 2);
    const apart = ([ax, ay], [bx, by]) => Math.max(1, Math.hypot(ax - bx, ay - by));
    view.zoom(apart(now, other) / apart(before, other), [x, y]);
    const [toX, toY] = this.#canvas.place((now[0] + other[0]) / 2, (now[1] + other[1]) / 2);
    view.pan(x - toX, y - toY);
  }

  #wheel(event) {
    const { view } = this.#canvas;
    if (event.ctrlKey) view.zoom(Math.exp(-event.deltaY / 200), this.#canvas.place(event.clientX, event.clientY));
    else if (!view.isHome || document.documentElement.scrollHeight <= innerHeight) {
      const unit = this.#canvas.svg.getScreenCTM().a;
      view.pan(event.deltaX / unit, event.deltaY / unit);
    } else return; // a page that is longer than the screen is scrolled first
    event.preventDefault();
  }

  #edit(event) {
    const found = this.ownTextAt(event.clientX, event.clientY);
    if (found && this.#tools.tool === "move") this.write(this.#canvas.dot(event), this.#board.mark(found));
  }
}

export class Stroke {
  gesture = newKey();
  #dots = [];
  #told = 0; // dots that the others have been told of
  #canvas;
  #ask;
  #look;
  #hesitant;

  // `hesitant`: the others are told when it has become clear that it is a stroke.
  constructor(canvas, ask, colour, width, dot, hesitant = false) {
    [this.#canvas, this.#ask, this.#hesitant] = [canvas, ask, hesitant];
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
    const [[x, y], [lastX, lastY]] = [this.#dots[0], this.#dots.at(-1)];
    if (this.#hesitant && Math.hypot(lastX - x, lastY - y) < SURE) return;
    this.#hesitant = false;
    this.#ask("live", { ...this.#look, from: this.#told, dots: this.#dots.slice(this.#told, this.#told + 400) });
    this.#told = this.#dots.length;
  }

  // It stays where it is until the program has it, however long that takes.
  end() {
    const { page, live, colour, width } = this.#look;
    if (this.#ask("stroke", { ...this.#look, dots: this.#dots })) this.#canvas.liven(live, page, colour, width, this.#dots.length, [], Infinity);
    else this.#canvas.unliven(this.gesture);
  }

  cancel() {
    this.#canvas.unliven(this.gesture);
  }
}

// A line, an arrow, a rectangle, an ellipse or a note, from one corner to the other.
class Figure {
  gesture = newKey();
  #canvas;
  #ask;
  #look;
  #figure;
  #write;
  #from;
  #to;
  #dots = [];
  #told = -Infinity;

  constructor(canvas, ask, tools, from, write) {
    [this.#canvas, this.#ask, this.#figure, this.#from, this.#to, this.#write] = [canvas, ask, tools.figure, from, from, write];
    this.#look = { page: canvas.page, live: this.gesture, colour: tools.colour, width: tools.width };
  }

  // On to the last of these dots; `even`: as a square, a circle, a line at an angle of 45 degrees.
  go(dots, even = false) {
    this.#to = even ? regular(this.#figure, this.#from, dots.at(-1)) : dots.at(-1);
    this.#show(dotsOf(this.#figure, this.#from, this.#to, this.#look.width));
    const now = performance.now();
    if (now - this.#told < PAUSE) return;
    this.#told = now;
    this.#ask("live", { ...this.#look, from: 0, dots: this.#dots });
  }

  end() {
    if (this.#figure === "note") return this.#writeNote();
    if (this.#dots.length === 0) return; // it was a click
    this.#put([{ colour: this.#look.colour, width: this.#look.width, dots: this.#dots }]);
  }

  cancel() {
    this.#canvas.unliven(this.gesture);
  }

  #show(dots, patience) {
    this.#dots = dots;
    this.#canvas.liven(this.gesture, this.#look.page, this.#look.colour, this.#look.width, 0, dots, patience);
  }

  // The words are asked for where they will be; what is written is the note.
  #writeNote() {
    const box = noteBox(this.#from, this.#to);
    this.#show(dotsOf("rectangle", box.slice(0, 2), box.slice(2), this.#look.width), Infinity);
    this.#write([box[0] + 16, box[1] + 34], null, (words) => (words === null ? this.cancel() : this.#put(note(box, this.#look.colour, words))));
  }

  #put(marks) {
    if (this.#ask("put", { page: this.#look.page, live: this.gesture, marks })) this.#show(this.#dots, Infinity);
    else this.cancel();
  }
}

// A name that nothing else has. (crypto.randomUUID is there on secure pages only, and this one may come over a LAN.)
export function newKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
