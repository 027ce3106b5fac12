"""The derived-key security provider: a key belongs to the certificate from which it is derived, and certificates lead
to a root that all nodes of a table have in common.

Two profiles, by the kind of key in the certificate (reading D2); a table does not mix them. *published*, RSA: as
MC-DRT 2.2.3.1 has it, with SHA-256 in signatures. *modern*, P-256, or Ed25519 where nothing is encrypted: signatures
say what they are for, and that of a payload stands before it, which the published layout leaves unproved.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from peerapi.address import Address
from peerapi.drt import chains, key_tokens, proof
from peerapi.drt.border import REVOKED, Secured, SecurityMode, Unpacked
from peerapi.drt.chains import Chains, derived_key, owner_of, spki_of_owner
from peerapi.errors import (
    CapabilityMismatch,
    InvalidCertificateChain,
    InvalidKey,
    InvalidMessage,
    SecurityProviderInUse,
)
from peerapi.identity import pkcs7

RSA = "1.2.840.113549.1.1.1"
_PROOF, _DATA, _PAYLOAD = b"peerapi drt proof\0", b"peerapi drt data\0", b"peerapi drt payload\0"
"What modern signatures begin with: one made for one purpose is good for no other."
MOST_PROVED = 4096
"Owners who have shown their chain, and need not show it with each proof."


@dataclass(frozen=True)
class Credential:
    """A certificate with its private key, and the chain to the root."""

    spki: bytes
    private: Any
    chain: tuple[bytes, ...]

    @property
    def key(self) -> bytes:
        """The key of the table that belongs to it."""
        return derived_key(self.spki)

    @property
    def serialized(self) -> bytes:
        """PKCS #7 (MC-DRT 2.2.3.1.4)."""
        return pkcs7.encode(self.chain)


