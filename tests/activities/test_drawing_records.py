"""The records of draw and guess: what is said is read, and what is not exactly so is none."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerapi.activities.drawing_records import (
    Begin,
    Clear,
    End,
    Guess,
    Pass,
    Play,
    Said,
    Skip,
    Stroke,
    decoded,
    encoded,
)
from peerapi.activities.drawing_words import WORDS, is_right

IDS = st.uuids().map(str)
NAMES = st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=1, max_size=12)
SAID: st.SearchStrategy[Said] = st.one_of(
    st.just(Play()),
    st.builds(Begin, st.text("0123456789abcdef", min_size=64, max_size=64), IDS, st.lists(IDS, max_size=3).map(tuple)),
    st.builds(
        End,
        IDS,
        NAMES,
        st.text("0123456789abcdef", min_size=32, max_size=32),
        st.lists(IDS, max_size=5).map(tuple),
        IDS,
        NAMES,
        st.lists(NAMES, min_size=1, max_size=3).map(tuple),
    ),
    st.builds(Skip, IDS | st.just("")),
    st.builds(Guess, IDS, NAMES),
    st.builds(Clear, IDS, st.integers(0, 1 << 31)),
    st.builds(Pass, IDS, st.lists(NAMES, min_size=1, max_size=3).map(tuple)),
    st.builds(Stroke, IDS, st.integers(0, 99), st.integers(0, 7), st.integers(1, 3), st.just((1, 2, 3, 4))),
)


@given(SAID)
def test_what_is_said_is_read(said: Said) -> None:
    assert decoded(encoded(said)) == said


@given(st.binary(max_size=200))
def test_bytes_of_anybody_are_looked_at(data: bytes) -> None:
    assert decoded(data) is None or data[:1] == b"{"


ROUND = str(UUID(int=5))
UNSOUND: list[Any] = [
    b"",
    b"[" * 900,
    [],
    5,
    {},
    {"is": "wins"},
    {"is": ["play"]},
    {"is": "play", "more": 1},
    {"is": "guess", "round": ROUND},
    {"is": "guess", "round": ROUND, "words": ""},
    {"is": "guess", "round": ROUND, "words": "x" * 61},
    {"is": "guess", "round": ROUND, "words": "a\nb"},
    {"is": "guess", "round": "../x", "words": "x"},
    {"is": "begin", "commitment": "x" * 64, "after": "", "votes": []},
    {"is": "begin", "commitment": "0" * 64, "after": "", "votes": [ROUND] * 40},
    {"is": "stroke", "round": ROUND, "number": 1, "color": 8, "width": 1, "dots": [1, 1]},
    {"is": "stroke", "round": ROUND, "number": 1, "color": True, "width": 1, "dots": [1, 1]},
    {"is": "stroke", "round": ROUND, "number": -1, "color": 1, "width": 1, "dots": [1, 1]},
    {"is": "stroke", "round": ROUND, "number": 1, "color": 1, "width": 1, "dots": [1, 1, 1]},
    {"is": "stroke", "round": ROUND, "number": 1, "color": 1, "width": 1, "dots": [1, 751]},
    {"is": "stroke", "round": ROUND, "number": 1, "color": 1, "width": 1, "dots": [1, 1] * 200},
    {"is": "stroke", "round": ROUND, "number": 1, "color": 1, "width": 1, "dots": [1.5, 1]},
]


@pytest.mark.parametrize("data", UNSOUND, ids=lambda data: str(data)[:60])
def test_what_is_unsound_is_none(data: Any) -> None:
    assert decoded(data if isinstance(data, bytes) else json.dumps(data).encode()) is None


def test_words_are_plain() -> None:
    assert len(set(WORDS)) == len(WORDS) > 150
    assert all(word.isascii() and word.isalpha() and word.islower() and len(word) < 13 for word in WORDS)
    assert is_right("  SUN ", "sun") and not is_right("sunny", "sun")
