"""The node as the caller: this side listens in place of a node (3.1.5.1.2, 3.1.5.2.2 to 3.1.5.2.4, 3.1.7.24)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from uuid import UUID, uuid4

from peerapi.conformance_wire.bench import Bench, expect, same
from peerapi.conformance_wire.facts import Need
from peerapi.conformance_wire.ppgrh import messages
from peerapi.conformance_wire.ppgrh.catalogue import PPGRH
from peerapi.conformance_wire.ppgrh.link import Link, Listener, connected
from peerapi.conformance_wire.ppgrh.messages import (
    AUTH_INFO,
    CONNECT,
    PT2PT,
    SOLICIT_NEW,
)
from peerapi.conformance_wire.ppgrh.records import GRAPH_INFO, PRESENCE, graph_info

HOST = "host of the kit"
NODE = 0x7766554433221100
CALLER = "caller"


@dataclass(frozen=True)
class Call:
    """What a node that has never been in a graph says when it calls, in order, while it is answered as it should."""

    auth_info: bytes
    connect: bytes
    first_solicit: bytes
    ping: bytes
    asked: list[tuple[list[UUID], list[UUID]]]
    "The record types of its SOLICIT_NEWs: included, excluded."
    graph: str
    acked: dict[UUID, int]


def calls(bench: Bench, listener: Listener) -> tuple[str, str, Link]:
    """A new node that calls the listener: its graph, its name for the driver, and the connection."""
    graph, name = f"called {uuid4()}", f"{CALLER} {uuid4()}"
    bench.driver.do("open", node=name, graph=graph, peer=CALLER)
    bench.driver.do("connect", node=name, host=bench.target.host, port=listener.port)
    return graph, name, listener.accept()


def welcomed(bench: Bench, link: Link) -> None:
    """The node's AUTH_INFO and CONNECT, and a WELCOME for it."""
    link.expect(AUTH_INFO)
    link.expect(CONNECT)
    link.send(messages.welcome(NODE, _time(bench), HOST))


def _time(bench: Bench) -> int:
    """The peer time of the node under test, which knows the time."""
    with connected(bench) as link:
        return link.peer_time


def serve(link: Link, graph: str, at: int) -> list[tuple[list[UUID], list[UUID]]]:
    """Answers SOLICIT_NEWs until the one for all the rest; gives the types they named."""
    asked = []
    while True:
        inside, outside = messages.types_in(link.expect(SOLICIT_NEW))
        asked.append((inside, outside))
        if inside == [GRAPH_INFO]:
            link.send(messages.flood(graph_info(graph, HOST, at).encode()))
        link.send(messages.sync_end())
        if not inside:
            return asked


def a_call(bench: Bench) -> Call:
    with Listener(bench) as listener:
        at = _time(bench)
        graph, name, link = calls(bench, listener)
        with link:
            first, second = link.expect(AUTH_INFO), link.expect(CONNECT)
            same(link.skipped, [], "what comes besides")
            link.send(messages.welcome(NODE, at, HOST))
            solicit = link.expect(SOLICIT_NEW)
            inside = messages.types_in(solicit)
            info = graph_info(graph, HOST, at)
            link.send(messages.flood(info.encode()), messages.sync_end())
            asked = [inside, *serve(link, graph, at)]
            acked = link.acked(info)
            ping = next((raw for raw in link.skipped if messages.kind_of(raw) == PT2PT), b"")
            ping = ping or link.expect(PT2PT)
            link.send(messages.disconnect())
            link.expect_end()
        bench.driver.do("close", node=name)
        return Call(first, second, solicit, ping, asked, graph, acked)


Seen = Callable[[Call], object]


def _is(seen: Seen, wanted: object, bench: Bench) -> None:
    same(seen(bench.once(a_call)), wanted)


def _header(raw: bytes) -> tuple[int, int, int]:
    """Whether Message Size is right, Version, Reserved."""
    size, version, _, reserved = messages.HEADER.unpack_from(raw)
    return size - len(raw), version, reserved


