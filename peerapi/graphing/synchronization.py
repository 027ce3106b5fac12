"""Making two databases equal: Sync All, Time-based, Hash-based Sync (MS-PPGRH 3.1.5.2.5-3.1.5.2.11, 3.1.7.29-3.1.7.31).

Answers come from the database a piece at a time, as fast as the other side reads: an answer of a million records never
stands in memory. ``pump`` makes the next piece; the driver calls ``Graph.drained`` when the transport wants more.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections.abc import Iterable
from typing import TYPE_CHECKING

from peerapi.graphing import _messages
from peerapi.graphing.clock import LAST_TIME
from peerapi.graphing.link import Answering, Link, Solicited, SyncType
from peerapi.graphing.messages import (
    Advertise,
    HashBoundary,
    HashInfo,
    Request,
    SolicitHash,
    SolicitNew,
    SolicitTime,
    SyncEnd,
)
from peerapi.graphing.records import GRAPH_INFO, PRESENCE
from peerapi.store.database import Row

if TYPE_CHECKING:
    from peerapi.graphing.graph import Graph

RANGE = 10
"Records in a range of the hash-based sync."
PIECE = 256 << 10
"Bytes made for one link before others have their turn."
ROWS = 200
LOW_WATER = 256 << 10
"Bytes waiting in the transport under which the next piece is made."
MAX_ANSWERS = 64
"Answers under way on one link; who asks for more without reading is not served any longer."
LAST_ID = b"\xff" * 16
ALL_TYPES = bytes(16)
"Stands for every record type that has not been solicited by name."

Key = tuple[int, bytes]


class Synchronization:
    """What this node asks of others on a new connection, and what it answers."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    # Asking -----------------------------------------------------------------------------------------------------------

    def start(self, link: Link) -> None:
        """After WELCOME: Sync All when never synchronized, Time-based on the first connection, Hash-based on others.

        Reading A34. A node that already has records of its own (the creator that was alone) adds a Hash-based Sync to
        its Sync All, or the other side would never hear of them.
        """
        graph = self._graph
        if graph.never_connected:
            kind = SyncType.NEW
        elif len(graph.neighbors) <= 1:
            kind = SyncType.TIME
        else:
            self._solicit_hash(link)
            return
        link.solicited = Solicited(
            kind=kind,
            remaining=[PRESENCE, *graph.precedence],
            since=graph.left_at,
            hash_follows=kind is SyncType.TIME or graph.synchronized,
        )
        self._solicit(link, GRAPH_INFO)

    def _solicit(self, link: Link, type: bytes) -> None:
        """Ask for one record type, or for all that have not been named."""
        asked = link.solicited
        asked.current = type
        include: tuple[bytes, ...] = ()
        exclude: tuple[bytes, ...] = ()
        if type == ALL_TYPES:
            asked.rest_asked = True
            exclude = asked.named
        else:
            asked.named += (type,)
            include = (type,)
        if asked.kind is SyncType.NEW:
            self._graph.send_message(link, SolicitNew(include=include, exclude=exclude))
        else:
            self._graph.send_message(link, SolicitTime(modification_time=asked.since, include=include, exclude=exclude))

    def on_sync_end(self, link: Link, message: SyncEnd) -> None:
        """3.1.5.2.11, readings A14 and A33."""
        asked = link.solicited
        if not message.final or asked.kind is SyncType.NONE:
            return
        graph = self._graph
        if asked.kind is SyncType.HASH:
            if asked.records_to_send:
                self._answer(link, Answering(ids=asked.records_to_send[::-1], final=False))
            link.solicited = Solicited()
            graph.on_synchronized(None)
            return
        graph.on_synchronized(asked.current)
        if asked.remaining:
            self._solicit(link, asked.remaining.pop(0))
        elif not asked.rest_asked:
            self._solicit(link, ALL_TYPES)
        elif asked.hash_follows:
            self._solicit_hash(link)
        else:
            link.solicited = Solicited()

    def _solicit_hash(self, link: Link) -> None:
        link.solicited = Solicited(kind=SyncType.HASH)
        self._graph.send_message(link, SolicitHash(entries=tuple(self._ranges())))

    def _ranges(self) -> Iterable[HashInfo]:
        """3.1.7.31. One more range ends at the end of time.

        A record that only the other side has and that is newer than all of ours lies above our last record, in no range
        (reading A15); the closing range, which is empty here, makes it visible to any implementation.
        """
        abstracts = [row for row in self._graph.database.abstracts() if not self._graph.has_expired(row[3])]
        for start in range(0, len(abstracts), RANGE):
            piece = abstracts[start : start + RANGE]
            yield HashInfo(_hash((row[1], row[2]) for row in piece), piece[-1][0], piece[-1][1])
        yield HashInfo(_hash(()), LAST_TIME, LAST_ID)

    def on_advertise(self, link: Link, message: Advertise) -> None:
        """3.1.5.2.8: what is missing here is requested, what is missing there is remembered."""
        graph = self._graph
        if link.solicited.kind is not SyncType.HASH:
            graph.abort(link)
            return
        theirs = dict(message.abstracts)
        rows = [row for row in graph.database.abstracts() if not graph.has_expired(row[3])]
        ours = {row[1]: row[2] for row in rows}
        link.solicited.records_to_send = _ours_only(rows, message, theirs)
        wanted = tuple((id_, version) for id_, version in message.abstracts if ours.get(id_, 0) < version)
        graph.send_message(link, Request(abstracts=wanted))

    # Answering --------------------------------------------------------------------------------------------------------

    def on_solicit(self, link: Link, message: SolicitNew | SolicitTime) -> None:
        """3.1.5.2.5, 3.1.5.2.6 (readings A14, A32): exactly one SYNC_END, with F, at the end."""
        graph = self._graph
        self._answer(
            link,
            Answering(
                upto=graph.database.last_seq,
                include=message.include[0] if message.include else None,
                exclude=frozenset(message.exclude),
                since=message.modification_time if isinstance(message, SolicitTime) else 0,
            ),
        )

    def on_solicit_hash(self, link: Link, message: SolicitHash) -> None:
        """3.1.5.2.7: say what lies in every range whose hash differs."""
        graph = self._graph
        link.peer_syncs_hash = True
        wanted, unwanted = frozenset(message.include), frozenset(message.exclude)
        rows = [row for row in graph.database.abstracts() if not graph.has_expired(row[3])]
        if wanted or unwanted:
            types = graph.database.types()
            rows = [row for row in rows if (not wanted or types[row[1]] in wanted) and types[row[1]] not in unwanted]
        keys: list[Key] = [(row[0], row[1]) for row in rows]
        boundaries: list[HashBoundary] = []
        abstracts: list[tuple[bytes, int]] = []
        lower: Key = (0, bytes(16))
        start = 0
        for entry in message.entries:
            upper = (entry.modification_time, entry.record_id)
            end = max(start, bisect_left(keys, (upper[0], upper[1] + b"\0"), start))
            piece = [(row[1], row[2]) for row in rows[start:end]]
            if _hash(piece) != entry.hash:
                boundaries.append(HashBoundary(*lower, *upper, len(piece)))
                abstracts += piece
            start, lower = end, upper
        graph.send_message(link, Advertise(boundaries=tuple(boundaries), abstracts=tuple(abstracts)))

    def on_request(self, link: Link, message: Request) -> None:
        """3.1.5.2.9."""
        if not link.peer_syncs_hash:
            self._graph.abort(link)
            return
        link.peer_syncs_hash = False
        self._answer(link, Answering(ids=[id_ for id_, _ in reversed(message.abstracts)]))

    # Serving from the database ----------------------------------------------------------------------------------------

    def _answer(self, link: Link, job: Answering) -> None:
        """Begin with an answer, or put it behind those that are under way."""
        if len(link.answering) >= MAX_ANSWERS:
            self._graph.abort(link)
            return
        link.answering.append(job)
        if len(link.answering) == 1:
            self.pump(link)

    def lag(self, link: Link) -> None:
        """Stop queueing floods for a neighbor that does not keep up; ``pump`` catches up from the database."""
        if not link.lagging:
            link.lagging = True
            link.answering.append(Answering(after=link.covered, final=False))

    def pump(self, link: Link) -> None:
        """Make the next piece of what the other side waits for, if its transport has room."""
        graph = self._graph
        while link.answering and link.connected and link.made < PIECE and link.backlog() < LOW_WATER:
            job = link.answering[0]
            rows, more = self._listed(job) if job.ids is not None else self._changed(link, job)
            if rows:
                graph.send(link, _messages.floods([row.wire for row in rows], graph.frame_size))
            if not more:
                link.answering.pop(0)
                if job.final:
                    graph.send_message(link, SyncEnd(final=True))

    def _listed(self, job: Answering) -> tuple[list[Row], bool]:
        """The next records of a list of IDs, and whether there are more."""
        graph = self._graph
        rows: list[Row] = []
        size = 0
        ids = job.ids or []
        while ids and size < PIECE:
            row = graph.database.get(ids.pop())
            if row is not None and not graph.has_expired(row.expiration):
                rows.append(row)
                size += len(row.wire)
        return rows, bool(ids)

    def _changed(self, link: Link, job: Answering) -> tuple[list[Row], bool]:
        """The next records in the order of change, and whether there are more."""
        graph = self._graph
        catching_up = link.lagging and not job.final
        upto = graph.database.last_seq if catching_up else job.upto
        pairs, more = graph.database.changed(job.after, upto, ROWS, PIECE, job.include)
        if pairs:
            job.after = pairs[-1][0]
        if catching_up:
            link.covered = job.after if more else graph.database.last_seq
            link.lagging = more
        exclude, since = job.exclude, job.since
        now = 0 if graph.defers_expiration else graph.peer_time  # as ``Graph.has_expired``
        rows = [
            row for _, row in pairs if row.expiration > now and row.modification >= since and row.type not in exclude
        ]
        return rows, more


