"""Nothing acknowledged is lost, whatever a process does (histories.py)."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.process.histories import History

SOURCE = Path(__file__).parents[1] / "c" / "process_node.c"
FIRST, COUNT = (int(os.environ.get(f"PEERAPI_HISTORIES{which}", n)) for which, n in (("_FROM", "0"), ("", "15")))


@pytest.mark.parametrize("seed", range(FIRST, FIRST + COUNT))
def test_nothing_acknowledged_is_lost_and_nobody_else_gets_in(
    compile_c: Callable[..., Path], tmp_path: Path, seed: int
) -> None:
    program = compile_c(SOURCE.read_text(), "-std=c11", "-D_GNU_SOURCE", "-Wextra", "-Werror", "-pthread")
    history = History(program, tmp_path, seed)
    try:
        history.run()
    except BaseException as error:
        error.add_note(f"seed {seed}: {', '.join(history.told)}\n{(tmp_path / 'stderr').read_text()[-2000:]}")
        raise
