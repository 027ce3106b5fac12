"""The second day: boards are listed, opened, left and deleted; who comes back is who they were, at the same address;
and the founder need not be there for somebody new to come in."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from peerapi.whiteboard.invitation import parse
from samples_c.processes import Program
from tests.whiteboard.boards import PEERAPI, BoardProcess, joined, new_board
from tests.whiteboard.browser import Person
from tests.whiteboard.wire import websocket

NONE = ("", "no boards; `peerapi whiteboard --new TITLE` begins one\n")
"What is listed where there is no board."


def run(home: Path, *arguments: str, said: str = "") -> tuple[int, str, str]:
    env = os.environ | {"PEERAPI_HOME": str(home)}
    done = subprocess.run(
        [*PEERAPI, *arguments], env=env, input=said, capture_output=True, text=True, timeout=300, check=False
    )
    return done.returncode, done.stdout, done.stderr


def opened(home: Path, title: str) -> BoardProcess:
    return BoardProcess(home, "open", title)


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def test_a_board_is_opened_again_at_the_same_address_so_that_a_bookmark_works(
    stack: ExitStack, browser: Browser, tmp_path: Path
) -> None:
    first = new_board(tmp_path, "Anna")
    stack.callback(first.stop)
    person = Person(browser, first.url)
    stack.callback(person.context.close)
    person.draw((100, 100), (200, 200))
    person.wait_for_marks(1)
    bookmark = person.page.url
    first.end()
    again = opened(tmp_path, "birth")  # as much of the title as is needed
    stack.callback(again.stop)
    assert again.url == first.url
    person.page.goto("about:blank")
    person.page.goto(bookmark)
    person.wait_for_marks(1)
    again.end()


def test_a_title_is_given_once(tmp_path: Path) -> None:
    board = new_board(tmp_path, "Anna", "Card")
    try:
        board.end()
    finally:
        board.stop()
    code, _, complaint = run(tmp_path, "--here", "--new", "card", "--name", "Anna")
    assert (code, complaint.count("\n")) == (1, 1)
    assert "peerapi whiteboard open" in complaint
    assert run(tmp_path, "list")[1].count("\n") == 1


def test_a_title_is_given_once_also_to_two_who_begin_at_the_same_time(stack: ExitStack, tmp_path: Path) -> None:
    """Somebody has clicked twice: one of the boards comes about, and nothing is left of the other."""
    words = [*PEERAPI, "--here", "--new", "Card", "--name", "Anna"]
    both = [Program(words, tmp_path) for _ in range(2)]
    for one in both:
        stack.callback(one.stop)
    end = time.monotonic() + 120
    while all(one.process.poll() is None for one in both):
        assert time.monotonic() < end
        time.sleep(0.05)
    (loser,) = [one for one in both if one.process.poll() is not None]
    (other,) = [one for one in both if one is not loser]
    loser.reader.join(60)
    assert loser.process.wait(60) == 1
    assert "there is a board 'Card' already" in loser.complaints()
    other.wait_for("  page ")
    assert run(tmp_path, "list")[1].count("\n") == 1
    assert len(list(tmp_path.rglob("*.peergraph"))) == 1


def test_who_joins_again_without_a_name_is_who_they_were(stack: ExitStack, tmp_path: Path) -> None:
    anna = new_board(tmp_path / "Anna", "Anna")
    stack.callback(anna.stop)
    ben = joined(tmp_path / "Ben", "Ben", anna.invitation)
    stack.callback(ben.stop)
    with websocket(ben.url) as page:
        me = page.wait_until("state", lambda state: state["ready"])["me"]
        number = page.wait_for("page")["id"]
        page.do("stroke", page=number, live="k", colour="navy", width=3, dots=[[1, 2], [3, 4]])
        mark = page.wait_for("mark")["id"]
    ben.end()
    again = BoardProcess(tmp_path / "Ben", "--join", "-", said=anna.invitation)
    stack.callback(again.stop)
    assert again.url == ben.url
    with websocket(again.url) as page:
        assert page.wait_for("state")["me"] == me
        page.wait_for("whole")
        page.do("erase", marks=[mark])  # with the rights that they had
        assert page.wait_for("gone")["id"] == mark
    again.end()
    anna.end()


def test_somebody_new_comes_in_while_the_founder_is_away_and_meets_them_later(stack: ExitStack, tmp_path: Path) -> None:
    anna = new_board(tmp_path / "Anna", "Anna")
    stack.callback(anna.stop)
    ben = joined(tmp_path / "Ben", "Ben", anna.invitation)
    stack.callback(ben.stop)
    with websocket(ben.url) as page:
        page.wait_until("people", lambda news: {"Anna", "Ben"} <= {node["name"] for node in news["nodes"]})
    with websocket(ben.url) as page:
        page.wait_until("state", lambda state: len(parse(state["invitation"]).addresses) > 1)  # Ben listens, too
    anna.end()
    code, word, complaint = run(tmp_path / "Ben", "invite", "Birthday card")
    assert (code, complaint.count("machine")) == (0, 1)  # and it says how far it reaches
    addresses = set(parse(word).addresses)
    assert addresses >= set(parse(anna.invitation).addresses)  # the founder's
    assert len(addresses) > len(parse(anna.invitation).addresses)  # and Ben's
    cleo = joined(tmp_path / "Cleo", "Cleo", word)
    stack.callback(cleo.stop)
    with websocket(cleo.url) as page:
        page.wait_until("state", lambda state: state["ready"])
    again = opened(tmp_path / "Anna", "Birthday card")
    stack.callback(again.stop)
    with websocket(again.url) as page:
        page.wait_until("people", lambda news: {"Anna", "Ben", "Cleo"} <= {node["name"] for node in news["nodes"]})


def test_boards_are_listed_left_and_deleted(stack: ExitStack, tmp_path: Path) -> None:
    assert run(tmp_path / "Anna", "list")[1:] == NONE
    anna = new_board(tmp_path / "Anna", "Anna")
    stack.callback(anna.stop)
    ben = joined(tmp_path / "Ben", "Ben", anna.invitation)
    stack.callback(ben.stop)
    with websocket(ben.url) as page:
        page.wait_until("state", lambda state: state["ready"])
    assert "Birthday card: you are Ben" in run(tmp_path / "Ben", "list")[1]
    listed = json.loads(run(tmp_path / "Ben", "list", "--json")[1])
    assert (listed["title"], listed["name"], listed["kind"], listed["began_here"]) == (
        "Birthday card",
        "Ben",
        "group",
        False,
    )
    assert not {"token", "password"} & listed.keys()
    assert (listed["open"], listed["process"]) == (True, ben.process.pid)
    assert f"; open in process {ben.process.pid}\n" in run(tmp_path / "Ben", "list")[1]
    code, _, complaint = run(tmp_path / "Ben", "leave", "Birthday card", "--yes")
    assert (code, f"is open in process {ben.process.pid}: close it first" in complaint) == (1, True)
    code, _, complaint = run(tmp_path / "Anna", "delete", "Birthday card", "--yes")
    assert (code, f"is open in process {anna.process.pid}: close it first" in complaint) == (1, True)
    code, _, complaint = run(tmp_path / "Ben", "delete", "Birthday card", "--yes")
    assert (code, "only who has begun a board" in complaint) == (1, True)
    ben.end()
    listed = json.loads(run(tmp_path / "Ben", "list", "--json")[1])
    assert (listed["open"], listed["process"]) == (False, None)
    opened_at = datetime.fromisoformat(listed["opened"]).astimezone()
    assert f"; opened {opened_at:%Y-%m-%d %H:%M:%S}\n" in run(tmp_path / "Ben", "list")[1]
    code, _, complaint = run(tmp_path / "Ben", "leave", "Birthday card", said="n\n")
    assert code != 0 and "Birthday card" in run(tmp_path / "Ben", "list")[1]
    assert run(tmp_path / "Ben", "leave", "Birthday card", "--yes")[0] == 0
    assert run(tmp_path / "Ben", "list")[1:] == NONE
    anna.end()
    assert run(tmp_path / "Anna", "delete", "Birthday card", "--yes")[0] == 0
    assert run(tmp_path / "Anna", "list")[1:] == NONE
    code, _, complaint = run(tmp_path / "Anna", "open", "Birthday card")
    assert (code, complaint.count("\n")) == (1, 1)
