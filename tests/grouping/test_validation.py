"""Which records a group accepts, and from whom. Attacks: ``test_attacks_records``, ``test_attacks_group_records``."""

from __future__ import annotations

from dataclasses import replace

import pytest

from peerapi.errors import InvalidRecordExpiration, NotAuthorized, PeerError
from peerapi.graphing.codec.records import (
    GRAPH_INFO,
    MEMBERSHIP,
    PRESENCE,
    SECURITY_PROPERTIES,
    SIGNATURE,
    Record,
    encode_record,
)
from peerapi.graphing.events import RecordChange
from peerapi.graphing.security import RecordSecurity, Validity
from peerapi.grouping import signatures
from peerapi.grouping.changes import MemberChanged, PropertiesChanged, Recheck
from peerapi.grouping.properties import encode_membership
from peerapi.grouping.provider import GroupSecurity
from peerapi.grouping.refusal import Refusal
from peerapi.grouping.signatures import SecurityData
from peerapi.identity.keys import Profile
from tests.grouping.values import (
    BOTH,
    DAY,
    INVITING,
    MODERN,
    NOW,
    PUBLISHED,
    carol,
    creator,
    credential,
    from_draft,
    issuer,
    key,
    member,
    name,
    properties,
    record,
    security,
)

both = pytest.mark.parametrize("profile", BOTH, ids=lambda profile: profile.value)
ADDED, UPDATED, DELETED = RecordChange.ADDED, RecordChange.UPDATED, RecordChange.DELETED
VALID, INVALID, DEFERRED = Validity.VALID, Validity.INVALID, Validity.DEFERRED


def alice(profile: Profile) -> GroupSecurity:
    return security(profile, "alice", member(profile, "alice"))


def knowing(profile: Profile, *others: str) -> GroupSecurity:
    """Carol's node, which knows some plain members."""
    made = carol(profile)
    for who in others or ("alice", "bob"):
        made.met(member(profile, who))
    return made


def club(profile: Profile) -> dict[str, object]:
    return {"group": name(profile, "club")}


def made(profile: Profile, who: str = "alice", **changes: object) -> Record:
    return record(name(profile, who), group=name(profile, "club"), **changes)  # type: ignore[arg-type]


def secured(by: GroupSecurity, one: Record, change: RecordChange = ADDED) -> Record:
    return replace(one, security_data=by.secure(one, change))


def forced(by: GroupSecurity, one: Record) -> Record:
    """Signed without asking whether it should be."""
    assert by.chain is not None
    known = by.members.of(one.creator_id)
    serial = known[0].serial if known else by.chain.serial
    data = signatures.sign(by.credential.key, one, by._knowledge.version, serial, by.chain.serial)
    return replace(one, security_data=data)


def refused(at: GroupSecurity, one: Record, reason: Refusal) -> None:
    before = at.refused[reason]
    assert at.validate(one, UPDATED) is INVALID
    assert at.refused[reason] == before + 1


# ---- What is right ---------------------------------------------------------------------------------------------------


def test_it_is_a_security_provider() -> None:
    one: RecordSecurity = carol(MODERN)
    assert one


@both
@pytest.mark.parametrize("attributes", [None, "<attributes/>"])
@pytest.mark.parametrize("payload", [b"", b"hello"])
def test_a_member_publishes_changes_and_deletes_its_own(
    profile: Profile, payload: bytes, attributes: str | None
) -> None:
    by, at = alice(profile), knowing(profile)
    first = made(profile, payload=payload, attributes=attributes)
    assert at.validate(secured(by, first), ADDED) is VALID
    second = replace(first, version=2, modification=NOW + 1, modified_by=first.creator_id, payload=b"2")
    assert at.validate(secured(by, second, UPDATED), UPDATED) is VALID
    third = replace(second, version=3, modification=NOW + 2, payload=b"", attributes=None, deleted=True)
    assert at.validate(secured(by, third, DELETED), DELETED) is VALID


