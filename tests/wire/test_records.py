"""Records on a link: FLOOD and ACK (3.1.5.2.10, 3.1.5.2.12, 3.1.7.27, 3.1.7.32)."""

import uuid
from typing import Any

import pytest

from tests.support.peer_values import CHAT, SECOND, now
from tests.support.peers import ADDED, DELETED, RECORD_CHANGED, UPDATED, Peers
from tests.support.scenario import scenario
from tests.wire import client as wire
from tests.wire import wire_records
from tests.wire.client import ACK, FLOOD
from tests.wire.support import ME, joined, node, on_the_wire
from tests.wire.wire_records import WireRecord, new_record

# FLOOD and ACK


@scenario
def test_an_added_record_is_flooded_as_the_specification_lays_it_out(peers: Peers) -> None:
    alice = node(peers)
    with joined(alice) as link:
        id = alice.add(
            b"payload \xff\0", attributes='<attributes><attribute name="n" type="int">1</attribute></attributes>'
        )
        flood = wire.parse_flood(link.expect(FLOOD, lambda raw: wire.parse_flood(raw).id == id))
        assert flood == on_the_wire(alice.get(id), alice.graph)
        assert flood.modified_by is None
        assert flood.id.bytes[:8] == wire_records.high_half("alice")


@scenario
def test_an_update_and_a_delete_are_flooded(peers: Peers) -> None:
    """A19: deleting is a new version with the flag, without payload and attributes."""
    alice = node(peers)
    with joined(alice) as link:
        id = alice.add(b"one", attributes='<attributes><attribute name="n" type="int">1</attribute></attributes>')
        alice.update(id, b"two")
        second = alice.get(id)
        alice.delete(id)
        floods = [wire.parse_flood(link.expect(FLOOD, lambda raw: wire.parse_flood(raw).id == id)) for _ in range(3)]
    assert floods[1] == on_the_wire(second, alice.graph)
    gone = floods[2]
    assert (gone.version, gone.flags, gone.payload, gone.attributes) == (3, 0x02, b"", None)
    assert gone.modified_by == "alice"
    assert gone.modified > second.modified
    assert (gone.id, gone.type, gone.creator, gone.created, gone.expires) == (
        second.id,
        second.type,
        second.creator,
        second.created,
        second.expires,
    )


@scenario
def test_a_valid_record_is_acknowledged_stored_and_reported(peers: Peers) -> None:
    alice = node(peers)
    attributes = '<attributes><attribute name="n" type="int">1</attribute></attributes>'
    record = new_record(alice.graph, ME, CHAT, now(), b"wire \0 bytes", attributes=attributes)
    with joined(alice) as link, alice.queue(RECORD_CHANGED) as queue:
        link.send(wire.flood(record.encode()))
        assert wire.parse_ack(link.expect(ACK)) == {record.id: True}
        event = queue.wait(lambda event: event.record == record.id)
        assert (event.change, event.record_type) == (ADDED, CHAT)
        assert on_the_wire(alice.get(record.id), alice.graph) == record
        link.send(wire.flood(record.encode()))
        assert wire.parse_ack(link.expect(ACK)) == {record.id: False}
        assert queue.drain() == []


@scenario
def test_a_newer_version_replaces_the_record(peers: Peers) -> None:
    alice = node(peers)
    first = new_record(alice.graph, ME, CHAT, now() - SECOND, b"one")
    second = first.changed(version=2, modified_by=ME, modified=first.created + 5, payload=b"two")
    deleted = second.changed(version=3, modified=first.created + 6, payload=b"", flags=0x02)
    with joined(alice) as link, alice.queue(RECORD_CHANGED) as queue:
        for record, change in ((first, ADDED), (second, UPDATED), (deleted, DELETED)):
            link.send(wire.flood(record.encode()))
            assert wire.parse_ack(link.expect(ACK)) == {record.id: True}
            assert queue.wait(lambda event: event.record == first.id).change == change
            if change != DELETED:
                assert on_the_wire(alice.get(first.id), alice.graph) == record
    assert not alice.has(first.id)


