"""Delays what comes from some interfaces, since not every kernel has netem: a forwarder between each of them and a TAP
device that takes its place at the bridge.

``python -m tests.support.delay SECONDS plug1 plug2 ...`` in the bridge's namespace makes tap1, tap2 ... and prints a
line when it forwards. Both ends carry the header of virtio, so that the kernel's unfinished checksums stay meaningful.
"""

from __future__ import annotations

import fcntl
import heapq
import itertools
import os
import select
import socket
import struct
import sys
import time

TUNSETIFF = 0x400454CA
IFF_TAP, IFF_NO_PI, IFF_VNET_HDR = 0x0002, 0x1000, 0x4000
SOL_PACKET, PACKET_VNET_HDR, PACKET_IGNORE_OUTGOING = 263, 15, 23
ETH_P_ALL = 3
LARGEST = 70 << 10


def open_tap(name: str) -> int:
    tap = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(tap, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TAP | IFF_NO_PI | IFF_VNET_HDR))
    return tap


def open_plug(name: str) -> socket.socket:
    plug = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    plug.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
    plug.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
    plug.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
    plug.bind((name, ETH_P_ALL))
    plug.setblocking(False)
    return plug


def main(delay: float, *plugs: str) -> None:
    poll = select.epoll()
    sockets = [open_plug(name) for name in plugs]
    taps = [open_tap(name.replace("plug", "tap")) for name in plugs]
    to_tap = {plug.fileno(): tap for plug, tap in zip(sockets, taps, strict=True)}
    to_plug = {tap: plug.fileno() for plug, tap in zip(sockets, taps, strict=True)}
    for one in (*to_tap, *to_plug):
        poll.register(one, select.EPOLLIN)
    waiting: list[tuple[float, int, int, bytes]] = []
    order = itertools.count()
    print("ready", flush=True)
    while True:
        pause = max(0.0, waiting[0][0] - time.monotonic()) if waiting else -1
        for descriptor, _ in poll.poll(pause):
            for _ in range(64):
                try:
                    frame = os.read(descriptor, LARGEST)
                except OSError:
                    break
                if descriptor in to_tap:
                    heapq.heappush(waiting, (time.monotonic() + delay, next(order), to_tap[descriptor], frame))
                else:
                    _write(to_plug[descriptor], frame)
        while waiting and waiting[0][0] <= time.monotonic():
            _write(*heapq.heappop(waiting)[2:])


def _write(descriptor: int, frame: bytes) -> None:
    try:
        os.write(descriptor, frame)
    except OSError:
        return  # a full queue, or an interface that is down: as good as lost on the way


if __name__ == "__main__":
    main(float(sys.argv[1]), *sys.argv[2:])
