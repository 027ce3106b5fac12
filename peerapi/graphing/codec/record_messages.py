"""The bytes of the messages that carry records and synchronize databases (MS-PPGRH 2.2.2.6 to 2.2.2.12, 2.2.2.14). What
all of them keep to stands in ``messages``.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from peerapi.graphing.codec import _messages
from peerapi.graphing.codec._messages import flood_record as flood_record
from peerapi.graphing.codec.framing import VERSION
from peerapi.graphing.codec.message_parts import array, assemble, fixed, view
from peerapi.graphing.codec.message_values import (
    Abstract,
    Ack,
    Advertise,
    Flood,
    HashBoundary,
    HashInfo,
    MessageType,
    Request,
    SolicitHash,
    SolicitNew,
    SolicitTime,
    SyncEnd,
)
from peerapi.graphing.codec.wire import MalformedMessage, guid, number

if TYPE_CHECKING:
    from peerapi.graphing.codec._messages import Acks
    from peerapi.graphing.codec.message_parts import Buffer

# The fixed part of each message, header included; x is a reserved byte.
_SOLICIT_NEW = struct.Struct(">IBB2x BBH")  # Inclusion Count, Exclusion Count, Record Types Offset
_SOLICIT_TIME = struct.Struct(">IBB2x BBHQ")  # the same, Modification Time
_SOLICIT_HASH = struct.Struct(">IBB2x BBHIH2x")  # the same, Hash Count, Hash Entry Offset
_ADVERTISE = struct.Struct(">IBB2x IIH2xI")  # Boundary Count, Abstract Count, Boundary Offset, Abstracts Offset
_REQUEST = struct.Struct(">IBB2x II")  # Record Abstract Count, Record Abstracts Offset
_FLOOD = struct.Struct(">IBB2x H2x")  # Record Offset (Reserved2 is not looked at: reading A12)
_SYNC_END = struct.Struct(">IBB2x B3x")  # flags
_ACK = struct.Struct(">IBB2x HH")  # ACKs Count, ACKs Offset

_HASH_INFO = struct.Struct(">16sQ16s")
_BOUNDARY = struct.Struct(">Q16sQ16sI")
_ABSTRACT = struct.Struct(">16sI")
_RECORD_ACK = struct.Struct(">16sI")

_FINAL = 0x01  # SYNC_END
_USEFUL = 0x00000001  # Record ACK

_FLOOD_MINIMUM = 0x10  # 3.1.5.2.10; the fixed part alone is 12
_ACKS_IN_A_MESSAGE = 0xFFFF

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
    raw = array(data, layout, included + excluded, 16, offset, limit, "Record Types")
    types = tuple([raw[start : start + 16] for start in range(0, len(raw), 16)])
    return (types, ()) if included else ((), types)


def encode_solicit_new(message: SolicitNew) -> bytes:
    included, excluded, array = _types(message)
    return assemble(_SOLICIT_NEW, MessageType.SOLICIT_NEW, (included, excluded, _SOLICIT_NEW.size), array)


def decode_solicit_new(data: bytes) -> SolicitNew:
    included, excluded, offset = fixed(_SOLICIT_NEW, data)
    return SolicitNew(*_split_types(data, _SOLICIT_NEW, included, excluded, offset, len(data), 1))


def encode_solicit_time(message: SolicitTime) -> bytes:
    included, excluded, array = _types(message)
    fields = (included, excluded, _SOLICIT_TIME.size, message.modification_time)
    return assemble(_SOLICIT_TIME, MessageType.SOLICIT_TIME, fields, array)


def decode_solicit_time(data: bytes) -> SolicitTime:
    included, excluded, offset, time = fixed(_SOLICIT_TIME, data)
    return SolicitTime(time, *_split_types(data, _SOLICIT_TIME, included, excluded, offset, len(data), 1))


def encode_solicit_hash(message: SolicitHash) -> bytes:
    entries = [
        number(_HASH_INFO, guid(entry.hash, "hash"), entry.modification_time, guid(entry.record_id, "record ID"))
        for entry in message.entries
    ]
    included, excluded, types = _types(message)
    return solicit_hash_message(b"".join(entries), included, excluded, types)


def solicit_hash_message(entries: Buffer, included: int = 0, excluded: int = 0, types: bytes = b"") -> bytes:
    """A SOLICIT_HASH from HASH_INFOs as they travel."""
    count = len(entries) // _HASH_INFO.size
    fields = (included, excluded, _SOLICIT_HASH.size, count, _SOLICIT_HASH.size + len(types))
    return assemble(_SOLICIT_HASH, MessageType.SOLICIT_HASH, fields, types, entries)


def decode_solicit_hash(data: bytes) -> SolicitHash:
    include, exclude, raw = solicit_hash_parts(data)
    return SolicitHash(include, exclude, tuple(map(HashInfo._make, _HASH_INFO.iter_unpack(raw))))


def solicit_hash_parts(data: bytes) -> tuple[tuple[bytes, ...], tuple[bytes, ...], memoryview]:
    """Types included, types excluded, and the HASH_INFOs, which may be many and are left as they came."""
    included, excluded, offset, hashes, at_hashes = fixed(_SOLICIT_HASH, data)
    include, exclude = _split_types(data, _SOLICIT_HASH, included, excluded, offset, at_hashes, 0xFF)
    where = view(data, _SOLICIT_HASH, hashes, _HASH_INFO.size, at_hashes, len(data), "Hash Entry Array")  # reading A31
    return include, exclude, where


# ---- 2.2.2.9 ADVERTISE, 2.2.2.10 REQUEST -----------------------------------------------------------------------------


def _pack_abstracts(abstracts: tuple[Abstract, ...]) -> bytes:
    return b"".join([number(_ABSTRACT, guid(record_id, "record ID"), version) for record_id, version in abstracts])


def encode_advertise(message: Advertise) -> bytes:
    boundaries = b"".join(
        [
            number(_BOUNDARY, low, guid(id_low, "record ID"), high, guid(id_high, "record ID"), count)
            for low, id_low, high, id_high, count in message.boundaries
        ]
    )
    return advertise_message(boundaries, _pack_abstracts(message.abstracts))


def advertise_message(boundaries: Buffer, abstracts: Buffer) -> bytes:
    """An ADVERTISE from HASH_ENTRY_BOUNDARYs and RECORD_ABSTRACTs as they travel."""
    counts = (len(boundaries) // _BOUNDARY.size, len(abstracts) // _ABSTRACT.size)
    fields = (*counts, _ADVERTISE.size, _ADVERTISE.size + len(boundaries))
    return assemble(_ADVERTISE, MessageType.ADVERTISE, fields, boundaries, abstracts)


def decode_advertise(data: bytes) -> Advertise:
    ranges, records = advertise_parts(data)
    bounds = tuple(map(HashBoundary._make, _BOUNDARY.iter_unpack(ranges)))
    return Advertise(bounds, tuple(_ABSTRACT.iter_unpack(records)))


def advertise_parts(data: bytes) -> tuple[memoryview, memoryview]:
    """HASH_ENTRY_BOUNDARYs and RECORD_ABSTRACTs as they came."""
    boundaries, abstracts, at_boundaries, at_abstracts = fixed(_ADVERTISE, data)
    ranges = view(data, _ADVERTISE, boundaries, _BOUNDARY.size, at_boundaries, at_abstracts, "Hash Entry Boundaries")
    return ranges, view(data, _ADVERTISE, abstracts, _ABSTRACT.size, at_abstracts, len(data), "Record Abstracts")


def encode_request(message: Request) -> bytes:
    return request_message(_pack_abstracts(message.abstracts))


def request_message(abstracts: Buffer) -> bytes:
    """A REQUEST from RECORD_ABSTRACTs as they travel."""
    return assemble(_REQUEST, MessageType.REQUEST, (len(abstracts) // _ABSTRACT.size, _REQUEST.size), abstracts)


def decode_request(data: bytes) -> Request:
    return Request(tuple(_ABSTRACT.iter_unpack(request_parts(data))))


def request_parts(data: bytes) -> memoryview:
    """RECORD_ABSTRACTs as they came."""
    # 3.1.5.2.9 asks for 0x14 bytes, which an empty REQUEST does not have: reading A18.
    count, offset = fixed(_REQUEST, data)
    return view(data, _REQUEST, count, _ABSTRACT.size, offset, len(data), "Record Abstracts")


# ---- 2.2.2.11 FLOOD --------------------------------------------------------------------------------------------------


def encode_flood(record: bytes) -> bytes:
    """A FLOOD with ``record`` (PEER_RECORD bytes)."""
    return flood_head(len(record)) + record


def flood_head(size: int) -> bytes:
    """What stands before a record of ``size`` bytes in a FLOOD."""
    size += _FLOOD.size
    if size < _FLOOD_MINIMUM:
        raise ValueError("FLOOD without a record")
    return number(_FLOOD, size, VERSION, MessageType.FLOOD, _FLOOD.size)


def encode_flood_message(message: Flood) -> bytes:
    return encode_flood(message.record)


def decode_flood(data: bytes) -> Flood:
    return Flood(flood_record(data))


# ---- 2.2.2.12 SYNC_END -----------------------------------------------------------------------------------------------


def encode_sync_end(message: SyncEnd) -> bytes:
    return assemble(_SYNC_END, MessageType.SYNC_END, (_FINAL * message.final,))


def decode_sync_end(data: bytes) -> SyncEnd:
    (flags,) = fixed(_SYNC_END, data)
    return SyncEnd(bool(flags & _FINAL))


# ---- 2.2.2.14 ACK ----------------------------------------------------------------------------------------------------


def encode_acks(acks: Acks) -> list[bytes]:
    """ACK messages for ``acks`` (record ID, useful), as few as hold them: ACKs Count has 2 bytes. None for none."""
    return [
        _encode_acks(acks[start : start + _ACKS_IN_A_MESSAGE] if len(acks) > _ACKS_IN_A_MESSAGE else acks)
        for start in range(0, len(acks), _ACKS_IN_A_MESSAGE)
    ]


def _encode_acks(acks: Acks) -> bytes:
    return assemble(_ACK, MessageType.ACK, (len(acks), _ACK.size), _messages.pack_acks(acks))


def encode_ack(message: Ack) -> bytes:
    return _encode_acks(message.acks)


def ack_array(data: bytes) -> bytes:
    """The acknowledgements in an ACK as they travel: who has sent thousands of records only wants their sum."""
    count, offset = fixed(_ACK, data)
    return array(data, _ACK, count, _RECORD_ACK.size, offset, len(data), "Record ACKs")


def decode_ack(data: bytes) -> Ack:
    return Ack(tuple([(id_, bool(flags & _USEFUL)) for id_, flags in _RECORD_ACK.iter_unpack(ack_array(data))]))
