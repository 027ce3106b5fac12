"""What a board needs to know of its graph or group alike."""

from __future__ import annotations

from peerapi import Address, Graph, Group, Node, PeerError, Status, errors
from peerapi.whiteboard.invitation import MOST_ADDRESSES

Replica = Graph | Group
NOT_READY = (errors.GraphNotReady, errors.GroupNotReady)
CLOSED = (errors.GraphShuttingDown, errors.InvalidGroup)


def is_ready(replica: Replica) -> bool:
    """Records can be read and written."""
    if isinstance(replica, Graph):
        return Status.SYNCHRONIZED in replica.status
    try:
        replica.nodes()
    except (*NOT_READY, *CLOSED):
        return False
    return True


def peer_of(replica: Replica) -> str:
    """The author of the records that are made here."""
    return replica.peer if isinstance(replica, Graph) else replica.identity


def present(replica: Replica) -> list[Node]:
    """The nodes that tell of themselves; none are known before the records of the others are here."""
    try:
        return replica.nodes()
    except (*NOT_READY, *CLOSED):
        return []


def names(replica: Replica) -> dict[str, str]:
    """Peer -> what people call them, of the members of a group. In a graph a peer is called as it is called."""
    if isinstance(replica, Graph):
        return {}
    try:
        return {member.name: member.friendly_name for member in replica.members()}
    except PeerError:
        return {}


def reachable(replica: Replica) -> list[Address]:
    """Where somebody who is invited may call: here, or at the other nodes."""
    found = dict.fromkeys(replica.addresses)
    for node in present(replica):
        found |= dict.fromkeys(node.addresses)
    return list(found)[:MOST_ADDRESSES]
