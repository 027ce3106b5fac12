"""What lies beside inputs that once went wrong: names of every kind, several boards, the same thing twice at once, a
program that is killed, a browser that goes back and forward."""

from __future__ import annotations

import base64
import quopri
import re
import textwrap
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from peerapi.whiteboard.invitation import NotAnInvitation, parse
from tests.whiteboard.boards import BoardProcess, joined, new_board
from tests.whiteboard.browser import Person
from tests.whiteboard.test_second_day import run
from tests.whiteboard.wire import websocket

NAMES = {
    "an emoji of several": "👩‍👩‍👧‍👦 Müller",
    "from right to left": "مرحبا بكم",
    "combined": "é̩̃ Zoë",
    "markup": '<b>Ann</b> &amp; "Co" \'',
    "of a shell": "$(reboot) `x` \\ ; --name",
    "50 of the longest": "😀" * 25,
}


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.mark.parametrize("kind", NAMES)
def test_a_name_and_a_title_of_every_kind_are_shown_as_they_are(
    stack: ExitStack, browser: Browser, tmp_path: Path, kind: str
) -> None:
    board = new_board(tmp_path, NAMES[kind], f"{NAMES[kind]}!")
    stack.callback(board.stop)
    person = Person(browser, board.url)
    stack.callback(person.context.close)
    person.wait_for_words("#status", f"You are {NAMES[kind]}")
    assert person.page.inner_text("#title") == f"{NAMES[kind]}!"
    person.say("hello")
    person.wait_for_words("#lines .who", NAMES[kind])
    assert parse(board.invitation).title == f"{NAMES[kind]}!"
    assert person.console == []
    board.end()
    assert run(tmp_path, "list")[1].count("\n") == 1
    again = BoardProcess(tmp_path, "open", f"{NAMES[kind]}!")
    stack.callback(again.stop)
    again.end()


@pytest.mark.parametrize("name", ["", " ", "a\nb", "a\tb", "\x1b[31m", "\u200b", "\u202e", "x" * 51])
def test_a_name_that_shows_nothing_or_turns_the_line_about_is_refused(tmp_path: Path, name: str) -> None:
    for words in (["--new", "Card", "--name", name], ["--new", name * 3, "--name", "Anna"]):
        code, said, complaint = run(tmp_path, "--here", *words)
        assert (code, said) == (2, "")
        assert re.fullmatch(r"Usage: .*\nTry .*\n\n?Error: .*\n", complaint), complaint
    assert not (tmp_path / "identities").exists()


def test_several_boards_of_one_user_are_open_at_once_and_each_is_itself(stack: ExitStack, tmp_path: Path) -> None:
    boards = []
    for number in range(3):
        boards.append(new_board(tmp_path, "Anna", f"Card {number}"))
        stack.callback(boards[-1].stop)
    assert len({board.url for board in boards}) == 3
    for number, board in enumerate(boards):
        with websocket(board.url) as page:
            assert page.wait_for("state")["title"] == f"Card {number}"
    boards.append(BoardProcess(tmp_path, "open", "Card 1"))  # It is open already: a second program shares it.
    stack.callback(boards[-1].stop)
    with websocket(boards[-1].url) as page:
        assert page.wait_for("state")["title"] == "Card 1"
    assert len({board.url for board in boards}) == 4
    for board in reversed(boards):
        board.end()


def test_one_invitation_taken_twice_at_once_makes_one_board(stack: ExitStack, tmp_path: Path) -> None:
    """Two programs of one user take it: both show the one board, and the one who took it is one person on it."""
    anna = new_board(tmp_path / "Anna", "Anna")
    stack.callback(anna.stop)
    programs = []
    for _ in range(2):
        programs.append(joined(tmp_path / "Ben", "Ben", anna.invitation))
        stack.callback(programs[-1].stop)
    with websocket(programs[0].url) as first, websocket(programs[1].url) as second:
        page = first.wait_for("page")["id"]
        first.wait_for("whole")
        first.do("stroke", page=page, live="k", colour="navy", width=3, dots=[[1, 2]], number=1)
        first.wait_for("done")
        second.wait_for("mark")
        second.wait_until("people", lambda news: sorted(node["name"] for node in news["nodes"]) == ["Anna", "Ben"])
    for program in programs:
        program.end()
    assert run(tmp_path / "Ben", "list")[1].count("\n") == 1
    anna.end()


