"""Making, opening and deleting graphs."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Generator, Iterable, Mapping
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from uuid import UUID

from peerapi.abi.callbacks import SecurityInterface
from peerapi.abi.exports import Success
from peerapi.abi.handles import GRAPHS
from peerapi.api import graph as api
from peerapi.api.graph_family import NODE, STARTUPS, start_up
from peerapi.api.structs import Properties
from peerapi.engine.graphs.driver import Driver
from peerapi.errors import DuplicateGraph
from peerapi.python import arguments, hosts
from peerapi.python.graph import Graph
from peerapi.python.values import EVERY_NODE, Scope

if TYPE_CHECKING:
    from peerapi.python.group import Group

DATABASE = "graph"
G = TypeVar("G", bound=Any)


class Opening(Generic[G]):
    """Something that is about to be opened: ``async with`` it, or ``await`` it and close the result yourself."""

    def __init__(self, work: Callable[[], G], undo: Callable[[G], object]) -> None:
        self._work = work
        self._undo = undo
        self._opened: G | None = None

    def __await__(self) -> Generator[object, object, G]:
        return self._open().__await__()

    async def _open(self) -> G:
        made: list[G] = []

        def work() -> G:
            made.append(self._work())
            return made[0]

        def undo(one: G) -> None:
            made.clear()
            self._undo(one)

        try:
            return await hosts.current().in_thread(work, undo)
        except BaseException:
            if made:  # Ctrl-C on its way to the caller, who never gets to see it
                self._undo(made[0])
            raise

    async def __aenter__(self) -> G:
        self._opened = await self._open()
        return self._opened

    async def __aexit__(self, *_: object) -> None:
        if self._opened is not None:
            await self._opened.aclose()


def create_graph(
    graph_id: str,
    peer: str,
    *,
    database: str = DATABASE,
    friendly_name: str | None = None,
    comment: str | None = None,
    scope: Scope = Scope.GLOBAL,
    max_record_size: int = 0,
    presence_lifetime: timedelta = timedelta(minutes=5),
    max_presence: int | None = None,
    defer_expiration: bool = False,
    exist_ok: bool = False,
    group: Group | None = None,
    reserved: Mapping[UUID, str] | None = None,
) -> Opening[Graph]:
    """Make a graph, with this process as its first node: ``async with create_graph("garden", "alice") as graph:``.

    ``peer`` is the name of this node's user, ``database`` that of the file among those of this graph and peer.
    ``exist_ok``: open it when this peer has it already, and share it when this process has it open; it is closed with
    the last of those who share it. ``max_record_size`` counts bytes, 0 meaning 60 MB; for the rest see Properties.
    ``group``: only its members take part, under its security; ``peer`` is ``group.identity`` then. ``reserved``: types
    of records -> the one member who makes records of that type in this graph. What anybody else makes of it is refused
    here and not passed on, so all who open the graph have to say the same.

    Raises DuplicateGraph, TypeError, ValueError, DatabaseAccessDenied (another process has it open), InvalidArgument.
    """
    _check_names(graph_id, peer, database)
    _check_group(group)
    types = _reserved(group, reserved)
    if max_presence is not None:
        arguments.whole("max_presence", max_presence, 0, EVERY_NODE)
    properties = Properties(
        flags=api.FLAG_DEFER_EXPIRATION if defer_expiration else 0,
        scope=arguments.a(Scope, "scope", "a peerapi.Scope", scope),
        max_record_size=arguments.whole("max_record_size", max_record_size, 0, arguments.U32),
        graph_id=graph_id,
        creator_id=peer,
        friendly_name=arguments.optional_text("friendly_name", friendly_name),
        comment=arguments.optional_text("comment", comment),
        presence_lifetime=arguments.length("presence_lifetime", presence_lifetime),
        max_presence=EVERY_NODE if max_presence is None else max_presence,
    )

    def make() -> Driver:
        try:
            return api.PeerGraphCreate(properties, database, _security(group, types))
        except DuplicateGraph:
            if not exist_ok:
                raise
            return _opened(graph_id, peer, database, (), group, types)

    def share() -> Driver | None:
        found = NODE.found(graph_id, peer, database) if exist_ok else None
        if found is None:
            return None
        is_secured = found.provider_worker is not None or found.group_hooks is not None
        is_same = found in group.shared().graphs if group is not None else not is_secured
        return found if is_same and types == getattr(found.graph.security, "reserved", {}) else None

    return Opening(partial(_started, make, share), Graph.close_now)


def open_graph(
    graph_id: str,
    peer: str,
    *,
    database: str = DATABASE,
    precedence: Iterable[UUID] = (),
    group: Group | None = None,
    reserved: Mapping[UUID, str] | None = None,
) -> Opening[Graph]:
    """Open a graph that exists somewhere; the first ``connect`` brings its records.

    ``precedence``: types of records to be synchronized before all others, in this order. ``group``, ``reserved``: as in
    ``create_graph``. Raises DuplicateGraph (open in this process), DatabaseAccessDenied (open in another one),
    InvalidDatabase, InvalidArgument.
    """
    _check_names(graph_id, peer, database)
    _check_group(group)
    types = tuple(type.bytes for type in arguments.uuids("precedence", precedence))
    opened = partial(_opened, graph_id, peer, database, types, group, _reserved(group, reserved))
    return Opening(partial(_started, opened), Graph.close_now)


async def delete_graph(graph_id: str, peer: str, *, database: str = DATABASE) -> None:
    """Remove what is stored of a graph that is closed. Raises AccessDenied (open here), DatabaseAccessDenied (open in
    another process), WrappedWin32Error (there is none)."""
    _check_names(graph_id, peer, database)
    await hosts.current().in_thread(partial(api.PeerGraphDelete, graph_id, peer, database))


def _check_names(graph_id: str, peer: str, database: str) -> None:
    """Raises TypeError, ValueError."""
    for name, value in (("graph_id", graph_id), ("peer", peer), ("database", database)):
        arguments.text(name, value)


def _check_group(group: Group | None) -> None:
    """Raises TypeError."""
    if group is not None:
        from peerapi.python.group import Group

        arguments.a(Group, "group", "a peerapi.Group", group)


def _reserved(group: Group | None, reserved: Mapping[UUID, str] | None) -> dict[bytes, str]:
    """Raises TypeError, ValueError."""
    given = {} if reserved is None else reserved
    wanted = dict(arguments.a(Mapping, "reserved", "a mapping of types to peers, or None", given))
    if wanted and group is None:
        raise ValueError("reserved is for graphs under the security of a group")
    for peer in wanted.values():
        arguments.text("reserved", peer)
    return {kind.bytes: peer for kind, peer in zip(arguments.uuids("reserved", wanted), wanted.values(), strict=True)}


def _security(group: Group | None, reserved: dict[bytes, str]) -> SecurityInterface | None:
    """What puts a graph under the security of a group. Raises InvalidGroup."""
    if group is None:
        return None
    from peerapi.api.group_members import PeerxGroupGetSecurityInterface
    from peerapi.grouping.reserved import encoded

    interface: SecurityInterface = PeerxGroupGetSecurityInterface(group.shared())
    return interface._replace(information=encoded(reserved))


def _opened(
    graph_id: str,
    peer: str,
    database: str,
    precedence: tuple[bytes, ...],
    group: Group | None,
    reserved: dict[bytes, str],
) -> Driver:
    found: Any = api.PeerGraphOpen(graph_id, peer, database, _security(group, reserved), precedence)
    driver: Driver = found.value if isinstance(found, Success) else found
    return driver


class Shared:
    """Who stands for a graph of Python's, which is closed with the last of them."""

    def __init__(self, first: Graph) -> None:
        self.objects = weakref.WeakSet([first])
        "A holder that nobody refers to any longer has left without a word."
        self.startups = 1
        "How often PeerGraphStartup was counted for those who share the graph."


