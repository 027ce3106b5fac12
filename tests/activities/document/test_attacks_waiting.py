"""What a member may have wait in a document, and how long others take with it: each attack first without its check."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID, uuid4

import pytest
import trio

from peerapi import Record
from peerapi.activities.activity import Begun
from peerapi.activities.document import parts, running, shared_text, updates, waiting
from peerapi.activities.document.kind import Document
from peerapi.activities.document.parts import Header
from peerapi.activities.document.running import RunningDocument
from peerapi.activities.document.shared_text import SharedText
from peerapi.activities.document.updates import Update
from peerapi.activities.document.waiting import Waiting
from tests.activities.document.writers import Writer

NEVER = updates.client_of("nobody", 0)
LETTER = b"\x04" + updates.ROOT + b"\x01x"


def behind(client: int, clock: int = 0) -> bytes:
    """A letter behind that unit."""
    at = updates.written([(client, clock, [b""])], [])
    return b"\x84" + at[2:][:-1] + b"\x01x"


def by(writer: str, *sections: tuple[int, int, list[bytes]]) -> Update:
    """An update of sections (session, clock, items)."""
    said = [(updates.client_of(writer, session), clock, items) for session, clock, items in sections]
    return updates.read(updates.written(said, []), writer)


def reader() -> SharedText:
    return SharedText(updates.client_of("reader", 0))


def test_attack_each_run_stands_on_the_next_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looked at in their order, over and over, they would take time that grows with the square of their number."""
    count = 300
    sections = [(one, 0, [behind(updates.client_of("carl", one - 1))]) for one in range(1, count + 1)]
    chain = by("carl", (0, 0, [LETTER]), *sections)
    looks = 0
    ready = waiting.ready

    def counted(*asked: Any) -> Any:
        nonlocal looks
        looks += 1
        return ready(*asked)

    def all_again(self: Waiting, client: int, known: int) -> None:
        woken = [run for awaiting in self._awaiting.values() for run in awaiting.there(1 << 60)]
        in_order = sorted(woken, key=lambda run: run.section.client)
        self._going.update(dict.fromkeys(in_order))  # the last one is looked at first

    monkeypatch.setattr(waiting, "ready", counted)
    with monkeypatch.context() as unchecked:
        unchecked.setattr(Waiting, "there", all_again)
        one = reader()
        one.take([("chain", chain)])
        assert len(one.text) == count + 1 and looks > count * count // 4
    looks = 0
    one = reader()
    one.take([("chain", chain)])
    assert len(one.text) == count + 1 and one.waiting_bytes == 0
    assert looks <= 2 * (count + 1)
    looks = 0
    one = reader()
    one.take([("chain", by("carl", *reversed(sections), (0, 0, [LETTER])))])
    assert len(one.text) == count + 1 and looks <= 2 * (count + 1)


def test_a_key_that_is_pressed_is_not_compared_with_all_that_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    one = reader()
    for number in range(20):
        one.take([(number, by("carl", *((session, 0, [behind(NEVER, number)]) for session in range(100))))])
    assert one.waiting_bytes > 20 * 100 * waiting.HELD_ITEM
    looked = 0
    ready = waiting.ready

    def counted(*asked: Any) -> Any:
        nonlocal looked
        looked += 1
        return ready(*asked)

    monkeypatch.setattr(waiting, "ready", counted)
    one.take([("ann's", by("ann", (0, 0, [LETTER])))])
    assert one.text == "x" and looked == 1


def test_a_new_version_of_what_waits_takes_the_place_of_the_old_one() -> None:
    one = reader()
    for number in range(1000):
        one.take([("one record", by("carl", (0, 0, [behind(NEVER, number)])))])
    assert one.waiting_bytes == one.waiting_of("carl") < 1000
    (awaiting,) = one._waiting._awaiting.values()
    assert len(awaiting._runs) == 1 and len(awaiting._counts) < 50
    one.take([("one record", by("carl", (0, 0, [LETTER])))])
    assert (one.text, one.waiting_bytes) == ("x", 0)


def test_removals_of_what_is_not_there_wait_united() -> None:
    """However often they are said. What is removed goes as soon as it comes, and nothing else."""
    one, ann = reader(), updates.client_of("ann", 0)
    for number in range(50):
        removed = updates.written([], [(ann, 2, 1 + number % 3), (ann, 9, 1)])
        one.take([(number, updates.read(removed, "carl"))])
    assert one.waiting_of("carl") == 2 * waiting.HELD_RANGE
    letters = b"\x04" + updates.ROOT + b"\x04abcd"
    one.take([("ann's", by("ann", (0, 0, [letters])))])
    assert one.text == "ab" and one.waiting_of("carl") == 2 * waiting.HELD_RANGE
    one.take([("more", by("ann", (0, 4, [behind(ann, 3)[:-2] + b"\x06efghij"])))])
    assert (one.text, one.waiting_bytes) == ("abfghi", 0)


