"""``peerapi drt``: a node, and searches that find what it has."""

from __future__ import annotations

import hashlib
import json
import re
import socket
import subprocess
import sys
from pathlib import Path

import click
import pytest

from peerapi.cli import drt
from peerapi.cli.commands import Failure
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


@pytest.mark.parametrize("place", ["nowhere", "[::1]:99999", "[::1]:0", "[::1]:\u00b2", ":4001"])
def test_a_place_is_a_host_and_a_port(place: str) -> None:
    done = run("search", "color", "--at", place)
    assert (done.returncode, done.stdout) == (2, "")
    assert "wanted is one as in [::1]:4001" in done.stderr


@pytest.mark.parametrize(
    ("pair", "why"), [("color", "'color' is not KEY=TEXT."), ("color=" + "b" * 5121, "5121 bytes, where 5120 are")]
)
def test_a_pair_is_a_key_and_a_text_that_has_room(pair: str, why: str) -> None:
    done = run("node", "--put", pair)
    assert (done.returncode, done.stdout) == (2, "")
    assert why in " ".join(done.stderr.split())


def test_bytes_that_are_no_utf_8_are_a_key_as_well(tmp_path: Path) -> None:
    node = Program([*PEERAPI, "node", "--put", "co\udcfflor=bl\udcffue"], tmp_path)
    try:
        place = "[::1]:" + node.wait_for("port ").removeprefix("port ")
        done = run("search", "co\udcfflor", "--at", place, "--json")
        assert (done.returncode, done.stderr) == (0, "")
        assert json.loads(done.stdout)["data"] == {"base64": "Ymz/dWU="}
    finally:
        node.stop()


def test_nobody_reached_is_not_nobody_has_it(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as silent:
        silent.bind(("::1", 0))
        place = f"[::1]:{silent.getsockname()[1]}"
        with pytest.raises(Failure, match=re.escape(f"No node of the table answers at {place}. (DRT_E_TRANSPORT_NO")):
            drt.command.main(["search", "color", "--at", place, "--seconds", "0.5"], standalone_mode=False)
    with pytest.raises(click.MissingParameter) as missing:
        drt.command.main(["search", "color"], standalone_mode=False)
    assert "'--at'" in missing.value.format_message()
    for what in (["search", "color"], ["node"]):
        with pytest.raises(Failure, match=r"No address of nowhere\.invalid:4900 can be found."):
            drt.command.main([*what, "--at", "nowhere.invalid:4900"], standalone_mode=False)
    assert capsys.readouterr().out == ""


def test_a_port_that_is_taken_is_said_to_be() -> None:
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as taken:
        taken.bind(("::1", 0))
        done = run("node", "--port", str(taken.getsockname()[1]))
    assert (done.returncode, done.stdout) == (1, "")
    assert "The port is taken already." in done.stderr
