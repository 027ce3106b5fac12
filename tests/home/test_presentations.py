"""A presentation beside a board: begun by one at the home page, looked at by another, each in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from tests.activities import pdfs
from tests.home.homes import AtHome, HomeProcess
from tests.home.test_looks import LOOKS, OUTSIDE
from tests.whiteboard.wire import ask

pytestmark = pytest.mark.long
SEEN = """alt => {
  const it = document.querySelector('#slide');
  return !it.hidden && it.alt === alt && it.naturalWidth > 9;
}"""


class Guest(AtHome):
    """Somebody at a presentation."""

    def sees(self, page: int, pages: int) -> None:
        """As soon as that page is drawn."""
        self.page.wait_for_function(SEEN, arg=f"Page {page} of {pages}")

    def give(self, path: Path) -> None:
        self.page.set_input_files("#chooser", str(path))

    def begin_presentation(self, title: str) -> None:
        self.begin(title)
        self.press("Begin Presentation")
        self.page.wait_for_url("**/activities/*/")
        self.wait_for_words("#status", "Drop a PDF")


@pytest.fixture
def guests(browser: Browser, homes: list[HomeProcess], request: pytest.FixtureRequest) -> Iterator[tuple[Guest, Guest]]:
    """Anna, who has begun a presentation, and Ben."""
    anna, ben = Guest(browser, homes[0], "Anna"), Guest(browser, homes[1], "Ben")
    title = request.node.name.removeprefix("test_")[:40]
    anna.begin(title)
    anna.press(f"Invite somebody to {title}")
    word = anna.page.wait_for_function("() => document.querySelector('#word').value").json_value()
    anna.page.keyboard.press("Escape")
    ben.page.fill("#pasted", word)
    ben.page.press("#pasted", "Enter")
    ben.wait_for_words("#board-list li", "with Anna (direct)")
    anna.press("Begin Presentation")
    anna.page.wait_for_url("**/activities/*/")
    anna.wait_for_words("#status", "Drop a PDF")
    ben.press(f"Chat at {title}")
    ben.listed("#activities", "begun by Anna")
    ben.press("Take part in Presentation of Anna")
    ben.page.wait_for_url("**/activities/*/")
    ben.wait_for_words("#status", "Anna shows nothing yet")
    yield anna, ben
    for person in (anna, ben):
        assert person.console == []
        person.context.close()


def test_one_shows_a_pdf_and_leads_another_follows_looks_around_and_asks(
    guests: tuple[Guest, Guest], tmp_path: Path, screenshots: Path
) -> None:
    anna, ben = guests
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.7 and nothing more")
    anna.give(tmp_path / "broken.pdf")
    anna.wait_for_words("#said", "Not shown: this PDF cannot be shown")
    (tmp_path / "talk.pdf").write_bytes(pdfs.pages("Our garden", "In spring", "<b>The end</b>"))
    anna.give(tmp_path / "talk.pdf")
    for person in guests:
        person.sees(1, 3)
    assert ben.page.locator("#chooser").is_hidden()

    anna.page.click("#next")
    ben.sees(2, 3)
    ben.page.keyboard.press("End")
    ben.sees(3, 3)
    ben.wait_for_words("#status", "You look around; Anna is at page 2")
    written = "() => document.querySelector('#page-text p')?.textContent"
    ben.page.wait_for_function(f"() => ({written})() === '<b>The end</b>'")  # as text
    anna.page.keyboard.press("ArrowLeft")
    ben.wait_for_words("#status", "Anna is at page 1")
    ben.sees(3, 3)
    ben.page.click("#follow")
    ben.sees(1, 3)
    ben.wait_for_words("#status", "You follow Anna")

    ben.page.click("#hand")
    anna.wait_for_words("#hands", "Ben")
    ben.page.fill("#question", "Which <i>flowers</i>?")
    ben.page.press("#question", "Enter")
    anna.listed("#questions", "Ben: Which <i>flowers</i>?")
    anna.page.screenshot(path=screenshots / "presentation.png", full_page=True)
    anna.press("Answered: Which <i>flowers</i>?")
    ben.listed("#questions", "answered")
    ben.page.click("#hand")
    anna.page.wait_for_function("() => document.querySelector('#hands').textContent === ''")

    # What the page is given is a picture and text, whatever it is called.
    url = ben.page.evaluate("() => document.querySelector('#slide').src")
    status, headers, body = ask(url.replace(".webp", ".txt"))
    assert (status, body, headers["content-type"]) == (200, "Our garden", "text/plain; charset=utf-8")
    for wrong in (url.replace("/0.webp", "/7.webp"), url.replace("/0.webp", "/-1.webp"), url + "x"):
        assert ask(wrong)[0] == 404
    assert ask(url, {"Origin": "http://evil.example"})[0] == 403


COLOUR = """([x, y]) => {
  const it = document.querySelector('#slide'), canvas = document.createElement('canvas');
  Object.assign(canvas, { width: it.naturalWidth, height: it.naturalHeight });
  canvas.getContext('2d').drawImage(it, 0, 0);
  return [...canvas.getContext('2d').getImageData(x * canvas.width / 800, y * canvas.height / 600, 1, 1).data];
}"""


def test_the_pages_of_the_board_are_shown_as_slides(guests: tuple[Guest, Guest], screenshots: Path) -> None:
    anna, ben = guests
    page = anna.context.new_page()
    page.goto(anna.page.url.split("/activities/")[0] + "/")
    page.wait_for_selector("#tabs button[aria-current]")
    box = page.locator("#paper").bounding_box()
    assert box

    def spot(x: float, y: float) -> tuple[float, float]:
        return box["x"] + x * box["width"] / 800, box["y"] + y * box["height"] / 600

    page.locator("#colours input[value='crimson']").click()
    page.locator("#widths input[value='48']").click()
    page.mouse.move(*spot(100, 300))
    page.mouse.down()
    page.mouse.move(*spot(700, 300))
    page.mouse.up()
    page.fill("#page-name", "Grüße (zwei)")
    page.press("#page-name", "Enter")
    page.wait_for_selector("#tabs button[aria-current]:text-is('Grüße (zwei)')")
    page.locator("#tools input[value=text]").click()
    page.mouse.click(*spot(100, 100))
    page.keyboard.type("für <b>Ömi</b> 祝")
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.documentElement.whiteboard.settled")
    page.close()

    assert ben.page.locator("#from-board").is_hidden()
    anna.page.click("#from-board")
    for person in guests:
        person.sees(1, 2)
    for x, y, wanted in ((400, 300, (220, 20, 60)), (400, 100, (255, 255, 255)), (120, 300, (220, 20, 60))):
        found = ben.page.evaluate(COLOUR, [x, y])
        assert all(abs(one - other) < 20 for one, other in zip(found, wanted, strict=False)), (x, y, found)
    anna.page.click("#next")
    ben.sees(2, 2)
    ben.page.wait_for_function("() => document.querySelector('#page-text p').textContent.includes('Grüße')")
    words = ben.page.locator("#page-text p").text_content() or ""
    assert words.split() == ["Grüße", "(zwei)", "für", "<b>Ömi</b>", "祝"]
    ben.page.screenshot(path=screenshots / "presentation-board.png", full_page=True)


@pytest.mark.parametrize("look", ["dark", "phone"])
def test_axe_finds_nothing_serious_and_nothing_lies_outside(
    browser: Browser, homes: list[HomeProcess], look: str, tmp_path: Path
) -> None:
    anna = Guest(browser, homes[0], "Anna", bypass_csp=True, **LOOKS[look])
    anna.begin_presentation(f"Alone, {look}")
    (tmp_path / "talk.pdf").write_bytes(pdfs.pages("Our garden", size=(300, 500)))
    anna.give(tmp_path / "talk.pdf")
    anna.sees(1, 1)
    anna.page.fill("#question", "Which flowers? " * 6 + "averyverylongword" * 8)
    anna.page.press("#question", "Enter")
    anna.listed("#questions", "Which flowers?")
    anna.page.wait_for_function("() => !document.querySelector('#page-text').hidden")
    found = Axe().run(anna.page).response["violations"]
    serious = [one for one in found if one["impact"] in ("serious", "critical")]
    assert [(one["id"], one["help"], [node["html"] for node in one["nodes"]]) for one in serious] == []
    assert anna.page.evaluate(OUTSIDE) == []
    anna.context.close()
