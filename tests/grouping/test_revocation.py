"""Revocations: who may, what they do, and that every node comes to the same answer."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerapi.errors import InvalidArgument, NotAuthorized, NotFound, PeerError
from peerapi.graphing.codec.records import Record
from peerapi.graphing.codec.wire import MalformedMessage
from peerapi.graphing.events import RecordChange
from peerapi.graphing.security import Validity
from peerapi.grouping import validation
from peerapi.grouping.changes import MemberRevoked
from peerapi.grouping.connection_ends import Peer
from peerapi.grouping.provider import GroupSecurity
from peerapi.grouping.refusal import Refusal
from peerapi.grouping.revocation import RevocationPayload
from peerapi.identity.keys import Profile
from tests.grouping.test_validation import forced, made, secured
from tests.grouping.values import (
    ADMINISTRATOR,
    BOTH,
    HOUR,
    INVITING,
    NOW,
    carol,
    from_draft,
    member,
    name,
    security,
)

both = pytest.mark.parametrize("profile", BOTH, ids=lambda profile: profile.value)
ADDED, UPDATED, DELETED = RecordChange.ADDED, RecordChange.UPDATED, RecordChange.DELETED
VALID = Validity.VALID


def everybody(node: GroupSecurity, profile: Profile) -> GroupSecurity:
    """A node that knows all the people of these tests."""
    for chain in (
        member(profile, "alice"),
        member(profile, "ada", ADMINISTRATOR),
        member(profile, "abe", ADMINISTRATOR),
        member(profile, "eve", ADMINISTRATOR, "ada", ADMINISTRATOR),
        member(profile, "ivan", INVITING),
        member(profile, "dave", by="ivan", by_role=INVITING),
    ):
        node.met(chain)
    node.take_changes()
    return node


def administrator(profile: Profile, who: str = "ada") -> GroupSecurity:
    by = ("ada", ADMINISTRATOR) if who == "eve" else ("carol", ADMINISTRATOR)
    return everybody(security(profile, who, member(profile, who, ADMINISTRATOR, *by)), profile)


def revocation(by: GroupSecurity, who: str, profile: Profile, **options: int) -> Record:
    draft = by.revocation_draft(str(name(profile, who)), NOW, **options)
    return secured(by, from_draft(draft, by))


def good(node: GroupSecurity, who: str, profile: Profile, now: int = NOW) -> bool:
    return node.members.current(str(name(profile, who)), now) is not None


@both
@pytest.mark.parametrize("who", ["ada", "carol"])
def test_a_revoked_member_publishes_nothing_more_and_what_was_before_stays(profile: Profile, who: str) -> None:
    by = administrator(profile) if who == "ada" else everybody(carol(profile), profile)
    at = everybody(security(profile, "ivan", member(profile, "ivan", INVITING)), profile)
    alice = security(profile, "alice", member(profile, "alice"))
    before = secured(alice, made(profile, now=NOW - HOUR))
    after = secured(alice, made(profile, now=NOW + 1, seed=2))
    record = revocation(by, "alice", profile)
    assert at.validate(record, ADDED) is VALID
    assert MemberRevoked(name(profile, "alice").authority) in at.take_changes()
    assert at.validate(before, ADDED) is VALID
    assert at.validate(after, ADDED) is Validity.INVALID
    assert at.refused[Refusal.REVOKED] == 1
    assert at.refuses(Peer(name(profile, "alice"), member(profile, "alice")), NOW + 1)
    assert not at.refuses(Peer(name(profile, "ada"), member(profile, "ada", ADMINISTRATOR)), NOW + 1)
    assert alice.validate(record, ADDED) is not Validity.INVALID  # whoever it may be, it is a good record


@both
def test_a_revoked_member_knows_it_and_may_publish_nothing(profile: Profile) -> None:
    by = administrator(profile)
    alice = everybody(security(profile, "alice", member(profile, "alice")), profile)
    assert alice.validate(revocation(by, "alice", profile), ADDED) is VALID
    with pytest.raises(NotAuthorized):
        alice.secure(made(profile, now=NOW + 1), ADDED)


@both
def test_with_an_issuer_go_those_whom_it_has_made_members(profile: Profile) -> None:
    at = everybody(carol(profile), profile)
    assert good(at, "dave", profile)
    assert at.validate(revocation(at, "ivan", profile), ADDED) is VALID
    assert not good(at, "ivan", profile) and not good(at, "dave", profile)
    assert good(at, "alice", profile)


@both
def test_deleting_the_revocation_takes_the_member_back(profile: Profile) -> None:
    by = administrator(profile)
    at = everybody(carol(profile), profile)
    record = revocation(by, "alice", profile)
    assert at.validate(record, ADDED) is VALID and not good(at, "alice", profile)
    gone = replace(record, payload=b"", deleted=True, version=2, modification=NOW + 1, modified_by=record.creator_id)
    at.validate(secured(by, gone, DELETED), DELETED)
    assert good(at, "alice", profile) and good(by, "alice", profile)
    # The deleted one comes again: it is older than its deletion, which the database knows.


@both
def test_a_later_beginning_is_honoured(profile: Profile) -> None:
    at = everybody(carol(profile), profile)
    assert at.validate(revocation(at, "alice", profile, since=NOW + HOUR), ADDED) is VALID
    assert good(at, "alice", profile, NOW) and not good(at, "alice", profile, NOW + HOUR)


@both
@pytest.mark.parametrize(
    ("who", "whom", "error"),
    [
        ("alice", "dave", NotAuthorized),
        ("ivan", "dave", NotAuthorized),
        ("ada", "carol", NotAuthorized),
        ("ada", "abe", NotAuthorized),
        ("eve", "ada", NotAuthorized),
        ("eve", "abe", NotAuthorized),
        ("ada", "ada", InvalidArgument),
        ("ada", "nobody", NotFound),
    ],
)
def test_who_may_not_revoke_whom(profile: Profile, who: str, whom: str, error: type[PeerError]) -> None:
    chains = {
        "alice": member(profile, "alice"),
        "ivan": member(profile, "ivan", INVITING),
        "ada": member(profile, "ada", ADMINISTRATOR),
        "eve": member(profile, "eve", ADMINISTRATOR, "ada", ADMINISTRATOR),
    }
    node = everybody(security(profile, who, chains[who]), profile)
    with pytest.raises(error):
        node.revocation_draft(str(name(profile, whom)), NOW)


@both
def test_attack_an_administrator_revokes_the_creator(profile: Profile) -> None:
    at = everybody(carol(profile), profile)
    ada = administrator(profile)
    payload = RevocationPayload(name(profile, "carol").authority, NOW).encode()
    attack = forced(ada, made(profile, "ada", type=validation.REVOCATION, payload=payload))
    at.validate(attack, ADDED)  # a good record that changes nothing
    assert good(at, "carol", profile) and good(at, "ada", profile)


@both
def test_attack_a_revoked_administrator_revokes_others(profile: Profile) -> None:
    at = everybody(carol(profile), profile)
    ada = administrator(profile)
    late = forced(
        ada,
        made(
            profile,
            "ada",
            type=validation.REVOCATION,
            now=NOW + 2,
            payload=RevocationPayload(name(profile, "alice").authority, NOW).encode(),
        ),
    )
    assert everybody(carol(profile), profile).validate(late, ADDED) is VALID
    assert at.validate(revocation(at, "ada", profile), ADDED) is VALID
    assert at.validate(late, ADDED) is Validity.INVALID
    assert good(at, "alice", profile)


@given(st.binary(min_size=20, max_size=20), st.integers(0, 2**63), st.text(max_size=100))
def test_a_payload_survives(authority: bytes, since: int, reason: str) -> None:
    payload = RevocationPayload(authority.hex(), since, reason)
    assert RevocationPayload.decode(payload.encode()) == payload


@given(st.binary(max_size=60))
def test_any_bytes_are_a_payload_or_malformed(data: bytes) -> None:
    try:
        payload = RevocationPayload.decode(data)
    except MalformedMessage:
        return
    assert payload.encode() == data
