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
from typing import NamedTuple
from uuid import UUID

PART = UUID("3e0c5b7a-91d4-4f0e-a852-6d1fc03977d1")
"Type of the records that have an update."
ROOT = b"\x01\x04text"
"How the first item of all names the text that it is in."
CLIENT_BYTES = 8
SESSION_BITS = 12
MOST_SESSIONS = 1 << SESSION_BITS
"Clients that one member can have in one document."
MOST_CLOCK = 1 << 31
_DELETED, _STRING = 1, 4
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


class Section(NamedTuple):
    client: int
    items: list[Item]

    @property
    def begin(self) -> int:
        return self.items[0].clock

    @property
    def after(self) -> int:
        return self.items[-1].after


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
        count, at = _number(data, 0)
        sections = []
        for _ in range(count):
            section, at = _section(data, at)
            if writer is not None and not is_of(section.client, writer):
                raise Malformed("somebody else's text")
            sections.append(section)
        deletions, at = _deletions(data, at)
    except (IndexError, UnicodeDecodeError):
        raise Malformed("cut off, or not Unicode") from None
    if at != len(data):
        raise Malformed("too long")
    if len({section.client for section in sections}) != len(sections):
        raise Malformed("a client twice")
    return Update(data, sections, deletions, writer or "")


def _section(data: bytes, at: int) -> tuple[Section, int]:
    count, at = _number(data, at)
    if not 0 < count <= len(data):
        raise Malformed("no items")
    client, at = _client(data, at)
    clock, at = _number(data, at)
    own = _client_bytes(client)
    items = []
    for _ in range(count):
        start, info, at = at, data[at], at + 1
        left = right = None
        if info & _ORIGIN:
            left, at = _unit(data, at, own, clock)
        if info & _RIGHT:
            right, at = _unit(data, at, own, clock)
        if info < _RIGHT:
            if data[at : at + len(ROOT)] != ROOT:
                raise Malformed("no text of this document")
            at += len(ROOT)
        kind, size = info & 0x3F, data[at]
        if size == 1 and kind == _STRING and 32 <= data[at + 1] < 127:  # most are of one letter
            length, at = 1, at + 2
        else:
            size, at = _number(data, at)
            if kind == _STRING:
                if len(data) < at + size:
                    raise Malformed("cut off")
                length, at = _units(data[at : at + size]), at + size
            elif kind == _DELETED:
                length = size
            else:
                raise Malformed("no text")
            if not 0 < length <= MOST_CLOCK - clock:
                raise Malformed("no length")
        items.append(Item(clock, clock + length, start, at, left, right))
        clock += length
    return Section(client, items), at


def _unit(data: bytes, at: int, own: bytes, clock: int) -> tuple[tuple[int, int] | None, int]:
    """A unit that is named; None for one of the same client, which has to be an earlier one."""
    name, at = data[at : at + CLIENT_BYTES], at + CLIENT_BYTES
    number = data[at]
    if number < 128:
        at += 1
    else:
        number, at = _number(data, at)
    if name == own:
        if number >= clock:
            raise Malformed("beside what comes later")
        return None, at
    if number >= MOST_CLOCK:
        raise Malformed("no clock")
    return (_known.get(name) or _client(name, 0)[0], number), at


def _units(encoded: bytes) -> int:
    text = encoded.decode()
    length = len(text) if len(text) == len(encoded) else len(text.encode("utf-16-le")) >> 1
    if _FORBIDDEN.search(text):
        raise Malformed("control characters")
    return length


def _deletions(data: bytes, at: int) -> tuple[list[Range], int]:
    found = []
    clients, at = _number(data, at)
    for _ in range(clients):
        client, at = _client(data, at)
        ranges, at = _number(data, at)
        for _ in range(ranges):
            clock, at = _number(data, at)
            length, at = _number(data, at)
            if not 0 < length <= MOST_CLOCK - clock:
                raise Malformed("no length")
            found.append((client, clock, length))
    return found, at


def _number(data: bytes, at: int) -> tuple[int, int]:
    byte = data[at]
    if byte < 128:
        return byte, at + 1
    found, shift = byte & 127, 7
    while True:
        at += 1
        byte = data[at]
        found |= (byte & 127) << shift
        if byte < 128:
            return found, at + 1
        shift += 7
        if shift > 28:
            raise Malformed("no number")


_known: dict[bytes, int] = {}
"Clients that were read lately, by their bytes."


def _client(data: bytes, at: int) -> tuple[int, int]:
    name = data[at : at + CLIENT_BYTES]
    found = _known.get(name)
    if found is None:
        if len(name) < CLIENT_BYTES or name[-1] >= 128 or any(byte < 128 for byte in name[:-1]):
            raise Malformed("no client")
        found = sum((byte & 127) << 7 * place for place, byte in enumerate(name))
        if not 1 << 52 <= found < 1 << 53:
            raise Malformed("no client")
        if len(_known) >= 4096:
            _known.clear()
        _known[name] = found
    return found, at + CLIENT_BYTES


# ---- writing ----


def written(sections: Iterable[tuple[int, int, Iterable[bytes]]], deletions: Iterable[Range]) -> bytes:
    """An update of sections (client, first clock, encoded items) and deletions."""
    parts = []
    for client, clock, items in sections:
        encoded = list(items)
        if encoded:
            parts.append(_bytes_of(len(encoded)) + _client_bytes(client) + _bytes_of(clock) + b"".join(encoded))
    by_client: dict[int, list[bytes]] = {}
    for client, clock, length in united(deletions):
        by_client.setdefault(client, []).append(_bytes_of(clock) + _bytes_of(length))
    out = [_bytes_of(len(parts)), *parts, _bytes_of(len(by_client))]
    for client, ranges in by_client.items():
        out += [_client_bytes(client), _bytes_of(len(ranges)), *ranges]
    return b"".join(out)


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
    """What a state vector says."""
    found = {}
    count, at = _number(state, 0)
    for _ in range(count):
        client, at = _client(state, at)
        found[client], at = _number(state, at)
    return found


def cut(data: bytes, item: Item, client: int, begin: int, after: int) -> bytes:
    """Of an item the units from ``begin`` to ``after``, both inside it and no half of a character."""
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
        content = content[2 * (begin - item.clock) : 2 * (after - item.clock)].decode("utf-16-le").encode()
        size = _bytes_of(len(content))
    return bytes([info]) + left + right + root + size + (content or b"")


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
