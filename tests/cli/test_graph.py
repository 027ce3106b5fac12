"""``peerapi graph``: lists and tables for people, JSON for programs, files, a live view."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import AnyStr as T
from uuid import UUID

import pytest
import trio

import peerapi
from peerapi.store.catalog import entries
from tests.cli.conftest import Command

NOTE = UUID("11111111-2222-3333-4444-555555555555")
OTHER = UUID("66666666-7777-8888-9999-aaaaaaaaaaaa")


@pytest.fixture
def garden(command: Command) -> str:
    """A closed graph of Alice's with three records."""

    async def main() -> None:
        made = peerapi.create_graph("garden", "alice", friendly_name="Our Garden", scope=peerapi.Scope.LOOPBACK)
        async with made as graph:
            await graph.add(NOTE, "roses\x1b[31m", attributes={"Owner": "Ann", "Pages": 3})
            await graph.add(NOTE, b"\xff\x00", attributes={"Owner": "Ben", "Pages": 12})
            await graph.add(OTHER, "tulips")

    trio.run(main)
    return "garden"


SERVER = """
import sys, trio, uuid, peerapi
async def main():
    async with peerapi.create_graph("garden", "alice", scope=peerapi.Scope.LOOPBACK, exist_ok=True) as graph:
        print((await graph.listen())[0], flush=True)
        while line := await trio.to_thread.run_sync(sys.stdin.readline):
            await graph.add(uuid.UUID(int=7), line.strip())
trio.run(main)
"""


@contextmanager
def ended(process: subprocess.Popen[T]) -> Iterator[subprocess.Popen[T]]:
    """A process that does not outlive its test."""
    with process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


