"""Attacks on connections: strangers, false memberships, somebody in the middle, downgrades."""

from __future__ import annotations

import ssl

from peerapi.graphing.codec.framing import frame
from peerapi.grouping import channel as channels
from peerapi.grouping import membership
from peerapi.grouping.channel import Credential
from peerapi.grouping.connect import Connection, State
from peerapi.grouping.members import Members
from peerapi.grouping.membership import MembershipChain
from peerapi.grouping.messages import Hello, MyGmc
from peerapi.grouping.provider import GroupSecurity
from peerapi.grouping.refusal import Refusal, Refused
from peerapi.grouping.revocations import Revocation
from peerapi.identity.certificates import Certificate
from peerapi.identity.keys import Profile
from tests.grouping.attacks import (
    Attack,
    Outcome,
    Table,
    anybody_may_give_any_role,
    chain_check,
    connected,
    connection_check,
    nothing,
    proven,
    replaced,
    tried,
)
from tests.grouping.forgeries import forged, own_root
from tests.grouping.values import (
    ADMINISTRATOR,
    HOUR,
    INVITING,
    MEMBER,
    MODERN,
    NOW,
    Pair,
    carol,
    creator,
    credential,
    issuer,
    line,
    member,
    name,
    security,
)

TABLE = Table()
attack = TABLE.attack


def showing(profile: Profile, who: str, certificates: list[Certificate] | MembershipChain) -> Pair:
    """Somebody with a client of its own calls carol and shows these certificates as its membership."""
    if isinstance(certificates, MembershipChain):
        certificates = list(certificates.certificates)
    pair = Pair(security(profile, who, password="unused"), carol(profile))
    shown = MyGmc(membership.pkcs7.encode(one.encoded for one in certificates))

    def introduce(now: int) -> None:
        pair.caller._send(Hello(), shown)
        pair.caller._local.chain = creator(profile)  # so that the client goes on like a member
        pair.caller.state = State.HELLO_SENT

    pair.caller._introduce = introduce  # type: ignore[method-assign]
    return pair


def at_carol(pair: Pair) -> Outcome:
    victim = pair.called._local
    assert isinstance(victim, GroupSecurity)
    return tried(pair, victim)


# ---- Memberships -----------------------------------------------------------------------------------------------------


@attack(
    "a stranger signs its own membership",
    chain_check("not signed by the certificate before"),
    refused=Refusal.MEMBERSHIP,
)
def _(profile: Profile) -> Outcome:
    above = creator(profile)
    return at_carol(
        showing(profile, "mallory", [*above.certificates, forged(profile, "mallory", above.leaf, "mallory")])
    )


@attack("a stranger shows the membership of a member", connection_check("somebody else's"), refused=Refusal.MEMBERSHIP)
def _(profile: Profile) -> Outcome:
    return at_carol(showing(profile, "mallory", member(profile, "alice")))


@attack(
    "a stranger answers with the membership of the creator",
    connection_check("somebody else's"),
    refused=Refusal.MEMBERSHIP,
)
def _(profile: Profile) -> Outcome:
    caller, called = security(profile, "alice", member(profile, "alice")), security(profile, "mallory")
    called.chain = creator(profile)
    return connected(caller, called, victim=caller)


@attack("a membership has expired", replaced(MembershipChain, "require_valid", nothing), refused=Refusal.NOT_NOW)
def _(profile: Profile) -> Outcome:
    one = credential(profile, "alice")
    by = issuer(profile, "carol", creator(profile))
    ended = by.issue(one.key.public, one.name, "Alice", [MEMBER], NOW - 2 * HOUR, not_after=NOW - HOUR)
    return at_carol(showing(profile, "alice", ended))


@attack("a membership is not valid yet", replaced(MembershipChain, "require_valid", nothing), refused=Refusal.NOT_NOW)
def _(profile: Profile) -> Outcome:
    one = credential(profile, "alice")
    by = issuer(profile, "carol", creator(profile))
    later = by.issue(one.key.public, one.name, "Alice", [MEMBER], NOW, not_before=NOW + HOUR)
    return at_carol(showing(profile, "alice", later))


def _as_long_as_the_last_link(
    certificates: tuple[Certificate, ...], profile: object, roles: frozenset[object]
) -> MembershipChain:
    leaf = certificates[-1]
    return MembershipChain(certificates, profile, leaf.not_before, leaf.not_after, roles)  # type: ignore[arg-type]


