"""All facts of the wire, asked of a node of this library in another process, over real sockets."""

from __future__ import annotations

from collections import Counter

from peerapi.cli.conformance_wire import native_node
from peerapi.conformance_wire.bench import Bench
from peerapi.conformance_wire.facts import Need
from peerapi.conformance_wire.runs import Outcome, run
from peerapi.conformance_wire.selection import all_facts

WITHOUT: dict[str, str] = {}
"Facts that cannot be seen at a node of this library, and why."


def test_every_fact_holds_at_a_node_of_this_library() -> None:
    with native_node() as (target, driver):
        results = run(all_facts(), Bench(target, driver), frozenset({Need.DRIVER, Need.MEMBERSHIP}))
    assert [(one.fact.name, one.why) for one in results if one.outcome is Outcome.DEVIATES] == []
    skipped = {one.fact.name for one in results if one.outcome is Outcome.SKIPPED and Need.TIME not in one.fact.needs}
    assert skipped == set(WITHOUT)


def test_every_fact_has_a_name_of_its_own_and_a_section() -> None:
    facts = all_facts()
    assert [name for name, number in Counter(fact.name for fact in facts).items() if number > 1] == []
    assert all(part.isdecimal() for fact in facts for part in fact.section.split("."))
