"""Security data of records (MS-PPSEC 2.2.4): whose certificates a record refers to, and the signature.

Published::

    | Creator Serial Number (16) | Modifier Serial Number (16) | Signature |

The signature is PKCS #1 over a bare hash, SHA-1 or, in groups of version 1.0, MD5, of the fields in 2.2.4.1. It has as
many bytes as the key: 128 with the keys that the text thinks of.

Modern::

    | 1 (1) | Creator Serial Number (16) | Modifier Serial Number (16) | Signature |

The signature covers the serial numbers and the whole record as it travels, but for this very field: type, IDs, version,
times, flags, the graph's ID, payload and attributes, each with its length. Nothing can be moved from one field into
another, which the published hash would not notice, nor a record from one graph into another.

From version 2.1 on, records that are published together may be signed together (``batches``)::

    | 2 (1) | Creator Serial Number (16) | Modifier Serial Number (16) | place in the batch | Signature |

The leaf of a record is the hash of the very bytes that a signature of its own would cover.

It does not cover itself, so it must have one encoding only (``identity.keys``): otherwise whoever passes a record on
could make another one of it, which may take its place. Records that earlier versions have signed and kept are brought
to that encoding where they are read from a file (``restored``); from a neighbor they are refused in the other one.
"""

from __future__ import annotations

import functools
import hashlib
import struct
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from peerapi.graphing.codec.records import (
    Record,
    decode_record,
    encode_record,
    parts_without_security,
    summarize,
    with_security,
    without_security,
)
from peerapi.graphing.codec.wire import MalformedMessage
from peerapi.grouping.batches import HASH_SIZE, LEAF, MAX_BATCH, KnownNodes, Place, leaf_hash, places
from peerapi.grouping.profile import BATCHES, Version
from peerapi.identity.keys import KeyPair, Profile, PublicKey, canonical

SERIAL_SIZE = 16
_FORMAT, _BATCHED = FORMS = b"\x01", b"\x02"
_CONTEXT = b"peerapi group record 1\0"
CONTEXT_OF_LEAF = LEAF + _CONTEXT
"What stands before serial numbers and record when a leaf is hashed; without its first byte, when a record is signed."
_CONSTANT = 0x60
_DELETED = 1
_HEAD = struct.Struct(">I16s16sIIQQQ")
_KNOWN_GOOD = 8192
_KNOWN_ROOTS = 2048
_KNOWN_TREES = 64
_SIGNATURE = len(_FORMAT) + 2 * SERIAL_SIZE
"Where the signature begins."
_ED25519 = 64
"Bytes of a signature of that kind, which has one encoding."


class Unsigned(NamedTuple):
    """A record that is about to be published with others."""

    record: Record
    creator_serial: bytes
    modifier_serial: bytes
    wire: bytes
    "Its bytes, still without security data."


@dataclass(frozen=True, slots=True)
class SecurityData:
    """What stands beside a record."""

    creator_serial: bytes
    modifier_serial: bytes
    signature: bytes
    place: Place | None = None
    "Where the record stands in the batch that was signed; None: it was signed alone."

    def encode(self, profile: Profile) -> bytes:
        if self.place is not None:
            return b"".join((_BATCHED, self.creator_serial, self.modifier_serial, self.place.encode(), self.signature))
        prefix = _FORMAT if profile is Profile.MODERN else b""
        return prefix + self.creator_serial + self.modifier_serial + self.signature

    @classmethod
    def decode(cls, data: bytes, profile: Profile) -> SecurityData:
        """Raises MalformedMessage."""
        form = b""
        if profile is Profile.MODERN:
            form, data = data[:1], data[1:]
            if form not in (_FORMAT, _BATCHED):
                raise MalformedMessage("security data of another form")
        if len(data) <= 2 * SERIAL_SIZE:
            raise MalformedMessage(f"{len(data)} bytes are no security data")
        creator, modifier, rest = data[:SERIAL_SIZE], data[SERIAL_SIZE : 2 * SERIAL_SIZE], data[2 * SERIAL_SIZE :]
        place = None
        if form == _BATCHED:
            place, rest = Place.decode(rest)
        return cls(creator, modifier, rest, place)


