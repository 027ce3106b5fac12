"""Pictures at the boards of three members: they come whole, and nobody's program shows what is none. Each attack first
without its check."""

from __future__ import annotations

import base64
import json
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import pytest
import trio
from wsproto.events import Ping, TextMessage

from peerapi.pages.requests import Refused
from peerapi.whiteboard import image_drafts, images
from peerapi.whiteboard.actions import Actions
from peerapi.whiteboard.board import Board
from peerapi.whiteboard.image_drafts import MOST_SENDING
from peerapi.whiteboard.image_kinds import Look
from peerapi.whiteboard.image_pieces import PIECE, PIECE_BYTES, ImageFile, Piece, decode_piece, encode_piece, pieces
from peerapi.whiteboard.images import Images, Served
from peerapi.whiteboard.marks import IMAGE, Image, Page
from peerapi.whiteboard.server import _document
from peerapi.whiteboard.session import Session
from tests.whiteboard.boards import BoardProcess
from tests.whiteboard.pictures import HTML, SVG, bomb, file_of, large, made
from tests.whiteboard.test_cursors import played, three
from tests.whiteboard.wire import Socket, ask, websocket

LOOK: dict[str, Any] = {"x": 10, "y": 20, "wide": 200, "high": 100, "about": "Two halves"}


async def sees(wanted: Callable[[], object]) -> None:
    """As soon as that is true."""
    while not wanted():
        await trio.sleep(0.01)


async def page_of(session: Session) -> UUID:
    await sees(lambda: session.board.entries)
    return next(one.id for one in session.board.sorted() if isinstance(one.content, Page))


async def put(session: Session, key: str, **look: Any) -> None:
    """What the page asks when a picture has been given."""
    page, marks = str(await page_of(session)), [{"image": key, **LOOK, **look}]
    asked = {"do": "put", "page": page, "live": uuid4().hex, "marks": marks}
    await Actions(session).handle(json.dumps(asked))


async def publish(session: Session, file: ImageFile, *parts: Piece) -> list[UUID]:
    """What a changed program of a member publishes; the records of the pieces."""
    graph = await session.graph()
    image = Image(await page_of(session), (0, 0), (10, 10), file, "")
    await graph.add(IMAGE, image.encode())
    return [await graph.add(PIECE, encode_piece(one)) for one in parts]


def said(session: Session, file: ImageFile) -> tuple[str, str]:
    """Of what kind it is there, and why it is not shown."""
    view = session.images._view(file)
    return view["kind"], view["why"]


async def bytes_of(served: Served | None) -> bytes:
    assert served is not None
    return b"".join([part async for part in served.data])


def test_a_picture_comes_whole_to_all_and_goes_with_the_last_image_that_shows_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = large(3 * PIECE_BYTES + 5)

    async def main() -> None:
        async with three(tmp_path) as (ann, ben, eve):
            file = await ben.images.add(data)
            await put(ben, file.key)
            for one in (ann, ben, eve):
                await sees(lambda one=one: said(one, file) == ("image/png", ""))
                assert await bytes_of(one.images.served(file.key)) == data
                await sees(lambda one=one: one.images._view(file)["here"] == len(data))
            await sees(lambda: not ben.images._drafts)
            (image,) = ben.board.images

            # A copy by somebody else shows the same file; the first image goes, and the pieces stay.
            await put(eve, file.key, x=300)
            mine = Actions(ben)
            await mine.handle(json.dumps({"do": "erase", "marks": [str(image)]}))
            for one in (ann, ben, eve):
                await sees(lambda one=one: one.board.images and image not in one.board.images)
            with monkeypatch.context() as soon:
                soon.setattr(images, "GRACE", 0.0)
                for one in (ann, ben, eve):
                    await one.images._take_away(await one.graph())
                    assert len(one.images._places) == 4

            # Ann, who has begun the board, takes the other one away, and the pieces too, which are Ben's; not at once.
            (other,) = ann.board.images
            await Actions(ann).handle(json.dumps({"do": "erase", "marks": [str(other)]}))
            for one in (ann, ben, eve):
                await sees(lambda one=one: not one.board.images)
                await one.images._take_away(await one.graph())
                assert len(one.images._places) == 4
            monkeypatch.setattr(images, "GRACE", 0.0)
            await eve.images._take_away(await eve.graph())
            assert len(eve.images._places) == 4
            await ann.images._take_away(await ann.graph())
            for one in (ann, ben, eve):
                await sees(lambda one=one: not one.images._places)
            assert await (await ben.graph()).count(PIECE) == 0
            assert ben.images._sizes.total() == 0
            with pytest.raises(Refused, match="nothing of yours"):
                await mine.handle(json.dumps({"do": "undo", "page": str(await page_of(ben))}))

    played(main)


