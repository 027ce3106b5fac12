"""What a relay knows of each connection and each session."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from peerapi.address import Address
from peerapi.reach import passes
from peerapi.reach.frames import Decoder
from peerapi.reach.quotas import TokenBucket, source_of

STRANGER_BYTES = 1 << 10
"Of a frame before WELCOME."


class Stage(enum.Enum):
    """What is known of a connection."""

    HTTP = enum.auto()
    FRESH = enum.auto()
    CONTROL = enum.auto()
    CALLING = enum.auto()
    GLUED = enum.auto()
    OVER = enum.auto()


@dataclass(eq=False)
class Connection:
    """One connection to the relay."""

    number: int
    remote: Address
    stage: Stage = Stage.HTTP
    head: bytes = b""
    decoder: Decoder = field(default_factory=lambda: Decoder(STRANGER_BYTES))
    challenge: bytes = b""
    grant: passes.Grant = passes.NOTHING_SAID
    seats: set[bytes] = field(default_factory=set)
    rings: dict[bytes, Connection] = field(default_factory=dict)
    "Of a control connection: who waits, by token."
    mistakes: int = 0
    heard_at: float = 0.0
    "Of a control connection: when its latest frame came."
    probed_at: float = float("-inf")
    token: bytes = b""
    "Of who calls, while the seat is rung."
    wanted: bytes = b""
    "The seat that is called."
    control: Connection | None = None
    "Of who calls: the seat's."
    session: Session | None = None
    trusted: bool = False
    "It comes from a front, which says whom it stands for."

    @property
    def source(self) -> bytes:
        return source_of(self.remote)


@dataclass(eq=False)
class Session:
    """Two connections that are glued."""

    seat: bytes
    caller: Connection
    callee: Connection
    grant: passes.Grant
    bucket: TokenBucket
