"""Messages of the Group Connect subprotocol (MS-PPSEC 2.2.2): values, and their bytes.

::

    Hello      | 0x0000 (2) | Major (1) | Minor (1) |
    MyGMC      | 0x0001 (2) | length (4, little-endian) | chain, PKCS #7 |
    YourGMC    | 0x0002 (2) | length (4) | chain, encrypted in the published profile |
    Password   | 0x0005 (2) | length (4) | nothing, or the proof |

and of the modern profile only, where a password is proved by a signature over a challenge (``password``)::

    Join          | 0x4004 (2) | length (4) | identity certificate of who wants to join, DER |
    Challenge     | 0x4005 (2) | length (4) | cost (1) | salt (16) | nonce (32) | share (32) |
    Proof         | 0x4006 (2) | length (4) | share (32) | sealed signature (80) |

and as earlier versions have it, which is answered but never asked for::

    OldJoin       | 0x4001 (2) | length (4) | identity certificate of who wants to join, DER |
    OldChallenge  | 0x4002 (2) | length (4) | cost (1) | salt (16) | nonce (32) |
    OldProof      | 0x4003 (2) | length (4) | nonce (32) | signature (64) |

They travel inside TLS, several of them together in what the text calls one packet. Lengths are big-endian but for the
one that is not. ``decode`` is told whose messages it may find: those of the other profile are none.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from peerapi.graphing.codec.wire import MalformedMessage
from peerapi.grouping.cpace import SHARE_SIZE
from peerapi.identity.keys import Profile

VERSION = (1, 0)
"The version of the subprotocol, in both profiles."
MAX_CONTENT = 128 * 1024
"Bytes in one message; the texts have no limit, and who sends them may be a stranger."
MAX_MESSAGES = 3
"Messages in one packet, at most."
SALT_SIZE = 16
NONCE_SIZE = 32
SIGNATURE_SIZE = 64
SEALED_SIZE = SIGNATURE_SIZE + 16
HASH_SIZE = 20
"SHA-1"

_TYPE = struct.Struct(">H")
_LITTLE = struct.Struct("<I")
_BIG = struct.Struct(">I")


@dataclass(frozen=True, slots=True)
class Hello:
    """The first message of each side (2.2.2.1). Of another version it is refused when it is read."""

    TYPE: ClassVar = 0x0000


@dataclass(frozen=True, slots=True)
class MyGmc:
    """The sender's membership (2.2.2.2); follows a Hello at once."""

    TYPE: ClassVar = 0x0001
    chain: bytes
    "The chain of certificates as PKCS #7, not looked into."


@dataclass(frozen=True, slots=True)
class YourGmc:
    """The membership of who has joined by password (2.2.2.3)."""

    TYPE: ClassVar = 0x0002
    data: bytes
    "The chain of certificates as PKCS #7; in the published profile encrypted."


@dataclass(frozen=True, slots=True)
class Password:
    """Empty: the sender wants to join by password. Otherwise its proof (2.2.2.4). Published profile only."""

    TYPE: ClassVar = 0x0005
    data: bytes = b""


@dataclass(frozen=True, slots=True)
class Join:
    """The sender wants to join by password. Modern profile only."""

    TYPE: ClassVar = 0x4004
    certificate: bytes
    "The identity certificate (DER) of the sender, not looked into."


@dataclass(frozen=True, slots=True)
class Challenge:
    """How the proof has to be made; follows Hello and MyGMC. Modern profile only."""

    TYPE: ClassVar = 0x4005
    cost: int
    "The cost of the hash: ``password.COST``."
    salt: bytes
    nonce: bytes
    share: bytes
    "The share of the key exchange (``cpace``)."


@dataclass(frozen=True, slots=True)
class Proof:
    """Proof of the password. Modern profile only."""

    TYPE: ClassVar = 0x4006
    share: bytes
    sealed: bytes
    "The signature, under the key that was agreed on."


@dataclass(frozen=True, slots=True)
class OldJoin:
    """The sender wants to join by password, in the way of earlier versions."""

    TYPE: ClassVar = 0x4001
    certificate: bytes


@dataclass(frozen=True, slots=True)
class OldChallenge:
    """How the proof of an earlier version has to be made."""

    TYPE: ClassVar = 0x4002
    cost: int
    salt: bytes
    nonce: bytes


@dataclass(frozen=True, slots=True)
class OldProof:
    """The proof of an earlier version: who gets it can try passwords on it."""

    TYPE: ClassVar = 0x4003
    nonce: bytes
    signature: bytes


Message = Hello | MyGmc | YourGmc | Password | Join | Challenge | Proof | OldJoin | OldChallenge | OldProof

_PUBLISHED = frozenset((Hello.TYPE, MyGmc.TYPE, YourGmc.TYPE, Password.TYPE))
_JOINING = frozenset(one.TYPE for one in (Join, Challenge, Proof, OldJoin, OldChallenge, OldProof))
_KNOWN = {
    Profile.MS_PPSEC: _PUBLISHED,
    Profile.MODERN: _PUBLISHED - {Password.TYPE} | _JOINING,
}


def encode(messages: Iterable[Message]) -> bytes:
    """The messages of one packet."""
    return b"".join(map(_encode, messages))


