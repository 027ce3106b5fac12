"""What graphs read."""

from __future__ import annotations

import functools
import random
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from peerapi.address import Address
from peerapi.errors import GraphInUse, InvalidDatabase
from peerapi.graphing.codec import messages as codec
from peerapi.graphing.codec import records
from peerapi.graphing.codec.framing import frame
from peerapi.graphing.codec.internal_records import ContactPayload, GraphInfo, PresencePayload, SignaturePayload
from peerapi.graphing.codec.messages import Message
from peerapi.graphing.draft import Draft
from peerapi.graphing.graph import Graph
from peerapi.moment import Moment
from peerapi.store.database import Database
from peerapi.store.journal import SUFFIX

GRAPH, PEER = "fuzz", "mallory"
NOW = 134_000_000_000_000_000
TYPE = bytes(15) + b"\x77"
ADDRESS = Address(bytes.fromhex("20010db8000000000000000000000001"), 4000)
NEAR = Address(bytes.fromhex("fe800000000000000000000000000002"), 4001)
INFO = GraphInfo(
    scope=1,
    defer_expiration=False,
    graph_id=GRAPH,
    creator_id=PEER,
    friendly_name="Fuzz",
    comment=None,
    presence_lifetime=300,
    max_presence=0xFFFFFFFF,
    max_record_size=0,
)
IMPORT_ERRORS = (InvalidDatabase, GraphInUse)
ATTRIBUTES = (
    "<attributes/>",
    '<attributes><attribute name="Owner" type="string">Sc&amp;ott</attribute></attributes>',
    '<attributes><attribute name="n" type="int">0042</attribute><attribute name="n" type="int">7</attribute>'
    '<attribute name="when" type="date">2026-02-03T04:05:06.7+02:00</attribute></attributes>',
    '<?xml version="1.0"?>\n<attributes><!-- c --><attribute type="string" name="x"><![CDATA[<a>]]></attribute>'
    "</attributes>",
)
SEARCHES = (
    '<peersearch><clause attrib="Owner" type="string" compare="equal">Sc*</clause></peersearch>',
    '<peersearch><and><clause attrib="n" type="int" compare="greaterorequal">7</clause>'
    '<or><clause attrib="when" type="date" compare="less">2027</clause>'
    '<clause attrib="Owner" type="string">a\\*b?</clause></or></and></peersearch>',
    '<peersearch><clause attrib="x" type="string" compare="notequal">*</clause></peersearch>',
    '<peersearch><clause attrib="peercreationtime" type="date" compare="greater">2026-01</clause></peersearch>',
)


def _record(number: int, **changes: object) -> records.Record:
    values: dict[str, object] = {
        "type": TYPE,
        "id": records.record_id(PEER, bytes([number]) * 16),
        "version": 1,
        "creator_id": PEER,
        "creation": NOW,
        "expiration": NOW + 10**11,
        "modification": NOW,
        "graph_id": GRAPH,
        "payload": b"payload %d" % number,
        "attributes": None,
        **changes,
    }
    return records.Record(**values)  # type: ignore[arg-type]


RECORDS = (
    _record(1),
    _record(2, attributes=ATTRIBUTES[1]),
    _record(3, version=7, modified_by="other", modification=NOW + 5, security_data=b"sec"),
    _record(4, deleted=True, payload=b"", version=2, modified_by=PEER, modification=NOW + 9),
    _record(5, type=records.GRAPH_INFO, id=records.GRAPH_INFO_ID, payload=INFO.encode()),
    _record(6, type=records.SIGNATURE, id=records.SIGNATURE_ID, payload=SignaturePayload(77).encode()),
    _record(7, type=records.CONTACT, payload=ContactPayload(77, 78, (ADDRESS, NEAR)).encode()),
    _record(8, type=records.PRESENCE, payload=PresencePayload(79, ATTRIBUTES[1], (ADDRESS,)).encode()),
)
RECORD_IDS = [one.id for one in RECORDS]

MESSAGES: tuple[Message, ...] = (
    codec.AuthInfo(codec.ConnectionType.NEIGHBOR, GRAPH, "someone", PEER),
    codec.AuthInfo(codec.ConnectionType.DIRECT, GRAPH, "someone", None),
    codec.Connect(node_id=5, addresses=(ADDRESS, NEAR), neighbor_list=True, friendly_name="Friend"),
    codec.Connect(node_id=5, addresses=(ADDRESS,), update=True),
    codec.Welcome(6, NOW, (ADDRESS,), "someone", "Friend"),
    codec.Refuse(codec.RefuseCode.BUSY, (ADDRESS,)),
    codec.Disconnect(codec.DisconnectReason.LEAVING, (ADDRESS, NEAR)),
    codec.SolicitNew(include=(TYPE,)),
    codec.SolicitNew(exclude=(TYPE, records.PRESENCE)),
    codec.SolicitTime(modification_time=NOW, include=(TYPE,)),
    codec.SolicitHash(entries=(codec.HashInfo(bytes(16), NOW, RECORD_IDS[0]),)),
    codec.Advertise((codec.HashBoundary(0, bytes(16), NOW, RECORD_IDS[0], 1),), ((RECORD_IDS[0], 1),)),
    codec.Request(((RECORD_IDS[0], 1), (RECORD_IDS[1], 1))),
    *(codec.Flood(records.encode_record(one)) for one in RECORDS),
    codec.SyncEnd(final=True),
    codec.PointToPoint(data_type=TYPE, payload=b"data"),
    codec.PointToPoint(data_type=records.PING, payload=b""),
    codec.Ack(((RECORD_IDS[0], True), (RECORD_IDS[1], False))),
)


