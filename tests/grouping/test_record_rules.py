"""The table of who may do what to which record: each rule, role and operation, and the page that shows it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from peerapi.graphing.clock import FAR_AHEAD
from peerapi.graphing.codec.internal_records import ContactPayload, PresencePayload, SignaturePayload
from peerapi.graphing.codec.records import (
    CONTACT,
    GRAPH_INFO,
    MEMBERSHIP,
    PRESENCE,
    SECURITY_PROPERTIES,
    SIGNATURE,
    Record,
    encode_record,
    summarize,
)
from peerapi.graphing.events import RecordChange
from peerapi.graphing.security import Validity
from peerapi.grouping import relay_pass, signatures
from peerapi.grouping.membership import MembershipChain
from peerapi.grouping.properties import encode_membership
from peerapi.grouping.provider import GroupSecurity
from peerapi.grouping.record_rules import APPLICATION, RULES, Operation, markdown, rule_of
from peerapi.grouping.refusal import Refusal
from peerapi.grouping.relay_pass import RELAY_PASS
from peerapi.grouping.revocation import REVOCATION, RevocationPayload
from peerapi.identity.keys import Profile
from tests.grouping.test_validation import made
from tests.grouping.values import (
    ADMINISTRATOR,
    BOTH,
    CHAT,
    HOUR,
    INVITING,
    NOW,
    carol,
    creator,
    from_draft,
    key,
    member,
    name,
    properties,
    security,
)
from tools.record_rules import PAGE, parts

both = pytest.mark.parametrize("profile", BOTH, ids=lambda profile: profile.value)
WHO = {"the group": "club", "administrator": "ada", "inviting member": "ivan", "member": "alice"}
CREATE, CHANGE, DELETE = Operation
EXPECTED = {
    # (type, who): operations on its own records, and on those of another (of bob, who may do least)
    (GRAPH_INFO, "the group"): ("create change", "change"),
    (GRAPH_INFO, "administrator"): ("create change", "change"),
    (GRAPH_INFO, "inviting member"): ("create change", "change"),
    (GRAPH_INFO, "member"): ("create change", "change"),
    (SIGNATURE, "the group"): ("", ""),
    (SIGNATURE, "administrator"): ("create change delete", "change delete"),
    (SIGNATURE, "inviting member"): ("create change delete", "change delete"),
    (SIGNATURE, "member"): ("create change delete", "change delete"),
    (CONTACT, "the group"): ("", ""),
    (CONTACT, "administrator"): ("create change delete", ""),
    (CONTACT, "inviting member"): ("create change delete", ""),
    (CONTACT, "member"): ("create change delete", ""),
    (PRESENCE, "the group"): ("", ""),
    (PRESENCE, "administrator"): ("create change delete", ""),
    (PRESENCE, "inviting member"): ("create change delete", ""),
    (PRESENCE, "member"): ("create change delete", ""),
    (SECURITY_PROPERTIES, "the group"): ("create change", ""),
    (SECURITY_PROPERTIES, "administrator"): ("", ""),
    (SECURITY_PROPERTIES, "inviting member"): ("", ""),
    (SECURITY_PROPERTIES, "member"): ("", ""),
    (MEMBERSHIP, "the group"): ("", ""),
    (MEMBERSHIP, "administrator"): ("create change", ""),
    (MEMBERSHIP, "inviting member"): ("create change", ""),
    (MEMBERSHIP, "member"): ("create change", ""),
    (REVOCATION, "the group"): ("create change delete", "change delete"),
    (REVOCATION, "administrator"): ("create change delete", ""),
    (REVOCATION, "inviting member"): ("", ""),
    (REVOCATION, "member"): ("", ""),
    (RELAY_PASS, "the group"): ("", ""),
    (RELAY_PASS, "administrator"): ("create change delete", "delete"),
    (RELAY_PASS, "inviting member"): ("create change delete", ""),
    (RELAY_PASS, "member"): ("create change delete", ""),
    (CHAT, "the group"): ("", ""),
    (CHAT, "administrator"): ("create change delete", "change delete"),
    (CHAT, "inviting member"): ("create change delete", ""),
    (CHAT, "member"): ("create change delete", ""),
}
CELLS = [
    pytest.param(kind, who, done, owns, id=f"{who}-{done.value}-{'own' if owns else 'another'}-{rule_of(kind).name}")
    for kind, who in EXPECTED
    for done in Operation
    for owns in (True, False)
    if owns or done is not CREATE
]
PEOPLE = ["club", "ada", "ivan", "alice", "bob"]
THEIRS = ["bob", "club"]
"Whose record another's is; what the group itself has created is nobody's to touch."


def chain_of(profile: Profile, who: str) -> MembershipChain:
    role = {"ada": ADMINISTRATOR, "ivan": INVITING}.get(who)
    return member(profile, who) if role is None else member(profile, who, role)


def node(profile: Profile) -> GroupSecurity:
    """Carol's, who knows them all."""
    at = carol(profile)
    for who in PEOPLE[1:]:
        at.met(chain_of(profile, who))
    at._knowledge.properties_id = None
    return at


