// Whoever draws a whole page: a worker, beside which the page goes on doing other things, or the page itself.
//
// `begin` a picture, `draw` marks into it, and `show` it: the last is told an image of all that was drawn so far. `picture` says
// what is known of a picture file that marks may show. As long as a painter is `busy` it is given nothing more; it calls `ready` when it has time again.

import { ink } from "./shapes.js";

const policy = globalThis.trustedTypes?.createPolicy("painting", { createScriptURL: (name) => name });
const WORKER = "painting_worker.js";

export function painter(ready) {
  return typeof OffscreenCanvas === "function" && typeof Worker === "function" ? new WorkerPainter(ready) : new PagePainter();
}

class PagePainter {
  atOnce = 250; // marks that are drawn between two frames
  busy = false;
  #canvas = document.createElement("canvas");

  begin(width, height, transform) {
    Object.assign(this.#canvas, { width, height }); // and it is empty
    this.#canvas.getContext("2d").setTransform(...transform);
  }

  draw(marks) {
    for (const mark of marks) ink(this.#canvas.getContext("2d"), mark);
  }

  show(shown) {
    shown(this.#canvas);
  }

  picture() {} // the page knows it already
}

class WorkerPainter {
  atOnce = 1000;
  busy = false;
  #worker;
  #picture = 0; // the number of the present one: what comes of a former one is dropped
  #shown = null;

  constructor(ready) {
    this.#worker = new Worker(policy ? policy.createScriptURL(WORKER) : WORKER, { type: "module" });
    this.#worker.onmessage = ({ data: { picture, image } }) => {
      if (picture === this.#picture) {
        const shown = this.#shown;
        this.busy = false;
        this.#shown = null;
        if (image) shown(image);
        ready();
      }
      image?.close();
    };
  }

  begin(width, height, transform) {
    this.busy = false;
    this.#worker.postMessage({ do: "begin", picture: ++this.#picture, width, height, transform });
  }

  draw(marks) {
    this.busy = true;
    this.#worker.postMessage({ do: "draw", picture: this.#picture, marks });
  }

  show(shown) {
    this.busy = true;
    this.#shown = shown;
    this.#worker.postMessage({ do: "show", picture: this.#picture });
  }

  picture(key, { bitmap, words }) {
    this.#worker.postMessage({ do: "know", key, bitmap, words });
  }
}