def restored(wire: bytes) -> bytes:
    """A record of the modern profile that an earlier version has kept, with its signature in the one encoding.
    Raises MalformedMessage."""
    data = summarize(wire).security_data
    signature = data[_SIGNATURE:]
    if len(signature) == _ED25519 or not data.startswith(_FORMAT):
        return wire
    only = canonical(signature)
    return wire if only == signature else with_security(without_security(wire), data[:_SIGNATURE] + only)


def sign(
    key: KeyPair,
    record: Record,
    version: Version,
    creator_serial: bytes,
    modifier_serial: bytes,
    wire: bytes = b"",
) -> bytes:
    """The security data of a record that is about to be published, whatever it holds already.

    ``wire``: its bytes, if they are there.
    """
    if key.profile is Profile.MODERN:
        signature = key.sign(_signed(record, creator_serial, modifier_serial, wire))
        return b"".join((_FORMAT, creator_serial, modifier_serial, signature))
    digest = _digest(record, version, creator_serial, modifier_serial)
    signature = key.private.sign(digest, *_bare())
    return b"".join((creator_serial, modifier_serial, signature))


def sign_batch(key: KeyPair, version: Version, batch: list[Unsigned]) -> list[bytes]:
    """The security data of records that are published together, in their order: one signature for up to MAX_BATCH of
    them where the group's ``version`` has that."""
    if key.profile is not Profile.MODERN or version < BATCHES:
        return [sign(key, one.record, version, one.creator_serial, one.modifier_serial, one.wire) for one in batch]
    wires = [one.wire or encode_record(replace(one.record, security_data=b"")) for one in batch]
    return _signed_together(key, [one.creator_serial + one.modifier_serial for one in batch], wires)


def sign_alike(key: KeyPair, creator_serial: bytes, modifier_serial: bytes, wires: Sequence[bytes]) -> list[bytes]:
    """The same for records of one creator and modifier, of the modern profile and a version that has batches; they are
    given by their bytes, still without security data."""
    return _signed_together(key, [creator_serial + modifier_serial] * len(wires), wires)


def _signed_together(key: KeyPair, serials: Sequence[bytes], wires: Sequence[bytes]) -> list[bytes]:
    found: list[bytes] = []
    for start in range(0, len(wires), MAX_BATCH):
        some = list(zip(serials[start : start + MAX_BATCH], wires[start : start + MAX_BATCH], strict=True))
        if len(some) == 1:
            ((both, wire),) = some
            found.append(b"".join((_FORMAT, both, key.sign(b"".join((_CONTEXT, both, wire))))))
            continue
        leaves = [hashlib.sha256(b"".join((CONTEXT_OF_LEAF, both, wire))).digest() for both, wire in some]
        signed, there = places(leaves)
        signature = key.sign(signed)
        found += [b"".join((_BATCHED, both, place, signature)) for (both, _), place in zip(some, there, strict=True)]
    return found


def verify(key: PublicKey, record: Record, version: Version, data: SecurityData, wire: bytes = b"") -> bool:
    """Whether the holder of ``key`` has signed the record; ``wire``: its bytes, if they are there.

    Signatures that were found good are remembered for a while: a record comes from every neighbor.
    """
    if _examined and (ahead := _found_ahead(key, version, data, wire)) is not None:
        return ahead
    if key.profile is Profile.MODERN:
        if data.place is not None:
            if version < BATCHES:
                return False
            leaf = _leaf(record, data.creator_serial, data.modifier_serial, wire)
            return verify_place(key.spki, data.place, leaf, data.signature)
        return verify_alone(key.spki, _signed(record, data.creator_serial, data.modifier_serial, wire), data.signature)
    return _verify_bare(key.spki, _digest(record, version, data.creator_serial, data.modifier_serial), data.signature)


