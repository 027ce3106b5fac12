"""The bytes of the fourteen messages of MS-PPGRH 2.2.2; the values, from ``message_values``, are at hand here too.

``encode(message) -> bytes`` and ``decode(data) -> Message`` are inverse to each other. A message is one
PEER_MESSAGE without framing::

    | Message Size (4) | Version (1) | Message Type (1) | Reserved (2) | fixed fields | variable fields |

``decode`` makes every check of section 3.1.5 that concerns the message itself (sizes, offsets, counts, codes) and
raises ``MalformedMessage``, whereupon the connection is to be terminated; whether the message may come in the
present state is for the link to say. Reserved fields are written as 0 and not looked at. An offset has to point
behind the fixed fields whenever something lies there; the offset of an empty array may be anything that passes the
printed sums (reading A9).

``encode`` raises ``ValueError`` for what a field cannot hold: offsets and ACK counts have 2 bytes, address and
record type counts 1 byte.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from typing import Any

from peerapi.address import Address
from peerapi.graphing.framing import HEADER_SIZE, VERSION, frame
from peerapi.graphing.message_values import (
    Abstract,
    Ack,
    Advertise,
    AuthInfo,
    Connect,
    ConnectionType,
    Disconnect,
    DisconnectReason,
    Flood,
    HashBoundary,
    HashInfo,
    Message,
    MessageType,
    PointToPoint,
    Refuse,
    RefuseCode,
    Request,
    SolicitHash,
    SolicitNew,
    SolicitTime,
    SyncEnd,
    Welcome,
)
from peerapi.graphing.wire import IN6_SIZE, MalformedMessage, decode_in6, encode_in6, guid, number

__all__ = (
    "Abstract",
    "Ack",
    "Advertise",
    "AuthInfo",
    "Connect",
    "ConnectionType",
    "Disconnect",
    "DisconnectReason",
    "Flood",
    "HashBoundary",
    "HashInfo",
    "Message",
    "MessageType",
    "PointToPoint",
    "Refuse",
    "RefuseCode",
    "Request",
    "SolicitHash",
    "SolicitNew",
    "SolicitTime",
    "SyncEnd",
    "Welcome",
    "decode",
    "encode",
    "encode_acks",
    "encode_flood",
    "flood_record",
    "framed_flood",
    "message_type",
)

# ---- Layouts: the fixed part of each message, header included; x is a reserved byte ----------------------------------

_HEADER = struct.Struct(">IBB2x")
_AUTH_INFO = struct.Struct(">IBB2x BxHHH")  # Connection Type, offsets of graph, source, destination
_CONNECT = struct.Struct(">IBB2x BBHH2xQ")  # flags, Address Count, Address Offset, Friendly Name Offset, Source Node ID
_WELCOME = struct.Struct(">IBB2x QQBxHHH")  # Node ID, Peer Time, Address Count, offsets of addresses, peer ID, name
_REFERRAL = struct.Struct(">IBB2x BBH")  # REFUSE, DISCONNECT: code, Address Count, Address Offset
_SOLICIT_NEW = struct.Struct(">IBB2x BBH")  # Inclusion Count, Exclusion Count, Record Types Offset
_SOLICIT_TIME = struct.Struct(">IBB2x BBHQ")  # the same, Modification Time
_SOLICIT_HASH = struct.Struct(">IBB2x BBHIH2x")  # the same, Hash Count, Hash Entry Offset
_ADVERTISE = struct.Struct(">IBB2x IIH2xI")  # Boundary Count, Abstract Count, Boundary Offset, Abstracts Offset
_REQUEST = struct.Struct(">IBB2x II")  # Record Abstract Count, Record Abstracts Offset
_FRAMED_FLOOD = struct.Struct(">H IBB2x H2x")
_FLOOD = struct.Struct(">IBB2x H2x")  # Record Offset (Reserved2 is not looked at: reading A12)
_SYNC_END = struct.Struct(">IBB2x B3x")  # flags
_PT2PT = struct.Struct(">IBB2x H2x16s")  # Data Offset, Data Type
_ACK = struct.Struct(">IBB2x HH")  # ACKs Count, ACKs Offset

_HASH_INFO = struct.Struct(">16sQ16s")
_BOUNDARY = struct.Struct(">Q16sQ16sI")
_ABSTRACT = struct.Struct(">16sI")
_RECORD_ACK = struct.Struct(">16sI")

_UPDATE, _DIRECT, _NEIGHBOR_LIST = 0x08, 0x04, 0x01  # CONNECT flags: bits 4, 5 and 7 from the high end
_FINAL = 0x01  # SYNC_END
_USEFUL = 0x00000001  # Record ACK
_USEFUL_BYTES = _USEFUL.to_bytes(4, "big")
_NOT_USEFUL_BYTES = bytes(4)

_FLOOD_MINIMUM = 0x10  # 3.1.5.2.10; the fixed part alone is 12
_ACKS_IN_A_MESSAGE = 0xFFFF

# ---- What all messages share -----------------------------------------------------------------------------------------


def message_type(data: bytes) -> int:
    """The Message Type byte of a whole message, e.g. one from a ``Deframer``; not checked against ``MessageType``."""
    return data[5]


def decode(data: bytes) -> Message:
    """The message that ``data`` holds, from its first byte to its last (3.1.5.2)."""
    if len(data) < HEADER_SIZE:
        raise MalformedMessage(f"{len(data)} bytes are no message")
    size, version, kind = _HEADER.unpack_from(data)
    if size != len(data):
        raise MalformedMessage(f"Message Size {size} in a message of {len(data)} bytes")
    if version != VERSION:
        raise MalformedMessage(f"version {version:#04x}")
    decoder = _DECODERS.get(kind)
    if decoder is None:
        raise MalformedMessage(f"unknown message type {kind:#04x}")
    return decoder(data)


def encode(message: Message) -> bytes:
    """The bytes of ``message``, header included, not framed. ValueError: a value has no room in its field."""
    return _ENCODERS[type(message)](message)


def _assemble(layout: struct.Struct, kind: MessageType, fields: tuple[object, ...], *variable: bytes) -> bytes:
    tail = b"".join(variable)
    return number(layout, layout.size + len(tail), VERSION, kind, *fields) + tail


def _fixed(layout: struct.Struct, data: bytes) -> tuple[Any, ...]:
    """The fixed fields behind the header."""
    if len(data) < layout.size:
        raise MalformedMessage(f"{len(data)} bytes where the fixed fields need {layout.size}")
    return layout.unpack_from(data)[3:]


def _array(data: bytes, layout: struct.Struct, count: int, item: int, offset: int, limit: int, what: str) -> bytes:
    """``count`` items of ``item`` bytes at ``offset``, which have to end at or before ``limit``."""
    end = offset + count * item
    if end > limit:
        raise MalformedMessage(f"{what}: {count} at offset {offset} reach beyond {limit}")
    if count and offset < layout.size:
        raise MalformedMessage(f"{what}: offset {offset} lies inside the fixed fields")
    return data[offset:end] if count else b""


def _string(data: bytes, layout: struct.Struct, start: int, end: int, what: str) -> str:
    """The UTF-8 string at ``start``; its terminator must lie before ``end``."""
    if start < layout.size:
        raise MalformedMessage(f"{what}: offset {start} lies inside the fixed fields")
    stop = data.find(0, start, end)
    if stop < 0:
        raise MalformedMessage(f"{what}: no terminating zero")
    try:
        return data[start:stop].decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedMessage(f"{what}: not UTF-8") from error


def _terminated(text: str | None) -> bytes:
    """UTF-8 with a terminator, or nothing for an absent string."""
    if text is None:
        return b""
    if "\0" in text:
        raise ValueError("zero character inside a string")
    return text.encode("utf-8") + b"\0"


# ---- 2.2.2.1 AUTH_INFO -----------------------------------------------------------------------------------------------


def _encode_auth_info(message: AuthInfo) -> bytes:
    if not message.graph_id or not message.source_peer_id or message.destination_peer_id == "":
        raise ValueError("AUTH_INFO: empty graph or peer ID")
    graph = _terminated(message.graph_id)
    source = _terminated(message.source_peer_id)
    at_source = _AUTH_INFO.size + len(graph)
    at_destination = at_source + len(source)
    return _assemble(
        _AUTH_INFO,
        MessageType.AUTH_INFO,
        (ConnectionType(message.connection_type), _AUTH_INFO.size, at_source, at_destination),
        graph,
        source,
        _terminated(message.destination_peer_id),
    )


def _decode_auth_info(data: bytes) -> AuthInfo:
    kind, at_graph, at_source, at_destination = _fixed(_AUTH_INFO, data)
    if kind not in (ConnectionType.NEIGHBOR, ConnectionType.DIRECT):
        raise MalformedMessage(f"Connection Type {kind:#04x}")
    if not at_graph < at_source < at_destination <= len(data):
        raise MalformedMessage(f"AUTH_INFO offsets {at_graph}, {at_source}, {at_destination} in {len(data)} bytes")
    graph_id = _string(data, _AUTH_INFO, at_graph, at_source, "Graph ID")
    source = _string(data, _AUTH_INFO, at_source, at_destination, "Source Peer ID")
    destination = None
    if at_destination < len(data):
        destination = _string(data, _AUTH_INFO, at_destination, len(data), "Destination Peer ID")
    if not graph_id or not source or destination == "":
        raise MalformedMessage("AUTH_INFO with an empty graph or peer ID")
    return AuthInfo(ConnectionType(kind), graph_id, source, destination)


# ---- 2.2.2.2 CONNECT -------------------------------------------------------------------------------------------------


def _encode_connect(message: Connect) -> bytes:
    if message.update and not message.addresses:
        raise ValueError("CONNECT: an update without addresses")
    addresses = encode_in6(message.addresses)
    flags = _UPDATE * message.update | _DIRECT * message.direct | _NEIGHBOR_LIST * message.neighbor_list
    at_name = _CONNECT.size + len(addresses)
    return _assemble(
        _CONNECT,
        MessageType.CONNECT,
        (flags, len(message.addresses), _CONNECT.size, at_name, message.node_id),
        addresses,
        _terminated(message.friendly_name),
    )


def _decode_connect(data: bytes) -> Connect:
    flags, count, at_addresses, at_name, node_id = _fixed(_CONNECT, data)
    raw = _array(data, _CONNECT, count, IN6_SIZE, at_addresses, len(data), "CONNECT addresses")
    if not at_addresses + count * IN6_SIZE <= at_name <= len(data):
        raise MalformedMessage(f"Friendly Name Offset {at_name}")
    if flags & _UPDATE and not count:
        raise MalformedMessage("CONNECT: an update without addresses")
    name = _string(data, _CONNECT, at_name, len(data), "Friendly Name") if at_name < len(data) else None
    return Connect(
        node_id, decode_in6(raw), bool(flags & _UPDATE), bool(flags & _DIRECT), bool(flags & _NEIGHBOR_LIST), name
    )


# ---- 2.2.2.3 WELCOME -------------------------------------------------------------------------------------------------


def _encode_welcome(message: Welcome) -> bytes:
    addresses = encode_in6(message.addresses)
    peer_id = _terminated(message.peer_id)
    at_peer_id = _WELCOME.size + len(addresses)
    return _assemble(
        _WELCOME,
        MessageType.WELCOME,
        (
            message.node_id,
            message.peer_time,
            len(message.addresses),
            _WELCOME.size if addresses else 0,  # reading A9
            at_peer_id,
            at_peer_id + len(peer_id),
        ),
        addresses,
        peer_id,
        _terminated(message.friendly_name),
    )


def _decode_welcome(data: bytes) -> Welcome:
    node_id, peer_time, count, at_addresses, at_peer_id, at_name = _fixed(_WELCOME, data)
    raw = _array(data, _WELCOME, count, IN6_SIZE, at_addresses, len(data), "WELCOME addresses")
    if not at_addresses + count * IN6_SIZE <= at_peer_id < at_name <= len(data):
        raise MalformedMessage(f"WELCOME offsets {at_peer_id}, {at_name} in {len(data)} bytes")
    peer_id = _string(data, _WELCOME, at_peer_id, at_name, "Peer ID")
    name = _string(data, _WELCOME, at_name, len(data), "Friendly Name") if at_name < len(data) else None
    return Welcome(node_id, peer_time, decode_in6(raw), peer_id, name)


# ---- 2.2.2.4 REFUSE, 2.2.2.5 DISCONNECT ------------------------------------------------------------------------------


def _encode_refuse(message: Refuse) -> bytes:
    at_addresses = _REFERRAL.size if message.addresses else 0  # reading A9
    fields = (RefuseCode(message.code), len(message.addresses), at_addresses)
    return _assemble(_REFERRAL, MessageType.REFUSE, fields, encode_in6(message.addresses))


def _decode_refuse(data: bytes) -> Refuse:
    code, addresses = _referral(data)
    if not RefuseCode.BUSY <= code <= RefuseCode.DIRECT_CONNECTION_DISALLOWED:
        raise MalformedMessage(f"Error Code {code:#04x}")
    return Refuse(RefuseCode(code), addresses)


def _encode_disconnect(message: Disconnect) -> bytes:
    fields = (DisconnectReason(message.reason), len(message.addresses), _REFERRAL.size)  # 3.1.7.25
    return _assemble(_REFERRAL, MessageType.DISCONNECT, fields, encode_in6(message.addresses))


def _decode_disconnect(data: bytes) -> Disconnect:
    reason, addresses = _referral(data)
    if not DisconnectReason.LEAVING <= reason <= DisconnectReason.APP_DISCONNECT:
        raise MalformedMessage(f"Reason {reason:#04x}")
    return Disconnect(DisconnectReason(reason), addresses)


def _referral(data: bytes) -> tuple[int, tuple[Address, ...]]:
    code, count, offset = _fixed(_REFERRAL, data)
    return code, decode_in6(_array(data, _REFERRAL, count, IN6_SIZE, offset, len(data), "addresses"))


# ---- 2.2.2.6 SOLICIT_NEW, 2.2.2.7 SOLICIT_TIME, 2.2.2.8 SOLICIT_HASH -------------------------------------------------


def _types(message: SolicitNew | SolicitTime | SolicitHash) -> tuple[int, int, bytes]:
    """Inclusion Count, Exclusion Count and the one array both share."""
    if message.include and message.exclude:
        raise ValueError("record types both included and excluded")
    if len(message.include) > 1 and not isinstance(message, SolicitHash):
        raise ValueError("at most one record type may be included")
    array = b"".join([guid(kind, "record type") for kind in message.include or message.exclude])
    return len(message.include), len(message.exclude), array


def _split_types(
    data: bytes, layout: struct.Struct, included: int, excluded: int, offset: int, limit: int, most: int
) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    if (included and excluded) or included > most:
        raise MalformedMessage(f"{included} record types included, {excluded} excluded")
    array = _array(data, layout, included + excluded, 16, offset, limit, "Record Types")
    types = tuple([array[start : start + 16] for start in range(0, len(array), 16)])
    return (types, ()) if included else ((), types)


def _encode_solicit_new(message: SolicitNew) -> bytes:
    included, excluded, array = _types(message)
    return _assemble(_SOLICIT_NEW, MessageType.SOLICIT_NEW, (included, excluded, _SOLICIT_NEW.size), array)


def _decode_solicit_new(data: bytes) -> SolicitNew:
    included, excluded, offset = _fixed(_SOLICIT_NEW, data)
    return SolicitNew(*_split_types(data, _SOLICIT_NEW, included, excluded, offset, len(data), 1))


def _encode_solicit_time(message: SolicitTime) -> bytes:
    included, excluded, array = _types(message)
    fields = (included, excluded, _SOLICIT_TIME.size, message.modification_time)
    return _assemble(_SOLICIT_TIME, MessageType.SOLICIT_TIME, fields, array)


def _decode_solicit_time(data: bytes) -> SolicitTime:
    included, excluded, offset, time = _fixed(_SOLICIT_TIME, data)
    return SolicitTime(time, *_split_types(data, _SOLICIT_TIME, included, excluded, offset, len(data), 1))


def _encode_solicit_hash(message: SolicitHash) -> bytes:
    included, excluded, array = _types(message)
    fields = (included, excluded, _SOLICIT_HASH.size, len(message.entries), _SOLICIT_HASH.size + len(array))
    entries = [
        number(_HASH_INFO, guid(entry.hash, "hash"), entry.modification_time, guid(entry.record_id, "record ID"))
        for entry in message.entries
    ]
    return _assemble(_SOLICIT_HASH, MessageType.SOLICIT_HASH, fields, array, *entries)


def _decode_solicit_hash(data: bytes) -> SolicitHash:
    included, excluded, offset, hashes, at_hashes = _fixed(_SOLICIT_HASH, data)
    include, exclude = _split_types(data, _SOLICIT_HASH, included, excluded, offset, at_hashes, 0xFF)
    raw = _array(data, _SOLICIT_HASH, hashes, _HASH_INFO.size, at_hashes, len(data), "Hash Entry Array")  # reading A31
    return SolicitHash(include, exclude, tuple(map(HashInfo._make, _HASH_INFO.iter_unpack(raw))))


# ---- 2.2.2.9 ADVERTISE, 2.2.2.10 REQUEST -----------------------------------------------------------------------------


def _pack_abstracts(abstracts: tuple[Abstract, ...]) -> bytes:
    return b"".join([number(_ABSTRACT, guid(record_id, "record ID"), version) for record_id, version in abstracts])


def _encode_advertise(message: Advertise) -> bytes:
    boundaries = b"".join(
        [
            number(_BOUNDARY, low, guid(id_low, "record ID"), high, guid(id_high, "record ID"), count)
            for low, id_low, high, id_high, count in message.boundaries
        ]
    )
    at_abstracts = _ADVERTISE.size + len(boundaries)
    fields = (len(message.boundaries), len(message.abstracts), _ADVERTISE.size, at_abstracts)
    return _assemble(_ADVERTISE, MessageType.ADVERTISE, fields, boundaries, _pack_abstracts(message.abstracts))


def _decode_advertise(data: bytes) -> Advertise:
    boundaries, abstracts, at_boundaries, at_abstracts = _fixed(_ADVERTISE, data)
    ranges = _array(data, _ADVERTISE, boundaries, _BOUNDARY.size, at_boundaries, at_abstracts, "Hash Entry Boundaries")
    records = _array(data, _ADVERTISE, abstracts, _ABSTRACT.size, at_abstracts, len(data), "Record Abstracts")
    bounds = tuple(map(HashBoundary._make, _BOUNDARY.iter_unpack(ranges)))
    return Advertise(bounds, tuple(_ABSTRACT.iter_unpack(records)))


def _encode_request(message: Request) -> bytes:
    fields = (len(message.abstracts), _REQUEST.size)
    return _assemble(_REQUEST, MessageType.REQUEST, fields, _pack_abstracts(message.abstracts))


def _decode_request(data: bytes) -> Request:
    # 3.1.5.2.9 asks for 0x14 bytes, which an empty REQUEST does not have: reading A18.
    count, offset = _fixed(_REQUEST, data)
    raw = _array(data, _REQUEST, count, _ABSTRACT.size, offset, len(data), "Record Abstracts")
    return Request(tuple(_ABSTRACT.iter_unpack(raw)))


# ---- 2.2.2.11 FLOOD --------------------------------------------------------------------------------------------------


def encode_flood(record: bytes) -> bytes:
    """A FLOOD with ``record`` (PEER_RECORD bytes)."""
    size = _FLOOD.size + len(record)
    if size < _FLOOD_MINIMUM:
        raise ValueError("FLOOD without a record")
    return _FLOOD.pack(size, VERSION, MessageType.FLOOD, _FLOOD.size) + record


def framed_flood(record: bytes, frame_size: int) -> bytes:
    """``frame(encode_flood(record))``, in half the time for a record that fits into one frame."""
    size = _FLOOD.size + len(record)
    if size > frame_size or size < _FLOOD_MINIMUM:
        return frame(encode_flood(record), frame_size)
    return _FRAMED_FLOOD.pack(size, size, VERSION, MessageType.FLOOD, _FLOOD.size) + record


def flood_record(data: bytes) -> bytes:
    """The record in a raw FLOOD, after the checks of 3.1.5.2.10 on the message.

    ``data`` is a whole message from a ``Deframer`` (size and version are right) whose type is FLOOD.
    """
    if len(data) >= _FLOOD_MINIMUM:
        offset = data[8] << 8 | data[9]
        if _FLOOD.size <= offset <= len(data):
            return data[offset:]
    raise MalformedMessage(f"FLOOD of {len(data)} bytes without a record or with a Record Offset outside")


def _encode_flood(message: Flood) -> bytes:
    return encode_flood(message.record)


def _decode_flood(data: bytes) -> Flood:
    return Flood(flood_record(data))


# ---- 2.2.2.12 SYNC_END -----------------------------------------------------------------------------------------------


def _encode_sync_end(message: SyncEnd) -> bytes:
    return _assemble(_SYNC_END, MessageType.SYNC_END, (_FINAL * message.final,))


def _decode_sync_end(data: bytes) -> SyncEnd:
    (flags,) = _fixed(_SYNC_END, data)
    return SyncEnd(bool(flags & _FINAL))


# ---- 2.2.2.13 PT2PT --------------------------------------------------------------------------------------------------


def _encode_point_to_point(message: PointToPoint) -> bytes:
    fields = (_PT2PT.size, guid(message.data_type, "data type"))
    return _assemble(_PT2PT, MessageType.PT2PT, fields, message.payload)


def _decode_point_to_point(data: bytes) -> PointToPoint:
    # 3.1.5.2.13 is content with 0x10 bytes, which would end inside Data Type.
    offset, data_type = _fixed(_PT2PT, data)
    room = len(data) - _PT2PT.size
    if offset > len(data) or (room and offset < _PT2PT.size):
        raise MalformedMessage(f"Data Offset {offset} in {len(data)} bytes")
    return PointToPoint(data_type, data[offset:] if room else b"")


# ---- 2.2.2.14 ACK ----------------------------------------------------------------------------------------------------


def encode_acks(acks: Sequence[tuple[bytes, bool]]) -> list[bytes]:
    """ACK messages for ``acks`` (record ID, useful), as few as hold them: ACKs Count has 2 bytes. None for none."""
    return [
        _encode_acks(acks[start : start + _ACKS_IN_A_MESSAGE] if len(acks) > _ACKS_IN_A_MESSAGE else acks)
        for start in range(0, len(acks), _ACKS_IN_A_MESSAGE)
    ]


def _encode_acks(acks: Sequence[tuple[bytes, bool]]) -> bytes:
    array = b"".join([record_id + (_USEFUL_BYTES if useful else _NOT_USEFUL_BYTES) for record_id, useful in acks])
    if len(array) != _RECORD_ACK.size * len(acks):
        raise ValueError("record IDs have 16 bytes")
    return _assemble(_ACK, MessageType.ACK, (len(acks), _ACK.size), array)


def _encode_ack(message: Ack) -> bytes:
    return _encode_acks(message.acks)


def _decode_ack(data: bytes) -> Ack:
    count, offset = _fixed(_ACK, data)
    raw = _array(data, _ACK, count, _RECORD_ACK.size, offset, len(data), "Record ACKs")
    return Ack(tuple([(record_id, bool(flags & _USEFUL)) for record_id, flags in _RECORD_ACK.iter_unpack(raw)]))


# ---- All of them -----------------------------------------------------------------------------------------------------

_TABLE: tuple[tuple[MessageType, type, Callable[[Any], bytes], Callable[[bytes], Message]], ...] = (
    (MessageType.AUTH_INFO, AuthInfo, _encode_auth_info, _decode_auth_info),
    (MessageType.CONNECT, Connect, _encode_connect, _decode_connect),
    (MessageType.WELCOME, Welcome, _encode_welcome, _decode_welcome),
    (MessageType.REFUSE, Refuse, _encode_refuse, _decode_refuse),
    (MessageType.DISCONNECT, Disconnect, _encode_disconnect, _decode_disconnect),
    (MessageType.SOLICIT_NEW, SolicitNew, _encode_solicit_new, _decode_solicit_new),
    (MessageType.SOLICIT_TIME, SolicitTime, _encode_solicit_time, _decode_solicit_time),
    (MessageType.SOLICIT_HASH, SolicitHash, _encode_solicit_hash, _decode_solicit_hash),
    (MessageType.ADVERTISE, Advertise, _encode_advertise, _decode_advertise),
    (MessageType.REQUEST, Request, _encode_request, _decode_request),
    (MessageType.FLOOD, Flood, _encode_flood, _decode_flood),
    (MessageType.SYNC_END, SyncEnd, _encode_sync_end, _decode_sync_end),
    (MessageType.PT2PT, PointToPoint, _encode_point_to_point, _decode_point_to_point),
    (MessageType.ACK, Ack, _encode_ack, _decode_ack),
)

_DECODERS = {int(kind): decoder for kind, _value, _encoder, decoder in _TABLE}
_ENCODERS = {value: encoder for _kind, value, encoder, _decoder in _TABLE}
