"""A relay's machine, nodes' machines, and wires between them that a test holds in its hands; time is virtual."""

from __future__ import annotations

import functools
import random
from collections.abc import Callable

from peerapi.address import Address
from peerapi.identity.keys import KeyPair, PublicKey, UnsuitableKey
from peerapi.moment import SECOND, Moment
from peerapi.reach import call, envelope, passes, quotas, relay_outputs, seat, seats
from peerapi.reach.frames import Decoder, Frame, Hello, Sit, Welcome, encode, sit_proof
from peerapi.reach.leg import Leg, RelayAccess
from peerapi.reach.refusal import Refused
from peerapi.reach.relay import Relay
from peerapi.reach.seat import RelayEndpoint, Seat
from peerapi.reach.seats import Known

ENDPOINT = RelayEndpoint(bytes((198, 51, 100, 10)), 443)
SECRET = bytes(range(32))
ACCESS = RelayAccess(ENDPOINT, tls=False)
NOW = 134_000_000_000_000_000
MONTH = 500 << 30


def verify(spki: bytes, signature: bytes, data: bytes) -> bool:
    try:
        return PublicKey(spki).verify(signature, data)
    except UnsuitableKey:
        return False


@functools.cache
def key(number: int) -> KeyPair:
    return KeyPair.generate()


@functools.cache
def own_seat(number: int, endpoint: RelayEndpoint = ENDPOINT) -> Seat:
    pair = key(number)
    modifier = seat.find_modifier(endpoint, pair.public.spki, bytes(16))
    return Seat(seat.address_of(endpoint, modifier, pair.public.spki), modifier, pair.public.spki, pair.sign)


def host(number: int, port: int = 40000) -> Address:
    """Some machine's address, in IPv6's form."""
    return Address(bytes(10) + b"\xff\xff" + bytes((203, 0, number >> 8, number & 0xFF)), port)


class Wire:
    """One connection to the relay, at its far end."""

    def __init__(self, lab: Lab, number: int, remote: Address) -> None:
        self.lab, self.number, self.remote = lab, number, remote
        self.inbox = b""
        self.closed = False
        self.other: Wire | None = None
        self.tamper: Callable[[bytes], bytes] = bytes
        "What the relay does to the bytes of a session that this end has sent."

    def send(self, data: bytes) -> None:
        if self.closed or not data:
            return
        if self.other is not None:
            self.lab.relay.spent(self.number, len(data), self.lab.now)
            self.other.inbox += self.tamper(data)
        else:
            self.lab.relay.received(self.number, data, self.lab.now)
        self.lab.carry()

    def take(self) -> bytes:
        data, self.inbox = self.inbox, b""
        return data

    def close(self) -> None:
        self.closed = True
        self.lab.relay.closed(self.number, self.lab.now)
        self.lab.carry()


class Talker:
    """A node that says frames as a test wants."""

    def __init__(self, lab: Lab, remote: Address) -> None:
        self.wire = lab.open(remote)
        self.leg = Leg(ACCESS)
        self.decoder = Decoder()
        self.wire.send(self.leg.start())

    def say(self, *frames: Frame) -> list[Frame]:
        """Say frames; what has come back."""
        self.wire.send(encode(*frames))
        return self.heard()

    def heard(self) -> list[Frame]:
        data = self.wire.take()
        if data:
            _, plain = self.leg.receive(data)
            self.decoder.feed(plain)
        found = []
        while (frame := self.decoder.next()) is not None:
            found.append(frame)
        return found

    def hello(self, granted: bytes) -> Welcome:
        (welcome,) = self.say(Hello(granted))
        assert isinstance(welcome, Welcome)
        return welcome

    def sit(self, welcome: Welcome, own: Seat) -> list[Frame]:
        signature = own.sign(sit_proof(welcome.challenge, own.address))
        return self.say(Sit(own.address.ip, own.modifier, own.spki, signature))


class Lab:
    """One relay and its wires."""

    def __init__(self, limits: quotas.Limits | None = None, *, fronts: tuple[bytes, ...] = ()) -> None:
        self.chance = random.Random(7)
        self.now = Moment(NOW, 1000.0)
        self.limits = limits or quotas.private(MONTH)
        self.fronts = fronts
        self.wires: dict[int, Wire] = {}
        self.probes: list[relay_outputs.ProbeBack] = []
        self.count = 0
        self.relay = self.new_relay()

    def new_relay(self) -> Relay:
        """Another one of the same secret, as after a restart."""
        for wire in self.wires.values():
            wire.closed = True
        self.wires = {}
        self.relay = Relay([ENDPOINT], SECRET, self.limits, self.chance.randbytes, verify, fronts=self.fronts)
        return self.relay

    def granted(self, **caveats: int) -> bytes:
        return passes.issue(SECRET, bytes(16), **caveats)

    def open(self, remote: Address) -> Wire:
        self.count += 1
        wire = self.wires[self.count] = Wire(self, self.count, remote)
        self.relay.opened(self.count, remote, self.now)
        self.carry()
        return wire

    def carry(self) -> None:
        while self.relay.outputs:
            outputs, self.relay.outputs = self.relay.outputs, []
            for output in outputs:
                match output:
                    case relay_outputs.Send(number, data):
                        self.wires[number].inbox += data
                    case relay_outputs.Close(number):
                        self.wires[number].closed = True
                        self.relay.closed(number, self.now)
                    case relay_outputs.Glue(caller, callee):
                        one, other = self.wires[caller], self.wires[callee]
                        one.other, other.other = other, one
                    case relay_outputs.ProbeBack():
                        self.probes.append(output)

    def pass_time(self, seconds: float) -> None:
        self.now = Moment(self.now.utc + int(seconds * SECOND), self.now.elapsed + seconds)
        self.relay.tick(self.now)
        self.carry()


