"""Whom a node of the loopback cloud speaks to unasked while it knows nobody: the processes of the cloud's ports."""

from __future__ import annotations

import random
from typing import NamedTuple

LOOKS = (0.25, 1.0, 4.0, 15.0)
"Seconds between two looks at who listens at a port of the cloud; the last one repeats. A look sends nothing by itself."
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 300.0
"""Seconds until a process that has been greeted and is still not known is greeted again; each pause is GROWTH times
the one before. Whoever comes later speaks first, so this is for datagrams that were lost."""
GROWTH = 3.0
JITTER = 0.25
"By this part of itself a pause is longer or shorter at random: nodes that were started together do not speak together."


class _Pause(NamedTuple):
    until: float
    length: float


def jittered(seconds: float, chance: random.Random) -> float:
    return seconds * chance.uniform(1 - JITTER, 1 + JITTER)


class Greetings:
    """Which ports are greeted when: a new one at once, one that stays silent ever more seldom."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._pauses: dict[int, _Pause] = {}
        self._looks = 0

    def next_look(self) -> float:
        """Seconds until the next look."""
        look = LOOKS[min(self._looks, len(LOOKS) - 1)]
        self._looks += 1
        return jittered(look, self._chance)

    def due(self, listening: set[int], now: float) -> list[int]:
        """Those of the ports that somebody listens at that are to be greeted now. Who was gone is new."""
        self._pauses = {port: pause for port, pause in self._pauses.items() if port in listening}
        found = [port for port in sorted(listening) if port not in self._pauses or self._pauses[port].until <= now]
        for port in found:
            before = self._pauses.get(port)
            length = FIRST_PAUSE if before is None else min(GROWTH * before.length, LONGEST_PAUSE)
            self._pauses[port] = _Pause(now + jittered(length, self._chance), length)
        return found
