"""A whole table in one process on virtual time: the real machines over a pretended UDP network.

Everything is drawn from one seeded generator, so a run repeats exactly. The bootstrap provider knows the first nodes.
"""

from __future__ import annotations

import heapq
import math
import random
from bisect import bisect_left
from collections.abc import Callable, Iterator
from itertools import islice

from peerapi.address import Address
from peerapi.drt.asking import Ask
from peerapi.drt.border import (
    End,
    Event,
    LeafSetChange,
    LeafSetEvent,
    Match,
    PathFlag,
    Query,
    Result,
    SecurityMode,
    SecurityProvider,
    Settings,
    StatusEvent,
)
from peerapi.drt.node import Node
from peerapi.drt.outputs import Bootstrap, Happened, SearchEnded, SearchResult
from peerapi.drt.proofs import NO_OWNER
from peerapi.drt.state import key_bytes, key_number
from peerapi.moment import SECOND, Moment
from peerapi.ring.cache import SLOTS
from peerapi.ring.ids import MASK, RING
from peerapi.ring.outputs import SendDatagram
from peerapi.ring.route_entry import RouteEntry
from peerapi.ring.scope import Scope
from tests.drt.providers import OpenProvider, PretendProvider

EPOCH = 134_000_000_000_000_000
PORT = 3600


class Machine:
    """A node, its address, and what it has told its application."""

    def __init__(self, world: World, number: int, provider: SecurityProvider, settings: Settings) -> None:
        self.world = world
        self.number = number
        self.provider = provider
        self.address = Address((0xFD << 120 | number << 40 | 1).to_bytes(16, "big"), PORT)
        self.node = Node(settings, Scope.GLOBAL, random=random.Random(world.random.getrandbits(64)))
        self.keys: dict[bytes, tuple[int, bytes]] = {}
        "Key -> handle and payload."
        self.alive = True
        self.is_told_of_others = True
        "The bootstrap provider tells it of others."
        self.events: list[Event] = []
        self.results: dict[int, list[Result]] = {}
        self.ends: dict[int, End] = {}
        self.alarm = math.inf

    @property
    def moment(self) -> Moment:
        return Moment(EPOCH + int(self.world.now * SECOND), self.world.now)

    def open(self) -> None:
        self.node.at(self.moment).open((self.address,))
        self.carry_out()

    def register(self, key: bytes, payload: bytes) -> None:
        self.provider.register_key(key, payload, None)
        self.keys[key] = (self.node.at(self.moment).register(key, payload, None), payload)
        self.carry_out()

    def update(self, key: bytes, payload: bytes) -> None:
        handle, _ = self.keys[key]
        self.keys[key] = (handle, payload)
        self.node.at(self.moment).update(handle, payload)

    def unregister(self, key: bytes) -> None:
        self.node.at(self.moment).unregister(self.keys.pop(key)[0])
        self.carry_out()

    def search(self, query: Query) -> int:
        handle = self.node.at(self.moment).search(query)
        self.results.setdefault(handle, [])
        self.carry_out()
        return handle

    def received(self, data: bytes, source: Address) -> None:
        if self.alive:
            self.node.at(self.moment).received(data, source)
            self.carry_out()

    def carry_out(self) -> None:
        world = self.world
        while outputs := self.node.take_outputs():
            for output in outputs:
                if isinstance(output, SendDatagram):
                    world.transmit(self, output.address, output.data)
                elif isinstance(output, Ask):
                    self.node.at(self.moment).answered(output.token, output.carry_out(self.provider))
                elif isinstance(output, Bootstrap):
                    world.after(0.05, self._bootstrap, output.number)
                elif isinstance(output, Happened):
                    self.events.append(output.event)
                elif isinstance(output, SearchResult):
                    self.results.setdefault(output.handle, []).append(output.result)
                elif isinstance(output, SearchEnded):
                    self.ends[output.handle] = output.end
        following = self.node.timers.next
        if following is not None and following < self.alarm:
            self.alarm = following
            world.after(following - world.now, self._ring)

    def _bootstrap(self, number: int) -> None:
        if self.alive:
            self.node.at(self.moment).bootstrap_found(number, self.world.first_addresses(self))
            self.node.at(self.moment).bootstrap_ended(number)
            self.carry_out()

    def _ring(self) -> None:
        if self.alarm <= self.world.now and self.alive:
            self.alarm = math.inf
            self.node.at(self.moment).tick()
            self.carry_out()

    def told_neighbors(self, key: bytes) -> set[bytes]:
        """The leaf set of a key as the events tell it."""
        neighbors: set[bytes] = set()
        for event in self.events:
            if isinstance(event, LeafSetEvent) and event.local == key:
                if event.change is LeafSetChange.ADDED:
                    assert event.remote not in neighbors
                    neighbors.add(event.remote)
                elif event.remote != key:
                    neighbors.remove(event.remote)
        return neighbors

    @property
    def told_status(self) -> object:
        return next((one.status for one in reversed(self.events) if isinstance(one, StatusEvent)), None)