def test_what_is_done_with_an_image_is_undone_and_done_again(tmp_path: Path) -> None:
    async def main() -> None:
        async with three(tmp_path) as (ann, ben, _):
            file = await ann.images.add(made())
            actions, page = Actions(ann), str(await page_of(ann))
            await actions.handle(
                json.dumps({"do": "put", "page": page, "live": "k", "marks": [{"image": file.key, **LOOK}]})
            )
            await sees(lambda: ann.board.images)
            (id,) = map(str, ann.board.images)

            async def do(what: str, at: tuple[int, int], size: tuple[int, int], words: str, /, **fields: Any) -> None:
                await actions.handle(json.dumps({"do": what, **fields}))
                wanted = Image(UUID(page), at, size, file, words)
                await sees(lambda: list(ben.board.images.values()) == [wanted])

            await do("move", (15, 30), (200, 100), "Two halves", marks=[id], x=5, y=10)
            await do("reshape", (15, 30), (400, 50), "Two halves", marks=[id], x=15, y=30, wide=2000, high=500)
            await do("recolour", (15, 30), (400, 50), "Two halves", marks=[id], colour="red")
            await do("describe", (15, 30), (400, 50), "A flag", mark=id, about="A flag")
            await do("undo", (15, 30), (400, 50), "Two halves", page=page)
            await do("undo", (15, 30), (200, 100), "Two halves", page=page)
            await do("redo", (15, 30), (400, 50), "Two halves", page=page)
            await actions.handle(json.dumps({"do": "lock", "marks": [id], "locked": True}))
            await sees(lambda: ann.board.entries[UUID(id)].locked)
            for one in ({"do": "describe", "mark": id, "about": ""}, {"do": "erase", "marks": [id]}):
                with pytest.raises(Refused, match="unlock it first"):
                    await actions.handle(json.dumps(one))
            await actions.handle(json.dumps({"do": "lock", "marks": [id], "locked": False}))
            await sees(lambda: not ann.board.entries[UUID(id)].locked)
            await actions.handle(json.dumps({"do": "erase", "marks": [id]}))
            await sees(lambda: not ann.board.images)
            await do("undo", (15, 30), (400, 50), "Two halves", page=page)

    played(main)


def test_the_drawing_has_its_pictures_in_it_and_goes_on_without_one_that_is_missing(tmp_path: Path) -> None:
    data = large(2 * PIECE_BYTES + 1)

    async def main() -> None:
        async with three(tmp_path) as (ann, _, _):
            file = await ann.images.add(data)
            await put(ann, file.key)
            missing = file_of(ann.source.peer, b"elsewhere")
            await publish(ann, missing)
            await sees(lambda: len(ann.board.images) == 2)
            text = b"".join([part async for part in _document(ann, None)]).decode()
            start = "<image x='10' y='20' width='200' height='100' preserveAspectRatio='none' "
            embedded = base64.b64encode(data).decode()
            assert f"{start}href='data:image/png;base64,{embedded}'><title>Two halves</title></image>\n" in text
            assert "<rect x='0' y='0' width='10' height='10' fill='lightgray'></rect>\n</svg>" in text

    played(main)


# ---- attacks ----


EVIL = {"SVG": SVG, "HTML": HTML, "PNG": b"\x89PNG" + HTML, "bomb": bomb(50_000, 50_000)}


