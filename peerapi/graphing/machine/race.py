"""Calls to several addresses of which one is enough: the first that leads to a neighbor wins, the others are ended.

A node has several addresses, and from where one calls mostly one of them works; the others may be silent for a long
time. So the next call begins a second after the one before, or at once when that has failed, and the first that is
complete (WELCOME has come) stays. Towards the application all of it is one connection: the chain of
``next_connection_id`` leads from the call that it knows to the one that has won.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from peerapi.address import Address
from peerapi.errors import AlreadyExists, ConnectionFailed, ConnectSelf
from peerapi.graphing.events import ConnectionChanged, ConnectionStatus
from peerapi.graphing.link import Link
from peerapi.graphing.machine.ports import Calls, LinkEnds
from peerapi.graphing.machine.referrals import Referrals
from peerapi.graphing.state import GraphState

STAGGER = 1.0
"Seconds between the beginnings of two calls, when the first does not fail before."
MOST_AT_ONCE = 8
"Calls of one race that are under way."
MOST_ADDRESSES = 32
"Addresses that one race takes."


class Race:
    """The calls for one connection."""

    def __init__(self, addresses: Iterable[Address], peer_id: str | None) -> None:
        self.waiting = deque(addresses)
        "Addresses that have not been called yet."
        self.peer_id = peer_id
        self.running: list[Link] = []
        "Calls under way, in the order in which they began. The application, if it asked, knows of the first."
        self.winner: Link | None = None
        self.reason = ConnectionFailed.hresult
        "Why calls have failed: what somebody said who was reached counts more than silence."


class Races:
    """The races of one graph, and what its application hears of calls that fail."""

    def __init__(self, state: GraphState, calls: Calls, ends: LinkEnds, referrals: Referrals) -> None:
        self._state = state
        self._calls = calls
        self._ends = ends
        self._referrals = referrals
        self._of: dict[Link, Race] = {}
        "The calls under way that belong to a race."

    def connect(self, addresses: Iterable[Address], peer_id: str | None) -> int:
        """Begin a connection for the application to whoever answers first at one of the addresses; returns its ID, and
        the result comes as events, as with ``Connections.connect``.

        Raises ConnectSelf (they are all our own), AlreadyExists (a neighbor listens at one of them).
        """
        own = {(one.ip, one.port) for one in self._state.addresses}
        others = [one for one in dict.fromkeys(addresses) if (one.ip, one.port) not in own]
        if not others:
            raise ConnectSelf
        if any(map(self._referrals.connected_to, others)):
            raise AlreadyExists("That node is a neighbor already.")
        return self.begin(others, peer_id, requested=True).id

    def begin(self, addresses: Iterable[Address], peer_id: str | None = None, *, requested: bool = False) -> Link:
        """The first call of a race, which goes on by itself. There is at least one address."""
        link = self._call(Race(_relayed_second(addresses)[:MOST_ADDRESSES], peer_id))
        link.requested = requested
        return link

    def _call(self, race: Race) -> Link:
        link = self._calls.dial(race.waiting.popleft(), race.peer_id)
        self._join(race, link)
        self._schedule(race)
        return link

    def _join(self, race: Race, link: Link) -> None:
        self._of[link] = race
        race.running.append(link)

    def _schedule(self, race: Race) -> None:
        if race.waiting and race.running and race.winner is None:
            self._state.timers.set(("race", race), self._state.now.elapsed + STAGGER, lambda: self._next(race))
        else:
            self._state.timers.cancel(("race", race))

    def _next(self, race: Race) -> None:
        if self._state.closing:
            return
        if len(race.running) < MOST_AT_ONCE:
            self._call(race)
        else:
            self._schedule(race)

    def won(self, link: Link) -> None:
        """A call has led to a neighbor: the others of its race are ended. The application hears of the call that it
        knows that another one follows, and then, from who calls this, that that is connected."""
        race = self._of.get(link)
        if race is None:
            return
        race.winner = link
        self._schedule(race)
        for other in list(race.running):
            if other is not link:
                self._ends.abort(other)
        race.running.clear()
        del self._of[link]

    def is_beaten(self, link: Link) -> bool:
        """Whether a call is ended only because another one of its race has won."""
        race = self._of.get(link)
        return race is not None and race.winner is not None

    def fail(self, link: Link, reason: int, following: Link | None) -> None:
        """A call has led nowhere, and perhaps to another one along a referral. Others of its race go on; the
        application, if it waits for this very call, is told of that once."""
        race = self._of.pop(link, None)
        if race is not None:
            following = self._after(race, link, reason, following)
            reason = reason if following is not None else race.reason
        if link.requested:
            link.requested = False
            next_id = following.id if following else 0
            failed = ConnectionStatus.FAILED
            self._state.notify(ConnectionChanged(link.direct, failed, link.id, link.node_id, next_id, reason))

    def _after(self, race: Race, link: Link, reason: int, following: Link | None) -> Link | None:
        """The call that the application has to wait for now that one has failed."""
        race.running.remove(link)
        if race.winner is not None:
            return race.winner
        if race.reason == ConnectionFailed.hresult:
            race.reason = reason
        if following is not None:
            following.requested = False
            self._join(race, following)
        elif race.waiting and not self._state.closing:
            self._call(race)
        if not race.running:
            self._schedule(race)
            return None
        first = race.running[0]
        first.requested = first.requested or link.requested
        return first


def _relayed_second(addresses: Iterable[Address]) -> list[Address]:
    """An address that leads through a relay comes behind the first of the others: a direct connection is better, and
    where there can be none it costs the time of one STAGGER."""
    found = list(addresses)
    direct = [one for one in found if not one.relay]
    return [*direct[:1], *(one for one in found if one.relay), *direct[1:]]
