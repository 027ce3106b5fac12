// A text that several write. The program merges; this page shows the text, sends what is typed, and takes changes as they
// come. What is typed is kept until the program says that it is stored, and given to the next program when one stops.

import { Connection } from "./connection.js";
import { Caret, showCarets } from "./document_carets.js";
import { drawn, plain } from "./document_markdown.js";
import { copy, field, over, reading, sheet } from "./document_page.js";
import { apply, between, charactersOf, clean, inCharacters, inUnits, moved, putAgain, unitsOf } from "./document_text.js";
import { fileName } from "./saving.js";

const get = (id) => document.getElementById(id);
const STOPPED = { closed: "The program of this page has stopped: nothing can be written until it is back", silent: "The program of this page does not answer" };
const CARET_PAUSE = 40, CARET_AGAIN = 45000; // milliseconds
const FIRST_LINE = 60, MOST_TYPED = 50000, MOST_TEXT = 500000; // characters

const page = [...crypto.getRandomValues(new Uint8Array(8))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
let text = ""; // what the field shows
let unstored = []; // what was typed, and is not known to be stored: {count, at, inserted, removed}
let count = 0; // changes of this page
let number = 0; // of the last text or change that was taken
let state = { ready: false, alone: true, names: {} };
let isOpen = false, isOver = false, isWhole = false;
let carets = [], caretTimer, caretTold = -Infinity, toastTimer, stopped;

const connection = new Connection(take, (how) => {
  isOpen = how === "open";
  if (how === "closed") isWhole = false;
  stopped = STOPPED[how];
  show();
}, toast);


function take(news) {
  if (news.is === "state") state = news;
  else if (news.is === "text") begin(news);
  else if (news.is === "change") change(news);
  else if (news.is === "stored") unstored = unstored.filter((one) => one.count > news.count);
  else if (news.is === "carets") carets = news.carets.map((one) => new Caret(one.peer, news.names[one.peer] ?? one.peer, one.at.map((at) => unitsOf(text, 0, at))));
  else if (news.is === "over") isOver = true;
  else if (news.is === "told") toast(news.words);
  show();
}

// The whole text, at first and after a break.
function begin(news) {
  isOver = false;
  if (!state.ready) return;
  number = news.number;
  count = news.counts[page] ?? 0;
  const missing = unstored.filter((one) => one.count > count);
  unstored = [];
  const wanted = missing.length ? putAgain(missing, text, news.text) : news.text;
  display(news.text, between(text, news.text));
  isWhole = true;
  connection.ask("seen", { seen: number });
  if (wanted !== text) {
    const delta = between(text, wanted);
    typed(delta);
    display(wanted, delta);
  }
}

// What others have written, or an undoing. One that does not know of what was typed here is told anew.
function change(news) {
  if (news.count !== count || !isWhole || field.dataset.composing) return;
  number = news.number;
  const delta = inUnits(text, news.delta);
  display(apply(text, delta), delta);
  connection.ask("seen", { seen: number });
}

function display(now, delta) {
  for (const one of carets) one.move(delta);
  for (const one of unstored) one.at = moved(one.at, delta);
  text = now;
  if (field.value === now) return;
  const { selectionStart, selectionEnd, selectionDirection } = field;
  field.value = now;
  field.setSelectionRange(moved(selectionStart, delta, true), moved(selectionEnd, delta, true), selectionDirection);
}

// ---- what is typed ----

function typed(delta) {
  let at = 0;
  for (const one of unstored) one.at = moved(one.at, delta);
  const made = { count: ++count, at: 0, inserted: "", removed: "" };
  for (const part of delta) {
    if (typeof part === "string") made.inserted = part;
    else if (part > 0) made.at = at += part;
    else made.removed = text.slice(at, (at -= part));
  }
  unstored.push(made);
  connection.ask("edit", { window: page, count, seen: number, delta: inCharacters(text, delta) });
}

field.addEventListener("input", () => {
  const now = clean(field.value), caret = field.selectionEnd;
  if (now !== field.value) {
    field.value = now;
    field.setSelectionRange(caret, caret);
  }
  const delta = between(text, now, caret);
  if (!delta.length) return;
  if (now.length > MOST_TEXT || now.length - text.length > MOST_TYPED) {
    field.value = text;
    toast(now.length > MOST_TEXT ? "The document would be too long" : `At most ${MOST_TYPED} characters can be put in at once`);
    return;
  }
  typed(delta);
  for (const one of carets) one.move(delta);
  text = now;
  show();
});
field.addEventListener("compositionstart", () => (field.dataset.composing = "yes"));
field.addEventListener("compositionend", () => {
  delete field.dataset.composing;
  connection.ask("again", { count, seen: number });
});
field.addEventListener("beforeinput", (event) => {
  const what = { historyUndo: "undo", historyRedo: "redo" }[event.inputType];
  if (!what) return;
  event.preventDefault();
  connection.ask(what);
});
field.addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
  const letter = event.key.toLowerCase();
  const what = letter === "z" ? (event.shiftKey ? "redo" : "undo") : letter === "y" ? "redo" : null;
  const mark = { b: "bold", i: "italic" }[letter];
  if (!what && !mark) return;
  event.preventDefault();
  if (what) connection.ask(what);
  else get(mark).click();
});

