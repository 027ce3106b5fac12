"""Searches of the application: one key, the nearest ones, those of a range, and each step by hand (drt.h).

One key is one resolution. The others ask for the nearest key to places that ``coverage`` chooses. Every key is proved
before it is a result.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from peerapi.drt.border import End, Match, PathFlag, PathNode, Query, Result
from peerapi.drt.coverage import Coverage
from peerapi.drt.outputs import SearchEnded, SearchResult
from peerapi.drt.proofs import FoundKey
from peerapi.drt.state import TableState, key_bytes, key_number
from peerapi.ring.ids import BITS, RING
from peerapi.ring.message_values import Criteria, Reason
from peerapi.ring.outputs import Failure, Hop
from peerapi.ring.resolution import Resolve
from peerapi.ring.resolver import Resolver
from peerapi.ring.route_entry import RouteEntry

MOST_SEARCHES = 1024
ATTEMPTS = 6
"Resolutions for one place, when nodes on the way did not answer."
SHARE, SHORTEST = 4, 5.0
"What part of a search's time one resolution may take, and seconds that it may take in any case."
MOST_LEADS = 64
MOST_HOPS = 512
"Of a path that is told."


@dataclass(slots=True, eq=False)
class Search:
    """One search under way."""

    handle: int
    query: Query
    target: int
    coverage: Coverage | None
    "None: it is for one key only."
    found: dict[int, FoundKey] = field(default_factory=dict)
    told: int = 0
    hops: list[Hop] = field(default_factory=list)
    resolve: int = 0
    "Handle of the resolution under way."
    attempts: int = 0
    leads: tuple[RouteEntry, ...] = ()
    "Nodes that have answered in the resolutions before this one for the same place."
    is_ended: bool = False


class Searches:
    """The searches under way, and the paths of those that are not forgotten."""

    def __init__(self, state: TableState, resolver: Resolver) -> None:
        self._state = state
        self._resolver = resolver
        self._searches: dict[int, Search] = {}
        self._deferred: list[Search] = []

    def __len__(self) -> int:
        return len(self._searches)

    @property
    def is_waiting(self) -> bool:
        """There are searches that have not begun."""
        return bool(self._deferred)

    def start(self, query: Query, *, wait: bool) -> int:
        """The handle of a search, which the caller ends once with ``end``. Its results are outputs. ``wait``: until
        ``begin_deferred``."""
        state = self._state
        target = key_number(query.key)
        low = 0 if query.minimum is None else key_number(query.minimum)
        high = RING - 1 if query.maximum is None else key_number(query.maximum)
        coverage = None
        if not query.exact and low != high:
            coverage = Coverage(target, low, high, int(RING // max(state.cache.density(), 1.0)))
        search = Search(state.new_handle(), query, target, coverage)
        self._searches[search.handle] = search
        state.timers.set(
            ("search", search.handle), state.now.elapsed + query.timeout, lambda: self._finish(search, End.TIMEOUT)
        )
        if query.own:
            self._add_own(search)
        if len(self._searches) > MOST_SEARCHES:
            self._finish(search, End.NO_MORE)
        elif wait:
            self._deferred.append(search)
        else:
            self._go_on(search)
        return search.handle

    def begin_deferred(self) -> None:
        """The node knows by now where a search begins, or that it is alone."""
        deferred, self._deferred = self._deferred, []
        for search in deferred:
            self._go_on(search)

    def continue_(self, handle: int) -> bool:
        """DrtContinueSearch. False: no hop is waiting."""
        search = self._searches.get(handle)
        return search is not None and self._resolver.go_on(search.resolve)

    def end(self, handle: int) -> None:
        """DrtEndSearch: nothing more is said of it."""
        search = self._searches.pop(handle, None)
        if search is not None and not search.is_ended:
            search.is_ended = True
            self._state.timers.cancel(("search", handle))
            self._resolver.cancel(search.resolve)

    def end_all(self, why: End) -> None:
        for search in list(self._searches.values()):
            self._finish(search, why)

    def path(self, handle: int) -> tuple[PathNode, ...]:
        """The nodes asked so far."""
        search = self._searches.get(handle)
        if search is None:
            return ()
        hops = (*search.hops, *self._resolver.hops(search.resolve))[-MOST_HOPS:]
        return tuple(
            PathNode(
                hop.address,
                PathFlag(int(hop.flags)),
                BITS - (hop.pnrp_id ^ search.target).bit_length(),
                0 if hop.seconds is None else max(int(hop.seconds * 1000), 0),
            )
            for hop in hops
        )

    # Steps ------------------------------------------------------------------------------------------------------------

    def _add_own(self, search: Search) -> None:
        addresses = self._state.endpoints
        for registration in self._state.registrations:
            if search.coverage is None:
                if registration.id == search.target:
                    search.found[registration.id] = FoundKey(registration.id, registration.payload, addresses)
            elif search.coverage.add(registration.id):
                search.found[registration.id] = FoundKey(registration.id, registration.payload, addresses)

    def _go_on(self, search: Search) -> None:
        if search.is_ended:
            return
        if search.coverage is None:
            known = search.found.get(search.target)
            if known is not None:
                self._tell(search, known)
                self._finish(search, End.NO_MORE)
            else:
                self._resolve(search, search.target, nearest=False)
            return
        if search.query.any_match:
            key = search.coverage.any_key
            if key is not None:
                self._tell(search, search.found[key])
                self._finish(search, End.NO_MORE)
                return
        while search.told < search.query.most and (key := search.coverage.take()) is not None:
            self._tell(search, search.found[key])
        place = search.coverage.place() if search.told < search.query.most else None
        if place is None:
            self._finish(search, End.NO_MORE)
        else:
            self._resolve(search, place, nearest=True)

    def _resolve(self, search: Search, place: int, *, nearest: bool) -> None:
        state = self._state
        if not state.endpoints:
            self._finish(search, End.NO_MORE)
            return
        search.attempts += 1
        handle = self._resolver.start(
            place,
            Criteria.NONE,
            Reason.APP_REQUEST,
            nearest=nearest,
            known=search.found,
            leads=search.leads,
            timeout=None if search.query.iterative else max(search.query.timeout / SHARE, SHORTEST),
            done=lambda resolve: self._resolved(search, place, resolve),
            paused=(lambda route: self._paused(search, route)) if search.query.iterative else None,
        )
        if not search.is_ended:
            search.resolve = handle

    def _paused(self, search: Search, route: RouteEntry) -> None:
        result = Result(Match.INTERMEDIATE, key_bytes(route.id))
        self._state.outputs.append(SearchResult(search.handle, result))

    def _resolved(self, search: Search, place: int, resolve: Resolve) -> None:
        if search.is_ended:
            return
        search.hops += resolve.hops[: MOST_HOPS - len(search.hops)]
        found: FoundKey | None = resolve.found[0] if resolve.found else None
        silent = resolve.failure is Failure.TIMEOUT or any(hop.seconds is None for hop in resolve.hops)
        if found is None and silent and search.attempts < ATTEMPTS and resolve.failure is not Failure.CANCELLED:
            search.leads = (*search.leads, *resolve.useful)[-MOST_LEADS:]
            self._later(search, place)
            return
        search.attempts, search.leads = 0, ()
        if found is not None:
            search.found[found.id] = found
        if search.coverage is not None:
            search.coverage.learned(place, found.id if found is not None else None)
            self._later(search, None)
        else:
            if found is not None:
                self._tell(search, found)
            self._finish(search, End.NO_MORE)

    def _later(self, search: Search, place: int | None) -> None:
        """The next resolution begins when the one that has just ended is out of the way."""

        def begin() -> None:
            if search.is_ended:
                return
            if place is None:
                self._go_on(search)
            else:
                self._resolve(search, place, nearest=search.coverage is not None)

        self._state.timers.set(("next", search.handle), self._state.now.elapsed, begin)

    def _tell(self, search: Search, found: FoundKey) -> None:
        query = search.query
        inside = query.minimum is not None or found.id == search.target
        search.told += 1
        result = Result(Match.EXACT if inside else Match.NEAR, key_bytes(found.id), found.payload)
        self._state.outputs.append(SearchResult(search.handle, result))

    def _finish(self, search: Search, end: End) -> None:
        if search.is_ended:
            return
        search.hops += self._resolver.hops(search.resolve)
        search.is_ended = True
        state = self._state
        state.timers.cancel(("search", search.handle))
        state.timers.cancel(("next", search.handle))
        self._resolver.cancel(search.resolve)
        search.resolve = 0
        state.outputs.append(SearchEnded(search.handle, end))
