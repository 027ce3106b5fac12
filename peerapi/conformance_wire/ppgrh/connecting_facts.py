"""Being called: AUTH_INFO and CONNECT, and WELCOME and REFUSE in answer (2.2.2.1 to 2.2.2.4, 3.1.5.1.1, 3.1.5.2.1)."""

from __future__ import annotations

import struct
import time
from functools import partial
from uuid import uuid4

from peerapi.conformance_wire.bench import Bench, expect, same
from peerapi.conformance_wire.ppgrh import messages
from peerapi.conformance_wire.ppgrh.catalogue import PPGRH
from peerapi.conformance_wire.ppgrh.link import ME, Link, connected, ends
from peerapi.conformance_wire.ppgrh.messages import Welcome, connect, message

NODE = 0x0123456789ABCDEF
_FILETIME_EPOCH = 116_444_736_000_000_000


# ---- AUTH_INFO ----


def _auth_info_ends(raw: bytes, bench: Bench) -> None:
    with Link.to(bench) as link:
        link.send(raw, connect(NODE))
        same(link.expect_end(), [], "what comes")


def _bad_offsets(offsets: tuple[int, int, int], bench: Bench) -> None:
    _auth_info_ends(messages.auth_info(bench.target.graph, ME, "somebody", offsets=offsets), bench)


def _of_graph(bench: Bench, change: int) -> tuple[int, int, int]:
    """The right offsets of an AUTH_INFO with a destination, and one wrong thing."""
    first = 16
    second = first + len(messages.text(bench.target.graph))
    third = second + len(messages.text(ME))
    size = third + len(messages.text("somebody"))
    return [
        (second, first, third),
        (first, first, third),
        (first, third, second),
        (first, second, second),
        (first, second, size + 1),
        (first, second, 0xFFFF),
        (0xFFFF, 0xFFFF, 0xFFFF),
        (0, 0, 0),
    ][change]


for number, what in enumerate(
    (
        "Graph ID Offset above Source Peer ID Offset",
        "Graph ID Offset equal to Source Peer ID Offset",
        "Source Peer ID Offset above Destination Peer ID Offset",
        "Source Peer ID Offset equal to Destination Peer ID Offset",
        "Destination Peer ID Offset one above Message Size",
        "Destination Peer ID Offset 0xFFFF",
        "three offsets of 0xFFFF",
        "three offsets of 0",
    )
):

    def _offsets(number: int, bench: Bench) -> None:
        _bad_offsets(_of_graph(bench, number), bench)

    PPGRH.add("3.1.5.1.1", f"an AUTH_INFO with {what} ends the connection", partial(_offsets, number))

for kind in (0x00, 0x03, 0x04, 0xFF):

    def _type(kind: int, bench: Bench) -> None:
        _auth_info_ends(messages.auth_info(bench.target.graph, ME, kind=kind), bench)

    PPGRH.add("3.1.5.1.1", f"an AUTH_INFO of Connection Type 0x{kind:02X} ends the connection", partial(_type, kind))

for size in (8, 9, 12, 15):

    def _short(size: int, bench: Bench) -> None:
        _auth_info_ends(message(messages.AUTH_INFO, b"\1\0\0\x10\0\x10\0\x10"[: size - 8]), bench)

    PPGRH.add("3.1.5.1.1", f"an AUTH_INFO of {size} bytes, less than 0x10, ends the connection", partial(_short, size))


@PPGRH.fact("3.1.5.1.1", "an AUTH_INFO with an empty Graph ID ends the connection")
def _empty_graph(bench: Bench) -> None:
    _auth_info_ends(messages.auth_info("", ME), bench)


@PPGRH.fact("3.1.5.1.1", "an AUTH_INFO with an empty Source Peer ID ends the connection")
def _empty_source(bench: Bench) -> None:
    _auth_info_ends(messages.auth_info(bench.target.graph, ""), bench)


@PPGRH.fact("3.1.5.1.1", "an AUTH_INFO with an empty Destination Peer ID that is present ends the connection")
def _empty_destination(bench: Bench) -> None:
    _auth_info_ends(messages.auth_info(bench.target.graph, ME, ""), bench)


@PPGRH.fact("3.1.5.1.1", "an AUTH_INFO for another graph ends the connection")
def _another_graph(bench: Bench) -> None:
    _auth_info_ends(messages.auth_info("no such graph", ME), bench)


