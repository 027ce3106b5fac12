"""An open node of a table: its machine with sockets, time, and its providers (DrtOpen to DrtClose).

Whoever calls gives the machine its input on the own thread, under the node's lock, and datagrams leave on that thread
too. What a provider is asked leaves the lock first: a ``quick`` one, which is ours, is asked at once, any other on
threads of its own.
"""

from __future__ import annotations

import itertools
import os
import threading
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from peerapi.address import Address
from peerapi.drt.asking import Ask
from peerapi.drt.border import (
    NO_MORE,
    BootstrapProvider,
    Event,
    LeafSetEvent,
    ProviderFailure,
    Query,
    SecurityProvider,
    Settings,
    Status,
)
from peerapi.drt.node import Node
from peerapi.drt.outputs import Bootstrap, EndBootstrap, Happened, Publish, SearchEnded, SearchResult
from peerapi.engine.drt.loop import Loop
from peerapi.engine.drt.questions import Lanes
from peerapi.engine.drt.searches import Search
from peerapi.engine.drt.transport import Transport
from peerapi.engine.runtime import Engine, FairLock, SystemRandom, moment
from peerapi.errors import TransportUnexpected, Unexpected
from peerapi.log import Log
from peerapi.moment import Moment
from peerapi.ring.outputs import SendDatagram
from peerapi.signals import deferred

T = TypeVar("T")
log = Log("drt")
MOST_EVENTS = 10_000
FAREWELL = 2.0
"Seconds that closing waits for the provider to make revocations."
E_UNEXPECTED = 0x8000FFFF
_numbers = itertools.count(1)


