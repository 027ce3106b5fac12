"""The Python program of the histories: what ``tests/c/process_node.c`` is in C. Its main thread adds records under
trio, and another thread does what it is told.

    member.py FIRST ACKED
"""

from __future__ import annotations

import os
import resource
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from pathlib import Path

import trio

import peerapi

TYPE = uuid.UUID(int=0x1001)
number = int(sys.argv[1])
ready = threading.Event()
"The main thread is where a signal may come."
acked = os.open(sys.argv[2], os.O_WRONLY | os.O_CREAT | os.O_APPEND)


def refused(graph: peerapi.Graph) -> int:
    async def all_of_them() -> int:
        for call in (lambda: graph.add(TYPE, "x"), graph.count, graph.aclose, lambda: peerapi.create_graph("b", "b")):
            try:
                await call()
            except peerapi.PeerError as error:
                if error.name == "E_UNEXPECTED":
                    continue
            return 1
        return 0

    codes: list[int] = []
    thread = threading.Thread(target=lambda: codes.append(trio.run(all_of_them)))  # this one may be inside of a loop
    thread.start()
    thread.join()
    return codes[0]


def fork(graph: peerapi.Graph, how: str) -> str:
    child = os.fork()
    if child == 0:
        code = refused(graph)
        if how == "live":
            while True:
                signal.pause()
        if how == "close":
            os.closerange(3, 1024)
        os._exit(code)
    if how == "live":
        return "done"
    return "the child was not refused" if os.waitpid(child, 0)[1] else "done"


def limit(what: int) -> str:
    before = resource.getrlimit(what)
    resource.setrlimit(what, (3 if what == resource.RLIMIT_NOFILE else 1, before[1]))
    time.sleep(0.003)
    resource.setrlimit(what, before)
    return "done"


def perform(graph: peerapi.Graph, word: str, rest: str) -> str:
    if word == "fork":
        return fork(graph, rest)
    if word == "exec":
        prepared = None if rest == "vfork" else os.getpid
        subprocess.run(["/bin/true"], check=True, preexec_fn=prepared)
    elif word == "dup":
        for one in range(3, 256):
            try:
                os.close(os.dup(one))
            except OSError:
                continue
    elif word == "read":
        with tempfile.TemporaryDirectory() as folder:
            shutil.copytree(rest, Path(folder, "copy"), ignore_dangling_symlinks=True)
    elif word == "chdir":
        os.chdir(rest)
    elif word == "limit":
        return limit(resource.RLIMIT_FSIZE if rest == "file" else resource.RLIMIT_NOFILE)
    elif word == "alarm":
        for _ in range(20):
            ready.wait()  # A signal that came before the load goes on would end the process, as it does any program.
            ready.clear()
            os.kill(os.getpid(), signal.SIGINT)
    elif word in ("export", "import"):
        work = graph.export_database if word == "export" else graph.import_database
        try:
            trio.run(work, rest)
        except peerapi.PeerError as error:
            return "done" if error.hresult == 0x80070020 else f"refused otherwise: {error}"
        return "not refused"
    return "done"


def obey(graph: peerapi.Graph) -> None:
    ready.wait()
    for line in sys.stdin:
        word, _, rest = line.rstrip("\n").partition(" ")
        print(perform(graph, word, rest), flush=True)
    os._exit(0)


async def begin() -> peerapi.Graph:
    graph = await peerapi.create_graph("garden", "alice", database="db", scope=peerapi.Scope.LOOPBACK, exist_ok=True)
    await graph.listen()
    return graph


async def load(graph: peerapi.Graph) -> None:
    global number
    ready.set()
    while True:
        for _ in range(20):
            number += 1
            try:
                await graph.add(TYPE, struct.pack("=Q", number))
            except peerapi.PeerError:
                continue  # a limit, most likely
            os.write(acked, struct.pack("=Q", number))
        await trio.sleep(0.0005)


signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
opened = trio.run(begin)
print("open", flush=True)
threading.Thread(target=obey, args=(opened,), daemon=True).start()
while True:
    try:
        trio.run(load, opened)
    except (KeyboardInterrupt, BaseExceptionGroup, OSError):
        continue
