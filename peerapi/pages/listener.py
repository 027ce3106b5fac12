"""The socket of the page: opened before anything else is made, so that what cannot be leaves nothing behind."""

from __future__ import annotations

import contextlib
import errno
import ipaddress
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from peerapi.pages.access_control import is_wildcard

MOST_PORT = 65_535
PATIENCE = 30
"""Seconds after which a page that takes nothing of what is sent to it is given up; it comes back by itself. What is
being sent cannot be cancelled in the server: without this such a page would keep the program from ending."""


class InvalidOption(Exception):
    """What was asked for on the command line cannot be; ``str()`` says what could."""


class MistypedOption(InvalidOption):
    """It can never be, whatever else there is on this machine."""


@dataclass(frozen=True)
class Listener:
    """A socket that listens."""

    host: str
    "What it is called in the page's address: a name if one was given, else the address as browsers write it."
    address: str
    "The address that it is bound to."
    port: int
    socket: socket.socket


@contextmanager
def listening(host: str, port: int | None, usual: int = 0) -> Iterator[Listener]:
    """A listener at that address, as long as the block lasts. ``port`` None: ``usual``, or any that is free when that
    is taken or 0. Raises InvalidOption."""
    if port is not None and not 0 <= port <= MOST_PORT:
        raise MistypedOption(f"--port {port}: a port is a number up to {MOST_PORT}, and 0 means any that is free")
    host, address = _resolved(host.strip().removeprefix("[").removesuffix("]"))
    with contextlib.ExitStack() as stack:
        try:
            found = _bound(address, usual if port is None else port)
        except OSError as error:
            if port is not None or not usual:
                raise InvalidOption(_reason(error, host, port or 0)) from error
            try:
                found = _bound(address, 0)
            except OSError as second:
                raise InvalidOption(_reason(second, host, 0)) from second
        stack.enter_context(found)
        yield Listener(host, address, found.getsockname()[1], found)


def own_addresses() -> list[str]:
    """The addresses by which others reach this machine, one of each family, where there is a way out. Nothing is sent
    to find that out."""
    found = []
    for family, beyond in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((beyond, 9))
            found.append(probe.getsockname()[0])
    return found


def _resolved(host: str) -> tuple[str, str]:
    """What a page there is called, and its address, each in the one spelling that browsers have for it: they make
    127.0.0.1 of 127.1, and [::1] of [0:0:0:0:0:0:0:1]. Raises InvalidOption."""
    wanted = "127.0.0.1, ::1, an address of this machine, or 0.0.0.0 and :: for all of them"
    if "%" in host:
        raise MistypedOption(f"--bind {host}: browsers open no address of a link (with %); wanted is {wanted}")
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        raise MistypedOption(f"--bind {host}: that is no address; {wanted}") from error
    numbers = ipaddress.ip_address(str(found[0][4][0]).partition("%")[0])
    mapped = numbers.ipv4_mapped if numbers.version == 6 else None
    address = str(mapped or numbers)
    return (address if _is_number(host) else host.lower().removesuffix(".")), address


def _is_number(host: str) -> bool:
    try:
        socket.getaddrinfo(host, None, flags=socket.AI_NUMERICHOST)
    except (OSError, UnicodeError):
        return False
    return True


def _bound(address: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 1000 * PATIENCE)  # every connection has it, too
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0 if is_wildcard(address) else 1)
        made.bind((address, port))
        made.listen(100)
    except BaseException:
        made.close()
        raise
    return made


def _reason(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"--port {port}: the port is in use; name another one, or none: then one that is free is taken"
    if error.errno == errno.EACCES:
        return f"--port {port}: only the administrator may use ports below 1024; name a higher one"
    if is_without_ipv6(error):
        missing = "; IPv6 may be switched off" if ":" in host else ""
        return f"--bind {host}: this machine has no such address{missing}"
    which = f" --port {port}" if port else ""
    return f"--bind {host}{which}: {error.strerror or error}"


def is_without_ipv6(error: BaseException) -> bool:
    """Whether it is what the system says when there is not even ::1."""
    return isinstance(error, OSError) and error.errno in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)
