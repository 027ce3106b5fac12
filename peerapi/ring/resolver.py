"""Resolving an ID (MS-PNRP 3.1.4.4.2, 3.1.5.6.1; MC-DRT 3.1.4.4, 3.1.5.5.1): ask the closest node known for a closer
one, again and again.

Steps are numbered as in
MS-PNRP 3.1.5.6.1.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from itertools import islice
from typing import Any

from peerapi.address import Address
from peerapi.ring.authority import Answer
from peerapi.ring.cache import closer
from peerapi.ring.exchange import PendingList
from peerapi.ring.ids import distance
from peerapi.ring.intake import Intake
from peerapi.ring.message_values import MOST_ENDPOINTS, Criteria, Inquire, Lookup, Reason
from peerapi.ring.outputs import Failure, Hop, HopFlag
from peerapi.ring.proofs import Proofs
from peerapi.ring.refusal import Refusal, Refused
from peerapi.ring.resolution import Done, Local, NextHop, Question, Resolve
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
MOST_AT_ONCE = 4
"LOOKUPs of one resolution under way, all but one of which are slow."
MOST_RESOLVES = 256


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
        nearest: bool = False,
        known: Mapping[int, Any] | None = None,
        avoid: Collection[tuple[int, Address]] = (),
        leads: Collection[RouteEntry] = (),
        paused: Callable[[RouteEntry], None] | None = None,
    ) -> int:
        """Begin; the result goes to ``done``, possibly before this returns. ``best`` and ``first`` are
        InitialBestMatch- and InitialNextHopRouteEntry; ``avoid`` are IDs at places whose proofs have failed, ``leads``
        nodes that have answered for this target before; ``local`` gives what this node itself holds of it."""
        state = self._state
        resolve = Resolve(state.new_handle(), target, criteria, reason, precision, most, [state.endpoints[0]], done)
        resolve.nearest, resolve.paused = nearest, paused
        resolve.asks_several = state.patience is not None
        resolve.known = known if known is not None else {}
        resolve.tried.update(avoid)
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
            trusted = (entry.route for entry in state.cache.near(target) if not entry.doubted)
            closest = {route.id: route for route in (*islice(trusted, starts), *leads)}
            ordered = sorted(closest.values(), key=lambda route: distance(route.id, target))[:starts]
            resolve.next_hops.extend(NextHop(route) for route in reversed(ordered))
        if not resolve.next_hops:
            resolve.failure = Failure.NO_NODES
        self._step(resolve)
        return resolve.handle

    def go_on(self, handle: int) -> bool:
        """Ask the node that a paused resolution has told of. False: none is waiting."""
        resolve = self._resolves.get(handle)
        if resolve is None or resolve.waiting is None:
            return False
        hop, resolve.waiting = resolve.waiting, None
        self._lookup(resolve, hop)
        return True

    def hops(self, handle: int) -> tuple[Hop, ...]:
        """The questions so far of a resolution under way."""
        resolve = self._resolves.get(handle)
        return tuple(resolve.hops) if resolve is not None else ()

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
        while not resolve.ended and not resolve.inquiring:
            if len(resolve.found) >= resolve.most or resolve.questions >= MOST_QUESTIONS:
                self._end(resolve)
                return
            best = resolve.best
            if best is not None and self._is_open(resolve, best) and resolve.is_enough(best.id):
                self._inquire(resolve, best)
                return
            if len(resolve.asked) >= MOST_AT_ONCE or any(not question.slow for question in resolve.asked):
                return
            hop = resolve.next_hops.pop() if resolve.next_hops else None
            if hop is None and resolve.asked:
                return
            if hop is None or resolve.suspicious > MOST_SUSPICIOUS or resolve.useful_hops > MOST_USEFUL_HOPS:
                if best is not None and self._is_open(resolve, best) and resolve.is_adequate(best.id):
                    self._inquire(resolve, best)
                else:
                    self._end(resolve)
                return
            place = hop.route.id, self._state.choose(hop.route)
            if place in resolve.tried and not resolve.found:
                continue
            if any((question.hop.route.id, question.address) == place for question in resolve.asked):
                continue  # named before it was asked, by two who were asked at once
            if resolve.paused is not None and resolve.hops:
                resolve.waiting = hop
                resolve.paused(hop.route)
            else:
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
        question = Question(hop, address)
        resolve.asked.append(question)
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
        resolve.flag(address)
        question.exchange = self._pending.send(
            message,
            address,
            lambda answer: self._looked_up(resolve, question, answer),
            lambda: self._lookup_failed(resolve, question),
        )
        if question.exchange is None:
            self._give_up(resolve, Failure.UNREACHABLE)
        elif state.patience is not None and resolve.reason == Reason.APP_REQUEST and resolve.paused is None:
            state.timers.set(
                ("slow", message.message_id),
                state.now.elapsed + state.patience,
                lambda: self._is_slow(resolve, question),
            )

    def _is_slow(self, resolve: Resolve, question: Question) -> None:
        """Somebody else is asked meanwhile; an answer that comes yet is as good as another."""
        question.slow = True
        self._step(resolve)

    def _unask(self, resolve: Resolve, question: Question) -> None:
        """A LOOKUP is under way no longer."""
        resolve.asked.remove(question)
        if question.exchange is not None:
            self._state.timers.cancel(("slow", question.exchange.message.message_id))

    def _lookup_failed(self, resolve: Resolve, question: Question) -> None:
        self._unask(resolve, question)
        route, address = question.hop.route, question.address
        if route.id:
            self._intake.silent(route, address)
        if resolve.ended:
            return
        resolve.hops.append(Hop(address, route.id, None, HopFlag.UNREACHABLE))
        resolve.failure = Failure.UNREACHABLE if resolve.useful_hops == 0 else resolve.failure
        resolve.tried.add((route.id, address))
        self._step(resolve)

    def _looked_up(self, resolve: Resolve, question: Question, answer: Answer) -> None:
        state = self._state
        self._unask(resolve, question)
        exchange, address, asked_id = question.exchange, question.address, question.hop.route.id
        seconds = state.now.elapsed - exchange.sent_at if exchange is not None else 0.0
        if resolve.ended:
            if asked_id and answer.not_found:
                self._intake.gone(asked_id, address)
            elif asked_id and not answer.busy:
                self._intake.confirmed(question.hop.route)
            return
        if answer.busy:
            resolve.hops.append(Hop(address, asked_id, seconds, HopFlag.TOO_BUSY))
            self._step(resolve)
            return
        resolve.useful_hops += 1  # 2
        resolve.failure = Failure.NOT_FOUND
        if answer.leaf_set:  # 3
            resolve.suspicious += 1
        hop: NextHop | None = question.hop
        if answer.not_found or not asked_id:  # 4; a seed is asked without a PNRP ID of its own
            if asked_id:
                self._intake.gone(asked_id, address)
            hop = None
        else:
            resolve.useful.append(question.hop.route)
            self._intake.confirmed(question.hop.route)
            self._consider_best(resolve, question.hop.route)  # 5
            if question.hop.uses >= MOST_USES:  # 6
                hop = None
        flags = self._follow(resolve, question, hop, answer.route)
        flags |= HopFlag.BAD_VALIDATE_ID if answer.not_found else HopFlag.NONE
        flags |= HopFlag.SUSPECT_UNREGISTERED_ID if answer.leaf_set else HopFlag.NONE
        resolve.hops.append(Hop(address, asked_id, seconds, flags))
        self._step(resolve)

    def _consider_best(self, resolve: Resolve, route: RouteEntry) -> None:
        if not self._is_open(resolve, route):
            return
        if resolve.best is None or closer(route.id, resolve.best.id, resolve.target):
            if resolve.best is not None:
                resolve.best_stack.append(resolve.best)
            resolve.best = route

    def _follow(self, resolve: Resolve, question: Question, hop: NextHop | None, route: RouteEntry | None) -> HopFlag:
        """Steps 7 to 10: what to do with the route entry of the answer, and with the node that gave it."""
        state = self._state
        asked_id = question.hop.route.id
        new = self._usable(resolve, route, question) if route is not None else None
        if new is None:
            # It would answer the same again, so it is not asked again (reading N5).
            return HopFlag.LOOP if route is not None else HopFlag.REJECTED
        is_match = resolve.is_enough(new.id) and self._is_open(resolve, new)
        is_closer = not asked_id or closer(new.id, asked_id, resolve.target)
        if not (is_match or is_closer or len(state.cache) < SMALL_CACHE or resolve.found):  # 10
            return HopFlag.REJECTED
        if hop is not None:  # 8
            resolve.push(hop, late=question.slow)
        if is_match:
            # The answer itself; its holder is asked at once (4.1.3 step 9).
            if resolve.best is not None:
                resolve.best_stack.append(resolve.best)
            resolve.best = new
        else:
            resolve.push(NextHop(new), late=question.slow)
        return HopFlag.ACCEPTED

    def _usable(self, resolve: Resolve, route: RouteEntry, question: Question) -> RouteEntry | None:
        """Step 9: None for an entry at a node that has been asked (but for the one just asked), or that cannot be."""
        scope = self._state.scope
        addresses = tuple(ip for ip in route.addresses if scope.fits(ip))
        if route.port <= self._state.largest_bad_port or not addresses:
            self._state.counters.refuse(Refusal.ADDRESS)
            return None
        endpoints, address = {(ip, route.port) for ip in addresses}, question.address
        if any((one.ip, one.port) in endpoints for one in resolve.path if one != address):
            return None
        if (address.ip, address.port) in endpoints and route.id == question.hop.route.id:
            return None
        usable = route._replace(addresses=addresses)
        own = any(endpoint in usable.endpoints for endpoint in self._state.endpoints)
        return None if own or not self._is_open(resolve, usable) else usable

    # The answer -------------------------------------------------------------------------------------------------------

    def _inquire(self, resolve: Resolve, route: RouteEntry, attempt: int = 1) -> None:
        state = self._state
        if route.id in resolve.known:
            resolve.found.append(resolve.known[route.id])
            resolve.routes.append(route)
            self._end(resolve)
            return
        address = state.choose(route)
        nonce = state.new_nonce()
        resolve.tried.add((route.id, address))
        resolve.inquiring = True
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
            return
        self._unanswered(resolve, route, address)
        self._intake.silent(route, address)
        if self._state.patience is not None and route.id == resolve.target and not resolve.nearest:
            # Nobody nearer is to be found: whoever resolves it again asks those who have named this node.
            self._give_up(resolve, Failure.NOT_CONFIRMED)
        else:
            self._unconfirmed(resolve, route, Failure.NOT_CONFIRMED)

    def _unanswered(self, resolve: Resolve, route: RouteEntry, address: Address) -> None:
        resolve.hops.append(Hop(address, route.id, None, HopFlag.INQUIRE | HopFlag.UNREACHABLE))
        resolve.flag(address)

    def _unconfirmed(self, resolve: Resolve, route: RouteEntry, failure: Failure) -> None:
        """Whoever was the best match before is it again."""
        resolve.failure = failure
        resolve.inquiring = False
        resolve.best_stack = [other for other in resolve.best_stack if other.id != route.id]
        if resolve.best is not None and resolve.best.id == route.id:
            resolve.best = resolve.best_stack.pop() if resolve.best_stack else None
        self._step(resolve)

    def _confirmed(self, resolve: Resolve, route: RouteEntry, address: Address, nonce: bytes, answer: Answer) -> None:
        """3.1.5.6.1.1."""
        state = self._state
        if answer.not_found:
            self._unanswered(resolve, route, address)
            self._intake.gone(route.id, address)
            self._unconfirmed(resolve, route, Failure.NOT_CONFIRMED)
            return
        exchange, resolve.exchange = resolve.exchange, None
        seconds = state.now.elapsed - exchange.sent_at if exchange is not None else None
        self._proofs.answer(
            answer,
            nonce,
            route.id,
            lambda found: self._proved(resolve, route, Hop(address, route.id, seconds, HopFlag.INQUIRE), found),
            lambda refused: self._disproved(resolve, route, refused),
        )

    def _disproved(self, resolve: Resolve, route: RouteEntry, refused: Refused) -> None:
        self._state.counters.refuse(refused.why)
        if not resolve.ended:
            self._unconfirmed(resolve, route, Failure.REFUSED)

    def _proved(self, resolve: Resolve, route: RouteEntry, hop: Hop, found: Any) -> None:
        if resolve.ended:
            return
        resolve.inquiring = False
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
        for exchange in (resolve.exchange, *(question.exchange for question in resolve.asked)):
            if exchange is not None:
                self._pending.finish(exchange)
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
