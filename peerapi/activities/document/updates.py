"""Updates of a text as Yjs encodes them (version 1), as far as they may be in a document: read and checked before
pycrdt sees them, and put together from parts of others.

An update has sections and deletions. A section is a run of items by one client, that is: of one writer, from one
opening of the document. Clocks count UTF-16 units. An item is text or a gap that text has left, and names the units
beside which it was inserted. Everything else that Yjs knows (maps, embedded values, formats, documents in documents) is
refused.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from struct import Struct
from typing import NamedTuple
from uuid import UUID

from peerapi.activities.document import _updates

PART = UUID("3e0c5b7a-91d4-4f0e-a852-6d1fc03977d1")
"Type of the records that have an update."
ROOT = b"\x01\x04text"
"How the first item of all names the text that it is in."
CLIENT_BYTES = 8
SESSION_BITS = 12
MOST_SESSIONS = 1 << SESSION_BITS
"Clients that one member can have in one document."
MOST_CLOCK = 1 << 31
_STRING = 4
_ORIGIN, _RIGHT = 0x80, 0x40
_FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff]")
"Control characters but tab and line feed, and the two that no XML document can hold."


Range = tuple[int, int, int]
"Client, first clock, length."


class Malformed(ValueError):
    """That is no update that may be in a document."""


class Item(NamedTuple):
    """A run of units, and the bytes ``start`` to ``end`` of the update in which it stands."""

    clock: int
    after: int
    "The clock behind its last unit."
    start: int
    end: int
    left: tuple[int, int] | None
    "Client and clock of the unit behind which it was inserted, of another client."
    right: tuple[int, int] | None


ROW = Struct("=IIIIQQII")
"""An item as it is kept: clock, after, start, end, and of the units beside it the two clients, 0 where there is none,
and the two clocks."""


class Section(NamedTuple):
    client: int
    begin: int
    after: int
    "The clock behind its last unit."
    rows: bytes
    "Its items, each a ROW."

    @property
    def size(self) -> int:
        """How many items it has."""
        return len(self.rows) // ROW.size

    @property
    def items(self) -> list[Item]:
        return [_item(*row) for row in ROW.iter_unpack(self.rows)]

    def item(self, index: int) -> Item:
        return _item(*ROW.unpack_from(self.rows, index * ROW.size))

    def clock(self, index: int) -> int:
        """Of the first unit of an item."""
        return self.item(index).clock


class Update(NamedTuple):
    data: bytes
    sections: list[Section]
    deletions: list[Range]
    "Client, clock, length."
    writer: str = ""
    "Who has written it, when that was asked for."


def client_of(peer: str, session: int) -> int:
    """The client under which a member writes in one of their sessions: 40 bits are from the peer, so nobody can write
    under another's. It has its highest bit set, so that all are of the same length."""
    digest = hashlib.sha256(b"peerapi document\0" + peer.encode()).digest()
    return 1 << 52 | int.from_bytes(digest[:5], "big") << SESSION_BITS | session


def writer_bits(client: int) -> int:
    """What all clients of one member have in common."""
    return client >> SESSION_BITS


def is_of(client: int, peer: str) -> bool:
    return writer_bits(client) == writer_bits(client_of(peer, 0))


def without_forbidden(text: str) -> str:
    """What of somebody's text can be in a document."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "ignore").decode()
    return _FORBIDDEN.sub("", text)


# ---- reading ----


def read(data: bytes, writer: str | None = None) -> Update:
    """The update that is all of ``data``. ``writer``: the peer whose items they have to be. Raises Malformed."""
    try:
        found, deletions = _updates.read(data)
    except ValueError as error:
        raise Malformed(str(error)) from None
    sections = [Section(*one) for one in found]
    if writer is not None and not all(is_of(one.client, writer) for one in sections):
        raise Malformed("somebody else's text")
    if len({one.client for one in sections}) != len(sections):
        raise Malformed("a client twice")
    return Update(data, sections, deletions, writer or "")


def _item(clock: int, after: int, start: int, end: int, left: int, right: int, beside: int, other: int) -> Item:
    """Of its row."""
    return Item(clock, after, start, end, (left, beside) if left else None, (right, other) if right else None)


def _number(data: bytes, at: int) -> tuple[int, int]:
    """Of what is an update, or of pycrdt's own."""
    found = shift = 0
    while (byte := data[at]) > 127:
        found |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
    return found | byte << shift, at + 1


