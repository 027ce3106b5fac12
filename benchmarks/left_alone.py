"""A node that has had another one, which goes: what it does in the time afterwards, as one line of JSON.

python benchmarks/left_alone.py graph|group|cloud SECONDS
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import trio

import peerapi
from peerapi.engine import network
from peerapi.engine.clouds.sockets import CloudSockets

PATIENCE = 60.0
"Seconds within which two nodes come together."


class Counter:
    """How often something is done: a connection that is asked for, a datagram that is sent."""

    def __init__(self, owner: Any, name: str) -> None:
        self.count = 0
        original: Callable[..., Any] = getattr(owner, name)

        def counted(*arguments: Any) -> Any:
            self.count += 1
            return original(*arguments)

        setattr(owner, name, counted)


@asynccontextmanager
async def left_by_a_graph() -> AsyncIterator[None]:
    async with peerapi.open_graph("alone", "ben") as ours:
        async with peerapi.create_graph("alone", "ann", scope=peerapi.Scope.LOOPBACK) as theirs:
            await theirs.listen()
            await ours.connect(theirs.addresses[0])
            await ours.wait_synchronized()
            await ours.listen(scope=peerapi.Scope.LOOPBACK)
        yield


@asynccontextmanager
async def left_by_a_group() -> AsyncIterator[None]:
    ann, ben = await peerapi.create_identity("Ann"), await peerapi.create_identity("Ben")
    async with peerapi.create_group("Card", identity=ann.name, cloud="Loopback_") as theirs:
        await theirs.connect()
        invitation = await theirs.invite(await peerapi.identity_info(ben.name))
        async with peerapi.join_group(invitation, identity=ben.name) as ours:
            await ours.connect()
            await theirs.aclose()
            yield


@asynccontextmanager
async def in_a_cloud() -> AsyncIterator[None]:
    """A name that is published where nobody else is: in a group's cloud, by its only member."""
    async with peerapi.create_group("Card", cloud="Loopback_") as group:
        await group.connect()
        with trio.fail_after(PATIENCE):
            while not group.addresses:
                await trio.sleep(0.05)
        yield


LEFT = {"graph": left_by_a_graph, "group": left_by_a_group, "cloud": in_a_cloud}


async def main(kind: str, seconds: float) -> None:
    counter = Counter(CloudSockets, "send") if kind == "cloud" else Counter(network, "dial")
    async with LEFT[kind]():
        calls, cpu, began = counter.count, time.process_time(), time.monotonic()
        await trio.sleep(seconds)
        lasted = time.monotonic() - began
        found = {
            "cpu_percent": 100 * (time.process_time() - cpu) / lasted,
            "calls_a_minute": 60 * (counter.count - calls) / lasted,
        }
        print(json.dumps(found), flush=True)


if __name__ == "__main__":
    trio.run(main, sys.argv[1], float(sys.argv[2]))
    sys.stdout.flush()
    os._exit(0)
