"""A home folder whose host ends with the test."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from peerapi.engine.collab.program import Program
from tests.support.collab import stop_host
from tests.support.ports import free_range


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    home = tmp_path / "home"
    monkeypatch.setenv("PEERAPI_HOME", str(home))
    monkeypatch.setenv("PEERAPI_COLLAB_PORT", str(free_range()))
    monkeypatch.setenv("PEERAPI_PNRP_PORT", str(free_range()))
    with tempfile.TemporaryDirectory() as runtime:  # a short path, as those of sockets must be
        monkeypatch.setenv("XDG_RUNTIME_DIR", runtime)
        yield home
        stop_host(home)


@pytest.fixture
def program(home: Path) -> Iterator[Program]:
    made = Program()
    yield made
    made.close()
