"""People near each other of whom one has programs of Windows: tests of the samples contacts and invite, as they are."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import test_collab_samples
from tests.support.collab import Apart, people
from tests.support.wine import BRIDGE, Wine, missing
from tests.wine.conftest import Build

pytestmark = pytest.mark.long

if not missing():

    @pytest.fixture
    def sample_of(wine: Wine, sample: Build, monkeypatch: pytest.MonkeyPatch) -> Iterator[Build]:
        """Who wants a sample has a program of Windows. Hosts start it, too: Wine's folder looks to `peerapi wine` as
        one that has been set up."""
        for name in ("WINEPREFIX", "WINEBOOTSTRAPMODE", "WINEDEBUG"):
            monkeypatch.setenv(name, wine.environment[name])
        monkeypatch.setenv("LC_ALL", "C.UTF-8")  # by which Wine reads what a program is given
        placeholder = wine.prefix / "drive_c" / "windows" / "system32" / "kernel32.dll"
        shutil.copy(BRIDGE / "drt.dll", placeholder)
        yield sample
        placeholder.unlink()

    @pytest.fixture
    def bob(sample_of: Build, library: Path, tmp_path: Path) -> Iterator[Apart]:
        with people(library, tmp_path, "bob") as [person]:
            yield person

    alice = test_collab_samples.alice
    test_contacts_are_watched = test_collab_samples.test_contacts_are_watched_as_they_come_change_and_go

    def test_an_invitation_starts_a_program_of_windows(
        alice: Path, bob: Apart, tmp_path: Path, sample_of: Build
    ) -> None:
        """It was registered by a path as Windows has it, and is told who has invited, and with which words."""
        played = test_collab_samples.test_an_invitation_starts_the_program_when_its_user_says_yes
        played(alice, bob, tmp_path, True, sample_of)
