"""Tables: as wide as they may be, and nothing of what they hold is missing."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import termios

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from peerapi.cli import output
from tests.cli.conftest import Command
from tests.cli.test_graph import ended, shown

LONG = "g" * 100
GRAPHS = (
    ("GRAPH", "PEER", "STATE"),
    ((LONG, "alice", "open in process 17924, at [::1]:4001"), ("moss", "ben", "closed")),
)
ONE_LINE = f"{LONG}  alice  open in process 17924, at [::1]:4001"


def widest(text: str) -> int:
    return max(map(cell_len, text.splitlines()))


@pytest.mark.parametrize("columns", ["", "0", "-1", "wide"])
def test_where_nothing_says_how_wide_a_table_may_be_a_row_is_a_line(
    monkeypatch: pytest.MonkeyPatch, columns: str
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert output.table(*GRAPHS).splitlines()[1] == ONE_LINE


@pytest.mark.parametrize("columns", [40, 60, 100, 138])
def test_a_table_follows_columns_and_what_does_not_fit_is_folded(monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    text = output.table(*GRAPHS)
    assert widest(text) <= columns
    assert len(text.splitlines()) > 3
    assert text.count("g") == len(LONG)
    monkeypatch.setenv("COLUMNS", str(widest(ONE_LINE) + output.BETWEEN))
    assert output.table(*GRAPHS).splitlines()[1] == ONE_LINE


def test_a_table_is_no_narrower_than_can_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "3")
    lines = output.table(*GRAPHS).splitlines()
    assert lines[1].split() == ["g" * 8, "alice", "open", "in"]


CELLS = st.text(st.characters(codec="utf-8"), max_size=30)


@given(st.lists(st.tuples(CELLS, CELLS, CELLS), max_size=4), st.integers(1, 120), st.booleans())
def test_whatever_is_in_a_table_all_of_it_is_shown(rows: list[tuple[str, str, str]], most: int, headed: bool) -> None:
    text = output.table(("A", "B", "C"), rows, most=most, headed=headed)
    held = "".join(output.printable(cell) for row in rows for cell in row) + "ABC" * headed
    assert sorted("".join(text.split())) == sorted("".join(held.split()))
    assert widest(text or " ") <= max(most, 3 * (output.LEAST + output.BETWEEN))


def test_a_terminal_and_columns_say_how_wide_a_list_is(command: Command) -> None:
    for graph in (LONG, "moss"):
        assert command.code("graph", "create", graph, "--peer", "alice") == 0
    assert LONG in command("graph", "list")
    words = [sys.executable, "-m", "peerapi", "graph", "list"]
    piped = subprocess.run(
        words, env=os.environ | {"COLUMNS": "70"}, capture_output=True, text=True, timeout=300, check=True
    ).stdout
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(ours, (24, 70))
    with ended(subprocess.Popen(words, stdout=theirs, stderr=theirs)) as process:
        os.close(theirs)
        drawn = ""
        while more := shown(ours):
            drawn += more
        assert process.wait(120) == 0
    os.close(ours)
    assert drawn.replace("\r", "") == piped
    assert widest(piped) <= 70 < widest(command("graph", "list"))
    assert piped.count("g") == len(LONG) + piped.count("graph")
