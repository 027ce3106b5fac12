"""The second encoding of an ECDSA signature."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from peerapi.identity.keys import P256_ORDER


def other_encoding(signature: bytes) -> bytes:
    """(r, n - s) for (r, s), DER: what anybody can make of a signature, and what half of the signatures of earlier
    versions look like."""
    r, s = decode_dss_signature(signature)
    return encode_dss_signature(r, P256_ORDER - s)
