"""Streams of events: bounded, ended by the graph, and gone when nobody reads them."""

from __future__ import annotations

import asyncio
import gc
import threading
from contextlib import AsyncExitStack
from uuid import UUID

import pytest
import trio

import peerapi
from peerapi import ChangeKind, ChangesLost, Draft, Scope, Status, errors
from peerapi.api.graph_family import ENGINE, NODE
from tests.python.conftest import Run, under_asyncio, under_trio
from tests.python.graphs import NOTE, OTHER
from tests.python.loops import both, cancelled, turns


def registrations(graph: peerapi.Graph) -> int:
    """How many streams the engine feeds."""
    ENGINE.call(lambda: None)
    return len(next(driver for _, driver in NODE._open.values() if driver.graph.peer_id == graph.peer)._registrations)


def test_changes_of_a_type_are_told_in_order(run: Run, graph_id: str) -> None:
    async def main() -> None:
        async with peerapi.create_graph(graph_id, "alice") as graph:
            with graph.changes(NOTE) as changes:
                await graph.add(OTHER)
                note = await graph.add(NOTE)
                await graph.update(note, "x")
                await graph.delete(note)
                found = [await anext(changes) for _ in range(3)]
                assert [change.kind.name for change in found] == ["ADDED", "UPDATED", "DELETED"]
                assert {change.id for change in found} == {note}
                assert await found[0].record() is None

    run(main)


def test_changes_of_several_types(run: Run, graph_id: str) -> None:
    async def main() -> None:
        async with peerapi.create_graph(graph_id, "alice") as graph:
            with graph.changes([NOTE, OTHER]) as changes:
                await graph.add_many([Draft(NOTE), Draft(UUID(int=7)), Draft(OTHER)])
                assert [(await anext(changes)).type for _ in range(2)] == [NOTE, OTHER]

    run(main)


@pytest.mark.parametrize("limit", [60_000, 1_000])
def test_a_stream_in_a_graph_that_has_many_records_already(run: Run, graph_id: str, limit: int) -> None:
    """A reader that falls behind is told so, and finds all records where they are."""
    count = 50_000

    async def main() -> None:
        async with (
            peerapi.create_graph(graph_id, "alice", scope=Scope.LOOPBACK) as alice,
            peerapi.open_graph(graph_id, "bob") as bob,
        ):
            await alice.add_many(Draft(NOTE, b"%d" % number) for number in range(count))
            (where, *_) = await alice.listen(scope=Scope.LOOPBACK)
            told = 0
            with bob.changes(NOTE, limit=limit) as changes:
                await bob.connect(where)
                await bob.wait_synchronized()
                while told < count:
                    try:
                        told += (await anext(changes)).kind is ChangeKind.ADDED
                    except ChangesLost as lost:
                        assert limit < count
                        told += lost.count
            assert told == count
            assert len(await bob.records(NOTE)) == count

    run(main)


def test_a_stream_begins_when_it_is_made_not_when_it_is_read(run: Run, graph_id: str) -> None:
    async def main() -> None:
        async with peerapi.create_graph(graph_id, "alice") as graph:
            changes = graph.changes()
            note = await graph.add(NOTE)
            async for change in changes:
                assert change.id == note
                break

    run(main)


def test_a_reader_waits_for_what_another_task_does(run: Run, graph_id: str) -> None:
    async def main() -> None:
        async with peerapi.create_graph(graph_id, "alice") as graph:
            changes = graph.changes()
            seen = []

            async def read() -> None:
                async for change in changes:
                    seen.append(change.id)
                    if len(seen) == 3:
                        return

            async def write() -> None:
                for _ in range(3):
                    await turns()
                    await graph.add(NOTE)

            await both(read, write)
            assert len(seen) == 3

    run(main)


# ---- bounds ----


