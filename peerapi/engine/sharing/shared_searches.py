"""Searches of all nodes that other programs make in a group that is open here (``following_searches``).

What was found is kept until they ask for it, or until there are too many that nobody asks for.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from peerapi.engine.graphs.node_searches import NodeSearch
from peerapi.graphing.search_events import NodeAnswered, SearchLimits
from peerapi.sharing import values

if TYPE_CHECKING:
    from peerapi.engine.graphs.driver import Driver

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