class World:
    """Virtual time, the network, and the machines in it."""

    def __init__(self, seed: int, *, loss: float = 0.0, mode: SecurityMode = SecurityMode.RESOLVE) -> None:
        self.random = random.Random(seed)
        self.loss = loss
        self.mode = mode
        self.now = 0.0
        self.machines: list[Machine] = []
        self.at_address: dict[tuple[bytes, int], Machine] = {}
        self.side: dict[Machine, int] = {}
        "Which part of a divided network a machine is in; all in 0 when it is whole."
        self.datagrams = 0
        self.listener: Callable[[Machine, Address, bytes], None] = lambda sender, address, data: None
        "Hears everything."
        self._events: list[tuple[float, int, Callable[..., None], tuple[object, ...]]] = []
        self._ticket = 0

    def after(self, delay: float, work: Callable[..., None], *args: object) -> None:
        self._ticket += 1
        heapq.heappush(self._events, (self.now + max(delay, 0.0), self._ticket, work, args))

    def run(self, seconds: float) -> None:
        end = self.now + seconds
        events = self._events
        while events and events[0][0] <= end:
            self.now, _, work, args = heapq.heappop(events)
            work(*args)
        self.now = end

    def transmit(self, sender: Machine, address: Address, data: bytes) -> None:
        self.datagrams += 1
        self.listener(sender, address, data)
        receiver = self.at_address.get((address.ip, address.port))
        if receiver is None or (self.loss and self.random.random() < self.loss):
            return
        if self.side and self.side.get(sender, 0) != self.side.get(receiver, 0):
            return
        self.after(0.01 + 0.07 * self.random.random(), receiver.received, data, sender.address)

    def first_addresses(self, asker: Machine) -> tuple[Address, ...]:
        """What the bootstrap provider knows: some of the first three machines."""
        first = [one for one in self.machines[:3] if one is not asker and asker.is_told_of_others]
        return tuple(one.address for one in self.random.sample(first, min(2, len(first))))

    # The machines -----------------------------------------------------------------------------------------------------

    def add(self, provider: SecurityProvider | None = None) -> Machine:
        """A machine that is not open yet."""
        number = len(self.machines) + 1
        if provider is None:
            provider = OpenProvider() if self.mode is SecurityMode.RESOLVE else PretendProvider(b"%d" % number)
        machine = Machine(self, number, provider, Settings((1, 0), self.mode))
        self.machines.append(machine)
        self.at_address[machine.address.ip, machine.address.port] = machine
        return machine

    def new_key(self, machine: Machine) -> bytes:
        provider = machine.provider
        return provider.key if isinstance(provider, PretendProvider) else key_bytes(self.random.getrandbits(256))

    def grow(self, count: int, *, spacing: float = 0.5, keys: int = 1) -> None:
        """``count`` machines come one after the other, and register keys each."""
        for _ in range(count):
            machine = self.add()
            machine.open()
            for _ in range(keys):
                self.after(2.0, self._register, machine)
            self.run(spacing)
        self.run(10.0)

    def stand(self, count: int) -> None:
        """``count`` machines with a key each that have come long ago: true leaf sets, and of every slot of their caches
        that somebody lies in one entry, by lot, as maintenance sees to it. They do nothing unasked."""
        for _ in range(count):
            machine = self.add()
            machine.is_told_of_others = False
            machine.open()
            machine.register(self.new_key(machine), b"of %d" % machine.number)
        owners = {key_number(key): machine for machine in self.machines for key in machine.keys}
        everything = sorted(owners)
        for id, machine in owners.items():
            node = machine.node.at(machine.moment)
            node.timers.cancel("maintenance")
            leaves = {key_number(one) for one in true_neighbors(machine, key_bytes(id), everything)}
            for other in sorted({*leaves, *self._one_of_each_slot(id, everything)}):
                node.cache.add(RouteEntry.of(other, (owners[other].address,)), self.now, NO_OWNER)
            node.tick()
            machine.carry_out()

    def _one_of_each_slot(self, center: int, everything: list[int]) -> Iterator[int]:
        """Of the IDs in each slot around ``center`` one, by lot."""
        width = RING
        while width * len(everything) >= RING:
            for index in range(SLOTS):
                low = (center - width // 2 + index * (width // SLOTS)) & MASK
                first = bisect_left(everything, low)
                inside = bisect_left(everything, low + width // SLOTS) - first
                if inside > 0 and (index not in (SLOTS // 2 - 1, SLOTS // 2)):
                    yield everything[first + self.random.randrange(inside)]
            width //= SLOTS

    def _register(self, machine: Machine) -> None:
        if machine.alive:
            machine.register(self.new_key(machine), b"of %d" % machine.number)

    @property
    def living(self) -> list[Machine]:
        return [machine for machine in self.machines if machine.alive]

    def live_keys(self) -> dict[bytes, bytes]:
        """Every key that is registered, and what is published under it."""
        return {key: payload for machine in self.living for key, (_, payload) in machine.keys.items()}

    def leaf_sets_are_true(self) -> float:
        """Of all keys, those whose leaf set as the events tell it is the true one."""
        everything = sorted(key_number(key) for key in self.live_keys())
        keys = [(machine, key) for machine in self.living for key in machine.keys]
        return sum(machine.told_neighbors(key) == true_neighbors(machine, key, everything) for machine, key in keys) / (
            len(keys)
        )

    def exact_searches(self, count: int) -> Score:
        """``count`` random pairs: one living machine looks for a key of another."""
        living = self.living
        pairs = []
        for _ in range(count):
            one, other = self.random.sample(living, 2)
            pairs.append((one, other, self.random.choice(list(other.keys))))
        return self._score(pairs)

    def every_key(self, most: int) -> Score:
        """Every key there is, or ``most`` of them, looked for by some other machine."""
        owned = [(machine, key) for machine in self.living for key in machine.keys]
        pairs = []
        living = self.living
        for owner, key in self.random.sample(owned, min(most, len(owned))):
            one, other = self.random.sample(living, 2)
            pairs.append((other if one is owner else one, owner, key))
        return self._score(pairs)

    def _score(self, pairs: list[tuple[Machine, Machine, bytes]]) -> Score:
        score = Score()
        asked = []
        for one, other, key in pairs:
            asked.append((one, key, other.keys[key][1], one.search(Query(key))))
            self.run(0.1)
        self.run(31.0)
        for one, key, payload, handle in asked:
            hops = one.node.searches.path(handle)
            good = one.results[handle] == [Result(Match.EXACT, key, payload)] and one.ends.get(handle) is End.NO_MORE
            score.add(good, sum(1 for hop in hops if not hop.flags & PathFlag.UNREACHABLE))
            one.node.searches.end(handle)
        return score


def true_neighbors(owner: Machine, key: bytes, everything: list[int]) -> set[bytes]:
    """The true leaf set of a key, out of all keys in order: keys of its own machine are no neighbors."""
    count, at = len(everything), bisect_left(everything, key_number(key))
    own = {key_number(one) for one in owner.keys}
    found: set[int] = set()
    for way in (1, -1):
        side = (everything[(at + way * step) % count] for step in range(1, count))
        found.update(islice((one for one in side if one not in own), 5))
    return set(map(key_bytes, found))


class Score:
    """How a number of searches went."""

    def __init__(self) -> None:
        self.asked = 0
        self.hops: list[int] = []

    def add(self, good: bool, hops: int) -> None:
        self.asked += 1
        if good:
            self.hops.append(hops)

    @property
    def success(self) -> float:
        return len(self.hops) / self.asked

    @property
    def mean_hops(self) -> float:
        return sum(self.hops) / len(self.hops) if self.hops else math.nan
