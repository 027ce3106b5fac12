"""Ports of ::1 that a test may take. Each process that runs tests has some for itself alone, so that tests of several
run beside one another: a port that was only free a moment ago may be another's by the time that it is listened at."""

from __future__ import annotations

import contextlib
import functools
import itertools
import socket
from collections.abc import Iterator

from peerapi.engine.clouds.network import PORTS

SHARE = 512
SHARES = range(10_000, 32_000 - SHARE, SHARE)
"The first port of each share; all lie below those that the system gives to outgoing connections."


class Share:
    """Ports that no other process of tests is given, held by an abstract name, which the system frees at its end."""

    def __init__(self) -> None:
        self._holder = socket.socket(socket.AF_UNIX)
        for first in SHARES:
            with contextlib.suppress(OSError):
                self._holder.bind(f"\0peerapi tests: ports from {first}")
                self._ports = itertools.cycle(range(first, first + SHARE))
                return
        raise OSError(f"{len(SHARES)} processes run tests of peerapi here: no ports are left for another one")

    def ranges(self, size: int) -> Iterator[int]:
        """The first of so many ports in a row, all of them free; those given last come again last."""
        while True:
            ports = list(itertools.islice(self._ports, size))
            if ports[-1] - ports[0] == size - 1 and all(map(_is_free, ports)):
                yield ports[0]


def _is_free(port: int) -> bool:
    """Whether a port is free for TCP and UDP."""
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET6, kind) as probe:
            try:
                probe.bind(("::1", port))
            except OSError:
                return False
    return True


_share = functools.cache(Share)


def free_port() -> int:
    """A port on which nobody listens."""
    return next(_share().ranges(1))


def free_ports(count: int) -> list[int]:
    """Different ports on which nobody listens."""
    return [free_port() for _ in range(count)]


def free_range() -> int:
    """The first port of a loopback cloud of a test's own."""
    return next(_share().ranges(PORTS))
