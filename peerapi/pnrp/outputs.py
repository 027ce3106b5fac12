"""What a cloud wants done outside, in order."""

from __future__ import annotations

import enum
from typing import NamedTuple

from peerapi.address import Address
from peerapi.pnrp.cpa import AppEndpoint
from peerapi.ring.outputs import Failure, Hop, SendDatagram

__all__ = (
    "Failure",
    "Found",
    "Hop",
    "MulticastSsdp",
    "Output",
    "Resolved",
    "SendDatagram",
    "SendSsdp",
    "State",
    "StateChanged",
)


class MulticastSsdp(NamedTuple):
    """A datagram to the SSDP group of every link of the cloud (``ssdp.GROUP``)."""

    data: bytes


class SendSsdp(NamedTuple):
    """An SSDP answer to one address, from the SSDP socket."""

    address: Address
    data: bytes


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