class Instance:
    """One node. ``notify`` is called, by any thread and without a lock, whenever an event can be taken."""

    def __init__(
        self,
        settings: Settings,
        transport: Transport,
        security: SecurityProvider,
        bootstrap: BootstrapProvider,
        notify: Callable[[], None],
        engine: Engine,
    ) -> None:
        self.name = f"{settings.prefix or 'drt'}.{os.getpid()}.{next(_numbers)}"
        self.transport = transport
        self.closed = False
        self._settings = settings
        self._security = security
        self._bootstrap = bootstrap
        self._notify = notify
        self._engine = engine
        self._lock = FairLock()
        self.node = Node(settings, transport.scope, random=SystemRandom(), scope_id=transport.scope_id)
        self._loop = Loop(engine, transport.socket, self._received, self._tick, self._next, self._look, self._lost)
        self._events: deque[Event] = deque()
        self._searches: dict[int, Search] = {}
        self._contexts: dict[int, tuple[bytes, object]] = {}
        "Key and context by handle, for UnregisterKey."
        self._questions = Lanes(self._begin)
        self._bootstrapping = Lanes(self._begin, 1)
        self._resolving: dict[int, object] = {}
        "Contexts of InitResolve; on the bootstrap provider's thread."
        self._quiet = threading.Event()

    @classmethod
    @deferred
    def open(
        cls,
        settings: Settings,
        transport: Transport,
        security: SecurityProvider,
        bootstrap: BootstrapProvider,
        notify: Callable[[], None],
        engine: Engine,
    ) -> Instance:
        """Attach the three, and begin to look for others. Raises what a provider answers, and TransportInUse."""
        instance = cls(settings, transport, security, bootstrap, notify, engine)
        security.attach()
        try:
            bootstrap.attach()
            try:
                transport.attach(instance)
                try:
                    engine.ready()
                    instance._loop.start()
                except BaseException:
                    transport.detach()
                    raise
            except BaseException:
                bootstrap.detach()
                raise
        except BaseException:
            security.detach()
            raise
        instance.input(lambda node: node.open(instance._addresses()))
        return instance

    def _addresses(self) -> tuple[Address, ...]:
        return self.transport.addresses(self._settings.most_addresses)

    @property
    def status(self) -> Status | None:
        return self.node.status

    # Entering ---------------------------------------------------------------------------------------------------------

    @deferred
    def input(self, work: Callable[[Node], T]) -> T:
        """Give the machine one input and carry out what it wants. Unexpected once the node is closed."""
        told: list[Callable[[], None]] = []
        asks: list[Ask] = []
        try:
            with self._lock:
                if self.closed:
                    raise Unexpected("The node has been closed.")
                try:
                    return work(self.node.at(Moment(*moment())))
                finally:
                    self._carry_out(told, asks)
        finally:
            self._finish(told, asks)

    def ask(self, work: Callable[[Node], object]) -> object:
        """One input; a closed node answers nothing."""
        try:
            return self.input(work)
        except Unexpected:
            if not self.closed:
                raise
            return None

    def _carry_out(self, told: list[Callable[[], None]], asks: list[Ask]) -> None:
        """Under the lock: send, and put in line what others are told or asked of without it."""
        for output in self.node.take_outputs():
            if isinstance(output, SendDatagram):
                self.transport.send(output.address, output.data)
            elif isinstance(output, Ask):
                asks.append(output)
            elif isinstance(output, Happened):
                self._add_event(output.event)
                if self._notify not in told:
                    told.append(self._notify)
            elif isinstance(output, SearchResult | SearchEnded):
                search = self._searches.get(output.handle)
                if search is None:
                    continue
                if isinstance(output, SearchResult):
                    search.add(output.result)
                else:
                    search.finish(output.end, self.node.searches.path(output.handle))
                if search.notify not in told:
                    told.append(search.notify)
            else:
                self._ask_bootstrap(output)
        if self.node.is_quiet:
            self._quiet.set()
        else:
            self._quiet.clear()

    def _finish(self, told: list[Callable[[], None]], asks: list[Ask]) -> None:
        """Without the lock."""
        for one in told:
            one()
        for ask in asks:
            if self._security.quick:
                self._answer(ask)
            else:
                self._questions.put(ask.peer or ask.token, partial(self._answer, ask))
        self._loop.set_alarm()

    def _answer(self, ask: Ask) -> None:
        """Ask the security provider; what it does beside answering is not our business."""
        try:
            answer = ask.carry_out(self._security)
        except Exception as error:
            self._engine.report(error)
            answer = ProviderFailure(E_UNEXPECTED)
        self.ask(lambda node: node.answered(ask.token, answer))

    def _begin(self, work: Callable[[], None]) -> None:
        """Have a thread begun by the engine's, whose signals are blocked."""
        self._engine.post(lambda: threading.Thread(target=work, name="peerapi provider", daemon=True).start())

    def _add_event(self, event: Event) -> None:
        if len(self._events) >= MOST_EVENTS:
            gone = next((one for one in self._events if isinstance(one, LeafSetEvent)), self._events[0])
            self._events.remove(gone)
            log.warning("%s: nobody takes the events of this node; the oldest are dropped", self.name)
        self._events.append(event)

    # The engine -------------------------------------------------------------------------------------------------------

    def _received(self, data: bytes, source: Address) -> None:
        if self.transport.hears(source):
            self.ask(lambda node: node.received(data, source))

    def _tick(self) -> None:
        self.ask(lambda node: node.tick())

    def _next(self) -> float | None:
        return None if self.closed else self.node.timers.next

    def _look(self) -> None:
        """Look at the addresses of this machine: where the node is found."""
        self.ask(lambda node: node.addresses_changed(self._addresses()))

    def _lost(self) -> None:
        """The socket is gone, though nobody has closed the node."""
        self.ask(lambda node: node.fault(TransportUnexpected.hresult))

    # The bootstrap provider -------------------------------------------------------------------------------------------

    def _ask_bootstrap(self, output: Any) -> None:
        if isinstance(output, Bootstrap):
            self._bootstrapping.put(0, lambda: self._resolve(output))
        elif isinstance(output, EndBootstrap):
            self._bootstrapping.put(0, lambda: self._end_resolve(output.number))
        elif isinstance(output, Publish):
            self._bootstrapping.put(0, lambda: self._publish(output.addresses))

    def _resolve(self, wanted: Bootstrap) -> None:
        provider, number = self._bootstrap, wanted.number
        try:
            context = provider.init_resolve(wanted.split_detect, wanted.timeout, wanted.most)
            self._resolving[number] = context
            provider.issue_resolve(
                context, lambda hresult, addresses, fatal: self._found(number, hresult, addresses, fatal)
            )
        except ProviderFailure as failure:
            self._found(number, failure.hresult, (), failure.fatal)

    def _found(self, number: int, hresult: int, addresses: tuple[Address, ...], fatal: bool) -> None:
        """Called by any thread, in the middle of IssueResolve too."""
        if fatal and hresult & 0x80000000 and hresult != NO_MORE:
            self.ask(lambda node: node.fault(hresult))
            return
        if addresses:
            self.ask(lambda node: node.bootstrap_found(number, addresses))
        if hresult & 0x80000000:
            self.ask(lambda node: node.bootstrap_ended(number))

    def _end_resolve(self, number: int) -> None:
        context = self._resolving.pop(number, None)
        if context is not None:
            self._bootstrap.end_resolve(context)

    def _publish(self, addresses: tuple[Address, ...]) -> None:
        try:
            if addresses:
                self._bootstrap.register(addresses)
            else:
                self._bootstrap.unregister()
        except ProviderFailure as failure:
            log.warning("%s: the bootstrap provider does not publish this node: %s", self.name, failure)

    # The application --------------------------------------------------------------------------------------------------

    def register(self, key: bytes, payload: bytes, context: object) -> int:
        """DuplicateKey, Faulted, Unexpected, and whatever RegisterKey of the provider answers."""
        self._security.register_key(key, payload, context)
        try:
            handle = self.input(lambda node: node.register(key, payload, context))
        except BaseException:
            self._security.unregister_key(key, context)
            raise
        self._contexts[handle] = (key, context)
        return handle

    def update(self, handle: int, payload: bytes) -> None:
        """NotFound, Unexpected."""
        self.input(lambda node: node.update(handle, payload))

    def unregister(self, handle: int) -> None:
        """NotFound, Unexpected."""
        self.input(lambda node: node.unregister(handle))
        self._forget_key(handle)

    def _forget_key(self, handle: int) -> None:
        key, context = self._contexts.pop(handle, (b"", None))
        if key:
            try:
                self._security.unregister_key(key, context)
            except ProviderFailure as failure:
                log.warning("%s: the security provider does not let a key go: %s", self.name, failure)

    def search(self, query: Query, notify: Callable[[], None]) -> Search:
        """Faulted, Unexpected."""
        search = Search(self, self.forget, notify, iterative=query.iterative)

        def begin(node: Node) -> None:
            search.handle = node.search(query)
            self._searches[search.handle] = search

        self.input(begin)
        return search

    def forget(self, search: Search) -> None:
        """The application has ended it."""
        self._searches.pop(search.handle, None)

    def peek_event(self) -> Event | None:
        """The next event, which stays."""
        return self._events[0] if self._events else None

    def take_event(self) -> Event | None:
        """The next event; ``notify`` is called again when one is left."""
        with self._lock:
            event = self._events.popleft() if self._events else None
            left = bool(self._events)
        if left:
            self._notify()
        return event

    # Ending -----------------------------------------------------------------------------------------------------------

    @deferred
    def close(self) -> None:
        """DrtClose: withdraw all keys and leave; what a provider is doing is waited for, except in the middle of it."""
        try:
            self.input(lambda node: node.close())
        except Unexpected:
            return
        inside = self._questions.inside() or self._bootstrapping.inside()
        if inside:
            threading.Thread(target=self._end, name="peerapi provider", daemon=True).start()
        else:
            self._end()

    def _end(self) -> None:
        self._quiet.wait(FAREWELL)
        self._bootstrapping.close()
        with self._lock:
            if self.closed:
                return
            self.closed = True
        self._questions.close()
        for handle in list(self._contexts):
            self._forget_key(handle)
        for number in list(self._resolving):
            self._end_resolve(number)
        self._publish(())
        self._loop.close()
        self.transport.detach()
        self._bootstrap.detach()
        self._security.detach()