@both
def test_an_administrator_changes_and_deletes_what_others_have_published(profile: Profile) -> None:
    at = security(profile, "bob", member(profile, "bob"))
    at.met(member(profile, "alice"))
    theirs = made(profile, version=2, modified_by=name(profile, "carol"))
    admin = knowing(profile)
    assert at.validate(secured(admin, theirs, UPDATED), UPDATED) is VALID
    gone = replace(theirs, payload=b"", deleted=True, version=3, modification=NOW + 3)
    assert at.validate(secured(admin, gone, DELETED), DELETED) is VALID


@both
def test_published_security_data_has_the_published_size(profile: Profile) -> None:
    data = alice(profile).secure(made(profile), ADDED)
    if profile is PUBLISHED:
        assert len(data) == 16 + 16 + 128
    found = SecurityData.decode(data, profile)
    assert found.creator_serial == found.modifier_serial == member(profile, "alice").serial


@both
def test_the_group_s_own_records_are_accepted_and_learned_from(profile: Profile) -> None:
    owner = carol(profile, knows_properties=False)
    at = security(profile, "alice", member(profile, "alice"), knows_properties=False)
    one = from_draft(owner.properties_draft(properties(profile)), owner)
    assert at.validate(secured(owner, one), ADDED) is VALID
    assert at.properties == owner.properties == properties(profile)
    assert at.take_changes() == [PropertiesChanged()]
    bob = security(profile, "bob", member(profile, "bob"))
    assert at.validate(secured(bob, from_draft(bob.membership_draft(NOW), bob)), ADDED) is VALID
    assert at.members.knows(str(name(profile, "bob")))
    assert at.take_changes() == [MemberChanged(str(name(profile, "bob")), True)]


@both
def test_what_comes_before_the_membership_waits_for_it(profile: Profile) -> None:
    at = knowing(profile, "bob")
    by = alice(profile)
    early = secured(by, made(profile))
    at.take_changes()
    assert at.validate(early, ADDED) is DEFERRED
    assert at.validate(secured(by, from_draft(by.membership_draft(NOW), by)), ADDED) is VALID
    assert Recheck((early.id,)) in at.take_changes()
    assert at.validate(early, ADDED) is VALID


def test_a_renewed_membership_still_vouches_for_older_records() -> None:
    by = alice(MODERN)
    old = secured(by, made(MODERN))
    at = carol(MODERN)
    one = credential(MODERN, "alice")
    at.met(issuer(MODERN, "carol", creator(MODERN)).issue(one.key.public, one.name, "Alice", by.chain.roles, NOW))  # type: ignore[union-attr]
    assert at.validate(old, ADDED) is VALID


def test_the_published_profile_waits_for_the_very_certificate() -> None:
    by = alice(PUBLISHED)
    old = secured(by, made(PUBLISHED))
    at = carol(PUBLISHED)
    one = credential(PUBLISHED, "alice")
    at.met(issuer(PUBLISHED, "carol", creator(PUBLISHED)).issue(one.key.public, one.name, "A", by.chain.roles, NOW))  # type: ignore[union-attr]
    assert at.validate(old, ADDED) is DEFERRED


@both
def test_all_members_renew_signature_and_graph_info_but_say_nothing_else(profile: Profile) -> None:
    at, by = knowing(profile), alice(profile)
    by.met(member(profile, "bob"))
    signature = made(profile, "bob", type=SIGNATURE, version=2, modified_by=name(profile, "alice"))
    assert at.validate(secured(by, signature, UPDATED), UPDATED) is VALID
    info = properties(profile).graph_info()
    renewed = made(
        profile, "carol", type=GRAPH_INFO, version=2, modified_by=name(profile, "alice"), payload=info.encode()
    )
    assert at.validate(secured(by, renewed, UPDATED), UPDATED) is VALID
    other = replace(renewed, payload=replace(info, comment="mine").encode())
    with pytest.raises(NotAuthorized):
        by.secure(other, UPDATED)
    assert at.validate(forced(by, other), UPDATED) is DEFERRED
    presence = replace(signature, type=PRESENCE)
    refused(at, forced(by, presence), Refusal.NOT_OWNER)


@both
def test_several_graphs_under_one_group(profile: Profile) -> None:
    by, at = alice(profile), knowing(profile)
    elsewhere = replace(made(profile), graph_id="another graph")
    if profile is MODERN:
        assert at.validate(secured(by, elsewhere), ADDED) is VALID
    else:  # the published signature would be good in all graphs
        with pytest.raises(PeerError):
            by.secure(elsewhere, ADDED)
    with pytest.raises(PeerError):
        by.secure(replace(from_draft(by.membership_draft(NOW), by), graph_id="another graph"), ADDED)


