"""PEER_RECORD (MS-PPGRH 2.2.1.9): records as values and as bytes, and what a received record has to fulfil (3.1.7.27).

::

    | Type (16) | Record ID (16) | Version (4) | reserved (3) | flags (1) |
    | length (4) | Creator ID ... | length (4) | Last Modified By ... | size (4) | Security Data ... |
    | Creation (8) | Expiration (8) | Last Modification (8) |
    | length (4) | Graph ID ... | Protocol Version (2) | size (4) | Payload ... | length (4) | Attributes ... |

A record keeps the bytes in which it came. Most of its life nobody needs more of it than the few numbers that a
``Summary`` holds, so ``summarize`` and ``validate_received`` walk over the bytes once and decode no string (in C:
``_records.c``); ``decode_record`` gives the whole value to those who want it.

Lengths count UTF-16 code units with the terminator (reading A26), sizes count bytes, times are peer time in
FILETIME units. The Autorefresh flag is local state and never travels (reading A13): a record with any other flag
than Deleted is malformed.
"""

from __future__ import annotations

import functools
import struct
from dataclasses import dataclass
from typing import NamedTuple

from peerapi.digests import md5
from peerapi.errors import PeerError
from peerapi.graphing.codec import _new_records, _records
from peerapi.graphing.codec import attributes as attribute_xml
from peerapi.graphing.codec._new_records import new_row as new_row
from peerapi.graphing.codec._new_records import new_rows as new_rows
from peerapi.graphing.codec._new_records import secured_rows as secured_rows
from peerapi.graphing.codec._records import received_row as received_row
from peerapi.graphing.codec._records import signed_by_creator as signed_by_creator
from peerapi.graphing.codec._records import validate_received as validate_received
from peerapi.graphing.codec._records import with_security as with_security
from peerapi.graphing.codec.wire import MalformedMessage, decode_text, encode_text, guid, number

# ---- Fixed values ----------------------------------------------------------------------------------------------------

GRAPH_INFO = bytes.fromhex("00000100000000000000000000000000")
SIGNATURE = bytes.fromhex("00000200000000000000000000000000")
CONTACT = bytes.fromhex("00000300000000000000000000000000")
PRESENCE = bytes.fromhex("00000400000000000000000000000000")
"Record types of the graph itself (2.2.1.9)."

GRAPH_TYPES = frozenset((GRAPH_INFO, SIGNATURE, CONTACT, PRESENCE))

MEMBERSHIP = bytes.fromhex("01000000000000000000000000000000")
SECURITY_PROPERTIES = bytes.fromhex("02000000000000000000000000000000")
"Record types of a group (MS-PPSEC 2.2.3); in a graph without group security they are types like any other."

GROUP_TYPES = frozenset((MEMBERSHIP, SECURITY_PROPERTIES))

GRAPH_INFO_ID = bytes.fromhex("6c7967687732406bbc6e5e9c0d864580")
SIGNATURE_ID = bytes.fromhex("4c515c944252494f844034cc79769c81")
"The fixed Record IDs of 2.2.3.1 and 2.2.3.2. They cannot contain their creator's key and are exempt (reading A7)."

FIXED_IDS = {GRAPH_INFO: GRAPH_INFO_ID, SIGNATURE: SIGNATURE_ID}
"There is one record of these types, whoever has created it."

LAST_VERSION = (1 << 32) - 1
"There is no version after it: further changes keep it, and the later one wins by its modification time (``conflict``)."

PING = bytes.fromhex("0ccbb0d2be414bd6914b058ec5dcce64")
"Data Type of a Ping (2.2.4.1, reading A42). Not a record type; applications may not send it."

PROTOCOL_VERSION = 0x0100
MAX_RECORD_SIZE = 62_914_560
"60 MB: the meaning of 0 in Max Record Size (2.2.3.1). Counts payload and attributes only."

ID_UNITS = (2, 256)
"Creator ID and Graph ID: smallest and largest length, in UTF-16 units with the terminator."

_DELETED = 0x02
_MAX_UNITS = 0xFFFFFFFF

_LENGTH = struct.Struct(">I")
_TIMES = struct.Struct(">QQQ")  # creation, expiration, last modification
_PAYLOAD = struct.Struct(">HI")  # Protocol Version, Payload Data Size


def is_reserved(record_type: bytes) -> bool:
    """Whether the type is one of the graph's own, which applications may not add, update or delete (3.1.4.3)."""
    return record_type in GRAPH_TYPES


