"""Where the others point: shown with their names, kept nowhere, and nobody's but their own. Each attack first without
its check."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID, uuid4

import pytest
import trio
import trio.testing
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Browser

from peerapi import Record
from peerapi.whiteboard import cursors
from peerapi.whiteboard.cursors import AGAIN, CURSOR_KEY, MOST_KEYS, MOST_MEMBERS, Cursors, OwnCursor, Pointer
from peerapi.whiteboard.live import Relay
from peerapi.whiteboard.opening import Opening, Wanted
from peerapi.whiteboard.session import Session
from tests.whiteboard.boards import joined, new_board
from tests.whiteboard.browser import Person, begin

PAGE = str(uuid4())


def key(own: OwnCursor, by: str, **more: Any) -> Record:
    """The record of a key."""
    said = {"id": uuid4(), "creator": by, "modified_by": by, "data": own.public, "peer_time": 1, **more}
    return cast(Record, SimpleNamespace(**said))


# ---- seals ----


def test_a_cursor_is_of_who_has_made_the_record_of_its_key() -> None:
    ann, known = OwnCursor(), Cursors()
    record = key(ann, "ann")
    assert known.by(ann.sealed(record.id, PAGE, (1, 2))) is None  # before the record is here
    known.learn(record)
    assert known.by(ann.sealed(record.id, PAGE, (-300, 32767))) == "ann"
    assert known.by(ann.sealed(record.id, PAGE, None)) == "ann"
    known.forget(record.id)
    assert known.by(ann.sealed(record.id, PAGE, (1, 2))) is None


def test_attack_somebody_seals_with_another_key(monkeypatch: pytest.MonkeyPatch) -> None:
    ann, eve, known = OwnCursor(), OwnCursor(), Cursors()
    record = key(ann, "ann")
    known.learn(record)
    with monkeypatch.context() as unchecked:
        unchecked.setattr(cursors, "is_sealed", lambda public, said: True)
        assert known.by(eve.sealed(record.id, PAGE, (1, 2))) == "ann"
    eve.sealed(record.id, PAGE, (1, 2))
    assert known.by(eve.sealed(record.id, PAGE, (1, 2))) is None


def test_attack_somebody_says_once_more_what_was_said() -> None:
    ann, known = OwnCursor(), Cursors()
    record = key(ann, "ann")
    known.learn(record)
    first, second = ann.sealed(record.id, PAGE, (1, 2)), ann.sealed(record.id, PAGE, (3, 4))
    assert known.by(second) == "ann"
    assert known.by(first) is None and known.by(second) is None
    known._keys[record.id].count = 0  # without what is remembered
    assert known.by(first) == "ann"


def test_attack_somebody_puts_another_key_into_a_record(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who has begun a board may change everybody's records."""
    eve, known = OwnCursor(), Cursors()
    record = key(eve, "ann", modified_by="eve")
    known.learn(record)
    assert known.by(eve.sealed(record.id, PAGE, (1, 2))) is None
    record = key(eve, "ann")  # without the check
    known.learn(record)
    assert known.by(eve.sealed(record.id, PAGE, (1, 2))) == "ann"


@given(st.data())
def test_whatever_is_changed_of_a_cursor_breaks_its_seal(data: st.DataObject) -> None:
    ann, known = OwnCursor(), Cursors()
    record, other = key(ann, "ann"), key(OwnCursor(), "ben")
    known.learn(record)
    known.learn(other)
    said = ann.sealed(record.id, PAGE, (1, 2))
    numbers = st.integers(-(1 << 15), (1 << 15) - 1)
    values = {
        "key": st.just(str(other.id)),
        "count": st.integers(1, (1 << 53) - 1),
        "page": st.uuids().map(str),
        "x": numbers,
        "y": numbers,
        "seal": st.binary(min_size=64, max_size=64).map(bytes.hex),
    }
    name = data.draw(st.sampled_from(sorted(values)))
    changed = {**said, name: data.draw(values[name].filter(lambda value: value != said[name]))}
    assert known.by(changed) is None
    assert known.by({field: value for field, value in said.items() if field not in ("x", "y")}) is None
    assert known.by(said) == "ann"


