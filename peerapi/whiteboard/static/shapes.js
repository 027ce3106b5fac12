// Marks as shapes: as elements of an SVG document, as ink on a bitmap, and the ground that they cover.

const SVG = "http://www.w3.org/2000/svg";

export const BACKGROUND = "white";
export const WIDTH = 800, HEIGHT = 600;
export const FONT = "sans-serif";
const LINE = 125; // from one base line of a text to the next, in hundredths of its size: as picture.py has it

const FRAME = "lightgray"; // of a picture that is not here, as picture.py has it
const CAPTION = 16; // board units: the height of the words in such a frame

// What is known of picture files: key -> {words} until one is here, then {bitmap, url, blob}. A worker has bitmaps and words.
export const pictures = new Map();

export const isText = (mark) => "words" in mark;
export const isImage = (mark) => "image" in mark;

// The lines of a text and the height of each base line.
export function linesOf(mark) {
  return mark.words.split("\n").map((words, number) => ({ words, y: mark.y + Math.floor((LINE * mark.size * number) / 100) }));
}

export function element(mark) {
  if (isImage(mark)) return imageElement(mark);
  const one = document.createElementNS(SVG, isText(mark) ? "text" : "polyline");
  if (isText(mark)) {
    for (const [name, value] of Object.entries({ x: mark.x, y: mark.y, "font-size": mark.size, "font-family": FONT, fill: mark.colour }))
      one.setAttribute(name, value);
    const [first, ...others] = linesOf(mark);
    one.textContent = first.words;
    for (const line of others) {
      const below = document.createElementNS(SVG, "tspan");
      below.setAttribute("x", mark.x);
      below.setAttribute("y", line.y);
      below.textContent = line.words;
      one.append(below);
    }
  } else {
    one.setAttribute("stroke", mark.colour);
    one.setAttribute("stroke-width", mark.width);
    one.setAttribute("points", points(mark.dots));
  }
  if (mark.id) one.dataset.mark = mark.id;
  return one;
}

function imageElement(mark) {
  const { url } = pictures.get(mark.image) ?? {};
  const one = document.createElementNS(SVG, url ? "image" : "rect");
  const look = { x: mark.x, y: mark.y, width: mark.wide, height: mark.high, ...(url ? { href: url, preserveAspectRatio: "none" } : { fill: FRAME }) };
  for (const [name, value] of Object.entries(look)) one.setAttribute(name, value);
  if (mark.about) one.append(Object.assign(document.createElementNS(SVG, "title"), { textContent: mark.about }));
  one.dataset.image = mark.image;
  if (mark.id) one.dataset.mark = mark.id;
  return one;
}

// Dots are x, y, x, y ... The last dot twice: so a single one is seen, as a round one.
export function points(dots) {
  let text = "";
  for (let at = 0; at < dots.length; at += 2) text += `${dots[at]},${dots[at + 1]} `;
  return dots.length ? `${text}${dots.at(-2)},${dots.at(-1)}` : text;
}

// Ink for one mark, in the coordinates of the board.
export function ink(context, mark) {
  if (isImage(mark)) return inkImage(context, mark);
  if (isText(mark)) {
    context.fillStyle = BACKGROUND; // a colour that the browser does not know leaves the one before
    context.fillStyle = mark.colour;
    context.font = `${mark.size}px ${FONT}`;
    for (const { words, y } of linesOf(mark)) context.fillText(words, mark.x, y);
    return;
  }
  context.strokeStyle = "transparent";
  context.strokeStyle = mark.colour;
  context.lineWidth = mark.width;
  context.lineCap = context.lineJoin = "round";
  context.beginPath();
  const { dots } = mark;
  context.moveTo(dots[0], dots[1]);
  for (let at = dots.length > 2 ? 2 : 0; at < dots.length; at += 2) context.lineTo(dots[at], dots[at + 1]);
  context.stroke();
}

