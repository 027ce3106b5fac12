"""What messages cost the node that gets them, in every state of a connection: bytes held, bytes sent, rows looked at.

Sequences of messages are drawn, and each is sent many times over, so that what a message costs outweighs what any
connection does. Memory may grow eight times as fast as bytes come in, traffic three times; records that a
synchronization asks for are not counted as traffic, but have bounds of their own (``test_attacks_answers``). CPU is
measured as what one input looks at: an application's call waits for one input.
"""

import gc
import random
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from peerapi.address import Address
from peerapi.graphing.codec.framing import Deframer, frame
from peerapi.graphing.codec.messages import (
    AuthInfo,
    Connect,
    ConnectionType,
    Flood,
    Message,
    MessageType,
    Welcome,
    encode,
)
from peerapi.graphing.codec.records import Record, encode_record, record_id
from peerapi.graphing.graph import Graph
from peerapi.graphing.link import Link
from peerapi.graphing.machine import comparison, flooding
from peerapi.graphing.machine.bounds import TURN, Bound
from peerapi.graphing.machine.synchronization import LOOKED, ROWS
from peerapi.graphing.outputs import Send
from peerapi.moment import SECOND, Moment
from peerapi.store.database import Database, Row
from tests.graphing.machines import CHAT, EPOCH, GRAPH, HOUR
from tests.graphing.pair import info
from tests.support.strategies import any_message

MEMORY, TRAFFIC = 8, 3
FLOOR = 300_000
"Bytes that any node may come to hold: timers, statements of SQLite, tables that grow by doubling."
ANSWER = 4096
"Bytes that any connection is sent: WELCOME, REFUSE, what this side asks for."
REPEATED = 100
ANSWERS = (MessageType.FLOOD, MessageType.ADVERTISE, MessageType.SYNC_END)
STATES = ("introduced", "neighbor", "direct", "called", "welcomed")


class Node:
    """A graph machine with one far end, which reads or does not."""

    def __init__(self, state: str, *, reads: bool) -> None:
        self.graph = Graph(GRAPH, "alice", Database.open(":memory:"), random=random.Random(1))
        self.graph.accepts_direct = True
        self.elapsed = 0.0
        self.waiting = 0
        self.sent: list[bytes] = []
        self.rows = self.most_rows = 0
        self._reads = reads
        self._watch()
        self.do(self.graph.create, info())
        self.do(self.graph.listening, (Address(bytes(15) + b"\1", 4000),))
        for n in range(40):
            self.flood(n)
        self.link = self._link(state)
        self.sent.clear()
        self.waiting = self.most_rows = 0

    def _watch(self) -> None:
        database: Any = self.graph.database
        for name in ("abstracts", "changed", "get", "standing", "of_type", "expired"):
            setattr(database, name, self._counting(getattr(database, name)))

    def _counting(self, inner: Callable[..., Any]) -> Callable[..., Any]:
        def counting(*arguments: Any, **options: Any) -> Any:
            found = inner(*arguments, **options)
            rows = found[0] if isinstance(found, tuple) and found and isinstance(found[0], list) else found
            self.rows += len(rows) if isinstance(rows, list) else 1
            return found

        return counting

    def _link(self, state: str) -> Link:
        graph = self.graph
        if state in ("called", "welcomed"):
            self.do(graph.connect, Address(bytes(15) + b"\2", 5000), None)
            link = next(iter(graph.links.values()))
            link.backlog = lambda: self.waiting
            self.do(graph.dialed, link)
            if state == "welcomed":
                self.receive(link, frame(encode(Welcome(77, EPOCH, (), "mallory"))))
            return link
        kind = ConnectionType.DIRECT if state == "direct" else ConnectionType.NEIGHBOR
        made = self.do(graph.accepted, AuthInfo(kind, GRAPH, "mallory", None), Address(bytes(15) + b"\3", 6000))
        assert isinstance(made, Link)
        made.backlog = lambda: self.waiting
        if state != "introduced":
            self.receive(made, frame(encode(Connect(node_id=77))))
            assert made.connected
        return made

    def flood(self, number: int) -> None:
        """A record that the graph has."""
        record = a_record(number)
        self.graph.database.begin()
        row = Row(record.id, CHAT, 1, 0, record.modification, record.expiration, encode_record(record))
        self.graph.database.add(row)
        self.graph.database.commit()

    def do(self, work: Callable[..., object], *arguments: object) -> object:
        """One input, as the driver gives it."""
        self.rows = 0
        self.graph.database.begin()
        self.graph.at(Moment(EPOCH + int(self.elapsed * SECOND), self.elapsed))
        result = work(*arguments)
        self.graph.database.commit()
        self.most_rows = max(self.most_rows, self.rows)
        for output in self.graph.outputs:
            if isinstance(output, Send):
                self.sent.append(bytes(output.data))
                self.waiting += 0 if self._reads else len(output.data)
        self.graph.outputs.clear()
        return result

    def receive(self, link: Link, data: bytes) -> None:
        """Bytes in pieces as they are read from a socket, and all that follows."""
        for at in range(0, len(data), 1 << 18):
            if not link.over:
                self.do(self.graph.received, link, data[at : at + (1 << 18)])
            while link.paused and not link.over:
                self.do(self.graph.resume, link)
            while link.answering and link.connected and self.waiting < 1 << 18:
                self.do(self.graph.drained, link)
            self.elapsed += 0.1
            self.do(self.graph.tick)

    def traffic(self) -> int:
        """Bytes sent, without the answers that a synchronization asks for."""
        messages = Deframer().feed(b"".join(self.sent))
        return sum(len(message) for message in messages if message[5] not in ANSWERS)


