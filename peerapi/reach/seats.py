"""The control connection of a node that has a seat at a relay: taking the seat, keeping it, hearing who calls, and
coming back when the connection or the relay is gone.

Of several relays one is used at a time: the next in the list when one does not answer or wants nobody. The pause before
each further try doubles, and is drawn between nothing and that (full jitter), so that those whom a relay has lost do
not come back all at once.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from peerapi.address import Address
from peerapi.moment import Moment
from peerapi.reach.frames import (
    Decoder,
    Deny,
    GoAway,
    Hello,
    MalformedFrame,
    No,
    Ping,
    Post,
    Ring,
    Rise,
    Seated,
    Sit,
    Welcome,
    encode,
    sit_proof,
)
from peerapi.reach.leg import RelayAccess
from peerapi.reach.refusal import REASONS, Refusal
from peerapi.reach.seat import Seat
from peerapi.timers import Timers

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 60.0
"Seconds before a further try, at most: the first time, and ever."
STANDS = 60.0
"Seconds for which a seat has to be kept until what went wrong before does not count any more."
PATIENCE = 20.0
"Seconds until the seat is taken, from the beginning of a connection on."
SHORTEST_PING, LONGEST_PING, SPREAD = 45.0, 120.0, 0.2
"Seconds between two PINGs: the relay says how many, within these."
SILENCE = 30.0
"Seconds that a PING may wait for an answer."
POST_AGAIN = 1200.0
"Seconds after which notices are posted anew, whose time at the relay is longer."
MOST_RINGS = 16
"Calls a relay may announce in a second; it is to blame for more."


class Known(NamedTuple):
    """A relay that a node knows, and what it may do there."""

    access: RelayAccess
    granted: bytes
    "The pass; empty: none"


class Connect(NamedTuple):
    """Make the leg to a relay; then ``Seats.connected``, or ``Seats.lost``."""

    known: Known


class Send(NamedTuple):
    """Send bytes on the leg."""

    data: bytes


class Disconnect(NamedTuple):
    """End the leg."""


class SeatTaken(NamedTuple):
    """The node can be called at an address."""

    address: Address


class SeatLost(NamedTuple):
    """It no longer can; why, in words."""

    address: Address
    why: str


class Ringing(NamedTuple):
    """Somebody calls: join him, at the relay, with the token."""

    known: Known
    token: bytes
    caller: Address


Output = Connect | Send | Disconnect | SeatTaken | SeatLost | Ringing


class Seats:
    """The seat of one graph at one of some relays."""

    def __init__(self, relays: Sequence[Known], seat_at: Callable[[Known], Seat], chance: random.Random) -> None:
        """``seat_at``: the seat that the graph has at a relay, whether it sits there or not."""
        assert relays
        self.outputs: list[Output] = []
        self.timers = Timers()
        self.seated: Address | None = None
        self.welcome: Welcome | None = None
        "What the relay has said it allows."
        self.trouble = ""
        "Why there is no seat, in words."
        self.notices: Callable[[], Iterable[Post]] = tuple
        "What is posted at the relay while there is a seat; asked each time anew."
        self._posted: set[bytes] = set()
        self._relays = tuple(relays)
        self._seat_at = seat_at
        self._chance = chance
        self._at = 0
        self._failures = 0
        self._seated_at = 0.0
        self._decoder = Decoder()
        self._connected = False
        self._calling = False
        self._stopped = False
        self._rings = 0
        self._ring_second = -1
        self._now = Moment(0, 0.0)
        "Of the latest input."

    @property
    def relay(self) -> Known:
        """The one that is used or tried now."""
        return self._relays[self._at]

    def start(self, now: Moment) -> None:
        """Take the seat, and keep it from now on."""
        self._now = now
        self._call()

    def connected(self, now: Moment) -> None:
        """The leg that ``Connect`` wanted is open."""
        self._now = now
        self._connected = True
        self._decoder = Decoder()
        self._send(encode(Hello(self.relay.granted)))

    def received(self, data: bytes, now: Moment) -> None:
        """Plain bytes of the leg."""
        self._now = now
        self._decoder.feed(data)
        try:
            while self._connected and (frame := self._decoder.next()) is not None:
                self._take(frame)
        except MalformedFrame:
            self._fail(Refusal.LEG.value)

    def lost(self, why: str, now: Moment) -> None:
        """The leg could not be made, or has ended."""
        self._now = now
        if self._calling:
            self._calling = self._connected = False
            self._again(why)

    def deny(self, token: bytes) -> None:
        """A call is not wanted."""
        if self._connected:
            self._send(encode(Deny(token)))

    def post(self, now: Moment) -> None:
        """Post the notices, now and from time to time; without a seat nothing is."""
        self._now = now
        self._post()

    def withdraw(self, key: bytes, now: Moment) -> None:
        """A notice is posted no longer."""
        self._now = now
        if key in self._posted:
            self._posted.discard(key)
            self._send(encode(Post(key, 0, b"")))

    def hurry(self, now: Moment) -> None:
        """The machine has another network, or has slept: what stood before is worth nothing."""
        self._now = now
        if not self._stopped:
            self._failures = 0
            self._hang_up("the network has changed")
            self._call()

    def tick(self, now: Moment) -> None:
        """Run the timers that are due."""
        self._now = now
        self.timers.fire(now.elapsed)

    def stop(self) -> None:
        """Give the seat up for good."""
        self._stopped = True
        if self._connected and self.seated is not None:
            self._send(encode(*(Post(key, 0, b"") for key in self._posted), Rise(self.seated.ip)))
        self._hang_up("it was given up")
        self.timers.cancel_all()

    # Within -----------------------------------------------------------------------------------------------------------

    def _call(self) -> None:
        self._calling = True
        self.timers.cancel_all()
        self._set("patience", PATIENCE, lambda: self._fail("it does not answer in time"))
        self.outputs.append(Connect(self.relay))

    def _set(self, timer: str, seconds: float, action: Callable[[], None]) -> None:
        self.timers.set(timer, self._now.elapsed + seconds, action)

    def _take(self, frame: object) -> None:
        match frame:
            case Welcome():
                self.welcome = frame
                self._sit(frame)
            case Seated(seat) if self._is_own(seat):
                self._take_seat()
            case Rise(seat) if self._is_own(seat):
                self._fail("another connection has the seat now")
            case Ring(seat, token, caller) if self._is_own(seat):
                self._rung(token, caller)
            case No(code, retry, _):
                self._refused(REASONS.get(code, Refusal.LEG), retry)
            case GoAway(seconds, _):
                self._gone(seconds)
            case _:  # PONG, and what later versions say
                self.timers.cancel("silence")

    def _is_own(self, seat: bytes) -> bool:
        return self._seat_at(self.relay).address.ip == seat

    def _sit(self, welcome: Welcome) -> None:
        own = self._seat_at(self.relay)
        signature = own.sign(sit_proof(welcome.challenge, own.address))
        self._send(encode(Sit(own.address.ip, own.modifier, own.spki, signature)))

    def _take_seat(self) -> None:
        own = self._seat_at(self.relay)
        self.timers.cancel("patience")
        self.trouble = ""
        if self.seated is None:
            self.seated, self._seated_at = own.address, self._now.elapsed
            self.outputs.append(SeatTaken(own.address))
        self._ping_later()

    def _ping_later(self) -> None:
        wanted = SHORTEST_PING if self.welcome is None else float(self.welcome.ping)
        seconds = min(max(wanted, SHORTEST_PING), LONGEST_PING)
        self._set("ping", seconds * self._chance.uniform(1 - SPREAD, 1 + SPREAD), self._ping)

    def _ping(self) -> None:
        self._send(encode(Ping(self._chance.randbytes(8))))
        self._set("silence", SILENCE, lambda: self._fail("it no longer answers"))
        self._ping_later()

    def _post(self) -> None:
        if self.seated is None:
            return
        for notice in self.notices():
            self._posted.add(notice.key)
            self._send(encode(notice))
        if self._posted:
            self._set("post", POST_AGAIN, self._post)

    def _rung(self, token: bytes, caller: Address) -> None:
        second = int(self._now.elapsed)
        if second != self._ring_second:
            self._ring_second, self._rings = second, 0
        self._rings += 1
        if self._rings > MOST_RINGS:
            self.deny(token)
        else:
            self.outputs.append(Ringing(self.relay, token, caller))

    def _refused(self, reason: Refusal, retry: int) -> None:
        if self.seated is None or reason is Refusal.EXPIRED:
            self._fail(reason.value, at_least=float(retry))

    def _gone(self, seconds: int) -> None:
        """The relay is about to end. With others, one of those is next, at once if this one has stood; else it is given
        the time."""
        pause = 0.0 if len(self._relays) > 1 else self._chance.uniform(1.0, max(1.0, float(seconds)))
        self._hang_up("the relay is about to end")
        self._failures += 1
        self._next(max(pause, self._pause() if self._failures > 1 else 0.0))

    def _fail(self, why: str, *, at_least: float = 0.0) -> None:
        self._hang_up(why)
        self._again(why, at_least=at_least)

    def _hang_up(self, why: str) -> None:
        if self._calling:
            self._calling = self._connected = False
            self.outputs.append(Disconnect())
        self._lose(why)

    def _lose(self, why: str) -> None:
        self.welcome = None
        self._posted.clear()
        if self.seated is not None:
            if self._now.elapsed - self._seated_at >= STANDS:
                self._failures = 0
            self.outputs.append(SeatLost(self.seated, why))
            self.seated = None

    def _again(self, why: str, *, at_least: float = 0.0) -> None:
        self._lose(why)
        self.trouble = f"{self.relay.access.endpoint}: {why}"
        self._failures += 1
        self._next(max(self._pause(), at_least))

    def _pause(self) -> float:
        longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(self._failures - 1, 10))
        return self._chance.uniform(0, longest)

    def _next(self, pause: float) -> None:
        if self._stopped:
            return
        self._at = (self._at + 1) % len(self._relays)
        self.timers.cancel_all()
        self._set("again", pause, self._call)

    def _send(self, data: bytes) -> None:
        self.outputs.append(Send(data))