@scenario
def test_an_old_version_is_answered_with_the_newer_one(peers: Peers) -> None:
    """3.1.5.2.10: FLOOD of the own record and an ACK that is not useful."""
    alice = node(peers)
    id = alice.add(b"one")
    old = on_the_wire(alice.get(id), alice.graph)
    alice.update(id, b"two")
    with joined(alice) as link:
        link.send(wire.flood(old.encode()))
        answer = wire.parse_flood(link.expect(FLOOD, lambda raw: wire.parse_flood(raw).id == id))
        acks = [raw for raw in link.waiting if wire.kind_of(raw) == ACK] or [link.expect(ACK)]
        assert answer == on_the_wire(alice.get(id), alice.graph)
        assert wire.parse_ack(acks[0]) == {id: False}
    assert alice.get(id).data == b"two"


CONFLICTS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "version": ({"version": 2, "modified_by": "zoe"}, {"version": 3, "modified_by": "adam"}),
    "updated or not": ({"version": 2}, {"version": 2, "modified_by": "adam"}),
    "last modified by": ({"version": 2, "modified_by": "adam"}, {"version": 2, "modified_by": "zoe"}),
    "last modified by is compared by code units": (
        {"version": 2, "modified_by": "Zoe"},
        {"version": 2, "modified_by": "adam"},
    ),
    "last modified by comes before the time": (
        {"version": 2, "modified_by": "adam", "modified": 20},
        {"version": 2, "modified_by": "zoe", "modified": 10},
    ),
    "the time comes before the security data": (
        {"version": 2, "modified_by": "zoe", "modified": 10, "security": b"\xff\xff"},
        {"version": 2, "modified_by": "zoe", "modified": 11, "security": b"\0"},
    ),
    "modification time": (
        {"version": 2, "modified_by": "zoe", "modified": 10},
        {"version": 2, "modified_by": "zoe", "modified": 11},
    ),
    "security data size": (
        {"version": 2, "modified_by": "zoe", "security": b"\xff"},
        {"version": 2, "modified_by": "zoe", "security": b"\0\0"},
    ),
    "security data": (
        {"version": 2, "modified_by": "zoe", "security": b"\x7f"},
        {"version": 2, "modified_by": "zoe", "security": b"\x80"},
    ),
}


@pytest.mark.parametrize("rule", CONFLICTS)
@pytest.mark.parametrize("newer_first", [True, False])
@scenario
def test_conflicts_end_the_same_whatever_comes_first(peers: Peers, rule: str, newer_first: bool) -> None:
    """3.1.7.32."""
    alice = node(peers)
    base = new_record(alice.graph, ME, CHAT, now() - 60 * SECOND)

    def variant(fields: dict[str, Any], payload: bytes) -> WireRecord:
        later = fields.get("modified", 1 if "modified_by" in fields else 0)
        return base.changed(**{**fields, "modified": base.created + later, "payload": payload})

    older, newer = (variant(*each) for each in zip(CONFLICTS[rule], (b"older", b"newer"), strict=True))
    order = [newer, older] if newer_first else [older, newer]
    with joined(alice) as link:
        useful = []
        for record in order:
            link.send(wire.flood(record.encode()))
            useful.append(wire.parse_ack(link.expect(ACK))[record.id])
    assert useful == [True, not newer_first]
    assert alice.get(base.id).data == b"newer"


