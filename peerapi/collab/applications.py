"""The applications that this user can be invited to: registrations of the user, and of all users of the machine.

The same ID may be registered in both ways; then the user's own hides the other.
"""

from __future__ import annotations

from peerapi.collab.events import ApplicationChanged, Change, CollabEvent, CollabEventType
from peerapi.collab.values import Application, Registered, Registration, check_registration
from peerapi.errors import AccessDenied, AlreadyExists, InvalidArgument, NoKeyAccess, NotFound
from peerapi.store.collab import ApplicationStore, SharedApplicationStore, StoredApplication


class Applications:
    """Registrations over their two stores; keeps nothing in memory."""

    def __init__(self, own: ApplicationStore, shared: SharedApplicationStore) -> None:
        self._stores: dict[int, ApplicationStore] = {Registered.CURRENT_USER: own, Registered.ALL_USERS: shared}

    def all(self, type_: int) -> list[Registration]:
        """Raises InvalidArgument for a type there is not."""
        return [_shown(one) for one in self._store(type_).all()]

    def get(self, id_: bytes, type_: int) -> Registration:
        """Raises InvalidArgument, NotFound."""
        try:
            return _shown(self._store(type_).find(id_.hex()))
        except NotFound as error:
            raise NotFound("No application is registered under that ID for that type.") from error

    def visible(self, id_: bytes) -> Registration | None:
        """What an ID means: the user's own registration, else that of the machine."""
        for type_ in Registered:
            try:
                return self.get(id_, type_)
            except (NotFound, NoKeyAccess):
                continue
        return None

    def offered(self) -> list[Registration]:
        """All that this user can be invited to."""
        found: dict[bytes, Registration] = {}
        for type_ in Registered:
            try:
                registrations = self.all(type_)
            except NoKeyAccess:  # a folder of the machine that cannot be trusted offers nothing
                continue
            for one in registrations:
                found.setdefault(one.application.id, one)
        return list(found.values())

    def register(self, registration: Registration, type_: int) -> list[CollabEvent]:
        """What has changed for others. Raises InvalidArgument, AlreadyExists, AccessDenied."""
        check_registration(registration)
        store = self._store(type_)
        before = self.visible(registration.application.id)
        try:
            store.add(_kept(registration))
        except AlreadyExists as error:
            raise AlreadyExists("This application is registered already; unregister it first.") from error
        except NoKeyAccess as error:
            raise AccessDenied(str(error)) from error
        return _told(before, self.visible(registration.application.id))

    def unregister(self, id_: bytes, type_: int) -> list[CollabEvent]:
        """What has changed for others. Raises InvalidArgument, NotFound, AccessDenied."""
        store = self._store(type_)
        before = self.visible(id_)
        self.get(id_, type_)
        try:
            store.remove(id_.hex())
        except NoKeyAccess as error:
            raise AccessDenied(str(error)) from error
        return _told(before, self.visible(id_))

    def _store(self, type_: int) -> ApplicationStore:
        try:
            return self._stores[type_]
        except KeyError:
            raise InvalidArgument(f"{type_} is no type of registration.") from None


def _told(before: Registration | None, after: Registration | None) -> list[CollabEvent]:
    if before == after:
        return []
    shown = after or before
    assert shown is not None
    change = Change.ADDED if before is None else Change.DELETED if after is None else Change.UPDATED
    return [
        CollabEvent(CollabEventType.MY_APPLICATION_CHANGED, ApplicationChanged(None, None, change, shown.application))
    ]


def _shown(stored: StoredApplication) -> Registration:
    application = Application(bytes.fromhex(stored.id), stored.data, stored.description)
    return Registration(application, stored.path, stored.arguments, int(stored.scope, 16))


def _kept(registration: Registration) -> StoredApplication:
    application = registration.application
    return StoredApplication(
        application.id.hex(),
        application.description,
        registration.path,
        registration.arguments,
        f"{registration.scope:x}",
        application.data,
    )
