"""A search of all nodes, as who has asked sees it: what has come, in line, until it is taken."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from peerapi.graphing.search_events import NodeAbsent, NodeAnswered, SearchEnded, SearchEvent

Result = NodeAnswered | NodeAbsent


class NodeSearch:
    """A search under way, or what it has found. The graph's machine bounds how much that may be."""

    def __init__(self, changed: Callable[[], object], end: Callable[[NodeSearch], object]) -> None:
        """``changed`` is called, on any thread and without a lock, when there is something to take, or the end."""
        self.id = b""
        "Of the search; empty until it has begun."
        self._changed = changed
        self._end = end
        self._line: deque[Result] = deque()
        self._over = False

    def put(self, event: SearchEvent) -> None:
        """Something has come. The graph's lock is held."""
        if isinstance(event, SearchEnded):
            self._over = True
        elif not self._over:
            self._line.append(event)

    def signal(self) -> None:
        """Tell who has asked that there is something to take."""
        self._changed()

    def take(self) -> Result | None:
        """The next result; None when there is none now. Raises IndexError when there will be no other."""
        over = self._over  # before the line is looked at: what is put in line before the end is never missed
        try:
            return self._line.popleft()
        except IndexError:
            if over:
                raise
            return None

    @property
    def has_news(self) -> bool:
        """Whether ``take`` would give something, or say that all is over."""
        return bool(self._line) or self._over

    @property
    def over(self) -> bool:
        """Nothing more will come."""
        return self._over

    def cancel(self) -> None:
        """Want no more of it. Cancelling twice does nothing."""
        self._changed = _nobody
        if not self._over:
            self._over = True
            self._end(self)
        self._line.clear()


def _nobody() -> None:
    """Nobody wants to be told any longer."""
