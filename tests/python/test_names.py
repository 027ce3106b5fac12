"""What ``import peerapi`` offers, and what it costs; the C names; the types that a type checker sees."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import peerapi
from tests.support.facts import load

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", peerapi.__all__)
def test_every_name_is_there(name: str) -> None:
    assert getattr(peerapi, name) is not None
    assert name in dir(peerapi)


@pytest.mark.parametrize("name", ["nothing", "__wrapped__"])
def test_a_name_that_is_none_is_an_attribute_error(name: str) -> None:
    with pytest.raises(AttributeError, match=f"no attribute '{name}'"):
        getattr(peerapi, name)


def test_the_names_for_type_checkers_are_those_at_run_time() -> None:
    """They stand twice in ``peerapi/__init__.py``: as imports that only a type checker reads, and as a table."""
    text = (ROOT / "peerapi" / "__init__.py").read_text(encoding="utf-8")
    seen = {line.split(" as ")[-1].strip() for line in text.splitlines() if line.startswith("    from peer")}
    assert seen | {"ffi", "lib"} == set(peerapi.__all__)


def test_every_function_of_p2p_is_a_function_of_lib() -> None:
    wanted = set(load("functions.json")["functions"])
    assert wanted - set(dir(peerapi.lib)) == set()


def test_the_c_functions_are_called_with_the_structures_of_the_header() -> None:
    program = """
import peerapi
from peerapi import ffi, lib
version = ffi.new("PEER_VERSION_DATA *")
assert lib.PeerGraphStartup(1, version) == 0 and version.wVersion == 1
properties = ffi.new("PEER_GRAPH_PROPERTIES *", {"dwSize": ffi.sizeof("PEER_GRAPH_PROPERTIES")})
names = [ffi.new("WCHAR[]", text) for text in ("gärten", "alice", "db")]
properties.pwzGraphId, properties.pwzCreatorId = names[:2]
graph = ffi.new("HGRAPH *")
assert lib.PeerGraphCreate(properties, names[2], ffi.NULL, graph) == 0
event = lib.CreateEventW(ffi.NULL, False, False, ffi.NULL)
wanted = ffi.new("PEER_GRAPH_EVENT_REGISTRATION *", {"eventType": lib.PEER_GRAPH_EVENT_RECORD_CHANGED})
queue = ffi.new("HPEEREVENT *")
assert lib.PeerGraphRegisterEvent(graph[0], event, 1, wanted, queue) == 0

import trio, uuid
async def main():
    same = peerapi.Graph.from_handle(graph[0])
    return await same.add(uuid.UUID(int=7), "from Python")
note = trio.run(main)
assert lib.WaitForSingleObject(event, 120_000) == 0
data = ffi.new("PEER_GRAPH_EVENT_DATA **")
assert lib.PeerGraphGetEventData(queue[0], data) == 0
record = ffi.new("PEER_RECORD **")
id_ = ffi.new("GUID *", data[0].recordChangeData.recordId)
assert bytes(ffi.buffer(id_)) == note.bytes_le
assert lib.PeerGraphGetRecord(graph[0], id_, record) == 0
print(bytes(ffi.buffer(record[0].data.pbData, record[0].data.cbData)).decode())
lib.PeerGraphFreeData(record[0])
lib.PeerGraphFreeData(data[0])
assert lib.PeerGraphUnregisterEvent(queue[0]) == 0 and lib.CloseHandle(event)
assert lib.PeerGraphShutdown() == 0
"""
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=300, check=False)
    assert (run.stdout, run.stderr) == ("from Python\n", "")


# ---- types ----

TYPED = """
from uuid import UUID
from typing import assert_type
import peerapi
from peerapi import Change, DirectChange, Event, Graph, Message, NodeChange, Record, Status, errors

async def main() -> None:
    async with peerapi.create_graph("garden", "alice") as graph:
        assert_type(graph, Graph)
        assert_type(graph.status, Status)
        note = await graph.add(UUID(int=7), "text", attributes={"Owner": "Ann", "Pages": 3, "Tags": ("a", "b")})
        assert_type(note, UUID)
        assert_type(await graph.get(note), Record)
        assert_type(await graph.find(note), Record | None)
        assert_type(await graph.records(), list[Record])
        async for record in graph.records():
            assert_type(record, Record)
        async for change in graph.changes(UUID(int=7)):
            assert_type(change, Change)
            assert_type(await change.record(), Record | None)
        async for event in graph.events():
            assert_type(event, Event)
        async for node in graph.events(NodeChange):
            assert_type(node, NodeChange)
        async for one in graph.events(Message, DirectChange):
            assert_type(one, Message | DirectChange)
        async with graph.direct("ben", "::1", 4001) as direct:
            assert_type(await anext(direct), Message)
    opened = await peerapi.open_graph("garden", "ben")
    assert_type(opened, Graph)
    try:
        await opened.connect("::1", 4001)
    except errors.ConnectionRefused as error:
        assert_type(error.hresult, int)
"""
WRONG = {
    'await graph.add("no UUID")': "arg-type",
    "await graph.add(NOTE, 5)": "arg-type",
    'await graph.add(NOTE, attributes={"Owner": 1.5})': "dict-item",
    "await graph.get(5)": "arg-type",
    "graph.records().sort()": "attr-defined",
    "graph.nothing": "attr-defined",
    "peerapi.nothing": "attr-defined",
}


def checked(program: str, folder: Path) -> str:
    """What mypy says of a user's program; of the package it reads the types and reports nothing, as of an installed
    one."""
    (folder / "program.py").write_text(program, encoding="utf-8")
    command = [sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent", "--no-error-summary"]
    environment = os.environ | {"MYPYPATH": str(ROOT)}
    run = subprocess.run(
        [*command, "--cache-dir", str(folder), "program.py"],
        cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    return run.stdout


def test_a_program_with_types_passes_mypy_strict_and_a_wrong_one_does_not(tmp_path: Path) -> None:
    assert checked(TYPED, tmp_path) == ""
    lines = [f"    {statement}" for statement in WRONG]
    program = "\n".join([
        "from uuid import UUID", "import peerapi", "NOTE = UUID(int=7)",
        "async def main(graph: peerapi.Graph) -> None:", *lines,
    ])  # fmt: skip
    found = checked(program, tmp_path).splitlines()
    for number, code in enumerate(WRONG.values(), 5):
        assert any(line.startswith(f"program.py:{number}: error:") and f"[{code}]" in line for line in found), found
