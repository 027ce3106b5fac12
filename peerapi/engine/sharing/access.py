"""A program's way into a group that another program of the same person has open, and what follows when that one ends.

``Access`` asks the holder over its socket. When the holder is gone, whoever is left opens the group: the first gets
the database, which has one owner, and serves the others from then on. A call that was under way is asked again; calls
wait for that, and so does nobody who only listens for events: what has happened meanwhile is told when it is over.
"""

from __future__ import annotations

import contextlib
import os
import socket
import struct
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import peerapi.process as process
from peerapi.collab.local import Operation
from peerapi.engine.collab.connection import Connection, HostGone, Language
from peerapi.engine.collab.starting import peer_of
from peerapi.engine.graphs.registrations import AnyEvent, Registration
from peerapi.engine.groups.group import Group
from peerapi.engine.sharing.missed import missed
from peerapi.engine.sharing.performing import perform
from peerapi.engine.sharing.threads import start
from peerapi.errors import DatabaseAccessDenied, GraphShuttingDown, NotFound, PeerError, Unexpected
from peerapi.graphing.events import ConnectionChanged, ConnectionStatus, StatusChanged
from peerapi.grouping.events import group_status
from peerapi.log import Log
from peerapi.sharing import operations as ops
from peerapi.sharing import values
from peerapi.sharing.forms import MAX_FRAME
from peerapi.store.ownership import announced, is_owned

T = TypeVar("T")
R = TypeVar("R")
PATIENCE = 30.0
"Seconds that a call waits for somebody to have the group open."
ANSWER = 60.0
"Seconds that a call waits for its answer."
SLOW = (ops.IMPORT, ops.EXPORT)
LONG = 24 * 3600.0
"Seconds for what takes as long as the database is large."
LONGEST_SENDING = 60
"Seconds that a holder may take nothing of what is sent to it."
PAUSES = (0.005, 1.0)
"Seconds between two looks for who has the group open: at first, and at most."
LANGUAGE = Language("peerapi sharing", MAX_FRAME, ops.read_told)
log = Log("sharing")


class _Registered:
    """A registration of this program, wherever it is known."""

    def __init__(self, registration: Registration) -> None:
        self.registration = registration
        self.since: int | None = None
        "The number of the last change that it was told of."
        self.known_to: object = None
        "The connection, or the group of this process, that tells it."


