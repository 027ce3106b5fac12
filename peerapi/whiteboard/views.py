"""What a page is told, as JSON objects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from operator import sub
from typing import Any

from peerapi.whiteboard.board import Entry
from peerapi.whiteboard.marks import ChatLine, Image, Page, Stroke, Text

TOGETHER = 400
"Strokes in one piece of news."


def entries(found: Iterable[Entry]) -> Iterator[dict[str, Any]]:
    """All of them, in their order. Strokes, of which there may be very many, come by the hundred, without the names of
    their fields and with what they share said once."""
    strokes: list[Entry] = []
    for one in found:
        is_stroke = isinstance(one.content, Stroke) and not one.locked
        if is_stroke:
            strokes.append(one)
        if strokes and (len(strokes) == TOGETHER or not is_stroke):
            yield _strokes(strokes)
            strokes = []
        if not is_stroke:
            yield entry(one)
    if strokes:
        yield _strokes(strokes)


def _strokes(found: Iterable[Entry]) -> dict[str, Any]:
    """The page makes of each row what ``entry`` says of it. A number stands for a text of ``shared``; of an order that
    follows from the ID only the time is said; each dot but the first is where it lies from the one before."""
    shared: dict[object, int] = {}
    rows = []
    for one in found:
        content = one.content
        assert isinstance(content, Stroke)
        author, page, colour = (
            shared.setdefault(text, len(shared)) for text in (one.author, content.page, content.colour)
        )
        order = one.order.removesuffix(one.id.bytes_le.hex())
        numbers = list(chain.from_iterable(content.dots))
        dots = [*numbers[:2], *map(sub, numbers[2:], numbers)]
        rows.append([str(one.id), order, author, _moment(one), page, one.gesture, colour, content.width, dots])
    return {"is": "strokes", "shared": list(map(str, shared)), "rows": rows}


def _moment(one: Entry) -> int:
    """The moment of a record's creation, Unix time in milliseconds."""
    return int(one.created.timestamp() * 1000)


def entry(one: Entry) -> dict[str, Any]:
    """A page, a mark or a line of chat has come."""
    content = one.content
    said: dict[str, Any] = {
        "id": str(one.id),
        "order": one.order,
        "by": one.author,
        "at": _moment(one),
    }
    if isinstance(content, Page):
        return {"is": "page", **said, "name": content.name}
    if isinstance(content, ChatLine):
        return {"is": "line", **said, "words": content.words}
    said |= {"page": str(content.page), "gesture": one.gesture}
    if one.locked:
        said["locked"] = True
    if isinstance(content, Image):
        (x, y), (wide, high) = content.at, content.size
        look = {"image": content.file.key, "x": x, "y": y, "wide": wide, "high": high}
        return {"is": "mark", **said, **look, "about": content.about}
    said["colour"] = content.colour
    if isinstance(content, Stroke):
        return {"is": "mark", **said, "width": content.width, "dots": list(chain.from_iterable(content.dots))}
    assert isinstance(content, Text)
    x, y = content.at
    return {"is": "mark", **said, "size": content.size, "x": x, "y": y, "words": content.words}


def gone(record: object) -> dict[str, Any]:
    return {"is": "gone", "id": str(record)}
