"""How much may come in a while: so many at once, and so many a second in the long run."""

from __future__ import annotations


class RateLimit:
    """A bucket of tokens. Time is a parameter, in seconds."""

    def __init__(self, a_second: float, at_once: float) -> None:
        self._a_second = a_second
        self._at_once = at_once
        self._left = at_once
        self._then: float | None = None

    def take(self, now: float, count: float = 1) -> bool:
        """Whether that may pass; what may not takes nothing."""
        if self._then is not None:
            self._left = min(self._at_once, self._left + (now - self._then) * self._a_second)
        self._then = now
        if self._left < count:
            return False
        self._left -= count
        return True
