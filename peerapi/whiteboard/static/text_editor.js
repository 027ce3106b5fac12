// The text tool: a field on the canvas, whose words become a record.

import { element, WIDTH } from "./canvas.js";

const SMALLEST = 14, MARGIN = 12;

export function textEditor(canvas, tools, ask) {
  const sheet = document.getElementById("sheet");

  return function write([x, y]) {
    document.getElementById("writing")?.remove();
    const field = document.createElement("input");
    field.id = "writing";
    field.maxLength = 120;
    field.setAttribute("aria-label", "Words for the canvas; Enter writes them, Escape drops them");
    const { colour, size } = tools;
    const page = canvas.page;
    const matrix = canvas.svg.getScreenCTM();
    const place = new DOMPoint(x, y - size * 0.9).matrixTransform(matrix);
    const box = sheet.getBoundingClientRect();
    Object.assign(field.style, {
      left: `${place.x - box.left}px`, top: `${place.y - box.top}px`, maxWidth: `${Math.max(80, box.right - place.x)}px`,
      fontSize: `${size * matrix.a}px`, color: colour,
    });
    let through = false;
    const done = (kept) => {
      if (through) return;
      through = true;
      const words = field.value.trim();
      field.remove();
      if (kept && words) ask("text", { page, colour, size: fitting(words, size, WIDTH - x), x, y, words });
      canvas.svg.focus({ preventScroll: true, focusVisible: false });
    };
    field.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Enter" && !event.isComposing) done(true);
      if (event.key === "Escape") done(false);
    });
    field.addEventListener("blur", () => done(true));
    sheet.append(field);
    field.focus({ preventScroll: true });
  };
}

// The size at which words end on the canvas; very long ones run over its edge all the same.
function fitting(words, size, room) {
  const probe = element({ words, x: 0, y: 0, size, colour: "none" });
  document.getElementById("live").append(probe);
  const wide = probe.getComputedTextLength();
  probe.remove();
  return wide + MARGIN > room ? Math.max(SMALLEST, Math.min(size, Math.floor((size * (room - MARGIN)) / wide))) : size;
}
