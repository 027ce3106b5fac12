"""Whether code in C gives back what it takes."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable

WARM, ROUNDS = 3, 5


def leaked(exercise: Callable[[], object]) -> int:
    """Blocks of memory that are kept each time, in the middle of some after the first ones: what Python keeps for the
    next time, and what others in this process take and give back meanwhile, differs from time to time. A leak does
    not."""
    found = []
    for _ in range(WARM + ROUNDS):
        gc.collect()
        before = sys.getallocatedblocks()
        exercise()
        gc.collect()
        found.append(sys.getallocatedblocks() - before)
    return sorted(found[WARM:])[ROUNDS // 2]
