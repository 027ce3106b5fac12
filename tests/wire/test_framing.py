"""Frames, and messages whose offsets and counts are wrong."""

import struct
import uuid

import pytest

from tests.support.peer_values import CHAT, now
from tests.support.peers import OTHER, Peers
from tests.support.scenario import scenario
from tests.wire import client as wire
from tests.wire.client import (
    ACK,
    ADVERTISE,
    CONNECT,
    DISCONNECT,
    FLOOD,
    SYNC_END,
    WELCOME,
    Link,
    connect,
    framed,
    message,
    solicit_new,
)
from tests.wire.support import ME, joined, node, still_serves
from tests.wire.wire_records import new_record

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
