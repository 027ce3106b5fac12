"""Deviations that are planted in a node, one at a time, are noticed by the kit, and by a fact that is about them."""

from __future__ import annotations

import sys

import pytest

from peerapi.cli.conformance_wire import native_node
from peerapi.conformance_wire.bench import Bench
from peerapi.conformance_wire.facts import Need
from peerapi.conformance_wire.runs import Outcome, run
from peerapi.conformance_wire.selection import all_facts
from tests.conformance_wire.planted import DEVIATIONS

SHORT = 5.0
"Seconds after which what is missing is missing. A slow machine can only make more facts deviate, not fewer."


@pytest.mark.parametrize("name", DEVIATIONS)
def test_a_planted_deviation_is_noticed(name: str) -> None:
    part, _ = DEVIATIONS[name]
    facts = [fact for fact in all_facts() if part in fact.name]
    assert facts
    with native_node((sys.executable, "-m", "tests.conformance_wire.planted", name)) as (target, driver):
        results = run(facts, Bench(target, driver, patience=SHORT), frozenset({Need.DRIVER, Need.MEMBERSHIP}))
    assert Outcome.SKIPPED not in {one.outcome for one in results}
    assert Outcome.DEVIATES in {one.outcome for one in results}