def test_attack_text_that_takes_long_to_merge(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two texts at one place each letter of the one is compared with all of the other."""
    low, high = sorted(("ben", "carl"), key=lambda name: updates.client_of(name, 0))

    def attacked() -> tuple[SharedText, float, float]:
        one = reader()
        begin = time.thread_time()
        one.take([("low", by(low, (0, 0, [LETTER] * 5000)))])
        between = time.thread_time()
        one.take([("high", by(high, (0, 0, [LETTER] * 3000)))])
        return one, between - begin, time.thread_time() - between

    monkeypatch.setattr(shared_text, "MOST_SPENT", float("inf"))
    one, usual, dear = attacked()
    assert len(one.text) == 8000 and dear > 20 * usual
    monkeypatch.setattr(shared_text, "MOST_SPENT", 10 * usual)
    one, _, spent = attacked()
    assert one.unheard == {high} and len(one.text) < 8000 and one.waiting_bytes == 0
    assert spent < dear
    one.take(
        [("more", by(high, (1, 0, [LETTER]))), ("ann's", by("ann", (0, 0, [b"\x04" + updates.ROOT + b"\x05hello"])))]
    )
    assert "hello" in one.text and one._waiting.total == 0


def test_the_more_there_is_the_less_is_merged_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that no step takes much longer than it should, whatever the text is made of."""
    sizes = []
    merge = SharedText._merge

    def noted(self: SharedText, ready: waiting.Ready) -> None:
        sizes.append((self._merged, ready.size))
        merge(self, ready)

    monkeypatch.setattr(SharedText, "_merge", noted)
    monkeypatch.setattr(shared_text, "MOST_COMPARED", 20_000)
    one = reader()
    one.take([("much", by("carl", (0, 0, [LETTER] * 2000)))])
    assert len(one.text) == 2000 and sizes[0] == (0, shared_text.MOST_AT_ONCE)
    assert all(count == 1 or there * count <= 20_000 for there, count in sizes)


# ---- of a document that is open ----


def record(creator: str, update: bytes, *, id: UUID | None = None, version: int = 1) -> Record:
    now = datetime.now(UTC)
    said = {
        "id": id or uuid4(),
        "type": updates.PART,
        "version": version,
        "data": parts.encoded(Header(), update),
        "creator": creator,
        "modified_by": creator,
        "created": now,
        "modified": now,
    }
    return cast(Record, SimpleNamespace(**said))


def opened() -> RunningDocument:
    begun = Begun(uuid4(), Document.kind, "a graph", "ann")
    group = cast(Any, SimpleNamespace(identity="reader"))
    return RunningDocument(Document(), begun, group, dict, here=True, online=True)


def bytes_of(writer: Writer) -> list[Record]:
    return [
        record(writer.name, data[3 + int.from_bytes(data[1:3], "little") :], id=id, version=version)
        for id, (version, data) in writer.records.items()
    ]


def stands_on_nothing(number: int) -> Record:
    return record("carl", by("carl", (number, 0, [behind(NEVER)] * 40)).data)


def run(main: Callable[[], Any]) -> None:
    async def limited() -> None:
        with trio.fail_after(120):
            await main()

    trio.run(limited)


def test_attack_a_member_fills_what_may_wait_and_nobody_is_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "MOST_WAITING", 100_000)
    ben = Writer("ben")
    ben.type(0, "heard")
    ben.store()

    async def text_of_ben() -> tuple[str, int]:
        document = opened()
        await document._begin([])
        await document._take([stands_on_nothing(number) for number in range(50)])
        assert document._shared
        held = document._shared.waiting_bytes
        await document._take(bytes_of(ben))
        return document.text, held

    async def main() -> None:
        with monkeypatch.context() as unchecked:
            unchecked.setattr(SharedText, "waiting_of", lambda shared, writer: shared.waiting_bytes)
            assert (await text_of_ben())[0] == ""
        with monkeypatch.context() as unchecked:
            unchecked.setattr(SharedText, "waiting_of", lambda shared, writer: 0)
            text, held = await text_of_ben()
            assert text == "heard" and held > 500_000
        text, held = await text_of_ben()
        assert text == "heard" and held < 120_000

    run(main)


def test_what_was_put_off_is_taken_when_there_is_room_and_nothing_of_it_is_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(running, "MOST_WAITING", 1000)
    ann, ben = Writer("ann"), Writer("ben")
    for number in range(60):
        ann.type(len(ann.text), f"a{number} ")
        ann.store()
        ben.take(ann)
        ben.type(len(ben.text), f"b{number} " + "." * 500)
        ben.store()
        ann.take(ben)
    assert len(ben.records) > 3

    async def main() -> None:
        document = opened()
        await document._begin([])
        await document._take(bytes_of(ben))
        assert document.text == "" and len(document._put_off["ben"]) == len(ben.records) - 1 and not document._due()
        await document._take(bytes_of(ann))
        due = document._due()
        assert len(due) == len(ben.records) - 1 and not document._put_off
        await document._take([one for one in bytes_of(ben) if one.id in due])
        assert document.text == ann.text and document.refused == 0
        again = opened()
        await again._begin([*bytes_of(ben), *bytes_of(ann)])
        assert again.text == ann.text and again.refused == 0

    run(main)


def test_after_a_loss_only_what_is_new_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    ann = Writer("ann")
    ann.type(0, "x" * 10_000)
    ann.store()
    ann.type(0, "y")
    ann.store()
    read: list[bytes] = []
    decoded = parts.decoded

    def counted(data: bytes, writer: str) -> Any:
        read.append(data)
        return decoded(data, writer)

    monkeypatch.setattr(parts, "decoded", counted)

    async def main() -> None:
        document = opened()
        await document._begin(bytes_of(ann))
        known = len(read)
        await document._take(bytes_of(ann))
        assert len(read) == known
        ann.type(0, "z")
        ann.store()
        await document._take(bytes_of(ann))
        assert len(read) == known + 1 and document.text == ann.text

    run(main)


def test_others_have_their_turn_while_much_is_read() -> None:
    ben = Writer("ben")
    for _ in range(4):
        ben.type(0, "x" * 30_000)
        ben.store()

    async def main() -> None:
        turns = 0

        async def others() -> None:
            nonlocal turns
            while True:
                turns += 1
                await trio.lowlevel.checkpoint()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(others)
            document = opened()
            await document._begin(bytes_of(ben))
            nursery.cancel_scope.cancel()
        assert document.text == ben.text and turns >= len(ben.records)

    run(main)
