"""What a board needs to know of its graph or group alike."""

from __future__ import annotations

from peerapi import Graph, Group, Node, PeerError, Status, errors

AnyGraph = Graph | Group
NOT_READY = (errors.GraphNotReady, errors.GroupNotReady)
CLOSED = (errors.GraphShuttingDown, errors.InvalidGroup)


def is_ready(graph: AnyGraph) -> bool:
    """Whether records can be read and written."""
    if isinstance(graph, Graph):
        return Status.SYNCHRONIZED in graph.status
    try:
        graph.nodes()
    except (*NOT_READY, *CLOSED):
        return False
    return True


def peer_of(graph: AnyGraph) -> str:
    """The author of the records that are made here."""
    return graph.peer if isinstance(graph, Graph) else graph.identity


def present(graph: AnyGraph) -> list[Node]:
    """The nodes that tell of themselves; none are known before the records of the others are here."""
    try:
        return graph.nodes()
    except (*NOT_READY, *CLOSED):
        return []


def names(graph: AnyGraph) -> dict[str, str]:
    """Peer -> what people call them, of the members of a group. In a graph a peer is called as it is called."""
    if isinstance(graph, Graph):
        return {}
    try:
        return {member.name: member.friendly_name for member in graph.members()}
    except PeerError:
        return {}


async def wait_ready(graph: AnyGraph) -> None:
    """Wait until records can be read and written."""
    if isinstance(graph, Graph):
        await graph.wait_synchronized()
    else:
        await graph.wait_ready()


async def founder_of(graph: AnyGraph) -> str:
    """The peer who has begun it."""
    return (await graph.properties()).creator
