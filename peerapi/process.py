"""What a process does to what is open in it: fork.

A child of fork has a copy of the memory, and none of the threads. What it did to the files that it shares with its
parent would be the parent's loss, so it may do nothing: every call is E_UNEXPECTED there. Descriptors that must not
outlive the parent are closed in the child before fork returns (``own``), also when C code forks.
"""

from __future__ import annotations

import os
import weakref
from typing import TYPE_CHECKING, Protocol

from peerapi._process import close_in_child, keep_in_child, never_free
from peerapi.errors import Unexpected

if TYPE_CHECKING:
    from socket import socket

__all__ = ["Inherited", "disown", "in_use", "never_free", "own", "refuse", "refused", "tell"]


class Inherited(Protocol):
    """Something that a child of fork has a copy of."""

    def forked(self) -> None:
        """Called in the child, which has one thread; nothing may be waited for."""


FORKED = (
    "This process was forked from one that uses peerapi, and cannot: begin it by exec (multiprocessing: with the start"
    " method spawn or forkserver), or fork before the first call."
)
_copies: weakref.WeakSet[Inherited] = weakref.WeakSet()
_sockets: weakref.WeakSet[socket] = weakref.WeakSet()
_used = False
_refused = False


def in_use() -> None:
    """Somebody uses this library, so that a child forked from now on cannot."""
    global _used
    _used = True


def tell(copied: Inherited) -> None:
    """Have something told in a child of fork, if it still lives then. It must be hashable by what it is."""
    _copies.add(copied)


def refused() -> bool:
    """Whether this is a child of a process that used this library."""
    return _refused


def refuse() -> None:
    """Raises Unexpected, E_UNEXPECTED, in a child of a process that used this library."""
    if _refused:
        raise Unexpected(FORKED)


def own(sock: socket) -> None:
    """A socket of this process alone: others shall notice when it ends, also when its children live on."""
    close_in_child(sock.fileno())
    _sockets.add(sock)


def disown(sock: socket) -> None:
    """Close such a socket. Closing twice does nothing."""
    if sock.fileno() >= 0:
        keep_in_child(sock.fileno())
        sock.close()


def _forked() -> None:
    global _refused
    if _used:
        _refused = True
        for copied in list(_copies):
            copied.forked()
    for sock in list(_sockets):
        sock.detach()  # it is closed, and the number may be another file's soon


os.register_at_fork(after_in_child=_forked)
