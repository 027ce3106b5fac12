"""Places for connections from outside that are not through yet, shared out fairly among where they come from.

Whoever opens a connection takes a place before anything is known of him. When all are taken, nobody who comes is sent
away: the oldest of the busiest origin has to go. So one host that opens connections without end stands in its own way,
and not in that of others; and on a machine, or behind a translated address, where all are one origin, who is new gets
in, and who has been sitting there longest without getting through does not stay.
"""

from __future__ import annotations

from collections.abc import Callable

from peerapi.address import Address, busiest

PLACES = 256
"Connections of one listening socket that have not come as far as WELCOME."


class Guest:
    """One connection that has a place."""

    __slots__ = ("_admission", "ip", "turn_out")

    def __init__(self, admission: Admission, remote: Address, turn_out: Callable[[], object]) -> None:
        self._admission = admission
        self.ip = remote.ip
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
            gone = busiest(self._guests, lambda one: one.ip)[0]
            self.leave(gone)
            self.turned_out += 1
            gone.turn_out()
        return guest

    def leave(self, guest: Guest) -> None:
        self._guests.pop(guest, None)
