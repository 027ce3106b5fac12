"""Strangers at the door: who is let in, who is sent away, and how little those cost who say nothing (3.1.5.1.1)."""

import socket
from collections.abc import Callable
from itertools import pairwise
from typing import cast

import pytest
import trio

from peerapi import process
from peerapi.engine.admission import Admission, PendingConnection
from peerapi.engine.graphs.driver import Driver
from peerapi.engine.graphs.listener import STRANGER_MESSAGE, Listener
from peerapi.engine.graphs.node import Node
from peerapi.engine.runtime import Engine
from peerapi.graphing.codec.framing import Deframer, frame
from peerapi.graphing.codec.messages import AuthInfo, Connect, ConnectionType, Flood, Welcome, encode
from peerapi.graphing.codec.records import encode_record
from tests.engine.support import GRAPH, LOOPBACK, Caller, draft, info, neighbors, until

HELLO = frame(encode(AuthInfo(ConnectionType.NEIGHBOR, GRAPH, "caller")))


@pytest.fixture
def alice(node: Node) -> Driver:
    driver = node.create(info(), "database")
    node.listen(driver, LOOPBACK, 0, 0)
    return driver


@pytest.fixture
def port(alice: Driver) -> int:
    return alice.graph.addresses[0].port


def still_served(driver: Driver, caller: Caller) -> bool:
    """The caller, a neighbor, still gets what is new."""
    added = driver.input(driver.graph.add_record, draft())
    return caller.floods(1)[0].id == added


def test_who_names_the_graph_is_let_in(port: int) -> None:
    with Caller(port) as caller:
        caller.introduce()
        caller.send(Connect(7))
        assert caller.wait_for(Welcome).peer_id == "alice"


def test_who_names_the_peer_too_is_let_in(port: int) -> None:
    with Caller(port) as caller:
        caller.introduce(destination="alice")
        caller.send(Connect(7))
        assert caller.wait_for(Welcome)


@pytest.mark.parametrize(
    "hello",
    [
        AuthInfo(ConnectionType.NEIGHBOR, "another graph", "caller"),
        AuthInfo(ConnectionType.NEIGHBOR, GRAPH, "caller", "another peer"),
        AuthInfo(ConnectionType.NEIGHBOR, GRAPH, "alice"),  # that is us
        Connect(7),
    ],
    ids=["graph", "peer", "oneself", "no introduction"],
)
def test_who_is_not_meant_for_us_is_sent_away(alice: Driver, port: int, hello: AuthInfo | Connect) -> None:
    with Caller(port) as caller:
        caller.send(hello)
        assert caller.ended()
        assert caller.messages == []
    assert alice.read(lambda graph: graph.links) == {}


@pytest.mark.parametrize(
    "garbage",
    [
        b"GET / HTTP/1.1\r\nHost: example\r\n\r\n",
        b"\0\0",
        b"\xff" * 1000,
        frame(b"\0\0\0\x08\x10\x00\0\0"),
        (STRANGER_MESSAGE + 1).to_bytes(2, "big") + (STRANGER_MESSAGE + 1).to_bytes(4, "big") + b"\x10\x01\0\0",
    ],
    ids=["another protocol", "frame of size 0", "frame too large", "unknown type", "introduction too long"],
)
def test_garbage_ends_its_own_connection_only(alice: Driver, port: int, garbage: bytes) -> None:
    with Caller(port, "neighbor", 9).join() as neighbor, Caller(port) as caller:
        caller.socket.sendall(garbage)
        assert caller.ended()
        assert still_served(alice, neighbor)


def test_an_introduction_may_come_byte_by_byte(port: int) -> None:
    with Caller(port) as caller:
        caller.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for n in range(len(HELLO)):
            caller.socket.sendall(HELLO[n : n + 1])
        caller.send(Connect(7))
        assert caller.wait_for(Welcome)


def test_what_follows_the_introduction_in_one_piece_is_not_lost(alice: Driver, port: int) -> None:
    with Caller(port) as caller:
        record = caller.record()
        caller.socket.sendall(HELLO + b"".join(frame(encode(m)) for m in (Connect(7), Flood(encode_record(record)))))
        until(lambda: alice.read(lambda graph: graph.database.get(record.id)))


def test_damage_behind_a_good_beginning_ends_the_connection_and_the_beginning_counts(alice: Driver, port: int) -> None:
    with Caller(port) as caller:
        record = caller.record()
        good = b"".join(frame(encode(m)) for m in (Connect(7), Flood(encode_record(record))))
        caller.socket.sendall(HELLO + good + b"\0\0")
        assert caller.ended()
        assert [type(message) for message in caller.messages][:1] == [Welcome]
    assert alice.record(record.id).id == record.id
    until(lambda: not neighbors(alice))


def test_a_large_record_is_taken_after_the_introduction(alice: Driver, port: int) -> None:
    with Caller(port).join() as caller:
        record = caller.record(payload=bytes(3_000_000))
        caller.flood(record)
        until(lambda: alice.read(lambda graph: graph.database.get(record.id)))


@pytest.fixture
def few_places(monkeypatch: pytest.MonkeyPatch) -> int:
    """A listener has room for so many."""
    monkeypatch.setattr(Admission.__init__, "__defaults__", (16,))
    return 16


STAGES: dict[str, Callable[[Caller], object]] = {
    "silent": lambda caller: None,
    "half an introduction": lambda caller: caller.socket.sendall(HELLO[:9]),
    "introduced": Caller.introduce,
    "introduced for a direct connection": lambda caller: caller.introduce(direct=True),
}


