"""Calls that are cancelled at any moment: nothing stays open, nothing goes wrong unnoticed, and the graph goes on."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

import peerapi
from peerapi import Graph, Scope, errors, where
from tests.python.conftest import Run
from tests.python.graphs import NOTE
from tests.python.loops import both, limited

JOBS = 48
Job = Callable[[Graph, int], Awaitable[object]]


async def make(_: Graph, number: int) -> None:
    async with peerapi.create_graph(f"made {number}", "alice", scope=Scope.LOOPBACK) as graph:
        await graph.listen()
        await graph.add(NOTE)


async def join(graph: Graph, number: int) -> None:
    async with peerapi.open_graph(graph.graph_id, f"guest {number}") as own:
        await own.connect(graph.addresses[0])
        await own.wait_synchronized()
        await own.add(NOTE, "hello")


async def talk(graph: Graph, number: int) -> None:
    with graph.messages(NOTE):  # so that it takes direct connections
        async with peerapi.open_graph(graph.graph_id, f"caller {number}") as own:
            await own.connect(graph.addresses[0])
            await own.wait_synchronized()
            async with own.direct(graph.peer, graph.addresses[0]) as direct:
                await direct.send(NOTE, "hello")


async def change(graph: Graph, number: int) -> None:
    note = await graph.add(NOTE, str(number), attributes={"Number": number})
    await graph.update(note, "changed")
    await graph.delete(note)


async def read(graph: Graph, number: int) -> None:
    async for _ in graph.records():
        pass
    await graph.search(where("Number", ">", number))


async def follow(graph: Graph, number: int) -> None:
    async for _ in graph.changes(limit=1 + number):
        pass


async def export(graph: Graph, number: int) -> None:
    await graph.export_database(Path.cwd() / f"copy {number}")


WORK: list[Job] = [make, join, talk, change, read, follow, export]


def test_calls_that_are_cancelled_leave_nothing_behind(
    run: Run, graph_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    chance = random.Random(7)

    async def main() -> None:
        async with peerapi.create_graph(graph_id, "alice", scope=Scope.LOOPBACK) as graph:
            await graph.listen()

            async def some(start: int) -> None:
                for number in range(start, start + JOBS):
                    job = chance.choice(WORK)

                    async def work(job: Job = job, number: int = number) -> None:
                        with contextlib.suppress(errors.PeerError, peerapi.ChangesLost):  # another has left under way
                            await job(graph, number)

                    await limited(chance.random() * 0.05, work)

            await both(lambda: some(0), lambda: some(JOBS))
            assert (await graph.get(await graph.add(NOTE, "still here"))).text == "still here"

    run(main)
