"""What programs that were written for Windows rely on, as C programs: tests/c/real_programs.c."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.ports import free_range
from tests.test_win32 import PROGRAMS

Ask = Callable[..., str]
Begin = Callable[..., "subprocess.Popen[str]"]
SOURCE = (PROGRAMS / "real_programs.c").read_text(encoding="utf-8")


@pytest.fixture
def begin(compile_c: Callable[..., Path], tmp_path: Path) -> Iterator[Begin]:
    """``begin("what")``: a process of the program, of one user who has nothing yet; all share a range of PNRP ports."""
    program = compile_c(SOURCE, "-Wextra", "-Werror")
    environment = {"PEERAPI_HOME": str(tmp_path / "home"), "PEERAPI_PNRP_PORT": str(free_range())}
    started: list[subprocess.Popen[str]] = []

    def begin(*what: str) -> subprocess.Popen[str]:
        pipe = subprocess.PIPE
        started.append(
            subprocess.Popen([program, *what], env=environment, stdin=pipe, stdout=pipe, stderr=pipe, text=True)
        )
        return started[-1]

    yield begin
    for each in started:
        each.kill()
    for each in started:  # once all are gone: under Wine a server has the streams of the first until the last has ended
        each.communicate()


@pytest.fixture
def ask(begin: Begin) -> Ask:
    """``ask("what")``: what a process says that ends well."""

    def ask(*what: str) -> str:
        process = begin(*what)
        said, complaint = process.communicate(timeout=300)
        assert (process.returncode, complaint) == (0, ""), said
        return said

    return ask


def test_what_a_caller_does_not_want_may_be_left_out(ask: Ask) -> None:
    assert ask("unwanted") == "ok\n"


def test_who_has_no_identity_gets_the_default_one(ask: Ask, tmp_path: Path) -> None:
    same, name = ask("identity").splitlines()
    assert same == "0"
    assert len(list((tmp_path / "home" / "identities").glob("*.identity"))) == 1
    assert ask("identity").splitlines() == ["0", name]


def test_programs_that_start_together_have_one_default_identity(begin: Begin, tmp_path: Path) -> None:
    together = [begin("public") for _ in range(4)]
    said = {each.communicate(timeout=300)[0] for each in together}
    assert [each.returncode for each in together] == [0] * 4
    assert len(said) == 1
    assert len(os.listdir(tmp_path / "home" / "identities")) == 2  # and the lock


def test_nobody_by_a_name_is_an_answer(ask: Ask) -> None:
    assert ask("nobody") == "00000000, 0 endpoints\n"


def test_addresses_of_both_families_are_registered_carried_and_resolved(begin: Begin, ask: Ask) -> None:
    registered = begin("register")
    assert registered.stdout is not None
    assert registered.stdout.readline() == "registered\n"
    assert ask("resolve").splitlines() == [
        "00000000, 1 endpoints",
        "[::1]:81",
        "192.168.1.50:80",
        "192.168.1.50:80",
    ]
    assert ask("host") == "4 6 4 0\n"


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().rstrip("\n")


def test_the_subject_of_an_event_can_be_read_during_the_first_synchronization(begin: Begin, ask: Ask) -> None:
    port = first_line(begin("graph-host"))
    assert ask("graph", port) == "80630013 80630013 80630013\n0 mistakes\n"


def test_the_subject_of_an_event_of_a_group_can_be_read_too(begin: Begin, ask: Ask) -> None:
    invitation = first_line(begin("group-host"))
    stays = begin("group", invitation)
    assert first_line(stays) == "0 mistakes"
    assert ask("group", invitation) == "0 mistakes\n"


def test_a_program_hears_of_its_own_node_what_has_changed(ask: Ask) -> None:
    assert ask("own-node") == "change 3 of alice, node 0, <attributes/>\n"
