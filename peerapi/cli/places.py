"""The places of other nodes that are named on a command line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from peerapi.errors import AlreadyExists, PeerError

if TYPE_CHECKING:
    import peerapi


async def connect(graph: peerapi.Graph, places: Sequence[str], complain: Callable[[str, PeerError], None]) -> None:
    """Connect to the first node that answers at one of the places; the graph finds the others. A host name that is
    unknown is complained of while there are other places. Raises why nobody was reached."""
    from peerapi.python import hosts, node_addresses

    found: list[peerapi.Address] = []
    for number, place in enumerate(places, 1):
        try:
            found += await node_addresses.find(place, None, hosts.current())
        except PeerError as error:
            if number == len(places) and not found:
                raise
            complain(place, error)
    if found:
        try:
            await graph.connect(found)
        except AlreadyExists:
            return
