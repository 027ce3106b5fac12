"""What goes over the cable of a host that is a network namespace."""

from __future__ import annotations

import ctypes
import os
import socket
import threading
from typing import NamedTuple

from tests.support.namespaces import Host

EVERYTHING = 3
"ETH_P_ALL."
MARK = 0x88B5
"An Ethernet type for experiments (IEEE 802): a frame of it says where a look ends."
IPV6 = 0x86DD
TCP, UDP, ICMPV6, HOP_BY_HOP = 6, 17, 58, 0
ROOM = 32 << 20
PATIENCE = 120.0
_libc = ctypes.CDLL(None, use_errno=True)


class Packet(NamedTuple):
    """One of IPv6. ``protocol`` is the next header; of TCP and UDP ``payload`` is the data."""

    source: bytes
    protocol: int
    payload: bytes


class Capture:
    """Listens from the beginning, at the cable of ``host``."""

    def __init__(self, host: Host, other: Host) -> None:
        """``other``: the host at the other end of the cable."""
        self._hears = _at_the_cable(host)
        self._hears.settimeout(PATIENCE)
        self._marks = _at_the_cable(other)
        self._looks = 0

    def packets(self) -> list[Packet]:
        """Those since the last look."""
        self._looks += 1
        mark = bytes((255,)) * 12 + MARK.to_bytes(2, "big") + self._looks.to_bytes(46, "big")
        self._marks.send(mark)
        found = []
        while (frame := self._hears.recv(1 << 16))[12:] != mark[12:]:
            packet = _read(frame)
            if packet is not None:
                found.append(packet)
        return found

    def close(self) -> None:
        self._hears.close()
        self._marks.close()


def _read(frame: bytes) -> Packet | None:
    if int.from_bytes(frame[12:14], "big") == MARK:
        return None
    if int.from_bytes(frame[12:14], "big") != IPV6:
        return Packet(b"", -1, frame[14:])
    length, protocol = int.from_bytes(frame[18:20], "big"), frame[20]
    body = frame[54 : 54 + length]
    head = {TCP: (body[12:13] or b"\0")[0] >> 2, UDP: 8}.get(protocol, 0)
    return Packet(frame[22:38], protocol, body[head:])


def _at_the_cable(host: Host) -> socket.socket:
    """A socket made by a thread that has gone into the namespace, and ends there."""
    made: list[socket.socket] = []

    def make() -> None:
        with open(f"/run/netns/{host.name}", "rb") as namespace:
            if _libc.setns(namespace.fileno(), 0):
                raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(EVERYTHING))
        sock.setsockopt(socket.SOL_SOCKET, 33, ROOM)  # SO_RCVBUFFORCE
        sock.bind(("cable", EVERYTHING))
        made.append(sock)

    thread = threading.Thread(target=make)
    thread.start()
    thread.join()
    return made[0]
