"""Seat addresses: the IPv6 address and port of a node that is called through a relay.

``2001:002f : IPv4 of the relay (32 bits) : hash (64 bits)``, port of the relay. 2001:20::/28 is ORCHIDv2 (RFC 7343):
identifiers that no host has, so that nobody who does not know what they are reaches anybody by one. The hash binds the
address to a key: only its owner can sit there and answer calls, whatever the relay does. A second hash costs some work,
as a CGA's does (RFC 3972), which makes up for the hash being short: 0.1 s once for the owner, 2**80 for a forger, and
for one relay only.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from peerapi.address import IPV4_MAPPED, SEAT, Address
from peerapi.digests import sha256

PREFIX = SEAT
MODIFIER_SIZE = 16
WORK_BITS = 16
"Leading zeros that the second hash must have."
MOST_SPKI = 600
"Bytes of a public key (DER SubjectPublicKeyInfo); one of P-256 has 91."
HTTPS = 443
_HASH = b"peerapi seat 1\0"
_WORK = b"peerapi seat work 1\0"


class RelayEndpoint(NamedTuple):
    """Where a relay is called."""

    ip: bytes
    "IPv4, 4 bytes in network order"
    port: int

    @property
    def address(self) -> Address:
        """As IPv6 has it, ::ffff:0:0/96."""
        return Address(IPV4_MAPPED + self.ip, self.port)

    @property
    def bytes(self) -> bytes:
        """The 6 bytes that are hashed, port big-endian."""
        return self.ip + self.port.to_bytes(2, "big")

    @property
    def is_public(self) -> bool:
        """Whether a seat address that others have named may send this node there: no machine's own services, no link's,
        no group's, no port where something else than a relay is to be expected."""
        first, second = self.ip[0], self.ip[1]
        host = first not in (0, 127) and first < 224 and (first, second) != (169, 254)
        return host and (self.port == HTTPS or self.port >= 1024)

    @property
    def host(self) -> str:
        """The IPv4 address as text."""
        return ".".join(map(str, self.ip))

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


class Seat(NamedTuple):
    """A seat with what its owner proves it by."""

    address: Address
    modifier: bytes
    "16 bytes that have cost some work"
    spki: bytes
    "The public key, DER SubjectPublicKeyInfo"
    sign: Callable[[bytes], bytes]
    "Signs with the private one."


def is_seat(address: Address) -> bool:
    """Whether an address is that of a seat."""
    return address.ip.startswith(PREFIX)


def relay_of(address: Address) -> RelayEndpoint:
    """The relay that leads to a seat."""
    return RelayEndpoint(address.ip[4:8], address.port)


def _hashed(label: bytes, relay: RelayEndpoint, modifier: bytes, spki: bytes) -> bytes:
    return sha256(label + relay.bytes + modifier + spki).digest()


def address_of(relay: RelayEndpoint, modifier: bytes, spki: bytes) -> Address:
    """The seat address that a key and a modifier have at a relay."""
    return Address(PREFIX + relay.ip + _hashed(_HASH, relay, modifier, spki)[:8], relay.port)


def _is_worked_for(relay: RelayEndpoint, modifier: bytes, spki: bytes) -> bool:
    return int.from_bytes(_hashed(_WORK, relay, modifier, spki)[:4], "big") >> (32 - WORK_BITS) == 0


def find_modifier(relay: RelayEndpoint, spki: bytes, start: bytes) -> bytes:
    """The first modifier from ``start`` (16 random bytes) on for which enough work was done: some 65,000 hashes. It is
    never zero, since it becomes the serial number of a certificate (RFC 5280 4.1.2.2)."""
    number = int.from_bytes(start, "big")
    while True:
        number = number % ((1 << 8 * MODIFIER_SIZE) - 1) + 1
        modifier = number.to_bytes(MODIFIER_SIZE, "big")
        if _is_worked_for(relay, modifier, spki):
            return modifier


def proves(address: Address, modifier: bytes, spki: bytes) -> bool:
    """Whether a key and a modifier belong to a seat address."""
    relay = relay_of(address)
    right_size = len(modifier) == MODIFIER_SIZE and len(spki) <= MOST_SPKI
    return right_size and address_of(relay, modifier, spki).ip == address.ip and _is_worked_for(relay, modifier, spki)
