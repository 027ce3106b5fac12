"""What ``peerapi collab watch`` and ``near-me --follow`` show: a table that is drawn anew with each change.

Elsewhere than on a terminal, and with ``--json``, each change is a line.
"""

from __future__ import annotations

import queue
import sys
from collections.abc import Hashable, Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Any

from peerapi.cli.output import in_json, table
from peerapi.collab import local
from peerapi.collab.events import Change, CollabEvent, CollabEventType, PeopleChanged, PresenceChanged, WatchlistChanged
from peerapi.collab.values import Contact, Endpoint, Person, Presence, Status
from peerapi.engine.collab import stores
from peerapi.engine.collab.program import CollabRegistration, Program
from peerapi.errors import InvalidArgument, NotFound, NotSignedIn
from peerapi.text import printable

if TYPE_CHECKING:
    from rich.live import Live

Row = dict[str, str]


class Changing:
    """Rows that come, change and go. ``empty`` is shown where there is none."""

    def __init__(self, headings: tuple[str, ...], empty: str, *, as_json: bool) -> None:
        self._headings = headings
        self._empty = empty
        self._json = as_json
        self._rows: dict[tuple[Hashable, ...], Row] = {}
        self._screen: Live | None = None

    def __enter__(self) -> Changing:
        if sys.stdout.isatty() and not self._json:
            from rich.console import Console
            from rich.live import Live

            self._screen = Live(console=Console(markup=False, emoji=False, highlight=False), auto_refresh=False)
            self._screen.start()
            self._draw()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._screen is not None:
            self._screen.stop()

    def quietly(self, key: tuple[Hashable, ...], row: Row | None) -> None:
        """Have a row, or none, with that key; the next thing that happens shows it."""
        self._rows.pop(key, None)
        if row is not None:
            self._rows[key] = row

    def keys(self, first: Hashable) -> list[tuple[Hashable, ...]]:
        """Of the rows whose keys begin so."""
        return [key for key in self._rows if key[0] == first]

    def tell(self, what: str, key: tuple[Hashable, ...], row: Row, *, gone: bool = False) -> None:
        """Something has happened to the row with that key."""
        if gone:
            self._rows.pop(key, None)
        else:
            self._rows[key] = row
        if self._screen is not None:
            self._draw()
        elif self._json:
            print(in_json({"what": what} | row), flush=True)
        else:
            print(f"{what}: {'  '.join(printable(cell) for cell in row.values() if cell)}", flush=True)

    def _draw(self) -> None:
        from rich.text import Text

        assert self._screen is not None
        rows = [tuple(row.values()) for row in self._rows.values()]
        shown = table(self._headings, rows) if rows else self._empty
        self._screen.update(Text(shown, no_wrap=True, overflow="ellipsis"), refresh=True)


class Events:
    """What happens, from now on, as the program hears it."""

    def __init__(self, program: Program, *types: CollabEventType) -> None:
        self._came: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._registration = CollabRegistration(dict.fromkeys(types), lambda: self._came.put(None))
        program.register(self._registration)

    def __iter__(self) -> Iterator[CollabEvent]:
        """Without an end."""
        while True:
            self._came.get()
            while len(self._registration.queue):
                yield self._registration.queue.popleft()


def watch(program: Program, *, as_json: bool) -> None:
    """Show the contacts who are watched, where they are and how, until the user has had enough.

    Who is near by says who it is only on a connection, so each of them is asked, and learns who asks.
    """
    types = CollabEventType.ENDPOINT_PRESENCE_CHANGED, CollabEventType.WATCHLIST_CHANGED
    events = Events(program, *types, CollabEventType.PEOPLE_NEAR_ME_CHANGED)
    with Changing(("NICKNAME", "ENDPOINT", "PRESENCE", "TEXT"), "nobody is watched", as_json=as_json) as shown:
        for contact in stores.contact_book().all():
            if contact.watch:
                _tell_all(program, shown, contact)
        for person in program.ask(local.PEOPLE, None, tuple) if _is_signed_in(program) else ():
            program.call(local.SUBSCRIBE, person.endpoint)
        for event in events:
            match event.content:
                case PeopleChanged(Change.ADDED, Person() as person):
                    program.call(local.SUBSCRIBE, person.endpoint)
                case WatchlistChanged(contact, change):
                    for key in shown.keys(contact.peer_name):
                        shown.quietly(key, None)
                    gone = change == Change.DELETED
                    shown.tell("not watched" if gone else "watched", (contact.peer_name,), _row(contact), gone=gone)
                case PresenceChanged(Contact() as contact, Endpoint() as endpoint, change, presence):
                    _moved(shown, contact, endpoint, None if change == Change.DELETED else presence)


def _moved(shown: Changing, contact: Contact, endpoint: Endpoint, presence: Presence | None) -> None:
    """A contact is somewhere, with that presence, or not there any more. Who is nowhere has a row all the same."""
    key = contact.peer_name, endpoint.address
    elsewhere = [one for one in shown.keys(contact.peer_name) if len(one) > 1 and one != key]
    shown.quietly((contact.peer_name,), None if presence is not None or elsewhere else _row(contact))
    shown.tell("gone" if presence is None else "here", key, _row(contact, endpoint, presence), gone=presence is None)


def _tell_all(program: Program, shown: Changing, contact: Contact) -> None:
    """Where a contact is, or that this is not known."""
    found: list[tuple[Endpoint, Presence]] = []
    try:
        for endpoint in program.ask(local.ENDPOINTS, contact.peer_name, tuple):
            found.append((endpoint, program.ask(local.GET_PRESENCE, endpoint, _unknown)))
    except (NotFound, InvalidArgument, NotSignedIn):
        pass  # known to be nowhere, or nothing is known before this user signs in
    for endpoint, presence in found:
        _moved(shown, contact, endpoint, presence)
    if not found:
        shown.tell("watched", (contact.peer_name,), _row(contact))


def _is_signed_in(program: Program) -> bool:
    try:
        return bool(program.ask(local.OPTIONS, None, int))
    except NotSignedIn:
        return False


def _unknown() -> Any:
    raise NotFound("Nothing is known of this endpoint.")


def _row(contact: Contact, endpoint: Endpoint | None = None, presence: Presence | None = None) -> Row:
    status = Status.OFFLINE if presence is None else Status(presence.status)
    return {
        "nickname": contact.nickname or contact.peer_name,
        "endpoint": endpoint.name if endpoint is not None else "",
        "presence": status.name.lower().replace("_", " "),
        "text": presence.text or "" if presence is not None else "",
    }