class Access:
    """One open group of another program of this person."""

    def __init__(self, path: Path, greeting: values.Greeting, take_over: Callable[[], Group]) -> None:
        """``path``: of the group's database. ``take_over`` opens the group here, and raises DatabaseAccessDenied when
        another program has been faster."""
        self.path = path
        self.greeting = greeting
        self.state: values.State | None = None
        self.closed = False
        self._take_over = take_over
        self._changed = threading.Condition()
        self._connection: Connection | None = None
        self._local: Group | None = None
        self._reason: PeerError | None = None
        self._registering = threading.RLock()
        self._registered: dict[int, _Registered] = {}
        self._numbers = 0
        self._ended = threading.Event()
        process.tell(self)

    @property
    def local(self) -> Group | None:
        """The group, once this process has it open itself."""
        return self._local

    # Asking -----------------------------------------------------------------------------------------------------------

    def ask(self, operation: Operation[T, R], value: T, again: T | None = None) -> R:
        """The answer of who has the group open; ``again``: the question for who may have been asked before. Raises what
        the group does, and GraphShuttingDown when it is closed."""
        while True:
            local, connection = self._way()
            if local is not None:
                return perform(operation, local, value)  # type: ignore[no-any-return]
            assert connection is not None
            try:
                return connection.call(operation, value, LONG if operation in SLOW else ANSWER)
            except GraphShuttingDown:
                connection.close()  # it is closed there; here it goes on
            except HostGone as error:
                if error.asked and again is not None:
                    value = again

    def _way(self) -> tuple[Group | None, Connection | None]:
        """To the group. Raises GraphShuttingDown, and why nobody has it open."""
        process.refuse()
        with self._changed:
            if not self._changed.wait_for(self._is_open, PATIENCE):
                raise self._reason or DatabaseAccessDenied("The group is open in a program that does not answer.")
            if self.closed:
                raise GraphShuttingDown
            return self._local, self._connection

    def _is_open(self) -> bool:
        return self.closed or self._local is not None or (self._connection is not None and self._connection.alive)

    # Coming and going -------------------------------------------------------------------------------------------------

    def begin(self) -> bool:
        """Go to who has the group open now; False when nobody answers there. Raises what it says."""
        connection = self._connected()
        if connection is None:
            return False
        with self._changed:
            self._connection = connection
        return True

    def _connected(self) -> Connection | None:
        """A greeted connection to who has the group open; None when nobody listens."""
        path = announced(self.path)
        if path is None:
            return None
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
        try:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("@ll", LONGEST_SENDING, 0))
            sock.connect(str(path))
            if peer_of(sock) != os.geteuid():
                raise DatabaseAccessDenied(f"{path} is the socket of another user.")
            connection = Connection(sock, self, LANGUAGE)
        except OSError:
            sock.close()
            return None
        except BaseException:
            sock.close()
            raise
        try:
            self.state = connection.call(ops.GREET, self.greeting, ANSWER)
        except HostGone:
            return None
        except BaseException:
            connection.close()
            raise
        return connection

    def lost(self, connection: Connection) -> None:
        """See ``connection.Listener``: the holder is gone, or has let go of this program."""
        with self._changed:
            if self.closed or connection is not self._connection:
                return
        try:
            start("peerapi takeover", self._succeed)
        except PeerError as error:
            with self._changed:
                self._reason = error

    def _succeed(self) -> None:
        """Thread: until somebody has the group open again."""
        pause = PAUSES[0]
        while not self.closed:
            try:
                if self._settle():
                    return
            except PeerError as error:
                self._reason = error
                log.info("%s: %s", self.greeting.group, error)
            except Exception as error:
                self._reason = Unexpected(f"{type(error).__name__}: {error}")
                log.warning("%s: %s", self.greeting.group, self._reason)
            self._ended.wait(pause)
            pause = min(2 * pause, PAUSES[1])

    def _settle(self) -> bool:
        before = self.state
        connection = self._connected()
        local: Group | None = None
        if connection is None:
            if is_owned(self.path):
                return False  # by who does not listen yet, or listens no longer
            try:
                local = self._take_over()
            except DatabaseAccessDenied:
                return False
            except NotFound:
                self.close()  # it has been deleted
                return True
        with self._registering:
            self._tell_of_loss(before)
            for number, one in list(self._registered.items()):
                self._make_known(number, one, local or connection)
        with self._changed:
            self._local, self._connection = local, connection
            self._changed.notify_all()
            closed = self.closed
        if local is not None and before is not None and not closed:
            _go_on(local, before)
        if connection is not None and not connection.alive:
            self.lost(connection)  # before it was ours
        return True

    def close(self) -> None:
        """Leave the group."""
        with self._changed:
            self.closed = True
            connection, self._connection = self._connection, None
            self._changed.notify_all()
        self._ended.set()
        if connection is not None:
            connection.close()
        with self._registering:
            registered, self._registered = self._registered, {}
        for one in registered.values():
            if self._local is not None:
                self._local.driver.unregister(one.registration)
            one.registration.ended()

    def forked(self) -> None:
        """In a child of fork: the connection is the parent's."""
        self.closed = True
        self._changed = threading.Condition()

    # Events -----------------------------------------------------------------------------------------------------------

    def register(self, registration: Registration) -> None:
        """Have events queued from now on."""
        with self._registering:
            self._numbers += 1
            number = self._numbers
            one = self._registered[number] = _Registered(registration)
        while True:
            try:
                local, connection = self._way()
                with self._registering:
                    if one.known_to is None or one.known_to not in (local, connection):
                        self._make_known(number, one, local or connection)
                return
            except HostGone:
                continue
            except BaseException:
                self._registered.pop(number, None)
                raise

    def unregister(self, registration: Registration) -> None:
        with self._registering:
            found = [number for number, one in self._registered.items() if one.registration is registration]
            for number in found:
                del self._registered[number]
        if self._local is not None:
            self._local.driver.unregister(registration)
            return
        connection = self._connection
        if connection is not None:
            with contextlib.suppress(PeerError):  # who is gone tells nothing
                for number in found:
                    connection.call(ops.UNREGISTER, number)

    def forget(self, registration: Registration) -> None:
        """Unregister soon: a garbage collector calls this, on a thread that may hold any lock."""
        with contextlib.suppress(PeerError):
            start("peerapi forget", self.unregister, registration)

    def _make_known(self, number: int, one: _Registered, way: Group | Connection | None) -> None:
        """Have the group tell a registration, also what it has missed. Raises HostGone."""
        since = one.since
        if isinstance(way, Connection):
            wanted = tuple(
                values.Wanted(int(kind), None if types is None else tuple(types))
                for kind, types in one.registration.wanted.items()
            )
            found = way.call(ops.REGISTER, values.Registering(number, wanted, since))
            one.since = max(found, one.since or 0)
        elif way is not None:
            way.driver.register(one.registration, None if since is None else lambda graph: missed(graph, since))
            one.registration.signal()
        one.known_to = way

    def told(self, kind: int, value: Any) -> None:
        """See ``connection.Listener``."""
        if kind == ops.TOLD_STATE:
            self.state = value
            return
        one = self._registered.get(value.number)
        if one is not None:
            self._tell(one, value.events)
            one.since = value.seq

    @staticmethod
    def _tell(one: _Registered, events: Sequence[AnyEvent]) -> None:
        if one.registration.take(events):
            one.registration.signal()

    def _tell_of_loss(self, before: values.State | None) -> None:
        """The connections of the former holder are gone, and so is where it listened."""
        if before is None:
            return
        events: list[AnyEvent] = [
            ConnectionChanged(one.direct, ConnectionStatus.DISCONNECTED, one.id, one.node_id)
            for one in before.connections
        ]
        if group_status(before.status):
            events.append(StatusChanged(0))
        for registered in self._registered.values():
            self._tell(registered, events)


def _go_on(group: Group, before: values.State) -> None:
    """Go online as the former holder was."""
    if not before.online:
        return
    try:
        if before.addresses:
            group.prefer_port(before.addresses[0].port)
        if before.attributes is not None:
            group.driver.set_attributes(before.attributes)
        if before.by_name:
            group.connect()
            group.finder.look_at(before.neighbors)
        else:
            group.connect_to(before.neighbors or before.named)
    except PeerError as error:
        log.warning("%s: the group is not online any longer: %s", group.name, error)
