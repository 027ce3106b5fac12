"""A failing store, a reader that stops, a call that is closed under way: what the engine makes of them."""

import socket
import sqlite3

import pytest

from peerapi.address import Address
from peerapi.engine.graphs.node import Node
from peerapi.errors import RecordNotFound
from peerapi.graphing.codec.messages import Ack
from peerapi.graphing.events import EventType, RecordChanged
from peerapi.graphing.machine.flooding import HIGH_WATER
from tests.engine.support import PATIENCE, Caller, Watched, Watcher, draft, info, neighbors, until, watched
from tests.engine.test_driver import created, fail_while, listening


@pytest.fixture
def store(monkeypatch):
    return watched(monkeypatch)


@pytest.mark.parametrize("lasting", [False, True], ids=["for a moment", "for longer"])
def test_what_cannot_be_committed_is_not_acknowledged_and_may_be_offered_again(
    node: Node, store: type[Watched], lasting: bool
) -> None:
    driver, port = listening(node)
    watcher = Watcher(driver, EventType.RECORD_CHANGED)
    with Caller(port).join() as caller, Caller(port, "other", 9).join() as other:
        record = caller.record()
        store.before_commit = fail_while(lambda: lasting or driver.graph.database.get(record.id))
        caller.flood(record)
        assert caller.ended()
        store.before_commit = lambda: None
        assert not [message for message in caller.messages if isinstance(message, Ack)]
        with pytest.raises(RecordNotFound):
            driver.record(record.id)
        with Caller(port).join() as again:
            again.flood(record)
            assert again.wait_for(Ack).acks == ((record.id, True),)
            if not lasting:
                assert other.floods(1)[0].id == record.id, "the others were not disturbed"
    watcher.until(lambda events: events)
    assert [event.record_id for event in watcher.heard(RecordChanged)] == [record.id]


def test_a_reader_that_stops_and_acknowledges_nothing_gets_everything_later(node: Node) -> None:
    driver, port = listening(node)
    with Caller(port).join() as caller:
        until(lambda: neighbors(driver))
        (transport,) = driver.links.transports.values()
        most = 0
        for n in range(60):
            driver.input(driver.graph.add_record, draft(bytes([n]) * 300_000))
            most = max(most, transport.pending)
        assert HIGH_WATER < most < HIGH_WATER + 1_000_000
        payloads = {record.payload[0] for record in caller.floods(60)}
    assert payloads == set(range(60))


def test_timers_go_on_after_one_could_not_be_committed(node: Node, store: type[Watched]) -> None:
    driver = created(node)
    watcher = Watcher(driver, EventType.RECORD_CHANGED)
    node.engine.call(lambda: None)
    until(lambda: driver._alarm.asleep)
    failed: list[bool] = []

    def once() -> None:
        if node.engine.on_loop() and not failed:
            failed.append(True)
            from peerapi.errors import DiskFull

            raise DiskFull

    store.before_commit = once
    driver.input(lambda: driver.graph.timers.set("test", driver.graph.now.elapsed + 0.01, lambda: None))
    until(lambda: failed)
    fired: list[bool] = []
    driver.input(lambda: driver.graph.timers.set("test", driver.graph.now.elapsed + 0.01, lambda: fired.append(True)))
    until(lambda: fired, "a timer after the failure")
    assert watcher.events == []


def test_an_error_that_is_no_peer_error_ends_the_connection_too(node: Node, monkeypatch) -> None:
    """A damaged page met on reading raises sqlite3.DatabaseError."""
    driver, port = listening(node)
    with Caller(port).join() as caller:
        until(lambda: neighbors(driver))

        def damaged(record_id: bytes):
            raise sqlite3.DatabaseError("database disk image is malformed")

        record = caller.record()
        caller.flood(record)
        until(lambda: driver.graph.database.outline(record.id))
        monkeypatch.setattr(driver.graph.database, "outline", damaged)
        caller.flood(caller.record(id=record.id, version=2))  # what is here is looked at
        assert caller.ended()
    until(lambda: not neighbors(driver))


def test_closing_while_a_call_is_under_way_leaves_no_socket_open(node: Node) -> None:
    for n in range(20):
        driver = node.create(info(graph_id=f"graph {n}"), "database")
        with socket.socket(socket.AF_INET6) as silent:
            silent.bind(("::1", 0))
            silent.listen()
            silent.settimeout(PATIENCE)
            node.connect(driver, Address.parse("::1", silent.getsockname()[1]), None)
            accepted, _ = silent.accept()
            node.close(driver)
            accepted.settimeout(PATIENCE)
            while accepted.recv(1 << 16):
                pass
            accepted.close()
