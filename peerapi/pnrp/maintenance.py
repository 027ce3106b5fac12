"""What a node does unasked (MS-PNRP 3.1.6.2, 3.2.6.2): keep cache and leaf sets true and the cloud in one piece."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from peerapi.address import Address
from peerapi.pnrp import ids
from peerapi.pnrp.cache import Entry, Slot, closer, slot_middle
from peerapi.pnrp.messages import Criteria, Flood, Reason
from peerapi.pnrp.route_entry import RouteEntry

if TYPE_CHECKING:
    from peerapi.pnrp.cloud import Cloud
    from peerapi.pnrp.registration import Registration
    from peerapi.pnrp.resolver import Resolve

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
LARGEST_ESTIMATE = 1 << 32
SPLIT_TESTS = 1.0
"Tests for a split per maintenance period in the whole cloud (3.2.6.2.1)."


class Maintenance:
    """The Maintenance Timer."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._leaf_lost = False
        self._gaps: OrderedDict[Slot, float] = OrderedDict()
        self._announced: dict[int, float] = {}
        self.splits_seen = 0

    def start(self) -> None:
        """The first expiry comes somewhere within the period, so that nodes started together do not act together."""
        self._set(self._period() * (0.5 + 0.5 * self._cloud.random.random()))

    def _period(self) -> float:
        return SMALL_PERIOD if len(self._cloud.cache) <= SMALL_CACHE else PERIOD

    def _set(self, delay: float) -> None:
        self._cloud.timers.set("maintenance", self._cloud.now.elapsed + delay, self._expired)

    def lost_leaf(self) -> None:
        """An entry of a leaf set is gone; the gap is closed soon."""
        self._leaf_lost = True
        cloud = self._cloud
        cloud.timers.set_earlier("leaves", cloud.now.elapsed + 1.0 + 2.0 * cloud.random.random(), self._repair_leaves)

    def announced(self, registration: Registration) -> None:
        self._announced[registration.pnrp_id] = self._cloud.now.elapsed

    def _expired(self) -> None:
        self._set(self._period())
        cloud = self._cloud
        if not cloud.endpoints:
            return
        if not len(cloud.cache):
            cloud.discovery.step()
            return
        self._check_entries()
        self._fill_gap()
        self._announce()
        self._test_for_split()

    # The cache --------------------------------------------------------------------------------------------------------

    def _check_entries(self) -> None:
        """Ask the leaf and the other entry that have been silent longest whether they are still there."""
        cloud = self._cloud
        leaves = cloud.cache.leaves()
        known = {entry.route.id for entry in leaves}
        unproved = next((entry for entry in leaves if entry.key is None), None)
        if unproved is not None:
            cloud.intake.recheck(unproved)
        elif leaves:
            self._gossip(leaves)
        others = [entry for entry in cloud.cache if entry.route.id not in known]
        oldest = min(others, key=_checked, default=None)
        if oldest is not None and oldest.checked < cloud.now.elapsed - FRESH:
            cloud.intake.recheck(oldest)

    def _gossip(self, leaves: list[Entry]) -> None:
        """A leaf is asked by a FLOOD about another one, or about us: so leaf sets with holes mend (decision P9)."""
        cloud = self._cloud
        oldest = min(leaves, key=_checked)
        others = [entry.route for entry in leaves if entry is not oldest]
        own = cloud.own_route(cloud.random.choice(cloud.registrations.ids))
        subject = cloud.random.choice(others) if others and cloud.random.random() < 0.5 else own
        address = cloud.choose(oldest.route)
        message = Flood(cloud.pending.new_id(), oldest.route.id, subject, None, (cloud.endpoints[0], address))
        cloud.intake.flood(message, address)

    def _fill_gap(self) -> None:
        """Look for an entry in the middle of an empty slot, matching just so many bits as to hit the slot (note 6)."""
        cloud = self._cloud
        now = cloud.now.elapsed
        while self._gaps and now - next(iter(self._gaps.values())) > GAP_PATIENCE:
            self._gaps.popitem(last=False)
        gap = cloud.cache.gap(cloud.cache.density(), self._gaps)
        if gap is None or len(self._gaps) >= MOST_GAPS:
            return
        self._gaps[gap] = now
        target, precision = slot_middle(gap)
        cloud.resolver.start(
            target, Criteria.UPPER_BITS, Reason.CACHE_MAINTENANCE, precision=precision, done=lambda resolve: None
        )

    def _repair_leaves(self) -> None:
        """Search around every registration whose leaf set has lost an entry: its neighbors know who comes next."""
        cloud = self._cloud
        if self._leaf_lost and len(cloud.cache):
            self._leaf_lost = False
            for registration in cloud.registrations:
                below, above = cloud.cache.leaf_set(registration.pnrp_id)
                for end in {*below[-1:], *above[-1:]}:
                    entry = cloud.cache.get(end)
                    assert entry is not None
                    cloud.publisher.announce(registration, entry.route)

    def _announce(self) -> None:
        """Make known again what was last announced long ago, or before anybody else was known."""
        cloud = self._cloud
        now = cloud.now.elapsed
        for registration in cloud.registrations:
            since = self._announced.get(registration.pnrp_id, 0.0)
            if now - since > ANNOUNCE_PERIOD * (0.5 + cloud.random.random()):
                cloud.publisher.announce(registration)
        held = cloud.registrations
        self._announced = {number: at for number, at in self._announced.items() if held.holds(number)}

    # Splits (3.2.6.2.1) -----------------------------------------------------------------------------------------------

    def estimated_size(self) -> float:
        """The estimated number of nodes in the cloud (3.2.6.2.1.1); 1 when nothing can be said."""
        cloud = self._cloud
        estimates = []
        for center in cloud.registrations.ids:
            below, above = cloud.cache.leaf_set(center)
            if above:
                width = (above[0] - below[0]) & ids.MASK
                estimate = 2 * ids.RING / (width or ids.RING)
                if estimate < LARGEST_ESTIMATE:
                    estimates.append(estimate)
        if not estimates:
            return 1.0
        return max(sum(estimates) / len(estimates) / len(cloud.registrations), 1.0)

    def _test_for_split(self) -> None:
        cloud = self._cloud
        if not cloud.registrations or cloud.random.random() * self.estimated_size() > SPLIT_TESTS:
            return
        self.test_for_split(cloud.random.choice(cloud.registrations.ids))

    def _outsider(self) -> Address | None:
        """Somebody to ask who may be in another part: a seed, or an endpoint that has left the cache (decision P8)."""
        cloud = self._cloud
        strangers = [address for address in cloud.discovery.remembered if not cloud.cache.uses(address)]
        seed = cloud.discovery.next_seed()
        if seed is not None and (not strangers or cloud.random.random() < 0.5):
            return seed
        return cloud.random.choice(strangers) if strangers else None

    def test_for_split(self, own: int, first: RouteEntry | None = None, *, repeat: bool = True) -> None:
        """Resolve PNRP ID + 1 from outside of the own cache, and see whether that finds the same neighbors."""
        cloud = self._cloud
        if first is None:
            outsider = self._outsider()
            if outsider is None:
                return
            first = RouteEntry(0, outsider.port, (outsider.ip,))
        before = frozenset(entry.route.id for entry in cloud.cache)
        cloud.resolver.start(
            (own + 1) & ids.MASK,
            Criteria.NONE,
            Reason.SPLIT_DETECTION,
            first=first,
            done=lambda resolve: self._tested(own, resolve, before, repeat),
        )

    def _tested(self, own: int, resolve: Resolve, before: frozenset[int], repeat: bool) -> None:
        """3.2.5.11.1: three possibilities. Where there was a split, both sides are told of each other."""
        cloud = self._cloud
        registration = cloud.registrations.get(own)
        if registration is None or not resolve.routes:
            return
        best = resolve.routes[-1]
        nearer = [number for number in before if number != best.id and closer(number, best.id, resolve.target)]
        if best.id in before and not nearer:
            return
        self.splits_seen += 1
        cloud.publisher.announce(registration, best)
        if best.id not in before and not nearer and repeat:
            for other in cloud.registrations.ids:
                if other != own:
                    self.test_for_split(other, best, repeat=False)


def _checked(entry: Entry) -> float:
    return entry.checked
