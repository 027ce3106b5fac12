"""SOLICIT_NEW, SOLICIT_TIME and SOLICIT_HASH, and what answers them (3.1.5.2.5 to 3.1.5.2.9, 3.1.7.31)."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable
from functools import partial
from uuid import UUID, uuid4

from peerapi.conformance_wire.bench import Bench, expect, same
from peerapi.conformance_wire.ppgrh import messages
from peerapi.conformance_wire.ppgrh.catalogue import PPGRH
from peerapi.conformance_wire.ppgrh.flooding_facts import fresh
from peerapi.conformance_wire.ppgrh.link import ME, Link, connected, ends
from peerapi.conformance_wire.ppgrh.malformed_facts import EVERYTHING
from peerapi.conformance_wire.ppgrh.messages import ADVERTISE, FLOOD, SYNC_END
from peerapi.conformance_wire.ppgrh.records import GRAPH_INFO, Record, new_record

FAR = 2**63 - 1


def _two(link: Link) -> tuple[Record, Record]:
    """Two records of types of their own, the second modified a tick after the first, stored at the node."""
    first = fresh(link)
    second = new_record(link.bench.target.graph, ME, uuid4(), link.peer_time + 1)
    link.flood(first, second)
    link.acked(first, second)
    return first, second


def _tells(
    solicit: Callable[[Record, Record], bytes], wanted: Callable[[Record, Record], set[UUID]], bench: Bench
) -> None:
    """Of the two records, just those are told."""
    with connected(bench) as link:
        first, second = _two(link)
        found = {one.id for one in link.collect(solicit(first, second))}
        same(found & {first.id, second.id}, wanted(first, second), "what is told of the two")


new, since = messages.solicit_new, messages.solicit_time
for section, what, solicit, wanted in (
    ("2.2.2.6", "SOLICIT_NEW without types: both", lambda a, b: new(), lambda a, b: {a.id, b.id}),
    ("2.2.2.6", "SOLICIT_NEW with one type: that", lambda a, b: new([a.type]), lambda a, b: {a.id}),
    ("2.2.2.6", "SOLICIT_NEW without one type: the other", lambda a, b: new([], [a.type]), lambda a, b: {b.id}),
    ("2.2.2.6", "SOLICIT_NEW without both: none", lambda a, b: new([], [a.type, b.type]), lambda a, b: set()),
    ("3.1.5.2.6", "SOLICIT_TIME from 0: both", lambda a, b: since(0), lambda a, b: {a.id, b.id}),
    ("3.1.5.2.6", "SOLICIT_TIME from the first: both", lambda a, b: since(a.modified), lambda a, b: {a.id, b.id}),
    ("3.1.5.2.6", "SOLICIT_TIME from the second: that", lambda a, b: since(b.modified), lambda a, b: {b.id}),
    ("3.1.5.2.6", "SOLICIT_TIME from later: none", lambda a, b: since(b.modified + 1), lambda a, b: set()),
    (
        "3.1.5.2.6",
        "SOLICIT_TIME with one type, from its modification: that",
        lambda a, b: since(a.modified, [a.type]),
        lambda a, b: {a.id},
    ),
    (
        "3.1.5.2.6",
        "SOLICIT_TIME with one type, from a tick later: none",
        lambda a, b: since(a.modified + 1, [a.type]),
        lambda a, b: set(),
    ),
    (
        "3.1.5.2.6",
        "SOLICIT_TIME without one type: the other",
        lambda a, b: since(0, [], [a.type]),
        lambda a, b: {b.id},
    ),
    (
        "3.1.5.2.6",
        "SOLICIT_TIME without one type, from later: none",
        lambda a, b: since(b.modified + 1, [], [a.type]),
        lambda a, b: set(),
    ),
):
    PPGRH.add(section, f"of two records are told upon a {what}", partial(_tells, solicit, wanted))


@PPGRH.fact("3.1.5.2.5", "exactly one SYNC_END with Final ends the answer to a SOLICIT_NEW without one type")
def _one_final(bench: Bench) -> None:
    with connected(bench) as link:
        _two(link)
        link.send(messages.solicit_new([], [uuid4()]))
        link.expect(SYNC_END, messages.is_final)
        again = [raw for raw in link.probe() if messages.kind_of(raw) == SYNC_END]
        same(again, [], "further SYNC_ENDs")


@PPGRH.fact("3.1.5.2.5", "all FLOODs of an answer come before its SYNC_END")
def _floods_first(bench: Bench) -> None:
    with connected(bench) as link:
        first, _ = _two(link)
        link.send(messages.solicit_new([first.type]))
        link.expect(SYNC_END)
        expect(any(first.id.bytes in raw for raw in link.skipped), "the record has not come")
        expect(FLOOD not in [messages.kind_of(raw) for raw in link.probe()], "a FLOOD follows")


@PPGRH.fact("3.1.5.2.5", "the graph info record is told to who asks for its type")
def _info(bench: Bench) -> None:
    with connected(bench) as link:
        same([one.type for one in link.collect(messages.solicit_new([GRAPH_INFO]))], [GRAPH_INFO], "what is told")


@PPGRH.fact("2.2.2.12", "F of a final SYNC_END is set, all other bits and reserved bytes are zero")
def _end_bytes(bench: Bench) -> None:
    with connected(bench) as link:
        link.send(messages.solicit_new([uuid4()]))
        same(link.expect(SYNC_END)[8:], b"\1\0\0\0", "what follows the header")


# ---- hashes ----


def _everything(link: Link) -> list[Record]:
    """All records, by modification time and ID."""
    return sorted(link.collect(messages.solicit_new()), key=lambda one: (one.modified, one.id.bytes))


def _digest(records: list[Record]) -> bytes:
    raw = b"".join(messages.abstract(one.id, one.version) for one in records)
    return hashlib.md5(raw, usedforsecurity=False).digest()


def _entry(records: list[Record]) -> bytes:
    return messages.hash_entry(_digest(records), (records[-1].modified, records[-1].id))


Advertised = tuple[list[tuple[messages.Bound, messages.Bound, int]], list[tuple[UUID, int]]]


def advertised(raw: bytes) -> Advertised:
    """The boundaries and abstracts of an ADVERTISE."""
    count, abstracts, at = struct.unpack_from(">IIH", raw, 8)
    behind = int.from_bytes(raw[20:24], "big")
    expect(at + 52 * count <= behind and behind + 20 * abstracts <= len(raw), "arrays that do not fit")
    ranges = []
    for place in range(at, at + 52 * count, 52):
        low, high = int.from_bytes(raw[place : place + 8], "big"), int.from_bytes(raw[place + 24 : place + 32], "big")
        one, other = UUID(bytes=raw[place + 8 : place + 24]), UUID(bytes=raw[place + 32 : place + 48])
        ranges.append(((low, one), (high, other), int.from_bytes(raw[place + 48 : place + 52], "big")))
    found = [
        (UUID(bytes=raw[place : place + 16]), int.from_bytes(raw[place + 16 : place + 20], "big"))
        for place in range(behind, behind + 20 * abstracts, 20)
    ]
    return ranges, found


def different(bench: Bench) -> tuple[list[Record], bytes]:
    """All records of the node, and its ADVERTISE upon one range of them with a wrong hash."""
    with connected(bench) as link:
        _two(link)
        records = _everything(link)
        link.send(messages.solicit_hash(EVERYTHING))
        return records, link.expect(ADVERTISE)


@PPGRH.fact("3.1.5.2.7", "a range with the same hash is not advertised")
def _equal(bench: Bench) -> None:
    with connected(bench) as link:
        _two(link)
        records = _everything(link)
        ranges = [records[at : at + 10] for at in range(0, len(records), 10)]
        link.send(messages.solicit_hash(b"".join(map(_entry, ranges))))
        same(advertised(link.expect(ADVERTISE)), ([], []), "what is advertised")


@PPGRH.fact("3.1.5.2.7", "of several ranges just the one with another hash is advertised")
def _one_differs(bench: Bench) -> None:
    with connected(bench) as link:
        for _ in range(8):
            _two(link)
        records = _everything(link)
        ranges = [records[at : at + 10] for at in range(0, len(records), 10)]
        entries = [_entry(one) for one in ranges]
        entries[1] = bytes(16) + entries[1][16:]
        link.send(messages.solicit_hash(b"".join(entries)))
        found, abstracts = advertised(link.expect(ADVERTISE))
        same([count for _, _, count in found], [len(ranges[1])], "the counts")
        same(set(abstracts), {(one.id, one.version) for one in ranges[1]}, "the abstracts")


@PPGRH.fact("3.1.5.2.7", "a range with another hash is advertised with all its records and versions")
def _abstracts(bench: Bench) -> None:
    records, raw = bench.once(different)
    same(set(advertised(raw)[1]), {(one.id, one.version) for one in records}, "the abstracts")


@PPGRH.fact("3.1.5.2.7", "Hash Entry Boundary Count is the number of ranges that differ")
def _boundaries(bench: Bench) -> None:
    same(len(advertised(bench.once(different)[1])[0]), 1, "the number of boundaries")


@PPGRH.fact("3.1.5.2.7", "Count of a boundary is the number of records in its range")
def _boundary_count(bench: Bench) -> None:
    records, raw = bench.once(different)
    same(advertised(raw)[0][0][2], len(records), "Count")


@PPGRH.fact("3.1.5.2.7", "the records of a range lie within its boundary")
def _within(bench: Bench) -> None:
    records, raw = bench.once(different)
    low, high, _ = advertised(raw)[0][0]
    keys = [(one.modified, one.id) for one in records]
    expect(low <= min(keys) and max(keys) <= high, (low, high))


@PPGRH.fact("2.2.2.9", "Reserved2 of an ADVERTISE is zero")
def _advertise_reserved(bench: Bench) -> None:
    same(bench.once(different)[1][18:20], b"\0\0", "Reserved2")


@PPGRH.fact("3.1.5.2.8", "Hash Entry Boundary Offset of an ADVERTISE is at most Record Abstracts Offset")
def _advertise_offsets(bench: Bench) -> None:
    raw = bench.once(different)[1]
    expect(24 <= int.from_bytes(raw[16:18], "big") <= int.from_bytes(raw[20:24], "big") <= len(raw), raw[:24].hex())


@PPGRH.fact("3.1.5.2.9", "a REQUEST is answered by a FLOOD for each record and a final SYNC_END")
def _requested(bench: Bench) -> None:
    with connected(bench) as link:
        first, second = _two(link)
        link.send(messages.solicit_hash(EVERYTHING))
        link.expect(ADVERTISE)
        wanted = messages.abstract(first.id, 1) + messages.abstract(second.id, 1)
        found = link.collect(messages.request(wanted))
        same({one.id for one in found}, {first.id, second.id}, "what comes")


@PPGRH.fact("3.1.5.2.9", "a REQUEST for a record that is not there is answered by a final SYNC_END")
def _requested_nothing(bench: Bench) -> None:
    with connected(bench) as link:
        link.send(messages.solicit_hash(EVERYTHING))
        link.expect(ADVERTISE)
        same(link.collect(messages.request(messages.abstract(uuid4(), 1))), [], "what comes")


@PPGRH.fact("2.2.2.10", "a REQUEST without abstracts is answered by a final SYNC_END")
def _requested_none(bench: Bench) -> None:
    with connected(bench) as link:
        link.send(messages.solicit_hash(EVERYTHING))
        link.expect(ADVERTISE)
        same(link.collect(messages.request(b"")), [], "what comes")


@PPGRH.fact("3.1.5.2.9", "a second REQUEST after the SYNC_END ends the connection")
def _requested_twice(bench: Bench) -> None:
    with connected(bench) as link:
        link.send(messages.solicit_hash(EVERYTHING))
        link.expect(ADVERTISE)
        link.collect(messages.request(messages.abstract(uuid4(), 1)))
        ends(link, messages.request(messages.abstract(uuid4(), 1)))
