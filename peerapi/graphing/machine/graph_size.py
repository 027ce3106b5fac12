"""What the node IDs of a graph say of its size: how many contacts it wants, and who publishes a missing signature."""

from __future__ import annotations

import math


def signature_delay(node_id: int) -> float:
    """Seconds to wait before publishing a missing signature (3.1.7.11).

    The text takes the top 8 bits of the node ID, its divisor 65536 suits 16: the top 16 are used, so that the delays of
    different nodes really spread over 0.1 to 19 s and low IDs come first.
    """
    return 29.9 * (1.0 - math.exp(-(node_id >> 48) / 65536)) + 0.1


def contact_minimum(signature: int) -> int:
    """C_min of 3.1.7.12: 5 in a small graph (large signature), more the smaller the lowest node ID is."""
    if signature >= 1 << 60:
        return 5
    return max(5, round(60 - math.log2(max(signature, 1))))
