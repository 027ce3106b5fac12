// Pages that are begun for you: each a list of marks, as `put` takes them.

import { dotsOf, note } from "./figures.js";

const INK = "#495057", PALE = "#adb5bd";

const line = (x1, y1, x2, y2, colour = PALE) => ({ colour, width: 3, dots: [[x1, y1], [x2, y2]] });
const box = (x1, y1, x2, y2) => ({ colour: PALE, width: 3, dots: dotsOf("rectangle", [x1, y1], [x2, y2], 3) });
const words = (x, y, size, text) => ({ colour: INK, size, x, y, words: text });

const columns = (...names) => {
  const wide = Math.floor(760 / names.length);
  return [
    line(20, 80, 780, 80),
    ...names.slice(1).map((_, number) => line(20 + wide * (number + 1), 30, 20 + wide * (number + 1), 580)),
    ...names.map((name, number) => words(32 + wide * number, 66, 28, name)),
  ];
};

export const TEMPLATES = {
  "To do": () => columns("To do", "Doing", "Done"),
  "What was good": () => columns("Good", "Bad", "Ideas"),
  Week: () => columns("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
  "Pros and cons": () => [words(32, 52, 32, "Shall we …?"), line(400, 80, 400, 580), line(20, 80, 780, 80), words(180, 120, 28, "For"), words(550, 120, 28, "Against")],
  "Four fields": () => [
    line(400, 30, 400, 560), line(40, 300, 760, 300), words(48, 60, 22, "Urgent, important"), words(412, 60, 22, "Important"),
    words(48, 330, 22, "Urgent"), words(412, 330, 22, "Neither"),
  ],
  "Mind map": () => [
    { colour: INK, width: 3, dots: dotsOf("ellipse", [290, 240], [510, 360], 3) },
    ...[[300, 270, 160, 150], [500, 270, 640, 150], [300, 330, 160, 450], [500, 330, 640, 450]].map((ends) => line(...ends, INK)),
    words(342, 310, 28, "Subject"),
  ],
  Card: () => [box(40, 40, 760, 560), box(52, 52, 748, 548), words(250, 130, 56, "For you!")],
  Notes: () => [40, 290, 540].flatMap((x) => [60, 320].flatMap((y) => note([x, y, x + 220, y + 200], "black", ""))),
};
