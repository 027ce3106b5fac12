"""What a bad neighbor costs the others: add here -> event there, with and without one (``python -m
benchmarks.bad_neighbor``).

A node has two neighbors. One is honest and hears of records that are added; the other asks for a comparison of all
records again and again, sends old versions of a record, and reads what it is sent. Three processes, real sockets.
"""

from __future__ import annotations

import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from typing import IO

from peerapi.graphing.codec.framing import Deframer, frame
from peerapi.graphing.codec.messages import AuthInfo, Connect, ConnectionType, Flood, HashInfo, SolicitHash, encode
from peerapi.graphing.codec.record_messages import flood_record
from peerapi.graphing.codec.records import decode_record, encode_record
from peerapi.moment import LAST_TIME

GRAPH = "benchmark"
NOTE = uuid.UUID(int=0x2001)
RECORDS = 20_000
SAMPLES = 400
PAUSE = 0.01
"Seconds between two records that are added."


async def node(role: str, port: int) -> None:
    """The node that is asked (``here``), or its honest neighbor (``there``)."""
    import trio

    import peerapi

    if role == "here":
        async with peerapi.create_graph(GRAPH, role, scope=peerapi.Scope.LOOPBACK) as graph:
            (address,) = await graph.listen()
            for _ in range(0, RECORDS, 1000):
                await graph.add_many([peerapi.Draft(NOTE, bytes(100)) for _ in range(1000)])
            print(address.port, flush=True)
            while await trio.to_thread.run_sync(sys.stdin.readline):
                for _ in range(SAMPLES):
                    await graph.add(NOTE, str(time.monotonic_ns()).encode())
                    await trio.sleep(PAUSE)
        return
    async with peerapi.open_graph(GRAPH, role) as graph:
        await graph.connect("::1", port)
        await graph.wait_synchronized()
        changes = graph.changes()
        print("connected", flush=True)
        async for change in changes:
            now = time.monotonic_ns()
            record = await graph.get(change.id)
            if record.data.isdigit() and len(record.data) < 30:
                print(now - int(record.data), flush=True)


def start(role: str, port: int, home: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "benchmarks.bad_neighbor", role, str(port)],
        env={**os.environ, "PEERAPI_HOME": os.path.join(home, role)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


class BadNeighbor:
    """One that asks and asks."""

    def __init__(self, port: int) -> None:
        self._over = threading.Event()
        self.answers = 0
        self._socket = socket.create_connection(("::1", port))
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        everything = frame(encode(SolicitHash(entries=(HashInfo(bytes(16), LAST_TIME, b"\xff" * 16),))))
        greeting = [AuthInfo(ConnectionType.NEIGHBOR, GRAPH, "bad", None), Connect(node_id=66)]
        self._socket.sendall(b"".join(frame(encode(message)) for message in greeting))
        deframer, old = Deframer(), b""
        self._socket.sendall(everything)
        while not self._over.is_set():
            data = self._socket.recv(1 << 18)
            if not data:
                return
            for message in deframer.feed(data):
                if message[5] == 11 and not old:
                    record = decode_record(flood_record(message))
                    old = frame(encode(Flood(encode_record(record))))
                if message[5] == 9:  # the ADVERTISE: the next question, and old records
                    self.answers += 1
                    self._socket.sendall(everything + old * 100)

    def stop(self) -> None:
        self._over.set()
        self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._socket.close()


def sampled(here: subprocess.Popen[str], there: IO[str]) -> tuple[float, float]:
    """Median and 99th percentile in milliseconds."""
    assert here.stdin is not None
    here.stdin.write("go\n")
    here.stdin.flush()
    found = sorted(int(there.readline()) / 1e6 for _ in range(SAMPLES))
    return statistics.median(found), found[SAMPLES * 99 // 100]


def main() -> None:
    with tempfile.TemporaryDirectory() as home:
        here = start("here", 0, home)
        assert here.stdout is not None
        port = int(here.stdout.readline())
        there = start("there", port, home)
        assert there.stdout is not None
        there.stdout.readline()
        try:
            sampled(here, there.stdout)  # warm
            alone = sampled(here, there.stdout)
            bad = BadNeighbor(port)
            beside = sampled(here, there.stdout)
            bad.stop()
        finally:
            for process in (here, there):
                process.kill()
                process.wait()
    print(f"without a bad neighbor: p50 {alone[0]:.2f} ms, p99 {alone[1]:.2f} ms")
    print(f"with one ({bad.answers} comparisons): p50 {beside[0]:.2f} ms, p99 {beside[1]:.2f} ms")
    print(f"p99: {beside[1] / alone[1]:.2f} times as long")


if __name__ == "__main__":
    if len(sys.argv) > 2:
        import trio

        trio.run(node, sys.argv[1], int(sys.argv[2]))
    else:
        main()
