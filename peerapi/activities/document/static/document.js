// A text that several write. The program merges; this page shows the text, sends what is typed, and takes changes as they
// come. What is typed is kept until the program says that it is stored, and given to the next program when one stops.

import { Connection } from "./connection.js";
import { Authors } from "./document_authors.js";
import { Caret, showCarets } from "./document_carets.js";
import { Comments } from "./document_comments.js";
import { History } from "./document_history.js";
import { boxes, fill } from "./document_copy.js";
import { drawn, plain } from "./document_markdown.js";
import { commentList, commenting, comments, copy, earlier, field, here, keeping, over, reading, settled, sheet, versionList, versions, whose, writers } from "./document_page.js";
import { apply, between, charactersOf, clean, inCharacters, inUnits, moved, putAgain, unitsOf } from "./document_text.js";
import { fileName } from "./saving.js";

const get = (id) => document.getElementById(id);
const STOPPED = {
  closed: "The program of this page has stopped: nothing can be written until it is back, and this is open again", silent: "The program of this page does not answer",
  over: "This document is closed here: it can be read and saved, and written when it is opened again on the home page",
};
const CARET_PAUSE = 40, CARET_AGAIN = 45000; // milliseconds
const FIRST_LINE = 60, MOST_TYPED = 50000, MOST_TEXT = 500000; // characters