def is_group_reserved(record_type: bytes) -> bool:
    """The same for records of a group's security (MS-PPSEC 2.2.3)."""
    return record_type in GROUP_TYPES


def text_units(text: str) -> int:
    """The length of ``text`` in UTF-16 code units, without a terminator (reading A26)."""
    return len(text) if text.isascii() else len(text.encode("utf-16-be")) // 2


# ---- Whole records ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Record:
    """One record of the shared database."""

    type: bytes
    id: bytes
    version: int
    "1 when created, one more with every update."
    creator_id: str
    creation: int
    expiration: int
    modification: int
    graph_id: str
    payload: bytes = b""
    attributes: str | None = None
    "XML of 2.2.3.5."
    modified_by: str | None = None
    "None until somebody updates the record (reading A37)."
    security_data: bytes = b""
    deleted: bool = False


def encode_record(record: Record) -> bytes:
    """The bytes of ``record``. ValueError: something does not fit its field, or a deleted record has a payload."""
    if record.deleted and record.payload:
        raise ValueError("a deleted record has no payload")
    modified_by = encode_text(record.modified_by, 0, ID_UNITS[1], "Last Modified By ID")
    if record.modified_by == "":
        raise ValueError("Last Modified By ID: an empty string is written as None")
    return b"".join(
        (
            number(
                _HEAD_WITHOUT_LENGTH,
                guid(record.type, "record type"),
                guid(record.id, "record ID"),
                record.version,
                _DELETED if record.deleted else 0,
            ),
            encode_text(record.creator_id, *ID_UNITS, "Creator ID"),
            modified_by,
            number(_LENGTH, len(record.security_data)),
            record.security_data,
            number(_TIMES, record.creation, record.expiration, record.modification),
            encode_text(record.graph_id, *ID_UNITS, "Graph ID"),
            number(_PAYLOAD, PROTOCOL_VERSION, len(record.payload)),
            record.payload,
            encode_text(record.attributes, 0, _MAX_UNITS, "Attributes"),
        )
    )


@functools.lru_cache(maxsize=64)
def creator_parts(creator_id: str) -> tuple[bytes, bytes]:
    """What ``new_row`` needs of a creator, for the caller who adds thousands a second: its key, and its ID as it
    travels."""
    return creator_key(creator_id), encode_text(creator_id, *ID_UNITS, "Creator ID")


def attributes_wire(attributes: str | None) -> bytes:
    """Attributes as a record carries them, length included."""
    return NO_ATTRIBUTES if attributes is None else encode_text(attributes, 0, _MAX_UNITS, "Attributes")


_HEAD_WITHOUT_LENGTH = struct.Struct(">16s16sII")
NO_ATTRIBUTES = bytes(4)
"The length of a field that holds nothing, such as that of the attributes of a record without any."


def _security_offset(data: bytes) -> int:
    """Where the length of the Security Data stands in the bytes of a record."""
    (units,) = _LENGTH.unpack_from(data, 40)
    position: int = 44 + 2 * units
    (units,) = _LENGTH.unpack_from(data, position)
    return position + 4 + 2 * int(units)


def without_security(data: bytes) -> bytes:
    """The bytes of a record, which have been found to be one, without its Security Data."""
    at = _security_offset(data)
    (length,) = _LENGTH.unpack_from(data, at)
    return b"".join((data[:at], NO_ATTRIBUTES, data[at + 4 + length :])) if length else data


def parts_without_security(data: bytes) -> tuple[memoryview, bytes, memoryview]:
    """The same in parts, which are no copies."""
    at, view = _security_offset(data), memoryview(data)
    (length,) = _LENGTH.unpack_from(data, at)
    return view[:at], NO_ATTRIBUTES, view[at + 4 + length :]


def decode_record(data: bytes | memoryview) -> Record:
    """The record that ``data`` holds, from its first byte to its last.

    Checks the layout, not the meaning: that is ``validate_received``. MalformedMessage if anything is amiss.
    """
    data = bytes(data)
    return record_of(data, _records.summarize(data))


