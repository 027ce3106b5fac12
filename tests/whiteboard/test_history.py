"""Undo and redo know everything that one has done oneself, and nothing that others have; over a page's websocket."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import trio

import peerapi
from peerapi.engine.runtime import moment
from peerapi.whiteboard.board import ORDER, Board, Entry, entry
from peerapi.whiteboard.invitation import GraphInvitation, parse
from peerapi.whiteboard.marks import STROKE, Stroke
from tests.whiteboard.boards import BoardProcess, joined, new_board
from tests.whiteboard.wire import Socket, websocket


class Paper:
    """One page of a board, as somebody's window is told of it."""

    def __init__(self, socket: Socket) -> None:
        self.socket = socket
        self.marks: dict[str, dict[str, Any]] = {}
        self.page = ""
        self._number = 0
        while self._take()["is"] != "whole":
            pass

    def _take(self) -> dict[str, Any]:
        news = self.socket.next()
        if news["is"] == "page":
            self.page = news["id"]
        elif news["is"] == "mark":
            self.marks[news["id"]] = news
        elif news["is"] == "gone":
            self.marks.pop(news["id"], None)
        return news

    def do(self, what: str, **fields: object) -> str:
        """Ask and wait for the answer; why it was refused, or nothing."""
        self._number += 1
        self.socket.do(what, number=self._number, **fields)
        while (news := self._take())["is"] not in ("done", "refused"):
            pass
        return str(news.get("why", ""))

    def draw(self, name: str, x: int, colour: str = "navy") -> None:
        self.do("stroke", page=self.page, live=name, colour=colour, width=3, dots=[[x, 0], [x, 100]])
        self.wait_for(lambda: any(mark["gesture"] == name for mark in self.marks.values()))

    def wait_for(self, wanted: Callable[[], bool]) -> None:
        end = time.monotonic() + 60
        while not wanted():
            assert time.monotonic() < end, self.marks
            self._take()

    def at(self) -> list[int]:
        """Where the marks are, in the order of drawing."""
        inside = sorted(self.marks.values(), key=lambda mark: mark["order"])
        return [mark["x"] if "words" in mark else mark["dots"][0] for mark in inside]

    def becomes(self, *places: int) -> None:
        self.wait_for(lambda: self.at() == list(places))

    def has(self, *places: int) -> None:
        """Wait for these marks, in any order: the clocks of two people agree to about half a way there and back."""
        self.wait_for(lambda: sorted(self.at()) == sorted(places))

    def undo(self) -> str:
        return self.do("undo", page=self.page)

    def redo(self) -> str:
        return self.do("redo", page=self.page)

    def id_at(self, x: int) -> str:
        places = {mark["x"] if "words" in mark else mark["dots"][0]: one for one, mark in self.marks.items()}
        return places[x]


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def paper(stack: ExitStack, tmp_path: Path) -> Paper:
    board = new_board(tmp_path / "Anna", "Anna")
    stack.callback(board.stop)
    return Paper(stack.enter_context(websocket(board.url)))


def test_an_erased_stroke_is_back_in_its_place_and_gone_again(paper: Paper) -> None:
    for x in (10, 20, 30):
        paper.draw(f"s{x}", x)
    paper.do("erase", marks=[paper.id_at(20)], live="rubber")
    paper.becomes(10, 30)
    paper.undo()
    paper.becomes(10, 20, 30)  # between the others, where it was
    paper.redo()
    paper.becomes(10, 30)
    paper.undo()
    paper.becomes(10, 20, 30)
    paper.undo()
    paper.becomes(10, 20)  # the third stroke, and not another
    paper.redo()
    paper.becomes(10, 20, 30)


def test_all_that_one_go_of_the_eraser_took_comes_back_at_once(paper: Paper) -> None:
    for x in (10, 20, 30):
        paper.draw(f"s{x}", x)
    for x in (10, 30):
        paper.do("erase", marks=[paper.id_at(x)], live="one-go")
    paper.becomes(20)
    paper.undo()
    paper.becomes(10, 20, 30)


def test_wiping_text_editing_and_moving_are_undone_in_turn(paper: Paper) -> None:
    paper.draw("wiped", 10, "white")
    paper.do("text", page=paper.page, colour="navy", size=20, x=40, y=50, words="hello", live="t")
    paper.becomes(10, 40)
    text = paper.id_at(40)
    paper.do("edit", mark=text, colour="navy", size=20, words="hello\nyou")
    paper.wait_for(lambda: paper.marks[text]["words"] == "hello\nyou")
    paper.do("move", marks=[text], x=60, y=0)
    paper.becomes(10, 100)
    paper.undo()
    paper.becomes(10, 40)
    paper.undo()
    paper.wait_for(lambda: paper.marks[text]["words"] == "hello")
    paper.undo()
    paper.becomes(10)
    paper.undo()
    paper.becomes()
    for places in ((10,), (10, 40)):
        paper.redo()
        paper.becomes(*places)
    paper.redo()
    paper.wait_for(lambda: paper.marks[paper.id_at(40)]["words"] == "hello\nyou")
    paper.redo()
    paper.becomes(10, 100)
    assert "nothing to do again" in paper.redo()