@pytest.fixture
def elsewhere(garden: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Another process that has the graph open, and its address; each line that it reads becomes a record."""
    pipe = subprocess.PIPE
    with ended(subprocess.Popen([sys.executable, "-c", SERVER], stdin=pipe, stdout=pipe, text=True)) as process:
        assert process.stdin
        assert process.stdout
        yield process, process.stdout.readline().strip()
        process.stdin.close()
        assert process.wait(120) == 0


# ---- list and show ----


def test_a_user_without_graphs_is_told_so(command: Command) -> None:
    assert command.code("graph", "list") == 0
    assert (command.out, command.err) == ("", "no graphs\n")
    assert command.json("graph", "list") == []


def test_graphs_are_listed(command: Command, garden: str) -> None:
    heading, row = command("graph", "list").splitlines()
    assert heading.split() == ["GRAPH", "PEER", "DATABASE", "RECORDS", "SIZE", "STATE"]
    assert re.fullmatch(r"garden +alice +graph +3 +[\d.]+ kB +closed", row)
    (found,) = command.json("graph", "list")
    assert found | {"size": 0} == {
        "graph": "garden", "peer": "alice", "database": "graph", "records": 3, "size": 0, "state": "closed",
        "process": None, "addresses": [],
    }  # fmt: skip


def test_a_graph_that_another_process_has_open_is_listed_with_that_process(
    command: Command, elsewhere: tuple[subprocess.Popen[str], str]
) -> None:
    (found,) = command.json("graph", "list")
    pid = elsewhere[0].pid
    assert (found["graph"], found["peer"], found["records"]) == ("garden", "alice", None)
    assert (found["state"], found["process"]) == (f"open in process {pid}", pid)


@pytest.mark.parametrize("what", ["show", "records", "search", "export", "delete"])
def test_nobody_looks_into_a_graph_that_another_process_has_open(
    command: Command, elsewhere: tuple[subprocess.Popen[str], str], what: str, tmp_path: Path
) -> None:
    more = {"search": ["Owner=Ann"], "export": [tmp_path / "file"], "delete": ["--yes"]}.get(what, [])
    said = command.refused("graph", what, "garden", *more)
    assert f"Process {elsewhere[0].pid} has the database open" in said
    assert "PEER_E_DATABASE_ACCESSDENIED, 0x80630302" in said
    assert not (tmp_path / "file").exists()


def test_a_damaged_database_is_listed_and_left_alone(command: Command, garden: str) -> None:
    (entry,) = entries()
    entry.path.write_bytes(entry.path.read_bytes()[:4000])
    before = entry.path.read_bytes()
    assert [found["state"] for found in command.json("graph", "list")] == ["damaged"]
    assert "PEER_E_INVALID_DATABASE" in command.refused("graph", "show", "garden")
    assert entry.path.read_bytes() == before


def test_a_database_without_a_label_is_listed_all_the_same(command: Command, garden: str) -> None:
    (entry,) = entries()
    (entry.path.parent / "label").unlink()
    assert [found["graph"] for found in command.json("graph", "list")] == ["garden"]


def test_a_graph_is_shown_with_its_properties_and_types(command: Command, garden: str) -> None:
    (shown,) = command.json("graph", "show", "garden")
    assert shown["friendly_name"] == "Our Garden"
    assert (shown["creator"], shown["scope"], shown["records"]) == ("alice", "loopback", 3)
    assert shown["types"] == {str(NOTE): 2, str(OTHER): 1}
    text = command("graph", "show", "garden")
    assert re.search(r"^friendly name +Our Garden$", text, re.MULTILINE)
    assert re.search(rf"^{NOTE} +2$", text, re.MULTILINE)


def test_a_graph_that_is_not_there_is_not_found(command: Command) -> None:
    assert "PEER_E_NOT_FOUND" in command.refused("graph", "show", "garden")


def test_of_several_databases_one_has_to_be_named(command: Command, garden: str) -> None:
    async def main() -> None:
        async with peerapi.open_graph("garden", "ben"):
            pass

    trio.run(main)
    assert "--peer alice --database graph, --peer ben" in command.refused("graph", "show", "garden")
    assert command.json("graph", "show", "garden", "--peer", "ben")[0]["synchronized"] is False
    assert "never synchronized" in command("graph", "list")


# ---- records and searches ----


def test_records_are_listed_without_control_characters(command: Command, garden: str) -> None:
    text = command("graph", "records", "garden")
    heading, *rows = text.splitlines()
    assert heading.split() == ["ID", "TYPE", "CREATOR", "MODIFIED", "SIZE", "DATA", "ATTRIBUTES"]
    assert len(rows) == 3
    assert "\x1b" not in text
    assert r"roses\x1b[31m" in rows[0]
    assert "ff 00" in rows[1]
    assert "Owner=Ann Pages=3" in rows[0]


def test_records_of_a_type_or_creator(command: Command, garden: str) -> None:
    (found,) = command.json("graph", "records", "garden", "--type", OTHER)
    assert (found["type"], found["creator"], found["data"]) == (str(OTHER), "alice", {"text": "tulips"})
    assert len(command.json("graph", "records", "garden", "--creator", "alice")) == 3
    assert command.code("graph", "records", "garden", "--creator", "ben") == 0
    assert command.err == "no records\n"
    assert [found["data"] for found in command.json("graph", "records", "garden", "--type", NOTE)] == [
        {"text": "roses\x1b[31m"}, {"base64": "/wA="}
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("terms", "owners"),
    [
        (["Owner=Ann"], ["Ann"]),
        (["Owner!=Ann"], ["Ben"]),
        (["Owner~*n*"], ["Ann", "Ben"]),
        (["Owner=*n*"], []),
        (["Pages>3"], ["Ben"]),
        (["Pages<=12", "Owner<B"], ["Ann"]),
        (['<peersearch><clause attrib="Owner" type="string">B*</clause></peersearch>'], ["Ben"]),
    ],
)
def test_a_search_by_terms_or_xml(command: Command, garden: str, terms: list[str], owners: list[str]) -> None:
    found = command.json("graph", "search", "garden", *terms)
    assert [record["attributes"]["Owner"] for record in found] == owners


@pytest.mark.parametrize(("term", "error"), [("Owner", "'Owner' is none of NAME=VALUE"), ("<x/>", "search")])
def test_what_is_no_search_is_refused(command: Command, garden: str, term: str, error: str) -> None:
    assert command.code("graph", "search", "garden", term) == 2
    assert error in command.err


# ---- files ----


def test_an_exported_graph_can_be_imported_again(command: Command, garden: str, tmp_path: Path) -> None:
    before = command.json("graph", "records", "garden")
    assert command("graph", "export", "garden", tmp_path / "copy").startswith(str(tmp_path / "copy"))
    command("graph", "delete", "garden", "--yes")
    assert command.json("graph", "list") == []
    assert command("graph", "import", "garden", tmp_path / "copy") == "garden of alice (graph): 3 records\n"
    assert command.json("graph", "records", "garden") == before


def test_a_file_of_another_graph_is_not_imported(command: Command, garden: str, tmp_path: Path) -> None:
    command("graph", "export", "garden", tmp_path / "copy")
    assert "holds the graph 'garden'" in command.refused("graph", "import", "meadow", tmp_path / "copy")
    assert command.code("graph", "import", "garden", tmp_path / "nothing") == 2
    assert "does not exist" in command.err


def test_looking_changes_nothing(command: Command, garden: str) -> None:
    (entry,) = entries()
    before = entry.path.read_bytes()
    for words in (["show", "garden"], ["records", "garden"], ["search", "garden", "Owner=Ann"], ["list"]):
        command("graph", *words)
    assert entry.path.read_bytes() == before


# ---- watch ----


def watch(*words: str) -> AbstractContextManager[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "peerapi", "graph", "watch", "garden", *words]
    return ended(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))


def test_a_guest_sees_what_happens_and_keeps_nothing(
    command: Command, elsewhere: tuple[subprocess.Popen[str], str]
) -> None:
    server, address = elsewhere
    assert server.stdin
    with watch("--connect", address, "--json") as process:
        assert process.stdout
        assert process.stderr
        seen = []
        for line in process.stdout:
            seen.append(json.loads(line))
            if seen[-1]["event"] == "second" and seen[-1]["records"] == 3:
                server.stdin.write("hello\n")
                server.stdin.flush()
            if seen[-1].get("data") == {"text": "hello"}:
                break
        process.send_signal(signal.SIGINT)
        process.stdout.read()
        assert process.wait(120) == 0
        assert process.stderr.read() == ""
    assert {"neighbor", "status", "record", "second"} <= {one["event"] for one in seen}
    assert seen[-1]["change"] == "added"
    assert {one["peer"]: one["path"] for one in seen if one["event"] == "neighbor"} == {"alice": "direct"}
    assert [entry.peer_id for entry in entries()] == ["alice"]


def shown(terminal: int) -> str:
    """What comes next on a terminal; nothing when its other end has been closed."""
    try:
        return os.read(terminal, 4096).decode()
    except OSError:
        return ""


def test_on_a_terminal_the_view_is_drawn(command: Command, elsewhere: tuple[subprocess.Popen[str], str]) -> None:
    ours, theirs = pty.openpty()
    words = [sys.executable, "-m", "peerapi", "graph", "watch", "garden", "--connect", elsewhere[1], "--listen", "0"]
    size = os.environ | {"COLUMNS": "100", "LINES": "40"}
    with ended(subprocess.Popen(words, stdout=theirs, stderr=subprocess.PIPE, env=size)) as process:
        os.close(theirs)
        text = ""
        while not all(part in text for part in ("LINKS (1)", "3 records", "NODES (2)", "listening, has connections")):
            more = shown(ours)
            assert more, text
            text += more
        process.terminate()
        while shown(ours):
            pass
        assert process.wait(120) == 0
        assert process.stderr
        assert process.stderr.read() == b""
    os.close(ours)
    assert "graph garden as guest" in text


def test_a_node_that_cannot_be_reached_is_one_line(command: Command) -> None:
    with watch("--connect", "[::1]:9") as process:
        assert process.stderr
        assert process.wait(120) == 1
        said = process.stderr.read()
    assert said.count("\n") == 1
    assert "PEER_E_CONNECTION_FAILED" in said


def test_watch_leaves_after_its_time(command: Command) -> None:
    with watch("--seconds", "0.1", "--peer", "carol") as process:
        assert process.wait(120) == 0
    assert [entry.peer_id for entry in entries()] == ["carol"]


def test_wrong_use_is_exit_code_2(command: Command) -> None:
    for words in ([], ["nothing"], ["records"], ["records", "garden", "--type", "x"]):
        assert command.code("graph", *words) == 2
        assert command.out == ""
        assert "Usage: peerapi graph" in command.err
