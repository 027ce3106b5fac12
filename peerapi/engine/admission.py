"""Places for connections from outside that are not through yet, shared out fairly among where they come from.

Whoever opens a connection takes a place before anything is known of him. When all are taken, nobody who comes is sent
away: the oldest of the busiest origin has to go. So one host that opens connections without end stands in its own way,
and not in that of others; and on a machine, or behind a translated address, where all are one origin, who is new gets
in, and who has been sitting there longest without getting through does not stay.
"""

from __future__ import annotations

from collections.abc import Callable

from peerapi.address import Address

PLACES = 256
"Connections of one listening socket that have not come as far as WELCOME."
_NETWORK = 8
"Bytes of an IPv6 address that a site can not choose (RFC 4291 2.5.4): it has 2**64 addresses for one host."


class Guest:
    """One connection that has a place."""

    __slots__ = ("_admission", "host", "network", "turn_out")

    def __init__(self, admission: Admission, remote: Address, turn_out: Callable[[], object]) -> None:
        self._admission = admission
        self.host = remote.ip
        self.network = remote.ip if remote.is_ipv4 else remote.ip[:_NETWORK]
        self.turn_out = turn_out
        "Ends the connection."

    def leave(self) -> None:
        """The connection is through, or over. Leaving twice does nothing."""
        self._admission.leave(self)


class Admission:
    """The places of one listening socket. Used on the engine's thread."""

    def __init__(self, places: int = PLACES) -> None:
        self._places = places
        self._guests: dict[Guest, None] = {}
        "In the order in which they came."
        self.turned_out = 0
        "How many had to make room."

    def __len__(self) -> int:
        return len(self._guests)

    def enter(self, remote: Address, turn_out: Callable[[], object]) -> Guest:
        """Give a new connection its place; another one has to go when there is none left."""
        guest = Guest(self, remote, turn_out)
        self._guests[guest] = None
        if len(self._guests) > self._places:
            gone = self._least_entitled()
            self.leave(gone)
            self.turned_out += 1
            gone.turn_out()
        return guest

    def leave(self, guest: Guest) -> None:
        self._guests.pop(guest, None)

    def _least_entitled(self) -> Guest:
        """The oldest guest of the busiest host of the busiest network. As busy as others is who came first."""
        networks: dict[bytes, list[Guest]] = {}
        for guest in self._guests:
            networks.setdefault(guest.network, []).append(guest)
        hosts: dict[bytes, list[Guest]] = {}
        for guest in max(networks.values(), key=len):
            hosts.setdefault(guest.host, []).append(guest)
        return max(hosts.values(), key=len)[0]
