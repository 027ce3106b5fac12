// The boards of this user: opened, continued, left, deleted, and others invited to them.

import { button, element, fill, get, sure } from "./elements.js";
import { isThere } from "./others.js";
import { copyText } from "./saving.js";

const REACH = {
  nowhere: "It has no address yet: nobody can come in by it.",
  machine: "It leads here from this machine only.",
  link: "It leads here from the same cable or Wi-Fi only.",
  site: "It leads here from the same home or office only.",
};

export class BoardList {
  boards = [];
  chosen = null;
  unread = new Set();
  #inviting = null;
  #typed = null; // the field from which a board was asked for, and what was in it
  #others = { contacts: [], near: [] };

  // `ask` asks the program, `choose` shows what is said at a board, or (null) at none.
  constructor(ask, choose, toast) {
    Object.assign(this, { ask, choose });
    get("begin").addEventListener("submit", (event) => this.#submit(event, "new-title", (title) => ask("begin", { title })));
    get("join").addEventListener("submit", (event) => this.#submit(event, "pasted", (word) => ask("join", { word })));
    get("copy").addEventListener("click", async () => toast((await copyText(get("word"))) ? "Copied." : "Copy the marked text."));
  }

  #submit(event, id, send) {
    event.preventDefault();
    const words = get(id).value.trim();
    if (words && send(words)) this.#typed = { field: get(id), words };
  }

  // A board was opened that this window has asked for. What was typed is there until then: it may be refused.
  opened() {
    if (this.#typed && this.#typed.field.value.trim() === this.#typed.words) this.#typed.field.value = "";
    this.#typed = null;
  }

  take({ boards }) {
    this.boards = boards;
    if (this.chosen && !this.find(this.chosen)?.open) this.select(null);
    this.#show();
  }

  find(key) {
    return this.boards.find((board) => board.key === key);
  }

  // What is said there is shown beside the list.
  select(key) {
    this.chosen = key;
    this.unread.delete(key);
    this.choose(key && this.find(key));
    this.#show();
  }

  said(key) {
    if (key === this.chosen) return;
    this.unread.add(key);
    this.#show();
  }

  #show() {
    const none = element("li", { className: "empty-list" }, "None yet: give one a title, and begin.");
    fill(get("board-list"), this.boards.length ? this.boards.map((board) => this.#item(board)) : [none]);
  }

  #item(board) {
    const state = { board: board.key };
    const talk = button("Chat", `Chat at ${board.title}`, () => this.select(board.key));
    const close = button("Close", `Close ${board.title}`, () => this.ask("close", state));
    const open = board.open
      ? [Object.assign(element("a", { className: "button main", href: `boards/${board.key}/` }, "Draw"), { ariaLabel: `Draw on ${board.title}` }), talk]
      : [button("Open", `Open ${board.title}`, () => this.ask("open", state), { className: "main" })];
    const invite = board.inviting ? [button("Invite", `Invite somebody to ${board.title}`, () => this.#invite(board.key))] : [];
    const item = element("li", { className: this.chosen === board.key ? "chosen" : "" },
      element("span", { className: "who" }, element("span", { className: "title" }, board.title), element("span", { className: "small" }, this.#company(board))),
      ...open, ...invite, ...(board.open ? [close] : []),
      button("Leave", `Leave ${board.title}`, async () => (await sure(`Remove ${board.title} from this machine? The others keep it.`)) && this.ask("leave", state)),
      ...(board.mine ? [button("Delete", `Delete ${board.title}`, async () => (await sure(`Delete ${board.title} with all that is drawn on it, for everybody?`)) && this.ask("delete", state))] : []));
    item.classList.toggle("unread", this.unread.has(board.key));
    item.dataset.key = board.key;
    return item;
  }

  #company(board) {
    if (!board.open) return board.opened ? `opened ${new Date(board.opened).toLocaleString([], { dateStyle: "medium", timeStyle: "short" })}` : "";
    const others = board.here.filter((one) => !one.me).map((one) => (one.path ? `${one.name} (${one.path})` : one.name));
    return others.length ? `with ${others.join(", ")}` : "nobody else is here";
  }

  // ---- inviting ----

  others(people) {
    this.#others = people;
    this.#showGuests();
  }

  #invite(key) {
    this.#inviting = key;
    get("inviting-title").textContent = `Invite somebody to ${this.find(key).title}`;
    for (const id of ["word", "reach"]) get(id).textContent = get(id).value = "";
    get("code").hidden = true;
    this.#showGuests();
    this.ask("word", { board: key });
    get("inviting").showModal();
  }

  #showGuests() {
    const { contacts, near } = this.#others;
    const guests = [...contacts.filter(isThere), ...near].map((one) => {
      const ask = button("Ask", `Ask ${one.name} to come`, () => this.ask("invite", { board: this.#inviting, who: one.id }));
      const item = element("li", {}, element("span", { className: "who" }, one.name, element("span", { className: "small" }, one.place ? `near by, at ${one.place}` : "contact")), ask);
      item.dataset.key = one.id;
      return item;
    });
    fill(get("guests"), guests.length ? guests : [element("li", { className: "empty-list" }, "Nobody who is there can be asked.")]);
  }

  word({ board, word, reach, qr }) {
    if (board !== this.#inviting) return;
    get("word").value = word;
    get("reach").textContent = REACH[reach] ?? "";
    get("code").hidden = !qr;
    if (qr) get("code").src = `invitations/${board}.svg?${encodeURIComponent(word.slice(-12))}`;
  }
}

// What was begun beside a board, and what can be. `play` asks for it, and goes there.
export function showActivities(board, kinds, play) {
  get("beside").hidden = !board || board.kind !== "group";
  if (!board) return;
  const items = board.activities.map((one) => {
    const go = button("Take part", `Take part in ${one.title} of ${one.by}`, () => play("take part", { board: board.key, activity: one.id }));
    const item = element("li", {}, element("span", { className: "who" }, one.title, element("span", { className: "small" }, `begun by ${one.by}`)), go);
    item.dataset.key = one.id;
    return item;
  });
  fill(get("activities"), items);
  fill(get("kinds"), Object.entries(kinds).map(([kind, title]) => button(title, `Begin ${title}`, () => play("start", { board: board.key, kind }))));
}
