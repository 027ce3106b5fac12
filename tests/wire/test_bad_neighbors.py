"""Neighbors that mean no good, beside good ones."""

import random
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.native import code
from tests.support.peer_values import CHAT, SECOND, now, record_struct
from tests.support.peers import Peers
from tests.support.scenario import scenario
from tests.wire import client as wire
from tests.wire import wire_records
from tests.wire.client import (
    ACK,
    ADVERTISE,
    CONTACT,
    FLOOD,
    PRESENCE,
    SIGNATURE,
    SIGNATURE_ID,
    SYNC_END,
    Link,
    connect,
    framed,
    solicit_new,
)
from tests.wire.support import ME, joined, node, still_serves
from tests.wire.wire_records import GRAPH_INFO, WireRecord, new_record

# bad neighbors beside good ones


@scenario
def test_garbage_and_half_frames_do_not_disturb_a_good_neighbor(peers: Peers) -> None:
    alice = node(peers)
    bob = peers.join(alice)
    noise = random.Random(7)
    half_frames = [Link.to(alice.port) for _ in range(10)]
    for link in half_frames:
        link.raw(framed(wire.auth_info(alice.graph, ME))[:-3])
    for _ in range(40):
        with Link.to(alice.port) as link:
            link.raw(noise.randbytes(noise.randrange(1, 2000)))
    for number in range(10, 14):
        with joined(alice, number) as link:
            link.raw(noise.randbytes(300))
    id = alice.add(b"still here")
    bob.until(lambda: bob.has(id))
    back = bob.add(b"so am I")
    alice.until(lambda: alice.has(back))
    alice.until(lambda: [found.peer for found in alice.connections()] == ["bob"])
    for link in half_frames:
        link.socket.close()
    still_serves(alice)


@scenario
def test_many_sockets_that_say_nothing_do_not_stop_the_others(peers: Peers) -> None:
    alice = node(peers)
    silent = [Link.to(alice.port) for _ in range(150)]
    still_serves(alice)
    for link in silent:
        link.socket.close()
    still_serves(alice)


@scenario
def test_a_neighbor_that_never_reads_does_not_stop_the_others(peers: Peers) -> None:
    alice = node(peers)
    bob = peers.join(alice)
    with joined(alice, 9):
        for index in range(400):
            alice.add(index.to_bytes(2, "big") * 10_000)
        bob.until_count(400)
    assert len(alice.records()) == 400


@pytest.mark.parametrize("field", ["expires", "times", "version", "flags"])
@scenario
def test_records_with_the_largest_numbers_do_no_harm(peers: Peers, field: str) -> None:
    """Kept as they are or dropped; the node goes on, and answers for what it kept."""
    alice = node(peers)
    most, base = 2**64 - 1, new_record(alice.graph, ME, CHAT, now())
    record = {
        "expires": base.changed(expires=most),
        "times": base.changed(created=most - 1, modified=most - 1, expires=most),
        "version": base.changed(version=2**32 - 1, modified=base.created + 1, modified_by=ME),
        "flags": base.changed(flags=0xFFFFFFFD, payload=b""),
    }[field]
    good = new_record(alice.graph, ME, CHAT, now(), b"good")
    with joined(alice, 1) as link, joined(alice, 2) as other:
        link.send(wire.flood(record.encode()), wire.flood(good.encode()))
        link.expect(ACK, lambda raw: good.id in wire.parse_ack(raw))
        other.expect(FLOOD, lambda raw: wire.parse_flood(raw).id == good.id)
        if record.id in [known.id for known in alice.records()]:
            assert alice.get(record.id).expires == record.expires
        assert alice.has(good.id)
        other.collect(solicit_new())
    still_serves(alice)


