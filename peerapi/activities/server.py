"""The page of an activity: its files, and a websocket, behind the access control of the board beside which it is."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from quart import Response, abort

from peerapi.activities import file_server, slide_server
from peerapi.activities.activity import Beside
from peerapi.activities.file_transfers import FileTransfers
from peerapi.activities.running import Opened, Running
from peerapi.activities.slide_show import SlideShow
from peerapi.pages.serving import App, Windows, file, files

Found = tuple[Opened, Windows]


def add_routes(app: App, under: str, activity_of: Callable[[str, UUID], Found | None]) -> None:
    """The routes of activities, below the rule ``under``, which has a part ``<board>``."""
    static = files("peerapi.whiteboard", "peerapi.activities", "peerapi.activities.document")
    at = f"{under}/activities/<uuid:activity>"

    def found(board: str, activity: UUID) -> Found:
        one = activity_of(board, activity)
        if one is None:
            abort(404)
        return one

    @app.get(f"{at}/", endpoint="activity")
    async def index(token: str, board: str, activity: UUID) -> Response:
        running, _ = found(board, activity)
        page = static["activity.html"].replace(b"SCRIPT", running.kind.script.encode())
        return Response(page, mimetype="text/html")

    @app.get(f"{at}/<name>", endpoint="activity file")
    async def one_file(token: str, board: str, activity: UUID, name: str) -> Response:
        return file(static, name)

    @app.websocket(f"{at}/live", endpoint="activity live")
    async def live(token: str, board: str, activity: UUID) -> Response | None:
        running, windows = found(board, activity)
        return await windows.run(running.window())

    def beside(board: str, activity: UUID) -> Beside | None:
        running, _ = found(board, activity)
        return running.beside if isinstance(running, Running) else None

    def transfers(board: str, activity: UUID) -> FileTransfers | None:
        one = beside(board, activity)
        return one if isinstance(one, FileTransfers) else None

    def show(board: str, activity: UUID) -> SlideShow | None:
        one = beside(board, activity)
        return one if isinstance(one, SlideShow) else None

    file_server.add_routes(app, at, transfers)
    slide_server.add_routes(app, at, show)
