"""Attacks on joining by password, from both sides."""

from __future__ import annotations

import contextlib
import functools
from dataclasses import replace

import pytest

from peerapi.grouping import cpace, joining, membership
from peerapi.grouping import password as passwords
from peerapi.grouping.channel import Channel, Credential
from peerapi.grouping.connect import Connection, State
from peerapi.grouping.joining import Exchange, Issuing
from peerapi.grouping.members import Members
from peerapi.grouping.messages import (
    Challenge,
    Hello,
    Join,
    Message,
    MyGmc,
    OldChallenge,
    OldJoin,
    OldProof,
    Proof,
    YourGmc,
    decode,
    encode,
)
from peerapi.grouping.password import PasswordThrottle, Verifier
from peerapi.grouping.provider import GroupSecurity
from peerapi.grouping.refusal import Refusal, Refused
from peerapi.grouping.revocations import Revocation
from peerapi.identity.keys import Profile
from tests.grouping.attacks import (
    Attack,
    Outcome,
    Table,
    chain_check,
    connected,
    connection_check,
    proven,
    replaced,
)
from tests.grouping.forgeries import forged, own_root
from tests.grouping.values import (
    ADMINISTRATOR,
    INVITING,
    MODERN,
    NOW,
    PASSWORD,
    Pair,
    carol,
    credential,
    member,
    name,
    security,
)

TABLE = Table()
attack = TABLE.attack


def ivan(profile: Profile) -> GroupSecurity:
    """Somebody who may invite members."""
    return security(profile, "ivan", member(profile, "ivan", INVITING))


def bob(profile: Profile, password: str = PASSWORD) -> GroupSecurity:
    """Somebody who wants to join by password."""
    return security(profile, "bob", password=password, knows_properties=False)


# ---- Passwords -------------------------------------------------------------------------------------------------------


_admit = Connection._admit


@attack(
    "somebody joins by a wrong password",
    replaced(Connection, "_admit", lambda self, entry, right, now: _admit(self, entry, True, now)),
    # The answer is encrypted with the password as well.
    replaced(joining.Issuing, "seal", lambda self, data: data),
    replaced(joining.Joining, "open", lambda self, data: data),
    replaced(passwords, "encrypt_gmc", lambda data, told: data),
    replaced(passwords, "decrypt_gmc", lambda data, told: data),
    refused=Refusal.PASSWORD,
)
def _(profile: Profile) -> Outcome:
    called = ivan(profile)
    return connected(bob(profile, "guess"), called, victim=called)


@attack(
    "somebody guesses on and on", replaced(PasswordThrottle, "open", lambda self, now: True), refused=Refusal.HELD_UP
)
def _(profile: Profile) -> Outcome:
    called = ivan(profile)
    for _ in range(10):
        called.throttle.failure(NOW)
    return connected(bob(profile), called, victim=called)  # even the right one has to wait


@attack(
    "a revoked member joins again by the password",
    replaced(Members, "revoked", lambda *_: False),
    refused=Refusal.REVOKED,
)
def _(profile: Profile) -> Outcome:
    called = ivan(profile)
    called.members.revoke(Revocation(bytes(16), (1, NOW), name(profile, "bob").authority, NOW, NOW, None))
    return connected(bob(profile), called, victim=called)


@attack(
    "who joins shows the certificate of another",
    connection_check("somebody else's certificate"),
    refused=Refusal.IDENTITY,
    profiles=(MODERN,),
)
def _(profile: Profile) -> Outcome:
    caller, called = bob(profile), ivan(profile)
    old = caller.credential
    caller.credential = Credential(old.key, old.identity, NOW)
    caller.credential.identity = credential(profile, "alice").identity
    return connected(caller, called, victim=called)


@attack(
    "a member shows elsewhere the proof that somebody has given to it",
    replaced(joining.Exchange, "context", lambda self: b""),
    refused=Refusal.PASSWORD,
    profiles=(MODERN,),
)
def _(profile: Profile) -> Outcome:
    """Ivan would get a second membership, for mallory, although he does not know the password."""
    called = carol(profile)
    elsewhere = Answering(called.connection(outgoing=False), credential(profile, "mallory").channel(outgoing=True))
    elsewhere.say(Hello(), Join(credential(profile, "mallory").identity.encoded))
    challenge = next(one for one in elsewhere.heard if isinstance(one, Challenge))
    given = _collected(bob(profile), profile, "ivan", member(profile, "ivan", INVITING).encode(), challenge)
    proof = next(one for one in given if isinstance(one, Proof))
    try:
        elsewhere.say(proof)
    except Refused:
        return Outcome(False, called)
    return Outcome(called.members.knows(str(name(profile, "mallory"))), called)


class Answering:
    """A client of our own that calls a node."""

    def __init__(self, node: Connection, channel: Channel) -> None:
        self.node, self.channel = node, channel
        self.heard: list[Message] = []
        self._turn(channel.start())

    def say(self, *messages: Message) -> None:
        self._turn(self.channel.seal(encode(messages)))

    def _turn(self, to_node: bytes) -> None:
        while to_node:
            to_channel, _ = self.node.receive(to_node, NOW)
            to_node, packets = self.channel.receive(to_channel)
            for packet in packets:
                self.heard += decode(packet, self.node._profile)[0]


