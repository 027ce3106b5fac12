"""What one program has of collaboration: its connection to the host, its registrations for events, its invitations.

Contacts and registrations of applications are files, and reading them needs nobody. A change goes through the host, so
that every program of the user hears of it; where no host runs nobody listens, and the change is made at once, with the
host's lock held, so that none starts meanwhile.
"""

from __future__ import annotations

import contextlib
import itertools
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Generic, TypeVar

import peerapi.process as process
from peerapi.collab import local
from peerapi.collab.events import Change, CollabEvent, CollabEventType, PeopleChanged, PresenceChanged
from peerapi.collab.own import signed_out
from peerapi.collab.values import Response, Signin
from peerapi.engine.collab.connection import Connection, HostGone, failure
from peerapi.engine.collab.places import Places, held
from peerapi.engine.collab.starting import connect_or_start, connected
from peerapi.engine.graphs.registrations import Bounded
from peerapi.errors import (
    ConnectionFailed,
    InviteCancelled,
    InviteResponseNotAvailable,
    NotInitialized,
    PeerError,
    ServiceNotAvailable,
)

T = TypeVar("T")
R = TypeVar("R")
TRIES = 3
"Hosts that may end while a program connects, until it is told."
LIMIT = 10_000
"Events that wait for a program to read them, at most."


class CollabRegistration:
    """One PeerCollabRegisterEvent. ``wanted``: event types, each with the IDs it is limited to, or None for all."""

    def __init__(self, wanted: Mapping[CollabEventType, frozenset[bytes] | None], signal: Callable[[], object]) -> None:
        self.wanted = wanted
        self.queue = Bounded(limit=LIMIT)
        self._signal = signal

    def take(self, events: Iterable[CollabEvent]) -> None:
        """Put those that are wanted in line, and say so."""
        mine = []
        for event in events:
            if event.type in self.wanted:
                instances = self.wanted[event.type]
                if instances is None or event.instance in instances:
                    mine.append(event)
        if mine:
            self.queue.take_in(mine, False)
            self._signal()


class SentInvitation:
    """An invitation of this program, until its handle is closed."""

    def __init__(self, id_: int, signal: Callable[[], object]) -> None:
        self.id = id_
        self._signal = signal
        self._done = threading.Event()
        self._response: Response | None = None
        self._failure: PeerError | None = None

    def end(self, response: Response | None, failure: PeerError | None) -> None:
        """It has been answered, or never will be. Only the first end counts."""
        if not self._done.is_set():
            self._response, self._failure = response, failure
            self._done.set()
            self._signal()

    @property
    def ended(self) -> bool:
        return self._done.is_set()

    def response(self) -> Response:
        """As often as it is asked for. Raises InviteResponseNotAvailable, or why there is none."""
        if not self._done.is_set():
            raise InviteResponseNotAvailable
        if self._failure is not None:
            raise self._failure
        assert self._response is not None
        return self._response

    def wait(self) -> Response:
        """The response, when it is there."""
        self._done.wait()
        return self.response()


class _Answer(Generic[R]):
    """What a host has answered, which may be None."""

    def __init__(self, value: R) -> None:
        self.value = value


