"""A board is a group by itself: who comes in, who takes what away, and how they come back. Without a browser."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from peerapi.whiteboard.invitation import GroupInvitation, parse
from tests.whiteboard.boards import BoardProcess, joined, new_board
from tests.whiteboard.wire import Socket, websocket


class Family:
    """Boards that are stopped in the end, and a page at each."""

    def __init__(self, stack: ExitStack, folder: Path) -> None:
        self._stack = stack
        self._folder = folder

    def new(self, name: str) -> tuple[BoardProcess, Socket]:
        return self._at(new_board(self._folder / name, name))

    def join(self, name: str, invitation: str) -> tuple[BoardProcess, Socket]:
        return self._at(joined(self._folder / name, name, invitation))

    def _at(self, board: BoardProcess) -> tuple[BoardProcess, Socket]:
        self._stack.callback(board.stop)
        return board, self._stack.enter_context(websocket(board.url))


@pytest.fixture
def family(tmp_path: Path) -> Iterator[Family]:
    with ExitStack() as stack:
        yield Family(stack, tmp_path)


def draw(page: Socket, number: str) -> str:
    """A stroke; its ID."""
    page.do("stroke", page=number, live="k", colour="navy", width=3, dots=[[1, 2], [3, 4]])
    return str(page.wait_for("mark")["id"])


def wait_for_name(page: Socket, name: str) -> None:
    while name not in [node["name"] for node in page.wait_for("people")["nodes"]]:
        pass


def test_an_invitation_to_a_new_board_makes_a_member(family: Family) -> None:
    anna, at_anna = family.new("Anna")
    assert isinstance(parse(anna.invitation), GroupInvitation)
    ben, at_ben = family.join("Ben", anna.invitation)
    assert at_ben.wait_for("page")["name"] == "Birthday card"
    wait_for_name(at_anna, "Ben")
    wait_for_name(at_ben, "Anna")
    at_ben.do("say", words="hello")
    line = at_anna.wait_for("line")
    assert line["words"] == "hello"
    assert line["by"] != "Ben"  # the name of a key, which nobody else can sign with
    ben.end()
    anna.end()


def test_who_does_not_know_the_password_stays_outside(family: Family) -> None:
    anna, at_anna = family.new("Anna")
    real = parse(anna.invitation)
    assert isinstance(real, GroupInvitation)
    eve, at_eve = family.join("Eve", str(replace(real, password="not the password")))
    _, at_ben = family.join("Ben", anna.invitation)
    page = at_ben.wait_for("page")["id"]
    wait_for_name(at_anna, "Ben")
    draw(at_ben, page)
    at_anna.wait_for("mark")
    at_eve.do("say", words="let me in")
    assert "nobody who has it could be reached" in at_eve.wait_for("refused")["why"]
    with websocket(anna.url) as again, websocket(eve.url) as outside:
        assert {node["name"] for node in again.wait_for("people")["nodes"]} == {"Anna", "Ben"}
        assert not outside.wait_for("state")["ready"]


def test_members_take_their_own_strokes_away_and_the_founder_everybodys(family: Family) -> None:
    anna, at_anna = family.new("Anna")
    _, at_ben = family.join("Ben", anna.invitation)
    page = at_ben.wait_for("page")["id"]
    of_anna = draw(at_anna, page)
    at_ben.wait_for("mark")
    of_ben, another = draw(at_ben, page), draw(at_ben, page)
    at_anna.wait_for("mark")
    at_anna.wait_for("mark")

    at_ben.do("erase", marks=[of_anna])
    assert "wipe over it" in at_ben.wait_for("refused")["why"]
    at_ben.do("erase", marks=[of_ben])
    assert at_anna.wait_for("gone")["id"] == of_ben
    at_anna.do("erase", marks=[another])
    assert at_anna.wait_for("gone")["id"] == another


def test_the_founder_comes_back_with_the_invitation_and_catches_up(family: Family) -> None:
    anna, at_anna = family.new("Anna")
    _, at_ben = family.join("Ben", anna.invitation)
    page = at_ben.wait_for("page")["id"]
    wait_for_name(at_anna, "Ben")
    anna.end()
    drawn = draw(at_ben, page)

    _, at_anna = family.join("Anna", anna.invitation)

    assert at_anna.wait_for("mark")["id"] == drawn


def test_a_board_that_is_open_already_is_opened_by_a_second_program_too(family: Family, tmp_path: Path) -> None:
    """Programs of one person share a group (docs/grouping.md, several programs)."""
    anna, _ = family.new("Anna")
    second = joined(tmp_path / "Anna", "Anna", anna.invitation)
    try:
        assert second.url != anna.url
    finally:
        second.end()