BASE_POINT = b"\x09" + bytes(31)
"Of X25519."


def _collected(
    joiner: GroupSecurity, profile: Profile, who: str, shown: bytes, challenge: Challenge | OldChallenge | None
) -> list[Message]:
    """What somebody who wants to join says to somebody who shows this membership."""
    end = joiner.connection(outgoing=True)
    channel = credential(profile, who).channel(outgoing=False)
    heard: list[Message] = []
    to_channel = end.start()
    for _ in range(6):
        to_end, packets = channel.receive(to_channel)
        if packets:
            heard += [message for packet in packets for message in decode(packet, profile)[0]]
            if end.state is State.HELLO_SENT:
                to_end += channel.seal(encode([Hello(), MyGmc(shown), *([challenge] if challenge else [])]))
        to_channel, _ = end.receive(to_end, NOW)
    return heard


def _proof_given(profile: Profile, who: str, shown: bytes) -> Outcome:
    """Whether bob tries his password on somebody who shows this membership."""
    joiner = bob(profile)
    challenge = Challenge(passwords.COST, bytes(16), bytes(32), BASE_POINT) if profile is MODERN else None
    try:
        heard = _collected(joiner, profile, who, shown, challenge)
    except Refused:
        return Outcome(False, joiner)
    return Outcome(len(heard) > 2, joiner)  # Hello and Join, or Password, and then the proof


@attack(
    "a member who may not issue collects proofs of the password",
    connection_check("may not issue memberships"),
    refused=Refusal.MEMBERSHIP,
)
def _(profile: Profile) -> Outcome:
    return _proof_given(profile, "alice", member(profile, "alice").encode())


@attack(
    "a stranger with a group of the same name collects proofs of the password",
    chain_check("the name of the group belongs to another key"),
    refused=Refusal.MEMBERSHIP,
)
def _(profile: Profile) -> Outcome:
    root = own_root(profile, "mallory")
    leaf = forged(profile, "eve", root, "mallory", ADMINISTRATOR, classifiers=())
    return _proof_given(profile, "eve", membership.pkcs7.encode((root.encoded, leaf.encoded)))


@attack(
    "a member asks for a hash of the password that is cheaper to guess",
    replaced(passwords, "COSTS", range(20)),
    refused=Refusal.PROTOCOL,
    profiles=(MODERN,),
)
def _(profile: Profile) -> Outcome:
    joiner, called = bob(profile), ivan(profile)
    assert called.properties is not None and isinstance(called.properties.password, passwords.Verifier)
    with replaced(passwords, "COSTS", range(20))():
        cheap = passwords.Verifier.of(PASSWORD, bytes(16), 4)
    called._knowledge.properties = replace(called.properties, password=cheap)
    return connected(joiner, called, victim=joiner)


class Eve:
    """Was revoked before the password was changed, and waits for somebody who has heard of neither. She names a salt of
    her own, for which she has made a table of words beforehand."""

    words = ("candles", "123456", PASSWORD, "letmein")
    first = "123456"
    "What she bets on; an exchange is for one word."

    def __init__(self, profile: Profile) -> None:
        self.chain = member(profile, "eve", INVITING)
        salt = b"E" * 16
        self.table = {word: _verifier(word, salt) for word in self.words}
        self.nonce, self.scalar = bytes(32), b"e" * 32
        self.credential = credential(profile, "eve")
        self.knows: str | None = None

    def exchange(self, joining_certificate: bytes) -> Exchange:
        mine = self.credential.certificate.encoded
        return Exchange(self.chain.group, joining_certificate, mine, passwords.COST, b"E" * 16, self.nonce)

    def meets(self, joiner: GroupSecurity) -> str | None:
        """The password that she has found out then."""
        self.knows = None
        end = joiner.connection(outgoing=True)
        channel = self.credential.channel(outgoing=False)
        to_channel, asked = end.start(), False
        while to_channel:
            to_end, packets = channel.receive(to_channel)
            for packet in packets:
                messages, _ = decode(packet, MODERN)
                if not asked:
                    asked = True
                    challenge = self.challenge(channel.remote)
                    to_end += channel.seal(encode([Hello(), MyGmc(self.chain.encode()), challenge]))
                    continue
                assert isinstance(messages[0], Proof)
                self.knows = self.found(channel.remote, messages[0])
                mine = member(MODERN, "bob", by="eve", by_role=INVITING)
                to_end += channel.seal(encode([YourGmc(mine.encode())]))
            to_channel, _ = end.receive(to_end, NOW)
        return self.knows

    def challenge(self, remote: bytes) -> Challenge:
        share = self.exchange(remote).share(self.table[self.first].public_key, self.scalar)
        return Challenge(passwords.COST, b"E" * 16, self.nonce, share)

    def found(self, remote: bytes, proof: Proof) -> str | None:
        exchange = self.exchange(remote)
        tried = (
            word for word, verifier in self.table.items() if Issuing(exchange, verifier, self.scalar).accepts(proof)
        )
        return next(tried, None)


