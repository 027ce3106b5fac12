"""One call through a relay, at either end: the leg, CALL or JOIN, MET, the envelope, and what both agree on inside.

Bytes of the connection come in, bytes for it go out. When ``done`` the connection, through ``layers``, is that of a
graph: its first message is AUTH_INFO, as on any other.

Inside the envelope the caller says first how to go on. STAY, the relayed connection is kept, is final and not answered:
AUTH_INFO may follow at once. A called node that is asked for something else which it does not know answers STAY.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import TYPE_CHECKING

from peerapi.address import Address
from peerapi.reach import envelope
from peerapi.reach.frames import CALLEE, CALLER, Decoder, Frame, Join, MalformedFrame, Met, No, Stay, Unknown, encode
from peerapi.reach.frames import Call as CallFrame
from peerapi.reach.leg import Layer, Leg, RelayAccess
from peerapi.reach.refusal import REASONS, Refusal, Refused

if TYPE_CHECKING:
    import ssl

    from peerapi.reach.tls import TlsLayer


class State(enum.Enum):
    """How far a call has come."""

    LEG = enum.auto()
    WAITING = enum.auto()
    "For MET."
    ENVELOPE = enum.auto()
    AGREEING = enum.auto()
    "The called node waits for what the caller says first inside of the envelope."
    DONE = enum.auto()


class Call:
    """One end of a call."""

    def __init__(
        self, access: RelayAccess, first: CallFrame | Join, inner: TlsLayer, called: Address | None = None
    ) -> None:
        """``called``: the seat address, of the caller only."""
        self.state = State.LEG
        self.met: Met | None = None
        "What the relay has said of both ends."
        self._leg = Leg(access)
        self._first = first
        self._envelope = inner
        self._called = called
        self._outer = Decoder()
        self._inner = Decoder()
        self.rest = b""
        "Bytes of the graph that have come already, when it is done."

    @classmethod
    def to(cls, access: RelayAccess, called: Address) -> Call:
        """The caller's end of a call to a seat."""
        return cls(access, CallFrame(called.ip), envelope.calling(), called)

    @classmethod
    def answer(cls, access: RelayAccess, token: bytes, context: ssl.SSLContext) -> Call:
        """The called node's end, after a RING. ``context``: ``envelope.callee_context`` of the seat."""
        return cls(access, Join(token), envelope.answering(context))

    @property
    def done(self) -> bool:
        return self.state is State.DONE

    @property
    def layers(self) -> Sequence[Layer]:
        """What the bytes of the graph go through, the innermost first."""
        return (self._envelope, *self._leg.layers)

    def start(self) -> bytes:
        """The first bytes for the connection."""
        return self._leg.start()

    def receive(self, data: bytes) -> bytes:
        """Bytes of the connection; what to send. Raises Refused."""
        was_open = self._leg.open
        answer, data = self._leg.receive(data)
        if self._leg.open and not was_open:
            self.state = State.WAITING
            answer += self._leg.encrypt(encode(self._first))
        if self.state is State.WAITING:
            data, said = self._wait(data)
            answer += said
        if data and self.state is State.ENVELOPE:
            data, said = self._prove(data)
            answer += said
        if self.state is State.AGREEING:
            answer += self._agree(data)
        elif self.state is State.DONE and data:
            self.rest += self._envelope.decrypt(data)
        return answer

    def _wait(self, data: bytes) -> tuple[bytes, bytes]:
        """For MET: (what stands behind it, what to send)."""
        self._outer.feed(data)
        frame = _next(self._outer)
        if frame is None:
            return b"", b""
        if isinstance(frame, No):
            raise Refused(REASONS.get(frame.code, Refusal.LEG), f"the relay says: {_printable(frame.text)}")
        if not isinstance(frame, Met) or frame.role != (CALLEE if self._called is None else CALLER):
            raise Refused(Refusal.LEG)
        self.met = frame
        self.state = State.ENVELOPE
        opening = b"" if self._called is None else self._leg.encrypt(self._envelope.start())
        return self._outer.rest(), opening

    def _prove(self, data: bytes) -> tuple[bytes, bytes]:
        said = self._envelope.handshake(data)
        if not self._envelope.ready:
            return b"", self._leg.encrypt(said) if said else b""
        if self._called is not None:
            envelope.check_callee(self._envelope.certificate, self._called)
            said += self._envelope.encrypt(encode(Stay()))
            self.state = State.DONE
        else:
            self.state = State.AGREEING
        return b"", self._leg.encrypt(said) if said else b""

    def _agree(self, data: bytes) -> bytes:
        self._inner.feed(self._envelope.decrypt(data))
        frame = _next(self._inner)
        if isinstance(frame, Stay):
            self.state = State.DONE
            self.rest = self._inner.rest()
        elif isinstance(frame, Unknown):
            self.state = State.DONE
            self.rest = self._inner.rest()
            return self._leg.encrypt(self._envelope.encrypt(encode(Stay())))
        elif frame is not None:
            raise Refused(Refusal.MALFORMED, "the caller does not say how to go on")
        return b""


def _next(decoder: Decoder) -> Frame | None:
    try:
        return decoder.next()
    except MalformedFrame as error:
        raise Refused(Refusal.LEG) from error


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in text)
