// The conversation beside the board.

import { colourOf, nameOf } from "./people.js";
import { newKey } from "./pointer.js";
import { clean } from "./words.js";

const MOST = 500; // lines that are shown

export class Chat {
  me = "";

  constructor(board, ask, announce) {
    this.board = board;
    this.list = document.getElementById("lines");
    board.addEventListener("line", ({ detail }) => {
      if (!board.settled) return;
      this.#add(detail);
      if (detail.line.by !== this.me) announce(`${nameOf(detail.line.by)}: ${detail.line.words}`);
    });
    board.addEventListener("lines", () => board.settled && this.refresh());
    board.addEventListener("whole", () => this.refresh());
    document.getElementById("say").addEventListener("submit", (event) => {
      event.preventDefault();
      const field = document.getElementById("words");
      const words = clean(field.value);
      if (words && ask("say", { words, live: newKey() })) field.value = "";
    });
  }

  refresh() {
    this.list.replaceChildren(...this.board.lines.slice(-MOST).map((line) => this.#item(line)));
    this.list.scrollTop = this.list.scrollHeight;
  }

  #add({ line, at }) {
    if (at !== this.board.lines.length - 1 || this.list.children.length >= MOST) return this.refresh();
    const low = this.list.scrollHeight - this.list.scrollTop - this.list.clientHeight < 60;
    this.list.append(this.#item(line));
    if (low || line.by === this.me) this.list.scrollTop = this.list.scrollHeight;
  }

  #item(line) {
    const item = document.createElement("li");
    item.className = line.by === this.me ? "mine" : "";
    const who = document.createElement("span");
    who.className = "who";
    who.textContent = nameOf(line.by);
    who.style.setProperty("--person", colourOf(line.by));
    const when = document.createElement("time");
    when.dateTime = new Date(line.at).toISOString();
    when.textContent = new Date(line.at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
    const words = document.createElement("p");
    words.textContent = line.words;
    item.append(who, when, words);
    return item;
  }
}