def record_of(data: bytes, summary: Summary) -> Record:
    """The same of bytes whose ``summary`` is there already. MalformedMessage for attributes that are no text."""
    modified_by, security_data, attributes_at = summary.modified_by, summary.security_data, summary.attributes_offset
    graph_id_at = 44 + len(summary.creator) + 2 + 4 + len(modified_by) + 4 + len(security_data) + _TIMES.size + 4
    if modified_by:
        graph_id_at += 2
    payload_at = summary.payload_offset
    return Record(
        summary.type,
        summary.id,
        summary.version,
        summary.creator.decode("utf-16-be"),
        summary.creation,
        summary.expiration,
        summary.modification,
        data[graph_id_at : payload_at - _PAYLOAD.size - 2].decode("utf-16-be"),
        data[payload_at : payload_at + summary.payload_size],
        decode_text(data[attributes_at:], "Attributes") if summary.attributes_length else None,
        modified_by.decode("utf-16-be") if modified_by else None,
        security_data,
        summary.deleted,
    )


# ---- Record IDs (3.1.7.2) --------------------------------------------------------------------------------------------


def _creator_key(creator: bytes) -> bytes:
    digest = md5(creator, usedforsecurity=False).digest()
    return (int.from_bytes(digest[:8], "big") ^ int.from_bytes(digest[8:], "big")).to_bytes(8, "big")


@functools.lru_cache(maxsize=64)
def creator_key(creator_id: str) -> bytes:
    """The first 8 bytes of every Record ID of that creator: both halves of MD5(Creator ID), XORed.

    MD5 runs over the UTF-16 big-endian characters without terminator (reading A4).
    """
    return _creator_key(creator_id.encode("utf-16-be"))


def record_id(creator_id: str, random16: bytes) -> bytes:
    """A new Record ID (3.1.7.2): the creator's key, then the two halves of 16 random bytes, XORed."""
    return _new_records.new_id(creator_key(creator_id), random16)


# ---- Records as they come --------------------------------------------------------------------------------------------


class Summary(NamedTuple):
    """What a record's bytes say. Raw strings are UTF-16 big-endian without terminator, not decoded."""

    type: bytes
    id: bytes
    version: int
    deleted: bool
    creator_key: bytes
    "What the first 8 bytes of ``id`` have to be."
    creation: int
    expiration: int
    modification: int
    payload_size: int
    "Bytes of the payload."
    attributes_length: int
    "UTF-16 units with the terminator; 0 when there are none."
    modified_by: bytes
    "Raw; empty until somebody updated the record."
    security_data: bytes
    creator: bytes
    "Raw."
    payload_offset: int
    "Where the payload begins in the record's bytes."
    attributes_offset: int
    "Where the attributes begin."


_KNOWN_IDS_LIMIT = 4096
_known_ids = _records.known_ids  # Peer ID, raw with terminator -> its key; one entry for each that was found sound


def _learn_id(raw: bytes) -> bytes:
    """The key of a Peer ID that has not been seen lately, after checking that it is a proper string."""
    decode_text(raw, "Peer ID")
    if len(_known_ids) >= _KNOWN_IDS_LIMIT:
        _known_ids.clear()  # rare, and cheaper than keeping an order on every look-up
    key = _known_ids[raw] = _creator_key(raw[:-2])
    return key


def summarize(data: bytes | memoryview) -> Summary:
    """Walk over the layout of a record once. MalformedMessage where it does not hold (see ``decode_record``).

    Attributes are not looked into, not even whether they are UTF-16.
    """
    return _records.summarize(bytes(data))


def summary_of_beginning(beginning: bytes, size: int) -> Summary:
    """The same of a record of ``size`` bytes of which only the beginning is here, at least up to its payload.
    MalformedMessage: it is not."""
    try:
        at = _security_offset(beginning)
        at += 4 + _LENGTH.unpack_from(beginning, at)[0] + _TIMES.size
        at += 4 + 2 * _LENGTH.unpack_from(beginning, at)[0] + _PAYLOAD.size
        (payload_size,) = _LENGTH.unpack_from(beginning, at - 4)
    except struct.error as error:
        raise MalformedMessage("the record does not even begin") from error
    attributes_at = at + payload_size + 4
    without_payload = _records.summarize(beginning[: at - 4] + bytes(8))
    return without_payload._replace(
        payload_size=payload_size, attributes_length=(size - attributes_at) // 2, attributes_offset=attributes_at
    )


def graph_id_wire(graph_id: str) -> bytes:
    """The Graph ID as records carry it, length included: what ``validate_received`` compares with."""
    return encode_text(graph_id, *ID_UNITS, "Graph ID")


def _check_attributes(raw: bytes, of_graph: bool) -> None:
    try:
        attribute_xml.check_wire(raw, of_graph)
    except PeerError as error:
        raise MalformedMessage(str(error)) from error


_records.use(Summary, _learn_id, _check_attributes)
