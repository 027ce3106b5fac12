"""A browser for the tests of the whiteboard, Anna's board, and the C programs that share its graphs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.whiteboard.boards import BoardProcess, new_board
from tests.whiteboard.browser import Person, begin, browsing

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """For the tests of this folder only: as long as it is there, asyncio has a running loop in this thread."""
    with browsing() as browser:
        yield browser


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BoardProcess]:
    """Anna's, with nothing on it."""
    board = new_board(tmp_path_factory.mktemp("anna"), "Anna")
    try:
        yield board
        board.end()
    finally:
        board.stop()


@pytest.fixture
def anna(browser: Browser, board: BoardProcess, request: pytest.FixtureRequest) -> Iterator[Person]:
    """Anna, at a page of her own that is named after the test."""
    anna = Person(browser, board.url)
    begin(anna, request.node.name.removeprefix("test_")[:50])
    yield anna
    assert anna.console == []
    anna.context.close()


@pytest.fixture(scope="session")
def programs(sample_of: Callable[[str], Path]) -> dict[str, Path]:
    return {name: sample_of(name) for name in ("graph_chat", "whiteboard")}


@pytest.fixture(scope="session")
def screenshots() -> Path:
    """Kept after the tests, to be looked at."""
    return ROOT / "build" / "screenshots"