def _offsets(raw: bytes) -> tuple[int, int, int]:
    """Of an AUTH_INFO."""
    graph, source, destination = (int.from_bytes(raw[at : at + 2], "big") for at in (10, 12, 14))
    return graph, source, destination


def _connect_ends(raw: bytes) -> bool:
    at, name_at = int.from_bytes(raw[10:12], "big"), int.from_bytes(raw[12:14], "big")
    return raw[9] * 20 + at <= name_at <= len(raw)


SENT: dict[str, Callable[[Call], bytes]] = {
    "AUTH_INFO": lambda call: call.auth_info,
    "CONNECT": lambda call: call.connect,
    "SOLICIT_NEW": lambda call: call.first_solicit,
    "PT2PT": lambda call: call.ping,
}


def _header_of(pick: Callable[[Call], bytes], part: int, call: Call) -> int:
    return _header(pick(call))[part]


for name, pick in SENT.items():
    for part, (what, wanted) in enumerate(
        (("Message Size counts all bytes", 0), ("Version is 0x10", messages.VERSION), ("Reserved is zero", 0))
    ):
        check = partial(_is, partial(_header_of, pick, part), wanted)
        PPGRH.add("2.2.1.2", f"in a {name} that is sent, {what}", check, Need.DRIVER)

SEEN: list[tuple[str, str, Seen, object]] = [
    ("3.1.7.24", "the AUTH_INFO for a neighbor has Connection Type 0x01", lambda call: call.auth_info[8], 1),
    ("2.2.2.1", "Reserved2 of an AUTH_INFO that is sent is zero", lambda call: call.auth_info[9], 0),
    (
        "3.1.5.1.1",
        "the offsets of an AUTH_INFO that is sent rise and stay inside",
        lambda call: (
            sorted({16, *_offsets(call.auth_info), len(call.auth_info)})[-1] == len(call.auth_info)
            and list(_offsets(call.auth_info)) == sorted(set(_offsets(call.auth_info)))
        ),
        True,
    ),
    (
        "3.1.7.24",
        "the AUTH_INFO names the graph",
        lambda call: messages.string_at(call.auth_info, _offsets(call.auth_info)[0]) == call.graph,
        True,
    ),
    (
        "3.1.7.24",
        "the AUTH_INFO names the caller's Peer ID as its source",
        lambda call: messages.string_at(call.auth_info, _offsets(call.auth_info)[1]),
        CALLER,
    ),
    (
        "3.1.7.24",
        "the AUTH_INFO to who is not known has no destination",
        lambda call: _offsets(call.auth_info)[2] - len(call.auth_info),
        0,
    ),
    ("3.1.5.1.2", "a caller's CONNECT has at least 0x18 bytes", lambda call: len(call.connect) >= 24, True),
    ("3.1.5.1.2", "Update of a caller's first CONNECT is clear", lambda call: call.connect[8] & 0x08, 0),
    ("3.1.5.1.2", "Direct of a CONNECT for a neighbor is clear", lambda call: call.connect[8] & 0x04, 0),
    ("2.2.2.2", "Z1 to Z4 and Z7 of a CONNECT that is sent are zero", lambda call: call.connect[8] & 0xF2, 0),
    ("2.2.2.2", "Reserved2 of a CONNECT that is sent is zero", lambda call: call.connect[14:16], b"\0\0"),
    ("3.1.5.1.2", "a caller that does not listen names no address", lambda call: call.connect[9], 0),
    ("3.1.5.2.1", "the offsets of a CONNECT that is sent stay inside", lambda call: _connect_ends(call.connect), True),
    ("2.2.2.2", "Source Node ID of a caller is not zero", lambda call: any(call.connect[16:24]), True),
    (
        "2.2.4.1",
        "the Ping after a WELCOME has the Data Type of a Ping",
        lambda call: call.ping[12:28],
        messages.PING.bytes,
    ),
    ("2.2.4.1", "the Ping has no payload", lambda call: len(call.ping), 28),
    ("2.2.4.1", "Reserved2 of the Ping is zero", lambda call: call.ping[10:12], b"\0\0"),
    ("2.2.2.13", "Data Offset of the Ping is at most its size", lambda call: call.ping[8:10], b"\0\x1c"),
    ("3.1.7.29", "a Sync All begins with Inclusion Count 1", lambda call: call.first_solicit[8], 1),
    ("3.1.7.29", "a Sync All begins with Exclusion Count 0", lambda call: call.first_solicit[9], 0),
    ("3.1.7.29", "a Sync All begins with the graph info record", lambda call: call.asked[0], ([GRAPH_INFO], [])),
    ("3.1.7.29", "presence is asked for before the rest", lambda call: ([PRESENCE], []) in call.asked[:-1], True),
    ("3.1.5.2.11", "the rest is asked for with Inclusion Count 0", lambda call: call.asked[-1][0], []),
    (
        "3.1.5.2.11",
        "the rest is asked for without graph info and presence",
        lambda call: set(call.asked[-1][1]),
        {GRAPH_INFO, PRESENCE},
    ),
    ("3.1.5.2.11", "Exclusion Count of the last SOLICIT_NEW is 2", lambda call: len(call.asked[-1][1]), 2),
    (
        "3.1.5.2.10",
        "the graph info record that is told is acknowledged as useful",
        lambda call: list(call.acked.values()),
        [1],
    ),
]
for section, says, seen, value in SEEN:
    PPGRH.add(section, says, partial(_is, seen, value), Need.DRIVER)


