"""The records that a question has found: a list to those who await it, one after the other to those who iterate."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING

from peerapi.abi.handles import Enumeration
from peerapi.api.structs import RecordValue
from peerapi.errors import GraphShuttingDown
from peerapi.python import hosts
from peerapi.python.values import Record

if TYPE_CHECKING:
    from peerapi.engine.sharing.shared_driver import OpenGraph

PAGE = 64
"Records read at a time while the host's loop waits; a millisecond or so."
Ask = Callable[[], Enumeration]
Made = Callable[[RecordValue], Record]


class Records:
    """A snapshot of records, taken when it is first awaited or iterated.

    ``await graph.records()`` is a list; ``async for record in graph.records()`` reads them as it goes, and leaves out
    what was deleted meanwhile. Raises GraphNotReady before the first synchronization, GraphShuttingDown when the graph
    is closed before the end.
    """

    def __init__(self, driver: OpenGraph, ask: Ask, made: Made) -> None:
        self._source = (driver, ask, made)

    def __await__(self) -> Generator[object, object, list[Record]]:
        return self._all().__await__()

    async def _all(self) -> list[Record]:
        driver, ask, made = self._source

        def read() -> list[Record]:
            enumeration = ask()
            return [made(value) for value in taken(driver, enumeration, len(enumeration))]

        return await hosts.current().in_thread(read)

    def __aiter__(self) -> RecordIterator:
        return RecordIterator(*self._source)


class RecordIterator:
    """One walk over a snapshot."""

    def __init__(self, driver: OpenGraph, ask: Ask, made: Made) -> None:
        self._driver = driver
        self._ask = ask
        self._made = made
        self._enumeration: Enumeration | None = None
        self._page: list[RecordValue] = []

    def __aiter__(self) -> RecordIterator:
        return self

    async def __anext__(self) -> Record:
        if not self._page:
            host = hosts.current()
            if self._enumeration is None:
                self._enumeration = await host.in_thread(self._ask)
            await host.checkpoint()
            self._page = taken(self._driver, self._enumeration, PAGE)[::-1]
            if not self._page:
                raise StopAsyncIteration
        return self._made(self._page.pop())


def taken(driver: OpenGraph, enumeration: Enumeration, count: int) -> list[RecordValue]:
    """The next records. An enumeration of a closed graph just ends, as C programs want it."""
    values = list(enumeration.take(count).values)
    if driver.closed:
        raise GraphShuttingDown
    return values
