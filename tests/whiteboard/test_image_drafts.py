"""The picture files that a person gives, until all of each is in records: they have their turn, nobody is held up by a
neighbor who takes nothing, and nothing of them is lost when the board is closed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Coroutine
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID, uuid4

import pytest
import trio
import trio.testing

from peerapi import PeerError
from peerapi.pages.requests import Refused
from peerapi.whiteboard import image_drafts
from peerapi.whiteboard.graphs import AnyGraph
from peerapi.whiteboard.image_drafts import MOST_SENDING, PATIENCE, PLACED, TURN, UNPLACED, Drafts
from peerapi.whiteboard.image_pieces import PIECE_BYTES, ImageFile, Piece
from peerapi.whiteboard.opening import Opening, Wanted
from tests.whiteboard.pictures import file_of, large, made
from tests.whiteboard.test_cursors import played
from tests.whiteboard.test_images import put, said, sees


class Alone:
    """The drafts of Ann's, and a graph of which is known what waits for each neighbor."""

    def __init__(self, **unsent: int) -> None:
        self.shown: set[ImageFile] = set()
        self.held: defaultdict[ImageFile, set[int]] = defaultdict(set)
        self.unsent = dict(enumerate(unsent.values(), 1))
        self.failure: Exception | None = None
        self.drafts = Drafts(self.shown.__contains__, self.held.__getitem__, self._stored, lambda file: None)
        self.graph = cast(
            AnyGraph, SimpleNamespace(connections=self._connections, unsent=self.unsent.__getitem__, add=self._add)
        )

    def give(self, length: int, *, shown: bool = True) -> ImageFile:
        data = bytes(length)
        file = file_of("ann", data)
        self.drafts.add(file, data)
        if shown:
            self.shown.add(file)
        return file

    def _connections(self) -> list[Any]:
        return [SimpleNamespace(id=number, direct=False) for number in self.unsent]

    async def _add(self, kind: UUID, data: bytes, **more: Any) -> UUID:
        await trio.lowlevel.checkpoint()
        if self.failure is not None:
            raise self.failure
        return uuid4()

    def _stored(self, piece: Piece, record: UUID) -> None:
        self.held[piece.file].add(piece.number)


def on_its_clock(main: Callable[[], Coroutine[Any, Any, None]]) -> None:
    trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))


def test_a_file_has_its_turn_when_one_before_it_is_through() -> None:
    """Ten are dropped at once: more than are in memory at the same time."""

    async def main() -> None:
        alone = Alone()
        for number in range(1, MOST_SENDING + 1):
            alone.give(number)
        begin = trio.current_time()
        async with trio.open_nursery() as nursery:

            @nursery.start_soon
            async def send_later() -> None:
                await trio.sleep(2 * PLACED)
                await alone.drafts.send(alone.graph)

            async with alone.drafts.turn():
                assert trio.current_time() - begin >= 2 * PLACED and len(alone.drafts) < MOST_SENDING

    on_its_clock(main)


def test_who_waits_in_vain_is_told_so() -> None:
    async def main() -> None:
        alone = Alone()
        for number in range(1, MOST_SENDING + 1):
            alone.give(number)
        begin = trio.current_time()
        with pytest.raises(Refused, match="wait until they are through"):
            async with alone.drafts.turn():
                pass
        assert TURN <= trio.current_time() - begin <= TURN + 2 * PLACED

    on_its_clock(main)


def test_what_is_on_no_page_makes_room_for_others() -> None:
    """As when somebody has taken three back while they were sent, or has closed the page."""

    async def main() -> None:
        alone = Alone()
        first, *others = [alone.give(number, shown=False) for number in range(1, MOST_SENDING + 1)]
        begin = trio.current_time()
        async with alone.drafts.turn():
            assert trio.current_time() - begin <= 2 * PLACED
            assert first not in alone.drafts and all(one in alone.drafts for one in others)

    on_its_clock(main)


