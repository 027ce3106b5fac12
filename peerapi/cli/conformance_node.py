"""A node of this library for ``peerapi conformance wire``, in a process of its own: it does what each line says.

``python -m peerapi.cli.conformance_node`` reads one JSON object a line from stdin and answers each with one line, until
its input ends. docs/conformance.md says what may be asked for.
"""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any
from uuid import UUID

import trio

import peerapi
from peerapi.errors import PeerError

Asked = dict[str, Any]
Deed = Callable[[Asked], Awaitable[Any]]


class GraphNodes:
    """The nodes of graphs that were asked for, by the name that each line gives them (``node``)."""

    def __init__(self, stack: AsyncExitStack, nursery: trio.Nursery) -> None:
        self._stack = stack
        self._nursery = nursery
        self._open: dict[str, Any] = {}
        self._inboxes: dict[str, Any] = {}

    def deeds(self) -> dict[str, Deed]:
        return {
            "create": self.create,
            "open": self.open,
            "listen": self.listen,
            "connect": self.connect,
            "close": self.close,
            "add": self.add,
            "update": self.update,
            "delete": self.delete,
            "send": self.send,
            "accept direct": self.accept_direct,
            "has": self.has,
        }

    async def create(self, asked: Asked) -> None:
        made = peerapi.create_graph(
            asked["graph"],
            asked["peer"],
            scope=peerapi.Scope.LOOPBACK,
            max_record_size=asked.get("largest", 0),
            friendly_name=asked.get("friendly"),
            comment=asked.get("comment"),
        )
        self._open[asked["node"]] = await self._stack.enter_async_context(made)

    async def open(self, asked: Asked) -> None:
        made = peerapi.open_graph(asked["graph"], asked["peer"])
        self._open[asked["node"]] = await self._stack.enter_async_context(made)

    async def listen(self, asked: Asked) -> int:
        address, *_ = await self._open[asked["node"]].listen()
        port: int = address.port
        return port

    async def connect(self, asked: Asked) -> None:
        """Begins a call; what comes of it is seen by who is called."""
        graph = self._open[asked["node"]]

        async def call() -> None:
            with contextlib.suppress(PeerError):
                if asked.get("direct"):
                    await graph.direct(asked["peer"], asked["host"], asked["port"])
                else:
                    await graph.connect(asked["host"], asked["port"], peer=asked.get("peer"))

        self._nursery.start_soon(call)

    async def close(self, asked: Asked) -> None:
        await self._open.pop(asked["node"]).aclose()

    async def add(self, asked: Asked) -> str:
        added = await self._open[asked["node"]].add(
            UUID(asked["type"]),
            bytes.fromhex(asked["data"]),
            attributes=asked.get("attributes"),
            expires=timedelta(seconds=asked.get("seconds", 3600)),
        )
        return str(added)

    async def update(self, asked: Asked) -> None:
        await self._open[asked["node"]].update(UUID(asked["record"]), bytes.fromhex(asked["data"]))

    async def delete(self, asked: Asked) -> None:
        await self._open[asked["node"]].delete(UUID(asked["record"]))

    async def has(self, asked: Asked) -> bool:
        return await self._open[asked["node"]].find(UUID(asked["record"])) is not None

    async def send(self, asked: Asked) -> None:
        graph = self._open[asked["node"]]
        (connection,) = [one for one in graph.connections() if one.node == int(asked["to"], 16)]
        await graph.send(connection, UUID(asked["type"]), bytes.fromhex(asked["data"]))

    async def accept_direct(self, asked: Asked) -> None:
        self._inboxes[asked["node"]] = self._open[asked["node"]].messages()


async def answer(deeds: dict[str, Deed], line: str) -> dict[str, Any]:
    """What one line asks for, done."""
    try:
        asked = json.loads(line)
        return {"ok": await deeds[asked["do"]](asked)}
    except (PeerError, OSError, ValueError, LookupError, TypeError) as problem:
        return {"error": f"{type(problem).__name__}: {problem}"}


async def main() -> None:
    async with AsyncExitStack() as stack, trio.open_nursery() as nursery:
        deeds = GraphNodes(stack, nursery).deeds()
        while line := await trio.to_thread.run_sync(sys.stdin.readline):
            print(json.dumps(await answer(deeds, line)), flush=True)
        nursery.cancel_scope.cancel()


if __name__ == "__main__":
    trio.run(main)
