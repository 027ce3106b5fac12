"""Who sees what: the table of docs/collaboration.md, all of it."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest
import trio

from peerapi.address import LOOPBACK, Address
from peerapi.collab import publishing
from peerapi.collab.conversation import Answered
from peerapi.collab.local import InviteRequest
from peerapi.collab.publishing import Asker, may_invite, may_see, may_see_application, may_see_item
from peerapi.collab.values import (
    Answer,
    Application,
    Contact,
    Endpoint,
    Invitation,
    Item,
    Permission,
    Registration,
    Response,
    Scope,
    Signin,
)
from peerapi.collab.wire import Kind
from peerapi.engine.collab import stores
from peerapi.errors import ConnectionFailed
from peerapi.host.desk import Desk
from peerapi.host.inviting import Inviting, _Sent
from peerapi.host.publisher import DeskPublisher
from peerapi.store.collab import SettingsStore

ALLOWED = Contact("name", "", "", "", False, Permission.ALLOWED, b"")
BLOCKED = ALLOWED._replace(permission=Permission.BLOCKED)
CASES = list(itertools.product([ALLOWED, BLOCKED, None], [False, True], list(range(4)), list(range(4))))


@pytest.mark.parametrize(("contact", "near", "flags", "scope"), CASES)
def test_the_table(contact: Contact | None, near: bool, flags: int, scope: int) -> None:
    asker = Asker("name", contact, near)
    signed_in, is_contact = flags != 0, contact is ALLOWED
    is_guest = contact is None and near and flags in (Signin.NEAR_ME, Signin.ALL)
    sees = signed_in and (is_contact or is_guest)
    assert may_see(asker, flags) == sees
    assert may_invite(asker, flags) == sees
    by_link = near and scope in (Scope.NEAR_ME, Scope.ALL)
    by_contact = is_contact and scope in (Scope.INTERNET, Scope.ALL)
    assert may_see_item(asker, flags, scope) == (sees and (by_link or by_contact))
    assert may_see_application(asker, flags, scope) == (sees and is_contact and (by_link or by_contact))


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Somebody who is signed in and publishes something to everybody."""
    monkeypatch.setenv("PEERAPI_HOME", str(tmp_path))
    monkeypatch.setenv("PEERAPI_ALL_USERS", str(tmp_path / "all"))
    desk = Desk(stores.contact_book(), stores.applications(), SettingsStore(), "machine")
    desk.own.sign_in(Signin.ALL)
    desk.own.set_item(Item(bytes(16), b"secret", Scope.ALL), desk)
    desk.applications.register(Registration(Application(bytes(16), b"", ""), "/bin/true", "", Scope.ALL), 0)
    return desk


STRANGER = Asker("name", None, False)
ATTACKERS = [STRANGER, Asker("name", BLOCKED, True), Asker("name", BLOCKED, False)]


@pytest.mark.parametrize("asker", ATTACKERS)
def test_a_stranger_and_who_is_blocked_are_shown_nothing_because_they_are_asked_about(
    desk: Desk, asker: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    publisher = DeskPublisher(desk, lambda: asker)
    [event] = desk.own.set_presence(desk.own.presence._replace(text="secret"))
    with monkeypatch.context() as without:
        without.setattr(publishing, "may_see", lambda asker, flags: True)
        shown = publisher.shown()
        assert shown is not None
        assert Kind.CARD in [one.kind for one in shown], "the check is all that stops it"
        assert publisher.change(event) is not None
        assert publisher.may_invite()
    assert publisher.shown() is None
    assert publisher.change(event) is None
    assert not publisher.may_invite()


def test_the_user_chooses_who_may_invite(desk: Desk) -> None:
    contact = DeskPublisher(desk, lambda: Asker("name", ALLOWED, False))
    guest = DeskPublisher(desk, lambda: Asker("name", None, True))
    chosen = {}
    for choice in ("", "everybody", "contacts", "nobody"):
        desk.settings.set(invitations=choice)
        chosen[choice] = contact.may_invite(), guest.may_invite()
    assert chosen == {
        "": (True, True),
        "everybody": (True, True),
        "contacts": (True, False),
        "nobody": (False, False),
    }


def test_an_object_that_is_hidden_now_goes_from_who_has_seen_it(desk: Desk) -> None:
    guest = DeskPublisher(desk, lambda: Asker("name", None, True))
    [event] = desk.own.set_item(Item(bytes(16), b"now for contacts", Scope.INTERNET), desk)
    told = guest.change(event)
    assert told is not None
    assert told[0].name == "DELETED"


class Impostor:
    """Somebody else at the address of the invited contact, who says yes to everything."""

    def __init__(self) -> None:
        self.peer_name = "somebody else"
        self.requests: dict[int, Any] = {}
        self.got: list[Invitation] = []
        self.conversation = self

    def invite(self, invitation: Invitation) -> int:
        self.got.append(invitation)
        return 1

    def flush(self) -> None:
        self.requests[1].told(Answered(1, Response(Answer.ACCEPTED, 0)))

    async def connected(self, address: Address) -> Impostor:
        return self


def test_an_invitation_to_a_contact_is_given_to_nobody_else_because_of_the_key(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    me = desk.book.me(0).peer_name
    secret = Invitation(bytes(16), b"for the contact only", "")
    request = InviteRequest(1, me, Endpoint(Address(LOOPBACK, 1), ""), secret)

    async def invite() -> Response:
        return await Inviting(desk, impostor)._answer(request, me, _Sent())

    impostor = Impostor()
    with monkeypatch.context() as without:
        without.setattr(Inviting, "_is_there", staticmethod(lambda link, name: True))
        assert trio.run(invite).action == Answer.ACCEPTED
        assert impostor.got == [secret], "the check is all that stops it"
    impostor = Impostor()
    with pytest.raises(ConnectionFailed, match="Somebody else"):
        trio.run(invite)
    assert impostor.got == []
