"""A program at a home of the lab: makes graphs and listens, or calls others; what it is told on its input it does, and
says how it went, a line each.

``listen GRAPH`` makes a graph with a long record and says its addresses, the seat first; it answers each record that is
added. ``leave GRAPH`` closes it. ``call GRAPH ADDRESS SECONDS`` calls there, waiting so long for a direct connection,
and says how long it took, by which way it goes, and that records have gone both ways.
"""

from __future__ import annotations

import sys
import time
import traceback
from uuid import UUID

import trio

import peerapi
from peerapi.reach import direct

QUESTION, ANSWER = UUID(int=0x17), UUID(int=0x18)
PAYLOAD = 256 << 10
"Bytes of a record that the caller gets of who is called: what has gone through the relay shows by the amount."
PATIENCE = 120


_open: dict[str, trio.CancelScope] = {}


async def leave(graph_id: str) -> None:
    _open.pop(graph_id).cancel()
    print("left", flush=True)


async def listen(nursery: trio.Nursery, graph_id: str) -> None:
    graph = await nursery.start(_serve, graph_id)
    with trio.fail_after(PATIENCE):
        while not any(one.relay for one in graph.addresses):  # on a busy machine the seat may take its time
            await trio.sleep(0.02)
    print("addresses", *graph.addresses, flush=True)


async def _serve(graph_id: str, task_status: trio.TaskStatus[peerapi.Graph]) -> None:
    with trio.CancelScope() as _open[graph_id]:
        async with peerapi.create_graph(graph_id, "alice") as graph:
            await graph.listen()
            await graph.add(QUESTION, bytes(PAYLOAD))
            changes = graph.changes(QUESTION)
            task_status.started(graph)
            async for change in changes:
                if change.kind is peerapi.ChangeKind.ADDED:
                    await graph.add(ANSWER, b"from alice")


async def call(graph_id: str, address: str, window: str) -> None:
    direct.WINDOW = float(window)
    began = time.monotonic()
    async with peerapi.open_graph(graph_id, "ben") as graph:
        with trio.fail_after(PATIENCE):
            connection = await graph.connect(address)
            connected = time.monotonic() - began
            answers = graph.changes(ANSWER)
            await graph.wait_synchronized()
            assert [len(one.data) async for one in graph.records(QUESTION)] == [PAYLOAD]
            await graph.add(QUESTION, b"from ben")
            async for _ in answers:
                break
        print("met", connection.path.value, f"{connected:.3f}", f"{time.monotonic() - began:.3f}", flush=True)


async def main() -> None:
    async with trio.open_nursery() as nursery:
        while line := await trio.to_thread.run_sync(sys.stdin.readline, abandon_on_cancel=True):
            word, *others = line.split()
            try:
                await (listen(nursery, *others) if word == "listen" else {"call": call, "leave": leave}[word](*others))
            except Exception as error:
                traceback.print_exc()
                print("failed", repr(error).replace("\n", " "), flush=True)
        nursery.cancel_scope.cancel()


if __name__ == "__main__":
    trio.run(main)
