"""MS-PPGRH from the outside: a raw socket against a real node on ::1 that listens.

Section numbers are those of MS-PPGRH; A.. are the readings of the places that can be read in more than one way.
"""

import hashlib
import random
import struct
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests import wire_client as wire
from tests.native import code
from tests.peers import (
    ADDED,
    CHAT,
    CONNECTED,
    DELETED,
    DIRECT_CONNECTION,
    DISCONNECTED,
    NEIGHBOR_CONNECTION,
    OTHER,
    RECORD_CHANGED,
    SECOND,
    UPDATED,
    Peer,
    Peers,
    Record,
    now,
    record_struct,
)
from tests.scenario import scenario
from tests.wire_client import (
    ACK,
    ADVERTISE,
    CONNECT,
    CONTACT,
    DISCONNECT,
    FLOOD,
    GRAPH_INFO,
    GRAPH_INFO_ID,
    PRESENCE,
    REFUSE,
    SIGNATURE,
    SIGNATURE_ID,
    SYNC_END,
    WELCOME,
    Link,
    WireRecord,
    connect,
    framed,
    message,
    new_record,
    solicit_new,
)

ME = "wire client"


def node(peers: Peers, **fields: Any) -> Peer:
    """A graph of alice's that listens."""
    alice = peers.create("alice", **fields)
    alice.listen()
    return alice


def joined(alice: Peer, number: int = 1, **fields: Any) -> Link:
    """A link in the CONNECTED state."""
    link = Link.to(alice.port)
    link.join(alice.graph, f"{ME} {number}", number, **fields)
    return link


def still_serves(alice: Peer) -> None:
    """The node takes another neighbor and answers it."""
    with Link.to(alice.port) as link:
        link.join(alice.graph, "another", 0xFEED)
        link.alive()
        link.send(wire.disconnect())
        link.expect_end()


def on_the_wire(record: Record, graph: str) -> WireRecord:
    """What a record of the API has to look like in a FLOOD."""
    return WireRecord(
        type=record.type,
        graph=graph,
        creator=record.creator or "",
        created=record.created,
        expires=record.expires,
        id=record.id,
        version=record.version,
        modified_by=None if record.version == 1 else record.modified_by,
        modified=record.modified,
        payload=record.data,
        attributes=record.attributes,
    )


# AUTH_INFO, CONNECT, WELCOME


@scenario
def test_connect_is_answered_with_welcome(peers: Peers) -> None:
    """2.2.2.3: node ID, peer time, no addresses unless they were asked for, the Peer ID."""
    alice = node(peers)
    with Link.to(alice.port) as link, alice.queue(NEIGHBOR_CONNECTION) as queue:
        before = now()
        answer = link.join(alice.graph, ME, 42)
        assert answer.peer == "alice"
        assert answer.node != 0
        assert before - SECOND <= answer.peer_time <= now() + SECOND
        assert answer.addresses == []
        event = queue.wait(lambda event: event.status == CONNECTED)
        assert event.node == 42
        (found,) = alice.connections()
        assert (found.node, found.peer, found.ip) == (42, ME, "::1")


@scenario
def test_a_node_has_one_id_for_all_links(peers: Peers) -> None:
    alice = node(peers)
    with Link.to(alice.port) as one, Link.to(alice.port) as two:
        first = one.join(alice.graph, "one", 1)
        assert two.join(alice.graph, "two", 2).node == first.node


@scenario
def test_the_destination_peer_id_may_be_named(peers: Peers) -> None:
    alice = node(peers)
    with Link.to(alice.port) as link:
        link.authenticate(alice.graph, ME, destination="alice")
        link.send(connect(1))
        assert wire.Welcome.parse(link.expect(WELCOME)).peer == "alice"


@scenario
def test_reserved_fields_and_unknown_flags_of_connect_are_ignored(peers: Peers) -> None:
    alice = node(peers)
    with Link.to(alice.port) as link:
        link.authenticate(alice.graph, ME)
        raw = bytearray(connect(1, flags=0xF2, name="friendly ü"))
        raw[6:8], raw[14:16] = b"\xaa\xaa", b"\x55\x55"
        link.send(bytes(raw))
        link.expect(WELCOME)
        link.alive()


