"""A registration of a program that shares a group, wherever it is known, and what it has been told of connections.

A program hears of connections and of the group's status as of something that goes on. So when the group is somebody
else's to serve, each registration is told what stands no longer and what stands now; what it knew is noted here, since
nobody can say which of the former holder's last events have come.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence

from peerapi.engine.graphs.behind import Behind
from peerapi.engine.graphs.registrations import AnyEvent, Registration
from peerapi.engine.groups.group import Group
from peerapi.engine.sharing.missed import Missed
from peerapi.graphing.events import ConnectionChanged, ConnectionStatus, EventType, StatusChanged
from peerapi.grouping.events import group_status
from peerapi.sharing import values

_GO_ON = frozenset((EventType.STATUS_CHANGED, EventType.NEIGHBOR_CONNECTION, EventType.DIRECT_CONNECTION))


class Registered:
    """One registration, and how far it is."""

    def __init__(self, registration: Registration, state: values.State | None) -> None:
        """``state``: of the group when the program registered."""
        self.registration = registration
        self.since: int | None = None
        "The number of the last change that it was told of."
        self.known_to: object = None
        "The connection, or the group of this process, that tells it."
        self._lock = threading.Lock()
        "Of who puts events in line, as long as another program sends them."
        self._behind: Behind | None = None
        self._is_told = not _GO_ON.isdisjoint(registration.wanted)
        self._standing: dict[tuple[bool, int], int] = {}
        self._status = 0
        if state is not None:
            self._standing = {(one.direct, one.id): one.node_id for one in state.connections}
            self._status = group_status(state.status)

    def tell(self, events: Sequence[AnyEvent]) -> None:
        """Put events in line, and say so."""
        with self._lock:
            told = self._put(events)
        if told:
            self.registration.signal()

    def _put(self, events: Sequence[AnyEvent]) -> bool:
        if self._is_told:
            self._note(events)
        return self.registration.take(events)

    def _note(self, events: Iterable[AnyEvent]) -> None:
        for event in events:
            if type(event) is StatusChanged:
                self._status = event.status
            elif type(event) is ConnectionChanged:
                which = event.direct, event.connection_id
                if event.status is ConnectionStatus.CONNECTED:
                    self._standing[which] = event.node_id
                else:
                    self._standing.pop(which, None)

    def tell_of_loss(self) -> None:
        """The connections of the former holder are gone, and so is where it listened."""
        self._tell_standing({}, 0)

    def tell_of_change(self, state: values.State) -> None:
        """What is another now than it has been told."""
        stand = {(one.direct, one.id): one.node_id for one in state.connections}
        self._tell_standing(stand, group_status(state.status))

    def _tell_standing(self, stand: dict[tuple[bool, int], int], status: int) -> None:
        with self._lock:
            events: list[AnyEvent] = [
                ConnectionChanged(direct, change, number, node)
                for which, others, change in (
                    (self._standing, stand, ConnectionStatus.DISCONNECTED),
                    (stand, self._standing, ConnectionStatus.CONNECTED),
                )
                for (direct, number), node in which.items()
                if (direct, number) not in others
            ]
            if status != self._status:
                events.append(StatusChanged(status))
            told = self._put(events)
        if told:
            self.registration.signal()

    def note_lost_data(self) -> None:
        """Connections stand, and what they have brought meanwhile is nowhere."""
        if EventType.INCOMING_DATA in self.registration.wanted:
            with self._lock:
                self.registration.queue.note_loss()
            self.registration.signal()

    # In the process that has the group open ---------------------------------------------------------------------------

    def register_with(self, group: Group) -> Behind | None:
        """Have the group tell it; what stands for it as long as it has not been told what it has missed."""
        if self.since is None:
            group.driver.register(self.registration)
            return None
        self._behind = Behind(self.registration, Missed(self.since))
        group.driver.register(self._behind)
        return self._behind

    def unregister_with(self, group: Group) -> None:
        """No more events of the group."""
        if self._behind is not None:  # which may just be giving way to it
            group.driver.unregister(self._behind)
        group.driver.unregister(self.registration)
