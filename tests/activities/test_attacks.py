"""What a member of a board may say beside it without keeping the others from being heard, found or listed: each attack
first without its check."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID, uuid4

import pytest
import trio
import trio.testing

import peerapi
from peerapi import Address, Change, ChangeKind, Graph, Record
from peerapi.activities import beside, running
from peerapi.activities.activity import Begun
from peerapi.activities.beside import ACTIVITY, Activities, graph_of
from peerapi.activities.four_in_a_row import FourInARow
from peerapi.activities.running import PLACE, Running
from peerapi.activities.slides import Presentation
from peerapi.pages.broadcast import QUEUED, Broadcast
from peerapi.pages.requests import Refused
from peerapi.whiteboard import links
from peerapi.whiteboard.links import Links

GRAPH = graph_of("", FourInARow.kind, "ann", "0" * 16)


def record(by: str, data: bytes = b"\0", type: UUID = FourInARow.record) -> Record:
    return cast(
        Record,
        SimpleNamespace(id=uuid4(), type=type, version=1, data=data, creator=by, peer_time=1),
    )


def game() -> Running:
    begun, group = Begun(uuid4(), FourInARow.kind, GRAPH, "ann"), cast(Any, SimpleNamespace(identity="reader"))
    return Running(begun, FourInARow(), group, dict, here=True, online=True)


class OfAll(Counter[str]):
    """Counts without asking whose it is."""

    def __getitem__(self, key: str) -> int:
        return self.total()


@pytest.mark.parametrize("data", [b"\0", bytes(1000)], ids=["records", "bytes"])
def test_attack_a_member_says_so_much_that_nobody_else_is_heard(data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "MOST_RECORDS", 100)
    monkeypatch.setattr(running, "MOST_DATA", 50_000)

    def attacked(one: Running) -> bool:
        for _ in range(200):
            one._take(record("mallory", data))
        return one._take(record("ann"))

    unchecked = game()
    unchecked._counts, unchecked._sizes = OfAll(), OfAll()
    assert not attacked(unchecked)
    checked = game()
    assert attacked(checked)
    assert len(checked.records()) == (101 if len(data) == 1 else 51)


def test_what_nobody_looks_at_any_more_is_not_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """A record that is one too many would be in the graph for ever, and in nobody's view of it: who has made it is
    told instead."""
    monkeypatch.setattr(running, "MOST_RECORDS", 2)
    one = game()
    made: list[Record] = []

    async def add(kind: UUID, data: bytes, expires: object) -> UUID:
        await trio.lowlevel.checkpoint()
        made.append(record("reader", data))
        return made[-1].id

    async def get(id: UUID) -> Record:
        await trio.lowlevel.checkpoint()
        return made[-1]

    one._graph = cast(Graph, SimpleNamespace(status=peerapi.Status.SYNCHRONIZED, add=add, get=get))

    async def main() -> None:
        for number in range(2):
            await one.publish(bytes([number]))
        for data in (b"\2", bytes(running.MOST_BYTES + 1)):
            with pytest.raises(Refused, match="no room here"):
                await one.publish(data)

    trio.run(main)
    assert {each.id for each in one.records()} == {each.id for each in made} and len(made) == 2


class Changes:
    """What a graph would tell: all of it at once."""

    def __init__(self, records: Sequence[Record], *, one_by_one: bool) -> None:
        self._records = list(records)[::-1]
        self._one_by_one = one_by_one

    def __aiter__(self) -> Changes:
        return self

    async def __anext__(self) -> Change:
        if not self._records:
            raise StopAsyncIteration
        return self._next()

    def next_now(self) -> Change | None:
        return None if self._one_by_one or not self._records else self._next()

    def _next(self) -> Change:
        found = self._records.pop()

        async def get() -> Record:
            await trio.lowlevel.checkpoint()
            return found

        return cast(Change, SimpleNamespace(kind=ChangeKind.ADDED, record=get))


def test_attack_each_record_of_many_is_told_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each time all there is, which grows: what is told goes with the square of what comes."""

    def told(*, one_by_one: bool) -> int:
        count = 0
        one = game()

        def tell() -> None:
            nonlocal count
            count += len(one.records())

        async def nothing() -> list[Record]:
            await trio.lowlevel.checkpoint()
            return []

        came = Changes([record("mallory") for _ in range(1000)], one_by_one=one_by_one)
        graph = SimpleNamespace(changes=lambda kind: came, wait_synchronized=nothing, records=lambda kind: nothing())
        monkeypatch.setattr(one, "tell", tell)
        trio.run(one._follow_records, cast(Graph, graph))
        assert len(one.records()) == 1000
        return count

    assert told(one_by_one=True) > 1000 * 1000 // 2
    assert told(one_by_one=False) < 3 * 1000


