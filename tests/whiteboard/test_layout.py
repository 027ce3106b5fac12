"""The page on screens of every size: nothing is cut off, one need not scroll where there is room, and fingers do what
fingers do. Each size leaves a picture, to be looked at."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.whiteboard.boards import BoardProcess, joined, new_board
from tests.whiteboard.browser import Fingers, Person, begin

pytestmark = pytest.mark.long(minutes=2)

TOUCH = {"has_touch": True, "is_mobile": True}
SIZES: dict[str, tuple[int, int, dict[str, Any]]] = {
    "phone-small": (320, 568, TOUCH),
    "phone": (390, 844, TOUCH),
    "phone-on-its-side": (844, 390, TOUCH),
    "tablet": (768, 1024, TOUCH),
    "laptop-narrow": (1024, 768, {}),
    "laptop": (1280, 800, {}),
    "laptop-low": (1366, 657, {}),
    "screen": (1920, 1080, {}),
    "dark": (1280, 800, {"color_scheme": "dark"}),
}
OUTSIDE = """() => [...document.querySelectorAll('body *')].filter(one => {
    const box = one.getBoundingClientRect();
    const scrolled = one.closest('.tabs, .unseen, .skip, svg, .toast');
    return !scrolled && box.width > 0 && (box.right > innerWidth + 0.5 || box.left < -0.5);
}).map(one => one.outerHTML.slice(0, 80))"""


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BoardProcess]:
    board = new_board(tmp_path_factory.mktemp("anna"), "Anna", "A birthday card for Grandmother Wilhelmina")
    try:
        yield board
        board.end()
    finally:
        board.stop()


@contextmanager
def at(browser: Browser, board: BoardProcess, size: str) -> Iterator[Person]:
    wide, high, more = SIZES[size]
    person = Person(browser, board.url, viewport={"width": wide, "height": high}, **more)
    yield person
    assert person.console == []
    person.context.close()


@pytest.mark.parametrize("size", SIZES)
def test_nothing_lies_outside_of_the_screen(
    browser: Browser, board: BoardProcess, size: str, screenshots: Path
) -> None:
    with at(browser, board, size) as person:
        begin(person, f"size {size}")
        person.draw((100, 100), (200, 200), (300, 100))
        person.write(100, 400, "Happy birthday, and many more to come")
        person.say("Who brings the cake, and who the candles?")
        person.wait_for_marks(2)
        person.wait_for_words("#lines li", "the candles?")
        person.picture(screenshots / f"size-{size}.png")
        person.page.screenshot(path=screenshots / f"size-{size}-whole.png", full_page=True)
        assert person.page.evaluate(OUTSIDE) == []
        assert person.page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
        person.page.click("#invite")
        person.picture(screenshots / f"size-{size}-invitation.png")
        assert person.page.evaluate(OUTSIDE) == []


@pytest.mark.parametrize("size", ["laptop", "laptop-low", "screen", "dark"])
def test_three_columns_need_no_scrolling(browser: Browser, board: BoardProcess, size: str) -> None:
    with at(browser, board, size) as person:
        for number in range(30):
            person.say(f"line {number}")
        person.wait_for_words("#lines li", "line 29")
        assert person.page.evaluate("() => document.documentElement.scrollHeight <= innerHeight")
        box = person.page.locator("#paper").bounding_box()
        assert box and box["y"] + box["height"] <= SIZES[size][1]
        assert box["width"] / box["height"] == pytest.approx(4 / 3, rel=0.01)


def test_two_fingers_enlarge_the_page_and_draw_nothing(browser: Browser, board: BoardProcess) -> None:
    with at(browser, board, "phone") as person:
        begin(person, "pinch")
        fingers = Fingers(person)
        fingers.touch("touchStart", (350, 300))
        fingers.touch("touchStart", (350, 300), (450, 300))
        fingers.touch("touchMove", (250, 300), (550, 300))
        fingers.touch("touchEnd")
        assert person.page.evaluate("() => Number.parseInt(document.querySelector('#scale').textContent)") > 200
        assert person.page.locator("#live > *").count() == 0
        fingers.touch("touchStart", (400, 300))
        fingers.touch("touchMove", (420, 320))
        fingers.touch("touchMove", (420, 380))
        fingers.touch("touchEnd")
        person.wait_for_marks(1)  # and one finger draws still, where it is on what is seen now


def test_a_wheel_with_ctrl_enlarges_around_the_pointer(browser: Browser, board: BoardProcess) -> None:
    with at(browser, board, "laptop") as person:
        begin(person, "wheel")
        person.draw((400, 300))
        person.wait_for_marks(1)
        x, y = person.spot(100, 100)
        person.page.mouse.move(x, y)
        person.page.keyboard.down("Control")
        person.page.mouse.wheel(0, -200)
        person.page.keyboard.up("Control")
        person.page.wait_for_function("() => document.querySelector('#paper').viewBox.baseVal.width < 400")
        person.page.mouse.move(x, y)
        person.page.mouse.down()
        person.page.mouse.up()
        person.wait_for_marks(2)
        x, y = map(int, (person.shapes()[-1][4] or "").split()[0].split(","))
        assert abs(x - 100) <= 1 and abs(y - 100) <= 1


SEEN = """() => {
    const { x, y, width, height } = document.querySelector('#paper').viewBox.baseVal;
    return [x, y, width, height];
}"""


def test_the_paper_goes_on_beyond_the_page(browser: Browser, board: BoardProcess) -> None:
    with at(browser, board, "laptop") as person:
        begin(person, "no edges")
        assert person.page.evaluate(SEEN) == [0, 0, 800, 600]
        person.page.mouse.move(*person.spot(400, 300))
        person.page.mouse.wheel(0, 1500)
        person.page.wait_for_function("() => document.querySelector('#paper').viewBox.baseVal.y > 700")
        person.draw((100, 100), (200, 200))
        person.wait_for_marks(1)
        person.write(300, 300, "Beyond")
        person.wait_for_marks(2)
        stroke, text = person.shapes()
        assert all(int(dot.split(",")[1]) > 700 for dot in (stroke[4] or "").split())
        assert int(text[6] or 0) > 900

        # With the middle button to the left of the page, and with the cross of the keyboard farther than is seen.
        person.page.click("#whole")
        assert person.page.evaluate(SEEN) == [0, 0, 800, 600]
        person.page.mouse.move(*person.spot(100, 100))
        person.page.mouse.down(button="middle")
        person.page.mouse.move(*person.spot(500, 100))
        person.page.mouse.up(button="middle")
        left = person.page.evaluate(SEEN)
        assert abs(left[0] + 400) < 3 and left[1] == 0
        person.page.click("#whole")
        person.page.locator("#paper").focus()
        for _ in range(25):
            person.page.keyboard.press("ArrowLeft")
        assert person.page.evaluate(SEEN)[0] == -100

        # Smaller, until all of it is seen, with the edge of the page.
        for _ in range(20):
            if person.page.is_enabled("#smaller"):
                person.page.click("#smaller")
        assert person.page.inner_text("#scale") == "10 %"
        # Who goes by keys stays at a button that can do no more.
        for button, disabled in (("#larger", "false"), ("#smaller", "true")):
            person.page.press(button, "Enter")
            assert person.page.get_attribute("#smaller", "aria-disabled") == disabled
            assert person.page.evaluate("'#' + document.activeElement.id") == button
        x, y, wide, high = person.page.evaluate(SEEN)
        assert x < 0 and x + wide > 800 and y + high > int(text[6] or 0)
        assert person.page.locator("#edge").get_attribute("visibility") == "visible"
        person.take("move")
        person.page.locator("#paper").focus()
        person.page.keyboard.press("Control+a")
        person.wait_for_words("#selected-count", "2 marks")


def test_loading_the_page_anew_stays_where_one_was(browser: Browser, board: BoardProcess) -> None:
    with at(browser, board, "laptop") as person:
        begin(person, "first of them")
        begin(person, "second of them")
        begin(person, "third of them")
        person.page.click("#tabs button:text-is('second of them')")
        person.page.wait_for_selector("#tabs button[aria-current]:text-is('second of them')")
        person.page.reload()
        person.page.wait_for_selector("#tabs button[aria-current]:text-is('second of them')")


def test_somebody_has_the_same_colour_on_every_screen(browser: Browser, board: BoardProcess, tmp_path: Path) -> None:
    colours = """() => Object.fromEntries([...document.querySelectorAll('#people li')].map(one =>
        [one.childNodes[1].textContent.replace(' (you)', ''), one.querySelector('.badge').style.background]))"""
    others = []
    try:
        others += [joined(tmp_path / name, name, board.invitation) for name in ("Ben", "Cleo")]
        people = [Person(browser, one.url) for one in (board, *others)]
        seen = []
        for person in people:
            for name in ("Anna", "Ben", "Cleo"):
                person.wait_for_words("#people li", name)
            seen.append(person.page.evaluate(colours))
            person.context.close()
        assert seen[0] == seen[1] == seen[2]
        assert len(set(seen[0].values())) > 1
    finally:
        for one in others:
            one.stop()


def test_a_page_that_rests_is_not_painted(browser: Browser, board: BoardProcess, tmp_path: Path) -> None:
    """Links move when they are new. A page that moved for ever would be painted sixty times a second, all evening."""
    ben = joined(tmp_path / "ben", "Ben", board.invitation)
    try:
        person = Person(browser, ben.url)
        person.wait_for_words("#people li", "Anna")
        person.page.locator("#graph line").first.wait_for(state="attached")
        rests = "() => document.getAnimations().every(one => one.playState === 'finished')"
        person.page.wait_for_function(rests, polling=100)
        person.context.close()
    finally:
        ben.stop()
