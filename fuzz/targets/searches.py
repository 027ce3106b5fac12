"""Whatever comes in the Ping of a search of all nodes, at a node that has begun one and has a record that matches."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from fuzz.seeds import searches as seeds
from peerapi.address import Address
from peerapi.graphing.codec.framing import frame
from peerapi.graphing.codec.internal_records import GraphInfo
from peerapi.graphing.codec.messages import AuthInfo, Connect, ConnectionType, PointToPoint, encode
from peerapi.graphing.codec.records import PING
from peerapi.graphing.codec.search_messages import (
    Kind,
    decode_answer,
    decode_query,
    encode_answer,
    encode_query,
    unwrap,
)
from peerapi.graphing.codec.wire import MalformedMessage
from peerapi.graphing.draft import Draft
from peerapi.graphing.graph import Graph
from peerapi.graphing.link import Link
from peerapi.graphing.machine.new_records import FLAG_LOCAL
from peerapi.graphing.outputs import SearchNews
from peerapi.graphing.search_events import NodeAnswered, SearchLimits
from peerapi.moment import Moment
from peerapi.store.database import Database

HERE = Address(bytes(15) + b"\1", 4000)


class _Node:
    """Alice's node, with bob and carol as neighbors."""

    def __init__(self) -> None:
        self.graph = Graph(seeds.GRAPH, "alice", Database.open(":memory:"), random=random.Random(1))
        self.now = Moment(seeds.NOW, 1.0)
        info = {"scope": 1, "defer_expiration": False, "graph_id": seeds.GRAPH, "creator_id": "alice"}
        self.do(self.graph.create, GraphInfo(**info, presence_lifetime=300, max_presence=0))  # type: ignore[arg-type]
        kind = bytes(15) + b"\x77"
        draft = Draft(kind, flags=FLAG_LOCAL, attributes=seeds.ATTRIBUTES, expiration=seeds.NOW + seeds.LASTS)
        self.do(self.graph.add_record, draft)
        self.links = [self._neighbor(name, number) for number, name in enumerate(("bob", "carol"), 5)]
        self.graph.outputs.clear()

    def do(self, work: Callable[..., Any], *arguments: Any) -> Any:
        self.graph.database.begin()
        self.graph.at(self.now)
        result = work(*arguments)
        self.graph.database.commit()
        return result

    def _neighbor(self, name: str, node_id: int) -> Link:
        link: Link = self.do(self.graph.accepted, AuthInfo(ConnectionType.NEIGHBOR, seeds.GRAPH, name, None), HERE)
        self.do(self.graph.received, link, frame(encode(Connect(node_id=node_id, addresses=()))))
        return link


def search(data: bytes) -> None:
    """Nothing but a Ping to the link; what is told matches and is a record; what is decoded can be sent again."""
    found = unwrap(data)
    if found is not None:
        _decoded(*found)
    node = _Node()
    own = node.do(lambda: node.graph.node_searches.ask(seeds.CRITERIA, **SearchLimits()._asdict()))
    asked = data.replace(seeds.SEARCH, own)  # the search that the node has begun is what the seeds speak of
    for payload in (data, asked, asked):
        node.do(node.graph.received, node.links[0], frame(encode(PointToPoint(PING, payload))))
    assert all(link.connected for link in node.links), "a link has ended"
    news = [one.news for one in node.graph.outputs if isinstance(one, SearchNews)]
    answers = [one for one in news if isinstance(one, NodeAnswered)]
    assert len({(one.node_id, one.peer_id) for one in answers}) == len(answers), "a node was told twice"
    for one in answers:
        for row in one.rows:
            assert seeds.ATTRIBUTES.encode("utf-16-be") in row.wire or b"f\0i\0l\0e" in row.wire, "no match"


def _decoded(kind: Kind, wire: bytes) -> None:
    from peerapi.graphing.codec.records import decode_record

    try:
        payload = decode_record(wire).payload
        again = encode_query(decode_query(payload)) if kind is Kind.QUERY else encode_answer(decode_answer(payload))
    except MalformedMessage:
        return
    assert len(again) == len(payload), "not what it was"


TARGETS: dict[str, Callable[[bytes], None]] = {"node-search": search}
