"""What a page is told, as JSON objects."""

from __future__ import annotations

from typing import Any

from peerapi.whiteboard.board import Entry
from peerapi.whiteboard.marks import ChatLine, Page, Stroke, Text


def entry(one: Entry) -> dict[str, Any]:
    """A page, a mark or a line of chat has come."""
    content = one.content
    said: dict[str, Any] = {
        "id": str(one.id),
        "order": one.order,
        "by": one.author,
        "at": int(one.created.timestamp() * 1000),
    }
    if isinstance(content, Page):
        return {"is": "page", **said, "name": content.name}
    if isinstance(content, ChatLine):
        return {"is": "line", **said, "words": content.words}
    said |= {"page": str(content.page), "gesture": one.gesture, "colour": content.colour}
    if isinstance(content, Stroke):
        return {"is": "mark", **said, "width": content.width, "dots": content.dots}
    assert isinstance(content, Text)
    x, y = content.at
    return {"is": "mark", **said, "size": content.size, "x": x, "y": y, "words": content.words}


def gone(record: object) -> dict[str, Any]:
    return {"is": "gone", "id": str(record)}
