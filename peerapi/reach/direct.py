"""Two nodes that have met through a relay find a connection without it, or stay there: sans-IO, for either end.

Through the envelope each tells where it may be reached. What listens there is dialed at once: by the caller (direct),
and by who was called (reversed). Then both dial at the same time where only answers are let in (punched): the caller
says SYNC and waits half a round trip, who is called dials when it hears it, so that the SYNs of both are under way
together (the order of DCUtR). Whoever is at a connection proves that it was in the call, and then there is a new
envelope, with the same roles. The caller takes one connection for good, and otherwise says STAY in time.
"""

from __future__ import annotations

import hmac
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, NamedTuple

from peerapi.address import Address
from peerapi.path_kind import PathKind
from peerapi.reach.attempt import Attempt
from peerapi.reach.candidates import are_promising, worth_dialing
from peerapi.reach.frames import (
    CALLEE,
    CALLER,
    LISTENS,
    PUNCHES,
    Candidate,
    Candidates,
    Direct,
    Frame,
    MalformedFrame,
    Met,
    Replaces,
    Stay,
    Sync,
    Unknown,
    encode,
)
from peerapi.reach.greeting import ACCEPTED, DIALED, MARK, SIZE, Ticket, other_role
from peerapi.reach.refusal import Refusal, Refused
from peerapi.timers import Timers

if TYPE_CHECKING:
    from peerapi.reach.tls import TlsLayer

WINDOW = 1.5
"""Seconds from the caller's own dialing on for which a connection may come about: enough for a SYN that was lost and is
sent again."""
SHORTEST_WINDOW = 0.4
ROUND_TRIPS = 4
"""The same where hardly one will, since a router draws the ports and nobody listens: as many round trips through the
relay, of which a SYN and its answer take less than one."""
PROVING = 3.0
"Seconds more for one that is there and has still to prove itself, or a better one beside it."
PATIENCE = 10.0
"Seconds in which the other end has said each next thing."
REDIAL = 0.25
"Seconds after which an address that has refused is dialed a second time: a router may refuse what comes too early."
MOST_DIALS = 2
"Of one address."
MOST_ACCEPTED = 8
MOST_REPLACED = 4
MOST_HEARD = 64 << 10
"Bytes of a connection that is not chosen yet."
_RANKS = {PathKind.DIRECT: 0, PathKind.REVERSED: 1, PathKind.PUNCHED: 2}


class Offer(NamedTuple):
    """What one end brings along."""

    half: bytes
    "Of the ticket; 16 random bytes"
    candidates: Callable[[Met], Sequence[Candidate]]
    here: Collection[bytes]
    "The addresses of this machine, 16 bytes each"
    before: Sequence[Ticket] = ()
    "Of the caller: those of its earlier calls there, whose links are over"


class Say(NamedTuple):
    """Say a frame to the other end, through the relay."""

    frame: Frame


class Dial(NamedTuple):
    """Make a connection from the port that the candidates name; then ``connected`` or ``lost``."""

    number: int
    address: Address


class Send(NamedTuple):
    number: int
    data: bytes


class Close(NamedTuple):
    """End a connection, or a dialing that has come to nothing yet."""

    number: int


class Chosen(NamedTuple):
    """The connection that the call goes on with; None: the one through the relay. All others are to be closed."""

    number: int | None
    kind: PathKind
    envelope: TlsLayer | None
    rest: bytes
    "Bytes of the graph that have come already"


class Failed(NamedTuple):
    """There is no connection at all."""

    why: str


Output = Say | Dial | Send | Close | Chosen | Failed