# ---- WELCOME, REFUSE and others in answer to CONNECT ----


def _answer_ends(raw: bytes, bench: Bench) -> None:
    with Listener(bench) as listener:
        _, name, link = calls(bench, listener)
        with link:
            link.expect(CONNECT)
            link.send(raw)
            for one in link.expect_end():
                expect(messages.kind_of(one) == messages.DISCONNECT, f"{messages.name_of(one)} comes first")
        bench.driver.do("close", node=name)


def _welcome(
    *, count: int | None = None, at: int | None = None, peer_at: int | None = None, name_at: int | None = None
) -> bytes:
    return messages.welcome(NODE, 0, HOST, count=count, at=at, peer_at=peer_at, name_at=name_at)


for section, what, raw in (
    ("3.1.5.2.2", "a WELCOME of 31 bytes, less than 0x20,", messages.message(messages.WELCOME, bytes(23))),
    ("3.1.5.2.2", "a WELCOME with an address that is not there", _welcome(count=1, at=32)),
    ("3.1.5.2.2", "a WELCOME with 255 addresses", _welcome(count=255, at=32)),
    ("3.1.5.2.2", "a WELCOME whose Peer ID Offset is above its Friendly Name Offset", _welcome(peer_at=40, name_at=39)),
    ("3.1.5.2.2", "a WELCOME whose Peer ID Offset is its Friendly Name Offset", _welcome(peer_at=40, name_at=40)),
    ("3.1.5.2.2", "a WELCOME whose Friendly Name Offset lies behind it", _welcome(name_at=0xFFFF)),
    ("3.1.5.2.3", "a REFUSE of 11 bytes, less than 0x0C,", messages.message(messages.REFUSE, b"\1\0\0")),
    ("3.1.5.2.3", "a REFUSE with Error Code 0x00", messages.refuse(0)),
    ("3.1.5.2.3", "a REFUSE with Error Code 0x05", messages.refuse(5)),
    ("3.1.5.2.3", "a REFUSE with an address that is not there", messages.refuse(1, count=1, at=12)),
    ("3.1.5.2.3", "a REFUSE with Error Code 0x01", messages.refuse(messages.BUSY)),
    ("3.1.5.2.3", "a REFUSE with Error Code 0x03", messages.refuse(messages.DUPLICATE_CONNECTION)),
    ("3.1.5.2.3", "a REFUSE with Error Code 0x04", messages.refuse(messages.DIRECT_DISALLOWED)),
    ("3.1.5.1.1", "an AUTH_INFO from who was called", messages.auth_info("a graph", HOST)),
    ("3.1.5.2.5", "a SOLICIT_NEW before WELCOME", messages.solicit_new()),
    ("3.1.5.2.10", "a FLOOD before WELCOME", messages.flood(bytes(100))),
    ("3.1.5.2.12", "an ACK before WELCOME", messages.ack([(uuid4(), 1)])),
    ("3.1.5.2.13", "a PT2PT before WELCOME", messages.point_to_point(uuid4(), b"early")),
):
    PPGRH.add(section, f"{what} in answer to a CONNECT ends the connection", partial(_answer_ends, raw), Need.DRIVER)


