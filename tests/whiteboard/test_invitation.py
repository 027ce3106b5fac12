"""Invitations: one word, whole or refused."""

from __future__ import annotations

import base64
import ipaddress
import json
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerapi import Address
from peerapi.whiteboard.invitation import (
    GraphInvitation,
    GroupInvitation,
    Invitation,
    NotAnInvitation,
    parse,
    reach_of,
)

HERE = Address.parse("::1", 4001)
ROUTER = Address.parse("192.0.2.1", 4001)
GARDEN = GraphInvitation("Für Dora 👨‍👩‍👧 🎂", (HERE, Address.parse("2001:db8::7", 65535)), "board-1234")
CARD = GroupInvitation("Card", (HERE,), "<PEERINVITATION/>", "secret")


def word(fields: object, more: bytes = b"") -> str:
    packed = zlib.compress(json.dumps(fields).encode() + more)
    return "board-" + base64.urlsafe_b64encode(packed).decode().rstrip("=")


@pytest.mark.parametrize("invitation", [GARDEN, CARD])
def test_an_invitation_is_one_word_and_is_read_again(invitation: Invitation) -> None:
    assert parse(str(invitation)) == invitation
    assert str(invitation).isascii()
    assert str(invitation).replace("-", "").replace("_", "").isalnum()


def test_the_title_of_an_invitation_turns_nothing_about() -> None:
    """It stands among other words, and would have those behind it written from right to left."""
    said = parse(str(GraphInvitation("\u202edraC", (HERE,), "board-1234")))
    assert said.title == "draC"


def test_line_breaks_of_a_letter_do_not_harm() -> None:
    text = str(GARDEN)
    assert parse(f"  {text[:20]}\n {text[20:]} \n") == GARDEN


def test_a_graph_of_another_program_is_named_with_an_address() -> None:
    assert parse("tea-room@[::1]:4001") == GraphInvitation("tea-room", (HERE,), "tea-room")
    assert parse("tea-room@192.0.2.1:4001") == GraphInvitation("tea-room", (ROUTER,), "tea-room")
    assert parse("Come!\n> tea-room@192.0.2.1:4001\n") == GraphInvitation("tea-room", (ROUTER,), "tea-room")


def test_an_address_of_ipv4_is_written_as_versions_read_it_that_know_ipv6_only() -> None:
    invitation = GraphInvitation("tea room", (ROUTER, HERE), "g")
    text = str(invitation).removeprefix("board-")
    fields = json.loads(zlib.decompress(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))))
    assert [ipaddress.IPv6Address(host).packed for host, _ in fields[2]] == [ROUTER.ip, HERE.ip]
    assert parse(str(invitation)) == invitation
    assert parse(word([1, "tea room", [["192.0.2.1", 4001], ["::1", 4001]], "g"])) == invitation


def test_from_where_an_invitation_leads_here() -> None:
    places = {"::1": "machine", "127.0.0.1": "machine", "fe80::1": "link", "169.254.1.1": "link"}
    places |= {"192.168.1.5": "site", "fd00::1": "site", "192.0.2.1": "network", "2001:db8::1": "network"}
    for host, reach in places.items():
        assert reach_of([HERE, Address.parse(host, 4001)]) == reach
    assert reach_of([]) == "nowhere"


def quoted(text: str, before: str) -> str:
    """As programs of mail quote a long word: cut into lines, each with something before it."""
    return "\n".join(before + text[at : at + 60] for at in range(0, len(text), 60))


PASTED = {
    "the whole command": "peerapi whiteboard --join {}",
    "the command with a prompt": "$ peerapi whiteboard --join {} --name Ben\n",
    "in double quotes": '"{}"',
    "in single quotes": "'{}'",
    "in typographic quotes": "\u201c{}\u201d",
    "in backticks": "`{}`",
    "in angle brackets": "<{}>",
    "after a word": "invitation: {}",
    "at the end of a sentence": "Come in with {}.",
    "in a letter": "Hello Ben,\n\nhere it is:\n  invitation  {}\n\nSee you,\nAnna",
    "twice": "{} {}",
    "with a byte order mark": "\ufeff{}",
}


