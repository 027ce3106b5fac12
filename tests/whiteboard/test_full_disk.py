"""A disk that is full closes no board: what cannot be kept is said in one sentence, and the board goes on when there is
room again."""

from __future__ import annotations

import errno
import json
import shutil
import sqlite3
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest

from peerapi import Draft
from peerapi.errors import NO_ROOM, DiskFull
from peerapi.pages.requests import Refused
from peerapi.store.journal import failure
from peerapi.store.schema import translated
from peerapi.whiteboard.actions import Actions
from peerapi.whiteboard.image_pieces import PIECE
from peerapi.whiteboard.marks import IMAGE
from peerapi.whiteboard.opening import Opening, Wanted
from peerapi.whiteboard.reasons import NO_ROOM_HERE, sentence
from peerapi.whiteboard.saved_boards import SavedBoards
from tests.whiteboard.pictures import made
from tests.whiteboard.test_cursors import played, three
from tests.whiteboard.test_images import page_of, put, sees

FULL = OSError(errno.ENOSPC, "No space left on device", "/home/ann/board.json")


def test_it_is_called_a_full_disk_in_words_that_help() -> None:
    full = sqlite3.OperationalError("database or disk is full")
    full.sqlite_errorcode = sqlite3.SQLITE_FULL
    assert [str(one) for one in (translated(full), failure(FULL))] == [NO_ROOM, NO_ROOM]
    assert (sentence(FULL), sentence(DiskFull(NO_ROOM))) == (NO_ROOM, f"{NO_ROOM} (0x80070070)")


def test_who_comes_while_the_disk_is_full_is_kept_in_mind_when_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The board closed before: where somebody is could not be written down."""

    async def main() -> None:
        async with three(tmp_path) as (ann, _, _):
            boards = SavedBoards(tmp_path / "Ann" / "whiteboards")
            with monkeypatch.context() as full:

                def save(self: SavedBoards, board: object) -> None:
                    if board is ann.source.saved:
                        raise FULL
                    usual(self, board)  # type: ignore[arg-type]

                usual = SavedBoards.save
                full.setattr(SavedBoards, "save", save)
                joining = Opening(Wanted(tmp_path / "Cleo", name="Cleo", here=True, join=ann.invitation()))
                async with joining.opened(lambda why: None) as cleo:
                    joining.keep(cleo.source.saved)
                    await sees(lambda: "Cleo" in ann.source.saved.names.values() and not ann._is_kept)
                    asked = {"do": "say", "words": "Here you are", "live": uuid4().hex}
                    await Actions(ann).handle(json.dumps(asked))
                    await sees(lambda: len(list(cleo.board.chat())) == 1)
            assert "Cleo" not in boards.find("Card").names.values()
            ann._wake_up()
            await sees(lambda: "Cleo" in boards.find("Card").names.values())
            assert ann._is_kept

    played(main)


def test_who_is_alone_because_nothing_can_be_kept_reads_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who sends what cannot be stored is let go; that it is the other one who has to come would be wrong."""

    async def main() -> None:
        async with three(tmp_path) as (ann, ben, eve):
            for other in (ben, eve):
                await other.set_online(False)
            await sees(lambda: ann.state()["alone"] is not None)
            assert ann.state()["alone"]["why"] != NO_ROOM_HERE
            monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=4096))
            assert ann.state()["alone"]["why"] == NO_ROOM_HERE

    played(main)


def test_what_is_drawn_on_a_full_disk_is_refused_in_that_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main() -> None:
        async with three(tmp_path) as (ann, _, _):
            graph = await ann.graph()

            async def add(*given: object, **more: object) -> None:
                raise DiskFull(NO_ROOM)

            monkeypatch.setattr(graph, "add", add)
            asked = {"do": "text", "page": str(await page_of(ann)), "colour": "#000000", "size": 20, "x": 1, "y": 1}
            with pytest.raises(Refused, match="no room left on the disk"):
                await Actions(ann).handle(json.dumps({**asked, "words": "Hello", "live": uuid4().hex}))

    played(main)


def test_a_picture_that_no_page_shows_is_not_said_to_be_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that could not be put on the paper was "Sending: 0 of 60 MB" for two minutes, and so was one that was taken
    away before it was through."""

    async def main() -> None:
        async with three(tmp_path) as (ann, _, _):
            graph = await ann.graph()
            one_by_one, together, full = graph.add, graph.add_many, {PIECE}

            async def add(kind: UUID, *given: Any, **more: Any) -> UUID:
                if kind in full:
                    raise DiskFull(NO_ROOM)
                return await one_by_one(kind, *given, **more)

            async def add_many(drafts: list[Draft]) -> list[UUID]:
                if full & {one.type for one in drafts}:
                    raise DiskFull(NO_ROOM)
                return await together(drafts)

            monkeypatch.setattr(graph, "add", add)
            monkeypatch.setattr(graph, "add_many", add_many)
            with ann.broadcast.subscribe() as news:

                async def told(is_sent: bool) -> str:
                    async for one in news:
                        if one["is"] == "image" and one["mine"] == is_sent:
                            return str(one["why"])
                    raise AssertionError("nothing more is told")

                file = await ann.images.add(made())
                full.add(IMAGE)
                with pytest.raises(Refused, match="no room left on the disk"):
                    await put(ann, file.key)
                assert await told(False) == ""
                assert file in ann.images._drafts

                full.remove(IMAGE)
                await put(ann, file.key)
                while NO_ROOM not in await told(True):
                    pass
                (image,) = ann.board.images
                await Actions(ann).handle(json.dumps({"do": "erase", "marks": [str(image)]}))
                await told(False)

                full.clear()
                await put(ann, file.key)
                await sees(lambda: file not in ann.images._drafts)
                assert ann.images._view(file)["here"] == file.length

    played(main)