FORGED: dict[str, Callable[[WireRecord], WireRecord]] = {
    "no payload": lambda info: info.changed(payload=b""),
    "garbage": lambda info: info.changed(payload=b"\xff" * 60),
    "cut short": lambda info: info.changed(payload=info.payload[:-5]),
    "another graph inside": lambda info: info.changed(
        payload=wire_records.graph_info("other", "alice", info.created).payload,
    ),
    "another type": lambda info: info.changed(type=CHAT),
    "deleted": lambda info: info.changed(flags=2, payload=b""),
}


@pytest.mark.parametrize("what", FORGED)
@scenario
def test_a_forged_graph_info_record_does_not_take_the_properties_away(peers: Peers, what: str) -> None:
    """Its fixed ID is exempt from the hash of the creator (A7); what it says still has to make sense (2.2.3.1)."""
    alice = node(peers, pwzFriendlyName="card")
    with joined(alice) as link:
        (info,) = link.collect(solicit_new([GRAPH_INFO]))
        forged = info.changed(version=info.version + 5, modified=info.modified + 1, modified_by=ME)
        good = new_record(alice.graph, ME, CHAT, now(), b"good")
        link.send(wire.flood(FORGED[what](forged).encode()), wire.flood(good.encode()))
        link.expect(ACK, lambda raw: good.id in wire.parse_ack(raw))
    assert alice.properties()["pwzGraphId"] == alice.graph
    assert alice.properties()["pwzFriendlyName"] == "card"
    alice.add(b"still working")
    assert {record.data for record in alice.records()} == {b"good", b"still working"}
    alice.close()
    alice = peers.reopen(alice)
    assert alice.properties()["pwzFriendlyName"] == "card"


INTERNAL = {"signature": SIGNATURE, "contact": CONTACT, "presence": PRESENCE}
PAYLOADS = {
    "nothing": b"",
    "one byte": b"\1",
    "ones": b"\xff" * 100,
    "4 Gi addresses": b"\0" * 16 + b"\xff\xff\xff\xff",
    "4 Gi characters": b"\0" * 8 + b"\xff\xff\xff\xff",
}


@pytest.mark.parametrize("payload", PAYLOADS)
@pytest.mark.parametrize("kind", INTERNAL)
@scenario
def test_internal_records_with_garbage_inside_do_no_harm(peers: Peers, kind: str, payload: str) -> None:
    """2.2.3.2 to 2.2.3.4: whatever becomes of it, the records around it are taken and the graph opens again."""
    alice = node(peers)
    at = now()
    id = SIGNATURE_ID if kind == "signature" else wire_records.record_id(ME)
    bad = new_record(alice.graph, ME, INTERNAL[kind], at, PAYLOADS[payload], id=id)
    before, after = (new_record(alice.graph, ME, CHAT, at, data) for data in (b"before", b"after"))
    with joined(alice) as link:
        link.send(*(wire.flood(record.encode()) for record in (before, bad, after)))
        acknowledged: dict[uuid.UUID, bool] = {}
        while not {before.id, after.id} <= acknowledged.keys():
            acknowledged |= wire.parse_ack(link.expect(ACK))
        link.alive()
    assert {record.data for record in alice.records()} == {b"before", b"after"}
    alice.close()
    alice = peers.reopen(alice)
    assert {record.data for record in alice.records()} == {b"before", b"after"}


@pytest.mark.parametrize("what", ["update", "delete"])
@scenario
def test_changing_a_record_from_a_faster_clock_stays_valid(peers: Peers, what: str) -> None:
    """3.1.7.8, 3.1.7.27: modified later than created, whatever the own clock says; else nobody would take it."""
    alice = node(peers)
    record = new_record(alice.graph, ME, CHAT, now() + 600 * SECOND, b"from the future")
    with joined(alice, 1) as link, joined(alice, 2) as other:
        link.send(wire.flood(record.encode()))
        assert wire.parse_ack(link.expect(ACK)) == {record.id: True}
        if what == "update":
            alice.update(record.id, b"changed")
        else:
            alice.delete(record.id)
        raw = other.expect(
            FLOOD, lambda raw: (wire.parse_flood(raw).id, wire.parse_flood(raw).version) == (record.id, 2)
        )
        changed = wire.parse_flood(raw)
        assert changed.created == record.created
        assert changed.created < changed.modified < changed.expires
        assert changed.modified_by == "alice"


