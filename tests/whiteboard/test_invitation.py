"""Invitations: one word, whole or refused."""

from __future__ import annotations

import base64
import json
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerapi import Address
from peerapi.whiteboard.invitation import Invitation, NotAnInvitation, parse

HERE = Address.parse("::1", 4001)
GARDEN = Invitation("board-1234", "Für Dora 🎂", (HERE, Address.parse("2001:db8::7", 65535)))


def word(fields: object) -> str:
    body = json.dumps(fields).encode()
    whole = body + zlib.crc32(body).to_bytes(4, "big")
    return "board-" + base64.urlsafe_b64encode(whole).decode().rstrip("=")


def test_an_invitation_is_one_word_and_is_read_again() -> None:
    assert parse(str(GARDEN)) == GARDEN
    assert str(GARDEN).isascii()
    assert str(GARDEN).replace("-", "").replace("_", "").isalnum()


def test_line_breaks_of_a_letter_do_not_harm() -> None:
    text = str(GARDEN)
    assert parse(f"  {text[:20]}\n {text[20:]} \n") == GARDEN


def test_a_graph_of_another_program_is_named_with_an_address() -> None:
    assert parse("tea-room@[::1]:4001") == Invitation("tea-room", "tea-room", (HERE,))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "board-",
        "board-!!!",
        str(GARDEN)[:-1],
        str(GARDEN)[:-9],
        str(GARDEN).replace("W", "V", 1),
        "board-" + "A" * 5000,
        word([2, "g", "t", []]),
        word([1, "g", "t"]),
        word([1, "", "t", []]),
        word([1, "g", "two\nlines", []]),
        word([1, "g", "t" * 101, []]),
        word([1, "g", "t", [["::1", 0]]]),
        word([1, "g", "t", [["::1", "4001"]]]),
        word([1, "g", "t", [["example.org", 4001]]]),
        word([1, "g", "t", [["::1", 1]] * 9]),
        word({"graph": 1}),
        "tea-room@::1",
        "tea-room@[::1]:0",
        "@[::1]:4001",
    ],
)
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
