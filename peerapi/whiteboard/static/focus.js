// Who goes by keys keeps their place when what they were at is shown anew, is hidden, or goes.

// Do `change`. What had the focus has it again: itself, or what has come in its place (of the same label, in what has the same
// `data-key`); else what it was in, where a key that is pressed once more does nothing and Tab goes on from.
export function keepingPlace(change) {
  const at = document.activeElement;
  if (!at || at === document.body) return change();
  const label = labelOf(at);
  const around = [];
  for (let one = at; one !== document.body; one = one.parentElement) around.push({ one, key: one.dataset.key });
  const result = change();
  if (isUsable(at)) return result;
  for (const { one, key } of around) {
    const here = one.isConnected ? one : key && document.querySelector(`[data-key="${CSS.escape(key)}"]`);
    if (!here || !here.checkVisibility() || !here.getBoundingClientRect().height) continue;
    const again = key && [...here.querySelectorAll(WAYS)].find((each) => labelOf(each) === label);
    if (again && isUsable(again)) again.focus();
    else {
      if (!here.matches(WAYS)) here.tabIndex = -1;
      if (!isUsable(here)) continue;
      here.focus({ preventScroll: true });
    }
    break;
  }
  return result;
}

const WAYS = "a[href], button, input, select, textarea, summary";
const labelOf = (one) => one.getAttribute("aria-label") ?? one.textContent;
const isUsable = (one) => one.isConnected && !one.disabled && one.checkVisibility();
