"""Nodes of a table on this machine: real sockets, the engine's thread, and providers that take their time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from peerapi.address import LOOPBACK, Address
from peerapi.drt.border import (
    NO_MORE,
    BootstrapFound,
    End,
    Event,
    LeafSetEvent,
    Match,
    ProviderFailure,
    Query,
    Result,
    Secured,
    SecurityMode,
    SecurityProvider,
    Settings,
    Status,
    StatusEvent,
    TransportScope,
    Unpacked,
)
from peerapi.engine.drt.instance import Instance
from peerapi.engine.drt.searches import Search
from peerapi.engine.drt.transport import Transport
from peerapi.engine.runtime import Engine
from peerapi.errors import (
    DuplicateKey,
    Faulted,
    InvalidPort,
    TransportInUse,
    TransportStillBound,
    Unexpected,
    WrappedWin32Error,
)
from tests.drt.providers import OpenProvider, PretendProvider

PATIENCE = 120.0


class Known:
    """A bootstrap provider that knows addresses."""

    def __init__(self, *ports: int) -> None:
        self.ports = ports
        self.calls: list[str] = []
        self.published: tuple[Address, ...] = ()
        self.fatal = 0

    def attach(self) -> None:
        self.calls.append("attach")

    def detach(self) -> None:
        self.calls.append("detach")

    def init_resolve(self, split_detect: bool, timeout: int, most: int) -> object:
        if self.fatal:
            raise ProviderFailure(self.fatal, fatal=True)
        return self

    def issue_resolve(self, context: object, found: BootstrapFound) -> None:
        found(0, tuple(Address(LOOPBACK, port) for port in self.ports), False)
        found(NO_MORE, (), False)

    def end_resolve(self, context: object) -> None:
        self.calls.append("end")

    def register(self, addresses: tuple[Address, ...]) -> None:
        self.published = addresses

    def unregister(self) -> None:
        self.calls.append("unregister")


class Open:
    """One open node, for tests."""

    def __init__(
        self, engine: Engine, provider: SecurityProvider, bootstrap: Known, mode: SecurityMode = SecurityMode.RESOLVE
    ) -> None:
        self.changed = threading.Condition()
        self.transport = Transport(TransportScope.GLOBAL, 0, 0, 0)
        self.provider, self.bootstrap = provider, bootstrap
        self.events: list[Event] = []
        self.instance = Instance.open(Settings(mode=mode), self.transport, provider, bootstrap, self.tell, engine)

    def tell(self) -> None:
        with self.changed:
            self.changed.notify_all()

    def until(self, true: Callable[[], object]) -> None:
        end = time.monotonic() + PATIENCE
        while not true():
            with self.changed:
                self.changed.wait(0.05)
            assert time.monotonic() < end

    def until_event(self, right: Callable[[Event], bool]) -> Event:
        found = [event for event in self.events if right(event)]

        def look() -> bool:
            while (event := self.instance.take_event()) is not None:
                self.events.append(event)
                if right(event):
                    found.append(event)
            return bool(found)

        self.until(look)
        return found[0]

    def until_status(self, status: Status) -> None:
        self.until_event(lambda event: isinstance(event, StatusEvent) and event.status is status)

    def find(self, query: Query) -> list[Result]:
        search = self.instance.search(query, self.tell)
        self.until(lambda: search.ended)
        results = taken(search)
        assert search.peek() is End.NO_MORE
        search.end()
        return results

    def close(self) -> None:
        self.instance.close()
        self.transport.close()


def taken(search: Search) -> list[Result]:
    results = []
    while isinstance(one := search.take(), Result):
        results.append(one)
    return results


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine()


@pytest.fixture
def nodes() -> Iterator[list[Open]]:
    opened: list[Open] = []
    yield opened
    for node in opened:
        node.close()


def key(number: int) -> bytes:
    return number.to_bytes(32, "little")


def table(
    engine: Engine,
    nodes: list[Open],
    count: int,
    *,
    mode: SecurityMode = SecurityMode.RESOLVE,
    provider: Callable[[int], SecurityProvider] = lambda number: OpenProvider(),
) -> None:
    """``count`` nodes with a key each."""
    for number in range(count):
        known = Known(*(node.transport.port for node in nodes[:2]))
        node = Open(engine, provider(number), known, mode)
        nodes.append(node)
        if number:
            node.until_status(Status.ACTIVE)
        own = node.provider.key if isinstance(node.provider, PretendProvider) else key(1 << 250 | number << 200)
        node.instance.register(own, b"number %d" % number, number)


def own_key(node: Open, number: int) -> bytes:
    return node.provider.key if isinstance(node.provider, PretendProvider) else key(1 << 250 | number << 200)


def test_a_lonely_node_is_alone_and_a_search_there_ends_with_nothing(engine: Engine, nodes: list[Open]) -> None:
    node = Open(engine, OpenProvider(), Known())
    nodes.append(node)
    assert node.find(Query(key(7))) == []
    node.until_status(Status.ALONE)
    node.instance.register(key(7), b"here", None)
    assert node.find(Query(key(7), own=True)) == [Result(Match.EXACT, key(7), b"here")]
    node.until(lambda: node.bootstrap.published == (Address(LOOPBACK, node.transport.port),))


class Slow(PretendProvider):
    """An application's provider: it waits, it calls the library in the middle of an answer, and at times it fails."""

    quick = False

    def __init__(self, name: bytes) -> None:
        super().__init__(name)
        self.instance: Instance | None = None
        self.threads: set[str] = set()
        self.calls = 0

    def _take_time(self) -> None:
        self.threads.add(threading.current_thread().name)
        self.calls += 1
        time.sleep(0.002)
        if self.instance is not None:
            self.instance.peek_event()
        if self.instance is not None and self.calls % 5 == 0:
            self.instance.search(Query(key(1), timeout=0.01), lambda: None).end()
        if self.calls % 13 == 0:
            raise ProviderFailure(0x8007000E)

    def secure_and_pack(self, *args: object) -> Secured:
        self._take_time()
        return super().secure_and_pack(*args)  # type: ignore[arg-type]

    def validate_and_unpack(self, secured: Secured, nonce: bytes) -> Unpacked:
        self._take_time()
        return super().validate_and_unpack(secured, nonce)


