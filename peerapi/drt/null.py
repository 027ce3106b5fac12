"""The null security provider: whoever registers a key has it.

In the stricter modes credentials, signatures and key tokens are constants and data pass unchanged (reading D1), so that
messages keep the layout of the mode.
"""

from __future__ import annotations

from peerapi.address import Address
from peerapi.drt import proof
from peerapi.drt.border import REVOKED, Secured, Unpacked
from peerapi.errors import InvalidMessage, SecurityProviderInUse

CONSTANT = b"null"
"What stands where others have a credential, a signature, a key identifier and a key token."


class NullProvider:
    """One null security provider, for one node at a time."""

    quick = True

    def __init__(self) -> None:
        self._attached = False

    def attach(self) -> None:
        """DRT_E_SECURITYPROVIDER_IN_USE for a second node."""
        if self._attached:
            raise SecurityProviderInUse
        self._attached = True

    def detach(self) -> None:
        """Another node may come."""
        self._attached = False

    def register_key(self, key: bytes, payload: bytes, context: object) -> None:
        """Any key is fine."""

    def unregister_key(self, key: bytes, context: object) -> None:
        """There is nothing to forget."""

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
        """An encoded CPA without a signature and without an owner, and the payload as it is."""
        said = proof.Proof(version, key, nonce, proof.Owner(), addresses, flags)
        return Secured(proof.encode(said, lambda covered: b""), CONSTANT, None, payload)

    def validate_and_unpack(self, secured: Secured, nonce: bytes) -> Unpacked:
        """What it says, if it answers ``nonce``. DRT_E_INVALID_MESSAGE."""
        said, _, signature = proof.decode(secured.address_payload)
        if signature or said.owner != proof.Owner():
            raise InvalidMessage("A node with another security provider.")
        if not said.flags & REVOKED and said.nonce != nonce:
            raise InvalidMessage("A proof that answers another question.")
        return Unpacked(said.key, secured.payload or b"", said.addresses, said.version, said.flags)

    def encrypt(self, credential: bytes, buffers: tuple[bytes, ...]) -> tuple[bytes, tuple[bytes, ...]]:
        """The constant, and data as they are."""
        return CONSTANT, buffers

    def decrypt(self, key_token: bytes, context: object, buffers: tuple[bytes, ...]) -> tuple[bytes, ...]:
        """Data as they are. DRT_E_INVALID_MESSAGE for the token of another provider."""
        _expect(key_token)
        return buffers

    def serialized_credential(self) -> bytes:
        """The constant."""
        return CONSTANT

    def validate_credential(self, credential: bytes) -> None:
        """DRT_E_INVALID_MESSAGE for anything but the constant: a node with another provider."""
        _expect(credential)

    def sign(self, buffers: tuple[bytes, ...]) -> tuple[bytes, bytes]:
        """The constants."""
        return CONSTANT, CONSTANT

    def verify(self, buffers: tuple[bytes, ...], credential: bytes, key_identifier: bytes, signature: bytes) -> None:
        """DRT_E_INVALID_MESSAGE for anything but the constants."""
        _expect(credential, key_identifier, signature)


def _expect(*values: bytes) -> None:
    if any(value != CONSTANT for value in values):
        raise InvalidMessage("A node with another security provider.")
