"""Boards together, in a real browser and in C: everybody sees the same picture, also those who were away."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from xml.etree import ElementTree

import pytest
from playwright.sync_api import Browser

from samples_c.processes import Program
from tests.support.ports import free_ports
from tests.whiteboard.boards import BoardProcess, joined, new_board
from tests.whiteboard.browser import Person

SVG = "{http://www.w3.org/2000/svg}"
GRAPH = "card"


class Table:
    """The C whiteboard and chat, which have made a graph, and two people who have joined it with their browsers."""

    def __init__(self, stack: ExitStack, browser: Browser, programs: dict[str, Path], folder: Path) -> None:
        port, chat_port = free_ports(2)
        self.folder = folder
        self.picture = folder / "ann.svg"
        self.ann = Program([programs["whiteboard"], self.picture, "create", GRAPH, "ann", str(port)], folder / "ann")
        stack.callback(self.ann.stop)
        self.ann.wait_for("* synchronized")
        self.ben = self.board(stack, "Ben", f"{GRAPH}@[::1]:{port}")
        self.cleo = self.board(stack, "Cleo", self.ben.invitation)
        arguments = ["join", GRAPH, "dan", "::1", str(port), str(chat_port)]
        self.dan = Program([programs["graph_chat"], *arguments], folder / "dan")
        stack.callback(self.dan.stop)
        self.dan.wait_for("* synchronized")
        self.at_ben, self.at_cleo = Person(browser, self.ben.url), Person(browser, self.cleo.url)

    def board(self, stack: ExitStack, name: str, invitation: str) -> BoardProcess:
        board = joined(self.folder / name, name, invitation)
        stack.callback(board.stop)
        return board

    def wait_for_marks(self, count: int) -> None:
        for person in (self.at_ben, self.at_cleo):
            person.wait_for_marks(count)
        self.ann.wait_for(f"* board: 1 pages, {count} strokes")

    def assert_all_equal(self) -> None:
        """The browsers' paper, the pictures that they save, and the C program's are one and the same."""
        picture = self.picture.read_bytes()
        for person in (self.at_ben, self.at_cleo):
            with person.page.expect_download() as download:
                person.page.click("#save-svg")
            assert Path(download.value.path()).read_bytes() == picture
        assert self.at_ben.shapes() == self.at_cleo.shapes() == shapes_of(picture)


def shapes_of(picture: bytes) -> list[list[str | None]]:
    """What a picture of one page shows, as ``Person.shapes`` has it."""
    page = next(iter(ElementTree.fromstring(picture).iter(f"{SVG}svg"))).findall(f"{SVG}svg")[0]
    names = ("stroke", "stroke-width", "points", "x", "y", "font-size", "fill")
    marks = [one for one in page if one.tag in (f"{SVG}polyline", f"{SVG}text")]
    return [[one.tag.removeprefix(SVG), one.text or "", *(one.get(name) for name in names)] for one in marks]


@pytest.fixture
def table(browser: Browser, programs: dict[str, Path], tmp_path: Path) -> Iterator[Table]:
    with ExitStack() as stack:
        table = Table(stack, browser, programs, tmp_path)
        yield table
        assert (table.at_ben.console, table.at_cleo.console) == ([], [])
        table.ann.leave("quit")
        table.dan.leave("/quit")
        table.ben.end()
        table.cleo.end()


def test_two_browsers_and_the_c_program_show_one_picture_also_after_somebody_was_away(
    table: Table, screenshots: Path
) -> None:
    ann, ben, cleo = table.ann, table.at_ben, table.at_cleo
    ann.tell("page For Dora's <birthday>")
    for person in (ben, cleo):
        person.wait_for_words("#tabs button", "For Dora's <birthday>")

    # Each of the three draws, wipes and writes.
    ann.tell("pen navy 9", "stroke 100,100 300,120 280,300", "wipe 150,110", "pen teal 4", "text 500,80 from C & <C>")
    ben.take("pen", "crimson", 12)
    ben.draw((400, 300), (450, 250), (500, 300), (400, 420))
    ben.take("wipe", width=24)
    ben.draw((440, 320), (470, 330))
    cleo.take("pen", "mediumseagreen", 6)
    cleo.draw((50, 500), (750, 480))
    cleo.write(200, 200, 'Grüße & "alles" <Gute>')
    table.wait_for_marks(7)
    table.assert_all_equal()

    # Chat, with a C program that only chats; and who is here.
    ben.say("Who brings the cake?")
    table.dan.wait_for("Ben: Who brings the cake?")
    table.dan.tell("Ich: Käsekuchen 🎂")
    for person in (ben, cleo):
        person.wait_for_words("#lines li", "Who brings the cake?")
        person.wait_for_words("#lines li", "Ich: Käsekuchen 🎂")
        for name in ("Ben", "Cleo", "ann"):
            person.wait_for_words("#people li", name)
        person.page.wait_for_selector("#graph line >> nth=1", state="attached")  # three nodes: two links at least

    # Cleo goes away, and draws on. The others draw meanwhile.
    cleo.page.click("#online")
    cleo.wait_for_words("#status", "Offline")
    ben.page.wait_for_function(
        "() => ![...document.querySelectorAll('#people li')].some(one => one.textContent.includes('Cleo'))"
    )
    cleo.take("pen", "gold", 24)
    cleo.draw((600, 100), (650, 150))
    cleo.say("It is quiet here.")
    cleo.wait_for_marks(8)
    ben.take("pen", "hotpink", 6)
    ben.draw((100, 400), (200, 450), (300, 400))
    ann.tell("pen black 3", "stroke 10,10 20,20")
    ben.wait_for_marks(9)
    ann.wait_for("* board: 1 pages, 9 strokes")
    assert len(cleo.shapes()) == 8

    # Back again: all are equal.
    cleo.page.click("#online")
    table.wait_for_marks(10)
    ben.wait_for_words("#lines li", "It is quiet here.")
    table.dan.wait_for("Cleo: It is quiet here.")
    table.assert_all_equal()
    ben.picture(screenshots / "together.png")
    assert (screenshots / "together.png").stat().st_size > 10_000

    # Both ways to erase: the record is deleted, by somebody else than its author.
    ben.take("erase")
    ben.page.mouse.click(*ben.spot(400, 490))  # on Cleo's long line
    table.wait_for_marks(9)
    table.assert_all_equal()


def test_shapes_notes_and_what_was_selected_are_what_the_c_program_shows_too(table: Table) -> None:
    ann, ben, cleo = table.ann, table.at_ben, table.at_cleo
    ann.tell("page Plan")
    for person in (ben, cleo):
        person.wait_for_words("#tabs button", "Plan")
    for number, kind in enumerate(("arrow", "rectangle", "ellipse"), 1):
        ben.page.select_option("#figure", kind)
        ben.draw((50 * number, 100), (50 * number + 40, 160))
        ben.wait_for_marks(number)
    cleo.page.select_option("#figure", "note")
    cleo.page.mouse.click(*cleo.spot(400, 100))
    cleo.page.keyboard.type("Cake")
    cleo.page.keyboard.press("Enter")
    table.wait_for_marks(5)
    table.assert_all_equal()

    # In a plain graph anybody changes anything.
    ben.take("move")
    ben.draw((10, 10), (700, 500))
    ben.wait_for_words("#selected-count", "5 marks")
    ben.page.locator("#colours input[value='crimson']").click()
    cleo.page.wait_for_function(
        "() => document.querySelectorAll('#drawn > :is([stroke=crimson], [fill=crimson])').length === 5"
    )
    ben.page.click("#lock")
    ben.wait_for_words("#selected-count", "locked")
    ben.page.click("#lock")
    ben.page.click("#duplicate")
    table.wait_for_marks(10)
    table.assert_all_equal()


def test_a_stroke_is_seen_elsewhere_while_it_is_drawn(browser: Browser, tmp_path: Path) -> None:
    with ExitStack() as stack:
        anna = new_board(tmp_path / "anna", "Anna")
        stack.callback(anna.stop)
        ben = joined(tmp_path / "ben", "Ben", anna.invitation)
        stack.callback(ben.stop)
        at_anna, at_ben = Person(browser, anna.url), Person(browser, ben.url)
        at_anna.wait_for_words("#people li", "Ben")
        at_anna.take("pen", "crimson", 12)
        at_anna.draw((100, 100), (200, 200), (300, 100), up=False)
        points = "() => document.querySelector('#live > polyline')?.getAttribute('points') ?? ''"
        at_ben.page.wait_for_function(f"() => ({points})().includes('300,100')")
        assert at_ben.shapes() == []

        at_anna.page.mouse.up()

        at_ben.wait_for_marks(1)
        assert at_ben.page.evaluate(points) == ""
        assert at_anna.page.evaluate(points) == ""
        assert (at_anna.console, at_ben.console) == ([], [])
        ben.end()
        anna.end()
