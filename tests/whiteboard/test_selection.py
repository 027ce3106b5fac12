"""Shapes, notes and templates, and what is done with what is selected: all of it strokes and texts, as every program
shows them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4
from xml.etree import ElementTree

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from tests.whiteboard.boards import BoardProcess, joined, new_board
from tests.whiteboard.browser import Person, begin
from tests.whiteboard.test_layout import OUTSIDE, TOUCH
from tests.whiteboard.wire import Socket, websocket

LINE = {"colour": "navy", "width": 4, "dots": [[10, 20], [110, 20]]}
WORDS = {"colour": "black", "size": 20, "x": 10, "y": 50, "words": "Hello\nyou"}


# ---- what a page asks ----


@pytest.fixture
def paper(board: BoardProcess) -> Iterator[Socket]:
    with websocket(board.url) as page:
        page.wait_for("whole")
        yield page


def page_of(paper: Socket, name: str) -> str:
    paper.do("page", name=name)
    return str(paper.wait_until("page", lambda news: news["name"] == name)["id"])


def put(paper: Socket, page: str, *marks: dict[str, Any], live: str = "") -> list[dict[str, Any]]:
    """In the order of drawing."""
    paper.do("put", page=page, live=live or uuid4().hex, marks=list(marks), number=1)
    found = [paper.wait_until("mark", lambda news: news["page"] == page) for _ in marks]
    return sorted(found, key=lambda one: str(one["order"]))


def test_what_is_put_on_a_page_at_once_lies_in_that_order_and_is_one_step(paper: Socket) -> None:
    page = page_of(paper, "put")
    lines = [{**LINE, "width": width} for width in range(1, 51)]
    found = put(paper, page, *lines, WORDS, live="k")
    assert [one.get("width") for one in found] == [*range(1, 51), None]
    assert {one["gesture"] for one in found} == {"k"}
    paper.do("put", page=page, live="k", marks=[LINE], number=2)  # asked for once more: it is there already
    paper.wait_until("done", lambda news: news["number"] == 2)
    paper.do("undo", page=page)
    assert {paper.wait_for("gone")["id"] for _ in found} == {one["id"] for one in found}
    paper.do("redo", page=page)
    again = [paper.wait_for("mark") for _ in found]
    assert sorted(one["order"] for one in again) == [one["order"] for one in found]


def test_marks_are_recoloured_and_made_larger_and_that_is_undone(paper: Socket) -> None:
    page = page_of(paper, "change")
    line, words = put(paper, page, LINE, WORDS)
    ids = [line["id"], words["id"]]

    def changed() -> dict[str, dict[str, Any]]:
        return {one["id"]: one for one in (paper.wait_for("mark"), paper.wait_for("mark"))}

    paper.do("recolour", marks=ids, colour="#ff0000")
    assert {one["colour"] for one in changed().values()} == {"#ff0000"}
    paper.do("reshape", marks=ids, x=10, y=20, wide=2000, high=2000)
    after = changed()
    assert (after[ids[0]]["dots"], after[ids[0]]["width"]) == ([10, 20, 210, 20], 8)
    assert (after[ids[1]]["x"], after[ids[1]]["y"], after[ids[1]]["size"]) == (10, 80, 40)
    paper.do("reshape", marks=ids, x=10, y=20, wide=500, high=1000)
    after = changed()
    assert (after[ids[0]]["dots"], after[ids[0]]["width"]) == ([10, 20, 110, 20], 8)
    for _ in range(3):
        paper.do("undo", page=page)
        after = changed()
    assert after == {line["id"]: line, words["id"]: words}


def test_a_mark_goes_no_farther_and_grows_no_larger_than_records_have_room_for(paper: Socket) -> None:
    page = page_of(paper, "bounds")
    line, words = put(paper, page, {**LINE, "dots": [[0, 0], [32767, -32768]]}, {**WORDS, "size": 300})
    paper.do("reshape", marks=[line["id"], words["id"]], x=0, y=0, wide=100_000, high=100_000)
    after = {one["id"]: one for one in (paper.wait_for("mark"), paper.wait_for("mark"))}
    assert after[line["id"]]["dots"] == [0, 0, 32767, -32768]
    assert after[words["id"]]["size"] == 300


def test_what_is_locked_stays_as_it_is_until_it_is_unlocked(paper: Socket, board: BoardProcess) -> None:
    page = page_of(paper, "lock")
    (line, words) = put(paper, page, LINE, WORDS)
    paper.do("lock", marks=[line["id"], words["id"]], locked=True)
    locked = [paper.wait_for("mark"), paper.wait_for("mark")]
    assert all(one["locked"] for one in locked)
    assert sorted(one["order"] for one in locked) == [line["order"], words["order"]]
    asked: list[dict[str, Any]] = [
        {"do": "erase", "marks": [line["id"]]},
        {"do": "move", "marks": [line["id"]], "x": 1, "y": 1},
        {"do": "recolour", "marks": [line["id"]], "colour": "red"},
        {"do": "reshape", "marks": [line["id"]], "x": 0, "y": 0, "wide": 2000, "high": 2000},
        {"do": "edit", "mark": words["id"], "colour": "red", "size": 20, "words": "x"},
    ]
    for one in asked:
        paper.do(one.pop("do"), **one)
        assert "unlock it first" in paper.wait_for("refused")["why"]
    with websocket(board.url) as again:  # a page that comes later is told so, too
        assert again.wait_until("mark", lambda news: news["id"] == line["id"])["locked"]
    paper.do("lock", marks=[line["id"]], locked=False)
    assert "locked" not in paper.wait_for("mark")
    paper.do("erase", marks=[line["id"]])
    assert paper.wait_for("gone")["id"] == line["id"]


def test_of_several_marks_those_of_others_stay_and_the_own_ones_change(tmp_path: Path) -> None:
    anna = new_board(tmp_path / "anna", "Anna")
    try:
        ben = joined(tmp_path / "ben", "Ben", anna.invitation)
        try:
            with websocket(anna.url) as at_anna, websocket(ben.url) as at_ben:
                page = at_ben.wait_for("page")["id"]
                (of_anna,) = put(at_anna, page, LINE)
                at_ben.wait_for("mark")
                (of_ben,) = put(at_ben, page, LINE)
                at_ben.do("recolour", marks=[of_anna["id"], of_ben["id"]], colour="red")
                told = [at_ben.next(), at_ben.next()]
                while {"mark", "refused"} - {one["is"] for one in told}:  # in any order
                    told.append(at_ben.next())
                (changed,) = [one for one in told if one["is"] == "mark"]
                assert (changed["id"], changed["colour"]) == (of_ben["id"], "red")
                assert "only who has made it" in next(one["why"] for one in told if one["is"] == "refused")
                at_ben.do("undo", page=page)
                assert at_ben.wait_for("mark")["colour"] == "navy"
            ben.end()
        finally:
            ben.stop()
        anna.end()
    finally:
        anna.stop()


# ---- with the mouse ----


def shape(anna: Person, kind: str, *points: tuple[float, float]) -> None:
    anna.page.select_option("#figure", kind)
    anna.draw(*points)


def points(anna: Person) -> list[list[tuple[int, ...]]]:
    """The dots of each stroke; the last one, which is there twice, once."""
    found = [one[4] for one in anna.shapes() if one[0] == "polyline"]
    return [[tuple(map(int, dot.split(","))) for dot in (one or "").split()][:-1] for one in found]


def near(found: list[tuple[int, ...]], wanted: list[tuple[int, int]]) -> bool:
    return len(found) == len(wanted) and all(
        abs(x - u) <= 2 and abs(y - v) <= 2 for (x, y), (u, v) in zip(found, wanted, strict=True)
    )


def test_lines_arrows_rectangles_and_ellipses_are_strokes(anna: Person) -> None:
    shape(anna, "rectangle", (100, 100), (150, 180), (300, 200))
    anna.wait_for_marks(1)
    assert near(points(anna)[0], [(100, 100), (300, 100), (300, 200), (100, 200), (100, 100)])
    shape(anna, "line", (400, 100), (500, 200))
    anna.wait_for_marks(2)
    assert near(points(anna)[1], [(400, 100), (500, 200)])
    shape(anna, "arrow", (100, 300), (300, 300))
    anna.wait_for_marks(3)
    tail, tip, one, _, other = points(anna)[2]
    assert near([tail, tip], [(100, 300), (300, 300)])
    assert one[0] < tip[0] and other[0] < tip[0] and (one[1] - 300) * (other[1] - 300) < 0
    shape(anna, "ellipse", (400, 300), (600, 400))
    anna.wait_for_marks(4)
    outline = points(anna)[3]
    assert len(outline) == 49 and near([(max(outline)[0], 0)], [(600, 0)]) and near([(min(outline)[0], 0)], [(400, 0)])
    anna.page.keyboard.down("Shift")
    shape(anna, "rectangle", (650, 450), (700, 550))
    anna.page.keyboard.up("Shift")
    anna.wait_for_marks(5)
    assert near(points(anna)[4][:3], [(650, 450), (750, 450), (750, 550)])
    anna.draw((700, 100))  # a click is none
    anna.page.keyboard.press("Control+z")
    anna.wait_for_marks(4)


def test_a_note_is_paper_with_words_that_fit_and_moves_as_one(anna: Person) -> None:
    anna.page.select_option("#figure", "note")
    anna.page.mouse.click(*anna.spot(200, 200))
    anna.page.keyboard.type("Bring the cake, the candles, and a song for Grandmother Wilhelmina")
    anna.page.keyboard.press("Enter")
    anna.wait_for_marks(2)
    paper, words = anna.shapes()
    assert (paper[0], paper[2], words[0], words[8]) == ("polyline", "#ffec99", "text", "black")
    anna.take("move")
    anna.draw((210, 210), (310, 310))
    anna.page.wait_for_function(
        "x => Number(document.querySelector('#drawn text').getAttribute('x')) > x + 90", arg=float(words[5] or 0)
    )
    moved = points(anna)[0][0]
    assert near([moved], [(312, 312)])
    anna.page.keyboard.press("Control+z")
    anna.page.wait_for_function(
        "x => Number(document.querySelector('#drawn text').getAttribute('x')) === x", arg=float(words[5] or 0)
    )


def test_a_note_that_is_not_wanted_is_dropped(anna: Person) -> None:
    anna.page.select_option("#figure", "note")
    anna.page.mouse.click(*anna.spot(200, 200))
    anna.page.keyboard.press("Escape")
    anna.page.wait_for_function("() => document.querySelector('#live').children.length === 0")
    anna.draw((100, 100), (150, 150))  # and again, without words
    anna.page.keyboard.press("Enter")
    anna.wait_for_marks(1)


def test_several_marks_are_selected_moved_made_larger_recoloured_copied_and_taken_away(
    anna: Person, screenshots: Path
) -> None:
    anna.take("pen", "navy", 3)
    anna.draw((100, 100), (200, 100))
    anna.draw((100, 200), (200, 200))
    anna.draw((600, 500), (700, 500))
    anna.wait_for_marks(3)
    anna.take("move")
    anna.draw((50, 50), (150, 150), (250, 250))  # around two of them
    anna.wait_for_words("#selected-count", "2 marks")
    anna.draw((150, 100), (200, 150))
    anna.page.wait_for_function(
        "places => places === `${[...document.querySelectorAll('#drawn > *')].map(one => "
        "one.getAttribute('points').split(' ')[0])}`",
        arg="150,150,150,250,600,500",
    )
    assert near(points(anna)[1], [(150, 250), (250, 250)])

    corner = anna.page.locator("#selected [data-corner='2']").bounding_box()
    assert corner
    x, y = corner["x"] + corner["width"] / 2, corner["y"] + corner["height"] / 2
    first = anna.page.locator("#selected [data-corner='0']").bounding_box()
    assert first
    anna.page.mouse.move(x, y)
    anna.page.mouse.down()
    anna.page.mouse.move(2 * x - first["x"], 2 * y - first["y"])
    anna.page.mouse.up()
    anna.page.wait_for_function("() => Number(document.querySelector('#drawn > *').getAttribute('stroke-width')) === 6")
    left, right = points(anna)[0]
    assert abs(right[0] - left[0] - 200) <= 12

    anna.page.locator("#colours input[value='crimson']").click()
    anna.page.wait_for_function("() => document.querySelectorAll('#drawn > [stroke=crimson]').length === 2")
    anna.wait_for_words("#selected-count", "2 marks")  # still
    anna.page.click("#duplicate")
    anna.wait_for_marks(5)
    anna.wait_for_words("#selected-count", "2 marks")
    anna.picture(screenshots / "selection.png")
    with anna.page.expect_download() as download:
        anna.page.click("#save-selection-svg")
    saved = ElementTree.parse(download.value.path()).getroot()
    assert [one.get("stroke") for one in saved] == ["crimson", "crimson"]
    with anna.page.expect_download() as download:
        anna.page.click("#save-selection-png")
    assert Path(download.value.path()).read_bytes().startswith(b"\x89PNG")
    anna.page.click("#take-away")
    anna.wait_for_marks(3)
    assert anna.page.locator("#selection").is_hidden()
    for _ in range(5):
        anna.page.keyboard.press("Control+z")
    anna.page.wait_for_function(
        "() => document.querySelector('#drawn > *')?.getAttribute('points').startsWith('100,100')"
    )
    assert near(points(anna)[0], [(100, 100), (200, 100)])


def test_with_shift_one_adds_to_what_is_selected_and_copies_go_to_other_pages(anna: Person) -> None:
    anna.draw((100, 100), (200, 100))
    anna.draw((100, 300), (200, 300))
    anna.wait_for_marks(2)
    anna.take("move")
    anna.page.mouse.click(*anna.spot(150, 100))
    anna.wait_for_words("#selected-count", "1 mark")
    anna.page.keyboard.down("Shift")
    anna.page.mouse.click(*anna.spot(150, 300))
    anna.wait_for_words("#selected-count", "2 marks")
    anna.page.keyboard.up("Shift")
    anna.page.keyboard.press("Control+c")
    begin(anna, "copies")
    anna.page.locator("#paper").focus()
    anna.page.keyboard.press("Control+v")
    anna.wait_for_marks(2)
    assert near(points(anna)[0], [(120, 120), (220, 120)])


def test_what_is_locked_is_not_taken_by_the_eraser(anna: Person) -> None:
    anna.draw((100, 100), (200, 100))
    anna.wait_for_marks(1)
    anna.take("move")
    anna.page.mouse.click(*anna.spot(150, 100))
    anna.page.click("#lock")
    anna.wait_for_words("#selected-count", "locked")
    anna.take("erase")
    anna.page.mouse.click(*anna.spot(150, 100))
    anna.told("unlock it first")
    anna.take("move")
    anna.page.mouse.click(*anna.spot(150, 100))
    anna.page.click("#lock:text-is('Unlock')")
    anna.page.wait_for_selector("#lock:text-is('Lock')")
    anna.page.keyboard.press("Delete")
    anna.page.locator("#paper").focus()
    anna.page.keyboard.press("Delete")
    anna.wait_for_marks(0)


def test_a_page_is_begun_with_a_template(anna: Person, screenshots: Path) -> None:
    names = anna.page.eval_on_selector_all("#template option", "all => all.map(one => one.label).slice(1)")
    assert len(names) >= 5
    for name in names:
        begin(anna, f"as {name}"[:50])
        anna.page.select_option("#template", name)
        anna.page.wait_for_function("() => document.querySelectorAll('#drawn > *').length > 2")
        anna.picture(screenshots / f"template-{name.replace(' ', '-').lower()}.png")
        for box in anna.page.evaluate(
            "() => [...document.querySelectorAll('#drawn > polyline')].map(one => one.getAttribute('points'))"
        ):
            assert all(0 <= int(x) <= 800 and 0 <= int(y) <= 600 for x, y in (dot.split(",") for dot in box.split()))


# ---- with the keyboard, and for everybody ----


def test_all_of_it_is_done_with_the_keyboard(anna: Person) -> None:
    anna.page.locator("#paper").focus()
    keys = anna.page.keyboard
    keys.press("r")
    keys.press("Space")
    for key in ("ArrowRight", "ArrowRight", "ArrowDown"):
        keys.press(key)
    keys.press("Space")
    anna.wait_for_marks(1)
    assert points(anna)[0] == [(400, 300), (440, 300), (440, 320), (400, 320), (400, 300)]
    keys.press("m")
    keys.press("Space")  # the cross is at the corner
    anna.wait_for_words("#selected-count", "1 mark")
    anna.wait_for_words("#news p", "1 mark selected")
    keys.press("ArrowLeft")
    anna.page.wait_for_function(
        "() => document.querySelector('#drawn > *').getAttribute('points').startsWith('380,300')"
    )
    keys.press("+")
    anna.page.wait_for_function(
        "() => document.querySelector('#drawn > *').getAttribute('points').split(',')[0] !== '380' || "
        "document.querySelector('#drawn > *').getAttribute('stroke-width') === '7'"
    )
    keys.press("Control+d")
    anna.wait_for_marks(2)
    keys.press("Delete")
    anna.wait_for_marks(1)
    keys.press("Control+a")
    anna.wait_for_words("#selected-count", "1 mark")
    keys.press("Escape")
    assert anna.page.locator("#selection").is_hidden()
    anna.page.locator("#contents summary").focus()
    keys.press("Enter")
    anna.page.locator("#marks button", has_text="Select").focus()
    keys.press("Enter")
    anna.wait_for_words("#selected-count", "1 mark")
    keys.press("Delete")
    anna.wait_for_marks(0)
    keys.press("n")
    keys.press("Space")
    keys.press("Space")
    keys.type("By keys")
    keys.press("Enter")
    anna.wait_for_marks(2)


@pytest.mark.parametrize(
    "look",
    [{}, {"color_scheme": "dark"}, {"viewport": {"width": 320, "height": 568}, **TOUCH}],
    ids=["light", "dark", "phone"],
)
def test_axe_finds_nothing_serious_where_something_is_selected(
    browser: Browser, board: BoardProcess, look: dict[str, Any], screenshots: Path
) -> None:
    person = Person(browser, board.url, bypass_csp=True, **look)
    begin(person, f"axe {len(look)} {look.get('color_scheme', '')}")
    person.page.select_option("#template", "Notes")
    person.page.wait_for_function("() => document.querySelectorAll('#drawn > *').length > 2")
    person.page.locator("#duplicate").wait_for()
    person.page.evaluate("() => (document.querySelector('#contents').open = true)")
    person.picture(screenshots / f"selected-{len(look)}-{look.get('color_scheme', 'light')}.png")
    found = Axe().run(person.page).response["violations"]
    serious = [one for one in found if one["impact"] in ("serious", "critical")]
    assert [(one["id"], one["help"], [node["html"] for node in one["nodes"]]) for one in serious] == []
    assert person.page.evaluate(OUTSIDE) == []
    assert person.console == []
    person.context.close()