@PPGRH.fact("3.1.5.1.1", "an AUTH_INFO for a graph whose name is longer ends the connection")
def _longer_graph(bench: Bench) -> None:
    _auth_info_ends(messages.auth_info(bench.target.graph + "x", ME), bench)


@PPGRH.fact("3.1.5.1.1", "an AUTH_INFO for another Peer ID ends the connection")
def _another_peer(bench: Bench) -> None:
    _auth_info_ends(messages.auth_info(bench.target.graph, ME, "no such peer"), bench)


@PPGRH.fact("3.1.5.1.1", "an AUTH_INFO for the node's own Peer ID is taken")
def _this_peer(bench: Bench) -> None:
    with connected(bench) as first:
        peer = messages.string_at(first.welcome, Welcome.read(first.welcome).peer_at)
    with Link.to(bench) as link:
        link.send(messages.auth_info(bench.target.graph, ME, peer), connect(NODE))
        link.welcome = link.expect(messages.WELCOME)


@PPGRH.fact("2.2.2.1", "Reserved2 of an AUTH_INFO is ignored on receipt")
def _auth_reserved(bench: Bench) -> None:
    with Link.to(bench) as link:
        link.send(messages.auth_info(bench.target.graph, ME, reserved=0xFF), connect(NODE))
        link.welcome = link.expect(messages.WELCOME)


@PPGRH.fact("3.1.5.1.1", "a second AUTH_INFO on a connection ends it")
def _auth_twice(bench: Bench) -> None:
    with Link.to(bench) as link:
        link.introduce()
        link.introduce()
        same(link.expect_end(), [], "what comes")


@PPGRH.fact("3.1.5.1.1", "an AUTH_INFO from a neighbor ends the connection")
def _auth_later(bench: Bench) -> None:
    with connected(bench) as link:
        ends(link, messages.auth_info(bench.target.graph, ME))


# ---- what may not come before its time ----

WELL_FORMED = {
    "CONNECT": connect(NODE),
    "WELCOME": messages.welcome(NODE, 0, ME),
    "REFUSE": messages.refuse(messages.BUSY),
    "DISCONNECT": messages.disconnect(),
    "SOLICIT_NEW": messages.solicit_new(),
    "SOLICIT_TIME": messages.solicit_time(0),
    "SOLICIT_HASH": messages.solicit_hash(b""),
    "ADVERTISE": messages.advertise(b"", b""),
    "REQUEST": messages.request(b"\0" * 20),
    "FLOOD": messages.flood(b"\0" * 100),
    "SYNC_END": messages.sync_end(),
    "PT2PT": messages.point_to_point(uuid4(), b"early"),
    "ACK": messages.ack([(uuid4(), 1)]),
}


def _first(raw: bytes, bench: Bench) -> None:
    _auth_info_ends(raw, bench)


def _before_connect(raw: bytes, bench: Bench) -> None:
    with Link.to(bench) as link:
        link.introduce()
        link.send(raw)
        same(link.expect_end(), [], "what comes")


for name, raw in WELL_FORMED.items():
    PPGRH.add("3.1.5.1.1", f"a {name} in place of AUTH_INFO ends the connection", partial(_first, raw))
for section, name in (
    ("3.1.5.2.2", "WELCOME"),
    ("3.1.5.2.3", "REFUSE"),
    ("3.1.5.2.4", "DISCONNECT"),
    ("3.1.5.2.5", "SOLICIT_NEW"),
    ("3.1.5.2.6", "SOLICIT_TIME"),
    ("3.1.5.2.7", "SOLICIT_HASH"),
    ("3.1.5.2.8", "ADVERTISE"),
    ("3.1.5.2.9", "REQUEST"),
    ("3.1.5.2.10", "FLOOD"),
    ("3.1.5.2.12", "ACK"),
    ("3.1.5.2.13", "PT2PT"),
):
    PPGRH.add(section, f"a {name} before CONNECT ends the connection", partial(_before_connect, WELL_FORMED[name]))


@PPGRH.fact("3.1.5.2.11", "a SYNC_END before CONNECT is ignored")
def _early_end(bench: Bench) -> None:
    with Link.to(bench) as link:
        link.introduce()
        link.send(messages.sync_end(), connect(NODE))
        link.welcome = link.expect(messages.WELCOME)


# ---- CONNECT ----


def _connect_ends(raw: bytes, bench: Bench) -> None:
    with Link.to(bench) as link:
        link.introduce()
        link.send(raw)
        same(link.expect_end(), [], "what comes")


