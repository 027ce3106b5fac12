"""The frames of a relay's protocol, version 1: ``u16 length | u8 type | body``, big-endian; the length counts the body.

They go over the leg, a connection of a node to a relay, until MET; behind that the connection carries the bytes of who
is at its other end. CALL, JOIN and LOOK are first on a connection of their own, HELLO on the control connection of a
node that has seats. CANDIDATES, SYNC, DIRECT, REPLACES and STAY go from node to node, within the envelope.

Encoders raise ValueError for what there is no room for, decoders MalformedFrame and nothing else.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from peerapi.address import Address

VERSION = 1
LARGEST = 16 << 10
"Bytes of a body."
LARGEST_BLOB = 8 << 10
"Of a notice."
MOST_TEXT = 200
"Characters of a sentence for people."
_HEAD = struct.Struct(">HB")


class MalformedFrame(Exception):
    """The bytes are no frames of this protocol."""


class Hello(NamedTuple):
    """A node that wants seats."""

    granted: bytes
    "The pass, as ``passes`` writes it; empty: none"
    version: int = VERSION


class Welcome(NamedTuple):
    """The relay's answer to HELLO."""

    challenge: bytes
    "32 bytes that a SIT of this connection signs"
    observed: Address
    "Where the node's connection comes from"
    seats: int
    sessions: int
    rate: int
    "Bytes a second of a session"
    left: int
    "Bytes of this month that are left"
    ping: int
    "Seconds between two PINGs"


class Sit(NamedTuple):
    """A node wants a seat: ``sit_proof`` is what it signs."""

    seat: bytes
    modifier: bytes
    spki: bytes
    signature: bytes


class Seated(NamedTuple):
    seat: bytes


class Rise(NamedTuple):
    """From a node: it gives up a seat. From a relay: another connection has it now."""

    seat: bytes


class Ring(NamedTuple):
    """Somebody calls a seat; who answers says the token in a JOIN."""

    seat: bytes
    token: bytes
    caller: Address


class Deny(NamedTuple):
    token: bytes


class Probe(NamedTuple):
    """A node asks whether it can be called from outside at a port, by the address that its connection comes from."""

    port: int


class Probed(NamedTuple):
    reached: bool


class Ping(NamedTuple):
    value: bytes


class Pong(NamedTuple):
    value: bytes


class Post(NamedTuple):
    """A notice that whoever asks for its key gets, for so many seconds."""

    key: bytes
    seconds: int
    blob: bytes


class Look(NamedTuple):
    key: bytes


class Notice(NamedTuple):
    """One notice of a key, and how many are still to come; none there: an empty one."""

    key: bytes
    left: int
    blob: bytes


class No(NamedTuple):
    code: int
    retry: int
    "Seconds after which it may be otherwise; 0: never"
    text: str


class GoAway(NamedTuple):
    """The relay is about to end: come back after so many seconds, or go to another one."""

    seconds: int
    other: bytes
    "IPv4 and port, 6 bytes; zeros: none"


class Call(NamedTuple):
    seat: bytes


class Join(NamedTuple):
    token: bytes


class Met(NamedTuple):
    """The other end is there; all that follows is between the two."""

    role: int
    own: Address
    "Where one's own connection comes from, as the relay sees it"
    other: Address
    rate: int


class Candidate(NamedTuple):
    """Where the other node may be reached without the relay."""

    manner: int
    "LISTENS or PUNCHES"
    address: Address


class Candidates(NamedTuple):
    """Where a node may be reached without the relay, and its half of the ticket that proves whose connection one is."""

    half: bytes
    "16 random bytes"
    found: tuple[Candidate, ...]


class Sync(NamedTuple):
    """The caller has heard both: who is called dials now, and the caller half a round trip later."""


class Replaces(NamedTuple):
    """The caller comes back from another network: this call is in the place of an earlier one."""

    proof: bytes


class Direct(NamedTuple):
    """First in the envelope of the direct connection that the caller has chosen: the graph's bytes follow."""

    proof: bytes


class Stay(NamedTuple):
    """The two nodes stay on the relayed connection; from here on it belongs to the graph."""


