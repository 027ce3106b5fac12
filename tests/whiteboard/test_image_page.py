"""Pictures in the browser: pasted, dropped and chosen at one board, they are at the other, pixel by pixel."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import chain
from pathlib import Path
from uuid import uuid4
from xml.etree import ElementTree

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image as Pillow
from playwright.sync_api import Browser

from tests.home.test_looks import LOOKS
from tests.whiteboard.boards import joined, new_board
from tests.whiteboard.browser import Person, begin
from tests.whiteboard.pictures import HALVES, HTML, SVG, large, made
from tests.whiteboard.test_layout import OUTSIDE

GIVEN = """([what, files]) => {
    const bag = new DataTransfer();
    for (const [name, type, data] of files)
        bag.items.add(new File([Uint8Array.from(atob(data), letter => letter.charCodeAt(0))], name, { type }));
    const paper = document.getElementById('paper');
    const box = paper.getBoundingClientRect();
    const at = { clientX: box.x + box.width / 2, clientY: box.y + box.height / 2, bubbles: true, cancelable: true };
    if (what === 'drop') paper.dispatchEvent(new DragEvent('drop', { ...at, dataTransfer: bag }));
    else document.body.dispatchEvent(new ClipboardEvent('paste', { ...at, clipboardData: bag }));
}"""
COLOURS = """async places => {
    const raster = document.getElementById('raster');
    const copy = new OffscreenCanvas(800, 600).getContext('2d', { willReadFrequently: true });
    copy.fillStyle = 'white';
    copy.fillRect(0, 0, 800, 600);
    copy.drawImage(raster, 0, 0, 800, 600);
    return places.map(([x, y]) => [...copy.getImageData(x, y, 1, 1).data.slice(0, 3)]);
}"""
LOADED = "() => document.querySelector('#drawn > image') && document.documentElement.whiteboard.settled"
HAS = "([name, value]) => document.querySelector('#drawn > image')?.getAttribute(name) === value"
Pair = tuple[Person, Person]


@pytest.fixture(scope="module")
def pair(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Anna and Ben, each at a board of their own."""
    with ExitStack() as stack:
        anna = new_board(tmp_path_factory.mktemp("anna"), "Anna")
        stack.callback(anna.stop)
        ben = joined(tmp_path_factory.mktemp("ben"), "Ben", anna.invitation)
        stack.callback(ben.stop)
        people = Person(browser, anna.url), Person(browser, ben.url)
        for one, other in zip(people, ("Ben", "Anna"), strict=True):
            one.wait_for_words("#people li", other)
        yield people
        assert [one.console for one in people] == [[], []]
        for one in people:
            one.context.close()
        ben.end()
        anna.end()


@pytest.fixture
def page(pair: Pair, request: pytest.FixtureRequest) -> Pair:
    """Both at a new page."""
    at_anna, at_ben = pair
    name = f"{request.node.name.removeprefix('test_')[:30]} {uuid4().hex[:6]}"
    begin(at_anna, name)
    at_ben.page.click(f"#tabs button:text-is('{name}')")
    return pair


def give(person: Person, what: str, *files: tuple[str, str, bytes]) -> None:
    """Drop or paste files: name, type, bytes."""
    said = [[name, kind, base64.b64encode(data).decode()] for name, kind, data in files]
    person.page.evaluate(GIVEN, [what, said])


def is_near(found: list[list[int]], wanted: list[tuple[int, ...]]) -> bool:
    pairs = zip(chain.from_iterable(found), chain.from_iterable(wanted), strict=True)
    return all(abs(one - other) < 12 for one, other in pairs)


def halves_are_at(person: Person, *places: tuple[int, int]) -> bool:
    person.page.wait_for_function(LOADED)
    found: list[list[int]] = person.page.evaluate(COLOURS, list(places))
    return is_near(found, [*HALVES, (255, 255, 255)][: len(places)])


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "GIF"])
def test_a_picture_that_is_dropped_here_is_there(page: Pair, form: str) -> None:
    at_anna, at_ben = page
    give(at_anna, "drop", (f"holiday.{form.lower()}", f"image/{form.lower()}", made(form, (200, 100))))
    for one in page:
        one.wait_for_marks(1)
        assert halves_are_at(one, (320, 300), (480, 300), (100, 100))
    at_anna.wait_for_words("#selected-count", "1 mark")
    at_ben.page.click("#contents summary")
    at_ben.wait_for_words("#marks li", "picture “holiday” by Anna")
    at_ben.page.click("#contents summary")


