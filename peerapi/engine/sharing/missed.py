"""What a program has to be told that comes over to another holder, or comes again: what has happened since it was told
last.

Every change of a record has a number in the database, which outlives the process that made it (``store.database``). So
all that was added or changed since a number is known; of what was removed, the journal and whoever has opened the
database tell. A change may be told twice, for nobody knows what the former holder has sent; none is left out. All is
told in pieces, the next one when the program has taken the last: nothing grows with what was missed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from peerapi.engine.graphs.driver import Driver
from peerapi.engine.graphs.registrations import AnyEvent, Registration
from peerapi.engine.groups.group import Group
from peerapi.engine.runtime import moment
from peerapi.errors import PeerError
from peerapi.graphing.codec.records import MEMBERSHIP, PRESENCE, SECURITY_PROPERTIES, decode_record
from peerapi.graphing.codec.wire import MalformedMessage
from peerapi.graphing.events import EventType, PropertyChanged, RecordChange, RecordChanged
from peerapi.graphing.graph import Graph
from peerapi.grouping.events import MemberChange, MemberEvent
from peerapi.grouping.membership import MembershipChain
from peerapi.grouping.properties import decode_membership
from peerapi.moment import SECOND
from peerapi.store.schema import DELETED, INTERNAL, Long, Row

KEPT = 10_000
"Removals that are remembered for programs that come over, at most."
COMING = 60.0
"Seconds within which they come."
LATELY = 60 * SECOND
"Whoever has missed an update of a record that is no older may have missed that it was added."
CHANGES = 1000
"Changes in a piece, at most."
EVENTS = 2 * CHANGES
"Events in a piece, at most."


class Missed:
    """What one registration has missed: see ``engine.graphs.behind``."""

    def __init__(self, since: int) -> None:
        """``since``: the number of the last change that it was told of."""
        self.seq = since
        "The same, after each piece."
        self._removals = 0

    def take(self, graph: Graph) -> tuple[Sequence[AnyEvent], bool]:
        """See ``behind.Missed``; the graph's time is set."""
        database = graph.database
        removed = database.removed[self._removals : self._removals + CHANGES]
        if removed:
            self._removals += len(removed)
            gone = [row for row in removed if not row.flags & (DELETED | INTERNAL)]
            return [RecordChanged(RecordChange.EXPIRED, row.id, row.type) for row in gone], True
        latest = database.last_seq
        found, more = database.outlines(self.seq, latest, CHANGES, 1 << 20)
        events: list[AnyEvent] = []
        for _, row in found:
            events += _events_of(graph, row)
        self.seq = found[-1][0] if more else latest
        return events, more


def _events_of(graph: Graph, row: Row | Long) -> Iterator[AnyEvent]:
    if row.flags & INTERNAL:
        yield from _about_the_group(graph, row)
        return
    if row.flags & DELETED:
        yield RecordChanged(RecordChange.DELETED, row.id, row.type)
        return
    if row.version == 1 or graph.summary(row).creation > graph.peer_time - LATELY:
        yield RecordChanged(RecordChange.ADDED, row.id, row.type)
    if row.version > 1:
        yield RecordChanged(RecordChange.UPDATED, row.id, row.type)


def _about_the_group(graph: Graph, row: Row | Long) -> Iterator[AnyEvent]:
    if row.type == SECURITY_PROPERTIES:
        yield PropertyChanged()
        return
    if row.type not in (MEMBERSHIP, PRESENCE):
        return
    try:
        record = decode_record(graph.database.whole(row).wire)
        if row.type == PRESENCE:
            gone = bool(row.flags & DELETED)
            yield MemberEvent(MemberChange.DISCONNECTED if gone else MemberChange.CONNECTED, record.creator_id)
        elif not row.flags & DELETED:
            name = MembershipChain.read(decode_membership(record.payload)[1], None).name
            yield MemberEvent(MemberChange.JOINED if row.version == 1 else MemberChange.UPDATED, str(name))
    except (MalformedMessage, PeerError, ValueError):
        return  # what an earlier version took in


class _Removals(Registration):
    """Notes what expires after a takeover, for programs that have not come over yet."""

    __slots__ = ("_driver", "_until")

    def __init__(self, driver: Driver) -> None:
        super().__init__({EventType.RECORD_CHANGED: None}, bool)
        self._driver = driver
        self._until = moment().elapsed + COMING

    def take(self, events: Iterable[AnyEvent]) -> bool:
        removed = self._driver.graph.database.removed
        for event in events:
            if type(event) is RecordChanged and event.change == RecordChange.EXPIRED and len(removed) < KEPT:
                removed.append(Row(event.record_id, event.record_type, 0, 0, 0, 0, b""))
        if moment().elapsed > self._until:
            self._driver.forget(self)
        return False


def keep_removals(group: Group) -> None:
    """For a while, since this group has just been taken over."""
    group.driver.register(_Removals(group.driver))
