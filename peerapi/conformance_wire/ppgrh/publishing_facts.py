"""What the node publishes itself: its application's records, and those that describe graph and nodes (2.2.3, 3.1.7)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from uuid import UUID, uuid4

from peerapi.conformance_wire.bench import Bench, NotHere, expect, same
from peerapi.conformance_wire.facts import Need
from peerapi.conformance_wire.ppgrh import messages
from peerapi.conformance_wire.ppgrh.catalogue import PPGRH
from peerapi.conformance_wire.ppgrh.link import connected
from peerapi.conformance_wire.ppgrh.messages import FLOOD, PT2PT, Welcome
from peerapi.conformance_wire.ppgrh.records import (
    DELETED,
    GRAPH_INFO,
    GRAPH_INFO_ID,
    PRESENCE,
    SECOND,
    SIGNATURE,
    SIGNATURE_ID,
    Cursor,
    Record,
    creator_half,
)

MAIN = "main"
"The node under test, as the driver knows it."


# ---- the records of its application ----


@dataclass(frozen=True)
class Life:
    """A record of the node's application: as it was added, changed and deleted."""

    added: Record
    changed: Record
    deleted: Record
    peer: str


def a_life(bench: Bench) -> Life:
    with connected(bench) as link:
        type = uuid4()
        kept = []
        id = bench.driver.do(
            "add", node=MAIN, type=str(type), data=b"first".hex(), attributes={"Author": "Austen"}, seconds=3600
        )
        for deed in (None, "update", "delete"):
            if deed:
                bench.driver.do(deed, node=MAIN, record=id, data=b"second".hex())
            raw = link.expect(FLOOD, lambda raw: UUID(id).bytes in raw)
            kept.append(Record.read(messages.record_in(raw)))
            link.send(messages.ack([(UUID(id), 1)]))
        peer = messages.string_at(link.welcome, Welcome.read(link.welcome).peer_at)
        return Life(kept[0], kept[1], kept[2], peer)


OfLife = Callable[[Life], object]


def _of_life(seen: OfLife, wanted: OfLife, bench: Bench) -> None:
    life = bench.once(a_life)
    same(seen(life), wanted(life))


LIFE: list[tuple[str, str, OfLife, OfLife]] = [
    ("3.1.7.2", "a new record has version 1", lambda one: one.added.version, lambda one: 1),
    ("2.2.1.9", "a new record has no flag and no reserved byte set", lambda one: one.added.flags, lambda one: 0),
    ("3.1.7.2", "a new record names nobody as its modifier", lambda one: one.added.modified_by, lambda one: None),
    ("3.1.7.2", "a new record was modified when it was created", lambda o: o.added.modified, lambda o: o.added.created),
    ("3.1.7.2", "a new record names the node's Peer ID as its creator", lambda o: o.added.creator, lambda o: o.peer),
    (
        "3.1.7.2",
        "the high half of a new Record ID is made of the MD5 hash of the creator",
        lambda one: one.added.id.bytes[:8],
        lambda one: creator_half(one.peer),
    ),
    ("2.2.1.9", "a new record has Protocol Version 0x0100", lambda one: one.added.protocol, lambda one: 0x0100),
    ("3.1.4.3", "a new record has the payload of the application", lambda one: one.added.payload, lambda one: b"first"),
    (
        "3.1.4.3",
        "a new record has the attributes of the application",
        lambda one: "Austen" in (one.added.attributes or ""),
        lambda one: True,
    ),
    (
        "3.1.4.3",
        "a new record expires after its modification",
        lambda one: one.added.expires > one.added.modified,
        lambda one: True,
    ),
    ("3.1.4.4", "a changed record has version 2", lambda one: one.changed.version, lambda one: 2),
    ("3.1.4.4", "a changed record names its modifier", lambda one: one.changed.modified_by, lambda one: one.peer),
    ("3.1.7.8", "a changed record keeps its Record ID", lambda one: one.changed.id, lambda one: one.added.id),
    ("3.1.7.8", "a changed record keeps its type", lambda one: one.changed.type, lambda one: one.added.type),
    ("3.1.7.8", "a changed record keeps its Creation Time", lambda o: o.changed.created, lambda o: o.added.created),
    ("3.1.7.8", "a changed record keeps its creator", lambda one: one.changed.creator, lambda one: one.added.creator),
    (
        "3.1.7.8",
        "a changed record was modified later",
        lambda one: one.changed.modified > one.added.modified,
        lambda one: True,
    ),
    (
        "3.1.7.8",
        "a changed record expires no earlier",
        lambda one: one.changed.expires >= one.added.expires,
        lambda one: True,
    ),
    ("3.1.4.4", "a changed record keeps its attributes", lambda o: o.changed.attributes, lambda o: o.added.attributes),
    ("3.1.4.4", "a changed record has the new payload", lambda one: one.changed.payload, lambda one: b"second"),
    ("3.1.7.9", "a deleted record has the Deleted bit set", lambda one: one.deleted.flags, lambda one: DELETED),
    ("3.1.7.9", "a deleted record has no payload", lambda one: one.deleted.payload, lambda one: b""),
    ("3.1.7.9", "a deleted record has no attributes", lambda one: one.deleted.attributes, lambda one: None),
    ("3.1.7.9", "a deletion has a higher version", lambda one: one.deleted.version, lambda one: 3),
    ("3.1.7.9", "a deleted record keeps its Creation Time", lambda o: o.deleted.created, lambda o: o.added.created),
]
for section, says, seen, wanted in LIFE:
    PPGRH.add(section, says, partial(_of_life, seen, wanted), Need.DRIVER)


