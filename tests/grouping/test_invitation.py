"""Invitations and configurations as XML."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from peerapi.errors import (
    InvalidArgument,
    InvalidTimePeriod,
    InvitationNotTrusted,
    PeerError,
    UnsupportedVersion,
)
from peerapi.grouping.configuration import Configuration, export_configuration, import_configuration
from peerapi.grouping.invitation import accept_invitation, invite_by_password, invite_member, parse_invitation
from peerapi.identity import fragments
from peerapi.identity.keys import Profile
from tests.grouping.values import (
    BOTH,
    DAY,
    MEMBER,
    MODERN,
    NOW,
    PUBLISHED,
    creator,
    credential,
    issuer,
    key,
    member,
    name,
    properties,
)
from tests.support import facts

both = pytest.mark.parametrize("profile", BOTH, ids=lambda profile: profile.value)
FACTS = facts.load("records_and_xml.json")


def by_certificate(profile: Profile) -> str:
    return invite_member(member(profile, "alice"), properties(profile))


@both
def test_an_invitation_brings_a_membership(profile: Profile) -> None:
    found = accept_invitation(by_certificate(profile), key(profile, "alice").public, name(profile, "alice"), NOW)
    assert found.chain is not None and found.chain.certificates == member(profile, "alice").certificates
    assert found.profile.kind is profile
    assert (found.group, found.group_friendly_name) == (name(profile, "club"), "The Club")
    assert (found.cloud, found.scope, found.cloud_flags) == ("Global_", 1, 0)
    assert parse_invitation(by_certificate(profile), NOW) == found


@both
def test_an_invitation_by_password_says_where_the_group_is_and_no_password(profile: Profile) -> None:
    document = invite_by_password(properties(profile))
    found = parse_invitation(document, NOW)
    assert found.chain is None and found.profile.kind is profile
    assert (found.group, found.group_friendly_name) == (name(profile, "club"), "The Club")
    assert "sesame" not in document and str(properties(PUBLISHED).password) not in document


def test_the_published_form() -> None:
    told = FACTS["invitation_xml"]
    for document, children in (
        (by_certificate(PUBLISHED), told["gmc_children_in_order"]),
        (invite_by_password(properties(PUBLISHED)), told["password_children_in_order"]),
    ):
        assert document.startswith(f'<{told["root"]} VERSION="1.1">')
        read = fragments.read(document.replace('VERSION="1.1"', 'VERSION="1.0"'), told["root"])
        assert [tag for tag, _ in read] == children


@both
def test_names_may_need_escaping(profile: Profile) -> None:
    changed = replace(properties(profile), friendly_name="<&\">'é")
    assert parse_invitation(invite_by_password(changed), NOW).group_friendly_name == "<&\">'é"


def test_private_clouds_are_marked() -> None:
    for cloud, scope, flags in (("LinkLocal_{12}", 3, 1), ("SiteLocal_%4", 2, 1), ("LinkLocal_2001:db8::", 3, 0)):
        found = parse_invitation(invite_by_password(replace(properties(MODERN), cloud=cloud)), NOW)
        assert (found.cloud, found.scope, found.cloud_flags) == (cloud, scope, flags)


@both
@pytest.mark.parametrize("version", ["0.9", "1.2", "3.0", "x"])
def test_another_version_is_not_supported(profile: Profile, version: str) -> None:
    document = by_certificate(profile)
    written = "2.1" if profile is MODERN else "1.1"
    with pytest.raises(UnsupportedVersion):
        parse_invitation(document.replace(f'VERSION="{written}"', f'VERSION="{version}"'), NOW)


def _damages(document: str) -> list[str]:
    return [
        "",
        "hello",
        document[:-5],
        document.replace("GLOBAL", "WORLD"),
        document.replace("GLOBAL", "LINKLOCAL"),
        document.replace("<CLOUDFLAGS>0", "<CLOUDFLAGS>2"),
        document.replace("<CLOUDFLAGS>0</CLOUDFLAGS>", ""),
        document.replace("<SCOPE>", "<SCOPE><!-- -->"),
        document.replace("</PEERINVITATION>", "<MORE></MORE></PEERINVITATION>"),
        '<!DOCTYPE x [<!ENTITY y "z">]>' + document,
        document.replace("PEERINVITATION", "INVITATION"),
    ]


@both
@pytest.mark.parametrize("number", range(11))
def test_a_damaged_invitation_is_not_trusted(profile: Profile, number: int) -> None:
    for document in (by_certificate(profile), invite_by_password(properties(profile))):
        with pytest.raises(InvitationNotTrusted):
            parse_invitation(_damages(document)[number], NOW)


@both
def test_attack_a_changed_membership_in_an_invitation(profile: Profile) -> None:
    document = by_certificate(profile)
    start = document.index("base64") + 200
    for position in range(start, document.index("</GMC>") - 4, 97):
        letter = "A" if document[position] != "A" else "B"
        with pytest.raises(PeerError) as caught:
            parse_invitation(document[:position] + letter + document[position + 1 :], NOW)
        assert isinstance(caught.value, InvitationNotTrusted)


@both
def test_attack_the_profile_of_an_invitation_is_changed(profile: Profile) -> None:
    document = by_certificate(profile)
    if profile is MODERN:
        changed = document.replace('"2.1"', '"1.1"').replace("<PROFILE>modern</PROFILE>", "")
    else:
        changed = document.replace('"1.1"', '"2.1"').replace("</PEER", "<PROFILE>modern</PROFILE></PEER")
    assert parse_invitation(document, NOW)
    with pytest.raises(InvitationNotTrusted):
        parse_invitation(changed, NOW)
    by_password = invite_by_password(properties(profile))
    other = PUBLISHED if profile is MODERN else MODERN
    with pytest.raises(InvitationNotTrusted):  # an identity of the one profile accepts nothing of the other
        accept_invitation(by_password, key(other, "alice").public, name(other, "alice"), NOW)


@both
def test_an_invitation_is_for_one_identity(profile: Profile) -> None:
    with pytest.raises(InvitationNotTrusted):
        accept_invitation(by_certificate(profile), key(profile, "bob").public, name(profile, "bob"), NOW)


@both
@pytest.mark.parametrize("now", [NOW - DAY, NOW + 2 * DAY])
def test_an_invitation_has_its_time(profile: Profile, now: int) -> None:
    one = credential(profile, "alice")
    chain = issuer(profile, "carol", creator(profile)).issue(
        one.key.public, one.name, "Alice", [MEMBER], NOW, not_before=NOW, not_after=NOW + DAY
    )
    document = invite_member(chain, properties(profile))
    with pytest.raises(InvitationNotTrusted):
        parse_invitation(document, now)
    with pytest.raises(InvalidTimePeriod):
        accept_invitation(document, one.key.public, one.name, now)


# ---- Configurations --------------------------------------------------------------------------------------------------


@both
@pytest.mark.parametrize("owns", [True, False])
def test_a_configuration_survives(profile: Profile, owns: bool) -> None:
    group_key = key(profile, "club") if owns else None
    one = Configuration(creator(profile), "Global_", group_key)
    document = export_configuration(one, "secret", random.Random(1).randbytes)
    found = import_configuration(document, "secret")
    assert (found.identity, found.group, found.cloud) == (one.identity, one.group, "Global_")
    assert (None if found.group_key is None else found.group_key.public) == (group_key and group_key.public)
    told = FACTS["group_config_xml"]
    read = fragments.read(document, told["root"])
    assert [tag for tag, _ in read] == [*told["children"], "SEALED"]
    assert key(profile, "club").pkcs8() not in b"".join(value for _, value in read if isinstance(value, bytes))


@both
def test_a_wrong_password_or_a_change_is_noticed(profile: Profile) -> None:
    one = Configuration(creator(profile), "Global_", key(profile, "club"))
    document = export_configuration(one, "secret", random.Random(1).randbytes)
    for changed, password in (
        (document, "wrong"),
        (document, ""),
        (document.replace(">0<", ">1<"), "secret"),
        (document.replace("<SEALED", "<SEALED2").replace("</SEALED", "</SEALED2"), "secret"),
        (document.replace("carol", "caro1"), "secret"),
        ("", "secret"),
    ):
        with pytest.raises(InvalidArgument):
            import_configuration(changed, password)


def test_a_configuration_without_a_seal_is_taken() -> None:
    document = export_configuration(
        Configuration(member(PUBLISHED, "alice"), "Global_"), "x", random.Random(1).randbytes
    )
    cut = document[: document.index("<SEALED")] + "</PEERGROUPCONFIG>"
    found = import_configuration(cut, "anything")
    assert found.chain.name == name(PUBLISHED, "alice") and found.group_key is None
