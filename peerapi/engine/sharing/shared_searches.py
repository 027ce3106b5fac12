"""Searches of all nodes that a program makes in a group that another one has open: begun there, and asked for news.

Who has the group open keeps what was found until it is asked for, or until the program has not asked for a while.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from peerapi.engine.graphs.node_searches import NodeSearch
from peerapi.engine.sharing.threads import start
from peerapi.errors import PeerError
from peerapi.graphing.search_events import NodeAbsent, NodeAnswered, SearchEnded, SearchLimits
from peerapi.sharing import operations as ops
from peerapi.sharing import values

if TYPE_CHECKING:
    from peerapi.engine.graphs.driver import Driver
    from peerapi.engine.sharing.access import Access

PATIENCE = 0.05
"Seconds that a question for news waits for some; the program's other calls wait behind it."
MOST_ASKED = 64
"Searches of other programs that are kept, at most."
MOST_RESULTS = 16
"Of one answer, half a MiB each at most."


class SharedSearches:
    """The searches that other programs have begun in a group that is open here."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self._lock = threading.Lock()
        self._searches: dict[bytes, tuple[NodeSearch, threading.Event]] = {}

    def begin(self, criteria: str, limits: SearchLimits) -> bytes:
        """The ID of a new one; the oldest of too many is given up, as whoever has begun it may have ended."""
        changed = threading.Event()
        search = self._driver.search_nodes(criteria, limits, changed.set)
        with self._lock:
            self._searches[search.id] = search, changed
            oldest = next(iter(self._searches)) if len(self._searches) > MOST_ASKED else None
        if oldest is not None:
            self.end(oldest)
        return search.id

    def news(self, search: bytes) -> values.News:
        """What has come, as soon as something has, or nothing after a while. One that is not known is over."""
        with self._lock:
            found = self._searches.get(search)
        if found is None:
            return values.News((), True)
        one, changed = found
        changed.wait(PATIENCE)
        changed.clear()
        results: list[values.Result] = []
        try:
            while len(results) < MOST_RESULTS and (event := one.take()) is not None:
                answered = isinstance(event, NodeAnswered)
                more, rows = (event.more, event.rows) if isinstance(event, NodeAnswered) else (False, ())
                results.append(values.Result(answered, event.node_id, event.peer_id, more, rows))
        except IndexError:
            self.end(search)
            return values.News(tuple(results), True)
        if one.has_news:
            changed.set()
        return values.News(tuple(results), False)

    def end(self, search: bytes) -> None:
        """It is wanted no longer."""
        with self._lock:
            found = self._searches.pop(search, None)
        if found is not None:
            found[0].cancel()


_making = threading.Lock()


def shared_searches(driver: Driver) -> SharedSearches:
    """Those of a group that is open here."""
    with _making:
        if not isinstance(driver.shared_searches, SharedSearches):
            driver.shared_searches = SharedSearches(driver)
        return driver.shared_searches


def begin_search(access: Access, criteria: str, limits: SearchLimits, changed: Callable[[], object]) -> NodeSearch:
    """A search in a group that another program has open; a thread asks for its news. When that program ends, so does
    the search, with what it has brought until then."""

    def end(search: NodeSearch) -> None:
        with contextlib.suppress(PeerError):
            access.ask(ops.SEARCH_END, search.id)

    search = NodeSearch(changed, end)
    milliseconds = max(1, int(limits.timeout * 1000))
    question = values.Searching(criteria, limits.max_records, limits.max_bytes, milliseconds, limits.only_local)
    search.id = access.ask(ops.SEARCH_NODES, question)
    start("peerapi search", _follow, access, search)
    return search


def _follow(access: Access, search: NodeSearch) -> None:
    over = False
    while not over and not search.over:
        try:
            news = access.ask(ops.SEARCH_NEWS, search.id)
        except PeerError:
            news = values.News((), True)
        for answered, node_id, peer_id, more, rows in news.results:
            search.put(NodeAnswered(node_id, peer_id, more, rows) if answered else NodeAbsent(node_id, peer_id))
        over = news.over
        if over:
            search.put(SearchEnded())
        if over or news.results:
            search.signal()
