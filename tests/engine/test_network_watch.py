"""Another network, and sleep: who is told, and which connections end."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest
import trio
import trio.testing

from peerapi.address import LOOPBACK, Address
from peerapi.engine import network, network_watch
from peerapi.engine.graphs.links import Links
from peerapi.engine.network_watch import JUMP, LOOK_AT_THE_CLOCKS, NetworkWatch, since_boot
from peerapi.engine.runtime import Engine
from peerapi.errors import GraphShuttingDown
from tests.engine.support import until

HERE = Address.parse("192.0.2.1", 4000)
GONE = Address.parse("192.0.2.2", 4000)


class Told:
    """A follower; with an ``error`` it fails."""

    def __init__(self, error: Exception | None = None) -> None:
        self.news: list[tuple[frozenset[bytes], float]] = []
        self._error = error

    def network_changed(self, here: frozenset[bytes], slept: float) -> None:
        self.news.append((here, slept))
        if self._error is not None:
            raise self._error


class Quiet:
    """A kernel that has no news until it is told to have some."""

    def __init__(self) -> None:
        self.closed = False
        self.news = trio.Event()

    async def wait(self) -> bool:
        await self.news.wait()
        self.news = trio.Event()
        return True

    def close(self) -> None:
        self.closed = True


class Watched:
    """A watch on virtual time, with a clock of sleep that a test moves."""

    def __init__(self, nursery: trio.Nursery) -> None:
        self.slept = 0.0
        self.reports: list[BaseException] = []
        self.watch = NetworkWatch(nursery.start_soon, self.reports.append, lambda: self.slept)


def virtually(work: Callable[[Watched], Awaitable[None]]) -> None:
    async def main() -> None:
        async with trio.open_nursery() as nursery:
            await work(Watched(nursery))
            nursery.cancel_scope.cancel()

    trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0.0))


@pytest.fixture(autouse=True)
def kernels(monkeypatch: pytest.MonkeyPatch) -> list[Quiet]:
    made: list[Quiet] = []

    def subscribe() -> Quiet:
        made.append(Quiet())
        return made[-1]

    monkeypatch.setattr(network_watch, "AddressChanges", subscribe)
    monkeypatch.setattr(network, "interface_addresses", lambda: [(HERE, 2), (Address(LOOPBACK, 0), 1)])
    return made


def test_who_follows_hears_of_a_sleep_that_counts_and_once() -> None:
    async def work(watched: Watched) -> None:
        told = Told()
        watched.watch.follow(told)
        watched.watch.follow(told)
        await trio.sleep(LOOK_AT_THE_CLOCKS * 1.5)
        watched.slept += JUMP - 1
        await trio.sleep(LOOK_AT_THE_CLOCKS)
        assert told.news == []
        watched.slept += 600
        await trio.sleep(10 * LOOK_AT_THE_CLOCKS)
        assert told.news == [(frozenset((HERE.ip,)), 600)]

    virtually(work)


def test_who_follows_hears_of_another_network_also_when_somebody_else_fails(kernels: list[Quiet]) -> None:
    async def work(watched: Watched) -> None:
        failing, told = Told(GraphShuttingDown("closed")), Told()
        watched.watch.follow(failing)
        watched.watch.follow(told)
        await trio.sleep(1)
        kernels[0].news.set()
        await trio.sleep(1)
        assert failing.news == told.news == [(frozenset((HERE.ip,)), 0.0)]
        assert [type(one) for one in watched.reports] == [GraphShuttingDown]

    virtually(work)


def test_nothing_is_watched_for_nobody(kernels: list[Quiet]) -> None:
    async def work(watched: Watched) -> None:
        one, other = Told(), Told()
        for follower in (one, other):
            watched.watch.follow(follower)
        await trio.sleep(1)
        watched.watch.leave(one)
        await trio.sleep(1)
        assert not kernels[0].closed
        watched.watch.leave(other)
        watched.watch.leave(other)
        await trio.sleep(1)
        assert kernels[0].closed
        watched.watch.follow(one)
        await trio.sleep(1)
        kernels[1].news.set()
        await trio.sleep(1)
        assert (len(one.news), len(other.news)) == (1, 0)

    virtually(work)


def test_a_system_that_tells_nothing_still_wakes_up(monkeypatch: pytest.MonkeyPatch) -> None:
    async def work(watched: Watched) -> None:
        told = Told()
        watched.watch.follow(told)
        await trio.sleep(LOOK_AT_THE_CLOCKS / 2)
        watched.slept += JUMP
        await trio.sleep(2 * LOOK_AT_THE_CLOCKS)
        assert len(told.news) == 1
        assert isinstance(watched.reports[0], PermissionError)

    monkeypatch.setattr(network_watch, "AddressChanges", lambda: (_ for _ in ()).throw(PermissionError()))
    virtually(work)


def test_the_clocks_of_this_machine_agree_while_it_is_awake() -> None:
    until(lambda: abs(since_boot() - since_boot()) < 1, "two looks without a long pause between them")


class Connection:
    """A transport, as far as it matters."""

    def __init__(self, own: Address | None) -> None:
        self._own = own
        self.in_vain = 0
        self.ended = False

    @property
    def own_address(self) -> Address:
        if self._own is None:
            raise OSError("it is over")
        return self._own

    def shut(self) -> None:
        self.ended = True


def after(own: Address | None, *here: Address, slept: float = 0.0) -> tuple[bool, int]:
    """Whether a connection through an address is ended, and how often the graph was told."""
    inputs: list[object] = []
    graph = SimpleNamespace(network_changed="the network has changed")
    runner = SimpleNamespace(graph=graph, input=inputs.append)
    links = Links(cast(Any, runner), cast(Engine, None))
    connection = Connection(own)
    links.transports[cast(Any, "a link")] = cast(network.Transport, connection)
    links.network_changed(frozenset(one.ip for one in here), slept)
    return connection.ended, len(inputs)


def test_connections_end_by_which_nothing_comes_any_longer() -> None:
    assert after(HERE, HERE) == (False, 1)
    assert after(GONE, HERE) == (True, 1)
    assert after(HERE, HERE, slept=JUMP) == (False, 1)
    assert after(HERE, HERE, slept=network.SILENCE) == (True, 1)
    assert after(Address(LOOPBACK, 4000), HERE, slept=600) == (False, 1)
    assert after(None, HERE) == (False, 1)


def test_a_machine_that_is_cut_off_keeps_what_it_has() -> None:
    """Mostly the same cable is plugged in again, and TCP bridges half a minute."""
    assert after(GONE) == (False, 0)


@pytest.mark.parametrize(("in_vain", "ended"), [(0, False), (1, False), (2, True)])
def test_a_doubted_connection_ends_when_what_is_sent_is_acknowledged_by_nobody(in_vain: int, ended: bool) -> None:
    """Somebody has said that it is the neighbor at the other end, and has come back."""
    links = Links(cast(Any, SimpleNamespace(graph=None)), cast(Engine, None))
    connection = Connection(HERE)
    connection.in_vain = in_vain
    links.transports[cast(Any, "a link")] = cast(network.Transport, connection)

    async def doubted() -> None:
        async with trio.open_nursery() as nursery:
            for _ in range(100):  # whoever says so again and again
                nursery.start_soon(links.doubt, cast(Any, "a link"))
            await trio.testing.wait_all_tasks_blocked()
            assert len(nursery.child_tasks) == 1
        await links.doubt(cast(Any, "a link that is over"))

    trio.run(doubted, clock=trio.testing.MockClock(autojump_threshold=0.0))
    assert connection.ended is ended