@PPGRH.fact("2.2.2.13", "data of the application travels as PT2PT with its type and payload", Need.DRIVER)
def _sends_data(bench: Bench) -> None:
    with connected(bench) as link:
        type = uuid4()
        bench.driver.do("send", node=MAIN, to=f"{link.node:x}", type=str(type), data=b"hello".hex())
        raw = link.expect(PT2PT, lambda raw: raw[12:28] == type.bytes)
        same(raw[int.from_bytes(raw[8:10], "big") :], b"hello", "the payload")
        same(raw[10:12], b"\0\0", "Reserved2")


@PPGRH.fact("3.1.4.12", "a node that is closed sends DISCONNECT with Reason LEAVING and closes", Need.DRIVER)
def _leaves(bench: Bench) -> None:
    name, target = f"closed {uuid4()}", bench.target
    graph = f"closed {uuid4()}"
    bench.driver.do("create", node=name, graph=graph, peer="somebody who leaves")
    port = bench.driver.do("listen", node=name)
    place = Bench(type(target)(host=target.host, port=port, graph=graph), patience=bench.patience)
    with connected(place) as link:
        bench.driver.do("close", node=name)
        raw = link.expect(messages.DISCONNECT)
        reason, _ = messages.referrals(raw)
        same(reason, messages.LEAVING, "Reason")
        same(raw[9] * 20 + int.from_bytes(raw[10:12], "big") <= len(raw), True, "whether its addresses fit")
        same(link.expect_end(), [], "what follows")


# ---- records of the graph ----


def _told(bench: Bench, type: UUID) -> list[Record]:
    with connected(bench) as link:
        return [one for one in link.collect(messages.solicit_new([type])) if not one.flags & DELETED]


@dataclass(frozen=True)
class Info:
    """The graph info record and its payload, field by field (2.2.3.1)."""

    record: Record
    size: int
    flags: int
    scope: int
    graph: str | None
    creator: str | None
    friendly: str | None
    comment: str | None
    lifetime: int
    most_present: int
    largest: int
    left: int
    "Bytes behind the last field."


def an_info(bench: Bench) -> Info:
    found = _told(bench, GRAPH_INFO)
    expect(len(found) == 1, f"{len(found)} graph info records")
    cursor = Cursor(found[0].payload)
    size, flags, scope = (cursor.number(4) for _ in range(3))
    graph, creator, friendly, comment = (cursor.counted() for _ in range(4))
    lifetime, most, largest = (cursor.number(4) for _ in range(3))
    return Info(found[0], size, flags, scope, graph, creator, friendly, comment, lifetime, most, largest, cursor.left)


OfInfo = Callable[[Info], object]


def _of_info(seen: OfInfo, wanted: object, bench: Bench) -> None:
    same(seen(bench.once(an_info)), wanted)


