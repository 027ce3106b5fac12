"""What a node does in ten minutes after the others have gone: a board, a group, a graph, a cloud call seldom.

Time is virtual: what is counted follows from the pauses, not from the machine.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any, cast

import pytest
import trio
import trio.testing

from peerapi import Address, Graph, Scope
from peerapi.engine import network
from peerapi.engine.clouds import driver as clouds
from peerapi.engine.clouds import member
from peerapi.engine.clouds.greetings import Greetings
from peerapi.engine.clouds.member import Member, Publication
from peerapi.engine.clouds.network import Plan
from peerapi.engine.clouds.sockets import CloudSockets
from peerapi.engine.groups import finder as finders
from peerapi.engine.groups.finder import Finder
from peerapi.errors import ConnectionFailed
from peerapi.graphing.events import ConnectionChanged
from peerapi.identity.names import peer_name
from peerapi.moment import SECOND, Moment
from peerapi.pnrp.algorithms import MODERN
from peerapi.pnrp.cpa import AppEndpoint
from peerapi.pnrp.outputs import MulticastSsdp, SendDatagram
from peerapi.ring.scope import Scope as CloudScope
from peerapi.whiteboard.links import GraphLinks
from tests.engine.test_clouds import free_range
from tests.graphing.machines import EPOCH
from tests.graphing.pair import Net
from tests.pnrp.bench import Bench

MINUTES = 10
A_MINUTE = 30
"Calls or datagrams, at most."
TEN_MINUTES = 60.0 * MINUTES
SOON = 20.0
"Seconds within which somebody who has come is noticed, who did not speak first."


@pytest.mark.parametrize("others", [1, 7, 40])
def test_a_graph_left_alone(others: int) -> None:
    """It had neighbors, and knows of nodes that were never its neighbors."""
    net = Net()
    alice = net.create()
    alice.listen()
    gone = [net.join(f"node {number}", alice) for number in range(min(others, 7))]
    for number in range(others - len(gone)):
        gone.append(net.join(f"farther {number}", gone[number % len(gone)]))
    for machine in gone:
        machine.listen()
    net.deliver_all()
    for machine in gone:
        net.crash(machine)
    alice.dials.clear()
    net.advance(TEN_MINUTES)
    assert not alice.graph.neighbors
    assert 0 < len(alice.dials) < A_MINUTE * MINUTES


@pytest.mark.parametrize("known", [0, 1, 64])
@pytest.mark.parametrize("multicast", [False, True])
def test_a_node_of_a_cloud_left_alone(known: int, multicast: bool) -> None:
    """With seeds that do not answer, and everybody it has known gone."""
    addresses = tuple(Address.parse(f"fd00::{number:x}", 4000) for number in range(0x100, 0x100 + known))
    seeds = (Address.parse("fd00::5eed", 3540), Address.parse("fd00::5eee", 3540))
    bench = Bench(known=addresses, seeds=seeds, multicast=multicast)
    sent = [one for one in bench.pass_time(TEN_MINUTES) if isinstance(one, SendDatagram | MulticastSsdp)]
    assert 0 < len(sent) < A_MINUTE * MINUTES
    asked = {one.address for one in sent if isinstance(one, SendDatagram)}
    assert set(seeds) <= asked
    assert len(asked - set(seeds)) >= min(known, 30), "the others are asked in turn"


# ---- The processes of a machine ----


class _Engine:
    """What a driver needs of an engine, on the loop of the test."""

    def __init__(self, nursery: trio.Nursery) -> None:
        self.nursery = nursery
        self.errors: list[BaseException] = []

    def ready(self) -> None: ...
    def on_loop(self) -> bool:
        return True

    def post(self, work: Callable[[], object], hurry: bool = False) -> None:
        work()

    def report(self, error: BaseException) -> None:
        self.errors.append(error)


class Loopback:
    """The loopback cloud as one process of it sees it, with its real driver and a clock that is not real."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.sent = 0
        self.first_port = free_range()
        self.listening: set[int] = set()
        "Ports that the kernel names, beside our own."
        self.silent = False
        "The kernel names none at all."
        monkeypatch.setattr(clouds, "moment", _moment)
        monkeypatch.setattr(member, "moment", _moment)
        monkeypatch.setattr(network, "udp_ports_at_loopback", self._bound)
        monkeypatch.setattr(CloudSockets, "send", self._send)

    @property
    def ports(self) -> set[int]:
        return set(range(self.first_port + 1, self.first_port + 32))

    def _bound(self) -> set[int]:
        return set() if self.silent else self.listening | {self.first_port}

    def _send(self, output: object) -> None:
        self.sent += 1

    @asynccontextmanager
    async def member(self) -> AsyncIterator[Member]:
        async with trio.open_nursery() as nursery:
            plan = Plan("Loopback_", CloudScope.LOOPBACK, 1, MODERN, self.first_port)
            engine = _Engine(nursery)
            one = Member(plan, cast(Any, engine))
            one.start()
            there = Publication((AppEndpoint(Address.parse("::1", 1).ip, 4711),), 0, None, None)
            one.register(peer_name("0", "alone"), None, there)
            yield one
            nursery.cancel_scope.cancel()
            one._shut(one._sockets)
            assert engine.errors == []


