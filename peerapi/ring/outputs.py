"""What a node of a ring wants done outside, and what it says of a resolution."""

from __future__ import annotations

import enum
from typing import NamedTuple

from peerapi.address import Address


class SendDatagram(NamedTuple):
    """A UDP datagram from the cloud's socket."""

    address: Address
    data: bytes


class Failure(enum.Enum):
    """Which leg of a resolution failed."""

    NO_ADDRESS = "this node has no address in the cloud"
    NO_NODES = "no other node of the cloud is known"
    NOT_FOUND = "the nodes nearest to the name do not know it"
    UNREACHABLE = "the nodes asked did not answer"
    NOT_CONFIRMED = "a publisher was found, but it did not answer for the name"
    REFUSED = "a publisher was found, but what it presented was not valid"
    TIMEOUT = "time ran out"
    CANCELLED = "cancelled"


class HopFlag(enum.IntFlag):
    """What became of a question, in the bits of DRT_ADDRESS_FLAGS."""

    NONE = 0
    ACCEPTED = 1
    REJECTED = 2
    UNREACHABLE = 4
    LOOP = 8
    TOO_BUSY = 16
    BAD_VALIDATE_ID = 32
    SUSPECT_UNREGISTERED_ID = 64
    INQUIRE = 128


class Hop(NamedTuple):
    """One question of a resolution, for a trace. ``seconds`` is None when no answer came."""

    address: Address
    pnrp_id: int
    seconds: float | None
    flags: HopFlag = HopFlag.NONE
