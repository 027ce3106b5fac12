"""The user of a host, and the programs that are connected: what all parts of the host share.

Everything runs on the host's one thread, so nothing is locked.
"""

from __future__ import annotations

from collections.abc import Callable

from peerapi.collab import local
from peerapi.collab.applications import Applications
from peerapi.collab.contacts import ContactBook
from peerapi.collab.events import CollabEvent
from peerapi.collab.own import OwnEndpoint
from peerapi.engine.runtime import moment
from peerapi.host.port import Port
from peerapi.store.collab import SettingsStore


class Desk:
    """See the module's text."""

    def __init__(self, book: ContactBook, applications: Applications, settings: SettingsStore, machine: str) -> None:
        """``machine``: its name, after which the endpoint is called until the user says otherwise."""
        self.book = book
        self.applications = applications
        self.settings = settings
        self.own = OwnEndpoint(settings.get().endpoint_name or machine)
        self.ports: list[Port] = []
        self.heard: Callable[[CollabEvent], None] = _ignore
        "Who tells other people what has changed here."

    def tell(self, events: list[CollabEvent]) -> None:
        """Events: for every program that listens, and for the people who may know."""
        for event in events:
            data = local.told(local.TOLD_EVENT, event)
            for port in list(self.ports):
                if port.listens:
                    port.send(data)
            self.heard(event)

    def nickname(self) -> str:
        """What this user calls themselves, in one line."""
        return " ".join(self.book.me(moment().utc).nickname.split())


def _ignore(event: CollabEvent) -> None:
    """Until there are other people."""
