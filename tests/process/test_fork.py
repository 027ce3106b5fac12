"""A child of fork gets one clear error for every call, and harms nothing, however it ends (process.py)."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from peerapi.store.database import Database
from tests.conftest import RunC
from tests.support.native import code

E_UNEXPECTED = code("E_UNEXPECTED")

PARENT = """
import json, multiprocessing, os, sys, trio, uuid
import peerapi
from peerapi import process
TYPE = uuid.UUID(int=0x1001)
made = []

async def create():
    return await peerapi.create_graph("garden", "alice", scope=peerapi.Scope.LOOPBACK)

async def add(who):
    for i in range(300):
        made.append(str(await graph.add(TYPE, f"{who} {i}")))

async def count():
    return await graph.count()  # SQLite gets them

def child():
    try:
        trio.run(add, "child")
        trio.run(count)
    except peerapi.PeerError as error:
        print("child:", error.name, str(error)[:51], flush=True)

graph = trio.run(create)
trio.run(add, "parent")
trio.run(count)
trio.run(add, "parent")
if "careless" in sys.argv:
    process._used = False  # nobody is told of a fork
if sys.argv[1] == "call":
    one = multiprocessing.get_context("fork").Process(target=child)
    one.start()
    one.join()
elif os.fork() == 0:
    sys.exit()  # the interpreter of the child ends as any other, and frees what there is
else:
    os.wait()
trio.run(add, "parent")
print(json.dumps(made), flush=True)
os.kill(os.getpid(), 9)
"""
AFTERWARDS = """
import asyncio, json, peerapi
async def main():
    try:
        async with peerapi.open_graph("garden", "alice") as graph:
            print(json.dumps([str(record.id) for record in await graph.records()]))
    except peerapi.PeerError as error:
        print(json.dumps([error.name]))
asyncio.run(main())
"""


def python(source: str, home: Path, *args: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", source, *args]
    env = {"PEERAPI_HOME": str(home)}
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=300, check=False)


@pytest.mark.parametrize("how", ["call", "exit"])
def test_what_a_parent_has_acknowledged_survives_what_its_child_does(tmp_path: Path, how: str) -> None:
    run = python(PARENT, tmp_path, how)
    *said, made = run.stdout.splitlines()
    assert run.returncode == -signal.SIGKILL, run.stderr
    assert said == (
        ["child: E_UNEXPECTED This process was forked from one that uses peerapi,"] if how == "call" else []
    )
    assert len(json.loads(made)) == 900
    assert set(json.loads(python(AFTERWARDS, tmp_path).stdout)) == set(json.loads(made))


def test_without_being_told_the_child_destroys_records(tmp_path: Path) -> None:
    """Both write one journal."""
    made = python(PARENT, tmp_path, "call", "careless").stdout.splitlines()[-1]
    assert len(json.loads(made)) == 900
    assert set(json.loads(made)) - set(json.loads(python(AFTERWARDS, tmp_path).stdout))


FREED = """
import gc, os, sys
from pathlib import Path
from peerapi import process
from peerapi.store.database import Database, Row

def row(n):
    return Row(n.to_bytes(16, "big"), bytes(16), 1, 0, n, 1 << 60, b"record")

database = Database.open(sys.argv[1])
if "careless" not in sys.argv:
    process.in_use()
database.add_many([row(n) for n in range(100)])
database.count()
if os.fork() == 0:
    del database
    gc.collect()
    os._exit(0)
os.wait()
database.add_many([row(n) for n in range(100, 200)])
database.count()
os.kill(os.getpid(), 9)
"""


@pytest.mark.parametrize(("words", "left"), [((), 200), (("careless",), 100)])
def test_a_child_that_frees_a_database_does_not_close_its_parents(
    tmp_path: Path, words: tuple[str, ...], left: int
) -> None:
    """SQLite would take its log away, which the parent goes on writing."""
    path = tmp_path / "a.peergraph"
    run = python(FREED, tmp_path, str(path), *words)
    assert run.returncode == -signal.SIGKILL, run.stderr
    database = Database.open(path)
    assert database.count() == left
    database.close()


EVERY = """
import inspect, os, sys, trio, uuid
import peerapi
from peerapi import lib, ffi

async def refused(name, call):
    try:
        found = call()
        if inspect.isawaitable(found):
            await found
        print("not refused:", name)
    except peerapi.PeerError as error:
        if error.name != "E_UNEXPECTED" or "was forked" not in str(error):
            print("refused otherwise:", name, error)

