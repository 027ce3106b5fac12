"""Searches in a table (drt.h) from Python: all at once, or one question after the other."""

from __future__ import annotations

import contextlib
import weakref
from collections import deque
from collections.abc import Generator
from typing import Any, Protocol, Self

from peerapi.drt.border import End, Match, Query, Result
from peerapi.engine.drt import searches
from peerapi.engine.drt.instance import Instance
from peerapi.errors import Faulted, NobodyReached, SearchTimedOut, Unexpected
from peerapi.python import hosts, table_values
from peerapi.python.table_values import AskedNode, Found, Step


class Searched(Protocol):
    """What a search needs of its table."""

    _abandoned: deque[searches.Search]

    @property
    def closed(self) -> bool: ...

    @property
    def _is_cut_off(self) -> bool: ...

    def _alive(self) -> Instance: ...


class _News:
    """What the engine knows of a search: it does not hold the search itself, which ends when nobody does."""

    parking: hosts.Parking | None = None

    def tell(self) -> None:
        parking, self.parking = self.parking, None
        if parking is not None:
            parking.wake()


class Reading:
    """What is common to searches. It begins when it is first read; one task reads it."""

    def __init__(self, table: Searched, query: Query) -> None:
        self._table = table
        self._query = query
        self._news = _News()
        self._search: searches.Search | None = None
        self._finalizer: Any = None
        self._is_over = False
        self._has_found = False
        self._path: tuple[AskedNode, ...] = ()

    def close(self) -> None:
        """End it: nothing more comes. Closing twice does nothing."""
        self._is_over = True
        if self._search is not None and self._finalizer.detach():
            self._path = table_values.asked(self._search.path())
            self._search.end()
            self._news.tell()

    async def aclose(self) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()

    @property
    def path(self) -> tuple[AskedNode, ...]:
        """The nodes that were asked so far, in their order; it stays when the search has ended."""
        if self._is_over or self._search is None:
            return self._path
        return table_values.asked(self._search.path())

    async def _next(self) -> Result:
        """Raises SearchTimedOut, Faulted, NobodyReached, InvalidHandle; StopAsyncIteration at the end."""
        host = hosts.current()
        await host.checkpoint()
        news = self._news
        if news.parking is not None:
            raise RuntimeError("another task reads this search already")
        while not self._is_over:
            search = self._search or self._begin()
            found = search.take()
            if isinstance(found, Result):
                self._has_found = self._has_found or found.match is not Match.INTERMEDIATE
                return found
            if found is not End.IN_PROGRESS:
                self.close()
                self._fail(found)
                break
            parking = host.parking()
            try:
                news.parking = parking
                # Whatever came before the line above has told nobody.
                if search.peek() is End.IN_PROGRESS and not self._is_over:
                    await parking.wait()
            finally:
                news.parking = None
        raise StopAsyncIteration

    def _begin(self) -> searches.Search:
        abandoned = self._table._abandoned
        while abandoned:
            abandoned.popleft().end()
        self._search = self._table._alive().search(self._query, self._news.tell)
        self._finalizer = weakref.finalize(self, abandoned.append, self._search)
        self._finalizer.atexit = False
        return self._search

    def _fail(self, end: End) -> None:
        if end is End.TIMEOUT:
            raise SearchTimedOut
        if end is End.FAULTED:
            raise Faulted
        if self._table.closed:
            raise table_values.closed()
        if not self._has_found and self._table._is_cut_off:
            raise NobodyReached

    def _as_found(self, result: Result) -> Found:
        return Found(result.key, result.payload, result.key == self._query.key)


class Search(Reading):
    """A search, which begins when it is first read: ``async for`` gives each key as soon as it is known, ``await`` a
    list of all. One task reads it. Raises SearchTimedOut after what was found in time, and NobodyReached when none of
    the nodes that ``bootstrap`` names has answered."""

    def __await__(self) -> Generator[object, object, list[Found]]:
        return self._all().__await__()

    async def _all(self) -> list[Found]:
        try:
            return [found async for found in self]
        finally:
            self.close()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Found:
        return self._as_found(await self._next())


class Steps(Reading):
    """A search step by step: ``async for`` gives a Step before each question but the first, and asks when the loop goes
    on; what is found comes last. Who leaves the loop ends the search by ``async with`` or ``close``."""

    def __init__(self, table: Searched, query: Query) -> None:
        super().__init__(table, query)
        self._is_paused = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Step | Found:
        """Raises what ``Search`` raises."""
        if self._is_paused and self._search is not None:
            self._is_paused = False
            with contextlib.suppress(Unexpected):  # its time has run out meanwhile
                self._search.go_on()
        result = await self._next()
        if result.match is not Match.INTERMEDIATE:
            return self._as_found(result)
        self._is_paused = True
        return Step(result.key)
