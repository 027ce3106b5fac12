"""A node that has had another one, which goes: what it does in the time afterwards, as one line of JSON.

python benchmarks/left_alone.py board|group|graph|cloud SECONDS
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import trio

import peerapi
from peerapi.engine import network
from peerapi.engine.clouds.network import PORTS
from peerapi.engine.clouds.sockets import CloudSockets
from peerapi.pages.listener import listening
from peerapi.whiteboard import invitation, source
from peerapi.whiteboard.graphs import wait_ready
from peerapi.whiteboard.server import serve
from peerapi.whiteboard.session import Session

PATIENCE = 60.0
"Seconds within which two nodes come together."
TOKEN = "left-alone"
PAGE = """
import sys
from tests.whiteboard.wire import websocket
with websocket(sys.argv[1]) as page:
    while True:
        page.next()
"""
"A window that is open at the board, in a process of its own."


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
            with suppress(peerapi.errors.NotFound):  # the name may not be published yet: it goes on looking
                await ours.connect()
            await ours.wait_ready()
            await theirs.aclose()
            yield


@asynccontextmanager
async def left_by_a_board() -> AsyncIterator[None]:
    """The founder's board goes, and a window looks on."""
    reach = source.Reach(here=True)
    ann = Session(await source.new_group("Card", "Ann", reach))
    gone = trio.CancelScope()

    async def founder(*, task_status: trio.TaskStatus[None]) -> None:
        with gone:
            await ann.run(task_status=task_status)

    async with trio.open_nursery() as nursery:
        await nursery.start(founder)
        said = invitation.parse(ann.invitation())
        ben = Session(await source.invited(said, "Ben", "Ben", reach))
        await nursery.start(ben.run)
        await wait_ready(await ben.graph())
        with listening("127.0.0.1", None) as listener:
            access = await nursery.start(serve, ben, listener, TOKEN)
            page = subprocess.Popen([sys.executable, "-c", PAGE, access.url], cwd=Path(__file__).parents[1])
            try:
                gone.cancel()
                with trio.fail_after(PATIENCE):
                    while not ben.looking_for() or not len(ben.broadcast):
                        await trio.sleep(0.05)
                yield
            finally:
                page.kill()
                page.wait()
                nursery.cancel_scope.cancel()


@asynccontextmanager
async def in_a_cloud() -> AsyncIterator[None]:
    """A name that is published where nobody else is: in a group's cloud, by its only member."""
    async with peerapi.create_group("Card", cloud="Loopback_") as group:
        await group.connect()
        with trio.fail_after(PATIENCE):
            while not group.addresses:
                await trio.sleep(0.05)
        yield


LEFT = {"board": left_by_a_board, "group": left_by_a_group, "graph": left_by_a_graph, "cloud": in_a_cloud}


async def main(kind: str, seconds: float) -> None:
    os.environ["PEERAPI_PNRP_PORT"] = str(random.randrange(20000, 32000, PORTS))  # no other program's cloud
    counters = [Counter(network, "dial"), Counter(CloudSockets, "send")]

    def count() -> int:
        return sum(one.count for one in counters)

    async with LEFT[kind]():
        calls, cpu, began = count(), time.process_time(), time.monotonic()
        await trio.sleep(seconds)
        lasted = time.monotonic() - began
        found = {
            "cpu_percent": 100 * (time.process_time() - cpu) / lasted,
            "calls_a_minute": 60 * (count() - calls) / lasted,
        }
        print(json.dumps(found), flush=True)


if __name__ == "__main__":
    trio.run(main, sys.argv[1], float(sys.argv[2]))
    sys.stdout.flush()
    os._exit(0)
