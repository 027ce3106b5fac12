"""Who hears of what happens in a graph: registrations of the application, and the group that a graph may belong to."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

from peerapi.graphing.events import Event, EventType, RecordChanged
from peerapi.graphing.link import Link
from peerapi.graphing.security import ConnectionSecurity

_NONE: frozenset[bytes] = frozenset()


class AnyEvent(Protocol):
    """An event of a graph, or of the group that it belongs to."""

    @property
    def type(self) -> int:
        """PEER_GRAPH_EVENT_TYPE, PEER_GROUP_EVENT_TYPE."""


class Registration:
    """One PeerGraphRegisterEvent: which events, their queue, and how to signal that the queue has something.

    ``wanted`` maps an event type to the record types it is limited to, or None for all.
    """

    __slots__ = ("_signal", "queue", "wanted")

    def __init__(self, wanted: Mapping[Any, frozenset[bytes] | None], signal: Callable[[], object]) -> None:
        self.wanted = wanted
        self.queue: deque[Any] = deque()
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
        self.queue.extend(wanted)
        return bool(wanted)

    def signal(self) -> None:
        self._signal()

    def ended(self) -> None:
        """The graph has been closed: nothing more will come. For whoever waits without a handle to wait on."""


class Attendant(Protocol):
    """Who looks after a graph that is more than a graph: the group that it belongs to."""

    def translate(self, event: Event) -> Sequence[AnyEvent]:
        """What the application hears instead of an event of the graph. Called with the graph's lock held."""

    def attend(self) -> None:
        """The graph has had an input; no lock is held."""

    def unproved(self, link: Link, connection: ConnectionSecurity) -> None:
        """A connection has ended while both sides were proving who they are."""
