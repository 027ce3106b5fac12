"""Who is here, and who is whose neighbor: from presence, from the own connections, and from what other boards tell."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from peerapi import PeerError
from peerapi.text import as_label
from peerapi.whiteboard import graphs
from peerapi.whiteboard.graphs import AnyGraph, peer_of, present
from peerapi.whiteboard.requests import MOST_NEIGHBORS

STALE = 45.0
"Seconds after which what a node has told of its neighbors counts no longer."


@dataclass(frozen=True, slots=True)
class Reported:
    """What another board has said of itself."""

    peer: str
    name: str
    neighbors: dict[str, str]
    "Node -> peer."
    when: float
    first_hand: bool
    "Whether it came from that board's own node, and not by way of others."


class People:
    """The nodes of the graph as far as they are known here. Time is a parameter, in seconds."""

    def __init__(self) -> None:
        self._reported: dict[str, Reported] = {}

    def told(self, links: dict[str, Any], by: str, now: float) -> None:
        """Another board names its neighbors; ``links`` has been checked. ``by``: the node from which that came here."""
        node = links["node"]
        if len(self._reported) < 1000 or node in self._reported:
            neighbors = dict(links["neighbors"])
            self._reported[node] = Reported(links["peer"], links["name"], neighbors, now, by == node)

    def has_told(self, sender: str, neighbors: Iterable[str], now: float) -> set[str]:
        """Those of the own neighbors, as nodes, who have what came from a node: the node itself, and who is linked with
        it, as both of them say themselves."""
        around = self._said_by(sender, now)
        return {sender} | {one for one in neighbors if one in around and sender in self._said_by(one, now)}

    def _said_by(self, node: str, now: float) -> dict[str, str]:
        told = self._reported.get(node)
        return told.neighbors if told is not None and told.first_hand and now - told.when < STALE else {}

    def own(self, graph: AnyGraph, name: str) -> dict[str, Any]:
        """What this board tells the others."""
        node, neighbors = _around(graph)
        return {
            "peer": peer_of(graph),
            "node": node,
            "name": name,
            "neighbors": sorted(map(list, neighbors.items()))[:MOST_NEIGHBORS],
        }

    def names(self, graph: AnyGraph, name: str) -> dict[str, str]:
        """Peer -> what they are called; ``name``: the own one."""
        reported = {one.peer: one.name for one in self._reported.values()} | graphs.names(graph)
        return {peer: as_label(called) for peer, called in reported.items()} | {peer_of(graph): name}

    def seen(self, graph: AnyGraph, name: str, now: float) -> dict[str, Any]:
        """For the page: nodes with the names of their people, links between them, and by which way those of this node
        go."""
        me, neighbors = _around(graph)
        self._reported = {node: told for node, told in self._reported.items() if now - told.when < STALE}
        peers = {str(node.id): node.peer for node in present(graph)}
        peers |= neighbors
        links = {_link(me, other) for other in neighbors}
        for node, told in self._reported.items():
            if node in peers and node != me:
                links |= {_link(node, other) for other in told.neighbors if other != me}
                peers = told.neighbors | peers
        peers[me] = peer_of(graph)
        known = self.names(graph, name)
        nodes = [
            {"node": node, "peer": peer, "name": known.get(peer, peer), "me": node == me}
            for node, peer in sorted(peers.items(), key=lambda item: (item[0] != me, item[1], item[0]))
        ]
        paths = {str(one.node): one.path.value for one in graph.connections() if not one.direct}
        return {"is": "people", "nodes": nodes, "links": sorted(map(list, links)), "paths": paths, "names": known}


def _around(graph: AnyGraph) -> tuple[str, dict[str, str]]:
    """This node, and its neighbors: node -> peer."""
    neighbors = {str(other.node): other.peer for other in graph.connections() if not other.direct}
    try:
        return str(graph.node().id), neighbors
    except PeerError:
        return "0", neighbors


def _link(one: str, other: str) -> tuple[str, str]:
    return (one, other) if one < other else (other, one)
