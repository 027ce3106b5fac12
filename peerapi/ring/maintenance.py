"""What a node does unasked (MS-PNRP 3.1.6.2, 3.2.6.2; MC-DRT 3.1.6.1, 3.2.6.2): keep cache and leaf
sets true and the cloud in one piece."""

from __future__ import annotations

from collections import OrderedDict
from typing import Protocol

from peerapi.address import Address
from peerapi.ring import ids
from peerapi.ring.announcing import Announcer
from peerapi.ring.cache import Entry, Slot, closer, slot_middle
from peerapi.ring.exchange import PendingList
from peerapi.ring.intake import Intake
from peerapi.ring.known_endpoints import KnownEndpoints
from peerapi.ring.message_values import Criteria, Flood, Reason
from peerapi.ring.resolution import Resolve
from peerapi.ring.resolver import Resolver
from peerapi.ring.route_entry import RouteEntry
from peerapi.ring.state import RingState

PERIOD = 15.0
SMALL_PERIOD = 10.0
"While the cache has two entries or fewer (note 1 of section 6)."
SMALL_CACHE = 2
FRESH = 60.0
"An entry that answered this recently is not asked again."
ANNOUNCE_PERIOD = 600.0
"A registration is made known again this often, half of it by chance (decision P7)."
GAP_PATIENCE = 900.0
"A slot that could not be filled is left alone for so long."
MOST_GAPS = 256
REPAIR_MEMORY = 60.0
"Seconds within which one repair after another makes the next ones slower, where a ring wants that."
LARGEST_ESTIMATE = 1 << 32
SPLIT_TESTS = 1.0
"Tests for a split per maintenance period in the whole cloud (3.2.6.2.1)."


class Discovery(Protocol):
    """How a first node is found."""

    def step(self) -> None:
        """Nobody is known: try the next source."""

    def next_seed(self) -> Address | None:
        """Somebody to ask who may be in another part of a split cloud."""