# ---- writing ----


def written(sections: Iterable[tuple[int, int, Iterable[bytes]]], deletions: Iterable[Range]) -> bytes:
    """An update of sections (client, first clock, encoded items) and deletions."""
    parts = []
    for client, clock, items in sections:
        encoded = list(items)
        if encoded:
            parts.append(_section(client, clock, len(encoded), b"".join(encoded)))
    by_client: dict[int, list[bytes]] = {}
    for client, clock, length in united(deletions):
        by_client.setdefault(client, []).append(_bytes_of(clock) + _bytes_of(length))
    out = [_bytes_of(len(parts)), *parts, _bytes_of(len(by_client))]
    for client, ranges in by_client.items():
        out += [_client_bytes(client), _bytes_of(len(ranges)), *ranges]
    return b"".join(out)


def run(client: int, clock: int, count: int, items: bytes) -> bytes:
    """An update of so many items of one client."""
    return b"\x01" + _section(client, clock, count, items) + b"\x00"


def _section(client: int, clock: int, count: int, items: bytes) -> bytes:
    return _bytes_of(count) + _client_bytes(client) + _bytes_of(clock) + items


def united(ranges: Iterable[Range]) -> list[Range]:
    """Ranges (client, first clock, length) in their order, with none beside or over another."""
    found: list[Range] = []
    for client, clock, length in sorted(ranges):
        if found and found[-1][0] == client and clock <= found[-1][1] + found[-1][2]:
            first = found[-1][1]
            found[-1] = (client, first, max(found[-1][2], clock + length - first))
        elif length:
            found.append((client, clock, length))
    return found


def without(ranges: Iterable[Range], removed: Iterable[Range]) -> list[Range]:
    """What of ranges is in none of others."""
    found = []
    gone: dict[int, list[tuple[int, int]]] = {}
    for client, clock, length in united(removed):
        gone.setdefault(client, []).append((clock, clock + length))
    for client, begin, length in united(ranges):
        after = begin + length
        for first, behind in gone.get(client, ()):
            if first < after and begin < behind:
                if begin < first:
                    found.append((client, begin, first - begin))
                begin = min(behind, after)
        if begin < after:
            found.append((client, begin, after - begin))
    return found


def state(clocks: Mapping[int, int]) -> bytes:
    """A state vector: what is known of each client."""
    return _bytes_of(len(clocks)) + b"".join(_client_bytes(one) + _bytes_of(clock) for one, clock in clocks.items())


def clocks_of(state: bytes) -> dict[int, int]:
    """What a state vector of pycrdt's says."""
    found = {}
    count, at = _number(state, 0)
    for _ in range(count):
        client, at = _number(state, at)
        found[client], at = _number(state, at)
    return found


def cut(data: bytes, item: Item, client: int, begin: int, after: int) -> bytes:
    """Of an item the units from ``begin`` to ``after``, both inside it. Who has written two things under the same
    clocks may have a character where the one ends: its other half is U+FFFD."""
    if begin <= item.clock and item.after <= after:
        return data[item.start : item.end]
    begin, after = max(begin, item.clock), min(after, item.after)
    info, left, right, content = _taken_apart(data, item)
    if begin > item.clock:
        left, info = _client_bytes(client) + _bytes_of(begin - 1), info | _ORIGIN
    root = b"" if info & (_ORIGIN | _RIGHT) else ROOT
    if content is None:
        size = _bytes_of(after - begin)
    else:
        part = content[2 * (begin - item.clock) : 2 * (after - item.clock)]
        content = part.decode("utf-16-le", "replace").encode()
        size = _bytes_of(len(content))
    return bytes([info]) + left + right + root + size + (content or b"")


