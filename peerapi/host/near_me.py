"""People near by over sockets: the datagrams of ``collab.nearby`` on the loopback interface.

The hosts of one machine share sixteen UDP ports at ::1; each binds the first that is free and speaks to all of them.
"""

from __future__ import annotations

import os
import random
import socket

import trio

from peerapi.address import LOOPBACK, Address
from peerapi.collab.discovery import MAX_DATAGRAM
from peerapi.collab.nearby import Nearby
from peerapi.collab.values import Person
from peerapi.engine.runtime import SystemRandom
from peerapi.environment import variable
from peerapi.errors import InvalidArgument, ServiceNotAvailable
from peerapi.host.desk import Desk
from peerapi.log import Log

FIRST_PORT = 36704
PORTS = 16
VARIABLE = "PEERAPI_COLLAB_PORT"
log = Log("host")


def first_port() -> int:
    """Of the sixteen. Raises InvalidArgument."""
    text = variable(VARIABLE, str(FIRST_PORT))
    if not text.isdecimal() or not 1024 <= int(text) <= 0x10000 - PORTS:
        raise InvalidArgument(f"{VARIABLE} is a number from 1024 to {0x10000 - PORTS}.")
    return int(text)


class NearMe:
    """See the module's text."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._random: random.Random = SystemRandom()
        self.nearby = Nearby(self._random)
        self._ports = range(0)
        self._scope: trio.CancelScope | None = None
        self._sock: trio.socket.SocketType | None = None
        self._changed = trio.Event()

    def sign_in(self, nursery: trio.Nursery, port: int) -> None:
        """Be near by: ``port`` is where one is called. Raises InvalidArgument, ServiceNotAvailable."""
        first = first_port()
        self._ports = range(first, first + PORTS)
        self._sock = trio.socket.from_stdlib_socket(_bound(self._ports))
        self._scope = trio.CancelScope()
        self.nearby.sign_in(self._desk.nickname(), one_line(self._desk.own.name), port, trio.current_time())
        nursery.start_soon(self._run, self._sock, self._scope)
        self._carry_out()

    def sign_out(self) -> None:
        if self._scope is not None:
            self.nearby.sign_out()
            self._carry_out()
            self._scope.cancel()
            self._scope = None

    def renamed(self) -> None:
        """Me or the endpoint may be called otherwise."""
        if self._scope is not None:
            self.nearby.change(self._desk.nickname(), one_line(self._desk.own.name), trio.current_time())
            self._carry_out()

    def people(self) -> list[Person]:
        return self.nearby.people()

    async def _run(self, sock: trio.socket.SocketType, scope: trio.CancelScope) -> None:
        with scope:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._keep_time)
                while True:
                    try:
                        data, (host, port, *_) = await sock.recvfrom(MAX_DATAGRAM + 1)
                    except OSError:  # one of the other ports is nobody's
                        continue
                    source = Address.parse(host, port)
                    if source.ip == LOOPBACK and port in self._ports and port != sock.getsockname()[1]:
                        self.nearby.received(data, source, trio.current_time())
                        self._carry_out()
        sock.close()

    async def _keep_time(self) -> None:
        while True:
            due = self.nearby.next_tick()
            changed = self._changed
            with trio.move_on_at(due if due is not None else float("inf")):
                await changed.wait()
                continue
            self.nearby.tick(trio.current_time())
            self._carry_out()

    def _carry_out(self) -> None:
        outputs, self.nearby.outputs = self.nearby.outputs, []
        events, self.nearby.events = self.nearby.events, []
        for data, target in outputs:
            ports = self._ports if target is None else (target.port,)
            for port in ports:
                self._send(data, port)
        self._changed.set()
        self._changed = trio.Event()
        self._desk.tell(events)

    def _send(self, data: bytes, port: int) -> None:
        assert self._sock is not None
        raw = socket.socket(fileno=self._sock.fileno())
        try:
            if port != raw.getsockname()[1]:
                raw.sendto(data, socket.MSG_DONTWAIT, ("::1", port))
        except OSError as error:
            log.debug("port %d: %s", port, os.strerror(error.errno or 0))
        finally:
            raw.detach()


def _bound(ports: range) -> socket.socket:
    for port in ports:
        sock = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        try:
            sock.bind(("::1", port))
        except OSError:
            sock.close()
            continue
        sock.setblocking(False)
        return sock
    raise ServiceNotAvailable(f"None of the UDP ports {ports.start} to {ports.stop - 1} at ::1 can be had.")


def one_line(text: str) -> str:
    """As it is announced."""
    return " ".join(text.split())
