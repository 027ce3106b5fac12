"""Doors of collaboration: contact XML, the connection between two hosts, datagrams of people near by, and what a
program says to its host."""

from __future__ import annotations

import random

from peerapi.address import LOOPBACK, Address
from peerapi.collab import contact_xml, local, wire
from peerapi.collab.conversation import Broken, Conversation
from peerapi.collab.events import Change, CollabEvent
from peerapi.collab.fields import Malformed, decode, encode
from peerapi.collab.nearby import MOST_PEOPLE, MOST_PER_SENDER, Nearby
from peerapi.collab.values import Presence
from peerapi.collab.wire import Datum, Hello, Kind
from peerapi.identity import der

NOW = 134_000_000_000_000_000
HELLO = Hello(wire.VERSION, bytes(16), "desk", "Nick", 4711)
OPERATIONS = {one.kind: one for one in vars(local).values() if isinstance(one, local.Operation)}


def contact(data: bytes) -> None:
    """A contact that is read says the same when it is written and read again."""
    try:
        found = contact_xml.read(data.decode("utf-8", "replace"), NOW)
    except der.Malformed:
        return
    assert contact_xml.read(contact_xml.write(found), NOW) == found


class _Shown:
    """Somebody who shows a little, and takes no invitations."""

    def shown(self) -> list[Datum]:
        return [Datum(Kind.NAME, "desk"), Datum(Kind.PRESENCE, Presence(7, None))]

    def change(self, event: CollabEvent) -> tuple[Change, Datum] | None:
        return None

    def may_invite(self) -> bool:
        return False


def collab_wire(data: bytes) -> None:
    """A host that is called says only what it may, and never more than it was asked for many times over."""
    called = Conversation(_Shown(), HELLO, outgoing=False)
    try:
        called.received(data)
    except Broken:
        return
    said = wire.frames().feed(called.take_out())
    assert len(said) <= 1 + 4 * (len(data) // local.HEAD)
    for one in said:
        wire.read(one)
    assert not any(one.kind == wire.Type.RINGING for one in said), "an invitation that was not to be taken"


def people(data: bytes) -> None:
    """Datagrams, each behind its length (2) and the number of its sender (1): bounded, whatever they say."""
    machine = Nearby(random.Random(1))
    machine.sign_in("Me", "here", 4000, 0.0)
    at, now = 0, 1.0
    while at + 3 <= len(data):
        size, sender = int.from_bytes(data[at : at + 2], "big"), data[at + 2]
        machine.received(data[at + 3 : at + 3 + size], Address(LOOPBACK, sender + 1), now)
        at += 3 + size
        now += 1
    machine.tick(now)
    found = machine.people()
    assert len(found) <= MOST_PEOPLE
    assert len({one.id for one in found}) == len(found) <= 256 * MOST_PER_SENDER
    assert all(one.endpoint.address.ip == LOOPBACK for one in found), "somebody who is not where it was said"


def program(data: bytes) -> None:
    """What a program asks its host has one encoding."""
    try:
        frames = local.Frames().feed(data)
    except Malformed:
        return
    for one in frames:
        operation = OPERATIONS.get(one.kind)
        if operation is None:
            continue
        try:
            value = decode(operation.takes, one.body)
        except Malformed:
            continue
        assert encode(operation.takes, value) == one.body


TARGETS = {"contact": contact, "collab-wire": collab_wire, "people": people, "program": program}
