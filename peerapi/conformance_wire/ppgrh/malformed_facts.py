"""Messages of a neighbor whose sizes, counts and offsets are at or beyond their edges (3.1.5.2.5 to 3.1.5.2.13)."""

from __future__ import annotations

import struct
from functools import partial
from uuid import UUID, uuid4

from peerapi.conformance_wire.bench import Bench, expect, same
from peerapi.conformance_wire.ppgrh import messages
from peerapi.conformance_wire.ppgrh.catalogue import PPGRH
from peerapi.conformance_wire.ppgrh.link import ME, connected, ends
from peerapi.conformance_wire.ppgrh.messages import message
from peerapi.conformance_wire.ppgrh.records import new_record

GUIDS = b"".join(uuid4().bytes for _ in range(3))


def _solicit(kind: int, inside: int, outside: int, at: int, tail: bytes) -> bytes:
    """A SOLICIT_NEW or SOLICIT_TIME by its fields."""
    middle = b"" if kind == messages.SOLICIT_NEW else struct.pack(">Q", 0)
    return message(kind, struct.pack(">BBH", inside, outside, at) + middle + tail)


def _solicit_hash(inside: int, outside: int, types_at: int, count: int, hashes_at: int, tail: bytes) -> bytes:
    return message(messages.SOLICIT_HASH, struct.pack(">BBHIHH", inside, outside, types_at, count, hashes_at, 0) + tail)


def _ends(raw: bytes, bench: Bench) -> None:
    with connected(bench) as link:
        ends(link, raw)


ENDING: list[tuple[str, str, bytes]] = []
for section, name, kind, fixed in (
    ("3.1.5.2.5", "SOLICIT_NEW", messages.SOLICIT_NEW, 12),
    ("3.1.5.2.6", "SOLICIT_TIME", messages.SOLICIT_TIME, 20),
):
    ENDING += [
        (section, f"a {name} of 8 bytes", message(kind, b"")),
        (section, f"a {name} of {fixed - 1} bytes, one too few,", message(kind, bytes(fixed - 9))),
        (section, f"a {name} with an Inclusion Count of 2", _solicit(kind, 2, 0, fixed, GUIDS)),
        (section, f"a {name} with an Inclusion Count of 255", _solicit(kind, 255, 0, fixed, bytes(255 * 16))),
        (section, f"a {name} that includes and excludes", _solicit(kind, 1, 1, fixed, GUIDS)),
        (section, f"a {name} whose one type ends a byte behind it", _solicit(kind, 1, 0, fixed, GUIDS[:15])),
        (section, f"a {name} whose types end a byte behind it", _solicit(kind, 0, 3, fixed, GUIDS[:47])),
        (section, f"a {name} whose Record Types Offset is one too high", _solicit(kind, 1, 0, fixed + 1, GUIDS[:16])),
        (section, f"a {name} whose Record Types Offset is 0xFFFF", _solicit(kind, 1, 0, 0xFFFF, GUIDS[:16])),
        (section, f"a {name} with 255 excluded types that are not there", _solicit(kind, 0, 255, fixed, GUIDS)),
    ]
