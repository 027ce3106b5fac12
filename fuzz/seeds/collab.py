"""Valid beginnings for the doors of collaboration."""

from __future__ import annotations

import random
from collections.abc import Callable
from unittest import mock

from fuzz.seeds import names
from peerapi.address import LOOPBACK, Address
from peerapi.collab import contact_xml, local, wire
from peerapi.collab.discovery import Action, Announcement, encode
from peerapi.collab.values import Application, Contact, Endpoint, Invitation, Item, Presence, Registration
from peerapi.collab.wire import Hello, Type
from peerapi.identity import pkcs7
from peerapi.identity.certificates import issue_identity
from peerapi.identity.names import peer_name

HERE = Endpoint(Address(LOOPBACK, 4711), "desk")
INVITATION = Invitation(bytes(16), b"data", "come")
ITEM = Item(bytes(range(16)), b"object", 3)


def _contacts() -> list[bytes]:
    found = []
    for key in names.KEYS.values():
        name = peer_name(key.public.authority, "")
        with mock.patch("secrets.token_bytes", random.Random(2).randbytes):
            credentials = pkcs7.encode([issue_identity(key, name, str(name), names.NOW).encoded])
        contact = Contact(str(name), "Nick & \u00fc", "Display", "e@mail", False, 0, credentials)
        found.append(contact_xml.write(contact).encode())
    return found


def _wire() -> list[bytes]:
    hello = wire.message(Type.HELLO, 0, Hello(wire.VERSION, bytes(16), "desk", "Nick", 4711))
    asked = (Type.QUERY, 1, None), (Type.WATCH, 3, None), (Type.INVITE, 5, INVITATION), (Type.PING, 0, None)
    return [hello, *(hello + wire.message(*one) for one in asked)]


def _people() -> list[bytes]:
    said = []
    for action in Action:
        data = encode(Announcement(action, b"m" * 16, b"a" * 16, "Alice", "desk", 4001))
        said.append(len(data).to_bytes(2, "big") + b"\1" + data)
    return [*said, b"".join(said)]


def _program() -> list[bytes]:
    registration = Registration(Application(bytes(16), b"", "A program"), "/bin/true", "-x", 3)
    return [
        local.asked(local.GREET, 1, local.Greeting(local.VERSION)),
        local.asked(local.SET_ITEM, 2, ITEM),
        local.asked(local.SET_PRESENCE, 3, Presence(5, "busy")),
        local.asked(local.REGISTER, 4, local.Pair(registration, 0)),
        local.asked(local.INVITE, 5, local.InviteRequest(1, "name", HERE, INVITATION)),
        local.asked(local.ITEMS, 6, local.Pair(HERE, None)),
    ]


SEEDS: dict[str, Callable[[], list[bytes]]] = {
    "contact": _contacts,
    "collab-wire": _wire,
    "people": _people,
    "program": _program,
}
