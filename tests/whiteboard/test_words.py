"""What is typed at the page: texts, names of pages, chat. It arrives, or can be mended where it was typed."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.whiteboard.boards import BoardProcess
from tests.whiteboard.browser import Person, begin

PASTE = """([field, words]) => {
    document.querySelector(field).focus();
    document.execCommand('insertText', false, words);
}"""


def lines(person: Person) -> list[list[str]]:
    """The lines of each text of the page."""
    found: list[list[str]] = person.page.evaluate("""() => [...document.querySelectorAll('#drawn > text')].map(one =>
        [one.firstChild.textContent, ...[...one.querySelectorAll('tspan')].map(line => line.textContent)])""")
    return found


def test_a_text_has_several_lines(anna: Person) -> None:
    anna.take("text", "navy", 6)
    anna.page.mouse.click(*anna.spot(100, 200))
    anna.page.keyboard.type("Dear Dora,")
    anna.page.keyboard.press("Shift+Enter")
    anna.page.keyboard.press("Shift+Enter")
    anna.page.keyboard.type("all the best")
    anna.page.keyboard.press("Enter")
    anna.wait_for_marks(1)
    assert lines(anna) == [["Dear Dora,", "", "all the best"]]


def test_a_text_is_edited_by_clicking_on_it_and_undone(anna: Person) -> None:
    anna.take("text", "navy", 6)
    anna.write(100, 200, "Dear Dora")
    anna.wait_for_marks(1)
    anna.page.mouse.click(*anna.spot(120, 192))
    assert anna.page.input_value("#writing") == "Dear Dora"
    anna.page.keyboard.press("End")
    anna.page.keyboard.type(" and Emil")
    anna.page.keyboard.press("Enter")
    anna.page.wait_for_function("() => document.querySelector('#drawn > text')?.textContent === 'Dear Dora and Emil'")
    assert len(anna.shapes()) == 1
    anna.page.keyboard.press("Control+z")
    anna.page.wait_for_function("() => document.querySelector('#drawn > text')?.textContent === 'Dear Dora'")
    anna.page.keyboard.press("Control+Shift+z")
    anna.page.wait_for_function("() => document.querySelector('#drawn > text')?.textContent === 'Dear Dora and Emil'")


@pytest.mark.parametrize("place", [(780, 300), (400, 595), (790, 590), (5, 5)])
@pytest.mark.parametrize("words", ["a sentence that is rather long for a corner", "W" * 90], ids=["words", "one word"])
def test_words_end_on_the_page_wherever_they_begin(anna: Person, place: tuple[float, float], words: str) -> None:
    anna.take("text", width=12)
    anna.write(*place, words)
    anna.wait_for_marks(1)
    assert "".join("".join(lines(anna)[0]).split()) == "".join(words.split())
    assert anna.page.evaluate("""() => {
        document.getElementById('drawn').style.display = 'initial';
        const {x, y, width, height} = document.querySelector('#drawn > text').getBBox();
        return [x >= 0, y >= -10, x + width <= 800, y + height <= 605];
    }""") == [True, True, True, True]


def test_words_can_be_read_on_a_phone(browser: Browser, board: BoardProcess) -> None:
    phone = Person(browser, board.url, viewport={"width": 320, "height": 568}, has_touch=True, is_mobile=True)
    begin(phone, "on a phone")
    phone.take("text", width=3)
    phone.page.touchscreen.tap(*phone.spot(200, 300))
    phone.page.wait_for_selector("#writing")
    phone.page.keyboard.type("one line")
    phone.page.keyboard.press("Enter")  # a phone has no Shift+Enter: Enter begins a line, and a tap beside it ends
    phone.page.keyboard.type("and another")
    assert phone.page.evaluate("() => Number.parseFloat(getComputedStyle(writing).fontSize)") >= 16
    phone.page.locator("#writing").blur()
    phone.wait_for_marks(1)
    assert lines(phone) == [["one line", "and another"]]
    size = float(phone.shapes()[-1][7] or 0)
    scale = phone.page.evaluate("() => document.querySelector('#paper').getScreenCTM().a")
    assert size * scale >= 15.5
    assert phone.console == []
    phone.context.close()


@pytest.mark.parametrize(
    "name",
    ["Покупки на день рождения мамы и папы", "生日贺卡和大家的祝福还有很多很多的话要说给你听", "🎂" * 30, "x" * 60],
    ids=["russian", "chinese", "emoji", "latin"],
)
def test_every_name_that_the_field_takes_can_be_a_page(anna: Person, name: str) -> None:
    anna.page.fill("#page-name", name)
    anna.page.press("#page-name", "Enter")
    anna.page.wait_for_selector(f"#tabs button[aria-current]:text-is('{name}')")
    assert anna.page.input_value("#page-name") == ""


def test_pasted_tabs_and_control_characters_are_taken_out(anna: Person) -> None:
    anna.page.evaluate(PASTE, ["#words", "a\tb\u0007c"])
    anna.page.press("#words", "Enter")
    anna.wait_for_words("#lines li", "a bc")
    anna.page.evaluate(PASTE, ["#page-name", "one\ttwo"])
    anna.page.press("#page-name", "Enter")
    anna.page.wait_for_selector("#tabs button[aria-current]:text-is('one two')")
    anna.take("text")
    anna.page.mouse.click(*anna.spot(100, 100))
    anna.page.evaluate(PASTE, ["#writing", "if x:\n\treturn\u0000 y\r\nend"])
    anna.page.keyboard.press("Enter")
    anna.wait_for_marks(1)
    assert lines(anna) == [["if x:", "    return y", "end"]]


def test_what_is_too_long_is_said_and_can_be_mended_where_it_was_typed(anna: Person) -> None:
    words = "长" * 700
    anna.page.evaluate("() => { document.querySelector('#words').removeAttribute('maxlength'); }")
    anna.page.fill("#words", words * 3)
    anna.page.press("#words", "Enter")
    anna.told("a line of chat has up to")
    anna.page.wait_for_function("() => document.querySelector('#words').value.length === 2100")
