// Four in a row, as its rules say that it stands.

import { activity } from "./activity.js";

const ROWS = 6;
const MARKS = ["", "●", "○"]; // for who cannot tell the colours

const board = document.createElement("div");
board.className = "four";
board.setAttribute("role", "group");
board.setAttribute("aria-label", "Columns");
const columns = Array.from({ length: 7 }, (_, column) => {
  const made = document.createElement("button");
  made.type = "button";
  made.append(...Array.from({ length: ROWS }, () => Object.assign(document.createElement("span"), { className: "place" })));
  for (const place of made.children) place.setAttribute("aria-hidden", "true");
  made.addEventListener("click", () => made.ariaDisabled === "true" || ask("move", { column }));
  return made;
});
board.append(...columns);
document.getElementById("activity").append(board);

const ask = activity((view, me, nameOf) => {
  const mine = view.turn === me || (view.turn === "" && view.players[0] !== me);
  columns.forEach((column, x) => {
    const cells = view.cells.slice(x * ROWS, x * ROWS + ROWS);
    const said = cells.filter(Boolean).map((cell) => nameOf(view.players[cell - 1] ?? ""));
    column.setAttribute("aria-label", `Column ${x + 1}: ${said.join(", ") || "empty"}`);
    column.ariaDisabled = !mine || cells.every(Boolean); // and not disabled: who goes by keys reads it, and stays at it
    [...column.children].forEach((place, fromAbove) => {
      const at = ROWS - 1 - fromAbove;
      place.className = `place ${["", "one", "two"][cells[at]]} ${view.row.includes(x * ROWS + at) ? "won" : ""}`.trim();
      place.textContent = MARKS[cells[at]];
    });
  });
  if (view.winner) return view.winner === me ? "You have won" : `${nameOf(view.winner)} has won`;
  if (view.turn === null) return "Nobody has won";
  if (mine) return "Your turn";
  return view.turn ? `It is ${nameOf(view.turn)}'s turn` : "Who answers is the other player";
});
