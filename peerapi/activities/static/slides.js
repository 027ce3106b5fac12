// A presentation: the page at which the presenter is, or another one that one looks at by oneself; hands and questions.

import { activity } from "./activity.js";
import { boardPages } from "./board_pages.js";
import { send } from "./sending.js";

function make(tag, settings = {}, ...children) {
  const made = Object.assign(document.createElement(tag), settings);
  made.append(...children); // as text, never as markup
  return made;
}

const button = (id, label, act) => {
  const made = make("button", { type: "button", id, textContent: label });
  made.addEventListener("click", act);
  return made;
};

const chooser = make("input", { type: "file", id: "chooser", accept: "application/pdf,.pdf" });
const drop = make("label", { className: "drop", htmlFor: "chooser", hidden: true }, "Drop a PDF here, or choose one: ", chooser);
const fromBoard = button("from-board", "Show the pages of the board", giveBoard);
const said = make("p", { className: "small", id: "said", role: "status" });
const picture = make("img", { id: "slide", alt: "", hidden: true });
const none = make("p", { id: "none" }, "There are no pages yet.");
fromBoard.hidden = true;
const text = make("details", { id: "page-text", hidden: true }, make("summary", {}, "Text of this page"), make("p", {}));
const back = button("back", "‹ Back", () => go(-1));
const where = make("span", { id: "where", role: "status" });
const next = button("next", "Next ›", () => go(1));
const follow = button("follow", "Follow", () => {
  own = null;
  show();
});
const hand = button("hand", "Raise hand", () => ask("hand", { raised: !last.view.hands.includes(last.me) }));
const hands = make("p", { className: "small", id: "hands", role: "status" });
const question = make("input", { id: "question", placeholder: "A question …", ariaLabel: "A question", maxLength: 300, autocomplete: "off" });
const asking = make("form", { className: "asking" }, question, make("button", { type: "submit", textContent: "Ask" }));
const questions = make("ul", { className: "file-list", id: "questions", ariaLabel: "Questions" });
document.getElementById("activity").append(
  drop, fromBoard, said, make("div", { className: "stage" }, picture, none), make("div", { className: "act-row" }, back, where, next, follow), text,
  make("div", { className: "act-row" }, hand, hands), asking, questions);

let last = null;
let own = null; // the page one has gone to by oneself, null while one follows
let shown = ""; // the page that is in the picture

const leads = () => last.me === last.view.presenter;
const at = () => (own === null ? last.view.at : Math.min(own, last.view.deck.pages - 1));

const ask = activity((view, me, nameOf, local) => {
  if (last?.view.deck?.id !== view.deck?.id) own = null;
  last = { view, me, nameOf, local };
  show();
  return sentence();
});

function sentence() {
  const { view, nameOf } = last;
  if (leads()) return view.deck ? "You lead" : "Drop a PDF that the others shall see, or show the pages of the board";
  if (!view.deck) return `${nameOf(view.presenter)} shows nothing yet`;
  return own === null ? `You follow ${nameOf(view.presenter)}` : `You look around; ${nameOf(view.presenter)} is at page ${view.at + 1}`;
}

function go(by) {
  const deck = last?.view.deck;
  if (!deck) return;
  to(Math.max(0, Math.min(deck.pages - 1, at() + by)));
}

function to(page) {
  if (page === at()) return;
  if (leads()) ask("lead", { page });
  else {
    own = page;
    show();
  }
}

addEventListener("keydown", (event) => {
  if (event.target.closest("input, select, textarea") || event.ctrlKey || event.altKey || event.metaKey) return;
  const ways = { ArrowLeft: -1, PageUp: -1, ArrowRight: 1, PageDown: 1, Home: -Infinity, End: Infinity };
  if (!(event.key in ways)) return;
  event.preventDefault();
  go(ways[event.key]);
});

function show() {
  const { view, me, nameOf, local } = last;
  drop.hidden = fromBoard.hidden = !leads();
  said.textContent = local.said;
  const deck = view.deck;
  const page = deck ? at() : 0;
  const ready = deck?.ready[page] === "1";
  none.hidden = ready;
  picture.hidden = !ready;
  none.textContent = deck ? `Page ${page + 1} is on its way …` : "There are no pages yet.";
  where.textContent = deck ? `Page ${page + 1} of ${deck.pages}` : "";
  back.ariaDisabled = !deck || page === 0; // and not disabled, which would take the focus from who goes by keys
  next.ariaDisabled = !deck || page === deck.pages - 1;
  follow.hidden = !deck || leads();
  follow.setAttribute("aria-pressed", String(own === null));
  if (ready) load(deck, page);
  else text.hidden = true;

  const mine = view.hands.includes(me);
  hand.textContent = mine ? "Lower hand" : "Raise hand";
  hand.setAttribute("aria-pressed", String(mine));
  hand.hidden = leads();
  hands.textContent = view.hands.length ? `Hands raised: ${view.hands.map(nameOf).join(", ")}` : "";
  questions.replaceChildren(...view.questions.map(item));
  document.getElementById("status").textContent = sentence();
}

function load(deck, page) {
  const now = `pages/${deck.id}/${page}`;
  picture.alt = `Page ${page + 1} of ${deck.pages}`;
  if (now === shown) return;
  shown = now;
  picture.src = `${now}.webp`;
  fetch(`${now}.txt`).then((answer) => (answer.ok ? answer.text() : "")).then((words) => {
    if (now !== shown) return;
    text.hidden = !words;
    text.lastChild.textContent = words;
  }, () => (text.hidden = true));
}

function item(one) {
  const row = make("li", {}, make("span", { className: "who" }, `${last.nameOf(one.by)}: ${one.words}`));
  row.dataset.key = one.id;
  if (one.answered) row.append(make("span", { className: "small" }, "answered"));
  else if (leads()) {
    const done = button("", "Answered", () => ask("answered", { question: one.id }));
    done.ariaLabel = `Answered: ${one.words}`;
    row.append(done);
  }
  return row;
}

asking.addEventListener("submit", (event) => {
  event.preventDefault();
  if (question.value.trim() && ask("ask", { words: question.value.trim() })) question.value = "";
});

chooser.addEventListener("change", () => {
  give(chooser.files[0]);
  chooser.value = "";
});
for (const kind of ["dragover", "drop"]) addEventListener(kind, (event) => {
  event.preventDefault();
  if (kind === "drop") give(event.dataTransfer.files[0]);
});

async function giveBoard() {
  fromBoard.disabled = true;
  said.textContent = "The pages of the board are drawn ...";
  let file = null;
  try {
    file = await boardPages();
    if (!file) said.textContent = "Not shown: the board has no pages";
  } catch (error) {
    said.textContent = `Not shown: ${error.message}`;
  }
  await give(file);
  fromBoard.disabled = false;
  if (fromBoard.checkVisibility() && document.activeElement === document.body) fromBoard.focus();
}

async function give(file) {
  if (!file || !last || !leads()) return;
  chooser.disabled = true;
  const why = await send(file, "pdf", (sent) => (said.textContent = `${file.name}: ${Math.round((100 * sent) / file.size)} %`));
  chooser.disabled = false;
  said.textContent = why ? `Not shown: ${why}` : "";
}
