"""Records on their way through the graph: FLOOD and ACK (MS-PPGRH 3.1.5.2.10, 3.1.5.2.12, 3.1.7.27, 3.1.7.33).

What arrives in one read is judged record by record, written with one statement, forwarded with the record's bytes as
they came, and acknowledged with one ACK. A neighbor that does not read is not waited for: past a bound its floods stop
being queued, and it is served from the database when it reads again (``Synchronization.lag`` and ``pump``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from operator import itemgetter

from peerapi.graphing.codec import _messages
from peerapi.graphing.codec.framing import frame
from peerapi.graphing.codec.internal_records import check_internal
from peerapi.graphing.codec.long_messages import LONG, LongMessage, long_flood
from peerapi.graphing.codec.messages import encode_acks
from peerapi.graphing.codec.record_messages import ack_array
from peerapi.graphing.codec.records import (
    GRAPH_TYPES,
    Record,
    decode_record,
    is_reserved,
    received_row,
    record_of,
    summarize,
)
from peerapi.graphing.codec.wire import MalformedMessage
from peerapi.graphing.conflict import Verdict
from peerapi.graphing.events import RecordChange
from peerapi.graphing.link import Link, LinkState
from peerapi.graphing.machine.bounds import JUDGED, TURN, UNREAD, Bound
from peerapi.graphing.machine.deferred import DeferredRecords
from peerapi.graphing.machine.expiration import Expiration
from peerapi.graphing.machine.ports import InternalRecords, LinkEnds
from peerapi.graphing.machine.security_records import SecurityRecords
from peerapi.graphing.machine.synchronization import Synchronization
from peerapi.graphing.outputs import Send
from peerapi.graphing.security import GraphSecurity, Received, Sieve, Validity
from peerapi.graphing.state import GraphState
from peerapi.store.database import AUTOREFRESH, DELETED, INTERNAL, LOCAL, Long, Row
from peerapi.store.usage import Share

ACK_DELAY = 0.02
"Seconds an acknowledgement may wait for others; it only tells whether a FLOOD was useful, so nobody waits for it."
ACKS_AT_ONCE = 1024
"Acknowledgements for one link that wait for more to be sent with; beyond that they are sent at once."
HIGH_WATER = 4 << 20
"Bytes waiting for a neighbor above which it is served from the database instead."
USEFUL = 128.0
DECAY = 31 / 32
_EXPIRATION = itemgetter(5)
_new = tuple.__new__


class Flooding:
    """Judges what comes, forwards it, and sends what this node publishes."""

    def __init__(
        self,
        state: GraphState,
        link_ends: LinkEnds,
        internal_records: InternalRecords,
        expiration: Expiration,
        security_records: SecurityRecords,
        synchronization: Synchronization,
    ) -> None:
        self._state = state
        self._link_ends = link_ends
        self._internal_records = internal_records
        self._expiration = expiration
        self._security_records = security_records
        self._synchronization = synchronization
        self._fresh: dict[bytes, Row] = {}
        "Records of the batch at hand that the database does not have yet."
        self._fresh_bytes = 0
        "Bytes of the records in ``_fresh`` that were judged in place."
        self._forward: list[bytes] = []
        "FLOODs of the batch at hand that the other neighbors get."
        self._onward = True
        "There are neighbors besides the one that has sent the batch at hand, so it is sent on."
        self.deferred = DeferredRecords()
        self.invalid = 0
        "How many received records were dropped as invalid."
        self.outdated = 0
        "How many were older than what was here: from who has been away, or from who sends old ones again."

    def flood(self, *wires: bytes) -> None:
        """Send records of this node to every neighbor."""
        state = self._state
        if not state.neighbors or not wires:
            return
        if (len(wires[0]) if len(wires) == 1 else max(map(len, wires))) <= LONG:
            self._send(_messages.floods(wires, state.frame_size), None)
            return
        for wire in wires:
            self._send(long_flood((wire,), state.frame_size), None)

    # One read of one link ---------------------------------------------------------------------------------------------

    def receive(self, link: Link, messages: Sequence[bytes], at: int) -> int:
        """3.1.5.2.10 for the FLOODs that begin at ``at``; where they end, or where others have their turn.

        ``finish`` completes the batch.

        Raises MalformedMessage when a message itself is bad.
        """
        state, acks = self._state, link.acks
        fresh, get, now = self._fresh, state.database.outline, state.peer_time
        stored, same = state.database.numbers, state.database.same
        make: Callable[[bytes], Row | None] | None = self._valid_row
        sieve: Sieve | None = None
        if state.guarded:
            make = None
        elif state.security is not None:
            make = sieve = self._sieve(messages, at)
        onward = state.neighbors != [link]
        while True:
            known = len(acks)
            self._onward = onward
            spent = state.spent
            if sieve is not None:
                sieve.left = TURN - spent
            rows: list[Row] = []
            taken: list[bytes] = []
            try:
                recent = state.database.recent
                at, wire, here = _messages.sift(
                    messages, at, fresh, recent, stored, same, get, now, make, GRAPH_TYPES, acks, rows, taken
                )
            finally:
                if rows:
                    self._keep(rows, taken)
            if sieve is not None:
                state.spent = TURN - sieve.left
            if len(acks) > known:
                link.utility = _messages.weigh(link.utility, acks, known, DECAY, USEFUL)
            if wire is None or TURN <= state.spent > spent:
                return at
            self._receive(link, messages[at], wire, here)
            at += 1
            state.spent += JUDGED if state.security is not None else 1
            if state.spent >= TURN:
                return at
            if sieve is not None and wire[:16] in state.hidden:
                make = sieve = self._sieve(messages, at)  # it may have taught something

    @property
    def _valid_row(self) -> Callable[[bytes], Row]:
        """Gives the row of a record that follows the rules of the graph; raises MalformedMessage (3.1.7.27)."""
        state = self._state
        return partial(received_row, Row, state.graph_id_wire, state.max_record_size)

    def _sieve(self, messages: Sequence[bytes], at: int) -> Sieve | None:
        """What judges most of the messages from ``at`` on in passing, in a graph with security of our own."""
        state, quotas = self._state, self._state.quotas
        assert state.security is not None

        def has_room(record_id: bytes) -> bool:
            """For all that is at hand, as if one creator had made all of it."""
            size = sum(map(len, messages[at:]))
            more = Share(len(self._fresh) + len(messages) - at, self._fresh_bytes + size)
            return quotas is None or quotas.has_room(record_id, 0, None, internal=False, more=more)

        return state.security.sieve(self._valid_row, has_room, state.peer_time)

    def receive_long(self, link: Link, wire: bytes) -> None:
        """A long record by itself, which the database has in this form or is going to get."""
        self._onward = self._state.neighbors != [link]
        self._write_fresh()
        self._receive(link, b"", wire, self._state.database.outline(wire[16:32]))
        self._write_fresh()

    def has_already(self, link: Link, record_id: bytes, expiration: int) -> None:
        """A record is here in just the bytes in which it came."""
        if self._state.has_expired(expiration):
            link.acks.append((record_id, False))  # reading A20
        else:
            self._acknowledge_later(link, record_id, useful=False)

    def _keep(self, rows: list[Row], messages: list[bytes]) -> None:
        """Do what follows from records that were not here and are in ``_fresh`` now: forward, expire, tell."""
        state = self._state
        if self._onward:
            self._forward += messages
        if state.quotas is not None:
            self._fresh_bytes += sum(len(row.wire) for row in rows)
        self._expiration.expires(min(map(_EXPIRATION, rows)))
        state.records_added(rows)

    def _receive(self, link: Link, message: bytes, wire: bytes, stored: Row | Long | None) -> None:
        """A record that is not here in these bytes, or has expired."""
        state = self._state
        if stored is not None:
            self._write_fresh()
            if isinstance(stored, Row) and stored.wire == wire:
                self.has_already(link, stored.id, stored.expiration)
                return
        try:
            row = received_row(Row, state.graph_id_wire, state.max_record_size, wire)
            internal = decode_record(wire) if is_reserved(row.type) else None
            if internal is not None:
                check_internal(internal, state.graph_id)
        except MalformedMessage:
            self.invalid += 1  # readings A11, A40: dropped, not acknowledged, the link stays
            return
        if state.has_expired(row.expiration):
            link.acks.append((row.id, False))  # reading A20
        elif state.security is None and not state.guarded:
            self._accept(link, message, row, internal, stored)
        else:
            received = Received(message, wire, summarize(wire), internal)
            if state.security is not None:
                if self.has_room(received, stored):
                    self.judged(link, received, self.validity(state.security, received, stored))
            else:
                self._have_judged(link, received)

    def _have_judged(self, link: Link, received: Received) -> None:
        """Let the foreign provider judge a record at the end of the batch; once, though it may have come twice, as an
        answer of a synchronization and by itself."""
        if any(received.wire == other.wire for other in link.to_validate):
            self._acknowledge_later(link, received.summary.id, useful=False)
        else:
            link.to_validate.append(received)

    def has_room(self, received: Received, stored: Row | Long | None) -> bool:
        """Whether a record may come here as far as its creator's quota goes; refusals are counted. One that is older
        than what is here may: it changes nothing."""
        quotas = self._state.quotas
        if quotas is None:
            return True
        summary, size = received.summary, len(received.wire)
        if stored is not None and summary.version < stored.version:
            return True
        internal = received.internal is not None or summary.type in self._state.hidden
        at_hand = Share(len(self._fresh), self._fresh_bytes)
        if quotas.has_room(summary.id, size, stored, internal=internal, more=at_hand):
            return True
        self._write_fresh()  # now it is known whose they are
        if quotas.has_room(summary.id, size, stored, internal=internal):
            return True
        quotas.refused += 1
        return False

    def validity(self, security: GraphSecurity, received: Received, stored: Row | Long | None) -> Validity:
        """The answer of a provider that gives it in place; it does not ask what change the record makes."""
        self._security_records.about_to_learn(received.summary.type)
        record = received.internal or record_of(received.wire, received.summary)
        return security.validate(
            record,
            RecordChange.ADDED,
            received.wire,
            stored=None if stored is None else self._state.summary(stored),
            now=self._state.peer_time,
        )

    def judged(self, link: Link | None, received: Received, validity: Validity) -> None:
        """The provider's answer for a record (3.1.7.27); ``link`` None: that of a deferred one, or of one that has
        outlived its link."""
        if validity is Validity.VALID:
            self.accept(link, received)
        elif validity is Validity.DEFERRED:
            displaced = self.deferred.add(received, "" if link is None else link.peer_id)
            self._state.bounded[Bound.DEFERRED] += displaced
        else:
            self.invalid += 1

    def change_of(self, received: Received) -> RecordChange:
        """What a received record would do here: the change that the provider is told."""
        if received.summary.deleted:
            return RecordChange.DELETED
        stored = self._state.database.outline(received.summary.id)
        return RecordChange.ADDED if stored is None else RecordChange.UPDATED

    def accept(self, link: Link | None, received: Received) -> None:
        """A record that was judged to be valid. Without a link it was deferred, and its link may be gone."""
        message, wire, summary, internal = received
        if summary.id in self._fresh:
            self._write_fresh()
        flags = DELETED if summary.deleted else 0
        row = Row(summary.id, summary.type, summary.version, flags, summary.modification, summary.expiration, wire)
        self._onward = True
        self._accept(link, message, row, internal, self._state.database.outline(summary.id))

    def _accept(
        self, link: Link | None, message: bytes, row: Row, internal: Record | None, stored: Row | Long | None
    ) -> None:
        """A valid record, with its own flags only: classify, keep, forward, acknowledge."""
        state = self._state
        deleted = row.flags & DELETED
        if internal is not None or row.type in state.hidden:
            row = row._replace(flags=row.flags | INTERNAL)
        if stored is None:
            self._fresh[row.id] = row
            self._fresh_bytes += len(row.wire)
            change = None if deleted else RecordChange.ADDED
        else:
            if stored.flags & LOCAL:  # nobody else has it, so nobody else can have changed it
                self.invalid += 1
                return
            same = isinstance(stored, Row) and stored.wire == row.wire
            verdict = Verdict.PRESENT if same else state.verdict(summarize(row.wire), stored)
            if verdict is Verdict.ANOTHER:
                self.invalid += 1
                return
            if verdict is not Verdict.NEW:
                if link is not None:
                    self._acknowledge_later(link, row.id, useful=False)
                    if verdict is Verdict.OLD:
                        self.outdated += 1
                        self._synchronization.correct(link, stored)
                return
            of_one_type = stored.type == row.type
            if internal is None and not deleted and stored.flags & AUTOREFRESH and of_one_type:
                row = row._replace(flags=row.flags | AUTOREFRESH)  # ours to renew, whoever has changed it
            state.database.put(row)
            change = RecordChange.DELETED if deleted else RecordChange.UPDATED
            if not of_one_type and not stored.flags & (DELETED | INTERNAL):
                state.record_changed(RecordChange.DELETED, stored.id, stored.type)  # it never was the right one
            if stored.deleted or not of_one_type:
                change = None if deleted else RecordChange.ADDED
        self._security_records.stands(row.id, row.type)
        if link is not None:
            self._acknowledge_later(link, row.id, useful=True)
        if self._onward and not message:
            self._write_fresh()
            self._send_forward(link)
            self._send(long_flood((row.wire,), state.frame_size), link)
        elif self._onward:
            self._forward.append(_messages.flood_to_forward(message))
        self._expiration.expires(row.expiration)
        if internal is not None:
            self._write_fresh()
            self._internal_records.internal_record(internal, own=False)
        elif change is not None:
            state.record_changed(change, row.id, row.type)

    def finish(self, link: Link | None) -> None:
        """The end of a batch: write, forward, and see to the acknowledgements."""
        state = self._state
        if self._fresh:
            self._write_fresh()
        if self._forward:
            self._send_forward(link)
        if state.database.litter:
            state.tidy()
        if link is not None and link.acks:
            if len(link.acks) >= ACKS_AT_ONCE:
                self.acknowledge(link)
            else:
                state.timers.set_earlier(
                    ("ack", link.id), state.now.elapsed + ACK_DELAY, lambda: self.acknowledge(link)
                )

    @property
    def busy(self) -> bool:
        """Whether a batch is at hand, of which something has not been written or sent."""
        return bool(self._fresh or self._forward)

    def discard(self) -> None:
        """The batch at hand was not written."""
        self._fresh.clear()
        self._fresh_bytes = 0
        self._forward.clear()

    def acknowledge(self, link: Link) -> None:
        """Send one ACK for the records of a link that have not been acknowledged."""
        state = self._state
        state.timers.cancel(("ack", link.id))
        if link.acks and link.connected and link.backlog() > UNREAD:
            self._link_ends.exceeded(link, Bound.UNREAD)
        elif link.acks and link.connected:
            for message in encode_acks(link.acks):
                state.send(link, frame(message, state.frame_size))
        link.acks.clear()

    def on_ack(self, link: Link, message: bytes) -> None:
        """3.1.5.2.12. Raises MalformedMessage."""
        link.utility = _messages.weigh_array(link.utility, ack_array(message), DECAY, USEFUL)

    # Helpers ----------------------------------------------------------------------------------------------------------

    def _acknowledge_later(self, link: Link, record_id: bytes, *, useful: bool) -> None:
        link.acks.append((record_id, useful))
        link.utility = link.utility * DECAY + (USEFUL if useful else 0.0)

    def _write_fresh(self) -> None:
        if self._fresh:
            rows = list(self._fresh.values())
            self._fresh.clear()
            self._fresh_bytes = 0
            self._state.database.add_many(rows)

    def _send_forward(self, besides: Link | None) -> None:
        if self._forward:
            self._send(_messages.frames(self._forward, self._state.frame_size), besides)
            self._forward.clear()

    def _send(self, frames: bytes | LongMessage, besides: Link | None) -> None:
        state = self._state
        latest = state.database.last_seq
        for link in state.neighbors:
            if link is besides or link.state is not LinkState.CONNECTED:
                continue
            if link.backlog() > HIGH_WATER:
                self._synchronization.lag(link)
            elif not link.lagging:
                link.made += len(frames)
                state.outputs.append(_new(Send, (link, frames)))
                link.covered = latest
