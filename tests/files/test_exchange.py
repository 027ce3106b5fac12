"""Files between nodes of one graph, over direct connections that are real."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import trio

import peerapi
from peerapi import Graph, Scope, errors
from peerapi.files import exchange
from peerapi.files.content import PIECE
from peerapi.files.exchange import Exchange, Failed
from peerapi.files.messages import TYPE, Ask, Holds, Want, encode
from peerapi.files.serving import MOST_WAITING
from peerapi.files.shelf import Held, Shelf
from tests.files.made import content_of, some_bytes

DATA = some_bytes(40 * PIECE + 99)
CONTENT = content_of(DATA)


class Peer:
    """A node with its files."""

    def __init__(self, graph: Graph, folder: Path) -> None:
        self.graph = graph
        self.folder = folder
        for name in ("shelf", "own"):
            (folder / name).mkdir(parents=True)
        self.shelf = Shelf(folder / "shelf", folder / "received")
        self.allowed = True
        self._changed = trio.Event()
        self.exchange = Exchange(graph, self.shelf, lambda file: self.allowed, self._note)

    def _note(self) -> None:
        self._changed.set()
        self._changed = trio.Event()

    async def until(self, condition: Callable[[], bool]) -> None:
        while not condition():
            await self._changed.wait()

    def share(self, data: bytes, name: str = "card.png") -> Held:
        path = self.folder / "own" / name
        path.write_bytes(data)
        return self.shelf.share(path)

    async def fetch(self, *holders: str) -> bytes:
        held = await self.exchange.fetch(CONTENT.id, CONTENT.size, "card.png", lambda: list(holders))
        return held.path.read_bytes()

    def part(self) -> list[Path]:
        return list((self.folder / "received").glob(".*.part"))


@asynccontextmanager
async def peers(folder: Path, *names: str) -> AsyncIterator[list[Peer]]:
    graph_id = f"files {uuid4()}"
    async with AsyncExitStack() as stack, trio.open_nursery() as nursery:
        made: list[Peer] = []
        for name in names:
            if made:
                graph = await stack.enter_async_context(peerapi.open_graph(graph_id, name))
                await graph.connect(made[0].graph.addresses[0])
                await graph.wait_synchronized()
            else:
                graph = await stack.enter_async_context(peerapi.create_graph(graph_id, name, scope=Scope.LOOPBACK))
            await graph.listen()
            await graph.set_presence(True)
            made.append(Peer(graph, folder / name))
            nursery.start_soon(made[-1].exchange.run)
        for one in made:
            with one.graph.events(peerapi.NodeChange) as news:
                while len({node.peer for node in one.graph.nodes()}) < len(names):
                    await anext(news)
        yield made
        nursery.cancel_scope.cancel()


def run(main: Callable[[], Any]) -> None:
    async def limited() -> None:
        with trio.fail_after(300):
            await main()

    trio.run(limited)


def test_a_file_comes_from_two_who_have_it_and_is_shared_on(tmp_path: Path) -> None:
    async def main() -> None:
        async with peers(tmp_path, "ann", "ben", "carl") as (ann, ben, carl):
            ann.share(DATA)
            assert await ben.fetch("ann") == DATA
            assert await carl.fetch("ann", "ben", "carl") == DATA
            assert (carl.folder / "received" / "card.png").read_bytes() == DATA
            ann.allowed = ben.allowed = False
            carl.shelf.forget(CONTENT.id)
            with pytest.raises(Failed, match="does not have the file any more"):
                await carl.fetch("ann", "ben")
            assert carl.part() == []
            with pytest.raises(Failed, match="nobody who has it could be reached"):
                await carl.fetch()

    run(main)


def test_it_goes_on_where_it_was_when_the_source_comes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        async with peers(tmp_path, "ann", "ben") as (ann, ben):
            ann.share(DATA)
            given: list[int] = []
            read = Held.piece

            def counted(held: Held, number: int) -> bytes | None:
                given.append(number)
                return read(held, number)

            monkeypatch.setattr(Held, "piece", counted)
            async with trio.open_nursery() as nursery:
                fetched: list[bytes] = []

                async def fetch() -> None:
                    fetched.append(await ben.fetch("ann"))

                nursery.start_soon(fetch)
                await ben.until(lambda: bool(ben.exchange.fetching) and given.count(20) == 1)
                for connection in ben.graph.connections():
                    if connection.direct:
                        await ben.graph.close_direct(connection.id)
            assert fetched == [DATA]
            assert len(given) < 41 + 4 * 8

    run(main)


def test_what_is_stopped_leaves_nothing_and_what_is_broken_off_is_there_the_next_time(tmp_path: Path) -> None:
    async def main() -> None:
        async with peers(tmp_path, "ann", "ben") as (ann, ben):
            ann.share(DATA)
            with trio.CancelScope() as scope:
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(ben.fetch, "ann")
                    await ben.until(lambda: CONTENT.id in ben.exchange.fetching)
                    progress = ben.exchange.fetching[CONTENT.id]
                    await ben.until(lambda: progress.left < CONTENT.size // 2)
                    scope.cancel()
            assert len(ben.part()) == 1
            incoming = ben.shelf.incoming(CONTENT.id, CONTENT.size)
            assert sum(incoming.have) > 15
            incoming.close()

            async def stopped() -> None:
                with pytest.raises(Failed, match="it was stopped"):
                    await ben.fetch("ann")

            async with trio.open_nursery() as nursery:
                nursery.start_soon(stopped)
                await ben.until(lambda: CONTENT.id in ben.exchange.fetching)
                with pytest.raises(Failed, match="is coming already"):
                    await ben.fetch("ann")
                ben.exchange.stop(CONTENT.id)
            assert ben.part() == [] and ben.exchange.fetching == {}

    run(main)


def test_a_source_whose_file_is_another_by_now_is_no_source(tmp_path: Path) -> None:
    async def main() -> None:
        async with peers(tmp_path, "ann", "ben") as (ann, ben):
            held = ann.share(DATA)
            held.path.write_bytes(DATA[::-1])
            with pytest.raises(Failed, match="ann has another file there by now"):
                await ben.fetch("ann")
            assert not (ben.folder / "received" / "card.png").exists()

    run(main)


def test_who_asks_for_too_much_is_let_go_and_the_others_are_served(tmp_path: Path) -> None:
    async def main() -> None:
        async with peers(tmp_path, "ann", "ben", "eve") as (ann, ben, eve):
            ann.share(DATA)
            place = ann.graph.addresses[0]
            async with eve.graph.direct("ann", place) as greedy:
                for _ in range(20 * MOST_WAITING):
                    try:
                        await greedy.send(TYPE, encode(Want(CONTENT.id, 0)))
                    except errors.ConnectionNotFound:
                        break
                async for _ in greedy:
                    pass
            assert ann.exchange.refused == 1
            assert await ben.fetch("ann") == DATA

    run(main)


def test_attack_all_places_are_kept_by_asking_from_time_to_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Several names are cheap, and who asks anything now and then is served for ever."""

    async def main() -> None:
        async with peers(tmp_path, "ann", "ben", "eve") as (ann, ben, eve):
            ann.share(DATA)
            place = ann.graph.addresses[0]
            async with eve.graph.direct("ann", place) as one, eve.graph.direct("ann", place) as other:
                for kept in (one, other):
                    await kept.send(TYPE, encode(Ask(CONTENT.id)))
                    assert (await anext(kept)).data == encode(Holds(CONTENT.id, CONTENT.size))
                with pytest.raises(Failed, match="ann gives to too many others just now"):
                    await ben.fetch("ann")
                monkeypatch.setattr(exchange, "TURN", 0.0)
                assert await ben.fetch("ann") == DATA
                async for _ in one:  # it has had its turn
                    pass
                await other.send(TYPE, encode(Ask(CONTENT.id)))
                assert (await anext(other)).data == encode(Holds(CONTENT.id, CONTENT.size))

    monkeypatch.setattr(exchange, "MOST_SERVED", 2)
    monkeypatch.setattr(exchange, "TURN", 3600.0)
    run(main)


