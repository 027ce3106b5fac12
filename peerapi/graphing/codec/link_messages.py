"""The bytes of the messages that make and end connections, and of data between two nodes (MS-PPGRH 2.2.2.1 to 2.2.2.5,
2.2.2.13). What all of them keep to stands in ``messages``.
"""

from __future__ import annotations

import struct

from peerapi.address import Address
from peerapi.graphing.codec.message_parts import array, assemble, fixed, string, terminated
from peerapi.graphing.codec.message_values import (
    AuthInfo,
    Connect,
    ConnectionType,
    Disconnect,
    DisconnectReason,
    MessageType,
    PointToPoint,
    Refuse,
    RefuseCode,
    Welcome,
)
from peerapi.graphing.codec.wire import IN6_SIZE, MalformedMessage, decode_in6, encode_in6, guid

# The fixed part of each message, header included; x is a reserved byte.
_AUTH_INFO = struct.Struct(">IBB2x BxHHH")  # Connection Type, offsets of graph, source, destination
_CONNECT = struct.Struct(">IBB2x BBHH2xQ")  # flags, Address Count, Address Offset, Friendly Name Offset, Source Node ID
_WELCOME = struct.Struct(">IBB2x QQBxHHH")  # Node ID, Peer Time, Address Count, offsets of addresses, peer ID, name
_REFERRAL = struct.Struct(">IBB2x BBH")  # REFUSE, DISCONNECT: code, Address Count, Address Offset
_PT2PT = struct.Struct(">IBB2x H2x16s")  # Data Offset, Data Type

_UPDATE, _DIRECT, _NEIGHBOR_LIST = 0x08, 0x04, 0x01  # CONNECT flags: bits 4, 5 and 7 from the high end

# ---- 2.2.2.1 AUTH_INFO -----------------------------------------------------------------------------------------------


def encode_auth_info(message: AuthInfo) -> bytes:
    if not message.graph_id or not message.source_peer_id or message.destination_peer_id == "":
        raise ValueError("AUTH_INFO: empty graph or peer ID")
    graph = terminated(message.graph_id)
    source = terminated(message.source_peer_id)
    at_source = _AUTH_INFO.size + len(graph)
    at_destination = at_source + len(source)
    return assemble(
        _AUTH_INFO,
        MessageType.AUTH_INFO,
        (ConnectionType(message.connection_type), _AUTH_INFO.size, at_source, at_destination),
        graph,
        source,
        terminated(message.destination_peer_id),
    )


def decode_auth_info(data: bytes) -> AuthInfo:
    kind, at_graph, at_source, at_destination = fixed(_AUTH_INFO, data)
    if kind not in (ConnectionType.NEIGHBOR, ConnectionType.DIRECT):
        raise MalformedMessage(f"Connection Type {kind:#04x}")
    if not at_graph < at_source < at_destination <= len(data):
        raise MalformedMessage(f"AUTH_INFO offsets {at_graph}, {at_source}, {at_destination} in {len(data)} bytes")
    graph_id = string(data, _AUTH_INFO, at_graph, at_source, "Graph ID")
    source = string(data, _AUTH_INFO, at_source, at_destination, "Source Peer ID")
    destination = None
    if at_destination < len(data):
        destination = string(data, _AUTH_INFO, at_destination, len(data), "Destination Peer ID")
    if not graph_id or not source or destination == "":
        raise MalformedMessage("AUTH_INFO with an empty graph or peer ID")
    return AuthInfo(ConnectionType(kind), graph_id, source, destination)


# ---- 2.2.2.2 CONNECT -------------------------------------------------------------------------------------------------


def encode_connect(message: Connect) -> bytes:
    if message.update and not message.addresses:
        raise ValueError("CONNECT: an update without addresses")
    addresses = encode_in6(message.addresses)
    flags = _UPDATE * message.update | _DIRECT * message.direct | _NEIGHBOR_LIST * message.neighbor_list
    at_name = _CONNECT.size + len(addresses)
    return assemble(
        _CONNECT,
        MessageType.CONNECT,
        (flags, len(message.addresses), _CONNECT.size, at_name, message.node_id),
        addresses,
        terminated(message.friendly_name),
    )


