"""What others have written reaches a log and a terminal as one line without anything that either would obey. Each
attack is first shown to work without the check."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peerapi import log
from peerapi.cli import output
from peerapi.engine.graphs.event_log import log_event
from peerapi.graphing.events import NodeChange, NodeChanged
from peerapi.text import as_label, is_name, shell_word, to_paste
from tests.graphing.pair import Net

FORGED = "2026-01-01 00:00:00,000 ERROR peerapi.engine: the disk is full"
HOSTILE = f"mallory\x1b[2J\x9b2J\u202e\n{FORGED}"
"A peer ID: it clears the screen twice, turns what follows around, and begins another line."
OBEYED = "\x1b\x9b\u202e"


@pytest.fixture
def log_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    path = tmp_path / "log"
    monkeypatch.setenv("PEERAPI_LOG", f"debug:{path}")
    log.set_up()
    yield path
    os.environ.pop("PEERAPI_LOG", None)
    log.set_up()


def said_of_a_node(path: Path) -> list[str]:
    """The lines of the log after the presence of somebody with that peer ID has come."""
    graph = Net().machine("alice").graph
    log_event(graph, NodeChanged(NodeChange.CONNECTED, 5, HOSTILE))
    return path.read_text(encoding="utf-8").split("\n")[:-1]


def test_a_peer_id_without_the_check_writes_lines_of_its_own(log_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "printable", str)
    lines = said_of_a_node(log_file)
    assert lines[-1].startswith(FORGED)
    assert set(OBEYED) <= set("".join(lines))


def test_a_peer_id_stays_in_the_line_of_the_log_that_tells_of_it(log_file: Path) -> None:
    (line,) = said_of_a_node(log_file)
    assert line.isprintable()
    assert "mallory\\x1b[2J\\x9b2J\\u202e\\n2026" in line


def test_json_for_programs_is_the_same_value_and_nothing_that_a_terminal_obeys() -> None:
    value = {"creator": HOSTILE, "data": "Grüße 🌷\x7f".encode()}
    plain = json.dumps(value, default=output._plain, ensure_ascii=False)
    assert "\x9b" in plain, "without the check"
    line = output.in_json(value)
    assert line.isprintable()
    assert "Grüße 🌷" in line
    assert json.loads(line) == {"creator": HOSTILE, "data": {"text": "Grüße 🌷\x7f"}}


@pytest.mark.parametrize("name", ["Anna", "é", "👩‍👩‍👧‍👦", "مرحبا", "a\u200db", "1", "-", "日本", "a b"])
def test_what_people_can_read_is_a_name(name: str) -> None:
    assert is_name(name)


@pytest.mark.parametrize(
    "name", ["", " ", "\u200b", "\u202eabc", "a\u2066b", "a\nb", "a\tb", "\x1b[31m", "\u0301", "\x7f"]
)
def test_what_shows_nothing_or_turns_the_line_about_is_none(name: str) -> None:
    assert not is_name(name)


@pytest.mark.parametrize(
    ("called", "shown"),
    [
        ("Anna", "Anna"),
        ("", ""),
        ("\u202eevE", "evE"),
        ("\u2067E\u2069v\u202de", "Eve"),
        ("مرحبا", "مرحبا"),
        ("👩‍👩‍👧‍👦", "👩‍👩‍👧‍👦"),
        ("\u200b", "?"),
        ("\u202e", "?"),
        (" ", "?"),
    ],
)
def test_what_somebody_is_called_stands_beside_other_words_without_turning_them(called: str, shown: str) -> None:
    assert as_label(called) == shown
    assert not shown or is_name(as_label(called))


WORDS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
"What the arguments of a program can hold."


@settings(max_examples=10, deadline=None)
@given(st.lists(WORDS | st.sampled_from(["", "-x", "a'b\\\n7", "\x1b[2J", "$(id)", "\x017"]), min_size=1))
def test_words_that_are_shown_to_be_typed_are_read_back_by_a_shell(words: list[str]) -> None:
    shown = " ".join(map(shell_word, words))
    assert shown.isprintable()
    done = subprocess.run(["bash", "-c", f"printf '%s\\0' {shown}"], capture_output=True, timeout=120, check=True)
    assert done.stdout.decode().split("\0")[:-1] == words


def test_a_name_that_looks_like_an_option_is_none() -> None:
    assert (
        to_paste("graph join", "garden", "[::1]:1", peer="Ben C", database=None)
        == "graph join garden '[::1]:1' --peer 'Ben C'"
    )
    assert to_paste("graph join", "--help", "[::1]:1", peer="-b") == "graph join --peer=-b -- --help '[::1]:1'"
