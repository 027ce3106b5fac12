"""``peerapi host``."""

from __future__ import annotations

from pathlib import Path

from peerapi.collab import local
from peerapi.engine.collab.program import Program
from tests.cli.conftest import Command
from tests.support.collab import host_process, stop_host, wait_until


def test_of_no_host_and_of_one(command: Command, tmp_path: Path) -> None:
    home = tmp_path / "home"
    assert command.json("host", "status") == [{"host": "none"}]
    assert command.code("host", "stop") == 0
    assert command.err == "no host runs\n"
    assert command.code("host", "log") == 0
    program = Program()
    try:
        program.call(local.SIGN_IN, 1)
        [shown] = command.json("host", "status")
        assert shown["host"] == f"process {host_process(home)}"
        assert shown["signed_in"] == "NEAR_ME"
        command("host", "log")
        assert "NEAR_ME" in command("host", "status")
        command("host", "stop")
        wait_until(lambda: host_process(home) is None)
        assert command.json("host", "status") == [{"host": "none"}]
    finally:
        program.close()
        stop_host(home)