const page = [...crypto.getRandomValues(new Uint8Array(8))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
let text = ""; // what the field shows
let unstored = []; // what was typed, and is not known to be stored: {count, at, inserted, removed}
let count = 0; // changes of this page
let number = 0; // of the last text or change that was taken
let state = { ready: false, alone: true, names: {} };
let isOpen = false, isWhole = false;
const authors = new Authors();
const nameOf = (peer) => state.names[peer] ?? peer;
const remarks = new Comments(commentList, settled, { nameOf, me: () => state.me, ask: (what, fields) => connection.ask(what, fields), go: choose });
const history = new History(versionList, earlier, { nameOf, me: () => state.me, ask: (what, fields) => connection.ask(what, fields), show: () => show() });
let commented = null, said = null; // the ends of the passage of the comment that is being written, and what was sent of it
let carets = [], caretTimer, caretTold = -Infinity, caretSaid = "", toastTimer, stopped, frame = null;

const connection = new Connection(take, (how) => {
  isOpen = how === "open";
  if (how === "closed" || how === "over") isWhole = false;
  stopped = STOPPED[how];
  show();
}, toast);


function take(news) {
  if (news.is === "state") state = news;
  else if (news.is === "text") begin(news);
  else if (news.is === "change") change(news);
  else if (news.is === "stored") unstored = unstored.filter((one) => one.count > news.count);
  else if (news.is === "authors") takeAuthors(news);
  else if (news.is === "comments") takeComments(news);
  else if (news.is === "versions") history.take(news);
  else if (news.is === "version") history.look(news);
  else if (news.is === "carets") carets = news.carets.map((one) => new Caret(one.peer, news.names[one.peer] ?? one.peer, one.at.map((at) => unitsOf(text, 0, at))));
  else if (news.is === "told") toast(news.words);
  showSoon();
}

// The whole text, at first and after a break.
function begin(news) {
  if (!state.ready) return;
  number = news.number;
  count = news.counts[page] ?? 0;
  const missing = unstored.filter((one) => one.count > count);
  unstored = [];
  const wanted = missing.length ? putAgain(missing, text, news.text) : news.text;
  display(news.text, between(text, news.text));
  isWhole = true;
  connection.ask("seen", { seen: number });
  connection.ask("show", { what: "comments", on: true });
  if (authors.isOn) connection.ask("show", { what: "authors", on: true });
  if (wanted !== text) {
    const delta = between(text, wanted);
    typed(delta);
    display(wanted, delta);
  }
  tellCaretAgain();
}

// What others have written, or an undoing. One that does not know of what was typed here is told anew.
function change(news) {
  if (news.count !== count || !isWhole || field.dataset.composing) return;
  number = news.number;
  const delta = inUnits(text, news.delta);
  display(apply(text, delta), delta);
  connection.ask("seen", { seen: number });
}

// What is known of places in the text goes with it.
function move(delta, peer = null) {
  authors.move(delta, peer);
  remarks.move(delta);
  if (commented) commented = [moved(commented[0], delta), moved(commented[1], delta, true)];
}

// Who wrote what, of the text as it was when that was told; it is asked for again when something was typed meanwhile.
function takeAuthors(news) {
  if (!authors.isOn) return;
  if (news.count === count && news.number === number && isWhole) authors.take(news, text);
  else connection.ask("show", { what: "authors", on: true });
}

function takeComments(news) {
  if (news.count === count && news.number === number && isWhole) {
    remarks.take(news, text);
    if (said && remarks.threads.some((one) => one.by === state.me && one.says === said)) endComment();
  } else connection.ask("show", { what: "comments", on: true });
}

function display(now, delta) {
  for (const one of carets) one.move(delta);
  move(delta);
  for (const one of unstored) one.at = moved(one.at, delta);
  text = now;
  if (field.value === now) return;
  const { selectionStart, selectionEnd, selectionDirection } = field, said = caretSaid === String(ends());
  const [start, end] = [selectionStart, selectionEnd].map((at) => moved(at, delta, true));
  field.value = now;
  field.setSelectionRange(start, end, selectionDirection);
  // It goes with the text at the others, too, but where something was put in just there.
  const goes = start === moved(selectionStart, delta) && end === moved(selectionEnd, delta);
  caretSaid = said && goes ? String(ends()) : "";
}

// ---- what is typed ----

// `after`: the text with it, when the field shows that already; where the caret is goes along then.
function typed(delta, after = null) {
  let at = 0;
  for (const one of unstored) one.at = moved(one.at, delta);
  const made = { count: ++count, at: 0, inserted: "", removed: "" };
  for (const part of delta) {
    if (typeof part === "string") made.inserted = part;
    else if (part > 0) made.at = at += part;
    else made.removed = text.slice(at, (at -= part));
  }
  unstored.push(made);
  const caret = after === null ? {} : caretIn(after);
  connection.ask("edit", { window: page, count, seen: number, delta: inCharacters(text, delta), ...caret });
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
  typed(delta, now);
  for (const one of carets) one.move(delta);
  move(delta, state.me);
  text = now;
  showSoon();
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
  if (!(event.ctrlKey || event.metaKey)) return;
  const letter = event.key.toLowerCase();
  if (event.altKey) {
    if (letter === "m") get("comment").click();
    return;
  }
  const what = letter === "z" ? (event.shiftKey ? "redo" : "undo") : letter === "y" ? "redo" : null;
  const mark = { b: "bold", i: "italic" }[letter];
  if (!what && !mark) return;
  event.preventDefault();
  if (what) connection.ask(what);
  else get(mark).click();
});

// ---- where one is ----

// Where the selection begins and where it goes on, in units of the text.
function ends() {
  const { selectionStart, selectionEnd, selectionDirection } = field;
  return selectionDirection === "backward" ? [selectionEnd, selectionStart] : [selectionStart, selectionEnd];
}

// The same in characters, of what the field shows.
function caretIn(shown) {
  const [from, to] = ends().map((at) => charactersOf(shown.slice(0, at)));
  caretSaid = String(ends());
  return { from, to };
}

// Not where it is known to be already: what was typed has said that.
function tellCaret() {
  clearTimeout(caretTimer);
  caretTimer = setTimeout(() => {
    caretTold = performance.now();
    if (document.activeElement !== field || !isWhole || field.readOnly) return;
    if (String(ends()) !== caretSaid) connection.ask("caret", { count, seen: number, ...caretIn(text) });
  }, Math.max(0, caretTold + CARET_PAUSE - performance.now())); // at once, unless it was told just now
}
function tellCaretAgain() {
  caretSaid = "";
  tellCaret();
}
for (const event of ["select", "keyup", "pointerup", "focus", "input"]) field.addEventListener(event, tellCaret);
for (const event of ["select", "keyup", "pointerup"]) field.addEventListener(event, () => authors.isOn && showSoon());
setInterval(() => document.visibilityState === "visible" && tellCaretAgain(), CARET_AGAIN);
addEventListener("resize", showSoon);

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
get("authors").addEventListener("click", () => {
  authors.isOn = !authors.isOn;
  authors.runs = authors.shares = [];
  get("authors").setAttribute("aria-pressed", authors.isOn);
  connection.ask("show", { what: "authors", on: authors.isOn });
  show();
});
// ---- history ----

