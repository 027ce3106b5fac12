"""IDs made known to the nodes around them, and withdrawn (MS-PNRP 3.2.4.1 step 5, 3.2.4.2; MC-DRT likewise)."""

from __future__ import annotations

from collections.abc import Callable

from peerapi.address import Address
from peerapi.ring import ids
from peerapi.ring.cache import Entry
from peerapi.ring.exchange import PendingList
from peerapi.ring.intake import Intake
from peerapi.ring.message_values import MOST_ENDPOINTS, Criteria, Flood, Reason
from peerapi.ring.outputs import HopFlag
from peerapi.ring.resolution import Resolve
from peerapi.ring.resolver import Resolver
from peerapi.ring.route_entry import RouteEntry
from peerapi.ring.state import RingState

FIRST_PAUSE, LONGEST_PAUSE = 2.0, 300.0
"Seconds until an announcement that has not got all its answers is made again."
UNHEARD = HopFlag.UNREACHABLE | HopFlag.TOO_BUSY
"What became of a question that nobody has looked at."


class Announcer:
    """What neighbors are told of the IDs registered here."""

    def __init__(self, state: RingState, pending: PendingList, intake: Intake, resolver: Resolver) -> None:
        self._state = state
        self._pending = pending
        self._intake = intake
        self._resolver = resolver
        self._announced: dict[int, float] = {}
        self._pauses: dict[int, float] = {}
        "IDs that nobody may have heard of yet, and when each is announced again once that has failed."

    def make_known(self, id: int) -> None:
        """Announce an ID of which the nodes around it may not have heard, and again, less and less often, until an
        announcement has got all its answers (decision P7).

        Whoever has just come knows a few nodes, often one: if that one's answer is lost, nobody hears of the ID, and
        nobody tells its node of others.
        """
        self._pauses[id] = FIRST_PAUSE
        self.announce(id)

    def announce(self, id: int, start: RouteEntry | None = None) -> None:
        """Resolve ID + 1, so that the nodes around it hear of it (MS-PNRP 3.2.4.1 step 5)."""
        state = self._state
        self._announced[id] = state.now.elapsed
        own = state.own_route(id)
        self._resolver.start(
            (id + 1) & ids.MASK,
            Criteria.NONE,
            Reason.REGISTRATION,
            best=own,
            first=start,
            done=lambda resolve: self._announcement_ended(id, resolve),
        )

    def _announcement_ended(self, id: int, resolve: Resolve) -> None:
        state = self._state
        pause = self._pauses.get(id)
        if pause is None:
            return
        if not len(state.cache):
            self._known(id)  # there is nobody to tell; the first node that is known is told of all IDs
            return
        if resolve.useful_hops and not any(hop.flags & UNHEARD for hop in resolve.hops):
            self._known(id)
            return
        self._pauses[id] = min(2 * pause, LONGEST_PAUSE)
        wait = pause * (0.75 + 0.5 * state.random.random())
        state.timers.set(("announce", id), state.now.elapsed + wait, lambda: self._announce_again(id))

    def _announce_again(self, id: int) -> None:
        if self._state.endpoints:
            self.announce(id)

    def _known(self, id: int) -> None:
        """It is not announced again before its time."""
        self._pauses.pop(id, None)
        self._state.timers.cancel(("announce", id))

    def announced_at(self, id: int) -> float:
        """When an ID was last announced, by the elapsed clock; 0.0: not yet."""
        return self._announced.get(id, 0.0)

    def centers_changed(self) -> None:
        """The IDs registered here have changed: new leaf sets, whose entries have yet to show a CPA."""
        state = self._state
        state.cache.set_centers(state.local.ids)
        for gone in [id for id in self._announced if not state.local.holds(id)]:
            del self._announced[gone]
            self._known(gone)
        if not state.endpoints:
            return
        for entry in state.cache.leaves():
            if entry.key is None:
                self._intake.recheck(entry)

    def farewell(self, id: int) -> Callable[[bytes], None]:
        """3.2.4.2: the two neighbors drop the entry, the far ends of the leaf set learn of each other's side.

        What comes back does that, given the revocation; it knows the neighbors of now.
        """
        below, above = self._state.cache.leaf_set(id)
        entries = {one: self._state.cache.get(one) for one in (*below, *above)}

        def say(data: bytes) -> None:
            if not above or not self._state.endpoints:
                return
            for neighbor in dict.fromkeys((above[0], below[0])):
                self._flood(entries[neighbor], None, data, ())
            self._flood(entries[below[-1]], entries[above[0]], None, ())
            self._flood(entries[above[-1]], entries[below[0]], None, ())

        return say

    def revoked(self, id: int, message: Flood) -> None:
        """A revocation has proved true: the entry goes, and the message travels on through the leaf sets it was in."""
        targets = self._onward(id, message.flooded)
        self._intake.drop(id)
        for target in targets:
            self._flood(self._state.cache.get(target), None, message.revoke, message.flooded)

    def _flood(
        self, to: Entry | None, subject: Entry | None, revoke: bytes | None, flooded: tuple[Address, ...]
    ) -> None:
        state = self._state
        if to is None or to is subject:
            return
        address = state.choose(to.route)
        passed = (*flooded, state.endpoints[0], address)
        listed = tuple(dict.fromkeys(Address(one.ip, one.port) for one in passed))[-MOST_ENDPOINTS:]
        route = subject.route if subject is not None else None
        self._intake.flood(Flood(self._pending.new_id(), to.route.id, route, revoke, listed), address)

    def _onward(self, revoked: int, flooded: tuple[Address, ...]) -> list[int]:
        """For each leaf set that held the entry, the nearest neighbor on the side away from it."""
        state = self._state
        targets: dict[int, None] = {}
        for center in state.cache.leaf_centers(revoked):
            side = state.cache.below(center) if (revoked - center) & ids.MASK <= ids.HALF else state.cache.above(center)
            for id in side:
                neighbor = state.cache.get(id)
                if id != revoked and neighbor is not None and not set(flooded).intersection(neighbor.route.endpoints):
                    targets[id] = None
                    break
        return list(targets)
