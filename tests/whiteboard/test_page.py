"""The page alone, in a real browser: every tool, by mouse, finger and keyboard, and what it tells who cannot see it."""

from __future__ import annotations

from base64 import b64encode
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from tests.whiteboard.boards import BoardProcess, joined
from tests.whiteboard.browser import Fingers, Person, begin
from tests.whiteboard.wire import websocket

LINE = ((100, 100), (200, 150), (300, 100))


def last(person: Person) -> list[str | None]:
    return person.shapes()[-1]


# ---- tools ----


def test_the_pen_draws_in_its_colour_and_width(anna: Person) -> None:
    anna.take("pen", "crimson", 12)
    anna.draw(*LINE)
    anna.wait_for_marks(1)
    assert last(anna)[:5] == ["polyline", "", "crimson", "12", "100,100 200,150 300,100 300,100"]


def test_a_click_is_a_dot(anna: Person) -> None:
    anna.draw((400, 300))
    anna.wait_for_marks(1)
    assert last(anna)[4] == "400,300 400,300"


def test_an_own_colour_is_drawn_with(anna: Person) -> None:
    anna.page.evaluate("""() => {
        const field = document.querySelector('#colours input[type=color]');
        field.value = '#12ab34';
        field.dispatchEvent(new Event('change', {bubbles: true}));
    }""")
    anna.draw(*LINE)
    anna.wait_for_marks(1)
    assert last(anna)[2] == "#12ab34"


def test_wiping_draws_in_the_colour_of_the_paper(anna: Person) -> None:
    anna.take("wipe", width=24)
    anna.draw(*LINE)
    anna.wait_for_marks(1)
    assert last(anna)[2:4] == ["white", "24"]


def test_the_eraser_takes_the_records_away_that_it_passes_over(anna: Person) -> None:
    anna.take("pen", "navy", 6)
    anna.draw((100, 100), (100, 300))
    anna.draw((200, 100), (200, 300))
    anna.draw((300, 500), (400, 500))
    anna.wait_for_marks(3)
    anna.take("erase")
    anna.draw((90, 200), (100, 200), (150, 200), (200, 200), (210, 200))
    anna.wait_for_marks(1)
    assert last(anna)[4] == "300,500 400,500 400,500"


