"""The conformance kit, built by mingw-w64 with its own headers, under Wine: the facts that hold for C programs hold.

Among its sections are those that call every function with each pointer NULL and each handle closed or of another kind.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from peerapi.cli import conformance_api
from tests.conformance import windows
from tests.support.once import once
from tests.support.wine import Wine, loader, missing

pytestmark = pytest.mark.long(minutes=3)

LEFT_OUT = {"graph.expiration"}
"What waits for its time."

if not missing():

    def test_the_facts_hold_under_wine(
        wine: Wine, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        program = once(tmp_path_factory, "conformance for Windows", windows.build) / windows.NAME
        for name, value in wine.environment.items():
            monkeypatch.setenv(name, value)
        listed = subprocess.run([loader(), program, "--list"], capture_output=True, text=True, timeout=300, check=True)
        sections = [name for name in listed.stdout.split() if name not in LEFT_OUT]
        results = conformance_api.ask([loader(), str(program)], sections, tmp_path)
        assert [fact for fact in results.facts if not fact.holds] == []
        assert len(results.facts) >= 2400