def test_who_takes_nothing_of_what_was_asked_for_does_not_fill_the_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its answers wait until it reads. Without that all of them would be in this process at once."""

    async def main() -> None:
        async with peers(tmp_path, "ann") as (ann,):
            sent: list[object] = []
            all_sent = trio.Event()

            async def send(*asked: object) -> None:
                sent.append(asked)
                if len(sent) == 30:
                    all_sent.set()

            async def at_once(connection: int) -> None:
                await trio.lowlevel.checkpoint()

            def asks(nursery: trio.Nursery) -> None:
                inlet, outlet = trio.open_memory_channel[bytes](30)
                for piece in range(30):
                    inlet.send_nowait(encode(Want(CONTENT.id, piece)))
                nursery.start_soon(ann.exchange._serve, 7, "eve", outlet)

            monkeypatch.setattr(ann.graph, "unsent", lambda connection: 1 << 30)
            monkeypatch.setattr(ann.graph, "send", send)
            monkeypatch.setattr(exchange, "TAKES_NOTHING", 0.2)
            ann.share(DATA)
            async with trio.open_nursery() as nursery:
                with monkeypatch.context() as unchecked:
                    unchecked.setattr(ann.exchange, "_drained", at_once)
                    asks(nursery)
                    await all_sent.wait()
                    nursery.cancel_scope.cancel()
            sent.clear()
            async with trio.open_nursery() as nursery:
                asks(nursery)
            assert len(sent) == 1 and ann.exchange.refused == 1

    run(main)
