"""Types of records that one member alone makes in a graph: what others make of them, first without the check."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerapi.errors import InvalidArgument, NotAuthorized
from peerapi.graphing.codec.records import MEMBERSHIP, PRESENCE, Record, encode_record
from peerapi.graphing.events import RecordChange
from peerapi.graphing.security import Validity
from peerapi.grouping import reserved
from peerapi.grouping.provider import GroupSecurity
from peerapi.grouping.refusal import Refusal
from peerapi.grouping.reserved import ReservingSecurity, decoded, encoded, security_of
from peerapi.identity.keys import Profile
from tests.grouping.test_attacks_records import alice, carol_who_knows
from tests.grouping.test_validation import forced, made, secured
from tests.grouping.values import NOW, creator, member, name, security

MODERN = Profile.MODERN
ADDED = RecordChange.ADDED


def bob(profile: Profile) -> GroupSecurity:
    node = security(profile, "bob", member(profile, "bob"))
    node.met(member(profile, "alice"))
    return node


def alone(node: GroupSecurity, record: Record) -> ReservingSecurity:
    """That node, in a graph where records of that type are for alice."""
    return ReservingSecurity(node, {record.type: str(name(MODERN, "alice"))})


# ---- what others make of it ------------------------------------------------------------------------------------------


def test_the_one_member_makes_changes_and_deletes_them() -> None:
    first = made(MODERN)
    at, by = alone(carol_who_knows(MODERN), first), alone(alice(MODERN), first)
    assert at.validate(secured_by(by, first), ADDED) is Validity.VALID
    second = replace(first, version=2, modification=NOW + 1, modified_by=first.creator_id, payload=b"2")
    assert at.validate(secured_by(by, second), RecordChange.UPDATED) is Validity.VALID
    third = replace(second, version=3, payload=b"", attributes=None, deleted=True)
    assert at.validate(secured_by(by, third), RecordChange.DELETED) is Validity.VALID


def secured_by(by: ReservingSecurity, one: Record) -> Record:
    return replace(one, security_data=by.secure(one, ADDED))


def test_another_member_s_is_refused_and_counted_and_counts_where_nothing_is_reserved() -> None:
    node = carol_who_knows(MODERN)
    theirs = forced(bob(MODERN), made(MODERN, "bob"))
    assert node.validate(theirs, ADDED) is Validity.VALID  # without the check
    at = alone(node, theirs)
    assert at.validate(theirs, ADDED) is Validity.INVALID
    assert node.refused == {Refusal.RESERVED: 1}
    other = forced(bob(MODERN), made(MODERN, "bob", type=bytes(range(16))))
    assert at.validate(other, ADDED) is Validity.VALID


def test_who_forges_the_one_member_s_name_is_refused_for_the_signature() -> None:
    node = carol_who_knows(MODERN)
    theirs = forced(bob(MODERN), made(MODERN, "alice"))
    assert alone(node, theirs).validate(theirs, ADDED) is Validity.INVALID
    assert node.refused[Refusal.SIGNATURE] + node.refused[Refusal.NOT_OWNER] == 1


def test_an_administrator_deletes_and_does_not_change_them() -> None:
    node = bob(MODERN)
    node.met(creator(MODERN))
    by = carol_who_knows(MODERN)
    changed = made(MODERN, version=2, modified_by=name(MODERN, "carol"))
    deleted = replace(changed, payload=b"", attributes=None, deleted=True)
    at = alone(node, changed)
    assert node.validate(secured(by, changed), RecordChange.UPDATED) is Validity.VALID  # without the check
    assert at.validate(secured(by, changed), RecordChange.UPDATED) is Validity.INVALID
    assert at.validate(secured(by, deleted), RecordChange.DELETED) is Validity.VALID


def test_this_node_s_program_is_told_that_it_may_not() -> None:
    one = made(MODERN, "bob")
    by = alone(bob(MODERN), one)
    with pytest.raises(NotAuthorized):
        by.secure(one, ADDED)
    with pytest.raises(NotAuthorized):
        by.secure_many([(one, b"")])
    assert by.secure(replace(one, type=bytes(range(16))), ADDED)


def test_what_is_judged_in_passing_is_judged_alike() -> None:
    node = carol_who_knows(MODERN)
    theirs = forced(bob(MODERN), made(MODERN, "bob"))
    wire = encode_record(theirs)
    row = (theirs.id, theirs.type, 1, False, theirs.modification, theirs.expiration, wire)
    plain = node.sieve(lambda wire: row, lambda id: True, NOW)
    assert plain is not None
    plain.left = 1 << 20
    found = plain(wire)
    sieve = alone(node, theirs).sieve(lambda wire: row, lambda id: True, NOW)
    assert sieve is not None
    sieve.left = 1 << 20
    assert sieve.left == 1 << 20
    assert (found, sieve(wire)) == (row, None)


# ---- how it is said --------------------------------------------------------------------------------------------------

PEERS = st.text(st.characters(codec="ascii", exclude_categories=("Cc", "Zs")), min_size=1, max_size=60)


@given(st.dictionaries(st.uuids().map(lambda one: one.bytes), PEERS, max_size=reserved.MOST))
def test_what_is_said_is_read(types: dict[bytes, str]) -> None:
    assert decoded(encoded(types)) == types


@pytest.mark.parametrize(
    "information",
    [
        b"\xff",
        b"x",
        b"00000000-0000-0000-0000-00000000000g a",
        b"5B0F9C52-2F0C-4A53-8A0E-6D7C3B2F1A01 a",
        b"5b0f9c52-2f0c-4a53-8a0e-6d7c3b2f1a01 ",
        b"5b0f9c52-2f0c-4a53-8a0e-6d7c3b2f1a01 a\n" * 2,
        f"{UUID(bytes=MEMBERSHIP)} a".encode(),
        f"{UUID(bytes=PRESENCE)} a".encode(),
        encoded({bytes([number]) * 16: "a" for number in range(3, 4 + reserved.MOST)}),
    ],
)
def test_what_makes_no_sense_is_refused(information: bytes) -> None:
    with pytest.raises(InvalidArgument):
        decoded(information)


def test_where_nothing_is_reserved_the_group_s_security_is_asked_as_before() -> None:
    node = alice(MODERN)
    assert security_of(node, {}) is node
