"""Graphs through the Python API: making, opening, records, connecting, closing. Each under trio and asyncio."""

from __future__ import annotations

from contextlib import AsyncExitStack
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

import peerapi
from peerapi import Draft, Scope, Status, errors, where
from tests.python.conftest import Run
from tests.python.graphs import NOTE, OTHER, pair

# ---- making and opening ----


def test_a_created_graph_is_ready_for_records(run: Run, graph_id: str) -> None:
    async def main() -> None:
        async with peerapi.create_graph(graph_id, "alice") as graph:
            assert (graph.graph_id, graph.peer, graph.status, graph.closed) == (
                graph_id, "alice", Status.SYNCHRONIZED, False
            )  # fmt: skip
        assert graph.closed

    run(main)


def test_a_graph_may_be_awaited_and_closed_by_hand(run: Run, graph_id: str) -> None:
    async def main() -> None:
        graph = await peerapi.create_graph(graph_id, "alice")
        await graph.aclose()
        await graph.aclose()
        assert graph.closed

    run(main)


def test_a_graph_is_made_once(run: Run, graph_id: str) -> None:
    async def main() -> None:
        async with peerapi.create_graph(graph_id, "alice"):
            pass
        with pytest.raises(errors.DuplicateGraph) as caught:
            await peerapi.create_graph(graph_id, "alice")
        assert caught.value.hresult == 0x80630012

    run(main)


def test_exist_ok_opens_what_was_made_before(run: Run, graph_id: str) -> None:
    async def main() -> None:
        async with peerapi.create_graph(graph_id, "alice", exist_ok=True) as graph:
            note = await graph.add(NOTE, "kept")
        async with peerapi.create_graph(graph_id, "alice", exist_ok=True) as graph:
            assert (await graph.get(note)).text == "kept"

    run(main)


def test_a_graph_that_was_never_synchronized_is_not_ready(run: Run, graph_id: str) -> None:
    async def main() -> None:
        async with peerapi.open_graph(graph_id, "ben") as graph:
            assert graph.status == Status(0)
            with pytest.raises(errors.GraphNotReady):
                await graph.add(NOTE)
            with pytest.raises(errors.GraphNotReady):
                await graph.get(uuid4())

    run(main)


def test_a_deleted_graph_is_gone(run: Run, graph_id: str) -> None:
    async def main() -> None:
        async with peerapi.create_graph(graph_id, "alice"):
            with pytest.raises(errors.AccessDenied):
                await peerapi.delete_graph(graph_id, "alice")
        await peerapi.delete_graph(graph_id, "alice")
        async with peerapi.open_graph(graph_id, "alice") as graph:
            assert graph.status == Status(0)

    run(main)


def test_properties_are_those_it_was_made_with_until_they_are_changed(run: Run, graph_id: str) -> None:
    async def main() -> None:
        made = peerapi.create_graph(
            graph_id, "alice", friendly_name="Garden", comment="Ours", scope=Scope.LOOPBACK, max_record_size=4096,
            presence_lifetime=timedelta(minutes=10), max_presence=None, defer_expiration=True,
        )  # fmt: skip
        async with made as graph:
            before = await graph.properties()
            assert before == peerapi.Properties(
                graph_id, "alice", "Garden", "Ours", Scope.LOOPBACK, 4096, timedelta(minutes=10), None, True
            )
            await graph.set_properties(comment="Yours", max_presence=7)
            after = await graph.properties()
            assert (after.friendly_name, after.comment, after.max_presence) == ("Garden", "Yours", 7)
            assert after.presence_lifetime == before.presence_lifetime

    run(main)


# ---- records ----


def test_a_record_comes_back_as_it_was_added(run: Run, graph_id: str) -> None:
    async def main() -> None:
        async with peerapi.create_graph(graph_id, "alice") as graph:
            before = datetime.now(UTC)
            due = datetime(2027, 3, 4, 5, 6, 7, 89, tzinfo=UTC)
            expires = before + timedelta(hours=1)
            attributes = {
                "Owner": "Ann & <Ben>\r\n",
                "Pages": 3,
                "Due": due,
                "Tag": ("a", "b"),
                "Day": date(2027, 3, 4),
            }
            note = await graph.add(NOTE, "héllo", attributes=attributes, expires=expires, autorefresh=True)
            record = await graph.get(note)
            assert (record.type, record.id, record.version) == (NOTE, note, 1)
            assert (record.creator, record.modified_by) == ("alice", "alice")
            assert (record.data, record.text) == ("héllo".encode(), "héllo")
            assert record.attributes == {**attributes, "Day": datetime(2027, 3, 4, tzinfo=UTC)}
            assert record.expires == expires
            assert before <= record.created == record.modified <= datetime.now(UTC)
            assert record.autorefresh

    run(main)


