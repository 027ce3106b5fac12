"""What a neighbor of a board can do with what is live: a node of the plainest kind, on a real connection."""

from __future__ import annotations

import socket
from typing import Any, cast
from uuid import uuid4

import pytest
import trio

import peerapi
from peerapi import Scope
from peerapi.whiteboard import session
from peerapi.whiteboard.session import Session
from tests.wire import client


@pytest.mark.parametrize("is_checked", [False, True])
def test_attack_a_neighbor_does_not_read_while_others_draw(is_checked: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything would wait for it in this program's memory, and others who draw all the while say how much that is."""

    async def main() -> None:
        async with peerapi.create_graph(f"board {uuid4()}", "ann", scope=Scope.LOOPBACK) as graph:
            (where,) = await graph.listen()
            link = client.Link.to(where.port)
            with link:
                link.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                await trio.to_thread.run_sync(link.join, graph.graph_id, "eve", 99)
                (eve,) = graph.connections()
                for _ in range(3000):
                    await Session._send(cast(Any, None), graph, bytes(16 << 10), set())
                waits = graph.unsent(eve.id)
                if is_checked:
                    assert session.LIVE_UNSENT < waits < session.LIVE_UNSENT + (64 << 10)
                else:
                    assert waits > 30 << 20

    if not is_checked:
        monkeypatch.setattr(session, "LIVE_UNSENT", 1 << 60)
    trio.run(main)
