"""What was committed survives ``kill -9``, again and again, in one process without neighbors."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.journey import Node, program
from tests.support.native import code

GRAPH = "durable"


@pytest.fixture
def node(compile_c: Callable[..., Path], tmp_path: Path) -> Iterator[Node]:
    made = Node(program(compile_c), tmp_path / "home", "dora")
    try:
        made.ask(f"create {GRAPH} dora db")
        yield made
    finally:
        made.abandon()


def reopen(node: Node) -> None:
    node.start()
    assert node.ask(f"open {GRAPH} dora db") == "existing"


def test_every_reported_add_survives_being_killed(node: Node) -> None:
    known: set[str] = set()
    for round in range(4):
        known |= set(node.burst_until(37 + 60 * round, 100 + 3000 * (round % 2), f"round{round}"))
        reopen(node)
        assert known <= node.ids()
    assert len(known) >= 4 * 37
    node.stop()


def test_updates_and_deletes_survive_being_killed(node: Node) -> None:
    node.ask("add 50 100 first")
    node.ask("update 10")
    node.ask("delete 5")
    before = node.dump()
    node.kill()
    reopen(node)
    after = node.dump()
    assert len(after) == 45
    assert after == before
    assert sum("version=2 " in line for line in after) == 10
    node.stop()


def test_a_kill_right_after_create_leaves_the_graph(node: Node) -> None:
    node.kill()
    reopen(node)
    assert node.ids() == set()
    node.ask("add 1 10 first")
    node.stop()


def test_a_clean_end_and_a_kill_leave_the_same(node: Node) -> None:
    node.ask("add 20 100 x")
    before = node.dump()
    node.stop()
    reopen(node)
    assert node.dump() == before
    node.kill()
    reopen(node)
    assert node.dump() == before
    node.stop()


def test_a_second_process_cannot_open_the_same_data(node: Node) -> None:
    """The first goes on undisturbed; the second gets a database error and no text on stderr."""
    node.ask("add 5 10 first")
    second = Node(node.program, node.home, "second")
    try:
        second.tell(f"open {GRAPH} dora db")
        line = second.lines.get(timeout=120)
        refusals = ("PEER_E_DATABASE_ACCESSDENIED", "HRESULT_FROM_WIN32(ERROR_SHARING_VIOLATION)", "E_ACCESSDENIED")
        assert line in [f"failed PeerGraphOpen 0x{code(name):08X}" for name in refusals]
        assert second.stderr() == ""
    finally:
        second.abandon()
    node.ask("add 5 10 again")
    assert len(node.dump()) == 10
    node.stop()
