"""What this user is to others: signed in or not, presence, the name of this endpoint, objects.

One user signs in once, for all of their programs. What is published lasts until the user has signed out of everything;
an object lasts as long as the program that set it last. Each method answers with the events that follow, which are for
every program of this user; what others see of them is decided by ``publishing``.
"""

from __future__ import annotations

from typing import NamedTuple

from peerapi.collab.events import (
    Change,
    CollabEvent,
    CollabEventType,
    EndpointChanged,
    ItemChanged,
    PeopleChanged,
    PresenceChanged,
)
from peerapi.collab.values import (
    MAX_OBJECTS,
    MAX_TEXT,
    ONLINE,
    USER_PICTURE,
    Item,
    Presence,
    Signin,
    check_flags,
    check_item,
    check_presence,
    check_text,
)
from peerapi.errors import InvalidArgument, NotSignedIn
from peerapi.identity.names import is_text


class _Owned(NamedTuple):
    item: Item
    owner: object
    "The program that set it last."


class OwnEndpoint:
    """The state of one signed-in user at this machine."""

    def __init__(self, name: str) -> None:
        """``name``: what the endpoint is called, by the user or after the machine."""
        self.name = name
        self.flags = Signin.NONE
        self.presence = ONLINE
        self._items: dict[bytes, _Owned] = {}

    # ---- signing in and out ----

    def sign_in(self, flags: int) -> list[CollabEvent]:
        """Add scopes. Raises InvalidArgument."""
        wanted = check_flags(flags)
        before, self.flags = self.flags, self.flags | wanted
        events = []
        if not before:
            self.presence = ONLINE
            events += [_my_endpoint(), _my_presence(Change.ADDED, self.presence)]
        if Signin.NEAR_ME in self.flags and Signin.NEAR_ME not in before:
            events.append(_people(Change.ADDED))
        return events

    def sign_out(self, flags: int) -> list[CollabEvent]:
        """Leave scopes; with the last one everything that lasts as long as the sign-in is gone. Raises
        InvalidArgument."""
        unwanted = check_flags(flags)
        before, self.flags = self.flags, self.flags & ~unwanted
        events = []
        if Signin.NEAR_ME in before and Signin.NEAR_ME not in self.flags:
            events.append(_people(Change.DELETED))
        if before and not self.flags:
            self._items.clear()  # one event stands for all
            gone, self.presence = self.presence, ONLINE
            events += [_my_presence(Change.DELETED, gone), _my_endpoint()]
        return events

    def options(self) -> Signin:
        """The scopes that are signed in to. Raises NotSignedIn."""
        self._require()
        return self.flags

    # ---- presence and name ----

    def set_presence(self, presence: Presence) -> list[CollabEvent]:
        """Raises InvalidArgument, NotSignedIn."""
        check_presence(presence)
        self._require()
        self.presence = Presence(presence.status, presence.text)
        return [_my_presence(Change.UPDATED, self.presence)]

    def endpoint_name(self) -> str:
        """Raises NotSignedIn."""
        self._require()
        return self.name

    def rename(self, name: str) -> list[CollabEvent]:
        """Raises InvalidArgument, also for the name it has; NotSignedIn."""
        check_text(name, "pwzEndpointName")
        self._require()
        if not name or name == self.name:
            raise InvalidArgument("The endpoint needs a name, and one that it does not have yet.")
        self.name = name
        return [_my_endpoint()]

    # ---- objects ----

    def set_item(self, item: Item, owner: object) -> list[CollabEvent]:
        """Publish or replace an object, which from now on belongs to ``owner``. Raises InvalidArgument, NotSignedIn."""
        check_item(item)
        self._require()
        change = Change.UPDATED if item.id in self._items else Change.ADDED
        if change is Change.ADDED and len(self._items) >= MAX_OBJECTS:
            raise InvalidArgument(f"An endpoint publishes at most {MAX_OBJECTS} objects.")
        self._items[item.id] = _Owned(item, owner)
        return [_my_item(change, item)]

    def delete_item(self, id_: bytes) -> list[CollabEvent]:
        """Raises InvalidArgument for an unknown ID and for those that the system has defined; NotSignedIn."""
        self._require()
        if id_ == USER_PICTURE:
            raise InvalidArgument("The user's picture cannot be deleted, only replaced.")
        owned = self._items.pop(id_, None)
        if owned is None:
            raise InvalidArgument("No object is published under that ID.")
        return [_my_item(Change.DELETED, owned.item)]

    def items(self, id_: bytes | None = None) -> list[Item]:
        """All, or the one with that ID. Raises NotSignedIn."""
        self._require()
        return [owned.item for owned in self._items.values() if id_ in (None, owned.item.id)]

    def owner_gone(self, owner: object) -> list[CollabEvent]:
        """A program has ended: so do its objects."""
        gone = [owned.item for owned in self._items.values() if owned.owner is owner]
        for item in gone:
            del self._items[item.id]
        return [_my_item(Change.DELETED, item) for item in gone]

    def _require(self) -> None:
        if not self.flags:
            raise NotSignedIn


def default_name(machine: str) -> str:
    """What an endpoint is called after its machine."""
    return machine if machine.isprintable() and is_text(machine, MAX_TEXT) else ""


# MY_ events carry neither contact nor endpoint: it is Me, here.


def _my_endpoint() -> CollabEvent:
    return CollabEvent(CollabEventType.MY_ENDPOINT_CHANGED, EndpointChanged(None, None))


def _my_presence(change: Change, presence: Presence) -> CollabEvent:
    return CollabEvent(CollabEventType.MY_PRESENCE_CHANGED, PresenceChanged(None, None, change, presence))


def _my_item(change: Change, item: Item) -> CollabEvent:
    return CollabEvent(CollabEventType.MY_OBJECT_CHANGED, ItemChanged(None, None, change, item))


def _people(change: Change) -> CollabEvent:
    return CollabEvent(CollabEventType.PEOPLE_NEAR_ME_CHANGED, PeopleChanged(change, None))


def signed_out(flags: int) -> list[CollabEvent]:
    """What a program hears when the host of a user who was signed in is gone."""
    events = [_people(Change.DELETED)] if flags & Signin.NEAR_ME else []
    return [*events, _my_presence(Change.DELETED, ONLINE), _my_endpoint()] if flags else []


def watch_changed(before: object, after: object) -> Change | None:
    """What has become of a contact's place on the watch list; ``before`` and ``after``: whether it was and is there."""
    if before and not after:
        return Change.DELETED
    if after:
        return Change.UPDATED if before else Change.ADDED
    return None