def _hash(abstracts: Iterable[tuple[bytes, int]]) -> bytes:
    """MD5 over RECORD_ABSTRACTs as sent (3.1.7.31, reading A16)."""
    data = b"".join([id_ + version.to_bytes(4, "big") for id_, version in abstracts])
    return hashlib.md5(data, usedforsecurity=False).digest()


def _ours_only(rows: list[tuple[int, bytes, int, int]], message: Advertise, theirs: dict[bytes, int]) -> list[bytes]:
    """Records To Send: in an advertised range and unknown there, or newer than the version advertised.

    A record that the other side has in another range was modified there at another time. When the versions are the
    same, both sides changed it without knowing of each other: it is sent, and resolved where it arrives. Ranges are
    taken in their order and never twice, so that hostile bounds cost no more than honest ones.
    """
    keys = [(row[0], row[1]) for row in rows]
    chosen: dict[bytes, None] = {}
    counted = sum(boundary.count for boundary in message.boundaries) == len(message.abstracts)
    listed = end = 0
    for boundary in message.boundaries:
        there = theirs.keys()
        if counted:
            there = dict(message.abstracts[listed : listed + boundary.count]).keys()
            listed += boundary.count
        # Exclusive: whether the bound is the range before or the first record of this one (A15), that record is known
        # there.
        start = max(end, bisect_left(keys, (boundary.time_lower, boundary.id_lower + b"\0")))
        end = max(end, bisect_left(keys, (boundary.time_upper, boundary.id_upper + b"\0")))
        for row in rows[start:end]:
            if row[1] not in there and theirs.get(row[1], 0) <= row[2]:
                chosen[row[1]] = None
    for row in rows:
        if theirs.get(row[1], row[2]) < row[2]:
            chosen[row[1]] = None
    return list(chosen)
