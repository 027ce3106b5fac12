// What is said at the board that is chosen, and who is there: over a websocket of that board's own.

import { Board } from "./board.js";
import { Chat } from "./chat.js";
import { Connection } from "./connection.js";
import { get } from "./elements.js";
import { showPeople } from "./people.js";

export class Talk {
  #connection = null;
  #board = new Board();

  constructor(announce, refused) {
    this.refused = refused;
    this.chat = new Chat(this.#board, (what, fields) => this.#connection?.ask(what, fields) ?? false, announce);
  }

  // A board, or null for none.
  show(board) {
    this.#connection?.close();
    this.#connection = null;
    get("talk").hidden = !board;
    get("no-talk").hidden = Boolean(board);
    if (!board) return;
    get("talk-title").textContent = board.title;
    get("to-board").href = `boards/${board.key}/`;
    for (const news of ["begin", "whole"]) this.#board.take({ is: news }); // nothing of another board is left
    this.#connection = new Connection((news) => this.#take(news), () => {}, this.refused, `boards/${board.key}/live?talk`);
  }

  #take(news) {
    if (news.is === "state") this.chat.me = news.me;
    else if (news.is === "people") {
      if (showPeople(news)) this.chat.refresh();
    } else this.#board.take(news);
  }
}