@pytest.mark.parametrize("data", [b"", bytes(31), bytes(33), bytes(4096)])
def test_a_record_without_a_key_is_none(data: bytes) -> None:
    known = Cursors()
    known.learn(key(OwnCursor(), "ann", data=data))
    assert known._keys == {}


def test_keys_are_bounded_and_the_last_ones_of_each_count() -> None:
    known = Cursors()
    records = [key(OwnCursor(), "ann", peer_time=number) for number in (*range(5, 20), *range(5))]
    for record in records:
        known.learn(record)
    assert {record.peer_time for record in records if record.id in known._keys} == set(range(20 - MOST_KEYS, 20))
    for number in range(MOST_MEMBERS):
        known.learn(key(OwnCursor(), f"peer {number}"))
    assert len(known._of) == MOST_MEMBERS == len(known._keys)


def test_a_pointer_that_rests_is_told_again_ever_more_seldom() -> None:
    async def main() -> None:
        told: list[tuple[float, tuple[int, int] | None]] = []

        async def tell(page: str, at: tuple[int, int] | None) -> None:
            assert page == PAGE
            await trio.lowlevel.checkpoint()
            told.append((round(trio.current_time() - begun, 6), at))

        async with trio.open_nursery() as nursery:
            begun = trio.current_time()
            pointer = Pointer(tell)
            nursery.start_soon(pointer.repeat)
            await trio.sleep(1)
            await pointer.point(PAGE, (1, 2))
            await trio.sleep(1)
            await pointer.point(PAGE, (3, 4))
            await trio.sleep(1000)
            await pointer.point(PAGE, None)
            await trio.sleep(0.3)
            nursery.cancel_scope.cancel()
        first = [(at, (1, 2)) for at in (1, 1.25, 1.75)]
        rests = [(2 + sum(AGAIN[:count]), (3, 4)) for count in range(len(AGAIN) + 1)]
        assert told == [*first, *rests, (1002, None), (1002.25, None)]

    trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))


# ---- boards ----


@asynccontextmanager
async def three(folder: Path) -> AsyncIterator[list[Session]]:
    """The boards of Ann, who has begun it, Ben and Eve; all are there."""
    async with AsyncExitStack() as stack:
        sessions: list[Session] = []
        word: str | None = None
        for name in ("Ann", "Ben", "Eve"):
            opening = Opening(Wanted(folder / name, name=name, here=True, join=word, new=None if word else "Card"))
            sessions.append(await stack.enter_async_context(opening.opened(lambda why: None)))
            opening.keep(sessions[-1].source.saved)
            word = word or sessions[0].invitation()
        for session in sessions:
            await until(session, lambda news: news["is"] == "people" and len(news["nodes"]) == 3, session.snapshot())
        yield sessions


async def until(session: Session, wanted: Callable[[dict[str, Any]], bool], before: Any = ()) -> list[dict[str, Any]]:
    """What the pages of a board are told, up to the first news that is wanted."""
    with session.broadcast.subscribe() as news:
        heard = list(before)
        if any(map(wanted, heard)):
            return heard
        heard = []
        async for one in news:
            heard.append(one)
            if wanted(one):
                return heard
    raise AssertionError("the board has ended")


async def told_by(eve: Session, said: dict[str, Any], at: Session) -> set[str]:
    """Whose cursors a board shows when Eve's program says that to its neighbors, and then something that is seen."""
    graph = await eve.graph()
    mark = uuid4().hex
    heard: list[dict[str, Any]] = []

    async def hear() -> None:
        heard.extend(await until(at, lambda news: news["is"] == "live" and news["live"] == mark))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(hear)
        await trio.testing.wait_all_tasks_blocked()
        await eve._send(graph, Relay().outgoing("cursor", said), set())
        body = {"by": "eve", "live": mark, "page": PAGE, "colour": "red", "width": 3, "from": 0, "dots": [[1, 2]]}
        await eve._send(graph, Relay().outgoing("stroke", body), set())
    return {one["by"] for one in heard if one["is"] == "cursor"}