class Unknown(NamedTuple):
    """A frame of a type that a later version has."""

    number: int


Frame = (
    Hello | Welcome | Sit | Seated | Rise | Ring | Deny | Probe | Probed | Ping | Pong | Post | Look | Notice | No
    | GoAway | Call | Join | Met | Candidates | Sync | Direct | Replaces | Stay | Unknown
)  # fmt: skip
CALLER, CALLEE = 1, 2
"Roles in MET."
LISTENS, PUNCHES = 1, 2
"""Manners of candidates: something listens there that can be dialed at once; or both have to dial each other at the
same time, each from the address that the other dials, because what is in between lets only answers in."""
MOST_CANDIDATES = 8

TYPES: dict[type[Frame], int] = {
    Hello: 0x01, Welcome: 0x02, Sit: 0x03, Seated: 0x04, Rise: 0x05, Ring: 0x06, Deny: 0x07, Probe: 0x08,
    Probed: 0x09, Ping: 0x0A, Pong: 0x0B, Post: 0x0C, Look: 0x0D, Notice: 0x0E, No: 0x0F, GoAway: 0x10,
    Call: 0x20, Join: 0x21, Met: 0x22, Candidates: 0x30, Sync: 0x31, Direct: 0x32, Replaces: 0x33, Stay: 0x34,
}  # fmt: skip
_KINDS = {number: kind for kind, number in TYPES.items()}

_FIXED: dict[type[Frame], struct.Struct] = {
    Seated: struct.Struct(">16s"),
    Rise: struct.Struct(">16s"),
    Deny: struct.Struct(">16s"),
    Probe: struct.Struct(">H"),
    Probed: struct.Struct(">?"),
    Ping: struct.Struct(">8s"),
    Pong: struct.Struct(">8s"),
    Look: struct.Struct(">32s"),
    GoAway: struct.Struct(">H6s"),
    Call: struct.Struct(">16s"),
    Join: struct.Struct(">16s"),
    Sync: struct.Struct(">"),
    Direct: struct.Struct(">32s"),
    Replaces: struct.Struct(">32s"),
    Stay: struct.Struct(">"),
}
"Bodies that are a row of fields of one size each."
_HELLO = struct.Struct(">B")
_WELCOME = struct.Struct(">32s16sHHHQQH")
_SIT = struct.Struct(">16s16sH")
_RING = struct.Struct(">16s16s16sH")
_POST = struct.Struct(">32sI")
_NOTICE = struct.Struct(">32sB")
_NO = struct.Struct(">BH")
_MET = struct.Struct(">B16sH16sHI")
_CANDIDATES = struct.Struct(">16sB")
_CANDIDATE = struct.Struct(">B16sH")


def sit_proof(challenge: bytes, seat: Address) -> bytes:
    """What a SIT signs: this connection's challenge, the relay and the seat."""
    return b"peerapi sit\0" + challenge + seat.ip + seat.port.to_bytes(2, "big")


def _body(frame: Frame) -> bytes:
    fixed = _FIXED.get(type(frame))
    if fixed is not None:
        return fixed.pack(*frame)
    match frame:  # of several sizes
        case Hello(granted, version):
            return _HELLO.pack(version) + granted
        case Welcome(challenge, observed, seats, sessions, rate, left, ping):
            return _WELCOME.pack(challenge, observed.ip, observed.port, seats, sessions, rate, left, ping)
        case Sit(seat, modifier, spki, signature):
            return _SIT.pack(seat, modifier, len(spki)) + spki + signature
        case Ring(seat, token, caller):
            return _RING.pack(seat, token, caller.ip, caller.port)
        case Post(key, seconds, blob):
            return _POST.pack(key, seconds) + blob
        case Notice(key, left, blob):
            return _NOTICE.pack(key, left) + blob
        case No(code, retry, text):
            return _NO.pack(code, retry) + text[:MOST_TEXT].encode()
        case Met(role, own, other, rate):
            return _MET.pack(role, own.ip, own.port, other.ip, other.port, rate)
        case Candidates(half, found):
            rows = (_CANDIDATE.pack(one.manner, one.address.ip, one.address.port) for one in found)
            return _CANDIDATES.pack(half, len(found)) + b"".join(rows)
    raise ValueError(f"no frame: {frame!r}")


