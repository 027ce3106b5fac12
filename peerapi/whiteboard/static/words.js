// What somebody types or pastes, as a record can hold it: no control characters, and no halves of characters.

const BREAKS = /[\t-\r]+/g;
const CONTROL = /[\u0000-\u001f\u007f\ufffe\uffff]+/g;

// One line: what would break it, a TAB say, is a space.
export function clean(text) {
  return text.toWellFormed().replace(BREAKS, " ").replace(CONTROL, "").trim();
}

// Lines, without empty ones before and behind.
export function cleanLines(text) {
  return text.replace(/\t/g, "    ").split(/\r\n|[\n\r]/).map((line) => clean(`|${line}`).slice(1).trimEnd()).join("\n").replace(/^\n+|\n+$/g, "");
}

export const bytes = (text) => new TextEncoder().encode(text).length;