def _moment() -> Moment:
    now = trio.current_time()
    return Moment(EPOCH + int(now * SECOND), now)


@pytest.fixture
def loopback(monkeypatch: pytest.MonkeyPatch) -> Loopback:
    return Loopback(monkeypatch)


def under_virtual_time(work: Callable[..., Any]) -> None:
    trio.run(work, clock=trio.testing.MockClock(autojump_threshold=0))


def test_a_process_alone_in_the_loopback_cloud_sends_nothing(loopback: Loopback) -> None:
    async def alone() -> None:
        async with loopback.member():
            await trio.sleep(TEN_MINUTES)
            assert loopback.sent == 0

    under_virtual_time(alone)


@pytest.mark.parametrize("kernel_is_silent", [False, True])
def test_a_process_among_strangers_greets_them_ever_more_seldom(loopback: Loopback, kernel_is_silent: bool) -> None:
    """All ports of the range are those of programs that do not answer; or the kernel does not say whose they are."""
    loopback.silent = kernel_is_silent
    loopback.listening = set() if kernel_is_silent else loopback.ports

    async def alone() -> None:
        async with loopback.member():
            await trio.sleep(60)
            began = loopback.sent
            assert began >= 31
            await trio.sleep(TEN_MINUTES)
            assert 0 < loopback.sent - began < A_MINUTE * MINUTES

    under_virtual_time(alone)


def test_who_comes_later_is_greeted_soon_though_silent(loopback: Loopback) -> None:
    async def alone() -> None:
        async with loopback.member():
            for port in (loopback.first_port + 7, loopback.first_port + 9):
                await trio.sleep(TEN_MINUTES)
                loopback.listening, before = {port}, loopback.sent
                await trio.sleep(SOON)
                assert loopback.sent > before

    under_virtual_time(alone)


def test_the_pauses_between_greetings_grow_and_differ() -> None:
    one, other = Greetings(random.Random(1)), Greetings(random.Random(2))
    told: list[list[float]] = [[], []]
    for second in range(int(TEN_MINUTES)):
        for greetings, times in zip((one, other), told, strict=True):
            if greetings.due({5}, second + 0.5):
                times.append(second)
    assert told[0] != told[1]
    pauses = [later - earlier for earlier, later in itertools.pairwise(told[0])]
    assert pauses == sorted(pauses)
    assert one.due({6}, TEN_MINUTES) == [6], "a new one at once"
    assert one.due({5}, TEN_MINUTES) == [5], "and who was gone"


# ---- A group ----


