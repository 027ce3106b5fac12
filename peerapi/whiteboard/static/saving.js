// The page as a PNG file, and what is selected as either; the SVG file of the board is the program's own.

import { element, HEIGHT, pictures, WIDTH } from "./shapes.js";

const SCALE = 2;
const MARGIN = 10; // board units around what is selected
const MOST_SIDE = 8000; // pixels of a picture

export async function png(drawing) {
  const copy = drawing.svg.cloneNode(true);
  for (const id of ["edge", "live", "chosen", "selected", "cursors", "cross"]) copy.querySelector(`#${id}`).remove();
  copy.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
  return rastered(copy, WIDTH, HEIGHT);
}

export async function savePng(drawing, name) {
  download(await png(drawing), `${fileName(name)}.png`);
}

// Some marks, in the order of drawing, and the ground that they cover.
export async function savedSelection(marks, [left, top, right, bottom], kind) {
  const [wide, high] = [right - left + 2 * MARGIN, bottom - top + 2 * MARGIN];
  const drawing = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const look = { viewBox: `${left - MARGIN} ${top - MARGIN} ${wide} ${high}`, fill: "none", "stroke-linecap": "round", "stroke-linejoin": "round" };
  for (const [name, value] of Object.entries(look)) drawing.setAttribute(name, value);
  drawing.append(...marks.map((mark) => element({ ...mark, id: null })));
  const made = kind === "svg" ? new Blob([await source(drawing)], { type: "image/svg+xml" }) : await rastered(drawing, wide, high);
  download(made, `selection.${kind}`);
}

// The document with its pictures in it: a file that is read elsewhere has no program to ask for them.
async function source(drawing) {
  for (const one of drawing.querySelectorAll("image")) one.setAttribute("href", await dataUrl(pictures.get(one.dataset.image).blob));
  return new XMLSerializer().serializeToString(drawing);
}

const dataUrl = (blob) => new Promise((resolve, reject) => {
  const reader = new FileReader();
  reader.onload = () => resolve(reader.result);
  reader.onerror = () => reject(reader.error);
  reader.readAsDataURL(blob);
});

async function rastered(drawing, wide, high) {
  const scale = Math.min(SCALE, MOST_SIDE / Math.max(wide, high));
  const size = { width: Math.max(1, Math.round(wide * scale)), height: Math.max(1, Math.round(high * scale)) };
  for (const [name, value] of Object.entries(size)) drawing.setAttribute(name, value);
  const address = URL.createObjectURL(new Blob([await source(drawing)], { type: "image/svg+xml" }));
  try {
    const image = new Image();
    image.src = address;
    await image.decode();
    const canvas = Object.assign(document.createElement("canvas"), size);
    canvas.getContext("2d").drawImage(image, 0, 0);
    return await new Promise((done) => canvas.toBlob(done, "image/png"));
  } finally {
    URL.revokeObjectURL(address);
  }
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
