"""The conformance kit, built by mingw-w64 with its own headers, under Wine: the facts that hold for C programs hold.

Among its sections are those that call every function with each pointer NULL and each handle closed or of another kind.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from peerapi.cli import conformance_api
from tests.support.wine import COMPILER, Wine, loader, missing

pytestmark = pytest.mark.long

LEFT_OUT = {"graph.expiration"}
"What waits for its time."
FLAGS = ("-std=c99", "-DNTDDI_VERSION=0x06010000", "-D_WIN32_WINNT=0x0601")

if not missing():

    def test_the_facts_hold_under_wine(wine: Wine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        program = tmp_path / "conformance.exe"
        command = [COMPILER, *FLAGS, *map(str, conformance_api.files()), "-lp2p", "-lp2pgraph", "-lws2_32"]
        subprocess.run([*command, "-o", str(program)], check=True, timeout=600)
        for name, value in wine.environment.items():
            monkeypatch.setenv(name, value)
        listed = subprocess.run([loader(), program, "--list"], capture_output=True, text=True, timeout=300, check=True)
        sections = [name for name in listed.stdout.split() if name not in LEFT_OUT]
        results = conformance_api.ask([loader(), str(program)], sections, tmp_path)
        assert [fact for fact in results.facts if not fact.holds] == []
        assert len(results.facts) >= 2400