def _encode(message: Message) -> bytes:
    kind = _TYPE.pack(message.TYPE)
    match message:
        case Hello():
            return kind + bytes(VERSION)
        case MyGmc(chain):
            return kind + _LITTLE.pack(len(chain)) + chain
        case Challenge(cost, salt, nonce, share):
            content = bytes((cost,)) + _sized(salt, SALT_SIZE) + _sized(nonce, NONCE_SIZE) + _sized(share, SHARE_SIZE)
        case Proof(share, sealed):
            content = _sized(share, SHARE_SIZE) + _sized(sealed, SEALED_SIZE)
        case OldChallenge(cost, salt, nonce):
            content = bytes((cost,)) + _sized(salt, SALT_SIZE) + _sized(nonce, NONCE_SIZE)
        case OldProof(nonce, signature):
            content = _sized(nonce, NONCE_SIZE) + _sized(signature, SIGNATURE_SIZE)
        case Join(certificate) | OldJoin(certificate):
            content = certificate
        case YourGmc(data) | Password(data):
            content = data
    return kind + _BIG.pack(len(content)) + content


def _sized(value: bytes, size: int) -> bytes:
    if len(value) != size:
        raise ValueError(f"{len(value)} bytes where {size} should be")
    return value


class Incoming:
    """Puts the messages of a packet together from the pieces in which they come. What has come is looked at once."""

    def __init__(self, profile: Profile) -> None:
        self._known = _KNOWN[profile]
        self._held = bytearray()
        self._position = 0
        self._messages: list[Message] = []

    def feed(self, piece: bytes) -> list[Message] | None:
        """The messages, once the last of them has come completely; None: more has to come.

        Raises MalformedMessage as soon as the bytes show that they can become no packet of the profile.
        """
        held = self._held
        held += piece
        while self._position < len(held):
            found = _decode(held, self._position, self._known)
            if found is None:
                return None
            message, self._position = found
            self._messages.append(message)
            if len(self._messages) > MAX_MESSAGES:
                raise MalformedMessage(f"more than {MAX_MESSAGES} messages in a packet")
        messages, self._messages, self._position = self._messages, [], 0
        held.clear()
        return messages


def decode(data: bytes, profile: Profile) -> tuple[list[Message], int]:
    """The complete messages at the beginning of ``data``, and how many bytes they take; the rest has yet to come.

    Raises MalformedMessage as soon as the bytes show that they can become no message of the profile.
    """
    messages: list[Message] = []
    position = 0
    while (found := _decode(data, position, _KNOWN[profile])) is not None:
        message, position = found
        messages.append(message)
    return messages, position


def _decode(data: bytes | bytearray, position: int, known: frozenset[int]) -> tuple[Message, int] | None:
    """The message at a position, and where it ends; None as long as it is not complete."""
    if len(data) - position < _TYPE.size:
        return None
    (kind,) = _TYPE.unpack_from(data, position)
    if kind not in known:
        raise MalformedMessage(f"unknown message type {kind:#06x}")
    start = position + _TYPE.size
    if kind == Hello.TYPE:
        end = start + len(VERSION)
        if end > len(data):
            return None
        if tuple(data[start:end]) != VERSION:
            raise MalformedMessage("another version of the subprotocol")
        return Hello(), end
    if start + 4 > len(data):
        return None
    (size,) = (_LITTLE if kind == MyGmc.TYPE else _BIG).unpack_from(data, start)
    _check_size(kind, size)
    start += 4
    end = start + size
    return (_message(kind, bytes(data[start:end])), end) if end <= len(data) else None


_SIZES = {
    Password.TYPE: (0, HASH_SIZE),
    Challenge.TYPE: (1 + SALT_SIZE + NONCE_SIZE + SHARE_SIZE,),
    Proof.TYPE: (SHARE_SIZE + SEALED_SIZE,),
    OldChallenge.TYPE: (1 + SALT_SIZE + NONCE_SIZE,),
    OldProof.TYPE: (NONCE_SIZE + SIGNATURE_SIZE,),
}


def _check_size(kind: int, size: int) -> None:
    if size not in _SIZES.get(kind, (size,)) or size > MAX_CONTENT:
        raise MalformedMessage(f"a message of type {kind:#06x} with {size} bytes")


def _message(kind: int, content: bytes) -> Message:
    salt, rest = content[1 : 1 + SALT_SIZE], content[1 + SALT_SIZE :]
    if kind == Challenge.TYPE:
        return Challenge(content[0], salt, rest[:NONCE_SIZE], rest[NONCE_SIZE:])
    if kind == Proof.TYPE:
        return Proof(content[:SHARE_SIZE], content[SHARE_SIZE:])
    if kind == OldChallenge.TYPE:
        return OldChallenge(content[0], salt, rest)
    if kind == OldProof.TYPE:
        return OldProof(content[:NONCE_SIZE], content[NONCE_SIZE:])
    return _PLAIN[kind](content)


_PLAIN: dict[int, type[MyGmc] | type[YourGmc] | type[Password] | type[Join] | type[OldJoin]] = {
    MyGmc.TYPE: MyGmc,
    YourGmc.TYPE: YourGmc,
    Password.TYPE: Password,
    Join.TYPE: Join,
    OldJoin.TYPE: OldJoin,
}
