"""The encoded CPA of MC-DRT 2.2.3.1.1, by which the owner of a key proves it, with SIGNATURE and PUBLIC_KEY.

    Reserved (1), SIGNATURE, the application's version (2), profile 1.0 (2), key length (2, 32), key, nonce length
    (2, 16), nonce, PUBLIC_KEY, service addresses

All lengths are little-endian. The text names a revoke flag and gives it no place: it is bit 0 of Reserved, and as that
byte lies before what is signed, a set flag is put in front of the signed bytes (reading D4). Service addresses are
those of MS-PNRP 2.2.3.1.1 (reading D8): count, size of one (18), then port and address in network order.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import NamedTuple

from peerapi.address import Address
from peerapi.drt.border import KEY_SIZE, NONCE_SIZE, REVOKED
from peerapi.errors import InvalidMessage

PROFILE = (1, 0)
MOST_ADDRESSES = 20
_HEAD = struct.Struct("<4BH32sH16s")
_LENGTH = struct.Struct("<H")
_PUBLIC_KEY = struct.Struct("<BHHB")
_PAIR = struct.Struct("<HH")
_ADDRESS = struct.Struct(">H16s")


class Owner(NamedTuple):
    """PUBLIC_KEY (2.2.3.1.5.1.1): algorithm as dotted numbers, its parameters (DER), the key. Empty: nobody proves."""

    algorithm: str = ""
    parameters: bytes = b""
    key: bytes = b""


class Proof(NamedTuple):
    """What an encoded CPA says."""

    version: tuple[int, int]
    key: bytes
    nonce: bytes
    owner: Owner
    addresses: tuple[Address, ...] = ()
    flags: int = 0


class Signed(NamedTuple):
    """A proof with what its signature covers."""

    proof: Proof
    signed: bytes
    signature: bytes


def encode_owner(owner: Owner) -> bytes:
    """PUBLIC_KEY, which is also the key identifier of signed messages (2.2.3.1.5)."""
    algorithm = owner.algorithm.encode("ascii")
    head = _PUBLIC_KEY.pack(len(algorithm), len(owner.parameters), len(owner.key), 0)
    return head + algorithm + owner.parameters + owner.key


def encode_signature(signature: bytes) -> bytes:
    """SIGNATURE (2.2.3.1.3): its length counts itself."""
    return _LENGTH.pack(_LENGTH.size + len(signature)) + signature


def encode(proof: Proof, sign: Callable[[bytes], bytes]) -> bytes:
    """The structure; ``sign`` gives the signature of bytes. ValueError: more addresses than there may be."""
    if len(proof.addresses) > MOST_ADDRESSES:
        raise ValueError(f"{len(proof.addresses)} addresses")
    flags = proof.flags & REVOKED
    body = b"".join(
        (
            _HEAD.pack(*proof.version, *PROFILE, KEY_SIZE, proof.key, NONCE_SIZE, proof.nonce),
            encode_owner(proof.owner),
            _PAIR.pack(len(proof.addresses), _ADDRESS.size),
            *(_ADDRESS.pack(address.port, address.ip) for address in proof.addresses),
        )
    )
    return bytes((flags,)) + encode_signature(sign(_covered(flags, body))) + body


def _covered(flags: int, body: bytes) -> bytes:
    return bytes((flags,)) + body if flags else body


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self.at = 0

    def take(self, size: int) -> bytes:
        if len(self._data) - self.at < size:
            raise InvalidMessage("A proof ends too early.")
        self.at += size
        return self._data[self.at - size : self.at]

    def unpack(self, form: struct.Struct) -> tuple[int, ...]:
        return form.unpack(self.take(form.size))

    def finish(self) -> None:
        if self.at != len(self._data):
            raise InvalidMessage("There are bytes behind a proof.")


def _signature(reader: _Reader) -> bytes:
    (length,) = reader.unpack(_LENGTH)
    if length < _LENGTH.size:
        raise InvalidMessage("A signature is shorter than its length.")
    return reader.take(length - _LENGTH.size)


def decode_signature(data: bytes) -> bytes:
    """What SIGNATURE holds. Raises InvalidMessage."""
    reader = _Reader(data)
    signature = _signature(reader)
    reader.finish()
    return signature


def _owner(reader: _Reader) -> Owner:
    algorithm, parameters, key, _ = reader.unpack(_PUBLIC_KEY)
    name = reader.take(algorithm)
    if name.strip(b"0123456789."):
        raise InvalidMessage("An algorithm is not a row of numbers.")
    return Owner(name.decode("ascii"), reader.take(parameters), reader.take(key))


def decode(data: bytes) -> Signed:
    """The syntax of 2.2.3.1.1.1; nothing is verified. Raises InvalidMessage."""
    reader = _Reader(data)
    flags = reader.take(1)[0] & REVOKED
    signature = _signature(reader)
    begin = reader.at
    head = _HEAD.unpack(reader.take(_HEAD.size))
    major, minor, profile_major, profile_minor, key_size, key, nonce_size, nonce = head
    if (profile_major, profile_minor) != PROFILE or key_size != KEY_SIZE or nonce_size != NONCE_SIZE:
        raise InvalidMessage("A proof of another profile, or with a key or nonce of another size.")
    owner = _owner(reader)
    count, size = reader.unpack(_PAIR)
    if count > MOST_ADDRESSES or size != _ADDRESS.size:
        raise InvalidMessage(f"A proof with {count} addresses of {size} bytes.")
    addresses = tuple(Address(ip, port) for port, ip in _ADDRESS.iter_unpack(reader.take(count * size)))
    reader.finish()
    proof = Proof((major, minor), key, nonce, owner, addresses, flags)
    return Signed(proof, _covered(flags, data[begin:]), signature)
