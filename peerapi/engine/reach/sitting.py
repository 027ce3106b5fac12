"""The seats of one graph that listens, or of a person's host: at up to two relays at once, so that one of them may die.

The relays a user knows are shared out: with one there is one seat, with more there are two, and each goes to the next
of its own when one does not answer.
"""

from __future__ import annotations

import socket
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import peerapi.process as process
from peerapi.address import Address
from peerapi.engine.reach import calling
from peerapi.engine.reach.seat_files import OwnSeat, own_seats
from peerapi.engine.reach.sockets import read, send
from peerapi.engine.runtime import Engine, SystemRandom, moment
from peerapi.engine.workers import in_thread
from peerapi.log import Log
from peerapi.reach.frames import Post
from peerapi.reach.leg import Leg
from peerapi.reach.quotas import TokenBucket
from peerapi.reach.refusal import Refused
from peerapi.reach.seat import RelayEndpoint
from peerapi.reach.seats import Connect, Disconnect, Known, Output, Ringing, SeatLost, Seats, SeatTaken, Send

if TYPE_CHECKING:
    import trio

AT_ONCE = 2
"Relays at which a graph has a seat at the same time."
STILL_NAMED = 60.0
"Seconds for which a seat that was lost is still told to others: mostly it is taken again."
SEARCHES, MOST_SEARCHES = 1.0, 16
"""Calls a second, and at once, for which a direct connection is looked for: it dials what callers name. Others stay on
the relay."""
MOST_ANSWERED = 32
"""Calls through one relay that are being answered at the same time, as many as relays carry for one seat. One that says
all the while that somebody calls takes no more sockets than that."""
log = Log("engine.reach")
Answered = Callable[[calling.Path], object]
Notice = Callable[[], Post | None]
"Makes a notice, to be posted at the relays; None: there is nothing to say now."


class SeatHolder(Protocol):
    """The graph or host whose seats they are."""

    @property
    def listening(self) -> tuple[Address, ...]:
        """Where its socket listens."""

    def spawn(self, task: Callable[..., object], *args: object) -> None: ...

    def seated(self, addresses: tuple[Address, ...]) -> None:
        """It is reached at these seat addresses from now on."""

    def called(self, path: calling.Path) -> None:
        """Somebody has called it."""


