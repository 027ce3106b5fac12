"""What files that come from others may be called."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerapi.files.names import MOST_BYTES, is_plain, numbered, plain

HOSTILE = {
    "../../.ssh/authorized_keys": "_./.ssh",
    "/etc/passwd": "_etc_passwd",
    "..": "file",
    ".": "file",
    "": "file",
    " ": "file",
    ".bashrc": "_bashrc",
    "-rf": "_rf",
    "~root": "_root",
    "C:\\Windows\\win.ini": "C__Windows_win.ini",
    "picture.png:stream": "picture.png_stream",
    "con": "_con",
    "NUL.txt": "_NUL.txt",
    "com1 .tar.gz": "_com1 .tar.gz",
    "LPT\N{SUPERSCRIPT ONE}": "_LPT\N{SUPERSCRIPT ONE}",
    "a\0b": "a_b",
    "a\nb\x1b[2J": "a_b_[2J",
    "holiday\u202egnp.exe": "holiday_gnp.exe",
    "holi\u200bday.png": "holi_day.png",
    "a\u2028b": "a_b",
    "what?*": "what__",
    "dots...": "dots",
    "e\u0301t\u00e9.txt": "\u00e9t\u00e9.txt",
    "no\u00a0break": "no break",
}
USUAL = [
    "holiday.png",
    "Oma's 90. Geburtstag (1).jpeg",
    "年賀状.pdf",
    "πρόγραμμα",
    "a",
    "README",
    "console.txt",
    "🎂.gif",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_none_and_what_is_made_of_it_is_harmless(name: str) -> None:
    assert not is_plain(name)
    made = plain(name)
    assert is_plain(made)
    if not name.startswith("../"):
        assert made == HOSTILE[name]
    assert "/" not in made and made[0] not in ".-~"


@pytest.mark.parametrize("name", USUAL)
def test_a_usual_name_stays(name: str) -> None:
    assert is_plain(name)


def test_a_long_name_is_cut_before_its_ending() -> None:
    made = plain("é" * 300 + ".jpeg")
    assert made.endswith("é.jpeg")
    assert MOST_BYTES - 2 <= len(made.encode()) <= MOST_BYTES
    assert len(plain("a." + "b" * 300).encode()) == MOST_BYTES


def test_the_second_of_one_name_has_its_number_before_the_ending() -> None:
    assert numbered("card.png", 2) == "card (2).png"
    assert numbered("card", 3) == "card (3)"


@given(st.text(alphabet=st.characters()))
def test_whatever_it_is_one_file_in_one_folder_comes_of_it(name: str) -> None:
    made = plain(name)
    assert plain(made) == made
    assert made and len(made.encode()) <= MOST_BYTES
    assert not set(made) & set('/\\:*?"<>|\0') and made not in (".", "..")
    assert unicodedata.is_normalized("NFC", made)
    assert all(unicodedata.category(character) not in ("Cc", "Cf", "Cs") for character in made)