def test_something_new_ends_what_can_be_done_again(paper: Paper) -> None:
    paper.draw("a", 10)
    paper.undo()
    paper.becomes()
    paper.draw("b", 20)
    assert "nothing to do again" in paper.redo()
    assert paper.at() == [20]


def test_what_is_drawn_is_on_top_although_the_clock_of_who_drew_before_is_ahead() -> None:
    page, ahead, second = UUID(int=1), 500 * 10_000_000, 10_000_000
    board, now = Board(), 10_000 * second
    content = Stroke(page, "navy", 3, ((0, 0),))
    created = datetime.now(UTC)
    theirs = Entry(UUID(int=2), f"{now + ahead:020d}{'f' * 32}", "ben", created, None, content)
    assert board.above(page, now, 1) == [""]
    board.put(theirs)
    assert f"{now + second:020d}" < theirs.order  # by its time of creation it would be hidden
    orders = [*board.above(page, now + second, 2), *board.above(page, now + 2 * second, 1)]
    assert [theirs.order, *orders] == sorted({theirs.order, *orders})
    assert all(re.fullmatch("[0-9]{20}[0-9a-f]{32}", one) for one in orders)
    assert board.above(page, now + ahead + second, 1) == [""]
    assert board.above(UUID(int=3), now, 1) == [""]
    board.put(replace(theirs, id=UUID(int=4), order="9" * 20 + "0" * 32))  # no clock is so wrong
    assert board.above(page, now, 1) == [""]


def test_a_stroke_over_one_of_a_clock_that_is_ahead_is_drawn_above_it_everywhere(
    stack: ExitStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = BoardProcess(tmp_path / "Anna", "--graph", "--new", "Card", "--name", "Anna")
    stack.callback(anna.stop)
    paper = Paper(stack.enter_context(websocket(anna.url)))
    found = parse(anna.invitation)
    assert isinstance(found, GraphInvitation)
    monkeypatch.setenv("PEERAPI_HOME", str(tmp_path / "Ben"))
    seen: list[str] = []

    async def ben() -> None:
        async with peerapi.open_graph(found.graph_id, "Ben") as graph:
            await graph.connect(found.addresses)
            await graph.wait_synchronized()
            stroke = Stroke(UUID(paper.page), "crimson", 3, ((7, 0), (7, 9)))
            order = f"{moment().utc + 600 * 10_000_000:020d}{'f' * 32}"
            await graph.add(STROKE, stroke.encode(), attributes={ORDER: order})
            await trio.to_thread.run_sync(lambda: paper.wait_for(lambda: len(paper.marks) == 1))
            changes = graph.changes(STROKE)
            await trio.to_thread.run_sync(lambda: paper.draw("above", 100))
            async for _ in changes:
                break
            entries = filter(None, map(entry, await graph.records(STROKE)))
            seen.extend(one.author for one in sorted(entries, key=lambda one: one.order))

    trio.run(ben)
    assert paper.at() == [7, 100]
    assert seen == ["Ben", "Anna"]


def test_what_others_have_done_is_not_undone(stack: ExitStack, tmp_path: Path) -> None:
    anna = new_board(tmp_path / "Anna", "Anna")
    stack.callback(anna.stop)
    ben = joined(tmp_path / "Ben", "Ben", anna.invitation)
    stack.callback(ben.stop)
    at_ben = stack.enter_context(websocket(ben.url))
    at_ben.wait_for("page")  # it is here
    of_anna, of_ben = Paper(stack.enter_context(websocket(anna.url))), Paper(stack.enter_context(websocket(ben.url)))
    of_anna.draw("a", 10)
    of_ben.becomes(10)
    of_ben.draw("b", 20)
    of_anna.has(10, 20)
    of_anna.undo()
    of_anna.becomes(20)
    assert "nothing of yours left" in of_anna.undo()
    assert of_anna.at() == [20]
    of_anna.redo()
    of_ben.has(10, 20)
    of_anna.has(10, 20)
    of_anna.do("move", marks=[of_anna.id_at(10)], x=5, y=0)
    of_anna.has(15, 20)
