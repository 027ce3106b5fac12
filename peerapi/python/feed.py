"""What the host of a user tells one sign-in, or a table its program, given to each stream that wants it."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from peerapi.collab import local
from peerapi.collab.events import CollabEvent, CollabEventType
from peerapi.engine.collab.connection import Connection
from peerapi.engine.collab.program import CollabRegistration, Program
from peerapi.engine.graphs.registrations import AnyEvent, Registration
from peerapi.errors import NotSignedIn, PeerError
from peerapi.signals import deferred

INVITATION_CAME = 0x100
"Beside the types of PEER_COLLAB_EVENT_TYPE."


class InvitationCame(NamedTuple):
    """An invitation waits for this user."""

    waiting: local.Waiting

    @property
    def type(self) -> int:
        """See INVITATION_CAME."""
        return INVITATION_CAME


class Feed:
    """A Source of streams, which a thread of the engine fills."""

    def __init__(self, over: Callable[[], PeerError] = lambda: NotSignedIn("This sign-in has ended.")) -> None:
        """``over``: what is raised when it has ended."""
        self._over = over
        self._lock = threading.Lock()
        self._mailboxes: list[Registration] = []
        self._forgotten: deque[Registration] = deque()
        self.ended = False

    @deferred
    def register(self, registration: Registration) -> None:
        """See Source. Raises ``over()`` at the end."""
        with self._lock:
            if self.ended:
                raise self._over()
            self._clear()
            self._mailboxes.append(registration)

    @deferred
    def unregister(self, registration: Registration) -> None:
        """See Source."""
        self._forgotten.append(registration)
        with self._lock:
            self._clear()

    def forget(self, registration: Registration) -> None:
        """See Source: it takes no lock, and what is forgotten is let go with the next event."""
        self._forgotten.append(registration)

    def give(self, event: AnyEvent) -> None:
        """Put an event into every mailbox that wants it."""
        with self._lock:
            self._clear()
            for one in self._mailboxes:
                if one.take((event,)):
                    one.signal()

    def end(self) -> None:
        """All streams come to their end."""
        with self._lock:
            self.ended = True
            self._clear()
            mailboxes, self._mailboxes = self._mailboxes, []
        for one in mailboxes:
            one.ended()

    def _clear(self) -> None:
        while self._forgotten:
            gone = self._forgotten.popleft()
            self._mailboxes = [one for one in self._mailboxes if one is not gone]


class ListeningProgram(Program):
    """A connection to the host of which a feed hears everything. The end of the host is the end of the feed."""

    def __init__(self, feed: Feed) -> None:
        super().__init__()
        self._feed = feed

    def told(self, kind: int, value: Any) -> None:
        """See Listener."""
        super().told(kind, value)
        if kind == local.TOLD_INVITATION:
            self._feed.give(InvitationCame(value))

    def lost(self, connection: Connection) -> None:
        """See Listener."""
        is_ours = connection is self._connection
        super().lost(connection)
        if is_ours:
            self._feed.end()


class Everything(CollabRegistration):
    """A registration for all events, which are passed on instead of being queued."""

    def __init__(self, feed: Feed) -> None:
        super().__init__(dict.fromkeys(CollabEventType), bool)
        self._feed = feed

    def take(self, events: Iterable[CollabEvent]) -> None:
        """See CollabRegistration."""
        for event in events:
            self._feed.give(event)
