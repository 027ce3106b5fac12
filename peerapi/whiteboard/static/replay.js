// The drawing once more, from the first stroke to the last.

import { isImage, isText } from "./shapes.js";

const LONGEST = 20000, A_MARK = 350; // ms

export class Replay {
  #running = null;

  constructor(canvas) {
    this.canvas = canvas;
    this.button = document.getElementById("replay");
    this.progress = document.getElementById("replay-progress");
    this.button.addEventListener("click", () => (this.#running ? this.stop() : this.start()));
  }

  start() {
    const marks = [...this.canvas.marks];
    if (marks.length === 0) return;
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const dots = marks.map((mark) => (isText(mark) || isImage(mark) ? 20 : mark.dots.length / 2 + 10));
    const total = dots.reduce((sum, count) => sum + count, 0);
    const duration = Math.min(LONGEST, A_MARK * marks.length);
    this.canvas.beginReplay();
    this.#show(true);
    let [next, done, began] = [0, 0, null];
    const step = (now) => {
      began ??= now;
      const reached = Math.min(total, ((now - began) / duration) * total);
      while (next < marks.length && (done + dots[next] <= reached || reached === total)) {
        this.canvas.replay(marks[next]);
        done += dots[next++];
      }
      if (next < marks.length && !still && marks[next].dots)
        this.canvas.replay({ ...marks[next], id: null, dots: marks[next].dots.slice(0, 2 * (1 + Math.floor(reached - done))) });
      this.progress.value = reached / total;
      this.#running = next < marks.length ? requestAnimationFrame(step) : null;
      if (!this.#running) this.stop();
    };
    this.#running = requestAnimationFrame(step);
  }

  stop() {
    cancelAnimationFrame(this.#running);
    this.#running = null;
    if (!this.canvas.replaying) return;
    this.canvas.endReplay();
    this.#show(false);
  }

  #show(running) {
    this.button.querySelector("span").textContent = running ? "Stop" : "Replay";
    this.progress.hidden = !running;
  }
}