@scenario
def test_the_neighbor_list_is_given_when_asked_for(peers: Peers) -> None:
    """2.2.2.2 and A38: at most 10 addresses, among them that of a neighbor."""
    alice = node(peers)
    with joined(alice, 1, ports=[7001]), Link.to(alice.port) as second:
        answer = second.join(alice.graph, "second", 2, flags=wire.NEIGHBOR_LIST)
        assert ("::1", 7001) in answer.addresses
        assert len(answer.addresses) <= 10


@scenario
def test_update_brings_new_addresses_and_no_answer(peers: Peers) -> None:
    """A28: U on a CONNECTED link updates the addresses and nothing more."""
    alice = node(peers)
    with joined(alice) as link, Link.to(alice.port) as second:
        link.send(connect(1, [7002], wire.UPDATE))
        link.alive()
        assert wire.kind_of(link.waiting[-1]) not in (WELCOME, REFUSE)
        answer = second.join(alice.graph, "second", 2, flags=wire.NEIGHBOR_LIST)
        assert ("::1", 7002) in answer.addresses


@scenario
def test_update_on_a_new_link_is_ignored(peers: Peers) -> None:
    """3.1.5.2.1: the bit is ignored, the CONNECT is answered."""
    alice = node(peers)
    with Link.to(alice.port) as link:
        assert link.join(alice.graph, ME, 1, ports=[7003], flags=wire.UPDATE).peer == "alice"
        link.alive()


AUTHENTICATIONS: dict[str, Callable[[str], bytes]] = {
    "another graph": lambda graph: wire.auth_info(graph + "x", ME),
    "no graph": lambda graph: wire.auth_info("", ME),
    "no source": lambda graph: wire.auth_info(graph, ""),
    "another destination": lambda graph: wire.auth_info(graph, ME, "bob"),
    "empty destination": lambda graph: wire.auth_info(graph, ME, ""),
    "connection type 0": lambda graph: wire.auth_info(graph, ME, kind=0),
    "connection type 3": lambda graph: wire.auth_info(graph, ME, kind=3),
    "graph behind source": lambda graph: wire.auth_info(graph, ME, offsets=(40, 16, 50)),
    "graph at source": lambda graph: wire.auth_info(graph, ME, offsets=(16, 16, 50)),
    "offset inside the header": lambda graph: wire.auth_info(graph, ME, offsets=(0, 17, 50)),
    "destination beyond the end": lambda graph: wire.auth_info(graph, ME, offsets=(16, 20, 60_000)),
    "source behind destination": lambda graph: wire.auth_info(graph, ME, offsets=(16, 50, 40)),
    "no terminator": lambda graph: message(wire.AUTH_INFO, struct.pack(">BBHHH", 1, 0, 16, 17, 18) + b"gs"),
    "not UTF-8": lambda graph: message(
        wire.AUTH_INFO, struct.pack(">BBHHH", 1, 0, 16, 19, 22) + b"\xff\xfe\0" + b"\xc0\x80\0"
    ),
    "15 bytes": lambda graph: message(wire.AUTH_INFO, b"\1\0\0\0\0\0\0"),
    "8 bytes": lambda graph: message(wire.AUTH_INFO, b""),
}


@pytest.mark.parametrize("what", AUTHENTICATIONS)
@scenario
def test_a_bad_auth_info_ends_the_connection(peers: Peers, what: str) -> None:
    """3.1.5.1.1."""
    alice = node(peers)
    with Link.to(alice.port) as link:
        link.send(AUTHENTICATIONS[what](alice.graph), connect(1))
        assert link.expect_end() == []
    assert alice.connections() == []
    still_serves(alice)


# the wrong message at the wrong time


MESSAGES: dict[str, bytes] = {
    "WELCOME": wire.welcome(9, 1, "x"),
    "REFUSE": wire.refuse(wire.BUSY),
    "SOLICIT_NEW": solicit_new(),
    "SOLICIT_TIME": wire.solicit_time(0),
    "SOLICIT_HASH": wire.solicit_hash([(b"\0" * 16, 1, uuid.UUID(int=1))]),
    "ADVERTISE": message(ADVERTISE, struct.pack(">IIHHI", 0, 0, 24, 0, 24)),
    "REQUEST": wire.request([]),
    "FLOOD": wire.flood(b"\0" * 100),
    "PT2PT": wire.point_to_point(OTHER, b"data"),
    "ACK": wire.ack([]),
}


