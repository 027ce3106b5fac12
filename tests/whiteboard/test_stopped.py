"""When the program goes away or stands still, the page says so within three seconds, and nothing that was typed or
drawn is lost: it is kept, and stored when the program is back, once."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser

from tests.whiteboard.boards import BoardProcess, new_board
from tests.whiteboard.browser import Person
from tests.whiteboard.wire import Socket, websocket

GREEN = "() => document.querySelector('#online').getAttribute('aria-checked') === 'true'"
SAYS = "words => document.querySelector('#status').textContent.includes(words)"


@contextmanager
def anna(folder: Path) -> Iterator[BoardProcess]:
    board = new_board(folder, "Anna")
    try:
        yield board
    finally:
        board.process.send_signal(signal.SIGCONT)
        board.process.kill()
        board.process.wait(60)
        board.stop()


def test_a_program_that_stands_still_is_noticed_within_three_seconds(browser: Browser, tmp_path: Path) -> None:
    """The page's clock is ours: three seconds pass for it, and no more."""
    with anna(tmp_path) as board:
        person = Person(browser, board.url)
        person.page.clock.install()
        person.page.reload()
        person.page.wait_for_function(SAYS, arg="You are Anna")
        os.kill(board.process.pid, signal.SIGSTOP)
        person.page.clock.run_for(3000)
        person.page.wait_for_function(SAYS, arg="does not answer")
        assert not person.page.evaluate(GREEN)
        assert person.page.is_disabled("#online")
        os.kill(board.process.pid, signal.SIGCONT)
        person.page.wait_for_function(SAYS, arg="You are Anna")
        assert person.page.evaluate(GREEN)
        person.context.close()


def test_a_program_that_was_killed_is_noticed(browser: Browser, tmp_path: Path) -> None:
    with anna(tmp_path) as board:
        person = Person(browser, board.url)
        board.process.kill()
        person.page.wait_for_function(SAYS, arg="has stopped")
        assert not person.page.evaluate(GREEN)
        person.context.close()


def test_what_is_done_while_the_program_is_away_is_stored_when_it_is_back_and_once(
    browser: Browser, tmp_path: Path
) -> None:
    with anna(tmp_path) as board:
        person = Person(browser, board.url)
        board.process.kill()
        board.process.wait(60)
        person.page.wait_for_function(SAYS, arg="has stopped")
        person.draw((100, 100), (200, 200), (300, 100))
        person.write(100, 400, "not lost")
        person.say("nor is this")
        person.page.fill("#page-name", "nor this page")
        person.page.press("#page-name", "Enter")
        person.told("This is kept here until it can.")
        again = BoardProcess(tmp_path, "open", "Birthday card")
        try:
            assert again.url == board.url
            person.page.wait_for_selector("#tabs button:has-text('nor this page')")
            person.wait_for_words("#lines li", "nor is this")
            person.page.click("#tabs button:has-text('Birthday card')")
            person.wait_for_marks(2)
            person.page.wait_for_function("() => document.documentElement.whiteboard.settled")
            with websocket(again.url) as page:
                told = []
                while not told or told[-1]["is"] != "whole":
                    told.append(page.next())
            kinds = sorted(one["is"] for one in told if one["is"] in ("mark", "line", "page"))
            assert kinds == ["line", "mark", "mark", "page", "page"]
            again.end()
        finally:
            again.stop()
        person.context.close()


def test_what_is_kept_survives_that_the_page_is_loaded_anew(browser: Browser, tmp_path: Path) -> None:
    with anna(tmp_path) as board:
        person = Person(browser, board.url)
        os.kill(board.process.pid, signal.SIGSTOP)
        person.say("said to nobody yet")
        person.page.evaluate("() => { window.before = true; }")
        person.page.on("dialog", lambda dialog: dialog.accept())
        kept = person.page.evaluate("() => sessionStorage.getItem(`kept:${location.pathname}`)")
        assert "said to nobody yet" in kept
        os.kill(board.process.pid, signal.SIGCONT)
        person.page.reload()
        person.wait_for_words("#lines li", "said to nobody yet")
        assert person.page.locator("#lines li").count() == 1
        person.context.close()


def test_what_is_asked_for_twice_is_done_once(tmp_path: Path) -> None:
    """A page that was not told asks again; what has no number is done each time, as the test shows."""
    with anna(tmp_path) as board, websocket(board.url) as page:
        for number in (1, 1):
            page.do("say", words="once", live="name-of-it", number=number)
            page.wait_for("done")
        for _ in range(2):
            page.do("say", words="twice", live="another")
            page.wait_for("line")
        with websocket(board.url) as other:
            words = []
            while (news := other.next())["is"] != "whole":
                words += [news["words"]] if news["is"] == "line" else []
        assert sorted(words) == ["once", "twice", "twice"]


MOVE = {"x": 10, "y": 0}
RESHAPE = {"x": 0, "y": 0, "wide": 2000, "high": 2000}


def begins_at(url: str) -> int:
    """Where the one stroke of a board begins, from the left."""
    with websocket(url) as page:
        mark = page.wait_for("mark")
        page.wait_for("whole")
    begin: int = mark["dots"][0]
    return begin


def test_a_mark_is_moved_and_made_larger_once_also_by_a_program_that_was_started_anew(tmp_path: Path) -> None:
    """A page that was not told asks again. Without the name of the step it is done each time, as the test shows."""
    with anna(tmp_path) as board:
        with websocket(board.url) as page:
            number = page.wait_for("page")["id"]
            page.wait_for("whole")
            page.do("stroke", page=number, live="k", colour="navy", width=3, dots=[[100, 100], [200, 100]])
            some = [page.wait_for("mark")["id"]]
            asked = [("move", MOVE, "-1"), ("move", MOVE, "-2"), ("reshape", RESHAPE, "-3"), ("lock", {}, "")]

            def ask_all(page: Socket) -> None:
                for number, (what, fields, step) in enumerate(asked, 1):
                    more = {"step": f"{'a' * 16}{step}"} if step else {"locked": False}
                    page.do(what, marks=some, number=number, **fields, **more)
                    page.wait_for("done")

            ask_all(page)
            assert begins_at(board.url) == 240
            ask_all(page)
            assert begins_at(board.url) == 240
        board.process.kill()
        board.process.wait(60)
        again = BoardProcess(tmp_path, "open", "Birthday card")
        try:
            with websocket(again.url) as page:
                page.wait_for("whole")
                ask_all(page)
                assert begins_at(again.url) == 240
                for number in (5, 5):
                    page.do("move", marks=some, number=number, **MOVE)
                    page.wait_for("done")
                assert begins_at(again.url) == 260
            again.end()
        finally:
            again.stop()


def test_a_step_of_another_page_is_done_and_what_is_undone_stays_undone(tmp_path: Path) -> None:
    with anna(tmp_path) as board, websocket(board.url) as page:
        number = page.wait_for("page")["id"]
        page.wait_for("whole")
        page.do("stroke", page=number, live="k", colour="navy", width=3, dots=[[100, 100], [200, 100]])
        some = [page.wait_for("mark")["id"]]
        for step, wanted in (("a" * 16 + "-7", 110), ("b" * 16 + "-1", 120), ("b" * 16 + "-2", 130)):
            page.do("move", marks=some, number=1, step=step, **MOVE)
            page.wait_for("done")
            assert begins_at(board.url) == wanted
        page.do("undo", page=number)
        page.wait_until("mark", lambda mark: mark["dots"][0] == 120)
        page.do("move", marks=some, number=1, step="b" * 16 + "-2", **MOVE)
        page.wait_for("done")
        assert begins_at(board.url) == 120
