"""ROUTE_ENTRY (MS-PNRP 2.2.3.4, MC-DRT 2.2.3.3): an ID and where the node that holds it listens."""

from __future__ import annotations

import struct
from typing import NamedTuple

from peerapi.address import Address
from peerapi.ring.wire import MalformedMessage, Order, id_bytes, pack, sized

MOST_ADDRESSES = 20
LARGEST_BAD_PORT = 1024
"Ports up to this one are never used (2.2.3.4, 3.1.5.2; reading N3)."

_FIXED = struct.Struct(">32sBBHBB")  # ID, versions, Port Number, Flags, Address Count


class RouteEntry(NamedTuple):
    """``addresses`` are 16 bytes each, all with the same ``port``."""

    id: int
    port: int
    addresses: tuple[bytes, ...]

    @property
    def endpoints(self) -> tuple[Address, ...]:
        return tuple(Address(ip, self.port) for ip in self.addresses)

    @classmethod
    def of(cls, id: int, endpoints: tuple[Address, ...]) -> RouteEntry:
        """The entry of a node that listens on ``endpoints``, which share one port (3.1.4.1)."""
        return cls(id, endpoints[0].port, tuple(endpoint.ip for endpoint in endpoints))

    def encode(self, version: tuple[int, int], order: Order) -> bytes:
        """``version``: of the protocol, major and minor; ``order``: that of the ID's bytes."""
        count = len(self.addresses)
        if not 1 <= count <= MOST_ADDRESSES:
            raise ValueError(f"{count} addresses in a route entry")
        fixed = pack(_FIXED, id_bytes(self.id, order), *version, self.port, 0, count)
        return fixed + b"".join([sized(ip, 16, "address") for ip in self.addresses])

    @classmethod
    def decode(cls, data: bytes, version: tuple[int, int], order: Order) -> RouteEntry:
        """MalformedMessage."""
        if len(data) < _FIXED.size:
            raise MalformedMessage(f"route entry of {len(data)} bytes")
        raw, major, minor, port, _flags, count = _FIXED.unpack_from(data)
        if (major, minor) != version:
            raise MalformedMessage(f"route entry of version {major}.{minor}")
        if not 1 <= count <= MOST_ADDRESSES or len(data) != _FIXED.size + 16 * count:
            raise MalformedMessage(f"route entry of {len(data)} bytes with {count} addresses")
        addresses = tuple(data[start : start + 16] for start in range(_FIXED.size, len(data), 16))
        return cls(int.from_bytes(raw, order), port, addresses)
