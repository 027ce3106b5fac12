// The page that is shown: an SVG element for each mark, in order, and above them what is being drawn just now.

const SVG = "http://www.w3.org/2000/svg";
const LIVE_PATIENCE = 20000; // ms without news, after which a stroke that was never finished goes away

export const BACKGROUND = "white";
export const WIDTH = 800, HEIGHT = 600;

export class Canvas {
  page = null; // its id
  replaying = false;
  #board;
  #elements = new Map(); // mark id -> element
  #live = new Map(); // gesture -> {element, dots, page, until}

  constructor(board) {
    this.#board = board;
    this.svg = document.getElementById("paper");
    this.drawn = document.getElementById("drawn");
    this.live = document.getElementById("live");
    board.addEventListener("mark", ({ detail }) => this.#added(detail));
    board.addEventListener("gone", ({ detail }) => this.#gone(detail));
    setInterval(() => this.#forgetLive(), 5000);
  }

  show(page) {
    this.page = page;
    this.redraw();
    for (const stroke of this.#live.values()) stroke.element.setAttribute("visibility", stroke.page === page ? "visible" : "hidden");
  }

  redraw() {
    this.#elements.clear();
    const marks = this.#board.page(this.page)?.marks ?? [];
    const elements = marks.map((mark) => element(mark));
    marks.forEach((mark, number) => this.#elements.set(mark.id, elements[number]));
    this.drawn.replaceChildren(...elements);
  }

  // A stroke in the making, here or elsewhere: `dots` go to the place `from`.
  liven(gesture, page, colour, width, from, dots) {
    let stroke = this.#live.get(gesture);
    if (!stroke) {
      stroke = { page, dots: [], element: element({ colour, width, dots: [] }) };
      stroke.element.setAttribute("visibility", page === this.page ? "visible" : "hidden");
      this.#live.set(gesture, stroke);
      this.live.append(stroke.element);
    }
    stroke.dots.splice(Math.min(from, stroke.dots.length), dots.length, ...dots);
    stroke.until = performance.now() + LIVE_PATIENCE;
    stroke.element.setAttribute("points", points(stroke.dots));
  }

  unliven(gesture) {
    this.#live.get(gesture)?.element.remove();
    this.#live.delete(gesture);
  }

  // Board coordinates of a pointer event.
  dot(event) {
    const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(this.svg.getScreenCTM().inverse());
    return [clamp(Math.round(x)), clamp(Math.round(y))];
  }

  // The mark whose ink lies nearest to a place on the screen, within a fingertip.
  markAt(x, y, reach = 6) {
    for (const [dx, dy] of [[0, 0], [1, 0], [-1, 0], [0, 1], [0, -1], [0.7, 0.7], [-0.7, 0.7], [0.7, -0.7], [-0.7, -0.7]]) {
      const found = document.elementFromPoint(x + dx * reach, y + dy * reach);
      if (found?.dataset?.mark && this.drawn.contains(found)) return found.dataset.mark;
    }
    return null;
  }

  // A mark and all that the same movement has made.
  gestureOf(id) {
    const mark = this.#board.mark(id);
    if (!mark) return [];
    const marks = this.#board.page(mark.page)?.marks ?? [];
    return mark.gesture ? marks.filter((one) => one.gesture === mark.gesture && one.by === mark.by).map((one) => one.id) : [id];
  }

  highlight(ids) {
    for (const [id, one] of this.#elements) one.classList.toggle("chosen", ids.includes(id));
  }

  #added({ page, mark, at }) {
    if (mark.gesture) this.unliven(mark.gesture);
    if (page.id !== this.page || this.replaying) return;
    const fresh = element(mark);
    const next = page.marks[at + 1];
    this.#elements.set(mark.id, fresh);
    this.drawn.insertBefore(fresh, (next && this.#elements.get(next.id)) ?? null);
  }

  #gone({ mark }) {
    if (this.replaying) return;
    this.#elements.get(mark.id)?.remove();
    this.#elements.delete(mark.id);
  }

  #forgetLive() {
    for (const [gesture, stroke] of this.#live) if (stroke.until < performance.now()) this.unliven(gesture);
  }
}

export function element(mark) {
  const isText = "words" in mark;
  const one = document.createElementNS(SVG, isText ? "text" : "polyline");
  if (isText) {
    for (const [name, value] of Object.entries({ x: mark.x, y: mark.y, "font-size": mark.size, "font-family": "sans-serif", fill: mark.colour }))
      one.setAttribute(name, value);
    one.textContent = mark.words;
  } else {
    one.setAttribute("stroke", mark.colour);
    one.setAttribute("stroke-width", mark.width);
    one.setAttribute("points", points(mark.dots));
  }
  if (mark.id) one.dataset.mark = mark.id;
  return one;
}

// The last dot twice: so a single one is seen, as a round one.
export function points(dots) {
  return [...dots, ...dots.slice(-1)].map(([x, y]) => `${x},${y}`).join(" ");
}

const clamp = (number) => Math.max(-32768, Math.min(32767, number));