def test_undo_takes_back_one_movement_after_the_other_also_a_very_long_one(anna: Person, board: BoardProcess) -> None:
    anna.draw((10, 10), (20, 20))
    anna.wait_for_marks(1)
    with websocket(board.url) as window:  # another one of Anna's
        page = anna.page.get_attribute("#tabs button[aria-current]", "data-page")
        dots = [[n % 800, n // 3] for n in range(1400)]
        window.do("stroke", page=page, live="long", colour="navy", width=2, dots=dots)
        anna.wait_for_marks(4)
    anna.page.keyboard.press("Control+z")
    anna.wait_for_marks(1)
    anna.page.click("#undo")
    anna.wait_for_marks(0)
    anna.page.click("#undo")
    anna.told("nothing of yours left to undo")


def test_words_are_written_where_one_clicks(anna: Person) -> None:
    anna.take("text", "navy", 12)
    anna.write(100, 200, "Grüße <b> 🎂")
    anna.wait_for_marks(1)
    assert last(anna) == ["text", "Grüße <b> 🎂", None, None, None, "100", "200", "48", "navy"]


def test_escape_drops_the_words(anna: Person) -> None:
    anna.take("text")
    anna.page.mouse.click(*anna.spot(100, 100))
    anna.page.keyboard.type("never mind")
    anna.page.keyboard.press("Escape")
    anna.page.wait_for_selector("#writing", state="detached")
    assert anna.shapes() == []


def test_words_that_would_run_over_the_edge_are_made_smaller(anna: Person) -> None:
    anna.take("text", width=24)
    anna.write(500, 200, "a rather long sentence")
    anna.wait_for_marks(1)
    right = anna.page.evaluate(
        "() => { const box = document.querySelector('#drawn > text').getBBox(); return box.x + box.width; }"
    )
    assert 700 < right <= 800


# ---- pages, replay, files ----


def test_each_page_has_its_own_drawing(anna: Person) -> None:
    anna.draw(*LINE)
    anna.wait_for_marks(1)
    begin(anna, "another")
    assert anna.shapes() == []
    anna.draw((1, 300), (2, 400))
    anna.draw((50, 300), (60, 400))
    anna.wait_for_marks(2)
    anna.page.click("#tabs button:has-text('each_page')")
    anna.wait_for_marks(1)


def test_a_page_that_is_opened_again_shows_the_same(browser: Browser, board: BoardProcess, anna: Person) -> None:
    anna.draw(*LINE)
    anna.say("and what I have said")
    anna.wait_for_marks(1)
    before = anna.shapes()
    anna.page.reload()
    anna.page.click("#tabs button:has-text('opened_again')")
    anna.wait_for_marks(1)
    assert anna.shapes() == before
    anna.wait_for_words("#lines li", "and what I have said")


def test_a_replay_draws_everything_again(anna: Person) -> None:
    for x in (100, 200, 300):
        anna.draw((x, 100), (x + 50, 300))
    anna.wait_for_marks(3)
    whole = anna.shapes()
    anna.page.click("#replay")
    anna.page.wait_for_function("() => document.querySelectorAll('#drawn > *').length < 3")
    anna.wait_for_words("#replay", "Replay")
    assert anna.shapes() == whole


def test_the_saved_pictures_show_the_drawing(anna: Person, board: BoardProcess) -> None:
    anna.take("pen", "crimson", 48)
    anna.draw((400, 300), (420, 300))
    anna.wait_for_marks(1)
    with anna.page.expect_download() as svg:
        anna.page.click("#save-svg")
    assert svg.value.suggested_filename == "Birthday card.svg"
    root = ElementTree.parse(svg.value.path()).getroot()
    assert "crimson" in {one.get("stroke") for one in root.iter("{http://www.w3.org/2000/svg}polyline")}
    with anna.page.expect_download() as png:
        anna.page.click("#save-png")
    assert png.value.suggested_filename.endswith(".png")
    saved = Path(png.value.path()).read_bytes()
    assert saved.startswith(b"\x89PNG")
    seen = """async saved => {
        const image = await createImageBitmap(new Blob([Uint8Array.from(atob(saved), one => one.charCodeAt(0))]));
        const canvas = new OffscreenCanvas(image.width, image.height).getContext('2d', { willReadFrequently: true });
        canvas.drawImage(image, 0, 0);
        return [[800, 600], [10, 10]].map(([x, y]) => [...canvas.getImageData(x, y, 1, 1).data]);
    }"""
    colours = anna.page.evaluate(seen, b64encode(saved).decode())
    assert colours == [[220, 20, 60, 255], [255, 255, 255, 255]]


# ---- without a mouse ----


def test_the_keyboard_draws_erases_and_writes(anna: Person) -> None:
    anna.page.focus("#paper")
    press = anna.page.keyboard.press
    for key in ("Space", "ArrowRight", "ArrowRight", "ArrowDown", "Shift+ArrowDown", "Space"):
        press(key)
    anna.wait_for_marks(1)
    assert last(anna)[4] == "400,300 420,300 440,300 440,320 440,324 440,324"
    press("t")
    press("Space")
    anna.page.keyboard.type("Here")
    press("Enter")
    anna.wait_for_marks(2)
    assert last(anna)[1] == "Here"
    press("ArrowUp")
    press("e")
    press("Enter")
    anna.wait_for_marks(1)
    press("p")
    press("Space")
    press("ArrowLeft")
    press("Escape")
    anna.wait_for_words("#news p", "Stroke dropped")
    assert len(anna.shapes()) == 1


def test_the_list_of_what_is_on_the_page_takes_single_things_away(anna: Person) -> None:
    anna.take("pen", "crimson", 6)
    anna.draw(*LINE)
    anna.write(100, 400, "Hello")
    anna.wait_for_marks(2)
    anna.page.click("#contents summary")
    anna.wait_for_words("#marks li", "crimson line by Anna")
    anna.page.click("#marks button[aria-label='Remove: “Hello” by Anna']")
    anna.wait_for_marks(1)
    assert last(anna)[0] == "polyline"


def test_a_finger_draws_without_scrolling_the_page(browser: Browser, board: BoardProcess) -> None:
    phone = Person(browser, board.url, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    begin(phone, "finger")
    fingers = Fingers(phone)
    fingers.touch("touchStart", (200, 200))
    fingers.touch("touchMove", (200, 300))
    fingers.touch("touchMove", (300, 400))
    fingers.touch("touchEnd")
    phone.wait_for_marks(1)
    assert phone.page.evaluate("() => scrollY") == 0
    assert phone.page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    assert phone.console == []
    phone.context.close()


# ---- for everybody ----


@pytest.mark.parametrize(
    "look",
    [
        {},
        {"color_scheme": "dark"},
        {"viewport": {"width": 390, "height": 844}},
    ],
    ids=["light", "dark", "phone"],
)
def test_axe_finds_nothing_serious(
    browser: Browser, board: BoardProcess, look: dict[str, Any], screenshots: Path
) -> None:
    with ExitStack() as stack:
        person = Person(browser, board.url, bypass_csp=True, **look)
        stack.callback(person.context.close)
        begin(person, "axe " + " ".join(look))
        person.draw(*LINE)
        person.say("Hello")
        person.page.click("#contents summary")
        person.wait_for_words("#marks li", "line by Anna")
        person.wait_for_words("#lines li", "Hello")
        person.picture(screenshots / f"{person.page.title()} {' '.join(look) or 'light'}.png".replace(" ", "_"))
        found = Axe().run(person.page).response["violations"]
        person.page.click("#invite")
        found += Axe().run(person.page).response["violations"]
        serious = [one for one in found if one["impact"] in ("serious", "critical")]
        assert [(one["id"], one["help"], [node["html"] for node in one["nodes"]]) for one in serious] == []


def test_what_others_do_is_told_to_who_cannot_see_it(
    browser: Browser, board: BoardProcess, anna: Person, tmp_path: Path
) -> None:
    ben = joined(tmp_path / "ben", "Ben", board.invitation)
    try:
        at_ben = Person(browser, ben.url)
        at_ben.page.click("#tabs button:has-text('what_others_do')")
        at_ben.say("Can you hear me?")
        anna.wait_for_words("#news p", "Ben: Can you hear me?")
        at_ben.write(100, 100, "For you")
        anna.wait_for_words("#news p", "Ben has written: For you")
        label = anna.page.wait_for_selector("#graph[aria-label*='Anna is linked with Ben (direct)']", state="attached")
        assert label
        ben.end()
    finally:
        ben.stop()
