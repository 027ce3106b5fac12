"""``peerapi drt``: a node, and searches that find what it has."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path

from samples_c.processes import Program

PEERAPI = [sys.executable, "-m", "peerapi", "drt"]


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*PEERAPI, *words], capture_output=True, encoding="utf-8", timeout=300, check=False)


def test_what_a_node_registers_is_found(tmp_path: Path) -> None:
    node = Program([*PEERAPI, "node", "--put", "color=blue", "--put", "shape=round"], tmp_path)
    try:
        place = "[::1]:" + node.wait_for("port ").removeprefix("port ")
        done = run("search", "color", "--at", place, "--path")
        key = hashlib.sha256(b"color").hexdigest()
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.splitlines()[1].split() == ["exact", key, "blue"]
        assert done.stdout.splitlines()[3].startswith(place)
        node.wait_for("status active")
        done = run("search", key, "--at", place, "--nearest", "3", "--json")
        found = [json.loads(line) for line in done.stdout.splitlines()]
        assert [(one["match"], one["data"]["text"]) for one in found] == [("exact", "blue"), ("near", "round")]
        done = run("search", "nothing", "--at", place)
        assert (done.returncode, done.stdout) == (1, "")
        assert "Nobody has that key." in done.stderr
    finally:
        node.stop()


def test_a_place_is_a_host_and_a_port() -> None:
    done = run("search", "color", "--at", "nowhere")
    assert done.returncode == 1
    assert "is not HOST:PORT" in done.stderr
