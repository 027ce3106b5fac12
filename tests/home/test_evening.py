"""Two people at their home pages, each in a real browser: they see each other, talk, and one's card opens at the
other's."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.home.homes import AtHome, HomeProcess, home_of
from tests.whiteboard.browser import begin

pytestmark = pytest.mark.long


def test_people_near_by_become_contacts_and_see_how_each_other_is(anna: AtHome, ben: AtHome) -> None:
    anna.listed("#people-near", "Ben")
    anna.press("Make Ben a contact")
    anna.wait_for_words("#contacts li", "Ben")
    ben.listed("#people-near", "Anna")
    ben.press("Make Anna a contact")
    ben.wait_for_words("#contacts li", "online")
    anna.page.select_option("#how", "busy")
    anna.page.fill("#mood", "baking")
    anna.page.press("#mood", "Enter")
    ben.wait_for_words("#contacts li", "busy · baking · sees you")
    ben.press("Hide from Anna")
    ben.wait_for_words("#contacts li", "does not see you")
    anna.wait_for_words("#contacts li", "not there")
    ben.press("Show yourself to Anna")
    anna.wait_for_words("#contacts li", "online")
    anna.page.select_option("#how", "online")
    for person, other in ((anna, "Ben"), (ben, "Anna")):
        person.press(f"Forget {other}")
        person.page.click("#sure button[value=yes]")
        person.wait_for_words("#contacts li", "Nobody yet.")


def test_a_card_opens_at_who_says_yes_and_both_draw_and_talk(anna: AtHome, ben: AtHome, browser: Browser) -> None:
    anna.begin("For Dora")
    anna.listed("#people-near", "Ben")
    anna.press("Invite somebody to For Dora")
    anna.press("Ask Ben to come")
    ben.listed("#waiting", "Anna (no contact of yours): For Dora")
    assert ben.page.title() == "(1) Home"
    ben.press("Come to For Dora with Anna")
    ben.page.wait_for_url("**/boards/*/")
    ben.page.wait_for_function("() => document.querySelector('#status').textContent.startsWith('You are Ben')")
    anna.told("Ben comes to For Dora.")
    anna.page.keyboard.press("Escape")
    anna.listed("#board-list", "with Ben (direct)")
    anna.wait_for_words("#people li", "Ben")
    begin(ben, "sketch")
    ben.draw((100, 100), (300, 200))
    ben.wait_for_marks(1)
    ben.say("Shall I bring candles?")
    anna.wait_for_words("#lines li", "Shall I bring candles?")
    anna.say("Yes, forty!")
    ben.wait_for_words("#lines li", "Yes, forty!")
    anna.press("Draw on For Dora")
    anna.page.click("#tabs button:has-text('sketch')")
    anna.wait_for_marks(1)
    anna.page.click("#to-home")
    anna.listed("#board-list", "For Dora")
    ben.page.click("#to-home")
    ben.press("Leave For Dora")
    ben.page.click("#sure button[value=yes]")
    ben.told("For Dora: it is no longer on this machine.")
    anna.press("Delete For Dora")
    anna.page.click("#sure button[value=yes]")
    anna.page.wait_for_function("() => !document.querySelector('#board-list').textContent.includes('For Dora')")


def test_an_invitation_waits_for_who_does_not_look(anna: AtHome, homes: list[HomeProcess], browser: Browser) -> None:
    """Ben's program runs, and no window of it is open."""
    anna.begin("While away")
    anna.listed("#people-near", "Ben")
    anna.press("Invite somebody to While away")
    anna.press("Ask Ben to come")
    anna.told("Ben is asked to come to While away")
    ben = AtHome(browser, homes[1])
    ben.listed("#waiting", "While away")
    ben.press("Decline the invitation of Anna")
    anna.told("Ben does not come to While away.")
    ben.page.locator("#invitations").wait_for(state="hidden")
    ben.context.close()
    anna.page.keyboard.press("Escape")


def test_what_others_call_themselves_is_text(anna: AtHome, ben: AtHome) -> None:
    hostile = "<img src=x onerror=alert(1)>"
    ben.rename(hostile)
    anna.listed("#people-near", hostile)
    assert anna.page.locator("#people-near img").count() == 0
    ben.rename("Ben")
    anna.listed("#people-near", "Ben")


def test_who_switches_it_off_is_not_there_for_others(anna: AtHome, ben: AtHome) -> None:
    anna.listed("#people-near", "Ben")
    for switch in ("#near", "#internet"):
        ben.page.click(switch)
        ben.page.wait_for_selector(f"{switch}[aria-checked=false]")
    anna.page.wait_for_function("() => !document.querySelector('#people-near').textContent.includes('Ben')")
    ben.wait_for_words("#people-near li", "Switched off.")
    assert ben.page.locator("#how").is_disabled()
    for switch in ("#near", "#internet"):
        ben.page.click(switch)
        ben.page.wait_for_selector(f"{switch}[aria-checked=true]")
    anna.listed("#people-near", "Ben")


def test_a_card_makes_a_contact_of_somebody_far_away(anna: AtHome, ben: AtHome) -> None:
    cards = []
    for person in (anna, ben):
        person.page.click("details summary")
        person.page.click("#card")
        cards.append(person.page.wait_for_function("() => document.querySelector('#card-text').value").json_value())
        person.page.keyboard.press("Escape")
    for person, card in ((anna, cards[1]), (ben, cards[0])):
        person.page.fill("#their-card", card)
        person.page.click("#add button")
    anna.wait_for_words("#contacts li", "Ben")
    ben.wait_for_words("#contacts li", "online")
    anna.page.fill("#their-card", "no card")
    anna.page.click("#add button")
    anna.told("that is no contact's card")


def test_a_word_lets_somebody_in_who_was_told_it(anna: AtHome, ben: AtHome) -> None:
    anna.begin("By word")
    anna.press("Invite somebody to By word")
    word = anna.page.wait_for_function("() => document.querySelector('#word').value").json_value()
    assert word.startswith("board-")
    anna.page.wait_for_function("() => document.querySelector('#code').naturalWidth > 100")
    ben.page.fill("#pasted", f"> Come! {word}")
    ben.page.press("#pasted", "Enter")
    ben.wait_for_words("#board-list li", "with Anna (direct)")
    ben.page.fill("#pasted", "board-nonsense")
    ben.page.press("#pasted", "Enter")
    ben.told("The invitation")
    ben.press("Close By word")
    ben.listed("#board-list", "opened")
    ben.press("Open By word")
    ben.wait_for_words("#board-list li", "with Anna (direct)")


def test_the_page_says_when_its_program_stops_and_goes_on_with_the_next_one(browser: Browser, tmp_path: Path) -> None:
    """The address is the same, and the name."""
    folder = tmp_path / "cleo"
    first = HomeProcess(folder)
    cleo = AtHome(browser, first, "Cleo")
    try:
        first.end()
        cleo.wait_for_words("#status", "The program of this page has stopped")
    finally:
        first.stop()
    with home_of(folder) as second:
        assert second.url == first.url
        cleo.wait_for_words("#status", "You are Cleo")
        cleo.context.close()