function inkImage(context, mark) {
  const { bitmap, words } = pictures.get(mark.image) ?? {};
  if (bitmap) {
    context.imageSmoothingQuality = "high";
    context.drawImage(bitmap, mark.x, mark.y, mark.wide, mark.high);
    return;
  }
  context.fillStyle = FRAME;
  context.fillRect(mark.x, mark.y, mark.wide, mark.high);
  const room = mark.wide - CAPTION;
  if (!words || room <= 0) return;
  context.fillStyle = "black";
  context.font = `${CAPTION}px ${FONT}`;
  const lines = brokenAt(words, room, (line) => context.measureText(line).width);
  const top = mark.y + mark.high / 2 - ((lines.length - 1) * CAPTION * LINE) / 200;
  lines.forEach((line, number) => context.fillText(line, mark.x + CAPTION / 2, top + (number * CAPTION * LINE) / 100, room));
}

// Words in lines of that width, as far as spaces allow.
function brokenAt(words, wide, widthOf) {
  const lines = [""];
  for (const word of words.split(" ")) {
    const longer = lines.at(-1) ? `${lines.at(-1)} ${word}` : word;
    if (lines.at(-1) && widthOf(longer) > wide) lines.push(word);
    else lines[lines.length - 1] = longer;
  }
  return lines;
}

let measure; // made when it is needed: a worker, which only draws, has no document

// How wide words are at that size, in the coordinates of the board.
export function widthOf(words, size) {
  measure ??= document.createElement("canvas").getContext("2d");
  measure.font = `${size}px ${FONT}`;
  return measure.measureText(words).width;
}

const known = new WeakMap();

// The rectangle within which a mark has its ink: [left, top, right, bottom].
export function bounds(mark) {
  let found = known.get(mark);
  if (!found) known.set(mark, (found = isText(mark) ? textBounds(mark) : isImage(mark) ? imageBounds(mark) : strokeBounds(mark)));
  return found;
}

const imageBounds = ({ x, y, wide, high }) => [x - 1, y - 1, x + wide + 1, y + high + 1];

function textBounds(mark) {
  const lines = linesOf(mark);
  const wide = Math.max(...lines.map(({ words }) => widthOf(words, mark.size)));
  const edge = mark.size * 0.3; // letters that lean out of their boxes
  return [mark.x - edge, mark.y - mark.size * 1.1, mark.x + wide + edge, lines.at(-1).y + mark.size * 0.4];
}

function strokeBounds(mark) {
  let [left, top] = mark.dots;
  let [right, bottom] = [left, top];
  for (let at = 2; at < mark.dots.length; at += 2) {
    const [x, y] = [mark.dots[at], mark.dots[at + 1]];
    if (x < left) left = x;
    else if (x > right) right = x;
    if (y < top) top = y;
    else if (y > bottom) bottom = y;
  }
  const half = mark.width / 2 + 1;
  return [left - half, top - half, right + half, bottom + half];
}

export const overlap = (a, b) => a[0] <= b[2] && b[0] <= a[2] && a[1] <= b[3] && b[1] <= a[3];
export const union = (a, b) => [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[2], b[2]), Math.max(a[3], b[3])];

// Whether a place is on the ink of a mark, or no farther from it than `reach`.
export function touches(mark, x, y, reach) {
  const [left, top, right, bottom] = bounds(mark);
  if (x < left - reach || x > right + reach || y < top - reach || y > bottom + reach) return false;
  if (isText(mark) || isImage(mark)) return true;
  const near = mark.width / 2 + reach;
  const { dots } = mark;
  for (let at = 0; at < dots.length; at += 2) {
    const [x1, y1, x2 = x1, y2 = y1] = dots.slice(at, at + 4);
    const length = (x2 - x1) ** 2 + (y2 - y1) ** 2;
    const part = length ? Math.max(0, Math.min(1, ((x - x1) * (x2 - x1) + (y - y1) * (y2 - y1)) / length)) : 0;
    if (Math.hypot(x - x1 - part * (x2 - x1), y - y1 - part * (y2 - y1)) <= near) return true;
  }
  return false;
}