@pytest.mark.parametrize("first", [*MESSAGES, "CONNECT", "DISCONNECT", "SYNC_END"])
@scenario
def test_nothing_comes_before_auth_info(peers: Peers, first: str) -> None:
    """3.1.5.1.1: AUTH_INFO is the first message on a connection."""
    alice = node(peers)
    more = {"CONNECT": connect(1), "DISCONNECT": wire.disconnect(), "SYNC_END": wire.sync_end()}
    with Link.to(alice.port) as link:
        link.send({**MESSAGES, **more}[first])
        assert link.expect_end() == []
    still_serves(alice)


@pytest.mark.parametrize("second", MESSAGES)
@scenario
def test_nothing_but_connect_comes_after_auth_info(peers: Peers, second: str) -> None:
    alice = node(peers)
    with Link.to(alice.port) as link:
        link.authenticate(alice.graph, ME)
        link.send(MESSAGES[second])
        assert link.expect_end() == []
    assert alice.connections() == []
    still_serves(alice)


@pytest.mark.parametrize("later", ["WELCOME", "REFUSE", "ADVERTISE", "REQUEST"])
@scenario
def test_answers_to_nothing_end_a_connected_link(peers: Peers, later: str) -> None:
    """3.1.5.2.2, .3, .8, .9: WELCOME and REFUSE need CONNECT_WAIT, ADVERTISE and REQUEST need SYNC_HASH."""
    alice = node(peers)
    with joined(alice) as link:
        link.send(MESSAGES[later])
        link.expect_end()
    still_serves(alice)


@scenario
def test_a_second_auth_info_ends_the_connection(peers: Peers) -> None:
    alice = node(peers)
    with Link.to(alice.port) as link:
        link.authenticate(alice.graph, ME)
        link.authenticate(alice.graph, ME)
        assert link.expect_end() == []
    with joined(alice) as link:
        link.authenticate(alice.graph, ME)
        link.expect_end()
    still_serves(alice)


@scenario
def test_a_sync_end_nobody_waits_for_is_ignored(peers: Peers) -> None:
    """3.1.5.2.11."""
    alice = node(peers)
    with joined(alice) as link:
        link.send(wire.sync_end(), wire.sync_end(final=False))
        link.alive()


# REFUSE


@scenario
def test_the_same_node_on_a_second_link_is_refused(peers: Peers) -> None:
    """REFUSE 0x03 across links (A10); the first link stays."""
    alice = node(peers)
    with joined(alice, 7) as first, Link.to(alice.port) as second:
        second.authenticate(alice.graph, ME)
        second.send(connect(7))
        assert wire.parse_refuse(second.expect(REFUSE)) == (wire.DUPLICATE_CONNECTION, [])
        second.expect_end()
        first.alive()
        assert len(alice.connections()) == 1


@scenario
def test_a_second_connect_on_a_link_is_refused(peers: Peers) -> None:
    """REFUSE 0x02 on the same link (A10), which then ends (A30)."""
    alice = node(peers)
    with joined(alice, 7) as link:
        link.send(connect(7))
        assert wire.parse_refuse(link.expect(REFUSE)) == (wire.ALREADY_CONNECTED, [])
        link.expect_end()
    still_serves(alice)


@scenario
def test_the_eighth_neighbor_is_referred_to_the_others(peers: Peers) -> None:
    """REFUSE 0x01 with referrals (3.1.5.2.1): Maximum Neighbors is 7."""
    alice = node(peers)
    links = [joined(alice, number, ports=[7100 + number]) for number in range(1, 8)]
    with Link.to(alice.port) as eighth:
        eighth.authenticate(alice.graph, ME)
        eighth.send(connect(8))
        code, referrals = wire.parse_refuse(eighth.expect(REFUSE))
        assert code == wire.BUSY
        assert 1 <= len(referrals) <= 10
        assert set(referrals) <= {("::1", 7100 + number) for number in range(1, 8)}
        eighth.expect_end()
    for link in links:
        link.alive()
    assert len(alice.connections()) == 7
    links[0].send(wire.disconnect())
    links[0].expect_end()
    with joined(alice, 9) as late:
        late.alive()
    for link in links:
        link.socket.close()


