"""A club for the tests of groups."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.groups import Club
from tests.support.groups import club as started
from tests.support.ports import free_range


@pytest.fixture
def club(library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Club]:
    monkeypatch.setenv("PEERAPI_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PEERAPI_PNRP_PORT", str(free_range()))
    with started(library) as made:
        yield made
