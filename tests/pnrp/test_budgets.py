"""What datagrams cost the node that gets them, in every state of a cloud: bytes held, bytes sent, signatures.

Sequences of messages are drawn and each is sent many times over, the same again and with other numbers, from one source
or from as many as there are datagrams. For a source that has not proved its address, three bytes are sent for each that
came, to whomever and with all retransmissions; memory may grow eight times as fast as bytes come in, up to what all the
tables together may hold. What a node does by itself in the same time is taken off.
"""

import gc
import hashlib
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from peerapi.address import Address
from peerapi.pnrp import ssdp
from peerapi.pnrp.messages import Flood, Inquire, Lookup, Message, Request, Solicit, encode
from peerapi.pnrp.outputs import MulticastSsdp, SendDatagram, SendSsdp
from peerapi.pnrp.publisher import REVOCATIONS_PER_SECOND, SIGNATURES_PER_SECOND
from peerapi.ring.amplification import AmplificationLimit
from peerapi.ring.scope import Scope
from tests.pnrp.bench import STRANGER, VICTIM, Bench, Peer
from tests.pnrp.strategies import any_message

MEMORY, TRAFFIC = 8, 3
FLOOR = 300_000
"Bytes that any node may come to hold: timers, tables that grow by doubling, what Python keeps for itself."
IN_ALL = 4_000_000
"Bytes that a node may hold for all strangers together, whatever comes: every table at its bound."
REPEATED = 60
STATES = ("alone", "resolving only", "member", "resolving", "full")
NONCE = bytes(range(16))


class Node:
    """A cloud's machine, what it sends and what it signs or verifies."""

    def __init__(self, state: str) -> None:
        self.bench = Bench(registered=state != "resolving only", multicast=True)
        self.cloud = self.bench.cloud
        self.out = self.signed = self.verified = 0
        self.targets: list[Message] = []
        if state != "alone":
            for number in range(10, 18):
                self.bench.meet(Peer(number))
        if self.bench.registration is not None:
            handle = self.bench.registration.handle
            self.cloud.at(self.bench.now).update(handle, endpoints=(), payload=bytes(4096), friendly_name=None)
        if state == "resolving":
            for number in range(40, 44):
                self.cloud.at(self.bench.now).resolve(Peer(number).name)
        if state == "full":
            self._fill()
        self.bench.outputs()
        self._watch()

    def _fill(self) -> None:
        """Conversations, held questions and route entries under way, all from elsewhere."""
        for number in range(300):
            source = Address.parse(f"fd01:{number:x}::1", 6000)
            self.bench.put(Inquire(number, self.bench.id, cpa=True), source)
            self.bench.put(Flood(number, 0, Peer(1000 + number).route, no_ack=True), source)
            if number < 80:
                self.bench.prove(source)
                self.bench.put(Solicit(number, hashlib.sha1(bytes(16)).digest()), source)

    def _watch(self) -> None:
        cloud: Any = self.cloud
        signer: Any = self.bench.signer
        cloud.proofs._verify = self._counting("verified", cloud.proofs._verify)
        signer.sign = self._counting("signed", signer.sign)

    def _counting(self, name: str, inner: Callable[..., Any]) -> Callable[..., Any]:
        def counting(*arguments: Any) -> Any:
            setattr(self, name, getattr(self, name) + 1)
            return inner(*arguments)

        return counting

    def receive(self, data: bytes, source: Address) -> None:
        self.cloud.at(self.bench.now).received(data, source)
        self._count(self.bench.outputs())

    def pass_time(self, seconds: float) -> None:
        self._count(self.bench.pass_time(seconds))

    def _count(self, outputs: list[Any]) -> None:
        for output in outputs:
            if isinstance(output, SendDatagram | MulticastSsdp | SendSsdp):
                self.out += len(output.data)


def questions(node: Node) -> list[Message]:
    """Those that are answered with more than there is in them, about what the node has."""
    own = node.bench.id if node.bench.registration is not None else 5
    route = Peer(99, VICTIM).route
    return [
        Solicit(1, hashlib.sha1(NONCE).digest()),
        Solicit(1, hashlib.sha1(NONCE).digest(), route),
        Request(2, NONCE, (own, *(Peer(number).id for number in range(10, 18)))),
        Inquire(3, own, cpa=True, payload=True, chain=True, nonce=NONCE),
        Inquire(3, own),
        Lookup(4, own, 0, (VICTIM,), route=route),
        Flood(5, own, route),
        Flood(5, 0, route, no_ack=True),
        Flood(6, own, None, Peer(10).revocation()),
    ]


def varied(message: Message, number: int) -> Message:
    """The same with other numbers: no list of what is known already stops it."""
    message = message._replace(message_id=number)
    route = getattr(message, "route", None)
    if isinstance(message, Solicit | Flood | Lookup) and route is not None:
        port = (route.port + number) % 65536
        message = message._replace(route=route._replace(id=(route.id + (number << 200)) % (1 << 256), port=port))
    if isinstance(message, Solicit):
        message = message._replace(hashed_nonce=number.to_bytes(20, "big"))
    return message


