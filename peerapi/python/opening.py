"""Making, opening and deleting graphs."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
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
from peerapi.python import hosts
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
) -> Opening[Graph]:
    """Make a graph, with this process as its first node: ``async with create_graph("garden", "alice") as graph:``.

    ``peer`` is the name of this node's user, ``database`` that of the file among those of this graph and peer.
    ``exist_ok``: open it when this peer has it already. ``max_record_size`` counts bytes, 0 meaning 60 MB; for the rest
    see Properties. ``group``: only its members take part, under its security; ``peer`` is ``group.identity`` then.

    Raises DuplicateGraph, InvalidArgument, DatabaseAccessDenied (another process has it open).
    """
    properties = Properties(
        flags=api.FLAG_DEFER_EXPIRATION if defer_expiration else 0,
        scope=scope,
        max_record_size=max_record_size,
        graph_id=graph_id,
        creator_id=peer,
        friendly_name=friendly_name,
        comment=comment,
        presence_lifetime=int(presence_lifetime.total_seconds()),
        max_presence=EVERY_NODE if max_presence is None else max_presence,
    )

    def make() -> Driver:
        try:
            return api.PeerGraphCreate(properties, database, _security(group))
        except DuplicateGraph:
            if not exist_ok:
                raise
            return _opened(graph_id, peer, database, (), group)

    return Opening(partial(_started, make), Graph.close_now)


def open_graph(
    graph_id: str,
    peer: str,
    *,
    database: str = DATABASE,
    precedence: Iterable[UUID] = (),
    group: Group | None = None,
) -> Opening[Graph]:
    """Open a graph that exists somewhere; the first ``connect`` brings its records.

    ``precedence``: types of records to be synchronized before all others, in this order. ``group``: as in
    ``create_graph``. Raises DuplicateGraph (open in
    this process), DatabaseAccessDenied (open in another one), InvalidDatabase.
    """
    types = tuple(type.bytes for type in precedence)
    return Opening(partial(_started, partial(_opened, graph_id, peer, database, types, group)), Graph.close_now)


async def delete_graph(graph_id: str, peer: str, *, database: str = DATABASE) -> None:
    """Remove what is stored of a graph that is closed. Raises AccessDenied (open here), DatabaseAccessDenied (open in
    another process), WrappedWin32Error (there is none)."""
    await hosts.current().in_thread(partial(api.PeerGraphDelete, graph_id, peer, database))


def _security(group: Group | None) -> SecurityInterface | None:
    """What puts a graph under the security of a group. Raises InvalidGroup."""
    if group is None:
        return None
    from peerapi.api.group_members import PeerxGroupGetSecurityInterface

    return PeerxGroupGetSecurityInterface(group.shared())


def _opened(graph_id: str, peer: str, database: str, precedence: tuple[bytes, ...], group: Group | None) -> Driver:
    found: Any = api.PeerGraphOpen(graph_id, peer, database, _security(group), precedence)
    driver: Driver = found.value if isinstance(found, Success) else found
    return driver


def _started(open_it: Callable[[], Driver]) -> Graph:
    """A graph of Python's counts as one PeerGraphStartup: a PeerGraphShutdown of C code does not close it."""
    start_up()
    try:
        driver = open_it()
    except BaseException:
        STARTUPS.shutdown()
        raise
    return Graph(driver, partial(_close, driver))


def _close(driver: Driver) -> None:
    handle = GRAPHS.handle_of(driver)
    if handle:
        GRAPHS.take(handle)
    try:
        NODE.close(driver)
    finally:
        STARTUPS.shutdown()