ENDING += [
    ("3.1.5.2.7", "a SOLICIT_HASH of 8 bytes", message(messages.SOLICIT_HASH, b"")),
    ("3.1.5.2.7", "a SOLICIT_HASH of 19 bytes, one too few,", message(messages.SOLICIT_HASH, bytes(11))),
    ("3.1.5.2.7", "a SOLICIT_HASH that includes and excludes", _solicit_hash(1, 1, 20, 0, 52, GUIDS[:32])),
    ("3.1.5.2.7", "a SOLICIT_HASH whose types reach into the hashes", _solicit_hash(0, 1, 20, 0, 35, GUIDS[:16])),
    ("3.1.5.2.7", "a SOLICIT_HASH whose hash ends a byte behind it", _solicit_hash(0, 0, 20, 1, 20, bytes(39))),
    ("3.1.5.2.7", "a SOLICIT_HASH with 5 hashes of which one is there", _solicit_hash(0, 0, 20, 5, 20, bytes(40))),
    ("3.1.5.2.7", "a SOLICIT_HASH with 2^32 - 1 hashes", _solicit_hash(0, 0, 20, 0xFFFFFFFF, 20, bytes(40))),
    ("3.1.5.2.7", "a SOLICIT_HASH whose Hash Entry Offset is one too high", _solicit_hash(0, 0, 20, 1, 21, bytes(40))),
    ("3.1.5.2.8", "an ADVERTISE that answers nothing", messages.advertise(b"", b"")),
    ("3.1.5.2.9", "a REQUEST that answers nothing", messages.request(messages.abstract(uuid4(), 1))),
    ("3.1.5.2.10", "a FLOOD of 8 bytes", message(messages.FLOOD, b"")),
    ("3.1.5.2.10", "a FLOOD of 15 bytes, less than 0x10,", message(messages.FLOOD, b"\0\x0c\0\0\0\0\0")),
    ("3.1.5.2.10", "a FLOOD whose Record Offset lies one behind it", messages.flood(bytes(100), at=113)),
    ("3.1.5.2.10", "a FLOOD whose Record Offset is 0xFFFF", messages.flood(bytes(100), at=0xFFFF)),
    ("3.1.5.2.11", "a SYNC_END of 8 bytes", message(messages.SYNC_END, b"")),
    ("3.1.5.2.11", "a SYNC_END of 11 bytes, less than 0x0C,", message(messages.SYNC_END, b"\1\0\0")),
    ("3.1.5.2.12", "an ACK of 8 bytes", message(messages.ACK, b"")),
    ("3.1.5.2.12", "an ACK of 11 bytes, less than 0x0C,", message(messages.ACK, b"\0\0\0")),
    ("3.1.5.2.12", "an ACK whose ACKs Offset lies one behind it", message(messages.ACK, struct.pack(">HH", 0, 13))),
    ("3.1.5.2.12", "an ACK whose ACKs Offset is 0xFFFF", message(messages.ACK, struct.pack(">HH", 0, 0xFFFF))),
    ("3.1.5.2.12", "an ACK whose entry ends a byte behind it", message(messages.ACK, b"\0\1\0\x0c" + bytes(19))),
    ("3.1.5.2.12", "an ACK with 65535 entries of one", message(messages.ACK, b"\xff\xff\0\x0c" + bytes(20))),
    ("3.1.5.2.13", "a PT2PT of 8 bytes", message(messages.PT2PT, b"")),
    ("3.1.5.2.13", "a PT2PT of 15 bytes, less than 0x10,", message(messages.PT2PT, b"\0\x0f\0\0\0\0\0")),
    (
        "3.1.5.2.13",
        "a PT2PT whose Data Offset lies one behind it",
        messages.point_to_point(uuid4(), b"data", at=33),
    ),
    ("3.1.5.2.13", "a PT2PT whose Data Offset is 0xFFFF", messages.point_to_point(uuid4(), b"data", at=0xFFFF)),
]
for section, what, raw in ENDING:
    PPGRH.add(section, f"{what} ends the connection", partial(_ends, raw))


# ---- in answer to ADVERTISE and SOLICIT_HASH ----

EVERYTHING = messages.hash_entry(bytes(16), (2**63 - 1, UUID(int=2**128 - 1)))
"A range of all records, with a hash that none has."


def _request_ends(raw: bytes, bench: Bench) -> None:
    with connected(bench) as link:
        link.send(messages.solicit_hash(EVERYTHING))
        link.expect(messages.ADVERTISE)
        ends(link, raw)


for what, raw in (
    ("of 15 bytes", message(messages.REQUEST, bytes(7))),
    ("whose abstract ends a byte behind it", message(messages.REQUEST, struct.pack(">II", 1, 16) + bytes(19))),
    ("with 2^32 - 1 abstracts", message(messages.REQUEST, struct.pack(">II", 0xFFFFFFFF, 16) + bytes(20))),
    ("whose Record Abstracts Offset lies behind it", message(messages.REQUEST, struct.pack(">II", 0, 37) + bytes(20))),
    ("whose Record Abstracts Offset is 2^32 - 1", message(messages.REQUEST, struct.pack(">II", 0, 0xFFFFFFFF))),
):
    PPGRH.add("3.1.5.2.9", f"a REQUEST {what} ends the connection", partial(_request_ends, raw))


# ---- at the edge, and just inside ----


def _ignored(raw: bytes, bench: Bench) -> None:
    with connected(bench) as link:
        link.send(raw)
        came = [messages.name_of(one) for one in link.probe()]
        same([name for name in came if name != "PT2PT"], [], "what comes")


def _answered(raw: bytes, bench: Bench) -> None:
    with connected(bench) as link:
        link.send(raw)
        link.expect(messages.SYNC_END, messages.is_final)
        link.probe()


