"""A graph that this process has open, for Python programs."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from peerapi.abi import library
from peerapi.abi.handles import GRAPHS
from peerapi.address import Address
from peerapi.api import graph as api
from peerapi.api import graph_nodes as nodes_api
from peerapi.api.graph_family import GRAPH
from peerapi.api.structs import ChangeableProperties
from peerapi.engine.graphs.driver import Driver
from peerapi.errors import GraphShuttingDown, InvalidGraph
from peerapi.python import arguments, hosts, node_addresses, values
from peerapi.python.events import TYPES, Event, NeighborChange, StatusChange
from peerapi.python.graph_base import GraphBase, _id
from peerapi.python.values import Connection, Node, Properties, Record, Scope, Status

KEEP: Any = type("Keep", (), {"__repr__": lambda self: "KEEP"})()
"The default of parameters that leave something as it is."
_handing_out = threading.Lock()


class Graph(GraphBase[Event]):
    """An open graph. Besides what GraphBase says: GraphShuttingDown once it is closed, GraphNotReady before the first
    synchronization."""

    KINDS = TYPES
    _driver: Driver

    def __repr__(self) -> str:
        state = "closed" if self.closed else self.status.name or "alone"
        return f"<Graph {self.graph_id!r} of {self.peer!r}, {state}>"

    @property
    def graph_id(self) -> str:
        return self._driver.graph.graph_id

    @property
    def peer(self) -> str:
        """The peer ID under which this process has opened it."""
        return self._driver.graph.peer_id

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
        named = {"friendly_name": friendly_name, "comment": comment}
        for name, value in named.items():
            if value is not KEEP:
                arguments.optional_text(name, value)
        seconds = None if presence_lifetime is KEEP else arguments.length("presence_lifetime", presence_lifetime)
        if max_presence is not KEEP and max_presence is not None:
            arguments.whole("max_presence", max_presence, 0, values.EVERY_NODE)
        found = api.PeerGraphGetProperties(self._driver)
        lifetime, most = found.presence_lifetime, found.max_presence
        changed = ChangeableProperties(
            friendly_name=found.friendly_name if friendly_name is KEEP else friendly_name,
            comment=found.comment if comment is KEEP else comment,
            presence_lifetime=lifetime if seconds is None else seconds,
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

    # Records ----------------------------------------------------------------------------------------------------------

    async def delete(self, record: UUID | Record, *, local: bool = False) -> None:
        """Delete a record everywhere, or (``local``) only the copy that is here. Raises RecordNotFound."""
        await self._publish(partial(self._driver.delete_record, _id(record), local=local))

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
        arguments.whole("port", port, 0, arguments.PORTS)
        arguments.whole("interface", interface, 0, arguments.U32)
        if scope is not None:
            arguments.a(Scope, "scope", "a peerapi.Scope", scope)
        reach = (self._driver.graph.info.scope if self._driver.graph.info else 1) if scope is None else scope
        await self._in_thread(partial(api.PeerGraphListen, self._driver, reach, interface, port))
        return self.addresses

    async def connect(
        self, place: str | Address | Iterable[Address], port: int | None = None, *, peer: str | None = None
    ) -> Connection:
        """Become the neighbor of a node: ``connect("::1", 4001)``, ``connect("192.0.2.1:4001")``, with an Address, or
        with several: those are called a second apart, as are those of a host name, and who answers first has it.

        Goes on to another node when that one has no room and names one. Raises ConnectionFailed,
        ConnectionRefused, ConnectionNotAuthenticated, AlreadyExists, ConnectSelf.
        """
        arguments.optional_text("peer", peer)
        if isinstance(place, str | Address) or not isinstance(place, Iterable):
            found = tuple(await node_addresses.find(place, port, hosts.current()))
        else:
            found = node_addresses.checked(place)
            if not found:
                raise arguments.InvalidValue("no address is given")
        with self.events(NeighborChange) as news:
            return await self._outcome(self._do(partial(api.connect_any, self._driver, peer, found)), news)

    def node(self, number: int = 0) -> Node:
        """One node; 0 is the own one. Raises NodeNotFound."""
        arguments.whole("number", number, 0, arguments.U64)
        return values.node(nodes_api.PeerGraphGetNodeInfo(self._driver, number))

    async def close_direct(self, connection: int) -> None:
        """End a direct connection, whoever has made it. Raises ConnectionNotFound, also for one to a neighbor."""
        arguments.whole("connection", connection, 0, arguments.U64)
        await self._publish(partial(self._driver.close_direct, connection))

    async def set_presence(self, present: bool) -> None:
        """Tell of this node whatever the graph's properties say, or leave it to them."""
        await self._publish(partial(nodes_api.PeerGraphSetPresence, self._driver, bool(present)))


def handle_number(handle: Any) -> int:
    """A handle as a number: from one, from ctypes' c_void_p, from cffi's HGRAPH or HGROUP."""
    if isinstance(handle, int):
        return handle
    value = getattr(handle, "value", None)
    if isinstance(value, int):
        return value
    try:
        return int(library.load()[0].cast("uintptr_t", handle))
    except TypeError as error:
        raise TypeError(f"{handle!r} is not a handle") from error
