// Draw and guess: a paper on which one draws, and a line in which the others guess.

import { activity } from "./activity.js";

const WIDE = 1000, HIGH = 750;
const MOST_DOTS = 120; // of one request; a longer stroke is sent in several
const EVERY = 600; // ms after which what was drawn of a stroke is sent
const COLORS = ["black", "grey", "brown", "red", "orange", "yellow", "green", "blue"];
const INKS = ["#111111", "#868e96", "#8a5a2b", "#e03131", "#f08c00", "#ffd43b", "#2f9e44", "#1971c2"];
const WIDTHS = ["thin", "medium", "thick"];
const LINES = [5, 12, 30];

function make(tag, settings = {}, ...children) {
  const made = Object.assign(document.createElement(tag), settings);
  made.append(...children); // as text, never as markup
  return made;
}

function svg(tag, attributes) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

const button = (id, label, act) => {
  const made = make("button", { type: "button", id, textContent: label });
  made.addEventListener("click", act);
  return made;
};

const paper = svg("svg", { id: "canvas", class: "paper", viewBox: `0 0 ${WIDE} ${HIGH}`, preserveAspectRatio: "none", role: "img" });
const word = make("p", { id: "word", role: "status" });
const offers = make("div", { className: "act-row", id: "offers" });
const color = make("select", { id: "color", ariaLabel: "Colour" }, ...COLORS.map((name, value) => new Option(name, value)));
const width = make("select", { id: "width", ariaLabel: "Line" }, ...WIDTHS.map((name, value) => new Option(name, value + 1, value === 1, value === 1)));
const drawing = make("div", { className: "act-row", id: "drawing" }, color, width,
  button("clear", "Clear", () => ask("clear")), button("stop", "Give up", () => ask("stop")));
const guess = make("input", { id: "guess", placeholder: "Your guess …", ariaLabel: "Your guess", maxLength: 40, autocomplete: "off" });
const guessing = make("form", { className: "asking", id: "guessing" }, guess, make("button", { type: "submit", textContent: "Guess" }));
const guesses = make("ol", { className: "file-list guesses", id: "guesses", ariaLabel: "Guesses" });
const scores = make("ul", { className: "file-list", id: "scores", ariaLabel: "Points" });
const cheats = make("ul", { className: "file-list failed", id: "cheats", ariaLabel: "Cheats" });
const turns = make("div", { className: "act-row", id: "turns" },
  button("play", "I draw, too", () => ask("play")), button("pass", "Pass", () => ask("pass")), button("skip", "", () => ask("skip")));
document.getElementById("activity").append(word, offers, drawing, make("div", { className: "stage" }, paper), guessing, turns, cheats, guesses, scores);

let last = null;
let shown = null; // the round on the paper, how many strokes of it, and the first
let stroke = null; // the one that is being drawn: its line, its dots that are not sent, and when some were sent

const ask = activity((view, me, nameOf, local) => {
  last = { view, me, nameOf, local };
  show();
  return sentence();
});

function sentence() {
  const { view, me, nameOf } = last;
  const round = view.round;
  const who = view.who === me ? "you" : nameOf(view.who);
  if (view.goes) return view.who === me ? "Draw your word; the others guess" : `${who} draws; guess what it is`;
  if (view.over) return "The game is over";
  const next = view.who === me ? "It is your turn: choose a word" : `${who} draws next`;
  if (!round || !round.word) return next;
  const found = round.winner ? `${round.winner === me ? "You have" : `${nameOf(round.winner)} has`} guessed it: ${round.word}` : `It was ${round.word}`;
  return `${found}. ${next}`;
}

