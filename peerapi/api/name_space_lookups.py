"""What stands behind the handles of WSALookupServiceBegin: a search for a name, or the clouds and their changes.

A program that does not want to wait in WSALookupServiceNext has WSANSPIoctl set an event when it would not (the page
"PNRP and WSANSPIoctl").
"""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from peerapi.abi import library
from peerapi.api.name_space_structs import CloudState, Result
from peerapi.engine.runtime import Engine
from peerapi.errors import PeerError

if TYPE_CHECKING:
    from peerapi.engine.clouds.search import Hit, Search

IO_PENDING = 997
WOULD_BLOCK = 10035
NO_MORE = 10110
CANCELLED = 10111
ADDED, CHANGED, DELETED = 0x10, 0x20, 0x40
"RESULT_IS_..., in dwOutputFlags."
LOOK = 1.0
"Seconds between two looks at the clouds while somebody waits for a change of them."


class WsaError(Exception):
    """A WSA error number."""

    def __init__(self, code: int) -> None:
        super().__init__(f"WSA error {code}")
        self.code = code


class Lookup:
    """What all lookups have in common: who is to be told of news."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._ended = False
        self._events: dict[int, None] = {}
        "Handles of the events to set once there is news."

    def next(self) -> Result:
        """The next result, waiting for it. WsaError NO_MORE, CANCELLED."""
        raise NotImplementedError

    @property
    def has_news(self) -> bool:
        """Whether ``next`` would not wait."""
        raise NotImplementedError

    def notify(self, event: int) -> None:
        """Have an event set, once, as soon as there is news: WsaError IO_PENDING. 0: WsaError WOULD_BLOCK when there
        is none now."""
        with self._changed:
            if event:
                self._events[event] = None
            news = self.has_news
        if event:
            self.stirred()
            self._watch()
            raise WsaError(IO_PENDING)
        if not news:
            raise WsaError(WOULD_BLOCK)

    def stirred(self) -> None:
        """There may be news."""
        with self._changed:
            if not (self._ended or self.has_news):
                return
            events, self._events = self._events, {}
            self._changed.notify_all()
        for event in events:
            library.set_event(event)

    def end(self) -> None:
        """A ``next`` that waits gives up, and so does who waits for an event."""
        with self._changed:
            self._ended = True
        self.stirred()

    def _watch(self) -> None:
        """Somebody waits for news."""


class NameLookup(Lookup):
    """NS_PNRPNAME: a search under way, which calls ``stirred``."""

    search: Search

    def __init__(self, describe: Callable[[Hit], Result]) -> None:
        super().__init__()
        self._describe = describe

    def next(self) -> Result:
        hit = self.search.wait_next()
        if self._ended:
            raise WsaError(CANCELLED)
        if hit is None:
            raise WsaError(NO_MORE)
        return self._describe(hit)

    @property
    def has_news(self) -> bool:
        return hasattr(self, "search") and self.search.has_news

    def end(self) -> None:
        self._ended = True
        self.search.cancel()
        super().end()


class CloudLookup(Lookup):
    """NS_PNRPCLOUD: the clouds there are, NO_MORE, and then, one by one, what changes of them."""

    def __init__(
        self,
        engine: Engine,
        read: Callable[[], Mapping[str, CloudState]],
        describe: Callable[[str, CloudState, int], Result],
    ) -> None:
        super().__init__()
        self._engine = engine
        self._read = read
        self._describe = describe
        self._known = read()
        self._results = deque(describe(name, state, 0) for name, state in self._known.items())
        self._told = False
        "Whether the end of the clouds that there were has been told."
        self._watched = False

    def next(self) -> Result:
        with self._changed:
            while not self._ended:
                if self._results:
                    return self._results.popleft()
                if not self._told:
                    self._told = True
                    raise WsaError(NO_MORE)
                self._compare()
                if not self._results:
                    self._changed.wait(LOOK)
            raise WsaError(CANCELLED)

    @property
    def has_news(self) -> bool:
        if self._told and not self._results:
            self._compare()
        return bool(self._results) or not self._told

    def _compare(self) -> None:
        """Look for changes."""
        before, self._known = self._known, self._read()
        for name, state in self._known.items():
            if before.get(name) != state:
                self._results.append(self._describe(name, state, CHANGED if name in before else ADDED))
        gone = [name for name in before if name not in self._known]
        self._results += [self._describe(name, before[name], DELETED) for name in gone]

    def _watch(self) -> None:
        with self._changed:
            if self._watched or not self._events:
                return
            self._watched = True
        self._engine.repeat(LOOK, self._look)

    def _look(self) -> bool:
        """Whether somebody still waits."""
        with contextlib.suppress(PeerError):  # what the environment says cannot be understood now
            self.stirred()
        with self._changed:
            self._watched = bool(self._events)
            return self._watched
