"""What the kernel tells of the machine's addresses: that some have come or gone (rtnetlink, RFC 3549)."""

from __future__ import annotations

import contextlib
import socket

import peerapi.process as process

NETLINK_ROUTE = 0
RTMGRP_LINK, RTMGRP_IPV4_IFADDR, RTMGRP_IPV6_IFADDR = 0x1, 0x10, 0x100
"The groups of whoever wants to hear of interfaces and of addresses of both families (linux/rtnetlink.h)."
SETTLED = 0.5
"Seconds without further news after which the addresses are looked at: a new network takes the old away first."
NEWS = 64 << 10


class AddressChanges:
    """A subscription, of the engine thread. Raises OSError where the kernel gives none."""

    def __init__(self) -> None:
        self._sock = socket.socket(
            socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK, NETLINK_ROUTE
        )
        try:
            self._sock.bind((0, RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR))
        except OSError:
            self._sock.close()
            raise
        process.own(self._sock)

    async def wait(self) -> bool:
        """Return when something has changed and nothing more does; False when this has been closed."""
        import trio

        quiet = False
        try:
            while not quiet:
                await trio.lowlevel.wait_readable(self._sock.fileno())
                self._forget()
                with trio.move_on_after(SETTLED) as patience:
                    await trio.lowlevel.wait_readable(self._sock.fileno())
                quiet = patience.cancelled_caught
        except (trio.ClosedResourceError, ValueError):  # the latter: it was closed before this was called
            return False
        return True

    def close(self) -> None:
        """Whoever waits is told."""
        if self._sock.fileno() >= 0:
            import trio

            trio.lowlevel.notify_closing(self._sock.fileno())
            process.disown(self._sock)

    def _forget(self) -> None:
        """What has changed is read from the kernel's list; news that did not fit (ENOBUFS) say as much."""
        with contextlib.suppress(OSError):
            while self._sock.recv(NEWS):
                pass
