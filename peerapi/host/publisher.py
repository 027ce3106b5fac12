"""What one other person may know of this user, as the messages of ``collab.wire``."""

from __future__ import annotations

from collections.abc import Callable

from peerapi.collab import publishing
from peerapi.collab.events import Change, CollabEvent, CollabEventType
from peerapi.collab.publishing import Asker
from peerapi.collab.values import Presence
from peerapi.collab.wire import Datum, Kind
from peerapi.engine.runtime import moment
from peerapi.host.desk import Desk

EVERYBODY, CONTACTS, NOBODY = "everybody", "contacts", "nobody"
"Whose invitations the user is asked about."


class DeskPublisher:
    """``asker`` is asked anew each time: permissions change while a connection lasts."""

    def __init__(self, desk: Desk, asker: Callable[[], Asker]) -> None:
        self._desk = desk
        self._asker = asker

    def shown(self) -> list[Datum] | None:
        """See Publisher."""
        own, asker = self._desk.own, self._asker()
        if not publishing.may_see(asker, own.flags):
            return None
        card = self._desk.book.export(None, moment().utc)
        data = [Datum(Kind.CARD, card), Datum(Kind.NAME, own.name), Datum(Kind.PRESENCE, own.presence)]
        data += [
            Datum(Kind.APPLICATION, one.application)
            for one in self._desk.applications.offered()
            if publishing.may_see_application(asker, own.flags, one.scope)
        ]
        return data + [
            Datum(Kind.ITEM, item) for item in own.items() if publishing.may_see_item(asker, own.flags, item.scope)
        ]

    def change(self, event: CollabEvent) -> tuple[Change, Datum] | None:
        """See Publisher."""
        own, asker = self._desk.own, self._asker()
        if not publishing.may_see(asker, own.flags):
            return None
        content = event.content
        match event.type:
            case CollabEventType.MY_PRESENCE_CHANGED:
                return Change.UPDATED, Datum(Kind.PRESENCE, Presence(content.presence.status, content.presence.text))
            case CollabEventType.MY_ENDPOINT_CHANGED:
                return Change.UPDATED, Datum(Kind.NAME, own.name)
            case CollabEventType.MY_OBJECT_CHANGED:
                sees = publishing.may_see_item(asker, own.flags, content.item.scope)
                change = content.change if sees else Change.DELETED  # one that is hidden now was perhaps seen before
                return Change(change), Datum(Kind.ITEM, content.item)
            case CollabEventType.MY_APPLICATION_CHANGED:
                registration = self._desk.applications.visible(content.application.id)
                sees = registration is not None and publishing.may_see_application(asker, own.flags, registration.scope)
                change = content.change if sees else Change.DELETED
                return Change(change), Datum(Kind.APPLICATION, content.application)
        return None

    def may_invite(self) -> bool:
        """See Publisher."""
        asker, chosen = self._asker(), self._desk.settings.get().invitations or EVERYBODY
        if chosen == NOBODY or (chosen == CONTACTS and asker.contact is None):
            return False
        return publishing.may_invite(asker, self._desk.own.flags)
