"""An engine for all tests of this folder, and a node with a home of its own for each."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from peerapi.engine.clouds.clouds import Clouds, Membership
from peerapi.engine.graphs.node import Node
from peerapi.engine.runtime import Engine
from tests.engine.people import World


@pytest.fixture(scope="session")
def engine() -> Engine:
    """The loop of this process; like the library's own it runs until the process ends."""
    engine = Engine()
    engine.call(lambda: None)
    return engine


@pytest.fixture
def node(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Node]:
    monkeypatch.setenv("PEERAPI_HOME", str(tmp_path))
    node = Node(engine)
    engine.reports.clear()
    yield node
    node.close_all()


@pytest.fixture
def second(engine: Engine, tmp_path: Path) -> Iterator[Node]:
    """Another node over the same engine, as a second process would be."""
    node = Node(engine)
    yield node
    node.close_all()


@pytest.fixture
def world(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setenv("PEERAPI_HOME", str(tmp_path))
    engine.reports.clear()
    clouds = Clouds(Membership(engine))
    world = World(engine, clouds)
    yield world
    for person in world.people:
        person.groups.close_all()
    clouds.close_all()
