"""Records on their way through the graph: FLOOD and ACK (MS-PPGRH 3.1.5.2.10, 3.1.5.2.12, 3.1.7.27, 3.1.7.33).

What arrives in one read is judged record by record, written with one statement, forwarded as the bytes that came, and
acknowledged with one ACK. A neighbor that does not read is not waited for: past a bound its floods stop being queued,
and it is served from the database when it reads again (``Synchronization.lag`` and ``pump``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from peerapi.graphing.conflict import Verdict, resolve
from peerapi.graphing.events import RecordChange
from peerapi.graphing.framing import frame
from peerapi.graphing.internal_records import check_internal
from peerapi.graphing.link import Link
from peerapi.graphing.messages import Ack, encode_acks, flood_record, framed_flood
from peerapi.graphing.publication import LATEST
from peerapi.graphing.records import ID_OF_RECORD, decode_record, is_reserved, record_of, summarize, validate_received
from peerapi.graphing.security import MAX_DEFERRED, GraphSecurity, Received, Validity
from peerapi.graphing.wire import MalformedMessage
from peerapi.store.database import AUTOREFRESH, DELETED, INTERNAL, Row

if TYPE_CHECKING:
    from peerapi.graphing.graph import Graph

ACK_DELAY = 0.02
"Seconds an acknowledgement may wait for others; it only tells whether a FLOOD was useful, so nobody waits for it."
ACKS_AT_ONCE = 1024
"More are sent without waiting."
HIGH_WATER = 4 << 20
"Bytes waiting for a neighbor above which it is served from the database instead."
USEFUL = 128.0
DECAY = 31 / 32


class Flooding:
    """Judges what comes, forwards it, and sends what this node publishes."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._fresh: dict[bytes, Row] = {}
        "Records of the batch at hand that the database does not have yet."
        self._forward: list[bytes] = []
        self.deferred: dict[bytes, Received] = {}
        "Deferred Record List, by record ID."
        self.invalid = 0
        "How many received records were dropped as invalid."
        self.outdated = 0
        "How many were older than what was here: from who has been away, or from who sends old ones again."

    def flood(self, *wires: bytes) -> None:
        """Send records of this node to every neighbor."""
        if self._graph.neighbors:
            size = self._graph.frame_size
            frames = [framed_flood(wire, size) for wire in wires]
            self._send(frames[0] if len(frames) == 1 else b"".join(frames), None)

    def send_record(self, link: Link, wire: bytes) -> None:
        self._graph.send(link, framed_flood(wire, self._graph.frame_size))

    # One read of one link ---------------------------------------------------------------------------------------------

    def receive(self, link: Link, message: bytes) -> None:
        """3.1.5.2.10 for one FLOOD; ``finish`` completes the batch.

        Raises MalformedMessage when the message itself is bad.
        """
        wire = flood_record(message)
        record_id = wire[ID_OF_RECORD]
        if record_id in self._fresh:
            self._write_fresh()
        stored = self._graph.database.get(record_id)
        if stored is not None and stored.wire == wire:
            # Most floods of a well-connected graph; what is stored has been judged.
            if self._graph.has_expired(stored.expiration):
                link.acks.append((stored.id, False))  # reading A20
            else:
                self._acknowledge_later(link, stored.id, useful=False)
            return
        received = self._checked(link, message, wire)
        if received is None:
            return
        if self._graph.security is not None:
            self.judged(link, received, self.validity(self._graph.security, received))
        elif self._graph.guarded:
            link.judging.append(received)
        else:
            self._accept(link, received, stored)

    @staticmethod
    def validity(security: GraphSecurity, received: Received) -> Validity:
        """The answer of a provider that gives it in place; it does not ask what change the record makes."""
        record = received.internal or record_of(received.wire, received.summary)
        return security.validate(record, RecordChange.ADDED, received.wire)

    def judged(self, link: Link | None, received: Received, validity: Validity) -> None:
        """The provider's answer for a record (3.1.7.27); ``link`` None: that of a deferred one, or of one that has
        outlived its link."""
        if validity is Validity.VALID:
            self.accept(link, received)
        elif validity is Validity.DEFERRED:
            self.deferred.pop(received.summary.id, None)
            self.deferred[received.summary.id] = received
            while len(self.deferred) > MAX_DEFERRED:
                del self.deferred[next(iter(self.deferred))]
        else:
            self.invalid += 1

    def change_of(self, received: Received) -> RecordChange:
        """What a received record would do here: the change that the provider is told."""
        if received.summary.deleted:
            return RecordChange.DELETED
        stored = self._graph.database.get(received.summary.id)
        return RecordChange.ADDED if stored is None else RecordChange.UPDATED

    def _checked(self, link: Link, message: bytes, wire: bytes) -> Received | None:
        """The rules of 3.1.7.27 that need no provider; None: dropped."""
        graph = self._graph
        try:
            summary = validate_received(wire, graph.graph_id_wire, graph.max_record_size)
            if summary.expiration > LATEST:
                raise MalformedMessage("a time that is none")
            internal = decode_record(wire) if is_reserved(summary.type) else None
            if internal is not None:
                check_internal(internal, graph.graph_id)
        except MalformedMessage:
            self.invalid += 1  # readings A11, A40: dropped, not acknowledged, the link stays
            return None
        if graph.has_expired(summary.expiration):
            link.acks.append((summary.id, False))  # reading A20
            return None
        return Received(message, wire, summary, internal)

    def accept(self, link: Link | None, received: Received) -> None:
        """A valid record: classify, keep, forward, acknowledge. Without a link it was deferred, and its link may be
        gone."""
        record_id = received.summary.id
        if record_id in self._fresh:
            self._write_fresh()
        self._accept(link, received, self._graph.database.get(record_id))

    def _accept(self, link: Link | None, received: Received, stored: Row | None) -> None:
        graph = self._graph
        message, wire, summary, internal = received
        record_id = summary.id
        flags = summary.deleted * DELETED
        if internal is not None or summary.type in graph.hidden:
            flags |= INTERNAL
        row = Row(record_id, summary.type, summary.version, flags, summary.modification, summary.expiration, wire)
        if stored is None:
            self._fresh[record_id] = row
            change = None if summary.deleted else RecordChange.ADDED
        else:
            verdict = Verdict.PRESENT if stored.wire == wire else resolve(summary, summarize(stored.wire))
            if verdict is not Verdict.NEW:
                if link is not None:
                    self._acknowledge_later(link, record_id, useful=False)
                    if verdict is Verdict.OLD:
                        self.outdated += 1
                        self.send_record(link, stored.wire)
                return
            if internal is None and not summary.deleted and stored.flags & AUTOREFRESH:
                row = row._replace(flags=flags | AUTOREFRESH)  # ours to renew, whoever has changed it
            graph.database.put(row)
            change = RecordChange.DELETED if summary.deleted else RecordChange.UPDATED
            if stored.deleted:
                change = None if summary.deleted else RecordChange.ADDED
        if link is not None:
            self._acknowledge_later(link, record_id, useful=True)
        self._forward.append(frame(message, graph.frame_size))
        graph.expiration.expires(summary.expiration)
        if internal is not None:
            self._write_fresh()
            graph.internal_record(internal)
        elif change is not None:
            graph.record_changed(change, record_id, summary.type)

    def finish(self, link: Link | None) -> None:
        """The end of a batch: write, forward, and see to the acknowledgements."""
        if self._fresh:
            self._write_fresh()
        if self._forward:
            self._send(b"".join(self._forward), link)
            self._forward.clear()
        if link is not None and link.acks:
            if len(link.acks) >= ACKS_AT_ONCE:
                self.acknowledge(link)
            else:
                graph = self._graph
                graph.timers.set_earlier(
                    ("ack", link.id), graph.now.elapsed + ACK_DELAY, lambda: self.acknowledge(link)
                )

    @property
    def busy(self) -> bool:
        """A batch is at hand."""
        return bool(self._fresh or self._forward)

    def discard(self) -> None:
        """The batch at hand was not written."""
        self._fresh.clear()
        self._forward.clear()

    def acknowledge(self, link: Link) -> None:
        """Send what there is to acknowledge."""
        graph = self._graph
        graph.timers.cancel(("ack", link.id))
        if link.acks and link.connected:
            for message in encode_acks(link.acks):
                graph.send(link, frame(message, graph.frame_size))
        link.acks.clear()

    def on_ack(self, link: Link, message: Ack) -> None:
        """3.1.5.2.12."""
        utility = link.utility
        for _, useful in message.acks:
            utility = utility * DECAY + (USEFUL if useful else 0.0)
        link.utility = utility

    # Helpers ----------------------------------------------------------------------------------------------------------

    def _acknowledge_later(self, link: Link, record_id: bytes, *, useful: bool) -> None:
        link.acks.append((record_id, useful))
        link.utility = link.utility * DECAY + (USEFUL if useful else 0.0)

    def _write_fresh(self) -> None:
        rows = list(self._fresh.values())
        self._fresh.clear()
        if rows:
            self._graph.database.add_many(rows)

    def _send(self, frames: bytes, besides: Link | None) -> None:
        graph = self._graph
        for link in graph.neighbors:
            if link is besides or not link.connected:
                continue
            if link.backlog() > HIGH_WATER:
                graph.synchronization.lag(link)
            elif not link.lagging:
                graph.send(link, frames)
                link.covered = graph.database.last_seq
