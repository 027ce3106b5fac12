"""One connection between two hosts, both roles: requests that go out, requests that come in, what is told meanwhile.

Sans-IO: ``received`` takes plain bytes, ``take_out`` gives those to send, ``told`` collects what has happened. Who is
at the other end was proved before. What is shown to the other side comes from a ``Publisher``, which asks
``publishing``.
"""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

from peerapi.collab import wire
from peerapi.collab.events import Change, CollabEvent
from peerapi.collab.fields import Malformed
from peerapi.collab.local import Frame
from peerapi.collab.values import Invitation, Response
from peerapi.collab.wire import Datum, Hello, Outcome, Type

MOST_REQUESTS = 8
"Queries and watches of the other side under way."
MOST_INVITATIONS = 16
MOST_OUT = 256 << 10
"Bytes that wait to be taken out, from which on the other side is shown nothing more: it asks faster than it reads."
MOST_IDLE_PINGS = 3


class Broken(Exception):
    """The other side does not speak as it should; the connection has to end."""


class Publisher(Protocol):
    """What the other side may know."""

    def shown(self) -> list[Datum] | None:
        """Everything, None where nothing may be known."""

    def change(self, event: CollabEvent) -> tuple[Change, Datum] | None:
        """What an event of this user means to the other side."""

    def may_invite(self) -> bool: ...


# ---- what has happened ----


class Greeted(NamedTuple):
    hello: Hello


class Came(NamedTuple):
    """Data of the other side, or (``gone``) that some are no more."""

    request: int
    datum: Datum
    gone: bool


class Ended(NamedTuple):
    """A request of ours has been answered completely."""

    request: int
    outcome: int


class Invited(NamedTuple):
    """The other side invites this user."""

    request: int
    invitation: Invitation


class Withdrawn(NamedTuple):
    """The other side does not invite any more."""

    request: int


class Rings(NamedTuple):
    """An invitation of ours has arrived."""

    request: int


class Answered(NamedTuple):
    """An invitation of ours has been answered."""

    request: int
    response: Response


class Left(NamedTuple):
    """The other side has said goodbye: it signs out, or needs the connection no more."""


Told = Greeted | Came | Ended | Invited | Withdrawn | Rings | Answered | Left


