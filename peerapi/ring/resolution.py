"""One resolution under way: the element of the Outstanding Resolves Table (MS-PNRP and MC-DRT 3.1.1)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from peerapi.address import Address
from peerapi.ring.exchange import Exchange
from peerapi.ring.message_values import Criteria, Reason
from peerapi.ring.outputs import Failure, Hop
from peerapi.ring.route_entry import RouteEntry

Done = Callable[["Resolve"], None]
Local = Callable[["Resolve"], list[Any]]


@dataclass(slots=True)
class NextHop:
    """A node to ask, and how often it was asked."""

    route: RouteEntry
    uses: int = 0


@dataclass(slots=True, eq=False)
class Resolve:
    """One resolution under way."""

    handle: int
    target: int
    criteria: Criteria
    reason: Reason
    precision: int
    most: int
    "How many registrations are wanted."
    path: list[Address]
    "ResolvePath: this node, then everybody who has answered."
    done: Done | None
    next_hops: list[NextHop] = field(default_factory=list)
    best: RouteEntry | None = None
    best_stack: list[RouteEntry] = field(default_factory=list)
    current: NextHop | None = None
    suspicious: int = 0
    useful_hops: int = 0
    questions: int = 0
    found: list[Any] = field(default_factory=list)
    "What ``Proofs.answer`` gave."
    routes: list[RouteEntry] = field(default_factory=list)
    "Where they were found."
    tried: set[tuple[int, Address]] = field(default_factory=set)
    "PNRP IDs and where they were asked for a CPA, or gave no answer. Whoever lies about an address spoils only that."
    hops: list[Hop] = field(default_factory=list)
    failure: Failure = Failure.NOT_FOUND
    exchange: Exchange | None = None
    asked_id: int = 0
    ended: bool = False
    nearest: bool = False
    "Whatever is closest is adequate."
    known: Mapping[int, Any] = field(default_factory=dict)
    "What was found and proved before: not asked again."
    paused: Callable[[RouteEntry], None] | None = None
    "Told who is asked next, before all questions but the first; the question waits for ``Resolver.go_on``."
    waiting: NextHop | None = None
    "Who is asked then."

    def is_enough(self, id: int) -> bool:
        """Close enough to stop searching (2.2.2.8)."""
        if self.criteria is Criteria.ANY_PEERNAME:
            return id >> 128 == self.target >> 128
        if self.criteria is Criteria.NEAREST64_PEERNAME:
            return id >> 64 == self.target >> 64
        if self.criteria is Criteria.UPPER_BITS:
            shift = max(256 - self.precision, 0)
            return id >> shift == self.target >> shift
        return id == self.target

    def is_adequate(self, id: int) -> bool:
        """Good enough to be the answer when nothing closer was found (reading N6)."""
        if self.nearest or self.reason is Reason.SPLIT_DETECTION:
            return True
        if self.criteria in (Criteria.NEAREST_PEERNAME, Criteria.NEAREST64_PEERNAME):
            return id >> 128 == self.target >> 128
        return self.is_enough(id)
