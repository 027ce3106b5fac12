// The picture files that marks show: fetched from the program when all of one is there, unpacked, and kept for whoever draws.

import { nameOf } from "./people.js";
import { pictures } from "./shapes.js";

const LARGEST = 2048; // pixels of the longer side that are kept of one
const SMALL = 512; // and when there are many
const ROOM = 48e6; // pixels that are kept until there are many
const STILL = 60000; // ms in which nothing of a picture has come, after which it is said so

export class Images extends EventTarget {
  #states = new Map(); // key -> the last news of it, and since when it is so
  #me = "";
  #here = null; // peers at the board; null: not known yet
  #wanted = new Set();
  #queue = []; // keys that are to be fetched, one after the other
  #fetching = null; // a promise
  #pixels = 0;

  // `place`: where the files are, beside the page.
  constructor(place) {
    super();
    this.place = place;
    setInterval(() => this.#sayAgain(), STILL / 4);
  }

  // Whether nothing is on its way from the program.
  get settled() {
    return this.#fetching === null;
  }

  // When nothing is.
  async through() {
    while (this.#fetching) await this.#fetching;
  }

  // {key, by, here, of, kind, why, mine}: whose file it is, how much of it is here, of what kind it is when it can be shown,
  // or why it cannot.
  take(news) {
    const before = this.#states.get(news.key);
    this.#states.set(news.key, { ...news, since: before?.here === news.here ? before.since : performance.now() });
    this.dispatchEvent(new CustomEvent("progress", { detail: news }));
    if (pictures.get(news.key)?.bitmap) return;
    this.#know(news.key, { words: this.#wordsOf(news.key) });
    this.#ask(news.key);
  }

  // Who is at the board, and which of them one is: why the rest of a picture does not come.
  company(here, me) {
    [this.#here, this.#me] = [new Set(here), me];
    this.#sayAgain();
  }

  #sayAgain() {
    for (const key of this.#states.keys()) {
      const known = pictures.get(key);
      if (known?.bitmap) continue;
      const words = this.#wordsOf(key);
      if (known?.words !== words) this.#know(key, { words });
    }
  }

  // What stands in the place of a picture that is not shown.
  #wordsOf(key) {
    const { by, here, of, kind, why, mine, since } = this.#states.get(key);
    if (kind) return "";
    if (why) return `Not shown: ${why}`;
    const much = amount(here, of);
    if (mine || !this.#here) return much;
    if (by === this.#me) return `Only ${much} was sent before the program stopped: add the file again`;
    if (!this.#here.has(by)) return `${much}: ${nameOf(by)}, who has the rest, is not here`;
    return performance.now() - since < STILL ? much : `${much}, and nothing comes from ${nameOf(by)}`;
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
