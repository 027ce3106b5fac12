"""A browser for all tests of the whiteboard, and the C programs that share its graphs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from samples_c.processes import build
from tests.whiteboard.browser import browsing

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with browsing() as browser:
        yield browser


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("samples")
    return {name: build(name, folder) for name in ("graph_chat", "whiteboard")}


@pytest.fixture(scope="session")
def screenshots() -> Path:
    """Kept after the tests, to be looked at."""
    return ROOT / "build" / "screenshots"
