"""The places of other nodes that are named on a command line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from peerapi.errors import AlreadyExists, ConnectionFailed, PeerError

if TYPE_CHECKING:
    import peerapi

PATIENCE = 3.0
"Seconds in which somebody who listens takes a connection."


async def connect(
    graph: peerapi.Graph, places: Sequence[str], complain: Callable[[str, PeerError], None], *, named: bool = False
) -> None:
    """Connect to the first node that answers at one of the places; the graph finds the others. A host name that is
    unknown is complained of while there are other places. Raises why nobody was reached. ``named``: the node has a name
    that somebody else may have, and can have another one."""
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
        except ConnectionFailed as error:
            why = await _why(graph, found, named=named)
            raise ConnectionFailed(f"No connection to {', '.join(places)}: {why}") from error


async def _why(graph: peerapi.Graph, addresses: Sequence[peerapi.Address], *, named: bool) -> str:
    """What a node that refuses does not say (MS-PPGRH 3.1.5.1.1: it closes the connection): whether there is one."""
    import trio

    heard = False
    direct = [address for address in addresses if not address.relay]
    if not direct:
        return "nobody is reached through that relay."

    async def call(address: peerapi.Address) -> None:
        nonlocal heard
        family = trio.socket.AF_INET if address.is_ipv4 else trio.socket.AF_INET6
        where = (address.host, address.port) if address.is_ipv4 else address.sockaddr
        with trio.socket.socket(family, trio.socket.SOCK_STREAM) as sock:
            try:
                await sock.connect(where)
            except OSError:
                return
        heard = True

    with trio.move_on_after(PATIENCE):
        async with trio.open_nursery() as nursery:
            for address in direct:
                nursery.start_soon(call, address)
    if not heard:
        return "nobody listens there."
    other = f"; or if {graph.peer} is there already, --peer gives another name" if named else ""
    return f"somebody listens there, but has no graph {graph.graph_id!r} that can be joined{other}."