def activities(peer: str = "reader") -> Activities:
    session = cast(Any, SimpleNamespace(source=SimpleNamespace(peer=peer), names=dict))
    return Activities(session, lambda: None)


def begun(by: str, graph: str = "", kind: str = FourInARow.kind) -> Record:
    graph = graph or graph_of("", kind, by, uuid4().hex[:16])
    return record(by, json.dumps({"kind": kind, "graph": graph}).encode(), ACTIVITY)


def test_attack_a_member_begins_so_much_that_what_others_have_begun_is_not_listed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def listed() -> list[str]:
        one = activities()
        for each in (begun("ann"), *(begun("mallory") for _ in range(2 * beside.MOST_OF_ONE))):
            one._take(each)
        assert len(one.listed()) == beside.MOST and len(one._begun) == 1 + beside.MOST_OF_ONE
        return [str(each["by"]) for each in one.listed()]

    with monkeypatch.context() as unchecked:
        unchecked.setattr(Activities, "_last", lambda one: list(one._begun.values())[-beside.MOST :][::-1])
        assert "ann" not in listed()
    assert listed() == ["mallory"] * (beside.MOST - 1) + ["ann"]


IN_THE_PLACE_OF_ANOTHERS = {
    "as their own": begun("mallory", GRAPH),
    "of another kind": begun("ann", GRAPH, Presentation.kind),
    "of another group": begun("mallory", graph_of("another group", FourInARow.kind, "mallory", "1" * 16)),
    "twice": begun("mallory", graph_of("", FourInARow.kind, "mallory", "0" * 16)),
}


