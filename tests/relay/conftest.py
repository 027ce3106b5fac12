"""A relay of the command line, in a process of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from peerapi.engine.reach.calling import RELAY_ONLY
from tests.relay.process import RelayProcess
from tests.support import ports

StartRelay = Callable[..., RelayProcess]


@pytest.fixture
def start_relay(tmp_path: Path) -> Iterator[StartRelay]:
    """``start_relay(*options, home=..., before=...)``: a relay that serves."""
    made: list[RelayProcess] = []

    def start(*options: str, home: str = "relay", before: tuple[str, ...] = ()) -> RelayProcess:
        made.append(RelayProcess(tmp_path / home, options, before))
        return made[-1]

    yield start
    for one in made:
        one.kill()


@pytest.fixture(autouse=True)
def relay_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nodes of one machine reach each other directly, too; here they are to need the relay."""
    monkeypatch.setenv(RELAY_ONLY, "1")


@pytest.fixture
def free_port() -> int:
    """A port on which nobody listens, and which no other process of tests takes."""
    return ports.free_port()
