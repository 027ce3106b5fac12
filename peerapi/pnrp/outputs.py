"""What a cloud wants done outside, in order."""

from __future__ import annotations

import enum
from typing import NamedTuple

from peerapi.address import Address
from peerapi.pnrp.cpa import AppEndpoint


class SendDatagram(NamedTuple):
    """A UDP datagram from the cloud's socket."""

    address: Address
    data: bytes


class MulticastSsdp(NamedTuple):
    """A datagram to the SSDP group of every link of the cloud (``ssdp.GROUP``)."""

    data: bytes


class SendSsdp(NamedTuple):
    """An SSDP answer to one address, from the SSDP socket."""

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


class Found(NamedTuple):
    """One validated registration of a peer name."""

    pnrp_id: int
    endpoints: tuple[AppEndpoint, ...]
    friendly_name: str | None
    payload: bytes | str | None
    public_key: bytes
    "SubjectPublicKeyInfo that signed."
    not_after: int
    services: tuple[Address, ...]
    "Where PNRP of the publisher listens."


class Hop(NamedTuple):
    """One question of a resolution, for a trace. ``seconds`` is None when no answer came."""

    address: Address
    pnrp_id: int
    seconds: float | None


class Resolved(NamedTuple):
    """A resolution has ended: ``found`` nearest first, or empty with the reason."""

    handle: int
    found: tuple[Found, ...]
    failure: Failure | None
    hops: tuple[Hop, ...]


class State(enum.Enum):
    """What a cloud is, in the words of PNRP_CLOUD_STATE."""

    VIRTUAL = 0
    SYNCHRONIZING = 1
    ACTIVE = 2
    DEAD = 3
    DISABLED = 4
    NO_NET = 5
    ALONE = 6


class StateChanged(NamedTuple):
    state: State


Output = SendDatagram | MulticastSsdp | SendSsdp | Resolved | StateChanged
