"""Peer names of programs of Windows: by the functions of p2p.h; through Winsock, where ours run in place of Wine's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from samples_c.processes import Program
from tests import test_winsock_names
from tests.support.wine import SOURCES, Wine, missing
from tests.test_pnrp_tool import run
from tests.test_winsock_names import ANY, HERE, OTHERS, SERVICE_NOT_FOUND, Process, is_woken
from tests.wine.conftest import Build

pytestmark = pytest.mark.long

NOT_STARTED = 10093

if not missing():
    port = test_winsock_names.port

    @pytest.fixture
    def start(wine: Wine, tmp_path: Path) -> Iterator[Callable[[], Process]]:
        """``start()``: another process, without a WSAStartup yet."""
        program = wine.script(wine.compile(SOURCES / "winsock_peer_names.c", "-DUNICODE=", "-Wno-format"))
        made: list[Process] = []

        def start() -> Process:
            made.append(Process([program], tmp_path / f"process{len(made)}"))
            return made[-1]

        yield start
        for process in made:
            process.stop()

    @pytest.mark.parametrize("publisher", ["of Windows", "of this system"])
    def test_a_secure_name_is_published_in_one_system_and_found_in_the_other(
        sample: Build, sample_of: Build, tmp_path: Path, publisher: str
    ) -> None:
        tools = [sample("pnrp_tool"), sample_of("pnrp_tool")]
        publishing, finding = tools if publisher == "of Windows" else reversed(tools)
        program = Program([publishing, "register", "new:chat", "4711", "hello"], tmp_path / "home")
        try:
            name = program.wait_for("registered").removeprefix("registered ")
            for way in ("resolve", "search"):
                done = run(finding, way, name)
                assert (done.stdout, done.stderr) == (f'{name} [::1]:4711 (pnrp_tool) "hello"\n', "")
            program.leave("")
            assert run(finding, "resolve", name).stdout == "nobody has that name\n"
        finally:
            program.stop()

    def test_what_one_program_publishes_another_finds(start: Callable[[], Process]) -> None:
        one, other = start(), start()
        assert one.fails("clouds 0") == NOT_STARTED
        for process in (one, other):
            process.ask("startup")
        assert other.ask("clouds 0").startswith("Loopback_ 3 ")
        one.ask("register 0.chat - - 4711 payload")
        assert other.ask(f"resolve 0.chat - {OTHERS} 1 2") == f"0.chat Loopback_ {HERE} comment payload;"
        assert other.ask("notify 0.chat -") == f"0.chat Loopback_ {HERE} comment payload;"  # by an event of Wine's
        assert is_woken(other)
        one.ask("delete 0.chat -")
        assert one.fails("delete 0.chat -") == SERVICE_NOT_FOUND
        assert other.ask(f"resolve 0.chat - {ANY} 1 2") == ""
        one.ask("cleanup")
        assert one.fails("clouds 0") == NOT_STARTED
