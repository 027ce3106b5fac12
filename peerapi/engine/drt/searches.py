"""A search as the application holds it: results in line, how it stands, the path so far (drt.h)."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Protocol

from peerapi.drt.border import End, PathNode, Result
from peerapi.drt.node import Node
from peerapi.errors import Unexpected


class Driver(Protocol):
    """Who gives the machine its inputs."""

    def ask(self, work: Callable[[Node], object]) -> object:
        """One input; what it returns."""


class Search:
    """One search. ``notify`` is called, by any thread and without a lock, whenever something can be taken."""

    def __init__(
        self, driver: Driver, forget: Callable[[Search], None], notify: Callable[[], None], *, iterative: bool
    ) -> None:
        self._driver = driver
        self._forget = forget
        self._iterative = iterative
        self.notify = notify
        self.handle = 0
        self._results: deque[Result] = deque()
        self._end: End | None = None
        self._last_path: tuple[PathNode, ...] = ()

    def add(self, result: Result) -> None:
        self._results.append(result)

    def finish(self, end: End, path: tuple[PathNode, ...]) -> None:
        self._end, self._last_path = end, path

    @property
    def ended(self) -> bool:
        return self._end is not None

    def peek(self) -> Result | End:
        """The next result, which stays, or how the search stands."""
        return self._results[0] if self._results else self._end or End.IN_PROGRESS

    def take(self) -> Result | End:
        """The next result, or how the search stands."""
        return self._results.popleft() if self._results else self._end or End.IN_PROGRESS

    def path(self) -> tuple[PathNode, ...]:
        """The nodes asked so far."""
        if self._end is not None:
            return self._last_path
        found = self._driver.ask(lambda node: node.searches.path(self.handle))
        return found if isinstance(found, tuple) else self._last_path

    def go_on(self) -> None:
        """DrtContinueSearch. Unexpected: it is not iterative, or no hop is waiting."""
        if not self._iterative or self._end is not None:
            raise Unexpected("No hop of this search is waiting.")
        if not self._driver.ask(lambda node: node.searches.continue_(self.handle)):
            raise Unexpected("No hop of this search is waiting.")

    def end(self) -> None:
        """DrtEndSearch: nothing more comes."""
        self._results.clear()
        self._forget(self)
        self._driver.ask(lambda node: node.searches.end(self.handle))
