"""Distributed Routing Tables (drt.h) from Python: a node, its keys, its searches, its events."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections import deque
from collections.abc import Iterable
from functools import partial
from typing import Any, Self, TypeVar, overload

from peerapi.address import Address
from peerapi.api.graph_family import ENGINE
from peerapi.drt.border import Query, SecurityMode, Settings, TransportScope
from peerapi.drt.null import NullProvider
from peerapi.engine.drt import searches
from peerapi.engine.drt.instance import Instance
from peerapi.engine.drt.transport import LOWEST_PORT, LoopbackTransport, Transport
from peerapi.errors import Faulted, InvalidHandle, NotFound, Unexpected
from peerapi.python import arguments, hosts, table_values
from peerapi.python.arguments import InvalidValue
from peerapi.python.feed import Feed
from peerapi.python.opening import Opening
from peerapi.python.streams import LIMIT, Stream
from peerapi.python.table_searches import Search, Steps
from peerapi.python.table_values import (
    TYPES,
    AnyTableEvent,
    DerivedKeys,
    Found,
    PeerName,
    Places,
    TableStatus,
    TableStatusChange,
    closed,
)
from peerapi.python.values import Scope

T = TypeVar("T")
TIMEOUT = 20.0
"Seconds that a search lasts at most, when nothing else is said."
MOST_ADDRESSES = 20
MOST_PREFIX = 128
_SCOPES = {Scope.GLOBAL: TransportScope.GLOBAL, Scope.SITE: TransportScope.SITE_LOCAL}


def open_table(
    *,
    bootstrap: str | Address | PeerName | Iterable[str | Address] = (),
    scope: Scope = Scope.GLOBAL,
    interface: int | str | None = None,
    port: int = 0,
    security: DerivedKeys | None = None,
    mode: SecurityMode = SecurityMode.RESOLVE,
    version: tuple[int, int] = (1, 0),
    max_addresses: int = 4,
    prefix: str = "",
) -> Opening[Table]:
    """Be a node of a table: ``async with open_table(bootstrap="[::1]:4001") as table:``.

    ``bootstrap``: who is asked first, by addresses, names of hosts with ports, or a PeerName; nobody for the first node
    of all. ``port`` 0 takes any. ``security`` None protects nothing: whoever registers a key has it. ``mode`` and
    ``version`` (that of the application) are the same for all nodes of a table. ``max_addresses``: how many of the own
    ones go with a key. ``interface`` belongs to Scope.LINK. What leaves this machine is in docs/drt.md.

    Raises TypeError, ValueError, InvalidCertificateChain, CapabilityMismatch; for a port that is taken
    WrappedWin32Error.
    """
    arguments.a(Scope, "scope", "a peerapi.Scope", scope)
    arguments.whole("port", port, 0, arguments.PORTS)
    if 0 < port < LOWEST_PORT:
        raise InvalidValue(f"port is 0 or from {LOWEST_PORT} on, not {port}")
    if security is not None:
        arguments.a(DerivedKeys, "security", "a peerapi.DerivedKeys or None", security)
    arguments.a(SecurityMode, "mode", "a peerapi.SecurityMode", mode)
    if not isinstance(version, tuple) or len(version) != 2:
        raise TypeError(f"version is a pair of ints, as in (1, 0), not {version!r:.60}")
    major, minor = (arguments.whole("a part of version", one, 0, 255) for one in version)
    if len(arguments.text("prefix", prefix)) > MOST_PREFIX:
        raise InvalidValue(f"prefix has at most {MOST_PREFIX} characters, not {len(prefix)}")
    most = arguments.whole("max_addresses", max_addresses, 1, MOST_ADDRESSES)
    settings = Settings((major, minor), mode, most, prefix)
    place = partial(_transport, scope, _interface(scope, interface), port)
    first = table_values.first_nodes(bootstrap)
    return Opening(lambda: Table(settings, place(), security, first), Table.close_now)


def _transport(scope: Scope, index: int, port: int) -> Transport:
    if scope is Scope.LOOPBACK:
        return LoopbackTransport(port)
    return Transport(_SCOPES.get(scope, TransportScope.LINK_LOCAL), index, 0, port)


def _interface(scope: Scope, interface: Any) -> int:
    if (interface is None) is (scope is Scope.LINK):
        raise InvalidValue("interface belongs to Scope.LINK, and that needs it")
    if interface is None:
        return 0
    if not isinstance(interface, str):
        return arguments.whole("interface", interface, 1, arguments.U32)
    try:
        return socket.if_nametoindex(arguments.text("interface", interface))
    except OSError as error:
        raise InvalidValue(f"interface is that of a link: there is no {interface!r}") from error


class Table:
    """An open node of a table. Every call raises InvalidHandle when it is closed, and Faulted when it is."""

    def __init__(
        self, settings: Settings, transport: Transport, security: DerivedKeys | None, first: PeerName | Places
    ) -> None:
        """Takes over the transport. Blocks."""
        self._transport = transport
        self._key = None if security is None else security.key
        self._expects_others = first.expects_others
        self._feed = Feed(closed)
        self._closing = threading.Lock()
        self._is_closed = False
        self._telling = threading.RLock()
        self._is_telling = False
        self._abandoned: deque[searches.Search] = deque()
        "Searches that nobody holds any longer; a garbage collector puts them here."
        self._opened: Instance | None = None
        try:
            if security is None:
                provider: Any = NullProvider()
            else:
                provider = security.provider()
                provider.check_mode(settings.mode)
            self._instance = Instance.open(settings, transport, provider, first.provider(), self._tell, ENGINE)
        except BaseException:
            transport.close()
            raise
        self._opened = self._instance
        self._tell()

    def __repr__(self) -> str:
        status = self.status
        standing = "closed" if self.closed else "looking for others" if status is None else status.name
        return f"<Table at port {self.port}, {standing}>"

    # ---- closing ----

    @property
    def closed(self) -> bool:
        return self._is_closed

    async def aclose(self) -> None:
        """Withdraw all keys and leave; searches and streams end. Closing twice does nothing."""
        await hosts.current().to_the_end(self.close_now)

    def close_now(self) -> None:
        """``aclose`` on the calling thread, which it may hold up."""
        with self._closing:
            if self._is_closed:
                return
            self._is_closed = True
            self._instance.close()
            self._transport.close()
            self._feed.end()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def _alive(self) -> Instance:
        """Raises InvalidHandle, Faulted."""
        if self._is_closed:
            raise closed()
        if self.status is TableStatus.FAULTED:
            raise Faulted
        return self._instance

    # ---- this node ----

    @property
    def name(self) -> str:
        """Its prefix, the process, a number."""
        return self._instance.name

    @property
    def port(self) -> int:
        """The UDP port at which it listens."""
        return self._transport.port

    @property
    def addresses(self) -> tuple[Address, ...]:
        """Where others find it, for their ``bootstrap``."""
        return self._instance.node.endpoints

    @property
    def status(self) -> TableStatus | None:
        """None: whether somebody is there is not known yet."""
        status = self._instance.status
        return None if status is None else table_values.status_of(status)

    @property
    def key(self) -> bytes | None:
        """The key that this node's certificate may register; None without one."""
        return self._key

    async def wait_active(self) -> None:
        """Until others are there, as long as that takes."""
        with self.events(TableStatusChange) as news:
            await hosts.current().checkpoint()
            while self._alive().status is None or self.status is not TableStatus.ACTIVE:
                if await anext(news, None) is None:
                    raise closed()

    # ---- keys ----

    def register(self, key: bytes, data: bytes | str) -> Opening[RegisteredKey]:
        """Have a key with 1 to 5,120 bytes of data: ``async with table.register(key, data):``, or ``await`` it.

        Others find it as soon as the node is ACTIVE, until the block, or the table, ends. Raises TypeError, ValueError,
        DuplicateKey (this node has it), InvalidKey (it is not that of the certificate), CapabilityMismatch.
        """
        wanted, payload = table_values.key("key", key), table_values.payload(data, 1)

        def work() -> RegisteredKey:
            instance = self._alive()
            return RegisteredKey(self, instance, wanted, payload, instance.register(wanted, payload, None))

        return Opening(work, RegisteredKey.close_now)

    # ---- searches ----

    async def find(self, key: bytes, *, own: bool = False, timeout: float = TIMEOUT) -> Found | None:
        """A key with its data, None when nobody has it. ``own``: one of this node counts; ``timeout``: seconds.

        Raises TypeError, ValueError, SearchTimedOut, and NobodyReached: none of the nodes of ``bootstrap`` answers.
        """
        arguments.a(bool, "own", "a bool", own)
        query = Query(table_values.key("key", key), own=own, timeout=table_values.seconds(timeout))
        found = await Search(self, query)
        return found[0] if found else None

    def search(
        self,
        key: bytes,
        *,
        nearest: int = 1,
        between: tuple[bytes, bytes] | None = None,
        any_match: bool = False,
        own: bool = False,
        timeout: float = TIMEOUT,
    ) -> Search:
        """The keys that are nearest to one, the nearest first: ``async for found in table.search(key, nearest=5):``.

        ``between``: only those of a range, which ``key`` lies in, both ends included; with ``any_match`` whichever is
        found there first. ``own``: keys of this node count; ``timeout``: seconds. Raises TypeError, ValueError.
        """
        most = arguments.whole("nearest", nearest, 1, arguments.U32)
        return Search(self, self._query(key, between, any_match, own, timeout, most))

    def steps(
        self,
        key: bytes,
        *,
        between: tuple[bytes, bytes] | None = None,
        any_match: bool = False,
        own: bool = False,
        timeout: float = TIMEOUT,
    ) -> Steps:
        """``search`` for one key, step by step: ``async for step in table.steps(key):`` gives a ``Step`` before each
        question but the first, and a ``Found`` at the end, if there is one."""
        return Steps(self, self._query(key, between, any_match, own, timeout, 1)._replace(iterative=True))

    def _query(
        self,
        key: bytes,
        between: tuple[bytes, bytes] | None,
        any_match: bool,
        own: bool,
        timeout: float,
        most: int,
    ) -> Query:
        wanted = table_values.key("key", key)
        arguments.a(bool, "any_match", "a bool", any_match)
        arguments.a(bool, "own", "a bool", own)
        low, high = (None, None) if between is None else table_values.ends(between)
        if low is not None and high is not None:
            numbers = [table_values.number(one) for one in (low, wanted, high)]
            if numbers != sorted(numbers):
                raise InvalidValue("key lies between the two keys of between, the lowest first")
        if any_match and (between is None or most > 1):
            raise InvalidValue("any_match is for one key (nearest=1) of a range (between)")
        exact = low == high == wanted
        return Query(wanted, exact, low, high, most, any_match, False, own, table_values.seconds(timeout))

    @property
    def _is_cut_off(self) -> bool:
        """``bootstrap`` names other nodes, and none of them, nor anybody else, is reached."""
        return self._expects_others and self.status is not TableStatus.ACTIVE

    # ---- events ----

    @overload
    def events(self, *, limit: int = LIMIT) -> Stream[AnyTableEvent]: ...

    @overload
    def events(self, *kinds: type[T], limit: int = LIMIT) -> Stream[T]: ...

    def events(self, *kinds: type[Any], limit: int = LIMIT) -> Stream[Any]:
        """What happens from now on: ``TableStatusChange``, ``LeafSetChange`` and ``RegistrationLost``, all without an
        argument. The stream ends with the table."""
        wanted = kinds or tuple(TYPES)
        for kind in wanted:
            if not isinstance(kind, type) or kind not in TYPES:
                raise TypeError(f"events takes classes of events, such as peerapi.LeafSetChange, not {kind!r}")
        arguments.whole("limit", limit, 1, arguments.U32)
        return Stream(self._feed, dict.fromkeys(TYPES[kind] for kind in wanted), table_values.converted, limit)

    def _tell(self) -> None:
        """Called by any thread when the node has an event: give all of them to the streams, in their order."""
        instance = self._opened
        if instance is None:
            return
        with self._telling:
            if self._is_telling:  # taking an event says that another is left
                return
            self._is_telling = True
            try:
                while (event := instance.take_event()) is not None:
                    self._feed.give(table_values.Told(event))
            finally:
                self._is_telling = False


