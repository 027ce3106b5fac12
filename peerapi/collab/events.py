"""The eleven events of the collaboration section, and their bytes between a host and its programs."""

from __future__ import annotations

from enum import IntEnum
from typing import Any, NamedTuple

from peerapi.collab.fields import Field, Malformed, Number, Optional, Reader, Record
from peerapi.collab.forms import APPLICATION, CONTACT, ENDPOINT, HRESULT, ITEM, PERSON, PRESENCE
from peerapi.collab.values import Application, Contact, Endpoint, Item, Person, Presence


class CollabEventType(IntEnum):
    """PEER_COLLAB_EVENT_TYPE"""

    WATCHLIST_CHANGED = 1
    ENDPOINT_CHANGED = 2
    ENDPOINT_PRESENCE_CHANGED = 3
    ENDPOINT_APPLICATION_CHANGED = 4
    ENDPOINT_OBJECT_CHANGED = 5
    MY_ENDPOINT_CHANGED = 6
    MY_PRESENCE_CHANGED = 7
    MY_APPLICATION_CHANGED = 8
    MY_OBJECT_CHANGED = 9
    PEOPLE_NEAR_ME_CHANGED = 10
    REQUEST_STATUS_CHANGED = 11


class Change(IntEnum):
    """PEER_CHANGE_TYPE"""

    ADDED = 0
    DELETED = 1
    UPDATED = 2


class WatchlistChanged(NamedTuple):
    contact: Contact
    change: int


class EndpointChanged(NamedTuple):
    contact: Contact | None
    endpoint: Endpoint | None


class PresenceChanged(NamedTuple):
    contact: Contact | None
    endpoint: Endpoint | None
    change: int
    presence: Presence | None


class ApplicationChanged(NamedTuple):
    contact: Contact | None
    endpoint: Endpoint | None
    change: int
    application: Application


class ItemChanged(NamedTuple):
    contact: Contact | None
    endpoint: Endpoint | None
    change: int
    item: Item


class PeopleChanged(NamedTuple):
    """``person`` is None when this user has signed in or out."""

    change: int
    person: Person | None


class RequestStatusChanged(NamedTuple):
    endpoint: Endpoint
    hresult: int


class CollabEvent(NamedTuple):
    """One event: its type, and the value that belongs to the type."""

    type: CollabEventType
    content: Any

    @property
    def instance(self) -> bytes | None:
        """The ID by which registrations of application and object events choose."""
        match self.content:
            case ApplicationChanged():
                return self.content.application.id
            case ItemChanged():
                return self.content.item.id
        return None


_CHANGE = Number(1, list(Change))
_WHERE = (Optional(CONTACT), Optional(ENDPOINT))
_ENDPOINT: Field[Any] = Record(EndpointChanged, *_WHERE)
_PRESENCE: Field[Any] = Record(PresenceChanged, *_WHERE, _CHANGE, Optional(PRESENCE))
_APPLICATION: Field[Any] = Record(ApplicationChanged, *_WHERE, _CHANGE, APPLICATION)
_ITEM: Field[Any] = Record(ItemChanged, *_WHERE, _CHANGE, ITEM)
_FORMS: dict[CollabEventType, Field[Any]] = {
    CollabEventType.WATCHLIST_CHANGED: Record(WatchlistChanged, CONTACT, _CHANGE),
    CollabEventType.ENDPOINT_CHANGED: _ENDPOINT,
    CollabEventType.ENDPOINT_PRESENCE_CHANGED: _PRESENCE,
    CollabEventType.ENDPOINT_APPLICATION_CHANGED: _APPLICATION,
    CollabEventType.ENDPOINT_OBJECT_CHANGED: _ITEM,
    CollabEventType.MY_ENDPOINT_CHANGED: _ENDPOINT,
    CollabEventType.MY_PRESENCE_CHANGED: _PRESENCE,
    CollabEventType.MY_APPLICATION_CHANGED: _APPLICATION,
    CollabEventType.MY_OBJECT_CHANGED: _ITEM,
    CollabEventType.PEOPLE_NEAR_ME_CHANGED: Record(PeopleChanged, _CHANGE, Optional(PERSON)),
    CollabEventType.REQUEST_STATUS_CHANGED: Record(RequestStatusChanged, ENDPOINT, HRESULT),
}


class EventForm:
    """An event: its type (1), and what belongs to it."""

    def write(self, value: CollabEvent, out: bytearray) -> None:
        out.append(value.type)
        _FORMS[value.type].write(value.content, out)

    def read(self, reader: Reader) -> CollabEvent:
        try:
            type_ = CollabEventType(reader.number(1))
        except ValueError as error:
            raise Malformed("no event type") from error
        return CollabEvent(type_, _FORMS[type_].read(reader))


EVENT = EventForm()
