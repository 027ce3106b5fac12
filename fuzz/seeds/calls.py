"""Valid stories of two nodes that have met through a relay, as one of them hears them."""

from __future__ import annotations

from collections.abc import Callable

from fuzz.seeds.relays import HERE
from peerapi.address import Address
from peerapi.reach.frames import (
    CALLEE,
    CALLER,
    LISTENS,
    PUNCHES,
    Candidate,
    Candidates,
    Direct,
    Frame,
    Replaces,
    Stay,
    Sync,
    encode,
)
from peerapi.reach.greeting import ACCEPTED, DIALED, Ticket

OWN_HALF, OTHER_HALF = b"o" * 16, b"t" * 16
THERE = Address(HERE.ip[:15] + b"\x63", 40000)
HELLO, SHOWN = b"hello", b"there"
"How the pretended envelope of the target is opened, and what answers that."
(FRAME, ACCEPT, CONNECTED, BYTES, LOST, RELAY_LOST, WAIT) = range(7)
"What happens in a step: ``u8 what | u8 which connection | u8 time | u16 length | bytes``."
TOLD = Candidates(OTHER_HALF, (Candidate(LISTENS, THERE), Candidate(PUNCHES, THERE._replace(port=40001))))


def ticket(role: int) -> Ticket:
    """What both ends know; ``role``: of the end that hears the story."""
    return Ticket(OWN_HALF, OTHER_HALF) if role == CALLER else Ticket(OTHER_HALF, OWN_HALF)


def _step(what: int, data: bytes = b"", number: int = 1, time: int = 1) -> bytes:
    return bytes((what, number, time)) + len(data).to_bytes(2, "big") + data


def _said(frame: Frame) -> bytes:
    return _step(FRAME, encode(frame))


def stories() -> list[bytes]:
    """A called node that is dialed, and stays; a caller that dials, is shown another key, and stays on the relay."""
    called, calling = bytes((CALLEE,)), bytes((CALLER,))
    known = ticket(CALLEE)
    dialed = _step(ACCEPT) + _step(BYTES, known.greeting(CALLER, DIALED) + HELLO, 3)
    chosen = _step(BYTES, encode(Direct(known.chosen)), 3)
    before = Replaces(ticket(CALLEE).replaces(OTHER_HALF))
    answered = _step(CONNECTED) + _step(BYTES, ticket(CALLER).greeting(CALLEE, ACCEPTED)) + _step(BYTES, SHOWN)
    return [
        called + _said(TOLD) + _said(before) + _said(Sync()) + dialed + chosen,
        called + _said(TOLD) + _step(CONNECTED) + _step(RELAY_LOST) + _step(LOST) + _step(WAIT, time=255),
        called + _said(Stay()),
        calling + _said(TOLD) + answered + _step(LOST) + _step(WAIT, time=255) * 3,
        calling + _said(TOLD) + _said(Stay()),
    ]


SEEDS: dict[str, Callable[[], list[bytes]]] = {"direct-paths": stories}
