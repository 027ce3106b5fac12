"""The home page on screens of every size, in light and dark, by keyboard, and for who cannot see it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from tests.home.homes import AtHome, HomeProcess

TOUCH = {"has_touch": True, "is_mobile": True}
LOOKS: dict[str, dict[str, Any]] = {
    "light": {},
    "dark": {"color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 844}, **TOUCH},
    "tablet": {"viewport": {"width": 768, "height": 1024}, **TOUCH},
}
OUTSIDE = """() => [...document.querySelectorAll('body *')].filter(one => {
    const box = one.getBoundingClientRect();
    const scrolled = one.closest('.unseen, .skip, svg, .toast');
    return !scrolled && box.width > 0 && (box.right > innerWidth + 0.5 || box.left < -0.5);
}).map(one => one.outerHTML.slice(0, 80))"""

WIDER = """() => [document.documentElement, ...document.querySelectorAll("dialog[open]")]
  .filter(one => one.scrollWidth > one.clientWidth).map(one => `${one.tagName} is ${one.scrollWidth} wide`)"""
"The page and its dialogs, where they are scrolled sideways."


@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_nothing_serious_and_nothing_lies_outside(
    browser: Browser, homes: list[HomeProcess], look: str, screenshots: Path
) -> None:
    anna = AtHome(browser, homes[0], "Anna", bypass_csp=True, **LOOKS[look])
    anna.begin(f"A birthday card for Grandmother Wilhelmina, {look}")
    anna.listed("#people-near", "")
    anna.say("Who brings the cake, and who the candles?")
    anna.wait_for_words("#lines li", "the candles?")
    anna.page.wait_for_function("() => document.querySelector('#network').textContent.length > 20")
    found = Axe().run(anna.page).response["violations"]
    anna.page.screenshot(path=screenshots / f"home-{look}.png", full_page=True)
    assert anna.page.evaluate(OUTSIDE) == []
    anna.page.locator("[aria-label^='Invite somebody']").first.click()
    anna.page.wait_for_function("() => document.querySelector('#code').naturalWidth > 100")
    anna.picture(screenshots / f"home-{look}-invitation.png")
    found += Axe().run(anna.page).response["violations"]
    serious = [one for one in found if one["impact"] in ("serious", "critical")]
    assert [(one["id"], one["help"], [node["html"] for node in one["nodes"]]) for one in serious] == []
    assert anna.page.evaluate(OUTSIDE) == []
    anna.context.close()


def test_words_without_a_space_stay_within_the_page_of_a_small_phone(
    browser: Browser, homes: list[HomeProcess], tmp_path: Path
) -> None:
    """They made the page several times as wide as the screen."""
    word = "W" * 100
    anna = AtHome(browser, homes[0], word[:50], viewport={"width": 360, "height": 640}, **TOUCH)
    anna.begin(word)
    anna.say(5 * word)
    anna.wait_for_words("#lines li", word)
    assert anna.page.evaluate(WIDER) == []
    anna.press(f"Invite somebody to {word}")
    anna.page.wait_for_function("() => document.querySelector('#word').value")
    assert anna.page.evaluate(WIDER) == []
    anna.page.keyboard.press("Escape")
    anna.press(f"Leave {word}")
    anna.page.wait_for_selector("#sure[open]")
    assert anna.page.evaluate(WIDER) == []
    anna.page.keyboard.press("Escape")
    home = anna.page.url
    for kind, field in (("Files", "#search"), ("Presentation", "#question"), ("Document", "#text:not([readonly])")):
        anna.press(f"Begin {kind}")
        anna.page.wait_for_url("**/activities/*/")
        anna.page.locator(field).wait_for()
        if kind == "Files":
            (tmp_path / word).write_text("x")
            anna.page.set_input_files("#chooser", tmp_path / word)
            anna.page.locator(f"[aria-label='Withdraw {word}']").wait_for()
        elif kind == "Presentation":
            anna.page.fill(field, 3 * word)
            anna.page.press(field, "Enter")
            anna.listed("#questions", word)
        else:
            anna.page.fill(field, 3 * word)
            anna.page.click("#authors")
            anna.page.locator("#writers", has_text=word[:50]).wait_for()
        assert anna.page.evaluate(WIDER) == [], kind
        anna.page.goto(home)
        anna.press(f"Chat at {word}")
    assert anna.console == []
    anna.context.close()


def test_everything_is_reached_by_the_keyboard(anna: AtHome) -> None:
    """The Tab key comes by everything that can be clicked, in the order of the page; what it is at can be seen."""
    anna.begin("By keys")
    wanted = anna.page.evaluate(
        "() => [...document.querySelectorAll('button, input, select, summary, a[href]')]"
        ".filter(one => one.checkVisibility() && !one.disabled && !one.closest('dialog')).length"
    )
    anna.page.evaluate("() => document.activeElement.blur()")
    anna.page.evaluate("() => window.scrollTo(0, 0)")
    seen = set()
    for _ in range(3 * wanted):
        anna.page.keyboard.press("Tab")
        seen.add(
            anna.page.evaluate(
                "() => { const at = document.activeElement; at.id ||= `n${Math.random()}`; return at.id; }"
            )
        )
        if len(seen) >= wanted:
            break
    assert len(seen) >= wanted
    anna.page.focus("[aria-label='Invite somebody to By keys']")
    anna.page.keyboard.press("Enter")
    anna.page.wait_for_selector("#inviting[open]")
    anna.page.keyboard.press("Escape")
    anna.page.wait_for_selector("#inviting:not([open])", state="attached")


def test_the_network_is_looked_at_again(anna: AtHome) -> None:
    anna.page.wait_for_function("() => document.querySelector('#network').textContent.endsWith('.')")
    said = anna.page.locator("#network").text_content()
    anna.page.click("#check")
    anna.page.wait_for_function("said => document.querySelector('#network').textContent === said", arg=said)
