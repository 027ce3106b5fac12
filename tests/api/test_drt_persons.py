"""Two processes of a C program find each other's keys: by null and derived keys, which they make the certificates for
themselves, and by addresses and peer names to begin with."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.ports import free_range

PROGRAM = Path(__file__).parents[1] / "c" / "drt_person.c"
Start = Callable[..., "Person"]


class Person:
    """One process, and who tells it what to do."""

    def __init__(self, program: Path, words: list[str], environment: dict[str, str]) -> None:
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(
            [program, *words], env=environment, stdin=pipe, stdout=pipe, stderr=subprocess.STDOUT, text=True
        )
        self.port = self.hears("port")

    def hears(self, begin: str) -> str:
        """What the next line says, which begins so."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline().rstrip("\n")
        assert line.startswith(begin), line
        return line[len(begin) :].strip()

    def says(self, line: str, answer: str) -> str:
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.hears(answer)

    def leaves(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.hears("good")
        assert self.process.wait(120) == 0


@pytest.fixture
def start(compile_c: Callable[..., Path], tmp_path: Path) -> Iterator[Start]:
    program = compile_c(PROGRAM.read_text(encoding="utf-8"))
    persons: list[Person] = []
    environment = {"PEERAPI_PNRP_PORT": str(free_range())}

    def start(security: str, *bootstrap: str) -> Person:
        home = tmp_path / f"home{len(persons)}"
        home.mkdir()
        words = [security, str(tmp_path), *bootstrap]
        persons.append(Person(program, words, environment | {"PEERAPI_HOME": str(home)}))
        return persons[-1]

    yield start
    for one in persons:
        one.process.kill()
        one.process.wait()


@pytest.mark.parametrize("bootstrap", ["dns", "pnrp"])
@pytest.mark.parametrize("security", ["null", "derived"])
def test_two_processes_find_each_other_s_keys(start: Start, tmp_path: Path, security: str, bootstrap: str) -> None:
    by_name = ("pnrp", "0.table of persons")
    first = start(security, *(by_name if bootstrap == "pnrp" else ("dns", "0")))
    second = start(security, *(by_name if bootstrap == "pnrp" else ("dns", first.port)))
    keys = [first.says("register one", "registered"), first.says("register two", "registered")]
    keys.append(second.says("register three", "registered"))
    assert [second.says(f"find {key}", "found") for key in keys[:2]] == ["one", "two"]
    assert first.says(f"find {keys[2]}", "found") == "three"
    first.leaves()
    second.leaves()
    assert not list(tmp_path.glob("home*/containers/*.keys"))  # deleted, as the certificates have their keys