@scenario
def test_a_direct_connection_nobody_allowed_is_refused(peers: Peers) -> None:
    """REFUSE 0x04 (3.1.5.2.1)."""
    alice = node(peers)
    with Link.to(alice.port) as link:
        link.authenticate(alice.graph, ME, kind=wire.DIRECT_TYPE)
        link.send(connect(1, flags=wire.DIRECT))
        assert wire.parse_refuse(link.expect(REFUSE)) == (wire.DIRECT_DISALLOWED, [])
        link.expect_end()
    assert alice.connections(1) == alice.connections(2) == []
    still_serves(alice)


@scenario
def test_a_direct_connection_is_no_neighbor(peers: Peers) -> None:
    """Allowed by a DIRECT_CONNECTION registration; after its WELCOME there is no neighbor processing (A29)."""
    alice = node(peers)
    with alice.queue(DIRECT_CONNECTION) as queue, Link.to(alice.port) as link:
        link.authenticate(alice.graph, ME, kind=wire.DIRECT_TYPE)
        link.send(connect(1, flags=wire.DIRECT))
        answer = wire.Welcome.parse(link.expect(WELCOME))
        assert (answer.peer, answer.addresses) == ("alice", [])
        assert queue.wait(lambda event: True).status == CONNECTED
        assert alice.connections(1) == []
        assert [found.node for found in alice.connections(2)] == [1]


# framing


BAD_BYTES: dict[str, bytes] = {
    "frame size 0": b"\0\0",
    "frame size above the maximum": b"\xff\xff" + b"x" * 100,
    "frame size one above 32768": b"\x80\x01" + b"x" * 100,
    "message size 0": b"\0\x0c" + b"\0\0\0\0" + bytes([0x10, 0x0C, 0, 0]) + b"\1\0\0\0",
    "message size 7": b"\0\x08" + b"\0\0\0\7" + bytes([0x10, 0x0C, 0, 0]),
    "message smaller than its frame": framed(message(SYNC_END, b"\1\0\0\0", size=11)),
    "two messages in one frame": b"\0\x18" + wire.sync_end() * 2,
    "message size of 4 GiB": framed(message(SYNC_END, b"\1\0\0\0", size=0xFFFFFFFF)),
    "version 0x11": framed(message(SYNC_END, b"\1\0\0\0", version=0x11)),
    "version 0": framed(message(SYNC_END, b"\1\0\0\0", version=0)),
    "type 0": framed(message(0, b"\1\0\0\0")),
    "type 15": framed(message(15, b"\1\0\0\0")),
    "type 255": framed(message(255, b"\1\0\0\0")),
    "HTTP": b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "all ones": b"\xff" * 500,
}


@pytest.mark.parametrize("authenticated", [False, True])
@pytest.mark.parametrize("what", BAD_BYTES)
@scenario
def test_bytes_that_are_no_message_end_the_connection(peers: Peers, what: str, authenticated: bool) -> None:
    """2.2.1.1, 3.1.5.2 and A5, A23, A24."""
    alice = node(peers)
    link = joined(alice) if authenticated else Link.to(alice.port)
    with link:
        link.raw(BAD_BYTES[what])
        link.expect_end()
    still_serves(alice)


@pytest.mark.parametrize("frame", [1, 2, 7, 100])
@scenario
def test_messages_may_come_in_small_frames(peers: Peers, frame: int) -> None:
    alice = node(peers)
    with Link.to(alice.port) as link:
        link.send(wire.auth_info(alice.graph, ME), connect(1), frame=frame)
        link.expect(WELCOME)
        record = new_record(alice.graph, ME, CHAT, now(), b"x" * 500)
        link.send(wire.flood(record.encode()), frame=frame)
        assert wire.parse_ack(link.expect(ACK)) == {record.id: True}
        assert alice.get(record.id).data == b"x" * 500


