"""Attacks by invitations and configurations: each works without its one check, and is refused with it."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from peerapi.errors import InvalidArgument, InvalidTimePeriod, InvitationNotTrusted, PeerError
from peerapi.grouping import configuration
from peerapi.grouping.configuration import Configuration, export_configuration, import_configuration
from peerapi.grouping.invitation import accept_invitation, invite_member
from peerapi.grouping.membership import MembershipChain
from peerapi.grouping.profile import PROFILES
from peerapi.identity.certificates import Certificate
from peerapi.identity.keys import Profile
from tests.grouping.attacks import Check, anybody_may_give_any_role, chain_check, nothing, replaced
from tests.grouping.conftest import forget
from tests.grouping.forgeries import forged, own_root
from tests.grouping.values import (
    ADMINISTRATOR,
    BOTH,
    HOUR,
    MEMBER,
    NOW,
    creator,
    credential,
    issuer,
    key,
    member,
    name,
    properties,
)


def invitation(profile: Profile, *certificates: Certificate) -> str:
    """What somebody can write who has these certificates, whatever they prove."""
    made = MembershipChain(certificates, PROFILES[profile], NOW, NOW + HOUR, frozenset({MEMBER}))
    return invite_member(made, properties(profile))


def self_signed(profile: Profile) -> str:
    above = creator(profile)
    return invitation(profile, *above.certificates, forged(profile, "alice", above.leaf, "mallory"))


def of_another_group_with_the_same_name(profile: Profile) -> str:
    root = own_root(profile, "mallory")
    return invitation(profile, root, forged(profile, "alice", root, "mallory", ADMINISTRATOR, classifiers=()))


def by_a_plain_member(profile: Profile) -> str:
    above = member(profile, "bob")
    return invitation(profile, *above.certificates, forged(profile, "alice", above.leaf, "bob"))


def that_has_expired(profile: Profile) -> str:
    one, by = credential(profile, "alice"), issuer(profile, "carol", creator(profile))
    ended = by.issue(one.key.public, one.name, "Alice", [MEMBER], NOW - 2 * HOUR, not_after=NOW - HOUR)
    return invite_member(ended, properties(profile))


ATTACKS: list[tuple[Callable[[Profile], str], Check, type[PeerError]]] = [
    (self_signed, chain_check("not signed by the certificate before"), InvitationNotTrusted),
    (
        of_another_group_with_the_same_name,
        chain_check("the name of the group belongs to another key"),
        InvitationNotTrusted,
    ),
    (by_a_plain_member, anybody_may_give_any_role, InvitationNotTrusted),
    (that_has_expired, replaced(MembershipChain, "require_valid", nothing), InvalidTimePeriod),
]


@pytest.mark.parametrize("profile", BOTH, ids=lambda profile: profile.value)
@pytest.mark.parametrize(("document", "check", "error"), ATTACKS, ids=lambda value: getattr(value, "__name__", ""))
def test_attack_an_invitation(
    document: Callable[[Profile], str], check: Check, error: type[PeerError], profile: Profile
) -> None:
    alice = key(profile, "alice").public, name(profile, "alice"), NOW
    text = document(profile)
    with check():
        forget()
        assert accept_invitation(text, *alice).group == name(profile, "club")
    forget()
    with pytest.raises(error):
        accept_invitation(text, *alice)


@pytest.mark.parametrize("profile", BOTH, ids=lambda profile: profile.value)
def test_attack_a_changed_cloud_in_a_configuration(profile: Profile) -> None:
    """Whoever carries it cannot send its owner elsewhere: the seal covers all that is beside it."""
    one = Configuration(creator(profile), "Global_", key(profile, "club"))
    document = export_configuration(one, "secret", random.Random(1).randbytes)
    changed = document.replace("Global_", "Global_here")
    assert changed != document
    original = configuration._others(configuration.fragments.read(document, configuration.ROOT)[:-1])
    with replaced(configuration, "_others", lambda children: original)():
        assert import_configuration(changed, "secret").cloud == "Global_here"
    with pytest.raises(InvalidArgument):
        import_configuration(changed, "secret")
    assert import_configuration(document, "secret").cloud == "Global_"
