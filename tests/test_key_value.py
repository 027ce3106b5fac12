"""samples_c/key_value.c, compiled as a person would: three programs are a table; what one publishes another finds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from samples_c.processes import Program


@pytest.fixture(scope="session")
def program(sample_of: Callable[[str], Path]) -> Path:
    return sample_of("key_value")


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def answered(program: Program, line: str) -> str:
    """The answer to a search, repeated while the node has only just met others and knows nobody to ask."""
    while True:
        program.tell(line)
        answer = program.wait_for(lambda said: said.startswith(("found: ", "near: ", "nobody has ")))
        asked = program.wait_for(lambda said: said.endswith(" nodes were asked")) if answer[0] != "f" else ""
        if not asked.startswith("0 "):
            return answer


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
    assert answered(ben, "get color") == "found: color = blue"
    cleo, _ = begin("cleo", port)
    cleo.wait_for("others are there")
    assert answered(cleo, "get shape") == "found: shape = round"
    cleo.tell("near shape")
    cleo.wait_for(lambda line: line.endswith(": shape = round"))
    cleo.wait_for(lambda line: line.endswith(": color = blue"))
    assert answered(cleo, "get nothing") == "nobody has nothing"
    ben.leave("quit")
    ann.wait_for("a neighbor has gone")
    assert answered(cleo, "get shape") == "nobody has shape"
