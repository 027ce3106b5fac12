"""A board that is alone calls seldom, and says who is looked for, since when and why nobody was reached."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from peerapi.whiteboard.links import FIRST_PAUSE, JITTER, LONGEST_PAUSE, Pauses
from tests.whiteboard.boards import BoardProcess, joined, new_board
from tests.whiteboard.browser import Person
from tests.whiteboard.wire import websocket

MINUTE = 60.0
CALLS_A_MINUTE = 30


def calls_in(seconds: float, pauses: Iterator[float]) -> int:
    count, now = 0, 0.0
    while now < seconds:
        count += 1
        now += next(pauses)
    return count


@pytest.mark.parametrize("seed", range(20))
def test_the_rounds_of_calls_become_seldom_and_are_not_in_step(seed: int) -> None:
    pauses = Pauses(random.Random(seed))
    rounds = calls_in(10 * MINUTE, iter(pauses.next, None))
    assert rounds < 10 * MINUTE / LONGEST_PAUSE * 2 + 10
    assert rounds / 10 < CALLS_A_MINUTE
    other = Pauses(random.Random(seed + 1000))
    assert [pauses.next() for _ in range(5)] != [other.next() for _ in range(5)]


def test_a_call_that_has_led_somewhere_is_tried_at_once_the_next_time() -> None:
    pauses = Pauses(random.Random(1))
    for _ in range(20):
        assert pauses.next() <= LONGEST_PAUSE * (1 + JITTER)
    pauses.reset()
    assert pauses.next() <= FIRST_PAUSE * (1 + JITTER)


def test_the_page_says_who_is_looked_for_since_when_and_why_nobody_answers(browser: Browser, tmp_path: Path) -> None:
    anna = new_board(tmp_path / "Anna", "Anna")
    ben: BoardProcess | None = None
    try:
        ben = joined(tmp_path / "Ben", "Ben", anna.invitation)
        with websocket(ben.url) as page:
            page.wait_until("people", lambda news: {"Anna", "Ben"} <= {node["name"] for node in news["nodes"]})
        person = Person(browser, ben.url)
        assert person.page.inner_text("#alone") == ""
        anna.end()
        person.wait_for_words("#alone", "Looking for Anna, at [::1]:")
        person.wait_for_words("#alone", "since ")
        person.wait_for_words("#alone", "one of them must be online.")
        assert person.console == []
        person.context.close()
        ben.end()
    finally:
        anna.stop()
        if ben:
            ben.stop()


def test_a_newcomer_whom_nobody_lets_in_is_told_who_must_be_online(browser: Browser, tmp_path: Path) -> None:
    anna = new_board(tmp_path / "Anna", "Anna")
    try:
        anna.end()
    finally:
        anna.stop()
    ben = joined(tmp_path / "Ben", "Ben", anna.invitation)
    try:
        ben.wait_for(lambda line: "one of them must be online" in line)
        with websocket(ben.url) as page:
            alone = page.wait_until("state", lambda state: (state["alone"] or {}).get("why", ""))["alone"]
        assert alone["at"] and alone["since"] > 0
        ben.end()
    finally:
        ben.stop()