def test_a_large_picture_comes_whole_and_is_moved_copied_resized_and_taken_away(
    page: Pair, screenshots: Path
) -> None:
    at_anna, at_ben = page
    give(at_anna, "paste", ("image.png", "image/png", large(3 << 20)))
    for one in page:
        one.wait_for_marks(1)
        assert halves_are_at(one, (390, 300), (410, 300))
    at_anna.page.wait_for_function("() => document.getElementById('sending').textContent === ''")

    # Moved and made larger with the keyboard.
    at_anna.page.locator("#paper").focus()
    for keys, look in ((("ArrowLeft", "ArrowLeft"), ("x", "340")), (("+", "+", "+"), ("width", "53"))):
        for key in keys:
            at_anna.page.keyboard.press(key)
        at_anna.page.wait_for_function(HAS, arg=look)
    at_ben.page.wait_for_function(HAS, arg=["width", "53"])
    assert at_ben.page.locator("#drawn > image").get_attribute("x") == "340"
    assert halves_are_at(at_ben, (345, 300), (385, 300), (410, 310))

    # Copied with the keyboard: the same bytes again, which nobody has to send.
    at_anna.page.keyboard.press("Control+d")
    at_ben.wait_for_marks(2)
    at_anna.wait_for_marks(2)
    at_anna.page.keyboard.press("Control+c")
    at_anna.page.keyboard.press("Control+v")
    at_ben.wait_for_marks(3)
    at_anna.wait_for_marks(3)
    at_anna.wait_for_words("#selected-count", "1 mark")
    at_anna.picture(screenshots / "picture.png")

    # Described, and erased and back.
    at_anna.page.once("dialog", lambda dialog: dialog.accept("A flag"))
    at_anna.page.click("#describe")
    at_ben.page.locator("#drawn title", has_text="A flag").wait_for(state="attached")
    at_anna.page.locator("#paper").focus()
    at_anna.page.keyboard.press("Control+a")
    at_anna.page.keyboard.press("Delete")
    at_ben.wait_for_marks(0)
    at_anna.page.keyboard.press("Control+z")
    at_ben.wait_for_marks(3)
    assert halves_are_at(at_ben, (345, 300))


def test_what_is_saved_has_the_picture_in_it(page: Pair) -> None:
    at_anna, _ = page
    data = made("PNG", (200, 100))
    give(at_anna, "drop", ("holiday.png", "image/png", data))
    at_anna.wait_for_marks(1)
    at_anna.page.wait_for_function(LOADED)
    at_anna.wait_for_words("#selected-count", "1 mark")
    for button in ("#save-selection-svg", "#save-svg"):
        with at_anna.page.expect_download() as saved:
            at_anna.page.click(button)
        root = ElementTree.parse(saved.value.path()).getroot()
        found = [one.get("href") for one in root.iter("{http://www.w3.org/2000/svg}image")]
        assert f"data:image/png;base64,{base64.b64encode(data).decode()}" in found
    with at_anna.page.expect_download() as saved:
        at_anna.page.click("#save-png")
    picture = Pillow.open(saved.value.path()).convert("RGB")
    assert picture.size == (1600, 1200)
    assert is_near([list(picture.getpixel(at)) for at in ((640, 600), (960, 600), (10, 10))], [*HALVES, (255,) * 3])


