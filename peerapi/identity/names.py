"""Peer names: ``authority.classifier`` (MS-PNRP 1.3.1.1 and 2.2.4).

The authority of a secure name is the SHA-1 of a public key, so whoever holds the key can prove that the name is theirs.
An unsecured name has the authority 0 and belongs to nobody.
"""

from __future__ import annotations

from typing import NamedTuple

from peerapi.digests import sha1
from peerapi.errors import InvalidPeerName

UNSECURED = "0"
AUTHORITY_DIGITS = 40
MAX_CLASSIFIER = 149
"UTF-16 units without the terminator (MS-PNRP 2.2.4: ``0*149clchar``)."
MAX_PEER_NAME = AUTHORITY_DIGITS + 1 + MAX_CLASSIFIER
"UTF-16 units without the terminator."
MAX_FRIENDLY_NAME = 255
"UTF-16 units without the terminator (PeerIdentityCreate)."
_DIGITS = frozenset("0123456789abcdef")


class PeerName(NamedTuple):
    """A well-formed peer name. ``str`` gives its one spelling, always with the dot."""

    authority: str
    "``0``, or 40 lower-case hexadecimal digits."
    classifier: str
    "May be empty in a secure name; may contain dots."

    @property
    def secure(self) -> bool:
        """Whether a key stands behind the name."""
        return self.authority != UNSECURED

    def __str__(self) -> str:
        return f"{self.authority}.{self.classifier}"


def parse(text: str) -> PeerName:
    """The peer name that ``text`` spells. Raises InvalidPeerName (PEER_E_INVALID_PEER_NAME).

    The first dot separates. A secure name without classifier may leave the dot out; names compare with case, so
    upper-case digits are no authority.
    """
    authority, _, classifier = text.partition(".")
    return peer_name(authority, classifier)


def peer_name(authority: str, classifier: str) -> PeerName:
    """The peer name of two parts. Raises InvalidPeerName."""
    if authority == UNSECURED:
        if not classifier:
            raise InvalidPeerName("An unsecured name needs a classifier.")
    elif not is_secure_authority(authority):
        raise InvalidPeerName("The authority is neither 0 nor 40 lower-case hexadecimal digits.")
    if not is_text(classifier, MAX_CLASSIFIER):
        raise InvalidPeerName(f"The classifier is longer than {MAX_CLASSIFIER} characters or is no Unicode text.")
    return PeerName(authority, classifier)


def is_secure_authority(text: str) -> bool:
    """Whether ``text`` can be the authority of a secure name."""
    return len(text) == AUTHORITY_DIGITS and _DIGITS.issuperset(text)


def is_text(text: str, most: int) -> bool:
    """Whether ``text`` has at most ``most`` UTF-16 units and can stand in a C string: no zero, no half of a pair."""
    try:
        return "\0" not in text and len(text.encode("utf-16-le")) <= 2 * most
    except UnicodeEncodeError:
        return False


def secure_authority(public_key: bytes) -> str:
    """The authority of the names of a key, given as DER SubjectPublicKeyInfo (MS-PNRP 1.3.1.1)."""
    return sha1(public_key, usedforsecurity=False).hexdigest()


def proves(public_key: bytes, name: PeerName) -> bool:
    """Whether ``name`` belongs to the holder of a key (DER SubjectPublicKeyInfo); never so for an unsecured name."""
    return name.secure and secure_authority(public_key) == name.authority
