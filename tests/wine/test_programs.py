"""Programs of Windows under Wine: what the bridge gives them, and one graph with programs of this system."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.engine.support import until
from tests.support.journey import Node, program
from tests.support.ports import free_port, free_range
from tests.support.wine import SOURCES, Wine, missing

pytestmark = pytest.mark.long

BRIDGE = Path(__file__).with_name("bridge.c")
RECORDS = int(os.environ.get("PEERAPI_WINE_RECORDS", "500"))
"What each of three programs adds; 10,000 in and out are asked for by hand (docs/wine.md)."


class WineNode(Node):
    """A node that is a program of Windows."""

    def __init__(self, wine: Wine, home: Path, name: str) -> None:
        made = wine.compile(SOURCES / "journey_node.c", "-Wno-format")
        before, *_ = wine.command(made)
        super().__init__(made, home, name, (before,), wine.environment)


def everywhere_equal(nodes: list[Node]) -> None:
    dumps = [node.dump() for node in nodes]
    assert all(dump == dumps[0] for dump in dumps[1:])


if not missing():

    @pytest.mark.parametrize("asked", ["events", "handles", "callbacks", "interfaces", "stacks", "unloading"])
    def test_a_program_of_windows_sees(wine: Wine, tmp_path: Path, asked: str) -> None:
        flags = ("-Wextra", "-Wno-unused-parameter", "-Wno-missing-field-initializers", "-Werror")
        done = wine.run(wine.compile(BRIDGE, *flags), asked, cwd=tmp_path, env={"PEERAPI_HOME": str(tmp_path)})
        assert (done.stdout.split(), done.returncode, done.stderr) == (["ok"], 0, "")

    def test_a_process_ends_while_its_callback_does_not(wine: Wine, tmp_path: Path) -> None:
        flags = ("-Wextra", "-Wno-unused-parameter", "-Wno-missing-field-initializers", "-Werror")
        done = wine.run(wine.compile(BRIDGE, *flags), "ending", cwd=tmp_path, env={"PEERAPI_HOME": str(tmp_path)})
        assert (done.stdout.split(), done.returncode) == (["ok"], 7)

    @pytest.mark.parametrize("whose", ["ours", "wrapped"])
    @pytest.mark.parametrize("mode", ["0", "1", "2"])
    def test_nodes_of_a_table_find_a_key_also_with_a_provider_of_the_program(
        wine: Wine, tmp_path: Path, mode: str, whose: str
    ) -> None:
        made = wine.compile(SOURCES / "drt_nodes.c", "-Wno-format")
        done = wine.run(made, mode, "null", whose, cwd=tmp_path, env={"PEERAPI_HOME": str(tmp_path)})
        expected = ["found", "asked", "all given back"] if whose == "wrapped" else ["found"]
        assert (done.stdout.splitlines(), done.stderr, done.returncode) == (expected, "", 0)

    @pytest.mark.parametrize("name", ["security_provider", "peer_handles", "group_handles"])
    def test_programs_of_this_suite_pass_as_programs_of_windows(wine: Wine, tmp_path: Path, name: str) -> None:
        done = wine.run(
            wine.compile(SOURCES / f"{name}.c", "-Wno-format"), cwd=tmp_path, env={"PEERAPI_HOME": str(tmp_path)}
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert done.stdout.split()[0] == "ok" or "done," in done.stdout

    @pytest.mark.parametrize("way", ["return", "exit", "shutdown"])
    def test_a_process_ends_while_its_groups_work(wine: Wine, tmp_path: Path, way: str) -> None:
        env = {"PEERAPI_HOME": str(tmp_path), "PEERAPI_PNRP_PORT": str(free_range())}
        done = wine.run(wine.compile(SOURCES / "group_exit.c"), way, cwd=tmp_path, env=env)
        assert (done.returncode, done.stdout, done.stderr) == (7, "", "")

    def test_the_bridge_says_why_it_cannot_start(wine: Wine, tmp_path: Path) -> None:
        done = wine.run(wine.compile(BRIDGE), "events", env={"PEERAPI_LIBRARY": str(tmp_path / "none.so")})
        assert done.returncode == 1
        assert done.stderr.count("\n") == 1
        assert "the bridge for Wine cannot start" in done.stderr
        assert "none.so" in done.stderr

    @pytest.fixture
    def nodes(wine: Wine, compile_c: Callable[..., Path], tmp_path: Path) -> Iterator[list[Node]]:
        """A program of this system, which creates the graph, and two of Windows: one joins at it, one at that one."""
        anna = Node(program(compile_c), tmp_path / "anna", "anna")
        ben, cora = (WineNode(wine, tmp_path / name, name) for name in ("ben", "cora"))
        made = [anna, ben, cora]
        try:
            ports = [free_port() for _ in made]
            anna.ask("create mixed anna db")
            anna.ask(f"listen {ports[0]}")
            for at, joiner in ((1, ben), (2, cora)):
                assert joiner.ask(f"open mixed {joiner.name} db") == "new"
                joiner.ask(f"connect {ports[at - 1]}")
                joiner.ask("synchronized")
                joiner.ask(f"listen {ports[at]}")
                joiner.port = ports[at]
            yield made
        finally:
            for node in made:
                node.abandon()

    def test_programs_of_both_systems_have_one_database(nodes: list[Node]) -> None:
        for node in nodes:
            node.tell(f"add {RECORDS} 200 {node.name}")
        for node in nodes:
            node.answer()
        for node in nodes:
            node.tell(f"wait {3 * RECORDS}")
        assert [int(node.answer()) for node in nodes] == [3 * RECORDS] * 3
        everywhere_equal(nodes)
        for node in nodes:
            node.stop()

    def test_programs_of_both_systems_are_members_of_one_group(
        wine: Wine, compile_c: Callable[..., Path], tmp_path: Path
    ) -> None:
        ours, theirs = program(compile_c, "group_node"), wine.compile(SOURCES / "group_node.c", "-Wno-format")
        cloud = {"PEERAPI_PNRP_PORT": str(free_range())}
        before = (wine.command(theirs)[0],)
        carol = Node(theirs, tmp_path / "carol", "carol", before, {**wine.environment, **cloud})
        alice = Node(ours, tmp_path / "alice", "alice", env=cloud)
        ben = Node(theirs, tmp_path / "ben", "ben", before, {**wine.environment, **cloud})
        try:
            for one in (carol, alice, ben):
                one.ask(f"identity {one.name} {tmp_path / one.name}.identity")
            carol.ask("create club Loopback_ open-sesame")
            carol.ask("connect")
            carol.ask(f"invite {tmp_path}/alice.identity {tmp_path}/alice.invitation member")
            carol.ask(f"password-invitation {tmp_path}/word.invitation")
            alice.ask(f"join {tmp_path}/alice.invitation")
            alice.ask("connect")
            ben.ask(f"password-join {tmp_path}/word.invitation open-sesame")
            ben.ask("connect")
            for one in (carol, alice, ben):
                one.ask(f"add chat from-{one.name}")
            for one in (carol, alice, ben):
                one.ask("wait chat 3")
                assert set(one.ask("list chat").split()) == {"from-carol", "from-alice", "from-ben"}
                until(lambda one=one: set(one.ask("members").split()) == {"carol", "alice", "ben"}, "the members")  # type: ignore[misc]
            for one in (ben, alice, carol):
                one.stop()
        finally:
            for one in (carol, alice, ben):
                one.abandon()

    def test_what_a_program_of_windows_was_told_is_kept_survives_kill_9(nodes: list[Node], wine: Wine) -> None:
        anna, ben, cora = nodes
        reported = cora.burst_until(200, 200, "burst")
        assert len(reported) >= 200
        cora.start()
        assert cora.ask("open mixed cora db") != "new"
        cora.ask(f"connect {ben.port}")
        cora.ask("synchronized")
        assert set(reported) <= cora.ids()
        for other in (anna, ben):
            other.ask(f"wait {len(reported)}")
            assert set(reported) <= other.ids()

    def test_a_database_that_windows_wrote_is_opened_here(nodes: list[Node], compile_c: Callable[..., Path]) -> None:
        _, ben, _ = nodes
        ben.ask("add 20 100 ben")
        before = ben.dump()
        ben.stop()
        again = Node(program(compile_c), ben.home, "ben")
        try:
            assert again.ask("open mixed ben db") != "new"
            assert len(again.ids()) >= 20
            assert {line.split()[0] for line in before} >= {line.split()[0] for line in again.dump()}
        finally:
            again.abandon()
