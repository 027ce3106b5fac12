"""The board as an SVG document: without images the same one, byte for byte, that samples_c/whiteboard.c writes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from uuid import UUID

from peerapi.whiteboard.marks import BACKGROUND, HEIGHT, WIDTH, Image, Mark, Stroke, Text

LINE_PERCENT = 125
"From one base line of a text to the next, in hundredths of its size."
FRAME = "lightgray"
"The colour of an image that is not here."
_ESCAPES = {ord(character): f"&#{ord(character)};" for character in "<>&'\""}


def svg(pages: Sequence[tuple[UUID, str]], marks: Iterable[Mark]) -> str:
    """Pages (ID and name) one below the other, each with its marks; both are given in the order of drawing. Of an image
    there is its frame."""
    return "".join(one if isinstance(one, str) else frame(one) for one in lines(pages, marks))


def lines(pages: Sequence[tuple[UUID, str]], marks: Iterable[Mark]) -> Iterator[str | Image]:
    """The lines of such a document, and each image in its place."""
    on: dict[UUID, list[Mark]] = {page: [] for page, _ in pages}
    for mark in marks:
        if mark.page in on:
            on[mark.page].append(mark)
    yield (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {HEIGHT * max(1, len(pages))}' fill='none' "
        "stroke-linecap='round' stroke-linejoin='round'>\n"
    )
    for number, (page, name) in enumerate(pages):
        yield f"<svg y='{HEIGHT * number}' width='{WIDTH}' height='{HEIGHT}'>\n"
        yield f"<title>{_escaped(name)}</title><rect width='100%' height='100%' fill='{BACKGROUND}'/>\n"
        for mark in on[page]:
            yield mark if isinstance(mark, Image) else f"{_element(mark)}\n"
        yield "</svg>\n"
    yield "</svg>\n"


def frame(image: Image) -> str:
    """The line of an image that is not here, or not whole."""
    return f"<rect {_place(image)} fill='{FRAME}'>{_about(image)}</rect>\n"


def around(image: Image, kind: str) -> tuple[str, str]:
    """What stands before and behind the bytes of an image, in base64; ``kind`` is its media type."""
    start = f"<image {_place(image)} preserveAspectRatio='none' href='data:{kind};base64,"
    return start, f"'>{_about(image)}</image>\n"


def _place(image: Image) -> str:
    (x, y), (wide, high) = image.at, image.size
    return f"x='{x}' y='{y}' width='{wide}' height='{high}'"


def _about(image: Image) -> str:
    return f"<title>{_escaped(image.about)}</title>" if image.about else ""


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
