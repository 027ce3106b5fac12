"""Which keys there are near a key, or in a range, found out by asking for the nearest key to chosen places.

Whoever knows that Y is the nearest key to T knows, too, that no other key is as near: the numbers around T up to Y are
*covered*. When everything around the key looked for is covered up to some distance, all keys up to there are known, and
their order is certain. So each question adds a key or covers a gap, and as many are enough as there are keys and gaps.
Distances here are plain differences: a search does not wrap around zero, although the table does.
"""

from __future__ import annotations

from bisect import bisect_left, insort

from peerapi.ring.ids import RING, distance


class Coverage:
    """What is known of the keys from ``minimum`` to ``maximum``, seen from ``center``."""

    def __init__(self, center: int, minimum: int, maximum: int, spacing: int) -> None:
        """``spacing``: how far apart keys may be expected."""
        self._center = center
        self._minimum = minimum
        self._maximum = maximum
        self._spacing = max(spacing, 1)
        self._steps = {-1: self._spacing, 1: self._spacing}
        self._covered: list[tuple[int, int]] = []
        "Apart from each other, in order."
        self._keys: list[int] = []
        self._taken: set[int] = set()
        self._side = 1

    def add(self, key: int) -> bool:
        """A key is there, whatever lies around it. False: it is known, or outside."""
        if not self._minimum <= key <= self._maximum or key in self._keys:
            return False
        insort(self._keys, key)
        return True

    def learned(self, place: int, key: int | None) -> None:
        """``key`` is the nearest one to ``place``, as the ring measures it; None: there is none at all."""
        if key is None:
            self._cover(self._minimum, self._maximum)
            return
        new = self.add(key)
        reach = max(distance(place, key) - 1, 0)  # where it is as far on the other side there may be another one
        self._cover(max(place - reach, self._minimum), min(place + reach, self._maximum))
        if self._minimum <= key <= self._maximum:
            self._cover(key, key)
        side = self._side
        self._steps[side] = self._spacing if new else min(2 * self._steps[side], RING)

    def _cover(self, low: int, high: int) -> None:
        if low > high:
            return
        apart = []
        for start, end in self._covered:
            if end < low - 1 or start > high + 1:
                apart.append((start, end))
            else:
                low, high = min(low, start), max(high, end)
        insort(apart, (low, high))
        self._covered = apart

    def _around_center(self) -> tuple[int, int] | None:
        return next(((low, high) for low, high in self._covered if low <= self._center <= high), None)

    def take(self) -> int | None:
        """The nearest key that was not taken yet, if that is certain by now."""
        around = self._around_center()
        if around is None:
            return None
        low, high = around
        certain = RING
        if low > self._minimum:
            certain = min(certain, self._center - low)
        if high < self._maximum:
            certain = min(certain, high - self._center)
        left = [key for key in self._keys if key not in self._taken and abs(key - self._center) <= certain]
        if not left:
            return None
        nearest = min(left, key=lambda key: abs(key - self._center))
        self._taken.add(nearest)
        return nearest

    def place(self) -> int | None:
        """Where to ask next; None: everything is covered."""
        around = self._around_center()
        if around is None:
            return self._center
        low, high = around
        left, right = low > self._minimum, high < self._maximum
        if not left and not right:
            return None
        if right and (not left or high - self._center <= self._center - low):
            self._side = 1
            index = bisect_left(self._covered, (high + 1, high + 1))
            end = self._covered[index][0] if index < len(self._covered) else self._maximum + 1
            return high + max(min((end - high) // 2, self._steps[1]), 1)
        self._side = -1
        index = bisect_left(self._covered, (low, low)) - 1
        end = self._covered[index][1] if index >= 0 else self._minimum - 1
        return low - max(min((low - end) // 2, self._steps[-1]), 1)

    @property
    def any_key(self) -> int | None:
        """Any key in the range that is known."""
        return min(self._keys, key=lambda key: abs(key - self._center), default=None)
