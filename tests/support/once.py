"""What is made once, however many processes run tests beside one another: mostly what compilers make."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest


def once(factory: pytest.TempPathFactory, name: str, fill: Callable[[Path], object]) -> Path:
    """The folder ``name``, which ``fill`` has filled. The first process that asks fills it, the others wait for it.

    It lasts as long as a run of the tests does, so what is in it never is older than a source. What ``fill`` raises,
    this raises; whoever asks next tries anew.
    """
    name = name.replace(" ", "-")  # some of these programs are called by a shell
    base = factory.getbasetemp()
    common = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "once"
    common.mkdir(exist_ok=True)
    folder, whole = common / name, common / f"{name}.whole"
    with (common / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not whole.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            fill(folder)
            whole.touch()
    return folder
