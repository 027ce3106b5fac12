"""Group Connect between two ends in one process. Those who attack it: ``test_attacks_connections``, ``_passwords``."""

from __future__ import annotations

import pytest

from peerapi.graphing.codec.framing import frame
from peerapi.graphing.security import ConnectionSecurity
from peerapi.grouping import password as passwords
from peerapi.grouping.changes import MembershipGained
from peerapi.grouping.connect import State
from peerapi.grouping.messages import Hello, MyGmc, YourGmc, encode
from peerapi.grouping.provider import GroupSecurity
from peerapi.grouping.refusal import Refusal, Refused
from peerapi.identity.keys import Profile
from tests.grouping.values import (
    ADMINISTRATOR,
    BOTH,
    DAY,
    INVITING,
    MEMBER,
    MODERN,
    NOW,
    PASSWORD,
    PUBLISHED,
    Pair,
    carol,
    creator,
    credential,
    exchange,
    issuer,
    member,
    name,
    security,
)

both = pytest.mark.parametrize("profile", BOTH, ids=lambda profile: profile.value)


def alice(profile: Profile) -> GroupSecurity:
    return security(profile, "alice", member(profile, "alice"))


def ivan(profile: Profile) -> GroupSecurity:
    """Somebody who may invite members, but is no administrator."""
    return security(profile, "ivan", member(profile, "ivan", INVITING))


def bob(profile: Profile, password: str = PASSWORD) -> GroupSecurity:
    """Somebody who wants to join."""
    return security(profile, "bob", password=password, knows_properties=False)


def refused(reason: Refusal, caller: GroupSecurity, called: GroupSecurity, now: int = NOW) -> None:
    with pytest.raises(Refused) as caught:
        Pair(caller, called).run(now)
    assert caught.value.reason is reason, caught.value
    assert caller.refused[reason] + called.refused[reason] == 1


# ---- What is right ---------------------------------------------------------------------------------------------------


@both
def test_two_members_prove_their_membership_to_each_other(profile: Profile) -> None:
    pair = Pair(alice(profile), carol(profile)).run()
    assert pair.complete
    assert pair.called.peer is not None and pair.called.peer.name == name(profile, "alice")
    assert pair.caller.peer is not None and pair.caller.peer.name == name(profile, "carol")


def test_a_connection_is_what_the_graph_wants_to_have() -> None:
    one: ConnectionSecurity = alice(MODERN).connection(outgoing=True)
    assert one.peer is None and one.start()


@both
def test_messages_of_the_graph_travel_both_ways_in_frames(profile: Profile) -> None:
    pair = Pair(alice(profile), carol(profile)).run()
    frames = frame(b"\0\0\0\x0c\x10\x02\0\0abcd") + frame(bytes(50_000), 16348)
    assert exchange(pair.caller, pair.called, frames) == frames
    assert exchange(pair.called, pair.caller, frames) == frames
    with_many = frame(b"\0\0\0\x0c\x10\x02\0\0abcd") * 5000
    assert exchange(pair.called, pair.caller, with_many) == with_many


@both
def test_bytes_may_come_one_by_one(profile: Profile) -> None:
    caller, called = alice(profile).connection(outgoing=True), carol(profile).connection(outgoing=False)
    to_called, to_caller = caller.start(), b""
    while to_called or to_caller:
        for byte in to_called:
            to_caller += called.receive(bytes((byte,)), NOW)[0]
        to_called = b""
        for byte in to_caller:
            to_called += caller.receive(bytes((byte,)), NOW)[0]
        to_caller = b""
    assert caller.state is called.state is State.COMPLETE
    sent = frame(b"\0\0\0\x0c\x10\x02\0\0abcd")
    assert b"".join(called.decrypt(bytes((byte,))) for byte in caller.encrypt(sent)) == sent


