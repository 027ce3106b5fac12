// Lines, arrows, rectangles, ellipses and notes, as strokes of the pen: so every program that shows strokes shows them.

import { BACKGROUND, widthOf } from "./shapes.js";
import { wrapped } from "./text_editor.js";

const CORNERS = 48; // of an ellipse
const NOTE = { width: 160, height: 130, pen: 24, margin: 16, largest: 28, smallest: 12, most: 240 };
const PAPER = "#ffec99"; // of a note, unless a colour was chosen
const SMALL = 8; // board units: what is dragged no farther was a click

export const FIGURES = {
  line: (from, to) => [from, to],
  arrow: (from, to, width) => {
    const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
    const long = Math.hypot(dx, dy) || 1;
    const head = Math.min(0.6 * long, 10 + 3 * width);
    const side = (turn) => [
      to[0] - (head * (dx * Math.cos(turn) - dy * Math.sin(turn))) / long, to[1] - (head * (dx * Math.sin(turn) + dy * Math.cos(turn))) / long,
    ];
    return [from, to, side(0.5), to, side(-0.5)];
  },
  rectangle: ([x1, y1], [x2, y2]) => [[x1, y1], [x2, y1], [x2, y2], [x1, y2], [x1, y1]],
  ellipse: ([x1, y1], [x2, y2]) => Array.from({ length: CORNERS + 1 }, (_, number) => {
    const turn = (2 * Math.PI * number) / CORNERS;
    return [(x1 + x2 + (x2 - x1) * Math.cos(turn)) / 2, (y1 + y2 + (y2 - y1) * Math.sin(turn)) / 2];
  }),
  note: (from, to) => FIGURES.rectangle(from, to),
};

// The dots of a figure as a record holds them.
export const dotsOf = (figure, from, to, width) => FIGURES[figure](from, to, width).map((dot) => dot.map(whole));

export const whole = (number) => Math.max(-32768, Math.min(32767, Math.round(number)));

// As a square, a circle, or a line at an angle of 45 degrees: where the end is then.
export function regular(figure, [x1, y1], [x2, y2]) {
  const [dx, dy] = [x2 - x1, y2 - y1];
  if (figure === "line" || figure === "arrow") {
    const turn = (Math.round(Math.atan2(dy, dx) / (Math.PI / 4)) * Math.PI) / 4;
    const long = Math.hypot(dx, dy);
    return [x1 + long * Math.cos(turn), y1 + long * Math.sin(turn)];
  }
  const side = Math.max(Math.abs(dx), Math.abs(dy));
  return [x1 + side * (dx < 0 ? -1 : 1), y1 + side * (dy < 0 ? -1 : 1)];
}

// Where a note lies that was dragged so, or clicked.
export function noteBox([x1, y1], [x2, y2]) {
  if (Math.hypot(x2 - x1, y2 - y1) < SMALL) return [x1, y1, x1 + NOTE.width, y1 + NOTE.height].map(whole);
  const [left, top] = [Math.min(x1, x2), Math.min(y1, y2)];
  const wide = Math.max(3 * NOTE.pen, Math.abs(x2 - x1)), high = Math.max(2 * NOTE.pen, Math.abs(y2 - y1));
  return [left, top, left + wide, top + high].map(whole);
}

// The marks of a note: its paper, painted to and fro by a broad pen, and the words on it, in lines that find room.
export function note(box, colour, words) {
  const paper = colour === "black" || colour === BACKGROUND ? PAPER : colour;
  const marks = [{ colour: paper, width: NOTE.pen, dots: painted(box) }];
  if (words) marks.push({ colour: readableOn(paper), ...fittedInto(box, words) });
  return marks;
}

function painted([left, top, right, bottom]) {
  const half = NOTE.pen / 2;
  const rows = Math.min(NOTE.most, Math.max(2, Math.ceil((bottom - top - NOTE.pen) / (NOTE.pen - 4)) + 1));
  const inner = [left + half, top + half, right - half, bottom - half];
  const within = Array.from({ length: rows }, (_, row) => {
    const y = inner[1] + ((inner[3] - inner[1]) * row) / (rows - 1);
    return row % 2 ? [[inner[2], y], [inner[0], y]] : [[inner[0], y], [inner[2], y]];
  }).flat();
  return [...FIGURES.rectangle(inner.slice(0, 2), inner.slice(2)), ...within].map((dot) => dot.map(whole)); // the edge first: it is straight
}

function fittedInto([left, top, right, bottom], words) {
  const room = right - left - 2 * NOTE.margin;
  for (let size = NOTE.largest; ; size -= 2) {
    const lines = words.split("\n").flatMap((line) => wrapped(line, size, room));
    const high = 1.25 * size * lines.length;
    if (high > bottom - top - NOTE.margin && size > NOTE.smallest) continue;
    const widest = Math.max(...lines.map((line) => widthOf(line, size)));
    const x = left + Math.max(NOTE.margin, (right - left - widest) / 2);
    return { size, x: whole(x), y: whole((top + bottom - high) / 2 + size), words: lines.slice(0, 50).join("\n") };
  }
}

// Black or white, whichever is read on that colour.
function readableOn(colour) {
  const context = document.createElement("canvas").getContext("2d");
  context.fillStyle = BACKGROUND;
  context.fillStyle = colour;
  const [red, green, blue] = [1, 3, 5].map((at) => Number.parseInt(context.fillStyle.slice(at, at + 2), 16) / 255);
  const light = [red, green, blue].map((one) => (one <= 0.04 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4));
  return 0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2] > 0.18 ? "black" : "white";
}