class Maintenance:
    """The Maintenance Timer."""

    def __init__(
        self,
        state: RingState,
        pending: PendingList,
        intake: Intake,
        resolver: Resolver,
        announcer: Announcer,
        discovery: Discovery,
        known: KnownEndpoints,
    ) -> None:
        self._state = state
        self._pending = pending
        self._intake = intake
        self._resolver = resolver
        self._announcer = announcer
        self._discovery = discovery
        self._known = known
        self._leaf_lost = False
        self._repair_factor = 1
        self._repaired_at = 0.0
        self._gaps: OrderedDict[Slot, float] = OrderedDict()
        self.splits_seen = 0

    def start(self) -> None:
        """The first expiry comes somewhere within the period, so that nodes started together do not act together."""
        self._set(self._period() * (0.5 + 0.5 * self._state.random.random()))

    def _period(self) -> float:
        return SMALL_PERIOD if len(self._state.cache) <= SMALL_CACHE else PERIOD

    def _set(self, delay: float) -> None:
        self._state.timers.set("maintenance", self._state.now.elapsed + delay, self._expired)

    def lost_leaf(self) -> None:
        """An entry of a leaf set is gone; the gap is closed soon."""
        self._leaf_lost = True
        state = self._state
        wait = self._repair_factor * (1.0 + 2.0 * state.random.random())
        state.timers.set_earlier("leaves", state.now.elapsed + wait, self._repair_leaves)

    def _expired(self) -> None:
        self._set(self._period())
        state = self._state
        if not state.endpoints:
            return
        if not len(state.cache):
            self._discovery.step()
            return
        self._check_entries()
        self._fill_gap()
        self._announce()
        self._test_for_split()

    # The cache --------------------------------------------------------------------------------------------------------

    def _check_entries(self) -> None:
        """Ask the leaf and the other entry that have been silent longest whether they are still there."""
        state = self._state
        leaves = state.cache.leaves()
        known = {entry.route.id for entry in leaves}
        unproved = next((entry for entry in leaves if entry.key is None), None)
        if unproved is not None:
            self._intake.recheck(unproved)
        elif leaves:
            self._gossip(leaves)
        others = [entry for entry in state.cache if entry.route.id not in known]
        oldest = min(others, key=_checked, default=None)
        if oldest is not None and oldest.checked < state.now.elapsed - FRESH:
            self._intake.recheck(oldest)

    def _gossip(self, leaves: list[Entry]) -> None:
        """A leaf is asked by a FLOOD about another one, or about us: so leaf sets with holes mend (decision P9)."""
        state = self._state
        oldest = min(leaves, key=_checked)
        others = [entry.route for entry in leaves if entry is not oldest]
        own = state.own_route(state.random.choice(state.local.ids))
        subject = state.random.choice(others) if others and state.random.random() < 0.5 else own
        address = state.choose(oldest.route)
        message = Flood(self._pending.new_id(), oldest.route.id, subject, None, (state.endpoints[0], address))
        self._intake.flood(message, address)

    def _fill_gap(self) -> None:
        """Look for an entry in the middle of an empty slot, matching just so many bits as to hit the slot (note 6)."""
        state = self._state
        now = state.now.elapsed
        while self._gaps and now - next(iter(self._gaps.values())) > GAP_PATIENCE:
            self._gaps.popitem(last=False)
        gap = state.cache.gap(state.cache.density(), self._gaps)
        if gap is None or len(self._gaps) >= MOST_GAPS:
            return
        self._gaps[gap] = now
        target, precision = slot_middle(gap)
        self._resolver.start(
            target, Criteria.UPPER_BITS, Reason.CACHE_MAINTENANCE, precision=precision, done=lambda resolve: None
        )

    def _repair_leaves(self) -> None:
        """Search around every registration whose leaf set has lost an entry: its neighbors know who comes next."""
        state = self._state
        if self._leaf_lost and len(state.cache):
            self._leaf_lost = False
            again = state.now.elapsed - self._repaired_at < REPAIR_MEMORY
            self._repair_factor = min(2 * self._repair_factor, state.slowest_repair) if again else 1
            self._repaired_at = state.now.elapsed
            for id in state.local.ids:
                below, above = state.cache.leaf_set(id)
                for end in {*below[-1:], *above[-1:]}:
                    entry = state.cache.get(end)
                    assert entry is not None
                    self._announcer.announce(id, entry.route)

    def _announce(self) -> None:
        """Make known again what was last announced long ago, or before anybody else was known."""
        state = self._state
        now = state.now.elapsed
        for id in state.local.ids:
            if now - self._announcer.announced_at(id) > ANNOUNCE_PERIOD * (0.5 + state.random.random()):
                self._announcer.announce(id)

    # Splits (3.2.6.2.1) -----------------------------------------------------------------------------------------------

    def estimated_size(self) -> float:
        """The estimated number of nodes in the cloud (3.2.6.2.1.1); 1 when nothing can be said."""
        state = self._state
        estimates = []
        for center in state.local.ids:
            below, above = state.cache.leaf_set(center)
            if above:
                width = (above[0] - below[0]) & ids.MASK
                estimate = 2 * ids.RING / (width or ids.RING)
                if estimate < LARGEST_ESTIMATE:
                    estimates.append(estimate)
        if not estimates:
            return 1.0
        return max(sum(estimates) / len(estimates) / len(state.local.ids), 1.0)

    def _test_for_split(self) -> None:
        state = self._state
        if not state.local.ids or state.random.random() * self.estimated_size() > SPLIT_TESTS:
            return
        self.test_for_split(state.random.choice(state.local.ids))

    def _outsider(self) -> Address | None:
        """Somebody to ask who may be in another part: a seed, or an endpoint that has left the cache (decision P8)."""
        state = self._state
        strangers = [address for address in self._known.addresses if not state.cache.uses(address)]
        seed = self._discovery.next_seed()
        if seed is not None and (not strangers or state.random.random() < 0.5):
            return seed
        return state.random.choice(strangers) if strangers else None

    def test_for_split(self, own: int, first: RouteEntry | None = None, *, repeat: bool = True) -> None:
        """Resolve PNRP ID + 1 from outside of the own cache, and see whether that finds the same neighbors."""
        state = self._state
        if first is None:
            outsider = self._outsider()
            if outsider is None:
                return
            first = RouteEntry(0, outsider.port, (outsider.ip,))
        before = frozenset(entry.route.id for entry in state.cache)
        self._resolver.start(
            (own + 1) & ids.MASK,
            Criteria.NONE,
            Reason.SPLIT_DETECTION,
            first=first,
            done=lambda resolve: self._tested(own, resolve, before, repeat),
        )

    def _tested(self, own: int, resolve: Resolve, before: frozenset[int], repeat: bool) -> None:
        """3.2.5.11.1: three possibilities. Where there was a split, both sides are told of each other."""
        state = self._state
        if not state.local.holds(own) or not resolve.routes:
            return
        best = resolve.routes[-1]
        nearer = [number for number in before if number != best.id and closer(number, best.id, resolve.target)]
        if best.id in before and not nearer:
            return
        self.splits_seen += 1
        self._announcer.announce(own, best)
        if best.id not in before and not nearer and repeat:
            for other in state.local.ids:
                if other != own:
                    self.test_for_split(other, best, repeat=False)


def _checked(entry: Entry) -> float:
    return entry.checked
