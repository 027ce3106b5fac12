// The tabs of the pages, and the beginning of new ones.

import { newKey } from "./pointer.js";
import { clean } from "./words.js";

export class Pages {
  #board;
  #shown = null;
  #wanted = null; // name of a page that was begun here: it is turned to when it comes

  constructor(board, canvas, ask, onTurn) {
    this.#board = board;
    this.canvas = canvas;
    this.onTurn = onTurn;
    this.tabs = document.getElementById("tabs");
    this.empty = document.getElementById("empty");
    board.addEventListener("pages", () => (board.settled ? this.refresh() : this.#showEarly()));
    board.addEventListener("whole", () => this.refresh());
    document.getElementById("new-page").addEventListener("submit", (event) => {
      event.preventDefault();
      const field = document.getElementById("page-name");
      const name = clean(field.value);
      if (name && ask("page", { name, live: newKey() })) {
        this.#wanted = name;
        field.value = "";
      }
    });
  }

  turn(id) {
    if (this.canvas.page === id) return;
    this.canvas.show(id);
    this.refresh();
  }

  refresh() {
    const { pages } = this.#board;
    const wanted = this.#wanted && pages.findLast((page) => page.name === this.#wanted);
    const shown = wanted || this.#page(this.canvas.page) || this.#page(location.hash.slice(1)) || pages[0];
    if (wanted) this.#wanted = null;
    if (shown && this.#board.settled) history.replaceState(null, "", `#${shown.id}`); // so that loading it anew leads here
    if ((shown?.id ?? null) !== this.canvas.page) this.canvas.show(shown?.id ?? null);
    const focused = document.activeElement?.dataset?.page;
    this.tabs.replaceChildren(...pages.map((page) => this.#tab(page, page === shown)));
    if (shown !== this.#shown) this.tabs.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
    this.#shown = shown;
    if (focused) this.tabs.querySelector(`[data-page="${focused}"]`)?.focus();
    this.canvas.svg.setAttribute("aria-label", shown ? `Paper: ${shown.name}` : "Paper");
    this.empty.hidden = pages.length > 0 || !this.#board.settled;
    this.onTurn(shown);
  }

  // While the board is being told, the page that will be shown anyway is drawn already.
  #showEarly() {
    const wanted = location.hash.slice(1);
    const page = wanted ? this.#page(wanted) : this.#board.pages[0];
    if (page && this.canvas.page === null) this.canvas.show(page.id);
  }

  #page(id) {
    return this.#board.page(id);
  }

  #tab(page, shown) {
    const tab = document.createElement("button");
    tab.type = "button";
    tab.textContent = page.name;
    tab.dataset.page = page.id;
    if (shown) tab.setAttribute("aria-current", "page");
    tab.addEventListener("click", () => this.turn(page.id));
    return tab;
  }
}
