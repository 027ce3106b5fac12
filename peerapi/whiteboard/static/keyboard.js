// Drawing without a mouse: a cross that the arrow keys move, and the space bar as the pen.

import { HEIGHT, WIDTH } from "./shapes.js";

const STEP = 20, SMALL_STEP = 4;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class Keyboard {
  #at = [WIDTH / 2, HEIGHT / 2];
  #stroke = null;

  constructor(canvas, tools, pointer, cursors, announce, undo, redo) {
    Object.assign(this, { canvas, tools, pointer, cursors, announce });
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
      } else if (!event.ctrlKey && !event.metaKey && !event.altKey) tools.key(event.key);
    });
    tools.addEventListener("change", () => this.#lift());
  }

  #key(event) {
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
    this.#at = [Math.max(0, Math.min(WIDTH, x + dx * step)), Math.max(0, Math.min(HEIGHT, y + dy * step))];
    this.#stroke?.go([this.#at]);
  }

  #act() {
    if (!this.canvas.page || this.canvas.replaying) return;
    const { tool } = this.tools;
    if (tool === "text") return this.pointer.write(this.#at);
    if (tool === "erase") {
      const { x, y } = new DOMPoint(...this.#at).matrixTransform(this.canvas.svg.getScreenCTM());
      return this.pointer.eraseAt(x, y);
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
