"""Serves the programs that share a group which this process has open: a local socket, and a port for each program.

A lone program pays for the socket and a thread that sleeps, once, and nothing for its records. Each program that comes
gets a thread that does what it asks, one after the other, as if it had called here, and one that sends its events. Who
does not read its events is let go; when it goes on it comes again, and is told what it has missed.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import socket
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import peerapi.process as process
from peerapi.engine.collab.places import runtime_folder
from peerapi.engine.collab.starting import peer_of
from peerapi.engine.groups.group import Group
from peerapi.engine.sharing.threads import start
from peerapi.errors import PeerError
from peerapi.log import Log

if TYPE_CHECKING:
    from peerapi.engine.sharing.port import Port

MOST_PROGRAMS = 64
log = Log("sharing")


class Holder:
    """The socket of one open group, from when it is opened to when it is closed."""

    def __init__(self, group: Group, path: Path, left: Callable[[Group], None]) -> None:
        """``path``: of the group's database; ``left`` is called when a program has gone."""
        self.group = group
        self._database = path
        self._left = left
        self._lock = threading.Lock()
        self._ports: set[Port] = set()
        self._listener: socket.socket | None = None
        self._path: Path | None = None
        self._ended = False
        self.refused: Counter[str] = Counter()
        "How many programs were not let in, or let go, by reason."

    def begin(self) -> None:
        """Listen. Without a place for a socket the group is open all the same, for this program alone."""
        try:
            self._listen()
        except (OSError, PeerError) as error:
            log.warning("%s: no other program can share it: %s", self.group.name, error)
            self.end()

    def _listen(self) -> None:
        folder, beginning = runtime_folder(), socket_name(self._database)
        for stale in folder.glob(f"{beginning}-*.sock"):  # this process owns the database, so nobody listens there
            with contextlib.suppress(OSError):
                stale.unlink()
        path = folder / f"{beginning}-{os.getpid()}-{os.urandom(4).hex()}.sock"
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
        self._listener = listener
        process.own(listener)
        listener.bind(str(path))  # in a folder that nobody else can enter
        self._path = path
        path.chmod(0o600)
        listener.listen(MOST_PROGRAMS)
        self.group.driver.graph.database.announce(path)
        start("peerapi sharing", self._accept, listener)

    @property
    def programs(self) -> int:
        """How many share the group."""
        return len(self._ports)

    def end(self) -> None:
        """Let go of all programs. Ending twice does nothing."""
        with self._lock:
            self._ended = True
            listener, self._listener = self._listener, None
            ports = list(self._ports)
        if listener is not None:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            process.disown(listener)
        if self._path is not None:
            with contextlib.suppress(OSError):
                self._path.unlink()
        for port in ports:
            port.end()

    def _accept(self, listener: socket.socket) -> None:
        from peerapi.engine.sharing.port import Port

        while True:
            try:
                sock, _ = listener.accept()
            except OSError as error:
                if self._ended or listener.fileno() < 0:
                    return
                log.warning("no program can connect: %s", error)  # too many descriptors, for example
                threading.Event().wait(1)
                continue
            if process.refused():
                return
            if peer_of(sock) != os.geteuid() or len(self._ports) >= MOST_PROGRAMS:
                log.warning("a program of user %d is not let in", peer_of(sock))
                self.refused["not let in"] += 1
                sock.close()
                continue
            port = Port(sock, self.group, self._gone, self.refused)
            with self._lock:
                self._ports.add(port)
                ended = self._ended
            if ended:
                port.end()
            port.begin()

    def _gone(self, port: Port) -> None:
        with self._lock:
            self._ports.discard(port)
        self._left(self.group)


def socket_name(database: Path) -> str:
    """How the names of the sockets of a database begin."""
    return "group-" + hashlib.sha256(os.fsencode(database)).hexdigest()[:24]
