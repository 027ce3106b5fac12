"""The machine's own addresses, as the kernel lists them (rtnetlink, RFC 3549): of both families, one list.

A request goes to the kernel over a socket of its own, and what comes back is a run of messages, each with attributes.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from typing import NamedTuple

from peerapi.address import IPV4_MAPPED, Address

RTM_NEWLINK, RTM_GETLINK = 16, 18
RTM_NEWADDR, RTM_GETADDR = 20, 22
RTM_NEWROUTE, RTM_GETROUTE = 24, 26
NLMSG_ERROR, NLMSG_DONE = 2, 3
_REQUEST_ALL = 0x301
"NLM_F_REQUEST, NLM_F_ROOT and NLM_F_MATCH: the whole list."
_HEADER = struct.Struct("=IHHII")
"nlmsghdr: length, type, flags, sequence, sender."
_ADDRESS = struct.Struct("=BBBBI")
"ifaddrmsg: family, prefix, flags, scope, interface."
_LINK = struct.Struct("=BxHiII")
"ifinfomsg: family, type, interface, flags, changed."
_ROUTE = struct.Struct("=BB5xBI")
"rtmsg: family, bits of the destination, type, flags."
_ATTRIBUTE = struct.Struct("=HH")
IFA_ADDRESS, IFA_LOCAL, IFA_FLAGS = 1, 2, 8
RTA_GATEWAY = 5
RTN_UNICAST = 1
IFF_UP, IFF_RUNNING = 0x1, 0x40
PATIENCE = 2.0
"Seconds for the kernel to answer."
ANSWER = 64 << 10

TEMPORARY = 0x01
REFUSED = 0x08
OPTIMISTIC = 0x04
LEAVING = 0x20
TENTATIVE = 0x40
"""IFA_F_TEMPORARY: it changes every day, so that nobody is followed by it (RFC 8981); IFA_F_DADFAILED: somebody else
has it; IFA_F_OPTIMISTIC: it may be used while the kernel still asks whether somebody has; IFA_F_DEPRECATED: no new
connections are to begin with it (RFC 4862); IFA_F_TENTATIVE: the kernel still asks."""


class Found(NamedTuple):
    """One address of an interface. ``address`` has port 0."""

    address: Address
    interface: int
    flags: int

    @property
    def is_usable(self) -> bool:
        """Nobody else has it, as far as the kernel knows."""
        return not self.flags & REFUSED and (not self.flags & TENTATIVE or bool(self.flags & OPTIMISTIC))


def interface_addresses() -> list[tuple[Address, int]]:
    """The machine's addresses (port 0) with their interface indexes, as the kernel lists them. Those that cannot be
    used (yet) are left out, and those of interfaces that lead nowhere; those that change every day come behind the
    others, and those that are about to go last. Empty where the kernel does not tell."""
    try:
        leading = {number for kind, body in _asked(RTM_GETLINK) for number in _running(kind, body)}
        found = [one for kind, body in _asked(RTM_GETADDR) for one in _addresses(kind, body)]
    except OSError:
        return []
    usable = [one for one in found if one.is_usable and one.interface in leading]
    usable.sort(key=lambda one: (bool(one.flags & LEAVING), bool(one.flags & TEMPORARY)))
    return [(one.address, one.interface) for one in usable]


def _asked(request: int) -> Iterator[tuple[int, bytes]]:
    """The messages of one of the kernel's lists: type and body. OSError."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, socket.NETLINK_ROUTE) as kernel:
        kernel.settimeout(PATIENCE)
        body = bytes(_LINK.size)  # family 0 is every family; the kernel takes the longer of the two structures for both
        kernel.send(_HEADER.pack(_HEADER.size + len(body), request, _REQUEST_ALL, 1, 0) + body)
        while True:
            for kind, part in messages(kernel.recv(ANSWER)):
                if kind == NLMSG_DONE:
                    return
                if kind == NLMSG_ERROR:
                    raise OSError("the kernel does not list its addresses")
                yield kind, part


def messages(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The messages of a datagram from the kernel: type and body."""
    at = 0
    while at + _HEADER.size <= len(data):
        length, kind, *_ = _HEADER.unpack_from(data, at)
        if not _HEADER.size <= length <= len(data) - at:
            return
        yield kind, data[at + _HEADER.size : at + length]
        at += length + 3 & ~3


def attributes(data: bytes) -> dict[int, bytes]:
    """What follows the fixed part of a message's body."""
    found, at = {}, 0
    while at + _ATTRIBUTE.size <= len(data):
        length, kind = _ATTRIBUTE.unpack_from(data, at)
        if not _ATTRIBUTE.size <= length <= len(data) - at:
            break
        found[kind] = data[at + _ATTRIBUTE.size : at + length]
        at += length + 3 & ~3
    return found


def default_routers() -> list[bytes]:
    """The routers of IPv4 by which this machine reaches everything else, 16 bytes each."""
    try:
        found = [router for kind, body in _asked(RTM_GETROUTE) for router in _router(kind, body)]
    except OSError:
        return []
    return list(dict.fromkeys(found))


def _router(kind: int, body: bytes) -> Iterator[bytes]:
    """The router of an RTM_NEWROUTE, if it leads everywhere."""
    if kind != RTM_NEWROUTE or len(body) < _ROUTE.size:
        return
    family, bits, sort, _ = _ROUTE.unpack_from(body)
    gateway = attributes(body[_ROUTE.size :]).get(RTA_GATEWAY, b"")
    if family == socket.AF_INET and not bits and sort == RTN_UNICAST and len(gateway) == 4:
        yield IPV4_MAPPED + gateway


def _running(kind: int, body: bytes) -> Iterator[int]:
    """The interface of an RTM_NEWLINK, if it is up and has somewhere to go: a cable, for instance."""
    if kind == RTM_NEWLINK and len(body) >= _LINK.size:
        _, _, number, flags, _ = _LINK.unpack_from(body)
        if flags & IFF_UP and flags & IFF_RUNNING:
            yield number


def _addresses(kind: int, body: bytes) -> Iterator[Found]:
    """The address of an RTM_NEWADDR, if it is one of IPv6 or IPv4."""
    if kind != RTM_NEWADDR or len(body) < _ADDRESS.size:
        return
    family, _, flags, _, interface = _ADDRESS.unpack_from(body)
    said = attributes(body[_ADDRESS.size :])
    raw = said.get(IFA_LOCAL) or said.get(IFA_ADDRESS, b"")  # at the ends of a tunnel the latter is the other one's
    ip = IPV4_MAPPED + raw if family == socket.AF_INET else raw
    if family not in (socket.AF_INET, socket.AF_INET6) or len(ip) != 16:
        return
    if len(said.get(IFA_FLAGS, b"")) == 4:
        flags = int.from_bytes(said[IFA_FLAGS], "little" if struct.pack("=H", 1)[0] else "big")
    address = Address(ip, 0)
    yield Found(address._replace(scope=interface) if address.has_zone else address, interface, flags)
