"""A registration that has still to be told what it has missed, in pieces of bounded size (``Driver.catch_up``)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from peerapi.engine.graphs.registrations import AnyEvent, Registration
from peerapi.graphing.events import RecordChange, RecordChanged
from peerapi.graphing.graph import Graph


class Missed(Protocol):
    """What happened before, as far as the database remembers it."""

    def take(self, graph: Graph) -> tuple[Sequence[AnyEvent], bool]:
        """The next events in the order of the changes, and whether there are more. The graph's lock is held."""


class Behind(Registration):
    """Stands for a registration until that has been told everything it has missed.

    Changes of records are in the database, from which they are told in their turn. What leaves no trace there is passed
    on at once: records that expire, connections, data, a new status.
    """

    __slots__ = ("missed", "over", "registration")

    def __init__(self, registration: Registration, missed: Missed) -> None:
        super().__init__(registration.wanted, registration.signal)
        self.registration = registration
        self.missed = missed
        self.over = False
        "It has heard everything, and stands for itself again."

    def take(self, events: Iterable[AnyEvent]) -> bool:
        """See Registration."""
        return self.registration.take(
            [event for event in events if type(event) is not RecordChanged or event.change is RecordChange.EXPIRED]
        )

    def catch_up(self, graph: Graph) -> bool:
        """Have it told the next piece; whether anything was told. The graph's lock is held."""
        events, more = self.missed.take(graph)
        self.over = not more
        return self.registration.take(events)

    def ended(self) -> None:
        """See Registration."""
        self.registration.ended()