def a_record(number: int, **changes: Any) -> Record:
    values: dict[str, Any] = {
        "type": CHAT,
        "id": record_id("mallory", number.to_bytes(16, "big")),
        "version": 1,
        "creator_id": "mallory",
        "creation": EPOCH,
        "modification": EPOCH + number,
        "expiration": EPOCH + HOUR,
        "graph_id": GRAPH,
        "payload": b"%d" % number,
    }
    return Record(**{**values, **changes})


def a_flood(draw: st.DataObject) -> Message:
    """A record that is new, known, older than what is here, or changed."""
    number = draw.draw(st.integers(0, 60))
    version = draw.draw(st.integers(1, 3))
    changes: dict[str, Any] = {"version": version, "payload": bytes(draw.draw(st.integers(0, 300)))}
    if version > 1:
        changes |= {"modified_by": "mallory", "modification": EPOCH + number + version}
    return Flood(encode_record(a_record(number, **changes)))


@pytest.mark.parametrize("reads", [True, False], ids=["reading", "not reading"])
@pytest.mark.parametrize("state", STATES)
@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_what_messages_cost(state: str, reads: bool, data: st.DataObject) -> None:
    drawn = data.draw(st.lists(any_message | st.none(), min_size=1, max_size=4))
    messages = [a_flood(data) if message is None else message for message in drawn]
    stream = b"".join(frame(encode(message)) for message in messages) * REPEATED
    node = Node(state, reads=reads)
    node.receive(node.link, b"")
    gc.collect()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        node.receive(node.link, stream)
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    sent = sum(map(len, node.sent))
    held = after - before - sent - 100 * len(node.sent)  # what was sent is this test's to hold, or the transport's
    assert held <= MEMORY * len(stream) + FLOOR
    assert node.traffic() <= TRAFFIC * len(stream) + ANSWER
    assert node.most_rows <= LOOKED + ROWS + 2 * TURN + len(stream) // 100
    if not reads:
        assert node.waiting <= (1 << 19) + TRAFFIC * len(stream) + ANSWER


def test_the_measure_sees_what_is_held() -> None:
    """A message that is not complete is held, and counted."""
    node = Node("neighbor", reads=True)
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        node.receive(node.link, frame((30 << 20).to_bytes(4, "big") + b"\x10\x0d\0\0" + bytes(2_000_000)))
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before > 1_900_000


@pytest.mark.parametrize("bounded", [True, False])
def test_attack_who_never_reads_is_acknowledged_without_an_end(bounded: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Acknowledgements are all that a neighbor can make a node queue as fast as it sends."""
    monkeypatch.setattr(flooding, "UNREAD", 5_000 if bounded else 1 << 40)
    node = Node("neighbor", reads=False)
    for number in range(1000, 3000, 100):
        records = [a_record(number + n) for n in range(100)]
        node.receive(node.link, b"".join(frame(encode(Flood(encode_record(record)))) for record in records))
    assert node.link.over is bounded
    assert node.graph.bounded == ({Bound.UNREAD: 1} if bounded else {})
    assert (node.waiting > 20_000) is not bounded


def test_what_a_comparison_knows_of_all_records_takes_little_more_than_their_keys() -> None:
    """Each of seven neighbors may have one under way: together they hold less than the records themselves."""
    node = Node("neighbor", reads=True)
    for number in range(1000, 6000):
        node.flood(number)
    keys = [comparison._Keys(node.graph) for _ in range(7)]
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for one in keys:
            for _ in one.gather():
                pass
        held = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    found = [list(one) for one in keys]
    assert len(found[0]) > 5000
    assert found[0] == sorted(found[0])
    assert all(one == found[0] for one in found)
    assert held <= 7 * 36 * len(found[0])
