// Versions of the text that one can go back to: a list beside the text, and the one that is looked at in its place.

import { drawn } from "./document_markdown.js";
import { keepingPlace } from "./focus.js";

const made = (tag, properties = {}, ...children) => {
  const one = Object.assign(document.createElement(tag), properties);
  one.append(...children);
  return one;
};

export class History {
  // `list` gets the items, `place` the text that is looked at; `show` is called when that opens and closes.
  constructor(list, place, { nameOf, me, ask, show }) {
    Object.assign(this, { list, place, nameOf, me, ask, show, versions: [], key: "" });
    place.addEventListener("keydown", (event) => event.key === "Escape" && this.close());
  }

  get isOpen() {
    return !this.place.hidden;
  }

  take(news) {
    this.versions = news.versions;
    const none = made("li", { textContent: "Nothing yet." });
    keepingPlace(() => this.list.replaceChildren(...(news.versions.length ? news.versions.map((one) => this.#item(one)) : [none])));
  }

  #name({ name, by, when }) {
    const time = new Date(when).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
    return name ? `${name} · ${this.nameOf(by)}, ${time}` : `As it was here, ${time}`;
  }

  #item(one) {
    const name = this.#name(one);
    const look = made("button", { type: "button", textContent: name });
    look.setAttribute("aria-label", `Look at ${name}`);
    look.addEventListener("click", () => this.ask("version", { key: one.key }));
    const item = made("li", {}, look);
    if (one.name && one.by === this.me()) {
      const gone = made("button", { type: "button", textContent: "Delete" });
      gone.setAttribute("aria-label", `Delete ${name}`);
      gone.addEventListener("click", () => this.ask("delete version", { key: one.key }));
      item.append(gone);
    }
    item.dataset.key = one.key;
    return item;
  }

  // The text of a version, in the place of the text as it is.
  look({ key, text }) {
    const one = this.versions.find((each) => each.key === key);
    if (!one) return;
    const back = made("button", { type: "button", id: "go-back", textContent: "Go back to this" });
    back.addEventListener("click", () => {
      this.ask("go back", { key });
      this.close();
    });
    const close = made("button", { type: "button", id: "close-version", textContent: "Close" });
    close.addEventListener("click", () => this.close());
    this.place.replaceChildren(made("p", { className: "when", textContent: this.#name(one) }), made("p", {}, back, " ", close), drawn(text));
    this.key = key;
    this.place.hidden = false;
    this.show();
    this.place.focus();
  }

  // Who goes by keys is where the version was chosen then.
  close() {
    const wasHere = this.place.contains(document.activeElement);
    this.place.hidden = true;
    this.place.replaceChildren();
    this.show();
    if (wasHere) [...this.list.children].find((one) => one.dataset.key === this.key)?.querySelector("button").focus();
  }
}