def answered(node: Node, message: Message) -> Message:
    """An answer that is drawn answers something that the node has asked."""
    pending = list(node.cloud.pending._exchanges)
    if pending and hasattr(message, "acked"):
        return message._replace(acked=pending[message.message_id % len(pending)])
    return message


def stream(data: st.DataObject, node: Node) -> list[bytes]:
    drawn = data.draw(st.lists(any_message | st.sampled_from(questions(node)), min_size=1, max_size=4))
    manner = data.draw(st.sampled_from(["again", "varied", "cut", "changed"]))
    datagrams: list[bytes] = []
    for number in range(REPEATED):
        for message in drawn:
            raw = encode(answered(node, varied(message, number) if manner == "varied" else message))
            if manner == "cut":
                raw = (
                    raw[: data.draw(st.integers(0, len(raw)))] if number == 0 else raw[: number * len(raw) // REPEATED]
                )
            if manner == "changed":
                at = number * 7919 % len(raw)
                raw = raw[:at] + bytes((raw[at] ^ 1 << number % 8,)) + raw[at + 1 :]
            datagrams.append(raw)
    return datagrams


def source(kind: str, number: int) -> Address:
    if kind == "many":
        return Address.parse(f"fd02:{number:x}::1", 6000)
    return Peer(10).address if kind == "neighbor" else STRANGER


def run(node: Node, datagrams: list[bytes], kind: str) -> int:
    """Give them to the node within a second, and wait for all that is sent again."""
    for number, raw in enumerate(datagrams):
        node.receive(raw, source(kind, number))
    node.pass_time(6.0)
    return sum(map(len, datagrams))


def by_itself(state: str) -> int:
    idle = Node(state)
    idle.pass_time(6.0)
    return idle.out


@pytest.mark.parametrize("kind", ["one", "many", "proved", "neighbor"])
@pytest.mark.parametrize("state", STATES)
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_what_datagrams_cost(state: str, kind: str, data: st.DataObject) -> None:
    node = Node(state)
    if kind == "proved":
        node.bench.prove(STRANGER)
    elif kind == "neighbor" and state != "alone":
        node.bench.prove(Peer(10).address)
    datagrams = stream(data, node)
    gc.collect()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        came = run(node, datagrams, kind)
        gc.collect()
        held = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert held <= MEMORY * came + FLOOR
    assert node.signed <= 2 * SIGNATURES_PER_SECOND
    assert node.verified <= REVOCATIONS_PER_SECOND + len(datagrams)
    if kind in ("one", "many"):
        assert node.out <= TRAFFIC * came + by_itself(state)
        assert node.signed == 0
        assert node.verified <= REVOCATIONS_PER_SECOND


def test_the_measure_sees_what_is_sent_and_signed(monkeypatch: pytest.MonkeyPatch) -> None:
    """If every source were believed, the same datagrams would cost more than they may."""
    question = [encode(questions(Node("member"))[3])] * REPEATED
    node = Node("member")
    came = run(node, question, "one")
    assert node.out <= TRAFFIC * came + by_itself("member")
    monkeypatch.setattr(AmplificationLimit, "is_proved", lambda *_: True)
    node = Node("member")
    came = run(node, question, "one")
    assert node.out > 10 * TRAFFIC * came
    assert node.signed >= REPEATED


@pytest.mark.parametrize("kind", ["many", "proved"])
def test_what_all_strangers_together_make_a_node_hold(kind: str) -> None:
    """Every table is full long before the last datagram; as many again make it no more."""
    node = Node("member")
    asked = questions(node)
    if kind == "proved":
        node.bench.prove(STRANGER)
    gc.collect()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        held = []
        for turn in range(2):
            for number in range(6000):
                at = turn * 6000 + number
                node.receive(encode(varied(asked[at % len(asked)], at)), source(kind, at))
            gc.collect()
            held.append(tracemalloc.get_traced_memory()[0] - before)
    finally:
        tracemalloc.stop()
    assert held[1] <= IN_ALL
    assert held[1] <= held[0] * 1.2 + FLOOR


@settings(max_examples=20, deadline=None)
@given(st.data())
def test_what_ssdp_costs(data: st.DataObject) -> None:
    """Searches, announcements and answers that nobody has asked for, whole, cut and changed."""
    state = data.draw(st.sampled_from(STATES))
    node = Node(state)
    texts = [
        ssdp.search(Scope.GLOBAL),
        ssdp.alive(Scope.GLOBAL, VICTIM, "an-identifier"),
        ssdp.response(Scope.GLOBAL, VICTIM, "an-identifier"),
        ssdp.byebye(Scope.GLOBAL, "an-identifier"),
    ]
    drawn = data.draw(st.lists(st.sampled_from(texts) | st.binary(max_size=1500), min_size=1, max_size=4))
    came = 0
    gc.collect()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for number in range(REPEATED):
            for text in drawn:
                changed = text.replace(b":7000", b":%d" % (2000 + number))
                node.cloud.at(node.bench.now).ssdp_received(changed, source("many", number))
                node._count(node.bench.outputs())
                came += len(changed)
        node.pass_time(6.0)
        gc.collect()
        held = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert held <= MEMORY * came + FLOOR
    assert node.out <= TRAFFIC * came + by_itself(state)
    assert node.signed == node.verified == 0
