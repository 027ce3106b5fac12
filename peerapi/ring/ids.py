"""Numbers of 256 bits on a ring, by which route entries, leaf sets and searches are ordered (MS-PNRP 1.3.3)."""

from __future__ import annotations

BITS = 256
RING = 1 << BITS
MASK = RING - 1
HALF = RING >> 1


def distance(one: int, other: int) -> int:
    """Numerical distance on the circular number space (MS-PNRP 1.3.3): never more than half the ring."""
    gap = (one - other) & MASK
    return gap if gap <= HALF else RING - gap
