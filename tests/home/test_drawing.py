"""Draw and guess beside a board: one draws, another guesses by the keyboard alone, each in a real browser."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from tests.home.homes import AtHome, HomeProcess
from tests.home.test_looks import LOOKS, OUTSIDE

pytestmark = pytest.mark.long
CORNER = """() => {
  const paper = document.querySelector('#canvas').getBoundingClientRect();
  const line = document.querySelector('#canvas polyline').getBoundingClientRect();
  return [(line.left - paper.left) / paper.width, (line.top - paper.top) / paper.height];
}"""
"Where the first stroke begins, as parts of the paper."


def draw(person: AtHome, *points: tuple[float, float]) -> None:
    """With the mouse, from place to place of the paper, as parts of it."""
    box = person.page.locator("#canvas").bounding_box()
    assert box
    spots = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
    person.page.mouse.move(*spots[0])
    person.page.mouse.down()
    for spot in spots[1:]:
        person.page.mouse.move(*spot, steps=4)
    person.page.mouse.up()


def strokes(person: AtHome, least: int) -> None:
    """As soon as there are so many: one that takes long comes in several."""
    person.page.wait_for_function("least => document.querySelectorAll('#canvas polyline').length >= least", arg=least)


def nothing_drawn(person: AtHome) -> None:
    person.page.wait_for_function("() => !document.querySelector('#canvas polyline')")


def choose(person: AtHome) -> str:
    """The first of the words that are offered; which one it is."""
    person.page.locator("#offers button").first.wait_for()
    word = person.page.locator("#offers button").first.inner_text()
    person.page.locator("#offers button").first.focus()
    person.page.keyboard.press("Enter")
    person.wait_for_words("#word", f"Draw: {word}")
    return word


def test_one_draws_a_word_and_another_guesses_it_by_keys(anna: AtHome, ben: AtHome, screenshots: Path) -> None:
    anna.begin("Game night")
    anna.press("Invite somebody to Game night")
    word = anna.page.wait_for_function("() => document.querySelector('#word').value").json_value()
    anna.page.keyboard.press("Escape")
    ben.page.fill("#pasted", word)
    ben.page.press("#pasted", "Enter")
    ben.wait_for_words("#board-list li", "with Anna (direct)")
    anna.press("Begin Draw and guess")
    anna.page.wait_for_url("**/activities/*/")
    anna.wait_for_words("#status", "It is your turn: choose a word")
    ben.press("Chat at Game night")
    ben.listed("#activities", "begun by Anna")
    ben.press("Take part in Draw and guess of Anna")
    ben.page.wait_for_url("**/activities/*/")
    ben.wait_for_words("#status", "Anna draws next")
    secret = choose(anna)
    ben.wait_for_words("#status", "Anna draws; guess what it is")
    anna.page.select_option("#color", label="red")
    draw(anna, (0.2, 0.3), (0.5, 0.1), (0.8, 0.3), (0.8, 0.8), (0.2, 0.8), (0.2, 0.3))
    strokes(ben, 1)
    anna.page.click("#clear")
    for person in (anna, ben):
        nothing_drawn(person)
    draw(anna, (0.3, 0.3), (0.7, 0.3), (0.7, 0.7), (0.3, 0.7), (0.3, 0.3))
    strokes(ben, 1)
    for person in (anna, ben):  # it is where the mouse was, on each screen
        left, top = person.page.evaluate(CORNER)
        assert abs(left - 0.3) < 0.03 and abs(top - 0.3) < 0.03
    draw(anna, (0.25, 0.35), (0.5, 0.1), (0.75, 0.35))
    for person in (anna, ben):
        strokes(person, 2)
    assert secret not in re.split(r"\W+", ben.page.inner_text("body"))
    label = ben.page.locator("#canvas").get_attribute("aria-label")
    assert label and re.fullmatch(r"Drawing of Anna: \d+ strokes", label)
    draw(ben, (0.1, 0.1), (0.9, 0.9))  # who guesses cannot draw
    ben.page.focus("#guess")
    ben.page.keyboard.type("a <b>mouse</b>")
    ben.page.keyboard.press("Enter")
    anna.listed("#guesses", "Ben: a <b>mouse</b>")
    anna.page.screenshot(path=screenshots / "draw-and-guess.png", full_page=True)
    ben.page.keyboard.type(secret)
    ben.page.keyboard.press("Enter")
    ben.wait_for_words("#status", f"You have guessed it: {secret}. It is your turn")
    anna.wait_for_words("#status", f"Ben has guessed it: {secret}. Ben draws next")
    for person, name in ((anna, "Ben"), (ben, "You")):
        person.listed("#scores", f"{name}2 points")
    strokes(ben, 2)
    second = choose(ben)
    nothing_drawn(anna)
    ben.page.click("#stop")
    anna.wait_for_words("#status", f"It was {second}. It is your turn")
    assert anna.page.locator("#cheats li").count() == 0


@pytest.mark.parametrize("look", ["dark", "phone"])
def test_axe_finds_nothing_serious_and_nothing_lies_outside(
    browser: Browser, homes: list[HomeProcess], look: str
) -> None:
    anna = AtHome(browser, homes[0], "Anna", bypass_csp=True, **LOOKS[look])
    anna.begin(f"Alone, {look}")
    anna.press("Begin Draw and guess")
    anna.page.wait_for_url("**/activities/*/")
    choose(anna)
    draw(anna, (0.2, 0.2), (0.8, 0.8))
    strokes(anna, 1)
    anna.page.wait_for_function("() => !document.querySelector('.under-way')")
    found = Axe().run(anna.page).response["violations"]
    serious = [one for one in found if one["impact"] in ("serious", "critical")]
    assert [(one["id"], one["help"], [node["html"] for node in one["nodes"]]) for one in serious] == []
    assert anna.page.evaluate(OUTSIDE) == []
    anna.context.close()
