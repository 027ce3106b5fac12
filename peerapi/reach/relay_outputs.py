"""What a relay's machine wants done."""

from __future__ import annotations

from typing import NamedTuple

from peerapi.address import Address


class Send(NamedTuple):
    """Send bytes on a connection."""

    number: int
    data: bytes


class Close(NamedTuple):
    """End a connection when what it was sent has left."""

    number: int


class Glue(NamedTuple):
    """From here on all that one connection brings goes to the other, until both have ended."""

    caller: int
    callee: int


class ProbeBack(NamedTuple):
    """Try a TCP connection, and say how that went (``Relay.probed``)."""

    number: int
    address: Address


Output = Send | Close | Glue | ProbeBack
