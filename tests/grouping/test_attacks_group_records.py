"""Attacks by the records that a group needs itself: properties, memberships, revocations, and old ones sent again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from peerapi.graphing.codec.records import (
    MEMBERSHIP,
    SECURITY_PROPERTIES,
    Record,
)
from peerapi.graphing.events import RecordChange
from peerapi.graphing.security import Validity
from peerapi.grouping import signatures, validation
from peerapi.grouping.members import Members
from peerapi.grouping.properties import encode_membership
from peerapi.grouping.provider import GroupSecurity
from peerapi.grouping.refusal import Refusal
from peerapi.grouping.revocation import REVOCATION, RevocationPayload
from peerapi.grouping.standing import StandingRecords
from peerapi.identity.keys import Profile
from tests.grouping.attacks import (
    Attack,
    Outcome,
    Table,
    proven,
    record_check,
    replaced,
)
from tests.grouping.test_attacks_records import alice, arrives, by_alice, carol_who_knows
from tests.grouping.test_validation import forced, made, secured
from tests.grouping.values import (
    ADMINISTRATOR,
    BOTH,
    MODERN,
    NOW,
    carol,
    from_draft,
    key,
    member,
    name,
    properties,
    security,
)

TABLE = Table()
attack = TABLE.attack
ADDED = RecordChange.ADDED


# ---- The group's own records -----------------------------------------------------------------------------------------


def _administrator(profile: Profile, who: str = "ada") -> GroupSecurity:
    node = security(profile, who, member(profile, who, ADMINISTRATOR))
    for chain in (member(profile, "alice"), member(profile, "bob"), member(profile, "ada", ADMINISTRATOR)):
        node.met(chain)
    return node


@attack(
    "an administrator publishes properties of the group",
    record_check("change security properties"),
    refused=Refusal.NOT_OWNER,
)
def _(profile: Profile) -> Outcome:
    """In the group's name, as those of the creator."""
    ada = _administrator(profile)
    group = name(profile, "club")
    one = made(profile, "club", type=SECURITY_PROPERTIES, payload=properties(profile).encode(), version=2)
    one = replace(one, modified_by=str(ada.credential.name))
    at = carol_who_knows(profile, ada=member(profile, "ada", ADMINISTRATOR))
    at._knowledge.properties_id = None
    assert at._knowledge.root is not None
    serials = at._knowledge.root.serial, member(profile, "ada", ADMINISTRATOR).serial
    signed = signatures.sign(key(profile, "ada"), one, at._knowledge.version, *serials)
    assert one.creator_id == str(group)
    return arrives(replace(one, security_data=signed), at)


@attack(
    "a member publishes the old membership of another",
    record_check("somebody else's membership"),
    refused=Refusal.NOT_OWNER,
)
def _(profile: Profile) -> Outcome:
    version = alice(profile)._knowledge.version
    return by_alice(profile, type=MEMBERSHIP, payload=encode_membership(version, member(profile, "bob").encode()))


@attack(
    "a member deletes a membership",
    replaced(validation, "_carried", lambda *_: member(MODERN, "alice")),
    record_check("delete membership"),
    refused=Refusal.CONTENT,
    profiles=(MODERN,),
)
def _(profile: Profile) -> Outcome:
    return by_alice(profile, type=MEMBERSHIP, deleted=True)


@attack("a plain member revokes another", record_check("create revocation"), refused=Refusal.NOT_OWNER)
def _(profile: Profile) -> Outcome:
    payload = RevocationPayload(name(profile, "bob").authority, NOW).encode()
    return by_alice(profile, type=REVOCATION, payload=payload)


@attack(
    "an administrator takes back the revocation of another",
    record_check("delete revocation"),
    refused=Refusal.NOT_OWNER,
)
def _(profile: Profile) -> Outcome:
    ada, abe = _administrator(profile), _administrator(profile, "abe")
    at = carol_who_knows(profile, ada=member(profile, "ada", ADMINISTRATOR), abe=member(profile, "abe", ADMINISTRATOR))
    draft = ada.revocation_draft(str(name(profile, "alice")), NOW)
    made_by_ada = secured(ada, from_draft(draft, ada))
    assert at.validate(made_by_ada, ADDED) is Validity.VALID
    gone = replace(made_by_ada, payload=b"", deleted=True, version=2, modification=NOW + 1)
    return arrives(forced(abe, replace(gone, modified_by=str(abe.credential.name))), at)


@attack("a revoked member goes on publishing", replaced(Members, "revoked", lambda *_: False), refused=Refusal.REVOKED)
def _(profile: Profile) -> Outcome:
    at = carol_who_knows(profile)
    revoke(at, "alice", profile)
    return arrives(forced(alice(profile), made(profile, now=NOW + 1)), at)


def revoke(by: GroupSecurity, who: str, profile: Profile) -> Record:
    """Revoked at the node of who revokes."""
    return secured(by, from_draft(by.revocation_draft(str(name(profile, who)), NOW), by))


# ---- Old records again -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("profile", BOTH, ids=lambda profile: profile.value)
def test_an_old_revocation_sent_again_does_nothing_once_it_was_taken_back(
    profile: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    def still_revoked() -> bool:
        at = carol_who_knows(profile)
        old = revoke(at, "alice", profile)
        gone = replace(old, payload=b"", deleted=True, version=2, modification=NOW + 1, modified_by=old.creator_id)
        secured(at, gone)
        at.validate(old, ADDED)  # a good record, once: whoever has kept it can send it
        return at.members.current(str(name(profile, "alice")), NOW + 2) is None

    with monkeypatch.context() as patch:
        patch.setattr(StandingRecords, "take", lambda *_: True)
        assert still_revoked()
    assert not still_revoked()


@pytest.mark.parametrize("profile", BOTH, ids=lambda profile: profile.value)
def test_a_revocation_that_was_changed_is_about_nobody_else_any_longer(profile: Profile) -> None:
    at = carol_who_knows(profile)
    first = revoke(at, "alice", profile)
    payload = RevocationPayload(name(profile, "bob").authority, NOW).encode()
    changed = replace(first, payload=payload, version=2, modification=NOW + 1, modified_by=first.creator_id)
    secured(at, changed)
    for _ in range(2):
        assert at.members.current(str(name(profile, "alice")), NOW + 2) is not None
        assert at.members.current(str(name(profile, "bob")), NOW + 2) is None
        at.validate(first, ADDED)


@pytest.mark.parametrize("profile", BOTH, ids=lambda profile: profile.value)
def test_older_properties_sent_again_teach_nothing(profile: Profile, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = carol(profile, knows_properties=False)
    first = secured(owner, from_draft(owner.properties_draft(properties(profile)), owner))
    newer = replace(properties(profile), comment="new")
    second = replace(first, payload=newer.encode(), version=2, modification=NOW + 1, modified_by=str(owner.group))
    second = secured(owner, second, RecordChange.UPDATED)

    def known_afterwards() -> str:
        at = security(profile, "alice", member(profile, "alice"), knows_properties=False)
        for one in (first, second, first):
            assert at.validate(one, ADDED) is Validity.VALID
        assert at.properties is not None
        return at.properties.comment

    with monkeypatch.context() as patch:
        patch.setattr(StandingRecords, "take", lambda *_: True)
        assert known_afterwards() == properties(profile).comment
    assert known_afterwards() == "new"


# ---- All of them -----------------------------------------------------------------------------------------------------


@TABLE.parametrized()
def test_an_attack(attack: Attack, profile: Profile) -> None:
    proven(attack, profile)