def test_a_reader_that_is_too_slow_is_told_what_it_has_lost(run: Run, graph_id: str) -> None:
    async def main() -> None:
        async with peerapi.create_graph(graph_id, "alice") as graph:
            with graph.changes(limit=10) as changes:
                notes = [await graph.add(NOTE) for _ in range(25)]
                assert [(await anext(changes)).id for _ in range(5)] == notes[:5]
                await graph.add(NOTE)  # there is room, but nothing comes after a gap without a word
                assert [(await anext(changes)).id for _ in range(5)] == notes[5:10]
                with pytest.raises(ChangesLost) as caught:
                    await anext(changes)
                assert caught.value.count == 16
                last = await graph.add(NOTE)
                assert (await anext(changes)).id == last

    run(main)


def test_a_stream_has_room_for_one_event_at_least(run: Run, graph_id: str) -> None:
    async def main() -> None:
        async with peerapi.create_graph(graph_id, "alice") as graph:
            with pytest.raises(ValueError, match="limit is from 1"):
                graph.changes(limit=0)

    run(main)


# ---- endings ----


def test_a_stream_ends_with_its_graph(run: Run, graph_id: str) -> None:
    async def main() -> None:
        graph = await peerapi.create_graph(graph_id, "alice")
        changes, seen = graph.changes(), []

        async def read() -> None:
            seen.extend([change.id async for change in changes])

        async def leave() -> None:
            note = await graph.add(NOTE)
            await turns()
            await graph.aclose()
            assert seen in ([], [note])

        await both(read, leave)
        assert len(seen) == 1

    run(main)


def test_a_stream_ends_when_c_code_closes_the_graph(run: Run, graph_id: str) -> None:
    async def main() -> None:
        ffi, lib = peerapi.ffi, peerapi.lib
        async with peerapi.create_graph(graph_id, "alice") as graph:
            changes = graph.changes()
            assert lib.PeerGraphClose(ffi.cast("HGRAPH", graph.handle)) == 0
            assert [change async for change in changes] == []
            with pytest.raises(errors.GraphShuttingDown):
                await graph.add(NOTE)

    run(main)


def test_a_stream_that_is_closed_ends_for_its_reader(run: Run, graph_id: str) -> None:
    async def main() -> None:
        async with peerapi.create_graph(graph_id, "alice") as graph:
            changes = graph.changes()

            async def read() -> None:
                assert [change async for change in changes] == []

            async def close() -> None:
                await turns()
                await changes.aclose()

            await both(read, close)
            assert registrations(graph) == 0
            await graph.add(NOTE)
            assert [change async for change in changes] == []

    run(main)


def test_a_loop_that_was_left_leaves_nothing_behind(run: Run, graph_id: str) -> None:
    async def main() -> None:
        async with peerapi.create_graph(graph_id, "alice") as graph:
            await graph.add(NOTE)
            with graph.changes() as kept:
                stream = graph.changes()
                await graph.add(NOTE)
                async for change in stream:
                    assert change.type == NOTE
                    break
                del stream, change
                gc.collect()
                assert registrations(graph) == 1
                assert (await anext(kept)).type == NOTE

    run(main)


def test_a_reader_that_is_cancelled_loses_nothing(run: Run, graph_id: str) -> None:
    async def main() -> None:
        async with peerapi.create_graph(graph_id, "alice") as graph:
            changes = graph.changes()
            assert await cancelled(changes.__anext__, turns)
            note = await graph.add(NOTE)
            assert (await anext(changes)).id == note

    run(main)


def test_a_second_reader_of_one_stream_is_an_error(run: Run, graph_id: str) -> None:
    async def main() -> None:
        async with peerapi.create_graph(graph_id, "alice") as graph:
            changes = graph.changes()

            async def second() -> None:
                await turns()
                with pytest.raises(RuntimeError, match="another task"):
                    await anext(changes)
                await graph.add(NOTE)

            await both(changes.__anext__, second)

    run(main)


# ---- other events ----