@pytest.mark.parametrize("around", PASTED.values(), ids=PASTED)
@pytest.mark.parametrize("invitation", [GARDEN, CARD])
def test_any_text_that_holds_one_invitation_is_taken(invitation: Invitation, around: str) -> None:
    assert parse(around.replace("{}", str(invitation))) == invitation


@pytest.mark.parametrize("before", ["> ", ">> ", "> > ", "| ", "    "])
def test_a_quoted_letter_is_taken(before: str) -> None:
    assert parse(quoted(str(GARDEN), before)) == GARDEN


@pytest.mark.parametrize("around", ["{}", "  {}\n", "Come in:\n{}\nAnn", "> '{}'\n> Ann"])
def test_a_graph_may_be_at_the_name_of_a_host(around: str) -> None:
    found = parse(around.format("tea-room@pi.local:4001"))
    assert isinstance(found, GraphInvitation)
    assert (found.graph_id, found.addresses, found.place) == ("tea-room", (), "pi.local:4001")


def test_a_graph_whose_id_begins_as_an_invitation_is_named_with_an_address() -> None:
    found = parse("board-c0ffee@[::1]:4001")
    assert isinstance(found, GraphInvitation)
    assert (found.graph_id, found.addresses) == ("board-c0ffee", (Address.parse("::1", 4001),))


def test_two_invitations_in_one_text_are_not_guessed_between() -> None:
    with pytest.raises(NotAnInvitation, match="several"):
        parse(f"{GARDEN} or {CARD}")


NOT_ONE = {
    "empty": "",
    "another word": "hello",
    "nothing behind the prefix": "board-",
    "other characters": "board-!!!",
    "its last letter missing": str(GARDEN)[:-1],
    "its end missing": str(GARDEN)[:-9],
    "a letter changed": str(GARDEN)[:40] + ("B" if str(GARDEN)[40] == "A" else "A") + str(GARDEN)[41:],
    "too long": "board-" + "A" * 9000,
    "huge when unpacked": word([1, "t", [], "g"], b" " * 1_000_000),
    "another version": word([3, "t", [], "g"]),
    "a kind that is none": word([[], "t", [], "g"]),
    "a field missing": word([1, "t", []]),
    "a field more": word([1, "t", [], "g", "h"]),
    "an empty field": word([1, "t", [], ""]),
    "two lines": word([1, "two\nlines", [], "g"]),
    "a long title": word([1, "t" * 101, [], "g"]),
    "port 0": word([1, "t", [["::1", 0]], "g"]),
    "a port in quotes": word([1, "t", [["::1", "4001"]], "g"]),
    "a host name": word([1, "t", [["example.org", 4001]], "g"]),
    "many addresses": word([1, "t", [["::1", 1]] * 9, "g"]),
    "no password": word([2, "t", [], "x"]),
    "a number as password": word([2, "t", [], "x", 7]),
    "a long document": word([2, "t", [], "x" * 4001, "p"]),
    "no list": word({"graph": 1}),
    "an address without port": "tea-room@::1",
    "an address without brackets": "tea-room@::1:4001",
    "a zone that is none": "tea-room@[fe80::1%\u00b2]:4001",
    "a host without port": "tea-room@example.org",
    "a host with a port beyond all": "tea-room@example.org:65536",
    "no host": "tea-room@:4001",
    "an address with port 0": "tea-room@[::1]:0",
    "an address alone": "@[::1]:4001",
}


@pytest.mark.parametrize("text", NOT_ONE.values(), ids=NOT_ONE)
def test_anything_else_is_no_invitation(text: str) -> None:
    with pytest.raises(NotAnInvitation):
        parse(text)


@given(st.text())
def test_any_text_is_an_invitation_or_refused(text: str) -> None:
    for one in (text, "board-" + text):
        try:
            parse(one)
        except NotAnInvitation as refused:
            assert str(refused)