class Node:
    """A node with a seat: ``seats.Seats``, and calls that it answers."""

    def __init__(self, lab: Lab, number: int, relays: tuple[Known, ...] = (), granted: bytes | None = None) -> None:
        self.lab, self.number = lab, number
        known = relays or (Known(ACCESS, lab.granted() if granted is None else granted),)
        self.seats = seats.Seats(known, lambda one: own_seat(number, one.access.endpoint), random.Random(number))
        self.wire: Wire | None = None
        self.leg: Leg | None = None
        self.told: list[seats.Output] = []
        self.context = envelope.callee_context(key(number), own_seat(number).modifier)
        self.answered: list[Path] = []
        self.accepts = True

    def start(self) -> None:
        self.seats.start(self.lab.now)
        self.run()

    def run(self) -> None:
        """Carry what there is until nothing more comes."""
        busy = True
        while busy:
            outputs, self.seats.outputs = self.seats.outputs, []
            busy = bool(outputs)
            for output in outputs:
                self._do(output)
            if self.wire is not None and self.wire.inbox:
                busy = True
                assert self.leg is not None
                was_open = self.leg.open
                answer, plain = self.leg.receive(self.wire.take())
                self.wire.send(answer)
                if self.leg.open and not was_open:
                    self.seats.connected(self.lab.now)
                if plain:
                    self.seats.received(plain, self.lab.now)
            if self.wire is not None and self.wire.closed and not self.wire.inbox:
                self.wire = None
                self.seats.lost("the relay has ended the connection", self.lab.now)
                busy = True

    def _do(self, output: seats.Output) -> None:
        match output:
            case seats.Connect(known):
                self.told.append(output)
                if known.access.endpoint != ENDPOINT:
                    self.seats.lost("connection refused", self.lab.now)
                    return
                self.wire, self.leg = self.lab.open(host(self.number)), Leg(known.access)
                self.wire.send(self.leg.start())
            case seats.Send(data):
                if self.wire is not None:
                    assert self.leg is not None
                    self.wire.send(self.leg.encrypt(data))
            case seats.Disconnect():
                if self.wire is not None:
                    self.wire.close()
                    self.wire = None
            case seats.Ringing(known, token, _):
                self.told.append(output)
                if self.accepts:
                    made = call.Call.answer(known.access, token, self.context)
                    self.answered.append(Path(self.lab, made, host(self.number, 50000)))
                else:
                    self.seats.deny(token)
            case _:
                self.told.append(output)


class Path:
    """One end of a call on its wire."""

    def __init__(self, lab: Lab, machine: call.Call, remote: Address) -> None:
        self.lab, self.machine = lab, machine
        self.wire = lab.open(remote)
        self.refused: Refused | None = None
        self.got = b""
        self.wire.send(machine.start())

    def step(self) -> bool:
        """Take what has come; whether there was something."""
        data = self.wire.take()
        if not data or self.refused is not None:
            return False
        try:
            if self.machine.done:
                for layer in reversed(self.machine.layers):
                    data = layer.decrypt(data)
                self.got += data
            else:
                self.wire.send(self.machine.receive(data, self.lab.now.elapsed))
                self.got, self.machine.rest = self.got + self.machine.rest, b""
        except Refused as error:
            self.refused = error
            self.wire.close()
        return True

    def send(self, plain: bytes) -> None:
        data = plain
        for layer in self.machine.layers:
            data = layer.encrypt(data)
        self.wire.send(data)


def called(lab: Lab, callee: Node, remote: Address, whom: Address | None = None) -> tuple[Path, Path | None]:
    """Call a node; both ends, when nothing more happens."""
    caller = Path(lab, call.Call.to(ACCESS, whom or own_seat(callee.number).address), remote)
    settle(callee, caller)
    return caller, callee.answered[-1] if callee.answered else None


def settle(node: Node, *paths: Path) -> None:
    busy = True
    while busy:
        node.run()
        busy = sum(path.step() for path in (*paths, *node.answered)) > 0
