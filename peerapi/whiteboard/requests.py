"""What a page may ask of its board, and what other boards may say: checked field by field before anything is done."""

from __future__ import annotations

import re
from typing import Any

from peerapi.pages.requests import Language, Sort, a_line, a_number, is_bool, is_id, lines, matching, several
from peerapi.whiteboard import marks
from peerapi.whiteboard.board import IS_STEP
from peerapi.whiteboard.marks import ABOUT_BYTES, CHAT_UNITS, MOST_SIDE, MOST_WIDTH, NAME_BYTES, TEXT_BYTES, is_colour

MOST_DOTS = 10_000
MOST_ERASED = 500
MOST_PUT = 200
"Marks that are put on a page at once."
MOST_NEIGHBORS = 64
_KEY = re.compile(r"[A-Za-z0-9_-]{1,40}", re.ASCII)
_SEAL = re.compile(r"[0-9a-f]{128}", re.ASCII)
_IMAGE_KEY = re.compile(r"[0-9a-f]{32}", re.ASCII)
_NODE = re.compile(r"[0-9]{1,20}", re.ASCII)

REQUESTS: dict[str, dict[str, str]] = {
    "stroke": {"page": "id", "live": "key", "colour": "colour", "width": "width", "dots": "dots"},
    "live": {"page": "id", "live": "key", "colour": "colour", "width": "width", "from": "count", "dots": "dots"},
    "text": {
        "page": "id", "colour": "colour", "size": "width", "x": "coordinate", "y": "coordinate", "words": "words",
        "live": "key?",
    },
    "edit": {
        "mark": "id", "colour": "colour", "size": "width", "x": "coordinate?", "y": "coordinate?", "words": "words",
    },
    "move": {"marks": "ids", "x": "coordinate", "y": "coordinate", "step": "step?"},
    "erase": {"marks": "ids", "live": "key?"},
    "undo": {"page": "id"},
    "redo": {"page": "id"},
    "put": {"page": "id", "live": "key", "marks": "drawn"},
    "recolour": {"marks": "ids", "colour": "colour"},
    "reshape": {
        "marks": "ids", "x": "coordinate", "y": "coordinate", "wide": "thousandths", "high": "thousandths",
        "step": "step?",
    },
    "lock": {"marks": "ids", "locked": "bool"},
    "describe": {"mark": "id", "about": "about"},
    "page": {"name": "page name", "live": "key?"},
    "say": {"words": "chat", "live": "key?"},
    "online": {"online": "bool"},
    "cursor": {"page": "id", "x": "coordinate?", "y": "coordinate?"},
}  # fmt: skip
"""What a page may ask -> its fields -> their sorts; a field with ``?`` may be missing. Every request may have a
``number`` besides, by which the page is told that it is done: a page that was not told asks again, and what has a
number is done once for each ``live``, which names one movement or one thing that was typed, and once at each mark for
each ``step``, which names a page and grows."""


def request(text: str | bytes) -> tuple[str, dict[str, Any]]:
    """What is asked, and with what. Raises Refused."""
    return _LANGUAGE.read(text)


def checked(message: Any, fields: dict[str, str]) -> dict[str, Any]:
    """The message, if it has these fields and no others. Raises Refused."""
    return _LANGUAGE.checked(message, fields)


def _is_dot(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(map(_is_coordinate, value))


def _is_neighbor(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and _SORTS["node"](value[0]) and _SORTS["peer"](value[1])


def _is_drawn(value: Any) -> bool:
    """A stroke of one record, a text or an image, without its page."""
    form = next((one for one in _DRAWN if isinstance(value, dict) and value.keys() == one.keys()), None)
    return form is not None and all(_SORTS[sort](value[name]) for name, sort in form.items())


_STROKE = {"colour": "colour", "width": "width", "dots": "dots of one"}
_TEXT = {"colour": "colour", "size": "width", "x": "coordinate", "y": "coordinate", "words": "words"}
_IMAGE = {
    "image": "image", "x": "coordinate", "y": "coordinate", "wide": "side", "high": "side", "about": "about",
}  # fmt: skip
_DRAWN = (_STROKE, _TEXT, _IMAGE)
_is_coordinate = a_number(-(1 << 15), (1 << 15) - 1)
_SORTS: dict[str, Sort] = {
    "id": is_id,
    "ids": several(is_id, 1, MOST_ERASED),
    "key": matching(_KEY),
    "colour": lambda value: isinstance(value, str) and is_colour(value),
    "width": a_number(1, MOST_WIDTH),
    "count": a_number(0, MOST_DOTS),
    "coordinate": _is_coordinate,
    "dots": several(_is_dot, 1, MOST_DOTS),
    "dots of one": several(_is_dot, 1, marks.MOST_DOTS),
    "drawn": several(_is_drawn, 1, MOST_PUT),
    "thousandths": a_number(10, 100_000),
    "step": matching(IS_STEP),
    "image": matching(_IMAGE_KEY),
    "side": a_number(1, MOST_SIDE),
    "about": lambda value: value == "" or a_line(ABOUT_BYTES)(value),
    "words": lines(TEXT_BYTES),
    "page name": a_line(NAME_BYTES),
    "chat": a_line(CHAT_UNITS),
    "bool": is_bool,
    "seal": matching(_SEAL),
    "growing": a_number(1, (1 << 53) - 1),
    "object": lambda value: isinstance(value, dict),
    "hops": a_number(0, 8),
    "node": matching(_NODE),
    "neighbors": several(_is_neighbor, 0, MOST_NEIGHBORS),
    "peer": a_line(512),
    "name": a_line(200),
    "nothing": lambda value: False,
}
_TOLD = {
    "words": f"a text has up to {TEXT_BYTES} bytes and 50 lines, without control characters",
    "page name": f"the name of a page has up to {NAME_BYTES} bytes, without control characters",
    "about": f"what a picture shows is said in up to {ABOUT_BYTES} bytes, without control characters",
    "chat": f"a line of chat has up to {CHAT_UNITS} bytes, without control characters",
}
"Sort -> what a person is told who has typed something else."
_LANGUAGE = Language(REQUESTS, _SORTS, _TOLD)