async def learned(session: Session, count: int) -> None:
    """As soon as a board knows so many keys."""
    graph = await session.graph()
    with graph.changes(CURSOR_KEY) as changes:
        while len(session._cursors._keys) < count:
            if await graph.count(CURSOR_KEY) < count:
                await anext(changes)
            await trio.sleep(0)


def played(main: Callable[[], Any]) -> None:
    async def limited() -> None:
        with trio.fail_after(120):
            await main()

    trio.run(limited)


def test_attack_a_member_moves_another_s_cursor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        async with three(tmp_path) as (ann, ben, eve):
            page = str(next(iter(ann.board.entries)))
            monkeypatch.setattr(cursors, "AGAIN", ())  # what is heard is of what Eve says, not of Ann
            await ann.send_cursor(page, (10, 10))
            await learned(ben, 1)
            ((record, known),) = ben._cursors._keys.items()
            assert known.by == ann.source.peer
            forged = OwnCursor()
            forged._number = 1000
            with monkeypatch.context() as unchecked:
                unchecked.setattr(cursors, "is_sealed", lambda public, said: True)
                assert await told_by(eve, forged.sealed(record, page, (1, 2)), ben) == {ann.source.peer}
            assert await told_by(eve, forged.sealed(record, page, (1, 2)), ben) == set()

            # With a key of her own she is herself, whatever she would like to be.
            graph = await eve.graph()
            own = OwnCursor()
            mine = await graph.add(CURSOR_KEY, own.public)
            for one in (ann, ben):
                await learned(one, 2)
            assert await told_by(eve, own.sealed(mine, page, (1, 2)), ben) == {eve.source.peer}

    played(main)


def test_attack_somebody_who_is_not_at_the_board_points_at_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A member who is away, whose program another member's hands on."""

    async def main() -> None:
        async with three(tmp_path) as (ann, ben, eve):
            dan = OwnCursor()
            record = key(dan, "dan")
            for one in (ann, ben):  # Eve is the neighbor of one of them at least
                one._cursors.learn(record)
            with monkeypatch.context() as unchecked:
                unchecked.setattr(Session, "_is_here", lambda self, graph, peer: True)
                assert await told_by(eve, dan.sealed(record.id, PAGE, (1, 2)), ben) == {"dan"}
            assert await told_by(eve, dan.sealed(record.id, PAGE, (1, 2)), ben) == set()

    played(main)


def test_the_others_are_told_no_more_often_than_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        async with three(tmp_path) as (ann, _, _):
            sent = []

            async def send(kind: str, body: dict[str, Any]) -> None:
                await trio.lowlevel.checkpoint()
                sent.append(kind)

            monkeypatch.setattr(ann, "send_live", send)
            now = trio.current_time()
            monkeypatch.setattr(trio, "current_time", lambda: now)  # no time goes by
            page = str(next(iter(ann.board.entries)))
            for number in range(1000):
                await ann.send_cursor(page, (number, 0))
            assert sent.count("cursor") == 80

    played(main)


# ---- in the browser ----

CURSOR = """([name, x, y]) => [...document.querySelectorAll('#cursors > g')].some(one => {
    const at = one.transform.baseVal[0].matrix;
    const isSeen = one.textContent === name && one.getAttribute('visibility') !== 'hidden';
    return isSeen && Math.hypot(at.e - x, at.f - y) < 3;
})"""
NO_CURSOR = (
    "() => ![...document.querySelectorAll('#cursors > g')].some(one => one.getAttribute('visibility') !== 'hidden')"
)


