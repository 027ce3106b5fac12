"""Attacks by records: strangers, changes on the way, members who overstep."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from peerapi.graphing.codec.records import (
    CONTACT,
    GRAPH_INFO,
    GRAPH_INFO_ID,
    MEMBERSHIP,
    PRESENCE,
    Record,
)
from peerapi.graphing.events import RecordChange
from peerapi.graphing.security import Validity
from peerapi.grouping import signatures, validation
from peerapi.grouping.membership import MembershipChain
from peerapi.grouping.profile import BATCHES, PROFILES
from peerapi.grouping.properties import encode_membership
from peerapi.grouping.provider import GroupSecurity
from peerapi.grouping.refusal import Refusal
from peerapi.identity.certificates import Certificate
from peerapi.identity.keys import Profile
from peerapi.identity.pkcs7 import encode as pkcs7
from tests.grouping.attacks import (
    Attack,
    Outcome,
    Table,
    anybody_may_give_any_role,
    chain_check,
    proven,
    record_check,
    replaced,
)
from tests.grouping.forgeries import forged, own_root
from tests.grouping.test_validation import forced, made, secured
from tests.grouping.values import (
    ADMINISTRATOR,
    BOTH,
    DAY,
    HOUR,
    INVITING,
    MEMBER,
    MODERN,
    NOW,
    PUBLISHED,
    carol,
    creator,
    credential,
    issuer,
    key,
    line,
    member,
    name,
    properties,
    security,
)

TABLE = Table()
attack = TABLE.attack
UNCHECKED_SIGNATURE = replaced(validation, "verify", lambda *_: True)
ADDED = RecordChange.ADDED


def carol_who_knows(profile: Profile, **people: MembershipChain) -> GroupSecurity:
    """The victim: carol's node, which has met alice, bob and others."""
    node = carol(profile)
    for chain in (member(profile, "alice"), member(profile, "bob"), *people.values()):
        node.met(chain)
    node.take_changes()
    return node


def alice(profile: Profile) -> GroupSecurity:
    node = security(profile, "alice", member(profile, "alice"))
    node.met(member(profile, "bob"))
    return node


def arrives(record: Record, at: GroupSecurity) -> Outcome:
    return Outcome(at.validate(record, ADDED) is Validity.VALID, at)


def by_alice(profile: Profile, who: str = "alice", **changes: object) -> Outcome:
    """A record that alice has signed, whatever she ought to, reaches carol."""
    return arrives(forced(alice(profile), made(profile, who, **changes)), carol_who_knows(profile))


# ---- Strangers -------------------------------------------------------------------------------------------------------


def membership_of(profile: Profile, who: str, certificates: list[Certificate] | MembershipChain) -> Outcome:
    """Somebody publishes a membership of its own that these certificates shall prove."""
    if isinstance(certificates, MembershipChain):
        certificates = list(certificates.certificates)
    at = carol_who_knows(profile)
    version = PROFILES[profile].versions[-1]
    payload = encode_membership(version, pkcs7(one.encoded for one in certificates))
    one = made(profile, who, type=MEMBERSHIP, payload=payload)
    serial = certificates[-1].serial
    signed = signatures.sign(key(profile, who), one, version, serial, serial)
    return arrives(replace(one, security_data=signed), at)


@attack(
    "a stranger publishes a membership that it has signed itself",
    chain_check("not signed by the certificate before"),
    refused=Refusal.MEMBERSHIP,
)
def _(profile: Profile) -> Outcome:
    above = creator(profile)
    return membership_of(profile, "mallory", [*above.certificates, forged(profile, "mallory", above.leaf, "mallory")])


@attack(
    "a member publishes a membership with a hole in its chain",
    chain_check("the issuer is not the certificate before", "not signed by the certificate before"),
    refused=Refusal.MEMBERSHIP,
)
def _(profile: Profile) -> Outcome:
    whole = line(profile, ["ada", "dave"])
    return membership_of(profile, "dave", [*whole.certificates[:2], whole.leaf])


@attack(
    "a stranger publishes a membership below a root of its own",
    chain_check("the name of the group belongs to another key"),
    refused=Refusal.MEMBERSHIP,
)
def _(profile: Profile) -> Outcome:
    root = own_root(profile, "mallory")
    return membership_of(
        profile, "dave", [root, forged(profile, "dave", root, "mallory", ADMINISTRATOR, classifiers=())]
    )


@attack("a plain member publishes somebody as a member", anybody_may_give_any_role, refused=Refusal.MEMBERSHIP)
def _(profile: Profile) -> Outcome:
    alices = member(profile, "alice")
    return membership_of(profile, "dave", [*alices.certificates, forged(profile, "dave", alices.leaf, "alice")])