@pytest.mark.parametrize("mode", list(SecurityMode))
@pytest.mark.parametrize("kind", ["open", "pretend", "slow"])
def test_nodes_find_each_others_keys_in_every_mode(
    engine: Engine, nodes: list[Open], mode: SecurityMode, kind: str
) -> None:
    make: dict[str, Callable[[int], SecurityProvider]] = {
        "open": lambda number: OpenProvider(),
        "pretend": lambda number: PretendProvider(b"%d" % number),
        "slow": lambda number: Slow(b"%d" % number),
    }
    table(engine, nodes, 4, mode=mode, provider=make[kind])
    for node in nodes:
        if isinstance(node.provider, Slow):
            node.provider.instance = node.instance
    for number, node in enumerate(nodes):
        other = (number + 1) % len(nodes)
        wanted = Result(Match.EXACT, own_key(nodes[other], other), b"number %d" % other)
        node.until(lambda node=node, wanted=wanted: node.find(Query(wanted.key)) == [wanted])  # type: ignore[misc]
    for node in nodes:
        if isinstance(node.provider, Slow):
            assert node.provider.threads == {"peerapi provider"}


def test_leaf_sets_ranges_updates_and_withdrawals_reach_others(engine: Engine, nodes: list[Open]) -> None:
    table(engine, nodes, 4)
    first, last = nodes[0], nodes[3]
    keys = [own_key(node, number) for number, node in enumerate(nodes)]
    for node, own in zip(nodes, keys, strict=True):
        for other in set(keys) - {own}:
            node.until_event(lambda event, other=other: isinstance(event, LeafSetEvent) and event.remote == other)  # type: ignore[misc]
    everything = Query(keys[1], exact=False, minimum=key(0), maximum=key((1 << 256) - 1), most=10)
    for query, found in (
        (everything, [keys[1], keys[2], keys[3]]),
        (everything._replace(own=True), [keys[1], keys[0], keys[2], keys[3]]),
    ):
        first.until(lambda query=query, found=found: [one.key for one in first.find(query)] == found)  # type: ignore[misc]
    handle = last.instance.register(key(5), b"one", None)
    with pytest.raises(DuplicateKey):
        last.instance.register(key(5), b"two", None)
    first.until(lambda: first.find(Query(key(5))) == [Result(Match.EXACT, key(5), b"one")])
    last.instance.update(handle, b"two")
    first.until(lambda: first.find(Query(key(5))) == [Result(Match.EXACT, key(5), b"two")])
    last.instance.unregister(handle)
    first.until_event(
        lambda event: isinstance(event, LeafSetEvent) and event.remote == key(5) and event.change.name == "DELETED"
    )
    assert first.find(Query(key(5))) == []