@attack(
    "a membership outlives that of its issuer",
    replaced(membership, "_chain", _as_long_as_the_last_link),
    refused=Refusal.NOT_NOW,
)
def _(profile: Profile) -> Outcome:
    one = credential(profile, "ada")
    by = issuer(profile, "carol", creator(profile))
    ended = by.issue(one.key.public, one.name, "Ada", [ADMINISTRATOR], NOW - 2 * HOUR, not_after=NOW - HOUR)
    return at_carol(showing(profile, "bob", [*ended.certificates, forged(profile, "bob", ended.leaf, "ada")]))


@attack(
    "a chain has a hole",
    chain_check("the issuer is not the certificate before", "not signed by the certificate before"),
    refused=Refusal.MEMBERSHIP,
)
def _(profile: Profile) -> Outcome:
    whole = line(profile, ["ada", "bob"])  # ada, who has issued bob's, is left out
    return at_carol(showing(profile, "bob", [*whole.certificates[:2], whole.leaf]))


@attack(
    "a chain has a hole over which its last certificate tells a lie",
    chain_check("not signed by the certificate before"),
    refused=Refusal.MEMBERSHIP,
)
def _(profile: Profile) -> Outcome:
    carols = creator(profile)
    return at_carol(showing(profile, "bob", [*carols.certificates, forged(profile, "bob", carols.leaf, "ada")]))


@attack(
    "a root of one's own bears the group's name",
    chain_check("the name of the group belongs to another key"),
    refused=Refusal.MEMBERSHIP,
)
def _(profile: Profile) -> Outcome:
    root = own_root(profile, "mallory")
    leaf = forged(profile, "bob", root, "mallory", ADMINISTRATOR, classifiers=())
    return at_carol(showing(profile, "bob", [root, leaf]))


@attack(
    "a certificate of another group stands in the chain",
    chain_check("a certificate of another group"),
    refused=Refusal.MEMBERSHIP,
)
def _(profile: Profile) -> Outcome:
    carols = creator(profile)
    other = forged(profile, "bob", carols.leaf, "carol", group="other")
    return at_carol(showing(profile, "bob", [*carols.certificates, other]))


@attack("a plain member makes a member", anybody_may_give_any_role, refused=Refusal.MEMBERSHIP)
def _(profile: Profile) -> Outcome:
    alices = member(profile, "alice")
    return at_carol(showing(profile, "bob", [*alices.certificates, forged(profile, "bob", alices.leaf, "alice")]))


@attack("an inviting member makes an administrator", anybody_may_give_any_role, refused=Refusal.MEMBERSHIP)
def _(profile: Profile) -> Outcome:
    ivans = member(profile, "ivan", INVITING)
    return at_carol(
        showing(profile, "bob", [*ivans.certificates, forged(profile, "bob", ivans.leaf, "ivan", ADMINISTRATOR)])
    )


@attack("a revoked member comes back", replaced(Members, "revoked", lambda *_: False), refused=Refusal.REVOKED)
def _(profile: Profile) -> Outcome:
    return _back(profile, "alice", member(profile, "alice"), "alice")


@attack(
    "a member comes whom somebody has made who was revoked",
    replaced(Members, "revoked", lambda *_: False),
    refused=Refusal.REVOKED,
)
def _(profile: Profile) -> Outcome:
    return _back(profile, "dave", member(profile, "dave", MEMBER, "ivan", INVITING), "ivan")


@attack(
    "a revoked member is still called by others",
    replaced(Members, "revoked", lambda *_: False),
    refused=Refusal.REVOKED,
)
def _(profile: Profile) -> Outcome:
    caller = carol(profile)
    caller.members.revoke(Revocation(bytes(16), (1, NOW), name(profile, "alice").authority, NOW, NOW, None))
    return connected(caller, security(profile, "alice", member(profile, "alice")), victim=caller)


def _back(profile: Profile, who: str, chain: MembershipChain, revoked: str) -> Outcome:
    called = carol(profile)
    called.members.revoke(Revocation(bytes(16), (1, NOW), name(profile, revoked).authority, NOW, NOW, None))
    return connected(security(profile, who, chain), called, victim=called)


# ---- Identities, and somebody in the middle --------------------------------------------------------------------------


