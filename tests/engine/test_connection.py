"""A program's connection to the host of its user, or to whoever has its group open."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "peerapi"
SENDERS = sorted(path for room in ("engine", "host") for path in (PACKAGE / room).rglob("*.py"))

PROGRAM = """
import signal, socket
from peerapi.engine.collab.connection import Connection, HostGone

class Nobody:
    def told(self, kind, value): ...
    def lost(self, connection): ...

signal.signal(signal.SIGPIPE, signal.SIG_DFL)
ours, theirs = socket.socketpair()
theirs.shutdown(socket.SHUT_RD)  # it is gone, which is not heard of before something is sent
try:
    Connection(ours, Nobody()).greet()
except HostGone as error:
    print(error)
"""


def test_a_program_in_c_outlives_who_is_killed_at_the_other_end() -> None:
    """A process that has not chosen otherwise, as Python has, is ended by SIGPIPE."""
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("The host of this user is gone: ")


@pytest.mark.parametrize("path", SENDERS, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_what_is_sent_to_who_is_gone_ends_no_program(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "sendall":
            said = ast.unparse(node)
            assert "MSG_NOSIGNAL" in said, f"line {node.lineno}: {said}"
