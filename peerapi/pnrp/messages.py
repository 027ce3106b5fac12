"""The bytes of the eight messages of MS-PNRP 2.2; the values, from ``message_values``, are at hand here too.

``encode(message) -> bytes`` and ``decode(data) -> Message`` are inverse to each other; a message is one UDP datagram::

    | 0x0010 | 0x000C | 0x51 | 4 | 0 | MessageType | Message ID (4) | elements ...

``decode`` raises ``MalformedMessage`` for whatever breaks a MUST of section 2; reserved bits and padding are not
looked at. Padding to a 4-byte boundary behind the last element is understood though never written (reading N4).
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

from peerapi.ring import wire
from peerapi.ring.authority import FRAGMENT_SIZE, LARGEST_BUFFER, check_piece
from peerapi.ring.message_values import (
    MOST_ENDPOINTS,
    Ack,
    Advertise,
    Authority,
    Criteria,
    Flood,
    Inquire,
    Lookup,
    Message,
    MessageType,
    Reason,
    Request,
    Solicit,
    SolicitType,
)
from peerapi.ring.route_entry import RouteEntry
from peerapi.ring.wire import (
    FieldId,
    MalformedMessage,
    Reader,
    endpoint_array,
    id_array,
    id_bytes,
    pack,
    variable,
)

__all__ = (
    "FRAGMENT_SIZE",
    "LARGEST_BUFFER",
    "LARGEST_MESSAGE",
    "MOST_ENDPOINTS",
    "Ack",
    "Advertise",
    "Authority",
    "Criteria",
    "Flood",
    "Inquire",
    "Lookup",
    "Message",
    "MessageType",
    "Reason",
    "Request",
    "Solicit",
    "SolicitType",
    "decode",
    "encode",
)

LARGEST_MESSAGE = 0xFFFF

VERSION = (4, 0)

_HEADER = struct.Struct(">HHBBBBI")
_HEADER_SIZE = _HEADER.size
_IDENTIFIER = 0x51
_FLAGS = struct.Struct(">HHH2x")  # FLAGS_FIELD with its padding
_SHORT_FLAGS = struct.Struct(">HHH")  # FLAGS_FIELD that ends an ACK
_SOLICIT_CONTROLS = struct.Struct(">HHxB2x")
_FLOOD_CONTROLS = struct.Struct(">HHHBx")
_LOOKUP_CONTROLS = struct.Struct(">HHHHBB2x")
_SPLIT_CONTROLS = struct.Struct(">HHHH")
_PNRP_ID = struct.Struct(">HH32s")

_NO_ACK = 0x0001  # FLOOD: D
_CPA, _PAYLOAD, _CHAIN = 0x0010, 0x0008, 0x0004  # INQUIRE: A, X, C
_NOT_FOUND = 0x0001  # ACK: N
_ACCEPT_FARTHER = 0x0002  # LOOKUP: A

# ---- What all messages share -----------------------------------------------------------------------------------------


def _header(kind: MessageType, message_id: int) -> bytes:
    return pack(_HEADER, FieldId.PNRP_HEADER, _HEADER_SIZE, _IDENTIFIER, *VERSION, kind, message_id)


def _pnrp_id(field: int, number: int) -> bytes:
    return _PNRP_ID.pack(field, _PNRP_ID.size, id_bytes(number))


def _route(reader: Reader) -> RouteEntry | None:
    return (
        RouteEntry.decode(reader.variable(FieldId.ROUTING_ENTRY), VERSION, "big")
        if reader.next_is(FieldId.ROUTING_ENTRY)
        else None
    )


# ---- SOLICIT, ADVERTISE, REQUEST -------------------------------------------------------------------------------------


def _encode_solicit(message: Solicit) -> bytes:
    parts = [_header(MessageType.SOLICIT, message.message_id)]
    if message.kind is not None:
        parts.append(_SOLICIT_CONTROLS.pack(FieldId.SOLICIT_CONTROLS, 6, message.kind))
    if message.route is not None:
        parts.append(variable(FieldId.ROUTING_ENTRY, message.route.encode(VERSION, "big")))
    parts.append(wire.hashed_nonce(message.hashed_nonce))
    return b"".join(parts)


def _decode_solicit(message_id: int, reader: Reader) -> Solicit:
    kind = None
    if reader.next_is(FieldId.SOLICIT_CONTROLS):
        (value,) = reader.fixed(_SOLICIT_CONTROLS, FieldId.SOLICIT_CONTROLS, 6)
        if value > SolicitType.LOCAL:
            raise MalformedMessage(f"SolicitType {value}")
        kind = SolicitType(value)
    route = _route(reader)
    return Solicit(message_id, reader.hashed_nonce(), route, kind)


def _encode_advertise(message: Advertise) -> bytes:
    return b"".join(
        (
            _header(MessageType.ADVERTISE, message.message_id),
            wire.acked(message.acked),
            id_array(message.ids),
            wire.hashed_nonce(message.hashed_nonce),
        )
    )


def _decode_advertise(message_id: int, reader: Reader) -> Advertise:
    acked = reader.acked()
    ids = reader.ids()
    return Advertise(message_id, acked, ids, reader.hashed_nonce())


def _encode_request(message: Request) -> bytes:
    nonce = wire.nonce(message.nonce)
    return _header(MessageType.REQUEST, message.message_id) + nonce + id_array(message.ids)


def _decode_request(message_id: int, reader: Reader) -> Request:
    nonce = reader.nonce()
    return Request(message_id, nonce, reader.ids())


# ---- FLOOD, INQUIRE, AUTHORITY, ACK ----------------------------------------------------------------------------------


def _encode_flood(message: Flood) -> bytes:
    flags = _NO_ACK if message.no_ack else 0
    parts = [
        _header(MessageType.FLOOD, message.message_id),
        _FLOOD_CONTROLS.pack(FieldId.FLOOD_CONTROLS, 7, flags, 0),
        _pnrp_id(FieldId.VALIDATE_PNRP_ID, message.validate),
    ]
    if message.revoke is not None:
        parts.append(variable(FieldId.REVOKE_CPA, message.revoke))
    if message.route is not None:
        parts.append(variable(FieldId.ROUTING_ENTRY, message.route.encode(VERSION, "big")))
    parts.append(endpoint_array(message.flooded, 0, MOST_ENDPOINTS))
    return b"".join(parts)


def _decode_flood(message_id: int, reader: Reader) -> Flood:
    flags, _reserved = reader.fixed(_FLOOD_CONTROLS, FieldId.FLOOD_CONTROLS, 7)
    validate = reader.pnrp_id(FieldId.VALIDATE_PNRP_ID)
    revoke = reader.variable(FieldId.REVOKE_CPA) if reader.next_is(FieldId.REVOKE_CPA) else None
    route = _route(reader)
    return Flood(message_id, validate, route, revoke, reader.endpoints(0, MOST_ENDPOINTS), bool(flags & _NO_ACK))


def _encode_inquire(message: Inquire) -> bytes:
    flags = (_CPA if message.cpa else 0) | (_PAYLOAD if message.payload else 0) | (_CHAIN if message.chain else 0)
    data = (
        _header(MessageType.INQUIRE, message.message_id)
        + _FLAGS.pack(FieldId.FLAGS_FIELD, 6, flags)
        + _pnrp_id(FieldId.VALIDATE_PNRP_ID, message.validate)
    )
    if message.nonce is not None:
        data += wire.nonce(message.nonce)
    return data


def _decode_inquire(message_id: int, reader: Reader) -> Inquire:
    (flags,) = reader.fixed(_FLAGS, FieldId.FLAGS_FIELD, 6)
    validate = reader.pnrp_id(FieldId.VALIDATE_PNRP_ID)
    nonce = None
    if reader.next_is(FieldId.NONCE):
        nonce = reader.nonce()
    return Inquire(message_id, validate, bool(flags & _CPA), bool(flags & _PAYLOAD), bool(flags & _CHAIN), nonce)


def _encode_authority(message: Authority) -> bytes:
    check_piece(message.size, message.offset, len(message.fragment), ValueError)
    return b"".join(
        (
            _header(MessageType.AUTHORITY, message.message_id),
            wire.acked(message.acked),
            _SPLIT_CONTROLS.pack(FieldId.SPLIT_CONTROLS, _SPLIT_CONTROLS.size, message.size, message.offset),
            message.fragment,
        )
    )


def _decode_authority(message_id: int, reader: Reader) -> Authority:
    acked = reader.acked()
    size, offset = reader.fixed(_SPLIT_CONTROLS, FieldId.SPLIT_CONTROLS, _SPLIT_CONTROLS.size)
    fragment = reader.take(reader.remaining)
    check_piece(size, offset, len(fragment), MalformedMessage)
    return Authority(message_id, acked, size, offset, fragment)


def _encode_ack(message: Ack) -> bytes:
    data = _header(MessageType.ACK, message.message_id) + wire.acked(message.acked)
    if message.not_found:
        data += _SHORT_FLAGS.pack(FieldId.FLAGS_FIELD, 6, _NOT_FOUND)
    return data


def _decode_ack(message_id: int, reader: Reader) -> Ack:
    acked = reader.acked()
    not_found = False
    if reader.next_is(FieldId.FLAGS_FIELD):
        (flags,) = reader.fixed(_SHORT_FLAGS, FieldId.FLAGS_FIELD, 6)
        not_found = bool(flags & _NOT_FOUND)
    return Ack(message_id, acked, not_found)


# ---- LOOKUP ----------------------------------------------------------------------------------------------------------


def _encode_lookup(message: Lookup) -> bytes:
    flags = _ACCEPT_FARTHER if message.accept_farther else 0
    controls = pack(
        _LOOKUP_CONTROLS, FieldId.LOOKUP_CONTROLS, 12, flags, message.precision, message.criteria, message.reason
    )
    parts = [
        _header(MessageType.LOOKUP, message.message_id),
        controls,
        _pnrp_id(FieldId.TARGET_PNRP_ID, message.target),
        _pnrp_id(FieldId.VALIDATE_PNRP_ID, message.validate),
    ]
    if message.route is not None:
        parts.append(variable(FieldId.ROUTING_ENTRY, message.route.encode(VERSION, "big")))
    parts.append(endpoint_array(message.path, 1, MOST_ENDPOINTS))
    return b"".join(parts)


def _decode_lookup(message_id: int, reader: Reader) -> Lookup:
    flags, precision, criteria, reason = reader.fixed(_LOOKUP_CONTROLS, FieldId.LOOKUP_CONTROLS, 12)
    if criteria not in _CRITERIA:
        raise MalformedMessage(f"ResolveCriteria {criteria}")
    target = reader.pnrp_id(FieldId.TARGET_PNRP_ID)
    validate = reader.pnrp_id(FieldId.VALIDATE_PNRP_ID)
    route = _route(reader)
    path = reader.endpoints(1, MOST_ENDPOINTS)
    accept_farther = bool(flags & _ACCEPT_FARTHER)
    return Lookup(message_id, target, validate, path, _CRITERIA[criteria], reason, route, precision, accept_farther)


_CRITERIA = {int(criteria): criteria for criteria in Criteria}

# ---- Both directions -------------------------------------------------------------------------------------------------

_ENCODERS: dict[type[Any], Callable[[Any], bytes]] = {
    Solicit: _encode_solicit,
    Advertise: _encode_advertise,
    Request: _encode_request,
    Flood: _encode_flood,
    Inquire: _encode_inquire,
    Authority: _encode_authority,
    Ack: _encode_ack,
    Lookup: _encode_lookup,
}
_DECODERS: dict[int, Callable[[int, Reader], Message]] = {
    MessageType.SOLICIT: _decode_solicit,
    MessageType.ADVERTISE: _decode_advertise,
    MessageType.REQUEST: _decode_request,
    MessageType.FLOOD: _decode_flood,
    MessageType.INQUIRE: _decode_inquire,
    MessageType.AUTHORITY: _decode_authority,
    MessageType.ACK: _decode_ack,
    MessageType.LOOKUP: _decode_lookup,
}


def encode(message: Message) -> bytes:
    """One datagram."""
    return _ENCODERS[type(message)](message)


def decode(data: bytes) -> Message:
    """The message of one datagram."""
    if len(data) < _HEADER_SIZE:
        raise MalformedMessage(f"datagram of {len(data)} bytes")
    field, length, identifier, major, minor, kind, message_id = _HEADER.unpack_from(data)
    if field != FieldId.PNRP_HEADER or length != _HEADER_SIZE or identifier != _IDENTIFIER:
        raise MalformedMessage("no PNRP header")
    if (major, minor) != VERSION:
        raise MalformedMessage(f"version {major}.{minor}")
    decoder = _DECODERS.get(kind)
    if decoder is None:
        raise MalformedMessage(f"message type {kind:#04x}")
    reader = Reader(data, _HEADER_SIZE)
    message = decoder(message_id, reader)
    reader.end()
    return message
