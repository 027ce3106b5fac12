"""Payloads of the group's own records."""

from __future__ import annotations

import struct
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerapi.errors import InvalidGroupProperties
from peerapi.graphing.codec.internal_records import PUBLISH_FOR_ALL
from peerapi.graphing.codec.wire import MalformedMessage
from peerapi.grouping.password import Verifier
from peerapi.grouping.properties import (
    Authentication,
    GroupProperties,
    Options,
    decode_membership,
    encode_membership,
    scope_of,
)
from peerapi.grouping.roles import Role
from peerapi.identity.keys import Profile
from peerapi.identity.names import peer_name
from tests.grouping.values import BOTH, MODERN, PUBLISHED, name, properties

both = pytest.mark.parametrize("profile", BOTH, ids=lambda profile: profile.value)
_text = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=60)
_verifiers = st.builds(
    Verifier, st.integers(16, 19), st.binary(min_size=16, max_size=16), st.binary(min_size=32, max_size=32)
)
_hashes = st.text("abcdefghijklmnop", min_size=40, max_size=40)
_PUBLISHED_NAME = peer_name("ab" * 20, "club")


@st.composite
def _properties(draw: st.DrawFn) -> GroupProperties:
    version = draw(st.sampled_from([(1, 0), (1, 1), (2, 0), (2, 1)]))
    password = None
    if version == (1, 1):
        password = draw(_hashes)
    elif version >= (2, 0):
        password = draw(st.none() | _verifiers)
    authentication = Authentication.MEMBERSHIP if password is None else Authentication(3)
    return GroupProperties(
        version,
        _PUBLISHED_NAME,
        peer_name("cd" * 20, ""),
        draw(st.sampled_from(["Global_", "SiteLocal_%3", "LinkLocal_fe80::"])),
        Options(draw(st.integers(0, 7))),
        draw(st.integers(1, 2**32 - 1)),
        draw(st.integers(300, 2**32 - 1)),
        draw(_text),
        draw(_text),
        authentication,
        password,
        draw(st.sampled_from(Role)) if password is not None else Role.MEMBER,
    )


@given(_properties())
def test_properties_survive(one: GroupProperties) -> None:
    assert GroupProperties.decode(one.encode()) == one


@given(_properties(), st.data())
def test_damaged_properties_are_malformed_or_properties(one: GroupProperties, data: st.DataObject) -> None:
    raw = bytearray(one.encode())
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))
    for damaged in (bytes(raw), one.encode()[: data.draw(st.integers(0, len(raw) - 1))], one.encode() + b"x"):
        try:
            found = GroupProperties.decode(damaged)
        except MalformedMessage:
            continue
        assert GroupProperties.decode(found.encode()) == found


def test_the_published_layout() -> None:
    """MS-PPSEC 2.2.3.1 and 2.2.3.1.1, field by field."""
    one = replace(
        properties(PUBLISHED), options=Options.DISABLE_PRESENCE, comment="hi", password_role=Role.INVITING_MEMBER
    )

    def text(value: str) -> bytes:
        raw = (value + "\0").encode("utf-16-le")
        return struct.pack("<I", len(raw)) + raw

    assert one.encode() == b"".join(
        (
            bytes((1, 1)),
            struct.pack("<IIII", 2, 2, 2419200, 300),
            *map(text, ("hi", "Global_", "club", str(one.group), str(one.creator), "The Club")),
            struct.pack("<II", 3, 1),
            text(str(one.password)),
            bytes.fromhex("89fd704318dcfb4c8dbf9853a8a9f905"),
        )
    )


@both
@pytest.mark.parametrize(
    "changes",
    [
        {"friendly_name": "x" * 256},
        {"comment": "x" * 512},
        {"cloud": "Nowhere_"},
        {"cloud": ""},
        {"presence_lifetime": 299},
        {"membership_lifetime": 0},
        {"authentication": Authentication.MEMBERSHIP},
        {"password": None},
        {"password": "x" * 40},
        {"group": peer_name("0", "club")},
    ],
)
def test_there_is_no_such_group(profile: Profile, changes: dict[str, object]) -> None:
    with pytest.raises(InvalidGroupProperties):
        replace(properties(profile), **changes).encode()  # type: ignore[arg-type]


@both
@pytest.mark.parametrize(
    "changes",
    [
        {"cloud": "SiteLocal_%3"},
        {"membership_lifetime": 30000},
        {"presence_lifetime": 600},
        {"creator": peer_name("ab" * 20, "x")},
        {"authentication": Authentication.MEMBERSHIP},
    ],
)
def test_some_things_never_change(profile: Profile, changes: dict[str, object]) -> None:
    one = properties(profile)
    one.check_change(replace(one, friendly_name="New", comment="new", options=Options(7), password_role=Role.MEMBER))
    with pytest.raises(InvalidGroupProperties):
        one.check_change(replace(one, **changes))  # type: ignore[arg-type]


@both
def test_the_graph_s_properties_follow_from_the_group_s(profile: Profile) -> None:
    one = replace(properties(profile), options=Options.DEFER_EXPIRATION)
    info = one.graph_info()
    assert (info.graph_id, info.creator_id) == (str(name(profile, "club")), str(name(profile, "carol")))
    assert (info.scope, info.defer_expiration, info.max_presence) == (1, True, PUBLISH_FOR_ALL)
    assert replace(one, options=Options.DISABLE_PRESENCE).graph_info().max_presence == 0
    assert info.encode()


def test_scopes() -> None:
    assert [scope_of(text) for text in ("Global_", "SiteLocal_%1", "LinkLocal_{x}", "", "global_")] == [1, 2, 3, 0, 0]


@given(st.sampled_from([(1, 0), (1, 1), (2, 0), (2, 1)]), st.binary(max_size=80))
def test_membership_survives(version: tuple[int, int], chain: bytes) -> None:
    payload = encode_membership(version, chain)
    assert decode_membership(payload) == (version, chain)
    assert payload[:2] == bytes(reversed(version))  # the minor version comes first (2.2.3.2)


def test_a_modern_group_has_no_published_hash() -> None:
    with pytest.raises(InvalidGroupProperties):
        replace(properties(MODERN), password=properties(PUBLISHED).password).encode()
    with pytest.raises(InvalidGroupProperties):
        replace(properties(PUBLISHED), password=properties(MODERN).password).encode()
