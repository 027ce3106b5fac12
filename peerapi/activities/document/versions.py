"""Versions of a document that one can go back to: what their records say, and which of them are kept.

A version is the whole text as it was, for what was removed is not in a document for ever. Its records have a header as
JSON and a part of the text, compressed. Versions that a member keeps under a name are records for all; moments are kept
by each program for itself, in records that leave this machine never.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from typing import Any, NamedTuple
from uuid import UUID

from peerapi import Record
from peerapi.activities.document import updates
from peerapi.activities.document.deltas import Delta, Part, put_together
from peerapi.activities.document.first_forms import FirstForms
from peerapi.activities.document.updates import Malformed
from peerapi.pages.requests import Refused
from peerapi.pages.words import is_words

VERSION = UUID("3e0c5b7a-91d4-4f0e-a852-6d1fc03977d6")
"Type of the records of a version that has a name."
MOMENT = UUID("3e0c5b7a-91d4-4f0e-a852-6d1fc03977d7")
"Type of those of one that a program keeps for its user: a local record."
MOST_DATA, PART_BYTES = 60 << 10, 56 << 10
MOST_TEXT = 4 << 20
"Bytes of a text that is looked at, in UTF-8."
MOST_OF_ONE, MOST_BYTES_OF_ONE = 200, 4 << 20
"Records of one member that are looked at, and bytes in them."
MOST_TOLD = 100
MOST_NAME = 120
"Bytes of a name."
MOST_MOMENTS, MOST_MOMENT_BYTES = 60, 2 << 20
HOUR, DAY, MONTH = 3600, 86400, 30 * 86400
"Seconds: of the last day a moment an hour is kept, of the last month one a day, and before that one a month."
MOST_COMPARED = 200_000
"Lines of two texts, multiplied, that are compared one by one."
_FORM = 1
_MOST_HEADER, _MOST_PARTS = 512, 80
_KEY = re.compile("[0-9a-f]{32}", re.ASCII)


class Said(NamedTuple):
    """The header of a record."""

    key: str
    number: int
    "Which part of the version this is."
    parts: int
    "How many there are."
    name: str
    "Empty for a moment."
    digest: str


class Version(NamedTuple):
    """A version all records of which are there."""

    key: str
    by: str
    time: int
    "Milliseconds since 1970, as its keeper's machine says."
    name: str
    digest: str
    records: list[UUID]
    size: int


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def encoded(text: str, name: str = "") -> list[bytes]:
    """The records of a version."""
    packed = zlib.compress(text.encode(), 9)
    pieces = [packed[at : at + PART_BYTES] for at in range(0, len(packed), PART_BYTES)]
    key, mark = secrets.token_hex(16), digest(text)
    found = []
    for number, piece in enumerate(pieces):
        said = {"v": key, "part": number, "of": len(pieces), "h": mark, "name": name}
        header = json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()
        found.append(bytes([_FORM]) + len(header).to_bytes(2, "little") + header + piece)
    return found


def decoded(data: bytes) -> tuple[Said, bytes]:
    """The header of a record, and its part of a text. Raises Malformed."""
    if not 3 <= len(data) <= MOST_DATA or data[0] != _FORM:
        raise Malformed("not of this form, or too large")
    length = int.from_bytes(data[1:3], "little")
    try:
        said: Any = json.loads(data[3 : 3 + length]) if length <= _MOST_HEADER else None
    except (ValueError, RecursionError):
        said = None
    match said:
        case {"v": str(key), "part": int(number), "of": int(parts), "h": str(mark), "name": str(name)}:
            is_count = type(number) is type(parts) is int and 0 <= number < parts <= _MOST_PARTS
            if len(said) == 5 and is_count and _KEY.fullmatch(key) and len(mark) <= 64 and (not name or is_name(name)):
                return Said(key, number, parts, name, mark), data[3 + length :]
    raise Malformed("no version")


def is_name(value: Any) -> bool:
    """Whether a version may be called that."""
    return isinstance(value, str) and is_words(value, MOST_NAME) and bool(value.strip())


def text(pieces: Iterable[bytes]) -> str:
    """The text of a version, of the parts of all its records. Raises Malformed."""
    unpacking = zlib.decompressobj()
    try:
        found = unpacking.decompress(b"".join(pieces), MOST_TEXT)
        whole = found.decode()
    except (zlib.error, UnicodeDecodeError):
        raise Malformed("no text") from None
    if not unpacking.eof or updates.without_forbidden(whole) != whole:
        raise Malformed("too long, cut off, or control characters")
    return whole


class Versions:
    """Those of all members, and the moments of this one."""

    def __init__(self) -> None:
        self._records = FirstForms(MOST_OF_ONE, MOST_BYTES_OF_ONE)
        self._places: dict[UUID, tuple[str, str, int]] = {}
        "Record -> by whom, of which version, and which part."
        self._said: dict[tuple[str, str], dict[int, tuple[UUID, Said, int]]] = {}
        "Member and key -> the parts that are there, with their time."

    def take(self, record: Record) -> bool:
        """Whether that is news. A record counts as it was first. Raises Malformed."""
        if not self._records.is_new(record):
            return False
        by = record.creator
        said, _ = decoded(record.data)
        if bool(said.name) != (record.type == VERSION):
            raise Malformed("a version has a name, and a moment has none")
        parts = self._said.setdefault((by, said.key), {})
        if said.number in parts or any(
            one.parts != said.parts or one.name != said.name for _, one, _ in parts.values()
        ):
            raise Malformed("not of the version that it says")
        parts[said.number] = record.id, said, int(record.created.timestamp() * 1000)
        self._places[record.id] = by, said.key, said.number
        self._records.add(record)
        return True

    def forget(self, id: UUID) -> bool:
        """A record was deleted; whether it was known."""
        if not self._records.remove(id):
            return False
        by, key, number = self._places.pop(id)
        parts = self._said[by, key]
        del parts[number]
        if not parts:
            del self._said[by, key]
        return True

    def listed(self) -> list[Version]:
        """Those that are shown, the last one first; each member's last one comes before anybody's last but one."""
        ranks, ranked = Counter[str](), []
        for number, one in enumerate(self._whole()):
            ranked.append((ranks[one.by], number, one))
            ranks[one.by] += 1
        return [one for _, one in sorted((number, one) for _, number, one in sorted(ranked)[:MOST_TOLD])]

    def find(self, key: str) -> Version:
        """Raises Refused."""
        for one in self._whole():
            if one.key == key:
                return one
        raise Refused("there is no such version any more")

    def moments(self) -> list[Version]:
        """The last one first."""
        return [one for one in self._whole() if not one.name]

    def _whole(self) -> list[Version]:
        found = []
        for (by, key), parts in self._said.items():
            (_, first, time), *_ = parts.values()
            if len(parts) == first.parts:
                ids = [parts[number][0] for number in range(first.parts)]
                size = sum(map(self._records.size, ids))
                found.append(Version(f"{key}", by, time, first.name, first.digest, ids, size))
        return sorted(found, key=lambda one: (-one.time, one.key, one.by))


def superfluous(moments: Sequence[Version], now: float) -> list[Version]:
    """Those moments, the last one first, that are not kept at that time (seconds since 1970): a moment gives way to the
    one before it in the same hour, day or month."""
    found = []
    size = kept = 0
    for place, one in enumerate(moments):
        age = now - one.time / 1000
        length = HOUR if age < DAY else DAY if age < MONTH else MONTH
        before = moments[place + 1 :]
        is_double = any(other.time // (1000 * length) == one.time // (1000 * length) for other in before)
        if place and (is_double or kept >= MOST_MOMENTS or size + one.size > MOST_MOMENT_BYTES):
            found.append(one)
        else:
            kept += 1
            size += one.size
    return found


def way_back(now: str, then: str) -> Delta:
    """The change that makes one text of another one, which leaves alone the lines that are in both."""
    old, new = now.splitlines(keepends=True), then.splitlines(keepends=True)
    if len(old) * len(new) > MOST_COMPARED:
        return put_together(_replaced(now, then))
    found: list[Part] = []
    for what, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if what == "equal":
            found.append(len("".join(old[a:b])))
        else:
            found += _replaced("".join(old[a:b]), "".join(new[c:d]), whole=True)
    return put_together(found)


def _replaced(now: str, then: str, *, whole: bool = False) -> list[Part]:
    """The same in one piece; ``whole``: with what is kept behind it."""
    most = min(len(now), len(then))
    ahead = next((at for at in range(most) if now[at] != then[at]), most)
    behind = next((at for at in range(most - ahead) if now[-1 - at] != then[-1 - at]), most - ahead)
    return [ahead, then[ahead : len(then) - behind], -(len(now) - behind - ahead), behind if whole else 0]