@attack(
    "an administrator makes a member with a weak key",
    chain_check("a key of the other profile"),
    refused=Refusal.MEMBERSHIP,
    profiles=(MODERN,),
)
def _(profile: Profile) -> Outcome:
    """The record itself is signed by somebody else, so that only the key of the new member is weak."""
    from peerapi.identity.certificates import issue

    carols = creator(profile)
    good = forged(profile, "dave", carols.leaf, "carol")
    weak, weak_name = key(PUBLISHED, "dave").public, name(PUBLISHED, "dave")
    leaf = issue(
        key(profile, "carol"),
        weak,
        replace(good.extensions, subject_name=weak_name),
        subject="dave",
        issuer=good.issuer,
        not_before=good.not_before,
        not_after=good.not_after,
    )
    payload = encode_membership(BATCHES, pkcs7(one.encoded for one in (*carols.certificates, leaf)))
    one = forced(carol(profile), made(profile, "carol", type=MEMBERSHIP, payload=payload, expiration=NOW + HOUR))
    return arrives(one, carol_who_knows(profile))


def test_what_a_stranger_publishes_waits_for_a_membership_that_never_comes() -> None:
    for profile in BOTH:
        at = carol_who_knows(profile)
        one = made(profile, "mallory")
        version = at._knowledge.version
        attack = replace(
            one, security_data=signatures.sign(key(profile, "mallory"), one, version, bytes(16), bytes(16))
        )
        assert at.validate(attack, ADDED) is Validity.DEFERRED
        assert not at.members.knows(str(name(profile, "mallory")))


# ---- On the way ------------------------------------------------------------------------------------------------------

CHANGES: dict[str, Callable[[Record], Record]] = {
    "the payload": lambda one: replace(one, payload=b"hellp"),
    "the payload away": lambda one: replace(one, payload=b""),
    "the attributes": lambda one: replace(one, attributes="<attributes></attributes>"),
    "the attributes away": lambda one: replace(one, attributes=None),
    "the type": lambda one: replace(one, type=bytes(range(16))),
    "the ID": lambda one: replace(one, id=one.id[:-1] + b"x"),
    "the version": lambda one: replace(one, version=7),
    "it into a deletion": lambda one: replace(one, payload=b"", deleted=True),
    "the creation time": lambda one: replace(one, creation=one.creation - 1),
    "the expiration time": lambda one: replace(one, expiration=one.expiration + 1),
    "the modification time": lambda one: replace(one, modification=one.modification + 1),
    "who has changed it": lambda one: replace(one, modified_by=one.creator_id),
    "the signature": lambda one: replace(
        one, security_data=one.security_data[:-1] + bytes((one.security_data[-1] ^ 1,))
    ),
}


def _changing(change: Callable[[Record], Record]) -> Callable[[Profile], Outcome]:
    def attempt(profile: Profile) -> Outcome:
        one = secured(alice(profile), made(profile, attributes="<attributes/>"))
        return arrives(change(one), carol_who_knows(profile))

    return attempt


for what, change in CHANGES.items():
    attack(f"a node on the way changes {what}", UNCHECKED_SIGNATURE, refused=Refusal.SIGNATURE)(_changing(change))


@attack(
    "a node on the way moves bytes from one field into another",
    UNCHECKED_SIGNATURE,
    refused=Refusal.SIGNATURE,
    profiles=(MODERN,),  # the published hash says nothing of the lengths of strings
)
def _(profile: Profile) -> Outcome:
    one = secured(alice(profile), made(profile, attributes="<attributes/>", payload=b""))
    moved = replace(one, attributes=None, payload="<attributes/>\0".encode("utf-16-be"))
    return arrives(moved, carol_who_knows(profile))


@attack(
    "a record of the one graph is published in another (modern)",
    UNCHECKED_SIGNATURE,
    refused=Refusal.SIGNATURE,
    profiles=(MODERN,),
)
@attack(
    "a record of the one graph is published in another (published)",
    record_check("in another graph"),
    refused=Refusal.CONTENT,
    profiles=(PUBLISHED,),
)
def _(profile: Profile) -> Outcome:
    one = secured(alice(profile), made(profile))
    return arrives(replace(one, graph_id="another graph"), carol_who_knows(profile))


def _short(data: bytes) -> Callable[[Profile], Outcome]:
    return lambda profile: arrives(replace(made(profile), security_data=data), carol_who_knows(profile))


@pytest.mark.parametrize("size", [0, 1, 16, 32])
@pytest.mark.parametrize("profile", BOTH, ids=lambda profile: profile.value)
def test_a_record_without_a_signature_is_refused(profile: Profile, size: int) -> None:
    outcome = _short(b"\x01" * size)(profile)
    assert not outcome.worked and dict(outcome.victim.refused) == {Refusal.UNSIGNED: 1}