@functools.cache
def _verifier(word: str, salt: bytes) -> Verifier:
    return Verifier.of(word, salt)


def anybody_agrees(secret: bytes, context: bytes, session: bytes) -> bytes:
    """A key exchange that asks for no secret."""
    return BASE_POINT


@attack(
    "a revoked member who does not know the new password collects a proof to try words on",
    replaced(cpace, "generator", anybody_agrees),
    refused=Refusal.MEMBERSHIP,
    profiles=(MODERN,),
)
def _(profile: Profile) -> Outcome:
    joiner, eve = bob(profile), Eve(profile)
    with contextlib.suppress(Refused):  # her answer, which comes too late
        eve.meets(joiner)
    return Outcome(eve.knows == PASSWORD, joiner)


@attack(
    "a revoked member who does not know the new password makes somebody a member whom nobody knows",
    replaced(joining.Joining, "open", lambda self, data: data),
    refused=Refusal.MEMBERSHIP,
    profiles=(MODERN,),
)
def _(profile: Profile) -> Outcome:
    joiner = bob(profile)
    try:
        Eve(profile).meets(joiner)
    except Refused:
        return Outcome(False, joiner)
    return Outcome(joiner.chain is not None, joiner)


def test_a_guess_costs_a_connection_for_who_issues_too() -> None:
    """Eve finds out whether the one word that she has bet on is right, and of the others nothing."""
    eve = Eve(MODERN)
    for word in eve.words:
        eve.first = word
        joiner = bob(MODERN)
        with pytest.raises(Refused):
            eve.meets(joiner)
        assert eve.knows == (PASSWORD if word == PASSWORD else None)


# ---- Earlier versions ------------------------------------------------------------------------------------------------


def _joins_in_the_old_way(called: GroupSecurity, word: str = PASSWORD) -> list[Message]:
    one = credential(MODERN, "mallory")
    channel = one.channel(outgoing=True)
    client = Answering(called.connection(outgoing=False), channel)
    client.say(Hello(), OldJoin(one.identity.encoded))
    asked = client.heard[-1]
    assert isinstance(asked, OldChallenge)
    signed = passwords.transcript(called.group, one.certificate.encoded, channel.remote, asked.nonce, bytes(32))
    half = passwords.private_half(word, asked.salt, asked.cost)
    client.say(OldProof(bytes(32), half.sign(signed)))
    return client.heard


def test_who_joins_in_the_way_of_an_earlier_version_is_let_in() -> None:
    called = ivan(MODERN)
    heard = _joins_in_the_old_way(called)
    assert isinstance(heard[-1], YourGmc)
    assert called.members.knows(str(name(MODERN, "mallory")))


def test_who_joins_in_the_way_of_an_earlier_version_needs_the_password() -> None:
    called = ivan(MODERN)
    with pytest.raises(Refused) as caught:
        _joins_in_the_old_way(called, "guess")
    assert caught.value.reason is Refusal.PASSWORD and called.throttle.failed == 1


@pytest.mark.parametrize("old", [True, False])
def test_one_way_of_joining_is_not_answered_by_the_other(old: bool) -> None:
    called = ivan(MODERN)
    one = credential(MODERN, "mallory")
    client = Answering(called.connection(outgoing=False), one.channel(outgoing=True))
    client.say(Hello(), OldJoin(one.identity.encoded) if old else Join(one.identity.encoded))
    with pytest.raises(Refused) as caught:
        client.say(Proof(BASE_POINT, bytes(80)) if old else OldProof(bytes(32), bytes(64)))
    assert caught.value.reason is Refusal.PASSWORD


def test_who_joins_tells_nobody_in_the_old_way() -> None:
    """Nor does it fall back to it: whoever asks for an old proof gets none."""
    joiner = bob(MODERN)
    asked = OldChallenge(passwords.COST, bytes(16), bytes(32))
    with pytest.raises(Refused) as caught:
        _collected(joiner, MODERN, "ivan", member(MODERN, "ivan", INVITING).encode(), asked)
    assert caught.value.reason is Refusal.PROTOCOL


def test_a_password_that_is_changed_meanwhile_is_not_enough() -> None:
    joiner, called = bob(MODERN), ivan(MODERN)
    pair = Pair(joiner, called)
    assert called.properties is not None
    before = called.properties
    to_called = pair.caller.start()
    while pair.caller.state is not State.PASSWORD_SENT:
        to_caller, _ = pair.called.receive(to_called, NOW)
        to_called, _ = pair.caller.receive(to_caller, NOW)
    called._knowledge.properties = replace(before, password=_verifier("candles", bytes(16)))
    with pytest.raises(Refused) as caught:
        pair.called.receive(to_called, NOW)
    assert caught.value.reason is Refusal.PASSWORD


# ---- All of them -----------------------------------------------------------------------------------------------------


@TABLE.parametrized()
def test_an_attack(attack: Attack, profile: Profile) -> None:
    proven(attack, profile)
