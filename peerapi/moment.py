"""Now, as the outside tells a machine: no machine reads a clock itself."""

from __future__ import annotations

from typing import NamedTuple

SECOND = 10_000_000
"FILETIME units in a second."
LAST_TIME = (1 << 63) - 1
"The last FILETIME: the API and the store count in signed 64 bits, though a neighbor may name a later one."


class Moment(NamedTuple):
    """One point in time on two clocks."""

    utc: int
    "Local UTC in FILETIME units; may jump when somebody sets the clock."
    elapsed: float
    "Seconds on a clock that only moves forward; timers count on it."
