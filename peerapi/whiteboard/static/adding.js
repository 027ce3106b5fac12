// Pictures that are pasted, dropped on the page, or chosen: each is unpacked here first, so it is one, and given to the program.

import { amount } from "./images.js";
import { send } from "./sending.js";
import { HEIGHT, WIDTH } from "./shapes.js";
import { bytes, clean } from "./words.js";

const KINDS = ["image/png", "image/jpeg", "image/webp", "image/gif"];
const BEGINS = /^(\x89PNG\r\n|\xff\xd8\xff|GIF8[79]a|RIFF[^]{4}WEBP)/;
const MOST = 60 * 1024 * 1024; // bytes of a file
const MOST_AT_ONCE = 10;
const LARGEST = 400; // board units of the longer side
const ASIDE = 20; // board units from one of several to the next
const ABOUT = 300; // bytes of the words that stand for one
const NAMELESS = /^image\.\w+$/; // what a browser calls that which it has in its clipboard

const get = (id) => document.getElementById(id);

export class Adding {
  #turn = Promise.resolve(); // when those that were given before are through
  #sending = new Set(); // keys of those that are not all with the others

  constructor(canvas, tools, selection, images, toast, announce) {
    Object.assign(this, { canvas, tools, selection, toast, announce });
    const files = get("picture-files");
    get("add-picture").addEventListener("click", () => files.click());
    files.addEventListener("change", () => {
      this.add([...files.files]);
      files.value = "";
    });
    document.addEventListener("paste", (event) => {
      const found = [...event.clipboardData.files];
      if (found.length === 0 || event.target.closest?.("input, textarea, dialog")) return;
      event.preventDefault();
      selection.pasteNot();
      this.add(found);
    });
    // Anywhere on the page: beside the paper, too, a browser would show the file in the place of the board.
    addEventListener("dragover", (event) => event.dataTransfer.types.includes("Files") && event.preventDefault());
    addEventListener("drop", (event) => {
      if (event.dataTransfer.files.length === 0) return;
      event.preventDefault();
      this.add([...event.dataTransfer.files], event.target.closest?.("#sheet") ? canvas.dot(event) : null);
    });
    images.addEventListener("progress", ({ detail }) => this.#tell(detail));
  }

  // One after the other, with their middle at a place of the board: of what is seen, unless it is said.
  add(files, at = null) {
    const { view, page } = this.canvas;
    if (this.canvas.replaying) return this.toast("Pictures are added when the replay is over.");
    if (!page) return this.toast("Begin a page first: pictures are put on one.");
    if (files.length > MOST_AT_ONCE) return this.toast(`Up to ${MOST_AT_ONCE} pictures are added at once.`);
    const from = at ?? [view.x + WIDTH / view.scale / 2, view.y + HEIGHT / view.scale / 2];
    this.#turn = this.#turn.then(() => this.#addAll(files, page, from));
  }

  async #addAll(files, page, [x, y]) {
    const whys = [];
    for (const file of files) {
      const why = await this.#addOne(file, page, [x, y]);
      if (why) {
        whys.push(why);
        this.toast(whys.length === 1 ? why : `${whys.length} files were not added. ${whys.join(" ")}`);
      } else [x, y] = [x + ASIDE, y + ASIDE];
    }
  }

  // The sentence why it was not added.
  async #addOne(file, page, [x, y]) {
    if (file.type === "image/svg+xml") return `${file.name}: an SVG file may hold a program. Save it as PNG and add that.`;
    const begins = await looksLikeOne(file);
    if (!begins && !KINDS.includes(file.type)) return `${file.name}: a picture here is a PNG, JPEG, WebP or GIF file.`;
    if (file.size > MOST) return `${file.name}: a picture here has up to ${MOST >> 20} MB.`;
    const size = await sizeOf(file);
    if (!size && begins) return `${file.name}: that picture is damaged, or has too many pixels.`;
    if (!size) return `${file.name}: that is no picture, or it is damaged.`;
    const progress = get("adding");
    progress.hidden = false;
    let found;
    progress.value = 0;
    const why = await send(file, "image", (sent) => (progress.value = sent / file.size), (news) => (found = news));
    progress.hidden = true;
    if (why) return `${file.name}: ${why}.`;
    const [wide, high] = fitted(size);
    const mark = { image: found.image, x: whole(x - wide / 2), y: whole(y - high / 2), wide, high, about: aboutOf(file) };
    this.tools.choose("move");
    this.selection.put([mark], page);
    this.announce("The picture is on the paper.");
    return "";
  }

  // How much of a picture of this person is with the others.
  #tell({ key, mine, here, of, why }) {
    if (mine) this.#sending.add(key);
    else this.#sending.delete(key);
    if (mine) get("sending").textContent = `Sending: ${amount(here, of)}${why ? `. It does not go on: ${why}` : ""}`;
    else if (this.#sending.size === 0) get("sending").textContent = "";
  }
}

// By its own first bytes: a name without an ending, or with another one, tells the browser no kind, or a wrong one.
async function looksLikeOne(file) {
  try {
    return BEGINS.test(String.fromCharCode(...new Uint8Array(await file.slice(0, 12).arrayBuffer())));
  } catch {
    return false; // a folder, say
  }
}

async function sizeOf(file) {
  try {
    const bitmap = await createImageBitmap(file);
    const size = [bitmap.width, bitmap.height];
    bitmap.close();
    return size;
  } catch {
    return null;
  }
}

function fitted(size) {
  const scale = Math.min(1, LARGEST / Math.max(...size));
  return size.map((side) => Math.max(1, Math.round(side * scale)));
}

const whole = (number) => Math.max(-32000, Math.min(32000, Math.round(number)));

// The name of the file, unless the browser has made it up.
function aboutOf(file) {
  if (NAMELESS.test(file.name)) return "";
  let words = clean(file.name.replace(/\.\w+$/, ""));
  while (bytes(words) > ABOUT) words = words.slice(0, -1).toWellFormed();
  return words;
}