def test_an_iterative_search_waits_at_each_hop(engine: Engine, nodes: list[Open]) -> None:
    table(engine, nodes, 4)
    wanted = own_key(nodes[3], 3)
    nodes[0].until_event(lambda event: isinstance(event, LeafSetEvent) and event.remote == wanted)
    search = nodes[0].instance.search(Query(wanted, iterative=True), nodes[0].tell)
    results: list[Result] = []

    def look() -> bool:
        results.extend(fresh := taken(search))
        if fresh and fresh[-1].match is Match.INTERMEDIATE:
            search.go_on()
        return search.ended

    nodes[0].until(look)
    results += taken(search)
    assert results[-1] == Result(Match.EXACT, wanted, b"number 3")
    assert all(one.match is Match.INTERMEDIATE and not one.payload for one in results[:-1])
    assert search.path()
    with pytest.raises(Unexpected):
        search.go_on()
    search.end()


def test_a_transport_belongs_to_one_node(engine: Engine, nodes: list[Open]) -> None:
    node = Open(engine, OpenProvider(), Known())
    nodes.append(node)
    with pytest.raises(TransportStillBound):
        node.transport.close()
    bootstrap = Known()
    with pytest.raises(TransportInUse):
        Instance.open(Settings(), node.transport, OpenProvider(), bootstrap, lambda: None, engine)
    assert bootstrap.calls == ["attach", "detach"]


def test_a_fatal_error_of_the_bootstrap_provider_faults_the_node(engine: Engine, nodes: list[Open]) -> None:
    bootstrap = Known()
    bootstrap.fatal = 0x80004005
    node = Open(engine, OpenProvider(), bootstrap)
    nodes.append(node)
    event = node.until_event(lambda event: isinstance(event, StatusEvent) and event.status is Status.FAULTED)
    assert isinstance(event, StatusEvent)
    assert event.hresult == 0x80004005
    with pytest.raises(Faulted):
        node.instance.register(key(1), b"x", None)
    with pytest.raises(Faulted):
        node.instance.search(Query(key(1)), lambda: None)


def test_closing_in_the_middle_of_a_providers_answer_does_not_wait_for_itself(
    engine: Engine, nodes: list[Open]
) -> None:
    class Closing(OpenProvider):
        quick = False
        instance: Instance | None = None
        detached = threading.Event()

        def secure_and_pack(self, *args: object) -> Secured:
            if self.instance is not None:
                self.instance.close()
            return super().secure_and_pack(*args)  # type: ignore[arg-type]

        def detach(self) -> None:
            self.detached.set()

    provider = Closing()
    node = Open(engine, provider, Known())
    provider.instance = node.instance
    node.instance.register(key(9), b"x", None)
    other = Open(engine, OpenProvider(), Known(node.transport.port))
    nodes.append(other)
    other.until(lambda: other.find(Query(key(9))) is not None and provider.detached.wait(0.05))
    node.transport.close()


def test_a_link_that_nobody_has_named_is_no_network_and_others_are_not_heard(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PEERAPI_PNRP_LINKS", raising=False)
    transport = Transport(TransportScope.LINK_LOCAL, 7, 0, 0)
    assert transport.addresses(4) == ()
    neighbor = Address(b"\xfe\x80" + bytes(13) + b"\x01", 3600, 0, 7)
    assert transport.hears(neighbor)
    assert not transport.hears(neighbor._replace(scope=8))
    events: list[Event] = []
    changed = threading.Event()
    instance = Instance.open(Settings(), transport, OpenProvider(), Known(), changed.set, engine)
    try:
        assert changed.wait(PATIENCE)
        while (event := instance.take_event()) is not None:
            events.append(event)
        assert events == [StatusEvent(Status.NO_NETWORK)]
        assert instance.register(key(3), b"x", None)
    finally:
        instance.close()
        transport.close()


def test_a_taken_port_is_a_wrapped_error_and_a_low_one_invalid(engine: Engine) -> None:
    transport = Transport(TransportScope.GLOBAL, 0, 0, 0)
    with pytest.raises(WrappedWin32Error) as taken:
        Transport(TransportScope.GLOBAL, 0, 0, transport.port)
    assert taken.value.hresult == 0x80070000 | 10048
    for port in (1, 1023):
        with pytest.raises(InvalidPort):
            Transport(TransportScope.GLOBAL, 0, 0, port)
    transport.close()


def test_nothing_is_bound_beyond_this_machine_unless_somebody_has_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    for scope in (TransportScope.GLOBAL, TransportScope.SITE_LOCAL):
        monkeypatch.delenv("PEERAPI_DRT_GLOBAL", raising=False)
        transport = Transport(scope, 0, 0, 0)
        assert transport.socket.getsockname()[0] == "::1"
        assert transport.addresses(4) == (Address(LOOPBACK, transport.port),)
        transport.close()
        monkeypatch.setenv("PEERAPI_DRT_GLOBAL", "1")
        transport = Transport(scope, 0, 0, 0)
        assert transport.socket.getsockname()[0] == "::"
        assert Address(LOOPBACK, transport.port) not in transport.addresses(4)
        transport.close()
