"""What a page may ask of its server, and what other boards may say: checked field by field before anything is done.

A message has exactly the fields of its kind, each of them of its sort; everything else is refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

from peerapi.whiteboard.marks import CHAT_UNITS, MOST_WIDTH, NAME_BYTES, TEXT_BYTES, is_colour, is_text, is_words

MOST_BYTES = 256 << 10
"Of a message from the page."
MOST_DOTS = 10_000
MOST_ERASED = 500
MOST_NEIGHBORS = 64
_KEY = re.compile(r"[A-Za-z0-9_-]{1,40}", re.ASCII)
_NODE = re.compile(r"[0-9]{1,20}", re.ASCII)


class Refused(Exception):
    """The message asks for something that cannot be; ``str()`` is for the person at the page."""


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
    "move": {"marks": "ids", "x": "coordinate", "y": "coordinate"},
    "erase": {"marks": "ids", "live": "key?"},
    "undo": {"page": "id"},
    "redo": {"page": "id"},
    "page": {"name": "page name", "live": "key?"},
    "say": {"words": "chat", "live": "key?"},
    "online": {"online": "bool"},
}  # fmt: skip
"""What a page may ask -> its fields -> their sorts; a field with ``?`` may be missing. Every request may have a
``number`` besides, by which the page is told that it is done: a page that was not told asks again, and what has a
number is done once for each ``live``, which names one movement or one thing that was typed."""


def request(text: str | bytes) -> tuple[str, dict[str, Any]]:
    """What is asked, and with what. Raises Refused."""
    if not isinstance(text, str):
        raise Refused("only text is understood")
    if len(text) > MOST_BYTES:
        raise Refused("that is too much at once")
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        raise Refused("that is not JSON") from None
    if not isinstance(message, dict):
        raise Refused("a request is an object")
    what = message.pop("do", None)
    number = message.pop("number", 0)
    if not _is_number(number):
        raise Refused("number cannot be that")
    if not isinstance(what, str) or what not in REQUESTS:
        raise Refused("nothing of that name can be asked for")
    return what, checked(message, REQUESTS[what])


def number_of(text: str | bytes) -> int | None:
    """The number of a request, sound or not, by which its page knows it again."""
    try:
        message = json.loads(text) if len(text) <= MOST_BYTES else None
    except (ValueError, RecursionError):
        return None
    number = message.get("number") if isinstance(message, dict) else None
    return number if _is_number(number) else None


def checked(message: Any, sorts: dict[str, str]) -> dict[str, Any]:
    """The message, if it has these fields and no others. Raises Refused."""
    if not isinstance(message, dict):
        raise Refused("the message has other fields than it should")
    needed = {name for name, sort in sorts.items() if not sort.endswith("?")}
    if not needed <= message.keys() <= sorts.keys():
        raise Refused("the message has other fields than it should")
    for name, value in message.items():
        if not _SORTS[sorts[name].removesuffix("?")](value):
            raise Refused(_UNSOUND.get(sorts[name].removesuffix("?"), f"{name} cannot be that"))
    return message


def _number(least: int, most: int) -> Callable[[Any], bool]:
    return lambda value: type(value) is int and least <= value <= most


def _text(most_bytes: int) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and is_words(value, most_bytes)


def _matching(pattern: re.Pattern[str]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and pattern.fullmatch(value) is not None


def _is_id(value: Any) -> bool:
    try:
        return isinstance(value, str) and str(UUID(value)) == value
    except ValueError:
        return False


def _several(one: Callable[[Any], bool], least: int, most: int) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list) and least <= len(value) <= most and all(map(one, value))


def _is_dot(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(map(_is_coordinate, value))


def _is_neighbor(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and _SORTS["node"](value[0]) and _SORTS["peer"](value[1])


def _is_text_of(most_bytes: int) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and is_text(value, most_bytes)


_UNSOUND = {
    "words": f"a text has up to {TEXT_BYTES} bytes and 50 lines, without control characters",
    "page name": f"the name of a page has up to {NAME_BYTES} bytes, without control characters",
    "chat": f"a line of chat has up to {CHAT_UNITS} bytes, without control characters",
}
"Sort -> what a person is told who has typed something else."
_is_number = _number(0, (1 << 53) - 1)
_is_coordinate = _number(-(1 << 15), (1 << 15) - 1)
_SORTS: dict[str, Callable[[Any], bool]] = {
    "id": _is_id,
    "ids": _several(_is_id, 1, MOST_ERASED),
    "key": _matching(_KEY),
    "colour": lambda value: isinstance(value, str) and is_colour(value),
    "width": _number(1, MOST_WIDTH),
    "count": _number(0, MOST_DOTS),
    "coordinate": _is_coordinate,
    "dots": _several(_is_dot, 1, MOST_DOTS),
    "words": _is_text_of(TEXT_BYTES),
    "page name": _text(NAME_BYTES),
    "chat": _text(CHAT_UNITS),
    "bool": lambda value: isinstance(value, bool),
    "object": lambda value: isinstance(value, dict),
    "hops": _number(0, 8),
    "node": _matching(_NODE),
    "neighbors": _several(_is_neighbor, 0, MOST_NEIGHBORS),
    "peer": _text(512),
    "name": _text(200),
    "nothing": lambda value: False,
}
