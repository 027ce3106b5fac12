"""By which way a connection between two nodes goes."""

from __future__ import annotations

import enum


class PathKind(enum.Enum):
    """Both ends name it alike: the caller is whoever wanted the connection. The value is the word for people."""

    DIRECT = "direct"
    "The caller has dialed an address at which the other one listens."
    REVERSED = "reversed"
    "Who was called through a relay has dialed the caller instead, which could be reached."
    PUNCHED = "punched"
    "Both have dialed each other at the same time, through what lets only answers in."
    RELAYED = "relayed"
    "Through a relay."