for section, says, of_info, value in (
    ("2.2.3.1", "the graph info record has its fixed Record ID", lambda one: one.record.id, GRAPH_INFO_ID),
    ("2.2.3.1", "Size of graph info is the size of the payload", lambda one: one.size - len(one.record.payload), 0),
    ("2.2.3.1", "the reserved 30 bits and I of graph info are zero", lambda one: one.flags & ~2, 0),
    ("2.2.3.1", "nothing lies behind the fields of graph info", lambda one: one.left, 0),
    (
        "2.2.3.1",
        "Presence Lifetime of graph info is 0 or at least 300",
        lambda one: one.lifetime == 0 or one.lifetime >= 300,
        True,
    ),
    (
        "2.2.3.1",
        "Max Record Size of graph info is 0 or from 1024 to 62914560",
        lambda one: one.largest == 0 or 1024 <= one.largest <= 62_914_560,
        True,
    ),
    ("2.2.3.1", "graph info names the record's creator", lambda one: one.creator == one.record.creator, True),
    ("2.2.3.1", "Graph ID of graph info is that of the record", lambda one: one.graph == one.record.graph, True),
    (
        "3.1.7.7",
        "graph info expires 300 seconds after its modification",
        lambda one: one.record.expires - one.record.modified,
        300 * SECOND,
    ),
    ("2.2.1.9", "the graph info record has Protocol Version 0x0100", lambda one: one.record.protocol, 0x0100),
):
    PPGRH.add(section, says, partial(_of_info, of_info, value))


@PPGRH.fact("2.2.3.1", "graph info names the graph under which the node is called")
def _info_graph(bench: Bench) -> None:
    same(bench.once(an_info).graph, bench.target.graph, "Graph ID")


def a_presence(bench: Bench) -> Record:
    with connected(bench) as link:
        node = Welcome.read(link.welcome).node
    found = [one for one in _told(bench, PRESENCE) if one.payload[:8] == node.to_bytes(8, "big")]
    if not found:
        raise NotHere("the node does not publish its presence")
    return found[0]


def _addresses(cursor: Cursor) -> list[tuple[int, int, int, int]]:
    """Size, family, port and the last field of each PEER_ADDRESS (2.2.1.5)."""
    found = []
    for _ in range(cursor.number(4)):
        size, family, port = cursor.number(4), cursor.number(2), cursor.number(2)
        cursor.take(20)
        found.append((size, family, port, cursor.number(4)))
    expect(cursor.left == 0, f"{cursor.left} bytes behind the addresses")
    return found


def _presence_places(bench: Bench) -> list[tuple[int, int, int, int]]:
    cursor = Cursor(bench.once(a_presence).payload)
    cursor.take(8)
    cursor.counted()
    return _addresses(cursor)


@PPGRH.fact("2.2.3.4", "the presence record of the node names its port")
def _presence_port(bench: Bench) -> None:
    same({port for _, _, port, _ in _presence_places(bench)}, {bench.target.port}, "the ports")


@PPGRH.fact("2.2.1.5", "Size of each PEER_ADDRESS is 0x20")
def _address_size(bench: Bench) -> None:
    same({size for size, _, _, _ in _presence_places(bench)}, {0x20}, "Size")


@PPGRH.fact("2.2.1.5", "Protocol Family of each PEER_ADDRESS is 0x0017")
def _address_family(bench: Bench) -> None:
    same({family for _, family, _, _ in _presence_places(bench)}, {0x17}, "Protocol Family")


@PPGRH.fact("2.2.1.5", "the last field of each PEER_ADDRESS is zero")
def _address_zero(bench: Bench) -> None:
    same({zero for _, _, _, zero in _presence_places(bench)}, {0}, "Zero")


@PPGRH.fact("3.1.7.4", "a presence record expires after its modification by the lifetime that graph info says")
def _presence_lifetime(bench: Bench) -> None:
    record = bench.once(a_presence)
    same(record.expires - record.modified, (bench.once(an_info).lifetime or 300) * SECOND, "the lifetime")


def a_signature(bench: Bench) -> Record:
    """The signature record, which a node publishes within half a minute."""
    found = _told(bench, SIGNATURE)
    if found:
        return found[0]
    with connected(bench) as link:
        raw = link.expect(FLOOD, lambda raw: SIGNATURE_ID.bytes in raw)
        return Record.read(messages.record_in(raw))


@PPGRH.fact("2.2.3.2", "the signature record has its fixed Record ID")
def _signature_id(bench: Bench) -> None:
    same(bench.once(a_signature).id, SIGNATURE_ID, "Record ID")


@PPGRH.fact("2.2.3.2", "the payload of the signature record is 8 bytes")
def _signature_size(bench: Bench) -> None:
    same(len(bench.once(a_signature).payload), 8, "Payload Data Size")


@PPGRH.fact("3.1.7.6", "the signature of a graph of one node is its Node ID, big-endian")
def _signature_value(bench: Bench) -> None:
    with connected(bench) as link:
        same(bench.once(a_signature).payload, link.welcome[8:16], "the signature")


@PPGRH.fact("3.1.7.6", "the signature record expires 300 seconds after its modification")
def _signature_lifetime(bench: Bench) -> None:
    record = bench.once(a_signature)
    same(record.expires - record.modified, 300 * SECOND, "the lifetime")
