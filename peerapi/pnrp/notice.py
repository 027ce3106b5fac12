"""Notices: a name's registration as relays keep it for whoever looks for the name. Where PNRP asks its nodes, one who
knows a relay asks that (docs/relay.md, Notices), and checks what is found in the same way (MS-PNRP 3.1.5.7, 3.1.5.10).

``nonce (12) | ChaCha20-Poly1305(AUTHORITY_BUFFER)``, under a key that is made of the name's P2P ID as the one is under
which a relay keeps it. So a relay knows neither the name nor who has it where: both keys are hashes, and only who knows
the name can make them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

from peerapi.address import Address
from peerapi.identity.names import PeerName
from peerapi.moment import SECOND, Moment
from peerapi.pnrp import ids
from peerapi.pnrp.algorithms import Profile, Signer, Verify
from peerapi.pnrp.authority import AuthorityBuffer
from peerapi.pnrp.chain import ChainCheck
from peerapi.pnrp.cpa import MOST_ENDPOINTS, NO_NONCE, AppEndpoint, Cpa, decode_cpa, encode_cpa
from peerapi.pnrp.outputs import Found
from peerapi.pnrp.payload import ExtendedPayload, encode_payload
from peerapi.pnrp.proofs import Proofs
from peerapi.ring.refusal import Refusal, Refused
from peerapi.ring.wire import MalformedMessage

SECONDS = 2400
"For which a relay keeps a notice, if it is not told again."
NONCE_SIZE = 12
LARGEST = 8 << 10
"Bytes that a relay takes of one."
_KEY, _SEAL = b"peerapi notice 1\0", b"peerapi notice seal 1\0"


class Named(NamedTuple):
    """What is published of a name."""

    name: PeerName
    signer: Signer
    friendly_name: str | None
    chain: bytes | None
    "Certificates from the name's key to the signer's."
    payload: bytes | str | None = None


class _Seen(NamedTuple):
    """What the checks want to know of where they are made."""

    profile: Profile
    now: Moment


def _p2p(name: PeerName) -> bytes:
    authority = bytes.fromhex(name.authority) if name.secure else ids.NO_AUTHORITY
    return ids.p2p_id(authority, ids.classifier_hash(name.classifier)).to_bytes(16, "big")


def key_of(name: PeerName) -> bytes:
    """Under which relays keep the notices of a name, 32 bytes."""
    return hashlib.sha256(_KEY + _p2p(name)).digest()


def _seal_of(name: PeerName) -> bytes:
    return hashlib.sha256(_SEAL + _p2p(name)).digest()


def make(
    named: Named, addresses: Sequence[Address | AppEndpoint], now: Moment, nonce: bytes, profile: Profile
) -> bytes:
    """The notice of a name that is reached at these addresses, at most 8 KiB. ``nonce``: 12 random bytes. ValueError:
    no address, a key of another profile, or too large."""
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    name = named.name
    if not addresses or not name.secure:
        raise ValueError("a notice is of a name with a key, and says where")
    location = ids.service_location(ids.prefix_of(addresses[0].ip), int.from_bytes(nonce[:8], "big"))
    cpa = Cpa(
        not_after=now.utc + SECONDS * SECOND,
        service_location=location,
        public_key=named.signer.public_key_der,
        nonce=NO_NONCE,
        authority=bytes.fromhex(name.authority),
        classifier_hash=ids.classifier_hash(name.classifier) if name.classifier else None,
        friendly_name=named.friendly_name,
        service_addresses=(Address(addresses[0].ip, addresses[0].port),),
        endpoints=tuple(map(_endpoint, addresses[:MOST_ENDPOINTS])),
        has_payload=named.payload is not None,
    )
    payload = None
    if named.payload is not None:
        extended = ExtendedPayload(cpa.not_after, cpa.pnrp_id, NO_NONCE, named.payload)
        payload = encode_payload(extended, named.signer, profile)
    shown = AuthorityBuffer(
        chain=named.chain,
        classifier=name.classifier or None,
        payload=payload,
        cpa=encode_cpa(cpa, named.signer, profile),
    )
    made = nonce + ChaCha20Poly1305(_seal_of(name)).encrypt(nonce, shown.encode(), None)
    if len(made) > LARGEST:
        raise ValueError(f"a notice of {len(made)} bytes")
    return made


def _endpoint(where: Address | AppEndpoint) -> AppEndpoint:
    return where if isinstance(where, AppEndpoint) else AppEndpoint(where.ip, where.port)


def read(
    data: bytes, name: PeerName, *, profile: Profile, verify: Verify, check_chain: ChainCheck, now: Moment
) -> Found:
    """What a notice of a name says, all of it checked; else Refused, as for any answer of PNRP."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    try:
        plain = ChaCha20Poly1305(_seal_of(name)).decrypt(data[:NONCE_SIZE], data[NONCE_SIZE:], None)
    except (InvalidTag, ValueError) as error:
        raise Refused(Refusal.SYNTAX, "sealed for another name") from error
    try:
        answer = AuthorityBuffer.decode(plain)
        if answer.cpa is None:
            raise Refused(Refusal.NO_CPA)
        pnrp_id = decode_cpa(answer.cpa, profile).cpa.pnrp_id
    except MalformedMessage as error:
        raise Refused(Refusal.SYNTAX, str(error)) from error
    if ids.p2p_part(pnrp_id) != int.from_bytes(_p2p(name), "big"):
        raise Refused(Refusal.PNRP_ID)
    return Proofs(_Seen(profile, now), verify, check_chain).registration(answer, NO_NONCE, pnrp_id)