_shared: dict[Driver, Shared] = {}
_changing = threading.Lock()


def _started(open_it: Callable[[], Driver], share: Callable[[], Driver | None] = lambda: None) -> Graph:
    """A graph of Python's counts as one PeerGraphStartup: a PeerGraphShutdown of C code does not close it. ``share``:
    what is taken where it is open already."""
    start_up()
    try:
        try:
            driver = open_it()
            graph = Graph(driver)
            with _changing:
                _shared[driver] = Shared(graph)
        except DuplicateGraph:
            found = share()
            if found is None:
                raise
            driver, graph = found, Graph(found)
            with _changing:
                if driver in _shared:
                    _shared[driver].objects.add(graph)
                    _shared[driver].startups += 1
                elif not GRAPHS.handle_of(driver):  # not C code's either: it is being closed
                    raise
    except BaseException:
        STARTUPS.shutdown()
        raise
    graph._close = partial(_left, driver, weakref.ref(graph))
    return graph


def _left(driver: Driver, leaving: weakref.ref[Graph]) -> None:
    """One of those who share a graph has closed it."""
    graph, startups, is_last = leaving(), 1, False
    with _changing:
        shared = _shared.get(driver)
        if shared is not None:
            if graph is not None:
                shared.objects.discard(graph)
            is_last = not shared.objects
            if is_last:
                del _shared[driver]
                startups = shared.startups
            else:
                shared.startups -= 1
    try:
        if is_last:
            _close(driver)
    finally:
        for _ in range(startups):
            STARTUPS.shutdown()


def _close(driver: Driver) -> None:
    handle = GRAPHS.handle_of(driver)
    if handle:
        GRAPHS.take(handle)
    NODE.close(driver)
