"""An engine that cannot start says why at once, leaves nothing half-made, and is tried again (engine/runtime.py)."""

from __future__ import annotations

import socket
import threading
from pathlib import Path
from typing import Any

import pytest
import trio

from peerapi.address import LOOPBACK, Address
from peerapi.engine.graphs.node import Node
from peerapi.engine.runtime import Engine
from peerapi.errors import OutOfMemory, Unexpected, WrappedWin32Error
from tests.conftest import RunC
from tests.engine.support import GRAPH, draft, info, until
from tests.support.native import code

TOO_MANY_OPEN_FILES = 0x80070004


@pytest.fixture
def node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Node:
    monkeypatch.setenv("PEERAPI_HOME", str(tmp_path))
    return Node(Engine())


def failing(error: BaseException) -> Any:
    def fail(*_: object, **__: object) -> None:
        raise error

    return fail


def test_without_a_thread_nothing_is_created_or_left_open(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as shortage:
        shortage.setattr(threading.Thread, "start", failing(RuntimeError("can't start new thread")))
        for work in (lambda: node.create(info(), "db"), lambda: node.open(GRAPH, "alice", "db", ())):
            with pytest.raises(OutOfMemory, match=r"cannot start: can't start new thread"):
                work()
    driver = node.create(info(), "db")
    node.listen(driver, 4, 0, 0)
    node.close(driver)
    node.close(node.open(GRAPH, "alice", "db", ()))


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (OSError(24, "Too many open files"), WrappedWin32Error),
        (ModuleNotFoundError("No module named 'trio'"), Unexpected),
        (MemoryError(), OutOfMemory),
    ],
)
def test_a_loop_that_cannot_start_fails_each_call_that_wants_it_until_it_can(
    node: Node, monkeypatch: pytest.MonkeyPatch, error: Exception, expected: type[Exception]
) -> None:
    driver = node.create(info(), "db")
    with monkeypatch.context() as trouble:
        trouble.setattr(trio, "run", failing(error))
        for _ in range(3):
            for work in (
                lambda: node.listen(driver, 4, 0, 0),
                lambda: node.connect(driver, Address(LOOPBACK, 9), None),
                lambda: node.engine.call(int),
            ):
                with pytest.raises(expected, match="The engine cannot start"):
                    work()
        driver.add_record(draft())
        assert driver.graph.addresses == ()
    node.listen(driver, 4, 0, 0)
    (address,) = driver.graph.addresses
    with socket.create_connection((address.host, address.port)):
        pass
    node.close(driver)
    assert len(node.engine.reports) >= 3


