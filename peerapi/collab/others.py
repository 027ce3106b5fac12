"""What is known of other endpoints: snapshots that were fetched, and data that are kept up to date.

An endpoint is named by its address, port and scope; programs copy the structure, and the name in it may be an old one.
Changes at an endpoint that is watched become events; those of a snapshot do not.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from peerapi.address import Address
from peerapi.collab.events import (
    ApplicationChanged,
    Change,
    CollabEvent,
    CollabEventType,
    EndpointChanged,
    ItemChanged,
    PresenceChanged,
)
from peerapi.collab.values import MAX_APPLICATIONS, MAX_OBJECTS, Application, Contact, Endpoint, Item, Presence, Status
from peerapi.collab.wire import Datum, Kind

MOST_ENDPOINTS = 1000


@dataclass
class Known:
    """One endpoint."""

    address: Address
    name: str
    peer_name: str = ""
    "Whose key was proved there; empty: nobody's yet."
    card: str = ""
    "The contact XML of whoever is there; empty: not known."
    presence: Presence | None = None
    applications: dict[bytes, Application] = field(default_factory=dict)
    items: dict[bytes, Item] = field(default_factory=dict)
    live: bool = False
    "Kept up to date."

    @property
    def endpoint(self) -> Endpoint:
        return Endpoint(self.address, self.name)

    def take(self, datum: Datum, *, gone: bool, contact: Contact | None) -> list[CollabEvent]:
        """Something of the endpoint is another; the events of it."""
        match datum.kind:
            case Kind.CARD:
                self.card = "" if gone else datum.value
            case Kind.NAME:
                old, self.name = self.name, "" if gone else datum.value
                if old != self.name:
                    return [self._event(CollabEventType.ENDPOINT_CHANGED, EndpointChanged(contact, self.endpoint))]
            case Kind.PRESENCE:
                return self._presence(None if gone else datum.value, contact)
            case Kind.APPLICATION:
                return self._application(datum, gone, contact)
            case Kind.ITEM:
                return self._item(datum, gone, contact)
        return []

    def lost(self, contact: Contact | None) -> list[CollabEvent]:
        """The endpoint is there no more."""
        self.live = False
        gone = Presence(Status.OFFLINE, None)
        was, self.presence = self.presence, None
        self.applications.clear()
        self.items.clear()
        offline = PresenceChanged(contact, self.endpoint, Change.DELETED, gone)
        events = [self._event(CollabEventType.ENDPOINT_PRESENCE_CHANGED, offline)] if was else []
        return [*events, self._event(CollabEventType.ENDPOINT_CHANGED, EndpointChanged(contact, self.endpoint))]

    def _presence(self, presence: Presence | None, contact: Contact | None) -> list[CollabEvent]:
        before, self.presence = self.presence, presence
        if before == presence:
            return []
        change = Change.ADDED if before is None else Change.DELETED if presence is None else Change.UPDATED
        shown = presence or Presence(Status.OFFLINE, None)
        content = PresenceChanged(contact, self.endpoint, change, shown)
        return [self._event(CollabEventType.ENDPOINT_PRESENCE_CHANGED, content)]

    def _application(self, datum: Datum, gone: bool, contact: Contact | None) -> list[CollabEvent]:
        id_ = datum.value if gone else datum.value.id
        before = self.applications.pop(id_, None)
        has_room = len(self.applications) < 2 * MAX_APPLICATIONS
        after: Application | None = datum.value if has_room and not gone else None
        if after is not None:
            self.applications[id_] = after
        shown = after or before
        if before == after or shown is None:
            return []
        content = ApplicationChanged(contact, self.endpoint, _change(before, after), shown)
        return [self._event(CollabEventType.ENDPOINT_APPLICATION_CHANGED, content)]

    def _item(self, datum: Datum, gone: bool, contact: Contact | None) -> list[CollabEvent]:
        id_ = datum.value if gone else datum.value.id
        before = self.items.pop(id_, None)
        after: Item | None = datum.value if len(self.items) < MAX_OBJECTS and not gone else None
        if after is not None:
            self.items[id_] = after
        shown = after or before
        if before == after or shown is None:
            return []
        content = ItemChanged(contact, self.endpoint, _change(before, after), shown)
        return [self._event(CollabEventType.ENDPOINT_OBJECT_CHANGED, content)]

    @staticmethod
    def _event(type_: CollabEventType, content: object) -> CollabEvent:
        return CollabEvent(type_, content)


def _change(before: object, after: object) -> Change:
    return Change.ADDED if before is None else Change.DELETED if after is None else Change.UPDATED


def key_of(address: Address) -> tuple[bytes, int, int]:
    """By what an endpoint is found."""
    return address.ip, address.port, address.scope if address.is_link_local else 0


class Others:
    """All endpoints of which something is known."""

    def __init__(self) -> None:
        self._known: dict[tuple[bytes, int, int], Known] = {}

    def find(self, address: Address) -> Known | None:
        return self._known.get(key_of(address))

    def put(self, known: Known) -> None:
        """Something new; it takes the place of what was known. The oldest that nobody watches makes room."""
        self._known.pop(key_of(known.address), None)
        if len(self._known) >= MOST_ENDPOINTS:
            oldest = next((key for key, one in self._known.items() if not one.live), next(iter(self._known)))
            del self._known[oldest]
        self._known[key_of(known.address)] = known

    def forget(self, address: Address) -> None:
        """Nothing, for an endpoint that is not known."""
        self._known.pop(key_of(address), None)

    def of(self, peer_name: str) -> list[Known]:
        """The endpoints at which a person has been proved, and is."""
        return [one for one in self._known.values() if one.peer_name == peer_name and one.presence is not None]

    def clear(self) -> None:
        self._known.clear()
