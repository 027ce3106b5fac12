"""How values are written as bytes, for the wire between people and for the one between a program and its host.

A field is written and read by the same object, so the two cannot differ. Numbers are big-endian; a text is its length
in bytes (2) and UTF-8, data are their length (4) and the bytes, a list its count (2) and the elements, what may be
missing a byte 0 or 1 before it. Reading believes nothing: every length is compared with a limit before anything is
taken, texts are UTF-8 without surrogates and without characters that have no place in a text.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Generic, Protocol, TypeVar

from peerapi.address import Address
from peerapi.collab.values import MAX_DATA, MAX_TEXT, is_plain
from peerapi.identity.names import is_text

T = TypeVar("T")
R = TypeVar("R", bound=tuple[Any, ...])


class Malformed(ValueError):
    """Bytes that are not what they should be; the text says what is wrong."""


class Reader:
    """A position in some bytes. Everything raises Malformed when the bytes end too early."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, count: int) -> bytes:
        end = self._at + count
        if end > len(self._data):
            raise Malformed("the bytes end too early")
        taken = self._data[self._at : end]
        self._at = end
        return taken

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "big")

    def finish(self) -> None:
        if self._at != len(self._data):
            raise Malformed("bytes behind the end")


class Field(Protocol[T]):
    """A kind of value with its bytes."""

    def write(self, value: T, out: bytearray, /) -> None: ...
    def read(self, reader: Reader, /) -> T: ...


class Number:
    """An unsigned number of ``size`` bytes; only the ``known`` ones, where they are given."""

    def __init__(self, size: int, known: Sequence[int] | None = None) -> None:
        self._size = size
        self._known = None if known is None else frozenset(int(one) for one in known)

    def write(self, value: int, out: bytearray) -> None:
        out += int(value).to_bytes(self._size, "big")

    def read(self, reader: Reader) -> int:
        value = reader.number(self._size)
        if self._known is not None and value not in self._known:
            raise Malformed(f"{value} is no value of its kind")
        return value


class Flag:
    """True or False, one byte."""

    def write(self, value: bool, out: bytearray) -> None:
        out.append(1 if value else 0)

    def read(self, reader: Reader) -> bool:
        value = reader.number(1)
        if value > 1:
            raise Malformed("neither yes nor no")
        return value == 1


class Fixed:
    """Exactly so many bytes."""

    def __init__(self, size: int) -> None:
        self._size = size

    def write(self, value: bytes, out: bytearray) -> None:
        assert len(value) == self._size
        out += value

    def read(self, reader: Reader) -> bytes:
        return reader.take(self._size)


class Data:
    """Bytes, at most ``limit`` of them."""

    def __init__(self, limit: int = MAX_DATA) -> None:
        self._limit = limit

    def write(self, value: bytes, out: bytearray) -> None:
        assert len(value) <= self._limit
        out += len(value).to_bytes(4, "big")
        out += value

    def read(self, reader: Reader) -> bytes:
        size = reader.number(4)
        if size > self._limit:
            raise Malformed(f"{size} bytes where at most {self._limit} may be")
        return reader.take(size)


class Text:
    """A text of at most ``limit`` UTF-16 units; of one line, without any control character, unless ``lines``."""

    def __init__(self, limit: int = MAX_TEXT, *, lines: bool = False) -> None:
        self._limit = limit
        self._lines = lines

    def write(self, value: str, out: bytearray) -> None:
        encoded = value.encode("utf-8")
        assert len(encoded) <= 0xFFFF
        out += len(encoded).to_bytes(2, "big")
        out += encoded

    def read(self, reader: Reader) -> str:
        size = reader.number(2)
        if size > 3 * self._limit:
            raise Malformed("a text that is too long")
        try:
            text = reader.take(size).decode("utf-8")
        except UnicodeDecodeError as error:
            raise Malformed("a text that is not UTF-8") from error
        if not is_text(text, self._limit):
            raise Malformed("a text that is too long, or has a zero in it")
        if not is_plain(text) or (not self._lines and any(one in "\t\n\r" for one in text)):
            raise Malformed("control characters in a text")
        return text


class Document:
    """A text of lines and markup, which is read elsewhere, of at most ``limit`` bytes of UTF-8."""

    def __init__(self, limit: int) -> None:
        self._data = Data(limit)

    def write(self, value: str, out: bytearray) -> None:
        self._data.write(value.encode("utf-8"), out)

    def read(self, reader: Reader) -> str:
        try:
            return self._data.read(reader).decode("utf-8")
        except UnicodeDecodeError as error:
            raise Malformed("a document that is not UTF-8") from error


class Optional(Generic[T]):
    """A value or None."""

    def __init__(self, field: Field[T]) -> None:
        self._field = field

    def write(self, value: T | None, out: bytearray) -> None:
        out.append(0 if value is None else 1)
        if value is not None:
            self._field.write(value, out)

    def read(self, reader: Reader) -> T | None:
        return self._field.read(reader) if FLAG.read(reader) else None


class List(Generic[T]):
    """Values of one kind in a row, at most ``limit`` of them; a tuple in Python."""

    def __init__(self, field: Field[T], limit: int) -> None:
        self._field = field
        self._limit = limit

    def write(self, value: Sequence[T], out: bytearray) -> None:
        assert len(value) <= self._limit
        out += len(value).to_bytes(2, "big")
        for one in value:
            self._field.write(one, out)

    def read(self, reader: Reader) -> tuple[T, ...]:
        count = reader.number(2)
        if count > self._limit:
            raise Malformed(f"{count} elements where at most {self._limit} may be")
        return tuple([self._field.read(reader) for _ in range(count)])


class Record(Generic[R]):
    """A named tuple: its fields one after the other."""

    def __init__(self, make: Callable[..., R], *fields: Field[Any]) -> None:
        self._make = make
        self._fields = fields

    def write(self, value: R, out: bytearray) -> None:
        for field, part in zip(self._fields, value, strict=True):
            field.write(part, out)

    def read(self, reader: Reader) -> R:
        return self._make(*[field.read(reader) for field in self._fields])


class Where:
    """An IPv6 endpoint: address (16), port (2), scope (4)."""

    def write(self, value: Address, out: bytearray) -> None:
        out += value.ip + value.port.to_bytes(2, "big") + value.scope.to_bytes(4, "big")

    def read(self, reader: Reader) -> Address:
        return Address(reader.take(16), reader.number(2), 0, reader.number(4))


class Nothing:
    """No bytes."""

    def write(self, value: None, out: bytearray) -> None:
        """Nothing is written."""

    def read(self, reader: Reader) -> None:
        return None


FLAG = Flag()
GUID = Fixed(16)
NOTHING = Nothing()


def encode(field: Field[T], value: T) -> bytes:
    """The bytes of a value."""
    out = bytearray()
    field.write(value, out)
    return bytes(out)


def decode(field: Field[T], data: bytes) -> T:
    """The value that exactly these bytes are. Raises Malformed."""
    reader = Reader(data)
    value = field.read(reader)
    reader.finish()
    return value
