"""A document beside a board: begun by one at the home page, written in by two, each in a real browser."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from tests.home.homes import AtHome, HomeProcess
from tests.home.test_looks import LOOKS, OUTSIDE
from tests.whiteboard.wire import ask

pytestmark = pytest.mark.long
CARETS = ".whose"
WIDTHS = "() => ['#text', '.copy'].map(one => document.querySelector(one).getBoundingClientRect().width)"
"Of what is typed, and of its copy, by which places in it are found: its lines end where those of the text do."
NUMBERS = itertools.count(1)
"Of the boards: each has a title of its own."


class Writer(AtHome):
    """Somebody at a document."""

    board = ""
    "The title of the board that it is beside."

    def put(self, words: str) -> None:
        self.page.keyboard.type(words)

    def text(self) -> str:
        return str(self.page.input_value("#text"))

    def reads(self, words: str) -> None:
        """As soon as that is the text."""
        self.page.wait_for_function("words => document.querySelector('#text')?.value === words", arg=words)

    def may_write(self) -> None:
        self.page.wait_for_selector("#text:not([readonly])")
        self.page.focus("#text")

    def begin_document(self, title: str) -> None:
        self.begin(title)
        self.press("Begin Document")
        self.page.wait_for_url("**/activities/*/")
        self.may_write()


@pytest.fixture
def writers(browser: Browser, homes: list[HomeProcess]) -> Iterator[tuple[Writer, Writer]]:
    """Anna and Ben at a new document of Anna's."""
    anna, ben = Writer(browser, homes[0], "Anna"), Writer(browser, homes[1], "Ben")
    together(anna, ben, f"Recipes {next(NUMBERS)}")
    yield anna, ben
    for person in (anna, ben):
        assert person.console == []
        person.context.close()


def together(anna: Writer, ben: Writer, title: str) -> None:
    """Anna begins a board and a document beside it, and Ben takes part."""
    anna.begin(title)
    anna.press(f"Invite somebody to {title}")
    word = anna.page.wait_for_function("() => document.querySelector('#word').value").json_value()
    anna.page.keyboard.press("Escape")
    ben.page.fill("#pasted", word)
    ben.page.press("#pasted", "Enter")
    ben.page.locator("#board-list li", has_text=title).filter(has_text="with Anna (direct)").first.wait_for()
    ben.board = title
    anna.press("Begin Document")
    anna.page.wait_for_url("**/activities/*/")
    anna.may_write()
    ben.press(f"Chat at {title}")
    ben.listed("#activities", "begun by Anna")
    ben.press("Take part in Document of Anna")
    ben.page.wait_for_url("**/activities/*/")
    ben.may_write()


def test_two_write_one_text_see_each_other_and_undo_their_own(
    writers: tuple[Writer, Writer], screenshots: Path
) -> None:
    anna, ben = writers
    anna.put("# Cake\n\nTake **four** eggs, 🥚 and flour.\n")
    whole = "# Cake\n\nTake **four** eggs, 🥚 and flour.\n"
    ben.reads(whole)
    ben.wait_for_words(CARETS, "Anna")
    ben.page.keyboard.press("Control+End")
    ben.put("- sugar\n- a lemon")
    anna.reads(whole + "- sugar\n- a lemon")
    anna.wait_for_words(CARETS, "Ben")

    # Both in one line at once: nobody's letters are lost or out of their order.
    anna.page.keyboard.press("Control+Home")
    for one, other in zip("ABCDEFGH", "12345678", strict=True):
        anna.page.keyboard.type(one)
        ben.page.keyboard.type(other)
    written = "ABCDEFGH" + whole + "- sugar\n- a lemon12345678"
    for person in writers:
        person.reads(written)
    anna.picture(screenshots / "document.png")

    # Anna's undoing takes away what Anna has written last, and nothing of Ben's; and is undone.
    anna.page.keyboard.press("Control+z")
    for person in writers:
        person.page.wait_for_function("() => !document.querySelector('#text').value.includes('ABCDEFGH')")
    assert "12345678" in anna.text() and "a lemon" in anna.text()
    anna.page.keyboard.press("Control+Shift+z")
    for person in writers:
        person.reads(written)

    # It reads as Markdown, and what somebody writes is text.
    anna.page.keyboard.press("Control+Home")
    anna.put("<img src=x onerror=alert(1)><svg onload=alert(1)>\n\n")
    ben.page.wait_for_function("() => document.querySelector('#text').value.startsWith('<img')")
    ben.page.click("#read")
    ben.wait_for_words("#reading p", "<img src=x onerror=alert(1)><svg onload=alert(1)>")
    assert ben.page.locator("#reading img, #reading svg").count() == 0
    assert ben.page.locator("#reading li").all_inner_texts() == ["sugar", "a lemon12345678"]
    assert ben.page.locator("#reading strong").inner_text() == "four"
    with ben.page.expect_download() as download:
        ben.page.click("#save-markdown")
    assert Path(download.value.path()).read_text(encoding="utf-8") == ben.text() == anna.text()
    assert download.value.suggested_filename.endswith(".md")
    with ben.page.expect_download() as download:
        ben.page.click("#save-text")
    saved = Path(download.value.path()).read_text(encoding="utf-8")
    assert "Take four eggs" in saved and "- sugar" in saved and "**" not in saved
    assert ask(ben.page.url, {"Origin": "http://evil.example"})[0] == 403

    # Who leaves the board can read and save what was written, and writes no more.
    other = ben.context.new_page()
    other.goto(ben.page.url.split("boards/")[0])
    other.locator(f"[aria-label='Close {ben.board}']").click()
    ben.wait_for_words("#status", "closed here")
    assert ben.page.locator("#text[readonly]").count() == 1
    ben.console.clear()  # the page asks again for what is not open any more
    other.close()


