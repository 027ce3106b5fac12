"""A document can be opened as often as one likes, although a member has 4,096 clients to write under."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID, uuid4

import pytest
import trio

from peerapi import Graph, Record
from peerapi.activities.document import parts, updates
from peerapi.activities.document.running import RunningDocument
from tests.activities.document.test_attacks_waiting import opened, record
from tests.activities.document.writers import Writer

ME = "reader"


class Kept:
    """A graph of this member alone, without a network."""

    def __init__(self) -> None:
        self.kept: dict[UUID, Record] = {}

    async def add(self, kind: UUID, data: bytes, **_: object) -> UUID:
        id = uuid4()
        await self.update(id, data)
        return id

    async def update(self, id: UUID, data: bytes, **_: object) -> None:
        before = self.kept.get(id)
        found: Any = record(ME, b"", id=id, version=1 if before is None else before.version + 1)
        found.data = data
        self.kept[id] = found

    async def delete(self, id: UUID) -> None:
        del self.kept[id]


async def reopened(graph: Kept, *others: Record) -> RunningDocument:
    document = opened()
    await document._begin([*graph.kept.values(), *others])
    return document


async def typed(document: RunningDocument, graph: Kept, at: int, words: str) -> None:
    assert document._shared is not None
    document._shared.edit([at, words] if at else [words])
    await document._store_all(cast(Graph, graph))


def client(document: RunningDocument) -> int:
    assert document._shared is not None
    return document._shared.client


def test_it_is_opened_more_often_than_a_member_has_clients(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(updates, "MOST_SESSIONS", 3)

    async def main() -> None:
        graph, text, used = Kept(), "", []
        for number in range(12):
            document = await reopened(graph)
            assert (document.text, document.refused) == (text, 0)
            used.append(client(document))
            await typed(document, graph, number // 2, f"é{number}")
            text = f"{text[: number // 2]}é{number}{text[number // 2 :]}"
            assert document.text == text
        assert len(set(used[:3])) == len(set(used)) == 3
        late = Writer("late")
        late.shared.take((id, parts.decoded(one.data, ME)[1]) for id, one in graph.kept.items())
        assert late.text == text

    trio.run(main)


def test_only_a_client_all_of_whose_text_is_there_is_gone_on_with(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else two letters would have one name."""
    monkeypatch.setattr(updates, "MOST_SESSIONS", 2)
    ben = Writer("ben")
    ben.type(0, "Ben's")
    ben.store()
    ((id, (version, data)),) = ben.records.items()
    bens: Any = record("ben", b"", id=id, version=version)
    bens.data = data

    async def main() -> None:
        graph = Kept()
        first = await reopened(graph)
        await typed(first, graph, 0, "alone ")
        second = await reopened(graph, bens)
        at = second.text.index("Ben")
        await typed(second, graph, at + 2, "!")
        for _ in range(8):
            without = await reopened(graph)
            assert without.text == "alone " and client(without) == client(first)
        both = await reopened(graph, bens)
        assert both.text == second.text and client(both) in (client(first), client(second))

    trio.run(main)
