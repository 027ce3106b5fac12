"""Proof that somebody knows the group's password.

*ms-ppsec* (MS-PPSEC 2.2.1.2, 2.2.2.3, 2.2.2.4): a SHA-1 of the password, which every member has, is as good as the
password itself.

*modern*: scrypt makes an Ed25519 key out of the password and a salt; members have its public half only, in the security
properties that the group's key signs. With the public half as their secret, who joins and who issues agree on a key
(``cpace``). Who joins signs with the private half all that makes the connection what it is: both certificates that TLS
has proved, the group's name, salt, nonce and both shares. The signature, and the membership that answers it, travel
under the key that was agreed on (``joining``). So

- what a member has proves nothing to others: it would have to find the password, at the price of one scrypt for each
  guess;
- a proof says nothing to anybody but the two ends of one TLS connection, hence cannot be relayed or replayed;
- a proof says nothing to somebody who does not have the verifier of this very password, whatever membership it shows
  and whatever salt it names: a former member who was not told of a new password is in the place of a stranger;
- for both sides a guess costs a connection. ``PasswordThrottle`` counts those of who joins.
"""

from __future__ import annotations

import hashlib
import hmac
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from peerapi.errors import OutOfMemory, PasswordDoesNotMeetPolicy
from peerapi.grouping.messages import NONCE_SIZE, SALT_SIZE
from peerapi.identity.names import PeerName, is_text
from peerapi.moment import SECOND

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

MAX_PASSWORD = 255
"UTF-16 units; the texts have no limit."

# ---- Published ------------------------------------------------------------------------------------------------------

_SUFFIX = "MS P2P Grouping"


def check_policy(password: str) -> None:
    """Raises PasswordDoesNotMeetPolicy. The texts name no policy: any text but the empty one."""
    if not password or not is_text(password, MAX_PASSWORD):
        raise PasswordDoesNotMeetPolicy(f"A password has 1 to {MAX_PASSWORD} characters.")


def _wide(text: str) -> bytes:
    """UTF-16 as Windows has it in memory, with the terminator."""
    return text.encode("utf-16-le") + b"\0\0"


def hash_string(password: str) -> str:
    """The Password Hash String (2.2.1.2): 40 letters from a to p."""
    digest = hashlib.sha1(_wide(password) + _wide(_SUFFIX), usedforsecurity=False).digest()
    return "".join(chr(ord("a") + nibble) for byte in digest for nibble in (byte >> 4, byte & 15))


def is_hash_string(text: str) -> bool:
    return len(text) == 40 and all("a" <= letter <= "p" for letter in text)


def password_data(hash_string: str, name: PeerName) -> bytes:
    """What a Password message proves (2.2.2.4): SHA-1 over the hash string and the peer name of who joins."""
    return hashlib.sha1(_wide(hash_string) + _wide(str(name)), usedforsecurity=False).digest()


