"""Graphs of the Python API, as tests make them."""

from __future__ import annotations

from contextlib import AsyncExitStack
from uuid import UUID

import peerapi
from peerapi import Scope

NOTE = UUID("11111111-2222-3333-4444-555555555555")
OTHER = UUID("66666666-7777-8888-9999-aaaaaaaaaaaa")


async def pair(stack: AsyncExitStack, graph_id: str) -> tuple[peerapi.Graph, peerapi.Graph]:
    """Alice's graph, and Ben's, who has joined her."""
    alice = await stack.enter_async_context(peerapi.create_graph(graph_id, "alice", scope=Scope.LOOPBACK))
    ben = await stack.enter_async_context(peerapi.open_graph(graph_id, "ben"))
    await ben.connect((await alice.listen())[0])
    await ben.wait_synchronized()
    return alice, ben
