"""Searches of all nodes, as tests of machines ask them."""

from __future__ import annotations

from typing import Any

from peerapi.graphing.codec.messages import PointToPoint
from peerapi.graphing.codec.records import PING, Record, encode_record, record_id
from peerapi.graphing.codec.search_messages import (
    ANSWER_TYPE,
    QUERY_TYPE,
    Answer,
    Kind,
    Query,
    encode_answer,
    encode_query,
    unwrap,
    wrap,
)
from peerapi.graphing.machine.new_records import FLAG_LOCAL
from peerapi.graphing.search_events import NodeAbsent, NodeAnswered, SearchEnded, SearchEvent
from peerapi.moment import SECOND
from tests.graphing.machines import EPOCH, GRAPH, Machine, Stranger
from tests.graphing.pair import Net

EVERY_NODE = 0xFFFFFFFF
LIMITS: dict[str, Any] = {"max_records": 100, "max_bytes": 100_000, "timeout": 5.0}


def xml(name: str, value: str) -> str:
    """Attributes of a record with one of them."""
    return f'<attributes><attribute name="{name}" type="string">{value}</attribute></attributes>'


def asking(value: str, name: str = "file") -> str:
    """A search for such records."""
    return f'<peersearch><clause attrib="{name}" type="string" compare="equal">{value}</clause></peersearch>'


def local(machine: Machine, value: str, data: bytes = b"data") -> bytes:
    """A record that is only local."""
    return machine.add(data, flags=FLAG_LOCAL, attributes=xml("file", value))


def line(net: Net, *names: str) -> list[Machine]:
    """Machines, each a neighbor of the one before, all of which tell of themselves."""
    machines = [net.create(names[0], properties={"max_presence": EVERY_NODE})]
    machines[0].listen()
    for name in names[1:]:
        machine = net.open(name)
        net.connect(machine, machines[-1])
        machine.listen()
        machines.append(machine)
    net.deliver_all()
    return machines


def silence(machine: Machine, silent: bool = True) -> None:
    """The machine does not read what comes."""
    for end in machine.ends.values():
        end.stalled = silent


def ask(machine: Machine, criteria: str, **limits: Any) -> bytes:
    """Begin a search, and deliver all that follows from it."""
    search = machine.do(machine.graph.node_searches.ask, criteria, **{**LIMITS, **limits})
    machine.net.deliver_all()
    return search


def news(machine: Machine, search: bytes) -> list[SearchEvent]:
    return [one.news for one in machine.search_news if one.search == search]


def answers(machine: Machine, search: bytes) -> dict[str, set[bytes]]:
    """The IDs of the records that each peer has told."""
    return {
        event.peer_id: {row.id for row in event.rows}
        for event in news(machine, search)
        if isinstance(event, NodeAnswered)
    }


def absent(machine: Machine, search: bytes) -> set[str]:
    return {event.peer_id for event in news(machine, search) if isinstance(event, NodeAbsent)}


def ended(machine: Machine, search: bytes) -> bool:
    events = news(machine, search)
    assert not any(isinstance(event, SearchEnded) for event in events[:-1]), "something came behind the end"
    return bool(events) and isinstance(events[-1], SearchEnded)


# ---- Strangers -------------------------------------------------------------------------------------------------------


def message(stranger: Stranger, kind: Kind, payload: bytes, *, lasts: float = 5.0, **fields: Any) -> PointToPoint:
    """A message of a search, as a stranger makes it."""
    now = EPOCH + int(stranger.net.elapsed * SECOND)
    values: dict[str, Any] = {
        "type": QUERY_TYPE if kind is Kind.QUERY else ANSWER_TYPE,
        "id": record_id(stranger.name, stranger.net.random.randbytes(16)),
        "version": 1,
        "creator_id": stranger.name,
        "creation": now + 1,
        "expiration": now + int(lasts * SECOND),
        "modification": now,
        "graph_id": GRAPH,
        "payload": payload,
    }
    return PointToPoint(PING, wrap(kind, encode_record(Record(**{**values, **fields}))))


def query(stranger: Stranger, criteria: str, *, only_local: bool = False, **fields: Any) -> PointToPoint:
    asked = Query(stranger.node_id, only_local, 1000, 1 << 20, criteria)
    return message(stranger, Kind.QUERY, encode_query(asked), **fields)


def answer(stranger: Stranger, search: bytes, *wires: bytes, node_id: int | None = None, **fields: Any) -> PointToPoint:
    from peerapi.graphing.codec.search_messages import Copy

    said = fields.pop("answer", None) or Answer(
        search, node_id or stranger.node_id, False, (), tuple(Copy(True, wire) for wire in wires)
    )
    return message(stranger, Kind.ANSWER, encode_answer(said), **fields)


def searches(messages: list[PointToPoint], kind: Kind) -> list[bytes]:
    """The records of the messages of searches among Pings and others."""
    found = [unwrap(one.payload) for one in messages if one.data_type == PING]
    return [wire for one in found if one is not None and one[0] is kind for wire in (one[1],)]
