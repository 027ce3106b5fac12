"""The home page and the pages of the boards that are open, all behind one token."""

from __future__ import annotations

from collections.abc import Iterable

import trio
from quart import Response, has_request_context
from quart import request as http_request

from peerapi.activities import server as activity_server
from peerapi.home import qr
from peerapi.home.actions import Actions
from peerapi.home.home import Home
from peerapi.home.reasons import expected
from peerapi.pages import serving
from peerapi.pages.access_control import AccessControl
from peerapi.pages.broadcast import News
from peerapi.pages.listener import Listener
from peerapi.pages.serving import KINDS, App, Window, Windows, file, files, plain
from peerapi.whiteboard import server as board_server

NOTHING = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Not open</title>
<h1>Not open</h1>
<p>What was here is not open now. <a href="/{token}/">Open it on the home page</a>, if it is there.</p>
</html>
"""


async def serve(
    home: Home,
    listener: Listener,
    token: str,
    *,
    task_status: trio.TaskStatus[AccessControl] = trio.TASK_STATUS_IGNORED,
) -> None:
    """See ``serving.serve``."""
    await serving.serve(listener, token, lambda app: add_routes(app, home), task_status=task_status)


def add_routes(app: App, home: Home) -> None:
    """The home page's routes, and under ``boards`` those of each board that is open."""
    static = files("peerapi.whiteboard", "peerapi.home")
    windows = Windows()

    @app.get("/<token>/")
    async def index(token: str) -> Response:
        return file(static, "home.html")

    @app.get("/<token>/<name>")
    async def one_file(token: str, name: str) -> Response:
        return file(static, name)

    @app.get("/<token>/invitations/<board>.svg")
    async def code(token: str, board: str) -> Response:
        """The invitation to a board as a QR code."""
        try:
            found = qr.drawn(home.boards.invitation(board).word)
        except Exception as error:
            if expected(error) is None:
                raise
            found = ""
        return Response(found, mimetype=KINDS["svg"]) if found else plain(404, "There is no such code.")

    @app.websocket("/<token>/live")
    async def live(token: str) -> Response | None:
        return await windows.run(HomeWindow(home))

    @app.errorhandler(404)
    async def nothing(error: Exception) -> Response:
        """As when somebody has kept the address of a board that is closed, or has a window of it from yesterday."""
        if not has_request_context():  # it was a websocket, which nobody reads
            return plain(404, "That is not open.")
        token = http_request.path.split("/")[1]  # it was looked at before
        return Response(NOTHING.format(token=token), 404, mimetype="text/html")

    board_server.add_routes(app, "/<token>/boards/<board>", home.boards.at)
    activity_server.add_routes(app, "/<token>/boards/<board>", home.boards.activity)


class HomeWindow(Window):
    """A window at the home page."""

    def __init__(self, home: Home) -> None:
        super().__init__(home.broadcast)
        self._home = home
        self._actions = Actions(home, self.tell)

    def snapshot(self) -> Iterable[News]:
        return self._home.snapshot()

    async def handle(self, text: str | bytes) -> None:
        await self._actions.handle(text)

    async def run(self) -> None:
        self._home.invitations.opened()
        try:
            await super().run()
        finally:
            self._home.invitations.closed()
