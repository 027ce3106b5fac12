"""Named deadlines of a machine, on its elapsed clock."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Hashable

Action = Callable[[], None]


class Timers:
    """Each key has at most one deadline (seconds of ``Moment.elapsed``) and what to do then.

    A heap with lazy removal: setting, moving and cancelling cost O(log n), so thousands of deadlines may stand at once.
    """

    def __init__(self) -> None:
        self._standing: dict[Hashable, tuple[float, int, Action]] = {}
        self._heap: list[tuple[float, int, Hashable]] = []
        self._tickets = itertools.count()

    @property
    def next(self) -> float | None:
        """The earliest deadline."""
        heap = self._heap
        while heap:
            at, ticket, key = heap[0]
            standing = self._standing.get(key)
            if standing is not None and standing[1] == ticket:
                return at
            heapq.heappop(heap)
        return None

    def set(self, key: Hashable, at: float, action: Action) -> None:
        ticket = next(self._tickets)
        self._standing[key] = (at, ticket, action)
        heapq.heappush(self._heap, (at, ticket, key))
        if len(self._heap) > 64 and len(self._heap) > 4 * len(self._standing):
            self._heap = [(at, ticket, key) for key, (at, ticket, _) in self._standing.items()]
            heapq.heapify(self._heap)

    def set_earlier(self, key: Hashable, at: float, action: Action) -> None:
        """Set the deadline unless an earlier one stands."""
        standing = self._standing.get(key)
        if standing is None or at < standing[0]:
            self.set(key, at, action)

    def cancel(self, key: Hashable) -> None:
        self._standing.pop(key, None)

    def cancel_all(self) -> None:
        self._standing.clear()
        self._heap.clear()

    def at(self, key: Hashable) -> float | None:
        standing = self._standing.get(key)
        return standing[0] if standing else None

    def __len__(self) -> int:
        return len(self._standing)

    def fire(self, elapsed: float) -> None:
        """Run what is due, earliest first. An action may set its own key again."""
        while (at := self.next) is not None and at <= elapsed:
            _, _, key = heapq.heappop(self._heap)
            _, _, action = self._standing.pop(key)
            action()