ONE = messages.endpoint(4001)
for what, raw in {
    "of 23 bytes, less than 0x18,": message(messages.CONNECT, connect(NODE)[8:-1]),
    "of 8 bytes": message(messages.CONNECT, b""),
    "whose addresses end one byte behind it": message(
        messages.CONNECT, struct.pack(">BBHHHQ", 0, 1, 25, 44, 0, NODE) + ONE
    ),
    "with 255 addresses that are not there": connect(NODE, count=255),
    "whose Address Offset lies behind it": connect(NODE, at=25, name_at=25),
    "whose Friendly Name Offset lies among the addresses": connect(NODE, ONE, name_at=43),
    "whose Friendly Name Offset lies one behind it": connect(NODE, name_at=25),
    "whose Friendly Name Offset is 0xFFFF": connect(NODE, name_at=0xFFFF),
}.items():
    PPGRH.add("3.1.5.2.1", f"a CONNECT {what} ends the connection", partial(_connect_ends, raw))
PPGRH.add(
    "2.2.2.2",
    "a CONNECT with Update and no address ends the connection",
    partial(_connect_ends, connect(NODE, flags=messages.UPDATE_BIT)),
)
for family in (0x0000, 0x0002, 0x1700, 0x0018):
    PPGRH.add(
        "2.2.1.3",
        f"a CONNECT with an address of Protocol Family 0x{family:04X} ends the connection",
        partial(_connect_ends, connect(NODE, messages.endpoint(4001, family=family))),
    )


def _connect_is_taken(raw: bytes, bench: Bench) -> None:
    with Link.to(bench) as link:
        link.introduce()
        link.send(raw)
        link.welcome = link.expect(messages.WELCOME)
        link.probe()


for bit, z in ((0x80, "Z1"), (0x40, "Z2"), (0x20, "Z3"), (0x10, "Z4"), (0x02, "Z7")):
    PPGRH.add(
        "2.2.2.2", f"{z} of a CONNECT is ignored on receipt", partial(_connect_is_taken, connect(NODE, flags=bit))
    )
for section, what, raw in (
    ("2.2.2.2", "whose Reserved2 is not zero", connect(NODE, reserved=0xFFFF)),
    ("2.2.2.2", "with a Friendly Name", connect(NODE, name=b"somebody\0")),
    ("2.2.2.2", "with a Friendly Name that is not ASCII", connect(NODE, name=messages.text("J\u00fcrgen"))),
    ("2.2.2.2", "with an address", connect(NODE, messages.endpoint(4001))),
    ("2.2.2.2", "with ten addresses", connect(NODE, messages.endpoint(4001) * 10)),
    ("2.2.2.2", "with an address and a Friendly Name", connect(NODE, messages.endpoint(4001), name=b"somebody\0")),
    (
        "3.1.5.2.1",
        "with Update before the link is CONNECTED",
        connect(NODE, messages.endpoint(4001), flags=messages.UPDATE_BIT),
    ),
    ("2.2.2.2", "whose Source Node ID is 1", connect(1)),
    ("2.2.2.2", "whose Source Node ID is the highest", connect(2**64 - 1)),
):
    PPGRH.add(section, f"a CONNECT {what} is answered by WELCOME", partial(_connect_is_taken, raw))


@PPGRH.fact("3.1.5.2.1", "a CONNECT with Update on a CONNECTED link is not answered, and the link goes on")
def _update_later(bench: Bench) -> None:
    with connected(bench) as link:
        link.send(connect(link.node, messages.endpoint(4001), flags=messages.UPDATE_BIT))
        same([messages.name_of(raw) for raw in link.probe()], [], "what comes")


# ---- WELCOME ----


def a_welcome(bench: Bench) -> bytes:
    with connected(bench) as link:
        return link.welcome


def _utc() -> int:
    return time.time_ns() // 100 + _FILETIME_EPOCH


@PPGRH.fact("3.1.5.2.1", "a CONNECT is answered by WELCOME and by nothing else")
def _only_welcome(bench: Bench) -> None:
    with connected(bench) as link:
        same([messages.name_of(raw) for raw in link.skipped], [], "what comes before")
        same([messages.name_of(raw) for raw in link.probe() if messages.kind_of(raw) != messages.CONNECT], [], "others")


@PPGRH.fact("2.2.2.3", "a WELCOME has at least 0x20 bytes")
def _welcome_size(bench: Bench) -> None:
    expect(len(bench.once(a_welcome)) >= 32, f"{len(bench.once(a_welcome))} bytes")


