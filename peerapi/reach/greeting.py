"""The first bytes of a direct connection of a call, from both ends: by which a listener that serves graphs knows it,
and each end that the other one was in the call.

``F050 | u8 1 dialed, 2 accepted | proof (32)``. F050 is no size that a frame of a graph has (MS-PPGRH 2.2). The proof
is made of the ticket, of which each end has drawn one half: HMAC-SHA256(ticket, "peerapi direct", role, manner).
"""

from __future__ import annotations

import hmac

from peerapi.reach.frames import CALLEE, CALLER

MARK = b"\xf0\x50"
DIALED, ACCEPTED = 1, 2
SIZE = len(MARK) + 1 + 32


class Ticket:
    """What both ends of one call know, and nobody else."""

    def __init__(self, callers_half: bytes, callees_half: bytes) -> None:
        self._secret = callers_half + callees_half

    def greeting(self, role: int, manner: int) -> bytes:
        """What one end says first on a connection that it has dialed or accepted."""
        return MARK + bytes((manner,)) + self._proof(b"peerapi direct\0" + bytes((role, manner)))

    def manner(self, greeting: bytes, role: int) -> int | None:
        """Whether the end of that role has dialed or accepted; None: it is somebody else."""
        for manner in (DIALED, ACCEPTED):
            if hmac.compare_digest(greeting, self.greeting(role, manner)):
                return manner
        return None

    @property
    def chosen(self) -> bytes:
        """What the caller says within the envelope of the connection that it has chosen."""
        return self._proof(b"peerapi direct chosen\0")

    def replaces(self, half: bytes) -> bytes:
        """What the caller of a later call says, with its half of that call's ticket: the link of this one is over."""
        return self._proof(b"peerapi replaces\0" + half)

    def _proof(self, label: bytes) -> bytes:
        return hmac.digest(self._secret, label, "sha256")


def other_role(role: int) -> int:
    return CALLEE if role == CALLER else CALLER