def test_the_membership_of_who_joins_by_password_begins_now_in_the_published_profile() -> None:
    """3.3.5.2.5; a modern one begins a day earlier, for slow clocks (decision G5)."""
    for profile, beginning in ((PUBLISHED, NOW), (MODERN, NOW - DAY)):
        joiner = bob(profile)
        Pair(joiner, ivan(profile)).run()
        assert joiner.chain is not None
        assert joiner.chain.leaf.not_before == beginning - beginning % 10_000_000


@both
def test_what_follows_the_last_message_at_once_is_kept(profile: Profile) -> None:
    called = carol(profile).connection(outgoing=False)
    caller = alice(profile).connection(outgoing=True)
    to_called = caller.start()
    while True:
        to_caller, complete = called.receive(to_called, NOW)
        if complete:
            break
        to_called, _ = caller.receive(to_caller, NOW)
    sent = frame(b"\0\0\0\x0c\x10\x02\0\0abcd")
    assert caller.receive(to_caller + called.encrypt(sent), NOW) == (b"", True)
    assert caller.decrypt(b"") == sent


@both
def test_both_learn_the_memberships_above_the_other(profile: Profile) -> None:
    below = security(profile, "dave", member(profile, "dave", MEMBER, "ivan", INVITING))
    called = carol(profile)
    Pair(below, called).run()
    assert [str(chain.name) for chain in called.members] == [
        str(name(profile, who)) for who in ("carol", "ivan", "dave")
    ]


@both
def test_a_joiner_with_the_password_becomes_a_member(profile: Profile) -> None:
    joiner, inviter = bob(profile), ivan(profile)
    pair = Pair(joiner, inviter).run()
    assert pair.complete
    assert joiner.chain is not None and joiner.chain.name == name(profile, "bob")
    assert joiner.chain.roles == {MEMBER} and joiner.chain.issuer_name == name(profile, "ivan")
    assert joiner.chain.leaf.subject == "Bob"
    assert pair.called.peer is not None and pair.called.peer.chain.leaf.encoded == joiner.chain.leaf.encoded
    assert MembershipGained() in joiner.take_changes()
    assert Pair(joiner, carol(profile)).run().complete  # from now on as a member


@both
def test_who_has_an_expired_membership_is_let_in_when_a_renewal_is_known(profile: Profile) -> None:
    one = credential(profile, "alice")
    by = issuer(profile, "carol", creator(profile))
    old = by.issue(one.key.public, one.name, "Alice", [MEMBER], NOW, not_after=NOW + DAY)
    called = carol(profile)
    later = NOW + 2 * DAY
    refused(Refusal.STRANGER, security(profile, "alice", old), called, later)
    called.met(by.issue(one.key.public, one.name, "Alice", [MEMBER], NOW))
    assert Pair(security(profile, "alice", old), called).run(later).complete


@both
def test_nothing_of_the_group_can_be_read_on_the_wire(profile: Profile) -> None:
    pair = Pair(bob(profile), ivan(profile)).run()
    secret = b"what nobody else shall know"
    wire = b"".join(pair.wire) + pair.caller.encrypt(frame(b"\0\0\0\x23\x10\x0b\0\0" + secret))
    assert secret not in wire
    assert b"The Club" not in wire and PASSWORD.encode() not in wire
    if profile is MODERN:
        assert b"Bob" not in wire and b"Ivan" not in wire


# ---- Strangers -------------------------------------------------------------------------------------------------------


@both
def test_without_membership_and_password_nobody_even_tries(profile: Profile) -> None:
    stranger = security(profile, "mallory")
    refused(Refusal.STRANGER, stranger, carol(profile))


# ---- Downgrade -------------------------------------------------------------------------------------------------------


def test_the_published_profile_at_a_modern_node_and_the_other_way_round() -> None:
    for caller, called in ((PUBLISHED, MODERN), (MODERN, PUBLISHED)):
        with pytest.raises(Refused) as caught:
            Pair(alice(caller), carol(called)).run()
        assert caught.value.reason is Refusal.TLS


