"""Record security by a provider (MS-PPGRH 1.3.4.2, 3.1.7.27, 3.1.7.28): what the machine asks, and what it is told.

A provider may be slow, may call the API again, and may be foreign code. So the machine never calls it. It puts what is
to be judged or secured into its outputs and goes on when it is told the result; the driver asks the provider with no
lock held. What follows a record on its link waits until the record has been judged, so that a SYNC_END never overtakes
the records before it.

``GraphSecurity`` is the other kind: our own code, a value like the machine itself, which answers at once. The machine
asks it in place, and connections go through it as well.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, Protocol

from peerapi.errors import PeerError
from peerapi.graphing.codec.records import Record, Summary
from peerapi.graphing.events import RecordChange
from peerapi.store.database import Row


class Validity(enum.Enum):
    """What a provider says of a received record."""

    VALID = enum.auto()
    INVALID = enum.auto()
    DEFERRED = enum.auto()
    "It cannot be judged yet; it is kept until the application asks for another look."


class ProviderRefused(PeerError):
    """The application's security provider has forbidden the change; its own HRESULT is handed on."""

    name = "HRESULT of a security provider"

    def __init__(self, hresult: int) -> None:
        super().__init__()
        self.hresult = hresult & 0xFFFFFFFF


class RecordSecurity(Protocol):
    """A graph security provider, as far as records are concerned. May raise PeerError from ``secure`` to forbid the
    change."""

    def validate(self, record: Record, change: RecordChange) -> Validity: ...

    def secure(self, record: Record, change: RecordChange) -> bytes:
        """The security data of a record that is about to be published."""


class ConnectionSecurity(Protocol):
    """One end of a connection whose bytes are protected (1.3.4.1, 3.1.5.1, 3.1.7.1).

    Everything after AUTH_INFO goes through it: ``start`` when the connection was made, then ``receive`` until it is
    complete, then ``encrypt`` and ``decrypt``. Both work on whole frames as they travel without security. Whatever
    raises ends the connection.
    """

    @property
    def peer(self) -> Any:
        """Who is there, with a ``name``; None until it is complete."""

    def start(self) -> bytes:
        """What to send behind AUTH_INFO; the called side has nothing to say yet."""

    def receive(self, data: bytes, now: int) -> tuple[bytes, bool]:
        """(Bytes to send, complete). When complete, ``decrypt(b"")`` may have frames already. ``now``: the machine's
        own UTC, which neighbors cannot move."""

    def encrypt(self, frames: bytes) -> bytes: ...

    def decrypt(self, data: bytes) -> bytes: ...


class Sieve(Protocol):
    """Judges new records as nearly all are while a run of FLOODs is gone through."""

    left: int
    "What may still be spent on that, in units of ``bounds.TURN``."

    def __call__(self, wire: bytes, /) -> Row | None:
        """The row of a record that is here in no version and that ``GraphSecurity.validate`` would find valid, without
        learning from it. None: that has to be asked, or nothing is left to spend. Raises MalformedMessage."""


class GraphSecurity(RecordSecurity, Protocol):
    """Security of records and connections that is a value: it reads no clock, opens nothing, calls nobody, and may be
    asked with a graph's lock held."""

    hidden: frozenset[bytes]
    "Record types of its own, of which applications are not told."
    frame_size: int
    "Most bytes of a frame on connections that it protects."

    @property
    def owner_id(self) -> bytes:
        """The peer name of the key above all members, as records carry it: UTF-16 big-endian, no terminator."""

    @property
    def has_changes(self) -> bool:
        """Records have taught it something that may have to be forgotten again (``load``)."""

    def connection(self, *, outgoing: bool, expected: str | None = None) -> ConnectionSecurity:
        """One end of a new connection. ``expected``: the peer ID in AUTH_INFO: the caller's, or the one wanted."""

    def validate(
        self,
        record: Record,
        change: RecordChange,
        wire: bytes = b"",
        *,
        stored: Summary | None = None,
        now: int | None = None,
    ) -> Validity:
        """``wire``: the record as it came, which spares encoding it again. ``stored``: the record under its ID that is
        here. ``now``: peer time; None: a record that was judged before."""

    def sieve(self, make: Callable[[bytes], Row], has_room: Callable[[bytes], bool], now: int) -> Sieve | None:
        """For records that are gone through now, at peer time ``now``; it is good until the next one of a type that is
        ``hidden`` has been judged. None: each record has to be judged by itself. ``make``
        gives the row of a record that follows the rules of the graph itself, ``has_room`` says whether whoever has
        created a record with this ID may have all that are at hand."""

    def examination(self, wire: bytes) -> Callable[[], None] | None:
        """What takes long about judging a long record, if anything does: work that may be done before ``validate`` is
        asked, on any thread and with no lock held. It does not change the answer."""

    def forget_examined(self, wire: bytes) -> None:
        """A record for which that was asked was judged, or is not wanted any longer."""

    def secure(self, record: Record, change: RecordChange, wire: bytes = b"") -> bytes:
        """``wire``: the record as it will travel, still without security data."""

    def secure_many(self, batch: list[tuple[Record, bytes]]) -> list[bytes]:
        """``secure`` for new records that are published together, each with its bytes. All or none: what is raised for
        one is raised for the batch."""

    def secure_alike(self, like: Record, wires: list[bytes]) -> list[bytes] | None:
        """The same for new records that are alike but for their IDs, contents and expiration times, by their bytes;
        ``like``: the one of them that expires last. None: each of them has to be looked at."""

    def refuses(self, peer: Any, now: int) -> bool:
        """Whether a connection to ``peer`` must not go on. ``now``: the machine's own UTC."""

    def good_until(self, peer: Any) -> int:
        """The UTC at which ``refuses`` has to be asked again."""

    def restored(self, wire: bytes) -> bytes:
        """A record that was kept by an earlier version, in the form in which ``validate`` takes it today."""

    def load(self, records: Iterable[tuple[Record, bytes]], proof: Callable[[bytes], bytes | None]) -> None:
        """Forget what came by records, and take in those that the database holds, with their bytes: they were judged
        before. ``proof``: what was kept of a record's proof, by its ID."""

    def proof(self, record_id: bytes) -> bytes | None:
        """What has to be kept of a record's proof to load it again; None: nothing."""

    def forget(self, record_id: bytes) -> None:
        """A record is no longer in the database; so is what it has taught."""


class Received(NamedTuple):
    """A record that came in a FLOOD and follows the rules of the graph itself."""

    message: bytes
    "The FLOOD as it came, to be forwarded; empty for a long one, which is made anew of the record."
    wire: bytes
    summary: Summary
    internal: Record | None


class Prepared(NamedTuple):
    """A record that this node wants to publish, before it is secured."""

    record: Record
    change: RecordChange
    autorefresh: bool
    local: bool = False
    "It is for this node's database alone."
