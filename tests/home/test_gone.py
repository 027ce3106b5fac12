"""Somebody whose machine is gone for ever, with all that was on it: the others read so, and go on or leave."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.home.homes import AtHome, HomeProcess, home_of
from tests.support.collab import stop_host

pytestmark = pytest.mark.long


def test_what_nobody_has_any_more_is_said_and_left(browser: Browser, tmp_path: Path) -> None:
    """A game that was never opened here looked as if nobody had moved in it."""
    annas = HomeProcess(tmp_path / "anna")
    try:
        with home_of(tmp_path / "ben") as bens:
            anna, ben = AtHome(browser, annas, "Anna"), AtHome(browser, bens, "Ben")
            anna.begin("Lost")
            anna.press("Invite somebody to Lost")
            word = anna.page.wait_for_function("() => document.querySelector('#word').value").json_value()
            anna.page.keyboard.press("Escape")
            ben.page.fill("#pasted", word)
            ben.page.press("#pasted", "Enter")
            ben.wait_for_words("#board-list li", "with Anna (direct)")
            anna.press("Begin Four in a row")
            anna.wait_for_words("#status", "Your turn")
            ben.press("Chat at Lost")
            ben.listed("#activities", "begun by Anna")
            anna.context.close()
            annas.process.kill()
            annas.process.wait(60)
            annas.stop()
            stop_host(annas.home)
            shutil.rmtree(annas.home)

            ben.page.wait_for_function("() => !document.querySelector('#board-list').textContent.includes('(direct)')")
            ben.press("Take part in Four in a row of Anna")
            ben.page.wait_for_url("**/activities/*/")
            ben.wait_for_words("#status", "Nobody who has it could be reached yet")
            ben.page.go_back()
            ben.press("Leave Lost")
            ben.page.click("#sure button[value=yes]")
            ben.told("Lost: it is no longer on this machine.")
            assert ben.console == []
            ben.context.close()
    finally:
        annas.stop()
        stop_host(annas.home)