@dataclass(frozen=True, slots=True)
class _Examined:
    """A long record whose signature was verified ahead."""

    wire: bytes
    spki: bytes
    data: SecurityData
    good: dict[Version, bool]
    "By the version of the group; nothing until it was verified."


_examined: dict[int, _Examined] = {}
"By the identity of the record's bytes, which live as long as they are here."


def examination(key: PublicKey, versions: Iterable[Version], data: SecurityData, wire: bytes) -> Callable[[], None]:
    """What verifies the signature of a long record ahead, so that ``verify`` only has to look it up, for these very
    bytes. It takes long, and lets other threads go on; no lock should be held. ``forget_examined`` ends it, also while
    it runs."""
    entry = _examined[id(wire)] = _Examined(wire, key.spki, data, {})
    return functools.partial(_examine, entry, key, tuple(versions))


def _examine(entry: _Examined, key: PublicKey, versions: tuple[Version, ...]) -> None:
    data, wire = entry.data, entry.wire
    if key.profile is Profile.MODERN:
        parts = (_CONTEXT, data.creator_serial, data.modifier_serial, *parts_without_security(wire))
        if data.place is None:
            entry.good.update(dict.fromkeys(versions, key.verify_parts(data.signature, parts)))
            return
        good = key.verify(data.signature, data.place.signed(leaf_hash(*parts)))
        entry.good.update({one: good and one >= BATCHES for one in versions})
    else:
        record = decode_record(wire)
        fields = _fields(record, data.creator_serial, data.modifier_serial)
        entry.good.update({one: _verify_bare(key.spki, _hashed(one, fields), data.signature) for one in versions})


def forget_examined(wire: bytes) -> None:
    """The record was judged, or is not wanted any longer."""
    _examined.pop(id(wire), None)


def _found_ahead(key: PublicKey, version: Version, data: SecurityData, wire: bytes) -> bool | None:
    """What ``examine`` has found of a record; None: nothing, or for another key."""
    found = _examined.get(id(wire))
    if found is None or found.wire is not wire or found.spki != key.spki or found.data != data:
        return None
    return found.good.get(version)


def verify_alone(spki: bytes, signed: bytes, signature: bytes) -> bool:
    """Records may be large, so what is remembered is a hash of them."""
    length = len(signature).to_bytes(8, "big")
    mark = hashlib.sha256(b"".join((_digest_of_key(spki), length, signature, signed))).digest()
    if mark in _good:
        return True
    if not _public(spki).verify(signature, signed):
        return False
    _remember(mark)
    return True


def _verify_root(spki: bytes, signed: bytes, signature: bytes) -> bool:
    """The same of a batch, whose records follow one another: what is remembered is short as it is."""
    mark = spki, signed, signature
    if mark in _good_roots:
        return True
    if not _public(spki).verify(signature, signed):
        return False
    if len(_good_roots) >= _KNOWN_ROOTS:
        _good_roots.clear()
        _latest.clear()
    _good_roots[mark] = None
    return True


def known_place(spki: bytes, leaves: int, index: int, path: bytes, leaf: bytes, signature: bytes) -> bool:
    """Whether a record with this hash stands there in a batch of which another record was found good lately."""
    mark = _latest.get((signature, spki, leaves))
    nodes = None if mark is None else _good_roots.get(mark)
    return nodes is not None and nodes.lead_on(leaves, index, path, leaf)


def verify_place(spki: bytes, place: Place, leaf: bytes, signature: bytes) -> bool:
    """Whether the holder of the key has signed a batch in which a record with this hash stands there."""
    leaves, index, path = place.leaves, place.index, place.path
    if known_place(spki, leaves, index, path, leaf, signature):
        return True
    signed = place.signed(leaf)
    if not _verify_root(spki, signed, signature):
        return False
    mark = spki, signed, signature
    if leaves <= MAX_BATCH and mark in _good_roots:
        nodes = _good_roots[mark]
        if nodes is None:
            nodes = _good_roots[mark] = KnownNodes()
            if len(_latest) >= _KNOWN_TREES:
                _forget_nodes(next(iter(list(_latest.items()))))
            _latest[signature, spki, leaves] = mark
        nodes.learn(leaves, index, path, leaf, signed[-HASH_SIZE:])
    return True