class Negotiation:
    """One end of looking for a direct connection."""

    def __init__(
        self, role: int, met: Met, offer: Offer, envelope: Callable[[], TlsLayer], check: Callable[[bytes], None]
    ) -> None:
        """``envelope``: a new end of one, of this end's role; ``check`` raises Refused unless a certificate is that of
        who was called (of the caller)."""
        self.outputs: list[Output] = []
        self.timers = Timers()
        self.refused: Counter[Refusal] = Counter()
        self.over = False
        self.ticket: Ticket | None = None
        "Known when both have told their candidates."
        self.replaced: list[Callable[[Ticket], bool]] = []
        "Of who is called: each says whether an earlier call is the one that this one is in the place of."
        self._theirs = b""
        self._role = role
        self._met = met
        self._offer = offer
        self._envelope = envelope
        self._check = check
        self._own: tuple[Candidate, ...] = ()
        self._told: tuple[Candidate, ...] = ()
        self._attempts: dict[int, Attempt] = {}
        self._dials: Counter[Address] = Counter()
        self._count = 0
        self._accepted = 0
        self._now = 0.0
        self._asked = 0.0
        self._proving = False
        "The time for connections to come about is over; those that are there may prove themselves."
        self._relay_is_there = True
        self._synced = False

    @property
    def expected(self) -> bytes | None:
        """With what the other end begins a connection that it dials, when that is known: by this a listener that serves
        others, too, knows it."""
        return None if self.ticket is None else self.ticket.greeting(other_role(self._role), DIALED)

    # What the relayed connection brings -------------------------------------------------------------------------------

    def begin(self, now: float) -> None:
        """The envelope is there."""
        self._now = self._asked = now
        self._wait(PATIENCE)
        if self._role == CALLER:
            self._tell()
            half, before = self._offer.half, self._offer.before[-MOST_REPLACED:]
            self.outputs += [Say(Replaces(one.replaces(half))) for one in before]

    def _tell(self) -> None:
        self._own = tuple(self._offer.candidates(self._met))
        self.outputs.append(Say(Candidates(self._offer.half, self._own)))

    def take(self, frame: Frame, now: float) -> None:
        """A frame of the other end. Raises Refused."""
        self._now = now
        if self.over:
            return
        match frame:
            case Stay():
                self._choose(None)
            case Candidates() if self.ticket is None:
                self._candidates(frame)
            case Sync() if self._role == CALLEE and self.ticket is not None and not self._synced:
                self._synced = True
                self._punch()
            case Replaces(proof) if self._role == CALLEE and self._theirs and len(self.replaced) < MOST_REPLACED:
                half = self._theirs
                self.replaced.append(lambda old: hmac.compare_digest(old.replaces(half), proof))
            case Unknown() if self._role == CALLEE:
                self.outputs.append(Say(Stay()))
                self._choose(None)
            case _:
                raise Refused(Refusal.MALFORMED, "the other side does not say how to go on")

    def relay_lost(self, now: float) -> None:
        """The relayed connection is over: of the caller, because it has chosen another one, or because the relay is."""
        self._now = now
        self._relay_is_there = False
        if self.over:
            return
        if not any(one.there for one in self._attempts.values()):
            self._fail("the connection to the relay has ended")
        elif self._role == CALLEE:
            self._wait(PROVING)

    def _candidates(self, told: Candidates) -> None:
        own, theirs = self._offer.half, told.half
        self._theirs = theirs
        self.ticket = Ticket(own, theirs) if self._role == CALLER else Ticket(theirs, own)
        self._told = told.found
        if self._role == CALLEE:
            self._tell()
            self._wait(PATIENCE)
        else:
            self.outputs.append(Say(Sync()))
            there_and_back = self._now - self._asked
            self._set("punch", there_and_back / 2, self._punch)
            self._wait(there_and_back / 2 + self._window(there_and_back))
        for early in list(self._attempts.values()):  # who is called may dial before its candidates have come
            self._greet(early, self.ticket)
            self._hear(early, b"")
        self._dial_all(LISTENS)

    def _window(self, there_and_back: float) -> float:
        """How long is waited for a connection: whoever joins sees nothing of the graph meanwhile."""
        if are_promising(self._own, self._told):
            return WINDOW
        return min(WINDOW, max(SHORTEST_WINDOW, REDIAL + ROUND_TRIPS * there_and_back))

    def _punch(self) -> None:
        self._dial_all(PUNCHES)

    # Connections ------------------------------------------------------------------------------------------------------

    def _dial_all(self, manner: int) -> None:
        worth = worth_dialing(self._told, self._met, self._offer.here)
        named = self._told if manner == LISTENS else (*self._told, Candidate(PUNCHES, self._met.other))
        dialed = {one.address for one in worth}
        self.refused.update(Refusal.NOWHERE for one in named if one.manner == manner and one.address not in dialed)
        for one in worth:
            if one.manner == manner:
                self._dial(one)

    def _dial(self, aim: Candidate) -> None:
        if not self.over and self._dials[aim.address] < MOST_DIALS:
            self._dials[aim.address] += 1
            self._count += 1
            self._attempts[self._count] = Attempt(self._count, DIALED, aim)
            self.outputs.append(Dial(self._count, aim.address))

    def accepted(self, now: float) -> int | None:
        """Somebody has connected to the port that the candidates name; the number of the connection, or None: it is not
        wanted."""
        self._now = now
        if self.over or self._accepted >= MOST_ACCEPTED:
            return None
        self._accepted += 1
        self._count += 1
        self._attempts[self._count] = Attempt(self._count, ACCEPTED, None)
        self._there(self._attempts[self._count])
        return self._count

    def connected(self, number: int, now: float) -> None:
        """A Dial has come about."""
        self._now = now
        attempt = self._attempts.get(number)
        if attempt is None or self.over:
            self.outputs.append(Close(number))
        else:
            self._there(attempt)

    def _there(self, attempt: Attempt) -> None:
        attempt.there = True
        if self.ticket is not None:
            self._greet(attempt, self.ticket)

    def _greet(self, attempt: Attempt, ticket: Ticket) -> None:
        self.outputs.append(Send(attempt.number, ticket.greeting(self._role, attempt.manner)))

    def received(self, number: int, data: bytes, now: float) -> None:
        """Bytes of a direct connection."""
        self._now = now
        attempt = self._attempts.get(number)
        if attempt is not None and not self.over:
            self._hear(attempt, data)

    def _hear(self, attempt: Attempt, data: bytes) -> None:
        try:
            self._heard(attempt, data)
        except (Refused, MalformedFrame) as error:
            self.refused[error.reason if isinstance(error, Refused) else Refusal.MALFORMED] += 1
            self._drop(attempt)

    def lost(self, number: int, now: float) -> None:
        """A Dial has come to nothing, or a connection has ended."""
        self._now = now
        attempt = self._attempts.pop(number, None)
        if attempt is None or self.over:
            return
        aim = attempt.aim
        if aim is not None and aim.manner == PUNCHES and not attempt.there:
            self._set(aim.address, REDIAL, lambda: self._dial(aim))
        self._look()

    def tick(self, now: float) -> None:
        """Run the timers that are due."""
        self._now = now
        self.timers.fire(now)

    def _heard(self, attempt: Attempt, data: bytes) -> None:
        if attempt.envelope is None:
            data = self._greeted(attempt, data)
        envelope = attempt.envelope
        if envelope is None or not (data or envelope.ready):
            return
        if not envelope.ready:
            said = envelope.handshake(data)
            if said:
                self.outputs.append(Send(attempt.number, said))
            if not envelope.ready:
                return
            data = b""
            if self._role == CALLER:
                self._check(envelope.certificate)
                attempt.complete = True
                self._look()
                return
        if self._role == CALLEE:
            self._await_choice(attempt, envelope.decrypt(data))
        else:
            attempt.heard += data  # the graph of who is called says nothing before it is called
            if len(attempt.heard) > MOST_HEARD:
                raise Refused(Refusal.MALFORMED)

    def _greeted(self, attempt: Attempt, data: bytes) -> bytes:
        """Find out whether the other end was in the call; what stands behind its greeting."""
        attempt.heard += data
        if not attempt.heard.startswith(MARK[: len(attempt.heard)]):
            raise Refused(Refusal.TICKET)
        if len(attempt.heard) > MOST_HEARD:
            raise Refused(Refusal.TICKET)
        if self.ticket is None or len(attempt.heard) < SIZE:
            return b""
        attempt.other = self.ticket.manner(attempt.heard[:SIZE], other_role(self._role))
        if attempt.other is None:
            raise Refused(Refusal.TICKET)
        rest, attempt.heard = attempt.heard[SIZE:], b""
        attempt.envelope = self._envelope()
        if self._role == CALLER:
            self.outputs.append(Send(attempt.number, attempt.envelope.start()))
        return rest

    def _await_choice(self, attempt: Attempt, plain: bytes) -> None:
        assert self.ticket is not None
        attempt.decoder.feed(plain)
        frame = attempt.decoder.next()
        if frame is None:
            return
        if not isinstance(frame, Direct):
            raise Refused(Refusal.MALFORMED)
        if frame.proof != self.ticket.chosen:
            raise Refused(Refusal.TICKET)
        self._choose(attempt, attempt.decoder.rest())

    def _drop(self, attempt: Attempt) -> None:
        del self._attempts[attempt.number]
        self.outputs.append(Close(attempt.number))
        self._look()

    # The choice -------------------------------------------------------------------------------------------------------

    def _look(self) -> None:
        """Of the caller: take the best of the connections that are complete, if no better one is about to be."""
        if self.over:
            return
        if self._role == CALLER:
            there = sorted(
                (one for one in self._attempts.values() if one.there), key=lambda one: _RANKS[one.kind(CALLER)]
            )
            if there and there[0].complete:
                self._take(there[0])
                return
        if not self._relay_is_there and not any(one.there for one in self._attempts.values()):
            self._fail("the connection to the relay has ended")

    def _take(self, attempt: Attempt) -> None:
        assert self.ticket is not None and attempt.envelope is not None
        said = attempt.envelope.encrypt(encode(Direct(self.ticket.chosen)))
        self.outputs.append(Send(attempt.number, said))
        rest = attempt.envelope.decrypt(attempt.heard) if attempt.heard else b""
        self._choose(attempt, rest)

    def _late(self) -> None:
        """The time for a connection to come about is over."""
        complete = [one for one in self._attempts.values() if one.complete]
        if complete:
            self._take(min(complete, key=lambda one: _RANKS[one.kind(CALLER)]))
        elif any(one.there for one in self._attempts.values()) and not self._proving:
            self._proving = True
            self._wait(PROVING)
        elif self._role == CALLER and self._relay_is_there and self.ticket is not None:
            self.outputs.append(Say(Stay()))
            self._choose(None)
        else:
            self._fail("the other side does not say how to go on")

    def _choose(self, attempt: Attempt | None, rest: bytes = b"") -> None:
        self.over = True
        self.timers.cancel_all()
        if attempt is None:
            self.outputs.append(Chosen(None, PathKind.RELAYED, None, rest))
        else:
            self.outputs.append(Chosen(attempt.number, attempt.kind(self._role), attempt.envelope, rest))

    def _fail(self, why: str) -> None:
        self.over = True
        self.timers.cancel_all()
        self.outputs.append(Failed(why))

    def _wait(self, seconds: float) -> None:
        self._set("late", seconds, self._late)

    def _set(self, timer: object, seconds: float, action: Callable[[], None]) -> None:
        self.timers.set(timer, self._now + seconds, action)
