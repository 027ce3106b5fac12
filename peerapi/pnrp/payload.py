"""EXTENDED_PAYLOAD (MS-PNRP 2.2.3.3, 3.1.5.8, 3.2.5.8): what an application publishes beside its endpoints, signed."""

from __future__ import annotations

import struct
from typing import NamedTuple

from peerapi.pnrp.algorithms import Algorithm, Profile, Signer, Verify
from peerapi.pnrp.cpa import decode_signature, encode_signature, signature_size
from peerapi.ring.refusal import Refusal, Refused
from peerapi.ring.wire import MalformedMessage, Reader, pack, sized

LARGEST_PAYLOAD = 4096
_STRING = 0x80000002
_BINARY = 0x80000003
_UTF16, _UTF8 = 0x0000, 0x0001
_HEAD = struct.Struct("<HBBHHQ32s16sHHIH")
"Length, versions, Reserved, Signature Offset, Not After, PNRP ID, Nonce, count, Total Bytes, type, Payload Length."
_NONCE_END = 64
_U16 = struct.Struct("<H")


class ExtendedPayload(NamedTuple):
    """``content`` is a string or bytes; a string travels as UTF-16."""

    not_after: int
    pnrp_id: int
    nonce: bytes
    content: bytes | str


def encode_payload(payload: ExtendedPayload, signer: Signer, profile: Profile) -> bytes:
    """Sign and encode. ValueError: empty, or larger than 4096 bytes."""
    algorithm = profile.of_key(signer.public_key_der)
    if isinstance(payload.content, str):
        kind, content = _STRING, pack(_U16, _UTF16) + payload.content.encode("utf-16-le") + b"\0\0"
        low, high = 6, LARGEST_PAYLOAD + 2
    else:
        kind, content = _BINARY, payload.content
        low, high = 1, LARGEST_PAYLOAD
    if not low <= len(content) <= high or (isinstance(payload.content, str) and "\0" in payload.content):
        raise ValueError(f"extended payload of {len(content)} bytes")
    offset = _HEAD.size + len(content)
    data = (
        pack(
            _HEAD,
            offset + signature_size(algorithm),
            0,
            2,
            0,
            offset,
            payload.not_after,
            payload.pnrp_id.to_bytes(32, "little"),
            sized(payload.nonce, 16, "nonce"),
            1,
            10 + len(content),
            kind,
            len(content),
        )
        + content
    )
    return data + encode_signature(algorithm, signer.sign(data))


def decode_payload(data: bytes, algorithm: Algorithm) -> tuple[ExtendedPayload, bytes, bytes]:
    """The payload, the bytes that are signed, and the signature, which is not verified."""
    reader = Reader(data)
    head = _HEAD.unpack(reader.take(_HEAD.size))
    length, minor, major, _reserved, offset, not_after, raw_id, nonce, count, total, kind, size = head
    if length != len(data) or (minor, major) != (0, 2) or count != 1:
        raise MalformedMessage(f"extended payload of {length} bytes, version {major}.{minor}, {count} parts")
    if total != 10 + size or offset != _NONCE_END + total:
        raise MalformedMessage(f"extended payload lengths {size}, {total}, {offset}")
    raw = reader.take(size)
    if kind == _BINARY and 1 <= size <= LARGEST_PAYLOAD:
        content: bytes | str = raw
    elif kind == _STRING and 6 <= size <= LARGEST_PAYLOAD + 2:
        content = _text(raw)
    else:
        raise MalformedMessage(f"extended payload of type {kind:#x} with {size} bytes")
    signature = decode_signature(reader, algorithm)
    if reader.remaining:
        raise MalformedMessage("bytes behind the signature")
    return ExtendedPayload(not_after, int.from_bytes(raw_id, "little"), nonce, content), data[:offset], signature


def _text(raw: bytes) -> str:
    encoding = int.from_bytes(raw[:2], "little")
    try:
        if encoding == _UTF16:
            text = raw[2:].decode("utf-16-le")
        elif encoding == _UTF8:
            text = raw[2:].decode("utf-8")
        else:
            raise MalformedMessage(f"String Type {encoding}")
    except UnicodeDecodeError as error:
        raise MalformedMessage("extended payload is not Unicode") from error
    if not text.endswith("\0") or "\0" in text[:-1]:
        raise MalformedMessage("extended payload string is not terminated once")
    return text[:-1]


def validate_payload(
    data: bytes, *, public_key: bytes, profile: Profile, verify: Verify, now: int, nonce: bytes, pnrp_id: int
) -> bytes | str:
    """The content, when all of 3.1.5.8 is true for the CPA's ``public_key``; else Refused."""
    try:
        algorithm = profile.of_key(public_key)
        payload, signed, signature = decode_payload(data, algorithm)
    except (MalformedMessage, ValueError) as error:
        raise Refused(Refusal.SYNTAX, str(error)) from error
    if now > payload.not_after:
        raise Refused(Refusal.EXPIRED)
    if payload.pnrp_id != pnrp_id:
        raise Refused(Refusal.PNRP_ID)
    if payload.nonce != nonce:
        raise Refused(Refusal.NONCE)
    if not verify(algorithm.name, public_key, signature, signed):
        raise Refused(Refusal.SIGNATURE)
    return payload.content