def test_more_than_a_string_of_a_browser_holds_is_saved(page: Pair) -> None:
    """64 copies of a picture of 7 MiB would be 597 MiB in base64, and 512 MiB are the most."""
    at_anna, _ = page
    give(at_anna, "drop", ("holiday.png", "image/png", large(7 << 20)))
    at_anna.wait_for_marks(1)
    at_anna.page.wait_for_function(LOADED)
    for doubled in range(1, 7):
        at_anna.page.locator("#paper").focus()
        at_anna.page.keyboard.press("Control+a")
        at_anna.wait_for_words("#selected-count", f"{2 ** (doubled - 1)} mark")
        at_anna.page.keyboard.press("Control+d")
        at_anna.wait_for_marks(2**doubled)
    at_anna.page.keyboard.press("Control+a")
    at_anna.wait_for_words("#selected-count", "64 marks")
    for button in ("#save-png", "#save-selection-png", "#save-selection-svg"):
        with at_anna.page.expect_download() as saved:
            at_anna.page.click(button)
        if button.endswith("png"):
            Pillow.open(saved.value.path()).verify()
    root = ElementTree.parse(saved.value.path()).getroot()
    ((picture,), copies) = (list(root.iter(f"{{http://www.w3.org/2000/svg}}{name}")) for name in ("image", "use"))
    assert [one.get("href") for one in copies] == [f"#{picture.get('id')}"] * 63
    with Pillow.open(io.BytesIO(base64.b64decode(picture.get("href", "").partition(",")[2]))) as found:
        assert found.size == (40, 20)


def test_what_cannot_be_saved_is_said_in_a_sentence(page: Pair) -> None:
    at_anna, _ = page
    give(at_anna, "drop", ("holiday.png", "image/png", made("PNG", (200, 100))))
    at_anna.wait_for_marks(1)
    at_anna.page.wait_for_function(LOADED)
    at_anna.wait_for_words("#selected-count", "1 mark")
    at_anna.page.evaluate("""() => {
        window.kept = [createImageBitmap, FileReader];
        window.createImageBitmap = () => Promise.reject(new DOMException('no memory', 'InvalidStateError'));
        window.FileReader = class { readAsDataURL() { this.onerror(); } };
    }""")
    for button in ("#save-png", "#save-selection-png", "#save-selection-svg"):
        at_anna.page.evaluate("() => { document.getElementById('toast').textContent = ''; }")
        at_anna.page.click(button)
        at_anna.told("That could not be saved")
    at_anna.page.evaluate("() => { [window.createImageBitmap, window.FileReader] = window.kept; }")


@pytest.mark.parametrize(
    ("name", "kind", "data", "why"),
    [
        ("evil.svg", "image/svg+xml", SVG, "may hold a program"),
        ("evil.png", "image/png", SVG, "no picture"),
        ("evil.png", "image/png", HTML, "no picture"),
        ("evil.html", "text/html", HTML, "PNG, JPEG, WebP or GIF"),
    ],
)
def test_what_is_no_picture_is_refused_in_a_sentence(page: Pair, name: str, kind: str, data: bytes, why: str) -> None:
    at_anna, _ = page
    give(at_anna, "drop", (name, kind, data))
    at_anna.told(why)
    assert at_anna.shapes() == []


def test_a_picture_is_one_whatever_it_is_called(page: Pair) -> None:
    """An ending that says nothing, or something else, changes nothing of what a file is."""
    at_anna, at_ben = page
    for number, (name, kind) in enumerate((("holiday", ""), ("moving.apng", "image/apng"), ("sun.txt", "text/plain"))):
        give(at_anna, "drop", (name, kind, made("PNG", (60, 40 + number))))
        at_ben.wait_for_marks(number + 1)
    give(at_anna, "drop", ("half.png", "image/png", made("PNG", (200, 100))[:80]))
    at_anna.told("half.png: that picture is damaged, or has too many pixels.")


def test_a_picture_is_chosen_and_nothing_is_hard_to_reach(page: Pair) -> None:
    at_anna, at_ben = page
    flag = {"name": "flag.png", "mimeType": "image/png", "buffer": made("PNG", (200, 100))}
    at_anna.page.locator("#picture-files").set_input_files([flag])
    at_ben.wait_for_marks(1)
    at_anna.wait_for_words("#selected-count", "1 mark")
    found = Axe().run(at_anna.page)
    serious = [one["id"] for one in found.response["violations"] if one["impact"] in ("serious", "critical")]
    assert serious == []


