"""A whole cloud in one process on virtual time: the real machines over a pretended UDP network.

Everything is drawn from one seeded generator, so a run repeats exactly. Latency, loss, partitions and crashes are the
world's doing. Signatures are hashes that cost little and hold nothing back: what is under test is the cloud, not the
keys.
"""

from __future__ import annotations

import hashlib
import heapq
import math
import random
from collections.abc import Callable
from statistics import mean

from peerapi.address import Address
from peerapi.identity.names import PeerName, secure_authority
from peerapi.moment import SECOND, Moment
from peerapi.pnrp.algorithms import ED25519, MODERN
from peerapi.pnrp.cloud import Cloud
from peerapi.pnrp.cpa import AppEndpoint
from peerapi.pnrp.outputs import MulticastSsdp, Output, Resolved, SendDatagram, SendSsdp
from peerapi.pnrp.state import CloudConfig

EPOCH = 134_000_000_000_000_000
"Where virtual time starts, as a FILETIME (in 2025)."
PORT = 3540
HOUR = 3600.0


class PretendSigner:
    """A key pair whose signature anybody could make; told apart only by its public key."""

    def __init__(self, generator: random.Random) -> None:
        self.public_key_der = ED25519.der_prefix + generator.randbytes(32)

    def sign(self, data: bytes) -> bytes:
        return hashlib.sha512(self.public_key_der + data).digest()


def pretend_verify(algorithm: str, public_key_der: bytes, signature: bytes, data: bytes) -> bool:
    return algorithm == ED25519.name and hashlib.sha512(public_key_der + data).digest() == signature


class Node:
    """A machine, its address, and what it has told its application."""

    def __init__(self, world: World, number: int, config: CloudConfig) -> None:
        self.world = world
        self.number = number
        self.address = Address((0xFD << 120 | number << 40 | 1).to_bytes(16, "big"), PORT)
        generator = random.Random(world.random.getrandbits(64))
        self.signer = PretendSigner(generator)
        self.cloud = Cloud(config, random=generator, signer=self.signer, verify=pretend_verify)
        self.alive = True
        self.outputs: list[Output] = []
        "Everything but datagrams."
        self.alarm = math.inf

    @property
    def name(self) -> PeerName:
        """The secure name that this node registers."""
        return PeerName(secure_authority(self.signer.public_key_der), "node")

    @property
    def moment(self) -> Moment:
        return Moment(EPOCH + int(self.world.now * SECOND), self.world.now)

    def open(self) -> None:
        self.cloud.at(self.moment).open((self.address,))
        self.carry_out()

    def register(self) -> None:
        endpoint = AppEndpoint(self.address.ip, 80)
        self.cloud.at(self.moment).register(
            self.name, signer=self.signer, endpoints=(endpoint,), payload=b"of %d" % self.number
        )
        self.carry_out()

    def resolve(self, name: PeerName, **options: object) -> int:
        handle = self.cloud.at(self.moment).resolve(name, **options)  # type: ignore[arg-type]
        self.carry_out()
        return handle

    def leave(self) -> None:
        """Unregister and go."""
        self.cloud.at(self.moment).close()
        self.carry_out()
        self.alive = False

    def result(self, handle: int) -> Resolved | None:
        return next((one for one in self.outputs if isinstance(one, Resolved) and one.handle == handle), None)

    def received(self, data: bytes, source: Address) -> None:
        if self.alive:
            self.cloud.at(self.moment).received(data, source)
            self.carry_out()

    def ssdp_received(self, data: bytes, source: Address) -> None:
        if self.alive:
            self.cloud.at(self.moment).ssdp_received(data, source)
            self.carry_out()

    def carry_out(self) -> None:
        outputs = self.cloud.take_outputs()
        world = self.world
        for output in outputs:
            if isinstance(output, SendDatagram):
                world.transmit(self, output.address, output.data)
            elif isinstance(output, MulticastSsdp):
                for other in world.nodes:
                    if other is not self and world.on_one_link(self, other):
                        world.after(world.latency(), other.ssdp_received, output.data, self.address)
            elif isinstance(output, SendSsdp):
                receiver = world.at_address.get((output.address.ip, output.address.port))
                if receiver is not None:
                    world.after(world.latency(), receiver.ssdp_received, output.data, self.address)
            else:
                self.outputs.append(output)
        following = self.cloud.timers.next
        if following is not None and following < self.alarm:
            self.alarm = following
            world.after(following - world.now, self._ring)

    def _ring(self) -> None:
        if self.alarm <= self.world.now and self.alive:
            self.alarm = math.inf
            self.cloud.at(self.moment).tick()
            self.carry_out()


