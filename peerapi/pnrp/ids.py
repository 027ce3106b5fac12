"""PNRP IDs (MS-PNRP 1.3.1.2, 3.1.4.4.1): 256-bit numbers on a ring, names in the upper half, places in the lower.

::

    PNRP ID = P2P ID (128 bits) | Service Location (128 bits)
    P2P ID  = first 16 bytes of SHA-1(ClassifierHash | AuthorityHash | ClassifierHash | "PNRP")

Numbers are plain ``int`` here, those of the ring (``ring.ids``) at hand too; hashes are bytes in the order SHA-1
gives them.
"""

from __future__ import annotations

import hashlib

from peerapi.ring.ids import BITS, HALF, MASK, RING, distance

__all__ = (
    "BITS",
    "GOO",
    "HALF",
    "LOCATION_MASK",
    "MASK",
    "NO_AUTHORITY",
    "RESOLVER_SUFFIX",
    "RING",
    "authority_hash",
    "classifier_hash",
    "distance",
    "p2p_id",
    "p2p_part",
    "pnrp_id",
    "prefix_of",
    "service_location",
)

GOO = b"PNRP"
NO_AUTHORITY = bytes(20)
"AuthorityHash of an unsecured name: 160 zero bits."
RESOLVER_SUFFIX = 0x8000_0000_0000_0000
"Service Location Suffix of a target (3.1.4.4): the middle of all suffixes."
LOCATION_MASK = (1 << 128) - 1


def classifier_hash(classifier: str) -> bytes:
    """SHA-1 of the classifier text: UTF-16, least significant byte first, no terminator (reading N1)."""
    return hashlib.sha1(classifier.encode("utf-16-le")).digest()


def authority_hash(public_key_der: bytes) -> bytes:
    """SHA-1 of the SubjectPublicKeyInfo (1.3.1.1; reading N2), 20 bytes."""
    return hashlib.sha1(public_key_der).digest()


def p2p_id(authority: bytes, hashed_classifier: bytes) -> int:
    """The upper half of a PNRP ID. ``authority``: 20 bytes, all zero for an unsecured name."""
    if len(authority) != 20 or len(hashed_classifier) != 20:
        raise ValueError("authority and classifier hash are 20 bytes each")
    digest = hashlib.sha1(hashed_classifier + authority + hashed_classifier + GOO).digest()
    return int.from_bytes(digest[:16], "big")


def service_location(prefix: int, suffix: int) -> int:
    """ServiceLocationPrefix and ServiceLocationSuffix, 64 bits each, as one 128-bit number."""
    if not 0 <= prefix < 1 << 64 or not 0 <= suffix < 1 << 64:
        raise ValueError("service location halves are 64 bits each")
    return prefix << 64 | suffix


def prefix_of(ip: bytes) -> int:
    """The default ServiceLocationPrefix (3.2.4.1): the first 64 bits of an address of this node."""
    return int.from_bytes(ip[:8], "big")


def pnrp_id(p2p: int, location: int) -> int:
    return p2p << 128 | location


def p2p_part(number: int) -> int:
    return number >> 128
