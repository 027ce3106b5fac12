"""How often something may happen in a second, shared among those who ask for it."""

from __future__ import annotations


class RateLimit:
    """So many of something in each second of the elapsed clock, and no more; one party gets at most half of it, so that
    nobody uses up what others ask for."""

    def __init__(self, per_second: int) -> None:
        self._per_second = per_second
        self._second = -1
        self._spent = 0
        self._spent_by: dict[bytes, int] = {}

    def allows(self, now: float, party: bytes | None = None) -> bool:
        """``party``: who asks for it (``RingState.party_of``); None: nobody in particular."""
        second = int(now)
        if second != self._second:
            self._second, self._spent = second, 0
            self._spent_by.clear()
        if self._spent >= self._per_second:
            return False
        if party is not None:
            spent = self._spent_by.get(party, 0)
            if spent >= max(self._per_second // 2, 1):
                return False
            self._spent_by[party] = spent + 1
        self._spent += 1
        return True