for section, what, raw in (
    ("3.1.5.2.11", "a SYNC_END that answers nothing is ignored", messages.sync_end()),
    ("3.1.5.2.11", "a SYNC_END without Final is ignored", messages.sync_end(0)),
    ("2.2.2.12", "Reserved2 of a SYNC_END is ignored", messages.sync_end(reserved2=0xFF)),
    ("2.2.2.12", "Reserved3 of a SYNC_END is ignored", messages.sync_end(reserved3=0xFFFF)),
    *(
        ("2.2.2.12", f"Z{number} of a SYNC_END is ignored", messages.sync_end(0x80 >> (number - 1)))
        for number in range(1, 8)
    ),
    ("3.1.5.2.12", "an ACK without entries is taken", messages.ack([])),
    ("3.1.5.2.12", "an ACK for a record that nobody knows is taken", messages.ack([(uuid4(), 1)])),
    ("3.1.5.2.12", "an ACK that says not useful is taken", messages.ack([(uuid4(), 0)])),
    ("2.2.2.14", "the Reserved bits of an ACK entry are ignored", messages.ack([(uuid4(), 0xFFFFFFFE)])),
    ("3.1.5.2.12", "an ACK with a gap before its entries is taken", message(messages.ACK, b"\0\1\0\x10" + bytes(24))),
    ("3.1.5.2.12", "an ACK with 500 entries is taken", messages.ack([(uuid4(), 1) for _ in range(500)])),
    ("2.2.4.1", "a Ping is not answered", messages.point_to_point(messages.PING)),
    ("3.1.5.2.13", "a PT2PT of the application is not answered", messages.point_to_point(uuid4(), b"data")),
    ("3.1.5.2.13", "a PT2PT without payload is taken", messages.point_to_point(uuid4())),
    ("2.2.2.13", "Reserved2 of a PT2PT is ignored", messages.point_to_point(uuid4(), b"data", reserved=0xFFFF)),
    ("3.1.5.2.13", "a PT2PT with a gap before its data is taken", messages.point_to_point(uuid4(), bytes(9), at=31)),
    ("3.1.5.2.13", "a PT2PT of 100000 bytes is taken", messages.point_to_point(uuid4(), bytes(100_000))),
):
    PPGRH.add(section, what, partial(_ignored, raw))
for section, what, raw in (
    ("3.1.5.2.5", "a SOLICIT_NEW with a gap before its types", _solicit(messages.SOLICIT_NEW, 1, 0, 16, GUIDS[:20])),
    ("3.1.5.2.5", "a SOLICIT_NEW with bytes behind its types", _solicit(messages.SOLICIT_NEW, 1, 0, 12, GUIDS[:40])),
    ("3.1.5.2.6", "a SOLICIT_TIME with a gap before its types", _solicit(messages.SOLICIT_TIME, 1, 0, 24, GUIDS[:20])),
    ("3.1.5.2.6", "a SOLICIT_TIME with bytes behind its types", _solicit(messages.SOLICIT_TIME, 1, 0, 20, GUIDS[:40])),
    ("2.2.2.6", "a SOLICIT_NEW without types", messages.solicit_new()),
    ("2.2.2.7", "a SOLICIT_TIME without types", messages.solicit_time(2**63 - 1)),
    ("2.2.2.6", "a SOLICIT_NEW that excludes one type", messages.solicit_new([], [uuid4()])),
    ("2.2.2.6", "a SOLICIT_NEW that excludes 255 types", messages.solicit_new([], [uuid4() for _ in range(255)])),
    ("2.2.2.7", "a SOLICIT_TIME that excludes 255 types", messages.solicit_time(0, [], [uuid4() for _ in range(255)])),
):
    PPGRH.add(section, f"{what} is answered by a final SYNC_END", partial(_answered, raw))


@PPGRH.fact("2.2.2.8", "Reserved2 of a SOLICIT_HASH is ignored")
def _hash_reserved(bench: Bench) -> None:
    with connected(bench) as link:
        link.send(messages.solicit_hash(EVERYTHING, reserved=0xFFFF))
        link.expect(messages.ADVERTISE)


@PPGRH.fact("3.1.5.2.10", "Record Offset of a FLOOD is followed")
def _record_offset(bench: Bench) -> None:
    with connected(bench) as link:
        record = new_record(bench.target.graph, ME, uuid4(), link.peer_time)
        link.send(messages.flood(b"gap!" + record.encode(), at=16))
        same(link.acked(record)[record.id], 1, "Useful")
        expect(link.stored(record) == record, "another record is stored")
