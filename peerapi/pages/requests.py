"""What a page asks of its server is checked field by field before anything is done.

A message has exactly the fields of its kind, each of them of its sort; everything else is refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from peerapi.pages.words import is_text, is_words

MOST_BYTES = 256 << 10
"Of a message from the page."
Sort = Callable[[Any], bool]
"Whether a value is of that sort."
Fields = Mapping[str, str]
"""The fields of a message -> their sorts; a field whose sort ends with ``?`` may be missing."""


class Refused(Exception):
    """The message asks for something that cannot be; ``str()`` is for the person at the page."""


class Language:
    """What may be asked: the kinds of requests with their fields, the sorts of these, and what a person is told who
    has typed something that is not of its sort."""

    def __init__(
        self, kinds: Mapping[str, Fields], sorts: Mapping[str, Sort], told: Mapping[str, str] | None = None
    ) -> None:
        self._kinds = kinds
        self._sorts = sorts
        self._told = told or {}

    def read(self, text: str | bytes) -> tuple[str, dict[str, Any]]:
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
        if not isinstance(what, str) or what not in self._kinds:
            raise Refused("nothing of that name can be asked for")
        return what, self.checked(message, self._kinds[what])

    def checked(self, message: Any, fields: Fields) -> dict[str, Any]:
        """The message, if it has these fields and no others. Raises Refused."""
        if not isinstance(message, dict):
            raise Refused("the message has other fields than it should")
        needed = {name for name, sort in fields.items() if not sort.endswith("?")}
        if not needed <= message.keys() <= fields.keys():
            raise Refused("the message has other fields than it should")
        for name, value in message.items():
            sort = fields[name].removesuffix("?")
            if not self._sorts[sort](value):
                raise Refused(self._told.get(sort, f"{name} cannot be that"))
        return message


def number_of(text: str | bytes) -> int | None:
    """The number of a request, sound or not, by which its page knows it again."""
    try:
        message = json.loads(text) if len(text) <= MOST_BYTES else None
    except (ValueError, RecursionError):
        return None
    number = message.get("number") if isinstance(message, dict) else None
    return number if _is_number(number) else None


# ---- sorts ----


def a_number(least: int, most: int) -> Sort:
    return lambda value: type(value) is int and least <= value <= most


def a_line(most_bytes: int) -> Sort:
    """One line of words."""
    return lambda value: isinstance(value, str) and is_words(value, most_bytes)


def lines(most_bytes: int) -> Sort:
    return lambda value: isinstance(value, str) and is_text(value, most_bytes)


def matching(pattern: re.Pattern[str]) -> Sort:
    return lambda value: isinstance(value, str) and pattern.fullmatch(value) is not None


def one_of(*words: str) -> Sort:
    return lambda value: isinstance(value, str) and value in words


def several(one: Sort, least: int, most: int) -> Sort:
    return lambda value: isinstance(value, list) and least <= len(value) <= most and all(map(one, value))


def is_id(value: Any) -> bool:
    """A UUID, as Python writes it."""
    try:
        return isinstance(value, str) and str(UUID(value)) == value
    except ValueError:
        return False


def is_bool(value: Any) -> bool:
    return isinstance(value, bool)


_is_number = a_number(0, (1 << 53) - 1)
