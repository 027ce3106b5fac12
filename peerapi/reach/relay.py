"""A relay, sans-IO: connections, bytes and time come in; bytes, closings and pairs to be glued go out.

A connection asks for the protocol (HTTP), and then says with its first frame what it is: HELLO makes it the control
connection of a node with seats, CALL and JOIN one end of a session, LOOK a question. A session's bytes do not come
here: whoever runs the machine carries them, and says how many there were (``spent``).
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable, Collection

from peerapi.address import Address
from peerapi.moment import Moment
from peerapi.reach import passes
from peerapi.reach.frames import (
    CALLEE,
    CALLER,
    VERSION,
    Call,
    Deny,
    Frame,
    GoAway,
    Hello,
    Join,
    Look,
    MalformedFrame,
    Met,
    No,
    Notice,
    Ping,
    Pong,
    Post,
    Probe,
    Probed,
    Ring,
    Rise,
    Seated,
    Sit,
    Welcome,
    encode,
)
from peerapi.reach.notices import Notices
from peerapi.reach.quotas import BURST, CallRates, Limits, TokenBucket, Volume, less
from peerapi.reach.refusal import CODES, Refusal, Refused
from peerapi.reach.relay_outputs import Close, Glue, Output, ProbeBack, Send
from peerapi.reach.relay_state import STRANGER_BYTES, Connection, Session, Stage
from peerapi.reach.seat import RelayEndpoint
from peerapi.reach.seating import Seating
from peerapi.reach.upgrade import ACCEPTED, read_request
from peerapi.timers import Timers

FIRST_FRAME = 10.0
"Seconds until the first frame of a connection is there."
RINGING = 10.0
MOST_STRANGERS, STRANGERS_OF_SOURCE = 256, 8
BEGINNING = 3.0
"""Seconds in which a connection says what it wants where all is well. When MOST_STRANGERS of these are there, further
ones are not let in: after a restart thousands come at once, and if the oldest had to go for the newest nobody would get
to the end."""
MOST_RINGS = 16
"Calls that wait for one seat."
OF_SOURCE_AT_SEAT = 8
"Sessions and waiting calls of one address at one seat."
PING = 90
"""Seconds between two PINGs of a node. They find out whether the other's program still answers; the kernel's probes
(``network.notice_silence``) keep routers' mappings and find out whether its machine is there."""
SILENCE = 250.0
"Seconds without a frame after which a control connection is over: two PINGs have not come."
PROBE_EVERY = 60.0
MISTAKES = 3
"Frames that a control connection may have refused before it is ended."
SCATTER = 30
"Seconds within which those come back whom a relay tells that it ends."