def _sent(*wanted: Message, size: int = 16_379) -> bytes:
    return b"".join(frame(codec.encode(one), size) for one in wanted)


WHOLE_SYNC = _sent(
    codec.SolicitNew(include=(records.GRAPH_INFO,)),
    codec.SolicitNew(exclude=(records.GRAPH_INFO,)),
    codec.SolicitHash(entries=(codec.HashInfo(bytes(16), NOW, RECORD_IDS[0]),)),
    codec.Request(tuple((one, 1) for one in RECORD_IDS)),
)


def _messages() -> Iterator[bytes]:
    yield from map(codec.encode, MESSAGES)


def _streams() -> Iterator[bytes]:
    for size in (16_379, 40, 1):
        yield bytes([size & 0xFF]) + _sent(*MESSAGES[2:9], size=size)
    yield b"\x07" + _sent(codec.Flood(bytes(50_000)))


def _records() -> Iterator[bytes]:
    yield from map(records.encode_record, RECORDS)


def _payloads() -> Iterator[bytes]:
    yield b"\0" + INFO.encode()
    yield b"\1" + SignaturePayload(9).encode()
    yield b"\2" + ContactPayload(7, 8, (ADDRESS, NEAR)).encode()
    yield b"\3" + PresencePayload(8, ATTRIBUTES[2], (ADDRESS,)).encode()


def _attributes() -> Iterator[bytes]:
    yield from (text.encode() for text in ATTRIBUTES)


def _searches() -> Iterator[bytes]:
    for number, text in enumerate(SEARCHES):
        yield f"{text}\0{ATTRIBUTES[number % len(ATTRIBUTES)]}".encode()


def _conversations() -> Iterator[bytes]:
    yield WHOLE_SYNC
    yield _sent(*MESSAGES[-12:])
    yield _sent(*(codec.Flood(records.encode_record(one)) for one in RECORDS), codec.SyncEnd(final=True))
    yield _sent(MESSAGES[3], MESSAGES[7], MESSAGES[9], MESSAGES[10], MESSAGES[12])
    yield _sent(MESSAGES[6])


class Files(NamedTuple):
    """What lies on the disk."""

    own: bytes
    "A graph's database."
    journal: bytes
    "What its process had committed last when it was killed."
    exported: bytes


@functools.cache
def files() -> Files:
    with tempfile.TemporaryDirectory(prefix="peerapi-fuzz-") as folder:
        path = Path(folder) / "own"
        database = Database.open(path)
        graph = Graph(GRAPH, PEER, database, random=random.Random(5))
        moment = Moment(NOW + 10**9, 100.0)
        database.begin()
        for fact, value in (("graph_id", GRAPH), ("peer_id", PEER), ("name", "db")):
            database.set_fact(fact, value)
        graph.at(moment).create(INFO)
        for number in range(30):
            attributes = ATTRIBUTES[number % len(ATTRIBUTES)]
            draft = Draft(type=TYPE, data=b"%d " % number * 40, expiration=NOW + 10**11, attributes=attributes)
            graph.at(moment).add_record(draft)
        database.commit()
        exported = Path(folder) / "exported"
        database.export(str(exported))
        database._execute("PRAGMA wal_checkpoint").fetchall()
        own = path.read_bytes()
        for number in range(5):
            database.begin()
            graph.at(moment).add_record(Draft(type=TYPE, data=b"late %d" % number, expiration=NOW + 10**11))
            database.commit()
        journal = Path(f"{path}{SUFFIX}").read_bytes()
        database.close()
        return Files(own, journal, exported.read_bytes())


SEEDS: dict[str, Callable[[], list[bytes]]] = {
    "message": lambda: list(_messages()),
    "framing": lambda: list(_streams()),
    "record": lambda: list(_records()),
    "reading": lambda: list(_records()),
    "internal": lambda: list(_payloads()),
    "attributes": lambda: list(_attributes()),
    "search": lambda: list(_searches()),
    "conversation": lambda: list(_conversations()),
    "archive": lambda: [files().exported],
    "database": lambda: [files().own],
    "journal": lambda: [files().journal],
}
