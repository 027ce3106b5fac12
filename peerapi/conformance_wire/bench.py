"""What all checks share: where the node is, what has been captured of it, and how to make it do something."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from peerapi.conformance_wire.driver import Driver

PATIENCE = 60.0
"Seconds after which something that has to come is missing. No fact depends on how fast it comes."

Captured = TypeVar("Captured")


class Deviation(Exception):
    """The node does not do what the text says; the message says what it did."""


class NotHere(Exception):
    """What the fact is about cannot be seen at this node; the message says why."""


def expect(holds: object, said: object) -> None:
    """Raises Deviation with what was seen instead."""
    if not holds:
        raise Deviation(str(said))


def same(seen: object, wanted: object, what: str = "it") -> None:
    """Raises Deviation unless both are equal."""
    if seen != wanted:
        raise Deviation(f"{what} is {seen!r}, not {wanted!r}")


@dataclass
class Target:
    """Where the node under test listens. ``graph`` is a graph of its own without security, ``group`` a group of the
    published formats (its peer name), ``cloud`` the UDP port of its node in a PNRP cloud; empty or 0: not tested."""

    host: str = "::1"
    port: int = 0
    graph: str = ""
    group_port: int = 0
    group: str = ""
    password: str = ""
    cloud_port: int = 0
    names: list[str] = field(default_factory=list)
    "Peer names that the node has registered."


class Bench:
    """One run against one node."""

    def __init__(self, target: Target, driver: Driver | None = None, *, patience: float = PATIENCE) -> None:
        self.target = target
        self.patience = patience
        self._driver = driver
        self._captured: dict[object, Any] = {}

    @property
    def has_driver(self) -> bool:
        return self._driver is not None

    @property
    def driver(self) -> Driver:
        if self._driver is None:
            raise NotHere("there is no driver")
        return self._driver

    def once(self, capture: Callable[[Bench], Captured]) -> Captured:
        """What ``capture`` gave the first time, for the many facts about the same bytes. A failure is kept too."""
        if capture not in self._captured:
            try:
                self._captured[capture] = capture(self)
            except (Deviation, NotHere) as problem:
                self._captured[capture] = problem
        kept = self._captured[capture]
        if isinstance(kept, Exception):
            raise kept
        found: Captured = kept
        return found
