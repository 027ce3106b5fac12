// A file to the program of this page, over a websocket of its own.

const PORTION = 192 << 10; // bytes of one message to the program

// Gives the sentence why the file was not taken, an empty one when it was. `progress` is told how many bytes are gone,
// `done` what the program says of the file that it has.
export function send(file, where, progress, done = () => {}) {
  const place = new URL(where, location.href);
  place.protocol = place.protocol.replace("http", "ws");
  const socket = new WebSocket(place);
  let sent = 0;
  let due = 0; // portions that the program waits for
  let sending = false;
  let why = "the program of this page has stopped";

  // One portion after the other: a short one is read sooner than a long one before it.
  async function goOn() {
    if (sending) return;
    sending = true;
    for (; due > 0 && sent < file.size; due--) {
      const end = Math.min(file.size, sent + PORTION);
      try {
        socket.send(await file.slice(sent, end).arrayBuffer());
      } catch {
        why = "the file cannot be read";
        socket.close();
        return;
      }
      progress((sent = end));
    }
    sending = false;
  }

  return new Promise((resolve) => {
    socket.onopen = () => socket.send(JSON.stringify({ do: "add", name: file.name, size: file.size }));
    socket.onmessage = ({ data }) => {
      const news = JSON.parse(data);
      if (news.is === "done") {
        why = "";
        done(news);
      }
      if (news.is === "refused") why = news.why;
      if (news.is !== "go") return;
      due += news.pieces;
      goOn();
    };
    socket.onclose = () => resolve(why);
  });
}
