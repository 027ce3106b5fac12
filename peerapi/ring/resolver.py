"""Resolving an ID (MS-PNRP 3.1.4.4.2, 3.1.5.6.1; MC-DRT 3.1.4.4, 3.1.5.5.1): ask the closest node known for a closer
one, again and again.

``Resolve`` is the element of the Outstanding Resolves Table; ``Resolver`` holds the table. Steps are numbered as in
MS-PNRP 3.1.5.6.1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from peerapi.address import Address
from peerapi.ring.authority import Answer
from peerapi.ring.cache import closer
from peerapi.ring.exchange import Exchange, PendingList
from peerapi.ring.intake import Intake
from peerapi.ring.message_values import MOST_ENDPOINTS, Criteria, Inquire, Lookup, Reason
from peerapi.ring.outputs import Failure, Hop
from peerapi.ring.proofs import Proofs
from peerapi.ring.refusal import Refusal, Refused
from peerapi.ring.route_entry import RouteEntry
from peerapi.ring.state import RingState

MOST_SUSPICIOUS = 6
MOST_USEFUL_HOPS = 22
MOST_USES = 3
SMALL_CACHE = 8
"With fewer entries the A flag is set: anybody new is welcome."
STARTS = 4
APP_STARTS = 8
"Entries of the own cache to begin with; the closest is asked first, the others stand in for it (decision P6)."
ATTEMPTS = 2
MOST_QUESTIONS = 64
"LOOKUPs and INQUIREs of one resolution, answered or not."
MOST_RESOLVES = 256

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
        if self.reason is Reason.SPLIT_DETECTION:
            return True
        if self.criteria in (Criteria.NEAREST_PEERNAME, Criteria.NEAREST64_PEERNAME):
            return id >> 128 == self.target >> 128
        return self.is_enough(id)


class Resolver:
    """The Outstanding Resolves Table."""

    def __init__(self, state: RingState, pending: PendingList, proofs: Proofs, intake: Intake) -> None:
        self._state = state
        self._pending = pending
        self._proofs = proofs
        self._intake = intake
        self._resolves: dict[int, Resolve] = {}

    def __len__(self) -> int:
        return len(self._resolves)

    def start(
        self,
        target: int,
        criteria: Criteria,
        reason: Reason,
        *,
        precision: int = 0,
        most: int = 1,
        local: Local | None = None,
        best: RouteEntry | None = None,
        first: RouteEntry | None = None,
        timeout: float | None = None,
        done: Done | None = None,
    ) -> int:
        """Begin; the result goes to ``done``, possibly before this returns. ``best`` and ``first`` are
        InitialBestMatch- and InitialNextHopRouteEntry; ``local`` gives what this node itself holds of it."""
        state = self._state
        resolve = Resolve(state.new_handle(), target, criteria, reason, precision, most, [state.endpoints[0]], done)
        if len(self._resolves) >= MOST_RESOLVES:
            resolve.failure = Failure.UNREACHABLE
            state.counters.refuse(Refusal.BUSY)
            self._end(resolve)
            return resolve.handle
        self._resolves[resolve.handle] = resolve
        if timeout is not None:
            state.timers.set(
                ("resolve", resolve.handle),
                state.now.elapsed + timeout,
                lambda: self._give_up(resolve, Failure.TIMEOUT),
            )
        if local is not None:
            resolve.found.extend(local(resolve))
        resolve.best = best
        if first is not None:
            resolve.next_hops.append(NextHop(first))
        else:
            starts = APP_STARTS if reason is Reason.APP_REQUEST else STARTS
            nearest = [entry.route for entry in islice(state.cache.near(target), starts)]
            resolve.next_hops.extend(NextHop(route) for route in reversed(nearest))
        if not resolve.next_hops:
            resolve.failure = Failure.NO_NODES
        self._step(resolve)
        return resolve.handle

    def cancel(self, handle: int) -> None:
        """End a resolution without a result. Unknown handles are no error: it may just have ended."""
        resolve = self._resolves.get(handle)
        if resolve is not None:
            self._give_up(resolve, Failure.CANCELLED)

    def cancel_all(self, why: Failure) -> None:
        for resolve in list(self._resolves.values()):
            self._give_up(resolve, why)

    # Steps ------------------------------------------------------------------------------------------------------------

    def _step(self, resolve: Resolve) -> None:
        """Step 7 of 3.1.4.4.2: ask the best match for its CPA, or the next hop for a closer one, or end."""
        while not resolve.ended:
            if len(resolve.found) >= resolve.most or resolve.questions >= MOST_QUESTIONS:
                self._end(resolve)
                return
            best = resolve.best
            if best is not None and self._is_open(resolve, best) and resolve.is_enough(best.id):
                self._inquire(resolve, best)
                return
            hop = resolve.next_hops.pop() if resolve.next_hops else None
            if hop is None or resolve.suspicious > MOST_SUSPICIOUS or resolve.useful_hops > MOST_USEFUL_HOPS:
                if best is not None and self._is_open(resolve, best) and resolve.is_adequate(best.id):
                    self._inquire(resolve, best)
                else:
                    self._end(resolve)
                return
            if (hop.route.id, self._state.choose(hop.route)) in resolve.tried and not resolve.found:
                continue
            self._lookup(resolve, hop)
            return

    def _is_open(self, resolve: Resolve, route: RouteEntry) -> bool:
        """Whether that node may still be asked for a CPA."""
        state = self._state
        return (route.id, state.choose(route)) not in resolve.tried and not state.local.holds(route.id)

    def _lookup(self, resolve: Resolve, hop: NextHop) -> None:
        state = self._state
        address = state.choose(hop.route)
        hop.uses += 1
        resolve.current = hop
        resolve.asked_id = hop.route.id
        resolve.questions += 1
        path = tuple(resolve.path)
        if len(path) > MOST_ENDPOINTS:
            path = (path[0], *path[1 - MOST_ENDPOINTS :])
        message = Lookup(
            self._pending.new_id(),
            resolve.target,
            hop.route.id,
            path,
            resolve.criteria,
            resolve.reason,
            resolve.best,
            resolve.precision,
            accept_farther=len(state.cache) < SMALL_CACHE or bool(resolve.found),
        )
        resolve.exchange = self._pending.send(
            message,
            address,
            lambda answer: self._looked_up(resolve, address, answer),
            lambda: self._lookup_failed(resolve, address),
        )
        if resolve.exchange is None:
            self._give_up(resolve, Failure.UNREACHABLE)

    def _flag(self, resolve: Resolve, address: Address) -> None:
        """Nobody shall name that node again: it has answered, or it never will (decision P10)."""
        if address not in resolve.path:
            resolve.path.append(address)

    def _lookup_failed(self, resolve: Resolve, address: Address) -> None:
        resolve.hops.append(Hop(address, resolve.asked_id, None))
        resolve.failure = Failure.UNREACHABLE if resolve.useful_hops == 0 else resolve.failure
        resolve.tried.add((resolve.asked_id, address))
        self._flag(resolve, address)
        resolve.current = None
        if resolve.asked_id:
            self._intake.gone(resolve.asked_id, address)
        self._step(resolve)

    def _looked_up(self, resolve: Resolve, address: Address, answer: Answer) -> None:
        state = self._state
        exchange = resolve.exchange
        seconds = state.now.elapsed - exchange.sent_at if exchange is not None else 0.0
        resolve.hops.append(Hop(address, resolve.asked_id, seconds))
        self._flag(resolve, address)  # 1
        if answer.busy:
            resolve.current = None
            self._step(resolve)
            return
        resolve.useful_hops += 1  # 2
        resolve.failure = Failure.NOT_FOUND
        if answer.leaf_set:  # 3
            resolve.suspicious += 1
        hop = resolve.current
        if hop is not None and (
            answer.not_found or not hop.route.id
        ):  # 4; a seed is asked without a PNRP ID of its own
            if hop.route.id:
                self._intake.gone(hop.route.id, address)
            hop = None
        elif hop is not None:
            self._intake.confirmed(hop.route)
            self._consider_best(resolve, hop.route)  # 5
            if hop.uses >= MOST_USES:  # 6
                hop = None
        resolve.current = None
        self._follow(resolve, hop, answer.route, address)
        self._step(resolve)

    def _consider_best(self, resolve: Resolve, route: RouteEntry) -> None:
        if not self._is_open(resolve, route):
            return
        if resolve.best is None or closer(route.id, resolve.best.id, resolve.target):
            if resolve.best is not None:
                resolve.best_stack.append(resolve.best)
            resolve.best = route

    def _follow(self, resolve: Resolve, hop: NextHop | None, route: RouteEntry | None, address: Address) -> None:
        """Steps 7 to 10: what to do with the route entry of the answer, and with the node that gave it."""
        state = self._state
        new = self._usable(resolve, route, address) if route is not None else None
        if new is None:
            return  # it would answer the same again, so it is not asked again (reading N5)
        if hop is not None:  # 8
            resolve.next_hops.append(hop)
        if resolve.is_enough(new.id) and self._is_open(resolve, new):
            # The answer itself; its holder is asked at once (4.1.3 step 9).
            if resolve.best is not None:
                resolve.best_stack.append(resolve.best)
            resolve.best = new
            return
        is_closer = not resolve.asked_id or closer(new.id, resolve.asked_id, resolve.target)
        if is_closer or len(state.cache) < SMALL_CACHE or resolve.found:  # 10
            resolve.next_hops.append(NextHop(new))
        elif hop is not None:
            resolve.next_hops.pop()

    def _usable(self, resolve: Resolve, route: RouteEntry, address: Address) -> RouteEntry | None:
        """Step 9: None for an entry at a node that has been asked (but for the one just asked), or that cannot be."""
        scope = self._state.scope
        addresses = tuple(ip for ip in route.addresses if scope.fits(ip))
        if route.port <= self._state.largest_bad_port or not addresses:
            self._state.counters.refuse(Refusal.ADDRESS)
            return None
        endpoints = {(ip, route.port) for ip in addresses}
        if any((one.ip, one.port) in endpoints for one in resolve.path if one != address):
            return None
        if (address.ip, address.port) in endpoints and route.id == resolve.asked_id:
            return None
        usable = route._replace(addresses=addresses)
        own = any(endpoint in usable.endpoints for endpoint in self._state.endpoints)
        return None if own or not self._is_open(resolve, usable) else usable

    # The answer -------------------------------------------------------------------------------------------------------

    def _inquire(self, resolve: Resolve, route: RouteEntry, attempt: int = 1) -> None:
        state = self._state
        address = state.choose(route)
        nonce = state.new_nonce()
        resolve.tried.add((route.id, address))
        resolve.questions += 1
        message = Inquire(self._pending.new_id(), route.id, cpa=True, payload=True, chain=True, nonce=nonce)
        resolve.exchange = self._pending.send(
            message,
            address,
            lambda answer: self._confirmed(resolve, route, address, nonce, answer),
            lambda: self._silent(resolve, route, address, attempt),
        )
        if resolve.exchange is None:
            self._give_up(resolve, Failure.UNREACHABLE)

    def _silent(self, resolve: Resolve, route: RouteEntry, address: Address, attempt: int) -> None:
        """An application's answer is worth a second question: a publisher that does not know us yet first asks back."""
        if attempt < ATTEMPTS and resolve.reason == Reason.APP_REQUEST:
            self._inquire(resolve, route, attempt + 1)
        else:
            self._unconfirmed(resolve, route, address, Failure.NOT_CONFIRMED)

    def _unconfirmed(self, resolve: Resolve, route: RouteEntry, address: Address, failure: Failure) -> None:
        if failure is Failure.NOT_CONFIRMED:
            resolve.hops.append(Hop(address, route.id, None))
            self._flag(resolve, address)
            self._intake.gone(route.id, address)
        resolve.failure = failure
        if resolve.best is not None and resolve.best.id == route.id:
            resolve.best = resolve.best_stack.pop() if resolve.best_stack else None
        self._step(resolve)

    def _confirmed(self, resolve: Resolve, route: RouteEntry, address: Address, nonce: bytes, answer: Answer) -> None:
        """3.1.5.6.1.1."""
        state = self._state
        if answer.not_found:
            self._unconfirmed(resolve, route, address, Failure.NOT_CONFIRMED)
            return
        exchange, resolve.exchange = resolve.exchange, None
        seconds = state.now.elapsed - exchange.sent_at if exchange is not None else None
        self._proofs.answer(
            answer,
            nonce,
            route.id,
            lambda found: self._proved(resolve, route, Hop(address, route.id, seconds), found),
            lambda refused: self._disproved(resolve, route, address, refused),
        )

    def _disproved(self, resolve: Resolve, route: RouteEntry, address: Address, refused: Refused) -> None:
        self._state.counters.refuse(refused.why)
        if not resolve.ended:
            self._unconfirmed(resolve, route, address, Failure.REFUSED)

    def _proved(self, resolve: Resolve, route: RouteEntry, hop: Hop, found: Any) -> None:
        if resolve.ended:
            return
        resolve.hops.append(hop)
        resolve.found.append(found)
        resolve.routes.append(route)
        self._intake.confirmed(route)
        resolve.best = None
        resolve.best_stack.clear()
        if len(resolve.found) < resolve.most:
            # Other registrations of the name lie next to this one: its holder knows them. Who was only asked for the
            # way may be one of them, so the path begins anew.
            resolve.path = [resolve.path[0], *(one for known in resolve.routes for one in known.endpoints)]
            resolve.next_hops.append(NextHop(route))
        self._step(resolve)

    def _give_up(self, resolve: Resolve, failure: Failure) -> None:
        if resolve.exchange is not None:
            self._pending.finish(resolve.exchange)
        resolve.failure = failure
        self._end(resolve)

    def _end(self, resolve: Resolve) -> None:
        state = self._state
        if resolve.ended:
            return
        resolve.ended = True
        self._resolves.pop(resolve.handle, None)
        state.timers.cancel(("resolve", resolve.handle))
        if resolve.done is not None:
            resolve.done(resolve)
