"""Valid beginnings for what relays and their nodes read."""

from __future__ import annotations

import functools
from collections.abc import Callable

from peerapi.address import Address
from peerapi.reach import frames, passes, seat, word
from peerapi.reach.leg import RelayAccess
from peerapi.reach.seat import RelayEndpoint
from peerapi.reach.seats import Known

SECRET = bytes(range(32))
NOW = 134_000_000_000_000_000
ENDPOINT = RelayEndpoint(bytes((198, 51, 100, 10)), 443)
SPKI = b"some public key"
HERE = Address(bytes(10) + b"\xff\xff" + bytes((203, 0, 113, 9)), 40000)


def passes_issued() -> list[bytes]:
    whole = passes.issue(SECRET, bytes(16), seats=16)
    return [whole, passes.narrowed(whole, expiry=NOW + 1, month=1 << 30), passes.issue(SECRET, b"i" * 16)]


@functools.cache
def seats() -> tuple[bytes, ...]:
    """Address, modifier and key of seats."""
    modifier = seat.find_modifier(ENDPOINT, SPKI, bytes(16))
    return (seat.address_of(ENDPOINT, modifier, SPKI).ip + modifier + SPKI,)


def all_frames() -> list[bytes]:
    """One of each type."""
    sixteen, key = bytes(range(16)), bytes(range(32))
    return [
        frames.encode(one)
        for one in (
            frames.Hello(passes_issued()[0]),
            frames.Welcome(key, HERE, 16, 32, 1 << 20, 1 << 40, 45),
            frames.Sit(sixteen, sixteen, SPKI, b"signature"),
            frames.Seated(sixteen),
            frames.Rise(sixteen),
            frames.Ring(sixteen, sixteen, HERE),
            frames.Deny(sixteen),
            frames.Probe(3540),
            frames.Probed(True),
            frames.Ping(bytes(8)),
            frames.Pong(bytes(8)),
            frames.Post(key, 60, b"a notice"),
            frames.Look(key),
            frames.Notice(key, 0, b"a notice"),
            frames.No(8, 10, "nobody has that seat"),
            frames.GoAway(30, bytes(6)),
            frames.Call(sixteen),
            frames.Join(sixteen),
            frames.Met(1, HERE, HERE, 1 << 20),
            frames.Stay(),
        )
    ]


def words() -> list[bytes]:
    access = (RelayAccess(ENDPOINT, pin=bytes(32)), RelayAccess(ENDPOINT, host="relay.example.org"))
    return [word.write(Known(one, passes_issued()[0])).encode() for one in access]


_REQUEST = b"GET /.well-known/peerapi-relay HTTP/1.1\r\nUpgrade: peerapi-relay\r\n\r\n"


def stories() -> list[bytes]:
    """A node sits, another calls, the first answers; then both end."""
    own = seats()[0]
    sit = frames.Sit(own[:16], own[16:32], SPKI, b"signature")
    token = (1).to_bytes(16, "big")
    steps = (
        (1, _REQUEST + frames.encode(frames.Hello(passes_issued()[0]), sit, frames.Ping(bytes(8)))),
        (2, _REQUEST + frames.encode(frames.Call(own[:16]))),
        (3, _REQUEST + frames.encode(frames.Join(token))),
        (2, b"bytes of a session"),
        (3, b""),
        (1, b""),
    )
    return [b"".join(bytes((who, 1)) + len(data).to_bytes(2, "big") + data for who, data in steps)]


SEEDS: dict[str, Callable[[], list[bytes]]] = {
    "leg-frames": all_frames,
    "relay-pass": passes_issued,
    "seat-address": lambda: list(seats()),
    "relay-word": words,
    "relay": stories,
}
