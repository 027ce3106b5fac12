"""What routers say of ports: answers of PCP and NAT-PMP to a host that asks for PORTS with nonces of zeros."""

from __future__ import annotations

import struct
from collections.abc import Callable

from peerapi.address import Address

ROUTER = Address.parse("192.168.1.1", 5351)
OWN = Address.parse("192.168.1.2", 0)
PUBLIC = Address.parse("203.0.113.7", 40_001)
PORTS = (4001, 4002)
NONCE = bytes(12)


def _pcp(port: int, result: int = 0, lifetime: int = 7200, epoch: int = 1000) -> bytes:
    head = struct.pack(">BBxBII12x", 2, 0x81, result, lifetime, epoch)
    return head + struct.pack(">12sB3xHH16s", NONCE, 6, port, PUBLIC.port, PUBLIC.ip)


def _pmp(port: int, result: int = 0) -> bytes:
    return struct.pack(">BBHIHHI", 0, 130, result, 1000, port, PUBLIC.port, 7200)


def _said(*answers: bytes) -> bytes:
    return b"".join(bytes((len(answer),)) + answer for answer in answers)


def router() -> list[bytes]:
    """Both protocols, refusals, and a router that has begun anew."""
    address = struct.pack(">BBHI4s", 0, 128, 0, 1000, PUBLIC.ip[-4:])
    other = struct.pack(">BBHI", 0, 130, 1, 1000)
    return [
        _pcp(PORTS[0]),
        _said(*map(_pcp, PORTS)),
        _said(_pcp(PORTS[0]), _pcp(PORTS[1], epoch=1)),
        _said(_pcp(PORTS[0], result=8, lifetime=30)),
        _said(other, address, *map(_pmp, PORTS)),
        _said(other, _pmp(PORTS[0], result=2)),
    ]


SEEDS: dict[str, Callable[[], list[bytes]]] = {"router": router}
