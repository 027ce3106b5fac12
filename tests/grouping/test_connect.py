"""Group Connect between two ends in one process, and those who attack it.

An attack is first let through with the one check taken out that stops it.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import replace

import pytest

from peerapi.graphing.framing import frame
from peerapi.grouping import channel as channels
from peerapi.grouping import password as passwords
from peerapi.grouping.connect import Connection, State
from peerapi.grouping.members import Members, Revocation
from peerapi.grouping.membership import MembershipChain
from peerapi.grouping.messages import Challenge, Hello, Join, MyGmc, Proof, YourGmc, decode, encode
from peerapi.grouping.provider import ConnectionSecurity, GroupSecurity, MembershipGained
from peerapi.grouping.refusal import Refusal, Refused
from peerapi.identity.keys import Profile
from tests.grouping.conftest import Without
from tests.grouping.test_membership import forged
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


@both
def test_attack_a_stranger_shows_a_membership_of_its_own_making(profile: Profile, without: Without) -> None:
    above = creator(profile)
    forgery = [*above.certificates, forged(profile, "mallory", above.leaf, "mallory")]
    without("not signed")
    chain = MembershipChain.proved([one.encoded for one in forgery], above.group)
    assert Pair(security(profile, "mallory", chain), carol(profile)).run().complete
    without()
    refused(Refusal.MEMBERSHIP, security(profile, "mallory", chain), carol(profile))


def _as(profile: Profile, who: str, shows: MembershipChain) -> GroupSecurity:
    """Somebody who shows the membership of somebody else."""
    made = security(profile, who, None)
    made.chain = shows
    return made


@both
def test_attack_a_stranger_shows_the_membership_of_another(profile: Profile, monkeypatch: pytest.MonkeyPatch) -> None:
    stolen = member(profile, "alice")
    with monkeypatch.context() as patch:
        patch.setattr(Connection, "_membership", lambda self, data, now: self._proved(data, now))
        pair = Pair(_as(profile, "mallory", stolen), carol(profile)).run()
        assert pair.called.peer is not None and pair.called.peer.name == name(profile, "alice")
    refused(Refusal.MEMBERSHIP, _as(profile, "mallory", stolen), carol(profile))
    refused(Refusal.MEMBERSHIP, alice(profile), _as(profile, "mallory", creator(profile)))


@both
def test_attack_another_peer_than_auth_info_said(profile: Profile) -> None:
    assert Pair(alice(profile), carol(profile)).run().complete
    pair = Pair(alice(profile), carol(profile))
    pair.called = carol(profile).connection(outgoing=False, expected=str(name(profile, "bob")))
    with pytest.raises(Refused) as caught:
        pair.run()
    assert caught.value.reason is Refusal.IDENTITY


@both
@pytest.mark.parametrize("days", [-2, 2], ids=["not yet", "no longer"])
def test_attack_a_membership_whose_time_is_not_now(
    profile: Profile, days: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = credential(profile, "alice")
    chain = issuer(profile, "carol", creator(profile)).issue(
        one.key.public, one.name, "Alice", [MEMBER], NOW, not_before=NOW, not_after=NOW + DAY
    )
    now = NOW + days * DAY
    called = security(profile, "carol", creator(profile))
    monkeypatch.setattr("peerapi.grouping.connect.identity_certificate", _whenever)
    # An honest node would send no expired membership at all.
    monkeypatch.setattr(Connection, "_greeting", lambda self, now: [Hello(), MyGmc(self._home.chain.encode())])
    with monkeypatch.context() as patch:
        patch.setattr(MembershipChain, "require_valid", lambda self, now: None)
        assert Pair(security(profile, "alice", chain), called).run(now).complete
    refused(Refusal.NOT_NOW, security(profile, "alice", chain), called, now)


def _whenever(encoded: bytes, now: int) -> object:
    from peerapi.identity.certificates import identity_certificate

    return identity_certificate(encoded, NOW)


@both
def test_attack_a_revoked_member_comes_back(profile: Profile, monkeypatch: pytest.MonkeyPatch) -> None:
    called = carol(profile)
    revocation = Revocation(bytes(16), (1, NOW), name(profile, "alice").authority, NOW, NOW, None)
    called.members.revoke(revocation)
    with monkeypatch.context() as patch:
        patch.setattr(Members, "revoked", lambda self, chain, moment: False)
        assert Pair(alice(profile), called).run().complete
    refused(Refusal.REVOKED, alice(profile), called)
    with pytest.raises(Refused) as caught:  # nor the other way round
        Pair(called, alice(profile)).run()
    assert caught.value.reason is Refusal.REVOKED


@both
def test_attack_a_revoked_member_joins_again_by_the_password(profile: Profile, monkeypatch: pytest.MonkeyPatch) -> None:
    inviter = ivan(profile)
    inviter.members.revoke(Revocation(bytes(16), (1, NOW), name(profile, "bob").authority, NOW, NOW, None))
    with monkeypatch.context() as patch:
        patch.setattr(Members, "revoked", lambda self, chain, moment: False)
        assert Pair(bob(profile), inviter).run().complete
    refused(Refusal.REVOKED, bob(profile), inviter)


# ---- In the middle ---------------------------------------------------------------------------------------------------


class Middle:
    """Mallory between two members: a TLS connection with each, everything handed on."""

    def __init__(self, profile: Profile, caller: GroupSecurity, called: GroupSecurity) -> None:
        mallory = credential(profile, "mallory")
        self.caller, self.called = caller.connection(outgoing=True), called.connection(outgoing=False)
        self.front, self.back = mallory.channel(outgoing=False), mallory.channel(outgoing=True)
        self.seen: list[bytes] = []

    def run(self) -> Middle:
        to_front, to_back = self.caller.start(), b""
        to_called, to_caller = self.back.start(), b""
        for _ in range(20):
            if to_front:
                to_caller, packets = self.front.receive(to_front)
                to_front = b""
                self.seen += packets
                to_called += b"".join(map(self.back.seal, packets))
            if to_called:
                to_back, _ = self.called.receive(to_called, NOW)
                to_called = b""
            if to_back:
                to_called, packets = self.back.receive(to_back)
                to_back = b""
                self.seen += packets
                to_caller += b"".join(map(self.front.seal, packets))
            if to_caller:
                to_front, _ = self.caller.receive(to_caller, NOW)
                to_caller = b""
        return self


@both
def test_attack_a_man_in_the_middle(profile: Profile, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Connection, "_membership", lambda self, data, now: self._proved(data, now))
        middle = Middle(profile, alice(profile), carol(profile)).run()
        assert middle.caller.state is middle.called.state is State.COMPLETE
        sent = frame(b"\0\0\0\x0c\x10\x02\0\0abcd")
        assert b"abcd" in b"".join(middle.front.receive(middle.caller.encrypt(sent))[1])
    with pytest.raises(Refused) as caught:
        Middle(profile, alice(profile), carol(profile)).run()
    assert caught.value.reason is Refusal.MEMBERSHIP


def _admitted_by_a_relayed_proof() -> bool:
    """Mallory, a member who may invite, lets bob prove the password to her and shows the proof to carol as her own.

    She has been given another identity for that: whom carol would admit is mallory.
    """
    mallory = credential(MODERN, "mallory")
    called = carol(MODERN).connection(outgoing=False)
    back = mallory.channel(outgoing=True)
    to_called = back.start()
    answers: list[object] = []

    def turn(packet: bytes = b"") -> None:
        nonlocal to_called
        if packet:
            to_called += back.seal(packet)
        while to_called:
            to_back, _ = called.receive(to_called, NOW)
            to_called, packets = back.receive(to_back)
            for one in packets:
                answers.extend(decode(one, MODERN)[0])

    turn()
    turn(encode([Hello(), Join(mallory.identity.encoded)]))
    challenge = next(one for one in answers if isinstance(one, Challenge))

    joiner = bob(MODERN).connection(outgoing=True)
    front = credential(MODERN, "ivan").channel(outgoing=False)
    to_front = joiner.start()
    proof: Proof | None = None
    while proof is None:
        to_joiner, packets = front.receive(to_front)
        for one in packets:
            for message in decode(one, MODERN)[0]:
                if isinstance(message, Join):
                    chain = member(MODERN, "ivan", INVITING).encode()
                    to_joiner += front.seal(encode([Hello(), MyGmc(chain), challenge]))
                elif isinstance(message, Proof):
                    proof = message
        if proof is None:
            to_front, _ = joiner.receive(to_joiner, NOW)
    turn(encode([proof]))
    return any(isinstance(one, YourGmc) for one in answers)


def test_attack_a_proof_of_the_password_is_relayed(monkeypatch: pytest.MonkeyPatch) -> None:
    transcript = passwords.transcript
    with monkeypatch.context() as patch:
        patch.setattr(passwords, "transcript", lambda group, one, other, *nonces: transcript(group, b"", b"", *nonces))
        assert _admitted_by_a_relayed_proof()
    with pytest.raises(Refused) as caught:
        _admitted_by_a_relayed_proof()
    assert caught.value.reason is Refusal.PASSWORD


@both
def test_attack_changed_bytes_on_the_wire(profile: Profile) -> None:
    pair = Pair(alice(profile), carol(profile)).run()
    sealed = bytearray(pair.caller.encrypt(frame(b"\0\0\0\x0c\x10\x02\0\0abcd")))
    sealed[-3] ^= 1
    with pytest.raises(Refused) as caught:
        pair.called.decrypt(bytes(sealed))
    assert caught.value.reason is Refusal.TLS


@both
def test_attack_replayed_bytes_on_the_wire(profile: Profile) -> None:
    pair = Pair(alice(profile), carol(profile)).run()
    sealed = pair.caller.encrypt(frame(b"\0\0\0\x0c\x10\x02\0\0abcd"))
    assert pair.called.decrypt(sealed)
    with pytest.raises(Refused):
        pair.called.decrypt(sealed)


# ---- Downgrade -------------------------------------------------------------------------------------------------------


def test_attack_the_published_profile_at_a_modern_node_and_the_other_way_round() -> None:
    for caller, called in ((PUBLISHED, MODERN), (MODERN, PUBLISHED)):
        with pytest.raises(Refused) as caught:
            Pair(alice(caller), carol(called)).run()
        assert caught.value.reason is Refusal.TLS


def test_attack_an_older_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    make = channels._context

    def older(*, server: bool, client: bool) -> Callable[..., ssl.SSLContext]:
        def context(credential: channels.Credential, *, server: bool = server) -> ssl.SSLContext:
            made = make(credential, server=server)
            if (is_server and server) or (is_client and not server):
                made.minimum_version = made.maximum_version = ssl.TLSVersion.TLSv1_2
            return made

        is_server, is_client = server, client
        return context

    fresh = replace_credential(alice(MODERN))
    with monkeypatch.context() as patch:
        patch.setattr(channels, "_context", older(server=True, client=True))
        assert Pair(fresh, carol(MODERN)).run().complete
    fresh = replace_credential(alice(MODERN))
    with monkeypatch.context() as patch:
        patch.setattr(channels, "_context", older(server=False, client=True))
        refused(Refusal.TLS, fresh, carol(MODERN))


def replace_credential(node: GroupSecurity) -> GroupSecurity:
    """The same node without the context that earlier connections have left."""
    old = node.credential
    node.credential = channels.Credential(old.key, old.identity, NOW)
    return node


def test_a_modern_connection_is_tls_13() -> None:
    pair = Pair(alice(MODERN), carol(MODERN)).run()
    assert {pair.caller._channel._tls.version(), pair.called._channel._tls.version()} == {"TLSv1.3"}


# ---- Passwords -------------------------------------------------------------------------------------------------------


@both
def test_a_wrong_password_is_refused_and_counted(profile: Profile) -> None:
    inviter = ivan(profile)
    refused(Refusal.PASSWORD, bob(profile, "guess"), inviter)
    assert inviter.guard.failed == 1


@both
def test_attack_a_wrong_password(profile: Profile, monkeypatch: pytest.MonkeyPatch) -> None:
    admit = Connection._admit
    joiner = bob(profile, "guess")
    if profile is PUBLISHED:  # the membership comes encrypted; whoever has the hash needs no password there anyway
        monkeypatch.setattr(passwords, "decrypt_gmc", lambda data, hash_string: data)
        monkeypatch.setattr(passwords, "encrypt_gmc", lambda data, hash_string: data)
    with monkeypatch.context() as patch:
        patch.setattr(Connection, "_admit", lambda self, entry, right, now: admit(self, entry, True, now))
        assert Pair(joiner, ivan(profile)).run().complete
    refused(Refusal.PASSWORD, bob(profile, "guess"), ivan(profile))


@both
def test_attack_many_guesses(profile: Profile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_seed", lambda password, salt, cost: password.encode().ljust(32, b"\0")[:32])
    inviter = ivan(profile)
    inviter.guard = passwords.Guard(failures=3)
    for _ in range(3):
        with pytest.raises(Refused):
            Pair(bob(profile, "guess"), inviter).run()
    refused(Refusal.HELD_UP, bob(profile, "guess"), inviter)
    assert inviter.guard.held_up == 1
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


def _asked_by_a_plain_member(profile: Profile) -> State:
    """How far bob goes with somebody who is a member, but could not make him one."""
    joiner = bob(profile).connection(outgoing=True)
    eve = credential(profile, "alice").channel(outgoing=False)
    greeting = [Hello(), MyGmc(member(profile, "alice").encode())]
    challenge = [Challenge(passwords.COST, bytes(16), bytes(32))] if profile is MODERN else []
    to_eve = joiner.start()
    while joiner.state is not State.PASSWORD_SENT:
        to_joiner, packets = eve.receive(to_eve)
        if packets:
            to_joiner += eve.seal(encode([*greeting, *challenge]))
        to_eve, _ = joiner.receive(to_joiner, NOW)
    return joiner.state


@both
def test_attack_a_member_who_may_not_issue_collects_proofs(profile: Profile, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(MembershipChain, "may_issue", frozenset((MEMBER,)))
        assert _asked_by_a_plain_member(profile) is State.PASSWORD_SENT
    with pytest.raises(Refused) as caught:
        _asked_by_a_plain_member(profile)
    assert caught.value.reason is Refusal.MEMBERSHIP


def test_attack_a_hash_that_is_cheaper_to_guess(monkeypatch: pytest.MonkeyPatch) -> None:
    inviter = ivan(MODERN)
    assert inviter.properties is not None
    with monkeypatch.context() as patch:
        patch.setattr(passwords, "COSTS", range(20))
        cheap = passwords.Verifier.of(PASSWORD, bytes(16), 4)
        inviter._knowledge.properties = replace(inviter.properties, password=cheap)
        assert Pair(bob(MODERN), inviter).run().complete
    refused(Refusal.PROTOCOL, bob(MODERN), inviter)


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
