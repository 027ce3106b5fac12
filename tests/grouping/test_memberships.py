"""Which memberships of a member are kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from peerapi.grouping.members import Members
from peerapi.grouping.membership import MembershipChain
from peerapi.grouping.memberships import MAX_ISSUED, MAX_SHOWN
from peerapi.grouping.roles import Role
from tests.grouping.values import (
    ADMINISTRATOR,
    DAY,
    HOUR,
    INVITING,
    MEMBER,
    MODERN,
    NOW,
    creator,
    credential,
    issuer,
    line,
    member,
    name,
)

YEAR = 365 * DAY


def issued(
    by: str, above: MembershipChain, count: int, *, roles: Sequence[Role] = (INVITING,), begin: int = NOW + YEAR
) -> list[MembershipChain]:
    """Memberships for bob that look better than his own, and begin in a year."""
    one, maker = credential(MODERN, "bob"), issuer(MODERN, by, above)
    return [
        maker.issue(one.key.public, one.name, "Bob", roles, NOW, not_before=begin + number * HOUR)
        for number in range(count)
    ]


def people(*more: MembershipChain) -> Members:
    members = Members(name(MODERN, "club"))
    for chain in (creator(MODERN), member(MODERN, "ivan", INVITING), *more):
        members.add(chain)
    return members


BOB = str(name(MODERN, "bob"))


@pytest.mark.parametrize("shown", [True, False])
@pytest.mark.parametrize("by", ["ivan", "a line of its own"])
def test_nobody_pushes_out_what_somebody_else_has_issued(shown: bool, by: str) -> None:
    members = people()
    own = member(MODERN, "bob")
    members.add(own, shown=shown)
    issuers = {"ivan": member(MODERN, "ivan", INVITING)}
    if by != "ivan":  # what stands below ivan is his, however many they are
        for number in range(20):
            who = f"invented {number}"
            one = credential(MODERN, who)
            maker = issuer(MODERN, "ivan", issuers["ivan"])
            issuers[who] = maker.issue(one.key.public, one.name, who, (INVITING,), NOW)
    for who, chain in issuers.items():
        for each in issued(who, chain, MAX_ISSUED + 5 if by == "ivan" else 6):
            members.add(each)
    assert members.current(BOB, NOW) == own
    assert len(members.of(BOB)) == MAX_ISSUED + (1 if shown else 0)


def test_what_a_member_uses_is_not_pushed_out_by_its_own_issuer_either() -> None:
    members = people()
    own = member(MODERN, "bob", by="ivan", by_role=INVITING)
    members.add(own, shown=True)
    for each in issued("ivan", member(MODERN, "ivan", INVITING), MAX_ISSUED + 5):
        members.add(each)
    assert members.current(BOB, NOW) == own


def test_what_comes_too_much_is_not_kept_and_what_others_issue_still_is() -> None:
    members = people()
    many = issued("ivan", member(MODERN, "ivan", INVITING), MAX_ISSUED + 1)[::-1]
    for each in many[:-1]:
        assert members.has_room(each)
        assert members.add(each) == [each]
    assert not members.has_room(many[-1])
    assert members.add(many[-1]) == []
    late = member(MODERN, "bob")
    assert members.has_room(late)
    assert members.add(late) == [late]
    assert members.current(BOB, NOW) == late


def test_of_what_a_member_shows_the_oldest_gives_way() -> None:
    members = people()
    ages = issued("carol", creator(MODERN), MAX_SHOWN + 1, roles=(MEMBER,), begin=NOW)
    for each in ages:
        members.add(each, shown=True)
    assert ages[0] not in members.of(BOB)
    assert set(members.of(BOB)) == set(ages[1:])


def test_a_membership_that_was_issued_and_is_shown_later_is_new_once() -> None:
    members = people()
    own = member(MODERN, "bob")
    assert members.add(own) == [own]
    assert members.add(own, shown=True) == []
    assert members.add(own) == []
    assert members.of(BOB) == (own,)


def test_the_same_certificate_under_another_line_of_issuers_is_another_membership() -> None:
    """Whoever publishes a membership of somebody else might put a poorer certificate of its issuer above it."""
    members = people()
    own = line(MODERN, ["ada", "bob"])
    ada = credential(MODERN, "ada")
    poorer = issuer(MODERN, "carol", creator(MODERN)).issue(
        ada.key.public, ada.name, "Ada", (ADMINISTRATOR,), NOW, not_after=NOW + 2 * HOUR
    )
    false_line = MembershipChain.proved([c.encoded for c in (*poorer.certificates, own.leaf)], own.group)
    members.add(false_line)
    assert members.add(own)[-1] is own
    assert members.current(BOB, NOW + DAY) == own
    assert replace(own).mark == own.mark != false_line.mark