@both
def test_what_the_database_held_is_learned_in_any_order(profile: Profile) -> None:
    owner = carol(profile, knows_properties=False)
    first = secured(owner, from_draft(owner.properties_draft(properties(profile)), owner))
    below = security(profile, "dave", member(profile, "dave", by="ivan", by_role=INVITING))
    second = secured(below, from_draft(below.membership_draft(NOW), below))
    for order in ([first, second], [second, first]):
        at = security(profile, "alice", member(profile, "alice"), knows_properties=False)
        at.load([(one, encode_record(one)) for one in order], lambda _: None)
        assert at.properties == properties(profile)
        assert at.members.knows(str(name(profile, "dave"))) and at.members.knows(str(name(profile, "ivan")))
        assert at.take_changes() == []


# ---- What is wrong ---------------------------------------------------------------------------------------------------


@both
def test_what_others_would_refuse_is_not_even_signed(profile: Profile) -> None:
    by = alice(profile)
    by.met(member(profile, "bob"))
    alices = name(profile, "alice")
    for one, error in (
        (made(profile, "bob"), NotAuthorized),
        (made(profile, "bob", version=2, modified_by=alices), NotAuthorized),
        (made(profile, "bob", version=2, modified_by=alices, deleted=True), NotAuthorized),
        (made(profile, "club"), NotAuthorized),
        (made(profile, type=SECURITY_PROPERTIES, payload=properties(profile).encode()), NotAuthorized),
        (made(profile, now=NOW - 2 * DAY), InvalidRecordExpiration),
    ):
        with pytest.raises(error):
            by.secure(one, UPDATED)
    with pytest.raises(NotAuthorized):
        by.properties_draft(properties(profile))


@both
def test_what_is_fixed_in_the_properties_stays(profile: Profile) -> None:
    owner = carol(profile)
    changed = replace(properties(profile), membership_lifetime=30000)
    with pytest.raises(PeerError):
        owner.properties_draft(changed)
    one = record(name(profile, "club"), changed.encode(), type=SECURITY_PROPERTIES, group=name(profile, "club"))
    at = alice(profile)
    at._knowledge.properties_id = one.id
    serial = owner.owner.root.serial  # type: ignore[union-attr]
    signed = replace(one, security_data=signatures.sign(key(profile, "club"), one, (1, 1), serial, serial))
    refused(at, signed, Refusal.CONTENT)


@both
def test_who_has_issued_a_membership_may_publish_it(profile: Profile) -> None:
    at, admin = knowing(profile), carol(profile)
    payload = encode_membership(admin._knowledge.version, member(profile, "bob").encode())
    with pytest.raises(NotAuthorized):
        alice(profile).secure(made(profile, type=MEMBERSHIP, payload=payload), ADDED)
    issued = made(profile, "carol", type=MEMBERSHIP, payload=payload)
    assert at.validate(secured(admin, issued), ADDED) is VALID


@both
@pytest.mark.parametrize("payload", [b"", b"\x01\x01", b"\x01\x01\xff\xff\xff\xff", b"\x00\x02\x00\x00\x00\x00"])
def test_a_membership_record_that_holds_none_is_refused(profile: Profile, payload: bytes) -> None:
    by, at = alice(profile), knowing(profile)
    assert at.validate(forced(by, made(profile, type=MEMBERSHIP, payload=payload)), ADDED) is INVALID


@both
def test_a_membership_is_not_deleted(profile: Profile) -> None:
    by, at = alice(profile), knowing(profile)
    gone = made(profile, type=MEMBERSHIP, deleted=True)
    refused(at, forced(by, gone), Refusal.CONTENT)


@both
@pytest.mark.parametrize("creator_id", ["0.nobody", "carol", "A" * 40 + ".x"])
def test_a_creator_without_a_secure_name_is_refused(profile: Profile, creator_id: str) -> None:
    refused(knowing(profile), forced(alice(profile), replace(made(profile), creator_id=creator_id)), Refusal.CONTENT)