def decode_connect(data: bytes) -> Connect:
    flags, count, at_addresses, at_name, node_id = fixed(_CONNECT, data)
    raw = array(data, _CONNECT, count, IN6_SIZE, at_addresses, len(data), "CONNECT addresses")
    if not at_addresses + count * IN6_SIZE <= at_name <= len(data):
        raise MalformedMessage(f"Friendly Name Offset {at_name}")
    if flags & _UPDATE and not count:
        raise MalformedMessage("CONNECT: an update without addresses")
    name = string(data, _CONNECT, at_name, len(data), "Friendly Name") if at_name < len(data) else None
    return Connect(
        node_id, decode_in6(raw), bool(flags & _UPDATE), bool(flags & _DIRECT), bool(flags & _NEIGHBOR_LIST), name
    )


# ---- 2.2.2.3 WELCOME -------------------------------------------------------------------------------------------------


def encode_welcome(message: Welcome) -> bytes:
    addresses = encode_in6(message.addresses)
    peer_id = terminated(message.peer_id)
    at_peer_id = _WELCOME.size + len(addresses)
    return assemble(
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
        terminated(message.friendly_name),
    )


def decode_welcome(data: bytes) -> Welcome:
    node_id, peer_time, count, at_addresses, at_peer_id, at_name = fixed(_WELCOME, data)
    raw = array(data, _WELCOME, count, IN6_SIZE, at_addresses, len(data), "WELCOME addresses")
    if not at_addresses + count * IN6_SIZE <= at_peer_id < at_name <= len(data):
        raise MalformedMessage(f"WELCOME offsets {at_peer_id}, {at_name} in {len(data)} bytes")
    peer_id = string(data, _WELCOME, at_peer_id, at_name, "Peer ID")
    name = string(data, _WELCOME, at_name, len(data), "Friendly Name") if at_name < len(data) else None
    return Welcome(node_id, peer_time, decode_in6(raw), peer_id, name)


# ---- 2.2.2.4 REFUSE, 2.2.2.5 DISCONNECT ------------------------------------------------------------------------------


def encode_refuse(message: Refuse) -> bytes:
    at_addresses = _REFERRAL.size if message.addresses else 0  # reading A9
    fields = (RefuseCode(message.code), len(message.addresses), at_addresses)
    return assemble(_REFERRAL, MessageType.REFUSE, fields, encode_in6(message.addresses))


def decode_refuse(data: bytes) -> Refuse:
    code, addresses = _referral(data)
    if not RefuseCode.BUSY <= code <= RefuseCode.DIRECT_CONNECTION_DISALLOWED:
        raise MalformedMessage(f"Error Code {code:#04x}")
    return Refuse(RefuseCode(code), addresses)


def encode_disconnect(message: Disconnect) -> bytes:
    fields = (DisconnectReason(message.reason), len(message.addresses), _REFERRAL.size)  # 3.1.7.25
    return assemble(_REFERRAL, MessageType.DISCONNECT, fields, encode_in6(message.addresses))


def decode_disconnect(data: bytes) -> Disconnect:
    reason, addresses = _referral(data)
    if not DisconnectReason.LEAVING <= reason <= DisconnectReason.APP_DISCONNECT:
        raise MalformedMessage(f"Reason {reason:#04x}")
    return Disconnect(DisconnectReason(reason), addresses)


def _referral(data: bytes) -> tuple[int, tuple[Address, ...]]:
    code, count, offset = fixed(_REFERRAL, data)
    return code, decode_in6(array(data, _REFERRAL, count, IN6_SIZE, offset, len(data), "addresses"))


# ---- 2.2.2.13 PT2PT --------------------------------------------------------------------------------------------------


def encode_point_to_point(message: PointToPoint) -> bytes:
    fields = (_PT2PT.size, guid(message.data_type, "data type"))
    return assemble(_PT2PT, MessageType.PT2PT, fields, message.payload)


def decode_point_to_point(data: bytes) -> PointToPoint:
    # 3.1.5.2.13 is content with 0x10 bytes, which would end inside Data Type.
    offset, data_type = fixed(_PT2PT, data)
    room = len(data) - _PT2PT.size
    if offset > len(data) or (room and offset < _PT2PT.size):
        raise MalformedMessage(f"Data Offset {offset} in {len(data)} bytes")
    return PointToPoint(data_type, data[offset:] if room else b"")
