"""Attacks on joining by password, from both sides."""

from __future__ import annotations

from dataclasses import replace

from peerapi.grouping import membership
from peerapi.grouping import password as passwords
from peerapi.grouping.channel import Channel, Credential
from peerapi.grouping.connect import Connection, State
from peerapi.grouping.members import Members
from peerapi.grouping.messages import Challenge, Hello, Join, Message, MyGmc, Proof, decode, encode
from peerapi.grouping.password import Guard
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
    # In the published profile the answer is encrypted with the password as well.
    replaced(passwords, "encrypt_gmc", lambda data, told: data),
    replaced(passwords, "decrypt_gmc", lambda data, told: data),
    refused=Refusal.PASSWORD,
)
def _(profile: Profile) -> Outcome:
    called = ivan(profile)
    return connected(bob(profile, "guess"), called, victim=called)


@attack("somebody guesses on and on", replaced(Guard, "open", lambda self, now: True), refused=Refusal.HELD_UP)
def _(profile: Profile) -> Outcome:
    called = ivan(profile)
    for _ in range(10):
        called.guard.failure(NOW)
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


_transcript = passwords.transcript


@attack(
    "a member shows elsewhere the proof that somebody has given to it",
    replaced(passwords, "transcript", lambda group, one, other, *nonces: _transcript(group, b"", b"", *nonces)),
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
    return Outcome(called.members.known(str(name(profile, "mallory"))), called)


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


def _collected(
    joiner: GroupSecurity, profile: Profile, who: str, shown: bytes, challenge: Challenge | None
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
    challenge = Challenge(passwords.COST, bytes(16), bytes(32)) if profile is MODERN else None
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


# ---- All of them -----------------------------------------------------------------------------------------------------


@TABLE.parametrized()
def test_an_attack(attack: Attack, profile: Profile) -> None:
    proven(attack, profile)
