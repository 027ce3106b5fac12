"""Peer names (MS-PNRP 1.3.1.1, 2.2.4)."""

from __future__ import annotations

import hashlib
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerapi.errors import InvalidPeerName
from peerapi.identity.keys import Algorithm
from peerapi.identity.names import (
    MAX_CLASSIFIER,
    MAX_FRIENDLY_NAME,
    MAX_PEER_NAME,
    PeerName,
    is_text,
    parse,
    peer_name,
    proves,
    secure_authority,
)
from tests.identity.values import AUTHORITY, key, peer_names
from tests.support import facts

FACTS = facts.load("records_and_xml.json")


def test_the_limits_are_the_documented_ones() -> None:
    limits = FACTS["identity_limits"]
    assert limits["classifier_chars_including_nul"] - 1 == MAX_CLASSIFIER
    assert limits["friendly_name_chars_including_nul"] - 1 == MAX_FRIENDLY_NAME
    assert FACTS["peer_names"]["max_peer_name_chars_including_nul"]["computed"] - 1 == MAX_PEER_NAME


@pytest.mark.parametrize("example", FACTS["peer_names"]["examples"])
def test_a_documented_example_is_a_peer_name(example: str) -> None:
    assert str(parse(example)) == example


def test_the_first_dot_separates() -> None:
    assert parse("0.JohnDoe.Games") == PeerName("0", "JohnDoe.Games")


@given(peer_names)
def test_spelling_and_parsing_are_inverse(name: PeerName) -> None:
    assert parse(str(name)) == name


@given(st.text(string.hexdigits + ".", max_size=50))
def test_a_text_is_a_peer_name_or_refused(text: str) -> None:
    try:
        name = parse(text)
    except InvalidPeerName:
        return
    assert str(name) in (text, text + ".")


def test_a_secure_name_without_classifier_may_leave_the_dot_out() -> None:
    assert str(parse(AUTHORITY)) == str(parse(AUTHORITY + ".")) == AUTHORITY + "."


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "0",
        "0.",
        "1.name",
        "name",
        ".name",
        "00.name",
        AUTHORITY[:-1] + ".name",
        AUTHORITY + "0.name",
        AUTHORITY.upper() + ".name",
        "g" + AUTHORITY[1:] + ".name",
        " " + AUTHORITY[1:] + ".name",
        "0.a\0b",
        "0.half \ud800",
        "0." + "x" * (MAX_CLASSIFIER + 1),
        "0." + "😀" * (MAX_CLASSIFIER // 2 + 1),
    ],
)
def test_what_is_no_peer_name_is_refused(text: str) -> None:
    with pytest.raises(InvalidPeerName):
        parse(text)


def test_a_classifier_may_have_149_units() -> None:
    assert len(str(peer_name(AUTHORITY, "x" * 149))) == MAX_PEER_NAME
    assert parse("0." + "😀" * 74 + "x").classifier.endswith("x")


def test_only_a_name_with_a_key_is_secure() -> None:
    assert parse(AUTHORITY + ".x").secure
    assert not parse("0.x").secure


@pytest.mark.parametrize("algorithm", Algorithm)
def test_an_authority_is_the_sha1_of_the_public_key(algorithm: Algorithm) -> None:
    public = key(algorithm).public
    assert public.authority == secure_authority(public.spki) == hashlib.sha1(public.spki).hexdigest()


def test_a_key_proves_the_names_of_its_authority_and_no_others() -> None:
    public = key().public
    assert proves(public.spki, peer_name(public.authority, "anything"))
    assert not proves(public.spki, peer_name(AUTHORITY, "anything"))
    assert not proves(public.spki, parse("0.anything"))


@pytest.mark.parametrize(
    ("text", "most", "fits"), [("", 0, True), ("ab", 2, True), ("abc", 2, False), ("😀", 1, False)]
)
def test_lengths_count_utf16_units(text: str, most: int, fits: bool) -> None:
    assert is_text(text, most) is fits