def _gmc_cipher(hash_string: str) -> Any:
    """AES-256-CBC of a YourGMC message (2.2.2.3), with the key derivation of the Windows CryptoAPI."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    digest = hashlib.sha1(_wide(hash_string), usedforsecurity=False).digest()
    halves = (
        hashlib.sha1(bytes(byte ^ constant for byte in digest.ljust(64, b"\0")), usedforsecurity=False).digest()
        for constant in (0x36, 0x5C)
    )
    return Cipher(algorithms.AES(b"".join(halves)[:32]), modes.CBC(bytes(16)))


def encrypt_gmc(chain: bytes, hash_string: str) -> bytes:
    from cryptography.hazmat.primitives.padding import PKCS7

    padder = PKCS7(128).padder()
    encryptor = _gmc_cipher(hash_string).encryptor()
    data: bytes = encryptor.update(padder.update(chain) + padder.finalize()) + encryptor.finalize()
    return data


def decrypt_gmc(data: bytes, hash_string: str) -> bytes:
    """Raises ValueError."""
    from cryptography.hazmat.primitives.padding import PKCS7

    decryptor = _gmc_cipher(hash_string).decryptor()
    padded = decryptor.update(data) + decryptor.finalize()
    unpadder = PKCS7(128).unpadder()
    chain: bytes = unpadder.update(padded) + unpadder.finalize()
    return chain


# ---- Modern ---------------------------------------------------------------------------------------------------------

COST = 16
"log2 of scrypt's N, with r = 8 and p = 2: 64 MiB, about 0.3 s."
COSTS = range(COST, COST + 4)
"What is accepted: nothing cheaper, and nothing that would take a small machine's memory."
_BLOCK, _PARALLEL = 8, 2
_CONTEXT = b"peerapi group password 1\0"


@dataclass(frozen=True, slots=True)
class Verifier:
    """What members know of the password (modern)."""

    cost: int
    salt: bytes
    public_key: bytes
    "Ed25519, 32 bytes."

    @classmethod
    def of(cls, password: str, salt: bytes, cost: int = COST) -> Verifier:
        """``salt``: 16 random bytes. Takes a while. Raises OutOfMemory."""
        return cls(cost, salt, private_half(password, salt, cost).public_key().public_bytes_raw())

    def accepts(self, transcript: bytes, signature: bytes) -> bool:
        """Whether whoever made ``signature`` knew the password."""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        try:
            Ed25519PublicKey.from_public_bytes(self.public_key).verify(signature, transcript)
        except (InvalidSignature, ValueError):
            return False
        return True


def transcript(group: PeerName, joining: bytes, issuing: bytes, challenge_nonce: bytes, proof_nonce: bytes) -> bytes:
    """What earlier versions sign: the certificates (DER) that TLS has proved at both ends, and what makes it fresh."""
    assert len(challenge_nonce) == len(proof_nonce) == NONCE_SIZE
    parts = (
        hashlib.sha256(str(group).encode()).digest(),
        hashlib.sha256(joining).digest(),
        hashlib.sha256(issuing).digest(),
        challenge_nonce,
        proof_nonce,
    )
    return _CONTEXT + b"".join(parts)


def private_half(password: str, salt: bytes, cost: int) -> Ed25519PrivateKey:
    """Takes a while. Raises OutOfMemory."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.from_private_bytes(_seed(password, salt, cost))


def _seed(password: str, salt: bytes, cost: int) -> bytes:
    if len(salt) != SALT_SIZE or cost not in COSTS:
        raise ValueError("not a salt, or a cost out of range")
    memory = 128 * _BLOCK * ((1 << cost) + _PARALLEL + 2)
    try:
        return hashlib.scrypt(
            _CONTEXT + password.encode(), salt=salt, n=1 << cost, r=_BLOCK, p=_PARALLEL, maxmem=2 * memory, dklen=32
        )
    except MemoryError as error:
        raise OutOfMemory from error


# ---- Both -----------------------------------------------------------------------------------------------------------


def same(one: bytes, other: bytes) -> bool:
    """Compared in a time that says nothing."""
    return hmac.compare_digest(one, other)


class PasswordThrottle:
    """Slows down who guesses passwords: after some failures of anybody no further try is listened to for a while.

    The text asks implementers to think of it (MS-PPSEC 5.1). One throttle serves a whole node, since a guesser changes
    its name and address as it likes; who has a certificate is not held up.
    """

    def __init__(self, failures: int = 10, period: float = 60.0) -> None:
        """At most ``failures`` wrong passwords in ``period`` seconds."""
        self.failed = 0
        "Wrong passwords so far."
        self.held_up = 0
        "Tries that were not listened to."
        self._failures = failures
        self._period = int(period * SECOND)
        self._recent: deque[int] = deque()

    def open(self, now: int) -> bool:
        """Whether a password may be tried at ``now`` (FILETIME units)."""
        while self._recent and not 0 <= now - self._recent[0] < self._period:
            self._recent.popleft()
        if len(self._recent) < self._failures:
            return True
        self.held_up += 1
        return False

    def failure(self, now: int) -> None:
        self.failed += 1
        self._recent.append(now)