class Relay:
    """One relay."""

    def __init__(
        self,
        endpoints: Collection[RelayEndpoint],
        secret: bytes,
        limits: Limits,
        randomness: Callable[[int], bytes],
        verify: Callable[[bytes, bytes, bytes], bool],
        *,
        fronts: Collection[bytes] = (),
    ) -> None:
        """``endpoints``: where nodes reach it, as they stand in seat addresses; ``secret``: makes its passes;
        ``verify``: (key, signature, data); ``fronts``: addresses of who says for whom he connects, 16 bytes each."""
        self.outputs: list[Output] = []
        self.refused: Counter[Refusal] = Counter()
        self.counted: Counter[str] = Counter()
        "What has happened, by a word."
        self.volume = Volume(limits)
        self.limits = limits
        self.timers = Timers()
        self.notices = Notices()
        self.seating = Seating(endpoints, limits, verify)
        self.connections: dict[int, Connection] = {}
        self.sessions: set[Session] = set()
        self.ending = False
        self._secret = secret
        self._random = randomness
        self._fronts = frozenset(fronts)
        self._strangers: OrderedDict[Connection, float] = OrderedDict()
        "With when they came."
        self._strangers_of: Counter[bytes] = Counter()
        self._ringing: dict[bytes, Connection] = {}
        "Who calls, by token."
        self._calls_of: Counter[bytes] = Counter()
        "Sessions and waiting calls of one who calls."
        self._sessions_at: Counter[bytes] = Counter()
        self._calls_between: Counter[tuple[bytes, bytes]] = Counter()
        "The same of one who calls, at one seat."
        self._rates = CallRates(limits)
        self._now = 0.0
        "When the timers ran last."

    # What the outside says --------------------------------------------------------------------------------------------

    def opened(self, number: int, remote: Address, now: Moment) -> None:
        """A connection has come, of which nothing is known."""
        connection = Connection(number, remote, trusted=remote.ip in self._fronts)
        self.connections[number] = connection
        self.counted["connections"] += 1
        self._strangers[connection] = now.elapsed
        self._strangers_of[connection.source] += 1
        self.timers.set(connection, now.elapsed + FIRST_FRAME, lambda: self._turn_out(connection, Refusal.LATE))
        if not connection.trusted and self._strangers_of[connection.source] > STRANGERS_OF_SOURCE:
            self._turn_out(connection, Refusal.STRANGERS)
        elif len(self._strangers) > MOST_STRANGERS:
            self._turn_out(next(iter(self._strangers)), Refusal.STRANGERS)

    def is_crowded(self, now: Moment) -> bool:
        """Whether so many connections are at their beginning that further ones have to wait."""
        strangers = self._strangers
        return len(strangers) >= MOST_STRANGERS and now.elapsed - strangers[next(iter(strangers))] < BEGINNING

    def received(self, number: int, data: bytes, now: Moment) -> None:
        """Bytes of a connection that is not glued."""
        connection = self.connections.get(number)
        if connection is None or connection.stage in (Stage.OVER, Stage.GLUED):
            return
        self.volume.turn(now.utc)
        try:
            if connection.stage is Stage.HTTP:
                data = self._request(connection, data)
            if connection.stage is Stage.HTTP:
                return
            if connection.stage is Stage.CALLING and data:
                raise Refused(Refusal.MALFORMED)  # nothing is said before MET
            connection.decoder.feed(data)
            while connection.stage not in (Stage.OVER, Stage.GLUED):
                frame = connection.decoder.next()
                if frame is None:
                    return
                self._take(connection, frame, now)
        except MalformedFrame:
            self._turn_out(connection, Refusal.MALFORMED)
        except Refused as error:
            self._turn_out(connection, error.reason)

    def closed(self, number: int, now: Moment) -> None:
        """A connection is over. Of a glued pair both are, one after the other."""
        connection = self.connections.pop(number, None)
        if connection is not None:
            self._forget(connection)

    def spent(self, number: int, amount: int, now: Moment) -> float:
        """A glued connection has brought so many bytes; seconds for which no more are to be read from it."""
        connection = self.connections.get(number)
        session = None if connection is None else connection.session
        if session is None:
            return 0.0
        volume = self.volume
        volume.turn(now.utc)
        volume.take(amount, session.seat, session.grant.months)
        self.counted["bytes"] += amount
        if volume.left(session.seat, session.grant.months) <= 0:
            self.refused[Refusal.VOLUME] += 1
            self._close(session.caller)
            self._close(session.callee)
        return session.bucket.take(amount, now.elapsed)

    def stalled(self, number: int, now: Moment) -> None:
        """A connection takes nothing of what it is sent."""
        connection = self.connections.get(number)
        if connection is not None:
            self.refused[Refusal.SLOW] += 1
            self._close(connection)

    def probed(self, number: int, *, reached: bool) -> None:
        """How a ProbeBack has ended."""
        connection = self.connections.get(number)
        if connection is not None and connection.stage is Stage.CONTROL:
            self._send(connection, Probed(reached))

    def tick(self, now: Moment) -> None:
        """Run the timers that are due."""
        self._now = now.elapsed
        self.timers.fire(now.elapsed)

    def stop(self, other: RelayEndpoint | None = None) -> None:
        """Tell those who have seats to come back a little later, or to another relay."""
        self.ending = True
        for connection in self.connections.values():
            if connection.stage is Stage.CONTROL:
                self._send(connection, GoAway(SCATTER, bytes(6) if other is None else other.bytes))

    # Beginnings -------------------------------------------------------------------------------------------------------

    def _request(self, connection: Connection, data: bytes) -> bytes:
        """The HTTP request; what stands behind it."""
        connection.head += data
        found = read_request(connection.head, trusted=connection.trusted)
        if found is None:
            return b""
        for_whom, rest = found
        connection.head = b""
        if for_whom is not None:
            self._strangers_of[connection.source] -= 1
            connection.remote = for_whom
            self._strangers_of[connection.source] += 1
            if self._strangers_of[connection.source] > STRANGERS_OF_SOURCE:
                raise Refused(Refusal.STRANGERS)
        connection.stage = Stage.FRESH
        self.outputs.append(Send(connection.number, ACCEPTED))
        return rest

    def _take(self, connection: Connection, frame: Frame, now: Moment) -> None:
        if connection.stage is Stage.FRESH:
            self._known(connection)
            match frame:
                case Hello():
                    self._hello(connection, frame, now)
                case Call():
                    self._call(connection, frame.seat, now)
                case Join():
                    self._join(connection, frame.token, now)
                case Look():
                    self._look(connection, frame.key, now)
                    self._close(connection)
                case _:
                    raise Refused(Refusal.MALFORMED)
        else:
            connection.heard_at = now.elapsed
            try:
                self._controlled(connection, frame, now)
            except Refused as error:
                self._say_no(connection, error.reason)
                connection.mistakes += 1
                if connection.mistakes >= MISTAKES:
                    self._close(connection)

    def _known(self, connection: Connection) -> None:
        """It is no stranger any longer."""
        if connection in self._strangers:
            del self._strangers[connection]
            less(self._strangers_of, connection.source)
        self.timers.cancel(connection)

    def _hello(self, connection: Connection, hello: Hello, now: Moment) -> None:
        if hello.version != VERSION:
            raise Refused(Refusal.MALFORMED)
        limits = self.limits
        if hello.granted:
            connection.grant = passes.verify(self._secret, hello.granted, now.utc)
        elif limits.needs_pass:
            raise Refused(Refusal.NO_PASS)
        connection.stage = Stage.CONTROL
        connection.challenge = self._random(32)
        connection.decoder.largest = STRANGER_BYTES + (8 << 10)
        connection.heard_at = now.elapsed
        self._notice_silence(connection)
        self._send(
            connection,
            Welcome(
                connection.challenge,
                connection.remote,
                min(self.seating.allowed(connection), 0xFFFF),
                limits.sessions_of_seat,
                self.volume.rate(connection.grant),
                self.volume.left(b"", connection.grant.months),
                PING,
            ),
        )

    def _notice_silence(self, connection: Connection) -> None:
        """Look at a control connection when it may have been silent for too long, and not each time it says something:
        most of what comes is PINGs."""

        def look() -> None:
            if self._now - connection.heard_at >= SILENCE:
                self._turn_out(connection, Refusal.LATE)
            else:
                self._notice_silence(connection)

        self.timers.set(connection, connection.heard_at + SILENCE, look)

    # Control connections ----------------------------------------------------------------------------------------------

    def _controlled(self, connection: Connection, frame: Frame, now: Moment) -> None:
        if connection.grant.expiry is not None and connection.grant.expiry <= now.utc:
            self._turn_out(connection, Refusal.EXPIRED)
            return
        match frame:
            case Ping(value):
                self._send(connection, Pong(value))
            case Sit():
                before = self.seating.sit(connection, frame)
                if before is not None:
                    self._send(before, Rise(frame.seat))
                self._send(connection, Seated(frame.seat))
            case Rise(taken):
                self.seating.rise(connection, taken)
            case Deny(token):
                self._denied(connection, token)
            case Probe(port):
                self._probe(connection, port, now)
            case Post(key, seconds, blob):
                if not connection.seats:
                    raise Refused(Refusal.NOTICES)
                accounts = self.seating.accounts(connection)
                self.notices.post(min(connection.seats), key, seconds, blob, now.elapsed, accounts)
            case Look(key):
                self._look(connection, key, now)
            case Hello() | Call() | Join():
                raise Refused(Refusal.MALFORMED)

    def _probe(self, connection: Connection, port: int, now: Moment) -> None:
        """Only the address that the connection itself comes from is ever called, and no port where others serve."""
        if now.elapsed - connection.probed_at < PROBE_EVERY or port < 1024:
            raise Refused(Refusal.RATE)
        connection.probed_at = now.elapsed
        self.outputs.append(ProbeBack(connection.number, connection.remote._replace(port=port)))

    def _look(self, connection: Connection, key: bytes, now: Moment) -> None:
        if not self._rates.allows(connection.source, now.elapsed):
            self._say_no(connection, Refusal.RATE)
            return
        found = self.notices.look(key, now.elapsed)
        frames = [Notice(key, len(found) - number, blob) for number, blob in enumerate(found, 1)]
        self._send(connection, *(frames or [Notice(key, 0, b"")]))

    # Calls ------------------------------------------------------------------------------------------------------------

    def _call(self, connection: Connection, wanted: bytes, now: Moment) -> None:
        self.counted["calls"] += 1
        limits, source = self.limits, connection.source
        if not self._rates.allows(source, now.elapsed):
            raise Refused(Refusal.RATE)
        control = self.seating.taken.get(wanted)
        if control is None or self.ending:
            raise Refused(Refusal.ABSENT)
        if sum(one.wanted == wanted for one in control.rings.values()) >= MOST_RINGS:
            raise Refused(Refusal.RINGS)
        if self._calls_of[source] >= limits.sessions_of_source or self._sessions_at[wanted] >= limits.sessions_of_seat:
            raise Refused(Refusal.SESSIONS)
        if self._calls_between[source, wanted] >= OF_SOURCE_AT_SEAT:  # others call that seat, too
            raise Refused(Refusal.SESSIONS)
        if self.volume.left(wanted, control.grant.months) <= 0:
            raise Refused(Refusal.VOLUME)
        if connection.decoder.rest():
            raise Refused(Refusal.MALFORMED)
        token = self._random(16)
        connection.stage, connection.token, connection.control = Stage.CALLING, token, control
        connection.wanted = wanted
        self._ringing[token] = control.rings[token] = connection
        self._calls_of[source] += 1
        self._sessions_at[wanted] += 1
        self._calls_between[source, wanted] += 1
        self.timers.set(connection, now.elapsed + RINGING, lambda: self._turn_out(connection, Refusal.UNANSWERED))
        self._send(control, Ring(wanted, token, connection.remote))

    def _join(self, connection: Connection, token: bytes, now: Moment) -> None:
        caller = self._ringing.get(token)
        if caller is None or connection.decoder.rest():
            raise Refused(Refusal.ABSENT)
        control = caller.control
        assert control is not None
        wanted = caller.wanted
        self._answered(caller)
        self.timers.cancel(caller)
        rate = self.volume.rate(control.grant)
        session = Session(wanted, caller, connection, control.grant, TokenBucket(rate, BURST, now.elapsed))
        self.sessions.add(session)
        self.counted["sessions"] += 1
        for one, other, role in ((caller, connection, CALLER), (connection, caller, CALLEE)):
            one.stage, one.session = Stage.GLUED, session
            self._send(one, Met(role, one.remote, other.remote, min(rate, 0xFFFFFFFF)))
        self.outputs.append(Glue(caller.number, connection.number))

    def _answered(self, caller: Connection) -> None:
        """Nobody is rung for a call any longer."""
        if self._ringing.pop(caller.token, None) is not None and caller.control is not None:
            caller.control.rings.pop(caller.token, None)

    def _denied(self, connection: Connection, token: bytes) -> None:
        caller = connection.rings.get(token)
        if caller is not None:
            self._turn_out(caller, Refusal.DENIED)

    # Endings ----------------------------------------------------------------------------------------------------------

    def _turn_out(self, connection: Connection, reason: Refusal) -> None:
        """Refuse a connection, and say why if it understands."""
        self._say_no(connection, reason)
        self._close(connection)

    def _say_no(self, connection: Connection, reason: Refusal) -> None:
        self.refused[reason] += 1
        if connection.stage not in (Stage.HTTP, Stage.OVER):
            retry = 0 if reason in (Refusal.PASS, Refusal.NO_PASS, Refusal.EXPIRED, Refusal.SIGNATURE) else 10
            self._send(connection, No(CODES[reason], retry, reason.value))

    def _close(self, connection: Connection) -> None:
        if connection.stage is not Stage.OVER:
            self._forget(connection)
            self.outputs.append(Close(connection.number))

    def _forget(self, connection: Connection) -> None:
        """Give back all that a connection has."""
        self._known(connection)
        for taken in list(connection.seats):
            self.seating.rise(connection, taken)
        for caller in list(connection.rings.values()):
            self._turn_out(caller, Refusal.ABSENT)
        if connection.stage is Stage.CALLING:
            self._answered(connection)
            self._ended(connection, connection.wanted)
        session, connection.session = connection.session, None
        if session is not None and session in self.sessions:
            self.sessions.discard(session)
            self._ended(session.caller, session.seat)
        connection.stage = Stage.OVER

    def _ended(self, caller: Connection, wanted: bytes) -> None:
        less(self._calls_of, caller.source)
        less(self._sessions_at, wanted)
        less(self._calls_between, (caller.source, wanted))

    def _send(self, connection: Connection, *frames: Frame) -> None:
        self.outputs.append(Send(connection.number, encode(*frames)))
