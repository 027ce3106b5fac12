"""samples_c/key_value.c, compiled as a person would: three programs are a table; what one publishes another finds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from samples_c.processes import Program, build


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("key_value", tmp_path_factory.mktemp("samples"))


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def test_what_one_publishes_another_finds(program: Path, tmp_path: Path, stack: ExitStack) -> None:
    def begin(name: str, *others: str) -> tuple[Program, str]:
        begun = Program([program, *(["0", *others] if others else [])], tmp_path / name)
        stack.callback(begun.stop)
        return begun, begun.wait_for("port ").removeprefix("port ")

    ann, port = begin("ann")
    ann.wait_for("nobody else is there yet")
    ann.tell("put color blue")
    ann.wait_for("published color")
    ben, _ = begin("ben", port)
    ben.wait_for("others are there")
    ben.tell("put shape round")
    ben.wait_for("published shape")
    ann.wait_for("a neighbor has come")
    ben.tell("get color")
    assert ben.wait_for("found: ") == "found: color = blue"
    ben.wait_for(lambda line: line.endswith("nodes were asked"))
    cleo, _ = begin("cleo", port)
    cleo.wait_for("others are there")
    cleo.tell("near shape")
    assert cleo.wait_for(lambda line: line.endswith(": shape = round"))
    cleo.wait_for(lambda line: line.endswith(": color = blue"))
    cleo.tell("get nothing")
    cleo.wait_for("nobody has nothing")
    ben.leave("quit")
    ann.wait_for("a neighbor has gone")
    cleo.tell("get shape")
    cleo.wait_for("nobody has shape")
