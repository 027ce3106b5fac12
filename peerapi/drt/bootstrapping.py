"""First nodes, by the bootstrap provider (MC-DRT 3.1.4.2): asked when the node opens, again while it is alone, and for
a place to begin tests for splits."""

from __future__ import annotations

from peerapi.address import Address
from peerapi.drt.outputs import Bootstrap, EndBootstrap
from peerapi.drt.state import TableState
from peerapi.ring.known_endpoints import KnownEndpoints
from peerapi.ring.synchronization import Synchronization

TIMEOUT = 30.0
"Seconds that a provider may look for nodes."
MOST_RESULTS = 10
MOST_ADDRESSES = 20
"Those kept, the newest."
SETTLE = 4.0
"Seconds after the provider's last word until nobody's answer is waited for any longer: longer than a SOLICIT waits."
SHORTEST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
SPLIT_PAUSE = 300.0
"Seconds between questions for the sake of tests for splits."
STILL_KNOWN = 3
"Nodes without keys that a lonely node greets again."


class Bootstrapping:
    """``ring.maintenance.Discovery`` of a table."""

    def __init__(self, state: TableState, synchronization: Synchronization, known: KnownEndpoints) -> None:
        self._state = state
        self._synchronization = synchronization
        self._known = known
        self.addresses: tuple[Address, ...] = ()
        "What the provider has found, the newest last."
        self.rounds = 0
        "How often it has been asked in vain."
        self._number = 0
        self._open = False
        self._found = 0
        self._pause = SHORTEST_PAUSE
        self._next_seed = 0
        self._split_asked = 0.0

    def start(self) -> None:
        """The node has just been opened, or has got an address."""
        self._pause = SHORTEST_PAUSE
        self._ask(split_detect=False)

    def clear(self) -> None:
        """There is nothing to be looked for any longer."""
        if self._open:
            self._open = False
            self._state.outputs.append(EndBootstrap(self._number))

    def _ask(self, *, split_detect: bool) -> None:
        if self._open or not self._state.endpoints:
            return
        self._number += 1
        self._open = True
        self._found = 0
        state = self._state
        state.outputs.append(Bootstrap(self._number, split_detect, int(TIMEOUT * 1000), MOST_RESULTS))
        number = self._number
        state.timers.set("bootstrap", state.now.elapsed + TIMEOUT, lambda: self.ended(number))

    def found(self, number: int, addresses: tuple[Address, ...]) -> None:
        """The provider has found nodes."""
        state = self._state
        if not self._open or number != self._number:
            return
        for one in addresses:
            address = Address(one.ip, one.port)
            own = any((address.ip, address.port) == (mine.ip, mine.port) for mine in state.endpoints)
            if own or not state.scope.fits(address.ip) or address.port <= state.largest_bad_port:
                continue
            self.addresses = (*(kept for kept in self.addresses if kept != address), address)[-MOST_ADDRESSES:]
            self._found += 1
            if self._found <= MOST_RESULTS and not len(state.cache):
                self._synchronization.solicit(address)

    def ended(self, number: int) -> None:
        """The provider finds no more, or has had its time."""
        state = self._state
        if not self._open or number != self._number:
            return
        self.clear()
        wait = SETTLE if self._found else 0.0
        state.timers.set("bootstrap", state.now.elapsed + wait, self._settled)

    def _settled(self) -> None:
        """Whoever was found has answered by now, or will not."""
        state = self._state
        self.rounds += 1
        if not len(state.cache):
            state.timers.set("bootstrap", state.now.elapsed + self._pause, self._again)
            self._pause = min(2 * self._pause, LONGEST_PAUSE)

    def _again(self) -> None:
        if len(self._state.cache):
            self._pause = SHORTEST_PAUSE
            return
        found_before = self.addresses[-MOST_RESULTS:]
        for address in dict.fromkeys((*self._known.addresses[:STILL_KNOWN], *found_before)):
            self._synchronization.solicit(address)
        self._ask(split_detect=False)

    # ring.maintenance.Discovery ---------------------------------------------------------------------------------------

    def step(self) -> None:
        """Nobody is known: unless the provider is going to be asked anyway."""
        if self._state.timers.at("bootstrap") is None:
            self._again()

    def next_seed(self) -> Address | None:
        """Somebody to begin a test for a split with."""
        state = self._state
        if state.now.elapsed - self._split_asked > SPLIT_PAUSE:
            self._split_asked = state.now.elapsed
            self._ask(split_detect=True)
        if not self.addresses:
            return None
        self._next_seed += 1
        return self.addresses[self._next_seed % len(self.addresses)]
