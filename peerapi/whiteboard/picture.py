"""The board as an SVG document: the same one, byte for byte, that samples_c/whiteboard.c writes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from peerapi.whiteboard.marks import BACKGROUND, HEIGHT, WIDTH, Stroke, Text

LINE_PERCENT = 125
"From one base line of a text to the next, in hundredths of its size."
_ESCAPES = {ord(character): f"&#{ord(character)};" for character in "<>&'\""}


def svg(pages: Sequence[tuple[UUID, str]], marks: Iterable[Stroke | Text]) -> str:
    """Pages (ID and name) one below the other, each with its marks; both are given in the order of drawing."""
    on: dict[UUID, list[Stroke | Text]] = {page: [] for page, _ in pages}
    for mark in marks:
        if mark.page in on:
            on[mark.page].append(mark)
    parts = [
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {HEIGHT * max(1, len(pages))}' fill='none' "
        "stroke-linecap='round' stroke-linejoin='round'>"
    ]
    for number, (page, name) in enumerate(pages):
        parts.append(f"<svg y='{HEIGHT * number}' width='{WIDTH}' height='{HEIGHT}'>")
        parts.append(f"<title>{_escaped(name)}</title><rect width='100%' height='100%' fill='{BACKGROUND}'/>")
        parts += map(_element, on[page])
        parts.append("</svg>")
    parts.append("</svg>\n")
    return "\n".join(parts)


def _element(mark: Stroke | Text) -> str:
    if isinstance(mark, Text):
        x, y = mark.at
        place = f"x='{x}' y='{y}' font-size='{mark.size}'"
        first, *others = mark.words.split("\n")
        below = [
            f"<tspan x='{x}' y='{y + LINE_PERCENT * mark.size * number // 100}'>{_escaped(line)}</tspan>"
            for number, line in enumerate(others, 1)
        ]
        words = _escaped(first) + "".join(below)
        return f"<text {place} font-family='sans-serif' fill='{mark.colour}'>{words}</text>"
    dots = [*mark.dots, mark.dots[-1]]  # the last one twice: so a single dot is seen, as a round one
    points = " ".join(f"{x},{y}" for x, y in dots)
    return f"<polyline stroke='{mark.colour}' stroke-width='{mark.width}' points='{points}'/>"


def _escaped(text: str) -> str:
    return text.translate(_ESCAPES)