async def child(graph, group, stream):
    record, other = uuid.UUID(int=1), uuid.UUID(int=2)
    calls = {
        "add": lambda: graph.add(other, "x"), "add_many": lambda: graph.add_many([peerapi.Draft(other, "x")]),
        "get": lambda: graph.get(record), "update": lambda: graph.update(record, "x"),
        "delete": lambda: graph.delete(record), "records": lambda: graph.records(), "count": lambda: graph.count(),
        "listen": lambda: graph.listen(), "connect": lambda: graph.connect("::1", 9), "aclose": lambda: graph.aclose(),
        "connections": lambda: graph.connections(), "nodes": lambda: graph.nodes(), "stream": lambda: anext(stream),
        "events": lambda: graph.events(), "export": lambda: graph.export_database("x"),
        "import": lambda: graph.import_database("x"), "close_now": lambda: graph.close_now(),
        "members": lambda: group.members(), "group add": lambda: group.add(other, "x"),
        "group connect": lambda: group.connect(), "group aclose": lambda: group.aclose(),
        "create_graph": lambda: peerapi.create_graph("b", "b"), "open_graph": lambda: peerapi.open_graph("b", "b"),
        "create_identity": lambda: peerapi.create_identity("c"), "identities": lambda: peerapi.identities(),
        "delete_graph": lambda: peerapi.delete_graph("a", "a"),
    }
    for name, call in calls.items():
        await refused(name, call)
    version = ffi.new("PEER_VERSION_DATA *")
    status = ffi.new("ULONG *")
    handle = ffi.cast("HGRAPH", number)
    print(*(hex(one & 0xFFFFFFFF) for one in (
        lib.PeerGraphStartup(1, version), lib.PeerGraphGetStatus(handle, status), lib.PeerGraphClose(handle),
        lib.PeerGraphShutdown(), lib.PeerPnrpStartup(2), lib.PeerIdentityGetFriendlyName(ffi.NULL, ffi.new("PWSTR *")),
    )))

async def main():
    global number
    graph = await peerapi.create_graph("a", "a", scope=peerapi.Scope.LOOPBACK)
    await graph.listen()
    ann = await peerapi.create_identity("Ann")
    group = await peerapi.create_group("club", identity=ann.name, cloud="Loopback_", password="x")
    number = graph.handle
    return graph, group, graph.changes()

things = trio.run(main)
if os.fork() == 0:
    trio.run(child, *things)
    sys.exit()
print("child ended with", os.wait()[1], flush=True)

async def afterwards(graph, group, stream):
    await graph.add(uuid.UUID(int=2), "x")
    await anext(stream)
    await graph.aclose()
    await group.aclose()

trio.run(afterwards, *things)
"""


def test_every_call_of_a_child_is_refused_with_the_same_sentence(tmp_path: Path) -> None:
    run = python(EVERY, tmp_path)
    unexpected = " ".join([hex(E_UNEXPECTED)] * 6)
    assert run.stdout == f"{unexpected}\nchild ended with 0\n"
    assert (run.returncode, run.stderr.count("\n")) == (0, 1)
    assert "forked after its first call" in run.stderr


FRESH = """
import multiprocessing, asyncio, uuid
import peerapi
from peerapi import Draft, create_graph, lib

def child(name):
    async def main():
        async with create_graph(name, "alice") as graph:
            await graph.listen()
            await graph.add(uuid.UUID(int=1), "x")
            print(await graph.count(), flush=True)
    asyncio.run(main())

context = multiprocessing.get_context("fork")
for children in ([context.Process(target=child, args=(f"g{i}",)) for i in range(2)],):
    for one in children: one.start()
    for one in children: one.join()
child("of the parent")
"""


def test_children_of_a_process_that_has_only_imported_it_are_free(tmp_path: Path) -> None:
    run = python(FRESH, tmp_path)
    assert (run.returncode, run.stdout, run.stderr) == (0, "1\n1\n1\n", "")


# ---- C ---------------------------------------------------------------------------------------------------------------

PROGRAM = r"""
#include <windows.h>
#include <p2p.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static PEER_RECORD record = {.dwSize = sizeof record, .type = {0x1001}, .ftExpiration = {0, 1 << 30}};

static void add(HGRAPH graph, int count)
{
    GUID id;
    while (count--)
        if (PeerGraphAddRecord(graph, &record, &id))
            exit(3);
}

