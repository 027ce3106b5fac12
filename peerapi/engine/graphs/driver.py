"""Runs one graph machine: input, transaction, commit; then send, signal, and do what else it wants.

A driver is entered by the host program's threads (record calls, under the graph's lock) and by the engine's tasks
(bytes, timers). Whatever an input has brought is committed before anything of it leaves: no other node and no event
ever tells of a record that a crash could take back.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from peerapi.engine import network
from peerapi.engine.graphs import transfer
from peerapi.engine.graphs.alarm import Alarm
from peerapi.engine.graphs.application_calls import ApplicationCalls
from peerapi.engine.graphs.behind import Behind
from peerapi.engine.graphs.checkpointer import Checkpointer
from peerapi.engine.graphs.event_log import log_call, log_event, log_hangup
from peerapi.engine.graphs.links import Links
from peerapi.engine.graphs.node_searches import NodeSearch
from peerapi.engine.graphs.ports import ListeningGraph
from peerapi.engine.graphs.provider_worker import ProviderWorker
from peerapi.engine.graphs.reading import Reading
from peerapi.engine.graphs.registrations import AnyEvent, GroupHooks
from peerapi.engine.graphs.registrations import Registration as Registration
from peerapi.engine.graphs.send_coalescing import SendCoalescer
from peerapi.engine.runtime import Engine, FairLock, moment
from peerapi.engine.workers import in_thread
from peerapi.errors import GraphShuttingDown, PeerError
from peerapi.graphing.events import EventType, RecordChanged
from peerapi.graphing.graph import Graph
from peerapi.graphing.link import Link
from peerapi.graphing.outputs import (
    Dial,
    Doubt,
    Examine,
    Hangup,
    Judge,
    JudgeFound,
    Notify,
    NotifyChanges,
    SearchNews,
    Secure,
    Send,
)
from peerapi.graphing.search_events import SearchEnded, SearchLimits
from peerapi.graphing.security import ConnectionSecurity, GraphSecurity, RecordSecurity
from peerapi.path_kind import PathKind
from peerapi.signals import deferred

if TYPE_CHECKING:
    from peerapi.reach.seats import Known

T = TypeVar("T")


class Driver(ApplicationCalls):
    """One open graph of this process."""

    def __init__(self, graph: Graph, engine: Engine) -> None:
        self.graph = graph
        self.closed = False
        self.provider_worker: ProviderWorker | None = None
        "Asks the security provider, when there is one."
        self._engine = engine
        self._lock = FairLock()
        self._registrations: tuple[Registration, ...] = ()
        self._searches: dict[bytes, NodeSearch] = {}
        "Of all nodes, by ID."
        self.shared_searches: object = None
        "Those that other programs of this person have begun, once there is one."
        self.links = Links(self, engine)
        self.group_hooks: GroupHooks | None = None
        self.is_a_group = False
        "Whether it is the graph that a group itself is, and not one under a group's security."
        self.addresses: ListeningGraph | None = None
        "Where it is reached, while it listens."
        self.given_relays: Callable[[], Sequence[Known]] = tuple
        "Relays that others let it use whose user knows none."
        self._alarm = Alarm(self, engine)
        self._checkpointer = Checkpointer(self, self._lock, engine)
        self.reading = Reading(graph)
        self.in_c: object = None
        "What C reads behind a handle of the graph, once there is one."
        self._sends = SendCoalescer(self.spawn, engine)
        self._set_wanted()

    # Entering ---------------------------------------------------------------------------------------------------------

    @deferred
    def input(self, work: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        """Give the machine one input, at the time that it is now; commit; carry out what it wants.

        Raises what the machine raises, with nothing changed, and GraphShuttingDown once the graph is closed.
        """
        lock = self._lock
        with lock.turn:
            lock.take()
        try:
            if self.closed:
                raise GraphShuttingDown
            graph = self.graph
            database = graph.database
            now = moment()
            try:
                database.begin()
                graph.at(now)
                result = work(*args, **kwargs)
                database.commit()
            except BaseException:
                database.rollback()
                graph.discard()
                raise
            readable = self.reading.readable
            if readable is not None:  # what ``Reading.tell`` does
                readable.tell(graph.clock.delta, graph.synchronized or graph.watched)
            wanted = self._distribute() if graph.outputs else None
        finally:
            lock.leave()
        if wanted is not None:
            touched, signalled = wanted
            for registration in signalled:
                registration.signal()
            if touched:
                self._sends.flush(touched, now.elapsed)
        following = graph.timers.next
        if following is not None and following < self._alarm.at:
            self._alarm.wake_at(following)
        if database.log.due:
            self._checkpointer.want()
        if self.group_hooks is not None:
            self.group_hooks.after_input()
        return result

    @deferred
    def notify(self, event: AnyEvent) -> None:
        """Tell the application of something that the machine does not know of."""
        with self._lock:
            signalled = self._queue_events((event,))
        for registration in signalled:
            registration.signal()

    @deferred
    def read(self, work: Callable[[Graph], T]) -> T:
        """Ask the machine something that changes nothing."""
        lock, graph = self._lock, self.graph
        with lock.turn:
            lock.take()
        try:
            if self.closed:
                raise GraphShuttingDown
            return work(graph.at(moment()))
        finally:
            lock.leave()

    def _distribute(self) -> tuple[set[network.Transport], Sequence[Registration | NodeSearch]]:
        """Under the lock: put bytes in line and events in queues, in the machine's order; which transports and
        registrations have got something."""
        graph = self.graph
        outputs, graph.outputs = graph.outputs, []
        touched: set[network.Transport] = set()
        transports = self.links.transports
        events: list[AnyEvent] = []
        found: list[NodeSearch] = []
        for output in outputs:
            kind = type(output)
            if kind is Notify:
                event = output.event  # type: ignore[union-attr]
                if type(event) is not RecordChanged:
                    log_event(graph, event)
                if self.group_hooks is None:
                    events.append(event)
                else:
                    events += self.group_hooks.translate(event)
            elif kind is NotifyChanges:
                events += output.events  # type: ignore[union-attr]
            elif kind is Send:
                link, data = output  # type: ignore[misc]
                transport = transports.get(link)  # type: ignore[arg-type]
                if transport is not None:
                    transport.queue(data)  # type: ignore[arg-type]
                    touched.add(transport)
            elif kind is Examine:
                self._engine.post(partial(self.spawn, self._examine, output))
            elif kind is SearchNews:
                found += self._search_news(output)  # type: ignore[arg-type]
            elif isinstance(output, Judge | Secure | JudgeFound):
                if self.provider_worker is not None:
                    self.provider_worker.post(output)
            elif isinstance(output, Dial):
                log_call(graph, output)
                self._engine.post(partial(self.spawn, self.links.dial, output.link, output.address))
            elif isinstance(output, Doubt):
                self._engine.post(partial(self.spawn, self.links.doubt, output.link))
            elif isinstance(output, Hangup):
                log_hangup(graph, output.link)
                gone = transports.pop(output.link, None)
                if gone is not None:
                    gone.finishing = True
                    self._engine.post(partial(self.spawn, gone.finish))
        signalled: Sequence[Registration | NodeSearch] = self._queue_events(events) if events else ()
        return touched, [*signalled, *found] if found else signalled

    def _queue_events(self, events: Sequence[AnyEvent]) -> list[Registration]:
        """Under the lock: put events in line where they are wanted; who has got some."""
        return [registration for registration in self._registrations if registration.take(events)]

    # Security ---------------------------------------------------------------------------------------------------------

    def protect(self, provider: RecordSecurity) -> None:
        """Have a foreign security provider judge what comes and secure what goes, from the first record on."""
        self.provider_worker = ProviderWorker(self, self.links, provider)
        self.graph.guarded = True

    def secure_by(self, security: GraphSecurity, group_hooks: GroupHooks, *, keeps_own_records: bool) -> None:
        """Have security of our own do that in place, and prove connections as well; see ``Graph.secure_by``."""
        self.group_hooks = group_hooks
        self.is_a_group = keeps_own_records
        self.graph.secure_by(security, keeps_own_records=keeps_own_records)

    def handshake_ended(self, link: Link, connection: ConnectionSecurity) -> None:
        """A connection has ended while both sides were proving who they are."""
        if self.group_hooks is not None:
            self.group_hooks.handshake_ended(link, connection)

    def export(self, path: str) -> None:
        """Write a copy of the database to a file; see ``transfer.export``."""
        transfer.export(self, path)

    def import_file(self, path: str, progress: Callable[[int], object] | None = None) -> None:
        """Take in an exported database; see ``transfer.import_file``."""
        transfer.import_file(self, path, progress)

    def why(self, connection_id: int) -> str:
        """See ``Links.why``."""
        return self.links.why(connection_id)

    def paths(self) -> dict[int, PathKind]:
        """By which way each link goes: connection ID -> kind."""
        return {link.id: self.links.kind(link) for link in self.connections()}

    # Searches of all nodes --------------------------------------------------------------------------------------------

    def search_nodes(self, criteria: str, limits: SearchLimits, changed: Callable[[], object]) -> NodeSearch:
        """Ask all nodes; ``changed`` as for ``NodeSearch``. Raises what ``NodeSearches.ask`` raises."""
        search = NodeSearch(changed, self._end_search)

        def begin() -> None:
            search.id = self.graph.node_searches.ask(criteria, **limits._asdict())
            self._searches[search.id] = search

        self.input(begin)
        return search

    def _end_search(self, search: NodeSearch) -> None:
        with contextlib.suppress(GraphShuttingDown):
            self.input(self.graph.node_searches.end, search.id)
        self._searches.pop(search.id, None)

    def _search_news(self, output: SearchNews) -> list[NodeSearch]:
        """Under the lock: who has to be told."""
        search = self._searches.get(output.search)
        if search is None:
            return []
        if isinstance(output.news, SearchEnded):
            del self._searches[output.search]
        search.put(output.news)
        return [search]

    # Registrations ----------------------------------------------------------------------------------------------------

    @deferred
    def register(self, registration: Registration) -> int:
        """Have events queued from now on; the number of the latest change before."""
        with self._lock:
            if self.closed:
                raise GraphShuttingDown
            self._registrations += (registration,)
            self._set_wanted()
            return self.graph.database.last_seq

    @deferred
    def catch_up(self, behind: Behind) -> bool:
        """Have a registration told the next piece of what it has missed; whether there is more of it."""
        with self._lock:
            if self.closed:
                raise GraphShuttingDown
            told = behind.catch_up(self.graph.at(moment()))
            if behind.over:
                found = self._registrations
                self._registrations = tuple(behind.registration if one is behind else one for one in found)
        if told:
            behind.signal()
        return not behind.over

    @deferred
    def unregister(self, registration: Registration) -> None:
        with self._lock:
            self._registrations = tuple(r for r in self._registrations if r is not registration)
            self._set_wanted()

    def forget(self, registration: Registration) -> None:
        """Unregister soon: a garbage collector calls this, on a thread that may hold any lock."""
        self._engine.post(partial(self.unregister, registration), hurry=False)

    def _set_wanted(self) -> None:
        """What the machine has to know of the registrations.

        3.1.4.7: direct connections are accepted while somebody wants to hear of them.
        """
        wanted: set[int] = set().union(*(registration.wanted for registration in self._registrations))
        self.graph.accepts_direct = EventType.DIRECT_CONNECTION in wanted
        self.graph.watched = EventType.RECORD_CHANGED in wanted
        self.reading.tell()

    # Engine tasks -----------------------------------------------------------------------------------------------------

    def ready(self) -> None:
        """See ``Engine.ready``."""
        self._engine.ready()

    def start(self) -> None:
        """Have the engine run the timers and make the checkpoints, when it runs."""
        for task in (self._alarm.run, self._checkpointer.begin):
            self._engine.post(partial(self.spawn, task), hurry=False)

    def spawn(self, task: Callable[..., object], *args: object) -> None:
        assert self._engine.nursery is not None
        self._engine.nursery.start_soon(self._guarded, task, *args)

    async def _guarded(self, task: Callable[..., object], *args: object) -> None:
        """No task of one graph may end the engine of all."""
        try:
            await task(*args)  # type: ignore[misc]
        except GraphShuttingDown:
            pass  # closed under way
        except ExceptionGroup as group:  # a nursery's
            _, others = group.split(GraphShuttingDown)
            if others is not None:
                self._engine.report(others)
        except Exception as error:
            self._engine.report(error)

    async def keep_up(self) -> None:
        """Task: wait for the disk if what was written is far ahead of it."""
        if self.graph.database.log.excessive:
            await self._checkpointer.keep_up()

    async def _examine(self, wanted: Examine) -> None:
        """Task: do what takes long about judging a record without the lock."""
        try:
            await in_thread(wanted.work)
            self.input(self.graph.examined, wanted.received)
        finally:
            if self.graph.security is not None:
                self.graph.security.forget_examined(wanted.received.wire)

    def report(self, error: BaseException) -> None:
        """Note an error that nobody waits for."""
        self._engine.report(error)

    # Ending -----------------------------------------------------------------------------------------------------------

    @deferred
    def close(self) -> None:
        """3.1.4.12: say goodbye, commit, let go of the database. Closing twice does nothing."""
        self.withdraw()
        with self._checkpointer.turn, self._lock:
            if self.closed:
                return
            graph = self.graph
            graph.guarded = False
            with contextlib.suppress(PeerError):
                graph.database.begin()
                graph.at(moment()).close()
                graph.database.commit()
            touched, _ = self._distribute()
            self.closed = True
            self.reading.end()
            graph.database.close()
            registrations, self._registrations = self._registrations, ()
            searches, self._searches = list(self._searches.values()), {}
        for registration in registrations:
            registration.ended()
        for search in searches:
            search.put(SearchEnded())
            search.signal()
        for transport in touched:
            transport.flush()
        self.links.release()
        self._alarm.end()

    @deferred
    def withdraw(self) -> None:
        """With a security provider, what is withdrawn at the end has to be secured while there still are connections.

        The provider is foreign code, so no lock may be held by the caller. Nothing else is published from now on.
        """
        worker = self.provider_worker
        with self._lock:
            if worker is None or self.closed or self.graph.closing:
                return
            self.graph.closing = True
            self.graph.at(moment())
            kept, self.graph.outputs = self.graph.outputs, []
            self.graph.topology.withdraw()
            wanted, self.graph.outputs = self.graph.outputs, kept
        for output in wanted:
            if isinstance(output, Secure):
                with contextlib.suppress(PeerError):
                    worker.publish_own(output)
