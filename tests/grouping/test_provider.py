"""The provider of one node: what it publishes of its own accord, and what it tells its owner."""

from __future__ import annotations

from dataclasses import replace

import pytest

from peerapi.errors import InvalidRecord, NotAuthorized
from peerapi.graphing.codec.records import MEMBERSHIP, decode_record, encode_record
from peerapi.graphing.draft import Draft
from peerapi.graphing.events import RecordChange
from peerapi.graphing.graph import Graph
from peerapi.graphing.security import Validity
from peerapi.grouping import awaited
from peerapi.grouping.changes import MembershipGained, Recheck
from peerapi.grouping.membership import MembershipChain
from peerapi.grouping.profile import BATCHES
from peerapi.grouping.properties import encode_membership
from peerapi.grouping.provider import GroupSecurity
from peerapi.grouping.roles import Role
from peerapi.identity.keys import Profile
from peerapi.moment import Moment
from peerapi.store.database import Database
from tests.grouping.test_validation import made, secured
from tests.grouping.values import (
    ADMINISTRATOR,
    BOTH,
    CHAT,
    DAY,
    HOUR,
    INVITING,
    MEMBER,
    MODERN,
    NOW,
    PUBLISHED,
    SECOND,
    carol,
    creator,
    credential,
    from_draft,
    issuer,
    member,
    name,
    properties,
    security,
)

both = pytest.mark.parametrize("profile", BOTH, ids=lambda profile: profile.value)
ADDED = RecordChange.ADDED


@both
def test_a_membership_record_lives_as_long_as_the_properties_say(profile: Profile) -> None:
    node = security(profile, "alice", member(profile, "alice"))
    assert node.membership_draft(NOW).expiration == NOW + properties(profile).membership_lifetime * SECOND
    one = credential(profile, "alice")
    short = issuer(profile, "carol", creator(profile)).issue(
        one.key.public, one.name, "Alice", [MEMBER], NOW, not_after=NOW + DAY
    )
    assert security(profile, "alice", short).membership_draft(NOW).expiration == short.not_after


@both
def test_without_a_membership_there_is_nothing_to_publish(profile: Profile) -> None:
    node = security(profile, "bob", password="x")
    for attempt in (lambda: node.membership_draft(NOW), node.issuer, lambda: node.secure(made(profile, "bob"), ADDED)):
        with pytest.raises(NotAuthorized):
            attempt()


def _new_membership(by: str, role_of_by: object, not_before: int = NOW + HOUR) -> tuple[GroupSecurity, MembershipChain]:
    above = creator(MODERN) if by == "carol" else member(MODERN, by, role_of_by)  # type: ignore[arg-type]
    one = credential(MODERN, "ada")
    chain = issuer(MODERN, by, above).issue(
        one.key.public, one.name, "Ada", [MEMBER], NOW + HOUR, not_before=not_before
    )
    return security(MODERN, by, above), chain


@pytest.mark.parametrize(("by", "role", "taken"), [("carol", ADMINISTRATOR, True), ("ivan", INVITING, False)])
def test_an_administrator_s_new_membership_is_taken_over_an_inviting_member_s_is_not(
    by: str, role: object, taken: bool
) -> None:
    issuing, chain = _new_membership(by, role)
    node = security(MODERN, "ada", member(MODERN, "ada", ADMINISTRATOR))
    draft = Draft(type=MEMBERSHIP, expiration=NOW + DAY, data=encode_membership(BATCHES, chain.encode()))
    record = secured(issuing, from_draft(draft, issuing, NOW + HOUR))
    assert node.validate(record, ADDED) is Validity.VALID
    assert (node.chain is not None and node.chain.leaf.encoded == chain.leaf.encoded) == taken
    assert (MembershipGained() in node.take_changes()) == taken