class Sitting:
    """All seats of one graph, or of a host."""

    def __init__(self, engine: Engine, holder: SeatHolder, relays: Sequence[Known], database: Path) -> None:
        """``database``: the path beside which the key of the seats is kept."""
        self._engine = engine
        self._holder = holder
        self._relays = relays
        self._database = database
        self._controls: list[Control] = []
        self._scope: trio.CancelScope | None = None
        self._stopped = False
        self._own: dict[RelayEndpoint, OwnSeat] = {}
        self._settled = threading.Event()
        self._notices: dict[object, Notice] = {}
        self._searches = TokenBucket(SEARCHES, MOST_SEARCHES, moment().elapsed)
        self._answering: Counter[RelayEndpoint] = Counter()

    def wait(self, seconds: float) -> None:
        """Wait until there is a seat, or it is clear that there is none for now. Not on the engine's thread."""
        self._settled.wait(seconds)

    def start(self) -> None:
        """Take seats, soon; any thread."""
        self._engine.post(partial(self._holder.spawn, self._run))

    def stop(self) -> None:
        """Give them up; any thread. Nothing more is told to the graph."""
        self._stopped = True
        self._engine.post(self._stop, hurry=False)

    def post(self, whose: object, notice: Notice) -> None:
        """Have a notice posted wherever there is a seat, soon and from time to time; any thread."""
        self._notices[whose] = notice
        self._engine.post(self._post)

    def _post(self) -> None:
        for control in self._controls:
            control.post()

    def _made(self) -> list[Post]:
        return [made for one in list(self._notices.values()) if (made := one()) is not None]

    def network_changed(self, here: frozenset[bytes], slept: float) -> None:
        """See ``network_watch.Follower``: seats that were taken from an address which is gone are taken anew."""
        for control in self._controls:
            control.network_changed(here, slept)

    @property
    def troubles(self) -> list[str]:
        """Why there is no seat where there is none, in words."""
        return [control.seats.trouble for control in self._controls if control.seats.trouble]

    @property
    def addresses(self) -> tuple[Address, ...]:
        """Where the graph can be called."""
        return tuple(control.named for control in self._controls if control.named is not None)

    def _stop(self) -> None:
        for control in self._controls:
            control.stop()
        if self._scope is not None:
            self._scope.cancel()

    async def _run(self) -> None:
        import trio

        endpoints = [known.access.endpoint for known in self._relays]
        try:
            self._own = await in_thread(own_seats, self._database, endpoints)
        except OSError:
            self._settled.set()
            raise
        with trio.CancelScope() as self._scope:
            if self._stopped:
                return
            chance = SystemRandom()
            for first in range(min(AT_ONCE, len(self._relays))):
                machine = Seats(self._relays[first::AT_ONCE], lambda one: self._own[one.access.endpoint].seat, chance)
                machine.notices = self._made
                self._controls.append(Control(machine, self._tell, self._troubled, self._rung))
            async with trio.open_nursery() as nursery:
                for control in self._controls:
                    nursery.start_soon(control.run)

    def _tell(self) -> None:
        if not self._stopped:
            self._holder.seated(self.addresses)
        self._settled.set()

    def _troubled(self) -> None:
        if all(control.seats.trouble for control in self._controls):
            self._settled.set()

    def _rung(self, ringing: Ringing) -> None:
        endpoint = ringing.known.access.endpoint
        if self._stopped or self._answering[endpoint] >= MOST_ANSWERED:
            return
        self._answering[endpoint] += 1
        self._holder.spawn(self._answer, ringing)

    async def _answer(self, ringing: Ringing) -> None:
        """Task: meet who calls."""
        try:
            await self._meet(ringing)
        finally:
            self._answering[ringing.known.access.endpoint] -= 1

    async def _meet(self, ringing: Ringing) -> None:
        access = ringing.known.access
        try:
            context, listening = self._own[access.endpoint].context, self._holder.listening
            direct = calling.is_direct_wanted() and self._searches.allows(moment().elapsed)
            path = await calling.answer(access, ringing.token, context, listening, direct=direct)
        except (OSError, Refused) as error:
            log.info("a call through %s comes to nothing: %s", access.endpoint, error)
            return
        if self._stopped:
            process.disown(path.sock)
            path.give_back()
        else:
            self._holder.called(path)


class _CurrentLeg:
    """A leg with its task."""

    def __init__(self, scope: trio.CancelScope) -> None:
        self.scope = scope
        self.sock: socket.socket | None = None
        self.leg: Leg | None = None
        self.dropped = False
        "The machine has ended it, and need not be told."


