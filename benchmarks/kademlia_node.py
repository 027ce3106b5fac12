"""One node of the package kademlia as a process of its own, led as ``tests.drt.table_node`` is.

``python -m benchmarks.kademlia_node PORTS``: it sets one key and prints its port and that key; ``find KEY ...`` prints
for each key the seconds its search took, or ``-`` when it was not found.
"""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import time
from typing import Any


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


async def serve(ports: list[int]) -> None:
    """Until stdin ends."""
    network: Any = __import__("kademlia.network", fromlist=["Server"])
    node = network.Server()
    port, key = _free_port(), os.urandom(32).hex()
    await node.listen(port, interface="127.0.0.1")
    if ports:
        await node.bootstrap([("127.0.0.1", one) for one in ports])
    while ports and not await node.set(key, key):
        await asyncio.sleep(0.2)
    print(port, key, flush=True)
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        answers = []
        for wanted in line.split()[1:]:
            began = time.monotonic()
            found = await node.get(wanted)
            answers.append(f"{time.monotonic() - began:.6f}" if found == wanted else "-")
        print(*answers, flush=True)


if __name__ == "__main__":
    asyncio.run(serve([int(port) for port in sys.argv[1].split(",") if port]))
