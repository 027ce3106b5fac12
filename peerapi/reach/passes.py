"""Passes: what a relay lets who has one do, and how whoever has one makes a narrower one without asking anybody.

A chain of HMAC-SHA256, as macaroons are: the relay's secret makes the first tag from an identifier, and each further
caveat is hashed with the tag before it as the key, which is gone afterwards. So a caveat can be added and none taken
away. The relay needs no list of passes: it computes the chain again.

``u8 version | identifier (16) | u8 caveats | caveats (u8 kind | u64 value) | tag (32)``, big-endian.
"""

from __future__ import annotations

import enum
import hashlib
import hmac
import struct
from typing import NamedTuple

from peerapi.reach.refusal import Refusal, Refused

VERSION = 1
ID_SIZE, TAG_SIZE = 16, 32
MOST_CAVEATS = 16
_HEAD = struct.Struct(f">B{ID_SIZE}sB")
_CAVEAT = struct.Struct(">BQ")
LARGEST = _HEAD.size + MOST_CAVEATS * _CAVEAT.size + TAG_SIZE
_ROOT = b"peerapi pass 1\0"


class Kind(enum.IntEnum):
    """What a caveat limits. A relay refuses a pass with one that it does not know."""

    EXPIRY = 1
    "UTC as a FILETIME at which the pass ends."
    SEATS = 2
    RATE = 3
    "Bytes a second of a session."
    MONTH = 4
    "Bytes a month, of all sessions at its seats."


class Account(NamedTuple):
    """A limit that all passes share which were made of one: whoever hands out ten narrower ones has not more."""

    key: bytes
    "The tag behind the caveat"
    most: int


class Grant(NamedTuple):
    """What a pass allows."""

    identifier: bytes
    expiry: int | None
    seats: tuple[Account, ...]
    rate: int | None
    months: tuple[Account, ...]


NOTHING_SAID = Grant(b"", None, (), None, ())
"What a pass without caveats allows, and a relay that wants none: as much as the relay's own limits."


def _tag(key: bytes, data: bytes) -> bytes:
    return hmac.digest(key, data, hashlib.sha256)


def issue(secret: bytes, identifier: bytes, **caveats: int) -> bytes:
    """A new pass of the relay whose secret this is. ``caveats``: by the names of ``Kind``, in small letters."""
    if len(identifier) != ID_SIZE:
        raise ValueError(f"an identifier has {ID_SIZE} bytes")
    made = _HEAD.pack(VERSION, identifier, 0) + _tag(secret, _ROOT + identifier)
    return narrowed(made, **caveats)


def narrowed(granted: bytes, **caveats: int) -> bytes:
    """A pass that allows no more than another one and no more than the caveats say. Raises ValueError for what is no
    pass."""
    version, identifier, count, body, tag = _taken_apart(granted)
    for name, value in caveats.items():
        caveat = _CAVEAT.pack(Kind[name.upper()], value)
        body, tag, count = body + caveat, _tag(tag, caveat), count + 1
    if count > MOST_CAVEATS:
        raise ValueError(f"a pass has at most {MOST_CAVEATS} caveats")
    return _HEAD.pack(version, identifier, count) + body + tag


def limits(granted: bytes) -> dict[str, int]:
    """The least that the caveats of a pass say of each kind that is known, by the names of ``Kind`` in small letters:
    more than that it does not allow, whoever has issued it. Raises ValueError for what is no pass."""
    *_, body, _ = _taken_apart(granted)
    found: dict[str, int] = {}
    for kind, value in _CAVEAT.iter_unpack(body):
        if kind in set(Kind):
            name = Kind(kind).name.lower()
            found[name] = min(value, found.get(name, value))
    return found


def _taken_apart(granted: bytes) -> tuple[int, bytes, int, bytes, bytes]:
    try:
        version, identifier, count = _HEAD.unpack_from(granted)
    except struct.error as error:
        raise ValueError("not a pass") from error
    end = _HEAD.size + count * _CAVEAT.size
    if version != VERSION or count > MOST_CAVEATS or len(granted) != end + TAG_SIZE:
        raise ValueError("not a pass")
    return version, identifier, count, granted[_HEAD.size : end], granted[end:]


def verify(secret: bytes, granted: bytes, now: int) -> Grant:
    """What a pass allows at the relay with this secret. ``now``: UTC as a FILETIME. Raises Refused."""
    try:
        _, identifier, _, body, claimed = _taken_apart(granted)
    except ValueError as error:
        raise Refused(Refusal.PASS) from error
    tag = _tag(secret, _ROOT + identifier)
    found: dict[int, list[Account]] = {}
    for kind, value in _CAVEAT.iter_unpack(body):
        tag = _tag(tag, _CAVEAT.pack(kind, value))
        found.setdefault(kind, []).append(Account(tag, value))
    if not _same(tag, claimed) or not found.keys() <= set(Kind):
        raise Refused(Refusal.PASS)
    expiry = _least(found.get(Kind.EXPIRY))
    if expiry is not None and expiry <= now:
        raise Refused(Refusal.EXPIRED)
    rate = _least(found.get(Kind.RATE))
    return Grant(identifier, expiry, tuple(found.get(Kind.SEATS, ())), rate, tuple(found.get(Kind.MONTH, ())))


def _same(tag: bytes, claimed: bytes) -> bool:
    return hmac.compare_digest(tag, claimed)


def _least(accounts: list[Account] | None) -> int | None:
    return min(account.most for account in accounts) if accounts else None
