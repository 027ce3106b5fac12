// The page as a PNG file; the SVG file is the program's own.

import { HEIGHT, WIDTH } from "./shapes.js";

const SCALE = 2;

export async function png(drawing) {
  const copy = drawing.svg.cloneNode(true);
  for (const id of ["live", "chosen", "cursors", "cross"]) copy.querySelector(`#${id}`).remove();
  copy.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
  copy.setAttribute("width", WIDTH * SCALE);
  copy.setAttribute("height", HEIGHT * SCALE);
  const source = URL.createObjectURL(new Blob([new XMLSerializer().serializeToString(copy)], { type: "image/svg+xml" }));
  try {
    const image = new Image();
    image.src = source;
    await image.decode();
    const canvas = Object.assign(document.createElement("canvas"), { width: WIDTH * SCALE, height: HEIGHT * SCALE });
    canvas.getContext("2d").drawImage(image, 0, 0);
    return await new Promise((done) => canvas.toBlob(done, "image/png"));
  } finally {
    URL.revokeObjectURL(source);
  }
}

export async function savePng(drawing, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await png(drawing));
  link.download = `${fileName(name)}.png`;
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