class Control:
    """Runs one ``seats.Seats``: its leg and its timers."""

    def __init__(
        self,
        seats: Seats,
        tell: Callable[[], None],
        troubled: Callable[[], None],
        rung: Callable[[Ringing], None],
    ) -> None:
        """``tell``: the seats have changed; ``troubled``: there is none here for now; ``rung``: somebody calls."""
        self.seats = seats
        self.named: Address | None = None
        "The seat that others are told of."
        self._tell = tell
        self._troubled = troubled
        self._rung = rung
        self._current: _CurrentLeg | None = None
        self._changed: trio.Event | None = None
        self._nursery: trio.Nursery | None = None
        self._lost_at = float("inf")
        self._said = ""

    async def run(self) -> None:
        """Task: take the seat and keep it."""
        import trio

        async with trio.open_nursery() as self._nursery:
            self.seats.start(moment())
            while True:
                self._changed = trio.Event()
                self._carry()
                now, following = moment().elapsed, self.seats.timers.next
                wake = min(float("inf") if following is None else following, self._lost_at + STILL_NAMED)
                with trio.move_on_after(max(0.0, wake - now)):
                    await self._changed.wait()
                self.seats.tick(moment())
                self._note_trouble()
                if moment().elapsed >= self._lost_at + STILL_NAMED:
                    self._lost_at = float("inf")
                    self.named = None
                    self._tell()

    def _note_trouble(self) -> None:
        """Say once why there is no seat."""
        trouble = self.seats.trouble
        if trouble and trouble != self._said and self.named is None:
            log.warning("there is no seat at the relay %s", trouble)
        self._said = trouble
        if trouble:
            self._troubled()

    def post(self) -> None:
        """Post the notices."""
        self.seats.post(moment())
        self._carry()
        self._wake()

    def withdraw(self, key: bytes) -> None:
        """Take a notice back."""
        self.seats.withdraw(key, moment())
        self._carry()

    def stop(self) -> None:
        """Say that the seat is free, and close."""
        self.seats.stop()
        self._carry()

    def network_changed(self, here: frozenset[bytes], slept: float) -> None:
        """See ``Sitting.network_changed``."""
        current = self._current
        if slept or current is None or current.sock is None or not _stands(current.sock, here):
            self.seats.hurry(moment())
            self._wake()

    def _wake(self) -> None:
        if self._changed is not None:
            self._changed.set()

    def _carry(self) -> None:
        """Do what the machine wants."""
        while self.seats.outputs:
            outputs, self.seats.outputs = self.seats.outputs, []
            for output in outputs:
                self._do(output)

    def _do(self, output: Output) -> None:
        match output:
            case Connect(known):
                assert self._nursery is not None
                self._nursery.start_soon(self._call, known)
            case Send(data):
                self._send(data)
            case Disconnect():
                if self._current is not None:
                    self._current.dropped = True
                    self._current.scope.cancel()
                    self._current = None
            case SeatTaken(address):
                log.info("reached at %s through the relay %s", address, self.seats.relay.access.endpoint)
                self._lost_at = float("inf")
                if address != self.named:
                    self.named = address
                    self._tell()
                self.seats.post(moment())
            case SeatLost(_, why):
                log.warning("the seat at %s is lost: %s", self.seats.relay.access.endpoint, why)
                self._lost_at = moment().elapsed
            case Ringing():
                self._rung(output)

    def _send(self, data: bytes) -> None:
        current = self._current
        if current is None or current.sock is None or current.leg is None:
            return
        data = current.leg.encrypt(data)
        try:
            whole = current.sock.send(data, socket.MSG_NOSIGNAL) == len(data)
        except OSError:
            whole = False
        if not whole:  # a few bytes now and then: whoever takes none of them is gone
            current.scope.cancel()

    async def _call(self, known: Known) -> None:
        """Task: one leg, until it ends."""
        import trio

        why = "the connection to the relay has ended"
        with trio.CancelScope() as scope:
            self._current = current = _CurrentLeg(scope)
            try:
                current.sock = sock = await calling.connect(known.access.endpoint)
                current.leg = leg = Leg(known.access)
                await send(sock, leg.start())
                while data := await read(sock):
                    await self._heard(current, sock, leg, data)
            except OSError as error:
                why = str(error)
            except Refused as error:
                calling.refused[error.reason] += 1
                why = str(error)
            finally:
                if current.sock is not None:
                    process.disown(current.sock)
        if self._current is current:
            self._current = None
        if not current.dropped:
            self.seats.lost(why, moment())
            self._wake()

    async def _heard(self, current: _CurrentLeg, sock: socket.socket, leg: Leg, data: bytes) -> None:
        was_open = leg.open
        said, plain = leg.receive(data)
        if said:
            await send(sock, said)
        if leg.open and not was_open:
            self.seats.connected(moment())
        if plain:
            self.seats.received(plain, moment())
        self._carry()
        self._wake()


def _stands(sock: socket.socket, here: frozenset[bytes]) -> bool:
    """Whether a connection goes through an address that this machine still has."""
    try:
        own = Address.parse(sock.getsockname()[0], 0)
    except (OSError, ValueError):
        return False
    return own.is_loopback or own.ip in here
