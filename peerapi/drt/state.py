"""What the parts of a node of a table share on top of ``ring.state``: keys registered here, settings, status."""

from __future__ import annotations

import random
from dataclasses import dataclass

from peerapi.address import Address
from peerapi.drt.border import SecurityMode, Settings, Status, StatusEvent
from peerapi.drt.fields import ORDER
from peerapi.drt.outputs import Happened
from peerapi.ring.registrations import Registrations
from peerapi.ring.route_entry import RouteEntry
from peerapi.ring.scope import Scope
from peerapi.ring.state import RingState

LARGEST_BAD_PORT = 1023
"MC-DRT 2.1: ports from 1024 are good."


def key_bytes(number: int) -> bytes:
    """A key as the application has it (reading D3)."""
    return number.to_bytes(32, ORDER)


def key_number(key: bytes) -> int:
    """The same backwards."""
    return int.from_bytes(key, ORDER)


@dataclass(slots=True, eq=False)
class Registration:
    """A key registered here."""

    handle: int
    id: int
    payload: bytes
    context: object
    "pvKeyContext."
    unresolvable: bool = False
    "The provider has refused to prove it, and the application knows."

    @property
    def key(self) -> bytes:
        return key_bytes(self.id)


class TableState(RingState):
    """One node, without anything that reacts."""

    largest_bad_port = LARGEST_BAD_PORT
    tries_of_maintenance = 3
    tries_when_doubted = 5
    forget_failure = 10.0
    patience = 0.5
    slowest_repair = 8

    def __init__(self, settings: Settings, scope: Scope, scope_id: int, random: random.Random) -> None:
        self.registrations: Registrations[Registration] = Registrations()
        super().__init__(scope, scope_id, random, self.registrations)
        self.settings = settings
        self.mode = settings.mode
        self.version = settings.version
        self.proves_all = settings.mode is SecurityMode.CONFIDENTIAL
        self.status: Status | None = None
        "None: not known yet."
        self.fault = 0
        "Why the node is faulted."

    def change_status(self, status: Status, addresses: tuple[Address, ...] = (), hresult: int = 0) -> None:
        if status is not self.status:
            self.status = status
            self.outputs.append(Happened(StatusEvent(status, addresses, hresult)))

    def context_of(self, id: int) -> object:
        """pvKeyContext of a key registered here, or None."""
        registration = self.registrations.get(id)
        return registration.context if registration is not None else None

    def own_route(self, id: int) -> RouteEntry:
        return RouteEntry.of(id, self.endpoints[: self.settings.most_addresses])
