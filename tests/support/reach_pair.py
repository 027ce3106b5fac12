"""The two programs of a pair of homes: one makes a graph and listens, the other calls it. Each says what it sees, a
line at a time."""

from __future__ import annotations

import sys
import time
from uuid import UUID

import trio

import peerapi

TYPE = UUID("5d1bd1f4-6d2d-4f4c-9d0b-2b8a8f0f6f11")


async def founder() -> None:
    """Print the addresses; answer each record with one; at the end of the input, end."""
    async with peerapi.create_graph("pair", "alice") as graph, trio.open_nursery() as nursery:
        await graph.listen()
        while not any(one.relay for one in graph.addresses):  # on a busy machine the seat may take its time
            await trio.sleep(0.02)
        print("addresses", *graph.addresses, flush=True)
        nursery.start_soon(_say_paths, graph)
        await graph.add(TYPE, b"from alice")
        await trio.to_thread.run_sync(sys.stdin.read, abandon_on_cancel=True)
        nursery.cancel_scope.cancel()


async def caller(address: str) -> None:
    """Call, and print how long it took, by which way it goes, and that the other's record is here."""
    async with peerapi.open_graph("pair", "ben") as graph, trio.open_nursery() as nursery:
        began = time.monotonic()
        connection = await graph.connect(address)
        print("connected", f"{time.monotonic() - began:.3f}", connection.path.value, flush=True)
        await graph.wait_synchronized()
        print("synchronized", f"{time.monotonic() - began:.3f}", flush=True)
        nursery.start_soon(_say_paths, graph)
        await graph.add(TYPE, b"from ben")
        await trio.to_thread.run_sync(sys.stdin.read, abandon_on_cancel=True)
        nursery.cancel_scope.cancel()


async def _say_paths(graph: peerapi.Graph) -> None:
    before = None
    while True:
        now = [f"{one.peer} {one.path.value}" for one in graph.connections()]
        if now != before:
            print("links", *now, flush=True)
        records = sorted([one.data.decode() async for one in graph.records(TYPE)])
        if len(records) == 2:
            print("records", *records, flush=True)
            return
        before = now
        await trio.sleep(0.05)


if __name__ == "__main__":
    trio.run(*((founder,) if sys.argv[1] == "founder" else (caller, sys.argv[2])))