def invalid(record: WireRecord) -> dict[str, bytes]:
    """3.1.7.27, one rule broken each time."""
    change = record.changed
    at = record.created
    wrong_id = uuid.UUID(bytes=bytes(8) + record.id.bytes[8:])
    raw = record.encode()
    return {
        "record ID without the creator's hash": change(id=wrong_id).encode(),
        "another graph": change(graph=record.graph + "x").encode(),
        "no graph": change(graph="").encode(),
        "protocol version": change(protocol=0x0101).encode(),
        "expires when it was modified": change(expires=at).encode(),
        "expires before it was modified": change(expires=at - 1).encode(),
        "modified before it was created": change(modified=at - 1, modified_by=ME, version=2).encode(),
        "modified by somebody at the time of its creation": change(modified_by=ME, version=2).encode(),
        "deleted with a payload": change(flags=2, version=2, modified=at + 1, modified_by=ME).encode(),
        "attributes that are no XML": change(attributes="<attributes").encode(),
        "attributes with a reserved name": change(
            attributes="<attributes><attribute name='peerrecordid' type='string'>x</attribute></attributes>"
        ).encode(),
        "a creator of 257 characters": new_record(record.graph, "c" * 257, CHAT, at).encode(),
        "no creator": change(creator="").encode(),
        "larger than the graph allows": change(payload=b"x" * 1025).encode(),
        "cut short": raw[:-1],
        "only its first half": raw[: len(raw) // 2],
        "bytes that are no record": bytes(range(256)),
        "a length of 4 Gi characters": raw[:40] + b"\xff\xff\xff\xff" + raw[44:],
    }


INVALID = list(invalid(new_record("g", ME, CHAT, now())))


@pytest.mark.parametrize("what", INVALID)
@scenario
def test_an_invalid_record_is_dropped_and_the_link_stays(peers: Peers, what: str) -> None:
    """A11 and A40: no ACK, nothing stored, nothing forwarded."""
    alice = node(peers, dwMaxRecordSize=1024)
    bad = new_record(alice.graph, ME, CHAT, now())
    good = new_record(alice.graph, ME, CHAT, now(), b"good")
    with joined(alice, 1) as link, joined(alice, 2) as other:
        link.send(wire.flood(invalid(bad)[what]), wire.flood(good.encode()))
        acknowledged: dict[uuid.UUID, bool] = {}
        while good.id not in acknowledged:
            acknowledged |= wire.parse_ack(link.expect(ACK))
        assert acknowledged == {good.id: True}
        forwarded = other.expect(FLOOD, lambda raw: wire.parse_flood(raw).type == CHAT)
        assert wire.parse_flood(forwarded) == good
    assert [record.id for record in alice.records()] == [good.id]


@scenario
def test_an_expired_record_is_acknowledged_and_not_kept(peers: Peers) -> None:
    """A20: not stored, not sent on; ACK either way."""
    alice = node(peers)
    old = new_record(alice.graph, ME, CHAT, now() - 3600 * SECOND, expires=now() - 1800 * SECOND)
    good = new_record(alice.graph, ME, CHAT, now(), b"good")
    with joined(alice, 1) as link, joined(alice, 2) as other:
        link.send(wire.flood(old.encode()), wire.flood(good.encode()))
        forwarded = other.expect(FLOOD, lambda raw: wire.parse_flood(raw).type == CHAT)
        assert wire.parse_flood(forwarded) == good
    assert [record.id for record in alice.records()] == [good.id]


@scenario
def test_records_are_passed_on_to_everyone_but_the_sender(peers: Peers) -> None:
    alice = node(peers)
    record = new_record(alice.graph, ME, CHAT, now())
    with joined(alice, 1) as sender, joined(alice, 2) as second, joined(alice, 3) as third:
        sender.send(wire.flood(record.encode()))
        for other in (second, third):
            raw = other.expect(FLOOD, lambda raw: wire.parse_flood(raw).id == record.id)
            assert wire.parse_flood(raw) == record
            other.send(wire.ack([(record.id, True)]))
        sender.alive()
        own = [wire.parse_flood(raw).id for raw in sender.waiting if wire.kind_of(raw) == FLOOD]
        assert record.id not in own


@scenario
def test_record_offset_may_point_further_on(peers: Peers) -> None:
    alice = node(peers)
    record = new_record(alice.graph, ME, CHAT, now())
    with joined(alice) as link:
        link.send(wire.flood(b"????" + record.encode(), offset=16))
        assert wire.parse_ack(link.expect(ACK)) == {record.id: True}


@scenario
def test_what_a_node_passes_on_has_reserved_fields_of_zero_and_no_filler(peers: Peers) -> None:
    """2.2.2.11, 2.2.1.9: reserved fields MUST be set to zero by who sends, and are ignored by who receives."""
    alice = node(peers)
    first = new_record(alice.graph, ME, CHAT, now())
    second = first.changed(version=2, modified_by=ME, modified=first.modified + 1, payload=b"changed")
    with joined(alice, 1) as sender, joined(alice, 2) as other:
        for record in (first, second):
            raw = bytearray(wire.flood(b"filler!!" + record.changed(flags=0xBADBAD00).encode(), offset=20))
            raw[6:8], raw[10:12] = b"\xbe\xef", b"\xde\xad"
            sender.send(bytes(raw))
            assert wire.parse_ack(sender.expect(ACK)) == {record.id: True}
            passed_on = other.expect(FLOOD, lambda raw: wire.parse_flood(raw).id == first.id)
            assert passed_on == wire.flood(record.encode())


@scenario
def test_an_ack_for_something_unknown_is_fine(peers: Peers) -> None:
    alice = node(peers)
    with joined(alice) as link:
        link.send(wire.ack([(uuid.uuid4(), True), (uuid.uuid4(), False)]), wire.ack([]))
        link.alive()
