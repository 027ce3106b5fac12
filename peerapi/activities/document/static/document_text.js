// Changes of a text: arrays of numbers > 0 (kept), numbers < 0 (removed) and strings (inserted); the rest stays. The page
// counts UTF-16 units, the program characters.

export function apply(text, delta) {
  let at = 0, made = "";
  for (const part of delta) {
    if (typeof part === "string") made += part;
    else if (part > 0) made += text.slice(at, (at += part));
    else at -= part;
  }
  return made + text.slice(at);
}

// The change between two texts, of one piece; `caret`, where there is one, is behind what was typed.
export function between(before, after, caret = after.length) {
  const most = Math.min(before.length, after.length);
  let behind = 0;
  while (behind < Math.min(most, after.length - caret) && before.at(-1 - behind) === after.at(-1 - behind)) behind++;
  let ahead = 0;
  while (ahead < most - behind && before[ahead] === after[ahead]) ahead++;
  while (behind < most - ahead && before.at(-1 - behind) === after.at(-1 - behind)) behind++;
  if (isLow(before, ahead) || isLow(after, ahead)) ahead--;
  if (isLow(before, before.length - behind) || isLow(after, after.length - behind)) behind--;
  const removed = before.length - behind - ahead;
  const parts = [ahead, after.slice(ahead, after.length - behind), -removed].filter((part) => part);
  return removed || ahead + behind < after.length ? parts : [];
}

// Whether that is the second half of a character.
function isLow(text, at) {
  const unit = text.charCodeAt(at);
  return unit >= 0xdc00 && unit < 0xe000 && at > 0;
}

// Where a place is after a change: behind what is inserted there, or (`before`) before it.
export function moved(index, delta, before = false) {
  let at = 0, left = index;
  for (const part of delta) {
    if (typeof part === "string") {
      if (before && left === 0) return at;
      at += part.length;
    } else if (part > 0) {
      if (left < part) return at + left;
      at += part;
      left -= part;
    } else {
      if (left < -part) return at;
      left += part;
    }
  }
  return at + left;
}

const converted = (text, delta, toUnits) => {
  let at = 0;
  return delta.map((part) => {
    if (typeof part === "string") return part;
    const sign = Math.sign(part), size = Math.abs(part);
    const end = toUnits ? unitsOf(text, at, size) : at + size;
    const count = toUnits ? end - at : charactersOf(text.slice(at, end));
    at = end;
    return sign * count;
  });
};
export const inCharacters = (text, delta) => converted(text, delta, false);
export const inUnits = (text, delta) => converted(text, delta, true);
export const charactersOf = (text) => text.length - (text.match(/[\ud800-\udbff][\udc00-\udfff]/g)?.length ?? 0);

// The unit behind so many characters from `at` on.
export function unitsOf(text, at, count) {
  let end = at;
  for (let left = count; left > 0; ) {
    const step = text.slice(end, end + left);
    if (!step) return end + left;
    const whole = isLow(text, end + step.length) ? step.length + 1 : step.length;
    left -= charactersOf(text.slice(end, end + whole));
    end += whole;
  }
  return end;
}

// What was typed (`mine`: places in `shown`, in their order there) and is not in the text that the program has now, put
// there as near to its place as can be said. What was removed is removed again only where it is still.
export function putAgain(mine, shown, now) {
  const difference = between(shown, now);
  const first = typeof difference[0] === "number" && difference[0] > 0 ? difference[0] : 0;
  const last = first - difference.filter((part) => part < 0).reduce((sum, part) => sum + part, 0);
  const grown = now.length - shown.length;
  let text = now, more = 0;
  for (const { at, inserted, removed } of [...mine].sort((one, other) => one.at - other.at)) {
    const place = (at <= first ? at : at >= last ? at + grown : first) + more;
    const gone = removed && text.startsWith(removed, place) ? removed.length : 0;
    text = text.slice(0, place) + inserted + text.slice(place + gone);
    more += inserted.length - gone;
  }
  return text;
}

// Control characters that no document can hold.
export const clean = (text) => text.replace(/\r\n?/g, "\n").replace(/[\u0000-\u0008\u000b-\u001f\u007f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, "");
