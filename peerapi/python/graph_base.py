"""What graphs and groups have in common for Python programs: a node's copy of the shared records, and what happens to
it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Self, TypeVar, overload
from uuid import UUID

from peerapi.abi.handles import Enumeration
from peerapi.address import Address
from peerapi.api.graph_records import (
    CONNECTION_DIRECT,
    CONNECTION_NEIGHBOR,
    RecordEnumeration,
    enumerate_connections,
    record_value,
)
from peerapi.api.structs import RecordValue
from peerapi.engine.graphs.node_searches import NodeSearch
from peerapi.engine.graphs.registrations import AnyEvent
from peerapi.engine.runtime import moment
from peerapi.errors import ConnectionNotFound, GraphShuttingDown, PeerError, RecordNotFound
from peerapi.graphing.draft import Draft as EngineDraft
from peerapi.graphing.events import EventType
from peerapi.graphing.machine.new_records import FLAG_AUTOREFRESH
from peerapi.graphing.search_events import LONGEST, MOST_BYTES, MOST_RECORDS, SearchLimits
from peerapi.python import arguments, hosts, values
from peerapi.python.attributes import Attributes, to_xml
from peerapi.python.direct import Direct
from peerapi.python.events import Change, ConnectionChange, Message, converted, failure
from peerapi.python.node_answers import NodeAnswers
from peerapi.python.query import Condition
from peerapi.python.records import Records
from peerapi.python.streams import LIMIT, Stream
from peerapi.python.values import Connection, ConnectionState, Draft, Node, Record, Status
from peerapi.signals import deferred

if TYPE_CHECKING:
    from peerapi.engine.sharing.shared_driver import OpenGraph

MOST_EVENTS = 1 << 31
"Events that may wait for their reader, at most."
T = TypeVar("T")
E = TypeVar("E")
F = TypeVar("F")
G = TypeVar("G")
V = TypeVar("V")


class GraphBase(Generic[V]):
    """An open graph or group; ``V`` is the union of its events.

    Methods that touch the network or much of the database wait without holding up the program's event loop; the rest
    is answered at once. Every method raises PeerError with the HRESULT that the C function behind it returns.
    """

    KINDS: ClassVar[Mapping[type, int]]
    "Class of events -> its number."
    CODES: ClassVar[Mapping[type[PeerError], int]] = {}
    "Failures of the graph -> the HRESULT that this family of functions says instead."

    def __init__(self, driver: OpenGraph, close: Callable[[], object] | None = None) -> None:
        self._driver = driver
        self._close = close
        self._left = False
        "This object was closed; others may share the graph."

    # What it is -------------------------------------------------------------------------------------------------------

    @property
    def closed(self) -> bool:
        return self._driver.closed or self._left

    @property
    def status(self) -> Status:
        """Which of LISTENING, HAS_CONNECTIONS, SYNCHRONIZED it is."""
        return self._driver.graph.status

    @property
    def synchronized(self) -> bool:
        """Whether the records of the others have come, once or now: records can be read and written."""
        return self._driver.graph.synchronized

    @property
    def addresses(self) -> tuple[Address, ...]:
        """Where it listens."""
        return self._driver.graph.addresses

    def peer_time(self) -> int:
        """The time by which the graph dates its records, now: 100 ns since 1601, UTC as the nodes agree on it
        (MS-PPGRH 3.1.5.2.2)."""
        return self._driver.graph.clock.peer_time(moment().utc)

    # Closing ----------------------------------------------------------------------------------------------------------

    async def aclose(self) -> None:
        """Leave; streams end, the handle is no longer valid. Closing twice does nothing."""
        if self._close is None:
            await hosts.current().checkpoint()
        else:
            await hosts.current().to_the_end(self.close_now)

    @deferred
    def close_now(self) -> None:
        """``aclose`` on the calling thread, which it may hold up."""
        close, self._close = self._close, None
        if close is not None:
            self._left = True
            close()

    async def __aenter__(self) -> Self:
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
        local: bool = False,
    ) -> UUID:
        """Publish a record; its ID. It is on disk when this returns, and on its way to the other nodes; not so one that
        is ``local``, which stays in this database and is told to those who search all nodes (``search_nodes``).

        ``expires`` is a moment (UTC unless it says otherwise) or a length of time from now, 30 days by itself. Raises
        InvalidArgument, InvalidAttributes, RecordTooBig.
        """
        wanted = self._drafted(Draft(type, data, attributes, expires, autorefresh, local))
        return UUID(bytes=await self._publish(partial(self._add, wanted)))

    async def add_many(self, drafts: Iterable[Draft]) -> list[UUID]:
        """Publish many records in one transaction, all or none; much faster than one by one."""
        if not isinstance(drafts, Iterable) or isinstance(drafts, (str, bytes)):
            raise TypeError(f"drafts is an iterable of peerapi.Draft, not {type(drafts).__name__}")
        wanted = [self._drafted(arguments.a(Draft, "a draft", "a peerapi.Draft", draft)) for draft in drafts]
        return [UUID(bytes=found) for found in await self._in_thread(partial(self._add_many, wanted))]

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
        delta = self._driver.graph.clock.delta
        wanted = EngineDraft(
            id=_id(record),
            flags=FLAG_AUTOREFRESH if autorefresh else 0,
            attributes=to_xml(attributes),
            expiration=0 if expires is None else values.expiration(expires, moment().utc, delta),
            data=None if data is None else arguments.data("data", data),
        )
        await self._publish(partial(self._update, wanted))

    async def delete(self, record: UUID | Record) -> None:
        """Delete a record everywhere. Raises RecordNotFound."""
        await self._publish(partial(self._driver.delete_record, _id(record), local=False))

    async def get(self, record_id: UUID | Record) -> Record:
        """One record. Raises RecordNotFound."""
        wanted = _id(record_id)
        return self._made(record_value(await self._publish(partial(self._driver.record, wanted))))

    async def find(self, record_id: UUID | Record) -> Record | None:
        """One record, None when it is not (or no longer) there."""
        try:
            return await self.get(record_id)
        except RecordNotFound:
            return None

    def records(self, type: UUID | None = None, *, creator: str | None = None) -> Records:
        """The application's records, of one type or of all, of one peer or of all; what changed last comes last:
        ``async for record in graph.records()``, or ``await graph.records()`` for a list."""
        return Records(self._driver, partial(self._enumerated, *_chosen(type, creator)), self._made)

    def search(self, query: Condition | str) -> Records:
        """The records that match a search: ``where("Owner", "==", "Ann")``, or the XML of PeerGraphSearchRecords.
        Raises InvalidSearch."""
        if not isinstance(query, (Condition, str)):
            raise TypeError(f"query is what peerapi.where gives, or XML, not {type(query).__name__}")
        xml = query.xml if isinstance(query, Condition) else arguments.text("query", query)

        def ask() -> Enumeration:
            return RecordEnumeration(self._driver, self._driver.search(xml))

        return Records(self._driver, partial(self._do, ask), self._made)

    def search_nodes(
        self,
        query: Condition | str,
        *,
        limit: int = 100,
        max_bytes: int = 256 << 10,
        timeout: float = 5.0,
        local_only: bool = False,
    ) -> NodeAnswers:
        """Ask every node, this one included: ``async for answer in graph.search_nodes(where("Owner", "==", "Ann"))``.

        Each answers from its own database, records that are only local included. ``limit`` (1 to 1000) and
        ``max_bytes`` (up to 524288) are of one node, ``timeout`` is in seconds, up to 60. ``local_only`` leaves out
        what all nodes have. Raises InvalidSearch, InvalidArgument, GraphNotReady when it is iterated.
        """
        if not isinstance(query, (Condition, str)):
            raise TypeError(f"query is what peerapi.where gives, or XML, not {type(query).__name__}")
        xml = query.xml if isinstance(query, Condition) else arguments.text("query", query)
        arguments.whole("limit", limit, 1, MOST_RECORDS)
        arguments.whole("max_bytes", max_bytes, 1, MOST_BYTES)
        limits = SearchLimits(limit, max_bytes, arguments.seconds("timeout", timeout, LONGEST), local_only)

        def begin(changed: Callable[[], object]) -> NodeSearch:
            return self._do(lambda: self._driver.search_nodes(xml, limits, changed))

        return NodeAnswers(begin, self._made)

    async def count(self, type: UUID | None = None, *, creator: str | None = None) -> int:
        """How many ``records`` there are."""
        return len(await self._in_thread(partial(self._enumerated, *_chosen(type, creator))))

    # What happens -----------------------------------------------------------------------------------------------------

    def changes(self, type: UUID | Iterable[UUID] | None = None, *, limit: int = LIMIT) -> Stream[Change]:
        """What happens to records from now on, of one type, of some, or of all: ``async for change in
        graph.changes()``. See Stream: it is bounded, and ends with the graph."""
        named = None if type is None else (type,) if isinstance(type, UUID) else arguments.uuids("type", type)
        types = None if named is None else frozenset(one.bytes for one in named)
        return self._stream({EventType.RECORD_CHANGED: types}, limit)

    def messages(self, type: UUID | None = None, *, limit: int = LIMIT) -> Stream[Message]:
        """Data that other nodes send from now on. As long as the stream is open they may also make direct
        connections."""

        if type is not None:
            arguments.uuid("type", type)
        arguments.whole("limit", limit, 1, MOST_EVENTS)

        def chosen(event: AnyEvent) -> Message | None:
            found = converted(event, self)
            return found if isinstance(found, Message) and type in (None, found.type) else None

        wanted = {EventType.INCOMING_DATA: None, EventType.DIRECT_CONNECTION: None}
        return self._do(lambda: Stream(self._driver, wanted, chosen, limit))

    @overload
    def events(self, *, limit: int = LIMIT) -> Stream[V]: ...
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
        for kind in kinds:
            if not isinstance(kind, type):
                raise TypeError(f"events takes classes of events, as in peerapi.Change, not {kind!r}")
        chosen = kinds or tuple(self.KINDS)
        wanted: dict[int, frozenset[bytes] | None] = {
            number: None for kind, number in self.KINDS.items() if issubclass(kind, chosen)
        }
        if not wanted:
            raise TypeError(f"no class of events among {kinds}")
        return self._stream(wanted, limit)

    def _stream(self, wanted: Mapping[Any, frozenset[bytes] | None], limit: int) -> Stream[Any]:
        arguments.whole("limit", limit, 1, MOST_EVENTS)

        def converting(event: AnyEvent) -> Any:
            return converted(event, self)

        return self._do(lambda: Stream(self._driver, wanted, converting, limit))

    # Other nodes ------------------------------------------------------------------------------------------------------

    def direct(self, peer: str, place: str | Address, port: int | None = None) -> Direct:
        """A direct connection to a node, for data: ``async with graph.direct("ben", "::1", 4002) as direct:``."""
        return Direct(self, self._driver, arguments.text("peer", peer), place, port)

    async def send(self, connection: int | Connection, type: UUID, data: bytes | str) -> None:
        """Data to the other end of a connection. Raises ConnectionNotFound."""
        kind, body = arguments.uuid("type", type).bytes, arguments.data("data", data)
        if isinstance(connection, Connection):
            number = connection.id
        else:
            number = arguments.whole("connection", connection, 0, arguments.U64)
        await self._publish(partial(self._driver.send_data, number, kind, body))

    def unsent(self, connection: int) -> int:
        """Bytes that wait to be sent over a connection, because the other node or the network takes no more just now:
        who sends much waits until these are few. Raises ConnectionNotFound."""
        return self._do(partial(self._driver.unsent, arguments.whole("connection", connection, 0, arguments.U64)))

    def connections(self) -> list[Connection]:
        """The connections that stand: to neighbors, and direct ones."""
        found = self._do(lambda: enumerate_connections(self._driver, CONNECTION_NEIGHBOR | CONNECTION_DIRECT))
        paths = self._do(self._driver.paths)
        return [values.connection(info, paths) for info in found.take(len(found)).values]

    def connection(self, number: int) -> Connection:
        """A connection that stands. Raises ConnectionNotFound."""
        arguments.whole("number", number, 0, arguments.U64)
        for found in self.connections():
            if found.id == number:
                return found
        raise ConnectionNotFound

    async def _outcome(self, wanted: int, news: Stream[Any]) -> Connection:
        """How a connection ends that was begun."""
        async for change in news:
            if not isinstance(change, ConnectionChange) or change.connection != wanted:
                continue
            if change.state is ConnectionState.CONNECTED:
                return self.connection(wanted)
            if not change.next_connection:
                error, sentence = change.error or PeerError("The connection has ended."), self._driver.why(wanted)
                raise type(error)(f"{sentence[:1].upper()}{sentence[1:]}.") if sentence else error
            wanted = change.next_connection
        raise GraphShuttingDown

    def nodes(self, peer: str | None = None) -> list[Node]:
        """The nodes that tell of themselves (presence), of one peer or of all. A node does that while it listens."""
        arguments.optional_text("peer", peer)
        found = self._do(self._driver.nodes)
        return [values.node(entry) for entry in found if peer in (None, entry.peer_id)]

    async def set_node_attributes(self, attributes: str | None) -> None:
        """Free text that this node's presence carries."""
        wanted = arguments.optional_text("attributes", attributes) or None
        await self._publish(partial(self._driver.set_attributes, wanted))

    # To and from files ------------------------------------------------------------------------------------------------

    async def export_database(self, path: str | os.PathLike[str]) -> None:
        """Write a copy of the database. Raises WrappedWin32Error."""
        await self._in_thread(partial(self._driver.export, arguments.path("path", path)))

    async def import_database(
        self, path: str | os.PathLike[str], progress: Callable[[int], object] | None = None
    ) -> None:
        """Take in an exported database, before listening or connecting; ``progress`` is called on another thread with
        the number of records that have been read. Raises GraphInUse, InvalidDatabase."""
        if progress is not None and not callable(progress):
            raise TypeError(f"progress is a function of the number of records, not {progress!r}")
        await self._in_thread(partial(self._driver.import_file, arguments.path("path", path), progress))

    # Helpers ----------------------------------------------------------------------------------------------------------

    @deferred
    def _do(self, work: Callable[[], T]) -> T:
        """Have it done here and now; failures are those of this family of functions."""
        try:
            return work()
        except PeerError as error:
            code = self.CODES.get(type(error))
            other = None if code is None else failure(code)
            if other is None:
                raise
            raise other from error

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await hosts.current().in_thread(partial(self._do, work))

    async def _publish(self, work: Callable[[], T]) -> T:
        """A short change of the database is made here and now; where an application's own functions are asked, which
        may take long or call back, on a thread."""
        if self._driver.waits:
            return await self._in_thread(work)
        await hosts.current().checkpoint()
        return self._do(work)

    def _add(self, draft: EngineDraft) -> bytes:
        return self._driver.add_record(draft)

    def _add_many(self, drafts: list[EngineDraft]) -> list[bytes]:
        return self._driver.add_records(drafts)

    def _update(self, draft: EngineDraft) -> None:
        self._driver.update_record(draft)

    def _drafted(self, draft: Draft) -> EngineDraft:
        return values.draft(draft, moment().utc, self._driver.graph.clock.delta)

    def _enumerated(self, type: UUID | None, creator: str | None) -> Enumeration:
        kind = type.bytes if type else None
        return self._do(lambda: RecordEnumeration(self._driver, self._driver.record_ids(kind, creator)))

    def _made(self, value: RecordValue) -> Record:
        return values.record(value, self._driver.graph.clock.delta)


def _id(record: UUID | Record) -> bytes:
    """Raises TypeError."""
    return (record.id if isinstance(record, Record) else arguments.uuid("record", record)).bytes


def _chosen(type: UUID | None, creator: str | None) -> tuple[UUID | None, str | None]:
    """Which records are meant. Raises TypeError, ValueError."""
    return None if type is None else arguments.uuid("type", type), arguments.optional_text("creator", creator)
