"""Direct connections: data between two nodes of a graph, beside its records."""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from peerapi.address import Address
from peerapi.api.graph_nodes import open_direct
from peerapi.errors import ConnectionNotFound, GraphShuttingDown, PeerError
from peerapi.python import hosts, node_addresses
from peerapi.python.events import DirectChange, Message
from peerapi.python.streams import Stream
from peerapi.python.values import Connection, ConnectionState

if TYPE_CHECKING:
    from peerapi.engine.sharing.shared_driver import OpenGraph


class GraphInterface(Protocol):
    """What a direct connection needs of the graph or group in which it is made."""

    def events(self, message: type[Message], change: type[DirectChange], /) -> Stream[Message | DirectChange]: ...

    def connection(self, number: int) -> Connection: ...

    async def send(self, connection: int | Connection, type: UUID, data: bytes | str) -> None: ...


class DirectConnection:
    """A connection that stands. Iterating gives what the other node sends, until one of the two closes it."""

    def __init__(
        self, graph: GraphInterface, driver: OpenGraph, connection: Connection, news: Stream[Message | DirectChange]
    ) -> None:
        self.connection = connection
        self._graph = graph
        self._driver = driver
        self._news = news

    def __repr__(self) -> str:
        return f"<DirectConnection {self.connection.id} with {self.connection.peer!r}>"

    async def send(self, type: UUID, data: bytes | str) -> None:
        """Raises ConnectionNotFound when it has ended."""
        await self._graph.send(self.connection, type, data)

    def __aiter__(self) -> DirectConnection:
        return self

    async def __anext__(self) -> Message:
        async for event in self._news:
            if event.connection == self.connection.id:
                if isinstance(event, Message):
                    return event
                if event.state is not ConnectionState.CONNECTED:
                    self._news.close()
        raise StopAsyncIteration

    async def aclose(self) -> None:
        """End it. Closing twice does nothing."""
        self._news.close()
        with contextlib.suppress(ConnectionNotFound, GraphShuttingDown):
            self._driver.close_direct(self.connection.id)


class Direct:
    """What ``Graph.direct`` gives: ``async with`` it, or ``await`` it and close the connection yourself."""

    def __init__(
        self, graph: GraphInterface, driver: OpenGraph, peer: str, place: str | Address, port: int | None
    ) -> None:
        self._graph = graph
        self._driver = driver
        self._wanted = (peer, place, port)
        self._made: DirectConnection | None = None

    def __await__(self) -> Generator[object, object, DirectConnection]:
        return self._open().__await__()

    async def __aenter__(self) -> DirectConnection:
        self._made = await self._open()
        return self._made

    async def __aexit__(self, *_: object) -> None:
        if self._made is not None:
            await self._made.aclose()

    async def _open(self) -> DirectConnection:
        """Raises ConnectionFailed, ConnectionRefused, ConnectionNotAuthenticated, ConnectSelf."""
        peer, place, port = self._wanted
        failure = PeerError()
        for address in await node_addresses.find(place, port, hosts.current()):
            news = self._graph.events(Message, DirectChange)
            try:
                number = open_direct(self._driver, peer, address)
                async for event in news:
                    if not isinstance(event, DirectChange) or event.connection != number:
                        continue
                    if event.state is ConnectionState.CONNECTED:
                        return DirectConnection(self._graph, self._driver, self._graph.connection(number), news)
                    failure = event.error or PeerError("The connection has ended.")
                    break
                else:
                    raise GraphShuttingDown
            except BaseException:
                news.close()
                raise
            news.close()
        raise failure
