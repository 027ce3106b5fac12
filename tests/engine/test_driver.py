"""The driver: input, commit, and only then the network and the application."""

import threading
from collections.abc import Callable

import pytest

from peerapi.address import Address
from peerapi.engine.graphs.driver import Driver
from peerapi.engine.graphs.node import Node
from peerapi.engine.runtime import FairLock
from peerapi.errors import DiskFull, GraphNotReady, GraphShuttingDown, InvalidArgument
from peerapi.graphing.codec.messages import Ack, Connect, Disconnect, DisconnectReason, PointToPoint, Refuse, RefuseCode
from peerapi.graphing.codec.messages import Welcome as WelcomeMessage
from peerapi.graphing.events import (
    ConnectionChanged,
    ConnectionStatus,
    EventType,
    IncomingData,
    RecordChange,
    RecordChanged,
)
from peerapi.graphing.machine.flooding import HIGH_WATER
from tests.engine.support import CHAT, LOOPBACK, Caller, Watched, Watcher, draft, info, neighbors, until, watched

OTHER = bytes(15) + b"\x78"


def created(node: Node) -> Driver:
    return node.create(info(), "database")


def listening(node: Node) -> tuple[Driver, int]:
    driver = created(node)
    node.listen(driver, LOOPBACK, 0, 0)
    return driver, driver.graph.addresses[0].port


def fail_while(condition: Callable[[], object]) -> Callable[[], None]:
    def before_commit() -> None:
        if condition():
            raise DiskFull("for a test")

    return before_commit


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> type[Watched]:
    return watched(monkeypatch)


# ---- Commit comes first ----------------------------------------------------------------------------------------------


def test_nothing_leaves_before_the_commit(node: Node, store: type[Watched]) -> None:
    driver, port = listening(node)
    with Caller(port).join() as caller:
        until(lambda: neighbors(driver))
        seen: list[bool] = []
        store.before_commit = lambda: seen.append(caller.readable(0.05))
        added = driver.input(driver.graph.add_record, draft())
        store.before_commit = lambda: None
        assert not any(seen)
        assert caller.floods(1)[0].id == added


def test_no_event_is_queued_before_the_commit(node: Node, store: type[Watched]) -> None:
    driver = created(node)
    watcher = Watcher(driver, EventType.RECORD_CHANGED)
    queued: list[int] = []
    store.before_commit = lambda: queued.append(len(watcher.events) + len(watcher.registration.queue))
    driver.input(driver.graph.add_record, draft())
    assert queued == [0]
    assert len(watcher.heard(RecordChanged)) == 1


def test_a_record_is_committed_when_the_call_returns(node: Node) -> None:
    driver = created(node)
    added = driver.input(driver.graph.add_record, draft(b"kept"))
    node.close(driver)
    again = node.open("a graph", "alice", "database", ())
    assert again.record(added).id == added


# ---- A store that fails ----------------------------------------------------------------------------------------------


def test_an_add_that_cannot_be_committed_never_was(node: Node, store: type[Watched]) -> None:
    driver, port = listening(node)
    watcher = Watcher(driver, EventType.RECORD_CHANGED)
    with Caller(port).join() as caller:
        until(lambda: neighbors(driver))
        store.before_commit = fail_while(lambda: True)
        with pytest.raises(DiskFull):
            driver.input(driver.graph.add_record, draft(b"lost"))
        store.before_commit = lambda: None
        kept = driver.input(driver.graph.add_record, draft(b"kept"))
        assert [record.payload for record in caller.floods(1)] == [b"kept"]
    assert driver.record_ids(None, None) == kept
    assert [event.record_id for event in watcher.heard(RecordChanged)] == [kept]


def test_a_failure_of_the_machine_changes_nothing(node: Node) -> None:
    driver = created(node)
    count = driver.read(lambda graph: graph.database.count())
    with pytest.raises(InvalidArgument):
        driver.input(driver.graph.add_record, draft(expiration=1))
    assert driver.read(lambda graph: graph.database.count()) == count
    assert driver.input(driver.graph.add_record, draft())


# ---- Events ----------------------------------------------------------------------------------------------------------