def test_each_kind_of_event_has_its_class(run: Run, graph_id: str) -> None:
    async def main() -> None:
        async with AsyncExitStack() as stack:
            alice = await stack.enter_async_context(peerapi.create_graph(graph_id, "alice", scope=Scope.LOOPBACK))
            everything = alice.events()
            (address,) = await alice.listen()
            ben = await stack.enter_async_context(peerapi.open_graph(graph_id, "ben", precedence=[NOTE, OTHER]))
            types = ben.events(peerapi.TypeSynchronized)
            await ben.connect(address)
            await ben.wait_synchronized()
            assert [(await anext(types)).type for _ in range(2)] == [NOTE, OTHER]
            await ben.send(ben.connections()[0], NOTE, "hello")
            await ben.set_properties(friendly_name="Garden")
            await ben.add(NOTE)
            await ben.listen()
            await ben.aclose()
            wanted = {
                peerapi.StatusChange, peerapi.NodeChange, peerapi.NeighborChange, peerapi.Message,
                peerapi.PropertiesChange, peerapi.Change,
            }  # fmt: skip
            seen: list[peerapi.Event] = []
            async for event in everything:
                seen.append(event)
                if wanted <= {type(one) for one in seen} and Status.HAS_CONNECTIONS not in alice.status:
                    break
            assert peerapi.StatusChange(Status.SYNCHRONIZED | Status.LISTENING) in seen
            assert [event.text for event in seen if isinstance(event, peerapi.Message)] == ["hello"]
            connected = next(event for event in seen if isinstance(event, peerapi.NeighborChange))
            assert (connected.state, connected.error) == (peerapi.ConnectionState.CONNECTED, None)

    run(main)


def test_events_of_no_known_class_are_a_type_error(run: Run, graph_id: str) -> None:
    async def main() -> None:
        async with peerapi.create_graph(graph_id, "alice") as graph:
            with pytest.raises(TypeError):
                graph.events(int)

    run(main)


# ---- loops ----


def test_outside_of_an_event_loop_nothing_is_awaited() -> None:
    opening = peerapi.open_graph("nothing", "nobody").__await__()
    with pytest.raises(RuntimeError, match="unknown async library"):
        opening.send(None)


def test_a_trio_and_an_asyncio_loop_share_one_graph(run: Run, graph_id: str, loop: str) -> None:
    """Two loops in two threads of one process, with the same object."""

    async def main() -> None:
        async with peerapi.create_graph(graph_id, "alice") as graph:
            mine, theirs = graph.changes(NOTE), graph.changes(OTHER)

            async def answer() -> None:
                change = await anext(theirs)
                await graph.update(change.id, "seen")
                await graph.add(NOTE, "answer")

            other = threading.Thread(target=under_asyncio if loop == "trio" else under_trio, args=(answer,))
            other.start()
            question = await graph.add(OTHER, "question")
            change = await anext(mine)
            record = await change.record()
            assert record is not None
            assert (record.text, (await graph.get(question)).text) == ("answer", "seen")
            other.join()

    run(main)


def test_opening_that_is_cancelled_leaves_nothing_open(run: Run, graph_id: str) -> None:
    async def main() -> None:
        async def nothing() -> None:
            pass

        async def open_it() -> None:
            async with peerapi.create_graph(graph_id, "alice"):
                await turns(1000)

        for _ in range(3):
            await cancelled(open_it, nothing)
            assert NODE._open == {}
            async with peerapi.open_graph(graph_id, "alice"):
                pass
            await peerapi.delete_graph(graph_id, "alice")

    run(main)


def test_closing_goes_to_its_end_in_a_cancelled_task(run: Run, graph_id: str) -> None:
    async def main() -> None:
        graph = await peerapi.create_graph(graph_id, "alice", scope=Scope.LOOPBACK)
        await graph.listen()

        async def hold() -> None:
            async with graph:
                if loop_is_trio():
                    await trio.sleep_forever()
                await asyncio.Event().wait()

        assert await cancelled(hold, turns)
        assert graph.closed

    run(main)


def loop_is_trio() -> bool:
    return trio.lowlevel.in_trio_run()
