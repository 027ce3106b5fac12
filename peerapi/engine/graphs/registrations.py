"""Who hears of what happens in a graph: registrations of the application, and the group that a graph may belong to."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

from peerapi.graphing.events import Event, EventType, IncomingData, NodeChanged, RecordChanged
from peerapi.graphing.link import Link
from peerapi.graphing.security import ConnectionSecurity

_NONE: frozenset[bytes] = frozenset()


class AnyEvent(Protocol):
    """An event of a graph, or of the group that it belongs to."""

    @property
    def type(self) -> int:
        """PEER_GRAPH_EVENT_TYPE, PEER_GROUP_EVENT_TYPE."""


LIMIT = 100_000
"Events that wait for a program to read them, at most."
LIMIT_BYTES = 64 << 20
"Bytes of the data in them that came from other nodes (INCOMING_DATA), at most."
RESERVE = 1000
"Room beyond LIMIT for events of which there are few, as that of a new status, when records fill the queue."
_MANY = (RecordChanged, IncomingData, NodeChanged)
_LITTLE = 256
"Bytes up to which the data of an event is not worth counting: the event itself has as many."


class Line(Protocol):
    """Where events wait, in their order; a deque, or what C reads from by itself."""

    missing: bool
    "Behind the last event some were dropped, which ``Bounded.lost`` has not told yet: C asks it when there is none."

    def extend(self, events: list[Any], /) -> None: ...
    def append(self, event: Any, /) -> None: ...
    def popleft(self) -> Any: ...
    def clear(self) -> None: ...
    def __len__(self) -> int: ...


class _Deque(deque[Any]):
    missing = False


class Bounded:
    """A queue that takes nothing more when it is full, until its reader has emptied it and knows of the loss.

    What is missing is then all in one place: behind what the reader was given, before what comes afterwards. The graph
    alone counts ``dropped`` and ``came``, the reader alone ``told`` and ``gone``: neither needs a lock.
    """

    def __init__(
        self, limit: int = LIMIT, most_bytes: int = LIMIT_BYTES, reserve: int = 0, line: Line | None = None
    ) -> None:
        self.line: Line = _Deque() if line is None else line
        self.popleft = self.line.popleft
        self.clear = self.line.clear
        self._reserve = reserve
        self._limit = limit
        self._most_bytes = most_bytes
        self._came = self._gone = 0
        self.dropped = 0
        self.told = 0

    def __len__(self) -> int:
        return len(self.line)

    @property
    def size(self) -> int:
        """Bytes of data that wait."""
        return self._came - self._gone

    def take_in(self, events: list[Any], data: bool) -> None:
        """Put events in line, or count them; ``data``: some may carry data."""
        if self.dropped == self.told and not data and len(self.line) + len(events) <= self._limit:
            self.line.extend(events)
            return
        for event in events:
            size = len(event.data) if type(event) is IncomingData and len(event.data) > _LITTLE else 0
            if (
                len(self) < self._limit + self._reserve
                if self._reserve and type(event) not in _MANY
                else self.dropped == self.told and len(self) < self._limit and self.size + size <= self._most_bytes
            ):
                self._came += size
                self.line.append(event)
            else:
                self.line.missing = True
                self.dropped += 1

    def has_room(self, count: int) -> bool:
        """Whether so many events more can be put in line without a loss; an empty line takes any number first."""
        return self.dropped == self.told and (not len(self.line) or len(self.line) + count <= self._limit)

    def note_loss(self) -> None:
        """An event is missing that never came here. To be called by who puts events in line."""
        self.line.missing = True
        self.dropped += 1

    def left(self, event: AnyEvent) -> None:
        """The reader has taken an event that may carry data."""
        if type(event) is IncomingData and len(event.data) > _LITTLE:
            self._gone += len(event.data)

    def lost(self) -> int:
        """How many events are missing here, told once. To be asked by the reader when the queue is empty."""
        lost = self.dropped - self.told
        self.told += lost
        self.line.missing = self.dropped != self.told
        return lost


class Registration:
    """One PeerGraphRegisterEvent: which events, their queue, and how to signal that the queue has something.

    ``wanted`` maps an event type to the record types it is limited to, or None for all.
    """

    __slots__ = ("_signal", "queue", "wanted")

    def __init__(
        self, wanted: Mapping[Any, frozenset[bytes] | None], signal: Callable[[], object], line: Line | None = None
    ) -> None:
        self.wanted = wanted
        self.queue = Bounded(reserve=RESERVE, line=line)
        self._signal = signal

    def take(self, events: Iterable[AnyEvent]) -> bool:
        """Put those that are wanted in line; whether there were any. The graph's lock is held."""
        kinds = self.wanted
        records = kinds.get(EventType.RECORD_CHANGED, _NONE)
        wanted = [
            event
            for event in events
            if (
                (records is None or event.record_type in records)
                if type(event) is RecordChanged
                else event.type in kinds
            )
        ]
        if wanted:
            self.queue.take_in(wanted, EventType.INCOMING_DATA in kinds)
        return bool(wanted)

    def signal(self) -> None:
        self._signal()

    def ended(self) -> None:
        """The graph has been closed: nothing more will come. For whoever waits without a handle to wait on."""


class GroupHooks(Protocol):
    """Who looks after a graph that is more than a graph: the group that it belongs to."""

    def translate(self, event: Event) -> Sequence[AnyEvent]:
        """What the application hears instead of an event of the graph, which is not ``RecordChanged``: it hears that as
        it is. Called with the graph's lock held."""

    def after_input(self) -> None:
        """The graph has had an input; no lock is held."""

    def handshake_ended(self, link: Link, connection: ConnectionSecurity) -> None:
        """A connection has ended while both sides were proving who they are."""
