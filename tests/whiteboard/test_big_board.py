"""A board on which 50,000 strokes have been drawn: one joins it, and draws on it as on an empty one.

Of a group 5,000 are enough, whose strokes take the same ways, and each a signature. PEERAPI_BIG_GROUP=50000 has as
many of them, too (``make big-board``).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from samples_c.processes import Program
from tests.whiteboard.boards import BoardProcess, joined
from tests.whiteboard.browser import Person
from tests.whiteboard.wire import websocket

pytestmark = pytest.mark.long(minutes=4)

COUNT = 50_000
IN_A_GROUP = int(os.environ.get("PEERAPI_BIG_GROUP", "5000"))
FOUNDER = """
import sys, uuid, random, datetime, trio, peerapi
from peerapi.whiteboard import marks
from peerapi.whiteboard.source import Reach, new_graph, new_group

async def main(kind, count):
    reach = Reach(here=True)
    source = new_graph("big", "filler", reach) if kind == "graph" else await new_group("big", "filler", reach)
    chance, year = random.Random(15), datetime.timedelta(days=300)
    async with await source.open() as graph:
        if kind == "graph":
            addresses = await graph.listen(scope=peerapi.Scope.LOOPBACK)
        else:
            await graph.connect()
            addresses = graph.addresses
        page = await graph.add(marks.PAGE, marks.Page("P").encode(), expires=year)
        def stroke():
            x, y = chance.randrange(700), chance.randrange(500)
            dots = tuple((x + 3 * k, y + (k * k) % 50) for k in range(20))
            return peerapi.Draft(marks.STROKE, marks.Stroke(page, "crimson", 3, dots).encode(), {}, year)
        await graph.add_many(stroke() for _ in range(count))
        print("invitation", source.invitation(addresses), flush=True)
        await trio.sleep_forever()

trio.run(main, sys.argv[1], int(sys.argv[2]))
"""
WATCH = """() => {
    window.inked = window.made = 0;
    new MutationObserver((all) => { for (const one of all) made += one.addedNodes.length; }).observe(
        document.getElementById('drawn'), { childList: true });
}"""
"Counts what the page draws on the bitmap, as ``LOADED`` does, and writes into the document from now on."


LOADED = """() => {
    window.inked = window.painted = 0;
    const stroke = CanvasRenderingContext2D.prototype.stroke;
    CanvasRenderingContext2D.prototype.stroke = function (...any) { inked++; return stroke.apply(this, any); };
    const post = Worker.prototype.postMessage;
    Worker.prototype.postMessage = function (message, ...any) {
        painted += message.marks?.length ?? 0;
        return post.call(this, message, ...any);
    };
    window.told = 0;
    const socket = WebSocket;
    window.WebSocket = class extends socket {
        constructor(...any) {
            super(...any);
            this.addEventListener('message', ({ data }) => { told += data.length; });
        }
    };
}"""
"Counts, from before the page's own scripts run, what is drawn by the page, what by its worker, and what it is told."
A_STROKE = 250
"Characters by which a page is told of a stroke of 20 dots, at most."


@contextmanager
def big_board(kind: str, folder: Path, count: int = COUNT) -> Iterator[BoardProcess]:
    """A board that has joined one with so many strokes, drawn before it came."""
    founder = Program([sys.executable, "-c", FOUNDER, kind, str(count)], folder / "founder")
    board = None
    try:
        invitation = founder.wait_for("invitation ", 900).split()[1]
        board = joined(folder / "ann", "ann", invitation)
        yield board
    finally:
        if board:
            board.stop()
        founder.process.kill()
        founder.process.wait(60)
        founder.stop()


@pytest.fixture(scope="module")
def big(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BoardProcess]:
    """A board in a graph: one for all tests, for many strokes take their time."""
    with big_board("graph", tmp_path_factory.mktemp("graph")) as board:
        yield board


def test_a_page_of_50_000_is_drawn_once_and_a_stroke_on_it_costs_what_it_costs_alone(
    browser: Browser, big: BoardProcess
) -> None:
    person = Person(browser, big.url)
    person.context.set_default_timeout(900_000)
    person.wait_for_marks(COUNT)
    person.page.wait_for_function("() => document.documentElement.whiteboard.settled")
    person.context.add_init_script(f"({LOADED})()")
    person.page.reload()
    person.wait_for_marks(COUNT)
    person.page.wait_for_function("() => document.documentElement.whiteboard.settled")
    assert person.page.evaluate("() => [inked, painted]") == [0, COUNT]
    assert person.page.evaluate("() => told") < COUNT * A_STROKE
    person.page.evaluate(WATCH)
    person.draw((100, 100), (200, 200), (300, 300))
    person.wait_for_marks(COUNT + 1)
    person.page.wait_for_function("() => document.documentElement.whiteboard.settled")
    assert person.page.evaluate("() => made") == 1
    assert person.page.evaluate("() => inked") == 1
    # Only what lies under an erased stroke is drawn anew.
    person.take("erase")
    person.page.mouse.click(*person.spot(300, 300))
    person.wait_for_marks(COUNT)
    person.page.wait_for_function("() => document.documentElement.whiteboard.settled")
    assert 1 < person.page.evaluate("() => inked") < COUNT // 2
    assert person.console == []
    person.context.close()


def told(board: BoardProcess, count: int, meanwhile: Callable[[], None] = lambda: None) -> None:
    """A page that comes is told of so many strokes, while another one is open that does not read."""
    with websocket(board.url) as page:
        page.wait_until("state", lambda state: state["ready"], 900)
        with websocket(board.url) as again:
            found = 0
            while (news := again.next())["is"] != "whole" or found < count:
                found = 0 if news["is"] == "begin" else found + (news["is"] == "mark")
        assert found == count
        meanwhile()


def test_one_joins_a_board_with_50_000_records_which_ends_although_a_page_is_open(big: BoardProcess) -> None:
    told(big, COUNT, big.end)


def test_one_joins_a_board_of_a_group(tmp_path: Path) -> None:
    with big_board("group", tmp_path, IN_A_GROUP) as board:
        told(board, IN_A_GROUP)
        board.end()
