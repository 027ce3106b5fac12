"""The sockets of port mapping: asks this machine's routers to send on to it what comes for a port of theirs
(``reach.mapping``), as long as something listens there.

Off unless ``PEERAPI_MAP`` is 1, as it is for ``peerapi whiteboard``: a program that listens does not open its user's
router by itself.
"""

from __future__ import annotations

import contextlib
import errno
import socket
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import peerapi.process as process
from peerapi.address import Address
from peerapi.engine.addresses import default_routers, interface_addresses
from peerapi.engine.runtime import SystemRandom, moment
from peerapi.environment import variable
from peerapi.log import Log
from peerapi.reach.mapping import MappingChanged, PortMapper
from peerapi.reach.port_control import PORT

if TYPE_CHECKING:
    import trio

VARIABLE = "PEERAPI_MAP"
MOST_ROUTERS = 4
READ = 2048
FIRST_ANSWER = 4.0
"""Seconds that who begins to listen waits for the routers' first answers, so that the addresses it is told are all:
the first question may be lost, and the second follows after three."""
log = Log("engine.mapping")


def wanted() -> bool:
    """Whether the user has ports mapped."""
    return variable(VARIABLE) == "1"


class Answer(NamedTuple):
    """What one router says of the port."""

    public: Address | None
    why: str


def routers_in_between() -> list[bytes]:
    """The routers behind which this machine is: none when it has a public address of IPv4 itself."""
    if any(one.is_ipv4 and one.is_public for one, _ in interface_addresses()):
        return []
    return default_routers()


class PortMapping:
    """One port, at all routers that this machine has. Engine thread, but for ``answered``."""

    def __init__(
        self, port: int, changed: Callable[[], None], routers: Callable[[], list[bytes]] | None = None
    ) -> None:
        """``changed`` is called when ``public`` is another; ``routers`` are those of IPv4, 16 bytes each."""
        self._port = port
        self._changed = changed
        self._routers = routers or routers_in_between
        self._answers: dict[bytes, Answer] = {}
        self._scope: trio.CancelScope | None = None
        self._anew: trio.Event | None = None
        self._closed = False
        self.answered = threading.Event()
        "The routers have been heard, or there is none."

    @property
    def public(self) -> list[Address]:
        """The addresses at which the port is reached through routers."""
        return [one.public for one in self._answers.values() if one.public is not None]

    def network_changed(self) -> None:
        """There may be other routers, and the old ones know this machine by another address."""
        if self._anew is not None:
            self._anew.set()

    def close(self) -> None:
        """Give the port back."""
        self._closed = True
        if self._scope is not None:
            self._scope.cancel()

    async def run(self) -> None:
        """Task: keep the port open until it is closed."""
        import trio

        with trio.CancelScope() as self._scope:
            while not self._closed:
                self._anew = trio.Event()
                routers = self._routers()[:MOST_ROUTERS]
                self._forget(set(routers))
                async with trio.open_nursery() as nursery:
                    for router in routers:
                        nursery.start_soon(self._ask, router)
                    await self._anew.wait()
                    nursery.cancel_scope.cancel()

    def _forget(self, routers: set[bytes]) -> None:
        if not routers:
            self.answered.set()
        gone = self._answers.keys() - routers
        for router in gone:
            del self._answers[router]
        if gone:
            self._changed()

    async def _ask(self, router: bytes) -> None:
        """Task: one router."""
        try:
            sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK)
        except OSError as error:
            self._note(router, MappingChanged(self._port, None, str(error)))
            return
        process.own(sock)
        try:
            where = Address(router, PORT)
            sock.connect((where.host, where.port))  # from here on the kernel gives us what comes from there only
            own = Address.parse(sock.getsockname()[0], 0)
            mapper = PortMapper(router, own.ip, SystemRandom())
            mapper.open(self._port, moment().elapsed)
            try:
                while True:
                    self._carry_out(sock, router, mapper)
                    await self._next(sock, where, mapper, self.answered.set)
            finally:
                mapper.close(self._port, moment().elapsed)
                self._carry_out(sock, router, mapper)
        except OSError as error:  # no way to it at all
            self._note(router, MappingChanged(self._port, None, str(error)))
        finally:
            process.disown(sock)

    @staticmethod
    async def _next(sock: socket.socket, where: Address, mapper: PortMapper, refused: Callable[[], object]) -> None:
        """Take in what comes next: a datagram, or the time to ask again."""
        import trio

        due = mapper.timers.next
        pause = max(0.0, due - moment().elapsed) if due is not None else float("inf")
        with trio.move_on_after(pause):
            await trio.lowlevel.wait_readable(sock.fileno())
            try:
                data = sock.recv(READ)
            except OSError as error:
                # That nobody listens there is told at once by some routers, and by others not at all: both are silence.
                if error.errno not in (errno.EAGAIN, errno.ECONNREFUSED, errno.EHOSTUNREACH, errno.ENETUNREACH):
                    raise
                if error.errno == errno.ECONNREFUSED:
                    refused()  # it may begin to listen, but nobody waits for that
            else:
                mapper.received(data, where, moment().elapsed)
        mapper.tick(moment().elapsed)

    def _carry_out(self, sock: socket.socket, router: bytes, mapper: PortMapper) -> None:
        outputs, mapper.outputs = mapper.outputs, []
        for output in outputs:
            if isinstance(output, MappingChanged):
                self._note(router, output)
            else:
                with contextlib.suppress(OSError):  # as good as lost on the way
                    sock.send(output.data)

    def _note(self, router: bytes, said: MappingChanged) -> None:
        before = self.public
        self._answers[router] = Answer(said.public, said.why)
        host = Address(router, 0).host
        if said.public is not None:
            log.info("port %d is reached through the router %s at %s", said.port, host, said.public)
        else:
            log.info("port %d at the router %s: %s", said.port, host, said.why)
        if self.public != before:
            self._changed()
        self.answered.set()  # who waits for this reads what has changed
