"""A graph that this process has open, for Python programs."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar, overload
from uuid import UUID

from peerapi.abi import library
from peerapi.abi.handles import GRAPHS, Enumeration
from peerapi.address import Address
from peerapi.api import graph as api
from peerapi.api import graph_nodes as nodes_api
from peerapi.api import graph_records as records_api
from peerapi.api.graph_family import GRAPH
from peerapi.api.structs import ChangeableProperties, RecordValue
from peerapi.engine.driver import Driver
from peerapi.engine.runtime import moment
from peerapi.errors import (
    ConnectionNotFound,
    GraphShuttingDown,
    InvalidArgument,
    InvalidGraph,
    PeerError,
    RecordNotFound,
)
from peerapi.face import hosts, places, values
from peerapi.face.attributes import Attributes, to_xml
from peerapi.face.direct import Direct
from peerapi.face.events import TYPES, Change, ConnectionChange, Event, Message, NeighborChange, StatusChange, converted
from peerapi.face.query import Condition
from peerapi.face.records import Records
from peerapi.face.streams import LIMIT, Stream
from peerapi.face.values import Connection, ConnectionState, Draft, Node, Properties, Record, Scope, Status
from peerapi.graphing.events import Event as MachineEvent
from peerapi.graphing.events import EventType
from peerapi.graphing.publication import FLAG_AUTOREFRESH
from peerapi.graphing.publication import Draft as EngineDraft

T = TypeVar("T")
E = TypeVar("E")
F = TypeVar("F")
G = TypeVar("G")
KEEP: Any = type("Keep", (), {"__repr__": lambda self: "KEEP"})()
"The default of parameters that leave something as it is."
_handing_out = threading.Lock()


class Graph:
    """An open graph.

    Methods that touch the network or much of the database wait without holding up the program's event loop; the rest
    is answered at once. Every method raises PeerError with the HRESULT that the C function behind it returns;
    GraphShuttingDown once the graph is closed, GraphNotReady before the first synchronization.
    """

    def __init__(self, driver: Driver, close: Callable[[], None] | None = None) -> None:
        """``create_graph``, ``open_graph`` and ``from_handle`` make these."""
        self._driver = driver
        self._close = close

    def __repr__(self) -> str:
        state = "closed" if self.closed else self.status.name or "alone"
        return f"<Graph {self.graph_id!r} of {self.peer!r}, {state}>"

    # What it is -------------------------------------------------------------------------------------------------------

    @property
    def graph_id(self) -> str:
        return self._driver.graph.graph_id

    @property
    def peer(self) -> str:
        """The peer ID under which this process has opened it."""
        return self._driver.graph.peer_id

    @property
    def closed(self) -> bool:
        return self._driver.closed

    @property
    def status(self) -> Status:
        """LISTENING, HAS_CONNECTIONS, SYNCHRONIZED."""
        return self._driver.graph.status

    @property
    def addresses(self) -> tuple[Address, ...]:
        """Where it listens."""
        return self._driver.graph.addresses

    async def properties(self) -> Properties:
        await hosts.current().checkpoint()
        return values.properties(api.PeerGraphGetProperties(self._driver))

    async def set_properties(
        self,
        *,
        friendly_name: str | None = KEEP,
        comment: str | None = KEEP,
        presence_lifetime: timedelta = KEEP,
        max_presence: int | None = KEEP,
    ) -> None:
        """Change what is named, for all nodes."""
        found = api.PeerGraphGetProperties(self._driver)
        lifetime, most = found.presence_lifetime, found.max_presence
        changed = ChangeableProperties(
            friendly_name=found.friendly_name if friendly_name is KEEP else friendly_name,
            comment=found.comment if comment is KEEP else comment,
            presence_lifetime=lifetime if presence_lifetime is KEEP else int(presence_lifetime.total_seconds()),
            max_presence=most if max_presence is KEEP else values.EVERY_NODE if max_presence is None else max_presence,
        )
        await self._publish(partial(api.PeerGraphSetProperties, self._driver, changed))

    # Handles ----------------------------------------------------------------------------------------------------------

    @property
    def handle(self) -> int:
        """The HGRAPH of this graph, for C functions in this process. It is live until the graph is closed."""
        if self.closed:
            raise GraphShuttingDown
        with _handing_out:
            return GRAPHS.handle_of(self._driver) or GRAPHS.insert(self._driver, GRAPH)

    @classmethod
    def from_handle(cls, handle: Any) -> Graph:
        """The graph behind an HGRAPH of this process: a number, or what ctypes or cffi make of one.

        It stays the property of whoever has opened it: to close this object leaves the graph open. Raises InvalidGraph.
        """
        driver = GRAPHS.get(handle_number(handle))
        if driver is None:
            raise InvalidGraph
        return cls(driver)

    # Closing ----------------------------------------------------------------------------------------------------------

    async def aclose(self) -> None:
        """Leave the graph; streams end, the handle is no longer valid. Closing twice does nothing."""
        if self._close is None:
            await hosts.current().checkpoint()
        else:
            await hosts.current().to_the_end(self.close_now)

    def close_now(self) -> None:
        """``aclose`` on the calling thread, which it may hold up."""
        close, self._close = self._close, None
        if close is not None:
            close()

    async def __aenter__(self) -> Graph:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    # Records ----------------------------------------------------------------------------------------------------------

    async def add(
        self,
        type: UUID,
        data: bytes | str = b"",
        *,
        attributes: Attributes | None = None,
        expires: datetime | timedelta | None = None,
        autorefresh: bool = False,
    ) -> UUID:
        """Publish a record; its ID. It is on disk when this returns, and on its way to the other nodes.

        ``expires`` is a moment (UTC unless it says otherwise) or a length of time from now, 30 days by itself. Raises
        InvalidArgument, InvalidAttributes, RecordTooBig.
        """
        wanted = self._drafted(Draft(type, data, attributes, expires, autorefresh))
        return UUID(bytes=await self._publish(partial(records_api.PeerGraphAddRecord, self._driver, wanted)))

    async def add_many(self, drafts: Iterable[Draft]) -> list[UUID]:
        """Publish many records in one transaction, all or none; much faster than one by one."""
        wanted = tuple(self._drafted(draft) for draft in drafts)
        work = partial(records_api.PeerxGraphAddRecords, self._driver, wanted)
        return [UUID(bytes=found) for found in await hosts.current().in_thread(work)]

    async def update(
        self,
        record: UUID | Record,
        data: bytes | str | None = None,
        *,
        attributes: Attributes | None = None,
        expires: datetime | timedelta | None = None,
        autorefresh: bool = False,
    ) -> None:
        """Change what is given of a record; it cannot be made to expire earlier. Raises RecordNotFound."""
        engine = self._driver.graph
        when = 0 if expires is None else values.expiration(expires, moment().utc, engine.clock.delta)
        wanted = EngineDraft(
            id=_id(record),
            flags=FLAG_AUTOREFRESH if autorefresh else 0,
            attributes=to_xml(attributes),
            expiration=when,
            data=None if data is None else values.payload(data),
        )
        await self._publish(partial(records_api.PeerGraphUpdateRecord, self._driver, wanted))

    async def delete(self, record: UUID | Record, *, local: bool = False) -> None:
        """Delete a record everywhere, or (``local``) only the copy that is here. Raises RecordNotFound."""
        await self._publish(partial(records_api.PeerGraphDeleteRecord, self._driver, _id(record), local))

    async def get(self, record_id: UUID) -> Record:
        """One record. Raises RecordNotFound."""
        await hosts.current().checkpoint()
        return self._made(records_api.PeerGraphGetRecord(self._driver, record_id.bytes))

    async def find(self, record_id: UUID) -> Record | None:
        """One record, None when it is not (or no longer) there."""
        try:
            return await self.get(record_id)
        except RecordNotFound:
            return None

    def records(self, type: UUID | None = None, *, creator: str | None = None) -> Records:
        """The application's records, of one type or of all, of one peer or of all, in the order of their arrival:
        ``async for record in graph.records()``, or ``await graph.records()`` for a list."""
        ask = partial(self._enumerated, type.bytes if type else None, creator)
        return Records(self._driver, ask, self._made)

    def search(self, query: Condition | str) -> Records:
        """The records that match a search: ``where("Owner", "==", "Ann")``, or the XML of PeerGraphSearchRecords.
        Raises InvalidSearch."""
        xml = query.xml if isinstance(query, Condition) else query
        ask = partial(records_api.PeerGraphSearchRecords, self._driver, xml)
        return Records(self._driver, ask, self._made)

    async def count(self, type: UUID | None = None, *, creator: str | None = None) -> int:
        """How many ``records`` there are."""
        ask = partial(self._enumerated, type.bytes if type else None, creator)
        return len(await hosts.current().in_thread(ask))

    # What happens -----------------------------------------------------------------------------------------------------

    def changes(self, type: UUID | Iterable[UUID] | None = None, *, limit: int = LIMIT) -> Stream[Change]:
        """What happens to records from now on, of one type, of some, or of all: ``async for change in
        graph.changes()``. See Stream: it is bounded, and ends with the graph."""
        types = None if type is None else frozenset(one.bytes for one in ([type] if isinstance(type, UUID) else type))
        return self._stream({EventType.RECORD_CHANGED: types}, Change, limit)

    def messages(self, type: UUID | None = None, *, limit: int = LIMIT) -> Stream[Message]:
        """Data that other nodes send from now on. As long as the stream is open they may also make direct
        connections."""
        wanted = dict.fromkeys((EventType.INCOMING_DATA, EventType.DIRECT_CONNECTION))

        def chosen(event: MachineEvent) -> Message | None:
            found = converted(event, self)
            return found if isinstance(found, Message) and type in (None, found.type) else None

        return Stream(self._driver, wanted, chosen, limit)

    @overload
    def events(self, *, limit: int = LIMIT) -> Stream[Event]: ...
    @overload
    def events(self, kind: type[E], /, *, limit: int = LIMIT) -> Stream[E]: ...
    @overload
    def events(self, kind: type[E], other: type[F], /, *, limit: int = LIMIT) -> Stream[E | F]: ...
    @overload
    def events(self, kind: type[E], other: type[F], third: type[G], /, *, limit: int = LIMIT) -> Stream[E | F | G]: ...
    @overload
    def events(self, *kinds: type[E], limit: int = LIMIT) -> Stream[E]: ...
    def events(self, *kinds: type[Any], limit: int = LIMIT) -> Stream[Any]:
        """Everything that happens from now on, or the classes of events that are named. Who listens for DirectChange
        accepts direct connections."""
        chosen = kinds or tuple(TYPES)
        wanted: dict[EventType, frozenset[bytes] | None] = {
            number: None for kind, number in TYPES.items() if issubclass(kind, chosen)
        }
        if not wanted:
            raise TypeError(f"no class of events among {kinds}")
        return self._stream(wanted, object, limit)

    def _stream(self, wanted: dict[EventType, frozenset[bytes] | None], _: type[E], limit: int) -> Stream[E]:
        return Stream[E](self._driver, wanted, partial(_converted, self), limit)

    async def wait_synchronized(self) -> None:
        """Until the graph has been synchronized, once or now: records can be read and written then."""
        with self.events(StatusChange) as news:
            if Status.SYNCHRONIZED in self.status:
                return await hosts.current().checkpoint()
            async for change in news:
                if Status.SYNCHRONIZED in change.status:
                    return None
        raise GraphShuttingDown

    # Other nodes ------------------------------------------------------------------------------------------------------

    async def listen(self, port: int = 0, *, scope: Scope | None = None, interface: int = 0) -> tuple[Address, ...]:
        """Accept connections; the addresses at which others reach this node.

        Port 0: one that is free. ``scope`` is that of the graph by itself; site and link want an ``interface``
        (its index). Raises UnableToListen, AlreadyListening.
        """
        reach = (self._driver.graph.info.scope if self._driver.graph.info else 1) if scope is None else scope
        await hosts.current().in_thread(partial(api.PeerGraphListen, self._driver, reach, interface, port))
        return self.addresses

    async def connect(self, place: str | Address, port: int | None = None, *, peer: str | None = None) -> Connection:
        """Become the neighbor of a node: ``connect("::1", 4001)``, ``connect("[::1]:4001")``, or with an Address.

        Goes on to another node when that one has no room and names one. Raises ConnectionFailed,
        ConnectionRefused, ConnectionNotAuthenticated, AlreadyExists, ConnectSelf.
        """
        found = await places.addresses(place, port, hosts.current())
        for last, address in zip([False] * (len(found) - 1) + [True], found, strict=True):
            try:
                with self.events(NeighborChange) as news:
                    return await self._connected(api.PeerGraphConnect(self._driver, peer, address), news)
            except PeerError:
                if last:
                    raise
        raise AssertionError("a place has an address")

    async def _connected(self, wanted: int, news: Stream[Any]) -> Connection:
        """The outcome of a connection that was begun."""
        async for change in news:
            if not isinstance(change, ConnectionChange) or change.connection != wanted:
                continue
            if change.state is ConnectionState.CONNECTED:
                return self.connection(wanted)
            if not change.next_connection:
                raise change.error or PeerError("The connection has ended.")
            wanted = change.next_connection
        raise GraphShuttingDown

    def direct(self, peer: str, place: str | Address, port: int | None = None) -> Direct:
        """A direct connection to a node, for data: ``async with graph.direct("ben", "::1", 4002) as direct:``."""
        return Direct(self, self._driver, peer, place, port)

    async def send(self, connection: int | Connection, type: UUID, data: bytes | str) -> None:
        """Data to the other end of a connection. Raises ConnectionNotFound."""
        await hosts.current().checkpoint()
        number = connection.id if isinstance(connection, Connection) else connection
        nodes_api.PeerGraphSendData(self._driver, number, type.bytes, values.payload(data))

    def connections(self) -> list[Connection]:
        """Those that stand: neighbors and direct ones."""
        both = records_api.CONNECTION_NEIGHBOR | records_api.CONNECTION_DIRECT
        found = records_api.PeerGraphEnumConnections(self._driver, both)
        return [values.connection(info) for info in found.take(len(found)).values]

    def connection(self, number: int) -> Connection:
        """One that stands. Raises ConnectionNotFound."""
        for found in self.connections():
            if found.id == number:
                return found
        raise ConnectionNotFound

    def nodes(self, peer: str | None = None) -> list[Node]:
        """The nodes that tell of themselves (presence), of one peer or of all."""
        found = nodes_api.PeerGraphEnumNodes(self._driver, peer)
        return [values.node(info) for info in found.take(len(found)).values]

    def node(self, number: int = 0) -> Node:
        """One node; 0 is the own one. Raises NodeNotFound."""
        return values.node(nodes_api.PeerGraphGetNodeInfo(self._driver, number))

    async def set_presence(self, present: bool) -> None:
        """Tell of this node whatever the graph's properties say, or leave it to them."""
        await self._publish(partial(nodes_api.PeerGraphSetPresence, self._driver, present))

    async def set_node_attributes(self, attributes: str | None) -> None:
        """Free text that this node's presence carries."""
        await self._publish(partial(nodes_api.PeerGraphSetNodeAttributes, self._driver, attributes))

    # To and from files ------------------------------------------------------------------------------------------------

    async def export_database(self, path: str | os.PathLike[str]) -> None:
        """Write a copy of the database. Raises WrappedWin32Error."""
        await hosts.current().in_thread(partial(api.PeerGraphExportDatabase, self._driver, os.fspath(path)))

    async def import_database(
        self, path: str | os.PathLike[str], progress: Callable[[int], object] | None = None
    ) -> None:
        """Take in an exported database, before listening or connecting; ``progress`` is called on another thread with
        the number of records that have been read. Raises GraphInUse, InvalidDatabase."""
        if not os.fspath(path):
            raise InvalidArgument
        await hosts.current().in_thread(partial(self._driver.import_file, os.fspath(path), progress))

    # Helpers ----------------------------------------------------------------------------------------------------------

    async def _publish(self, work: Callable[[], T]) -> T:
        """A short change of the database is made here and now; with a security provider that may take long or call
        back, on a thread."""
        host = hosts.current()
        if self._driver.guard is not None:
            return await host.in_thread(work)
        await host.checkpoint()
        return work()

    def _drafted(self, draft: Draft) -> EngineDraft:
        return values.draft(draft, moment().utc, self._driver.graph.clock.delta)

    def _enumerated(self, type: bytes | None, creator: str | None) -> Enumeration:
        return records_api.PeerGraphEnumRecords(self._driver, type, creator)

    def _made(self, value: RecordValue) -> Record:
        return values.record(value, self._driver.graph.clock.delta)


def handle_number(handle: Any) -> int:
    """An HGRAPH as a number: from one, from ctypes' c_void_p, from cffi's HGRAPH."""
    if isinstance(handle, int):
        return handle
    value = getattr(handle, "value", None)
    if isinstance(value, int):
        return value
    try:
        return int(library.load()[0].cast("uintptr_t", handle))
    except TypeError as error:
        raise TypeError(f"{handle!r} is not a handle") from error


def _converted(graph: Graph, event: MachineEvent) -> Any:
    return converted(event, graph)


def _id(record: UUID | Record) -> bytes:
    return (record.id if isinstance(record, Record) else record).bytes