def encode(*frames: Frame) -> bytes:
    """The bytes of frames, in a row. Raises ValueError."""
    parts = []
    for frame in frames:
        try:
            body = _body(frame)
        except struct.error as error:
            raise ValueError(str(error)) from error
        if len(body) > LARGEST:
            raise ValueError(f"a body of {len(body)} bytes")
        parts += [_HEAD.pack(len(body), TYPES[type(frame)]), body]
    return b"".join(parts)


def _decoded(kind: type[Frame], body: bytes) -> Frame:
    fixed = _FIXED.get(kind)
    if fixed is not None:
        return kind._make(fixed.unpack(body))
    if kind is Hello:
        (version,), granted = _HELLO.unpack_from(body), body[_HELLO.size :]
        return Hello(granted, version)
    if kind is Welcome:
        challenge, ip, port, *numbers = _WELCOME.unpack(body)
        return Welcome(challenge, Address(ip, port), *numbers)
    if kind is Sit:
        seat, modifier, size = _SIT.unpack_from(body)
        rest = body[_SIT.size :]
        return Sit(seat, modifier, rest[:size], rest[size:])
    if kind is Ring:
        seat, token, ip, port = _RING.unpack(body)
        return Ring(seat, token, Address(ip, port))
    if kind is Post:
        key, seconds = _POST.unpack_from(body)
        return Post(key, seconds, _blob(body[_POST.size :]))
    if kind is Notice:
        key, left = _NOTICE.unpack_from(body)
        return Notice(key, left, _blob(body[_NOTICE.size :]))
    if kind is No:
        code, retry = _NO.unpack_from(body)
        return No(code, retry, body[_NO.size :].decode(errors="replace")[:MOST_TEXT])
    if kind is Candidates:
        return _candidates(body)
    role, ip, port, other_ip, other_port, rate = _MET.unpack(body)
    return Met(role, Address(ip, port), Address(other_ip, other_port), rate)


def _candidates(body: bytes) -> Candidates:
    half, count = _CANDIDATES.unpack_from(body)
    rows = body[_CANDIDATES.size :]
    if count > MOST_CANDIDATES or len(rows) != count * _CANDIDATE.size:
        raise MalformedFrame(f"{count} candidates in {len(rows)} bytes")
    found = (Candidate(manner, Address(ip, port)) for manner, ip, port in _CANDIDATE.iter_unpack(rows))
    return Candidates(half, tuple(found))


def _blob(blob: bytes) -> bytes:
    if len(blob) > LARGEST_BLOB:
        raise MalformedFrame(f"a notice of {len(blob)} bytes")
    return blob


def decode(number: int, body: bytes) -> Frame:
    """The frame of a type and a body. Raises MalformedFrame."""
    kind = _KINDS.get(number)
    if kind is None:
        return Unknown(number)
    try:
        return _decoded(kind, body)
    except (struct.error, ValueError) as error:
        raise MalformedFrame(f"{kind.__name__}: {error}") from error


class Decoder:
    """Cuts a stream into frames; what is no whole frame yet is kept, at most one of LARGEST."""

    def __init__(self, largest: int = LARGEST) -> None:
        self.largest = largest
        self._held = b""
        self._at = 0
        "What stands before it has been taken."

    def feed(self, data: bytes) -> None:
        """Bytes that have come."""
        self._held = self._held[self._at :] + data
        self._at = 0

    def next(self) -> Frame | None:
        """The next frame, when it is whole. Raises MalformedFrame."""
        held, start = self._held, self._at + _HEAD.size
        if len(held) < start:
            return None
        size, number = _HEAD.unpack_from(held, self._at)
        if size > self.largest:
            raise MalformedFrame(f"a body of {size} bytes")
        if len(held) < start + size:
            return None
        self._at = start + size
        return decode(number, held[start : self._at])

    def rest(self) -> bytes:
        """What stands behind the last frame."""
        rest, self._held, self._at = self._held[self._at :], b"", 0
        return rest
