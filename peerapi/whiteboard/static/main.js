// Puts the parts of the page together.

import { Board } from "./board.js";
import { Chat } from "./chat.js";
import { Connection } from "./connection.js";
import { Contents, describe } from "./contents.js";
import { Pointer } from "./pointer.js";
import { Keyboard } from "./keyboard.js";
import { Pages } from "./pages.js";
import { Canvas } from "./canvas.js";
import { nameOf, showPeople } from "./people.js";
import { Replay } from "./replay.js";
import { fileName, savePng } from "./saving.js";
import { Tools } from "./tools.js";
import { textEditor } from "./text_editor.js";

const get = (id) => document.getElementById(id);
const state = { online: true, ready: false, title: "Whiteboard", me: "", invitation: "" };

const board = new Board();
const tools = new Tools();
const canvas = new Canvas(board);
const connection = new Connection(take, (open) => { document.body.classList.toggle("cut-off", !open); showState(); });

function ask(what, fields) {
  const sent = connection.ask(what, fields);
  if (!sent) toast("The board's program cannot be reached.");
  return sent;
}

const undo = () => canvas.page && ask("undo", { page: canvas.page });
const pointer = new Pointer(canvas, tools, ask, textEditor(canvas, tools, ask));
const chat = new Chat(board, ask, announce);
const contents = new Contents(board, canvas, ask);
const replay = new Replay(board, canvas);
let turnedTo = null;
const pages = new Pages(board, canvas, ask, (page) => {
  get("empty").textContent = state.ready ? "Begin a page: give it a name above." : "Looking for somebody who has this board …";
  get("save-svg").download = `${fileName(state.title)}.svg`;
  get("save-png").disabled = !page;
  if (page?.id === turnedTo) return;
  turnedTo = page?.id;
  replay.stop();
  contents.refresh();
});
new Keyboard(canvas, tools, pointer, announce, undo);

function take(news) {
  if (news.is === "state") {
    Object.assign(state, news);
    chat.me = news.me;
    showState();
  } else if (news.is === "people") {
    if (showPeople(news)) chat.refresh();
  } else if (news.is === "live") {
    if (!pointer.own.has(news.live)) canvas.liven(news.live, news.page, news.colour, news.width, news.from, news.dots);
  } else if (news.is === "refused") {
    toast(news.why);
  } else board.take(news);
}

function showState() {
  const reachable = connection?.isOpen ?? false;
  get("title").textContent = state.title;
  document.title = state.title;
  get("status").textContent = !reachable ? "The board's program has stopped" : !state.online ? "Offline: you draw for yourself for now" : state.ready ? `You are ${state.name}` : "Looking for the others …";
  get("online").setAttribute("aria-checked", state.online);
  get("invite").hidden = !state.invitation; // who was invited alone cannot invite others
  get("command").value = `peerapi whiteboard --join ${state.invitation}`;
  document.body.classList.toggle("offline", !state.online);
  pages?.refresh();
}

let toastTimer;
function toast(words) {
  get("toast").textContent = words;
  get("toast").classList.add("shown");
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => get("toast").classList.remove("shown"), 4000);
}

function announce(words) {
  const line = document.createElement("p");
  line.textContent = words;
  get("news").append(line);
  while (get("news").children.length > 20) get("news").firstChild.remove();
}

let quietUntil = 0;
board.addEventListener("mark", ({ detail: { mark, page } }) => {
  if (!board.settled || mark.by === state.me || page.id !== canvas.page) return;
  if (!("words" in mark) && performance.now() < quietUntil) return; // who draws fast is not read out stroke by stroke
  quietUntil = performance.now() + 5000;
  announce("words" in mark ? `${nameOf(mark.by)} has written: ${mark.words}` : `On the paper: ${describe(mark)}`);
});

get("undo").addEventListener("click", undo);
get("online").addEventListener("click", () => ask("online", { online: !state.online }));
get("invite").addEventListener("click", () => get("invitation").showModal());
get("copy").addEventListener("click", async () => {
  get("command").select();
  await navigator.clipboard.writeText(get("command").value).then(() => toast("Copied."), () => toast("Copy the marked text."));
});
get("save-png").addEventListener("click", () => savePng(canvas, board.page(canvas.page)?.name ?? state.title));
