"""Security providers for tests, quick and cheap: one that proves nothing, and one whose keys anybody could forge who
wanted to, so that it is the node that is tested and not the cryptography."""

from __future__ import annotations

import hashlib
import struct

from peerapi.address import Address
from peerapi.drt.border import NO_NONCE, REVOKED, ProviderFailure, Secured, Unpacked

REFUSED = 0x80070005
"E_ACCESSDENIED."
_HEAD = struct.Struct("<BBB32s16sHB")  # flags, versions, key, nonce, size of owner, number of addresses
_ENDPOINT = struct.Struct("<16sH")


class OpenProvider:
    """Proves nothing, and checks nothing but the nonce."""

    quick = True
    owner = b""

    def attach(self) -> None:
        """Nothing to do."""

    def detach(self) -> None:
        """Nothing to do."""

    def register_key(self, key: bytes, payload: bytes, context: object) -> None:
        """Any key is good."""

    def unregister_key(self, key: bytes, context: object) -> None:
        """Nothing to do."""

    def secure_and_pack(
        self,
        context: object,
        version: tuple[int, int],
        flags: int,
        key: bytes,
        payload: bytes | None,
        addresses: tuple[Address, ...],
        nonce: bytes,
    ) -> Secured:
        head = _HEAD.pack(flags, *version, key, nonce, len(self.owner), len(addresses))
        body = head + self.owner + b"".join(_ENDPOINT.pack(one.ip, one.port) for one in addresses)
        return Secured(body + self._tag(body), self.chain(), b"", payload)

    def chain(self) -> bytes | None:
        return None

    def _tag(self, data: bytes) -> bytes:
        return b""

    def validate_and_unpack(self, secured: Secured, nonce: bytes) -> Unpacked:
        raw = secured.address_payload
        if len(raw) < _HEAD.size:
            raise ProviderFailure(REFUSED)
        flags, major, minor, key, named, owner_size, count = _HEAD.unpack_from(raw)
        end = _HEAD.size + owner_size + count * _ENDPOINT.size
        if len(raw) < end:
            raise ProviderFailure(REFUSED)
        owner = raw[_HEAD.size : _HEAD.size + owner_size]
        self._check(raw[:end], raw[end:], key, owner)
        if named != (NO_NONCE if flags & REVOKED else nonce):
            raise ProviderFailure(REFUSED)
        addresses = tuple(Address(ip, port) for ip, port in _ENDPOINT.iter_unpack(raw[_HEAD.size + owner_size : end]))
        return Unpacked(key, secured.payload or b"", addresses, (major, minor), flags, owner or None)

    def _check(self, signed: bytes, tag: bytes, key: bytes, owner: bytes) -> None:
        """Everything is good."""

    def encrypt(self, credential: bytes, buffers: tuple[bytes, ...]) -> tuple[bytes, tuple[bytes, ...]]:
        return b"none", buffers

    def decrypt(self, key_token: bytes, context: object, buffers: tuple[bytes, ...]) -> tuple[bytes, ...]:
        return buffers

    def serialized_credential(self) -> bytes:
        return b"anybody"

    def validate_credential(self, credential: bytes) -> None:
        """Everybody is good."""

    def sign(self, buffers: tuple[bytes, ...]) -> tuple[bytes, bytes]:
        return b"key", b"signature"

    def verify(self, buffers: tuple[bytes, ...], credential: bytes, key_identifier: bytes, signature: bytes) -> None:
        """Everything is good."""


class PretendProvider(OpenProvider):
    """Members have credentials of one community; proofs, signatures and ciphers are hashes of public things."""

    def __init__(self, name: bytes, community: bytes = b"ours") -> None:
        self.owner = b"member:" + community + b":" + name
        self._community = community

    @property
    def key(self) -> bytes:
        """The one key that this member may register."""
        return hashlib.sha256(self.owner).digest()

    def register_key(self, key: bytes, payload: bytes, context: object) -> None:
        if key != self.key:
            raise ProviderFailure(0x80621009)

    def chain(self) -> bytes:
        return self.owner

    def _tag(self, data: bytes) -> bytes:
        return hashlib.sha256(b"proof" + self.owner + data).digest()

    def _check(self, signed: bytes, tag: bytes, key: bytes, owner: bytes) -> None:
        self.validate_credential(owner)
        if tag != hashlib.sha256(b"proof" + owner + signed).digest() or key != hashlib.sha256(owner).digest():
            raise ProviderFailure(REFUSED)

    def serialized_credential(self) -> bytes:
        return self.owner

    def validate_credential(self, credential: bytes) -> None:
        if not credential.startswith(b"member:" + self._community + b":"):
            raise ProviderFailure(REFUSED)

    def sign(self, buffers: tuple[bytes, ...]) -> tuple[bytes, bytes]:
        return b"key", hashlib.sha256(b"signed" + self.owner + b"".join(buffers)).digest()

    def verify(self, buffers: tuple[bytes, ...], credential: bytes, key_identifier: bytes, signature: bytes) -> None:
        if signature != hashlib.sha256(b"signed" + credential + b"".join(buffers)).digest():
            raise ProviderFailure(REFUSED)

    def encrypt(self, credential: bytes, buffers: tuple[bytes, ...]) -> tuple[bytes, tuple[bytes, ...]]:
        return credential, tuple(_masked(credential, one) for one in buffers)

    def decrypt(self, key_token: bytes, context: object, buffers: tuple[bytes, ...]) -> tuple[bytes, ...]:
        if key_token != self.owner:
            raise ProviderFailure(REFUSED)
        return tuple(_masked(key_token, one) for one in buffers)


def _masked(credential: bytes, data: bytes) -> bytes:
    stream = hashlib.shake_256(credential).digest(len(data))
    return bytes(one ^ other for one, other in zip(data, stream, strict=True))