def test_who_reads_says_where_they_are_only_when_they_have_moved(writers: tuple[Writer, Writer]) -> None:
    """What the others write moves a caret, too, and everybody's program knows that by itself."""
    anna, ben = writers
    anna.put("Eggs, and flour.")
    ben.reads("Eggs, and flour.")
    asked: list[str] = []
    ben.page.on("websocket", lambda socket: socket.on("framesent", lambda words: asked.append(str(words))))
    ben.page.reload()
    ben.may_write()
    ben.page.keyboard.press("Control+End")
    ben.page.keyboard.press("ArrowLeft")
    ben.page.wait_for_timeout(200)  # longer than a caret waits for the next one
    anna.page.locator(CARETS, has_text="Ben").wait_for()
    anna.page.keyboard.press("Control+Home")
    told = [words for words in asked if '"caret"' in words]
    assert told
    for number, letter in enumerate("Six "):
        anna.put(letter)
        ben.reads("Six "[: number + 1] + "Eggs, and flour.")
    ben.page.wait_for_timeout(200)
    assert [words for words in asked if '"caret"' in words] == told
    ben.page.keyboard.press("End")
    ben.put("!")
    anna.reads("Six Eggs, and flour.!")


def test_who_wrote_what_is_shown_and_passages_are_commented_on(
    writers: tuple[Writer, Writer], screenshots: Path
) -> None:
    anna, ben = writers
    anna.put("Take four eggs, 🥚 and flour.")
    ben.reads("Take four eggs, 🥚 and flour.")
    ben.page.keyboard.press("Control+End")
    ben.put(" And salt.")
    anna.reads("Take four eggs, 🥚 and flour. And salt.")
    anna.page.click("#authors")
    anna.page.wait_for_selector("#authors[aria-pressed=true]")
    anna.listed("#writers", "Anna 74 %")
    anna.listed("#writers", "Ben 26 %")
    whose = "() => [...document.querySelectorAll('.copy .by')].map(one => one.textContent)"
    assert anna.page.evaluate(whose) == ["Take four eggs, 🥚 and flour.", " And salt."]
    anna.page.keyboard.press("Shift+Tab")  # it is said for who does not see colours, too
    anna.page.focus("#text")
    anna.page.keyboard.press("Control+End")
    anna.wait_for_words("#writers p", "Here: Ben")
    ben.page.keyboard.press("Control+Home")
    ben.put("Cake: ")
    anna.page.wait_for_function(f"() => ({whose})().join('|') === 'Cake: |Take four eggs, 🥚 and flour.| And salt.'")

    # Ben comments on a passage, by keys alone; Anna goes there and answers.
    for _ in range(len("Take four eggs")):
        ben.page.keyboard.press("Shift+ArrowRight")
    ben.page.keyboard.press("Control+Alt+m")
    ben.page.keyboard.type("Five? <img src=x onerror=alert(1)>")
    ben.page.keyboard.press("Control+Enter")
    for person in writers:
        person.wait_for_words("#comment-list li", "Five? <img src=x onerror=alert(1)>")
        assert person.page.locator("#comments img").count() == 0
        person.page.wait_for_selector(".remarked")
    ben.page.wait_for_selector("#commenting", state="hidden")
    anna.press("Go to: Take four eggs")
    assert anna.page.evaluate("() => getSelection().toString()") == "Take four eggs"
    anna.page.fill("[aria-label^='Answer Ben']", "No, four.")
    anna.page.press("[aria-label^='Answer Ben']", "Enter")
    ben.wait_for_words("#comment-list li li", "No, four.")
    anna.picture(screenshots / "document-comments.png")
    anna.press("Done: Five? <img src=x onerror=alert(1)>")
    for person in writers:
        person.wait_for_words("#settled summary", "Dealt with (1)")
        assert person.page.locator(".remarked").count() == 0
    ben.page.click("#settled summary")
    ben.press("Open again: Five? <img src=x onerror=alert(1)>")
    anna.wait_for_words("#comment-list li", "Five?")
    ben.press("Take back the comment: Five? <img src=x onerror=alert(1)>")
    for person in writers:
        person.page.locator("#comments").wait_for(state="hidden")


