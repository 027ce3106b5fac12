"""A browser for the tests of the home page, and people at theirs, each with a home folder and a host of their own."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.home.homes import AtHome, HomeProcess, home_of
from tests.support.ports import free_range
from tests.whiteboard.browser import browsing

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """For the tests of this folder only: as long as it is there, asyncio has a running loop in this thread."""
    with browsing() as browser:
        yield browser


@pytest.fixture(scope="module", autouse=True)
def by_themselves() -> Iterator[None]:
    """Nobody else on this machine is near by, and no invitation is seen by a desktop."""
    with tempfile.TemporaryDirectory() as runtime, pytest.MonkeyPatch.context() as environment:
        environment.setenv("PEERAPI_COLLAB_PORT", str(free_range()))
        environment.setenv("PEERAPI_PNRP_PORT", str(free_range()))
        environment.setenv("XDG_RUNTIME_DIR", runtime)
        environment.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
        yield


@pytest.fixture(scope="module")
def homes(by_themselves: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[HomeProcess]]:
    """Anna's and Ben's."""
    folder = tmp_path_factory.mktemp("homes")
    with ExitStack() as stack:
        yield [stack.enter_context(home_of(folder / name)) for name in ("anna", "ben")]


@pytest.fixture
def anna(browser: Browser, homes: list[HomeProcess]) -> Iterator[AtHome]:
    yield from at_home(AtHome(browser, homes[0], "Anna"))


@pytest.fixture
def ben(browser: Browser, homes: list[HomeProcess]) -> Iterator[AtHome]:
    yield from at_home(AtHome(browser, homes[1], "Ben"))


def at_home(person: AtHome) -> Iterator[AtHome]:
    yield person
    assert person.console == []
    person.context.close()


@pytest.fixture(scope="session")
def screenshots() -> Path:
    """Kept after the tests, to be looked at."""
    return ROOT / "build" / "screenshots"