@scenario
def test_messages_may_come_byte_by_byte(peers: Peers) -> None:
    alice = node(peers)
    with Link.to(alice.port) as link:
        for byte in framed(wire.auth_info(alice.graph, ME)) + framed(connect(1)):
            link.raw(bytes([byte]))
        link.expect(WELCOME)
        link.alive()


@scenario
def test_a_large_message_comes_in_frames_of_at_most_the_default_size(peers: Peers) -> None:
    """2.2: frames of at most 16,379 bytes; the client's reader checks that they add up."""
    alice = node(peers)
    id = alice.add(b"y" * 100_000)
    with joined(alice) as link:
        (record,) = [one for one in link.collect(solicit_new([CHAT])) if one.type == CHAT]
        assert (record.id, record.payload) == (id, b"y" * 100_000)


@scenario
def test_a_client_that_goes_away_at_any_point_does_no_harm(peers: Peers) -> None:
    alice = node(peers)
    record = new_record(alice.graph, ME, CHAT, now())
    stream = framed(wire.auth_info(alice.graph, ME)) + framed(connect(1)) + framed(wire.flood(record.encode()))
    for cut in [0, 1, 2, 5, len(stream) // 3, len(stream) // 2, len(stream) - 1]:
        with Link.to(alice.port) as link:
            link.raw(stream[:cut])
    alice.until(lambda: not alice.connections())
    assert not alice.has(record.id)
    still_serves(alice)


# every message with bad offsets and counts


def bad_bodies() -> dict[str, bytes]:
    guid = OTHER.bytes
    return {
        "CONNECT 23 bytes": message(CONNECT, connect(2)[8:-1]),
        "CONNECT addresses beyond the end": message(CONNECT, struct.pack(">BBHHHQ", 0, 200, 24, 24, 0, 2)),
        "CONNECT address offset beyond the end": message(CONNECT, struct.pack(">BBHHHQ", 0, 0, 999, 24, 0, 2)),
        "CONNECT name before the addresses": message(
            CONNECT, struct.pack(">BBHHHQ", 0, 1, 24, 24, 0, 2) + wire.endpoint(1)
        ),
        "CONNECT name beyond the end": message(CONNECT, struct.pack(">BBHHHQ", 0, 0, 24, 99, 0, 2)),
        "DISCONNECT 11 bytes": message(DISCONNECT, b"\1\0\0"),
        "DISCONNECT reason 0": wire.disconnect(0),
        "DISCONNECT reason 4": wire.disconnect(4),
        "DISCONNECT addresses beyond the end": message(DISCONNECT, struct.pack(">BBH", 1, 9, 12)),
        "SOLICIT_NEW 11 bytes": message(wire.SOLICIT_NEW, b"\0\0\0"),
        "SOLICIT_NEW inclusion of 2": solicit_new([CHAT, OTHER]),
        "SOLICIT_NEW both lists": message(wire.SOLICIT_NEW, struct.pack(">BBH", 1, 1, 12) + guid * 2),
        "SOLICIT_NEW types beyond the end": message(wire.SOLICIT_NEW, struct.pack(">BBH", 0, 9, 12) + guid),
        "SOLICIT_TIME 19 bytes": message(wire.SOLICIT_TIME, b"\0" * 11),
        "SOLICIT_TIME inclusion of 2": wire.solicit_time(0, [CHAT, OTHER]),
        "SOLICIT_TIME both lists": message(wire.SOLICIT_TIME, struct.pack(">BBHQ", 1, 1, 20, 0) + guid * 2),
        "SOLICIT_TIME types beyond the end": message(wire.SOLICIT_TIME, struct.pack(">BBHQ", 1, 0, 20, 0)),
        "SOLICIT_HASH 19 bytes": message(wire.SOLICIT_HASH, b"\0" * 11),
        "SOLICIT_HASH both lists": message(wire.SOLICIT_HASH, struct.pack(">BBHIHH", 1, 1, 20, 0, 52, 0) + guid * 2),
        "SOLICIT_HASH types reach into the hashes": message(
            wire.SOLICIT_HASH, struct.pack(">BBHIHH", 1, 0, 20, 0, 20, 0) + guid
        ),
        "SOLICIT_HASH entries beyond the end": message(
            wire.SOLICIT_HASH, struct.pack(">BBHIHH", 0, 0, 20, 5, 20, 0) + b"\0" * 40
        ),
        "SOLICIT_HASH a number of entries that overflows": message(
            wire.SOLICIT_HASH, struct.pack(">BBHIHH", 0, 0, 20, 0xFFFFFFFF, 20, 0) + b"\0" * 40
        ),
        "FLOOD 15 bytes": message(FLOOD, b"\0\x0c\0\0\0\0\0"),
        "FLOOD record beyond the end": wire.flood(b"\0" * 100, offset=999),
        "PT2PT 15 bytes": message(wire.PT2PT, b"\0\x0f\0\0\0\0\0"),
        "PT2PT payload beyond the end": wire.point_to_point(OTHER, b"data", offset=999),
        "SYNC_END 11 bytes": message(SYNC_END, b"\1\0\0"),
        "ACK 11 bytes": message(ACK, b"\0\0\0"),
        "ACK entries beyond the end": message(ACK, struct.pack(">HH", 5, 12) + b"\0" * 20),
        "ACK offset beyond the end": message(ACK, struct.pack(">HH", 0, 999)),
        "AUTH_INFO 15 bytes": message(wire.AUTH_INFO, b"\1\0\0\0\0\0\0"),
    }


@pytest.mark.parametrize("what", bad_bodies())
@scenario
def test_bad_fields_end_the_connection(peers: Peers, what: str) -> None:
    """3.1.5.2.1 to 3.1.5.2.13: the conditions that each message has to meet."""
    alice = node(peers)
    id = alice.add()
    with joined(alice) as link:
        link.send(bad_bodies()[what])
        link.expect_end()
    assert alice.has(id)
    still_serves(alice)


@scenario
def test_bad_fields_in_an_advertise_or_request_end_the_connection(peers: Peers) -> None:
    """Sent when they are waited for: after a SOLICIT_HASH."""
    alice = node(peers)
    alice.add()
    bad = {
        "REQUEST 15 bytes": message(wire.REQUEST, b"\0" * 7),
        "REQUEST abstracts beyond the end": message(wire.REQUEST, struct.pack(">II", 7, 16) + b"\0" * 20),
        "REQUEST offset beyond the end": message(wire.REQUEST, struct.pack(">II", 0, 999)),
        "REQUEST a number that overflows": message(wire.REQUEST, struct.pack(">II", 0xFFFFFFFF, 16)),
    }
    for number, raw in enumerate(bad.values()):
        with joined(alice, number + 1) as link:
            link.send(wire.solicit_hash([(b"\0" * 16, 2**63 - 1, uuid.UUID(int=2**128 - 1))]))
            link.expect(ADVERTISE)
            link.send(raw)
            link.expect_end()
    still_serves(alice)


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
        assert flood.id.bytes[:8] == wire.high_half("alice")


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
def test_an_ack_for_something_unknown_is_fine(peers: Peers) -> None:
    alice = node(peers)
    with joined(alice) as link:
        link.send(wire.ack([(uuid.uuid4(), True), (uuid.uuid4(), False)]), wire.ack([]))
        link.alive()


# SOLICIT_*


@scenario
def test_the_graph_info_record_is_given_first_thing(peers: Peers) -> None:
    """2.2.3.1."""
    alice = node(peers, pwzFriendlyName="card", pwzComment="for Bob", dwMaxRecordSize=2048, ulPresenceLifetime=333)
    alice.add(b"not asked for")
    with joined(alice) as link:
        (record,) = link.collect(solicit_new([GRAPH_INFO]))
    assert (record.type, record.id, record.creator) == (GRAPH_INFO, GRAPH_INFO_ID, "alice")
    assert record.expires > now()
    body = wire.Cursor(record.payload)
    assert body.number(4) == len(record.payload), "A8: the size counts itself"
    assert body.number(4) == 0
    assert body.number(4) in (1, 2, 3, 4)
    assert [body.counted() for _ in range(4)] == [alice.graph, "alice", "card", "for Bob"]
    assert [body.number(4) for _ in range(3)] == [333, 0, 2048]
    assert body.at == len(record.payload)


@scenario
def test_solicit_new_for_everything_gives_everything(peers: Peers) -> None:
    alice = node(peers)
    ids = {alice.add(str(index).encode()) for index in range(25)} | {alice.add(type=OTHER)}
    deleted = alice.add()
    alice.delete(deleted)
    with joined(alice) as link:
        records = link.collect(solicit_new())
    found = {record.id: record for record in records}
    assert len(found) == len(records), "no record twice"
    assert ids <= set(found)
    assert GRAPH_INFO_ID in found
    if deleted in found:
        assert found[deleted].flags == 0x02
    for id in ids:
        assert found[id] == on_the_wire(alice.get(id), alice.graph)


@scenario
def test_solicit_new_may_name_one_type(peers: Peers) -> None:
    alice = node(peers)
    chat, other = alice.add(), alice.add(type=OTHER)
    with joined(alice) as link:
        assert [record.id for record in link.collect(solicit_new([CHAT]))] == [chat]
        assert [record.id for record in link.collect(solicit_new([OTHER]))] == [other]
        assert link.collect(solicit_new([uuid.uuid4()])) == []


@scenario
def test_solicit_new_may_exclude_types(peers: Peers) -> None:
    """A14: SYNC_END without F may come in between; the final one comes once."""
    alice = node(peers)
    chat, other = alice.add(), alice.add(type=OTHER)
    with joined(alice) as link:
        records = link.collect(solicit_new(exclude=[GRAPH_INFO, PRESENCE, CHAT]))
        assert other in [record.id for record in records]
        assert not {GRAPH_INFO, PRESENCE, CHAT} & {record.type for record in records}
        # A second final SYNC_END would be taken for the end of the next solicitation.
        assert [record.id for record in link.collect(solicit_new([CHAT]))] == [chat]


@scenario
def test_solicit_time_gives_what_changed_since(peers: Peers) -> None:
    """3.1.5.2.6: Last Modification Time no less than the time given; A32: no lists, all types."""
    alice = node(peers)
    alice.add(b"before")
    updated = alice.add(b"updated")
    since = alice.get(updated).modified + 1
    alice.update(updated, b"new")
    added = alice.add(b"added")
    exact = alice.get(added).modified
    with joined(alice) as link:
        found = {record.id for record in link.collect(wire.solicit_time(since, [CHAT]))}
        assert found == {updated, added}
        assert {record.id for record in link.collect(wire.solicit_time(exact, [CHAT]))} == {added}
        assert link.collect(wire.solicit_time(exact + 1, [CHAT])) == []
        assert {updated, added} <= {record.id for record in link.collect(wire.solicit_time(since))}
        rest = link.collect(wire.solicit_time(since, exclude=[GRAPH_INFO, OTHER]))
        assert {record.id for record in rest if record.type == CHAT} == {updated, added}


def digest(records: list[WireRecord]) -> bytes:
    return hashlib.md5(b"".join(wire.abstract(record.id, record.version) for record in records)).digest()


def advertised(raw: bytes) -> tuple[list[tuple[int, int]], dict[uuid.UUID, int]]:
    """Counts and upper times of the boundaries, and the abstracts of an ADVERTISE (2.2.2.9)."""
    boundaries, abstracts, at, zero, at_abstracts = struct.unpack_from(">IIHHI", raw, 8)
    assert zero == 0
    assert boundaries * 52 + at <= at_abstracts
    assert at_abstracts + abstracts * 20 <= len(raw)
    ranges = []
    for index in range(boundaries):
        upper, count = struct.unpack_from(">Q16xI", raw, at + 52 * index + 24)
        ranges.append((upper, count))
    found = {}
    for index in range(abstracts):
        entry = raw[at_abstracts + 20 * index : at_abstracts + 20 * index + 20]
        found[uuid.UUID(bytes=entry[:16])] = int.from_bytes(entry[16:], "big")
    assert sum(count for _, count in ranges) == abstracts
    return ranges, found


@scenario
def test_a_hash_that_matches_is_not_advertised(peers: Peers) -> None:
    """3.1.7.31, A16, A17: MD5 over (ID, version) in the order of (modification time, ID)."""
    alice = node(peers)
    for index in range(25):
        alice.add(str(index).encode())
    with joined(alice) as link:
        records = sorted(link.collect(solicit_new()), key=lambda record: (record.modified, record.id.bytes))
        pieces = [records[at : at + 10] for at in range(0, len(records), 10)]
        entries = [(digest(piece), piece[-1].modified, piece[-1].id) for piece in pieces]
        link.send(wire.solicit_hash(entries))
        assert advertised(link.expect(ADVERTISE)) == ([], {})
        link.send(wire.request([]))
        link.expect(SYNC_END, wire.is_final)
        link.alive()


@scenario
def test_a_hash_that_differs_is_advertised_and_requested(peers: Peers) -> None:
    alice = node(peers)
    ids = [alice.add(str(index).encode()) for index in range(25)]
    alice.update(ids[24], b"newest")
    with joined(alice) as link:
        records = sorted(link.collect(solicit_new()), key=lambda record: (record.modified, record.id.bytes))
        pieces = [records[at : at + 10] for at in range(0, len(records), 10)]
        entries = [(digest(piece), piece[-1].modified, piece[-1].id) for piece in pieces]
        entries[1] = (b"\0" * 16, *entries[1][1:])
        link.send(wire.solicit_hash(entries))
        ranges, abstracts = advertised(link.expect(ADVERTISE))
        assert abstracts == {record.id: record.version for record in pieces[1]}
        assert [count for _, count in ranges] == [10]
        wanted = pieces[1][3]
        before = len(link.waiting)
        link.send(wire.request([(wanted.id, wanted.version)]))
        link.expect(SYNC_END, wire.is_final)
        floods = [wire.parse_flood(raw) for raw in link.waiting[before:] if wire.kind_of(raw) == FLOOD]
        assert floods == [wanted]
        link.alive()


@scenario
def test_requesting_what_is_not_there_gives_only_the_end(peers: Peers) -> None:
    alice = node(peers)
    alice.add()
    with joined(alice) as link:
        link.send(wire.solicit_hash([(b"\0" * 16, 2**63 - 1, uuid.UUID(int=2**128 - 1))]))
        link.expect(ADVERTISE)
        link.send(wire.request([(uuid.uuid4(), 1)]))
        link.expect(SYNC_END, wire.is_final)
        link.alive()


# PT2PT and DISCONNECT


@scenario
def test_a_ping_is_ignored(peers: Peers) -> None:
    """2.2.4.1."""
    alice = node(peers)
    with joined(alice) as link:
        link.send(wire.point_to_point(wire.PING))
        link.alive()


@scenario
def test_data_nobody_registered_for_is_ignored(peers: Peers) -> None:
    alice = node(peers)
    with joined(alice) as link:
        link.send(wire.point_to_point(OTHER, b"data"), wire.point_to_point(OTHER))
        link.alive()


@pytest.mark.parametrize("reason", [1, 2, 3])
@scenario
def test_disconnect_ends_the_link(peers: Peers, reason: int) -> None:
    alice = node(peers)
    with joined(alice, 5) as link, alice.queue(NEIGHBOR_CONNECTION) as queue:
        link.send(wire.disconnect(reason, [7200]))
        link.expect_end()
        event = queue.wait(lambda event: event.status == DISCONNECTED)
        assert event.node == 5
    assert alice.connections() == []
    still_serves(alice)


@scenario
def test_closing_the_graph_says_goodbye(peers: Peers) -> None:
    """3.1.4.12: DISCONNECT, reason leaving."""
    alice = node(peers)
    with joined(alice) as link:
        alice.close()
        reason, _ = wire.parse_refuse(link.expect(DISCONNECT))
        assert reason == wire.LEAVING
        assert link.expect_end() == []


@scenario
def test_a_link_that_breaks_is_a_disconnection(peers: Peers) -> None:
    alice = node(peers)
    with alice.queue(NEIGHBOR_CONNECTION) as queue:
        with joined(alice, 5):
            queue.wait(lambda event: event.status == CONNECTED)
        assert queue.wait(lambda event: event.status == DISCONNECTED).node == 5
    assert alice.connections() == []


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
        payload=wire.graph_info("other", "alice", info.created).payload,
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
    id = SIGNATURE_ID if kind == "signature" else wire.record_id(ME)
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