def test_events_come_in_the_order_of_the_changes_whoever_makes_them(node: Node) -> None:
    driver = created(node)
    watcher = Watcher(driver, EventType.RECORD_CHANGED)

    def add() -> None:
        for _ in range(100):
            driver.input(driver.graph.add_record, draft())

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    events = watcher.until(lambda events: len(events) == 400)
    order = b"".join(event.record_id for event in events if isinstance(event, RecordChanged))
    assert order == driver.record_ids(None, None)


def test_every_registration_has_its_own_queue(node: Node) -> None:
    driver = created(node)
    watchers = [Watcher(driver, EventType.RECORD_CHANGED) for _ in range(3)]
    added = driver.input(driver.graph.add_record, draft())
    assert all([e.record_id for e in watcher.heard(RecordChanged)] == [added] for watcher in watchers)


def test_a_registration_hears_of_its_record_types_only(node: Node) -> None:
    driver = created(node)
    watcher = Watcher(driver, EventType.RECORD_CHANGED, only=frozenset((OTHER,)))
    driver.input(driver.graph.add_record, draft())
    other = driver.input(driver.graph.add_record, draft(type=OTHER))
    assert [event.record_id for event in watcher.heard(RecordChanged)] == [other]


def test_a_registration_that_ended_hears_nothing(node: Node) -> None:
    driver = created(node)
    watcher = Watcher(driver)
    driver.unregister(watcher.registration)
    driver.input(driver.graph.add_record, draft())
    assert watcher.events == []
    driver.unregister(watcher.registration)


