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
from collections.abc import Callable
from typing import Any

from peerapi.graphing.codec import link_messages as links
from peerapi.graphing.codec import record_messages as records
from peerapi.graphing.codec.framing import HEADER_SIZE, VERSION
from peerapi.graphing.codec.message_values import (
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
from peerapi.graphing.codec.record_messages import encode_acks, encode_flood, flood_record
from peerapi.graphing.codec.wire import MalformedMessage

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
    "message_type",
)

_HEADER = struct.Struct(">IBB2x")


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


# ---- All of them -----------------------------------------------------------------------------------------------------

_TABLE: tuple[tuple[MessageType, type, Callable[[Any], bytes], Callable[[bytes], Message]], ...] = (
    (MessageType.AUTH_INFO, AuthInfo, links.encode_auth_info, links.decode_auth_info),
    (MessageType.CONNECT, Connect, links.encode_connect, links.decode_connect),
    (MessageType.WELCOME, Welcome, links.encode_welcome, links.decode_welcome),
    (MessageType.REFUSE, Refuse, links.encode_refuse, links.decode_refuse),
    (MessageType.DISCONNECT, Disconnect, links.encode_disconnect, links.decode_disconnect),
    (MessageType.SOLICIT_NEW, SolicitNew, records.encode_solicit_new, records.decode_solicit_new),
    (MessageType.SOLICIT_TIME, SolicitTime, records.encode_solicit_time, records.decode_solicit_time),
    (MessageType.SOLICIT_HASH, SolicitHash, records.encode_solicit_hash, records.decode_solicit_hash),
    (MessageType.ADVERTISE, Advertise, records.encode_advertise, records.decode_advertise),
    (MessageType.REQUEST, Request, records.encode_request, records.decode_request),
    (MessageType.FLOOD, Flood, records.encode_flood_message, records.decode_flood),
    (MessageType.SYNC_END, SyncEnd, records.encode_sync_end, records.decode_sync_end),
    (MessageType.PT2PT, PointToPoint, links.encode_point_to_point, links.decode_point_to_point),
    (MessageType.ACK, Ack, records.encode_ack, records.decode_ack),
)

_DECODERS = {int(kind): decoder for kind, _value, _encoder, decoder in _TABLE}
_ENCODERS = {value: encoder for _kind, value, encoder, _decoder in _TABLE}
