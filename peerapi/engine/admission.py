"""Admission control: how many connections from outside may be pending (not through yet), shared out fairly by origin.

Whoever opens a connection takes a place before anything is known of him. When all are taken, nobody who comes is sent
away: the oldest connection of the busiest origin is evicted. So one host that opens connections without end stands in
its own way, and not in that of others; and on a machine, or behind a translated address, where all are one origin, who
is new gets in, and who has been sitting there longest without getting through does not stay.
"""

from __future__ import annotations

from collections.abc import Callable

from peerapi.address import Address

MOST_PENDING = 256
"Connections of one listening socket that have not come as far as WELCOME."


class PendingConnection:
    """One connection from outside that has a place until it is through, or over."""

    __slots__ = ("_admission", "evict", "host", "network")

    def __init__(self, admission: Admission, remote: Address, evict: Callable[[], object]) -> None:
        self._admission = admission
        self.host = remote.ip
        self.network = remote.network
        self.evict = evict
        "Ends the connection."

    def leave(self) -> None:
        """The connection is through, or over. Leaving twice does nothing."""
        self._admission.leave(self)


class Admission:
    """The places of one listening socket. Used on the engine's thread."""

    def __init__(self, most: int = MOST_PENDING) -> None:
        self._most = most
        self._pending: dict[PendingConnection, None] = {}
        "In the order in which they came."
        self.evicted = 0
        "How many had to make room."

    def __len__(self) -> int:
        return len(self._pending)

    def enter(self, remote: Address, evict: Callable[[], object]) -> PendingConnection:
        """Give a new connection its place; another one has to go when there is none left."""
        pending = PendingConnection(self, remote, evict)
        self._pending[pending] = None
        if len(self._pending) > self._most:
            gone = self._least_entitled()
            self.leave(gone)
            self.evicted += 1
            gone.evict()
        return pending

    def leave(self, pending: PendingConnection) -> None:
        self._pending.pop(pending, None)

    def _least_entitled(self) -> PendingConnection:
        """The oldest connection of the busiest host of the busiest network. As busy as others is who came first."""
        networks: dict[bytes, list[PendingConnection]] = {}
        for pending in self._pending:
            networks.setdefault(pending.network, []).append(pending)
        hosts: dict[bytes, list[PendingConnection]] = {}
        for pending in max(networks.values(), key=len):
            hosts.setdefault(pending.host, []).append(pending)
        return max(hosts.values(), key=len)[0]
