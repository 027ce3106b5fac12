"""Who goes by keys alone keeps their place: what they were at may be shown anew, be hidden or go, and the focus is seen
and not at the beginning of the page again."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.activities import pdfs
from tests.home.homes import AtHome

pytestmark = pytest.mark.long

PLACE = """() => {
  const at = document.activeElement;
  const box = at.getBoundingClientRect();
  if (at === document.body || !at.checkVisibility() || !box.width || !box.height) return "nowhere";
  if (getComputedStyle(at).outlineStyle === "none") return "where nobody sees it";
  return at.getAttribute("aria-label") ?? (at.id || at.tagName);
}"""
"What has the focus: its name, its ID or its tag."


def place(person: AtHome) -> str:
    return str(person.page.evaluate(PLACE))


def press(person: AtHome, selector: str) -> None:
    """With the keyboard."""
    person.page.focus(selector)
    person.page.keyboard.press("Enter")


def gone(person: AtHome, selector: str) -> None:
    person.page.wait_for_selector(selector, state="detached")


def at(person: AtHome, wanted: str) -> None:
    """As soon as the focus is there."""
    person.page.wait_for_function(f"wanted => ({PLACE})() === wanted", arg=wanted)


def begin(person: AtHome, title: str, kind: str) -> None:
    person.begin(title)
    press(person, f"[aria-label='Begin {kind}']")
    person.page.wait_for_url("**/activities/*/")


def test_columns_of_four_in_a_row_are_gone_through_also_when_it_is_not_one_s_turn(anna: AtHome) -> None:
    begin(anna, "Keys and games", "Four in a row")
    anna.wait_for_words("#status", "Your turn")
    press(anna, ".four button:nth-child(4)")
    anna.wait_for_words("#status", "Who answers is the other player")
    assert place(anna) == "Column 4: Anna"
    anna.page.keyboard.press("Enter")
    anna.page.keyboard.press("Tab")
    assert place(anna) == "Column 5: empty"
    assert anna.page.locator(".four .one").count() == 1
    assert anna.page.locator("#toast.shown").count() == 0


def test_pages_of_a_presentation_are_gone_through_to_the_last(anna: AtHome, tmp_path: Path) -> None:
    begin(anna, "Keys and slides", "Presentation")
    anna.wait_for_words("#status", "Drop a PDF")
    (tmp_path / "talk.pdf").write_bytes(pdfs.pages("One", "Two"))
    anna.page.set_input_files("#chooser", tmp_path / "talk.pdf")
    anna.wait_for_words("#where", "Page 1 of 2")
    press(anna, "#next")
    anna.wait_for_words("#where", "Page 2 of 2")
    assert place(anna) == "next"
    assert anna.page.get_attribute("#next", "aria-disabled") == "true"
    anna.page.keyboard.press("Shift+Tab")
    assert place(anna) == "back"
    for words in ("Where?", "When?"):
        anna.page.fill("#question", words)
        anna.page.press("#question", "Enter")
        anna.listed("#questions", words)
    press(anna, "[aria-label='Answered: Where?']")
    gone(anna, "[aria-label='Answered: Where?']")
    at(anna, "LI")
    anna.page.keyboard.press("Tab")
    assert place(anna) == "Answered: When?"


def test_who_takes_a_file_away_goes_on_in_the_list(anna: AtHome, tmp_path: Path) -> None:
    begin(anna, "Keys and files", "Files")
    anna.wait_for_words("#status", "saved in")
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text(name)
        anna.page.set_input_files("#chooser", tmp_path / name)
        anna.page.locator(f"[aria-label='Withdraw {name}']").wait_for()
    press(anna, "[aria-label='Withdraw a.txt']")
    gone(anna, "[aria-label='Withdraw a.txt']")
    at(anna, "Files")
    anna.page.keyboard.press("Tab")
    assert place(anna) == "Save b.txt"


def test_who_chooses_a_word_is_at_the_game_and_presses_nothing_else(anna: AtHome) -> None:
    begin(anna, "Keys and words", "Draw and guess")
    anna.page.locator("#offers button").first.wait_for()
    press(anna, "#offers button")
    anna.wait_for_words("#word", "Draw: ")
    at(anna, "activity")
    anna.page.keyboard.press("Enter")
    anna.page.keyboard.press("Tab")
    assert place(anna) == "Colour"
    press(anna, "#stop")
    anna.page.locator("#offers button").first.wait_for()
    at(anna, "activity")


def test_versions_of_a_document_are_looked_at_and_closed_by_keys(anna: AtHome) -> None:
    begin(anna, "Keys and texts", "Document")
    anna.page.wait_for_selector("#text:not([readonly])")
    anna.page.focus("#text")
    anna.page.keyboard.type("Flour and eggs")
    press(anna, "#history")
    anna.page.fill("#version-name", "First")
    anna.page.press("#version-name", "Enter")
    first = "[aria-label^='Look at First']"
    anna.page.locator(first).wait_for()
    for closing in ("Escape", "#close-version", "#go-back"):
        press(anna, first)
        anna.page.locator("#close-version").wait_for()
        if closing == "Escape":
            anna.page.keyboard.press(closing)
        else:
            press(anna, closing)
        gone(anna, "#close-version")
        assert place(anna).startswith("Look at First")
    press(anna, "[aria-label^='Delete First']")
    gone(anna, first)
    assert place(anna) != "nowhere"


def test_who_closes_opens_and_leaves_a_board_goes_on_in_the_list(anna: AtHome) -> None:
    anna.begin("Keys and boards")
    press(anna, "[aria-label='Close Keys and boards']")
    anna.page.locator("[aria-label='Open Keys and boards']").wait_for()
    at(anna, "LI")
    anna.page.keyboard.press("Tab")
    assert place(anna) == "Open Keys and boards"
    anna.page.keyboard.press("Enter")
    anna.page.locator("[aria-label='Close Keys and boards']").wait_for()
    at(anna, "LI")
    press(anna, "[aria-label='Leave Keys and boards']")
    press(anna, "#sure button[value=yes]")
    gone(anna, "[aria-label='Leave Keys and boards']")
    at(anna, "board-list")