function show() {
  const { view, me, nameOf, local } = last;
  const mine = view.goes && view.who === me;
  word.textContent = local.word ? `Draw: ${local.word}` : "";
  word.hidden = !local.word;
  if (offers.dataset.words !== local.offers.join()) {
    offers.dataset.words = local.offers.join();
    offers.replaceChildren(...local.offers.map((one) => {
      const made = button("", one, () => ask("begin", { word: one }));
      made.ariaLabel = `Draw ${one}`;
      return made;
    }));
  }
  drawing.hidden = !mine;
  paper.classList.toggle("mine", mine);
  guessing.hidden = !view.goes || mine;
  get("play").hidden = view.players.includes(me) || view.over;
  get("pass").hidden = view.goes || view.who !== me || view.over || view.players.length < 2;
  const skip = get("skip");
  skip.hidden = view.who === me || view.over || view.votes.includes(me);
  skip.textContent = `${nameOf(view.who)} is not there${view.votes.length ? ` (${view.votes.length} of ${view.needed} say so)` : ""}`;
  paint(view.round);
  const said = view.round?.guesses ?? [];
  guesses.replaceChildren(...said.slice(-60).reverse().map((one) => make("li", { className: one.right ? "right" : "" },
    make("span", { className: "who" }, `${nameOf(one.by)}: ${one.words}`),
    make("span", { className: "small" }, one.right ? "✓ right" : one.late ? "too late" : ""))));
  const points = view.players.map((one) => [view.scores[one] ?? 0, one]).sort((one, other) => other[0] - one[0]);
  scores.replaceChildren(...points.map(([count, one]) => make("li", {},
    make("span", { className: "who" }, one === me ? "You" : nameOf(one)), make("span", {}, `${count} ${count === 1 ? "point" : "points"}`))));
  cheats.replaceChildren(...view.cheats.map((one) => make("li", {}, `${nameOf(one.by)} cheats: ${nameOf(one.by)} ${one.what}`)));
  cheats.hidden = !view.cheats.length;
}

function get(id) {
  return document.getElementById(id);
}

// ---- the paper ----

function line(ink, wide, dots) {
  const made = svg("polyline", {
    fill: "none", stroke: INKS[ink], "stroke-width": LINES[wide - 1], "stroke-linecap": "round", "stroke-linejoin": "round" });
  made.setAttribute("points", dots.length === 2 ? `${dots} ${dots}` : dots.join(" "));
  return made;
}

function paint(round) {
  const strokes = round?.strokes ?? [];
  const now = round?.id;
  const first = JSON.stringify(strokes[0]);
  if (!shown || shown.id !== now || shown.count > strokes.length || (shown.count && shown.first !== first)) {
    paper.replaceChildren();
    shown = { id: now, count: 0 };
    stroke = null;
  }
  for (const [ink, wide, ...dots] of strokes.slice(shown.count)) {
    paper.querySelector(".under-way[data-sent]")?.remove(); // what was drawn here has come back
    paper.append(line(ink, wide, dots));
  }
  Object.assign(shown, { count: strokes.length, first });
  paper.setAttribute("aria-label", round ? `Drawing of ${last.nameOf(round.drawer)}: ${strokes.length} strokes` : "Nothing is drawn yet");
}

function dotOf(event) {
  const box = paper.getBoundingClientRect();
  const within = (value, most) => Math.max(0, Math.min(most, Math.round(value)));
  return [within(((event.clientX - box.left) / box.width) * WIDE, WIDE), within(((event.clientY - box.top) / box.height) * HIGH, HIGH)];
}

function send(ends) {
  if (!stroke) return;
  if (ends && stroke.goesOn && stroke.dots.length === 2) { // all of it is sent
    stroke.line.remove();
    stroke = null;
    return;
  }
  ask("draw", { color: stroke.color, width: stroke.width, dots: stroke.dots });
  stroke.line.dataset.sent = "1";
  if (ends) stroke = null;
  else beginLine(stroke.dots.slice(-2), true);
}

function beginLine(dots, goesOn = false) {
  const [ink, wide] = [Number(color.value), Number(width.value)];
  const made = line(ink, wide, dots);
  made.classList.add("under-way");
  paper.append(made);
  stroke = { color: ink, width: wide, dots, goesOn, line: made, since: performance.now() };
}

paper.addEventListener("pointerdown", (event) => {
  if (!paper.classList.contains("mine") || event.button !== 0) return;
  event.preventDefault();
  paper.setPointerCapture(event.pointerId);
  beginLine(dotOf(event));
});
paper.addEventListener("pointermove", (event) => {
  if (!stroke || !paper.hasPointerCapture(event.pointerId)) return;
  for (const one of event.getCoalescedEvents?.() ?? [event]) {
    const [x, y] = dotOf(one);
    const [before, above] = stroke.dots.slice(-2);
    if (Math.hypot(x - before, y - above) < 3) continue;
    stroke.dots.push(x, y);
    if (stroke.dots.length >= 2 * MOST_DOTS) send(false);
  }
  stroke.line.setAttribute("points", stroke.dots.join(" "));
  if (stroke.dots.length > 2 && performance.now() - stroke.since > EVERY) send(false);
});
for (const kind of ["pointerup", "pointercancel"]) paper.addEventListener(kind, () => send(true));

guessing.addEventListener("submit", (event) => {
  event.preventDefault();
  if (guess.value.trim() && ask("guess", { words: guess.value.trim() })) guess.value = "";
});