class Program:
    """This process, for the host of its user."""

    def __init__(self, places: Callable[[], Places] = Places) -> None:
        self._places = places
        self._lock = threading.RLock()
        self._connection: Connection | None = None
        self._registrations: list[CollabRegistration] = []
        self._invitations: dict[int, SentInvitation] = {}
        self._ids = itertools.count(1)
        self._flags = Signin.NONE
        process.tell(self)

    # ---- asking the host ----

    def call(self, operation: local.Operation[T, R], value: T) -> R:
        """What the host answers; one is started when none runs. Raises ServiceNotAvailable and what it says."""
        found = self._asked(operation, value, start=True)
        assert found is not None
        return found.value

    def ask(self, operation: local.Operation[T, R], value: T, otherwise: Callable[[], R]) -> R:
        """The same, and ``otherwise`` where no host runs, so that the user is signed in nowhere."""
        found = self._asked(operation, value, start=False)
        return otherwise() if found is None else found.value

    def _asked(self, operation: local.Operation[T, R], value: T, *, start: bool) -> _Answer[R] | None:
        """What a host has done in memory has ended with it: one that ends meanwhile has done nothing, and the next is
        asked. Only an invitation is not sent again, since somebody may have seen it. None: no host runs."""
        for _ in range(TRIES):
            connection = self._connected(start=start)
            if connection is None:
                return None
            try:
                return _Answer(connection.call(operation, value))
            except HostGone as error:
                if error.asked and operation is local.INVITE:
                    raise
        raise HostGone

    def change(self, operation: local.Operation[T, R], value: T, directly: Callable[[], R]) -> R:
        """Have the host change something on disk; ``directly`` where none runs."""
        while True:
            connection = self._connected(start=False)
            if connection is not None:
                try:
                    return connection.call(operation, value)
                except HostGone as error:
                    if error.asked:
                        raise  # it is on disk, or it is not
                    continue
            places = self._places()
            places.make()
            with held(places.lock, wait=False) as is_free:
                if is_free:
                    return directly()
            with held(places.start, wait=True):
                """A host is starting, or another program is changing something; in a moment it is done."""

    def _connected(self, *, start: bool) -> Connection | None:
        process.refuse()
        with self._lock:
            if self._connection is not None:
                if self._connection.alive:
                    return self._connection
                self._connection.wait()  # what ends with it is told before anything of the next one
            made = self._connect(self._places(), start)
            if made is None:
                return None
            self._connection = made
            if self._registrations:
                self._flags = Signin(made.call(local.LISTEN, True))
            return made

    def _connect(self, places: Places, start: bool) -> Connection | None:
        process.in_use()
        for _ in range(TRIES):
            sock = connect_or_start(places) if start else connected(places)
            if sock is None:
                return None
            with contextlib.suppress(HostGone):  # it was just about to end
                made = Connection(sock, self)
                made.greet()
                return made
        raise HostGone

    # ---- what the host tells ----

    def told(self, kind: int, value: Any) -> None:
        """See Listener."""
        if kind == local.TOLD_EVENT:
            self._note(value)
            for registration in list(self._registrations):
                registration.take((value,))
        elif kind == local.TOLD_RESPONSE:
            ended = self._invitations.pop(value.id, None)
            if ended is not None:
                failed = failure(local.Failed(value.hresult, "")) if value.hresult else None
                ended.end(value.response, failed)

    def lost(self, connection: Connection) -> None:
        """See Listener. Whoever was signed in is so no more."""
        if connection is not self._connection:
            return
        events, self._flags = signed_out(self._flags), Signin.NONE
        for registration in list(self._registrations):
            registration.take(events)
        while self._invitations:
            _, invitation = self._invitations.popitem()
            invitation.end(None, ConnectionFailed("The host of this user has ended."))

    def _note(self, event: CollabEvent) -> None:
        """Whether this user is signed in, and near by: what has to be told when the host is gone."""
        match event.content:
            case PeopleChanged(change, None):
                self._flags = Signin(self._flags | 1 if change == Change.ADDED else self._flags & ~1)
            case PresenceChanged(_, None, change, _) if event.type == CollabEventType.MY_PRESENCE_CHANGED:
                self._flags = Signin.NONE if change == Change.DELETED else Signin(self._flags | Signin.INTERNET)

    # ---- events ----

    def register(self, registration: CollabRegistration) -> None:
        """Have events queued from now on. Raises ServiceNotAvailable."""
        with self._lock:
            self._registrations.append(registration)
            try:
                if len(self._registrations) == 1:
                    self._flags = Signin(self.call(local.LISTEN, True))
                else:
                    self._connected(start=True)
            except BaseException:
                self._registrations.remove(registration)
                raise

    def unregister(self, registration: CollabRegistration) -> None:
        with self._lock:
            if registration in self._registrations:
                self._registrations.remove(registration)
            if not self._registrations:
                try:
                    self.ask(local.LISTEN, False, int)
                except ServiceNotAvailable:
                    return  # then it tells nothing either

    # ---- invitations ----

    def invite(
        self, contact: str | None, endpoint: Any, invitation: Any, signal: Callable[[], object]
    ) -> SentInvitation:
        """Send an invitation. ``contact``: see InviteRequest."""
        sent = SentInvitation(next(self._ids), signal)
        self._invitations[sent.id] = sent
        try:
            self.call(local.INVITE, local.InviteRequest(sent.id, contact, endpoint, invitation))
        except BaseException:
            self._invitations.pop(sent.id, None)
            raise
        return sent

    def cancel(self, invitation: SentInvitation) -> None:
        """Nothing, when it has been answered already."""
        if self._invitations.pop(invitation.id, None) is not None:
            try:
                self.ask(local.CANCEL, invitation.id, lambda: None)
            except PeerError:
                """The host is gone, and the invitation with it."""
            invitation.end(None, InviteCancelled())

    # ---- the end ----

    def close(self) -> None:
        """The last Shutdown: what this process holds at the host ends."""
        with self._lock:
            self._registrations.clear()
            connection, self._connection = self._connection, None
            self._flags = Signin.NONE
            waiting, self._invitations = self._invitations, {}
        if connection is not None:
            connection.close()
        for invitation in waiting.values():
            invitation.end(None, NotInitialized("PeerCollabShutdown was called meanwhile."))

    def forked(self) -> None:
        """In a child of fork."""
        self._lock = threading.RLock()
        self._connection = None
