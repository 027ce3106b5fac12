"""What is said between a host and its router about ports that are to be open from outside: PCP (RFC 6887) and its
predecessor NAT-PMP (RFC 6886). Both are datagrams to port 5351 of the router, and tell each other apart by the first
byte.

Only what is needed for TCP: PCP's MAP, and NAT-PMP's two questions, for the public address and for a mapping. Addresses
are 16 bytes, those of IPv4 in the form that IPv6 has for them. Numbers are big-endian.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from peerapi.address import IPV4_MAPPED

PORT = 5351
"Where routers listen, for both protocols."
NONCE = 12
MOST_BYTES = 1100
"Of a message of PCP (section 7)."
TCP = 6
PCP, NAT_PMP = 2, 0
"Versions."
UNSUPPORTED_VERSION = 1
"The result that both have in common: the router speaks another version."
_ANSWER = 0x80
_MAP = 1
_PUBLIC_ADDRESS, _MAP_TCP = 0, 2
_REQUEST = struct.Struct(">BBxxI16s")
"PCP 7.1: version, opcode, lifetime, the host's own address."
_RESPONSE = struct.Struct(">BBxBII12x")
"PCP 7.2: version, opcode with the bit of an answer, result, lifetime, epoch."
_MAPPING = struct.Struct(">12sB3xHH16s")
"PCP 11.1: nonce, protocol, own port, public port, public address."
_PMP_REQUEST = struct.Struct(">BBxxHHI")
"NAT-PMP 3.3: version, opcode, own port, public port, lifetime."
_PMP_ADDRESS = struct.Struct(">BBHI4s")
"NAT-PMP 3.2: version, opcode, result, epoch, public address."
_PMP_MAPPING = struct.Struct(">BBHIHHI")
"NAT-PMP 3.3: version, opcode, result, epoch, own port, public port, lifetime."
_PMP_RESULT = struct.Struct(">BBHI")
"What each answer of NAT-PMP begins with; of one that refuses it may be all."


class MalformedAnswer(Exception):
    """The bytes are no answer of either protocol."""


class PcpMapping(NamedTuple):
    """An answer to MAP."""

    result: int
    lifetime: int
    "Seconds; with an error, for how long it will not change."
    epoch: int
    "Seconds for which the router has kept its mappings."
    nonce: bytes
    port: int
    public_port: int
    public_ip: bytes


class PmpAddress(NamedTuple):
    """The public address, from NAT-PMP."""

    result: int
    epoch: int
    ip: bytes


class PmpMapping(NamedTuple):
    """A mapping, from NAT-PMP."""

    result: int
    epoch: int
    port: int
    public_port: int
    lifetime: int


class OtherVersion(NamedTuple):
    """The router does not speak the version of the request, but this one."""

    version: int


Answer = PcpMapping | PmpAddress | PmpMapping | OtherVersion


def pcp_map(own_ip: bytes, nonce: bytes, port: int, public_port: int, public_ip: bytes, lifetime: int) -> bytes:
    """A request for a mapping of TCP, 60 bytes; ``lifetime`` 0 ends it. What is public is a wish, or was granted."""
    mapping = _MAPPING.pack(nonce, TCP, port, public_port, public_ip)
    return _REQUEST.pack(PCP, _MAP, lifetime, own_ip) + mapping


def pmp_address() -> bytes:
    """The question for the public address, 2 bytes."""
    return bytes((NAT_PMP, _PUBLIC_ADDRESS))


def pmp_map(port: int, public_port: int, lifetime: int) -> bytes:
    """A request for a mapping of TCP, 12 bytes; ``lifetime`` 0 and ``public_port`` 0 end it."""
    return _PMP_REQUEST.pack(NAT_PMP, _MAP_TCP, port, public_port, lifetime)


def decode(data: bytes) -> Answer:
    """An answer of either protocol. Raises MalformedAnswer, and nothing else."""
    if len(data) < 2 or len(data) > MOST_BYTES or not data[1] & _ANSWER:
        raise MalformedAnswer("no answer")
    if data[0] == NAT_PMP:
        return _decode_pmp(data)
    if len(data) < _RESPONSE.size:
        raise MalformedAnswer("a short answer of PCP")
    version, opcode, result, lifetime, epoch = _RESPONSE.unpack_from(data)
    if result == UNSUPPORTED_VERSION:
        return OtherVersion(version)
    if version != PCP:
        raise MalformedAnswer(f"version {version}")
    if opcode != _ANSWER | _MAP or len(data) < _RESPONSE.size + _MAPPING.size or len(data) % 4:
        raise MalformedAnswer("no answer to MAP")
    nonce, protocol, port, public_port, public_ip = _MAPPING.unpack_from(data, _RESPONSE.size)
    if protocol != TCP:
        raise MalformedAnswer(f"protocol {protocol}")
    return PcpMapping(result, lifetime, epoch, nonce, port, public_port, public_ip)


def _decode_pmp(data: bytes) -> Answer:
    if len(data) < _PMP_RESULT.size:
        raise MalformedAnswer("a short answer of NAT-PMP")
    _, opcode, result, _ = _PMP_RESULT.unpack_from(data)
    if result == UNSUPPORTED_VERSION:
        return OtherVersion(NAT_PMP)
    if result:  # what follows means nothing then, and may be missing
        data = data.ljust(_PMP_MAPPING.size, b"\0")
    if opcode == _ANSWER | _PUBLIC_ADDRESS and len(data) >= _PMP_ADDRESS.size:
        _, _, result, epoch, ip = _PMP_ADDRESS.unpack_from(data)
        return PmpAddress(result, epoch, IPV4_MAPPED + ip)
    if opcode == _ANSWER | _MAP_TCP and len(data) >= _PMP_MAPPING.size:
        _, _, result, epoch, port, public_port, lifetime = _PMP_MAPPING.unpack_from(data)
        return PmpMapping(result, epoch, port, public_port, lifetime)
    raise MalformedAnswer("another answer of NAT-PMP")