def test_a_modern_connection_is_tls_13() -> None:
    pair = Pair(alice(MODERN), carol(MODERN)).run()
    assert {pair.caller._channel._tls.version(), pair.called._channel._tls.version()} == {"TLSv1.3"}


# ---- Passwords -------------------------------------------------------------------------------------------------------


@both
def test_a_wrong_password_is_refused_and_counted(profile: Profile) -> None:
    inviter = ivan(profile)
    refused(Refusal.PASSWORD, bob(profile, "guess"), inviter)
    assert inviter.throttle.failed == 1


@both
def test_after_many_guesses_nobody_tries_a_password_for_a_while(
    profile: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords, "_seed", lambda password, salt, cost: password.encode().ljust(32, b"\0")[:32])
    inviter = ivan(profile)
    inviter.throttle = passwords.PasswordThrottle(failures=3)
    for _ in range(3):
        with pytest.raises(Refused):
            Pair(bob(profile, "guess"), inviter).run()
    refused(Refusal.HELD_UP, bob(profile, "guess"), inviter)
    assert inviter.throttle.held_up == 1
    assert Pair(alice(profile), inviter).run().complete  # members are not held up
    with pytest.raises(Refused) as caught:
        Pair(bob(profile, "guess"), inviter).run(NOW + 61 * 10_000_000)
    assert caught.value.reason is Refusal.PASSWORD  # listened to again


@both
def test_who_may_not_issue_admits_nobody(profile: Profile) -> None:
    refused(Refusal.NO_PASSWORDS, bob(profile), alice(profile))


@both
def test_who_may_not_give_the_role_of_the_password_admits_nobody(profile: Profile) -> None:
    inviter = security(profile, "ivan", member(profile, "ivan", INVITING), role=ADMINISTRATOR)
    refused(Refusal.NO_PASSWORDS, bob(profile), inviter)


@both
def test_a_group_without_password_admits_nobody_by_one(profile: Profile) -> None:
    called = carol(profile, knows_properties=False)
    refused(Refusal.NO_PASSWORDS, bob(profile), called)


# ---- Disorder --------------------------------------------------------------------------------------------------------


@both
@pytest.mark.parametrize(
    "packet",
    [
        encode([YourGmc(b"x")]),
        encode([MyGmc(b"x")]),
        encode([Hello(), Hello()]),
        encode([Hello(), YourGmc(b"x")]),
        b"\xff\xff",
        b"\0\0\x02\0",
    ],
)
def test_messages_that_have_no_place_end_the_connection(profile: Profile, packet: bytes) -> None:
    called = carol(profile)
    end = called.connection(outgoing=False)
    mallory = credential(profile, "mallory").channel(outgoing=True)
    to_called = mallory.start()
    while not mallory.ready or to_called:
        to_mallory, _ = end.receive(to_called, NOW)
        to_called, _ = mallory.receive(to_mallory)
    with pytest.raises(Refused) as caught:
        end.receive(mallory.seal(packet), NOW)
    assert caught.value.reason is Refusal.PROTOCOL
    with pytest.raises(Refused):
        end.receive(b"", NOW)


@both
@pytest.mark.parametrize(
    "data", [b"\0\0", b"\xff\xff" + bytes(4), b"\0\x05hello", frame(bytes(100)), frame(b"\x16\x03\x01\0\x05hello")]
)
def test_what_is_no_handshake_ends_the_connection(profile: Profile, data: bytes) -> None:
    called = carol(profile)
    with pytest.raises(Refused) as caught:
        for _ in range(100):
            called.connection(outgoing=False).receive(data * 3, NOW)
    assert caught.value.reason is Refusal.TLS
    assert called.refused[Refusal.TLS] == 1


@both
def test_an_identity_does_not_connect_to_itself(profile: Profile) -> None:
    with pytest.raises(Refused) as caught:
        Pair(alice(profile), alice(profile)).run()
    assert caught.value.reason is Refusal.IDENTITY
