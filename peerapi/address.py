"""IPv6 endpoints as the protocols write them. One of IPv4 has the form that IPv6 has for it, ::ffff:0:0/96 (RFC 4291
2.5.5.2): so it fits wherever MS-PPGRH and MS-PNRP have sixteen bytes."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import NamedTuple

LOOPBACK = bytes(15) + b"\x01"
UNSPECIFIED = bytes(16)
IPV4_MAPPED = bytes(10) + b"\xff\xff"
LOOPBACK_IPV4 = IPV4_MAPPED + bytes((127, 0, 0, 1))
SEAT = bytes.fromhex("2001002f")
"The first bytes of addresses of nodes that are called through a relay."
_NETWORK, _NETWORK_IPV4 = 8, 15
"Bytes that name a network: a site has any number of addresses in a /64 of IPv6, and mostly 256 in a /24 of IPv4."


class Address(NamedTuple):
    """One TCP or UDP endpoint.

    ``ip`` is the 16 bytes of the address in network order, ``port`` and ``flow`` are plain numbers (host order),
    ``scope`` is the interface index of a link-local address of IPv6, or 0. ``flow`` and ``scope`` are local facts:
    MS-PPGRH 2.2.1.3 carries neither, 2.2.1.5 carries ``flow`` only.
    """

    ip: bytes
    port: int
    flow: int = 0
    scope: int = 0

    @classmethod
    def parse(cls, host: str, port: int, scope: int = 0) -> Address:
        """``Address.parse("::1", 3540)``, ``Address.parse("192.0.2.1", 3540)``; a ``%scope`` suffix of digits is
        understood. ValueError."""
        host, _, zone = host.partition("%")
        return cls(parse_ip(host), port, 0, int(zone) if zone.isdigit() else scope)

    @property
    def host(self) -> str:
        """The address as people write it, without scope and port."""
        whole = ipaddress.IPv6Address(self.ip)
        return str(whole.ipv4_mapped or whole)

    @property
    def ipv6_host(self) -> str:
        """The address as text of IPv6: what sockets of that family want, and what reads addresses of IPv6 only."""
        return f"::ffff:{self.host}" if self.is_ipv4 else self.host

    @property
    def sockaddr(self) -> tuple[str, int, int, int]:
        """The four numbers that the socket module wants for a socket of IPv6."""
        return (self.ipv6_host, self.port, self.flow, self.scope)

    @property
    def is_ipv4(self) -> bool:
        """An address of IPv4, in the form that IPv6 has for it."""
        return self.ip.startswith(IPV4_MAPPED)

    @property
    def is_unicast(self) -> bool:
        """Whether a node can listen there: the address of one host, and a port."""
        if self.is_ipv4:
            return bool(self.port) and 0 < self.ip[12] < 224  # 0/8 is this network, 224/4 multicast, 240/4 reserved
        return bool(self.port) and self.ip[0] != 0xFF and self.ip != UNSPECIFIED

    @property
    def is_loopback(self) -> bool:
        """::1, or 127/8."""
        return self.ip == LOOPBACK or (self.is_ipv4 and self.ip[12] == 127)

    @property
    def is_link_local(self) -> bool:
        """fe80::/10 (RFC 4291 2.5.6), or 169.254/16 (RFC 3927)."""
        return self.has_zone or (self.is_ipv4 and self.ip[12:14] == b"\xa9\xfe")

    @property
    def has_zone(self) -> bool:
        """fe80::/10: says nothing without the interface that is meant, ``scope``. IPv4 knows no such thing."""
        return self.ip[0] == 0xFE and self.ip[1] & 0xC0 == 0x80

    @property
    def is_site_local(self) -> bool:
        """fec0::/10, deprecated, and its successor fc00::/7 (RFC 4193), which stands for "site" today; of IPv4 the
        private networks (RFC 1918), and 100.64/10, which a carrier has to itself (RFC 6598)."""
        if self.is_ipv4:
            first, second = self.ip[12], self.ip[13]
            return (
                first == 10
                or (first == 172 and second & 0xF0 == 16)
                or (first == 192 and second == 168)
                or (first == 100 and second & 0xC0 == 64)
            )
        return (self.ip[0] == 0xFE and self.ip[1] & 0xC0 == 0xC0) or self.ip[0] & 0xFE == 0xFC

    @property
    def is_public(self) -> bool:
        """Whether it means the same host everywhere, so that it may be called from anywhere."""
        return self._order < 2

    @property
    def network(self) -> bytes:
        """What it has in common with the other addresses of one site."""
        return network_of(self.ip)

    @property
    def _order(self) -> int:
        if self.is_loopback:
            return 4
        if self.is_link_local:
            return 3
        return 2 if self.is_site_local else int(self.is_ipv4)

    @property
    def relay(self) -> str:
        """``198.51.100.10:443``: by which relay a node with such an address is called (``reach.seat``); empty: it is
        called directly."""
        ip = self.ip
        return f"{ip[4]}.{ip[5]}.{ip[6]}.{ip[7]}:{self.port}" if ip.startswith(SEAT) else ""

    def __str__(self) -> str:
        scope = f"%{self.scope}" if self.scope else ""
        return f"{self.host}:{self.port}" if self.is_ipv4 else f"[{self.host}{scope}]:{self.port}"


def parse_ip(host: str) -> bytes:
    """The 16 bytes of an address of IPv6 or IPv4, without a zone. ValueError."""
    if ":" in host:
        return ipaddress.IPv6Address(host).packed
    return IPV4_MAPPED + ipaddress.IPv4Address(host).packed


def network_of(ip: bytes) -> bytes:
    """The part of an address that names a site's network."""
    return ip[: _NETWORK_IPV4 if ip.startswith(IPV4_MAPPED) else _NETWORK]


def widest_first(addresses: Iterable[Address]) -> list[Address]:
    """What works from anywhere comes first: public addresses of IPv6, of IPv4, those of a site, of a link, of this
    machine. Otherwise in the order given."""
    return sorted(addresses, key=lambda one: one._order)