def _referred(raw_of: Callable[[Listener], bytes], welcome_first: bool, bench: Bench) -> None:
    """The node that is sent away calls where it is told to."""
    with Listener(bench) as listener, Listener(bench) as other:
        at = _time(bench)
        graph, name, link = calls(bench, listener)
        with link:
            link.expect(CONNECT)
            if welcome_first:
                link.send(messages.welcome(NODE, at, HOST))
                serve(link, graph, at)
            link.send(raw_of(other))
            link.expect_end()
            with other.accept() as again:
                raw = again.expect(AUTH_INFO)
                same(messages.string_at(raw, _offsets(raw)[0]), graph, "the graph")
                again.expect(CONNECT)
        bench.driver.do("close", node=name)


PPGRH.add(
    "3.1.5.2.3",
    "who is refused calls a node that the REFUSE names",
    partial(_referred, lambda other: messages.refuse(messages.BUSY, other.endpoint), False),
    Need.DRIVER,
)
PPGRH.add(
    "3.1.5.2.4",
    "who is sent away without neighbors calls a node that the DISCONNECT names",
    partial(_referred, lambda other: messages.disconnect(messages.LEAVING, other.endpoint), True),
    Need.DRIVER,
)


@PPGRH.fact(
    "3.1.4.8", "a node that begins to listen sends its neighbor a CONNECT with Update and its address", Need.DRIVER
)
def _begins_to_listen(bench: Bench) -> None:
    with Listener(bench) as listener:
        at = _time(bench)
        graph, name, link = calls(bench, listener)
        with link:
            first = link.expect(CONNECT)
            link.send(messages.welcome(NODE, at, HOST))
            serve(link, graph, at)
            link.collect(messages.solicit_new([GRAPH_INFO]))  # which it answers when it has taken in our last SYNC_END
            port = bench.driver.do("listen", node=name)
            raw = link.expect(CONNECT)
            same(raw[8], messages.UPDATE_BIT, "the flags")
            same(raw[16:24], first[16:24], "Source Node ID")
            places = messages.endpoints_at(raw, raw[9], int.from_bytes(raw[10:12], "big"))
            same({one for _, one in places}, {port}, "the ports")
            link.send(messages.disconnect())
            link.expect_end()
        bench.driver.do("close", node=name)


# ---- timers ----

MINUTES = 400.0
"Longer than any timer of a connection that is coming about (3.1.2)."


def _patient(bench: Bench) -> Bench:
    return Bench(bench.target, bench.driver if bench.has_driver else None, patience=MINUTES)


@PPGRH.fact("3.1.6.1", "a connection on which no AUTH_INFO comes is ended by the authentication timer", Need.TIME)
def _authentication_timer(bench: Bench) -> None:
    with Link.to(_patient(bench)) as link:
        same(link.expect_end(), [], "what comes")


@PPGRH.fact("3.1.6.2", "a call whose CONNECT is not answered is ended by the connect timer", Need.DRIVER, Need.TIME)
def _connect_timer(bench: Bench) -> None:
    with Listener(bench) as listener:
        _, name, link = calls(_patient(bench), listener)
        with link:
            link.bench = _patient(bench)
            link.expect(CONNECT)
            link.expect_end()
        bench.driver.do("close", node=name)
