"""A database of its own for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from peerapi.store.database import Database


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.peergraph"


@pytest.fixture
def database(path: Path) -> Iterator[Database]:
    database = Database.open(path)
    yield database
    database.close()
