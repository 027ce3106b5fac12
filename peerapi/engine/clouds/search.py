"""A peer name that is looked for in one or several clouds at once.

No lock is held while somebody waits for the end of a search.
"""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import NamedTuple, NoReturn, Protocol

from peerapi.address import Address
from peerapi.engine.clouds.member import Query
from peerapi.engine.clouds.network import Plan
from peerapi.engine.runtime import moment
from peerapi.errors import NotFound, WrappedWin32Error
from peerapi.pnrp.outputs import Failure, Found, Hop, Resolved

PAUSE = 0.1
"Seconds between the attempts of a search that may have come too early."
GRACE = 5.0
"Seconds that a caller waits longer than the search takes, should the engine not answer."
LEGS = {
    Failure.NO_ADDRESS: 10050,  # WSAENETDOWN
    Failure.NO_NODES: 10051,  # WSAENETUNREACH
    Failure.NOT_FOUND: 11001,  # WSAHOST_NOT_FOUND
    Failure.UNREACHABLE: 10065,  # WSAEHOSTUNREACH
    Failure.NOT_CONFIRMED: 11002,  # WSATRY_AGAIN
    Failure.REFUSED: 11003,  # WSANO_RECOVERY
    Failure.TIMEOUT: 10060,  # WSAETIMEDOUT
    Failure.CANCELLED: 1223,  # ERROR_CANCELLED
}
"Which leg of a search failed, as a Win32 error. Of several clouds the failure that stands farther down is told."


class Hit(NamedTuple):
    """One registration of a name, and the cloud it was found in."""

    found: Found
    plan: Plan

    @property
    def addresses(self) -> tuple[Address, ...]:
        """Where the application listens, as this machine reaches it: link-local ones through the cloud's interface."""
        plain = (Address(one.ip, one.port) for one in self.found.endpoints)
        return tuple(one._replace(scope=self.plan.scope_id) if one.has_zone else one for one in plain)


class Asked(Protocol):
    """Who is asked for a name: a cloud, or the relays."""

    plan: Plan

    def resolve(self, query: Query, timeout: float, watcher: Callable[[Resolved], None]) -> int: ...
    def cancel(self, handle: int) -> None: ...
    def may_come_later(self, resolved: Resolved, most: int, seconds: float) -> bool: ...
    def look_around(self) -> None: ...
    def later(self, seconds: float, work: Callable[[], object]) -> None: ...


class Search:
    """A search under way, or what it has found."""

    def __init__(self, query: Query, changed: Callable[[], object]) -> None:
        """``changed`` is called, on any thread and without a lock, whenever something was found and at the end."""
        self.name = query.name
        self.most = query.most
        self.hits: deque[Hit] = deque()
        self.hops: list[Hop] = []
        "Every question that was asked, for a trace; complete at the end."
        self.ended = False
        self.failure: Failure | None = None
        "Why nothing was found; of several clouds the one that came farthest."
        self._query = query
        self._changed = changed
        self._condition = threading.Condition()
        self._under_way: dict[Asked, int] = {}
        self._given: set[tuple[object, ...]] = set()
        self._began = moment().elapsed
        self._deadline = self._began

    def start(self, members: Sequence[Asked], timeout: float) -> None:
        """Ask all clouds. Their answers come to the engine's thread."""
        self._deadline = self._began + timeout
        with self._condition:
            self._under_way = dict.fromkeys(members, 0)
        for member in members:
            self._ask(member)

    def _ask(self, member: Asked) -> None:
        left = max(0.01, self._deadline - moment().elapsed)
        try:
            handle = member.resolve(self._query, left, lambda resolved: self._answered(member, resolved))
        except NotFound:
            self._done(member, (), Failure.CANCELLED)
            return
        with self._condition:
            if member in self._under_way:
                self._under_way[member] = handle
            if not self.ended:
                return
        member.cancel(handle)

    def _answered(self, member: Asked, resolved: Resolved) -> None:
        """A cloud has answered; on the engine's thread."""
        self.hops += resolved.hops
        now = moment().elapsed
        again = member.may_come_later(resolved, self.most, now - self._began)
        if again and now < self._deadline and not self.ended:
            with contextlib.suppress(NotFound):
                member.look_around()
            member.later(PAUSE, lambda: self._ask(member))
            return
        self._done(member, resolved.found, resolved.failure)

    def _done(self, member: Asked, found: tuple[Found, ...], failure: Failure | None) -> None:
        with self._condition:
            if self._under_way.pop(member, None) is None or self.ended:
                return
            for one in filter(self._query.accepts or bool, found):
                hit = Hit(one, member.plan)
                key = (one.public_key, hit.addresses, one.friendly_name, one.payload)
                if key not in self._given and len(self._given) < self.most:
                    self._given.add(key)
                    self.hits.append(hit)
            legs = list(LEGS)
            if failure is not None and (self.failure is None or legs.index(failure) > legs.index(self.failure)):
                self.failure = failure
            self.ended = not self._under_way or len(self._given) >= self.most
            rest = list(self._under_way.items()) if self.ended else []
            self._under_way = {} if self.ended else self._under_way
            self._condition.notify_all()
        self._changed()
        for other, handle in rest:
            other.cancel(handle)

    def wait(self) -> list[Hit]:
        """Everything, once the search has ended; nothing is an answer too. Raises WrappedWin32Error, as ``LEGS`` has
        it, for a search that somebody has ended (ERROR_CANCELLED) or that has not ended in time."""
        with self._condition:
            self._wait_for(lambda: self.ended)
            hits, over = list(self.hits), self.ended and self.failure is not Failure.CANCELLED
        if not hits and not over:
            self._fail()
        return hits

    def wait_found(self) -> list[Hit]:
        """The same for a caller to whom nothing is a failure. Raises WrappedWin32Error: the leg that failed."""
        return self.wait() or self._fail()

    def _fail(self) -> NoReturn:
        failure = self.failure or Failure.NOT_FOUND
        raise WrappedWin32Error(LEGS[failure], failure.value)

    def wait_next(self) -> Hit | None:
        """The next hit, once there is one; None when there will be no other."""
        with self._condition:
            self._wait_for(lambda: self.has_news)
            return self.hits.popleft() if self.hits else None

    def _wait_for(self, over: Callable[[], bool]) -> None:
        left = self._deadline + GRACE - moment().elapsed
        if not self._condition.wait_for(over, left):
            self.failure = Failure.TIMEOUT

    def take(self) -> Hit | None:
        """The next one found; None when there is none now. Raises IndexError when there will be no other."""
        with self._condition:
            if self.hits:
                return self.hits.popleft()
            if self.ended:
                raise IndexError
            return None

    @property
    def has_news(self) -> bool:
        """Whether ``take`` would give something, or say that all is over."""
        return bool(self.hits) or self.ended

    def cancel(self) -> None:
        """End the search; nobody is told any more."""
        self._changed = lambda: None
        with self._condition:
            rest, self._under_way = list(self._under_way.items()), {}
            if not self.ended:
                self.ended = True
                self.failure = Failure.CANCELLED
            self._condition.notify_all()
        for member, handle in rest:
            member.cancel(handle)
