"""What the links of one graph may hold, in bytes and in number, and how often that was not enough.

Whoever connects to a plain graph is a neighbor, so a neighbor is a stranger. Each bound that is met is counted in
``Graph.bounded``; most end the link.
"""

from __future__ import annotations

import enum


class Bound(enum.Enum):
    """What was asked for beyond its bound."""

    ANSWERS = "answers under way on one link"
    COMPARISONS = "comparisons by hashes under way on one link"
    CORRECTIONS = "times the newer version of a record that a link was sent already"
