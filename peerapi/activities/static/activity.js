// What the pages of activities share: the connection to the program, and what it says.

import { Connection } from "./connection.js";
import { keepingPlace } from "./focus.js";

const get = (id) => document.getElementById(id);
const NOBODY = "Nobody who has it could be reached yet";
const STOPPED = {
  closed: "The program of this page has stopped, or this is not open there: take part in it again on the home page", silent: "The program of this page does not answer",
  over: "This was closed: take part in it again on the home page",
};

// `show` is called with each state of the activity: the view of its rules, who one is, what everybody is called, and what
// goes on beside. It gives the sentence that says how things stand.
export function activity(show) {
  let last = null;
  let sentence = "Opening …";
  let timer;
  let whole = null;
  const connection = new Connection((part) => {
    if (part.is === "activity") whole = part;
    else if (part.is === "beside" && whole) whole = { ...whole, local: part.local };
    else return;
    const news = whole;
    const now = JSON.stringify(news);
    if (now === last) return;
    last = now;
    document.title = get("title").textContent = news.title;
    const nameOf = (peer) => news.names[peer] ?? peer;
    const said = keepingPlace(() => show(news.view, news.me, nameOf, news.local));
    sentence = get("status").textContent = news.ready ? said : NOBODY;
  }, (state) => (get("status").textContent = STOPPED[state] ?? sentence), (why) => {
    get("toast").textContent = why;
    get("toast").classList.add("shown");
    clearTimeout(timer);
    timer = setTimeout(() => get("toast").classList.remove("shown"), 6000);
  });
  return (what, fields) => connection.ask(what, fields);
}
