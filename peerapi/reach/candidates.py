"""Which addresses two nodes tell each other within the envelope, and which of those that were told are dialed.

Who calls may be anybody, and a relay may lie about where somebody comes from. So a node is sent only where strangers
may send it: to no service of its own machine, no link's, no group's, no port where something else is to be expected,
and into a private network only when both are in it, as far as the relay sees.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from peerapi.address import Address
from peerapi.reach.frames import LISTENS, MOST_CANDIDATES, PUNCHES, Candidate, Met
from peerapi.reach.seat import HTTPS

LOWEST_PORT = 1024


def own_candidates(met: Met, listening: Sequence[Address], here: Iterable[Address], port: int) -> list[Candidate]:
    """What a node tells of itself.

    ``listening``: where its graph listens; ``here``: the addresses of its machine (of any port); ``port``: from which
    its connection to the relay goes, and at which it takes direct ones while the two try. Private addresses are told
    only to who seems to be in the same network. Where the relay sees this node is told, too, when its router has kept
    the port: so the other one knows that dialing there is worth some patience.
    """
    found = [Candidate(LISTENS, one) for one in listening if one.is_public and not one.relay]
    near = []
    for one in here:
        at = Address(one.ip, port)
        if one.is_loopback or one.is_link_local:
            continue
        if one.is_site_local:
            near.append(Candidate(LISTENS, at))
        elif one.is_ipv4:
            found.append(Candidate(LISTENS, at))
        else:
            found.append(Candidate(PUNCHES, at))
    seen = met.own
    if seen.is_ipv4 and seen.is_public and seen.port == port and Candidate(LISTENS, seen) not in found:
        found.append(Candidate(PUNCHES, seen))
    if in_one_network(met):
        found = near + found
    return list(dict.fromkeys(found))[:MOST_CANDIDATES]


def are_promising(own: Sequence[Candidate], told: Sequence[Candidate]) -> bool:
    """Whether a direct connection is to be expected of what both ends have told: both have IPv6, somebody listens, or
    the routers of both keep ports."""
    ends = [{(one.address.is_ipv4, one.manner) for one in candidates} for candidates in (own, told)]
    ipv6 = all(any(not is_ipv4 for is_ipv4, _ in end) for end in ends)
    return ipv6 or any((True, LISTENS) in end for end in ends) or all((True, PUNCHES) in end for end in ends)


def worth_dialing(told: Sequence[Candidate], met: Met, here: Collection[bytes]) -> list[Candidate]:
    """Those that are dialed, in this order, of what the other node has told, and where the relay says it comes from.
    ``here``: the addresses of this machine, 16 bytes each."""
    asked = [one for one in told if one.manner in (LISTENS, PUNCHES)]
    found = [one for one in (*asked, Candidate(PUNCHES, met.other)) if may_dial(one.address, met, here)]
    by_address = {one.address: one for one in reversed(found)}
    return [one for one in dict.fromkeys(found) if by_address[one.address] is one]


def may_dial(address: Address, met: Met, here: Collection[bytes]) -> bool:
    """Whether a node dials an address that somebody has named."""
    if address.port < LOWEST_PORT and address.port != HTTPS:
        return False
    if not address.is_unicast or address.is_loopback or address.is_link_local or address.relay or address.ip in here:
        return False
    return address.is_public or in_one_network(met)


def in_one_network(met: Met) -> bool:
    """Whether the relay sees both nodes at one address, as behind one router, or in one private network with itself."""
    own, other = met.own, met.other
    return own.ip == other.ip or (own.is_site_local and other.is_site_local and own.network == other.network)
