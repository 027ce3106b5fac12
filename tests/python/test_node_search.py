"""Searches of all nodes from Python, under trio and asyncio."""

from __future__ import annotations

from contextlib import AsyncExitStack

import pytest

import peerapi
from peerapi import Draft, errors, where
from peerapi.python.arguments import InvalidValue
from tests.python.conftest import Run
from tests.python.graphs import NOTE, pair
from tests.python.loops import both, cancelled, turns
from tests.python.test_group import founded, joined

CARD = where("file", "==", "card")


def test_every_node_answers_with_what_only_it_has(run: Run, graph_id: str) -> None:
    async def main() -> None:
        async with AsyncExitStack() as stack:
            alice, ben = await pair(stack, graph_id)
            mine = await alice.add(NOTE, "of alice", attributes={"file": "card"}, local=True)
            await ben.add_many([Draft(NOTE, f"{n}", {"file": "card"}, local=True) for n in range(5)])
            await ben.add(NOTE, "another", attributes={"file": "letter"}, local=True)
            answers = alice.search_nodes(CARD, timeout=60)
            found = {answer.peer: answer async for answer in answers}
            assert answers.absent == ()
            assert [record.id for record in found["alice"].records] == [mine]
            assert [record.text for record in found["ben"].records] == ["4", "3", "2", "1", "0"]
            assert all(record.local and record.creator == "ben" for record in found["ben"].records)
            assert not found["ben"].more
            few = [answer async for answer in alice.search_nodes(CARD.xml, limit=2, local_only=True, timeout=60)]
            assert {answer.peer: (len(answer.records), answer.more) for answer in few} == {
                "alice": (1, False),
                "ben": (2, True),
            }

    run(main)


def test_members_of_a_group_answer_each_other(run: Run) -> None:
    async def main() -> None:
        async with AsyncExitStack() as stack:
            ann = await founded(stack)
            ben = await joined(stack, ann)
            await ben.add(NOTE, "only here", attributes={"file": "card"}, local=True)
            with ann.changes(NOTE) as changes:
                shared = await ben.add(NOTE, "everywhere", attributes={"file": "card"})
                await anext(changes)
            found = {answer.peer: answer.records async for answer in ann.search_nodes(CARD, timeout=60)}
            assert [(r.text, r.local) for r in found[ben.identity]] == [("everywhere", False), ("only here", True)]
            assert [record.id for record in found[ann.identity]] == [shared]

    run(main)


def test_what_is_wrong_is_told_when_it_is_iterated(run: Run, graph_id: str) -> None:
    async def main() -> None:
        async with peerapi.create_graph(graph_id, "alice") as graph:
            with pytest.raises(errors.InvalidSearch):
                await anext(graph.search_nodes("<peersearch/>"))
            with pytest.raises(TypeError, match="where"):
                graph.search_nodes(5)  # type: ignore[arg-type]
            for wrong in ({"limit": 0}, {"limit": 1001}, {"max_bytes": 1 << 20}, {"timeout": 61}, {"timeout": 0}):
                with pytest.raises(InvalidValue):
                    graph.search_nodes(CARD, **wrong)  # type: ignore[arg-type]
            with pytest.raises(TypeError, match="seconds"):
                graph.search_nodes(CARD, timeout="5")  # type: ignore[arg-type]
            async with graph.search_nodes(CARD) as answers:
                assert (await anext(answers)).peer == "alice"
                with pytest.raises(StopAsyncIteration):
                    await anext(answers)

    run(main)


def deaf(graph: peerapi.Graph) -> None:
    """The node takes questions for Pings, as an older one does."""
    graph._driver.graph.reception._on_search = lambda link, payload: None  # type: ignore[union-attr]


def test_who_waits_for_answers_can_be_cancelled_and_closed(run: Run, graph_id: str) -> None:
    async def main() -> None:
        async with AsyncExitStack() as stack:
            alice, ben = await pair(stack, graph_id)
            deaf(ben)
            answers = alice.search_nodes(CARD, timeout=60)
            assert (await anext(answers)).peer == "alice"

            async def waiting() -> None:
                await anext(answers)

            assert await cancelled(waiting, turns)

            async def closing() -> None:
                await turns()
                await answers.aclose()

            async def reading() -> None:
                assert [answer async for answer in answers] == []

            await both(reading, closing)
            await answers.aclose()

    run(main)


def test_a_graph_that_is_closed_ends_its_searches(run: Run, graph_id: str) -> None:
    async def main() -> None:
        async with AsyncExitStack() as stack:
            alice, ben = await pair(stack, graph_id)
            deaf(ben)
            answers = alice.search_nodes(CARD, timeout=60)
            assert (await anext(answers)).peer == "alice"

            async def closing() -> None:
                await turns()
                await alice.aclose()

            async def reading() -> None:
                assert [answer async for answer in answers] == []

            await both(reading, closing)

    run(main)


def test_a_node_that_does_not_answer_is_named(run: Run, graph_id: str) -> None:
    async def main() -> None:
        async with AsyncExitStack() as stack:
            alice, ben = await pair(stack, graph_id)
            deaf(ben)
            answers = alice.search_nodes(CARD, timeout=0.2)
            assert [answer.peer async for answer in answers] == ["alice"]
            assert [node.peer for node in answers.absent] == ["ben"]

    run(main)