int main(int argc, char **argv)
{
    PEER_VERSION_DATA version;
    PEER_GRAPH_PROPERTIES garden = {.dwSize = sizeof garden, .dwScope = PEER_GRAPH_SCOPE_LOOPBACK};
    HGRAPH graph;
    HPEERENUM records;
    PEER_NODE_INFO *node;
    GUID id;

    garden.pwzGraphId = L"garden";
    garden.pwzCreatorId = L"alice";
    if (PeerGraphStartup(PEER_GRAPH_VERSION, &version) || PeerGraphCreate(&garden, L"db", NULL, &graph))
        return 1;
    if (PeerGraphListen(graph, PEER_GRAPH_SCOPE_LOOPBACK, 0, 0) || PeerGraphGetNodeInfo(graph, 0, &node))
        return 2;
    add(graph, 500);
    PeerGraphEnumRecords(graph, NULL, NULL, &records); /* SQLite has them, in its log */
    add(graph, 500);
    if (fork() == 0) { /* this one ends by exit() */
        printf("%08X ", (unsigned)PeerGraphAddRecord(graph, &record, &id));
        printf("%08X ", (unsigned)PeerGraphClose(graph));
        printf("%08X ", (unsigned)PeerGraphShutdown());
        printf("%08X ", (unsigned)PeerGraphStartup(PEER_GRAPH_VERSION, &version));
        exit(0);
    }
    wait(NULL);
    add(graph, 500);
    int child = fork();
    if (child == 0) /* this one outlives its parent */
        for (;;)
            pause();
    printf("%u %d\n", (unsigned)ntohs(node->pAddresses->sin6.sin6_port), child);
    fflush(stdout);
    getchar();
    kill(getpid(), SIGKILL);
}
"""
COUNT = r"""
#include <windows.h>
#include <p2p.h>
#include <stdio.h>
int main(void)
{
    PEER_VERSION_DATA version;
    HGRAPH graph = NULL;
    HPEERENUM records;
    ULONG count = 0;
    PeerGraphStartup(PEER_GRAPH_VERSION, &version);
    printf("%08X ", (unsigned)PeerGraphOpen(L"garden", L"alice", L"db", NULL, 0, NULL, &graph));
    PeerGraphEnumRecords(graph, NULL, NULL, &records);
    PeerGraphGetItemCount(records, &count);
    printf("%u\n", (unsigned)count);
    return 0;
}
"""


def test_a_c_program_may_fork_and_its_child_may_outlive_it(
    compile_c: Callable[..., Path], run_c: RunC, tmp_path: Path
) -> None:
    program, pipe, env = compile_c(PROGRAM), subprocess.PIPE, {"PEERAPI_HOME": str(tmp_path)}
    with subprocess.Popen([program], env=env, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as process:
        assert process.stdin
        assert process.stdout
        assert process.stderr
        *codes, port, child = process.stdout.readline().split()
        assert codes == [f"{E_UNEXPECTED:08X}"] * 4
        try:
            with socket.create_connection(("::1", int(port)), timeout=120) as neighbor:
                process.stdin.write("\n")
                process.stdin.flush()
                assert process.wait(120) == -signal.SIGKILL
                os.kill(int(child), 0)  # it lives on, with all that fork has given it
                with contextlib.suppress(ConnectionResetError):  # who was connected notices, in either way
                    assert neighbor.recv(1) == b""
            with socket.socket(socket.AF_INET6) as other:
                other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                other.bind(("::1", int(port)))
                other.listen()
            count = run_c(COUNT, env=env)
            assert (count.stdout, count.stderr) == ("00000000 1500\n", "")
        finally:
            os.kill(int(child), signal.SIGKILL)
        assert process.stderr.read().count("\n") == 1


# ---- the locks of identities and groups ------------------------------------------------------------------------------

KEEPER = """
import os, sys
from peerapi.store import files
from peerapi.store.identities import IdentityStore
if "careless" in sys.argv:
    files.close_in_child = lambda descriptor: None
with IdentityStore().locked():
    child = os.fork()
    if child == 0:
        print(os.getpid(), flush=True)
        sys.stdin.read()
        os._exit(0)
print("done", flush=True)
"""


@pytest.mark.parametrize("careless", [True, False])
def test_a_child_does_not_keep_others_from_identities(tmp_path: Path, careless: bool) -> None:
    command = [sys.executable, "-c", KEEPER, *(["careless"] if careless else [])]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env={"PEERAPI_HOME": str(tmp_path)}, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdin
        assert process.stdout
        said = sorted(process.stdout.readline().strip() for _ in range(2))
        assert said[1] == "done"
        try:
            with (tmp_path / "identities" / ".lock").open() as file:
                if careless:
                    with pytest.raises(BlockingIOError):
                        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                else:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        finally:
            os.kill(int(said[0]), signal.SIGKILL)
