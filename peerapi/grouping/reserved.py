"""Graphs under a group's security in which records of some types are for one member each to make.

A group's rules of records are the same in every graph (MS-PPSEC 3.1.7.1, 3.1.7.2): any member may create records of an
application's types. Who shows something to others wants it otherwise. So whoever opens a graph under the security of a
group may name types and, for each, the one member whose records of it are good there. Each node judges by what it was
told itself; nothing of that travels.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from uuid import UUID

from peerapi.errors import InvalidArgument, NotAuthorized
from peerapi.graphing.codec.records import Record, Summary
from peerapi.graphing.events import RecordChange
from peerapi.graphing.security import Sieve, Validity
from peerapi.grouping import record_rules
from peerapi.grouping.connect import Connection
from peerapi.grouping.connection_ends import Peer
from peerapi.grouping.provider import GroupSecurity
from peerapi.grouping.refusal import Refusal
from peerapi.store.database import Row

Reserved = Mapping[bytes, str]
"Type of records -> the peer name of the only member who makes them."
MOST = 64
"Types that are reserved in one graph."
_LINE = re.compile(r"(?P<type>[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}) (?P<peer>\S{1,190})", re.ASCII)


def encoded(reserved: Reserved) -> bytes:
    """As pbSecurityInfo: a line of UTF-8 for each type, with its GUID, a blank, and the peer name."""
    return "".join(f"{UUID(bytes=kind)} {peer}\n" for kind, peer in sorted(reserved.items())).encode()


def decoded(information: bytes) -> dict[bytes, str]:
    """Raises InvalidArgument."""
    found: dict[bytes, str] = {}
    try:
        lines = information.decode().splitlines()
    except UnicodeDecodeError:
        raise InvalidArgument("pbSecurityInfo is no text in UTF-8.") from None
    for line in lines:
        match = _LINE.fullmatch(line)
        if match is None:
            raise InvalidArgument("A line of pbSecurityInfo is a GUID in small letters, a blank and a peer name.")
        kind = UUID(match["type"]).bytes
        if kind in record_rules.RULES:
            raise InvalidArgument("Records of the graph and of the group itself have rules of their own.")
        if kind in found or len(found) >= MOST:
            raise InvalidArgument(f"A type is reserved once, and at most {MOST} are.")
        found[kind] = match["peer"]
    return found


class _Sieve:
    """The group's, which leaves records of reserved types to ``validate``."""

    def __init__(self, sieve: Sieve, types: frozenset[bytes]) -> None:
        self._sieve = sieve
        self._types = types

    @property
    def left(self) -> int:
        return self._sieve.left

    @left.setter
    def left(self, left: int) -> None:
        self._sieve.left = left

    def __call__(self, wire: bytes) -> Row | None:
        return None if wire[:16] in self._types else self._sieve(wire)


class ReservingSecurity:
    """A group's security for one graph, with what is reserved there. It is a ``graphing.security.GraphSecurity``."""

    def __init__(self, group: GroupSecurity, reserved: Reserved) -> None:
        self.group = group
        self.reserved = dict(reserved)
        self.hidden = group.hidden
        self.frame_size = group.frame_size
        self._types = frozenset(self.reserved)

    # What is reserved -------------------------------------------------------------------------------------------------

    def _is_reserved_for_another(self, record: Record) -> bool:
        """Whether it is one that its maker cannot make here. An administrator may delete it, as any."""
        peer = self.reserved.get(record.type)
        if peer is None:
            return False
        return record.creator_id != peer or not (record.deleted or record.modified_by in (None, peer))

    def validate(
        self,
        record: Record,
        change: RecordChange,
        wire: bytes = b"",
        *,
        stored: Summary | None = None,
        now: int | None = None,
    ) -> Validity:
        """See GraphSecurity."""
        if self._is_reserved_for_another(record):
            self.group.count_refusal(Refusal.RESERVED)
            return Validity.INVALID
        return self.group.validate(record, change, wire, stored=stored, now=now)

    def sieve(self, make: Callable[[bytes], Row], has_room: Callable[[bytes], bool], now: int) -> Sieve | None:
        """See GraphSecurity."""
        found = self.group.sieve(make, has_room, now)
        return None if found is None else _Sieve(found, self._types)

    def secure(self, record: Record, change: RecordChange, wire: bytes = b"") -> bytes:
        """Raises NotAuthorized, and what that of the group raises."""
        self._check(record)
        return self.group.secure(record, change, wire)

    def secure_many(self, batch: list[tuple[Record, bytes]]) -> list[bytes]:
        """Raises like ``secure``."""
        for record, _ in batch:
            self._check(record)
        return self.group.secure_many(batch)

    def secure_alike(self, like: Record, wires: list[bytes]) -> list[bytes] | None:
        """Raises like ``secure``."""
        self._check(like)
        return self.group.secure_alike(like, wires)

    def _check(self, record: Record) -> None:
        if self._is_reserved_for_another(record):
            raise NotAuthorized("Records of this type are for another member to make in this graph.")

    # What is the group's ----------------------------------------------------------------------------------------------

    @property
    def owner_id(self) -> bytes:
        return self.group.owner_id

    @property
    def has_changes(self) -> bool:
        return self.group.has_changes

    def connection(self, *, outgoing: bool, expected: str | None = None) -> Connection:
        return self.group.connection(outgoing=outgoing, expected=expected)

    def examination(self, wire: bytes) -> Callable[[], None] | None:
        return self.group.examination(wire)

    def forget_examined(self, wire: bytes) -> None:
        self.group.forget_examined(wire)

    def refuses(self, peer: Peer, now: int) -> bool:
        return self.group.refuses(peer, now)

    def good_until(self, peer: Peer) -> int:
        return self.group.good_until(peer)

    def restored(self, wire: bytes) -> bytes:
        return self.group.restored(wire)

    def load(self, records: Iterable[tuple[Record, bytes]], proof: Callable[[bytes], Any]) -> None:
        self.group.load(records, proof)

    def proof(self, record_id: bytes) -> bytes | None:
        return self.group.proof(record_id)

    def forget(self, record_id: bytes) -> None:
        self.group.forget(record_id)


def security_of(group: GroupSecurity, reserved: Reserved) -> GroupSecurity | ReservingSecurity:
    """What guards a graph of the group."""
    return ReservingSecurity(group, reserved) if reserved else group
