"""New route entries (MS-PNRP 3.1.5.11, 3.1.5.6.1.2, 3.2.5.1, 3.2.5.11; MC-DRT 3.1.5.6, 3.1.5.5.1.2, 3.2.5.8): only what
answers for itself is cached.

An entry heard of is asked by INQUIRE whether it holds its ID; one that would enter a leaf set must show its CPA.
An entry that enters a leaf set is flooded on. What is remembered about strangers is bounded, and an endpoint that has
not proved itself is asked one thing at a time.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from dataclasses import dataclass
from typing import Protocol, TypeVar

from peerapi.address import Address
from peerapi.ring.authority import Answer
from peerapi.ring.cache import Entry
from peerapi.ring.exchange import Exchange, PendingList
from peerapi.ring.known_endpoints import KnownEndpoints
from peerapi.ring.message_values import MOST_ENDPOINTS, Ack, Flood, Inquire
from peerapi.ring.proofs import Proofs
from peerapi.ring.refusal import Refusal, Refused
from peerapi.ring.route_entry import RouteEntry
from peerapi.ring.state import RingState

T = TypeVar("T")
MOST_PENDING = 128
PER_PROVED_ENDPOINT = 16
PER_PROVED_SOURCE = 32
PER_UNPROVED_SOURCE = 4
"Entries of one source that are looked into at the same time."
MOST_TOLD = 96
"Those that others have told of, together; the rest of the places is for what this node wants to know itself."
PER_PARTY = 32
MOST_UNPROVED = 48
"Those of one party (``RingState.party_of``), and of all sources without a proved address, which may be forged."
MOST_FAILURES = 1024


@dataclass(slots=True)
class Addition:
    """One element of the Pending Route Entry Add List."""

    route: RouteEntry
    address: Address
    need_cpa: bool
    nonce: bytes | None
    source: Address | None
    "Who told us; None: nobody but the entry itself."
    unproved: bool
    "The teller had not proved its address."
    flooded: tuple[Address, ...]
    by_flood: bool


class CacheListener(Protocol):
    """Who has to do something when the Route Entry Cache changes."""

    def entered(self, first: bool) -> None:
        """A route entry has come into the cache; ``first``: it is the only one."""

    def lost_leaf(self) -> None:
        """An entry of a leaf set is gone."""


class Intake:
    """The Pending Route Entry Add List, and what follows from an addition."""

    def __init__(
        self,
        state: RingState,
        pending: PendingList,
        proofs: Proofs,
        known: KnownEndpoints,
        listener: CacheListener,
    ) -> None:
        self._state = state
        self._pending = pending
        self._proofs = proofs
        self._known = known
        self._listener = listener
        self._additions: dict[int, Addition] = {}
        self._asked: Counter[tuple[bytes, int]] = Counter()
        self._told: Counter[tuple[bytes, int]] = Counter()
        self._told_by: Counter[bytes] = Counter()
        self._told_unproved = 0
        self._failures: OrderedDict[tuple[int, bytes, int], float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._additions)

    def offer(self, route: RouteEntry, source: Address, flood: Flood | None = None) -> None:
        """Somebody told us of ``route``."""
        state = self._state
        usable = self._usable(route)
        if usable is None:
            state.counters.refuse(Refusal.ADDRESS)
            return
        flooded = flood.flooded if flood is not None else ()
        standing = state.cache.get(usable.id)
        if standing is not None:
            if set(standing.route.endpoints) & set(usable.endpoints):
                return  # known
            if standing.key is None:
                # Whoever is asked at the new place could claim anything; the old place is asked first.
                self.recheck(standing)
                return
        if usable.id in self._additions or state.local.holds(usable.id):
            return
        address = state.choose(usable)
        failed_at = self._failures.get((usable.id, address.ip, address.port))
        if failed_at is not None and state.now.elapsed - failed_at < state.forget_failure:
            return
        if state.cache.wants(usable.id):
            if not self._has_room(source):
                state.counters.refuse(Refusal.BUSY)
                return
            self._inquire(usable, source, flooded, flood is not None, need_cpa=standing is not None)

    def _has_room(self, source: Address) -> bool:
        """Whether one more entry may be looked into that ``source`` has told of."""
        key, state = (source.ip, source.port), self._state
        if self._told.total() >= MOST_TOLD or self._told_by[state.party_of(source)] >= PER_PARTY:
            return False
        if state.amplification.is_proved(source, state.now.elapsed):
            return self._told[key] < PER_PROVED_SOURCE
        return self._told[key] < PER_UNPROVED_SOURCE and self._told_unproved < MOST_UNPROVED

    def confirmed(self, route: RouteEntry) -> None:
        """The node of ``route`` has just answered a LOOKUP for it: the same proof as an INQUIRE (decision P4)."""
        state = self._state
        standing = state.cache.get(route.id)
        if standing is not None:
            standing.answered(state.now.elapsed)
        elif state.cache.leaf_centers(route.id):
            if route.id not in self._additions and not state.local.holds(route.id):
                self._inquire(route, None, (), False, need_cpa=True)
        elif not state.local.holds(route.id):
            state.cache.add(route, state.now.elapsed)

    def recheck(self, entry: Entry) -> None:
        """Ask a cached entry whether it is still there; a leaf without a known key shows its CPA."""
        state = self._state
        if entry.route.id not in self._additions:
            need_cpa = entry.key is None and bool(state.cache.leaf_centers(entry.route.id))
            self._inquire(entry.route, None, (), False, need_cpa=need_cpa)

    def clear(self) -> None:
        self._additions.clear()
        self._asked.clear()
        self._told.clear()
        self._told_by.clear()
        self._told_unproved = 0

    # Asking -----------------------------------------------------------------------------------------------------------

    def _usable(self, route: RouteEntry) -> RouteEntry | None:
        """``route`` with those addresses that a node of this cloud can have; None when there is none."""
        state = self._state
        if route.port <= state.largest_bad_port:
            return None
        addresses = tuple(ip for ip in route.addresses if state.scope.fits(ip))
        own = {endpoint.ip for endpoint in state.endpoints if endpoint.port == route.port}
        if not addresses or own.intersection(addresses):
            return None
        return route._replace(addresses=addresses)

    def _inquire(
        self, route: RouteEntry, source: Address | None, flooded: tuple[Address, ...], by_flood: bool, *, need_cpa: bool
    ) -> None:
        state = self._state
        address = state.choose(route)
        key = (address.ip, address.port)
        room = PER_PROVED_ENDPOINT if state.amplification.is_proved(address, state.now.elapsed) else 1
        if len(self._additions) >= MOST_PENDING or self._asked[key] >= room:
            state.counters.refuse(Refusal.BUSY)
            return
        need_cpa = need_cpa or state.proves_all or bool(state.cache.leaf_centers(route.id))
        nonce = state.new_nonce() if need_cpa else None
        unproved = source is not None and not state.amplification.is_proved(source, state.now.elapsed)
        addition = Addition(route, address, need_cpa, nonce, source, unproved, flooded, by_flood)
        question = Inquire(self._pending.new_id(), route.id, cpa=need_cpa, chain=need_cpa, nonce=nonce)
        exchange = self._pending.send(
            question, address, lambda answer: self._answered(addition, answer), lambda: self._failed(addition)
        )
        if exchange is not None:
            standing = state.cache.get(route.id)
            doubted = standing is not None and standing.doubted
            exchange.retries = state.tries_when_doubted if doubted else state.tries_of_maintenance
            self._additions[route.id] = addition
            self._asked[key] += 1
            if source is not None:
                self._told[source.ip, source.port] += 1
                self._told_by[state.party_of(source)] += 1
                self._told_unproved += unproved

    def _done(self, addition: Addition) -> None:
        self._additions.pop(addition.route.id, None)
        address, source = addition.address, addition.source
        _decrement(self._asked, (address.ip, address.port))
        if source is not None:
            _decrement(self._told, (source.ip, source.port))
            _decrement(self._told_by, self._state.party_of(source))
            self._told_unproved -= addition.unproved

    def drop(self, id: int) -> None:
        """A route entry is no longer true."""
        cache = self._state.cache
        was_leaf = bool(cache.leaf_centers(id)) and id in cache
        if cache.remove(id) is not None and was_leaf:
            self._listener.lost_leaf()

    def _failed(self, addition: Addition) -> None:
        self._done(addition)
        self.silent(addition.route, addition.address)

    def silent(self, route: RouteEntry, address: Address) -> None:
        """The node there has not answered a question about ``route``."""
        state = self._state
        standing = state.cache.get(route.id)
        if not state.tries_when_doubted or standing is None or address not in standing.route.endpoints:
            self.gone(route.id, address)
        elif route.id in self._additions:
            standing.doubted = True  # it is being asked
        elif standing.doubted:
            self.gone(route.id, address)
        else:
            standing.doubted = True
            self.recheck(standing)

    def gone(self, id: int, address: Address) -> None:
        """The PNRP ID is not held at ``address``, or nobody answers there. An entry with another address stays."""
        key = (id, address.ip, address.port)
        self._failures[key] = self._state.now.elapsed
        self._failures.move_to_end(key)
        if len(self._failures) > MOST_FAILURES:
            self._failures.popitem(last=False)
        standing = self._state.cache.get(id)
        if standing is not None and address in standing.route.endpoints:
            self.drop(id)

    def _answered(self, addition: Addition, answer: Answer) -> None:
        """3.1.5.6.1.2."""
        self._done(addition)
        if answer.not_found:
            self.gone(addition.route.id, addition.address)
            return
        if addition.nonce is None:
            self._add(addition, None)
            return
        self._proofs.entry(
            answer,
            addition.nonce,
            addition.route,
            lambda key: self._proved(addition, key),
            lambda refused: self._disproved(addition, refused),
        )

    def _disproved(self, addition: Addition, refused: Refused) -> None:
        self._state.counters.refuse(refused.why)
        self.gone(addition.route.id, addition.address)

    def _proved(self, addition: Addition, key: bytes) -> None:
        """The owner of ``key`` has proved the entry. It must be the one whose it was before."""
        state = self._state
        standing = state.cache.get(addition.route.id)
        if standing is not None and standing.key is not None and standing.key != key:
            self._disproved(addition, Refused(Refusal.KEY))
        elif state.endpoints and not state.local.holds(addition.route.id):
            self._add(addition, key)

    # What follows -----------------------------------------------------------------------------------------------------

    def _add(self, addition: Addition, key: bytes | None) -> None:
        state = self._state
        known = addition.route.id in state.cache
        centers = [] if known else state.cache.leaf_centers(addition.route.id)
        if centers and key is None:
            # The leaf set has moved since it was asked.
            self._inquire(addition.route, addition.source, addition.flooded, addition.by_flood, need_cpa=True)
            return
        self._failures.pop((addition.route.id, addition.address.ip, addition.address.port), None)
        entry = state.cache.add(addition.route, state.now.elapsed, key)
        if entry is None:
            return
        self._known.remember(addition.address)
        if centers:
            self._flood_on(entry, addition)
            if addition.source not in addition.route.endpoints:
                self._introduce(entry, centers[0], addition)
        if not known:
            self._listener.entered(len(state.cache) == 1)

    def _flood_on(self, entry: Entry, addition: Addition) -> None:
        """To the nearest cached neighbors of the new entry on both sides that have not heard of it (3.2.5.11)."""
        state = self._state
        told = set(addition.flooded) | set(entry.route.endpoints)
        chosen: list[tuple[Entry, Address]] = []
        for side in (
            state.cache.above(entry.route.id, 2 * MOST_ENDPOINTS),
            state.cache.below(entry.route.id, 2 * MOST_ENDPOINTS),
        ):
            for id in side:
                neighbor = state.cache.get(id)
                assert neighbor is not None
                if not told.intersection(neighbor.route.endpoints):
                    address = state.choose(neighbor.route)
                    told.update(neighbor.route.endpoints)
                    chosen.append((neighbor, address))
                    break
        if not chosen:
            return
        passed = (*addition.flooded, state.endpoints[0], *(address for _, address in chosen))
        flooded = tuple(dict.fromkeys(Address(address.ip, address.port) for address in passed))[-MOST_ENDPOINTS:]
        for neighbor, address in chosen:
            self.flood(Flood(self._pending.new_id(), neighbor.route.id, entry.route, None, flooded), address)

    def _introduce(self, entry: Entry, center: int, addition: Addition) -> None:
        """Tell of ourselves: the new entry (reading N7), and whoever has told us of it by FLOOD (3.2.5.11 step 5).

        A teller that has not proved its address is told once and not again: it may be somebody else's (decision P5).
        """
        state = self._state
        self._tell_of(center, entry.route.id, state.choose(entry.route))
        teller = addition.source
        if addition.by_flood and teller is not None:
            known = state.cache.at(teller)
            sent = self._tell_of(center, known.route.id if known is not None else 0, teller)
            if sent is not None and not state.amplification.is_proved(teller, state.now.elapsed):
                sent.retries = 1

    def _tell_of(self, center: int, to: int, address: Address) -> Exchange | None:
        """Send our own route entry; ``to``: the PNRP ID that is known there, or 0."""
        state = self._state
        flooded = tuple(dict.fromkeys(Address(one.ip, one.port) for one in (state.endpoints[0], address)))
        return self.flood(Flood(self._pending.new_id(), to, state.own_route(center), None, flooded), address)

    def flood(self, message: Flood, address: Address) -> Exchange | None:
        """A FLOOD with the D flag clear: who does not acknowledge it is gone (3.2.6.3)."""
        return self._pending.send(
            message,
            address,
            lambda ack: self._acknowledged(message, address, ack),
            lambda: self._unacknowledged(message, address),
        )

    def _unacknowledged(self, message: Flood, address: Address) -> None:
        standing = self._state.cache.get(message.validate)
        if standing is not None and address in standing.route.endpoints:
            self.silent(standing.route, address)
        else:
            self.gone(message.validate, address)

    def _acknowledged(self, message: Flood, address: Address, ack: Ack) -> None:
        standing = self._state.cache.get(message.validate)
        if ack.not_found:
            self.gone(message.validate, address)
        elif standing is not None:
            standing.answered(self._state.now.elapsed)


def _decrement(counter: Counter[T], key: T) -> None:
    counter[key] -= 1
    if counter[key] <= 0:
        del counter[key]