def test_a_port_is_free_again_when_nothing_could_listen_there(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    driver = node.create(info(), "db")
    with socket.socket(socket.AF_INET6) as probe:
        probe.bind(("::1", 0))
        port = probe.getsockname()[1]
    with monkeypatch.context() as trouble:
        trouble.setattr(trio, "run", failing(OSError(24, "Too many open files")))
        with pytest.raises(WrappedWin32Error) as caught:
            node.listen(driver, 4, 0, port)
        assert caught.value.hresult == TOO_MANY_OPEN_FILES
    with socket.socket(socket.AF_INET6) as other:
        other.bind(("::1", port))
    node.listen(driver, 4, 0, port)
    node.close(driver)


def test_what_waits_for_the_loop_without_hurry_is_done_when_it_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    engine, done = Engine(), threading.Event()
    with monkeypatch.context() as trouble:
        trouble.setattr(trio, "run", failing(OSError(24, "Too many open files")))
        engine.post(done.set, hurry=False)
        with pytest.raises(WrappedWin32Error):
            engine.call(int)
        assert not done.is_set()
    assert engine.call(int) == 0
    assert done.is_set()


def test_a_loop_that_has_ended_is_started_again(node: Node) -> None:
    def end() -> None:
        raise KeyboardInterrupt

    node.engine.call(int)
    node.engine.post(end)
    until(lambda: node.engine.reports)
    assert node.engine.call(int) == 0


PROGRAM = r"""
#include <windows.h>
#include <p2p.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* Python's threads are made by this one, since the program comes before all libraries. */
static int shortage;
typedef int Create(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
void *dlsym(void *, const char *);
int pthread_create(pthread_t *thread, const pthread_attr_t *how, void *(*run)(void *), void *with)
{
    return shortage ? EAGAIN : ((Create *)dlsym((void *)-1L, "pthread_create"))(thread, how, run, with);
}

static void descriptors(int scarce)
{
    static struct rlimit all;
    if (!all.rlim_cur)
        getrlimit(RLIMIT_NOFILE, &all);
    struct rlimit few = all;
    int next = dup(0);
    close(next);
    few.rlim_cur = next;
    setrlimit(RLIMIT_NOFILE, scarce ? &few : &all);
}

static void trouble(const char *kind, int on)
{
    if (!strcmp(kind, "threads"))
        shortage = on;
    else if (!strcmp(kind, "descriptors"))
        descriptors(on);
}

int main(int argc, char **argv)
{
    PEER_VERSION_DATA version;
    PEER_GRAPH_PROPERTIES garden = {.dwSize = sizeof garden, .dwScope = PEER_GRAPH_SCOPE_LOOPBACK};
    PEER_RECORD record = {.dwSize = sizeof record, .type = {0x1001}, .ftExpiration = {0, 1 << 30}};
    HGRAPH graph = NULL;
    GUID id;
    ULONG status = 0;
    int early = argc > 2;

    garden.pwzGraphId = L"garden";
    garden.pwzCreatorId = L"alice";
    PeerGraphStartup(PEER_GRAPH_VERSION, &version);
    if (early) {
        trouble(argv[1], 1);
        printf("%08X ", (unsigned)PeerGraphCreate(&garden, L"db", NULL, &graph));
        printf("%08X ", (unsigned)PeerGraphOpen(L"garden", L"alice", L"db", NULL, 0, NULL, &graph));
        trouble(argv[1], 0);
    }
    printf("%08X ", (unsigned)PeerGraphCreate(&garden, L"db", NULL, &graph));
    trouble(argv[1], 1);
    if (!strcmp(argv[1], "chroot") && (mkdir("jail", 0700) || chroot("jail") || chdir("/")))
        return printf("no chroot: %s\n", strerror(errno)), 0;
    HRESULT listening = PeerGraphListen(graph, PEER_GRAPH_SCOPE_LOOPBACK, 0, 0);
    PeerGraphGetStatus(graph, &status);
    printf("%08X %d ", (unsigned)listening, !!(status & PEER_GRAPH_STATUS_LISTENING));
    printf("%08X ", (unsigned)PeerGraphAddRecord(graph, &record, &id));
    trouble(argv[1], 0);
    if (strcmp(argv[1], "chroot") && FAILED(listening))
        listening = PeerGraphListen(graph, PEER_GRAPH_SCOPE_LOOPBACK, 0, 0);
    printf("%08X %08X\n", (unsigned)listening, (unsigned)PeerGraphClose(graph));
    return 0;
}
"""
LATER = {
    "threads": "00000000 00000000 1 00000000 00000000 00000000\n",
    "descriptors": "00000000 80070004 0 00000000 00000000 00000000\n",
    "chroot": "00000000 8000FFFF 0 00000000 8000FFFF 00000000\n",
}


@pytest.mark.parametrize("kind", LATER)
def test_a_program_in_trouble_is_told_at_once_and_goes_on_when_it_is_over(
    run_c: RunC, tmp_path: Path, kind: str
) -> None:
    """After the graph has been made: what Listen needs cannot be had."""
    run = run_c(PROGRAM, args=(kind,), env={"PEERAPI_HOME": str(tmp_path)}, cwd=tmp_path, flags=("-rdynamic",))
    assert run.stdout == LATER[kind] or run.stdout.startswith("00000000 no chroot")
    assert (run.returncode, run.stderr) == (0, "")


@pytest.mark.parametrize(
    ("kind", "name"), [("threads", "E_OUTOFMEMORY"), ("descriptors", "PEER_E_DATABASE_ACCESSDENIED")]
)
def test_a_program_in_trouble_can_create_its_graph_a_moment_later(
    run_c: RunC, tmp_path: Path, kind: str, name: str
) -> None:
    run = run_c(PROGRAM, args=(kind, "early"), env={"PEERAPI_HOME": str(tmp_path)}, flags=("-rdynamic",))
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout == f"{code(name):08X} " * 2 + LATER[kind]
