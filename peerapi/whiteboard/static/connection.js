// The websocket to the program on this machine: news come in, requests go out, and a lost connection is made again.

const FIRST_PAUSE = 250, LONGEST_PAUSE = 5000; // milliseconds

export class Connection {
  #socket = null;
  #pause = FIRST_PAUSE;

  constructor(onNews, onState) {
    this.onNews = onNews;
    this.onState = onState;
    this.#open();
  }

  get isOpen() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  // Whether it could be sent. What cannot is not kept: the page shows that it is cut off.
  ask(what, fields = {}) {
    if (!this.isOpen) return false;
    this.#socket.send(JSON.stringify({ do: what, ...fields }));
    return true;
  }

  #open() {
    const place = new URL("live", location.href);
    place.protocol = place.protocol.replace("http", "ws");
    const socket = (this.#socket = new WebSocket(place));
    socket.onopen = () => {
      this.#pause = FIRST_PAUSE;
      this.onState(true);
    };
    socket.onmessage = (message) => {
      for (const news of JSON.parse(message.data)) this.onNews(news);
    };
    socket.onclose = () => {
      this.onState(false);
      setTimeout(() => this.#open(), this.#pause);
      this.#pause = Math.min(2 * this.#pause, LONGEST_PAUSE);
    };
  }
}
