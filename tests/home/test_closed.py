"""What was closed on the home page while another window shows it: that window says so, and goes on when it is opened
again. A window that went on looking at what is closed would show nothing new any more, and say nothing of it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.home.homes import AtHome, HomeProcess
from tests.whiteboard.wire import ask

pytestmark = pytest.mark.long


def another(person: AtHome) -> Page:
    """The home page in another window of the same browser."""
    page = person.context.new_page()
    page.goto(person.page.url.split("boards/")[0])
    return page


def test_a_board_that_is_opened_again_goes_on_in_the_window_that_shows_it(anna: AtHome) -> None:
    anna.begin("Twice")
    anna.press("Draw on Twice")
    anna.page.wait_for_url("**/boards/*/")
    anna.wait_for_words("#status", "You are Anna")
    home = another(anna)
    home.click("[aria-label='Close Twice']")
    anna.wait_for_words("#status", "This board was closed: open it on the home page")
    anna.draw((100, 100), (300, 200))
    anna.told("This is kept here")
    status, _, body = ask(anna.page.url)
    assert (status, "Open it on the" in body) == (404, True)
    home.click("[aria-label='Open Twice']")
    anna.wait_for_marks(1)
    anna.wait_for_words("#status", "You are Anna")
    anna.page.wait_for_function("() => document.documentElement.whiteboard.settled")
    home.click("[aria-label='Draw on Twice']")
    home.wait_for_function("() => document.querySelectorAll('#drawn > *').length === 1")
    home.close()


def test_an_activity_that_is_opened_again_goes_on_in_the_window_that_shows_it(anna: AtHome) -> None:
    anna.begin("Again")
    anna.press("Begin Four in a row")
    anna.page.wait_for_url("**/activities/*/")
    anna.wait_for_words("#status", "Your turn")
    home = another(anna)
    home.click("[aria-label='Close Again']")
    anna.wait_for_words("#status", "This was closed: take part in it again on the home page")
    home.click("[aria-label='Open Again']")
    home.click("[aria-label='Take part in Four in a row of Anna']")
    home.wait_for_url("**/activities/*/")
    anna.wait_for_words("#status", "Your turn")
    home.close()


def test_a_window_stays_where_it_is_when_another_one_goes_to_an_activity(anna: AtHome) -> None:
    """It has asked for one at another board, of which nothing has come."""
    for title in ("Here", "There"):
        anna.begin(title)
    home = another(anna)
    anna.page.evaluate("() => { WebSocket.prototype.send = () => {}; }")
    anna.press("Begin Four in a row")
    home.click("[aria-label='Chat at Here']")
    home.locator("#talk-title", has_text="Here").wait_for()
    home.click("[aria-label='Begin Four in a row']")
    home.wait_for_url("**/activities/*/")
    home.close()
    anna.page.reload()
    anna.wait_for_words("#status", "You are Anna")
    assert "/activities/" not in anna.page.url


@pytest.mark.parametrize("below", ["", "x/y", "boards/000000000000/", f"boards/000000000000/activities/{'0' * 8}/"])
def test_who_asks_for_what_is_not_open_is_led_home(anna: AtHome, homes: list[HomeProcess], below: str) -> None:
    """As with a bookmark of yesterday."""
    page = anna.context.new_page()
    answer = page.goto(homes[0].url + below)
    assert answer is not None
    if below:
        assert answer.status == 404
        page.click("a")
    page.wait_for_function("() => document.querySelector('#status').textContent === 'You are Anna'")
    page.close()
    anna.console.clear()
