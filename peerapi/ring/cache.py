"""The Route Entry Cache (MS-PNRP 3.2.1.1) and the leaf sets in it.

Around each PNRP ID that this node holds (a *center*) the number space is cut into levels; level k is the arc of one
10^k-th of the ring around the center, cut into ten slots, and a slot keeps up to two route entries. A target at any
distance falls into a slot whose entries are on average ten times nearer to it than the center, so a search takes in
the order of log10(n) steps. Level 0 spreads evenly over the ring, and the two innermost slots of a level are refined
by the next. Leaf sets, the five nearest on each side of every center, are always kept. An entry that is in no leaf
set and no slot is not kept at all.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Container, Iterator

from peerapi.address import Address
from peerapi.ring.ids import HALF, MASK, RING, distance
from peerapi.ring.route_entry import RouteEntry

LEAVES = 5
"Entries of a leaf set on each side of its center."
SLOTS = 10
SLOT_SIZE = 2
_WIDTHS = tuple(RING // SLOTS**level for level in range(78))
_REACHES = tuple(sorted(width // 2 for width in _WIDTHS))

Slot = tuple[int, int, int]
"Center, level, index."


class Entry:
    """A validated route entry: the node there answered for the PNRP ID."""

    __slots__ = ("checked", "doubted", "key", "route", "slots")

    def __init__(self, route: RouteEntry, checked: float, key: bytes | None) -> None:
        self.route = route
        self.checked = checked
        "Seconds of the elapsed clock at which it last answered."
        self.key = key
        "Public key of its CPA, when one was asked for: always so in a leaf set."
        self.doubted = False
        "It has not answered the last time and is being asked again: until then nobody is sent there."
        self.slots: list[Slot] = []

    def answered(self, now: float) -> None:
        """It is there."""
        self.checked = now
        self.doubted = False


class RouteCache:
    """Validated route entries of other nodes, ordered on the ring."""

    def __init__(self, anchor: int) -> None:
        self._anchor = anchor
        "Center of a node that holds no PNRP ID itself."
        self.centers: tuple[int, ...] = ()
        "The locally registered PNRP IDs."
        self._entries: dict[int, Entry] = {}
        self._ids: list[int] = []
        self._slots: dict[Slot, list[int]] = {}
        self.revision = 0
        "Grows with every change of what is here."

    def __len__(self) -> int:
        return len(self._ids)

    def __contains__(self, id: object) -> bool:
        return id in self._entries

    def __iter__(self) -> Iterator[Entry]:
        return iter(list(self._entries.values()))

    def get(self, id: int) -> Entry | None:
        return self._entries.get(id)

    # Order on the ring ------------------------------------------------------------------------------------------------

    def near(self, target: int) -> Iterator[Entry]:
        """All entries, numerically closest to ``target`` first."""
        ids = self._ids
        count = len(ids)
        right = bisect_left(ids, target)
        left = right - 1
        for _ in range(count):
            above, below = ids[right % count], ids[left % count]
            if (above - target) & MASK <= (target - below) & MASK:
                right += 1
                yield self._entries[above]
            else:
                left -= 1
                yield self._entries[below]

    def above(self, target: int, most: int = LEAVES) -> list[int]:
        """IDs greater than ``target`` on the ring, nearest first; ``target`` itself is not among them."""
        ids = self._ids
        count = len(ids)
        start = bisect_left(ids, target + 1)
        found = [ids[(start + step) % count] for step in range(min(most, count))]
        return [id for id in found if id != target]

    def below(self, target: int, most: int = LEAVES) -> list[int]:
        """IDs less than ``target`` on the ring, nearest first."""
        ids = self._ids
        count = len(ids)
        start = bisect_left(ids, target) - 1
        found = [ids[(start - step) % count] for step in range(min(most, count))]
        return [id for id in found if id != target]

    # Leaf sets --------------------------------------------------------------------------------------------------------

    def leaf_set(self, center: int) -> tuple[list[int], list[int]]:
        """The five nearest below and above, nearest first."""
        return self.below(center), self.above(center)

    def in_leaf_set(self, center: int, id: int) -> bool:
        """Whether ``id`` is, or would be, among the five nearest of a side."""
        below, above = self.leaf_set(center)
        if len(above) < LEAVES:
            return True
        return (id - center) & MASK <= (above[-1] - center) & MASK or (center - id) & MASK <= (
            center - below[-1]
        ) & MASK

    def leaf_centers(self, id: int) -> list[int]:
        """The centers in whose leaf set ``id`` is, or would be."""
        return [center for center in self.centers if id != center and self.in_leaf_set(center, id)]

    def leaves(self) -> list[Entry]:
        """Every entry of every leaf set, once."""
        found: dict[int, None] = {}
        for center in self.centers:
            below, above = self.leaf_set(center)
            found.update(dict.fromkeys(above))
            found.update(dict.fromkeys(below))
        return [self._entries[id] for id in found]

    # Keeping ----------------------------------------------------------------------------------------------------------

    def wants(self, id: int) -> bool:
        """Whether a new entry would be kept: worth an INQUIRE."""
        if id in self._entries:
            return True
        if any(self._has_room(slot_of(center, id)) for center in self.centers or (self._anchor,)):
            return True
        return bool(self.leaf_centers(id))

    def add(self, route: RouteEntry, checked: float, key: bytes | None = None) -> Entry | None:
        """Take a validated entry in, or renew it; None when there is no place for it."""
        standing = self._entries.get(route.id)
        if standing is not None:
            standing.route = route
            standing.answered(checked)
            standing.key = key or standing.key
            return standing
        if route.id in self.centers or not self.wants(route.id):
            return None
        entry = Entry(route, checked, key)
        self.revision += 1
        self._entries[route.id] = entry
        insort(self._ids, route.id)
        self._settle(entry)
        for center in self.centers:
            above, below = self.above(center, LEAVES + 1), self.below(center, LEAVES + 1)
            for displaced in (*above[LEAVES:], *below[LEAVES:]):
                self._release(displaced)
        return entry

    def remove(self, id: int) -> Entry | None:
        entry = self._entries.pop(id, None)
        if entry is not None:
            self.revision += 1
            del self._ids[bisect_left(self._ids, id)]
            for slot in entry.slots:
                self._slots[slot].remove(id)
        return entry

    def set_centers(self, centers: tuple[int, ...]) -> None:
        """The locally registered IDs have changed: levels and leaf sets are laid anew around them."""
        self.centers = centers
        self.revision += 1
        for center in centers:
            self.remove(center)
        self._slots = {}
        for entry in self._entries.values():
            entry.slots = []
        for entry in sorted(self._entries.values(), key=lambda entry: -entry.checked):
            self._settle(entry)
        for id in list(self._ids):
            self._release(id)

    def _settle(self, entry: Entry) -> None:
        """Give the entry a place in every slot that has room for it."""
        for center in self.centers or (self._anchor,):
            slot = slot_of(center, entry.route.id)
            if self._has_room(slot):
                self._slots.setdefault(slot, []).append(entry.route.id)
                entry.slots.append(slot)

    def _has_room(self, slot: Slot) -> bool:
        return len(self._slots.get(slot, ())) < SLOT_SIZE

    def _release(self, id: int) -> None:
        entry = self._entries.get(id)
        if entry is not None and not entry.slots and not self.leaf_centers(id):
            self.remove(id)

    # Choosing ---------------------------------------------------------------------------------------------------------

    def spread(self, count: int) -> list[int]:
        """Up to ``count`` IDs, roughly evenly spread over the number space (3.2.5.3)."""
        size = len(self._ids)
        return [self._ids[index * size // count] for index in range(count)] if size > count else list(self._ids)

    def gap(self, size: float, tried: Container[Slot] = ()) -> Slot | None:
        """An empty slot of a level that a cloud of ``size`` IDs can be expected to fill, coarse levels first."""
        for center in self.centers or (self._anchor,):
            level = 0
            while size / SLOTS ** (level + 1) >= 2 and level < len(_WIDTHS) - 1:
                for index in range(SLOTS):
                    slot = (center, level, index)
                    inner = index in (SLOTS // 2 - 1, SLOTS // 2)
                    if not inner and not self._slots.get(slot) and slot not in tried:
                        return slot
                level += 1
        return None

    def density(self) -> float:
        """How many IDs there seem to be in the whole cloud, judged by the width of the leaf sets."""
        estimates = []
        for center in self.centers:
            below, above = self.leaf_set(center)
            if len(above) < LEAVES or len(self._ids) < 2 * LEAVES:
                continue
            width = ((above[-1] - center) & MASK) + ((center - below[-1]) & MASK)
            estimates.append(2 * LEAVES * RING / max(width, 1))
        return max(sum(estimates) / len(estimates), float(len(self._ids))) if estimates else float(len(self._ids))

    def at(self, endpoint: Address) -> Entry | None:
        """An entry that lies at that endpoint."""
        for entry in self._entries.values():
            if entry.route.port == endpoint.port and endpoint.ip in entry.route.addresses:
                return entry
        return None

    def uses(self, endpoint: Address) -> bool:
        """Whether an entry lies at that endpoint."""
        return self.at(endpoint) is not None


def slot_of(center: int, id: int) -> Slot:
    """The slot of ``id`` in the innermost level around ``center`` that reaches it."""
    offset = ((id - center + HALF) & MASK) - HALF
    level = len(_REACHES) - 1 - bisect_left(_REACHES, abs(offset) + (offset >= 0))
    width = _WIDTHS[max(level, 0)]
    return center, max(level, 0), (offset + width // 2) * SLOTS // width


def slot_middle(slot: Slot) -> tuple[int, int]:
    """The ID in the middle of a slot, and how many of its upper bits say where the slot is."""
    center, level, index = slot
    width = _WIDTHS[level]
    middle = (center - width // 2 + (2 * index + 1) * width // (2 * SLOTS)) & MASK
    return middle, 257 - (width // SLOTS).bit_length()


def closer(one: int, other: int, target: int) -> bool:
    """Whether ``one`` is numerically closer to ``target`` than ``other``."""
    return distance(one, target) < distance(other, target)
