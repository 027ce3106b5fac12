"""What two hosts say to each other: `peerapi collab 1` (docs/collaboration.md, "Between two hosts").

TLS 1.3 has proved both sides before the first byte. A frame is its length (4, without these), its type (1), the number
of the request (4) and a body (``fields``). Whoever has called asks with odd numbers, whoever was called with even ones.
Types that are not known end their request only, so that 1.x may grow; another version in HELLO ends the connection.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any, NamedTuple

from peerapi.collab.fields import GUID, NOTHING, Field, Malformed, Number, Optional, Reader, Record, decode, encode
from peerapi.collab.forms import APPLICATION, CARD, INVITATION, ITEM, MESSAGE, PRESENCE, RESPONSE
from peerapi.collab.local import Frame, Frames, frame

MAGIC = b"peerapi collab 1\0"
"Begins what the caller sends ahead of TLS."
VERSION = 1
MAX_FRAME = 1 << 16


class Type(IntEnum):
    HELLO = 1
    QUERY = 2
    WATCH = 3
    UNWATCH = 4
    PING = 5
    PONG = 6
    BYE = 7
    DATA = 8
    GONE = 9
    END = 10
    INVITE = 11
    RINGING = 12
    ANSWER = 13
    CANCEL = 14


class Kind(IntEnum):
    """What DATA and GONE are about."""

    CARD = 1
    NAME = 2
    PRESENCE = 3
    APPLICATION = 4
    ITEM = 5


class Outcome(IntEnum):
    """How a request has ended."""

    DONE = 0
    REFUSED = 1
    NOT_UNDERSTOOD = 2
    TOO_MANY = 3


class Hello(NamedTuple):
    """The first message of each side."""

    version: int
    endpoint_id: bytes
    "16 bytes, new with each sign-in"
    name: str
    "Of the endpoint"
    nickname: str
    port: int
    "Where the sender is called."


class Datum(NamedTuple):
    """Something that the asker may know. ``value`` is None in GONE where there is no ID."""

    kind: int
    value: Any


_DATA: dict[int, Field[Any]] = {
    Kind.CARD: CARD,
    Kind.NAME: MESSAGE,
    Kind.PRESENCE: Optional(PRESENCE),
    Kind.APPLICATION: APPLICATION,
    Kind.ITEM: ITEM,
}
_GONE: dict[int, Field[Any]] = {
    Kind.CARD: NOTHING,
    Kind.NAME: NOTHING,
    Kind.PRESENCE: NOTHING,
    Kind.APPLICATION: GUID,
    Kind.ITEM: GUID,
}


class _DatumForm:
    def __init__(self, forms: dict[int, Field[Any]]) -> None:
        self._forms = forms

    def write(self, value: Datum, out: bytearray) -> None:
        out.append(value.kind)
        self._forms[value.kind].write(value.value, out)

    def read(self, reader: Reader) -> Datum:
        kind = reader.number(1)
        if kind not in self._forms:
            raise Malformed("no kind of data")
        return Datum(kind, self._forms[kind].read(reader))


FORMS: dict[int, Field[Any]] = {
    Type.HELLO: Record(Hello, Number(2), GUID, MESSAGE, MESSAGE, Number(2)),
    Type.QUERY: NOTHING,
    Type.WATCH: NOTHING,
    Type.UNWATCH: NOTHING,
    Type.PING: NOTHING,
    Type.PONG: NOTHING,
    Type.BYE: NOTHING,
    Type.DATA: _DatumForm(_DATA),
    Type.GONE: _DatumForm(_GONE),
    Type.END: Number(1, list(Outcome)),
    Type.INVITE: INVITATION,
    Type.RINGING: NOTHING,
    Type.ANSWER: RESPONSE,
    Type.CANCEL: NOTHING,
}


def message(type_: Type, request: int, value: Any = None) -> bytes:
    """The bytes of a message."""
    return frame(type_, request, encode(FORMS[type_], value))


def read(found: Frame) -> Any:
    """What a frame of a known type says. Raises Malformed."""
    return decode(FORMS[found.kind], found.body)


def frames() -> Frames:
    """What cuts the stream of a connection."""
    return Frames(MAX_FRAME)
