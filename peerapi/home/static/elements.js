// Elements of the page: what others have written is always set as text, never as markup.

import { keepingPlace } from "./focus.js";

export const get = (id) => document.getElementById(id);

// An element with properties, and what is in it: other elements and texts.
export function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children.filter((child) => child !== null && child !== ""));
  return made;
}

export function button(words, title, onClick, more = {}) {
  const made = element("button", { type: "button", ...more }, words);
  made.setAttribute("aria-label", title);
  made.addEventListener("click", onClick);
  return made;
}

// Have a list show these items.
export function fill(list, items) {
  keepingPlace(() => list.replaceChildren(...items));
}

// Ask somebody who has to say yes before anything is done.
export function sure(words) {
  get("sure-words").textContent = words;
  get("sure").returnValue = "no";
  get("sure").showModal();
  return new Promise((done) => get("sure").addEventListener("close", () => done(get("sure").returnValue === "yes"), { once: true }));
}