// ---- where one is ----

function tellCaret() {
  clearTimeout(caretTimer);
  caretTimer = setTimeout(() => {
    caretTold = performance.now();
    if (document.activeElement !== field || !isWhole || field.readOnly) return;
    const backward = field.selectionDirection === "backward";
    const [from, to] = backward ? [field.selectionEnd, field.selectionStart] : [field.selectionStart, field.selectionEnd];
    connection.ask("caret", { count, seen: number, from: charactersOf(text.slice(0, from)), to: charactersOf(text.slice(0, to)) });
  }, Math.max(0, caretTold + CARET_PAUSE - performance.now())); // at once, unless it was told just now
}
for (const event of ["select", "keyup", "pointerup", "focus", "input"]) field.addEventListener(event, tellCaret);
setInterval(() => document.visibilityState === "visible" && tellCaret(), CARET_AGAIN);
addEventListener("resize", show);

// ---- tools ----

// Put marks before and behind the selection, or (`line`) at the beginning of its lines.
function mark(before, behind = "", line = false) {
  if (field.readOnly) return;
  const { selectionStart: from, selectionEnd: to } = field;
  const first = line ? text.lastIndexOf("\n", from - 1) + 1 : from;
  const chosen = text.slice(first, to);
  const made = line ? chosen.split("\n").map((one) => before + one).join("\n") : before + chosen + behind;
  field.setRangeText(made, first, to, "end");
  const end = first + made.length - behind.length;
  field.setSelectionRange(line ? end : end - chosen.length, end);
  field.dispatchEvent(new Event("input"));
  field.focus();
}
get("undo").addEventListener("click", () => connection.ask("undo"));
get("redo").addEventListener("click", () => connection.ask("redo"));
get("bold").addEventListener("click", () => mark("**", "**"));
get("italic").addEventListener("click", () => mark("*", "*"));
get("heading").addEventListener("click", () => mark("# ", "", true));
get("list").addEventListener("click", () => mark("- ", "", true));
get("read").addEventListener("click", () => {
  reading.hidden = !reading.hidden;
  sheet.hidden = !reading.hidden;
  get("read").textContent = reading.hidden ? "Read" : "Write";
  get("read").setAttribute("aria-label", reading.hidden ? "Show how it reads" : "Go on writing");
  show();
});
get("save-text").addEventListener("click", () => save(plain(text), "txt"));
get("save-markdown").addEventListener("click", () => save(text, "md"));

function save(words, ending) {
  const title = plain(text).split("\n").find((line) => line.trim())?.slice(0, FIRST_LINE) ?? "";
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([words], { type: "text/plain;charset=utf-8" }));
  link.download = `${fileName(title) || "document"}.${ending}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

// ---- what is shown ----

function sentence() {
  if (stopped) return stopped;
  if (isOver) return "This document is closed here: it can be read and saved";
  if (!state.ready) return "Nobody who has it could be reached yet";
  const writing = carets.map((one) => one.name);
  if (writing.length) return `${writing.join(", ")} ${writing.length > 1 ? "write" : "writes"}, too`;
  return state.alone ? "Nobody else is here: what you write is merged with theirs later" : "Others are here";
}

function show() {
  const canWrite = isOpen && isWhole && !isOver && state.ready;
  field.readOnly = !canWrite;
  for (const id of ["undo", "redo", "heading", "list", "bold", "italic"]) get(id).disabled = !canWrite;
  document.title = get("title").textContent = state.title ?? "Document";
  const said = sentence() + (state.refused ? ` · ${state.refused} of what came was refused` : "");
  if (get("status").textContent !== said) get("status").textContent = said;
  if (reading.hidden) showCarets(carets, text, copy, over);
  else reading.replaceChildren(...drawn(text));
}

function toast(why) {
  get("toast").textContent = why;
  get("toast").classList.add("shown");
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => get("toast").classList.remove("shown"), 6000);
}
