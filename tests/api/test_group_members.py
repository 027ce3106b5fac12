"""Who belongs to a group: invitations, passwords, roles, credentials, revocation."""

from __future__ import annotations

import ctypes
import uuid

import pytest

from tests.support.groups import (
    ADMIN,
    CREDENTIAL,
    FAILED,
    INVITATION,
    INVITING,
    JOINED,
    LEFT,
    LISTENING,
    MEMBER_CHANGED,
    NEIGHBOR_EVENT,
    NOT_AUTHENTICATED,
    ONLINE,
    PASSWORD,
    PLAIN,
    PRESENT,
    Club,
    Member,
)
from tests.support.native import ENUMS, GUID, code, expect, text_at, wide
from tests.support.peer_values import SECOND, now, record_struct
from tests.support.peers import Queue


def invited(club: Club, who: str, by: Member, *roles: object) -> Member:
    other = club.member(who)
    return other.join(by.invite(other, *roles)).connect(by)  # type: ignore[arg-type]


def test_a_member_by_certificate_and_one_by_password_read_and_publish(club: Club) -> None:
    alice = club.member("alice").create(pwzFriendlyName="The Club", password=PASSWORD)
    said = alice.add(b"welcome")
    bob = invited(club, "bob", alice)
    assert bob.get(said).data == b"welcome"
    carol = club.member("carol")
    carol.join_by_password(alice.text("PeerGroupCreatePasswordInvitation", ctypes.c_void_p(alice.handle)))
    carol.connect(alice)
    for one in (bob, carol):
        answer = one.add(b"thanks")
        for other in (alice, bob, carol):
            other.until(lambda other=other, answer=answer: other.has(answer, b"thanks"))  # type: ignore[misc]


def test_records_that_are_added_together_are_one_transaction(club: Club) -> None:
    """PeerxGroupAddRecords (peerapi.h): all or none, and each is a record like others at every member."""
    alice = club.member("alice").create()
    bob = invited(club, "bob", alice)
    structs = [record_struct(b"%d" % number) for number in range(70)]
    array = (ctypes.c_void_p * len(structs))(*map(ctypes.addressof, structs))
    ids = (GUID * len(structs))()
    add = "PeerxGroupAddRecords", ctypes.c_void_p(alice.handle), len(structs), array, ids
    expect(alice.call(*add), "S_OK")
    for number, id in enumerate(ids):
        bob.until(lambda id=id, number=number: bob.has(id.value(), b"%d" % number))  # type: ignore[misc]
    structs[69].ftExpiration = structs[0].ftCreation  # over before it begins
    before = alice.records()
    expect(alice.call(*add), "E_INVALIDARG")
    assert alice.records() == before


def test_a_wrong_password_is_told_and_lets_nobody_in(club: Club) -> None:
    alice = club.member("alice").create(password=PASSWORD)
    mallory = club.member("mallory")
    invitation = alice.text("PeerGroupCreatePasswordInvitation", ctypes.c_void_p(alice.handle))
    mallory.join_by_password(invitation, "open barley")
    queue = mallory.watch()
    mallory.call_on(alice)
    queue.wait(lambda event: event.type == NOT_AUTHENTICATED)
    queue.wait(lambda event: event.type == FAILED)
    assert mallory.status() == 0
    alice.until(lambda: "PASSWORD 1" in alice.refusals())
    assert mallory.call("PeerGroupResumePasswordAuthentication", ctypes.c_void_p(mallory.handle), queue.handle) == 0
    queue.wait(lambda event: event.type == NOT_AUTHENTICATED)


def test_members_are_listed_with_what_their_certificates_say(club: Club) -> None:
    alice = club.member("alice").create()
    bob = invited(club, "bob", alice, ADMIN)
    alice.until(lambda: len(alice.members(PRESENT)) == 2)
    mine, his = alice.members()
    assert (mine.identity, mine.friendly_name, mine.roles) == (alice.identity, "Alice", (ADMIN,))
    assert mine.issuer == alice.group
    assert (his.identity, his.friendly_name, his.roles, his.issuer) == (bob.identity, "Bob", (ADMIN,), alice.identity)
    assert his.key_oid == "1.2.840.10045.2.1"
    assert his.ports == bob.me().ports
    assert [one.identity for one in bob.members()] == [bob.identity, alice.identity]
    assert [one.identity for one in alice.members(0, bob.identity)] == [bob.identity]


