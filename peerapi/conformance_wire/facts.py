"""What a fact is, and the lists in which each protocol keeps its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum

from peerapi.conformance_wire.bench import Bench

Check = Callable[[Bench], None]


class Need(Enum):
    """What a fact takes beside an address; a fact whose need is not there is skipped."""

    DRIVER = "a driver: a program that makes the node do something"
    TIME = "minutes: --slow"
    MEMBERSHIP = "a membership of the group: a driver that makes members"


@dataclass(frozen=True)
class Fact:
    """One sentence that a section says of the wire, and the check that it holds. ``check`` raises Deviation."""

    protocol: str
    section: str
    says: str
    check: Check
    needs: tuple[Need, ...] = ()

    @property
    def name(self) -> str:
        return f"{self.protocol} {self.section} {self.says}"


class Facts:
    """The facts of one protocol."""

    def __init__(self, protocol: str) -> None:
        self.protocol = protocol
        self._facts: list[Fact] = []

    def __iter__(self) -> Iterator[Fact]:
        return iter(self._facts)

    def add(self, section: str, says: str, check: Check, *needs: Need) -> None:
        self._facts.append(Fact(self.protocol, section, says, check, needs))

    def fact(self, section: str, says: str, *needs: Need) -> Callable[[Check], Check]:
        """The decorated function is the check."""

        def added(check: Check) -> Check:
            self.add(section, says, check, *needs)
            return check

        return added
