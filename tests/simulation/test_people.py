"""People on one link on virtual time: few here, 200 by ``make simulate-people``."""

from __future__ import annotations

import pytest

from peerapi.collab.conversation import Conversation
from peerapi.collab.nearby import Nearby
from tests.simulation.people import run

PEOPLE, MINUTES = 20, 30


@pytest.mark.parametrize("seed", [1, 2])
def test_after_everything_everybody_sees_who_is_there_and_what_they_may(seed: int) -> None:
    report = run(PEOPLE, seed, MINUTES)
    assert report.faults == []
    assert report.here > PEOPLE // 3
    assert all(one["ADDED"] for one in report.heard)
    assert report.rate < 1.3, "one Hello a minute each, however many there are"


def test_a_life_repeats() -> None:
    first, second = (run(10, 7, 10) for _ in range(2))
    assert (first.heard, first.rate, first.here) == (second.heard, second.rate, second.here)


def test_a_change_of_permission_that_is_not_told_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Conversation, "permissions_changed", lambda self: None)
    assert run(PEOPLE, 1, MINUTES).faults


def test_a_nickname_that_is_not_told_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Nearby, "change", lambda self, nickname, name, now: None)
    assert run(PEOPLE, 1, MINUTES).faults
