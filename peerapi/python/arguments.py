"""What a Python program hands to the API: of the right type, or a TypeError that says what was wanted; of a possible
value, or a ValueError that does. The engine and the C functions keep their own checks and codes."""

from __future__ import annotations

import operator
import os
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID

from peerapi.errors import InvalidArgument

T = TypeVar("T")
PORTS = (1 << 16) - 1
U32 = (1 << 32) - 1
U64 = (1 << 64) - 1


class InvalidValue(InvalidArgument, ValueError):
    """An argument has the right type and a value that cannot be: a ValueError, and E_INVALIDARG for PeerError."""


def _wrong(name: str, wanted: str, value: object) -> TypeError:
    shown = repr(value)
    cut = shown if len(shown) < 60 else f"{shown[:56]} ..."
    return TypeError(f"{name} is {wanted}, not {type(value).__name__} {cut}")


def a(kind: type[T] | tuple[type[Any], ...], name: str, wanted: str, value: Any) -> Any:
    """The value, which is one of some classes. Raises TypeError."""
    if not isinstance(value, kind):
        raise _wrong(name, wanted, value)
    return value


def uuid(name: str, value: Any) -> UUID:
    """Raises TypeError."""
    if not isinstance(value, UUID):
        hint = "a uuid.UUID" + (", as in uuid.UUID('...')" if isinstance(value, str) else "")
        raise _wrong(name, hint, value)
    return value


def uuids(name: str, value: Any) -> tuple[UUID, ...]:
    """A tuple of UUIDs. Raises TypeError."""
    if isinstance(value, (str, bytes)) or not isinstance(value, Iterable):
        raise _wrong(name, "an iterable of uuid.UUID", value)
    return tuple(uuid(name, one) for one in value)


def text(name: str, value: Any) -> str:
    """Raises TypeError; ValueError for what no string of the API can hold."""
    if not isinstance(value, str):
        raise _wrong(name, "a str", value)
    if "\0" in value:
        raise InvalidValue(f"{name} has a character 0, at which it would end for a C program")
    if not value.isascii():
        try:
            value.encode("utf-16-le")
        except UnicodeEncodeError as error:
            raise InvalidValue(f"{name} has half a character (a surrogate) at {error.start}") from error
    return value


def optional_text(name: str, value: Any) -> str | None:
    """A text or None. Raises TypeError, ValueError."""
    return None if value is None else text(name, value)


def whole(name: str, value: Any, low: int, high: int) -> int:
    """An int in a range, both ends included. Raises TypeError, ValueError."""
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise _wrong(name, "an int", value)
    found = operator.index(value)
    if not low <= found <= high:
        raise InvalidValue(f"{name} is from {low} to {high}, not {found}")
    return found


def seconds(name: str, value: Any, most: float) -> float:
    """A length of time, more than 0. Raises TypeError, InvalidValue."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise _wrong(name, "a number of seconds", value)
    if not 0 < value <= most:
        raise InvalidValue(f"{name} is more than 0 and at most {most:g} seconds, not {value}")
    return float(value)


def data(name: str, value: Any) -> bytes:
    """Bytes, or a text as UTF-8. Raises TypeError, ValueError."""
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        try:
            return value.encode()
        except UnicodeEncodeError as error:
            raise InvalidValue(f"{name} has half a character (a surrogate) at {error.start}") from error
    try:
        return memoryview(value).tobytes()
    except TypeError:
        raise _wrong(name, "bytes or str", value) from None


def length(name: str, value: Any, most: int = U32) -> int:
    """Whole seconds of a timedelta, from 0 to ``most``. Raises TypeError, ValueError."""
    if not isinstance(value, timedelta):
        raise _wrong(name, "a datetime.timedelta", value)
    seconds = int(value.total_seconds())
    if not 0 <= seconds <= most:
        raise InvalidValue(f"{name} is from 0 to {most} seconds, not {seconds}")
    return seconds


def mapping(name: str, value: Any) -> Mapping[Any, Any]:
    """Raises TypeError."""
    if not isinstance(value, Mapping):
        raise _wrong(name, "a mapping of names to values, as in {'Owner': 'Ann'}", value)
    return value


def path(name: str, value: Any) -> str:
    """The path of a file. Raises TypeError, ValueError."""
    if not isinstance(value, (str, os.PathLike)):
        raise _wrong(name, "a str or os.PathLike", value)
    found = os.fspath(value)
    if not isinstance(found, str):
        raise _wrong(name, "a str or os.PathLike", value)
    if not found or "\0" in found:
        raise InvalidValue(f"{name} is no path: {found!r}")
    return found