def test_a_signal_may_call_the_graph_again(node: Node) -> None:
    """Foreign code is called without the lock (architecture, decision 9)."""
    driver = created(node)
    counts: list[int] = []
    watcher = Watcher(driver, EventType.RECORD_CHANGED)
    watcher.registration._signal = lambda: counts.append(len(driver.record_ids(None, None)) // 16)
    driver.input(driver.graph.add_record, draft())
    assert counts == [1]


# ---- Threads ---------------------------------------------------------------------------------------------------------


def test_callers_of_many_threads_lose_nothing(node: Node) -> None:
    driver, port = listening(node)
    results: list[bytes] = []

    def work() -> None:
        for n in range(50):
            added = driver.input(driver.graph.add_record, draft(b"%d" % n))
            driver.input(driver.graph.update_record, draft(b"changed", id=added))
            assert driver.record(added).version == 2
            results.append(added)

    with Caller(port).join() as caller:
        until(lambda: neighbors(driver))
        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        floods = caller.floods(400)
    assert len(set(results)) == 200
    assert {record.id for record in floods} == set(results)


def test_a_fair_lock_goes_to_who_waits() -> None:
    lock, order = FairLock(), list[str]()

    def other() -> None:
        with lock:
            order.append("the one who waited")

    with lock:
        waiting = threading.Thread(target=other)
        waiting.start()
        until(lock._outer.locked)
    with lock:
        order.append("the one who had it")
    waiting.join()
    assert order == ["the one who waited", "the one who had it"]


# ---- Closing ---------------------------------------------------------------------------------------------------------


def test_a_closed_graph_answers_nothing(node: Node) -> None:
    driver = created(node)
    driver.close()
    driver.close()
    with pytest.raises(GraphShuttingDown):
        driver.input(driver.graph.add_record, draft())
    with pytest.raises(GraphShuttingDown):
        driver.read(lambda graph: graph.status)
    with pytest.raises(GraphShuttingDown):
        Watcher(driver)


def test_closing_says_goodbye_and_ends_the_connections(node: Node) -> None:
    driver, port = listening(node)
    with Caller(port).join() as caller:
        until(lambda: neighbors(driver))
        node.close(driver)
        assert caller.wait_for(Disconnect).reason is DisconnectReason.LEAVING
        assert caller.ended()


# ---- Neighbors over real sockets -------------------------------------------------------------------------------------


def test_two_nodes_share_their_records(node: Node, second: Node) -> None:
    alice, _ = listening(node)
    early = alice.input(alice.graph.add_record, draft(b"early"))
    bob = second.open("a graph", "bob", "database", ())
    with pytest.raises(GraphNotReady):
        bob.record(early)
    watcher = Watcher(bob)
    second.connect(bob, alice.graph.addresses[0], None)
    watcher.until(lambda _: bob.graph.synchronized)
    late = alice.input(alice.graph.add_record, draft(b"late"))
    watcher.until(lambda _: len(watcher.registration.queue) == 0 and bob.graph.database.get(late))
    assert bob.record(early) == alice.record(early)
    back = bob.input(bob.graph.add_record, draft(b"back"))
    until(lambda: alice.read(lambda graph: graph.database.get(back)))

    def added() -> list[bytes]:
        return [event.record_id for event in watcher.heard(RecordChanged) if event.change is RecordChange.ADDED]

    until(lambda: len(added()) == 3, "the events")
    assert added() == [early, late, back]


def test_a_call_to_a_port_where_nobody_listens_fails(node: Node) -> None:
    driver, port = listening(node)
    node.stop_listening(driver)
    driver.input(driver.graph.listening, ())
    watcher = Watcher(driver, EventType.NEIGHBOR_CONNECTION)
    connection = node.connect(driver, Address.parse("::1", port), None)
    (event,) = watcher.until(lambda events: events)
    assert isinstance(event, ConnectionChanged)
    assert (event.status, event.connection_id) == (ConnectionStatus.FAILED, connection)


def test_a_neighbor_that_disappears_is_noticed(node: Node) -> None:
    driver, port = listening(node)
    watcher = Watcher(driver, EventType.NEIGHBOR_CONNECTION)
    Caller(port).join().close()
    events = watcher.until(lambda events: len(events) == 2)
    assert [e.status for e in events if isinstance(e, ConnectionChanged)] == [
        ConnectionStatus.CONNECTED,
        ConnectionStatus.DISCONNECTED,
    ]


def test_data_between_nodes_arrives_as_an_event(node: Node) -> None:
    driver, port = listening(node)
    watcher = Watcher(driver, EventType.INCOMING_DATA)
    with Caller(port).join() as caller:
        caller.send(PointToPoint(CHAT, b"hello"))
        (event,) = watcher.until(lambda events: events)
        assert isinstance(event, IncomingData)
        driver.input(driver.graph.send_data, event.connection_id, CHAT, b"world")
        assert caller.wait_for(PointToPoint, lambda m: m.data_type == CHAT).payload == b"world"


def test_direct_connections_are_accepted_while_somebody_wants_to_hear_of_them(node: Node) -> None:  # 3.1.4.7
    driver, port = listening(node)

    def call() -> Caller:
        caller = Caller(port)
        caller.introduce(direct=True)
        caller.send(Connect(caller.node_id, direct=True))
        return caller

    with call() as caller:
        assert caller.wait_for(Refuse).code is RefuseCode.DIRECT_CONNECTION_DISALLOWED
    watcher = Watcher(driver, EventType.DIRECT_CONNECTION)
    with call() as caller:
        caller.wait_for(WelcomeMessage)
        watcher.until(lambda events: events)
    driver.unregister(watcher.registration)
    with call() as caller:
        assert caller.wait_for(Refuse).code is RefuseCode.DIRECT_CONNECTION_DISALLOWED


def test_a_reader_that_stops_costs_bounded_memory(node: Node) -> None:
    driver, port = listening(node)
    with Caller(port).join():
        until(lambda: neighbors(driver))
        (transport,) = driver.links.transports.values()
        most = 0
        for n in range(60):
            driver.input(driver.graph.add_record, draft(bytes([n]) * 300_000))
            most = max(most, transport.pending)
    assert HIGH_WATER < most < HIGH_WATER + 1_000_000


def test_a_reader_that_stops_does_not_hold_up_the_others(node: Node) -> None:
    driver, port = listening(node)
    with Caller(port).join(), Caller(port, "other", 9).join() as other:
        until(lambda: neighbors(driver) == 2)
        reading = threading.Thread(target=other.floods, args=(40,))
        reading.start()
        for n in range(40):
            driver.input(driver.graph.add_record, draft(bytes([n]) * 300_000))
        reading.join(120)
        assert not reading.is_alive()


def test_a_burst_of_records_is_acknowledged_in_few_messages(node: Node) -> None:
    _, port = listening(node)
    with Caller(port).join() as caller:
        records = [caller.record() for _ in range(2000)]
        caller.flood(*records)
        acks: list[bytes] = []
        messages = 0
        while len(acks) < 2000:
            messages += 1
            acks += [record_id for record_id, useful in caller.wait_for(Ack).acks if useful]
        assert acks == [record.id for record in records]
        assert messages < 200