class World:
    """Virtual time, the network, and the nodes in it."""

    def __init__(self, seed: int, *, loss: float = 0.0, one_link: bool = False) -> None:
        self.seed = seed
        self.random = random.Random(seed)
        self.loss = loss
        self.one_link = one_link
        self.now = 0.0
        self.nodes: list[Node] = []
        self.at_address: dict[tuple[bytes, int], Node] = {}
        self.side: dict[Node, int] = {}
        "Which part of a divided network a node is in; all in 0 when it is whole."
        self.datagrams = 0
        self._events: list[tuple[float, int, Callable[..., None], tuple[object, ...]]] = []
        self._ticket = 0

    # Time -------------------------------------------------------------------------------------------------------------

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

    # The network ------------------------------------------------------------------------------------------------------

    def latency(self) -> float:
        return 0.01 + 0.07 * self.random.random()

    def on_one_link(self, one: Node, other: Node) -> bool:
        return self.one_link and self.side.get(one, 0) == self.side.get(other, 0)

    def transmit(self, sender: Node, address: Address, data: bytes) -> None:
        self.datagrams += 1
        receiver = self.at_address.get((address.ip, address.port))
        if receiver is None or (self.loss and self.random.random() < self.loss):
            return
        if self.side and self.side.get(sender, 0) != self.side.get(receiver, 0):
            return
        self.after(self.latency(), receiver.received, data, sender.address)

    # The nodes --------------------------------------------------------------------------------------------------------

    def add(self, seeds: tuple[Node, ...] = (), **config: object) -> Node:
        """A node that is not open yet."""
        settings = CloudConfig(
            profile=MODERN,
            multicast=self.one_link,
            seeds=tuple(seed.address for seed in seeds),
            **config,  # type: ignore[arg-type]
        )
        node = Node(self, len(self.nodes) + 1, settings)
        self.nodes.append(node)
        self.at_address[node.address.ip, node.address.port] = node
        return node

    def grow(self, count: int, *, spacing: float = 0.5) -> None:
        """``count`` nodes join one after the other, each by one of the first three, and register a name each."""
        for _ in range(count):
            node = self.add(tuple(self.random.sample(self.nodes[:3], 1)) if self.nodes else ())
            node.open()
            self.after(2.0, node.register)
            self.run(spacing)
        self.run(5.0)

    @property
    def living(self) -> list[Node]:
        return [node for node in self.nodes if node.alive]

    def resolve_some(self, count: int) -> Score:
        """``count`` random pairs: one living node resolves another's name."""
        asked: list[tuple[Node, Node, int]] = []
        living = self.living
        for _ in range(count):
            one, other = self.random.sample(living, 2)
            asked.append((one, other, one.resolve(other.name)))
            self.run(0.2)
        self.run(31.0)
        return Score([(other, one.result(handle)) for one, other, handle in asked])

    def leaf_sets_are_whole(self) -> float:
        """How many of the living nodes know exactly their ten nearest living neighbors."""
        ring = sorted((node.cloud.registrations.ids[0], node) for node in self.living)
        numbers = [number for number, _ in ring]
        count = len(numbers)
        whole = 0
        for index, (number, node) in enumerate(ring):
            reach = range(1, min(5, count - 1) + 1)
            above = [numbers[(index + step) % count] for step in reach]
            below = [numbers[(index - step) % count] for step in reach]
            whole += node.cloud.cache.leaf_set(number) == (below, above)
        return whole / count


class Score:
    """How a number of resolutions went."""

    def __init__(self, results: list[tuple[Node, Resolved | None]]) -> None:
        self.asked = len(results)
        self.failures = []
        self.hops: list[int] = []
        self.lost_hops = 0
        for publisher, result in results:
            good = result is not None and any(
                found.public_key == publisher.signer.public_key_der and found.payload == b"of %d" % publisher.number
                for found in result.found
            )
            if good and result is not None:
                self.hops.append(sum(1 for hop in result.hops if hop.seconds is not None))
                self.lost_hops += sum(1 for hop in result.hops if hop.seconds is None)
            else:
                self.failures.append(result)

    @property
    def success(self) -> float:
        return len(self.hops) / self.asked

    @property
    def mean_hops(self) -> float:
        return mean(self.hops) if self.hops else math.nan