@attack(
    "a member says in AUTH_INFO that it is another",
    connection_check("another peer than it said"),
    refused=Refusal.IDENTITY,
)
def _(profile: Profile) -> Outcome:
    caller, called = security(profile, "alice", member(profile, "alice")), carol(profile)
    pair = Pair(caller, called)
    pair.called = called.connection(outgoing=False, expected=str(name(profile, "bob")))
    return tried(pair, called)


class Middle:
    """Mallory between two members: a TLS connection with each, everything handed on."""

    def __init__(self, profile: Profile, caller: GroupSecurity, called: GroupSecurity) -> None:
        mallory = credential(profile, "mallory")
        self.caller, self.called = caller.connection(outgoing=True), called.connection(outgoing=False)
        self.front, self.back = mallory.channel(outgoing=False), mallory.channel(outgoing=True)

    def run(self) -> None:
        to_front, to_back = self.caller.start(), b""
        to_called, to_caller = self.back.start(), b""
        for _ in range(20):
            if to_front:
                to_caller, packets = self.front.receive(to_front)
                to_front = b""
                to_called += b"".join(map(self.back.seal, packets))
            if to_called:
                to_back, _ = self.called.receive(to_called, NOW)
                to_called = b""
            if to_back:
                to_called, packets = self.back.receive(to_back)
                to_back = b""
                to_caller += b"".join(map(self.front.seal, packets))
            if to_caller:
                to_front, _ = self.caller.receive(to_caller, NOW)
                to_caller = b""


@attack(
    "somebody in the middle hands on what two members say",
    connection_check("somebody else's"),
    refused=Refusal.MEMBERSHIP,
)
def _(profile: Profile) -> Outcome:
    called = carol(profile)
    middle = Middle(profile, security(profile, "alice", member(profile, "alice")), called)
    try:
        middle.run()
    except Refused:
        return Outcome(False, called)
    sent = frame(b"\0\0\0\x0c\x10\x02\0\0abcd")
    overheard = b"".join(middle.front.receive(middle.caller.encrypt(sent))[1])
    return Outcome(b"abcd" in overheard, called)


def _wire(profile: Profile) -> tuple[Pair, GroupSecurity, bytes]:
    called = carol(profile)
    pair = Pair(security(profile, "alice", member(profile, "alice")), called).run()
    return pair, called, frame(b"\0\0\0\x0c\x10\x02\0\0abcd")


IN_THE_CLEAR = (
    replaced(Connection, "encrypt", lambda self, frames: frames),
    replaced(Connection, "decrypt", lambda self, data: data),
)


@attack("somebody in the middle changes a byte", *IN_THE_CLEAR, refused=Refusal.TLS)
def _(profile: Profile) -> Outcome:
    pair, called, sent = _wire(profile)
    sealed = bytearray(pair.caller.encrypt(sent))
    sealed[-3] ^= 1
    try:
        return Outcome(pair.called.decrypt(bytes(sealed)) not in (b"", sent), called)
    except Refused:
        return Outcome(False, called)


@attack("somebody in the middle sends bytes again", *IN_THE_CLEAR, refused=Refusal.TLS)
def _(profile: Profile) -> Outcome:
    pair, called, sent = _wire(profile)
    sealed = pair.caller.encrypt(sent)
    assert pair.called.decrypt(sealed) == sent
    try:
        return Outcome(pair.called.decrypt(sealed) == sent, called)
    except Refused:
        return Outcome(False, called)


# ---- Downgrades ------------------------------------------------------------------------------------------------------


_context = channels._context


def _any_version(one: Credential, *, server: bool) -> ssl.SSLContext:
    made = _context(one, server=server)
    if server:
        made.minimum_version = ssl.TLSVersion.TLSv1_2
    return made


@attack(
    "a member speaks an older TLS",
    replaced(channels, "_context", _any_version),
    refused=Refusal.TLS,
    profiles=(MODERN,),
)
def _(profile: Profile) -> Outcome:
    caller, called = security(profile, "alice", member(profile, "alice")), carol(profile)
    old = caller.credential
    caller.credential = Credential(old.key, old.identity, NOW)
    older = _context(caller.credential, server=False)
    older.minimum_version = older.maximum_version = ssl.TLSVersion.TLSv1_2
    caller.credential._client = older
    return connected(caller, called, victim=called)


# ---- All of them -----------------------------------------------------------------------------------------------------


@TABLE.parametrized()
def test_an_attack(attack: Attack, profile: Profile) -> None:
    proven(attack, profile)
