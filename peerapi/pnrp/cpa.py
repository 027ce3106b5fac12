"""Certified peer addresses (MS-PNRP 2.2.3.1, 3.1.5.7, 3.2.5.7): who holds a PNRP ID, signed.

Everything inside is little-endian except ports and the hash of the classifier (2.2.3.1). What is signed is the
structure up to the SIGNATURE, CPA Length included.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import NamedTuple

from peerapi.address import Address
from peerapi.pnrp import ids
from peerapi.pnrp.algorithms import Algorithm, Profile, Signer, Verify
from peerapi.ring.refusal import Refusal, Refused
from peerapi.ring.wire import ENDPOINT, ENDPOINT_SIZE, MalformedMessage, Reader, endpoint_bytes, pack, sized

NO_NONCE = bytes(16)
MOST_SERVICE_ADDRESSES = 4
MOST_ENDPOINTS = 10
LONGEST_FRIENDLY_NAME = 39
"UTF-16 units; 78 bytes."

_HEAD = struct.Struct("<HBBBBBxQ16s16s")  # CPA Length, versions, flags, Not After, Service Location, Nonce
_U16 = struct.Struct("<H")
_PAIR = struct.Struct("<HH")
_PAYLOAD = struct.Struct("<IH")
_KEY = struct.Struct("<HHHHB")  # Field Length, ObjId Length, Reserved, cbData, Unused
_SIGNATURE = struct.Struct("<HHI")  # Field Length, Signature Length, ALG_ID
_X, _F, _C, _A, _U, _R = 0x20, 0x10, 0x08, 0x04, 0x02, 0x01
_IPV6_ENDPOINTS = 0x00000001


class AppEndpoint(NamedTuple):
    """IPV6_APP_ENDPOINT (2.2.3.1.3): where the application listens. ``protocol`` is an IANA number, TCP is 6."""

    ip: bytes
    port: int
    protocol: int = 6

    def encode(self) -> bytes:
        return sized(self.ip, 16, "address") + pack(struct.Struct(">H"), self.port) + pack(_U16, self.protocol)


@dataclass(frozen=True, slots=True)
class Cpa:
    """The content of a CPA, without its signature."""

    not_after: int
    "FILETIME."
    service_location: int
    public_key: bytes
    "SubjectPublicKeyInfo of the key that signs."
    nonce: bytes = NO_NONCE
    authority: bytes | None = None
    "BinaryAuthority in hash order; None for an unsecured name."
    classifier_hash: bytes | None = None
    friendly_name: str | None = None
    service_addresses: tuple[Address, ...] = ()
    "Where PNRP of the publisher listens."
    endpoints: tuple[AppEndpoint, ...] = ()
    "Where the application listens."
    revoke: bool = False
    has_payload: bool = False

    @property
    def pnrp_id(self) -> int:
        hashed = ids.classifier_hash("") if self.classifier_hash is None else self.classifier_hash
        return ids.pnrp_id(ids.p2p_id(self.authority or ids.NO_AUTHORITY, hashed), self.service_location)


class SignedCpa(NamedTuple):
    """A CPA as it came, its signature not yet verified."""

    cpa: Cpa
    algorithm: Algorithm
    signed: bytes
    signature: bytes


# ---- Public key and signature, which the extended payload shares -----------------------------------------------------


def _encode_key(public_key_der: bytes, algorithm: Algorithm) -> bytes:
    oid = algorithm.oid.encode("ascii")
    data = public_key_der[len(algorithm.der_prefix) :]
    return pack(_KEY, _KEY.size + len(oid) + len(data), len(oid), 0, len(data), 0) + oid + data


def _decode_key(reader: Reader, profile: Profile) -> tuple[Algorithm, bytes]:
    length, oid_length, _reserved, data_length, _unused = reader.unpack(_KEY)
    if length != _KEY.size + oid_length + data_length:
        raise MalformedMessage(f"public key of {length} bytes")
    algorithm = profile.of_oid(reader.take(oid_length))
    if data_length != algorithm.key_size:
        raise MalformedMessage(f"{algorithm.name} key of {data_length} bytes")
    return algorithm, algorithm.der_prefix + reader.take(data_length)


def encode_signature(algorithm: Algorithm, signature: bytes) -> bytes:
    """SIGNATURE (2.2.3.2)."""
    sized(signature, algorithm.signature_size, "signature")
    return pack(_SIGNATURE, _SIGNATURE.size + len(signature), len(signature), algorithm.alg_id) + signature


def signature_size(algorithm: Algorithm) -> int:
    return _SIGNATURE.size + algorithm.signature_size


def decode_signature(reader: Reader, algorithm: Algorithm) -> bytes:
    length, size, alg_id = reader.unpack(_SIGNATURE)
    if length != _SIGNATURE.size + size or size != algorithm.signature_size or alg_id != algorithm.alg_id:
        raise MalformedMessage(f"signature of {size} bytes with ALG_ID {alg_id:#x} for {algorithm.name}")
    return reader.take(size)


# ---- The structure ---------------------------------------------------------------------------------------------------


def encode_cpa(cpa: Cpa, signer: Signer, profile: Profile) -> bytes:
    """Sign and encode. ValueError: a value that the layout forbids, or a key of another profile."""
    algorithm = profile.of_key(cpa.public_key)
    _check(cpa)
    flags = (_X if cpa.has_payload else 0) | (_R if cpa.revoke else 0)
    parts = []
    if cpa.authority is not None:
        flags |= _A
        parts.append(sized(cpa.authority, 20, "authority")[::-1])
    if cpa.classifier_hash is not None:
        flags |= _C
        parts.append(sized(cpa.classifier_hash, 20, "classifier hash"))
    if cpa.friendly_name is not None:
        flags |= _F
        raw = cpa.friendly_name.encode("utf-16-le")
        parts.append(pack(_U16, len(raw)) + raw)
    parts.append(pack(_PAIR, len(cpa.service_addresses), ENDPOINT_SIZE))
    parts.extend(endpoint_bytes(address) for address in cpa.service_addresses)
    if cpa.endpoints:
        data = b"".join([endpoint.encode() for endpoint in cpa.endpoints])
        parts.append(pack(_PAIR, 1, 4 + _PAYLOAD.size + len(data)) + pack(_PAYLOAD, _IPV6_ENDPOINTS, len(data)) + data)
    else:
        parts.append(pack(_PAIR, 0, 4))
    parts.append(_encode_key(cpa.public_key, algorithm))
    body = b"".join(parts)
    length = _HEAD.size + len(body) + signature_size(algorithm)
    location = cpa.service_location.to_bytes(16, "little")
    head = pack(_HEAD, length, 0, 2, 0, 4, flags, cpa.not_after, location, sized(cpa.nonce, 16, "nonce"))
    return head + body + encode_signature(algorithm, signer.sign(head + body))


def _check(cpa: Cpa) -> None:
    if cpa.authority is None and cpa.classifier_hash is None:
        raise ValueError("a CPA needs an authority or a classifier")
    lowest = 0 if cpa.revoke else 1
    if not lowest <= len(cpa.service_addresses) <= MOST_SERVICE_ADDRESSES:
        raise ValueError(f"{len(cpa.service_addresses)} service addresses")
    if len(cpa.endpoints) > MOST_ENDPOINTS:
        raise ValueError(f"{len(cpa.endpoints)} endpoints")
    if (
        cpa.friendly_name is not None
        and not 1 <= len(cpa.friendly_name.encode("utf-16-le")) // 2 <= LONGEST_FRIENDLY_NAME
    ):
        raise ValueError("friendly name is not 1 to 39 characters long")
    if cpa.revoke and cpa.nonce != NO_NONCE:
        raise ValueError("a revoke CPA has no nonce")
    if not 0 <= cpa.service_location < 1 << 128:
        raise ValueError("service location has 128 bits")


def decode_cpa(data: bytes, profile: Profile) -> SignedCpa:
    """The syntax of 2.2.3.1; nothing is verified."""
    reader = Reader(data)
    length, minor, major, pnrp_minor, pnrp_major, flags, not_after, location, nonce = _unpack_head(reader)
    if length != len(data):
        raise MalformedMessage(f"CPA Length {length} of {len(data)} bytes")
    if (minor, major, pnrp_minor, pnrp_major) != (0, 2, 0, 4):
        raise MalformedMessage(f"CPA of version {major}.{minor} for PNRP {pnrp_major}.{pnrp_minor}")
    revoke = bool(flags & _R)
    authority = reader.take(20)[::-1] if flags & _A else None
    classifier_hash = reader.take(20) if flags & _C else None
    if authority is None and classifier_hash is None:
        raise MalformedMessage("CPA without authority and classifier")
    friendly_name = _friendly_name(reader, flags)
    count, size = reader.unpack(_PAIR)
    if size != ENDPOINT_SIZE or not (0 if revoke else 1) <= count <= MOST_SERVICE_ADDRESSES:
        raise MalformedMessage(f"{count} service addresses of {size} bytes")
    raw = reader.take(count * size)
    services = tuple(Address(ip, port) for port, ip in ENDPOINT.iter_unpack(raw))
    endpoints = _endpoints(reader)
    algorithm, public_key = _decode_key(reader, profile)
    signed = data[: len(data) - reader.remaining]
    signature = decode_signature(reader, algorithm)
    if reader.remaining:
        raise MalformedMessage("bytes behind the signature")
    cpa = Cpa(
        not_after=not_after,
        service_location=int.from_bytes(location, "little"),
        public_key=public_key,
        nonce=nonce,
        authority=authority,
        classifier_hash=classifier_hash,
        friendly_name=friendly_name,
        service_addresses=services,
        endpoints=endpoints,
        revoke=revoke,
        has_payload=bool(flags & _X),
    )
    if revoke and nonce != NO_NONCE:
        raise MalformedMessage("revoke CPA with a nonce")
    return SignedCpa(cpa, algorithm, signed, signature)


def _unpack_head(reader: Reader) -> tuple[int, int, int, int, int, int, int, bytes, bytes]:
    length, minor, major, pnrp_minor, pnrp_major, flags, not_after, location, nonce = _HEAD.unpack(
        reader.take(_HEAD.size)
    )
    return length, minor, major, pnrp_minor, pnrp_major, flags, not_after, location, nonce


def _friendly_name(reader: Reader, flags: int) -> str | None:
    if not flags & _F:
        return None  # a U flag without F breaks a MUST on the sender only, and changes nothing
    (size,) = reader.unpack(_U16)
    if not 1 <= size <= 2 * LONGEST_FRIENDLY_NAME:
        raise MalformedMessage(f"friendly name of {size} bytes")
    raw = reader.take(size)
    try:
        name = raw.decode("utf-8" if flags & _U else "utf-16-le")
    except UnicodeDecodeError as error:
        raise MalformedMessage("friendly name is not Unicode") from error
    if len(name.encode("utf-16-le")) // 2 > LONGEST_FRIENDLY_NAME:
        raise MalformedMessage("friendly name of more than 39 characters")
    return name


def _endpoints(reader: Reader) -> tuple[AppEndpoint, ...]:
    count, total = reader.unpack(_PAIR)
    if count == 0:
        if total != 4:
            raise MalformedMessage(f"Total Bytes {total} without payload")
        return ()
    kind, size = reader.unpack(_PAYLOAD)
    if count != 1 or total != 4 + _PAYLOAD.size + size:
        raise MalformedMessage(f"{count} payloads in {total} bytes")
    if kind != _IPV6_ENDPOINTS or size % 20 or not 20 <= size <= 20 * MOST_ENDPOINTS:
        raise MalformedMessage(f"payload of type {kind} with {size} bytes")
    raw = reader.take(size)
    return tuple(
        AppEndpoint(
            raw[start : start + 16],
            int.from_bytes(raw[start + 16 : start + 18], "big"),
            int.from_bytes(raw[start + 18 : start + 20], "little"),
        )
        for start in range(0, size, 20)
    )


# ---- Validation (3.1.5.7) --------------------------------------------------------------------------------------------


def validate_cpa(
    data: bytes,
    *,
    profile: Profile,
    verify: Verify,
    now: int,
    nonce: bytes = NO_NONCE,
    revoke: bool = False,
    pnrp_id: int | None = None,
    delegated: bool = False,
) -> Cpa:
    """The CPA, when all that 3.1.5.7 asks of it is true; else Refused, whose ``why`` says which check failed.

    ``now`` is UTC in FILETIME units, ``nonce`` that of our INQUIRE, ``pnrp_id`` the one in the route entry beside the
    CPA. ``delegated``: a certificate chain came with it and is validated elsewhere, so the key need not be the
    authority's own. Cheap checks come first; the signature is looked at last.
    """
    try:
        signed = decode_cpa(data, profile)
    except MalformedMessage as error:
        raise Refused(Refusal.SYNTAX, str(error)) from error
    cpa = signed.cpa
    if cpa.revoke != revoke:
        raise Refused(Refusal.SYNTAX, "revoke flag")
    if now > cpa.not_after:
        raise Refused(Refusal.EXPIRED)
    if cpa.nonce != nonce:
        raise Refused(Refusal.NONCE)
    if pnrp_id is not None and cpa.pnrp_id != pnrp_id:
        raise Refused(Refusal.PNRP_ID)
    owned = cpa.authority in (None, ids.NO_AUTHORITY, ids.authority_hash(cpa.public_key))
    if not owned and not delegated:
        raise Refused(Refusal.AUTHORITY)
    if not verify(signed.algorithm.name, cpa.public_key, signed.signature, signed.signed):
        raise Refused(Refusal.SIGNATURE)
    return cpa
