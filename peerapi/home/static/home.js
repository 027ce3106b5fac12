// Puts the parts of the home page together.

import { BoardList, showActivities } from "./board_list.js";
import { Connection } from "./connection.js";
import { get } from "./elements.js";
import { keepingPlace } from "./focus.js";
import { showInvitations, showOthers } from "./others.js";
import { copyText } from "./saving.js";
import { Talk } from "./talk.js";

const STOPPED = { closed: "The program of this page has stopped", silent: "The program of this page does not answer" };
const GOING = 60000; // ms in which a board that somebody has said yes to opens, and this window goes there

let me = null;
let wants = ""; // what this window does with the next board that is opened: "go" there, "select" it
let since = 0;
let played = {}; // the board of the activity that this window has asked for, and which one it is unless it is new

const connection = new Connection((news) => keepingPlace(() => take(news)), (state) => {
  document.body.classList.toggle("cut-off", state !== "open");
  get("status").textContent = STOPPED[state] ?? (me ? `You are ${me.name}` : "Opening …");
}, toast);
const talk = new Talk(announce, (why, request) => {
  toast(why);
  if (request?.do === "say" && !get("words").value) get("words").value = request.words; // to be said again
});
const list = new BoardList(ask, (board) => {
  talk.show(board);
  showActivities(board, kinds, play);
}, toast);
let kinds = {};

function ask(what, fields) {
  if (["begin", "join", "open"].includes(what)) expect("select");
  if (connection.ask(what, fields)) return true;
  toast("The program of this page cannot be reached.");
  return false;
}

// Something beside a board, where this window goes when it is open.
function play(what, fields) {
  expect("play");
  played = fields;
  ask(what, fields);
}

function expect(what) {
  wants = what;
  since = performance.now();
}

function take(news) {
  switch (news.is) {
    case "people":
      me = news.me;
      showOthers(news, ask);
      list.others(news);
      break;
    case "boards":
      list.take(news);
      showActivities(list.find(list.chosen), kinds, play);
      break;
    case "invitations":
      for (const one of news.waiting) {
        if (!seen.has(one.number)) announce(`${one.who} invites you: ${one.message || one.what}`);
        seen.add(one.number);
      }
      document.title = news.waiting.length ? `(${news.waiting.length}) Home` : "Home";
      showInvitations(news, (invitation, yes) => {
        if (ask("answer", { invitation, yes }) && yes) expect("go");
      });
      break;
    case "network":
      get("network").textContent = `${news.sentence[0].toUpperCase()}${news.sentence.slice(1)}.`;
      break;
    case "kinds":
      kinds = news.kinds;
      break;
    case "activity":
      begun(news);
      break;
    case "opened":
      opened(news.board);
      break;
    case "said":
      list.said(news.board);
      break;
    case "word":
      list.word(news);
      break;
    case "card":
      get("card-text").value = news.card;
      get("own-card").showModal();
      break;
    case "told":
      toast(news.words);
      break;
  }
}

const seen = new Set();

function opened(key) {
  const what = performance.now() - since < GOING ? wants : "";
  wants = "";
  if (what === "go") location.assign(`boards/${key}/`);
  else if (what === "select") list.select(key);
  if (what) list.opened();
}

// An activity was opened, here or in another window.
function begun({ board, activity }) {
  const isIt = board === played.board && (played.activity ?? activity) === activity;
  if (wants !== "play" || !isIt) return;
  wants = "";
  location.assign(`boards/${board}/activities/${activity}/`);
}

let toastTimer;
function toast(words) {
  get("toast").textContent = words;
  get("toast").classList.add("shown");
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => get("toast").classList.remove("shown"), 6000);
}

function announce(words) {
  const line = document.createElement("p");
  line.textContent = words;
  get("news").append(line);
  while (get("news").children.length > 20) get("news").firstChild.remove();
}

// ---- what the person does ----

get("call").addEventListener("submit", (event) => {
  event.preventDefault();
  if (get("name").value.trim()) ask("call", { name: get("name").value.trim() });
});
get("presence").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = get("mood").value.trim();
  for (const [id, value] of [["how", get("how").value], ["mood", text]]) get(id).dataset.asked = value;
  setTimeout(() => ["how", "mood"].forEach((id) => delete get(id).dataset.asked), 10_000); // it was refused, perhaps
  ask("presence", { status: get("how").value, ...(text && { text }) });
});
get("how").addEventListener("change", () => get("presence").requestSubmit());
for (const id of ["near", "internet"]) {
  get(id).addEventListener("click", () => me && ask("there", { near: me.near, internet: me.internet, [id]: !me[id] }));
}
get("check").addEventListener("click", () => {
  get("network").textContent = "Looking …";
  ask("check");
});
get("card").addEventListener("click", () => ask("card"));
get("copy-card").addEventListener("click", async () => toast((await copyText(get("card-text"))) ? "Copied." : "Copy the marked text."));
get("add").addEventListener("submit", (event) => {
  event.preventDefault();
  const card = get("their-card").value.trim();
  if (card && ask("add", { card })) get("their-card").value = "";
});