@pytest.mark.parametrize(
    ("by", "role", "hours", "taken"),
    [
        ("carol", MEMBER, 100, True),
        ("carol", ADMINISTRATOR, 1, True),
        ("abe", ADMINISTRATOR, 0, True),
        ("abe", MEMBER, 0, False),
        ("abe", ADMINISTRATOR, 2, False),
    ],
    ids=["lower by the creator", "shorter by the creator", "as good by an equal", "lower by an equal", "shorter"],
)
def test_only_those_above_a_member_give_it_less_than_it_has(by: str, role: Role, hours: int, taken: bool) -> None:
    """An administrator could otherwise get rid of another of the same rank, whom it may not revoke."""
    node = security(MODERN, "ada", member(MODERN, "ada", ADMINISTRATOR))
    above = creator(MODERN) if by == "carol" else member(MODERN, by, ADMINISTRATOR)
    node.met(above)
    one = credential(MODERN, "ada")
    end = NOW + hours * HOUR if hours else None
    chain = issuer(MODERN, by, above).issue(
        one.key.public, one.name, "Ada", [role], NOW, not_before=NOW - HOUR, not_after=end
    )
    publisher = security(MODERN, by, above)
    draft = Draft(type=MEMBERSHIP, expiration=NOW + HOUR, data=encode_membership(BATCHES, chain.encode()))
    assert node.validate(secured(publisher, from_draft(draft, publisher)), ADDED) is Validity.VALID
    assert node.chain is not None and (node.chain.leaf.encoded == chain.leaf.encoded) == taken


def test_waiting_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(awaited, "MAX_WAITING", 3)
    node = carol(MODERN)
    waiting = []
    for who in ("alice", "bob", "dave", "erin"):
        by = security(MODERN, who, member(MODERN, who))
        waiting.append(secured(by, made(MODERN, who)))
        assert node.validate(waiting[-1], ADDED) is Validity.DEFERRED
    node.take_changes()
    for who in ("alice", "erin"):
        node.met(member(MODERN, who))
    rechecked = [change.record_ids for change in node.take_changes() if isinstance(change, Recheck)]
    assert rechecked == [(waiting[-1].id,)]


def test_the_published_profile_names_the_certificate_of_whose_record_is_changed() -> None:
    node = carol(PUBLISHED)
    theirs = made(PUBLISHED, "alice", version=2, modified_by=name(PUBLISHED, "carol"))
    with pytest.raises(InvalidRecord):
        node.secure(theirs, RecordChange.UPDATED)
    node.met(member(PUBLISHED, "alice"))
    assert node.secure(theirs, RecordChange.UPDATED)


@both
def test_somebody_else_s_membership_or_group_key_is_a_mistake(profile: Profile) -> None:
    with pytest.raises(ValueError, match="somebody else"):
        security(profile, "alice", member(profile, "bob"))
    with pytest.raises(ValueError, match="another group"):
        node = carol(profile)
        GroupSecurity(name(profile, "other"), node.credential, random=node.random, chain=None, owner=node.owner)


@both
def test_a_graph_s_records_go_through_it_on_both_sides(profile: Profile) -> None:
    """From the machine that publishes, as bytes, to the provider at the other end."""
    import random

    node = carol(profile, knows_properties=False)
    graph = Graph(str(node.group), str(node.credential.name), Database.open(":memory:"), random=random.Random(1))
    graph.guarded = True
    now = Moment(NOW, 0.0)
    graph.at(now).create(properties(profile).graph_info())
    wires = []
    for draft in (
        node.properties_draft(properties(profile)),
        node.membership_draft(NOW),
        Draft(type=CHAT, expiration=NOW + HOUR, data=b"hello", attributes=None),
    ):
        prepared = graph.at(now).prepare_add(draft)
        data = node.secure(prepared.record, prepared.change)
        assert graph.at(now).publish_secured(prepared, data)
        wires.append(encode_record(replace(prepared.record, security_data=data)))
    at = security(profile, "alice", member(profile, "alice"), knows_properties=False)
    assert [at.validate(decode_record(wire), ADDED) for wire in wires] == [Validity.VALID] * 3
    assert at.properties == properties(profile)
