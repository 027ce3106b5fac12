"""The bytes of the eight messages of MC-DRT 2.2; their values are those of ``ring.message_values``.

``encode`` and ``decode`` are inverse to each other. In the stricter modes a message carries credentials; in
confidential mode its addresses, entries and proofs stand in a veil, which ``decode`` gives back unopened: the value
then lacks them.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from peerapi.address import Address
from peerapi.drt.border import SecurityMode
from peerapi.drt.fields import (
    NO_VEIL,
    ORDER,
    Credentials,
    Veil,
    Version,
    decode_endpoints,
    decode_route,
    encode_endpoints,
    encode_route,
    read_before,
    read_credentials,
    read_last,
    read_token,
)
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
    Request,
    Solicit,
)
from peerapi.ring.route_entry import RouteEntry
from peerapi.ring.wire import FieldId, MalformedMessage, Reader, id_array, id_bytes, pack, variable

LARGEST_MESSAGE = 8192
"Bytes of a message with credentials (reading D9)."

_HEADER = struct.Struct(">HHBBBBI")
_IDENTIFIER = 0x51
_FLAGS = struct.Struct(">HHH2x")  # FLAGS_FIELD with its padding
_SHORT_FLAGS = struct.Struct(">HHH")  # FLAGS_FIELD that ends an ACK
_REQUEST_FLAGS = struct.Struct(">HHI")  # FLAGS_FIELD of a REQUEST: 4 reserved bytes
_FLOOD_CONTROLS = struct.Struct(">HHHBx")
_LOOKUP_CONTROLS = struct.Struct(">HHHHBB2x")
_SPLIT_CONTROLS = struct.Struct(">HHHH")
_KEY = struct.Struct(">HH32s")

_NO_ACK = 0x0001  # FLOOD: D
_CPA, _PAYLOAD, _CHAIN = 0x0010, 0x0008, 0x0004  # INQUIRE: A, X, C
_NOT_FOUND = 0x0001  # ACK: N
_ACCEPT_FARTHER = 0x0002  # LOOKUP: A
_CRITERIA = {int(criteria): criteria for criteria in Criteria}


class Piece(NamedTuple):
    """A REQUEST that comes in several messages (2.2.2.3)."""

    message_id: int
    size: int
    offset: int
    fragment: bytes


class Received(NamedTuple):
    """What one datagram says."""

    message: Message | Piece
    credentials: Credentials | None = None
    "Unproved."
    veil: Veil = NO_VEIL


# ---- Encoding --------------------------------------------------------------------------------------------------------


def _header(kind: MessageType, message_id: int, version: Version) -> bytes:
    return pack(_HEADER, FieldId.PNRP_HEADER, _HEADER.size, _IDENTIFIER, *version, kind, message_id)


def _key(field: int, number: int) -> bytes:
    return _KEY.pack(field, _KEY.size, id_bytes(number, ORDER))


def encode(
    message: Message,
    version: Version,
    mode: SecurityMode,
    credentials: Credentials | None = None,
    veil: Veil = NO_VEIL,
) -> bytes:
    """One datagram. What the veil has is not written in the open."""
    match message:
        case Solicit():
            body = b"" if message.route is None else _route(message.route, version)
            return (
                _header(MessageType.SOLICIT, message.message_id, version)
                + body
                + wire.hashed_nonce(message.hashed_nonce)
            )
        case Advertise():
            return (
                _header(MessageType.ADVERTISE, message.message_id, version)
                + wire.acked(message.acked)
                + id_array(message.ids, ORDER)
                + wire.hashed_nonce(message.hashed_nonce)
            )
        case Request():
            return _encode_request(message, version, mode, credentials)
        case Flood():
            return _encode_flood(message, version, mode, veil)
        case Inquire():
            flags = (
                (_CPA if message.cpa else 0) | (_PAYLOAD if message.payload else 0) | (_CHAIN if message.chain else 0)
            )
            return b"".join(
                (
                    _header(MessageType.INQUIRE, message.message_id, version),
                    _FLAGS.pack(FieldId.FLAGS_FIELD, 6, flags),
                    _key(FieldId.VALIDATE_PNRP_ID, message.validate),
                    b"" if message.nonce is None else wire.nonce(message.nonce),
                    b"" if credentials is None else credentials.encode(),
                )
            )
        case Authority():
            check_piece(message.size, message.offset, len(message.fragment), ValueError)
            return b"".join(
                (
                    _header(MessageType.AUTHORITY, message.message_id, version),
                    wire.acked(message.acked),
                    _SPLIT_CONTROLS.pack(FieldId.SPLIT_CONTROLS, _SPLIT_CONTROLS.size, message.size, message.offset),
                    message.fragment,
                )
            )
        case Ack():
            data = _header(MessageType.ACK, message.message_id, version)
            data += wire.acked(message.acked)
            return data + (_SHORT_FLAGS.pack(FieldId.FLAGS_FIELD, 6, _NOT_FOUND) if message.not_found else b"")
        case Lookup():
            return _encode_lookup(message, version, mode, credentials, veil)


def _route(route: RouteEntry, version: Version) -> bytes:
    return variable(FieldId.ROUTING_ENTRY, encode_route(route, version))


def _encode_request(message: Request, version: Version, mode: SecurityMode, credentials: Credentials | None) -> bytes:
    rest = wire.nonce(message.nonce) + id_array(message.ids, ORDER)
    head = _header(MessageType.REQUEST, message.message_id, version)
    if mode is SecurityMode.RESOLVE:
        return head + rest
    if credentials is not None:
        rest += credentials.encode()
    if len(rest) > LARGEST_BUFFER:
        raise ValueError(f"REQUEST of {len(rest)} bytes")
    flags = _REQUEST_FLAGS.pack(FieldId.FLAGS_FIELD, 6, 0)
    return head + flags + _SPLIT_CONTROLS.pack(FieldId.SPLIT_CONTROLS, _SPLIT_CONTROLS.size, len(rest), 0) + rest


def _encode_flood(message: Flood, version: Version, mode: SecurityMode, veil: Veil) -> bytes:
    parts = [
        _header(MessageType.FLOOD, message.message_id, version),
        _FLOOD_CONTROLS.pack(FieldId.FLOOD_CONTROLS, 7, _NO_ACK if message.no_ack else 0, 0),
        _key(FieldId.VALIDATE_PNRP_ID, message.validate),
    ]
    if veil.fields:
        parts.append(veil.encode_token())
        order = (FieldId.ENCRYPTED_CPA, FieldId.ENCRYPTED_ROUTING_ENTRY)
        parts += [variable(field, veil.fields[field]) for field in order if field in veil.fields]
        flooded = veil.fields.get(FieldId.ENCRYPTED_ENDPOINT_ARRAY)
        if flooded is not None:
            parts.append(variable(FieldId.ENCRYPTED_ENDPOINT_ARRAY, flooded)[: 4 + len(flooded)])  # no padding
        return b"".join(parts)
    if message.revoke is not None:
        parts.append(variable(FieldId.REVOKE_CPA, message.revoke))
    if message.route is not None:
        parts.append(_route(message.route, version))
    if len(message.flooded) > MOST_ENDPOINTS:
        raise ValueError(f"{len(message.flooded)} endpoints")
    array = variable(FieldId.IPV6_ENDPOINT_ARRAY, encode_endpoints(message.flooded))
    parts.append(array[: 12 + 18 * len(message.flooded)])  # the last: no padding
    return b"".join(parts)


def _encode_lookup(
    message: Lookup, version: Version, mode: SecurityMode, credentials: Credentials | None, veil: Veil
) -> bytes:
    flags = _ACCEPT_FARTHER if message.accept_farther else 0
    parts = [
        _header(MessageType.LOOKUP, message.message_id, version),
        pack(_LOOKUP_CONTROLS, FieldId.LOOKUP_CONTROLS, 12, flags, message.precision, message.criteria, message.reason),
        _key(FieldId.TARGET_PNRP_ID, message.target),
        _key(FieldId.VALIDATE_PNRP_ID, message.validate),
    ]
    if veil.fields:
        parts.append(veil.encode_token())
        order = (FieldId.ENCRYPTED_ROUTING_ENTRY, FieldId.ENCRYPTED_ENDPOINT_ARRAY)
        parts += [variable(field, veil.fields[field]) for field in order if field in veil.fields]
    else:
        if not 1 <= len(message.path) <= MOST_ENDPOINTS:
            raise ValueError(f"{len(message.path)} endpoints")
        if message.route is not None:
            parts.append(_route(message.route, version))
        array = variable(FieldId.IPV6_ENDPOINT_ARRAY, encode_endpoints(message.path))
        parts.append(array if credentials is not None else array[: 12 + 18 * len(message.path)])
    if credentials is not None:
        parts.append(credentials.encode())
    return b"".join(parts)


# ---- Decoding --------------------------------------------------------------------------------------------------------


def decode(data: bytes, version: Version, mode: SecurityMode) -> Received:
    """What one datagram says, in the mode of the table. MalformedMessage, for another version too (reading D10)."""
    if len(data) < _HEADER.size:
        raise MalformedMessage(f"datagram of {len(data)} bytes")
    field, length, identifier, major, minor, kind, message_id = _HEADER.unpack_from(data)
    if field != FieldId.PNRP_HEADER or length != _HEADER.size or identifier != _IDENTIFIER:
        raise MalformedMessage("no DRT header")
    if (major, minor) != version:
        raise MalformedMessage(f"version {major}.{minor}")
    reader = Reader(data, _HEADER.size, ORDER)
    match kind:
        case MessageType.SOLICIT:
            route = None
            if reader.next_is(FieldId.ROUTING_ENTRY):
                route = decode_route(reader.variable(FieldId.ROUTING_ENTRY), version)
            received = Received(Solicit(message_id, reader.hashed_nonce(), route))
        case MessageType.ADVERTISE:
            acked = reader.acked()
            ids = reader.ids()
            received = Received(Advertise(message_id, acked, ids, reader.hashed_nonce()))
        case MessageType.REQUEST:
            return _decode_request(message_id, reader, mode)
        case MessageType.FLOOD:
            received = _decode_flood(message_id, reader, version, mode)
        case MessageType.INQUIRE:
            received = _decode_inquire(message_id, reader, mode)
        case MessageType.AUTHORITY:
            acked = reader.acked()
            size, offset = reader.fixed(_SPLIT_CONTROLS, FieldId.SPLIT_CONTROLS, _SPLIT_CONTROLS.size)
            fragment = reader.take(reader.remaining)
            check_piece(size, offset, len(fragment), MalformedMessage)
            return Received(Authority(message_id, acked, size, offset, fragment))
        case MessageType.ACK:
            acked = reader.acked()
            not_found = False
            if reader.next_is(FieldId.FLAGS_FIELD):
                (flags,) = reader.fixed(_SHORT_FLAGS, FieldId.FLAGS_FIELD, 6)
                not_found = bool(flags & _NOT_FOUND)
            received = Received(Ack(message_id, acked, not_found))
        case MessageType.LOOKUP:
            received = _decode_lookup(message_id, reader, version, mode)
        case _:
            raise MalformedMessage(f"message type {kind:#04x}")
    reader.end()
    return received


def _decode_request(message_id: int, reader: Reader, mode: SecurityMode) -> Received:
    if mode is SecurityMode.RESOLVE:
        nonce = reader.nonce()
        received = Received(Request(message_id, nonce, reader.ids()))
        reader.end()
        return received
    reader.fixed(_REQUEST_FLAGS, FieldId.FLAGS_FIELD, 6)
    size, offset = reader.fixed(_SPLIT_CONTROLS, FieldId.SPLIT_CONTROLS, _SPLIT_CONTROLS.size)
    rest = reader.take(reader.remaining)
    if offset == 0 and len(rest) >= size:
        return decode_request_rest(message_id, rest)
    if not 0 < size <= LARGEST_BUFFER or offset % FRAGMENT_SIZE or not rest or offset + len(rest) > size:
        raise MalformedMessage(f"REQUEST of size {size} at offset {offset} with {len(rest)} bytes")
    return Received(Piece(message_id, size, offset, rest))


def decode_request_rest(message_id: int, data: bytes) -> Received:
    """A REQUEST of the stricter modes from its nonce on, put together. MalformedMessage."""
    reader = Reader(data, 0, ORDER)
    nonce = reader.nonce()
    request = Request(message_id, nonce, reader.ids())
    reader.align()
    credentials = read_credentials(reader)
    reader.end()
    return Received(request, credentials)


def _decode_flood(message_id: int, reader: Reader, version: Version, mode: SecurityMode) -> Received:
    flags, _reserved = reader.fixed(_FLOOD_CONTROLS, FieldId.FLOOD_CONTROLS, 7)
    validate = reader.pnrp_id(FieldId.VALIDATE_PNRP_ID)
    no_ack = bool(flags & _NO_ACK)
    token = read_token(reader) if mode is SecurityMode.CONFIDENTIAL else None
    if token is not None:
        fields: dict[int, bytes] = {}
        for field in (FieldId.ENCRYPTED_CPA, FieldId.ENCRYPTED_ROUTING_ENTRY):
            if reader.next_is(field):
                fields[field] = reader.variable(field)
        if reader.remaining:
            fields[FieldId.ENCRYPTED_ENDPOINT_ARRAY] = read_last(reader, FieldId.ENCRYPTED_ENDPOINT_ARRAY)
        if not fields:
            raise MalformedMessage("a key token, and nothing that it opens")
        return Received(Flood(message_id, validate, no_ack=no_ack), None, Veil(token, fields))
    revoke = reader.variable(FieldId.REVOKE_CPA) if reader.next_is(FieldId.REVOKE_CPA) else None
    route = None
    if reader.next_is(FieldId.ROUTING_ENTRY):
        route = decode_route(reader.variable(FieldId.ROUTING_ENTRY), version)
    if mode is SecurityMode.CONFIDENTIAL and (route is not None or revoke is not None):
        raise MalformedMessage("a FLOOD in the open, in confidential mode")
    flooded: tuple[Address, ...] = ()
    if reader.remaining > 3:
        flooded = decode_endpoints(read_last(reader, FieldId.IPV6_ENDPOINT_ARRAY), 0, MOST_ENDPOINTS)
    return Received(Flood(message_id, validate, route, revoke, flooded, no_ack))


def _decode_inquire(message_id: int, reader: Reader, mode: SecurityMode) -> Received:
    (flags,) = reader.fixed(_FLAGS, FieldId.FLAGS_FIELD, 6)
    validate = reader.pnrp_id(FieldId.VALIDATE_PNRP_ID)
    nonce = reader.nonce() if reader.next_is(FieldId.NONCE) else None
    credentials = None if mode is SecurityMode.RESOLVE else read_credentials(reader)
    cpa, payload, chain = bool(flags & _CPA), bool(flags & _PAYLOAD), bool(flags & _CHAIN)
    return Received(Inquire(message_id, validate, cpa, payload, chain, nonce), credentials)


def _decode_lookup(message_id: int, reader: Reader, version: Version, mode: SecurityMode) -> Received:
    flags, precision, criteria, reason = reader.fixed(_LOOKUP_CONTROLS, FieldId.LOOKUP_CONTROLS, 12)
    if criteria not in _CRITERIA:
        raise MalformedMessage(f"ResolveCriteria {criteria}")
    target = reader.pnrp_id(FieldId.TARGET_PNRP_ID)
    validate = reader.pnrp_id(FieldId.VALIDATE_PNRP_ID)
    route, veil = None, NO_VEIL
    path: tuple[Address, ...] = ()
    if mode is SecurityMode.CONFIDENTIAL:
        token = read_token(reader) or b""
        fields: dict[int, bytes] = {}
        if reader.next_is(FieldId.ENCRYPTED_ROUTING_ENTRY):
            fields[FieldId.ENCRYPTED_ROUTING_ENTRY] = reader.variable(FieldId.ENCRYPTED_ROUTING_ENTRY)
        array = FieldId.ENCRYPTED_ENDPOINT_ARRAY
        fields[array] = read_before(reader, array, FieldId.CERT_CHAIN)
        veil = Veil(token, fields)
    else:
        if reader.next_is(FieldId.ROUTING_ENTRY):
            route = decode_route(reader.variable(FieldId.ROUTING_ENTRY), version)
        path = reader.endpoints(1, MOST_ENDPOINTS)
        reader.align()
    credentials = None if mode is SecurityMode.RESOLVE else read_credentials(reader)
    farther = bool(flags & _ACCEPT_FARTHER)
    message = Lookup(message_id, target, validate, path, _CRITERIA[criteria], reason, route, precision, farther)
    return Received(message, credentials, veil)


# ---- What a veil hides -----------------------------------------------------------------------------------------------


def hidden(message: Message, version: Version) -> dict[int, bytes]:
    """What of a message to encrypt in confidential mode, by the field it will stand in; nothing of a FLOOD of nothing
    (reading D14)."""
    fields: dict[int, bytes] = {}
    if isinstance(message, Flood) and (message.route is not None or message.revoke is not None):
        if message.revoke is not None:
            fields[FieldId.ENCRYPTED_CPA] = message.revoke
        if message.route is not None:
            fields[FieldId.ENCRYPTED_ROUTING_ENTRY] = encode_route(message.route, version)
        fields[FieldId.ENCRYPTED_ENDPOINT_ARRAY] = encode_endpoints(message.flooded)
    elif isinstance(message, Lookup):
        if message.route is not None:
            fields[FieldId.ENCRYPTED_ROUTING_ENTRY] = encode_route(message.route, version)
        fields[FieldId.ENCRYPTED_ENDPOINT_ARRAY] = encode_endpoints(message.path)
    return fields


def revealed(message: Message, fields: dict[int, bytes], version: Version) -> Message:
    """``message`` with what was hidden of it. MalformedMessage."""
    raw = fields.get(FieldId.ENCRYPTED_ROUTING_ENTRY)
    route = decode_route(raw, version) if raw is not None else None
    array = fields.get(FieldId.ENCRYPTED_ENDPOINT_ARRAY)
    if isinstance(message, Flood):
        flooded = decode_endpoints(array, 0, MOST_ENDPOINTS) if array is not None else ()
        return message._replace(route=route, revoke=fields.get(FieldId.ENCRYPTED_CPA), flooded=flooded)
    if isinstance(message, Lookup) and array is not None:
        return message._replace(route=route, path=decode_endpoints(array, 1, MOST_ENDPOINTS))
    raise MalformedMessage("nothing to reveal")


def signed_part(message: Message) -> bytes:
    """What the signature of a REQUEST, INQUIRE or LOOKUP is about: the list of keys, or the Validate Key."""
    if isinstance(message, Request):
        return b"".join(id_bytes(number, ORDER) for number in message.ids)
    assert isinstance(message, Inquire | Lookup)
    return id_bytes(message.validate, ORDER)
