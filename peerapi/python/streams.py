"""Events as something to iterate over: bounded, ended by the graph's end, and nothing to clean up afterwards."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Generic, Protocol, TypeVar

from peerapi.engine.graphs.registrations import Bounded, Registration
from peerapi.python import hosts
from peerapi.signals import deferred

E = TypeVar("E")
LIMIT = 10_000
"Events that wait for their reader, at most."


class ChangesLost(Exception):
    """The reader was too slow: events were dropped, ``count`` of them, after those that it has been given.

    What is in the graph is still in the graph: read its records again, and go on with the same stream.
    """

    def __init__(self, count: int) -> None:
        super().__init__(f"{count} events were dropped because they were not read in time")
        self.count = count


class Source(Protocol):
    """Where events come from: a graph's driver, or what a sign-in hears."""

    def register(self, registration: Registration, /) -> object:
        """Have events put into it from now on."""

    def unregister(self, registration: Registration, /) -> None:
        """No more of them."""

    def forget(self, registration: Registration, /) -> None:
        """Unregister soon: a garbage collector calls this, on a thread that may hold any lock."""


class Mailbox(Registration):
    """What the engine knows of a stream: it does not hold the stream itself, which ends when nobody does."""

    __slots__ = ("__weakref__", "parking", "through")

    def __init__(self, wanted: Mapping[Any, frozenset[bytes] | None], limit: int) -> None:
        super().__init__(wanted, bool)
        self.queue = Bounded(limit)
        self.parking: hosts.Parking | None = None
        self.through = False
        "Nothing more will come."

    def signal(self) -> None:
        parking, self.parking = self.parking, None
        if parking is not None:
            parking.wake()

    def ended(self) -> None:
        self.through = True
        self.signal()


class Stream(Generic[E]):
    """An asynchronous iterator over what happens in a graph, or around who is signed in, from the moment it was made.

    One task reads it. It ends when the graph or the sign-in is closed, or with ``close``; leaving it alone is enough
    too. More than ``limit`` events that were not read in time are dropped, and ChangesLost says so; the stream goes on
    after that.
    """

    def __init__(
        self,
        source: Source,
        wanted: Mapping[Any, frozenset[bytes] | None],
        converted: Callable[[Any], E | None],
        limit: int,
    ) -> None:
        if limit < 1:
            raise ValueError("a stream has room for one event at least")
        self._mailbox = Mailbox(wanted, limit)
        self._converted = converted
        self._source = source
        source.register(self._mailbox)
        self._finalizer = weakref.finalize(self, source.forget, self._mailbox)
        self._finalizer.atexit = False

    @deferred
    def close(self) -> None:
        """End the stream; what it still holds is dropped. A task that waits for it comes to its end."""
        self._finalizer.detach()
        self._source.unregister(self._mailbox)
        self._mailbox.queue.clear()
        self._mailbox.ended()

    async def aclose(self) -> None:
        self.close()

    def __enter__(self) -> Stream[E]:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __aiter__(self) -> Stream[E]:
        return self

    async def __anext__(self) -> E:
        """Raises ChangesLost, StopAsyncIteration at the end."""
        host = hosts.current()
        await host.checkpoint()
        while True:
            found = self.next_now()
            if found is not None:
                return found
            if self._mailbox.through:
                raise StopAsyncIteration
            await self._news(host)

    def next_now(self) -> E | None:
        """The next event that has come already, or None. Raises ChangesLost."""
        queue = self._mailbox.queue
        while queue:
            event = queue.popleft()
            queue.left(event)
            found = self._converted(event)
            if found is not None:
                return found
        lost = queue.lost()
        if lost:
            raise ChangesLost(lost)
        return None

    async def _news(self, host: hosts.Host) -> None:
        """Until the mailbox has something, or is through."""
        mailbox = self._mailbox
        if mailbox.parking is not None:
            raise RuntimeError("another task reads this stream already")
        parking = host.parking()
        try:
            mailbox.parking = parking
            # Whatever came before the line above has told nobody.
            if not mailbox.queue and mailbox.queue.dropped == mailbox.queue.told and not mailbox.through:
                await parking.wait()
        finally:
            mailbox.parking = None
