"""Files beside a board: from member to member, to a page, and a large one while strokes go on."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest
import trio

from peerapi.activities.file_transfers import FileTransfers, kind_of
from peerapi.activities.files import Files
from peerapi.files import folders
from peerapi.files.content import PIECE
from peerapi.files.exchange import Failed
from peerapi.files.shelf import Shelf
from peerapi.pages.requests import Refused
from tests.activities.large import measured
from tests.activities.test_nodes import Member, played, three
from tests.files.made import some_bytes

DATA = b"\x89PNG\r\n\x1a\n" + some_bytes(5 * PIECE)


def transfers(member: Member, id: UUID) -> FileTransfers:
    found = member.running(id).beside
    assert isinstance(found, FileTransfers)
    return found


async def listed(member: Member, id: UUID, holders: int) -> None:
    await member.sees(id, lambda view: [len(one["holders"]) for one in view["files"]] == [holders])


def test_what_one_shares_the_others_fetch_and_have_from_then_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(folders.VARIABLE, str(tmp_path / "received"))

    async def main() -> None:
        async with three(tmp_path) as (ann, ben, carl):
            await ann.until(lambda: ann.beside.is_ready)
            files = await ann.beside.begin(Files.kind)
            (tmp_path / "holiday.png").write_bytes(DATA)
            await transfers(ann, files).share(tmp_path / "holiday.png")
            for other in (ben, carl):
                await other.listed(1)
                await other.beside.open(files)
                await listed(other, files, 1)
            path = await transfers(ben, files).fetch(transfers(ben, files).entries()[0])
            assert (path.name, path.read_bytes()) == ("holiday.png", DATA)
            await listed(carl, files, 2)

            # Ann does not give it any more: Carl has it from Ben.
            key = transfers(ann, files).entries()[0].key
            await ann.running(files).ask("withdraw", {"entry": key})
            await carl.sees(files, lambda view: len(view["files"][0]["holders"]) == 1)
            await carl.running(files).ask("fetch", {"entry": key})
            await listed(ann, files, 2)
            assert (tmp_path / "received" / "holiday (2).png").read_bytes() == DATA
            assert transfers(carl, files).view()["held"] == {key: True}
            assert (tmp_path / "holiday.png").exists()  # what was shared where it lay stays there

            with pytest.raises(Refused, match="no such file"):
                await carl.running(files).ask("fetch", {"entry": "0" * 16})
            for one in (ben, carl):
                await one.running(files).ask("withdraw", {"entry": key})
            await ann.sees(files, lambda view: view["files"] == [])
            assert path.exists()

    played(main)


def test_what_cannot_be_fetched_says_so_beside_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(folders.VARIABLE, str(tmp_path / "received"))

    async def main() -> None:
        async with three(tmp_path) as (ann, ben, _):
            await ann.until(lambda: ann.beside.is_ready)
            files = await ann.beside.begin(Files.kind)
            (tmp_path / "card.png").write_bytes(DATA)
            await transfers(ann, files).share(tmp_path / "card.png")
            (tmp_path / "card.png").write_bytes(b"another one")
            await ben.listed(1)
            await ben.beside.open(files)
            await listed(ben, files, 1)
            key = transfers(ben, files).entries()[0].key
            running = ben.running(files)
            with running.broadcast.subscribe() as news:
                await running.ask("fetch", {"entry": key})
                while key not in transfers(ben, files).view()["said"]:
                    await news.receive()
            assert transfers(ben, files).view()["said"] == {key: "Ann has another file there by now"}
            assert list((tmp_path / "received").iterdir()) == []
            with pytest.raises(Failed, match="it cannot be read"):
                await transfers(ann, files).share(tmp_path / "nowhere")

    played(main)


@pytest.mark.parametrize(
    ("begin", "kind"),
    [
        (DATA, "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF89a", "image/gif"),
        (b"RIFF0000WEBPVP8 ", "image/webp"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", None),
        (b"<!doctype html><script>alert(1)</script>", None),
        (b"%PDF-1.7", None),
        (b"RIFF0000WAVE", None),
        (b"", None),
    ],
)
def test_only_what_is_nothing_but_pixels_is_a_picture(tmp_path: Path, begin: bytes, kind: str | None) -> None:
    path = tmp_path / "picture.png"
    path.write_bytes(begin)
    assert kind_of(Shelf(folders.shelf("graph", "ann"), tmp_path).share(path)) == kind


def test_a_file_comes_while_both_draw(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The short form of ``make large-file``, of which the figures are; how fast it is here depends on the machine."""
    monkeypatch.setenv("PEERAPI_HOME", str(tmp_path / "ann"))
    report = measured(8 << 20, tmp_path)
    assert report["same"] and report["bytes"] == 8 << 20
    assert report["strokes"] > 0
    assert list((tmp_path / "ben" / "received").iterdir()) == [tmp_path / "ben" / "received" / "large.bin"]


def test_nothing_waits_for_files_that_are_still_being_opened(tmp_path: Path) -> None:
    async def main() -> None:
        async with three(tmp_path) as (ann, *_):
            await ann.until(lambda: ann.beside.is_ready)
            files = await ann.beside.begin(Files.kind)
            made = FileTransfers(ann.running(files))
            assert made.view()["ready"] is False
            with pytest.raises(Refused):
                await made.ask("fetch", {"entry": "0" * 16})
            await trio.lowlevel.checkpoint()

    played(main)
