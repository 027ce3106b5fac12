"""The life of a host: one for each data folder, from its first program to the end of the session."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import trio

from peerapi.engine.collab.places import Places
from peerapi.engine.collab.starting import peer_of
from peerapi.engine.collab.stores import applications, contact_book, machine_name
from peerapi.host.desk import Desk
from peerapi.host.operations import Operations
from peerapi.host.port import Port
from peerapi.log import Log
from peerapi.store.collab import SettingsStore

IDLE = 30.0
"Seconds without any program after which a host ends whose user is not signed in."
CHECK = 10.0
"Seconds between two looks at whether the data folder is still there."
MOST_PROGRAMS = 256
log = Log("host")


class Host:
    """One host. ``places`` says for which data folder."""

    def __init__(self, places: Places, idle: float = IDLE) -> None:
        self._places = places
        self._idle = idle
        self.desk = Desk(
            contact_book(),
            applications(),
            SettingsStore(),
            machine_name(),
        )
        self.operations = Operations(self.desk)
        self._changed = trio.Event()
        "Set when a program has come or gone."

    async def run(self, ready: Callable[[], None]) -> None:
        """Until nobody needs it. ``ready`` is called as soon as programs can connect. Raises OSError."""
        path = self._places.socket()
        path.unlink(missing_ok=True)  # this process holds the lock, so nobody listens there
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
        before = os.umask(0o177)
        try:
            listener.bind(str(path))
        finally:
            os.umask(before)
        listener.listen(128)
        listener.setblocking(False)
        self._places.announce(path)
        made = path.stat()
        try:
            async with trio.open_nursery() as nursery:
                self.operations.stop = nursery.cancel_scope.cancel
                nursery.start_soon(self._end_by_signal, nursery)
                nursery.start_soon(self._end_when_idle, nursery)
                nursery.start_soon(self._end_without_home, nursery, (made.st_dev, made.st_ino), path)
                self.operations.network.start(nursery)
                ready()
                await self._accept(trio.socket.from_stdlib_socket(listener), nursery)
        finally:
            with contextlib.suppress(OSError):
                if (path.stat().st_dev, path.stat().st_ino) == (made.st_dev, made.st_ino):
                    path.unlink()
            with contextlib.suppress(OSError):
                self._places.notice.unlink()

    async def _accept(self, listener: trio.socket.SocketType, nursery: trio.Nursery) -> None:
        while True:
            try:
                sock, _ = await listener.accept()
            except OSError as error:  # too many descriptors, for example: others may end
                log.warning("no program can connect: %s", error)
                await trio.sleep(1)
                continue
            raw = socket.socket(fileno=sock.fileno())
            user, process = peer_of(raw), _process_of(raw)
            raw.detach()
            if user != os.geteuid() or len(self.desk.ports) >= MOST_PROGRAMS:
                log.warning("process %d of user %d is not let in", process, user)
                sock.close()
                continue
            nursery.start_soon(self._serve, Port(sock, process))

    async def _serve(self, port: Port) -> None:
        self.desk.ports.append(port)
        self._tell_changed()
        try:
            await port.serve(self.operations.take)
        finally:
            self.operations.gone(port)
            self._tell_changed()

    def _tell_changed(self) -> None:
        changed, self._changed = self._changed, trio.Event()
        changed.set()

    async def _end_when_idle(self, nursery: trio.Nursery) -> None:
        while True:
            changed = self._changed
            if self.desk.ports or self.desk.own.flags:
                await changed.wait()
                continue
            with trio.move_on_after(self._idle):
                await changed.wait()
                continue
            log.info("nobody needs this host any more")
            nursery.cancel_scope.cancel()
            return

    async def _end_by_signal(self, nursery: trio.Nursery) -> None:
        with trio.open_signal_receiver(signal.SIGTERM, signal.SIGHUP, signal.SIGINT) as signals:
            async for _ in signals:
                nursery.cancel_scope.cancel()
                return

    async def _end_without_home(self, nursery: trio.Nursery, made: tuple[int, int], path: Path) -> None:
        """A host whose data folder or socket is gone can be found by nobody, and would live for ever."""
        while True:
            await trio.sleep(min(CHECK, self._idle))
            try:
                found = path.stat()
                is_there = (found.st_dev, found.st_ino) == made and self._places.lock.exists()
            except OSError:
                is_there = False
            if not is_there:
                log.warning("the data folder or the socket of this host is gone")
                nursery.cancel_scope.cancel()
                return


def _process_of(connection: socket.socket) -> int:
    return int.from_bytes(connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)[:4], sys.byteorder)
