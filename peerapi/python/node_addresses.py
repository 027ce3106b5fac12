"""Where a node is, as people write it: ``"::1", 4001``, ``"[fe80::1%eth0]:4001"``, ``"192.0.2.1:4001"``, a host name,
an Address."""

from __future__ import annotations

import socket
from collections.abc import Iterable
from typing import Any

from peerapi.address import LOOPBACK, LOOPBACK_IPV4, Address, parse_ip
from peerapi.errors import WrappedWin32Error
from peerapi.python import arguments
from peerapi.python.arguments import InvalidValue
from peerapi.python.hosts import Host

WSAHOST_NOT_FOUND = 11001


def read(text: str, port: int | None = None) -> Address | tuple[str, int]:
    """An address, or the name of a host and a port, which nobody has looked up. Raises InvalidArgument."""
    name, port = _split(text, port)
    if not 0 < port < 1 << 16:
        raise InvalidValue(f"{port} is not a port.")
    bare, _, zone = name.partition("%")
    try:
        return Address(parse_ip(bare), port, 0, _interface(zone))
    except InvalidValue:
        raise
    except ValueError:
        if not name or "%" in name or ":" in name:
            raise InvalidValue(f"{name!r} is neither an address nor the name of a host.") from None
        return name, port


async def find(place: str | Address, port: int | None, host: Host) -> list[Address]:
    """Every address of a place, at least one. Raises InvalidArgument, WrappedWin32Error (WSAHOST_NOT_FOUND)."""
    if port is not None:
        arguments.whole("port", port, 1, arguments.PORTS)
    if isinstance(place, Address):
        return [place if port is None else place._replace(port=port)]
    if not isinstance(place, str):
        raise TypeError(f"a place is a str, as in '[::1]:4001', or a peerapi.Address, not {type(place).__name__}")
    found = read(arguments.text("place", place), port)
    if isinstance(found, Address):
        return [found]
    return await host.in_thread(lambda: _looked_up(*found))


def checked(known: Any) -> tuple[Address, ...]:
    """Addresses that were handed over together. Raises TypeError."""
    if not isinstance(known, Iterable):
        raise TypeError(f"places are peerapi.Address values, not {type(known).__name__}")
    return tuple(arguments.a(Address, "a place", "a peerapi.Address", one) for one in known)


def _split(text: str, port: int | None) -> tuple[str, int]:
    if port is not None:
        return text.removeprefix("[").removesuffix("]"), port
    name, colon, number = text.rpartition(":")
    if not colon or not number.isascii() or not number.isdigit() or len(number) > 20:
        raise InvalidValue(f"{text!r} names no port.")
    if ":" in name and not (name.startswith("[") and name.endswith("]")):
        raise InvalidValue(f"{text!r}: an IPv6 address before a port stands in brackets.")
    return name.removeprefix("[").removesuffix("]"), int(number)


def _interface(zone: str) -> int:
    if not zone or (zone.isascii() and zone.isdigit()):
        return arguments.whole("the interface of an address", int(zone[:20] or 0), 0, arguments.U32)
    try:
        return socket.if_nametoindex(zone)
    except OSError as error:
        raise InvalidValue(f"There is no interface {zone!r}.") from error


def _looked_up(name: str, port: int) -> list[Address]:
    if name.lower().removesuffix(".") == "localhost":  # both, whatever a file of hosts says (RFC 6761, 6.3)
        return [Address(LOOPBACK, port), Address(LOOPBACK_IPV4, port)]
    try:
        infos = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:  # the latter for labels that are too long
        raise WrappedWin32Error(WSAHOST_NOT_FOUND, f"{name!r} has no address that could be found.") from error
    found: list[tuple[Any, ...]] = [info[4] for info in infos]
    unique = dict.fromkeys((str(where[0]).partition("%")[0], int(where[3]) if len(where) > 2 else 0) for where in found)
    return [Address.parse(ip, port, scope) for ip, scope in unique]
