"""The command ``peerapi``, called in this process, over a home of its own."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from peerapi.cli import main


class Command:
    """Runs the command; what it has printed is kept."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        self.out = ""
        self.err = ""

    def __call__(self, *words: object) -> str:
        """What it prints; it has to succeed and to be silent on stderr."""
        __tracebackhide__ = True
        code = self.code(*words)
        assert (code, self.err) == (0, "")
        return self.out

    def code(self, *words: object) -> int:
        """Its exit code."""
        self._capsys.readouterr()
        try:
            code = main([str(word) for word in words])
        except SystemExit as leaving:  # argparse
            code = int(str(leaving.code))
        self.out, self.err = self._capsys.readouterr()
        return code

    def json(self, *words: object) -> list[dict[str, Any]]:
        """The objects it prints with ``--json``."""
        return [json.loads(line) for line in self(*words, "--json").splitlines()]

    def refused(self, *words: object) -> str:
        """What it says on stderr when it fails: one line."""
        __tracebackhide__ = True
        assert self.code(*words) == 1
        assert self.out == ""
        assert self.err.count("\n") == 1
        return self.err


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    monkeypatch.setenv("PEERAPI_HOME", str(tmp_path / "home"))
    return Command(capsys)


Rows = Callable[[str], Sequence[Sequence[str]]]
