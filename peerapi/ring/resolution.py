"""One resolution under way: the element of the Outstanding Resolves Table (MS-PNRP and MC-DRT 3.1.1)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from peerapi.address import Address
from peerapi.ring.cache import closer
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
class Question:
    """A LOOKUP under way."""

    hop: NextHop
    address: Address
    exchange: Exchange | None = None
    slow: bool = False
    "It has not been answered for so long that others are asked beside it."


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
    "ResolvePath: this node, then everybody who was asked."
    done: Done | None
    next_hops: list[NextHop] = field(default_factory=list)
    best: RouteEntry | None = None
    best_stack: list[RouteEntry] = field(default_factory=list)
    asked: list[Question] = field(default_factory=list)
    "LOOKUPs under way: one, and those that are slow."
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
    "The INQUIRE under way."
    inquiring: bool = False
    "An INQUIRE is under way, or the proof in its answer is looked at."
    useful: list[RouteEntry] = field(default_factory=list)
    "Nodes that have answered."
    asks_several: bool = False
    "Others are asked beside who is slow, so two may name the same node, which is put on the stack once."
    ended: bool = False
    nearest: bool = False
    "Whatever is closest is adequate."
    known: Mapping[int, Any] = field(default_factory=dict)
    "What was found and proved before: not asked again."
    paused: Callable[[RouteEntry], None] | None = None
    "Told who is asked next, before all questions but the first; the question waits for ``Resolver.go_on``."
    waiting: NextHop | None = None
    "Who is asked then."

    def flag(self, address: Address) -> None:
        """Nobody shall name the node there again: it was asked (decision P10)."""
        if address not in self.path:
            self.path.append(address)

    def push(self, hop: NextHop, *, late: bool) -> None:
        """Ask ``hop`` next; when the answer that names it has come ``late``, behind those who are nearer."""
        if self.asks_several and any(hop.route == other.route for other in self.next_hops):
            return
        at = len(self.next_hops)
        while late and at and closer(self.next_hops[at - 1].route.id, hop.route.id, self.target):
            at -= 1
        self.next_hops.insert(at, hop)

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
