"""Updates of a text read in the plainest Python: what the C that reads them is held against."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from peerapi.activities.document import updates
from peerapi.activities.document.updates import CLIENT_BYTES, MOST_CLOCK, ROOT, ROW, Item, Malformed, Range

FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff]")
_DELETED, _STRING = 1, 4
_ORIGIN, _RIGHT = 0x80, 0x40


class Section(NamedTuple):
    client: int
    begin: int
    after: int
    items: list[Item]


def read(data: bytes) -> tuple[list[Section], list[Range]]:
    """The sections and the deletions of the update that is all of ``data``. Raises Malformed."""
    try:
        count, at = _number(data, 0)
        sections = []
        for _ in range(count):
            section, at = _section(data, at)
            sections.append(section)
        deletions, at = _deletions(data, at)
    except (IndexError, UnicodeDecodeError):
        raise Malformed("cut off, or not Unicode") from None
    if at != len(data):
        raise Malformed("too long")
    return sections, deletions


def rows(items: Sequence[Item]) -> bytes:
    """The items as C keeps them."""
    packed = []
    for clock, after, start, end, left, right in items:
        (client, beside), (other, behind) = left or (0, 0), right or (0, 0)
        packed.append(ROW.pack(clock, after, start, end, client, other, beside, behind))
    return b"".join(packed)


def ready(
    items: Sequence[Item], at: int, client: int, known: int, clocks: Mapping[int, int], most: int
) -> tuple[int, int, tuple[int, int] | None]:
    """As ``_updates.ready`` does of rows."""
    taken = []
    missing = None
    while at < len(items) and len(taken) < most:
        item = items[at]
        if item.after > known:
            missing = _missing(item, client, known, clocks)
            if missing is not None:
                break
            taken.append(at)
            known = item.after
        at += 1
    return (taken[0] if taken else at), at, missing


def around(items: Sequence[Item], clock: int) -> list[int]:
    """As ``_updates.around`` does of rows."""
    return [at for at, item in enumerate(items) if item.clock <= clock < item.clock + item.end - item.start]


def second_halves(data: bytes, items: Sequence[Item], begin: int) -> list[int]:
    """As ``_halves.second_halves`` does of rows."""
    found = []
    for item in items:
        clock = item.clock
        for letter in updates.content(data, item) or "":
            if letter > "\uffff":
                found.append(clock + 1)
            clock += len(letter.encode("utf-16-le")) // 2
    return [clock for clock in found if clock > begin]


def between(data: bytes, items: Sequence[Item], seconds: Mapping[int, Sequence[int]]) -> list[int]:
    """As ``_halves.between`` does of rows."""
    found = []
    for at, item in enumerate(items):
        left, right = updates.neighbors(data[item.start : item.end])
        if (left and left[1] + 1 in seconds.get(left[0], ())) or (right and right[1] in seconds.get(right[0], ())):
            found.append(at)
    return found


def _missing(item: Item, client: int, known: int, clocks: Mapping[int, int]) -> tuple[int, int] | None:
    """What an item stands on and is not there."""
    if item.clock > known:
        return client, item.clock
    for beside in (item.left, item.right):
        if beside is not None and beside[1] >= clocks.get(beside[0], 0):
            return beside[0], beside[1] + 1
    return None


def _section(data: bytes, at: int) -> tuple[Section, int]:
    count, at = _number(data, at)
    if not 0 < count <= len(data):
        raise Malformed("no items")
    own = data[at : at + CLIENT_BYTES]
    client, at = _client(data, at)
    begin, at = _number(data, at)
    clock, items = begin, []
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
        length, at = _content(data, at, info & 0x3F)
        if not 0 < length <= MOST_CLOCK - clock:
            raise Malformed("no length")
        items.append(Item(clock, clock + length, start, at, left, right))
        clock += length
    return Section(client, begin, clock, items), at


def _content(data: bytes, at: int, kind: int) -> tuple[int, int]:
    """How many units it is, and what is behind it."""
    size, at = _number(data, at)
    if kind == _DELETED:
        return size, at
    if kind != _STRING:
        raise Malformed("no text")
    if len(data) < at + size:
        raise Malformed("cut off")
    text = data[at : at + size].decode()
    if FORBIDDEN.search(text):
        raise Malformed("control characters")
    return len(text.encode("utf-16-le")) // 2, at + size


def _unit(data: bytes, at: int, own: bytes, clock: int) -> tuple[tuple[int, int] | None, int]:
    """A unit that is named; None for one of the same client, which has to be an earlier one."""
    name = data[at : at + CLIENT_BYTES]
    number, after = _number(data, at + CLIENT_BYTES)
    if name == own:
        if number >= clock:
            raise Malformed("beside what comes later")
        return None, after
    if number >= MOST_CLOCK:
        raise Malformed("no clock")
    return (_client(data, at)[0], number), after


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
    found = shift = 0
    while True:
        byte = data[at]
        found |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return found, at
        if shift > 28:
            raise Malformed("no number")


def _client(data: bytes, at: int) -> tuple[int, int]:
    name = data[at : at + CLIENT_BYTES]
    if len(name) < CLIENT_BYTES or name[-1] >= 128 or any(byte < 128 for byte in name[:-1]):
        raise Malformed("no client")
    found = sum((byte & 127) << 7 * place for place, byte in enumerate(name))
    if not 1 << 52 <= found < 1 << 53:
        raise Malformed("no client")
    return found, at + CLIENT_BYTES
