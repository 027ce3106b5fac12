"""Direct connections of calls that come to a port where graphs listen: known by their first bytes, and handed to the
call that expects them."""

from __future__ import annotations

import socket
from collections.abc import Callable

from peerapi.reach.greeting import SIZE

Take = Callable[[socket.socket, bytes], object]
"Takes over a connection, and what has come of it."
_expected: dict[bytes, Take] = {}


def expect(greeting: bytes, take: Take) -> None:
    """From now on a connection that begins so is handed over. Engine thread."""
    _expected[greeting] = take


def forget(greeting: bytes) -> None:
    _expected.pop(greeting, None)


def hand_over(sock: socket.socket, first: bytes) -> bool:
    """Give a connection to who expects it; False: nobody does."""
    take = _expected.get(first[:SIZE])
    if take is None:
        return False
    take(sock, first)
    return True
