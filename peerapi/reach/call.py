"""One call through a relay, at either end: the leg, CALL or JOIN, MET, the envelope, and what both agree on inside.

Bytes of the connection come in, bytes for it go out. When ``done`` the connection, through ``layers``, is that of a
graph: its first message is AUTH_INFO, as on any other.

Inside the envelope the caller says first how to go on. CANDIDATES begin the search for a connection without the relay
(``direct.Negotiation``). STAY, the relayed connection is kept, is final and not answered: AUTH_INFO may follow at once.
A called node that is asked for something that it does not know, or not want, answers STAY.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from peerapi.address import Address
from peerapi.path_kind import PathKind
from peerapi.reach import envelope
from peerapi.reach.direct import Chosen, Negotiation, Offer, Output, Say
from peerapi.reach.frames import (
    CALLEE,
    CALLER,
    Candidates,
    Decoder,
    Frame,
    Join,
    MalformedFrame,
    Met,
    No,
    Stay,
    Unknown,
    encode,
)
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
    "Inside of the envelope both say how to go on."
    DONE = enum.auto()


class Call:
    """One end of a call."""

    def __init__(
        self,
        access: RelayAccess,
        first: CallFrame | Join,
        envelope_end: Callable[[], TlsLayer],
        called: Address | None = None,
        offer: Offer | None = None,
    ) -> None:
        """``envelope_end``: makes an end of an envelope; ``called``: the seat address, of the caller only; ``offer``:
        what a direct connection is looked for with, None: none is."""
        self.negotiation: Negotiation | None = None
        "The search for a direct connection, once both ends are there."
        self.kind = PathKind.RELAYED
        self.state = State.LEG
        self.met: Met | None = None
        "What the relay has said of both ends."
        self._leg = Leg(access)
        self._first = first
        self._make_envelope = envelope_end
        self._envelope = envelope_end()
        self._called = called
        self._offer = offer
        self._outer = Decoder()
        self._inner = Decoder()
        self.rest = b""
        "Bytes of the graph that have come already, when it is done."

    @classmethod
    def to(cls, access: RelayAccess, called: Address, offer: Offer | None = None) -> Call:
        """The caller's end of a call to a seat."""
        return cls(access, CallFrame(called.ip), envelope.calling, called, offer)

    @classmethod
    def answer(cls, access: RelayAccess, token: bytes, context: ssl.SSLContext, offer: Offer | None = None) -> Call:
        """The called node's end, after a RING. ``context``: ``envelope.callee_context`` of the seat."""
        return cls(access, Join(token), partial(envelope.answering, context), None, offer)

    @property
    def done(self) -> bool:
        return self.state is State.DONE

    @property
    def layers(self) -> Sequence[Layer]:
        """What the bytes of the graph go through, the innermost first."""
        return (self._envelope, *(self._leg.layers if self.kind is PathKind.RELAYED else ()))

    def start(self) -> bytes:
        """The first bytes for the connection."""
        return self._leg.start()

    def receive(self, data: bytes, now: float) -> bytes:
        """Bytes of the connection to the relay; what to send there. ``now``: seconds. Raises Refused."""
        was_open = self._leg.open
        answer, data = self._leg.receive(data)
        if self._leg.open and not was_open:
            self.state = State.WAITING
            answer += self._leg.encrypt(encode(self._first))
        if self.state is State.WAITING:
            data, said = self._wait(data)
            answer += said
        if data and self.state is State.ENVELOPE:
            data, said = self._prove(data, now)
            answer += said
        if self.state is State.AGREEING:
            answer += self._agree(data, now)
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

    def _prove(self, data: bytes, now: float) -> tuple[bytes, bytes]:
        said = self._envelope.handshake(data)
        if not self._envelope.ready:
            return b"", self._leg.encrypt(said) if said else b""
        said = self._leg.encrypt(said) if said else b""
        if self._called is not None:
            envelope.check_callee(self._envelope.certificate, self._called)
        self.state = State.AGREEING
        if self._offer is not None:
            assert self.met is not None
            role, offer = self.met.role, self._offer
            self.negotiation = Negotiation(role, self.met, offer, self._make_envelope, self._check)
            self.negotiation.begin(now)
        elif self._called is not None:
            said += self._say(Stay())
            self.state = State.DONE
        return b"", said

    def _check(self, certificate: bytes) -> None:
        assert self._called is not None
        envelope.check_callee(certificate, self._called)

    def _say(self, frame: Frame) -> bytes:
        return self._leg.encrypt(self._envelope.encrypt(encode(frame)))

    def _agree(self, data: bytes, now: float) -> bytes:
        self._inner.feed(self._envelope.decrypt(data))
        while self.state is State.AGREEING and (frame := _next(self._inner)) is not None:
            if self.negotiation is not None:
                self.negotiation.take(frame, now)
                if self.negotiation.over:
                    break
            elif isinstance(frame, Stay):
                self._stay()
            elif isinstance(frame, Candidates | Unknown):
                self._stay()
                return self._say(Stay())
            else:
                raise Refused(Refusal.MALFORMED, "the caller does not say how to go on")
        return b""

    def _stay(self) -> None:
        self.state = State.DONE
        self.rest = self._inner.rest()

    def carry(self) -> tuple[bytes, list[Output]]:
        """What the search for a direct connection wants: bytes for the connection to the relay, and what has to be done
        besides. To be called after each input of either."""
        said = b""
        others: list[Output] = []
        outputs = self.negotiation.outputs if self.negotiation is not None else []
        while outputs:
            output = outputs.pop(0)
            match output:
                case Say(frame):
                    said += self._say(frame)
                    continue
                case Chosen(None):
                    self._stay()
                case Chosen(_, kind, chosen, rest):
                    assert chosen is not None
                    self.state, self.kind, self._envelope, self.rest = State.DONE, kind, chosen, rest
            others.append(output)
        return said, others


def _next(decoder: Decoder) -> Frame | None:
    try:
        return decoder.next()
    except MalformedFrame as error:
        raise Refused(Refusal.LEG) from error


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in text)
