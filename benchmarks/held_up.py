"""How long an application's calls take while a neighbor asks for everything, or sends large records, again and again
(``python -m benchmarks.held_up``).

A node has 100,000 records, and one of 60 MB (an argument says how many bytes; 0: none). Its program gets a record and
adds one, by turns, all the time; a neighbor, which is a process of its own, asks for a comparison of all records, or
for all records, and asks again as soon as it has read the answer; or sends a new record of 60 MB, and the next as soon
as that was acknowledged. For each of these: median, 99th percentile and worst
call. On a busy machine compare with the lines where nobody asks.
"""

from __future__ import annotations

import multiprocessing
import os
import socket
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Iterable
from typing import Any

from peerapi.graphing.codec.framing import Deframer, frame
from peerapi.graphing.codec.message_values import MessageType
from peerapi.graphing.codec.messages import (
    AuthInfo,
    Connect,
    ConnectionType,
    HashInfo,
    Message,
    SolicitHash,
    SolicitNew,
    encode,
)
from peerapi.graphing.codec.record_messages import encode_flood
from peerapi.graphing.codec.records import Record, encode_record, record_id
from peerapi.moment import LAST_TIME, SECOND

GRAPH = "benchmark"
NOTE = uuid.UUID(int=0x2001)
RECORDS = 100_000
LARGE = 60_000_000
UNIX = 116_444_736_000_000_000
"1970 as a FILETIME."
SECONDS = 5.0
EVERYTHING = SolicitHash(entries=(HashInfo(bytes(16), LAST_TIME, b"\xff" * 16),))
ENDS = (MessageType.ADVERTISE, MessageType.SYNC_END)
"The last message of an answer."
QUIET = "nobody asks"
QUESTIONS: dict[str, Message | None] = {
    QUIET: None,
    "large records, again and again": None,
    "all hashes, again and again": EVERYTHING,
    "all records, again and again": SolicitNew(),
}


def asks(port: int, question: Message) -> None:
    """A neighbor that asks, reads all it gets, and asks again as soon as an answer has ended."""
    sock = socket.create_connection(("::1", port))
    greeting: list[Message] = [AuthInfo(ConnectionType.NEIGHBOR, GRAPH, "bad", None), Connect(node_id=66), question]
    sock.sendall(b"".join(frame(encode(message)) for message in greeting))
    deframer = Deframer()
    while data := sock.recv(1 << 18):
        for message in deframer.feed(data):
            if message[5] in ENDS:
                sock.sendall(frame(encode(question)))


def sends(port: int, size: int) -> None:
    """A neighbor that sends records of ``size`` bytes, each when the one before it was acknowledged."""
    sock = socket.create_connection(("::1", port))
    greeting: list[Message] = [AuthInfo(ConnectionType.NEIGHBOR, GRAPH, "bad", None), Connect(node_id=66)]
    sock.sendall(b"".join(frame(encode(message)) for message in greeting))
    deframer = Deframer()
    while True:
        now = time.time_ns() // 100 + UNIX
        id_ = record_id("bad", os.urandom(16))
        record = Record(NOTE.bytes, id_, 1, "bad", now, now + 3600 * SECOND, now, GRAPH, bytes(size))
        sock.sendall(frame(encode_flood(encode_record(record))))
        while not any(message[5] == MessageType.ACK for message in deframer.feed(sock.recv(1 << 18))):
            pass


def spread(times: list[float]) -> str:
    times.sort()
    median, high = statistics.median(times), times[len(times) * 99 // 100]
    return f"p50 {median * 1e3:7.2f} ms, p99 {high * 1e3:7.2f} ms, worst {times[-1] * 1e3:7.2f} ms of {len(times)}"


async def measured(graph: Any, some: uuid.UUID, seconds: float) -> Iterable[str]:
    import trio

    gets: list[float] = []
    adds: list[float] = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        start = time.perf_counter()
        await graph.get(some)
        got = time.perf_counter()
        await graph.add(NOTE, b"while others ask")
        gets.append(got - start)
        adds.append(time.perf_counter() - got)
        await trio.sleep(0.002)
    return f"get {spread(gets)}", f"add {spread(adds)}"


async def main(large: int) -> None:
    import peerapi

    async with peerapi.create_graph(GRAPH, "here", scope=peerapi.Scope.LOOPBACK) as graph:
        (address,) = await graph.listen()
        for _ in range(0, RECORDS, 1000):
            some, *_ = await graph.add_many([peerapi.Draft(NOTE, bytes(100)) for _ in range(1000)])
        if large:
            await graph.add(NOTE, bytes(large))
        for name, question in QUESTIONS.items():
            neighbor = None
            what, how = (sends, large) if question is None else (asks, question)
            if name != QUIET and how:
                neighbor = multiprocessing.get_context("spawn").Process(target=what, args=(address.port, how))
                neighbor.start()
            for line in await measured(graph, some, SECONDS):
                print(f"{name:30} {line}", flush=True)
            if neighbor is not None:
                neighbor.kill()
                neighbor.join()


if __name__ == "__main__":
    import trio

    with tempfile.TemporaryDirectory() as home:
        os.environ["PEERAPI_HOME"] = home
        trio.run(main, int(sys.argv[1]) if len(sys.argv) > 1 else LARGE)