def test_a_revoked_member_is_cut_off(club: Club) -> None:
    alice = club.member("alice").create()
    bob = invited(club, "bob", alice)
    queue = alice.watch(MEMBER_CHANGED)
    alice.until(lambda: len(alice.members()) == 2)
    revocation = GUID()
    revoke = "PeerxGroupRevokeMember", ctypes.c_void_p(alice.handle), wide(bob.identity), wide("it was time")
    expect(alice.call(*revoke, ctypes.byref(revocation)), "S_OK")
    queue.wait(lambda event: event.change == LEFT and event.identity == bob.identity)
    alice.until(lambda: not alice.status() & ~1)
    bob.until(lambda: not bob.status() & ~1)
    said = alice.add(b"without bob")
    before = bob.watch()
    bob.call_on(alice)
    before.wait(lambda event: event.type == FAILED)
    assert not bob.has(said)
    alice.until(lambda: "REVOKED" in alice.refusals())
    assert [one.identity for one in alice.members()] == [alice.identity]


def test_an_administrator_deletes_another_s_record_a_member_cannot(club: Club) -> None:
    alice = club.member("alice").create()
    bob, carol = invited(club, "bob", alice, ADMIN), invited(club, "carol", alice, PLAIN)
    said = alice.add(b"hear, hear")
    for one in (bob, carol):
        one.until(lambda one=one: one.has(said))  # type: ignore[misc]
    expect(carol.try_delete(said), "PEER_E_NOT_AUTHORIZED")
    expect(carol.try_update(said, b"changed"), "PEER_E_NOT_AUTHORIZED")
    assert bob.try_update(said, b"so there") == 0
    alice.until(lambda: alice.has(said, b"so there"))
    assert bob.try_delete(said) == 0
    for one in (alice, carol):
        one.until(lambda one=one: one.try_get(said) == code("PEER_E_RECORD_NOT_FOUND"))  # type: ignore[misc]


def test_joining_is_told_to_the_others(club: Club) -> None:
    alice = club.member("alice").create()
    queue = alice.watch(MEMBER_CHANGED)
    bob = invited(club, "bob", alice)
    assert queue.wait(lambda event: event.change == JOINED).identity == bob.identity


def test_members_find_each_other_by_the_group_s_name(club: Club) -> None:
    alice = club.member("alice").create()
    bob = club.member("bob")
    bob.join(alice.invite(bob))
    expect(bob.call("PeerGroupConnect", ctypes.c_void_p(bob.handle)), "S_OK")
    bob.until(lambda: bob.status() == ONLINE)


def test_a_revocation_is_taken_back_by_deleting_it(club: Club) -> None:
    alice = club.member("alice").create()
    bob = invited(club, "bob", alice)
    alice.until(lambda: len(alice.members()) == 2)
    revocation = GUID()
    revoke = "PeerxGroupRevokeMember", ctypes.c_void_p(alice.handle), wide(bob.identity), None
    his = "PeerxGroupRevokeMember", ctypes.c_void_p(bob.handle), wide(alice.identity), None
    expect(bob.call(*his, ctypes.byref(revocation)), "PEER_E_NOT_AUTHORIZED")
    expect(alice.call(*revoke, ctypes.byref(revocation)), "S_OK")
    alice.until(lambda: len(alice.members()) == 1)
    assert alice.try_delete(revocation.value()) == 0
    alice.until(lambda: len(alice.members()) == 2)
    bob.close()
    bob.handle = bob.call_handle("PeerGroupOpen", wide(bob.identity), wide(alice.group), None)
    bob.connect(alice)


def credentials(**fields: object) -> object:
    made = CREDENTIAL()
    made.dwSize = CREDENTIAL.SIZE
    for name, value in fields.items():
        setattr(made, name, value)
    return made


