"""IPv6 endpoints as the protocols write them."""

from __future__ import annotations

import ipaddress
from typing import NamedTuple


class Address(NamedTuple):
    """One TCP or UDP endpoint over IPv6.

    ``ip`` is the 16 bytes of the address in network order, ``port`` and ``flow`` are plain numbers (host order),
    ``scope`` is the interface index of a link-local address, or 0. ``flow`` and ``scope`` are local facts: MS-PPGRH
    2.2.1.3 carries neither, 2.2.1.5 carries ``flow`` only.
    """

    ip: bytes
    port: int
    flow: int = 0
    scope: int = 0

    @classmethod
    def parse(cls, host: str, port: int, scope: int = 0) -> Address:
        """``Address.parse("::1", 3540)``; a ``%scope`` suffix of digits is understood."""
        host, _, zone = host.partition("%")
        return cls(ipaddress.IPv6Address(host).packed, port, 0, int(zone) if zone.isdigit() else scope)

    @property
    def host(self) -> str:
        """The address as text, without scope and port."""
        whole = ipaddress.IPv6Address(self.ip)
        return str(whole.ipv4_mapped or whole)

    @property
    def sockaddr(self) -> tuple[str, int, int, int]:
        """The four numbers that the socket module wants."""
        return (self.host, self.port, self.flow, self.scope)

    @property
    def is_loopback(self) -> bool:
        return self.ip == LOOPBACK

    @property
    def is_ipv4(self) -> bool:
        """An address of IPv4 in the form that IPv6 has for it, ::ffff:0:0/96 (RFC 4291 2.5.5.2)."""
        return self.ip.startswith(IPV4_MAPPED)

    @property
    def is_unicast(self) -> bool:
        """Whether a node can listen there: the IPv6 address of one host, and a port. An IPv4 address in IPv6's form is
        none: no socket of ours listens there."""
        return bool(self.port) and self.ip[0] != 0xFF and self.ip != UNSPECIFIED and not self.is_ipv4

    @property
    def is_link_local(self) -> bool:
        """fe80::/10 (RFC 4291 2.5.6)."""
        return self.ip[0] == 0xFE and self.ip[1] & 0xC0 == 0x80

    @property
    def is_site_local(self) -> bool:
        """fec0::/10, deprecated, and its successor fc00::/7 (RFC 4193), which stands for "site" today."""
        return (self.ip[0] == 0xFE and self.ip[1] & 0xC0 == 0xC0) or self.ip[0] & 0xFE == 0xFC

    def __str__(self) -> str:
        scope = f"%{self.scope}" if self.scope else ""
        return f"{self.host}:{self.port}" if self.is_ipv4 else f"[{self.host}{scope}]:{self.port}"


LOOPBACK = bytes(15) + b"\x01"
UNSPECIFIED = bytes(16)
IPV4_MAPPED = bytes(10) + b"\xff\xff"
