// The copy of the text under the field, which has the same lines: it says where on the page a place in the text is, and has
// the colours of the runs of which it is said whose they are.

const COLOURS = 6;
const colours = new Map(); // peer -> number, in the order in which they were seen

export function colourOf(peer) {
  if (!colours.has(peer)) colours.set(peer, colours.size % COLOURS);
  return colours.get(peer);
}

// `runs`: [{length, peer}] of all of the text, or none. A line more makes room for an end that is empty.
export function fill(copy, text, runs) {
  let at = 0;
  const parts = (runs.length ? runs : [{ length: text.length, peer: null }]).map(({ length, peer }) => ({ peer, words: text.slice(at, (at += length)) })).filter((one) => one.words);
  parts.push({ peer: null, words: `${text.slice(at)}\n` });
  const had = [...copy.children];
  if (had.length === parts.length && parts.every((one, place) => had[place].textContent === one.words && had[place].dataset.peer === (one.peer ?? ""))) return;
  copy.replaceChildren(...parts.map(({ peer, words }) => {
    const one = document.createElement("span");
    one.textContent = words;
    one.dataset.peer = peer ?? "";
    if (peer !== null) one.className = `by colour-${colourOf(peer)}`;
    return one;
  }));
}

// Where something from one place in the text to another lies on the page.
export function boxes(copy, from, to) {
  const range = document.createRange();
  range.setStart(...spot(copy, from));
  range.setEnd(...spot(copy, to));
  return [...range.getClientRects()];
}

function spot(copy, place) {
  let left = place;
  for (const one of copy.children) {
    const node = one.firstChild;
    if (left < node.data.length) return [node, left];
    left -= node.data.length;
  }
  const last = copy.lastChild.firstChild;
  return [last, last.data.length];
}
