// The websocket to the program on this machine: news come in, requests go out, and a lost connection is made again.
//
// What somebody has drawn or typed is kept until the program says that it is stored, and asked for again after a break; it
// survives that the page is loaded anew. The program does what has a number and a name of its own once only.

const FIRST_PAUSE = 250, LONGEST_PAUSE = 5000; // milliseconds
const SILENCE = 2500; // ms without a sign of life, after which the program counts as stopped
const MOST_KEPT = 500, MOST_CHARACTERS = 1e6;
const UNDER_WAY = 50; // requests that wait for their answer at the same time
const KEPT = new Set(["stroke", "text", "page", "say", "edit", "move", "erase", "put", "recolour", "reshape", "lock", "describe"]);

export class Connection {
  #socket = null;
  #pause = FIRST_PAUSE;
  #number = 0;
  #kept = []; // requests that are not known to be stored: {do, ..., number}
  #sent = new Set(); // numbers of those that the present connection has been given
  #heard = 0;
  #state = "";
  #closed = false;
  #over = false;

  // `onState` is told "open", "silent" (nothing is heard any more), "closed",
  // or "over" when what the page shows was closed, until it is open again; `onRefused` what was not stored, and why.
  // `place` is where the websocket is, beside the page.
  constructor(onNews, onState, onRefused, place = "live") {
    Object.assign(this, { onNews, onState, onRefused, place });
    this.key = `kept:${new URL(place.replace(/live.*/, ""), location).pathname}`;
    try {
      for (const request of JSON.parse(sessionStorage.getItem(this.key) ?? "[]")) this.#kept.push({ ...request, number: ++this.#number });
    } catch {
      this.#kept = [];
    }
    this.#open();
    this.timer = setInterval(() => this.#watch(), 500);
    addEventListener("beforeunload", (event) => this.#kept.length && !this.#closed && this.#state !== "open" && event.preventDefault());
  }

  // Nothing is told any more; what is not stored is kept for the next connection to that place.
  close() {
    clearInterval(this.timer);
    this.#closed = true;
    this.#socket.close();
  }

  get isOpen() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  get kept() {
    return this.#kept;
  }

  // Whether it was sent, or is kept to be sent.
  ask(what, fields = {}) {
    if (!KEPT.has(what)) {
      const taken = this.isOpen && !this.#over;
      if (taken) this.#socket.send(JSON.stringify({ do: what, ...fields }));
      return taken;
    }
    const request = { do: what, ...fields, number: ++this.#number };
    if (this.#kept.length >= MOST_KEPT || (!this.isOpen && JSON.stringify(this.#kept).length > MOST_CHARACTERS)) return false;
    this.#kept.push(request);
    this.#save();
    this.#send();
    return true;
  }

  #open() {
    const place = new URL(this.place, location.href.replace(/#.*/, ""));
    place.protocol = place.protocol.replace("http", "ws");
    const socket = (this.#socket = new WebSocket(place));
    socket.onopen = () => {
      this.#pause = FIRST_PAUSE;
      this.#over = false;
      this.#sent.clear();
      this.#hear();
      this.#change("open");
    };
    socket.onmessage = (message) => {
      if (this.#closed) return;
      this.#hear();
      for (const news of JSON.parse(message.data)) {
        if (news.is === "done") this.#answered(news.number);
        else if (news.is === "refused") this.onRefused(news.why, this.#answered(news.number));
        else if (news.is === "over") {
          this.#over = true;
          this.ready = false;
          this.#hear();
        } else if (news.is !== "beat") this.onNews(news);
        if (news.is === "whole") this.#send(true);
      }
    };
    socket.onclose = () => {
      if (this.#closed) return;
      this.#change(this.#over ? "over" : "closed");
      this.ready = false;
      setTimeout(() => this.#open(), this.#pause * (0.75 + 0.5 * Math.random()));
      this.#pause = Math.min(2 * this.#pause, LONGEST_PAUSE);
    };
  }

  // What is kept, in order, as soon as the program has told the board: it knows then what it has stored before.
  #send(ready = this.ready) {
    this.ready = ready;
    if (!this.isOpen || !ready) return;
    for (const request of this.#kept.slice(0, UNDER_WAY)) {
      if (this.#sent.has(request.number)) continue;
      this.#sent.add(request.number);
      this.#socket.send(JSON.stringify(request));
    }
  }

  // The program has answered; the request.
  #answered(number) {
    const found = this.#kept.find((request) => request.number === number);
    if (!found) return null;
    this.#kept = this.#kept.filter((request) => request !== found);
    this.#save();
    this.#send();
    return found;
  }

  #save() {
    try {
      sessionStorage.setItem(this.key, JSON.stringify(this.#kept));
    } catch {
      // there is no room, or the browser keeps nothing: the page itself still does
    }
  }

  #hear() {
    this.#heard = performance.now();
    if (this.isOpen) this.#change(this.#over ? "over" : "open");
  }

  #watch() {
    if (this.isOpen && performance.now() - this.#heard > SILENCE) this.#change("silent");
  }

  #change(state) {
    if (state === this.#state) return;
    this.#state = state;
    this.onState(state);
  }
}
