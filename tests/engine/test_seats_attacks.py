"""A relay that lies to the node that has a seat there: each attack works without the one check that stops it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import trio

from peerapi.engine.reach import calling, sitting
from peerapi.engine.reach.sitting import Sitting
from peerapi.reach.leg import RelayAccess
from peerapi.reach.refusal import Refusal, Refused
from peerapi.reach.seat import RelayEndpoint
from peerapi.reach.seats import Known, Ringing
from tests.reach.lab import host

ONE, OTHER = (Known(RelayAccess(RelayEndpoint(bytes((198, 51, 100, last)), 443)), b"") for last in (1, 2))


def rung(monkeypatch: pytest.MonkeyPatch) -> tuple[int, int]:
    """How many calls are answered at once that one relay says there are, in vain; and how many of another relay then,
    and of the first one later."""
    tasks: list[Callable[[], Any]] = []
    holder: Any = SimpleNamespace(spawn=lambda task, *args: tasks.append(lambda: task(*args)), listening=())
    one = Sitting(SimpleNamespace(), holder, (ONE, OTHER), Path("presence"))  # type: ignore[arg-type]
    one._own = dict.fromkeys((known.access.endpoint for known in (ONE, OTHER)), SimpleNamespace(context=None))  # type: ignore[arg-type]

    async def nobody(*args: object, **more: object) -> None:
        raise Refused(Refusal.UNANSWERED)

    def ring(known: Known, times: int) -> int:
        before = len(tasks)
        for number in range(times):
            one._rung(Ringing(known, number.to_bytes(16, "big"), host(9)))
        return len(tasks) - before

    monkeypatch.setattr(calling, "answer", nobody)
    many, others = ring(ONE, 1000), ring(OTHER, 1)
    while tasks:
        trio.run(tasks.pop())
    return many, others + ring(ONE, 1)


def test_attack_a_relay_says_all_the_while_that_somebody_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    """For each call the node connects to the relay again, and waits there: so it would run out of descriptors."""
    with monkeypatch.context() as without:
        without.setattr(sitting, "MOST_ANSWERED", 10**6)
        assert rung(monkeypatch) == (1000, 2)
    assert rung(monkeypatch) == (sitting.MOST_ANSWERED, 2)
