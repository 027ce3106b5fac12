// What was said of passages: a list beside the text, and marks in it. All that others write is set as text.

import { boxes } from "./document_copy.js";
import { moved, unitsOf } from "./document_text.js";
import { keepingPlace } from "./focus.js";

const made = (tag, properties = {}, ...children) => {
  const one = Object.assign(document.createElement(tag), properties);
  one.append(...children);
  return one;
};
const when = (time) => new Date(time).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });

export class Comments {
  // `list` and `settled` get the items; `ask` is told what the person does, `go` shows a passage.
  constructor(list, settled, { ask, go, nameOf, me }) {
    Object.assign(this, { list, settled, ask, go, nameOf, me });
    this.threads = [];
    this.drafts = new Map(); // comment -> an answer that is not said yet
  }

  take(news, text) {
    this.threads = news.threads.map((one) => ({ ...one, ends: one.at && one.at.map((at) => unitsOf(text, 0, at)) }));
    this.threads.sort((one, other) => (one.ends?.[0] ?? Infinity) - (other.ends?.[0] ?? Infinity) || one.when - other.when);
    this.#show();
  }

  move(delta) {
    for (const one of this.threads) if (one.ends) one.ends = [moved(one.ends[0], delta), moved(one.ends[1], delta, true)];
  }

  // Marks over the text for what is not dealt with.
  marks(text, copy, frame) {
    return this.threads.filter((one) => one.ends && !one.done.length && one.ends[0] < one.ends[1]).flatMap(({ ends }) => {
      return boxes(copy, ends[0], Math.min(ends[1], text.length)).slice(0, 200).map((box) => {
        const mark = made("div", { className: "remarked" });
        mark.style.left = `${box.left - frame.left}px`;
        mark.style.top = `${box.top - frame.top}px`;
        mark.style.width = `${box.width}px`;
        mark.style.height = `${box.height}px`;
        return mark;
      });
    });
  }

  #show() {
    const open = this.threads.filter((one) => !one.done.length), done = this.threads.filter((one) => one.done.length);
    keepingPlace(() => {
      this.list.replaceChildren(...open.map((one) => this.#item(one)));
      this.settled.querySelector("ol").replaceChildren(...done.map((one) => this.#item(one)));
      this.settled.querySelector("summary").textContent = `Dealt with (${done.length})`;
      this.settled.hidden = !done.length;
    });
  }

  #item(one) {
    const title = one.ends && one.ends[0] < one.ends[1] ? `Go to: ${one.on}` : `No longer in the text: ${one.on}`;
    const passage = made("button", { type: "button", className: "passage", textContent: `“${one.on}”`, disabled: !one.ends }, "");
    passage.setAttribute("aria-label", title);
    passage.addEventListener("click", () => this.go(one.ends));
    const answers = made("ul", {}, ...one.answers.map((each) => made("li", {}, ...this.#said(each, "answer"))));
    const words = made("input", { value: this.drafts.get(one.id) ?? "", placeholder: "Answer …", maxLength: 1000 });
    words.setAttribute("aria-label", `Answer ${this.nameOf(one.by)}: ${one.says}`);
    words.addEventListener("input", () => this.drafts.set(one.id, words.value));
    const answer = made("form", {}, words, made("button", { textContent: "Answer" }));
    answer.addEventListener("submit", (event) => {
      event.preventDefault();
      if (!words.value.trim() || !this.ask("answer", { to: one.id, says: words.value.trim() })) return;
      this.drafts.delete(one.id);
      words.value = "";
    });
    const dealt = one.done.length ? [made("p", { className: "when", textContent: `Dealt with, say ${one.done.map(this.nameOf).join(", ")}` })] : [];
    const mayOpen = one.by === this.me() || one.done.every((peer) => peer === this.me());
    const settle = made("button", { type: "button", textContent: one.done.length ? "Open again" : "Done", hidden: one.done.length > 0 && !mayOpen });
    settle.setAttribute("aria-label", `${settle.textContent}: ${one.says}`);
    settle.addEventListener("click", () => this.ask("settle", { to: one.id, on: !one.done.length }));
    const item = made("li", {}, passage, ...this.#said(one, "comment", settle), answers, ...dealt, answer);
    item.dataset.key = one.id;
    return item;
  }

  #said({ id, by, says, when: time }, what, ...more) {
    const row = made("p", { className: "when" }, made("b", { textContent: this.nameOf(by) }), ` ${when(time)} `, ...more);
    if (by === this.me()) {
      const back = made("button", { type: "button", textContent: "Take back" });
      back.setAttribute("aria-label", `Take back the ${what}: ${says}`);
      back.addEventListener("click", () => this.ask("withdraw", { id }));
      row.append(back);
    }
    return [row, made("p", { className: "says", textContent: says })];
  }
}