def test_every_node_has_the_same_order_of_records(run: Run, graph_id: str) -> None:
    async def main() -> None:
        async with AsyncExitStack() as stack:
            alice, ben = await pair(stack, graph_id)
            with ben.changes(NOTE) as changes:
                first, second = await alice.add(NOTE), await alice.add(NOTE)
                for _ in range(2):
                    await anext(changes)
            there, here = [[await one.get(note) for note in (first, second)] for one in (alice, ben)]
            assert [one.peer_time for one in there] == [one.peer_time for one in here]
            assert here[0].peer_time < here[1].peer_time

    run(main)


def test_a_record_lives_for_30_days_when_nothing_is_said(run: Run, graph_id: str) -> None:
    async def main() -> None:
        async with peerapi.create_graph(graph_id, "alice") as graph:
            record = await graph.get(await graph.add(NOTE))
            assert timedelta(days=29) < record.expires - datetime.now(UTC) < timedelta(days=31)

    run(main)


def test_an_update_changes_what_is_given(run: Run, graph_id: str) -> None:
    async def main() -> None:
        async with peerapi.create_graph(graph_id, "alice") as graph:
            note = await graph.add(NOTE, "one", attributes={"Owner": "Ann"})
            await graph.update(note, "two")
            record = await graph.get(note)
            assert (record.text, record.version, record.attributes) == ("two", 2, {"Owner": "Ann"})
            await graph.update(record, b"", attributes={}, expires=timedelta(days=40))
            record = await graph.get(note)
            assert (record.data, record.version, record.attributes) == (b"", 3, {})

    run(main)


def test_a_deleted_record_is_not_found(run: Run, graph_id: str) -> None:
    async def main() -> None:
        async with peerapi.create_graph(graph_id, "alice") as graph:
            note, other = await graph.add(NOTE), await graph.add(NOTE)
            await graph.delete(note)
            await graph.delete(await graph.get(other), local=True)
            with pytest.raises(errors.RecordNotFound) as caught:
                await graph.get(note)
            assert caught.value.hresult == 0x80630301
            assert await graph.find(other) is None
            with pytest.raises(errors.RecordNotFound):
                await graph.update(note, "x")

    run(main)


def test_records_are_listed_and_counted_by_type_and_creator(run: Run, graph_id: str) -> None:
    async def main() -> None:
        async with peerapi.create_graph(graph_id, "alice") as graph:
            notes = await graph.add_many(Draft(NOTE, str(number)) for number in range(200))
            other = await graph.add(OTHER)
            assert [record.id for record in await graph.records()] == [*notes, other]
            assert [record.text async for record in graph.records(NOTE)] == [str(number) for number in range(200)]
            assert [record.id for record in await graph.records(OTHER, creator="alice")] == [other]
            assert await graph.records(creator="ben") == []
            assert (await graph.count(), await graph.count(NOTE)) == (201, 200)

    run(main)


def test_many_records_are_added_all_or_none(run: Run, graph_id: str) -> None:
    async def main() -> None:
        async with peerapi.create_graph(graph_id, "alice") as graph:
            with pytest.raises(errors.InvalidAttributes):
                await graph.add_many([Draft(NOTE), Draft(NOTE, attributes={"no such name": 1})])
            with pytest.raises(errors.InvalidArgument):
                await graph.add_many([Draft(NOTE), Draft(NOTE, expires=timedelta(0))])
            assert await graph.count() == 0

    run(main)


SEARCHES: list[tuple[peerapi.Condition, set[str]]] = [
    (where("Owner", "==", "Ann"), {"a"}),
    (where("Owner", "!=", "Ann"), {"b", "c"}),
    (where("Owner", "like", "*n*"), {"a", "b", "c"}),
    (where("Owner", "==", "*n*"), {"c"}),
    (where("Pages", ">", 3), {"b"}),
    (where("Pages", "<=", 3) & where("Owner", "<", "B"), {"a"}),
    (where("Owner", "==", "Ann") | where("Pages", "==", 4), {"a", "b"}),
    (where("Due", ">=", datetime(2027, 1, 1, tzinfo=UTC)), {"b"}),
    (where("Due", "==", date(2026, 5, 4)), {"a"}),
    (where("peercreatorid", "==", "alice") & where("peerrecordtype", "==", OTHER), {"c"}),
    (where("Owner", "==", "<&>"), set()),
    (where("peercreationtime", "<", datetime(2020, 1, 1)), set()),
]