def test_the_button_for_a_picture_is_pressed_with_the_keyboard(page: Pair) -> None:
    """The chooser is asked for, and as the person's own act, without which a browser shows none. (What a headless
    Chromium makes of that differs: with keys it may tell nobody of a chooser, also on an empty page.)"""
    at_anna, _ = page
    at_anna.page.evaluate("""() => {
        window.asked = [];
        document.getElementById('picture-files').addEventListener('click', event => {
            event.preventDefault();
            window.asked.push(navigator.userActivation.isActive);
        });
    }""")
    for number, key in enumerate(("Enter", " "), 1):
        at_anna.page.focus("#add-picture")
        at_anna.page.keyboard.press(key)
        at_anna.page.wait_for_function("count => window.asked.length === count", arg=number)
    assert at_anna.page.evaluate("() => window.asked") == [True, True]


def test_ten_are_dropped_at_once_and_one_that_is_none_is_said(page: Pair) -> None:
    at_anna, _ = page
    files = [(f"{number}.png", "image/png", made("PNG", (60, 40 + number))) for number in range(9)]
    give(at_anna, "drop", *files[:5], ("evil.png", "image/png", HTML), *files[5:])
    give(at_anna, "drop", ("last.png", "image/png", made()))  # while these are added
    at_anna.told("evil.png: that is no picture")
    for one in page:
        one.wait_for_marks(10)
        one.page.wait_for_function("() => document.querySelectorAll('#drawn > image').length === 10")


def test_a_picture_that_is_dropped_beside_the_paper_is_in_its_middle_and_the_board_stays(page: Pair) -> None:
    """Where nobody takes a file, the browser shows it in the place of the board."""
    at_anna, _ = page
    taken = at_anna.page.evaluate(
        """data => {
            const bag = new DataTransfer();
            const bytes = Uint8Array.from(atob(data), letter => letter.charCodeAt(0));
            bag.items.add(new File([bytes], 'flag.png', { type: 'image/png' }));
            const lines = document.getElementById('lines');
            return ['dragover', 'drop'].map(what => {
                const event = new DragEvent(what, { bubbles: true, cancelable: true, dataTransfer: bag });
                lines.dispatchEvent(event);
                return event.defaultPrevented;
            });
        }""",
        base64.b64encode(made("PNG", (200, 100))).decode(),
    )
    assert taken == [True, True]
    for one in page:
        one.wait_for_marks(1)
        assert halves_are_at(one, (320, 300), (480, 300), (100, 100))


@pytest.mark.parametrize("look", ["dark", "phone"])
def test_axe_finds_nothing_serious_where_pictures_are(browser: Browser, pair: Pair, look: str) -> None:
    """A picture that is selected, one that cannot be shown, and one that is being added."""
    person = Person(browser, pair[0].page.url, bypass_csp=True, **LOOKS[look])
    begin(person, f"axe {look}")
    give(person, "drop", ("flag.png", "image/png", made("PNG", (200, 100))), ("evil.png", "image/png", HTML))
    person.told("evil.png")
    person.page.wait_for_function(LOADED)
    person.page.wait_for_selector("#describe")
    person.page.evaluate("() => { document.getElementById('adding').hidden = false; }")
    person.page.evaluate("() => { document.getElementById('sending').textContent = 'Sending: 12 of 60 MB'; }")
    found = Axe().run(person.page).response["violations"]
    serious = [one for one in found if one["impact"] in ("serious", "critical")]
    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in serious] == []
    assert person.page.evaluate(OUTSIDE) == []
    person.context.close()


def test_why_the_rest_of_a_picture_does_not_come_is_said(page: Pair) -> None:
    """Who has it is not here; or it is one's own, and the program was killed before all was sent."""
    at_anna, _ = page
    said = at_anna.page.evaluate("""async () => {
        const { Images } = await import('./images.js');
        const { pictures } = await import('./shapes.js');
        const images = new Images('images/');
        const news = { key: 'k', by: 'cleo', here: 64512, of: 129024, kind: '', why: '', mine: false };
        const after = [
            () => images.take(news),
            () => images.company(['me', 'cleo'], 'me'),
            () => images.company(['me'], 'me'),
            () => images.company(['cleo'], 'cleo'),
            () => images.take({ ...news, mine: true }),
        ];
        return after.map(act => (act(), pictures.get('k').words));
    }""")
    much = "63 of 126 kB"
    away, again = "cleo, who has the rest, is not here", "was sent before the program stopped: add the file again"
    assert said == [much, much, f"{much}: {away}", f"Only {much} {again}", much]
