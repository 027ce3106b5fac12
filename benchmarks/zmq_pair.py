"""Two processes with pyzmq between them: messages from the one to the other, kept nowhere.

    python benchmarks/zmq_pair.py <count> <size> <interval us>

Prints one line of JSON: from the first send until the other has the last, and how long a message takes. Each begins
with the moment before it was sent; the clock is one for all processes of a machine (bench.h).
"""

from __future__ import annotations

import json
import struct
import subprocess
import sys
import time
from typing import Any

STAMP = struct.Struct("<q")


def send(zmq: Any, address: str, count: int, size: int, interval_us: int) -> None:
    context = zmq.Context()
    socket = context.socket(zmq.PUSH)
    socket.connect(address)
    socket.send(b"connected")
    sys.stdin.readline()
    rest = b"x" * (size - STAMP.size)
    begun = time.monotonic_ns()
    for number in range(count):
        if interval_us:
            time.sleep(max(0.0, (begun + number * interval_us * 1000 - time.monotonic_ns()) / 1e9))
        socket.send(STAMP.pack(time.monotonic_ns()) + rest)
    socket.close()
    context.term()  # when all of it is sent


def main() -> None:
    import zmq

    count, size, interval_us = map(int, sys.argv[1:4])
    if len(sys.argv) > 4:
        send(zmq, sys.argv[4], count, size, interval_us)
        return
    context = zmq.Context()
    socket = context.socket(zmq.PULL)
    socket.bind("tcp://127.0.0.1:*")
    address = socket.getsockopt_string(zmq.LAST_ENDPOINT)
    command = [sys.executable, __file__, *sys.argv[1:], address]
    with subprocess.Popen(command, stdin=subprocess.PIPE, text=True) as sender:
        assert sender.stdin is not None
        socket.recv()
        print(file=sender.stdin, flush=True)
        first, times = 0, []
        for _ in range(count):
            (before,) = STAMP.unpack_from(socket.recv())
            times.append(time.monotonic_ns() - before)
            first = first or before
        seconds = (time.monotonic_ns() - first) / 1e9
        sender.wait()
    socket.close()
    context.term()
    times.sort()
    p50, p99 = (times[(count - 1) * percent // 100] / 1000 for percent in (50, 99))
    print(json.dumps({"seconds": seconds, "p50_us": p50, "p99_us": p99}))


if __name__ == "__main__":
    main()
