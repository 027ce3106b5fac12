"""Places that are all taken, shared out anew: who has several gives one up for somebody who has none.

MS-PPGRH 3.1.5.2.1 refuses who comes when there are as many neighbors as there may be. So whoever comes first with as
many connections would be all that a node sees of its graph, for as long as it likes. What counts is what the newcomer
is, not what it says: the identity that it has proved, where there is one, and the network and machine that it calls
from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from peerapi.graphing.link import Link

Party = Callable[[Link], object]


def _identity(link: Link) -> object:
    return None if link.peer is None else link.peer_id


def _network(link: Link) -> object:
    return None if link.remote is None else link.remote.network


def _machine(link: Link) -> object:
    return None if link.remote is None else link.remote.ip


PARTIES: tuple[Party, ...] = (_identity, _network, _machine)
"Whom places are shared out among, in this order."


def crowding(standing: Iterable[Link], newcomer: Link) -> Link | None:
    """The link that has to go for a newcomer: the least useful one of who would have more places than the newcomer even
    after that. None when there is nobody."""
    links = list(standing)
    for party in PARTIES:
        own = party(newcomer)
        if own is None:
            continue
        taken: dict[object, list[Link]] = {}
        for link in links:
            taken.setdefault(party(link), []).append(link)
        most = max(taken.values(), key=len, default=[])
        if len(most) > len(taken.get(own, ())) + 1:
            return min(most, key=lambda link: link.utility)
    return None
