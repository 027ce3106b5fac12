"""tests/c/collab_console.c: a console program in the manner of 2009, compiled as it is in several ways, and played."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from peerapi.cli import config
from peerapi.collab import local
from peerapi.engine.collab.places import Places
from peerapi.engine.collab.program import Program as Client
from tests.support.collab import Apart, people, stop_host, wait_until
from tests.support.ports import free_range
from tests.test_console_programs import PATIENCE, Terminal
from tests.test_win32 import PROGRAMS

pytestmark = pytest.mark.long

MENU = "q quit\n> "
UNICODE = "-DUNICODE -D_UNICODE"
VARIANTS = {
    "C11, wide": f"gcc -std=c11 {UNICODE}",
    "C99, narrow": "clang -std=c99",
    "C++17, wide": f"g++ -xc++ -std=c++17 {UNICODE}",
    "C++11, narrow": "clang++ -xc++ -std=c++11",
}
Begin = Callable[..., Terminal]


def compiled(folder: Path, compiler: str) -> Path:
    """The program; the compiler may have nothing to say."""
    answers = config.answers()
    words = f"{compiler} -Wall -Wextra -Werror {answers['--cflags']} {PROGRAMS / 'collab_console.c'} -xnone"
    command = shlex.split(f"{words} {answers['--libs']} -pthread")
    done = subprocess.run([*command, "-o", folder / "CollabConsole.exe"], capture_output=True, text=True, timeout=300)
    assert (done.returncode, done.stderr) == (0, "")
    return folder / "CollabConsole.exe"


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Begin]:
    """``begin(program, *words, who="alice", port=...)``: a process of somebody; everybody's host ends with the test."""
    started: list[Terminal] = []
    homes = set()
    here = str(free_range())

    def begin(program: Path, *words: str, who: str = "alice", port: str = here) -> Terminal:
        homes.add(tmp_path / who)
        environment = {"PEERAPI_HOME": str(tmp_path / who), "PEERAPI_COLLAB_PORT": port}
        started.append(Terminal(environment, program, words))
        return started[-1]

    yield begin
    for each in started:
        each.end()
    for home in homes:
        stop_host(home)


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_menu_and_a_second_instance_of_the_program(begin: Begin, tmp_path: Path, variant: str) -> None:
    console = begin(compiled(tmp_path, VARIANTS[variant]))
    console.says(MENU)
    console.says("[events] watching\n")  # it has found its parent, and waits for it
    console.hears("1")
    console.says("[events] I am Online\n")
    console.hears("3", "5 deep")
    console.says("[events] I am Busy\n")
    console.hears("3", "none")
    console.says("That is no status.\n")
    console.hears("much too long a line for a choice")
    console.says("That is too long.\n")
    console.hears("4", str(tmp_path / "mé.xml"))
    console.says("Exported.\n")
    console.hears("5", str(tmp_path / "none"))
    console.says("That file cannot be read.\n")
    console.hears("5", str(tmp_path / "mé.xml"))
    console.says("PeerCollabAddContact failed. HRESULT=0x80070057\n  A parameter is wrong.")  # the system's text
    console.hears("2")
    console.says("[events] I am Busy\n")  # as it was, told with the sign-out
    console.hears("3", "5 nobody")
    console.says("HRESULT=0x8063")
    console.says("  The caller is not signed in where it needs to be.\r\n")  # of p2p.dll
    console.hears("Q")
    console.says("[events] the menu has gone\n")
    assert console.process.wait(PATIENCE) == 0
    written = (tmp_path / "mé.xml").read_bytes()
    assert written.startswith(b"\xef\xbb\xbf<PEERCONTACT")
    assert b"\r\n" in written


def test_the_second_instance_hears_of_it_when_its_parent_is_killed(begin: Begin, tmp_path: Path) -> None:
    console = begin(compiled(tmp_path, VARIANTS["C11, wide"]))
    console.says("[events] watching\n")
    console.process.kill()
    console.says("[events] the menu has gone\n")


@pytest.fixture
def bob(library: Path, tmp_path: Path) -> Iterator[Apart]:
    with people(library, tmp_path, "bob") as [person]:
        yield person


@pytest.mark.parametrize("variant", ["C11, wide", "C++11, narrow"])
def test_an_invitation_starts_the_program_at_the_other_person(
    begin: Begin, bob: Apart, tmp_path: Path, variant: str
) -> None:
    program = compiled(tmp_path, VARIANTS[variant])
    result = tmp_path / "who has invited €.txt"
    there = begin(program, who="bob", port=bob.port)
    there.says("[events] watching\n")
    there.hears("7", str(result))
    there.says("Registered.\n")
    there.hears("1")
    there.says("I am Online\n")
    client = Client(lambda: Places(bob.home / "collab"))
    client.call(local.ATTEND, True)

    here = begin(program, port=bob.port)
    here.says("[events] watching\n")
    here.hears("1")
    here.says("[events] near: ")
    here.hears("8")
    assert "  at [::1]:" in here.says("Message: ")  # written, and read back
    here.hears("Komm, €")
    waiting: list[local.Waiting] = []
    wait_until(lambda: waiting.extend(client.call(local.ATTEND, True)) or waiting)
    client.call(local.RESPOND, local.Pair(waiting[0].id, True))
    here.says("The answer is yes.\n")
    wait_until(lambda: result.exists() and result.read_bytes().endswith(b"\n\0"))
    assert result.read_bytes() == b"\xff\xfe" + "stranger: Komm, €\r\n".encode("utf-16-le")
    client.close()
    for each in (here, there):
        each.hears("q")
        assert each.process.wait(PATIENCE) == 0