def test_new_credentials_are_picked_up_in_the_group(club: Club) -> None:
    alice = club.member("alice").create()
    bob = invited(club, "bob", alice)
    alice.until(lambda: len(alice.members()) == 2)
    role = GUID.of(ADMIN)
    info = credentials(cRoles=1, pRoles=ctypes.addressof(role))
    issue = "PeerGroupIssueCredentials", ctypes.c_void_p(alice.handle), wide(bob.identity), ctypes.byref(info), 1, None
    assert bob.me().roles == (PLAIN,)
    expect(alice.call(*issue), "S_OK")
    bob.until(lambda: bob.me().roles == (ADMIN,))
    alice.until(lambda: alice.members()[1].roles == (ADMIN,))
    bob.close()
    bob.handle = bob.call_handle("PeerGroupOpen", wide(bob.identity), wide(alice.group), None)
    assert bob.me().roles == (ADMIN,)


def test_new_credentials_come_as_an_invitation_too(club: Club) -> None:
    alice = club.member("alice").create()
    bob = invited(club, "bob", alice, INVITING)
    alice.until(lambda: len(alice.members()) == 2)
    group = ctypes.c_void_p(alice.handle)
    document = alice.text("PeerGroupIssueCredentials", group, wide(bob.identity), None, 0)
    bob.close()
    bob.join(document).connect(alice)
    assert bob.me().roles == (INVITING,)
    carol = club.member("carol")
    carol.join(bob.invite(carol)).connect(bob)
    his = "PeerGroupIssueCredentials", ctypes.c_void_p(bob.handle), wide(carol.identity), None, 0, None
    expect(bob.call(*his), "PEER_E_NOT_AUTHORIZED")
    nobody = wide(alice.group)
    expect(alice.call("PeerGroupIssueCredentials", group, nobody, None, 0, None), "PEER_E_IDENTITY_NOT_FOUND")


def test_what_an_invitation_says(club: Club) -> None:
    alice = club.member("alice").create_only(pwzFriendlyName="The Club", password=PASSWORD)
    bob = club.member("bob")
    document = alice.invite(bob, INVITING)
    pointer = ctypes.c_void_p()
    expect(alice.call("PeerGroupParseInvitation", wide(document), ctypes.byref(pointer)), "S_OK")
    found = INVITATION.from_address(pointer.value or 0)
    assert (found.dwSize, found.dwScope, found.authScheme) == (INVITATION.SIZE, 1, 1)
    texts = [text_at(getattr(found, name)) for name in ("pwzCloudName", "pwzGroupPeerName", "pwzGroupFriendlyName")]
    assert texts == ["Global_", alice.group, "The Club"]
    whose = [f"pwz{who}{what}" for who in ("Issuer", "Subject") for what in ("PeerName", "FriendlyName")]
    people = [text_at(getattr(found, name)) for name in whose]
    assert people == [alice.identity, "Alice", bob.identity, "Bob"]
    assert (found.cRoles, GUID.from_address(found.pRoles).value()) == (1, INVITING)
    (classifier,) = (ctypes.c_void_p * found.cClassifiers).from_address(found.ppwzClassifiers)
    assert text_at(classifier) == "participant"
    assert found.ftValidityStart.value() < found.ftValidityEnd.value()
    alice.library.PeerFreeData(pointer)
    document = alice.text("PeerGroupCreatePasswordInvitation", ctypes.c_void_p(alice.handle))
    expect(alice.call("PeerGroupParseInvitation", wide(document), ctypes.byref(pointer)), "S_OK")
    found = INVITATION.from_address(pointer.value or 0)
    assert (found.authScheme, found.cRoles, found.pSubjectPublicKey) == (2, 0, None)
    assert text_at(found.pwzGroupPeerName) == alice.group
    alice.library.PeerFreeData(pointer)
    changed = wide(document.replace("The Club", "The <Club"))
    expect(alice.call("PeerGroupParseInvitation", changed, ctypes.byref(pointer)), "PEER_E_INVITATION_NOT_TRUSTED")
    changed = wide(document.replace('VERSION="2.1"', 'VERSION="3.0"'))
    expect(alice.call("PeerGroupParseInvitation", changed, ctypes.byref(pointer)), "PEER_E_UNSUPPORTED_VERSION")


def test_an_invitation_is_for_one_identity(club: Club) -> None:
    alice = club.member("alice").create_only()
    bob, eve = club.member("bob"), club.member("eve")
    document, found = wide(alice.invite(bob)), ctypes.c_void_p()
    join = "PeerGroupJoin", wide(eve.identity), document, None
    expect(eve.call(*join, ctypes.byref(found)), "PEER_E_INVITATION_NOT_TRUSTED")
    args = document, wide(PASSWORD), None, ctypes.byref(found)
    expect(bob.call("PeerGroupPasswordJoin", wide(bob.identity), *args), "PEER_E_INVITATION_NOT_TRUSTED")