def payload(profile: Profile, kind: bytes, who: str) -> bytes:
    if kind == GRAPH_INFO:
        return properties(profile).graph_info().encode()
    if kind == SECURITY_PROPERTIES:
        return properties(profile).encode()
    if kind == MEMBERSHIP:
        chain = creator(profile) if who == "club" else chain_of(profile, who)
        return encode_membership(properties(profile).version, chain.encode())
    if kind == REVOCATION:
        return RevocationPayload(name(profile, "dora").authority, NOW).encode()
    fixed = {
        SIGNATURE: SignaturePayload(1).encode(),
        PRESENCE: PresencePayload(1).encode(),
        CONTACT: ContactPayload(1, 1).encode(),
        RELAY_PASS: relay_pass.encode("relay-word"),
    }
    return fixed.get(kind, b"hello")


def signed(profile: Profile, by: str, one: Record) -> Record:
    """With the key of ``by``, whatever it may."""
    version = properties(profile).version
    creator_serial = serial(profile, next(who for who in PEOPLE if str(name(profile, who)) == one.creator_id))
    data = signatures.sign(key(profile, by), one, version, creator_serial, serial(profile, by))
    return replace(one, security_data=data)


def serial(profile: Profile, who: str) -> bytes:
    return creator(profile).root.serial if who == "club" else chain_of(profile, who).serial


def attempt(
    profile: Profile, kind: bytes, by: str, whose: str, done: Operation, at: GroupSecurity, **changes: Any
) -> Validity:
    """``by`` does something to a record of ``whose``, and it reaches ``at``, which has the one before."""
    first = made(profile, whose, type=kind, payload=payload(profile, kind, whose))
    before = None
    if done is CREATE:
        one = first
    else:
        before = summarize(encode_record(signed(profile, whose, first)))
        one = replace(first, version=2, modification=NOW + 1, modified_by=str(name(profile, by)))
        if kind == MEMBERSHIP:
            one = replace(one, payload=payload(profile, kind, by))
        if done is DELETE:
            one = replace(one, payload=b"", deleted=True)
    one = replace(one, **changes)
    return at.validate(signed(profile, by, one), RecordChange.ADDED, stored=before, now=NOW)


@both
@pytest.mark.parametrize(("kind", "who", "done", "owns"), CELLS)
def test_each_cell_of_the_table(profile: Profile, kind: bytes, who: str, done: Operation, owns: bool) -> None:
    by = WHO[who]
    allowed = EXPECTED[kind, who][0 if owns else 1].split()
    for whose in [by] if owns else [other for other in THEIRS if other != by]:
        at = node(profile)
        result = attempt(profile, kind, by, whose, done, at)
        good = done.value in allowed
        if whose == "club" and by != "club" and kind != SIGNATURE and not (kind == GRAPH_INFO and good):
            good = False  # what the group's key has created is its own
        assert (result is Validity.VALID) is good, (whose, at.refused)
        if not good:
            assert result is Validity.INVALID
            assert at.refused.keys() <= {Refusal.NOT_OWNER, Refusal.CONTENT}


