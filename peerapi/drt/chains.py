"""Certificate chains of the derived-key provider: who leads to the root that the nodes of a table have in common.

Certificates are X.509 of whatever authority the application has. A chain begins with that of the node, and each of the
others, the root apart, has to be one that may sign certificates (RFC 5280 4.2.1.9): otherwise every member could make
further members.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from peerapi.drt.proof import Owner
from peerapi.errors import InvalidCertificateChain
from peerapi.identity import certificate_files, pkcs7
from peerapi.identity.der import Malformed

LARGEST_CREDENTIAL = 1 << 15
MOST_KNOWN = 1024
"Credentials whose verification is remembered."
HASHES = {"sha1", "sha256", "sha384", "sha512"}
"Of signatures in certificates: SHA-1 is what the published profile has (MC-DRT 2.2.3.1.4.1)."
FOREVER = 1 << 63


def spki_of(encoded: bytes) -> bytes:
    """SubjectPublicKeyInfo of a certificate. Raises InvalidCertificateChain."""
    try:
        return certificate_files.parts(encoded).public_key
    except Malformed as error:
        raise InvalidCertificateChain(f"It is no certificate: {error}") from error


def derived_key(spki: bytes) -> bytes:
    """The key of a table that belongs to a public key: SHA-256 of SubjectPublicKeyInfo (reading D2)."""
    return hashlib.sha256(spki).digest()


def owner_of(spki: bytes) -> Owner:
    """PUBLIC_KEY of a public key."""
    return Owner(*certificate_files.public_key_parts(spki))


def spki_of_owner(owner: Owner) -> bytes:
    """The reverse. Raises InvalidCertificateChain."""
    try:
        return certificate_files.public_key_of(*owner)
    except ValueError as error:
        raise InvalidCertificateChain("It is no public key.") from error


class Chains:
    """Judges chains by one root. ``now`` tells the time in FILETIME units."""

    def __init__(self, root: bytes, now: Callable[[], int]) -> None:
        self._root_encoded = root
        self._root: Any = _load(root)
        self._now = now
        self._known: dict[bytes, tuple[bytes, int, int]] = {}
        "Hash of a credential -> public key at its beginning, and from when to when it is good."

    def ordered(self, certificate: bytes, beside: list[bytes]) -> tuple[bytes, ...]:
        """The chain of a certificate with what lies beside it, as far as the root, which is not in it. Raises
        InvalidCertificateChain."""
        chain, _, _ = self._walk([certificate, *(one for one in beside if one != certificate)])
        return chain

    def subject(self, credential: bytes) -> bytes:
        """SubjectPublicKeyInfo of who a credential is for, who leads to the root. Raises InvalidCertificateChain."""
        digest = hashlib.sha256(credential).digest()
        known = self._known.get(digest)
        if known is None:
            known = self._judge(credential)
            while len(self._known) >= MOST_KNOWN:
                self._known.pop(next(iter(self._known)), None)
            self._known[digest] = known
        spki, begin, end = known
        if not begin <= self._now() <= end:
            raise InvalidCertificateChain("A certificate of the chain is not valid now.")
        return spki

    def _judge(self, credential: bytes) -> tuple[bytes, int, int]:
        if len(credential) > LARGEST_CREDENTIAL:
            raise InvalidCertificateChain("A credential is too long.")
        try:
            chain = pkcs7.decode(credential)
        except Malformed as error:
            raise InvalidCertificateChain(f"It is no credential: {error}") from error
        _, begin, end = self._walk(chain)
        return spki_of(chain[0]), begin, end

    def _walk(self, offered: list[bytes]) -> tuple[tuple[bytes, ...], int, int]:
        """From the first to the root, and when all of them are valid."""
        begin, end = 0, FOREVER
        chain: list[bytes] = []
        encoded, rest = offered[0], offered[1 : pkcs7.MAX_CERTIFICATES]
        while True:
            try:
                found = certificate_files.parts(encoded)
            except Malformed as error:
                raise InvalidCertificateChain(f"It is no certificate: {error}") from error
            begin, end = max(begin, found.not_before), min(end, found.not_after)
            if encoded == self._root_encoded:
                return tuple(chain) or (encoded,), begin, end
            loaded = _load(encoded)
            chain.append(encoded)
            if _signed(loaded, self._root):
                encoded = self._root_encoded
                continue
            issuer = next((one for one in rest if _signed(loaded, other := _load(one)) and may_sign(other)), None)
            if issuer is None:
                raise InvalidCertificateChain
            rest.remove(issuer)
            encoded = issuer


def may_sign(certificate: Any) -> bool:
    """Whether it is an authority's (basic constraints), not a member's."""
    from cryptography import x509

    try:
        return bool(certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca)
    except (x509.ExtensionNotFound, ValueError):
        return False


def _load(encoded: bytes) -> Any:
    from cryptography import x509

    try:
        return x509.load_der_x509_certificate(encoded)
    except ValueError as error:
        raise InvalidCertificateChain(f"It is no certificate: {error}") from error


def _signed(certificate: Any, issuer: Any) -> bool:
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import padding, rsa

    try:
        digest = certificate.signature_hash_algorithm
        if digest is not None and digest.name not in HASHES:
            return False
        key = issuer.public_key()
        if digest is None or digest.name != "sha1" or not isinstance(key, rsa.RSAPublicKey):
            certificate.verify_directly_issued_by(issuer)
        elif certificate.issuer != issuer.subject:  # that function takes no SHA-1
            return False
        else:
            key.verify(certificate.signature, certificate.tbs_certificate_bytes, padding.PKCS1v15(), digest)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True
