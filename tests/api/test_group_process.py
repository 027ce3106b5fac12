"""Groups in a whole process: how it ends while they are open."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.support.ports import free_range

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def program(compile_c: Callable[..., Path]) -> Path:
    return compile_c((ROOT / "tests" / "c" / "group_exit.c").read_text(encoding="utf-8"), "-Wextra", "-Werror")


def run(command: Sequence[str], home: Path, timeout: float = 300) -> subprocess.CompletedProcess[str]:
    env = {"PEERAPI_HOME": str(home), "PEERAPI_PNRP_PORT": str(free_range()), "PEERAPI_LOG": str(home / "log")}
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=timeout, check=False)


@pytest.mark.parametrize("way", ["return", "exit", "shutdown"])
def test_a_process_ends_quietly_while_its_groups_work(program: Path, tmp_path: Path, way: str) -> None:
    for attempt in range(4):
        home = tmp_path / str(attempt)
        home.mkdir()
        done = run([str(program), way], home)
        log = home / "log"
        assert (done.returncode, done.stdout, done.stderr) == (7, "", ""), log.exists() and log.read_text()
        assert not log.exists(), log.read_text()
