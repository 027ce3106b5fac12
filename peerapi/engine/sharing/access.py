"""A program's way into a group that another program of the same person has open, and what follows when that one ends.

``Access`` asks the holder over its socket. When the holder is gone, whoever is left opens the group: the first gets
the database, which has one owner, and serves the others from then on. A call that was under way is asked again; calls
wait for that, and so does nobody who only listens for events: what has happened meanwhile is told when it is over, in
pieces, the next one when the program has room for it.
"""

from __future__ import annotations

import contextlib
import os
import socket
import struct
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import peerapi.process as process
from peerapi.collab.local import Operation
from peerapi.engine.collab.connection import Connection, HostGone, Language
from peerapi.engine.collab.starting import peer_of
from peerapi.engine.graphs.behind import Behind
from peerapi.engine.graphs.registrations import Registration
from peerapi.engine.groups.group import Group
from peerapi.engine.sharing.missed import EVENTS
from peerapi.engine.sharing.performing import perform, state
from peerapi.engine.sharing.registered import Registered
from peerapi.engine.sharing.threads import start
from peerapi.errors import DatabaseAccessDenied, GraphShuttingDown, NotFound, PeerError, Unexpected
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
GREETED = 60.0
"Seconds until a greeting has to be answered."
SLOW = (ops.IMPORT, ops.EXPORT)
"What takes as long as the database is large: one waits for it as long as the other program answers at all."
LONGEST_SENDING = 60
"Seconds that a holder may take nothing of what is sent to it."
PAUSES = (0.005, 1.0)
"Seconds between two looks for who has the group open: at first, and at most."
LANGUAGE = Language("peerapi sharing", MAX_FRAME, ops.read_told, "The program that has the group open")
log = Log("sharing")


class _Way(NamedTuple):
    """Who has the group open now, and the registrations that have still to be told there what they have missed."""

    to: Group | Connection | None
    behind: dict[int, Behind | None]
    "By their numbers; None where the holder knows how far they are."


