"""A game beside a board: begun by one at the home page, taken part in by another, each in a real browser."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from tests.home.homes import AtHome, HomeProcess
from tests.whiteboard.wire import ask

pytestmark = pytest.mark.long


def test_two_play_four_in_a_row_beside_their_board(anna: AtHome, ben: AtHome) -> None:
    anna.begin("Game night")
    anna.press("Invite somebody to Game night")
    word = anna.page.wait_for_function("() => document.querySelector('#word').value").json_value()
    anna.page.keyboard.press("Escape")
    ben.page.fill("#pasted", word)
    ben.page.press("#pasted", "Enter")
    ben.wait_for_words("#board-list li", "with Anna (direct)")
    anna.press("Begin Four in a row")
    anna.page.wait_for_url("**/activities/*/")
    anna.wait_for_words("#status", "Your turn")
    ben.press("Chat at Game night")
    ben.listed("#activities", "begun by Anna")
    ben.press("Take part in Four in a row of Anna")
    ben.page.wait_for_url("**/activities/*/")
    for number, column in enumerate((4, 4, 3, 3, 2, 2, 1)):
        mover, other = (anna, ben) if number % 2 == 0 else (ben, anna)
        mover.wait_for_words("#status", "Your turn")
        mover.page.click(f".four button:nth-child({column})")
        other.page.wait_for_function(
            "count => document.querySelectorAll('.four .one, .four .two').length === count", arg=number + 1
        )
    anna.wait_for_words("#status", "You have won")
    ben.wait_for_words("#status", "Anna has won")
    assert ben.page.locator(".four .won").count() == 4
    assert ben.page.locator(".four button:not([aria-disabled=true])").count() == 0
    label = ben.page.locator(".four button").first.get_attribute("aria-label")
    assert label == "Column 1: Anna"
    assert ask(ben.page.url.replace("activities/", "activities/x"))[0] == 404
    assert ask(ben.page.url, {"Origin": "http://evil.example"})[0] == 403


def test_axe_finds_nothing_serious_at_a_game_that_is_played_by_keys(browser: Browser, homes: list[HomeProcess]) -> None:
    anna = AtHome(browser, homes[0], "Anna", bypass_csp=True)
    anna.begin("Alone")
    anna.press("Begin Four in a row")
    anna.page.wait_for_url("**/activities/*/")
    anna.wait_for_words("#status", "Your turn")
    anna.page.focus(".four button:nth-child(3)")
    anna.page.keyboard.press("Enter")
    anna.page.wait_for_selector(".four .one")
    anna.wait_for_words("#status", "Who answers is the other player")
    found = Axe().run(anna.page).response["violations"]
    serious = [one for one in found if one["impact"] in ("serious", "critical")]
    assert [(one["id"], one["help"], [node["html"] for node in one["nodes"]]) for one in serious] == []
    anna.context.close()
