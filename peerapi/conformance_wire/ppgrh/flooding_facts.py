"""FLOOD and what becomes of the record in it: ACK, storing, passing on, conflicts (3.1.5.2.10, 3.1.7.32)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from uuid import UUID, uuid4

from peerapi.conformance_wire.bench import Bench, expect, same
from peerapi.conformance_wire.ppgrh import messages
from peerapi.conformance_wire.ppgrh.catalogue import PPGRH
from peerapi.conformance_wire.ppgrh.link import ME, Link, connected
from peerapi.conformance_wire.ppgrh.messages import ACK, FLOOD
from peerapi.conformance_wire.ppgrh.records import SECOND, Record, changed, deleted, new_record

OTHER = "another peer"


def fresh(link: Link, **fields: object) -> Record:
    """A record that nobody has seen, of a type of its own."""
    return new_record(link.bench.target.graph, ME, uuid4(), link.peer_time).but(**fields)


def an_ack(bench: Bench) -> tuple[Record, bytes]:
    """A record of this side, and the ACK that its FLOOD was answered with."""
    with connected(bench) as link:
        record = fresh(link)
        link.flood(record)
        return record, link.expect(ACK)


@PPGRH.fact("3.1.5.2.10", "a FLOOD with a new record is acknowledged")
def _acked(bench: Bench) -> None:
    record, raw = bench.once(an_ack)
    expect(record.id in messages.acks_in(raw), "another record is acknowledged")


@PPGRH.fact("3.1.5.2.10", "the ACK of a new record says useful")
def _useful(bench: Bench) -> None:
    record, raw = bench.once(an_ack)
    same(messages.acks_in(raw)[record.id] & 1, 1, "U")


@PPGRH.fact("2.2.2.14", "the Reserved bits of the entries of an ACK are zero")
def _ack_reserved(bench: Bench) -> None:
    record, raw = bench.once(an_ack)
    same(messages.acks_in(raw)[record.id] >> 1, 0, "Reserved")


@PPGRH.fact("2.2.2.14", "an ACK is as long as its offset and entries say")
def _ack_size(bench: Bench) -> None:
    _, raw = bench.once(an_ack)
    same(len(raw), int.from_bytes(raw[10:12], "big") + 20 * int.from_bytes(raw[8:10], "big"), "Message Size")


@PPGRH.fact("3.1.5.2.10", "a record that is already present is acknowledged as not useful")
def _present(bench: Bench) -> None:
    with connected(bench) as link:
        record = fresh(link)
        link.flood(record)
        same(link.acked(record)[record.id], 1, "Useful")
        link.flood(record)
        same(link.acked(record)[record.id], 0, "Useful")


@PPGRH.fact("3.1.5.2.10", "a record that is already present is not sent back")
def _not_back(bench: Bench) -> None:
    with connected(bench) as link:
        record = fresh(link)
        link.flood(record, record)
        link.acked(record)
        came = [raw for raw in link.skipped + link.probe() if messages.kind_of(raw) == FLOOD]
        expect(not any(record.id.bytes in raw for raw in came), "it is sent back")


@PPGRH.fact("3.1.5.2.10", "an old record is acknowledged as not useful, and answered by the newer one")
def _old(bench: Bench) -> None:
    with connected(bench) as link:
        first = fresh(link)
        second = changed(first, ME)
        link.flood(second)
        link.acked(second)
        del link.skipped[:]
        link.flood(first)
        came: dict[int, bytes] = {}
        for kind in (ACK, FLOOD):
            came |= {messages.kind_of(raw): raw for raw in link.skipped if first.id.bytes in raw}
            if kind not in came:
                came[kind] = link.expect(kind, lambda raw: first.id.bytes in raw)
        same(messages.acks_in(came[ACK])[first.id], 0, "Useful")
        same(Record.read(messages.record_in(came[FLOOD])), second, "the record sent back")


@PPGRH.fact("3.1.5.2.10", "a new record is stored as it came")
def _stored(bench: Bench) -> None:
    with connected(bench) as link:
        record = fresh(link, attributes='<attributes><attribute name="a" type="int">1</attribute></attributes>')
        link.flood(record)
        link.acked(record)
        same(link.stored(record), record)


@PPGRH.fact("3.1.5.2.10", "a newer record takes the place of the one before")
def _replaced(bench: Bench) -> None:
    with connected(bench) as link:
        first = fresh(link)
        second = changed(first, ME)
        link.flood(first, second)
        link.acked(first)
        same(link.collect(messages.solicit_new([first.type])), [second], "what is stored")


def _passed(bench: Bench) -> tuple[Record, bytes, list[bytes]]:
    """A record with every reserved byte set, the FLOOD that another neighbor gets of it, and what the sender gets."""
    with connected(bench) as first, connected(bench) as second:
        record = fresh(first)
        first.flood(record.but(flags=0xFFFFFF00))
        raw = second.expect(FLOOD, lambda raw: record.id.bytes in raw)
        second.send(messages.ack([(record.id, 1)]))
        first.acked(record)
        return record, raw, first.skipped + first.probe()


@PPGRH.fact("3.1.5.2.10", "a new record is passed on to the other neighbors")
def _passed_on(bench: Bench) -> None:
    record, raw, _ = bench.once(_passed)
    same(Record.read(messages.record_in(raw)).but(flags=0), record)


@PPGRH.fact("3.1.5.2.10", "a new record is not passed back to the neighbor that it came from")
def _not_passed_back(bench: Bench) -> None:
    record, _, came = bench.once(_passed)
    back = [raw for raw in came if messages.kind_of(raw) == FLOOD and record.id.bytes in raw]
    expect(not back, "it comes back")


@PPGRH.fact("2.2.1.9", "the Reserved bytes of a record are ignored on receipt, and zero when it is sent")
def _record_reserved(bench: Bench) -> None:
    same(Record.read(messages.record_in(bench.once(_passed)[1])).flags, 0, "Reserved and flags")


@PPGRH.fact("2.2.2.11", "Reserved2 of a FLOOD that is sent is zero")
def _flood_reserved(bench: Bench) -> None:
    same(bench.once(_passed)[1][10:12], b"\0\0", "Reserved2")


@PPGRH.fact("2.2.2.11", "Record Offset of a FLOOD that is sent lies behind its fixed fields")
def _flood_offset(bench: Bench) -> None:
    expect(int.from_bytes(bench.once(_passed)[1][8:10], "big") >= 12, "it lies within them")


@PPGRH.fact("3.1.5.2.10", "a record that two neighbors send is passed on to a third once")
def _passed_once(bench: Bench) -> None:
    with connected(bench) as first, connected(bench) as second, connected(bench) as third:
        record = fresh(first)
        first.flood(record)
        first.acked(record)
        second.flood(record)
        same(second.acked(record)[record.id], 0, "Useful")
        marker = fresh(first)
        first.flood(marker)
        third.expect(FLOOD, lambda raw: marker.id.bytes in raw)
        found = [raw for raw in third.skipped if messages.kind_of(raw) == FLOOD and record.id.bytes in raw]
        same(len(found), 1, "the number of FLOODs")


@PPGRH.fact("3.1.5.2.10", "a record that is old is not passed on")
def _old_not_passed(bench: Bench) -> None:
    with connected(bench) as first, connected(bench) as second:
        record = fresh(first)
        newer = changed(record, ME)
        first.flood(newer)
        second.expect(FLOOD, lambda raw: newer.id.bytes in raw)
        marker = fresh(first)
        first.flood(record, marker)
        second.expect(FLOOD, lambda raw: marker.id.bytes in raw)
        again = [raw for raw in second.skipped if record.id.bytes in raw]
        same(again, [], "what is passed on")


@PPGRH.fact("3.1.5.2.10", "a record of another peer is taken from whoever sends it")
def _of_another(bench: Bench) -> None:
    with connected(bench) as link:
        record = new_record(bench.target.graph, OTHER, uuid4(), link.peer_time)
        link.flood(record)
        same(link.acked(record)[record.id], 1, "Useful")


@PPGRH.fact("3.1.5.2.10", "a hundred FLOODs that come at once are all acknowledged")
def _many(bench: Bench) -> None:
    with connected(bench) as link:
        records = [new_record(bench.target.graph, ME, GARBAGE, link.peer_time) for _ in range(100)]
        link.flood(*records)
        same(set(link.acked(*records).values()), {1}, "Useful")


GARBAGE = UUID("4b8d3a30-0000-4000-8000-000000000001")


@PPGRH.fact("3.1.7.9", "a record that another peer has deleted is kept and told as deleted")
def _deleted(bench: Bench) -> None:
    with connected(bench) as link:
        record = fresh(link)
        gone = deleted(record, ME)
        link.flood(record, gone)
        same(link.acked(gone)[gone.id] & 1, 1, "Useful")
        while (found := link.stored(record)) != gone:
            expect(found == record, found)


@PPGRH.fact("3.1.7.9", "the deletion of a record that was never seen is taken")
def _deleted_unseen(bench: Bench) -> None:
    with connected(bench) as link:
        gone = deleted(fresh(link), ME)
        link.flood(gone)
        same(link.acked(gone)[gone.id], 1, "Useful")


@PPGRH.fact("3.1.7.9", "an older version does not bring a deleted record back")
def _deleted_for_good(bench: Bench) -> None:
    with connected(bench) as link:
        record = fresh(link)
        gone = deleted(record, ME)
        link.flood(gone)
        link.acked(gone)
        link.flood(record)
        same(link.acked(record)[record.id], 0, "Useful")
        same(link.stored(record), gone)


# ---- conflicts ----

Change = Callable[[Record], Record]


def _second(record: Record, **fields: object) -> Record:
    return changed(record, "m").but(**fields)


CONFLICTS: dict[str, tuple[Change, Change]] = {
    "the higher Version": (lambda one: _second(one, version=3), lambda one: _second(one, version=2, modified_by="z")),
    "the one that was updated, of one Version": (lambda one: _second(one, version=1), lambda one: one),
    "the higher Last Modified By, of one Version": (
        lambda one: _second(one, modified_by="n"),
        lambda one: _second(one, modified=one.modified + 9 * SECOND),
    ),
    "the longer Last Modified By that begins the same": (lambda one: _second(one, modified_by="ma"), _second),
    "the later Last Modification Time, of one modifier": (
        lambda one: _second(one, modified=one.modified + 9 * SECOND),
        lambda one: _second(one, security=b"\xff" * 9),
    ),
    "the larger Security Data, of one time": (
        lambda one: _second(one, security=b"\0\0\0"),
        lambda one: _second(one, security=b"\xff\xff"),
    ),
    "the higher Security Data, of one size": (
        lambda one: _second(one, security=b"\x80\0"),
        lambda one: _second(one, security=b"\x7f\xff"),
    ),
}


def _wins(newer: Change, older: Change, winner_first: bool, bench: Bench) -> None:
    with connected(bench) as link:
        record = fresh(link)
        winner, loser = newer(record), older(record)
        link.flood(winner if winner_first else loser)
        link.acked(record)
        link.flood(loser if winner_first else winner)
        same(link.acked(record)[record.id], 0 if winner_first else 1, "Useful")
        same(link.stored(record), winner)


for what, (newer, older) in CONFLICTS.items():
    PPGRH.add("3.1.7.32", f"{what} wins when it comes second", partial(_wins, newer, older, False))
    PPGRH.add("3.1.7.32", f"{what} stays when it came first", partial(_wins, newer, older, True))


@PPGRH.fact("3.1.7.32", "two records that differ in their payload only are the same one: the first stays")
def _same_record(bench: Bench) -> None:
    with connected(bench) as link:
        record = fresh(link)
        link.flood(record)
        link.acked(record)
        link.flood(record.but(payload=b"other"))
        same(link.acked(record)[record.id], 0, "Useful")
        same(link.stored(record), record)
