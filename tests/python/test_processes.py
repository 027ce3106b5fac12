"""Python programs among other processes, and in other programs: a group that C, trio and asyncio programs share; Python
inside a C program, and the library inside Python."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import build_ffi
from tests.engine.support import until
from tests.support.journey import Node, program
from tests.support.ports import free_range

ROOT = Path(__file__).parents[2]
MEMBER = Path(__file__).parent / "member.py"
PASSWORD = "open-sesame"


@pytest.fixture
def members(compile_c: Callable[..., Path], tmp_path: Path) -> Iterator[list[Node]]:
    """A C program that has founded a group, a Python program under trio and one under asyncio that have joined it."""
    node = program(compile_c, "group_node")
    env = {"PEERAPI_PNRP_PORT": str(free_range())}
    python = (sys.executable, str(MEMBER))
    made = [Node(node, tmp_path / "carol", "carol", env=env)]
    try:
        made += [Node(Path(loop), tmp_path / loop, loop, before=python, env=env) for loop in ("trio", "asyncio")]
        carol = made[0]
        carol.ask(f"identity carol {tmp_path / 'carol.xml'}")
        carol.ask(f"create club Loopback_ {PASSWORD}")
        carol.ask("connect")
        for one in made[1:]:
            one.ask(f"identity {one.name} {tmp_path / one.name}.xml")
            carol.ask(f"invite {tmp_path / one.name}.xml {tmp_path / one.name}.invitation member")
            one.ask(f"join {tmp_path / one.name}.invitation")
            one.ask("connect")
        yield made
    finally:
        for one in made:
            one.abandon()


def test_c_and_trio_and_asyncio_programs_share_one_group(members: list[Node]) -> None:
    names = {"carol", "trio", "asyncio"}
    for one in members:
        one.ask(f"add chat {one.name}-says-hello")
        one.ask(f"add stroke {one.name}-draws")
    for kind, what in (("chat", "says-hello"), ("stroke", "draws")):
        for one in members:
            one.tell(f"wait {kind} 3")
        for one in members:
            one.answer()
            assert set(one.ask(f"list {kind}").split()) == {f"{name}-{what}" for name in names}
    for one in members:
        until(lambda one=one: set(one.ask("members").split()) == names, f"the members at {one.name}")  # type: ignore[misc]
    for one in members:
        one.stop()


# ---- Python inside a C program -------------------------------------------------------------------------------------

HOST = r"""
#include <p2p.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Python's own header wants 32-bit wide characters; these three are all that is needed of it. */
void Py_InitializeEx(int signals);
int PyRun_SimpleStringFlags(const char *code, void *flags);
int Py_FinalizeEx(void);

static const char PROGRAM[] =
    "import uuid, peerapi, %s\n"
    "async def main():\n"
    "    graph = peerapi.Graph.from_handle(0x%llx)\n"
    "    changes = graph.changes()\n"
    "    note = await graph.add(uuid.UUID(int=7), 'from Python in C')\n"
    "    assert (await anext(changes)).id == note\n"
    "    async with peerapi.create_graph('of Python', 'alice') as own:\n"
    "        print(len([1 async for _ in graph.records()]), own.handle != graph.handle, flush=True)\n"
    "%s\n";

int main(int argc, char **argv)
{
    PEER_VERSION_DATA version;
    PEER_GRAPH_PROPERTIES properties = {.dwSize = sizeof properties, .dwScope = PEER_GRAPH_SCOPE_LOOPBACK};
    HGRAPH graph;
    HPEERENUM records;
    PEER_RECORD **record;
    ULONG count = 1;
    char code[2000];

    properties.pwzGraphId = L"of C";
    properties.pwzCreatorId = L"alice";
    if (argc > 2)
        Py_InitializeEx(0); /* the library finds an interpreter and uses it */
    if (PeerGraphStartup(PEER_GRAPH_VERSION, &version) || PeerGraphCreate(&properties, L"db", NULL, &graph))
        return 1;
    if (argc > 2) {
        int trio = !strcmp(argv[1], "trio");
        snprintf(code, sizeof code, PROGRAM, argv[1], (unsigned long long)(size_t)graph,
                 trio ? "trio.run(main)" : "asyncio.run(main())");
        if (PyRun_SimpleStringFlags(code, NULL))
            return 2;
    }
    if (PeerGraphEnumRecords(graph, NULL, NULL, &records) || PeerGraphGetNextItem(records, &count, (PVOID **)&record))
        return 3;
    printf("%.*s\n", (int)record[0]->data.cbData, (char *)record[0]->data.pbData);
    PeerGraphFreeData(record);
    PeerGraphEndEnumeration(records);
    return PeerGraphClose(graph) || PeerGraphShutdown();
}
"""


@pytest.mark.parametrize("loop", ["trio", "asyncio"])
def test_a_c_program_with_python_in_it_shares_its_graph(
    compile_c: Callable[..., Path], tmp_path: Path, loop: str
) -> None:
    folder, name = build_ffi.check_python()
    program = compile_c(HOST, str(folder / name), f"-Wl,-rpath,{folder}")
    env = {"PYTHONPATH": ":".join(path for path in sys.path if path), "PEERAPI_HOME": str(tmp_path)}
    run = subprocess.run(
        [str(program), loop, "python"], env=env, capture_output=True, text=True, timeout=300, check=False
    )
    assert (run.returncode, run.stdout, run.stderr) == (0, "1 True\nfrom Python in C\n", "")


# ---- the library inside Python -------------------------------------------------------------------------------------

INSIDE = """
import ctypes, sys
library = ctypes.CDLL(sys.argv[1])  # before anything of peerapi has been imported
version = (ctypes.c_uint16 * 2)()
assert library.PeerGraphStartup(1, version) == 0
import trio, uuid, peerapi
async def main():
    async with peerapi.create_graph("garden", "alice") as graph:
        await graph.add(uuid.UUID(int=7), "x")
        assert library.PeerGraphShutdown() == 0  # ours is not the last: Python's graph counts
        assert await graph.count() == 1
        status = ctypes.c_uint32()
        assert library.PeerGraphGetStatus(ctypes.c_void_p(graph.handle), ctypes.byref(status)) == 0
        print(status.value)
trio.run(main)
assert library.PeerGraphShutdown() & 0xFFFFFFFF == 0x80630002
"""


def test_a_python_program_that_has_loaded_the_library_shares_its_engine(library: Path, tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", INSIDE, str(library)],
        env={"PEERAPI_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert (run.stdout, run.stderr) == ("4\n", "")


def test_a_program_that_ends_without_closing_says_nothing(tmp_path: Path) -> None:
    """Also when tasks are still waiting, and with the loop gone."""
    code = """
import asyncio, uuid, peerapi
async def main():
    graph = await peerapi.create_graph("garden", "alice")
    await graph.listen()
    await graph.add(uuid.UUID(int=7), "kept")
    stream = graph.changes()
    asyncio.create_task(stream.__anext__())
    await asyncio.sleep(0)
    return graph, stream
kept = asyncio.run(main())
print("end")
"""
    env = {"PEERAPI_HOME": str(tmp_path)}
    run = subprocess.run(
        [sys.executable, "-c", code], env=env, capture_output=True, text=True, timeout=120, check=False
    )
    assert (run.returncode, run.stdout, run.stderr) == (0, "end\n", "")
