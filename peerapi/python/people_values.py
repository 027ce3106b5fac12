"""People as values: who they are, where they are signed in, what they show, and what happens (PeerCollab)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from peerapi.collab import events as told
from peerapi.collab import values
from peerapi.collab.events import Change, CollabEvent, CollabEventType
from peerapi.collab.values import Endpoint, Permission, Signin
from peerapi.collab.values import Status as PresenceStatus
from peerapi.errors import PeerError, by_hresult
from peerapi.python.values import ChangeKind

__all__ = ["Endpoint", "PresenceStatus", "Signin"]


@dataclass(frozen=True, slots=True)
class Contact:
    """A person as this user knows them, or this user."""

    name: str
    "Peer name: the key that the person proves."
    nickname: str
    display_name: str
    email: str
    watch: bool
    "This user wants to hear of them."
    may_watch: bool
    "They may see what this user publishes."


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody near by, as they call themselves: nothing of it is proved."""

    nickname: str
    endpoint: Endpoint
    id: UUID
    "Of this sign-in."


@dataclass(frozen=True, slots=True)
class Presence:
    status: PresenceStatus
    text: str


@dataclass(frozen=True, slots=True)
class PublishedObject:
    """A small piece of data that somebody publishes."""

    id: UUID
    data: bytes
    scope: Signin
    "Who sees it."


@dataclass(frozen=True, slots=True)
class Application:
    """A program that somebody can be invited to."""

    id: UUID
    description: str
    data: bytes


@dataclass(frozen=True, slots=True)
class LaunchInfo:
    """Who has invited, for the program that was started by it."""

    contact: Contact | None
    endpoint: Endpoint
    application: UUID
    data: bytes
    message: str


# ---- what happens ----


@dataclass(frozen=True, slots=True)
class PresenceChange:
    """Somebody's presence is another one. Without an endpoint it is this user's own."""

    kind: ChangeKind
    contact: Contact | None
    endpoint: Endpoint | None
    presence: Presence | None


@dataclass(frozen=True, slots=True)
class ObjectChange:
    """Somebody publishes an object, changes or withdraws it. Without an endpoint it is this user."""

    kind: ChangeKind
    contact: Contact | None
    endpoint: Endpoint | None
    object: PublishedObject


@dataclass(frozen=True, slots=True)
class ApplicationChange:
    """Somebody has registered an application, changed or withdrawn it. Without an endpoint it is this user."""

    kind: ChangeKind
    contact: Contact | None
    endpoint: Endpoint | None
    application: Application


@dataclass(frozen=True, slots=True)
class EndpointChange:
    """An endpoint has another name, or is there no more. Without an endpoint it is this user's own."""

    contact: Contact | None
    endpoint: Endpoint | None


@dataclass(frozen=True, slots=True)
class PeopleChange:
    """Somebody near by came, changed or went; nobody: this user has signed in or out."""

    kind: ChangeKind
    person: Person | None


@dataclass(frozen=True, slots=True)
class WatchlistChange:
    """A contact is watched, is so no more, or has changed."""

    kind: ChangeKind
    contact: Contact


@dataclass(frozen=True, slots=True)
class RequestEnded:
    """The data of an endpoint have come, or the error says why they have not."""

    endpoint: Endpoint
    error: PeerError | None


PeopleEvent = PresenceChange | ObjectChange | ApplicationChange | EndpointChange | PeopleChange | WatchlistChange
TYPES: dict[type[Any], tuple[CollabEventType, ...]] = {
    PresenceChange: (CollabEventType.MY_PRESENCE_CHANGED, CollabEventType.ENDPOINT_PRESENCE_CHANGED),
    ObjectChange: (CollabEventType.MY_OBJECT_CHANGED, CollabEventType.ENDPOINT_OBJECT_CHANGED),
    ApplicationChange: (CollabEventType.MY_APPLICATION_CHANGED, CollabEventType.ENDPOINT_APPLICATION_CHANGED),
    EndpointChange: (CollabEventType.MY_ENDPOINT_CHANGED, CollabEventType.ENDPOINT_CHANGED),
    PeopleChange: (CollabEventType.PEOPLE_NEAR_ME_CHANGED,),
    WatchlistChange: (CollabEventType.WATCHLIST_CHANGED,),
}
"The classes of events, each with the event types of C that it stands for."


def converted(event: CollabEvent) -> Any:
    """The host's event in the terms of this module."""
    match event.content:
        case told.PresenceChanged(who, where, change, found):
            return PresenceChange(_kind(change), _known(who), where, None if found is None else presence(found))
        case told.ItemChanged(who, where, change, item):
            return ObjectChange(_kind(change), _known(who), where, published(item))
        case told.ApplicationChanged(who, where, change, found):
            return ApplicationChange(_kind(change), _known(who), where, application(found))
        case told.EndpointChanged(who, where):
            return EndpointChange(_known(who), where)
        case told.PeopleChanged(change, found):
            return PeopleChange(_kind(change), None if found is None else person(found))
        case told.WatchlistChanged(who, change):
            return WatchlistChange(_kind(change), contact(who))
        case told.RequestStatusChanged(where, hresult):
            return RequestEnded(where, failure(hresult) if hresult else None)
    raise AssertionError(f"an event of no known type: {event!r}")


def failure(hresult: int) -> PeerError:
    """The exception of a code that the host tells."""
    kind: Any = by_hresult(hresult)
    made: PeerError = PeerError() if kind is None else kind()
    made.hresult = hresult
    return made


def contact(found: values.Contact) -> Contact:
    return Contact(
        found.peer_name,
        found.nickname,
        found.display_name,
        found.email,
        found.watch,
        found.permission == Permission.ALLOWED,
    )


def person(found: values.Person) -> Person:
    return Person(found.nickname, found.endpoint, UUID(bytes=found.id))


def presence(found: values.Presence) -> Presence:
    return Presence(PresenceStatus(found.status), found.text or "")


def published(found: values.Item) -> PublishedObject:
    return PublishedObject(UUID(bytes=found.id), found.data, Signin(found.scope))


def application(found: values.Application) -> Application:
    return Application(UUID(bytes=found.id), found.description, found.data)


def _known(found: values.Contact | None) -> Contact | None:
    return None if found is None else contact(found)


def _kind(change: int) -> ChangeKind:
    return ChangeKind[Change(change).name]
