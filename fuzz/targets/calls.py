"""What two nodes that have met through a relay say to each other about a connection without it: whole stories of one
end, whose other end and whoever else finds its port may say anything."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fuzz.seeds import calls as seeds
from fuzz.seeds.relays import HERE
from peerapi.reach import candidates
from peerapi.reach.direct import MOST_ACCEPTED, MOST_DIALS, MOST_REPLACED, Chosen, Dial, Failed, Negotiation, Offer
from peerapi.reach.frames import CALLEE, CALLER, Candidate, Decoder, MalformedFrame, Met
from peerapi.reach.refusal import Refusal, Refused

MOST_STEPS = 200
LONGEST = 60.0
"Seconds within which an end has chosen or given up, when nothing more happens."


class _Envelope:
    """Stands for TLS; whoever is at the other end shows a key that is not the one of who was called."""

    ready = False
    certificate = b"somebody's"

    def start(self) -> bytes:
        return seeds.HELLO

    def handshake(self, data: bytes) -> bytes:
        if data not in (seeds.HELLO, seeds.SHOWN):
            raise Refused(Refusal.TLS)
        self.ready = True
        return seeds.SHOWN if data == seeds.HELLO else b""

    def encrypt(self, plain: bytes) -> bytes:
        return plain

    def decrypt(self, data: bytes) -> bytes:
        return data


def check_callee(shown: bytes) -> None:
    """Nobody here has the key of who was called."""
    raise Refused(Refusal.CALLEE)


class _End:
    """One end, its time, and what it has wanted."""

    def __init__(self, role: int) -> None:
        make: Any = _Envelope
        offer = Offer(seeds.OWN_HALF, lambda met: [Candidate(1, HERE)], {HERE.ip})
        self.met = Met(role, HERE, seeds.THERE, 0)
        self.machine = Negotiation(role, self.met, offer, make, lambda shown: check_callee(shown))
        self.results: list[Chosen | Failed] = []
        self.dials: list[Dial] = []
        self.now = 0.0
        self.machine.begin(self.now)
        self.look()

    def look(self) -> None:
        outputs, self.machine.outputs = self.machine.outputs, []
        self.results += [one for one in outputs if isinstance(one, Chosen | Failed)]
        self.dials += [one for one in outputs if isinstance(one, Dial)]

    def step(self, what: int, number: int, data: bytes) -> None:
        """Raises Refused, MalformedFrame: the relayed connection is over."""
        machine, now = self.machine, self.now
        match what:
            case seeds.FRAME:
                decoder = Decoder()
                decoder.feed(data)
                while (frame := decoder.next()) is not None:
                    machine.take(frame, now)
            case seeds.ACCEPT:
                machine.accepted(now)
            case seeds.CONNECTED:
                machine.connected(number, now)
            case seeds.BYTES:
                machine.received(number, data, now)
            case seeds.LOST:
                machine.lost(number, now)
            case seeds.RELAY_LOST:
                machine.relay_lost(now)
        machine.tick(now)


def direct_paths(data: bytes) -> None:
    """One end of a search for a direct connection, in the role that the first byte says."""
    role = CALLEE if data[:1] == bytes((CALLEE,)) else CALLER
    end, at = _End(role), 1
    for _ in range(MOST_STEPS):
        if at + 5 > len(data):
            break
        what, number, time, size = data[at], data[at + 1], data[at + 2], int.from_bytes(data[at + 3 : at + 5], "big")
        piece, at = data[at + 5 : at + 5 + size], at + 5 + size
        end.now += time / 64
        try:
            end.step(what % 7, number, piece)
        except (Refused, MalformedFrame):
            return
        finally:
            end.look()
            _hold(end, role, data)
    for _ in range(int(LONGEST * 4)):
        end.now += 0.25
        end.machine.tick(end.now)
        end.look()
    assert end.machine.over and len(end.results) == 1, "a search that does not end"
    assert end.machine.timers.next is None
    _hold(end, role, data)


def _hold(end: _End, role: int, data: bytes) -> None:
    """What is true at any time."""
    assert len(end.results) == int(end.machine.over), "two ends of one search"
    for one in end.dials:
        assert candidates.may_dial(one.address, end.met, {HERE.ip}), "somebody was sent where nobody is to be sent"
        assert sum(other.address == one.address for other in end.dials) <= MOST_DIALS
    assert len(end.machine.replaced) <= MOST_REPLACED
    for result in end.results:
        if isinstance(result, Chosen) and result.number is not None:
            assert role == CALLEE, "a connection was taken whose other end has not the key of who was called"
            assert seeds.ticket(CALLEE).chosen in data, "a connection was taken that nobody has chosen"
    assert end.machine._accepted <= MOST_ACCEPTED


TARGETS: dict[str, Callable[[bytes], None]] = {"direct-paths": direct_paths}
