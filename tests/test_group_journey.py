"""Five processes in one group over ::1: invited by certificate and by password, they chat and draw; an administrator
deletes what another has published; one is revoked. All that any of them sends is recorded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.engine.support import until
from tests.support.journey import Node, program
from tests.support.ports import free_port, free_range

TAP = Path(__file__).parent / "c" / "tap.c"
PASSWORD = "open-sesame"
PEOPLE = ("carol", "alice", "ben", "dora", "emil")


@pytest.fixture(scope="session")
def tap(compile_c: Callable[..., Path]) -> Path:
    """A library that records what a process sends (``tests/c/tap.c``)."""
    return compile_c(TAP.read_text(), "-shared", "-fPIC", "-Wextra", "-Werror", bare=True)


class Member(Node):
    """One ``group_node`` with its identity."""

    def __init__(self, program: Path, folder: Path, name: str, env: dict[str, str]) -> None:
        self.folder = folder
        self.identity = folder / f"{name}.identity"
        self.invitation = folder / f"{name}.invitation"
        self.capture = folder / f"{name}.sent"
        super().__init__(program, folder / name, name, env={**env, "PEERAPI_TAP": str(self.capture)})
        self.peer_name = self.ask(f"identity {name} {self.identity}")

    @property
    def sent(self) -> bytes:
        return self.capture.read_bytes()

    def listed(self, kind: str) -> set[str]:
        return set(self.ask(f"list {kind}").split())


@pytest.fixture
def members(compile_c: Callable[..., Path], tap: Path, tmp_path: Path) -> Iterator[list[Member]]:
    """Carol has founded a group, alice as an administrator and ben as a member were invited, dora and emil have joined
    by password; all are connected."""
    node = program(compile_c, "group_node")
    env = {"PEERAPI_PNRP_PORT": str(free_range()), "LD_PRELOAD": str(tap)}
    made = [Member(node, tmp_path, name, env) for name in PEOPLE]
    try:
        carol, alice, ben, dora, emil = made
        carol.ask(f"create club Loopback_ {PASSWORD}")
        carol.ask("connect")
        for invited, role in ((alice, "admin"), (ben, "member")):
            carol.ask(f"invite {invited.identity} {invited.invitation} {role}")
            invited.ask(f"join {invited.invitation}")
            invited.ask("connect")
        carol.ask(f"password-invitation {dora.invitation}")
        for joining in (dora, emil):
            joining.ask(f"password-join {dora.invitation} {PASSWORD}")
            joining.ask("connect")
        yield made
    finally:
        for one in made:
            one.abandon()


def all_wait(members: list[Member], kind: str, count: int) -> None:
    for one in members:
        one.tell(f"wait {kind} {count}")
    for one in members:
        one.answer()


def test_five_members_chat_and_draw_and_one_is_revoked(members: list[Member]) -> None:
    carol, alice, ben, dora, emil = members
    said, drawn = {}, {}
    for one in members:
        said[one.name] = one.ask(f"add chat {one.name}-says-something-private")
        drawn[one.name] = one.ask(f"add stroke {one.name}-draws-12,34-56,78")
    all_wait(members, "chat", 5)
    all_wait(members, "stroke", 5)
    for one in members:
        assert one.listed("chat") == {f"{name}-says-something-private" for name in PEOPLE}
        assert one.listed("stroke") == {f"{name}-draws-12,34-56,78" for name in PEOPLE}
        until(lambda one=one: set(one.ask("members").split()) == set(PEOPLE), f"the members at {one.name}")  # type: ignore[misc]

    # A member changes and deletes what is its own, and nothing else; an administrator may.
    NOT_AUTHORIZED = "0x80632020"
    for theirs in (ben, carol):
        assert NOT_AUTHORIZED in dora.refused(f"delete {said[theirs.name]}")
        assert NOT_AUTHORIZED in dora.refused(f"change {said[theirs.name]} in-her-words")
    dora.ask(f"change {said['dora']} dora-says-it-better")
    alice.ask(f"delete {drawn['ben']}")
    all_wait(members, "stroke", 4)
    for one in members:
        assert one.listed("stroke") == {f"{name}-draws-12,34-56,78" for name in PEOPLE if name != "ben"}

    # Emil is revoked: he is out everywhere, and sees nothing new.
    before = emil.listed("chat")
    alice.ask(f"revoke {emil.peer_name}")
    emil.ask("alone")
    others = [carol, alice, ben, dora]
    ben.ask("add chat ben-says-this-without-emil")
    all_wait(others, "chat", 6)
    assert emil.listed("chat") == before
    for one in others:
        assert emil.refused(f"call {one.name}")
    assert "ben-says-this-without-emil" not in emil.listed("chat")
    for one in others:
        until(lambda one=one: "REVOKED" in one.ask("refusals"), f"the count of {one.name}")  # type: ignore[misc]

    # Nothing that was said or drawn can be read in what went over the network.
    for one in members:
        one.ask("close")
    capture = b"".join(one.sent for one in members)
    assert len(capture) > 20_000
    for name in PEOPLE:
        for text in (f"{name}-says-something-private", f"{name}-draws-12,34-56,78", "dora-says-it-better", PASSWORD):
            assert text.encode() not in capture and text.encode("utf-16-be") not in capture
            assert text.encode("utf-16-le") not in capture


def test_the_capture_holds_what_a_plain_graph_sends(compile_c: Callable[..., Path], tap: Path, tmp_path: Path) -> None:
    """Otherwise it would prove nothing that a group's records are not in it."""
    capture = tmp_path / "sent"
    env = {"LD_PRELOAD": str(tap), "PEERAPI_TAP": str(capture)}
    anna = Node(program(compile_c), tmp_path / "anna", "anna", env=env)
    ben = Node(program(compile_c), tmp_path / "ben", "ben", env=env)
    try:
        port = free_port()
        anna.ask("create graph anna db")
        anna.ask(f"listen {port}")
        ben.ask("open graph ben db")
        ben.ask(f"connect {port}")
        ben.ask("synchronized")
        anna.ask("add 1 100 nothing-private")
        ben.ask("wait 1")
    finally:
        for node in (anna, ben):
            node.abandon()
    assert b"nothing-private 0" in capture.read_bytes()
