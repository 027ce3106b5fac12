"""The socket of the page: opened before anything else is made, so that what cannot be leaves nothing behind."""

from __future__ import annotations

import contextlib
import errno
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from peerapi.whiteboard.access_control import is_wildcard
from peerapi.whiteboard.reasons import is_without_ipv6

MOST_PORT = 65_535
PATIENCE = 30
"""Seconds after which a page that takes nothing of what is sent to it is given up; it comes back by itself. What is
being sent cannot be cancelled in the server: without this such a page would keep the program from ending."""


class InvalidOption(Exception):
    """What was asked for on the command line cannot be; ``str()`` says what could."""


@dataclass(frozen=True)
class Listener:
    """A socket that listens; ``host`` is the address that it is bound to."""

    host: str
    port: int
    socket: socket.socket


@contextmanager
def listening(host: str, port: int | None, usual: int = 0) -> Iterator[Listener]:
    """A listener at that address, as long as the block lasts. ``port`` None: ``usual``, or any that is free when that
    is taken or 0. Raises InvalidOption."""
    host = host.strip().removeprefix("[").removesuffix("]")
    if port is not None and not 0 <= port <= MOST_PORT:
        raise InvalidOption(f"--port {port}: a port is a number up to {MOST_PORT}, and 0 means any that is free")
    family, address = _resolved(host)
    with contextlib.ExitStack() as stack:
        try:
            found = _bound(family, address, usual if port is None else port)
        except OSError as error:
            if port is not None or not usual:
                raise InvalidOption(_reason(error, host, port or 0)) from error
            try:
                found = _bound(family, address, 0)
            except OSError as second:
                raise InvalidOption(_reason(second, host, 0)) from second
        stack.enter_context(found)
        yield Listener(host, found.getsockname()[1], found)


def own_addresses() -> list[str]:
    """The addresses by which others reach this machine, one of each family, where there is a way out. Nothing is sent
    to find that out."""
    found = []
    for family, beyond in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((beyond, 9))
            found.append(probe.getsockname()[0])
    return found


def _resolved(host: str) -> tuple[socket.AddressFamily, str]:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        wanted = "127.0.0.1, ::1, an address of this machine, or 0.0.0.0 and :: for all of them"
        raise InvalidOption(f"--bind {host}: that is no address; {wanted}") from error
    family, _, _, _, address = found[0]
    return family, str(address[0])


def _bound(family: socket.AddressFamily, address: str, port: int) -> socket.socket:
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
    return f"--bind {host} --port {port}: {error.strerror or error}"