class Access:
    """One open group of another program of this person."""

    def __init__(self, path: Path, greeting: values.Greeting, take_over: Callable[[], Group]) -> None:
        """``path``: of the group's database. ``take_over`` opens the group here, and raises DatabaseAccessDenied when
        another program has been faster."""
        self.path = path
        self.greeting = greeting
        self.state: values.State | None = None
        self._online: values.State | None = None
        "The last state in which the group was online, or was about to be."
        self.closed = False
        self._take_over = take_over
        self._changed = threading.Condition()
        self._connection: Connection | None = None
        self._place: Path | None = None
        "The socket of who has the group open: each has another."
        self._local: Group | None = None
        self._reason: PeerError | None = None
        self._registering = threading.RLock()
        self._registered: dict[int, Registered] = {}
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
                return connection.call(operation, value, ANSWER, self._answers if operation in SLOW else None)
            except GraphShuttingDown:
                connection.close()  # it is closed there; here it goes on
            except HostGone as error:
                if error.asked and again is not None:
                    value = again

    def _answers(self) -> bool:
        """Whether who has the group open answers somebody who comes now."""
        try:
            connection = self._connected()
        except PeerError:
            return False
        if connection is None:
            return False
        connection.close()
        return True

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
            self._know(connection.call(ops.GREET, self.greeting, GREETED))
        except HostGone:
            return None
        except BaseException:
            connection.close()
            raise
        self._place = path
        return connection

    def _know(self, state: values.State) -> None:
        self.state = state
        if state.online:
            self._online = state

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
        """Thread: until somebody has the group open again, and all is told that was missed."""
        pause = PAUSES[0]
        while not self.closed:
            try:
                way = self._settle()
                if way is not None:
                    break
            except PeerError as error:
                self._reason = error
                log.info("%s: %s", self.greeting.group, error)
            except Exception as error:
                self._reason = Unexpected(f"{type(error).__name__}: {error}")
                log.warning("%s: %s", self.greeting.group, self._reason)
            self._ended.wait(pause)
            pause = min(2 * pause, PAUSES[1])
        else:
            return
        self._catch_up(way)

    def _settle(self) -> _Way | None:
        """Go to who has the group open now, or open it here; None while nobody can."""
        place = self._place
        connection = self._connected()
        local: Group | None = None
        if connection is None:
            if is_owned(self.path):
                return None  # by who does not listen yet, or listens no longer
            try:
                local = self._take_over()
            except DatabaseAccessDenied:
                return None
            except NotFound:
                self.close()  # it has been deleted
                return _Way(None, {})
        is_same = connection is not None and self._place == place
        way = _Way(local or connection, {})
        with self._registering:
            for number, one in list(self._registered.items()):
                if not is_same:
                    one.tell_of_loss()
                self._make_known(number, one, way)
            if local is not None:
                local.driver.read(lambda _: self._tell_of_change(state(local), False))
            elif connection is not None:
                self._tell_of_change(connection.call(ops.STATE, None, ANSWER), is_same)
        with self._changed:
            self._local, self._connection = local, connection
            self._changed.notify_all()
            closed = self.closed
        if local is not None and self._online is not None and not closed:
            _go_on(local, self._online)
        if connection is not None and not connection.alive:
            self.lost(connection)  # before it was ours
        return way

    def _tell_of_change(self, now: values.State, is_same: bool) -> None:
        """``is_same``: the same program has the group open as before."""
        for one in self._registered.values():
            if is_same and now.connections:
                one.note_lost_data()
            one.tell_of_change(now)

    def _catch_up(self, way: _Way) -> None:
        """Have each registration told what it has missed, a piece whenever its program has room for one."""
        pause = PAUSES[0]
        while way.behind and not self.closed and way.to in (self._local, self._connection):
            is_told = False
            for number, behind in list(way.behind.items()):
                one = self._registered.get(number)
                if one is not None and not one.registration.queue.has_room(EVENTS):
                    continue
                is_told = True
                try:
                    if one is None or not self._tell_next(number, behind, way):
                        del way.behind[number]
                except HostGone:
                    return  # who has it next goes on
                except GraphShuttingDown:
                    if isinstance(way.to, Connection):
                        way.to.close()
                    return
                except PeerError as error:  # who has it open stands still, for example
                    log.info("%s: %s", self.greeting.group, error)
                    is_told = False
            if is_told:
                pause = PAUSES[0]
            else:
                self._ended.wait(pause)
                pause = min(2 * pause, PAUSES[1])

    @staticmethod
    def _tell_next(number: int, behind: Behind | None, way: _Way) -> bool:
        """The next piece of what a registration has missed; whether there is more of it."""
        if isinstance(way.to, Connection):
            return way.to.call(ops.MISSED, number, ANSWER)
        assert way.to is not None
        assert behind is not None
        return way.to.driver.catch_up(behind)

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
                one.unregister_with(self._local)
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
            one = self._registered[number] = Registered(registration, self.state)
        while True:
            try:
                local, connection = self._way()
                with self._registering:
                    if one.known_to is None or one.known_to not in (local, connection):
                        self._make_known(number, one, _Way(local or connection, {}))
                return
            except HostGone:
                continue
            except BaseException:
                self._registered.pop(number, None)
                raise

    def unregister(self, registration: Registration) -> None:
        with self._registering:
            found = [number for number, one in self._registered.items() if one.registration is registration]
            gone = [self._registered.pop(number) for number in found]
        if self._local is not None:
            for one in gone:
                one.unregister_with(self._local)
            return
        connection = self._connection
        if connection is not None:
            with contextlib.suppress(PeerError):  # who is gone tells nothing
                for number in found:
                    connection.call(ops.UNREGISTER, number, ANSWER)

    def forget(self, registration: Registration) -> None:
        """Unregister soon: a garbage collector calls this, on a thread that may hold any lock."""
        with contextlib.suppress(PeerError):
            start("peerapi forget", self.unregister, registration)

    def _make_known(self, number: int, one: Registered, way: _Way) -> None:
        """Have the group tell a registration, and note that it is behind. Raises HostGone."""
        since, to = one.since, way.to
        if isinstance(to, Connection):
            wanted = tuple(
                values.Wanted(int(kind), None if types is None else tuple(types))
                for kind, types in one.registration.wanted.items()
            )
            found = to.call(ops.REGISTER, values.Registering(number, wanted, since), ANSWER)
            one.since = max(found, one.since or 0)
            if since is not None:
                way.behind[number] = None
        elif to is not None:
            behind = one.register_with(to)
            if behind is not None:
                way.behind[number] = behind
        one.known_to = to

    def told(self, kind: int, value: Any) -> None:
        """See ``connection.Listener``."""
        if kind == ops.TOLD_STATE:
            self._know(value)
            return
        one = self._registered.get(value.number)
        if one is not None:
            one.tell(value.events)
            one.since = max(value.seq, one.since or 0)


def _go_on(group: Group, before: values.State) -> None:
    """Go online as a former holder was."""
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
