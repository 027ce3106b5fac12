"""Programs in Python, each run under both event loops."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest
import trio

from peerapi.api.graph_family import ENGINE, GRAPH, NODE
from peerapi.errors import NotAuthorized
from peerapi.grouping.refusal import Refused

PATIENCE = 300
"Seconds of a whole program, which may start several hosts and groups on a machine that does other things."
_numbers = itertools.count(1)
Main = Callable[[], Awaitable[None]]
Run = Callable[[Main], None]


def under_trio(main: Main) -> None:
    async def limited() -> None:
        with trio.fail_after(PATIENCE):
            await main()

    trio.run(limited)


def under_asyncio(main: Main) -> None:
    async def limited() -> None:
        async with asyncio.timeout(PATIENCE):
            await main()

    asyncio.run(limited())


@pytest.fixture(params=["trio", "asyncio"])
def loop(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def run(loop: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Runs a program; afterwards nothing of it is left, and nothing has gone wrong unnoticed."""
    monkeypatch.setenv("PEERAPI_HOME", str(tmp_path / "home"))
    ENGINE.reports.clear()
    yield under_trio if loop == "trio" else under_asyncio
    open_graphs = [driver.graph.graph_id for _, driver in NODE._open.values()]
    NODE.close_all()
    assert open_graphs == []
    assert not GRAPH.ready
    noted = (Refused, NotAuthorized)  # others' faults, and what somebody who was revoked can no longer do
    assert [error for error in ENGINE.reports if not isinstance(error, noted)] == []


@pytest.fixture
def graph_id() -> str:
    """Of a graph that no other test uses."""
    return f"graph {next(_numbers)}"
