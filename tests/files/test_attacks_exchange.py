"""What others may have wait in a program that gives files: each attack first without its check."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
import trio
import trio.testing

from peerapi import Graph, Message
from peerapi.files import exchange
from peerapi.files.exchange import Exchange
from peerapi.files.messages import TYPE, Ask, No, Reason, Want, encode
from peerapi.files.shelf import Shelf

FILE = bytes(32)


class Unread:
    """A graph in which nobody reads what is sent."""

    def __init__(self) -> None:
        self.sent: dict[int, list[bytes]] = {}
        self.closed: list[int] = []

    is_direct = True
    looked = 0
    events: Callable[..., Any]

    def connection(self, number: int) -> Any:
        self.looked += 1
        return SimpleNamespace(id=number, direct=self.is_direct, peer="eve")

    def unsent(self, number: int) -> int:
        return sum(map(len, self.sent.get(number, ())))

    async def send(self, connection: Any, type: object, data: bytes) -> None:
        number = connection if isinstance(connection, int) else connection.id
        self.sent.setdefault(number, []).append(data)
        await trio.lowlevel.checkpoint()

    async def close_direct(self, number: int) -> None:
        self.closed.append(number)
        await trio.lowlevel.checkpoint()


def exchanged(folder: Path, main: Callable[[Exchange, Unread, Callable[[int, bytes], Any]], Any]) -> None:
    async def run() -> None:
        graph = Unread()
        one = Exchange(cast(Graph, graph), Shelf(folder, folder), lambda file: True, lambda: None)
        with trio.fail_after(120):
            async with trio.open_nursery() as nursery:

                async def ask(connection: int, data: bytes) -> None:
                    message = cast(Message, SimpleNamespace(connection=connection, type=TYPE, data=data))
                    await one._asked(message, nursery)

                await main(one, graph, ask)
                nursery.cancel_scope.cancel()

    trio.run(run)


@pytest.mark.parametrize("is_checked", [False, True])
def test_attack_who_is_told_that_there_is_no_place_asks_on_and_does_not_read(
    is_checked: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main(one: Exchange, graph: Unread, ask: Callable[[int, bytes], Any]) -> None:
        for connection in (1, 2):
            await ask(connection, encode(Ask(FILE)))
        await trio.testing.wait_all_tasks_blocked()
        for _ in range(2000):
            await ask(3, encode(Want(FILE, 5)))
        busy = encode(No(FILE, Reason.BUSY))
        assert set(graph.sent[3]) == {busy}
        if is_checked:
            assert graph.unsent(3) <= 10_000 + len(busy)
        else:
            assert graph.unsent(3) == 2000 * len(busy)

    monkeypatch.setattr(exchange, "UNSENT", 10_000 if is_checked else 1 << 60)
    exchanged(tmp_path, main)


@pytest.mark.parametrize("is_checked", [False, True])
def test_attack_questions_that_are_long_wait_behind_an_answer_that_nobody_takes(
    is_checked: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A question has 38 bytes, and the message that it comes in may have as many as a record."""

    async def main(one: Exchange, graph: Unread, ask: Callable[[int, bytes], Any]) -> None:
        await ask(1, encode(Ask(FILE)))
        await trio.testing.wait_all_tasks_blocked()
        graph.sent[1] = [bytes(exchange.UNSENT + 1)]
        await ask(1, encode(Ask(FILE)))
        await trio.lowlevel.checkpoint()
        served = one._served[1]
        held = 0
        for _ in range(50):
            await ask(1, encode(Ask(FILE)) + bytes(100_000))
            if 1 not in one._served or graph.closed:
                break
            held = served.inlet.statistics().current_buffer_used * 100_000
        if is_checked:
            assert held == 0 and graph.closed == [1] and one.refused == 1
        else:
            assert held > 4_000_000

    if not is_checked:
        monkeypatch.setattr(exchange, "LARGEST_QUESTION", 1 << 60)
    exchanged(tmp_path, main)


class NeverHas(set[int]):
    """Remembers nothing."""

    def __contains__(self, one: object) -> bool:
        return False


@pytest.mark.parametrize("is_checked", [False, True])
def test_attack_a_neighbor_asks_without_an_end_where_nobody_is_given_anything(is_checked: bool, tmp_path: Path) -> None:
    """Looked up each time, what it says takes longer than to say it, and the questions of others are lost behind it."""

    async def main(one: Exchange, graph: Unread, ask: Callable[[int, bytes], Any]) -> None:
        waited = 0

        class News:
            def __init__(self) -> None:
                self.left = 5 * exchange.AT_ONCE

            def __enter__(self) -> News:
                return self

            def __exit__(self, *_: object) -> None:
                pass

            def __aiter__(self) -> News:
                return self

            async def __anext__(self) -> Message:
                nonlocal waited
                waited += 1
                found = self.next_now()
                if found is None:
                    raise StopAsyncIteration
                return found

            def next_now(self) -> Message | None:
                self.left -= 1
                return Message(1, TYPE, encode(Want(FILE, 5))) if self.left >= 0 else None

        graph.is_direct = False
        graph.events = lambda *kinds: News()
        if not is_checked:
            one._neighbors = NeverHas()
        await one.run()
        assert graph.looked == (1 if is_checked else 5 * exchange.AT_ONCE)
        assert waited == 6 and graph.sent == {}

    exchanged(tmp_path, main)
