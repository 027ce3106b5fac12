"""Both ends of looking for a direct connection, in homes on virtual time, with real envelopes."""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import partial

from peerapi.address import Address
from peerapi.reach import envelope
from peerapi.reach.candidates import own_candidates
from peerapi.reach.direct import Chosen, Close, Dial, Failed, Negotiation, Offer, Output, Say, Send
from peerapi.reach.frames import CALLEE, CALLER, Candidate, Frame, Met
from tests.reach.lab import ENDPOINT, key, own_seat
from tests.simulation.internet import LISTENING_PORT, Dialing, Host, Internet, Stream

CONTEXT = envelope.callee_context(key(1), own_seat(1).modifier)
CALLED = own_seat(1).address


class End:
    """One end: a ``Negotiation``, and its sockets."""

    def __init__(
        self, host: Host, role: int, met: Met, port: int, *, listens: bool = True, also: Sequence[Candidate] = ()
    ) -> None:
        """``port``: from which its connection to the relay goes; ``also``: candidates that it names besides."""
        internet = host.internet
        self.host, self.role, self.port = host, role, port
        self.other: End | None = None
        self.relay_is_there = True
        self.result: Chosen | Failed | None = None
        self.streams: dict[int, Stream] = {}
        self.said: list[Frame] = []
        self.heard = b""
        self._dialings: dict[int, Dialing] = {}
        listening = host.told if listens else []
        here = host.addresses

        def candidates(met: Met) -> list[Candidate]:
            return [*also, *own_candidates(met, listening, here, port)][:8]

        make = partial(envelope.answering, CONTEXT) if role == CALLEE else envelope.calling
        offer = Offer(internet.chance.randbytes(16), candidates, {one.ip for one in here})
        self.machine = Negotiation(role, met, offer, make, lambda shown: envelope.check_callee(shown, CALLED))
        host.listening[port] = self._accept
        if listens:
            host.listening[LISTENING_PORT] = self._accept

    @property
    def now(self) -> float:
        return self.host.internet.now

    def begin(self) -> None:
        self.machine.begin(self.now)
        self.carry()

    def take(self, frame: Frame) -> None:
        if self.relay_is_there and self.result is None:
            self.machine.take(frame, self.now)
            self.carry()

    def lose_relay(self) -> None:
        if self.relay_is_there:
            self.relay_is_there = False
            self.machine.relay_lost(self.now)
            self.carry()

    def carry(self) -> None:
        while self.machine.outputs:
            outputs, self.machine.outputs = self.machine.outputs, []
            for output in outputs:
                self._do(output)
        following = self.machine.timers.next
        if following is not None:
            self.host.internet.at(max(0.0, following - self.now), self._tick)

    def _tick(self) -> None:
        self.machine.tick(self.now)
        self.carry()

    def _do(self, output: Output) -> None:
        internet = self.host.internet
        match output:
            case Say(frame):
                self.said.append(frame)
                if self.other is not None and self.relay_is_there:
                    internet.at(2 * internet.delay, partial(self.other.take, frame))
            case Dial(number, address):
                there = partial(self._connected, number)
                self._dialings[number] = self.host.dial(self.port, address, there, partial(self._lost, number))
            case Send(number, data):
                if number in self.streams:
                    self.streams[number].send(data)
            case Close(number):
                self._drop(number)
            case Chosen(number):
                self.result = output
                self.heard += output.rest
                for one in [*self.streams, *self._dialings]:
                    if one != number:
                        self._drop(one)
                if number is not None and self.other is not None:
                    internet.at(2 * internet.delay, self.other.lose_relay)
            case Failed():
                self.result = output

    def _drop(self, number: int) -> None:
        stream, dialing = self.streams.pop(number, None), self._dialings.get(number)
        if stream is not None:
            stream.close()
        elif dialing is not None:
            dialing.over = True

    def _has(self, number: int, stream: Stream) -> None:
        self.streams[number] = stream
        stream.heard = partial(self._received, number)
        stream.ended = partial(self._lost, number)

    def _accept(self, stream: Stream) -> None:
        number = self.machine.accepted(self.now)
        if number is None:
            stream.close()
        else:
            self._has(number, stream)
        self.carry()

    def _connected(self, number: int, stream: Stream) -> None:
        self._has(number, stream)
        self.machine.connected(number, self.now)
        self.carry()

    def _received(self, number: int, data: bytes) -> None:
        if isinstance(self.result, Chosen):
            assert number == self.result.number
            assert self.result.envelope is not None
            self.heard += self.result.envelope.decrypt(data)
        else:
            self.machine.received(number, data, self.now)
            self.carry()

    def _lost(self, number: int) -> None:
        self.streams.pop(number, None)
        self.machine.lost(number, self.now)
        self.carry()

    def send(self, plain: bytes) -> None:
        """Bytes of the graph, over what was chosen."""
        assert isinstance(self.result, Chosen) and self.result.envelope is not None and self.result.number is not None
        self.streams[self.result.number].send(self.result.envelope.encrypt(plain))


def ends(
    internet: Internet, caller: Host, callee: Host, *, lie: Address | None = None, also: Sequence[Candidate] = ()
) -> tuple[End, End]:
    """(Caller, called), who have just met. ``lie``: where the relay says that the caller comes from; ``also``: what the
    caller names besides its own addresses."""
    p, q = caller.free_port(), callee.free_port()
    seen = [one.leaves(port, ENDPOINT.address) for one, port in ((caller, p), (callee, q))]
    first = End(caller, CALLER, Met(CALLER, seen[0], seen[1], 0), p, also=also)
    second = End(callee, CALLEE, Met(CALLEE, seen[1], lie or seen[0], 0), q)
    first.other, second.other = second, first
    return first, second


def met(internet: Internet, caller: Host, callee: Host) -> tuple[End, End]:
    """Both ends when nothing more happens."""
    first, second = ends(internet, caller, callee)
    second.begin()
    first.begin()
    internet.run(30.0)
    return first, second


def world(seed: int, delay: float = 0.02, *, refuses: bool = False) -> Internet:
    return Internet(random.Random(seed), delay, refuses=refuses)
