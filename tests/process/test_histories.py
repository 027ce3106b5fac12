"""Nothing acknowledged is lost, whatever a process does (histories.py)."""

from __future__ import annotations

import os
import queue
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.process import histories
from tests.process.histories import History

pytestmark = pytest.mark.long

SOURCE = Path(__file__).parents[1] / "c" / "process_node.c"
FIRST, COUNT = (int(os.environ.get(f"PEERAPI_HISTORIES{which}", n)) for which, n in (("_FROM", "0"), ("", "15")))


@pytest.fixture
def program(compile_c: Callable[..., Path]) -> Path:
    return compile_c(SOURCE.read_text(), "-std=c11", "-D_GNU_SOURCE", "-Wextra", "-Werror", "-pthread")


def test_what_is_missing_is_noticed(program: Path, tmp_path: Path) -> None:
    history = History(program, tmp_path, 0)
    history.run()
    with pytest.raises(AssertionError, match="1 of"):
        history.forge()


def test_what_does_not_answer_is_described(program: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    history = History(program, tmp_path, 0)
    history.start()
    os.killpg(history.process.pid, signal.SIGSTOP)
    os.waitid(os.P_PID, history.process.pid, os.WSTOPPED | os.WNOWAIT)
    try:
        monkeypatch.setattr(histories, "PATIENCE", 0.0)
        with pytest.raises(queue.Empty) as caught:
            history.answer()
        assert " T " in caught.value.__notes__[0], "it was stopped"
    finally:
        os.killpg(history.process.pid, signal.SIGKILL)
        history.process.wait()


@pytest.mark.parametrize("seed", range(FIRST, FIRST + COUNT))
def test_nothing_acknowledged_is_lost_and_nobody_else_gets_in(program: Path, tmp_path: Path, seed: int) -> None:
    history = History(program, tmp_path, seed)
    try:
        history.run()
    except BaseException as error:
        error.add_note(f"seed {seed}: {', '.join(history.told)}\n{(tmp_path / 'stderr').read_text()[-2000:]}")
        raise