def test_the_published_form_of_a_signature_is_none_in_a_modern_group() -> None:
    one = made(MODERN)
    data = signatures.SecurityData(bytes(16), bytes(16), bytes(128)).encode(PUBLISHED)
    at = carol_who_knows(MODERN)
    assert at.validate(replace(one, security_data=data), ADDED) is Validity.INVALID
    assert dict(at.refused) == {Refusal.UNSIGNED: 1}


# ---- Members who overstep --------------------------------------------------------------------------------------------


@attack("a member changes the record of another", record_check("change application record"), refused=Refusal.NOT_OWNER)
def _(profile: Profile) -> Outcome:
    return by_alice(profile, "bob", version=2, modified_by=name(profile, "alice"))


@attack("a member deletes the record of another", record_check("delete application record"), refused=Refusal.NOT_OWNER)
def _(profile: Profile) -> Outcome:
    return by_alice(profile, "bob", version=2, modified_by=name(profile, "alice"), deleted=True)


@attack(
    "an inviting member changes the record of another",
    record_check("change application record"),
    refused=Refusal.NOT_OWNER,
)
def _(profile: Profile) -> Outcome:
    by = security(profile, "ivan", member(profile, "ivan", INVITING))
    by.met(member(profile, "bob"))
    one = made(profile, "bob", version=2, modified_by=name(profile, "ivan"))
    return arrives(forced(by, one), carol_who_knows(profile, ivan=member(profile, "ivan", INVITING)))


@attack("a member publishes in the name of another", UNCHECKED_SIGNATURE, refused=Refusal.SIGNATURE)
def _(profile: Profile) -> Outcome:
    theirs, serial = made(profile, "bob"), member(profile, "bob").serial
    signed = signatures.sign(key(profile, "alice"), theirs, alice(profile)._knowledge.version, serial, serial)
    return arrives(replace(theirs, security_data=signed), carol_who_knows(profile))


@attack("a member says that another is present", record_check("change presence"), refused=Refusal.NOT_OWNER)
def _(profile: Profile) -> Outcome:
    return by_alice(profile, "bob", type=PRESENCE, version=2, modified_by=name(profile, "alice"))


@attack("a member leads others to the address of another", record_check("change contact"), refused=Refusal.NOT_OWNER)
def _(profile: Profile) -> Outcome:
    return by_alice(profile, "bob", type=CONTACT, version=2, modified_by=name(profile, "alice"))


def _graph_info_is_free(record: Record, author: validation.Author, knowledge: validation.Knowledge) -> None:
    if record.type != GRAPH_INFO:
        _check_author(record, author, knowledge)


_check_author = validation.check_author


@pytest.mark.parametrize("creator_id", ["carol", "alice"])
@pytest.mark.parametrize("profile", BOTH, ids=lambda profile: profile.value)
def test_a_member_does_not_change_what_all_know_of_the_graph(profile: Profile, creator_id: str) -> None:
    """Neither as a change nor as a record of its own: graph info has one ID for all. It waits for properties that say
    the same, which only the group's key can sign."""
    changed = replace(properties(profile).graph_info(), comment="mine")
    one = made(profile, creator_id, type=GRAPH_INFO, version=9, payload=changed.encode())
    one = replace(one, id=GRAPH_INFO_ID, modified_by=None if creator_id == "alice" else str(name(profile, "alice")))
    with replaced(validation, "check_author", _graph_info_is_free)():
        assert carol_who_knows(profile).validate(forced(alice(profile), one), ADDED) is Validity.VALID
    assert carol_who_knows(profile).validate(forced(alice(profile), one), ADDED) is Validity.DEFERRED


def _limited(profile: Profile, **times: int) -> Outcome:
    one = credential(profile, "dave")
    by = issuer(profile, "carol", creator(profile))
    chain = by.issue(one.key.public, one.name, "Dave", [MEMBER], NOW, not_before=NOW, not_after=NOW + DAY)
    at = carol_who_knows(profile, dave=chain)
    return arrives(forced(security(profile, "dave", chain), made(profile, "dave", **times)), at)


@attack(
    "a record outlives the membership of who has made it",
    record_check("lasts longer than the membership"),
    refused=Refusal.PERIOD,
)
def _(profile: Profile) -> Outcome:
    return _limited(profile, expiration=NOW + DAY + 1)


@attack(
    "a record is older than the membership of who has made it",
    record_check("made before the membership"),
    refused=Refusal.PERIOD,
)
def _(profile: Profile) -> Outcome:
    return _limited(profile, now=NOW - HOUR)


# ---- All of them -----------------------------------------------------------------------------------------------------


@TABLE.parametrized()
def test_an_attack(attack: Attack, profile: Profile) -> None:
    proven(attack, profile)
