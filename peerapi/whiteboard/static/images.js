// The picture files that marks show: fetched from the program when all of one is there, unpacked, and kept for whoever draws.

import { pictures } from "./shapes.js";

const LARGEST = 2048; // pixels of the longer side that are kept of one
const SMALL = 512; // and when there are many
const ROOM = 48e6; // pixels that are kept until there are many

export class Images extends EventTarget {
  #states = new Map(); // key -> the last news of it
  #wanted = new Set();
  #queue = []; // keys that are to be fetched, one after the other
  #fetching = null; // a promise
  #pixels = 0;

  // `place`: where the files are, beside the page.
  constructor(place) {
    super();
    this.place = place;
  }

  // Whether nothing is on its way from the program.
  get settled() {
    return this.#fetching === null;
  }

  // When nothing is.
  async through() {
    while (this.#fetching) await this.#fetching;
  }

  // {key, here, of, kind, why, mine}: how much of a file is here, of what kind it is when it can be shown, or why it cannot.
  take(news) {
    this.#states.set(news.key, news);
    this.dispatchEvent(new CustomEvent("progress", { detail: news }));
    if (pictures.get(news.key)?.bitmap) return;
    this.#know(news.key, { words: news.kind ? "" : news.why ? `Not shown: ${news.why}` : amount(news.here, news.of) });
    this.#ask(news.key);
  }

  // A mark that is seen shows this file.
  want(key) {
    if (this.#wanted.has(key)) return;
    this.#wanted.add(key);
    this.#ask(key);
  }

  #ask(key) {
    if (!this.#wanted.has(key) || !this.#states.get(key)?.kind || pictures.get(key)?.bitmap || this.#queue.includes(key)) return;
    this.#queue.push(key);
    this.#fetching ??= this.#fetchAll();
  }

  async #fetchAll() {
    for (; this.#queue.length; this.#queue.shift()) {
      const [key] = this.#queue;
      try {
        const answer = await fetch(this.place + key);
        if (!answer.ok) throw new Error("not there");
        const blob = await answer.blob();
        this.#know(key, { bitmap: await this.#unpacked(blob), blob, url: URL.createObjectURL(blob) });
      } catch {
        this.#know(key, { words: "This picture cannot be shown" });
      }
    }
    this.#fetching = null;
  }

  async #unpacked(blob) {
    const all = await createImageBitmap(blob);
    const most = this.#pixels < ROOM ? LARGEST : SMALL;
    const scale = Math.min(1, most / Math.max(all.width, all.height));
    const size = { resizeWidth: Math.max(1, Math.round(all.width * scale)), resizeHeight: Math.max(1, Math.round(all.height * scale)) };
    this.#pixels += size.resizeWidth * size.resizeHeight;
    if (scale === 1) return all;
    const smaller = await createImageBitmap(all, { ...size, resizeQuality: "high" });
    all.close();
    return smaller;
  }

  #know(key, shown) {
    pictures.set(key, shown);
    this.dispatchEvent(new CustomEvent("change", { detail: { key, shown } }));
  }
}

// "12 of 60 MB"
export function amount(here, of) {
  const [unit, size] = of < 1 << 20 ? ["kB", 1 << 10] : ["MB", 1 << 20];
  return `${Math.floor(here / size)} of ${Math.ceil(of / size)} ${unit}`;
}
