"""When what is typed and where one's caret is become records: text never waits for a caret."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

import pytest
import trio
from trio.testing import MockClock

from peerapi import Graph
from peerapi.activities.document import parts, running
from peerapi.activities.document.running import PAUSE, RunningDocument
from peerapi.activities.document.window import DocumentWindow
from tests.activities.document.test_sessions import ME, Kept, reopened


class Timed(Kept):
    """When its records were put into the graph, in seconds of the clock."""

    def __init__(self) -> None:
        super().__init__()
        self.times: list[float] = []

    async def update(self, id: UUID, data: bytes, **more: object) -> None:
        await super().update(id, data, **more)
        self.times.append(trio.current_time())


def played(*steps: tuple[float, str]) -> list[float]:
    """Seconds after the beginning at which something is stored. ``steps``: when, and what is typed then; no words: the
    caret moves."""
    found: list[float] = []

    async def main() -> None:
        graph = Timed()
        document = await reopened(graph)
        document._graph = cast(Graph, SimpleNamespace(closed=False))
        begin = trio.current_time()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(document._store, cast(Graph, graph))
            for number, (when, words) in enumerate(steps, 1):
                await trio.sleep(begin + when - trio.current_time())
                if words:
                    document.edit(cast(DocumentWindow, None), [words], "a" * 16, number)
                else:
                    document.caret_at(0, len(document.text))
            await trio.sleep(10)
            nursery.cancel_scope.cancel()
        found.extend(round(one - begin, 4) for one in graph.times)

    trio.run(main, clock=MockClock(autojump_threshold=0))
    return found


def test_a_letter_is_stored_at_once() -> None:
    assert played((0.0, "a"), (1.0, "b")) == [0.0, 1.0]


def test_letters_that_come_one_after_the_other_are_stored_together() -> None:
    assert played((0.0, "a"), (0.01, "b"), (0.02, "c")) == [0.0, PAUSE]


def test_a_caret_waits_for_the_text_before_it_and_no_text_waits_for_a_caret() -> None:
    assert played((0.0, "a"), (0.005, ""), (0.04, "b")) == [0.0, PAUSE, 0.04]


def test_carets_that_move_one_after_the_other_are_stored_together() -> None:
    assert played((0.0, "a"), (1.0, ""), (1.01, ""), (1.02, "")) == [0.0, 1.0, 1.0 + PAUSE]


def test_what_could_not_be_stored_is_tried_again_after_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    store_all = RunningDocument._store_all
    failed: list[None] = []

    async def once(self: RunningDocument, graph: Any) -> None:
        if not failed:
            failed.append(None)
            raise running.PeerError(0x80004005)
        await store_all(self, graph)

    monkeypatch.setattr(RunningDocument, "_store_all", once)
    assert played((0.0, "a")) == [1.0 + PAUSE]


@pytest.mark.parametrize("more", [{}, {"from": 2, "to": 5}], ids=["without", "with where the caret is"])
def test_where_the_caret_is_goes_out_with_what_is_typed(more: dict[str, int]) -> None:
    """In one record, signed once: a key is no more work for the others than its letter."""

    async def main() -> None:
        graph = Timed()
        document = await reopened(graph)
        document._graph = cast(Graph, SimpleNamespace(closed=False))
        window = document.window()
        news = {one["is"]: one for one in window.snapshot()}
        document.edit(cast(DocumentWindow, None), ["It "], "b" * 16, 1)
        window.note(["It "])
        asked = {"do": "edit", "window": "a" * 16, "count": 1, "seen": news["text"]["number"], "delta": ["rains"]}
        await window.handle(json.dumps(asked | more))
        await document._store_all(cast(Graph, graph))
        ((_, record),) = graph.kept.items()
        assert len(graph.times) == 1
        shared, caret = document._shared, parts.decoded(record.data, ME)[0].caret
        assert shared is not None
        begin = document.text.index("rains")
        where = None if caret is None else [shared.index_of(unit) for unit in caret]
        assert where == ([begin + 2, begin + 5] if more else None)

    trio.run(main)
