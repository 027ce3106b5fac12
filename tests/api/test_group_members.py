"""Who belongs to a group: invitations, passwords, roles, credentials, revocation."""

from __future__ import annotations

import ctypes

from tests.groups import (
    ADMIN,
    FAILED,
    JOINED,
    LEFT,
    MEMBER_CHANGED,
    NOT_AUTHENTICATED,
    ONLINE,
    PASSWORD,
    PLAIN,
    PRESENT,
    Club,
    Member,
)
from tests.native import GUID, code, expect, wide


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
    assert "PASSWORD 1" in alice.refusals()
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
    assert "REVOKED" in alice.refusals()
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