def test_one_looks_at_an_earlier_version_and_goes_back_to_it(writers: tuple[Writer, Writer], screenshots: Path) -> None:
    anna, ben = writers
    anna.put("# Cake\n\nfour eggs\n")
    ben.reads("# Cake\n\nfour eggs\n")
    anna.page.click("#history")
    anna.page.fill("#version-name", "Draft <b>1</b>")
    anna.page.press("#version-name", "Enter")
    ben.page.focus("#history")
    ben.page.keyboard.press("Enter")
    ben.listed("#version-list", "Draft <b>1</b> · Anna")
    anna.page.focus("#text")
    anna.page.keyboard.press("Control+End")
    anna.put("no flour\n")
    ben.reads("# Cake\n\nfour eggs\nno flour\n")
    look = ben.page.locator("[aria-label^='Look at Draft']")
    look.focus()
    ben.page.keyboard.press("Enter")
    ben.page.wait_for_selector("#earlier h2")
    assert "no flour" not in (ben.page.locator("#earlier").text_content() or "")
    assert ben.page.locator("#earlier b, #version-list b").count() == 0
    ben.picture(screenshots / "document-history.png")
    ben.page.focus("#go-back")
    ben.page.keyboard.press("Enter")
    for person in writers:
        person.reads("# Cake\n\nfour eggs\n")
    ben.listed("#version-list", "As it was here")


@pytest.mark.parametrize("text", ["*a* " * 125_000, "a\n\n" * 166_000], ids=["a line of marks", "paragraphs"])
def test_attack_a_text_of_so_many_marks_that_it_could_not_be_read(browser: Browser, text: str) -> None:
    """For each of them something was called once more, or handed over in one call: a browser has no room for that."""
    source = resources.files("peerapi.activities.document").joinpath("static", "document_markdown.js").read_text()
    page = browser.new_page()
    found = page.evaluate(
        """async ([source, text]) => {
            const module = await import(URL.createObjectURL(new Blob([source], { type: 'text/javascript' })));
            const place = document.createElement('article');
            place.replaceChildren(module.drawn(text));
            return [place.textContent, module.plain(text)];
        }""",
        [source, text],
    )
    assert [one.replace("\n", "").rstrip() for one in found] == 2 * [re.sub("[*\n]", "", text).rstrip()]
    page.close()


@pytest.mark.parametrize("look", ["light", "dark", "phone"])
def test_axe_finds_nothing_serious_and_nothing_lies_outside(
    browser: Browser, homes: list[HomeProcess], look: str, screenshots: Path
) -> None:
    anna = Writer(browser, homes[0], "Anna", bypass_csp=True, **LOOKS[look])
    anna.begin_document(f"Alone, {look}")
    anna.put("# A heading\n\nWords " + "and more words " * 12 + "averyveryverylongword" * 6)
    anna.wait_for_words("#status", "Nobody else is here")
    typed, copied = anna.page.evaluate(WIDTHS)
    assert typed == copied
    anna.page.click("#authors")
    anna.listed("#writers", "Anna 100 %")
    anna.page.focus("#text")
    anna.page.keyboard.press("Shift+Control+ArrowLeft")
    anna.page.click("#comment")
    anna.page.fill("#says", "Is that a word? " * 5 + "averyveryverylongword" * 6)
    anna.page.click("#commenting button")
    anna.wait_for_words("#comment-list li", "Is that a word?")
    anna.page.click("#history")
    anna.page.fill("#version-name", "averyveryverylongword" * 5)
    anna.page.press("#version-name", "Enter")
    anna.wait_for_words("#version-list li", "averyvery")
    found = Axe().run(anna.page).response["violations"]
    assert anna.page.evaluate(OUTSIDE) == []
    typed, copied = anna.page.evaluate(WIDTHS)  # beside comments and versions, too
    assert typed == copied
    anna.picture(screenshots / f"document-{look}.png")
    anna.page.click("#read")
    anna.page.wait_for_selector("#reading h2")
    found += Axe().run(anna.page).response["violations"]
    serious = [one for one in found if one["impact"] in ("serious", "critical")]
    assert [(one["id"], one["help"], [node["html"] for node in one["nodes"]]) for one in serious] == []
    assert anna.page.evaluate(OUTSIDE) == []
    anna.context.close()


def test_it_is_written_and_marked_by_keys_alone(browser: Browser, homes: list[HomeProcess]) -> None:
    anna = Writer(browser, homes[0], "Anna")
    anna.begin_document("By keys")
    anna.put("one two")
    anna.page.keyboard.press("Shift+Control+ArrowLeft")
    anna.page.keyboard.press("Control+b")
    anna.reads("one **two**")
    seen = set()
    for _ in range(16):
        anna.page.keyboard.press("Shift+Tab")
        seen.add(anna.page.evaluate("() => document.activeElement.id"))
    assert {"undo", "redo", "heading", "list", "bold", "italic", "read", "save-text", "save-markdown"} <= seen
    assert {"comment", "authors", "history"} <= seen
    anna.page.focus("#heading")
    anna.page.keyboard.press("Enter")
    anna.reads("# one **two**")
    anna.page.focus("#undo")
    anna.page.keyboard.press("Enter")
    anna.page.wait_for_function("() => document.querySelector('#text').value !== '# one **two**'")
    assert anna.console == []
    anna.context.close()