def _forget_nodes(batch: tuple[tuple[bytes, bytes, int], tuple[bytes, bytes, bytes]]) -> None:
    """That its root was good is remembered longer."""
    key, mark = batch
    _latest.pop(key, None)
    if mark in _good_roots:
        _good_roots[mark] = None


def _verify_bare(spki: bytes, digest: bytes, signature: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature

    try:
        _loaded(spki).verify(signature, digest, *_bare())
    except InvalidSignature:
        return False
    return True


_good: dict[bytes, None] = {}
_good_roots: dict[tuple[bytes, bytes, bytes], KnownNodes | None] = {}
"Key, what it has signed, signature -> what is known of its tree, if it is one of the latest."
_latest: dict[tuple[bytes, bytes, int], tuple[bytes, bytes, bytes]] = {}
"Signature, key, how many leaves -> the entry of ``_good_roots``, for batches of which more records may come."


def _remember(mark: bytes) -> None:
    if len(_good) >= _KNOWN_GOOD:
        _good.clear()  # rare, and cheaper than keeping an order on every look-up
    _good[mark] = None


@functools.lru_cache(maxsize=512)
def _digest_of_key(spki: bytes) -> bytes:
    return hashlib.sha256(spki).digest()


@functools.lru_cache(maxsize=512)
def _public(spki: bytes) -> PublicKey:
    return PublicKey(spki)


@functools.lru_cache(maxsize=512)
def _loaded(spki: bytes) -> Any:
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    return load_der_public_key(spki)


def _bare() -> tuple[Any, Any]:
    """PKCS #1 v1.5 without the name of the hash around it."""
    from cryptography.hazmat.primitives.asymmetric import padding
    from cryptography.hazmat.primitives.asymmetric.utils import NoDigestInfo

    return padding.PKCS1v15(), NoDigestInfo()


def _signed(record: Record, creator_serial: bytes, modifier_serial: bytes, wire: bytes) -> bytes:
    bare = without_security(wire) if wire else encode_record(replace(record, security_data=b""))
    return b"".join((_CONTEXT, creator_serial, modifier_serial, bare))


def _leaf(record: Record, creator_serial: bytes, modifier_serial: bytes, wire: bytes) -> bytes:
    bare = wire or encode_record(replace(record, security_data=b""))
    return leaf_hash(_CONTEXT, creator_serial, modifier_serial, *parts_without_security(bare))


def _digest(record: Record, version: Version, creator_serial: bytes, modifier_serial: bytes) -> bytes:
    """2.2.4.1."""
    return _hashed(version, _fields(record, creator_serial, modifier_serial))


def _fields(record: Record, creator_serial: bytes, modifier_serial: bytes) -> list[bytes]:
    """What is hashed. All of it big-endian, strings too; what a record does not have takes no place."""
    parts = [
        _HEAD.pack(
            _CONSTANT,
            record.type,
            record.id,
            record.version,
            _DELETED if record.deleted else 0,
            record.creation,
            record.expiration,
            record.modification,
        ),
        _text(record.creator_id),
    ]
    if record.modified_by is not None:
        parts.append(_text(record.modified_by))
    if record.attributes is not None:
        parts.append(_text(record.attributes))
    if record.payload:
        parts += (struct.pack(">I", len(record.payload)), record.payload)
    parts += (creator_serial, modifier_serial)
    return parts


def _hashed(version: Version, parts: list[bytes]) -> bytes:
    hashed = hashlib.md5 if version < (1, 1) else hashlib.sha1
    return hashed(b"".join(parts), usedforsecurity=False).digest()


def _text(text: str) -> bytes:
    return text.encode("utf-16-be") + b"\0\0"