@pytest.mark.parametrize("stage", STAGES)
def test_attack_one_address_takes_all_places(
    few_places: int, node: Node, stage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who is new gets in, however many sit there without getting any further; without the rule nobody does."""

    def refuse_the_newcomer(self: Admission) -> PendingConnection:
        return list(self._pending)[-1]

    alice = node.create(info(), "database")
    node.listen(alice, LOOPBACK, 0, 0)
    port = alice.graph.addresses[0].port
    (listener,) = node.listeners
    with Caller(port, "neighbor", 9).join() as neighbor:
        until(lambda: neighbors(alice))
        silent = [Caller(port) for _ in range(few_places)]
        for caller in silent:
            STAGES[stage](caller)
        until(lambda: len(listener.admission) == few_places)
        with monkeypatch.context() as patch:
            patch.setattr(Admission, "_least_entitled", refuse_the_newcomer)
            with Caller(port) as turned_away:
                assert turned_away.ended()
        assert listener.admission.evicted == 1
        with Caller(port) as honest:
            honest.join()
            assert silent[0].ended()
        assert listener.admission.evicted == 2
        assert still_served(alice, neighbor)
        for caller in silent:
            caller.close()
        until(lambda: len(listener.admission) == 0)


def test_who_is_connected_needs_no_place(few_places: int, alice: Driver, port: int) -> None:
    alice.graph.accepts_direct = True
    joined = []
    for number in range(3 * few_places):
        caller = Caller(port, f"caller {number}", number + 1)
        caller.introduce(direct=True)
        caller.send(Connect(number + 1, direct=True))
        assert caller.wait_for(Welcome)
        joined.append(caller)
    assert len(alice.connections()) == 3 * few_places
    for caller in joined:
        caller.close()


def test_an_introduction_in_frames_of_a_byte_is_read_once(
    alice: Driver, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What has come is not looked at again for each byte that follows."""
    looked = 0
    inner = Deframer.feed

    def feed(self: Deframer, data: bytes) -> list[bytes]:
        nonlocal looked
        looked += len(data) + self.buffered - (0 if self._message is None else self._message.tell())
        return inner(self, data)

    monkeypatch.setattr(Deframer, "feed", feed)
    pieces = frame(encode(AuthInfo(ConnectionType.NEIGHBOR, GRAPH, "c" * 250)), 1)
    with Caller(port) as caller:
        caller.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for at in range(0, len(pieces), 3):
            caller.socket.sendall(pieces[at : at + 3])
        caller.send(Connect(7))
        assert caller.wait_for(Welcome)
    assert looked < 4 * len(pieces) + 1000


def test_a_stranger_who_leaves_at_once_leaves_nothing_behind(alice: Driver, port: int) -> None:
    for _ in range(50):
        Caller(port).close()
    with Caller(port).join() as neighbor:
        until(lambda: neighbors(alice))
        assert still_served(alice, neighbor)


def test_one_port_serves_several_graphs(node: Node, alice: Driver, port: int) -> None:
    other = node.create(info(graph_id="another graph", creator_id="bob"), "database")
    node.listen(other, LOOPBACK, 0, port)
    with Caller(port) as caller:
        caller.introduce("another graph")
        caller.send(Connect(7))
        assert caller.wait_for(Welcome).peer_id == "bob"
    with Caller(port) as caller:
        caller.introduce()
        caller.send(Connect(7))
        assert caller.wait_for(Welcome).peer_id == "alice"


def test_one_graph_of_two_peers_is_told_apart_by_the_destination(node: Node, alice: Driver, port: int) -> None:
    bob = node.create(info(creator_id="bob"), "database")
    node.listen(bob, LOOPBACK, 0, port)
    for peer in ("bob", "alice"):
        with Caller(port) as caller:
            caller.introduce(destination=peer)
            caller.send(Connect(7))
            assert caller.wait_for(Welcome).peer_id == peer


class Rush:
    """A listening socket at which there is always one more who calls, and hangs up."""

    def __init__(self, callers: int) -> None:
        self.callers = callers
        self.taken = 0

    def getsockname(self) -> tuple[str, int, int, int]:
        return "::1", 1, 0, 0

    def fileno(self) -> int:
        return 0 if self.taken < self.callers else -1

    def accept(self) -> tuple[socket.socket, tuple[str, int, int, int]]:
        self.taken += 1
        near, far = socket.socketpair()
        far.close()
        return near, ("::1", 1000 + self.taken, 0, 0)


@pytest.mark.parametrize("yields", [False, True], ids=["without the check", "with it"])
def test_whoever_calls_without_end_leaves_others_their_turn(monkeypatch: pytest.MonkeyPatch, yields: bool) -> None:
    """Otherwise nothing else of the engine goes on, and those who have to make room do not leave either."""
    rush = Rush(600)
    turns: list[int] = []

    async def at_once() -> None:
        """No turn for anybody."""

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            engine = Engine()
            engine.nursery = nursery
            monkeypatch.setattr(process, "own", lambda sock: None)
            listener = Listener(engine, cast(socket.socket, rush), ())
            if not yields:
                monkeypatch.setattr(trio.lowlevel, "checkpoint", at_once)
            nursery.start_soon(listener._accept)
            while rush.taken < rush.callers:
                turns.append(rush.taken)
                await trio.lowlevel.cancel_shielded_checkpoint()

    trio.run(main)
    monkeypatch.undo()
    longest = max(after - before for before, after in pairwise([*turns, rush.taken]))
    assert longest < 5 if yields else longest == rush.callers
