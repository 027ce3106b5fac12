// Puts the parts of the page together.

import { Adding } from "./adding.js";
import { Board } from "./board.js";
import { Canvas } from "./canvas.js";
import { Chat } from "./chat.js";
import { Connection } from "./connection.js";
import { Contents, describe } from "./contents.js";
import { Cursors } from "./cursors.js";
import { Images } from "./images.js";
import { Keyboard } from "./keyboard.js";
import { Pages } from "./pages.js";
import { nameOf, showPeople } from "./people.js";
import { Pointer } from "./pointer.js";
import { Replay } from "./replay.js";
import { copyText, fileName, savePng, saving } from "./saving.js";
import { Selection } from "./selection.js";
import { isOfHome, showState } from "./status.js";
import { TEMPLATES } from "./templates.js";
import { textEditor } from "./text_editor.js";
import { Tools } from "./tools.js";

const get = (id) => document.getElementById(id);
const state = { online: true, ready: false, title: "Whiteboard", me: "", invitation: "", alone: null, reach: "network" };

const FLEETING = new Set(["live", "cursor"]); // asked for without anybody having asked for it: what is lost of it is no news

const board = new Board();
const tools = new Tools();
const images = new Images("images/");
const canvas = new Canvas(board, images);
let connected = "closed";
const connection = new Connection(take, (now) => {
  connected = now;
  refresh();
}, refused);

function ask(what, fields) {
  const taken = connection.ask(what, fields);
  if (!taken && what !== "cursor") toast("The board's program cannot be reached.");
  else if (connected !== "open" && !FLEETING.has(what)) toast("The board's program cannot be reached. This is kept here until it can.");
  return taken;
}

const undo = () => canvas.page && ask("undo", { page: canvas.page });
const redo = () => canvas.page && ask("redo", { page: canvas.page });
const selection = new Selection(board, canvas, ask, announce, toast);
const cursors = new Cursors(canvas, ask);
const pointer = new Pointer(board, canvas, tools, ask, textEditor(canvas, tools, ask), cursors, selection);
const chat = new Chat(board, ask, announce);
const contents = new Contents(board, canvas, ask, (ids) => {
  tools.choose("move");
  selection.set(ids);
  canvas.svg.focus();
});
images.addEventListener("change", () => contents.refresh());
new Adding(canvas, tools, selection, images, toast, announce);
const replay = new Replay(canvas);
let turnedTo = null;
const pages = new Pages(board, canvas, ask, (page) => {
  get("save-svg").download = `${fileName(state.title)}.svg`;
  get("save-png").disabled = !page;
  if (page?.id === turnedTo) return;
  turnedTo = page?.id;
  replay.stop();
  contents.refresh();
  cursors.turn();
  selection.set([]);
});
new Keyboard(canvas, tools, pointer, cursors, selection, announce, undo, redo);
tools.addEventListener("change", () => tools.tool !== "move" && selection.set([]));
tools.addEventListener("recolour", () => (selection.ids.length ? selection.recolour(tools.colour) : tools.choose("pen")));
for (const name of Object.keys(TEMPLATES)) get("template").append(new Option(name));
get("template").addEventListener("change", ({ target }) => {
  const marks = TEMPLATES[target.value]?.();
  target.value = "";
  if (!marks || !canvas.page) return;
  tools.choose("move");
  selection.put(marks);
});

function take(news) {
  if (news.is === "state") {
    Object.assign(state, news);
    chat.me = pointer.me = news.me;
    refresh();
  } else if (news.is === "people") {
    if (showPeople(news)) chat.refresh();
    const here = news.nodes.map((node) => node.peer);
    cursors.keep(here);
    images.company(here, state.me);
  } else if (news.is === "live") {
    if (!pointer.own.has(news.live)) canvas.liven(news.live, news.page, news.colour, news.width, news.from, news.dots);
  } else if (news.is === "cursor") {
    if (news.by !== state.me) cursors.take(news);
  } else if (news.is === "image") images.take(news);
  else board.take(news);
}

// What was typed comes back to where it can be typed again.
function refused(why, request) {
  toast(why);
  if (!request) return;
  if (["stroke", "put"].includes(request.do)) canvas.unliven(request.live);
  const field = { say: get("words"), page: get("page-name"), text: get("words"), edit: get("words") }[request.do];
  if (field && !field.value) field.value = (request.words ?? request.name).replaceAll("\n", " ");
}

function refresh() {
  showState(state, connected);
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

get("to-home").hidden = !isOfHome;
get("undo").addEventListener("click", undo);
get("redo").addEventListener("click", redo);
get("larger").addEventListener("click", () => canvas.view.zoom(canvas.view.step));
get("whole").addEventListener("click", () => canvas.view.reset());
get("smaller").addEventListener("click", () => canvas.view.zoom(1 / canvas.view.step));
// A button that does nothing now keeps the focus, so that who goes by keys keeps their place.
const isIdle = (id, is) => (get(id).ariaDisabled = String(is));
canvas.view.addEventListener("change", () => {
  isIdle("smaller", canvas.view.isSmallest);
  isIdle("larger", canvas.view.isLargest);
  isIdle("whole", canvas.view.isHome);
  get("edge").setAttribute("visibility", canvas.view.isHome ? "hidden" : "visible");
  get("scale").textContent = `${Math.round(100 * canvas.view.scale)} %`;
});
get("online").addEventListener("click", () => ask("online", { online: !state.online }));
get("invite").addEventListener("click", () => get("invitation").showModal());
get("copy").addEventListener("click", async () => toast((await copyText(get("command"))) ? "Copied." : "Copy the marked text."));
get("save-png").addEventListener("click", () => saving(() => savePng(canvas, board.page(canvas.page)?.name ?? state.title), toast));

// For whoever tests the page: whether all that is known is drawn, and nothing waits to be stored.
document.documentElement.whiteboard = { get settled() { return board.settled && canvas.settled && images.settled && connection.kept.length === 0; } };
