"""samples_c/pnrp_tool.c, compiled as a person would: one process registers a name, others find it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from samples_c.processes import Program
from tests.support.ports import free_range

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def tool(sample_of: Callable[[str], Path]) -> Path:
    return sample_of("pnrp_tool")


@pytest.fixture(autouse=True)
def port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PEERAPI_PNRP_PORT", str(free_range()))
    monkeypatch.delenv("PEERAPI_PNRP_SEEDS", raising=False)
    monkeypatch.delenv("PEERAPI_PNRP_LINKS", raising=False)


@pytest.fixture
def secure(tool: Path, tmp_path: Path) -> Iterator[tuple[Program, str]]:
    """A process that has registered a secure name, and the name."""
    program = Program([tool, "register", "new:café", "4711", "Grüße \\o/"], tmp_path / "publisher")
    name = program.wait_for("registered").removeprefix("registered ")
    yield program, name
    program.stop()


def run(tool: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([tool, *words], capture_output=True, encoding="utf-8", timeout=300, check=False)


@pytest.mark.parametrize("way", ["resolve", "search"])
def test_a_secure_name_is_found_by_another_process(tool: Path, secure: tuple[Program, str], way: str) -> None:
    _, name = secure
    assert re.fullmatch("[0-9a-f]{40}.café", name)
    done = run(tool, way, name)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f'{name} [::1]:4711 (pnrp_tool) "Gr\\xc3\\xbc\\xc3\\x9fe \\o/"\n'


def test_a_name_that_was_withdrawn_is_not_found(tool: Path, secure: tuple[Program, str]) -> None:
    program, name = secure
    program.leave("")
    done = run(tool, "resolve", name)
    assert (done.returncode, done.stdout, done.stderr) == (0, "nobody has that name\n", "")


def test_the_clouds_are_listed(tool: Path) -> None:
    assert re.fullmatch(r"Loopback_ scope 3 interface \d+\n", run(tool, "clouds").stdout)


def test_wrong_arguments_print_the_usage(tool: Path) -> None:
    assert run(tool, "register").returncode == 2


# ---- the same on the command line ----


def peerapi(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "peerapi", "pnrp", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", timeout=300, check=False)


def objects(*words: str) -> list[dict[str, object]]:
    """What it prints with ``--json``."""
    return [json.loads(line) for line in peerapi(*words, "--json").stdout.splitlines()]


def test_the_command_line_publishes_and_finds(tmp_path: Path) -> None:
    words = ["register", "new:chat", "4711", "--payload", "hello"]
    program = Program([sys.executable, "-m", "peerapi", "pnrp", *words], tmp_path / "publisher")
    try:
        name = program.wait_for("registered").removeprefix("registered ")
        assert peerapi("resolve", name).stdout == "[::1]:4711 hello\n"
        assert re.fullmatch(r"\[::1\]:\d+ answered for the name after \d+ ms\n", peerapi("ping", name).stdout)
        *hops, last = peerapi("trace", name, "--cloud", "Loopback_").stdout.splitlines()
        assert last == "[::1]:4711 hello"
        assert re.fullmatch(r" \d  \[::1\]:\d+  [0-9a-f]{64}  [0-9.]+ ms", hops[-1])
        (found,) = objects("resolve", name)
        assert found == {"addresses": ["[::1]:4711"], "comment": None, "payload": {"text": "hello"}}
        assert objects("ping", name)[0].keys() == {"answered_by", "milliseconds"}
        assert [one.get("hop") for one in objects("trace", name)] == [*range(1, len(hops) + 1), None]
    finally:
        program.stop()


def test_a_new_name_has_a_key_that_the_clouds_of_the_profile_can_publish(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MS-PNRP 2.2.3.1.4: RSA with 1024 bits, where the profile is the published one."""
    monkeypatch.setenv("PEERAPI_PNRP_PROFILE", "published")
    words = ["register", "new:chat", "4711"]
    program = Program([sys.executable, "-m", "peerapi", "pnrp", *words], tmp_path / "publisher")
    try:
        name = program.wait_for("registered").removeprefix("registered ")
        assert peerapi("resolve", name).stdout == "[::1]:4711\n"
    finally:
        program.stop()


def test_the_command_line_says_which_leg_failed() -> None:
    done = peerapi("resolve", "0.nobody")
    assert (done.returncode, done.stdout) == (1, "")
    assert "no other node of the cloud is known" in done.stderr


def test_the_command_line_lists_the_clouds() -> None:
    cloud, *how = peerapi("clouds").stdout.splitlines()
    assert re.fullmatch(r"Loopback_  Loopback  modern profile, UDP from port \d+", cloud)
    assert [line.rpartition(" ")[2] for line in how] == ["PEERAPI_PNRP_SEEDS", "PEERAPI_PNRP_LINKS"]
    (found,) = objects("clouds")
    assert (found["cloud"], found["scope"], found["interface"]) == ("Loopback_", "Loopback", None)