@both
@pytest.mark.parametrize(("kind", "who", "done", "owns"), CELLS)
def test_who_was_revoked_or_whose_membership_has_ended_does_nothing_more(
    profile: Profile, kind: bytes, who: str, done: Operation, owns: bool
) -> None:
    by = WHO[who]
    if by == "club":
        return
    whose = by if owns else "bob"
    at = node(profile)
    revocation = at.revocation_draft(str(name(profile, by)), NOW - HOUR)
    made_by_carol = from_draft(revocation, at, now=NOW - HOUR)
    at.validate(replace(made_by_carol, security_data=at.secure(made_by_carol, RecordChange.ADDED)), RecordChange.ADDED)
    assert attempt(profile, kind, by, whose, done, at) is Validity.INVALID
    late = node(profile)
    end = chain_of(profile, by).not_after
    times = {"creation": end + 1, "modification": end + 2, "expiration": end + HOUR}
    assert attempt(profile, kind, by, whose, done, late, **times) is Validity.INVALID
    early = node(profile)
    start = chain_of(profile, by).not_before
    times = {"creation": start - 2, "modification": start - 1, "expiration": start + HOUR}
    assert attempt(profile, kind, by, whose, done, early, **times) is Validity.INVALID


@both
@pytest.mark.parametrize(("kind", "who", "done", "owns"), CELLS)
def test_nobody_changes_the_type_of_a_record_or_dates_it_into_the_future(
    profile: Profile, kind: bytes, who: str, done: Operation, owns: bool
) -> None:
    by = WHO[who]
    whose = by if owns else "bob"
    ahead = {"modification": NOW + FAR_AHEAD + 1, "expiration": NOW + FAR_AHEAD + HOUR}
    at = node(profile)
    assert attempt(profile, kind, by, whose, done, at, **ahead) is Validity.INVALID
    assert at.refused == {Refusal.AHEAD: 1}
    if done is CREATE:
        return
    for other in (*RULES, CHAT):
        at = node(profile)
        if other != kind:
            assert attempt(profile, kind, by, whose, done, at, type=other) is Validity.INVALID
            assert at.refused == {Refusal.TYPE: 1}


@both
@pytest.mark.parametrize("kind", [SIGNATURE, CONTACT])
def test_what_is_renewed_every_few_minutes_does_not_last_for_years(profile: Profile, kind: bytes) -> None:
    at, longest = node(profile), rule_of(kind).longest
    assert longest is not None
    assert attempt(profile, kind, "alice", "alice", CREATE, at, expiration=NOW + longest) is Validity.VALID
    assert attempt(profile, kind, "alice", "alice", CREATE, at, expiration=NOW + longest + 1) is Validity.INVALID
    assert at.refused == {Refusal.PERIOD: 1}


def test_there_is_a_rule_for_each_type_and_the_test_knows_them_all() -> None:
    assert {kind for kind, _ in EXPECTED} == {*RULES, CHAT}
    assert {who for _, who in EXPECTED} == set(WHO)
    assert rule_of(CHAT) is APPLICATION
    assert GroupSecurity.hidden <= RULES.keys()


def test_the_page_shows_the_table_as_it_is() -> None:
    _, table, after = parts(PAGE.read_text(encoding="utf-8"))
    assert table == markdown(), "run python -m tools.record_rules"
    assert after


def test_security_of_a_node_is_asked_the_same_before_it_signs() -> None:
    by = security(Profile.MODERN, "alice", member(Profile.MODERN, "alice"))
    assert by.secure(made(Profile.MODERN), RecordChange.ADDED)