def test_the_others_pointers_are_seen_with_their_names(browser: Browser, tmp_path: Path, screenshots: Path) -> None:
    with ExitStack() as stack:
        anna = new_board(tmp_path / "anna", "Anna")
        stack.callback(anna.stop)
        ben = joined(tmp_path / "ben", "<b>Ben & Co", anna.invitation)
        stack.callback(ben.stop)
        at_anna, at_ben = Person(browser, anna.url), Person(browser, ben.url)
        at_anna.wait_for_words("#people li", "<b>Ben & Co")
        at_ben.wait_for_words("#people li", "Anna")

        # With the mouse: it goes where they go, and is gone when theirs is off the paper.
        at_anna.page.mouse.move(*at_anna.spot(200, 150))
        at_anna.page.mouse.move(*at_anna.spot(300, 250))
        at_ben.page.wait_for_function(CURSOR, arg=["Anna", 300, 250])
        at_ben.page.mouse.move(*at_ben.spot(500, 400))
        at_anna.page.wait_for_function(CURSOR, arg=["<b>Ben & Co", 500, 400])
        at_anna.picture(screenshots / "cursors.png")
        assert at_anna.page.locator("#cursors > g").count() == 1  # not one's own
        at_ben.page.mouse.move(*at_ben.spot(500, -60))
        at_anna.page.wait_for_function(NO_CURSOR)

        # While they draw, and as large as ever on a page that is enlarged.
        at_ben.draw((100, 100), (200, 300), up=False)
        at_anna.page.wait_for_function(CURSOR, arg=["<b>Ben & Co", 200, 300])
        before = at_anna.page.locator("#cursors path").bounding_box()
        at_anna.page.click("#larger")
        after = at_anna.page.locator("#cursors path").bounding_box()
        assert before and after and abs(before["width"] - after["width"]) < 1
        at_ben.page.mouse.up()

        # With the keyboard.
        at_ben.page.mouse.move(*at_ben.spot(500, -60))
        at_ben.page.keyboard.press("Escape")
        at_ben.page.locator("#paper").focus()
        at_ben.page.keyboard.press("ArrowRight")
        at_anna.page.wait_for_function(CURSOR, arg=["<b>Ben & Co", 420, 300])

        # On another page they are not seen, and no more when they go.
        begin(at_anna, "another")
        at_anna.page.wait_for_function(NO_CURSOR)
        at_anna.page.click("#tabs button:text-is('Birthday card')")
        at_anna.page.wait_for_function(CURSOR, arg=["<b>Ben & Co", 420, 300])
        at_ben.page.goto("about:blank")
        at_anna.page.wait_for_function(NO_CURSOR)
        assert (at_anna.console, at_ben.console) == ([], [])
        ben.end()
        anna.end()


def test_a_place_that_comes_before_its_key_is_seen_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one movement of a pointer that rests then: live data and records take different ways."""

    async def main() -> None:
        async with three(tmp_path) as (ann, ben, _):
            lost = []

            def too_early(said: dict[str, Any]) -> str | None:
                lost.append(said)
                return Cursors.by(ben._cursors, said) if len(lost) > 2 else None

            monkeypatch.setattr(ben._cursors, "by", too_early)
            page = str(next(iter(ann.board.entries)))
            async with trio.open_nursery() as nursery:
                nursery.start_soon(until, ben, lambda news: news["is"] == "cursor" and (news["x"], news["y"]) == (7, 9))
                await trio.testing.wait_all_tasks_blocked()
                await ann.send_cursor(page, (7, 9))
            assert len(lost) > 2

    played(main)


def test_nothing_is_kept_of_a_cursor_but_the_key(tmp_path: Path) -> None:
    async def main() -> None:
        async with three(tmp_path) as (ann, ben, _):
            page = str(next(iter(ann.board.entries)))
            for number in range(50):
                await ann.send_cursor(page, (number, 0))
            await learned(ben, 1)
            graph = await ben.graph()
            assert await graph.count(CURSOR_KEY) == 1
            records = [record async for record in graph.records()]
            assert {UUID("3e0c5b7a-91d4-4f0e-a852-6d1fc03977b1"), CURSOR_KEY} >= {
                record.type for record in records if str(record.type).startswith("3e0c5b7a")
            }

    played(main)
