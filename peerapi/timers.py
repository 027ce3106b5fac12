"""Named deadlines of a machine, on its elapsed clock."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Hashable

Action = Callable[[], None]
RETRY, LONGEST_RETRY = 5.0, 60.0
"Seconds after which an action that failed, as on a full disk, is tried again: twice as many each time it fails again."


class Timers:
    """Each key has at most one deadline (seconds of ``Moment.elapsed``) and what to do then.

    A heap with lazy removal: setting, moving and cancelling cost O(log n), so thousands of deadlines may stand at once.
    """

    def __init__(self) -> None:
        self.next: float | None = None
        "The earliest deadline."
        self._standing: dict[Hashable, tuple[float, int, Action]] = {}
        self._heap: list[tuple[float, int, Hashable]] = []
        self._tickets = itertools.count()
        self._failures: dict[Hashable, float] = {}
        "Of actions that failed the last time, the seconds until the next try."

    def set(self, key: Hashable, at: float, action: Action) -> None:
        standing = self._standing.get(key)
        ticket = next(self._tickets)
        self._standing[key] = (at, ticket, action)
        heapq.heappush(self._heap, (at, ticket, key))
        if len(self._heap) > 64 and len(self._heap) > 4 * len(self._standing):
            self._heap = [(at, ticket, key) for key, (at, ticket, _) in self._standing.items()]
            heapq.heapify(self._heap)
        if self.next is None or at <= self.next:
            self.next = at
        elif standing is not None and standing[0] == self.next:
            self._refresh()

    def set_earlier(self, key: Hashable, at: float, action: Action) -> None:
        """Set the deadline unless an earlier one stands."""
        standing = self._standing.get(key)
        if standing is None or at < standing[0]:
            self.set(key, at, action)

    def cancel(self, key: Hashable) -> None:
        standing = self._standing.pop(key, None)
        if standing is not None and standing[0] == self.next:
            self._refresh()

    def cancel_all(self) -> None:
        self._standing.clear()
        self._heap.clear()
        self._failures.clear()
        self.next = None

    def at(self, key: Hashable) -> float | None:
        standing = self._standing.get(key)
        return standing[0] if standing else None

    def __len__(self) -> int:
        return len(self._standing)

    def fire(self, elapsed: float) -> None:
        """Run what is due, earliest first. An action may set its own key again; one that fails is due again soon."""
        while self.next is not None and self.next <= elapsed:
            self._refresh()  # the first of the heap stands
            _, _, key = heapq.heappop(self._heap)
            _, _, action = self._standing.pop(key)
            self._refresh()
            try:
                action()
            except BaseException:
                pause = self._failures[key] = min(2 * self._failures.get(key, RETRY / 2), LONGEST_RETRY)
                self.set_earlier(key, elapsed + pause, action)
                raise
            if self._failures:
                self._failures.pop(key, None)

    def _refresh(self) -> None:
        """Drop deadlines that were moved or cancelled from the beginning of the heap."""
        heap = self._heap
        while heap:
            at, ticket, key = heap[0]
            standing = self._standing.get(key)
            if standing is not None and standing[1] == ticket:
                self.next = at
                return
            heapq.heappop(heap)
        self.next = None