@pytest.mark.parametrize("data", list(EVIL.values()), ids=list(EVIL))
def test_attack_a_member_gives_something_else_for_a_picture(
    data: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main() -> None:
        async with three(tmp_path) as (ann, _, eve):
            file = file_of(eve.source.peer, data)
            with monkeypatch.context() as unchecked:
                unchecked.setattr(images, "look", lambda head: Look("image/svg+xml", 1, 1))
                await publish(eve, file, *pieces(file, data))
                await sees(lambda: any(said(ann, file)))
                assert await bytes_of(ann.images.served(file.key)) == data
            ann.images._verdicts.clear()
            ann.images._wake()
            await sees(lambda: any(said(ann, file)))
            assert said(ann, file)[0] == "" and ann.images.served(file.key) is None

    played(main)


def test_attack_the_pieces_are_those_of_another_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        async with three(tmp_path) as (ann, _, eve):
            real, other = made(), made(size=(20, 40))
            file = ImageFile(eve.source.peer, len(other), file_of("", real).sha256)
            with monkeypatch.context() as unchecked:
                unchecked.setattr(images, "_is_of", lambda file, digest: True)
                await publish(eve, file, *pieces(file, other))
                await sees(lambda: any(said(ann, file)))
                assert said(ann, file) == ("image/png", "")
            ann.images._verdicts.clear()
            ann.images._wake()
            await sees(lambda: any(said(ann, file)))
            assert said(ann, file) == ("", "its pieces are not those of the picture that was said")

    played(main)


@pytest.mark.parametrize("is_checked", [False, True])
def test_attack_a_member_adds_pieces_to_somebody_else_s_picture(
    is_checked: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first piece of each number counts, so hers would be in the place of his, and his picture would be none."""

    async def main() -> None:
        async with three(tmp_path) as (ann, ben, eve):
            data = large(2 * PIECE_BYTES)
            file = file_of(ben.source.peer, data)
            if not is_checked:
                monkeypatch.setattr(images, "decode_piece", lambda creator, data: decode_piece(file.maker, data))
            await page_of(eve)  # the board is here
            await (await eve.graph()).add(PIECE, encode_piece(Piece(file, 1, bytes(PIECE_BYTES))))
            await sees(lambda: ann.images._places)
            await publish(ben, file, *pieces(file, data))
            await sees(lambda: any(said(ann, file)))
            if is_checked:
                assert await bytes_of(ann.images.served(file.key)) == data
            else:
                assert "not those of the picture" in said(ann, file)[1]

    played(main)


@pytest.mark.parametrize("is_checked", [False, True])
def test_attack_a_piece_is_changed_after_it_was_looked_at(
    is_checked: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main() -> None:
        async with three(tmp_path) as (ann, _, eve):
            data = made()
            file = file_of(eve.source.peer, data)
            (piece,) = await publish(eve, file, *pieces(file, data))
            await sees(lambda: any(said(ann, file)))
            if not is_checked:
                monkeypatch.setattr(images, "_is_unchanged", lambda record: True)
            evil = HTML.ljust(len(data))
            await (await eve.graph()).update(piece, encode_piece(Piece(file, 0, evil)))
            graph = await ann.graph()
            while (await graph.get(piece)).version == 1:
                await trio.sleep(0.01)
            if is_checked:
                await sees(lambda: ann.images.served(file.key) is None)
                assert ann.images._view(file)["here"] == 0
            else:
                assert await bytes_of(ann.images.served(file.key)) == evil

    played(main)


def test_attack_a_member_has_more_pieces_than_a_board_looks_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each counts as something, however little is in it; what is one's own and of others stays within it."""
    monkeypatch.setattr(images, "MOST_OF_ONE", 10 * images.LEAST)

    async def main() -> None:
        async with three(tmp_path) as (ann, ben, eve):
            await page_of(eve)  # the board is here
            graph = await eve.graph()
            for number in range(20):
                small = file_of(eve.source.peer, b"%d" % number)
                await graph.add(PIECE, encode_piece(next(pieces(small, b"%d" % number))))
            file = await ben.images.add(made())
            await put(ben, file.key)
            await sees(lambda: said(ann, file) == ("image/png", ""))
            while await (await ann.graph()).count(PIECE) < 21:
                await trio.sleep(0.01)
            await sees(lambda: ann.images._sizes[eve.source.peer] == 10 * images.LEAST)
            with pytest.raises(Refused, match="take some away"):
                await eve.images.add(made())
            with pytest.raises(Refused, match="take some away"):
                async with ben.images.adding(10 * images.LEAST):
                    pass

    played(main)


# ---- the page's own way ----


def test_few_files_are_in_memory_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image_drafts, "TURN", 0.0)

    async def main() -> None:
        own = Images(Board(), "ann", lambda news: None, lambda maker: True)
        keys = {(await own.add(made(size=(10, 10 + number)))).key for number in range(MOST_SENDING)}
        assert len(keys) == MOST_SENDING
        with pytest.raises(Refused, match="wait until"):
            async with own.adding(1):
                pass

    trio.run(main)


def drop(board: BoardProcess, data: bytes, size: int | None = None) -> dict[str, Any]:
    """A file over the websocket for it; the program's last word."""
    parts = urlsplit(board.url)
    socket = Socket(board.url, {"Origin": f"http://{parts.netloc}"}, "image")
    try:
        socket.send(json.dumps({"do": "add", "name": "x.png", "size": len(data) if size is None else size}))
        rest = data
        while True:
            news = read(socket)
            if news["is"] != "go":
                return news
            for _ in range(news["pieces"]):
                if rest:
                    socket.send(rest[: 192 << 10])
                    rest = rest[192 << 10 :]
    finally:
        socket.close()


def read(socket: Socket) -> dict[str, Any]:
    """A message that is one object."""
    for event in socket._events():
        if isinstance(event, Ping):
            socket._send(event.response())
            continue
        assert isinstance(event, TextMessage), event
        found: dict[str, Any] = json.loads(event.data)
        return found
    raise AssertionError("the websocket has ended")


def test_a_picture_is_given_to_the_program_and_served_as_nothing_else(board: BoardProcess) -> None:
    data = large(500_000)
    given = drop(board, data)
    assert given["is"] == "done"
    with websocket(board.url) as paper:
        page = paper.wait_for("page")["id"]
        paper.wait_for("whole")
        paper.do("put", page=page, live="image", marks=[{"image": given["image"], **LOOK}], number=1)
        mark = paper.wait_for("mark")
        assert {name: mark[name] for name in LOOK} == LOOK
        paper.wait_until("image", lambda news: news["here"] == len(data) and not news["mine"])
        with urllib.request.urlopen(f"{board.url}images/{given['image']}", timeout=120) as answer:
            assert answer.read() == data
            assert answer.headers["Content-Type"] == "image/png"
            assert answer.headers["Content-Disposition"] == 'attachment; filename="picture.png"'
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
        paper.do("put", page=page, live="other", marks=[{"image": "0" * 32, **LOOK}], number=2)
        assert "not there any more" in paper.wait_for("refused")["why"]
        paper.do("erase", marks=[mark["id"]])
        paper.wait_for("gone")


@pytest.mark.parametrize("key", ["0" * 32, "..%2fmain.js", "x", "%00"])
def test_there_is_no_other_picture(board: BoardProcess, key: str) -> None:
    assert ask(f"{board.url}images/{key}")[0] == 404


@pytest.mark.parametrize(
    ("data", "why"), [(SVG, "no PNG"), (HTML, "no PNG"), (made()[:14], "whole picture"), (bomb(1 << 20, 9), "pixels")]
)
def test_what_is_no_picture_is_not_taken(board: BoardProcess, data: bytes, why: str) -> None:
    given = drop(board, data)
    assert given["is"] == "refused" and why in given["why"]


def test_what_is_too_large_or_other_than_it_was_said_is_not_taken(board: BoardProcess) -> None:
    assert "60 MiB" in drop(board, b"", (60 << 20) + 1)["why"]
    assert "changed while" in drop(board, bytes(100), 99)["why"]
