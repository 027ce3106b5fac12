"""Who has been heard lately, whatever keys they have: a node that knows no key of others begins with them."""

from __future__ import annotations

from collections import OrderedDict

from peerapi.address import Address
from peerapi.drt.state import TableState

HEARD = 150.0
"Seconds for which a node without keys counts as known after it was heard."
FIRST_ENTRY = 3.0
"Seconds in which whoever was heard first tells of a key, if it knows one: before that a search would find nothing."
MOST_HEARD = 16
MOST_ASKED = 3


class Hearing:
    """Nodes that have proved their address by an answer."""

    def __init__(self, state: TableState) -> None:
        self._state = state
        self._heard: OrderedDict[tuple[bytes, int], float] = OrderedDict()
        self._since = 0.0
        "When somebody was heard after nobody had been."

    def clear(self) -> None:
        self._heard.clear()

    def remember(self, source: Address) -> None:
        """It has answered just now."""
        now = self._state.now.elapsed
        if not self.is_anybody:
            self._since = now
            self._state.timers.set("heard", now + FIRST_ENTRY, lambda: None)
        key = (source.ip, source.port)
        self._heard[key] = now
        self._heard.move_to_end(key)
        if len(self._heard) > MOST_HEARD:
            self._heard.popitem(last=False)

    @property
    def is_anybody(self) -> bool:
        """Somebody has been heard, and not too long ago."""
        last = next(reversed(self._heard.values()), None)
        return last is not None and self._state.now.elapsed < last + HEARD

    @property
    def is_settled(self) -> bool:
        """Whoever was heard has had the time to tell of a key."""
        return self.is_anybody and self._state.now.elapsed >= self._since + FIRST_ENTRY

    @property
    def recent(self) -> tuple[Address, ...]:
        """Some of them, the one heard last first."""
        now = self._state.now.elapsed
        alive = [Address(*key) for key, at in reversed(self._heard.items()) if now < at + HEARD]
        return tuple(alive[:MOST_ASKED])