get("history").addEventListener("click", () => {
  versions.hidden = !versions.hidden;
  get("history").setAttribute("aria-expanded", !versions.hidden);
  if (versions.hidden) history.close();
  show();
});
keeping.addEventListener("submit", (event) => {
  event.preventDefault();
  const name = get("version-name").value.trim();
  if (name && connection.ask("keep", { name })) get("version-name").value = "";
});

// ---- comments ----

function choose([from, to]) {
  field.focus();
  field.setSelectionRange(from, to);
  const box = boxes(copy, from, from + 1)[0];
  if (box) scrollTo({ top: scrollY + box.top - innerHeight / 3 });
}
get("comment").addEventListener("click", () => {
  const { selectionStart: from, selectionEnd: to } = field;
  if (from === to) {
    toast("Choose the passage first on which you comment");
    return;
  }
  commented = [from, to];
  get("commented").textContent = `“${text.slice(from, to).slice(0, 120)}”`;
  commenting.hidden = false;
  show();
  get("says").focus();
});
commenting.addEventListener("submit", (event) => {
  event.preventDefault();
  const says = get("says").value.replace(/\t/g, " ").trim();
  const [from, to] = commented.map((at) => charactersOf(text.slice(0, at)));
  if (says && connection.ask("comment", { count, seen: number, from, to, says })) said = says;
});
get("says").addEventListener("keydown", (event) => event.key === "Enter" && event.ctrlKey && commenting.requestSubmit());
commenting.addEventListener("keydown", (event) => event.key === "Escape" && endComment());
get("no-comment").addEventListener("click", endComment);

function endComment() {
  get("says").value = "";
  commenting.hidden = true;
  commented = said = null;
  show();
  field.focus();
}

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
  if (!state.ready) return "Nobody who has it could be reached yet";
  const writing = carets.map((one) => one.name);
  if (writing.length) return `${writing.join(", ")} ${writing.length > 1 ? "write" : "writes"}, too`;
  return state.alone ? "Nobody else is here: what you write is merged with theirs later" : "Others are here";
}

// Once in a frame, however much has come for it; a page that is not seen has no frames.
function showSoon() {
  frame ??= (document.hidden ? setTimeout : requestAnimationFrame)(show);
}

function show() {
  frame = null;
  const canWrite = isOpen && isWhole && state.ready;
  field.readOnly = !canWrite;
  for (const id of ["undo", "redo", "heading", "list", "bold", "italic", "comment"]) get(id).disabled = !canWrite;
  document.title = get("title").textContent = state.title ?? "Document";
  const said = sentence() + (state.refused ? ` · ${state.refused} of what came was refused` : "");
  if (get("status").textContent !== said) get("status").textContent = said;
  comments.hidden = !reading.hidden || (!remarks.threads.length && commenting.hidden);
  sheet.hidden = !reading.hidden || history.isOpen;
  whose.hidden = !authors.isOn || !reading.hidden;
  sheet.classList.toggle("coloured", authors.isOn);
  if (authors.isOn) authors.show(writers, here, field.selectionEnd, nameOf);
  if (reading.hidden) {
    fill(copy, text, authors.isOn ? authors.runs : []);
    showCarets(carets, text, copy, over);
    over.prepend(...remarks.marks(text, copy, over.getBoundingClientRect()));
  }
  else reading.replaceChildren(drawn(text));
}

function toast(why) {
  get("toast").textContent = why;
  get("toast").classList.add("shown");
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => get("toast").classList.remove("shown"), 6000);
}
