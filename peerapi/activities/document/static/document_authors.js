// Who wrote what: the colours of the text, and a list of names. It is asked for, and moves with what is typed until it is
// told anew.

import { colourOf } from "./document_copy.js";
import { unitsOf } from "./document_text.js";

export class Authors {
  constructor() {
    this.isOn = false;
    this.runs = []; // {length, peer}: in units of the text; peer is null where it is not known
    this.shares = []; // {peer, count}
  }

  // What the program has told of this text.
  take(news, text) {
    let at = 0;
    this.runs = news.runs.map(([count, whose]) => {
      const end = unitsOf(text, at, count), length = end - at;
      at = end;
      return { length, peer: news.members[whose] ?? null };
    });
    this.shares = news.members.map((peer, place) => ({ peer, count: news.counts[place] })).filter((one) => one.count).sort((one, other) => other.count - one.count);
  }

  // A change of the text: what was inserted is `peer`'s, or nobody's yet.
  move(delta, peer = null) {
    const found = [], rest = this.runs.map((one) => ({ ...one }));
    const put = (length, whose) => {
      if (found.at(-1)?.peer === whose) found.at(-1).length += length;
      else found.push({ length, peer: whose });
    };
    for (const part of delta) {
      if (typeof part === "string") {
        put(part.length, peer);
        continue;
      }
      for (let left = Math.abs(part); left && rest.length; ) {
        const size = Math.min(left, rest[0].length);
        if (part > 0) put(size, rest[0].peer);
        left -= size;
        if (!(rest[0].length -= size)) rest.shift();
      }
    }
    for (const one of rest) put(one.length, one.peer);
    this.runs = found;
  }

  // Whose the letter before a place is; null where that is not known.
  at(place) {
    let left = place;
    for (const one of this.runs) {
      if (left <= one.length) return one.peer;
      left -= one.length;
    }
    return null;
  }

  // The items of the list, and what is said of a place.
  show(list, here, place, nameOf) {
    const all = this.shares.reduce((sum, one) => sum + one.count, 0);
    list.replaceChildren(...this.shares.map(({ peer, count }) => {
      const item = document.createElement("li"), name = document.createElement("span");
      name.className = `by colour-${colourOf(peer)}`;
      name.textContent = nameOf(peer);
      item.append(name, ` ${Math.max(1, Math.round((100 * count) / all))} %`);
      return item;
    }));
    const peer = this.at(place);
    const said = peer === null ? "" : `Here: ${nameOf(peer)}`;
    if (here.textContent !== said) here.textContent = said;
  }
}
