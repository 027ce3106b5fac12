"""What a node of any ring shows to the outside; the machines of PNRP and of DRT have it in common."""

from __future__ import annotations

from typing import Any, Generic, Self, TypeVar

from peerapi.address import Address
from peerapi.moment import Moment
from peerapi.ring.cache import RouteCache
from peerapi.ring.refusal import Counters
from peerapi.ring.state import RingState
from peerapi.timers import Timers

S = TypeVar("S", bound=RingState)


class RingNode(Generic[S]):
    """Inputs come behind ``at``, what shall happen outside waits for ``take_outputs``."""

    def __init__(self, state: S) -> None:
        self._state = state

    def at(self, now: Moment) -> Self:
        """The next input comes at this moment. Whoever gives inputs says so before each; nothing else sets the time."""
        self._state.now = now
        return self

    def take_outputs(self) -> list[Any]:
        """What shall happen outside, in order, since it was last taken."""
        outputs, self._state.outputs = self._state.outputs, []
        return outputs

    @property
    def timers(self) -> Timers:
        return self._state.timers

    @property
    def endpoints(self) -> tuple[Address, ...]:
        return self._state.endpoints

    @property
    def cache(self) -> RouteCache:
        return self._state.cache

    @property
    def counters(self) -> Counters:
        return self._state.counters
