// Files beside a board: dropped in, searched, fetched from who has them.

import { activity } from "./activity.js";
import { send } from "./sending.js";

const UNITS = ["bytes", "KiB", "MiB", "GiB"];

function make(tag, settings = {}, ...children) {
  const made = Object.assign(document.createElement(tag), settings);
  made.append(...children); // as text, never as markup
  return made;
}

function sized(bytes) {
  let unit = 0;
  while (bytes >= 1024 && unit < UNITS.length - 1) [bytes, unit] = [bytes / 1024, unit + 1];
  return `${unit ? bytes.toFixed(1) : bytes} ${UNITS[unit]}`;
}

const main = document.getElementById("activity");
const chooser = make("input", { type: "file", multiple: true, id: "chooser" });
const search = make("input", { type: "search", placeholder: "Search", id: "search", ariaLabel: "Search among the files" });
const adding = make("ul", { className: "file-list", ariaLabel: "Files that are being added" });
const list = make("ul", { className: "file-list", id: "files", ariaLabel: "Files" });
main.append(
  make("label", { className: "drop", htmlFor: "chooser" }, "Drop files here, or choose some: ", chooser), adding, search, list);

let last = null;
const ask = activity((view, me, nameOf, local) => {
  last = { view, me, nameOf, local };
  show();
  return local.ready ? `${view.files.length} ${view.files.length === 1 ? "file" : "files"}; what you fetch is saved in ${local.folder}` : "Opening …";
});
search.addEventListener("input", show);

function show() {
  if (!last) return;
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  const wanted = last.view.files.filter((one) => words.every((word) => one.name.toLowerCase().includes(word)));
  list.replaceChildren(...wanted.map(item));
}

function item(one) {
  const { me, nameOf, local } = last;
  const key = one.entry;
  const others = one.holders.filter((peer) => peer !== me).map(nameOf);
  const button = (label, what) => {
    const made = make("button", { type: "button", textContent: label, ariaLabel: `${label} ${one.name}` });
    made.addEventListener("click", () => ask(what, { entry: key }));
    return made;
  };
  const about = [`${sized(one.size)}, shared by ${one.by === me ? "you" : nameOf(one.by)}`];
  if (others.length) about.push(`${others.join(", ")} ${others.length === 1 ? "has" : "have"} it`);
  const actions = [];
  if (key in local.coming) {
    const came = one.size - local.coming[key];
    actions.push(make("progress", { max: one.size || 1, value: came, ariaLabel: `${one.name} comes` }), button("Stop", "stop"));
    about.push(`${sized(came)} have come`);
  } else if (key in local.held) {
    const save = make("a", { className: "button", href: `kept/${one.file}`, download: one.name, textContent: "Save", ariaLabel: `Save ${one.name}` });
    actions.push(save);
    if (one.holders.includes(me)) actions.push(button("Withdraw", "withdraw"));
  } else if (others.length) actions.push(button("Fetch", "fetch"));
  const row = make("li", {}, make("span", { className: "who" }, make("span", { className: "title" }, one.name), make("span", { className: "small" }, about.join("; "))), ...actions);
  if (local.held[key]) row.prepend(make("img", { src: `kept/${one.file}`, alt: "", loading: "lazy", className: "thumbnail" }));
  if (local.said[key]) row.append(make("span", { className: "small failed", role: "status" }, `Not fetched: ${local.said[key]}`));
  row.dataset.key = key;
  return row;
}

// ---- adding ----

chooser.addEventListener("change", () => {
  addAll(chooser.files);
  chooser.value = "";
});
for (const kind of ["dragover", "drop"]) addEventListener(kind, (event) => {
  event.preventDefault();
  if (kind === "drop") addAll(event.dataTransfer.files);
});

async function addAll(files) {
  for (const file of [...files]) await add(file); // one after the other: they share one disk
}

async function add(file) {
  const bar = make("progress", { max: file.size || 1, value: 0, ariaLabel: `${file.name} is added` });
  const row = make("li", {}, make("span", { className: "who" }, file.name), bar);
  adding.append(row);
  const why = await send(file, "drop", (sent) => (bar.value = sent));
  if (why) {
    bar.replaceWith(make("span", { className: "small failed", role: "status" }, `Not added: ${why}`));
    setTimeout(() => row.remove(), 20_000);
  } else row.remove();
}