def taken(data: bytes, section: Section, first: int, behind: int, begin: int) -> bytes:
    """Of a section the items with these indices, the first of them from that clock on."""
    item = section.item(first)
    return cut(data, item, section.client, begin, item.after) + data[item.end : section.item(behind - 1).end]


def neighbors(encoded: bytes) -> tuple[tuple[int, int] | None, tuple[int, int] | None]:
    """The units beside which an encoded item was inserted."""
    found: list[tuple[int, int] | None] = []
    at = 1
    for flag in (_ORIGIN, _RIGHT):
        if encoded[0] & flag:
            client, at = _number(encoded, at)
            clock, at = _number(encoded, at)
            found.append((client, clock))
        else:
            found.append(None)
    return found[0], found[1]


def with_neighbors(encoded: bytes, left: tuple[int, int] | None, right: tuple[int, int] | None) -> bytes:
    """An encoded item that stands beside something, between these units instead, one of them at least."""
    at, named = 1, []
    for flag in (_ORIGIN, _RIGHT):
        if encoded[0] & flag:
            at = _number(encoded, at + CLIENT_BYTES)[1]
    info = encoded[0] & ~(_ORIGIN | _RIGHT) | (_ORIGIN if left else 0) | (_RIGHT if right else 0)
    for one in (left, right):
        if one is not None:
            named.append(_client_bytes(one[0]) + _bytes_of(one[1]))
    return bytes([info]) + b"".join(named) + encoded[at:]


def with_letters(data: bytes, item: Item, letter: str) -> bytes:
    """An item with this letter, of one UTF-16 unit, in the place of each of its units; a gap stays one."""
    info, left, right, content = _taken_apart(data, item)
    if content is None:
        return data[item.start : item.end]
    letters = letter.encode() * (len(content) >> 1)
    root = b"" if info & (_ORIGIN | _RIGHT) else ROOT
    return bytes([info]) + left + right + root + _bytes_of(len(letters)) + letters


def slices(data: bytes, item: Item, client: int, begin: int, after: int, most: int) -> Iterator[tuple[int, int, bytes]]:
    """What of an item is between two clocks, in pieces of at most so many units: their clocks, and their encoding."""
    begin, after = max(begin, item.clock), min(after, item.after)
    content = None if after - begin <= most else _taken_apart(data, item)[3]
    while begin < after:
        until = min(begin + most, after)
        if until < after and content is not None and content[2 * (until - item.clock) + 1] & 0xFC == 0xDC:
            until -= 1  # the second half of a character
        yield begin, until, cut(data, item, client, begin, until)
        begin = until


def content(data: bytes, item: Item) -> str | None:
    """The text of an item; None for a gap."""
    found = _taken_apart(data, item)[3]
    return None if found is None else found.decode("utf-16-le")


def _taken_apart(data: bytes, item: Item) -> tuple[int, bytes, bytes, bytes | None]:
    """The first byte, the units beside it as they are encoded, and the text as UTF-16; None for a gap."""
    info, at = data[item.start], item.start + 1
    beside = []
    for flag in (_ORIGIN, _RIGHT):
        start = at
        if info & flag:
            at = _number(data, at + CLIENT_BYTES)[1]
        beside.append(data[start:at])
    if not info & (_ORIGIN | _RIGHT):
        at += len(ROOT)
    size, at = _number(data, at)
    is_text = info & 0x3F == _STRING
    return info, beside[0], beside[1], data[at : at + size].decode().encode("utf-16-le") if is_text else None


def _bytes_of(number: int) -> bytes:
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def _client_bytes(client: int) -> bytes:
    return _bytes_of(client)