@pytest.mark.parametrize(("condition", "found"), SEARCHES, ids=[condition.xml for condition, _ in SEARCHES])
def test_a_search_finds_records(run: Run, graph_id: str, condition: peerapi.Condition, found: set[str]) -> None:
    async def main() -> None:
        async with peerapi.create_graph(graph_id, "alice") as graph:
            await graph.add(NOTE, "a", attributes={"Owner": "Ann", "Pages": 3, "Due": datetime(2026, 5, 4, 12)})
            await graph.add(NOTE, "b", attributes={"Owner": "Ben", "Pages": 4, "Due": date(2027, 1, 1)})
            await graph.add(OTHER, "c", attributes={"Owner": "*n*"})
            assert {record.text async for record in graph.search(condition)} == found
            assert {record.text for record in await graph.search(condition.xml)} == found

    run(main)


def test_what_is_no_search_is_refused(run: Run, graph_id: str) -> None:
    nonsense: Any = "~"

    async def main() -> None:
        async with peerapi.create_graph(graph_id, "alice") as graph:
            for query in ("<nothing/>", where("no such name", "==", 1)):
                with pytest.raises(errors.InvalidSearch):
                    await graph.search(query)
        with pytest.raises(ValueError, match="is none of"):
            where("Owner", nonsense, "Ann")

    run(main)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"attributes": {"Owner": 1.5}}, errors.InvalidAttributes),
        ({"attributes": {"Pages": -1}}, errors.InvalidAttributes),
        ({"attributes": {"Yes": True}}, errors.InvalidAttributes),
        ({"attributes": {"Owner": "\0"}}, errors.InvalidAttributes),
        ({"attributes": {f"n{n}": n for n in range(1025)}}, errors.TooManyAttributes),
        ({"data": bytes(2000)}, errors.RecordTooBig),
        ({"expires": datetime(1500, 1, 1)}, errors.InvalidArgument),
        ({"expires": timedelta(seconds=-1)}, errors.InvalidArgument),
    ],
)
def test_what_cannot_be_a_record_is_refused(
    run: Run, graph_id: str, arguments: dict[str, Any], error: type[Exception]
) -> None:
    async def main() -> None:
        async with peerapi.create_graph(graph_id, "alice", max_record_size=1024) as graph:
            with pytest.raises(error):
                await graph.add(NOTE, **arguments)
            assert await graph.count() == 0

    run(main)


def test_an_exported_database_can_be_taken_in_again(run: Run, graph_id: str, tmp_path: Path) -> None:
    async def main() -> None:
        async with peerapi.create_graph(graph_id, "alice") as graph:
            note = await graph.add(NOTE, "kept")
            await graph.export_database(tmp_path / "copy")
        await peerapi.delete_graph(graph_id, "alice")
        async with peerapi.open_graph(graph_id, "alice") as graph:
            await graph.import_database(tmp_path / "copy")
            assert (await graph.get(note)).text == "kept"

    run(main)


def test_a_record_that_is_only_local_stays_with_its_node(run: Run, graph_id: str) -> None:
    async def main() -> None:
        async with AsyncExitStack() as stack:
            alice, ben = await pair(stack, graph_id)
            mine = await alice.add(NOTE, "mine", attributes={"Owner": "Ann"}, local=True)
            with ben.changes(NOTE) as changes:
                many = await alice.add_many([Draft(NOTE, "m", local=True), Draft(NOTE, "ours")])
                assert (await anext(changes)).id == many[1]
            assert [record.id for record in await ben.records()] == [many[1]]
            record = await alice.get(mine)
            assert record.local and not (await alice.get(many[1])).local
            assert [found.id for found in await alice.search(where("Owner", "==", "Ann"))] == [mine]
            await alice.update(mine, "changed")
            assert (await alice.get(mine)).text == "changed" and (await alice.get(mine)).local
            await alice.delete(mine)
            assert await alice.find(mine) is None

    run(main)
