"""Judging in passing: the records that make up nearly all of a group's traffic, without what the others need.

Such a record is of a type of applications, was made by a member in its own name and changed by nobody, is here in no
version, and was signed under a membership that is known. ``RecordSieve`` says of it what ``validation.judge`` says, and
leaves every other one, and every one that is not valid, to that: it refuses nothing itself, counts nothing, and learns
nothing.

What is known of a member is asked once for all its records that are gone through together. Nothing that these records
say can change it: memberships, properties and revocations are not among them.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable
from typing import Any, NamedTuple

from peerapi.graphing.clock import FAR_AHEAD
from peerapi.graphing.codec.records import signed_by_creator
from peerapi.graphing.codec.wire import MalformedMessage
from peerapi.graphing.machine.bounds import JUDGED
from peerapi.grouping import signatures
from peerapi.grouping.batches import Place, place_parts
from peerapi.grouping.profile import BATCHES
from peerapi.grouping.record_rules import RULES
from peerapi.grouping.signatures import CONTEXT_OF_LEAF, FORMS, SERIAL_SIZE
from peerapi.grouping.validation import Invalid, Knowledge, secure_name
from peerapi.store.database import Row

ALONE, BATCHED = FORMS
_SERIALS = len(ALONE)
_SIGNATURE = _SERIALS + 2 * SERIAL_SIZE
_OTHERS = frozenset(RULES)
"Types with rules of their own."
KNOWN_TREE = 2
"What a record costs whose batch was verified with another one, as ``bounds.JUDGED`` has it."
_NEVER = 1 << 64


class Signer(NamedTuple):
    """A membership under which records are signed."""

    spki: bytes
    begins: int
    ends: int
    revoked: int
    "Peer time from which on it counts no more."


def signers(creator: bytes, knowledge: Knowledge) -> tuple[Signer, ...]:
    """The memberships of a member, by its raw ID; none when there is anything special about it."""
    try:
        text = creator.decode("utf-16-be")
        name = secure_name(text)
    except (UnicodeDecodeError, Invalid):
        return ()
    if name == knowledge.group:
        return ()
    found = []
    for chain in knowledge.members.of(text):
        since = knowledge.members.revocations.since(chain)
        revoked = _NEVER if since is None else since
        found.append(Signer(chain.public_key.spki, chain.not_before, chain.not_after, revoked))
    return tuple(found) if len({one.spki for one in found}) == 1 else ()


class RecordSieve:
    """A ``graphing.security.Sieve`` of a group of the modern profile."""

    def __init__(
        self,
        knowledge: Knowledge,
        lock: contextlib.AbstractContextManager[Any],
        make: Callable[[bytes], Row],
        has_room: Callable[[bytes], bool],
        now: int,
    ) -> None:
        """``lock``: that of what is known, for as long as something is looked up."""
        self.left = 0
        self._make = make
        self._knowledge, self._lock = knowledge, lock
        self._has_room = has_room
        self._latest = now + FAR_AHEAD
        self._takes_batches = knowledge.version >= BATCHES
        self._known: dict[bytes, tuple[Signer, ...]] = {}

    def __call__(self, wire: bytes) -> Row | None:
        row = self._make(wire)
        record_id, kind, _, _, modification, expiration, _ = row
        if self.left <= 0 or kind in _OTHERS or modification > self._latest:
            return None
        parts = signed_by_creator(wire, CONTEXT_OF_LEAF, _SERIALS, _SIGNATURE)
        if parts is None:
            return None
        creator, data, covered = parts
        known = self._known.get(creator)
        if known is None:
            known = self._known[creator] = self._ask(creator) if self._has_room(record_id) else ()
        for spki, begins, ends, revoked in known:
            if begins <= modification < revoked and expiration <= ends:
                return row if self._signed(spki, data, covered) else None
        return None

    def _ask(self, creator: bytes) -> tuple[Signer, ...]:
        with self._lock:
            return signers(creator, self._knowledge)

    def _signed(self, spki: bytes, data: bytes, covered: bytes) -> bool:
        """Whether the holder of the key has signed what is covered."""
        form = data[:_SERIALS]
        if form == ALONE and len(data) > _SIGNATURE:
            self.left -= JUDGED
            return signatures.verify_alone(spki, covered[1:], data[_SIGNATURE:])
        if form != BATCHED or not self._takes_batches:
            return False
        try:
            leaves, index, path, signature = place_parts(data, _SIGNATURE)
        except MalformedMessage:
            return False
        leaf = hashlib.sha256(covered).digest()
        if signatures.known_place(spki, leaves, index, path, leaf, signature):
            self.left -= KNOWN_TREE
            return True
        self.left -= JUDGED
        return signatures.verify_place(spki, Place(leaves, index, path), leaf, signature)