class Conversation:
    """See the module's text."""

    def __init__(self, publisher: Publisher, hello: Hello, *, outgoing: bool) -> None:
        self._publisher = publisher
        self._frames = wire.frames()
        self._out = bytearray(wire.message(Type.HELLO, 0, hello))
        self._next = 1 if outgoing else 2
        self._asked: dict[int, Type] = {}
        "Requests of ours, and what they are."
        self._watchers: set[int] = set()
        "Requests of the other side that want to hear of changes."
        self._shown: dict[tuple[int, bytes | None], Datum] = {}
        "What the watchers have been shown."
        self._invitations: set[int] = set()
        "Invitations of the other side that wait."
        self.remote: Hello | None = None
        self.told: list[Told] = []
        self.unanswered = 0
        "PINGs that have not been answered."

    # ---- bytes ----

    def take_out(self) -> bytes:
        """What is to be sent."""
        data = bytes(self._out)
        self._out.clear()
        return data

    def received(self, data: bytes) -> None:
        """Plain bytes of the other side. Raises Broken."""
        try:
            for found in self._frames.feed(data):
                self._take(found)
        except Malformed as error:
            raise Broken(str(error)) from error

    # ---- asking ----

    def query(self) -> int:
        """Ask for everything once; the number of the request."""
        return self._ask(Type.QUERY)

    def watch(self) -> int:
        """Ask for everything, and for what changes later."""
        return self._ask(Type.WATCH)

    def unwatch(self, request: int) -> None:
        if self._asked.pop(request, None) is not None:
            self._send(Type.UNWATCH, request)

    def invite(self, invitation: Invitation) -> int:
        return self._ask(Type.INVITE, invitation)

    def cancel(self, request: int) -> None:
        if self._asked.pop(request, None) is not None:
            self._send(Type.CANCEL, request)

    def ping(self) -> bool:
        """Ask whether the other side is there; False when it has not answered often enough."""
        self.unanswered += 1
        self._send(Type.PING, 0)
        return self.unanswered <= MOST_IDLE_PINGS

    def bye(self) -> None:
        self._send(Type.BYE, 0)

    @property
    def is_idle(self) -> bool:
        """Whether nobody asks anything."""
        return not self._asked and not self._watchers and not self._invitations

    def _ask(self, type_: Type, value: Any = None) -> int:
        request = self._next
        self._next += 2
        self._asked[request] = type_
        self._send(type_, request, value)
        return request

    def _send(self, type_: Type, request: int, value: Any = None) -> None:
        self._out += wire.message(type_, request, value)

    # ---- answering ----

    def answer(self, request: int, response: Response) -> None:
        """To an invitation of the other side."""
        if request in self._invitations:
            self._invitations.discard(request)
            self._send(Type.ANSWER, request, response)

    def changed(self, event: CollabEvent) -> None:
        """Something of this user has changed."""
        if not self._watchers:
            return
        found = self._publisher.change(event)
        if found is not None:
            change, datum = found
            self._tell_watchers({self._key(datum): datum}, gone=change == Change.DELETED)

    def permissions_changed(self) -> None:
        """What the other side may know is perhaps not what it was: tell the difference."""
        if self._watchers:
            shown = self._publisher.shown() or []
            now = {self._key(datum): datum for datum in shown}
            lost = {key: datum for key, datum in self._shown.items() if key not in now}
            self._tell_watchers(lost, gone=True)
            self._tell_watchers({key: datum for key, datum in now.items() if self._shown.get(key) != datum}, gone=False)

    def _tell_watchers(self, data: dict[tuple[int, bytes | None], Datum], *, gone: bool) -> None:
        for key, datum in data.items():
            if gone and self._shown.pop(key, None) is None:
                continue  # was never shown
            if not gone:
                self._shown[key] = datum
            value = Datum(datum.kind, key[1]) if gone else datum
            for request in sorted(self._watchers):
                self._send(Type.GONE if gone else Type.DATA, request, value)

    @staticmethod
    def _key(datum: Datum) -> tuple[int, bytes | None]:
        return datum.kind, datum.value.id if datum.kind in (wire.Kind.APPLICATION, wire.Kind.ITEM) else None

    # ---- what comes ----

    def _take(self, found: Frame) -> None:
        if self.remote is None and found.kind != Type.HELLO:
            raise Broken("a message before HELLO")
        try:
            type_ = Type(found.kind)
        except ValueError:
            if found.request:
                self._send(Type.END, found.request, Outcome.NOT_UNDERSTOOD)
            return
        value = wire.read(found)
        getattr(self, f"_on_{type_.name.lower()}")(found.request, value)

    def _on_hello(self, request: int, hello: Hello) -> None:
        if self.remote is not None:
            raise Broken("a second HELLO")
        if hello.version != wire.VERSION:
            raise Broken(f"version {hello.version}")
        self.remote = hello
        self.told.append(Greeted(hello))

    def _on_ping(self, request: int, _: None) -> None:
        self._send(Type.PONG, request)

    def _on_pong(self, request: int, _: None) -> None:
        self.unanswered = 0

    def _on_bye(self, request: int, _: None) -> None:
        self.told.append(Left())

    def _theirs(self, request: int) -> None:
        """A request of the other side has a number that is its own. Raises Broken."""
        if not request or request % 2 == self._next % 2:
            raise Broken("a number of ours")

    def _on_query(self, request: int, _: None) -> None:
        self._theirs(request)
        if len(self._out) > MOST_OUT:
            self._send(Type.END, request, Outcome.TOO_MANY)
            return
        shown = self._publisher.shown()
        for datum in shown or ():
            self._send(Type.DATA, request, datum)
        self._send(Type.END, request, Outcome.REFUSED if shown is None else Outcome.DONE)

    def _on_watch(self, request: int, _: None) -> None:
        self._theirs(request)
        if len(self._watchers) >= MOST_REQUESTS or request in self._watchers or len(self._out) > MOST_OUT:
            self._send(Type.END, request, Outcome.TOO_MANY)
            return
        shown = self._publisher.shown()
        if shown is None:
            self._send(Type.END, request, Outcome.REFUSED)
            return
        self._watchers.add(request)
        for datum in shown:
            self._shown[self._key(datum)] = datum
            self._send(Type.DATA, request, datum)
        self._send(Type.END, request, Outcome.DONE)

    def _on_unwatch(self, request: int, _: None) -> None:
        self._watchers.discard(request)

    def _on_data(self, request: int, datum: Datum) -> None:
        if self._asked.get(request) in (Type.QUERY, Type.WATCH):
            self.told.append(Came(request, datum, False))

    def _on_gone(self, request: int, datum: Datum) -> None:
        if self._asked.get(request) == Type.WATCH:
            self.told.append(Came(request, datum, True))

    def _on_end(self, request: int, outcome: int) -> None:
        asked = self._asked.get(request)
        if asked is None:
            return
        if asked != Type.WATCH or outcome != Outcome.DONE:
            del self._asked[request]
        self.told.append(Ended(request, outcome))

    def _on_invite(self, request: int, invitation: Invitation) -> None:
        self._theirs(request)
        if request in self._invitations:
            raise Broken("an invitation twice")
        if len(self._invitations) >= MOST_INVITATIONS:
            self._send(Type.END, request, Outcome.TOO_MANY)
        elif not self._publisher.may_invite():
            self._send(Type.END, request, Outcome.REFUSED)
        else:
            self._invitations.add(request)
            self._send(Type.RINGING, request)
            self.told.append(Invited(request, invitation))

    def _on_ringing(self, request: int, _: None) -> None:
        if self._asked.get(request) == Type.INVITE:
            self.told.append(Rings(request))

    def _on_answer(self, request: int, response: Response) -> None:
        if self._asked.get(request) == Type.INVITE:
            del self._asked[request]
            self.told.append(Answered(request, response))

    def _on_cancel(self, request: int, _: None) -> None:
        if request in self._invitations:
            self._invitations.discard(request)
            self.told.append(Withdrawn(request))
