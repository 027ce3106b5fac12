"""``peerapi host``."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from peerapi.collab import local
from peerapi.engine.collab.program import Program
from tests.cli.conftest import Command
from tests.support.collab import host_process, stop_host, wait_until


def test_of_no_host_and_of_one(command: Command, tmp_path: Path) -> None:
    home = tmp_path / "home"
    none = {"process": None, "signed_in": [], "programs": []}
    assert command.json("host", "status") == [none]
    assert command("host", "status") == "host  none\n"
    assert command.code("host", "stop") == 0
    assert command.err == "no host runs\n"
    assert command.code("host", "log") == 0
    program = Program()
    try:
        program.call(local.SIGN_IN, 1)
        [shown] = command.json("host", "status")
        assert shown == {"process": host_process(home), "signed_in": ["NEAR_ME"], "programs": [os.getpid()]}
        command("host", "log")
        said = command("host", "status")
        for one in (f"process {host_process(home)}", "near-me", str(os.getpid())):
            assert one in said
        program.call(local.SIGN_OUT, 3)
        assert "signed in  no\n" in command("host", "status")
        command("host", "stop")
        wait_until(lambda: host_process(home) is None)
        assert command.json("host", "status") == [none]
    finally:
        program.close()
        stop_host(home)


def test_a_host_in_the_foreground_tells_the_service_manager_that_it_is_ready(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    root = Path(__file__).parents[2]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(120)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        words = [sys.executable, "-m", "peerapi", "host", "run"]
        with subprocess.Popen(words, cwd=root, stdout=subprocess.PIPE, text=True) as process:
            assert manager.recv(100) == b"READY=1"
            assert host_process(home) == process.pid
            [shown] = command.json("host", "status")
            assert shown == {"process": process.pid, "signed_in": [], "programs": []}
            again = subprocess.run(words, cwd=root, stdout=subprocess.PIPE, text=True, timeout=120)
            assert (again.returncode, again.stdout) == (1, "another host runs already\n")
            process.send_signal(signal.SIGTERM)
            assert process.wait(120) == 0
    assert host_process(home) is None


def test_the_unit_runs_a_command_that_there_is(command: Command) -> None:
    unit = (Path(__file__).parents[2] / "docs" / "examples" / "peerapi-host.service").read_text(encoding="utf-8")
    [start] = [line for line in unit.splitlines() if line.startswith("ExecStart=")]
    words = start.partition("=")[2].split()
    assert words[:2] == ["/usr/bin/env", "peerapi"]
    assert "until SIGTERM" in command(*words[2:], "--help")