def test_a_file_is_kept_for_a_while_from_when_it_was_on_a_page_last() -> None:
    """What took long to send and is taken back can be there again."""

    async def main() -> None:
        alone = Alone()
        file = alone.give(1)
        await trio.sleep(10 * UNPLACED)
        alone.drafts.give_up()
        alone.shown.remove(file)
        await trio.sleep(UNPLACED - 1)
        alone.drafts.give_up()
        assert file in alone.drafts
        await trio.sleep(2)
        alone.drafts.give_up()
        assert file not in alone.drafts

    on_its_clock(main)


@pytest.mark.parametrize("is_remembered", [False, True])
def test_attack_a_neighbor_takes_nothing(is_remembered: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """All others would wait for it at each piece."""
    if not is_remembered:
        monkeypatch.setattr(Drafts, "_stuck", property(lambda drafts: set(), lambda drafts, stuck: None), raising=False)

    async def main() -> None:
        alone = Alone(ben=0, eve=1 << 20)
        file = alone.give(4 * PIECE_BYTES)
        begin = trio.current_time()
        await alone.drafts.send(alone.graph)
        assert len(alone.held[file]) == 4 and not alone.drafts
        took = trio.current_time() - begin
        assert took < 2 * PATIENCE if is_remembered else took >= 4 * PATIENCE

        # She takes something after all: from then on she is waited for.
        alone.unsent[2] = 0
        alone.give(PIECE_BYTES)
        await alone.drafts.send(alone.graph)
        alone.unsent[2] = 1 << 20
        begin = trio.current_time()
        alone.give(PIECE_BYTES + 1)
        await alone.drafts.send(alone.graph)
        assert trio.current_time() - begin >= PATIENCE

    on_its_clock(main)


def test_why_it_does_not_go_on_is_known_until_it_does() -> None:
    async def main() -> None:
        alone = Alone()
        alone.failure = PeerError("the disk is full")
        alone.give(1)
        with pytest.raises(PeerError, match="full"):
            await alone.drafts.send(alone.graph)
        assert alone.drafts.trouble == "the disk is full"
        alone.failure = None
        await alone.drafts.send(alone.graph)
        assert not alone.drafts and not alone.drafts.trouble

    on_its_clock(main)


@pytest.mark.parametrize("is_stored", [False, True])
def test_what_is_being_sent_when_the_board_is_closed_is_whole_the_next_time(
    is_stored: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(image_drafts, "PATIENCE", 120.0)
    monkeypatch.setattr(image_drafts, "_behind", lambda graph: iter((1,)))  # somebody does not take the first piece
    if not is_stored:

        async def nothing(drafts: Drafts, graph: AnyGraph) -> None:
            """Without it: what is in no record is gone."""

        monkeypatch.setattr(Drafts, "store_rest", nothing)
    data = large(3 * PIECE_BYTES)

    async def main() -> None:
        opening = Opening(Wanted(tmp_path, name="Ann", new="Card", here=True))
        async with opening.opened(lambda why: None) as session:
            opening.keep(session.source.saved)
            file = await session.images.add(data)
            await put(session, file.key)
            await sees(lambda: session.images._view(file)["here"] == PIECE_BYTES)
        async with Opening(Wanted(tmp_path, open="Card", here=True)).opened(lambda why: None) as session:
            await sees(lambda: session.images._view(file)["here"] >= PIECE_BYTES)
            if is_stored:
                await sees(lambda: said(session, file) == ("image/png", ""))
            else:
                assert session.images._view(file)["here"] == PIECE_BYTES

    played(main)


def test_one_s_own_image_comes_back_only_while_its_rest_can_be_sent(tmp_path: Path) -> None:
    """Else it would be there and never be whole."""

    async def main() -> None:
        opening = Opening(Wanted(tmp_path, name="Ann", new="Card", here=True))
        async with opening.opened(lambda why: None) as session:
            images = session.images
            whole = await images.add(made())
            await put(session, whole.key)
            await sees(lambda: whole not in images._drafts)
            assert images.is_held(whole)
            part = file_of(session.source.peer, large(2 * PIECE_BYTES))
            images._note(Piece(part, 0, b""), uuid4())
            assert not images.is_held(part)
            theirs = file_of("ben", large(2 * PIECE_BYTES))
            images._note(Piece(theirs, 0, b""), uuid4())
            assert images.is_held(theirs)

    played(main)