class DerivedKeyProvider:
    """One derived-key provider, for one node at a time."""

    quick = True

    def __init__(self, root: bytes, now: Callable[[], int]) -> None:
        """``root``: a certificate (DER). Raises InvalidCertificateChain, CapabilityMismatch."""
        self._chains = Chains(root, now)
        self._published = _is_published(chains.spki_of(root))
        self._local: Credential | None = None
        self._attached = False
        self._encrypts = False
        self._proved: dict[bytes, None] = {}

    def credential(self, certificate: bytes, private: Any, beside: list[bytes]) -> Credential:
        """A certificate (DER) of this node with its private key. Raises InvalidCertificateChain, CapabilityMismatch: it
        has no private key, or one of a kind that is of no use."""
        if private is None:
            raise CapabilityMismatch("The certificate's private key is not there.")
        spki = chains.spki_of(certificate)
        _is_published(spki)
        return Credential(spki, private, self._chains.ordered(certificate, beside))

    def use(self, local: Credential) -> None:
        """This node's own certificate; its kind of key is that of the table."""
        self._local = local
        self._published = _is_published(local.spki)

    @property
    def local(self) -> Credential | None:
        """This node's own certificate, None for one that only resolves."""
        return self._local

    def check_mode(self, mode: SecurityMode) -> None:
        """The mode of the table it is for. DRT_E_CAPABILITY_MISMATCH: the mode needs a certificate, or one whose key
        can decrypt."""
        if mode is not SecurityMode.RESOLVE and self._local is None:
            raise CapabilityMismatch("Membership and confidential mode need a certificate of this node.")
        self._encrypts = mode is SecurityMode.CONFIDENTIAL
        if self._local is not None:
            self._check_kind(self._local)

    def _check_kind(self, own: Credential) -> None:
        """CapabilityMismatch: what this certificate proves and decrypts is of no use in the table."""
        if _is_published(own.spki) != self._published:
            raise CapabilityMismatch("The certificate's key is of the other profile: a table does not mix them.")
        if self._encrypts and not self._published and not hasattr(own.private, "exchange"):
            raise CapabilityMismatch("The certificate's key can only sign.")

    def attach(self) -> None:
        """DRT_E_SECURITYPROVIDER_IN_USE for a second node."""
        if self._attached:
            raise SecurityProviderInUse
        self._attached = True

    def detach(self) -> None:
        """Another node may come."""
        self._attached = False

    def register_key(self, key: bytes, payload: bytes, context: object) -> None:
        """DRT_E_INVALID_KEY for one that is not derived from the certificate, DRT_E_CAPABILITY_MISMATCH for a
        certificate of another kind than those of the table."""
        own = self._own(context)
        if key != own.key:
            raise InvalidKey
        self._check_kind(own)

    def unregister_key(self, key: bytes, context: object) -> None:
        """There is nothing to forget."""

    def _own(self, context: object) -> Credential:
        if isinstance(context, Credential):
            return context
        if self._local is None:
            raise CapabilityMismatch("There is no certificate of this node.")
        return self._local

    # ---- proofs ----

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
        """An encoded CPA, signed, and the chain."""
        own = self._own(context)
        said = proof.Proof(version, key, nonce, owner_of(own.spki), addresses, flags)
        encoded = proof.encode(said, lambda covered: self._sign(own, _PROOF, covered))
        if payload is not None and not self._published:
            payload = proof.encode_signature(self._sign(own, _PAYLOAD, nonce + key + payload)) + payload
        return Secured(encoded, own.serialized, None, payload)

    def validate_and_unpack(self, secured: Secured, nonce: bytes) -> Unpacked:
        """DRT_E_INVALID_MESSAGE: it proves nothing; DRT_E_INVALID_KEY: another key; DRT_E_INVALID_CERT_CHAIN: of nobody
        who belongs here. A revocation needs no chain: the key is the hash of who has signed."""
        said, covered, signature = proof.decode(secured.address_payload)
        spki = spki_of_owner(said.owner)
        if derived_key(spki) != said.key:
            raise InvalidKey
        revoked = bool(said.flags & REVOKED)
        if not revoked:
            if said.nonce != nonce:
                raise InvalidMessage("A proof that answers another question.")
            self._belongs(spki, secured.chain)
        self._verify(spki, _PROOF, covered, signature)
        payload = secured.payload or b""
        if payload and not self._published and not revoked:
            size = int.from_bytes(payload[:2], "little")
            signature, payload = proof.decode_signature(payload[:size]), payload[size:]
            self._verify(spki, _PAYLOAD, nonce + said.key + payload, signature)
        return Unpacked(said.key, payload, said.addresses, said.version, said.flags, spki)

    def _belongs(self, spki: bytes, chain: bytes | None) -> None:
        """Whether the chain is that of the key's owner, or the owner has shown it before."""
        if chain is not None:
            if self._chains.subject(chain) != spki:
                raise InvalidCertificateChain("The chain is that of another key.")
            self._proved.pop(spki, None)
            while len(self._proved) >= MOST_PROVED:
                self._proved.pop(next(iter(self._proved)), None)
            self._proved[spki] = None
        elif spki not in self._proved:
            raise InvalidCertificateChain("A proof without a chain, of an owner who has not shown one.")

    # ---- messages ----

    def encrypt(self, credential: bytes, buffers: tuple[bytes, ...]) -> tuple[bytes, tuple[bytes, ...]]:
        """For the subject of a credential, who has to lead to the root."""
        return key_tokens.encrypt(_public(self._chains.subject(credential)), buffers)

    def decrypt(self, key_token: bytes, context: object, buffers: tuple[bytes, ...]) -> tuple[bytes, ...]:
        """With the private key of the certificate of ``context``, or of this node's own."""
        return key_tokens.decrypt(self._own(context).private, key_token, buffers)

    def serialized_credential(self) -> bytes:
        """The chain of this node's own certificate."""
        return self._own(None).serialized

    def validate_credential(self, credential: bytes) -> None:
        """DRT_E_INVALID_CERT_CHAIN."""
        self._chains.subject(credential)

    def sign(self, buffers: tuple[bytes, ...]) -> tuple[bytes, bytes]:
        """By this node's own certificate, which the key identifier names."""
        own = self._own(None)
        return proof.encode_owner(owner_of(own.spki)), proof.encode_signature(self._sign(own, _DATA, _joined(buffers)))

    def verify(self, buffers: tuple[bytes, ...], credential: bytes, key_identifier: bytes, signature: bytes) -> None:
        """DRT_E_INVALID_MESSAGE, DRT_E_INVALID_CERT_CHAIN."""
        spki = self._chains.subject(credential)
        if key_identifier != proof.encode_owner(owner_of(spki)):
            raise InvalidMessage("The key identifier names another key than the credential.")
        self._verify(spki, _DATA, _joined(buffers), proof.decode_signature(signature))

    # ---- signatures ----

    def _sign(self, own: Credential, purpose: bytes, data: bytes) -> bytes:
        signature: bytes = own.private.sign(data if self._published else purpose + data, *_scheme(own.private))
        return signature

    def _verify(self, spki: bytes, purpose: bytes, data: bytes, signature: bytes) -> None:
        from cryptography.exceptions import InvalidSignature

        if _is_published(spki) != self._published:
            raise InvalidMessage("A key of the other profile.")
        public = _public(spki)
        try:
            public.verify(signature, data if self._published else purpose + data, *_scheme(public))
        except InvalidSignature as error:
            raise InvalidMessage("A signature is wrong.") from error


def _joined(buffers: tuple[bytes, ...]) -> bytes:
    return b"".join(buffers)


def _public(spki: bytes) -> Any:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    try:
        return load_der_public_key(spki)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise InvalidMessage("It is no public key.") from error


def check_key(spki: bytes) -> None:
    """CapabilityMismatch: no key of a kind that is of use."""
    _is_published(spki)


def _is_published(spki: bytes) -> bool:
    """Whether a key is of the published profile. CapabilityMismatch: it is of neither."""
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    public = _public(spki)
    if isinstance(public, rsa.RSAPublicKey):
        return True
    if isinstance(public, ed25519.Ed25519PublicKey):
        return False
    if isinstance(public, ec.EllipticCurvePublicKey) and public.curve.name == "secp256r1":
        return False
    raise CapabilityMismatch("Keys are RSA, P-256 or Ed25519.")


def _scheme(key: Any) -> tuple[Any, ...]:
    """How a key signs, for sign and verify of ``cryptography``."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

    if isinstance(key, (rsa.RSAPublicKey, rsa.RSAPrivateKey)):
        return padding.PKCS1v15(), hashes.SHA256()
    if isinstance(key, (ec.EllipticCurvePublicKey, ec.EllipticCurvePrivateKey)):
        return (ec.ECDSA(hashes.SHA256()),)
    return ()
