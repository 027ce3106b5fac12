"""The board's page: static files, the picture, and a websocket for everything else.

Access control and bounds are those of every page (``pages/serving``); what a page sends is checked by ``requests``.
"""

from __future__ import annotations

import itertools
from base64 import b64encode
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any
from uuid import UUID

import trio
from quart import Response, abort, websocket
from quart import request as http_request

from peerapi import PeerError
from peerapi.pages import dropping, serving
from peerapi.pages.access_control import AccessControl
from peerapi.pages.broadcast import News
from peerapi.pages.listener import Listener
from peerapi.pages.requests import Refused
from peerapi.pages.serving import KINDS, App, Window, Windows, file, files, plain
from peerapi.whiteboard import picture
from peerapi.whiteboard.actions import Actions
from peerapi.whiteboard.image_pieces import MOST_BYTES
from peerapi.whiteboard.marks import Image
from peerapi.whiteboard.session import Session

TALK = {"begin", "state", "line", "gone", "people", "whole", "over"}
"What a window is told that shows the conversation alone."
FAREWELL = 2.0
"Seconds in which the others are told that somebody points no more who has closed the page."


async def serve(
    session: Session,
    listener: Listener,
    token: str,
    *,
    task_status: trio.TaskStatus[AccessControl] = trio.TASK_STATUS_IGNORED,
) -> None:
    """The page of one board; see ``serving.serve``."""
    windows = Windows()
    await serving.serve(
        listener,
        token,
        lambda app: add_routes(app, "/<token>", lambda board: (session, windows)),
        task_status=task_status,
    )


def add_routes(app: App, under: str, board_of: Callable[[str], tuple[Session, Windows] | None]) -> None:
    """The routes of boards. The rule ``under`` may have a part ``<board>``, by which ``board_of`` finds the session of
    a board that is open, and its windows."""
    static = files("peerapi.whiteboard")

    def found(board: str) -> tuple[Session, Windows]:
        one = board_of(board)
        if one is None:
            abort(404)
        return one

    @app.get(f"{under}/", endpoint="board")
    async def index(token: str, board: str = "") -> Response:
        found(board)
        return file(static, "index.html")

    @app.get(f"{under}/board.svg", endpoint="board picture")
    async def drawing(token: str, board: str = "") -> Response:
        session, _ = found(board)
        page = http_request.args.get("page")
        try:
            response = Response(_document(session, UUID(page) if page else None), mimetype=KINDS["svg"])
        except ValueError:
            return plain(404, "There is no such page.")
        response.timeout = None  # many pictures take long
        return response

    @app.get(f"{under}/images/<key>", endpoint="board image")
    async def image(token: str, key: str, board: str = "") -> Response:
        """A picture file. It is one by its own bytes, is said to be nothing else, and is no page of its own."""
        session, _ = found(board)
        one = session.images.served(key)
        if one is None:
            abort(404)
        response = Response(one.data, mimetype=one.kind)
        response.timeout = None  # a long one takes long
        response.headers["Content-Length"] = str(one.length)
        response.headers["Content-Disposition"] = f'attachment; filename="picture.{one.kind.rpartition("/")[2]}"'
        return response

    @app.websocket(f"{under}/image", endpoint="board drop")
    async def drop(token: str, board: str = "") -> None:
        session, _ = found(board)
        await dropping.answered(lambda: _dropped(session), (Refused, PeerError))

    @app.get(f"{under}/<name>", endpoint="board file")
    async def one_file(token: str, name: str, board: str = "") -> Response:
        return file(static, name)

    @app.websocket(f"{under}/live", endpoint="board live")
    async def live(token: str, board: str = "") -> Response | None:
        session, windows = found(board)
        return await windows.run(BoardWindow(session, only_talk="talk" in websocket.args))


async def _dropped(session: Session) -> dict[str, Any]:
    """A picture, from its first message to its last byte; what the page calls it. Raises Refused, PeerError."""
    _, size = await dropping.begun(MOST_BYTES)
    async with session.images.adding(size):
        data = bytearray()

        async def write(piece: bytes) -> None:
            data.extend(piece)

        await dropping.taken(size, write)
        return {"image": (await session.images.add(bytes(data))).key}


async def _document(session: Session, page: UUID | None) -> AsyncIterator[bytes]:
    """The board as an SVG document, with its pictures in it. Of one that is not here, or not whole, there is its
    frame."""
    for is_image, parts in itertools.groupby(session.board.svg(page), lambda part: isinstance(part, Image)):
        if not is_image:
            yield "".join(part for part in parts if isinstance(part, str)).encode()
            continue
        for part in parts:
            assert isinstance(part, Image)
            served = session.images.served(part.file.key)
            if served is None:
                yield picture.frame(part).encode()
                continue
            before, behind = picture.around(part, served.kind)
            yield before.encode()
            async for data in served.data:
                yield b64encode(data)
            yield behind.encode()


class BoardWindow(Window):
    """A window at a board; ``only_talk``: one that shows no drawing."""

    def __init__(self, session: Session, *, only_talk: bool) -> None:
        super().__init__(session.broadcast)
        self._session = session
        self._actions = Actions(session)
        self._only_talk = only_talk

    def snapshot(self) -> Iterable[News]:
        return self._session.snapshot(only_talk=self._only_talk)

    def wants(self, news: News) -> bool:
        return not self._only_talk or news["is"] in TALK

    async def run(self) -> None:
        try:
            await super().run()
        finally:
            with trio.move_on_after(FAREWELL, shield=True):
                await self._actions.points_no_more()

    async def handle(self, text: str | bytes) -> None:
        await self._actions.handle(text)
