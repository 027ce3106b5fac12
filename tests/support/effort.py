"""How much work something is, whatever the machine and whatever else it has to do: processor time of this thread,
measured in units of a piece of work that is done beside it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Effort:
    """What a block has cost, in units: in each, Python adds two hundred thousand numbers."""

    units = 0.0

    def __lt__(self, units: float) -> bool:
        return self.units < units

    def __repr__(self) -> str:
        return f"{self.units:.1f} units of work"


def _unit() -> float:
    begun = time.thread_time()
    total = 0
    for number in range(200_000):
        total += number
    return time.thread_time() - begun


@contextmanager
def effort() -> Iterator[Effort]:
    """Measures its block, as far as it runs on this thread."""
    made = Effort()
    before = _unit()
    begun = time.thread_time()
    yield made
    spent = time.thread_time() - begun
    made.units = spent / max(before, _unit())
