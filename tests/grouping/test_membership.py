"""Chains of membership: what proves one, and that nothing else does."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from peerapi.errors import (
    ChainTooLong,
    CircularChain,
    InvalidClassifierProperty,
    InvalidCredential,
    InvalidRoleProperty,
    InvalidTimePeriod,
    NotAuthorized,
    PeerError,
)
from peerapi.grouping import membership, roles
from peerapi.grouping.membership import MAX_LINKS, Issuer, MembershipChain
from peerapi.grouping.roles import Role
from peerapi.identity.certificates import Certificate
from peerapi.identity.keys import Profile
from tests.grouping.conftest import Without
from tests.grouping.forgeries import forged
from tests.grouping.values import (
    ADMINISTRATOR,
    BOTH,
    DAY,
    INVITING,
    MEMBER,
    MODERN,
    NOW,
    PUBLISHED,
    creator,
    credential,
    issuer,
    key,
    line,
    member,
    name,
    owner,
)
from tests.support import facts

both = pytest.mark.parametrize("profile", BOTH, ids=lambda profile: profile.value)


def validated(chain: MembershipChain | Sequence[Certificate], profile: Profile, now: int = NOW) -> MembershipChain:
    certificates = chain.certificates if isinstance(chain, MembershipChain) else chain
    return MembershipChain.validated([one.encoded for one in certificates], name(profile, "club"), now)


# ---- What is right ---------------------------------------------------------------------------------------------------


@both
def test_the_creator_is_an_administrator_under_the_root(profile: Profile) -> None:
    chain = validated(creator(profile), profile)
    assert chain.roles == {ADMINISTRATOR} and chain.links == 1
    assert chain.group == name(profile, "club") and chain.name == name(profile, "carol")
    assert chain.issuer_name == name(profile, "club") and chain.root.subject == "The Club"


@both
def test_a_chain_survives_pkcs7(profile: Profile) -> None:
    chain = member(profile, "alice")
    again = MembershipChain.read(chain.encode(), name(profile, "club"))
    assert again.certificates == chain.certificates and again.roles == {MEMBER}
    assert MembershipChain.read(chain.encode(), None).group == chain.group


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("given", Role)
def test_a_member_gives_the_roles_that_the_facts_say(role: Role, given: Role) -> None:
    names = {"admin": ADMINISTRATOR, "inviting member": INVITING, "member": MEMBER}
    told = {
        entry["guid"].replace("-", ""): entry
        for entry in facts.load("records_and_xml.json")["group_roles"].values()
        if isinstance(entry, dict)
    }
    entry = told[role.value.hex()]
    allowed = given in {names[one] for one in entry["may_issue"]}
    assert (given in role.may_issue) == allowed
    assert list(roles.classifiers([role])) == entry["certificate_classifiers"]
    assert role.may_change_others == entry["edit_or_delete_others_records"]
    one = credential(MODERN, "dave")
    holder = creator(MODERN) if role is ADMINISTRATOR else member(MODERN, "ivan", role)
    by = issuer(MODERN, "carol" if role is ADMINISTRATOR else "ivan", holder)
    if allowed:
        assert validated(by.issue(one.key.public, one.name, "Dave", [given], NOW), MODERN).roles == {given}
    else:
        with pytest.raises(NotAuthorized):
            by.issue(one.key.public, one.name, "Dave", [given], NOW)


def test_there_are_24_links_and_no_more() -> None:
    people = [f"person {number}" for number in range(MAX_LINKS)]
    longest = line(MODERN, people[:-1])
    assert (
        validated(longest, MODERN).links
        == MAX_LINKS
        == facts.load("records_and_xml.json")["group_roles"]["chain_limit"]
    )
    assert MembershipChain.read(longest.encode(), longest.group).links == MAX_LINKS
    last = credential(MODERN, people[-1])
    with pytest.raises(ChainTooLong):
        issuer(MODERN, people[-2], longest).issue(last.key.public, last.name, "x", [MEMBER], NOW)
    too_long = [*longest.certificates, forged(MODERN, people[-1], longest.leaf, people[-2])]
    with pytest.raises(ChainTooLong):
        validated(too_long, MODERN)


def test_a_membership_ends_with_that_of_its_issuer() -> None:
    one, other = credential(MODERN, "alice"), credential(MODERN, "bob")
    short = issuer(MODERN, "carol", creator(MODERN)).issue(
        one.key.public, one.name, "Alice", [ADMINISTRATOR], NOW, not_after=NOW + DAY
    )
    below = issuer(MODERN, "alice", short)
    assert below.issue(other.key.public, other.name, "Bob", [MEMBER], NOW).not_after == short.not_after
    with pytest.raises(InvalidTimePeriod):
        below.issue(other.key.public, other.name, "Bob", [MEMBER], NOW, not_after=NOW + 2 * DAY)
    with pytest.raises(NotAuthorized):
        below.issue(other.key.public, other.name, "Bob", [MEMBER], NOW + 2 * DAY)


def test_nobody_issues_to_whom_it_has_its_own_membership_from() -> None:
    chain = line(MODERN, ["alice"])
    carol = credential(MODERN, "carol")
    with pytest.raises(CircularChain):
        issuer(MODERN, "alice", chain).issue(carol.key.public, carol.name, "Carol", [MEMBER], NOW)
    circle = [*chain.certificates, forged(MODERN, "carol", chain.leaf, "alice")]
    with pytest.raises(CircularChain):
        validated(circle, MODERN)


def test_a_key_of_the_other_profile_joins_no_group() -> None:
    stranger = credential(PUBLISHED, "alice")
    with pytest.raises(PeerError):
        issuer(MODERN, "carol", creator(MODERN)).issue(stranger.key.public, stranger.name, "Alice", [MEMBER], NOW)


# ---- Attacks: each is first let through by the one check that would stop it (more: test_attacks_connections) ---------


@both
def test_attack_a_hole_in_the_chain(profile: Profile, monkeypatch: pytest.MonkeyPatch, without: Without) -> None:
    whole = line(profile, ["alice", "bob"])
    holed = [*whole.certificates[:2], whole.leaf]  # alice, who has issued bob's, is missing
    with monkeypatch.context() as patch:
        patch.setattr(membership, "_signed", lambda encoded, spki: True)
        without("the issuer is not")
        assert validated(holed, profile).name == name(profile, "bob")
    without()
    with pytest.raises(InvalidCredential, match="the issuer is not"):
        validated(holed, profile)
    without("the issuer is not")
    with pytest.raises(InvalidCredential, match="not signed"):
        validated(holed, profile)


@pytest.mark.parametrize(("holder", "given"), [(MEMBER, MEMBER), (MEMBER, ADMINISTRATOR), (INVITING, ADMINISTRATOR)])
def test_attack_a_role_that_may_not_issue(
    holder: Role, given: Role, monkeypatch: pytest.MonkeyPatch, without: Without
) -> None:
    above = member(MODERN, "ivan", holder)
    chain = [*above.certificates, forged(MODERN, "mallory", above.leaf, "ivan", given)]
    without()
    with monkeypatch.context() as patch:
        patch.setattr(roles, "issuable", lambda holder: frozenset(Role))
        assert validated(chain, MODERN).roles == {given}
    membership._proved.cache_clear()
    with pytest.raises(InvalidRoleProperty):
        validated(chain, MODERN)


def test_attack_classifiers_that_were_not_handed_on(monkeypatch: pytest.MonkeyPatch, without: Without) -> None:
    above = member(MODERN, "ivan", INVITING)
    chain = [*above.certificates, forged(MODERN, "mallory", above.leaf, "ivan", MEMBER, classifiers=("elsewhere",))]
    without()
    with monkeypatch.context() as patch:
        patch.setattr(roles, "may_delegate", lambda *_, **__: True)
        assert validated(chain, MODERN).links == 3
    membership._proved.cache_clear()
    with pytest.raises(InvalidClassifierProperty):
        validated(chain, MODERN)


@pytest.mark.parametrize("now", [NOW - 2 * DAY, NOW + 2 * DAY], ids=["not yet", "no longer"])
def test_attack_a_membership_whose_time_is_not_now(now: int, monkeypatch: pytest.MonkeyPatch) -> None:
    one = credential(MODERN, "alice")
    chain = Issuer.member(key(MODERN, "carol"), creator(MODERN)).issue(
        one.key.public, one.name, "Alice", [MEMBER], NOW, not_before=NOW, not_after=NOW + DAY
    )
    with monkeypatch.context() as patch:
        patch.setattr(MembershipChain, "require_valid", lambda self, now: None)
        validated(chain, MODERN, now)
    with pytest.raises(InvalidTimePeriod):
        validated(chain, MODERN, now)


def test_a_chain_is_no_longer_valid_than_its_shortest_link() -> None:
    above = issuer(MODERN, "carol", creator(MODERN)).issue(
        key(MODERN, "alice").public, name(MODERN, "alice"), "Alice", [ADMINISTRATOR], NOW, not_after=NOW + DAY // 2
    )
    chain = [*above.certificates, forged(MODERN, "bob", above.leaf, "alice")]  # a day
    assert validated(chain, MODERN).not_after == above.not_after
    with pytest.raises(InvalidTimePeriod):
        validated(chain, MODERN, NOW + DAY - 1)


@pytest.mark.parametrize("cut", [0, 1])
def test_a_root_alone_or_nothing_is_no_membership(cut: int) -> None:
    with pytest.raises(InvalidCredential):
        validated([owner(MODERN).root][:cut], MODERN)


@pytest.mark.parametrize("data", [b"", b"\x30\x00", bytes(200)])
def test_what_is_no_pkcs7_is_no_membership(data: bytes) -> None:
    with pytest.raises(InvalidCredential):
        MembershipChain.read(data, name(MODERN, "club"))


@both
def test_a_changed_byte_is_noticed_wherever_it_is(profile: Profile) -> None:
    chain = member(profile, "alice")
    data = bytearray(chain.encode())
    for position in range(0, len(data), 29):
        changed = bytearray(data)
        changed[position] ^= 0x10
        with pytest.raises(PeerError):
            MembershipChain.read(bytes(changed), chain.group).require_valid(NOW)