def test_two_people_of_one_name_are_two_at_a_board(stack: ExitStack, tmp_path: Path) -> None:
    anna = new_board(tmp_path / "1", "Anna")
    stack.callback(anna.stop)
    other = joined(tmp_path / "2", "Anna", anna.invitation)
    stack.callback(other.stop)
    with websocket(anna.url) as page:
        page.wait_until("people", lambda news: [node["name"] for node in news["nodes"]] == ["Anna", "Anna"])
        own = page.wait_until("people", lambda news: len(news["nodes"]) == 2)["nodes"]
        assert len({node["peer"] for node in own}) == 2
    other.end()
    anna.end()


def test_a_board_that_was_killed_is_opened_again_with_all_that_was_stored(stack: ExitStack, tmp_path: Path) -> None:
    board = new_board(tmp_path, "Anna")
    stack.callback(board.stop)
    with websocket(board.url) as page:
        number = page.wait_for("page")["id"]
        page.wait_for("whole")
        for stroke in range(20):
            page.do("stroke", page=number, live=f"k{stroke}", colour="navy", width=3, dots=[[stroke, 2]], number=stroke)
        for _ in range(20):
            page.wait_for("done")
        board.process.kill()
    board.process.wait(60)
    again = BoardProcess(tmp_path, "open", "Birthday")
    stack.callback(again.stop)
    assert again.url == board.url
    with websocket(again.url) as page:
        found = set()
        while (news := page.next())["is"] != "whole":
            found.add(news.get("gesture"))
    assert {f"k{stroke}" for stroke in range(20)} <= found
    again.end()


def test_back_forward_and_a_second_tab_show_the_same_drawing(
    stack: ExitStack, browser: Browser, tmp_path: Path
) -> None:
    board = new_board(tmp_path, "Anna")
    stack.callback(board.stop)
    person = Person(browser, board.url)
    stack.callback(person.context.close)
    person.draw((100, 100), (200, 200))
    person.wait_for_marks(1)
    person.page.goto("about:blank")
    person.page.go_back()
    person.wait_for_marks(1)
    person.page.go_forward()
    person.page.go_back()
    person.wait_for_marks(1)
    person.page.evaluate("() => { document.body.style.zoom = '1.5'; }")  # as Ctrl and + do it
    person.draw((300, 300), (400, 350))
    person.wait_for_marks(2)
    second = person.context.new_page()
    second.goto(board.url)
    second.wait_for_function("() => document.querySelectorAll('#drawn > *').length === 2")
    person.draw((500, 300), (550, 350))
    second.wait_for_function("() => document.querySelectorAll('#drawn > *').length === 3")
    found = [
        points.split()
        for points in second.evaluate(
            "() => [...document.querySelectorAll('#drawn > polyline')].map(one => one.getAttribute('points'))"
        )
    ]
    assert [tuple(map(round, map(float, one[0].split(",")))) for one in found][1:] == [(300, 300), (500, 300)]
    board.end()


# ---- invitations as letters carry them ----


@pytest.fixture(scope="module")
def invitation(tmp_path_factory: pytest.TempPathFactory) -> str:
    board = new_board(tmp_path_factory.mktemp("letters"), "Anna", "Grüße 🎂")
    try:
        board.end()
        return board.invitation
    finally:
        board.stop()


@pytest.mark.parametrize(
    "letter",
    [
        lambda word: textwrap.fill(word, 72),
        lambda word: "\r\n".join(textwrap.wrap(word, 60)),
        lambda word: "> " + "\n> ".join(textwrap.wrap(word, 50)) + "\n",
        lambda word: f"Dear Ben,\r\n\r\n  peerapi whiteboard --join {word}\r\n\r\nYours, Anna",
        lambda word: f"<{word}>",
        lambda word: f"“{word}”.",
        lambda word: f"\ufeff{word}\n\n-- \nAnna",
        lambda word: quopri.decodestring(quopri.encodestring(word.encode())).decode(),
        lambda word: word[:30] + "\u200b" + word[30:60] + "\u00ad" + word[60:],
    ],
)
def test_an_invitation_survives_the_mail(invitation: str, letter: object) -> None:
    assert callable(letter)
    assert str(parse(letter(invitation))) == invitation


@pytest.mark.parametrize("part", [0.1, 0.5, 0.9, 0.99])
def test_an_invitation_that_was_cut_says_so_and_is_not_guessed(invitation: str, part: float) -> None:
    with pytest.raises(NotAnInvitation) as refused:
        parse(invitation[: int(len(invitation) * part)])
    assert str(refused.value)
    middle = len(invitation) // 2
    with pytest.raises(NotAnInvitation):
        parse(invitation[: middle - 10] + invitation[middle:])


def test_an_invitation_that_is_a_file_is_none() -> None:
    for text in (base64.b64encode(b"GIF89a" * 99).decode(), "board-", "board-====", "board-" + "A" * 5000):
        with pytest.raises(NotAnInvitation):
            parse(text)