class RegisteredKey:
    """A key that this node has, until it is closed."""

    def __init__(self, table: Table, instance: Instance, key: bytes, data: bytes, number: int) -> None:
        self.key = key
        self.data = data
        self._table = table
        self._instance = instance
        self._number = number
        self._is_closed = False

    def __repr__(self) -> str:
        return f"<RegisteredKey {self.key.hex()}{', closed' if self.closed else ''}>"

    @property
    def closed(self) -> bool:
        return self._is_closed or self._table.closed

    async def update(self, data: bytes | str) -> None:
        """Other data, at most 5,120 bytes, from the next question on. Raises TypeError, ValueError, InvalidHandle."""
        wanted = table_values.payload(data, 0)
        await hosts.current().checkpoint()
        if self._is_closed:
            raise InvalidHandle("The key has been withdrawn.")
        self._table._alive().update(self._number, wanted)
        self.data = wanted

    async def aclose(self) -> None:
        """Withdraw it. Closing twice does nothing."""
        await hosts.current().to_the_end(self.close_now)

    def close_now(self) -> None:
        """``aclose`` on the calling thread."""
        if not self.closed:
            self._is_closed = True
            with contextlib.suppress(NotFound, Unexpected):  # the table was closed meanwhile
                self._instance.unregister(self._number)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()