class _Search:
    """A search that finds registrations of members who are not there any more."""

    def __init__(self, addresses: list[Address]) -> None:
        self._found = [SimpleNamespace(addresses=(one,)) for one in addresses]

    def take(self) -> Any:
        if not self._found:
            raise IndexError
        return self._found.pop()

    def cancel(self) -> None: ...


@pytest.mark.parametrize("found", [0, 1, 20])
def test_a_group_left_alone(found: int) -> None:
    """Its finder looks in the cloud; the names of members are found still, and lead to nobody."""
    addresses = [Address.parse("fd00::1", 5000 + number) for number in range(found)]
    net = Net()
    ann = net.create()
    ann.listen()
    looks: list[float] = []

    def search(*_: object) -> _Search:
        looks.append(trio.current_time())
        return _Search(list(addresses))

    async def in_thread(work: Callable[[], object]) -> None:
        work()

    async def alone() -> None:
        async with trio.open_nursery() as nursery:
            driver = SimpleNamespace(
                graph=ann.graph,
                closed=False,
                spawn=nursery.start_soon,
                input=ann.do,
                notify=lambda event: None,
                addresses=None,
            )
            security = SimpleNamespace(chain=None, group=peer_name("0", "group"))
            node, names = SimpleNamespace(engine=_Engine(nursery)), SimpleNamespace(search=search)
            parts: list[Any] = [node, driver, security]
            finder = Finder(*parts, cloud="Global_", clouds=lambda: cast(Any, names), wake=lambda: None)
            finder.connect()
            while trio.current_time() < TEN_MINUTES:
                finder.proceed()
                net.advance(0.5)
                # A call fails here while the one before it does; what comes first is told first all the same.
                for event in sorted(ann.heard(ConnectionChanged), key=lambda event: event.connection_id):
                    finder.saw(event)
                ann.events.clear()
                await trio.sleep(0.5)
            nursery.cancel_scope.cancel()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(finders, "in_thread", in_thread)
        under_virtual_time(alone)
    assert 10 <= len(looks) < A_MINUTE * MINUTES
    assert len(ann.dials) < A_MINUTE * MINUTES
    assert len(ann.dials) >= 3 * found, "who may come back is called again"
    pauses = [later - earlier for earlier, later in itertools.pairwise(looks)]
    assert len({round(pause, 3) for pause in pauses[4:]}) > 1, "jitter"


# ---- A board ----


class _News:
    """Events of a graph in which nothing happens."""

    def __enter__(self) -> _News:
        return self

    def __exit__(self, *_: object) -> None: ...

    async def __anext__(self) -> None:
        await trio.sleep_forever()


@pytest.mark.parametrize("known", [1, 8, 40])
def test_a_board_left_alone(known: int) -> None:
    calls: list[Address] = []

    async def connect(addresses: Sequence[Address]) -> None:
        calls.extend(addresses)
        raise ConnectionFailed

    graph = SimpleNamespace(
        addresses=(Address.parse("::1", 4000),),
        synchronized=True,
        events=lambda *kinds: _News(),
        connections=list,
        nodes=list,
        connect=connect,
    )
    addresses = [Address.parse("fd00::1", 5000 + number) for number in range(known)]

    async def alone() -> None:
        with trio.move_on_after(TEN_MINUTES):
            await BoardLinks(cast(Any, graph), addresses).keep(lambda: None)

    under_virtual_time(alone)
    assert 5 * min(known, 8) < len(calls) < A_MINUTE * MINUTES
    assert set(calls) == set(addresses)


class BoardLinks(GraphLinks):
    """The calls alone, without the probe of a socket that follows one that fails."""

    def __init__(self, graph: Graph, known: list[Address]) -> None:
        super().__init__(graph, known, Scope.LOOPBACK, None)

    async def call(self, addresses: Sequence[Address]) -> None:
        await self._graph.connect(addresses)