@scenario
def test_an_update_of_the_last_possible_version_is_answered(peers: Peers) -> None:
    """Versions have 32 bits; there is none after the last."""
    alice = node(peers)
    base = new_record(alice.graph, ME, CHAT, now())
    last = base.changed(version=2**32 - 1, modified=base.created + 1, modified_by=ME)
    with joined(alice) as link:
        link.send(wire.flood(last.encode()))
        link.expect(ACK, lambda raw: last.id in wire.parse_ack(raw))
        result = alice.try_update(last.id, record_struct(b"new", expires=last.expires))
        assert result != code("E_UNEXPECTED")
        assert alice.get(last.id).version >= 1
        link.alive()


@pytest.mark.parametrize("at", [2**63 - 1, 2**63, 2**64 - 1])
@scenario
def test_solicitations_with_the_largest_numbers_are_answered(peers: Peers, at: int) -> None:
    alice = node(peers)
    alice.add()
    with joined(alice) as link:
        assert link.collect(wire.solicit_time(at, [CHAT])) == []
        link.send(wire.solicit_hash([(b"\0" * 16, at, uuid.UUID(int=2**128 - 1))]))
        link.expect(ADVERTISE)
        link.send(wire.request([]))
        link.expect(SYNC_END, wire.is_final)
    still_serves(alice)


def resident() -> int:
    """Bytes of memory of this process."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


@scenario
def test_what_waits_for_a_neighbor_that_does_not_read_is_bounded(peers: Peers) -> None:
    """It asks for everything, a thousand times; answering it all would take a gigabyte."""
    alice = node(peers)
    for index in range(100):
        alice.add(index.to_bytes(2, "big") * 5000)
    before = resident()
    with joined(alice) as greedy:
        greedy.raw(framed(solicit_new()) * 1000)
        still_serves(alice)
        assert resident() - before < 200_000_000
    still_serves(alice)


@scenario
def test_a_closed_graph_does_not_listen_any_more(peers: Peers) -> None:
    alice = node(peers)
    with joined(alice):
        alice.close()
    with pytest.raises(ConnectionRefusedError):
        Link.to(alice.port)


@scenario
def test_a_node_has_a_new_id_each_time_it_is_opened(peers: Peers) -> None:
    """3.1.4.2."""
    alice = node(peers)
    with Link.to(alice.port) as link:
        first = link.join(alice.graph, ME, 1)
    alice.close()
    alice = peers.reopen(alice)
    alice.listen()
    with Link.to(alice.port) as link:
        assert link.join(alice.graph, ME, 1).node != first.node


@scenario
def test_random_changes_to_good_conversations(peers: Peers) -> None:
    """One byte flipped somewhere in the stream: whatever happens to this link, the node goes on."""
    alice = node(peers)
    noise = random.Random(11)
    record = new_record(alice.graph, ME, CHAT, now())
    stream = b"".join(
        map(
            framed,
            [
                wire.auth_info(alice.graph, ME),
                connect(77, [7300], wire.NEIGHBOR_LIST, "name"),
                solicit_new([CHAT]),
                wire.flood(record.encode()),
                wire.solicit_hash([(b"\0" * 16, 2**63 - 1, uuid.UUID(int=2**128 - 1))]),
                wire.request([(record.id, 1)]),
                wire.ack([(record.id, True)]),
                wire.disconnect(),
            ],
        )
    )
    for _ in range(150):
        changed = bytearray(stream)
        changed[noise.randrange(len(stream))] ^= 1 << noise.randrange(8)
        with Link.to(alice.port) as link:
            link.raw(bytes(changed))
    alice.until(lambda: not alice.connections())
    still_serves(alice)
