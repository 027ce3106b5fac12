"""Making two databases equal: Sync All, Time-based, Hash-based Sync (MS-PPGRH 3.1.5.2.5-3.1.5.2.11, 3.1.7.29-3.1.7.31).

Answers come from the database a piece at a time, as fast as the other side reads: an answer of a million records never
stands in memory. ``pump`` makes the next piece; the driver calls ``Graph.drained`` when the transport wants more.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import chain

from peerapi.graphing.codec import _messages
from peerapi.graphing.codec.long_messages import long_flood
from peerapi.graphing.codec.messages import SolicitNew, SolicitTime, SyncEnd
from peerapi.graphing.codec.records import GRAPH_INFO, PRESENCE
from peerapi.graphing.link import Answering, Link, Solicited, SyncType
from peerapi.graphing.machine.bounds import TURN, Bound
from peerapi.graphing.machine.comparison import Comparison, Slices
from peerapi.graphing.machine.long_records import LongRecord, LongRecords
from peerapi.graphing.machine.ports import LinkEnds, SynchronizationEnds
from peerapi.graphing.state import GraphState
from peerapi.store.database import LOCAL, Long, Row

PIECE = 256 << 10
"Bytes made for one link before others have their turn."
ROWS = 200
LOOKED = 1000
"Rows looked at for one link before others have their turn, whether or not they are sent."
LOW_WATER = 256 << 10
"Bytes waiting in the transport under which the next piece is made."
MAX_ANSWERS = 64
"Answers under way on one link; who asks for more without reading is not served any longer."
HURRIED = 2
"Comparisons on one link that are made as fast as possible; the protocol has one. Further ones get a share of the time."
MAX_CORRECTED = 1 << 16
"Records of which a link is remembered to have got the newer version."
ALL_TYPES = bytes(16)
"Stands for every record type that has not been solicited by name."


class Synchronization:
    """What this node asks of others on a new connection, and what it answers."""

    def __init__(self, state: GraphState, link_ends: LinkEnds, results: SynchronizationEnds) -> None:
        self._state = state
        self._link_ends = link_ends
        self._results = results
        self._comparison = Comparison(state)
        self._long_records = LongRecords()

    # Asking -----------------------------------------------------------------------------------------------------------

    def start(self, link: Link) -> None:
        """After WELCOME: Sync All when never synchronized, Time-based on the first connection, Hash-based on others.

        Reading A34. A node that already has records of its own (the creator that was alone) adds a Hash-based Sync to
        its Sync All, or the other side would never hear of them.
        """
        state = self._state
        if state.never_connected:
            kind = SyncType.NEW
        elif len(state.neighbors) <= 1:
            kind = SyncType.TIME
        else:
            self._solicit_hash(link)
            return
        link.solicited = Solicited(
            kind=kind,
            remaining=[PRESENCE, *state.precedence],
            since=state.left_at,
            hash_follows=kind is SyncType.TIME or state.synchronized,
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
            self._state.send_message(link, SolicitNew(include=include, exclude=exclude))
        else:
            self._state.send_message(link, SolicitTime(modification_time=asked.since, include=include, exclude=exclude))

    def on_sync_end(self, link: Link, message: SyncEnd) -> None:
        """3.1.5.2.11, readings A14 and A33."""
        asked = link.solicited
        if not message.final or asked.kind is SyncType.NONE:
            return
        if asked.kind is SyncType.HASH:
            if asked.records_to_send:
                self._answer(link, Answering(ids=iter(asked.records_to_send), final=False))
            link.solicited = Solicited()
            self._results.on_synchronized(None)
            return
        self._results.on_synchronized(asked.current)
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
        self._work(link, self._comparison.asked(link))

    def on_advertise(self, link: Link, message: bytes) -> None:
        """3.1.5.2.8. It comes once for each SOLICIT_HASH of ours."""
        asked = link.solicited
        if asked.kind is not SyncType.HASH or asked.advertised:
            self._link_ends.abort(link)
            return
        asked.advertised = True
        self._work(link, self._comparison.requested(link, message))

    # Answering --------------------------------------------------------------------------------------------------------

    def on_solicit(self, link: Link, message: SolicitNew | SolicitTime) -> None:
        """3.1.5.2.5, 3.1.5.2.6 (readings A14, A32): exactly one SYNC_END, with F, at the end."""
        state = self._state
        self._answer(
            link,
            Answering(
                upto=state.database.last_seq,
                include=message.include[0] if message.include else None,
                exclude=frozenset(message.exclude),
                since=message.modification_time if isinstance(message, SolicitTime) else 0,
            ),
        )

    def on_solicit_hash(self, link: Link, message: bytes) -> None:
        """3.1.5.2.7. A comparison looks at everything, so there is one at a time."""
        if link.comparing:
            self._link_ends.exceeded(link, Bound.COMPARISONS)
            return
        link.peer_syncs_hash = link.comparing = True
        link.compared += 1
        self._work(link, self._comparison.advertised(link, message), patient=link.compared > HURRIED)

    def on_request(self, link: Link, message: bytes) -> None:
        """3.1.5.2.9. It may come before the ADVERTISE has left, but may not ask for more than that tells of."""
        if not link.peer_syncs_hash:
            self._link_ends.abort(link)
            return
        link.peer_syncs_hash = False
        self._answer(link, Answering(ids=self._comparison.wanted(message)))

    def correct(self, link: Link, row: Row | Long) -> None:
        """An older version of a record has come from there (3.1.7.32): ours is sent, once, when there is room."""
        if link.corrected.get(row.id) == row.modification:
            self._state.bounded[Bound.CORRECTIONS] += 1
            return
        link.corrected[row.id] = row.modification
        if len(link.corrected) > MAX_CORRECTED:
            del link.corrected[next(iter(link.corrected))]
        if not link.correcting:
            link.answering.append(Answering(ids=_drained(link.correcting), final=False))
        link.correcting.append(row.id)

    # Serving from the database ----------------------------------------------------------------------------------------

    def _answer(self, link: Link, job: Answering) -> None:
        """Begin with an answer, or put it behind those that are under way."""
        if len(link.answering) >= MAX_ANSWERS:
            self._link_ends.exceeded(link, Bound.ANSWERS)
            return
        link.answering.append(job)
        if len(link.answering) == 1:
            self.pump(link)

    def lag(self, link: Link) -> None:
        """Stop queueing floods for a neighbor that does not keep up; ``pump`` catches up from the database."""
        if not link.lagging:
            link.lagging = True
            link.answering.append(Answering(after=link.covered, final=False))

    def _work(self, link: Link, slices: Slices, *, patient: bool = False) -> None:
        """Have work done that looks at all records, behind what is under way."""
        link.answering.append(Answering(work=slices, patient=patient, final=False))
        if len(link.answering) == 1:
            self.pump(link)

    def pump(self, link: Link) -> None:
        """Make the next piece of what the other side waits for, if its transport has room."""
        state = self._state
        looked = 0
        while (
            link.answering and link.connected and link.made < PIECE and looked < LOOKED and link.backlog() < LOW_WATER
        ):
            job = link.answering[0]
            if job.loading is not None:
                self._load(link, job, job.loading)
                return
            if job.work is not None:
                state.spent += TURN
                if next(job.work, job) is job:
                    link.answering.remove(job)
                return
            rows, long, seen, more = self._listed(job) if job.ids is not None else self._changed(link, job)
            looked += seen
            state.spent += seen  # the next question of the same read may have to wait
            if rows:
                state.send(link, _messages.floods([row.wire for row in rows], state.frame_size))
            if long is not None:
                job.loading = self._long_records.open(long)
            elif not more:
                link.answering.pop(0)
                if job.final:
                    state.send_message(link, SyncEnd(final=True))

    def _load(self, link: Link, job: Answering, record: LongRecord) -> None:
        """Read a piece of a long record, or send it when it is all here. One that has changed meanwhile is not sent: a
        newer version was flooded, or is found by its ID, which is looked at again."""
        state = self._state
        state.spent += TURN
        if not record.read_on(state.database):
            job.loading = None
            if job.ids is not None:
                job.ids = chain((record.outline.id,), job.ids)
        elif record.complete:
            job.loading = None
            state.send(link, long_flood(record, state.frame_size))

    def _listed(self, job: Answering) -> tuple[list[Row], Long | None, int, bool]:
        """The next records of a list of IDs, the long one behind them, how many were looked at, and whether there are
        more."""
        state = self._state
        rows: list[Row] = []
        size = looked = 0
        assert job.ids is not None
        for id_ in job.ids:
            row = state.database.outline(id_)
            looked += 1
            if row is not None and not row.flags & LOCAL and not state.has_expired(row.expiration):
                if isinstance(row, Long):
                    return rows, row, looked, True
                rows.append(row)
                size += len(row.wire)
            if size >= PIECE or looked == ROWS:
                return rows, None, looked, True
        return rows, None, looked, False

    def _changed(self, link: Link, job: Answering) -> tuple[list[Row], Long | None, int, bool]:
        """The next records in the order of change, the long one behind them, how many were looked at, and whether there
        are more."""
        state = self._state
        catching_up = link.lagging and not job.final
        upto = state.database.last_seq if catching_up else job.upto
        passed_over = 0
        if job.since and not catching_up:
            before, job.after = job.after, state.database.behind_older(job.after, upto, job.since, LOOKED)
            passed_over = job.after - before
            if passed_over == LOOKED:
                return [], None, LOOKED, True
        pairs, more = state.database.outlines(job.after, upto, ROWS, PIECE, job.include)
        if pairs:
            job.after = pairs[-1][0]
        if catching_up:
            link.covered = job.after if more else state.database.last_seq
            link.lagging = more
        looked = passed_over + len(pairs)
        if state.keeps_local:
            pairs = [pair for pair in pairs if not pair[1].flags & LOCAL]
        exclude, since = job.exclude, job.since
        now = 0 if state.defers_expiration else state.peer_time  # as ``GraphState.has_expired``
        rows: list[Row] = []
        long = None  # only the last one may be long: there are as many bytes as are wanted then
        for _, row in pairs:
            if row.expiration > now and row.modification >= since and row.type not in exclude:
                if isinstance(row, Long):
                    long = row
                else:
                    rows.append(row)
        return rows, long, looked, more


def _drained(queue: deque[bytes]) -> Iterator[bytes]:
    """The messages in line, and those that come in line while they are taken."""
    while queue:
        yield queue.popleft()
