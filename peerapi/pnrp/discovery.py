"""Finding a first node of the cloud (MS-PNRP 3.1.4.2), and being found (3.1.5.1, 3.2.4.1 step 6).

Three sources are tried in turn, again and again while nobody is known: endpoints remembered or given by the caller
(LocalOOB), a multicast search (SSDP), and seed servers.
"""

from __future__ import annotations

import enum
import uuid
from collections import Counter

from peerapi.address import Address
from peerapi.pnrp import ssdp
from peerapi.pnrp.outputs import MulticastSsdp, SendSsdp
from peerapi.pnrp.state import CloudState
from peerapi.ring.known_endpoints import KnownEndpoints
from peerapi.ring.rate_limit import RateLimit
from peerapi.ring.refusal import Refusal
from peerapi.ring.scope import Scope
from peerapi.ring.synchronization import Synchronization

STEP = 1.0
"""Seconds between attempts of the first round; the pause doubles with each round until maintenance takes over. It is
the same for all, not drawn: of nodes that start at about the same time, a seed has then asked its own seed before the
others ask it. When it is asked first, it knows somebody, asks nobody, and the cloud is in two parts until maintenance
has joined them."""
SLOWEST_STEP = 8.0
MOST_SSDP_TARGETS = 5
PER_SSDP_SOURCE = 2
"Of them, those that one machine of the link has named: others shall be heard, too."
SOLICITED_AT_ONCE = 10
"Of the endpoints remembered, most recently used first."
SOLICITED_LATER = 2
"The same in all rounds but the first: the next ones in turn. A node that was left alone goes on asking, and not much."
SSDP_ANSWERS_PER_SECOND = 5


class Mode(enum.Enum):
    """CloudDiscoveryMode."""

    LOCAL_OOB = "LocalOOB"
    SSDP = "SSDP"
    SEED_SERVER = "SeedServer"


class Discovery:
    """CloudDiscoveryMode and what belongs to it."""

    def __init__(
        self, state: CloudState, synchronization: Synchronization, known: KnownEndpoints, seeds: tuple[Address, ...]
    ) -> None:
        self._state = state
        self._synchronization = synchronization
        self._known = known
        self.seeds = seeds
        self.mode = Mode.LOCAL_OOB
        self._seed_index = 0
        self._ssdp_targets: Counter[bytes] = Counter()
        self._identifier = ""
        self.published = False
        self._answers = RateLimit(SSDP_ANSWERS_PER_SECOND)
        self._pause = STEP
        self._next_known = 0
        self.rounds = 0
        "How often all three sources have been tried."

    # Looking for others -----------------------------------------------------------------------------------------------

    def start(self) -> None:
        """The cloud has just been opened (3.1.4.1)."""
        self.mode = Mode.LOCAL_OOB
        self._seed_index = 0
        self._pause = STEP
        self._next_known = 0
        self._go_on()

    def _go_on(self) -> None:
        """Attempts that need not wait for maintenance, as long as nobody is known."""
        if len(self._state.cache):
            return
        self.step()
        if self.mode is Mode.LOCAL_OOB:
            self._pause *= 2
        if self._pause <= SLOWEST_STEP:
            self._state.timers.set("discovery", self._state.now.elapsed + self._pause, self._go_on)

    def step(self) -> None:
        """3.1.4.2, one mode after the other; a mode with nothing to try passes on to the next at once."""
        if self.mode is Mode.LOCAL_OOB:
            self.mode = Mode.SSDP
            known = self._known.addresses
            for address in self._next_known_endpoints(known):
                self._synchronization.solicit(address)
            if known:
                return
        if self.mode is Mode.SSDP:
            self.mode = Mode.SEED_SERVER
            if self._state.multicast:
                self._ssdp_targets.clear()
                self._state.outputs.append(MulticastSsdp(ssdp.search(self._state.scope)))
                return
        self._ask_seed()
        self.mode = Mode.LOCAL_OOB
        self.rounds += 1

    def _next_known_endpoints(self, known: tuple[Address, ...]) -> tuple[Address, ...]:
        """Whom of them this round asks."""
        begin = self._next_known % max(1, len(known))
        most = SOLICITED_AT_ONCE if self._next_known == 0 else SOLICITED_LATER
        self._next_known = begin + most
        return known[begin:][:most]

    def _ask_seed(self) -> None:
        """3.1.4.2.1: one seed at a time, each in its turn."""
        seed = self.next_seed()
        if seed is not None:
            self._synchronization.solicit(seed)

    def next_seed(self) -> Address | None:
        if not self.seeds:
            return None
        seed = self.seeds[self._seed_index % len(self.seeds)]
        self._seed_index = (self._seed_index + 1) % len(self.seeds)
        return seed

    # Being found ------------------------------------------------------------------------------------------------------

    def publish(self) -> None:
        """The first PNRP ID has been registered here."""
        if not self._state.multicast or self.published:
            return
        self.published = True
        self._identifier = str(uuid.UUID(int=self._state.random.getrandbits(128), version=4))
        address = self._state.endpoints[0]
        self._state.outputs.append(MulticastSsdp(ssdp.alive(self._state.scope, address, self._identifier)))

    def unpublish(self) -> None:
        """The last one is gone."""
        if self.published:
            self.published = False
            self._state.outputs.append(MulticastSsdp(ssdp.byebye(self._state.scope, self._identifier)))

    def on_ssdp(self, data: bytes, source: Address) -> None:
        """A datagram of the SSDP group, or an answer to our search."""
        message = ssdp.parse(data)
        state = self._state
        if message is None or message.target != ssdp.target_of(state.scope) or state.scope is Scope.LOOPBACK:
            return
        if message.kind is ssdp.Kind.SEARCH:
            if not self.published:
                return
            if not self._answers.allows(state.now.elapsed):
                state.counters.refuse(Refusal.BUSY)
                return
            data = ssdp.response(state.scope, state.endpoints[0], self._identifier)
            state.outputs.append(SendSsdp(source, data))
            return
        address = message.address
        if address is None:
            return
        own = any((one.ip, one.port) == (address.ip, address.port) for one in state.endpoints)
        if own or self._ssdp_targets.total() >= MOST_SSDP_TARGETS:
            return
        if self._ssdp_targets[source.ip] >= PER_SSDP_SOURCE:
            state.counters.refuse(Refusal.BUSY)
            return
        if not state.scope.fits(address.ip):
            state.counters.refuse(Refusal.ADDRESS)
            return
        self._ssdp_targets[source.ip] += 1
        self._synchronization.solicit(address)