def connected_for_seconds(club: Club, alice: Member) -> tuple[Member, Queue]:
    """A member with the shortest membership that connecting does not outlast, and alice's events from before."""
    for seconds in (4, 16, 60):
        bob, queue = club.member("bob"), alice.watch(NEIGHBOR_EVENT)
        expires = now() + seconds * SECOND
        try:
            return bob.join(alice.invite(bob, expires=expires)).connect(alice), queue
        except AssertionError:
            if now() < expires:
                raise
    raise AssertionError("connecting takes a minute")


def test_when_a_membership_ends_its_connections_end(club: Club) -> None:
    alice = club.member("alice").create()
    bob, queue = connected_for_seconds(club, alice)
    queue.wait(lambda event: event.status == ENUMS["PEER_DISCONNECTED"])
    alice.until(lambda: [one.identity for one in alice.members()] == [alice.identity])
    said = alice.add(b"too late")
    bob.until(lambda: bob.status() == LISTENING)
    his = bob.watch()
    bob.call_on(alice)
    his.wait(lambda event: event.type == FAILED)
    assert not bob.has(said)


def test_members_whose_data_is_optional_are_known_when_they_act(club: Club) -> None:
    alice = club.member("alice").create(dwFlags=1 | 2)  # and no presence, which is an act too
    carol, bob = invited(club, "carol", alice), invited(club, "bob", alice)
    said = bob.add(b"here I am")
    carol.until(lambda: carol.has(said))
    carol.until(lambda: bob.identity in [one.identity for one in carol.members()])


def test_those_whom_an_inviting_member_brought_go_with_it(club: Club) -> None:
    alice = club.member("alice").create()
    ivan = invited(club, "ivan", alice, INVITING)
    bob = invited(club, "bob", ivan)
    alice.until(lambda: len(alice.members()) == 3)
    revoke = "PeerxGroupRevokeMember", ctypes.c_void_p(alice.handle), wide(ivan.identity), None
    expect(alice.call(*revoke, ctypes.byref(GUID())), "S_OK")
    alice.until(lambda: alice.status() == 1)
    assert [one.identity for one in alice.members()] == [alice.identity]
    for one in (ivan, bob):  # these two still know each other
        one.until(lambda one=one: alice.identity not in one.neighbors())  # type: ignore[misc]
        queue = one.watch(FAILED)
        one.call_on(alice)
        queue.wait(lambda event: event.type == FAILED)


# ---- quotas ----------------------------------------------------------------------------------------------------------


def test_a_member_that_has_what_it_may_have_is_told_and_can_make_room(
    club: Club, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PEERAPI_MEMBER_BYTES", "30000")
    alice = club.member("alice").create()
    handle = ctypes.c_void_p(alice.handle)
    added: list[uuid.UUID] = []
    while len(added) < 10:
        struct, id = record_struct(b"z" * 4000), GUID()
        answer = alice.call("PeerGroupAddRecord", handle, ctypes.byref(struct), ctypes.byref(id))
        if answer != 0:
            break
        added.append(id.value())
    assert answer == 0x80070718  # HRESULT_FROM_WIN32(ERROR_NOT_ENOUGH_QUOTA)
    assert 4 <= len(added) <= 7
    for each in added[:2]:
        expect(alice.call("PeerGroupDeleteRecord", handle, ctypes.byref(GUID.of(each))), "S_OK")
    alice.add(b"z" * 4000)


def test_what_others_add_beyond_their_quota_is_refused_and_counted(club: Club, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PEERAPI_MEMBER_RECORDS", "1")
    alice = club.member("alice").create()
    monkeypatch.setenv("PEERAPI_MEMBER_RECORDS", "0")
    bob = invited(club, "bob", alice)
    bob.add(b"one too many")
    alice.until(lambda: "QUOTA 1:" in alice.refusals())


def test_a_quota_that_is_no_number_is_no_group(club: Club, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PEERAPI_MEMBER_RECORDS", "plenty")
    with pytest.raises(AssertionError, match="E_INVALIDARG"):
        club.member("alice").create()
