"""What is concluded from what a machine sees of its network: which kind of home it is in, and what that means."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import NamedTuple

from peerapi.address import Address


class Home(enum.Enum):
    """Kinds of homes; the value is what is said of one."""

    PUBLIC = "a public address: others call this machine directly"
    MAPPED = "a router that opens ports on request: others call this machine directly"
    GUARDED = "a public address behind a firewall that lets only answers in"
    CONE = "a router that keeps the ports of who goes out: most others are reached without a relay"
    SYMMETRIC = "a router that draws a port for each connection: only who lets others in is reached without a relay"
    CARRIER = "a carrier's router before the home's: only who lets others in is reached without a relay"
    UNKNOWN = "unknown: there is no relay outside of this network that could say how this machine looks from there"
    OFFLINE = "no network: this machine has no address but its own"


class RelaySeen(NamedTuple):
    """What one relay has shown."""

    endpoint: str
    trouble: str
    "Why it cannot be used, in words; empty when it can"
    round_trip: float = 0.0
    "Seconds"
    own: Address | None = None
    observed: Address | None = None
    "Where the connection comes from, as the relay sees it"
    keeps_ports: bool = False
    "Two connections have come from the ports that they had here"
    lets_in: bool | None = None
    "The relay could call back; None: it was not asked"
    left: int = 0
    "Bytes of this month"
    seats: int = 0


def conclude(addresses: Sequence[Address], mapped: Sequence[Address], relays: Sequence[RelaySeen]) -> Home:
    """The kind of home of a machine with these addresses, whose routers have opened these, and which relays see so."""
    if not addresses:
        return Home.OFFLINE
    seen = seen_outside(relays)
    here = {one.ip for one in addresses}
    if seen is None or seen.observed is None:
        return Home.MAPPED if any(one.is_public for one in mapped) else Home.UNKNOWN
    if seen.observed.ip in here:
        return Home.GUARDED if seen.lets_in is False else Home.PUBLIC
    if any(one.ip == seen.observed.ip for one in mapped):
        return Home.MAPPED
    if any(one.is_ipv4 and _is_carriers(one) for one in (*addresses, *mapped)):
        return Home.CARRIER
    if seen.lets_in:
        return Home.PUBLIC
    return Home.CONE if seen.keeps_ports else Home.SYMMETRIC


def seen_outside(relays: Sequence[RelaySeen]) -> RelaySeen | None:
    """The first relay that is outside of this machine's network: a connection that comes from an address of this
    machine, of a home or of a carrier says nothing of what is beyond."""
    return next((one for one in relays if one.observed is not None and one.observed.is_public), None)


def _is_carriers(address: Address) -> bool:
    return address.ip[12] == 100 and address.ip[13] & 0xC0 == 64


def overlay(address: Address) -> str:
    """The overlay network that an address belongs to; empty: none that is known by its addresses."""
    if not address.is_ipv4 and address.ip[0] & 0xFE == 0x02:
        return "Yggdrasil"  # 200::/7
    if address.ip.startswith(bytes.fromhex("fd7a115ca1e0")):
        return "Tailscale"
    return ""


def sentence(home: Home, relays: Sequence[RelaySeen]) -> str:
    """What all that means for who wants to meet others."""
    usable = any(not one.trouble for one in relays)
    if home is Home.OFFLINE:
        return "nobody is reached: connect this machine to a network"
    if home in (Home.PUBLIC, Home.MAPPED):
        return "others reach you directly"
    if usable and home is Home.UNKNOWN:
        return "who gets to the relay reaches you, directly or by it; it is in this network, and cannot tell of others"
    if usable:
        return "others reach you directly where they can, else by the relay"
    if relays:
        return f"others reach you nearby only, until a relay answers: {relays[0].endpoint}: {relays[0].trouble}"
    return "others reach you nearby only, or over IPv6 where that is let in: peerapi relay use WORD names a relay"
