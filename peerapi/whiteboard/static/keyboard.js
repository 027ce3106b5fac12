// Drawing without a mouse: a cross that the arrow keys move, and the space bar as the pen.

import { HEIGHT, WIDTH } from "./shapes.js";

const STEP = 20, SMALL_STEP = 4;
const FARTHEST = 32000; // board units from the corner of the page
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class Keyboard {
  #at = [WIDTH / 2, HEIGHT / 2];
  #stroke = null;

  constructor(canvas, tools, pointer, cursors, selection, announce, undo, redo) {
    Object.assign(this, { canvas, tools, pointer, cursors, selection, announce });
    this.cross = document.getElementById("cross");
    canvas.svg.addEventListener("keydown", (event) => this.#key(event));
    canvas.svg.addEventListener("blur", () => {
      this.#lift();
      this.cross.setAttribute("visibility", "hidden");
      cursors.away();
    });
    canvas.svg.addEventListener("pointerdown", () => this.cross.setAttribute("visibility", "hidden"));
    document.addEventListener("keydown", (event) => {
      if (event.target.closest("input, textarea, dialog") && event.target.type !== "radio") return;
      const key = event.key.toLowerCase();
      if ((event.ctrlKey || event.metaKey) && (key === "z" || key === "y")) {
        event.preventDefault();
        if (key === "y" || event.shiftKey) redo();
        else undo();
      } else if ((event.ctrlKey || event.metaKey) && !event.shiftKey && this.#onSelection(key)) event.preventDefault();
      else if (!event.ctrlKey && !event.metaKey && !event.altKey) tools.key(event.key);
    });
    tools.addEventListener("change", () => this.#lift());
  }

  // With Ctrl: copy, cut, paste, duplicate, lock, select all; whether it meant something.
  #onSelection(key) {
    const { selection } = this;
    const has = selection.ids.length > 0;
    if (key === "c") return has && !getSelection().toString() && selection.copyAlone();
    if (key === "x" && has) {
      selection.copyAlone();
      selection.takeAway();
    } else if (key === "v") return selection.pasteSoon();
    else if (key === "d" && has) selection.duplicate();
    else if (key === "l" && has) selection.lock(selection.marks.some((mark) => !mark.locked));
    else if (key === "a" && this.tools.tool === "move") selection.all();
    else return false;
    return true;
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (this.tools.tool === "move" && this.selection.key(event)) return event.preventDefault();
    const arrow = ARROWS[event.key];
    if (arrow) this.#go(arrow, event.shiftKey ? SMALL_STEP : STEP);
    else if (event.key === " " || event.key === "Enter") this.#act();
    else if (event.key === "Escape" && this.#stroke) {
      this.#stroke.cancel();
      this.#stroke = null;
      this.announce("Stroke dropped");
    } else return;
    event.preventDefault();
    this.#show();
  }

  #go([dx, dy], step) {
    const [x, y] = this.#at;
    this.#at = [x + dx * step, y + dy * step].map((one) => Math.max(-FARTHEST, Math.min(FARTHEST, one)));
    this.canvas.view.follow(this.#at);
    this.#stroke?.go([this.#at]);
  }

  #act() {
    if (!this.canvas.page || this.canvas.replaying) return;
    const { tool } = this.tools;
    if (tool === "text") return this.pointer.write(this.#at);
    if (tool === "erase" || tool === "move") {
      const { x, y } = new DOMPoint(...this.#at).matrixTransform(this.canvas.svg.getScreenCTM());
      if (tool === "erase") return this.pointer.eraseAt(x, y);
      const found = this.canvas.markAt(x, y);
      return this.selection.set(found ? this.canvas.gestureOf(found) : []);
    }
    if (this.#stroke) return this.#lift();
    this.#stroke = this.pointer.begin(this.#at);
    this.announce("Pen down");
  }

  #lift() {
    if (!this.#stroke) return;
    this.#stroke.end();
    this.#stroke = null;
    this.announce("Pen up");
  }

  #show() {
    this.cross.setAttribute("transform", `translate(${this.#at[0]} ${this.#at[1]})`);
    this.cross.setAttribute("visibility", "visible");
    this.cursors.point(this.#at);
  }
}
