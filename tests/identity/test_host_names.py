"""Peer names as host names: the published rules, and that nothing is lost."""

from __future__ import annotations

import contextlib
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from peerapi.errors import CannotConvertPeerName, InvalidPeerHostName
from peerapi.identity.host_names import MAX_HOST_NAME, decode, encode
from peerapi.identity.names import PeerName, parse, peer_name
from tests.identity.values import AUTHORITY, LETTER_AUTHORITY, classifiers, peer_names, secure_authorities
from tests.support import facts

FACTS = facts.load("records_and_xml.json")["host_names"]
LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")

KNOWN = [
    ("0.johndoe", FACTS["example_unsecured"]),
    (AUTHORITY + ".p", FACTS["example_secure"].split()[0]),
    (AUTHORITY + ".chat", f"chat.p{AUTHORITY}.pnrp.net"),
    (LETTER_AUTHORITY + ".chat", f"chat.{LETTER_AUTHORITY}.pnrp.net"),
    (AUTHORITY + ".", f"p{AUTHORITY}.pnrp.net"),
    ("0.john.games", "john.games.pnrp.net"),
    ("0.münchen", "xn--mnchen-3ya.pnrp.net"),
    ("0.JohnDoe.Games", "xn--ohnoe-et4ydb.xn--ames-kq9t.pnrp.net"),
]


@pytest.mark.parametrize(("name", "host"), KNOWN)
def test_a_known_name_has_its_known_host_name(name: str, host: str) -> None:
    assert encode(name) == host
    assert decode(host) == name


@given(peer_names)
@example(parse("0." + LETTER_AUTHORITY))
@example(parse("0.p" + AUTHORITY))
@example(parse("0.chat." + LETTER_AUTHORITY))
@example(parse("0.."))
@example(parse("0.a..b."))
@example(parse("0.-"))
@example(parse("0.ab--c"))
@example(parse("0.xn--mnchen-3ya"))
@example(parse("0." + "a" * 149))
@example(parse("0." + "." * 40))
def test_a_host_name_stands_for_one_peer_name_even_when_it_is_lowered(name: PeerName) -> None:
    try:
        host = encode(str(name))
    except CannotConvertPeerName:
        assert len(name.classifier) > 40
        return
    assert decode(host) == decode(host.lower()) == decode(host + ".") == str(name)
    assert len(host) <= MAX_HOST_NAME
    assert all(LABEL.fullmatch(label) for label in host.split("."))


@given(st.text("abcdefgh0123456789", min_size=1, max_size=149), secure_authorities)
def test_every_classifier_of_letters_and_digits_fits(classifier: str, authority: str) -> None:
    name = str(peer_name(authority, classifier))
    assert decode(encode(name)) == name


@given(classifiers.filter(bool), classifiers.filter(bool))
def test_different_names_have_different_host_names(one: str, other: str) -> None:
    with contextlib.suppress(CannotConvertPeerName):
        assert (encode("0." + one) == encode("0." + other)) == (one == other)


def test_a_long_classifier_is_cut_into_labels() -> None:
    host = encode("0." + "a" * 149)
    assert len(host.split(".")) == 5
    assert max(map(len, host.split("."))) == 63


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("JohnDoe.pnrp.net", "0.JohnDoe"),
        ("johndoe.PNRP.NET", "0.johndoe"),
        ("XN--MNCHEN-3YA.pnrp.net", "0.münchen"),
        (f"chat.P{AUTHORITY.upper()}.Pnrp.Net", AUTHORITY + ".chat"),
    ],
)
def test_other_spellings_are_read(host: str, name: str) -> None:
    assert decode(host) == name


WIDE = "".join(chr(0x4E00 + 131 * number) for number in range(149))
"Punycode has nothing to save here."


@pytest.mark.parametrize("name", ["", "johndoe", "0.", "1.johndoe", "0.a\0", "0." + "x" * 150, "0." + WIDE])
def test_what_cannot_be_a_host_name_is_refused(name: str) -> None:
    with pytest.raises(CannotConvertPeerName):
        encode(name)


@pytest.mark.parametrize(
    "host",
    [
        "",
        ".",
        "pnrp.net",
        ".pnrp.net",
        "johndoe",
        "johndoe.example.net",
        "johndoepnrp.net",
        "john..doe.pnrp.net",
        "johndoe.pnrp.net..",
        "john doe.pnrp.net",
        "john_doe.pnrp.net",
        "münchen.pnrp.net",
        "\u212aelvin.pnrp.net",
        "-john.pnrp.net",
        "john-.pnrp.net",
        "x" * 64 + ".pnrp.net",
        "xn--.pnrp.net",
        "xn--99999999.pnrp.net",
        "xn--a-.pnrp.net",
        ".".join(["a" * 60] * 5) + ".pnrp.net",
        ".".join(["a" * 50] * 4) + ".pnrp.net",
        "xn--" + "ab\ud800".encode("punycode").decode() + ".pnrp.net",
        "xn--" + "\ud800".encode("punycode").decode() + ".john.pnrp.net",
        "xn--" + "a\udc00b".encode("punycode").decode() + ".pnrp.net",
        "xn--" + "a\ud800b".encode("punycode").decode() + ".pnrp.net",
    ],
)
def test_what_stands_for_no_peer_name_is_refused(host: str) -> None:
    with pytest.raises(InvalidPeerHostName):
        decode(host)


@given(st.text(st.sampled_from("abxn-.pP0\ud800é"), max_size=40).map(lambda text: text + ".pnrp.net"))
def test_any_text_is_read_or_refused(host: str) -> None:
    try:
        name = decode(host)
    except InvalidPeerHostName:
        return
    assert decode(encode(name)) == name
