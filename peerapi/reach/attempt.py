"""One connection that two nodes who have met through a relay try, until it is chosen or given up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from peerapi.path_kind import PathKind
from peerapi.reach.frames import CALLER, LISTENS, PUNCHES, Candidate, Decoder
from peerapi.reach.greeting import ACCEPTED, DIALED

if TYPE_CHECKING:
    from peerapi.reach.tls import TlsLayer


class Attempt:
    """One direct connection."""

    def __init__(self, number: int, manner: int, aim: Candidate | None) -> None:
        self.number, self.manner, self.aim = number, manner, aim
        self.there = False
        "The TCP connection is."
        self.complete = False
        self.other: int | None = None
        "Whether the other end has dialed or accepted."
        self.heard = b""
        self.envelope: TlsLayer | None = None
        self.decoder = Decoder()

    def kind(self, role: int) -> PathKind:
        """Which way it is; as far as it is known, as long as the other end has said nothing."""
        if self.manner == DIALED and self.other != ACCEPTED and (self.other or self.aim_manner == PUNCHES):
            return PathKind.PUNCHED
        return PathKind.DIRECT if (self.manner == DIALED) == (role == CALLER) else PathKind.REVERSED

    @property
    def aim_manner(self) -> int:
        return LISTENS if self.aim is None else self.aim.manner