@pytest.mark.parametrize("how", IN_THE_PLACE_OF_ANOTHERS)
def test_attack_a_member_says_of_a_graph_that_is_there_that_it_is_an_activity_of_theirs(
    how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who took part in it would open the graph of somebody else's presentation without what is reserved there, or for
    another member; or that of another board's, which goes when this board is left."""
    forged = IN_THE_PLACE_OF_ANOTHERS[how]
    said = [forged, begun("mallory", json.loads(forged.data)["graph"])] if how == "twice" else [forged]

    def listed() -> int:
        one = activities()
        for each in said:
            one._take(each)
        return len(one.listed())

    assert listed() == int(how == "twice"), "the first of two is one"
    with monkeypatch.context() as unchecked:
        unchecked.setattr(beside, "graph_of", lambda *_: json.loads(forged.data)["graph"])
        assert listed() == 1


def test_what_was_begun_last_is_listed_first_and_few_are_all_there() -> None:
    one = activities()
    said = [begun(by) for by in ("ann", "ann", "ben", "ann", "carl")]
    for each in (*said, said[0]):
        one._take(each)
    assert [each["id"] for each in one.listed()] == [str(each.id) for each in reversed(said)]


# ---- places ----


def address(number: int) -> Address:
    return Address(bytes(12) + number.to_bytes(4, "big"), 4000)


def place(by: str, *numbers: int) -> Record:
    at = [[address(number).ipv6_host, 4000] for number in numbers]
    return record(by, json.dumps({"graph": GRAPH, "at": at}).encode(), PLACE)


class Calls(Links):
    """Links of a node that reaches nobody."""

    def __init__(self) -> None:
        super().__init__(cast(Any, SimpleNamespace(addresses=(), connections=list)), [])
        self.called: list[Address] = []

    async def listen(self) -> None:
        raise NotImplementedError

    async def call(self, addresses: Sequence[Address]) -> None:
        await trio.lowlevel.checkpoint()
        self.called += addresses
        raise OSError("nobody is there")


def test_attack_a_member_says_all_the_while_that_it_is_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Then all calls would go to where it says, and what is known of places would grow without an end."""
    honest = address(7)

    def called() -> tuple[list[Address], int]:
        one, calls = activities(), Calls()
        one._take(place("ann", 7))
        calls.learn(one._places_in(GRAPH))
        for turn in range(50):
            one._take(place("mallory", *range(1000 + 8 * turn, 1008 + 8 * turn)))
            calls.learn(one._places_in(GRAPH))
            if turn >= 10:
                trio.run(calls._call_somebody)
        return calls.called, len(calls._known)

    def first(self: Links, addresses: Sequence[Address]) -> None:
        self._known.extendleft(one for one in addresses if one not in self._known)

    with monkeypatch.context() as unchecked:
        unchecked.setattr(Links, "learn", first)
        where, known = called()
        assert honest not in where and known > 300
    where, known = called()
    assert where.count(honest) > 30 and known == 1 + beside.MOST_ADDRESSES
    assert len(where) < 41 * links.CALLED_AT_ONCE + 1


def test_places_are_each_member_s_own_and_bounded() -> None:
    one = activities("reader")
    for said in (place("ann", 1, 2, 3), place("ben", 4), place("mallory", *range(100, 160)), place("reader", 9)):
        one._take(said)
    assert one._places_in(GRAPH)[:4] == [address(number) for number in (1, 4, 100, 2)]
    assert len(one._places_in(GRAPH)) == 4 + beside.MOST_ADDRESSES
    one._take(place("ann", 5))
    assert one._places_in(GRAPH)[:3] == [address(number) for number in (5, 4, 100)]
    assert address(1) in one._places_in(GRAPH), "it may still be there"
    for _ in range(2 * beside.MOST_PLACES):
        one._take(
            record(
                "mallory",
                json.dumps({"graph": graph_of("", "", "", uuid4().hex[:16]), "at": [["::1", 1]]}).encode(),
                PLACE,
            )
        )
    assert len(one._places["mallory"]) == beside.MOST_PLACES
    assert len(one._places_in(GRAPH)) == 5


def test_new_places_are_called_soon_and_old_ones_no_longer() -> None:
    calls = Calls()
    calls.learn([address(number) for number in range(20)])
    assert list(calls._known)[:4] == [address(number) for number in range(4)]
    trio.run(calls._call_somebody)
    calls.learn([address(number) for number in (30, 3, 19)])
    assert set(calls._known) == {address(number) for number in (30, 3, 19)}
    assert calls._known[0] == address(30)


# ---- pages ----


def test_attack_much_is_told_to_a_page_that_does_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """As one in the background, which its browser has stopped. Each time an activity is told as it is: all of it."""
    one = game()
    news = []
    tell = Broadcast.tell
    with one.broadcast.subscribe() as reading:
        with monkeypatch.context() as unchecked:
            unchecked.setattr(Broadcast, "tell", lambda self, news, last: tell(self, news))
            for _ in range(100):
                one.tell()
            assert len(reading) == 100
            while len(reading):
                reading.receive_nowait()
        one._take(record("ann", b"\3"))
        one.broadcast.tell({"is": "line"})
        for _ in range(100):
            one.tell()
            one.tell_beside()
        one.broadcast.tell({"is": "line"})
        while len(reading):
            news.append(reading.receive_nowait())
        with pytest.raises(trio.WouldBlock):
            reading.receive_nowait()
    assert [each["is"] for each in news] == ["line", "activity", "line"]
    assert news[1]["view"]["cells"][18] == 1


def test_a_page_that_is_behind_by_too_much_is_told_everything_anew() -> None:
    async def main() -> None:
        broadcast = Broadcast()
        with broadcast.subscribe() as behind, broadcast.subscribe() as restarted:
            broadcast.restart()
            assert [one async for one in restarted] == [] and len(broadcast) == 0
        with broadcast.subscribe() as behind:
            for number in range(QUEUED + 1):
                broadcast.tell({"is": "line", "number": number})
            assert len(broadcast) == 0 and len(behind) == QUEUED
            assert [one["number"] async for one in behind] == list(range(QUEUED))
        with broadcast.subscribe() as reading:
            async with trio.open_nursery() as nursery:
                heard: list[object] = []

                async def read() -> None:
                    async for one in reading:
                        heard.append(one["number"])

                nursery.start_soon(read)
                for number in range(3):
                    broadcast.tell({"is": "line", "number": number})
                    await trio.testing.wait_all_tasks_blocked()
                    assert heard[-1] == number
                broadcast.restart()

    trio.run(main)
