"""Three processes that are C programs: everyone adds, everyone ends with the same database; then one is killed.

``PEERAPI_JOURNEY_RECORDS`` sets the number of records that each process adds (10,000 is the full journey).
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.journey import Node, program
from tests.support.ports import free_port

RECORDS = int(os.environ.get("PEERAPI_JOURNEY_RECORDS", "2500"))
GRAPH = "journey"


@pytest.fixture
def nodes(compile_c: Callable[..., Path], tmp_path: Path) -> Iterator[list[Node]]:
    """Three programs: a creator that listens, two joiners that synchronized and listen."""
    made = [Node(program(compile_c), tmp_path / name, name) for name in ("anna", "ben", "cora")]
    try:
        ports = [free_port() for _ in made]
        anna, ben, cora = made
        anna.ask(f"create {GRAPH} anna db")
        anna.ask(f"listen {ports[0]}")
        for joiner, port in ((ben, ports[1]), (cora, ports[2])):
            assert joiner.ask(f"open {GRAPH} {joiner.name} db") == "new"
            joiner.ask(f"connect {ports[0]}")
            joiner.ask("synchronized")
            joiner.ask(f"listen {port}")
        for node, port in zip(made, ports, strict=True):
            node.port = port
        yield made
    finally:
        for node in made:
            node.abandon()


def wait_for(nodes: list[Node], count: int) -> None:
    for node in nodes:
        node.tell(f"wait {count}")
    assert [int(node.answer()) for node in nodes] == [count] * len(nodes)


def everywhere_equal(nodes: list[Node]) -> list[str]:
    dumps = [node.dump() for node in nodes]
    for node, other in zip(nodes[1:], dumps[1:], strict=True):
        different = set(dumps[0]) ^ set(other)
        assert not different, (
            f"{nodes[0].name} and {node.name} differ in {len(different)} lines: {sorted(different)[:4]}"
        )
        assert other == dumps[0]
    return dumps[0]


def test_three_processes_end_with_equal_databases_and_survive_a_kill(nodes: list[Node]) -> None:
    anna, ben, cora = nodes
    for node in nodes:
        node.tell(f"add {RECORDS} 200 {node.name}")
    for node in nodes:
        node.answer()
    wait_for(nodes, 3 * RECORDS)
    assert len(everywhere_equal(nodes)) == 3 * RECORDS

    # kill -9 in the middle of a burst.
    reported = ben.burst_until(300, 200, "burst")
    anna.ask("add 100 200 meanwhile-anna")
    cora.ask("add 100 200 meanwhile-cora")
    anna.ask("update 20")

    # Every add that had returned S_OK is there when it reopens.
    ben.start()
    assert ben.ask(f"open {GRAPH} ben db") == "existing"
    assert set(reported) <= ben.ids()

    # It catches up with what it missed, and the others get what was not sent any more.
    ben.ask(f"connect {anna.port}")
    ben.ask("synchronized")
    total = len(ben.ids() | anna.ids() | cora.ids())
    wait_for(nodes, total)
    latest = anna.ask("add 1 200 latest")
    assert latest == "1"
    wait_for(nodes, total + 1)
    assert len(everywhere_equal(nodes)) == total + 1
    assert set(reported) <= ben.ids()
    for node in nodes:
        node.stop()
