// A list of what is on the page, for those who do not see it, and for taking single things away.

import { nameOf } from "./people.js";
import { BACKGROUND, isImage, isText, pictures } from "./shapes.js";

const MOST = 200; // the latest ones

export class Contents {
  #waiting = false;

  // `select` is told the marks that somebody chooses in the list.
  constructor(board, canvas, ask, select) {
    Object.assign(this, { board, canvas, ask, select });
    this.details = document.getElementById("contents");
    this.list = document.getElementById("marks");
    for (const what of ["mark", "gone", "whole"]) board.addEventListener(what, () => this.refresh());
    this.details.addEventListener("toggle", () => this.refresh());
  }

  refresh() {
    if (!this.details.open || this.#waiting) return;
    this.#waiting = true;
    requestAnimationFrame(() => {
      this.#waiting = false;
      const marks = this.canvas.marks.slice(-MOST);
      this.list.replaceChildren(...marks.map((mark) => this.#item(mark)));
    });
  }

  #item(mark) {
    const item = document.createElement("li");
    const remove = document.createElement("button");
    remove.type = "button";
    remove.textContent = "Remove";
    remove.setAttribute("aria-label", `Remove: ${describe(mark)}`);
    remove.addEventListener("click", () => this.ask("erase", { marks: [mark.id] }));
    remove.addEventListener("focus", () => this.canvas.choose([mark.id]));
    remove.addEventListener("blur", () => this.canvas.choose([]));
    const select = document.createElement("button");
    select.type = "button";
    select.textContent = "Select";
    select.setAttribute("aria-label", `Select: ${describe(mark)}`);
    select.addEventListener("click", () => this.select(this.canvas.gestureOf(mark.id)));
    item.append(describe(mark), " ", select, " ", remove);
    return item;
  }
}

export function describe(mark) {
  const by = `by ${nameOf(mark.by)}`;
  if (isText(mark)) return `“${mark.words}” ${by}`;
  if (isImage(mark)) {
    const { words } = pictures.get(mark.image) ?? {};
    return `picture ${mark.about ? `“${mark.about}” ` : ""}${by}${words ? ` (${words})` : ""}`;
  }
  if (mark.colour === BACKGROUND) return `wiped ${by}`;
  return `${mark.colour} ${mark.dots.length > 2 ? "line" : "dot"} ${by}`;
}
