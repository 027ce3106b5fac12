"""Time as a graph sees it (MS-PPGRH 1.3.6): peer time is local UTC minus a delta that neighbors average together.

Whatever neighbors say and however often, peer time stays within ``TOLERANCE`` of this machine's own UTC: each WELCOME
may be believed by 3.1.5.2.2, but all of them together move the clock no farther than one of them may.
"""

from __future__ import annotations

from peerapi.moment import LAST_TIME, SECOND, Moment

TOLERANCE = 20 * 60 * SECOND
"""A peer time that differs by more is not believed (3.1.5.2.2, reading A35). It is also the farthest that peer time
goes from the machine's own UTC, which the text leaves open."""

FAR_AHEAD = 24 * 3600 * SECOND
"""A modification time that is so much later than peer time is nobody's honest clock: clocks that are set to another
zone are nearer. Records so dated are refused in groups, and outranked everywhere."""


def horizon(now: int | None) -> int:
    """The latest modification time that is believed at this peer time; any, where no time is known."""
    return LAST_TIME if now is None else now + FAR_AHEAD


class PeerClock:
    """Peer time of one node: ``utc - delta`` (3.1.1, "Peer Time Delta")."""

    def __init__(self, delta: int = 0) -> None:
        self.delta = delta

    def peer_time(self, utc: int) -> int:
        return utc - self.delta

    def utc(self, peer_time: int) -> int:
        return peer_time + self.delta

    def restore(self, delta: int) -> None:
        """Take up the delta of a former run (3.1.4.2)."""
        self.delta = _bounded(delta)

    def learn(self, remote: int, sent: int, now: Moment, *, only_neighbor: bool) -> bool:
        """Take in the peer time of a WELCOME (3.1.5.2.2).

        ``remote`` is the time in the message, ``sent`` the local peer time when CONNECT left. Half of the round trip is
        added to ``remote``. Returns False when the time is not believed.
        """
        local = self.peer_time(now.utc)
        remote += (local - sent) // 2
        if abs(remote - local) > TOLERANCE:
            return False
        remote_delta = now.utc - remote
        self.delta = _bounded(remote_delta if only_neighbor else (4 * self.delta + remote_delta) // 5)
        return True


def _bounded(delta: int) -> int:
    """The nearest delta that others may bring about."""
    return max(-TOLERANCE, min(delta, TOLERANCE))
