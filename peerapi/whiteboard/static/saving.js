// The page as a PNG file, and what is selected as either; the SVG file of the board is the program's own.

import { BACKGROUND, bounds, element, HEIGHT, ink, isImage, overlap, pictures, WIDTH } from "./shapes.js";

const SVG = "http://www.w3.org/2000/svg";
const SCALE = 2;
const MARGIN = 10; // board units around what is selected
const MOST_SIDE = 8000; // pixels of a picture
const LONG = 700; // ms, after which it is said that something is being made
const PLACE = "data:,bytes-of-picture-"; // stands in a document where these are to be: an address that nobody is asked for

// The page as it is printed: nothing that lies beyond it, and nothing that is only chosen, or being drawn.
export function png(canvas) {
  const page = [0, 0, WIDTH, HEIGHT];
  return rastered(canvas.marks.filter((mark) => overlap(bounds(mark), page)), page, BACKGROUND);
}

export async function savePng(canvas, name) {
  download(await png(canvas), `${fileName(name)}.png`);
}

// Some marks, in the order of drawing, and the ground that they cover.
export async function savedSelection(marks, [left, top, right, bottom], kind) {
  const ground = [left - MARGIN, top - MARGIN, right + MARGIN, bottom + MARGIN];
  download(kind === "svg" ? await documentOf(marks, ground) : await rastered(marks, ground), `selection.${kind}`);
}

// Do that, and tell the person when it takes long or fails.
export async function saving(make, toast) {
  const soon = setTimeout(() => toast("The file is being made …"), LONG);
  try {
    await make();
  } catch {
    toast("That could not be saved: it is too much for this browser. Select a part of it, and save that alone.");
  } finally {
    clearTimeout(soon);
  }
}

// With its pictures in it: a file that is read elsewhere has no program to ask for them. The bytes of each are there once, and
// put in last: all together in one string would be longer than a browser allows.
async function documentOf(marks, [left, top, right, bottom]) {
  const drawing = document.createElementNS(SVG, "svg");
  const look = { viewBox: `${left} ${top} ${right - left} ${bottom - top}`, fill: "none", "stroke-linecap": "round", "stroke-linejoin": "round" };
  for (const [name, value] of Object.entries(look)) drawing.setAttribute(name, value);
  const first = new Map(); // key of a picture -> the mark that shows it first
  for (const mark of marks) {
    const before = first.get(mark.image);
    if (before) drawing.append(shownAgain(mark, before));
    else {
      const one = element({ ...mark, id: null });
      drawing.append(one);
      if (!isImage(mark) || !pictures.get(mark.image)?.blob) continue;
      first.set(mark.image, mark);
      one.setAttribute("id", nameOf(mark));
      one.setAttribute("href", `${PLACE}${first.size};`);
    }
  }
  const written = new XMLSerializer().serializeToString(drawing).split(new RegExp(`(?<= href=")${PLACE}[0-9]+;(?=")`));
  const bytes = [""];
  for (const key of first.keys()) bytes.push(new Blob([await dataUrl(pictures.get(key).blob)]));
  return new Blob(written.flatMap((part, number) => [bytes[number], part]), { type: "image/svg+xml" });
}

const nameOf = ({ image }) => `picture-${image}`;

// A mark with a picture that is in the document for the mark `before` already.
function shownAgain(mark, before) {
  const one = document.createElementNS(SVG, "use");
  const [wide, high] = [mark.wide / before.wide, mark.high / before.high];
  one.setAttribute("href", `#${nameOf(mark)}`);
  one.setAttribute("transform", `translate(${mark.x - wide * before.x} ${mark.y - high * before.y}) scale(${wide} ${high})`);
  if (mark.about) one.append(Object.assign(document.createElementNS(SVG, "title"), { textContent: mark.about }));
  return one;
}

const dataUrl = (blob) => new Promise((resolve, reject) => {
  const reader = new FileReader();
  reader.onload = () => resolve(reader.result);
  reader.onerror = () => reject(reader.error);
  reader.readAsDataURL(blob);
});

// Each picture is unpacked from its file, one after the other: what the screen has of it may be smaller.
async function rastered(marks, [left, top, right, bottom], ground = null) {
  const [wide, high] = [right - left, bottom - top];
  const scale = Math.min(SCALE, MOST_SIDE / Math.max(wide, high));
  const size = { width: Math.max(1, Math.round(wide * scale)), height: Math.max(1, Math.round(high * scale)) };
  const canvas = Object.assign(document.createElement("canvas"), size);
  const context = canvas.getContext("2d");
  context.setTransform(size.width / wide, 0, 0, size.height / high, (-left * size.width) / wide, (-top * size.height) / high);
  if (ground) {
    context.fillStyle = ground;
    context.fillRect(left, top, wide, high);
  }
  let [key, bitmap] = ["", null]; // of the picture that was drawn last: a copy of it may come next
  for (const mark of marks) {
    const file = isImage(mark) && pictures.get(mark.image)?.blob;
    if (!file) {
      ink(context, mark);
      continue;
    }
    if (key !== mark.image) {
      bitmap?.close();
      [key, bitmap] = [mark.image, await createImageBitmap(file)];
    }
    context.imageSmoothingQuality = "high";
    context.drawImage(bitmap, mark.x, mark.y, mark.wide, mark.high);
  }
  bitmap?.close();
  const made = await new Promise((done) => canvas.toBlob(done, "image/png"));
  if (!made) throw new Error("the browser makes no picture of that size");
  return made;
}

function download(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

export const fileName = (name) => name.replace(/[^\p{L}\p{N} _-]/gu, "").trim() || "board";

// Whether the text of a field is in the clipboard now. Only secure pages have the clipboard of today.
export async function copyText(field) {
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
    return true;
  } catch {
    return document.execCommand("copy");
  }
}