@PPGRH.fact("2.2.2.3", "Reserved2 of a WELCOME is zero")
def _welcome_reserved(bench: Bench) -> None:
    same(bench.once(a_welcome)[25], 0, "Reserved2")


@PPGRH.fact("3.1.5.2.1", "a WELCOME to who has not asked for neighbors has an Address Count of 0")
def _welcome_without(bench: Bench) -> None:
    same(Welcome.read(bench.once(a_welcome)).count, 0, "Address Count")


@PPGRH.fact("3.1.5.2.2", "Peer ID Offset of a WELCOME is at least the end of the addresses")
def _welcome_peer_offset(bench: Bench) -> None:
    found = Welcome.read(bench.once(a_welcome))
    expect(found.peer_at >= found.count * 20 + found.at, found)


@PPGRH.fact("3.1.5.2.2", "Friendly Name Offset of a WELCOME is above Peer ID Offset")
def _welcome_name_above(bench: Bench) -> None:
    found = Welcome.read(bench.once(a_welcome))
    expect(found.name_at > found.peer_at, found)


@PPGRH.fact("3.1.5.2.2", "Friendly Name Offset of a WELCOME is no greater than Message Size")
def _welcome_name_inside(bench: Bench) -> None:
    raw = bench.once(a_welcome)
    expect(Welcome.read(raw).name_at <= len(raw), Welcome.read(raw))


@PPGRH.fact("2.2.2.3", "the Peer ID of a WELCOME is UTF-8 with a zero, and not empty")
def _welcome_peer(bench: Bench) -> None:
    raw = bench.once(a_welcome)
    expect(messages.string_at(raw, Welcome.read(raw).peer_at), "the Peer ID is empty")


@PPGRH.fact("2.2.2.3", "the Node ID of a WELCOME is the same on every connection")
def _welcome_node(bench: Bench) -> None:
    same(Welcome.read(a_welcome(bench)).node, Welcome.read(bench.once(a_welcome)).node, "Node ID")


@PPGRH.fact("2.2.2.3", "the Peer Time of a WELCOME is a FILETIME, at most 20 minutes from UTC, big-endian")
def _welcome_time(bench: Bench) -> None:
    before = _utc()
    seen = Welcome.read(a_welcome(bench)).peer_time
    expect(before - 12_000_000_000 <= seen <= _utc() + 12_000_000_000, f"{seen} at {before}")


@PPGRH.fact("2.2.2.3", "the Peer Time of a later WELCOME is later")
def _welcome_time_goes_on(bench: Bench) -> None:
    first = Welcome.read(bench.once(a_welcome)).peer_time
    expect(Welcome.read(a_welcome(bench)).peer_time > first, "time stands still")


def _asked_for_neighbors(bench: Bench) -> tuple[int, bytes]:
    with connected(bench, addresses=messages.endpoint(4711)), Link.to(bench) as link:
        link.joined(flags=messages.NEIGHBOR_LIST_BIT)
        return 4711, link.welcome


@PPGRH.fact("3.1.5.2.1", "a WELCOME to who has asked for neighbors names a neighbor's address")
def _welcome_with(bench: Bench) -> None:
    port, raw = bench.once(_asked_for_neighbors)
    found = Welcome.read(raw)
    expect((bench.target.host, port) in messages.endpoints_at(raw, found.count, found.at), found)


@PPGRH.fact("3.1.5.2.1", "a WELCOME names at most 10 neighbors, the default")
def _welcome_at_most(bench: Bench) -> None:
    expect(1 <= Welcome.read(bench.once(_asked_for_neighbors)[1]).count <= 10, "the count")


@PPGRH.fact("3.1.5.2.1", "Address Offset of a WELCOME with neighbors lies behind its fixed fields")
def _welcome_array(bench: Bench) -> None:
    found = Welcome.read(bench.once(_asked_for_neighbors)[1])
    expect(found.at >= 32, found)


@PPGRH.fact("3.1.5.2.1", "addresses of a later CONNECT with Update take the place of those before")
def _updated_addresses(bench: Bench) -> None:
    with connected(bench, addresses=messages.endpoint(4711)) as first, Link.to(bench) as link:
        first.send(connect(first.node, messages.endpoint(4712), flags=messages.UPDATE_BIT))
        first.probe()
        link.joined(flags=messages.NEIGHBOR_LIST_BIT)
        found = Welcome.read(link.welcome)
        ports = {port for _, port in messages.endpoints_at(link.welcome, found.count, found.at)}
        expect(4712 in ports and 4711 not in ports, ports)
