"""The board's page for a browser on this machine: static files, the picture, and a websocket for everything else.

Quart on trio, served by Hypercorn: the extra ``whiteboard``. Access control has looked at a request before anything
here does; what a page sends is checked by ``requests``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from importlib import resources
from typing import Any
from uuid import UUID

import trio
from hypercorn.config import Config
from hypercorn.trio import serve as serve_app
from quart import Response, abort, websocket
from quart import request as http_request
from quart_trio import QuartTrio

from peerapi.whiteboard.access_control import HEADERS, AccessControl
from peerapi.whiteboard.actions import Actions
from peerapi.whiteboard.listener import Listener
from peerapi.whiteboard.rate_limit import RateLimit
from peerapi.whiteboard.requests import MOST_BYTES, Refused, number_of
from peerapi.whiteboard.session import Session

MOST_PAGES = 16
"Browser windows at one board's server."
REQUESTS_A_SECOND, REQUESTS_AT_ONCE = 300, 900
BYTES_A_SECOND, BYTES_AT_ONCE = 1 << 20, 4 << 20
SILENT, HALF_REQUEST = 5, 60
"""Seconds without a byte after which a connection is closed that waits for a request, and one in the middle of it. A
page answers the server's pings more often."""
BEAT = 1.0
"Seconds between two signs of life to a page."
TOGETHER = 200
"News in one message to the page."
KINDS = {"html": "text/html", "css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}


async def serve(
    session: Session,
    listener: Listener,
    token: str,
    *,
    task_status: trio.TaskStatus[AccessControl] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Until cancelled; it has started, with its access control, when the address answers."""
    config = Config()
    config.bind = [f"fd://{listener.socket.detach()}"]
    config.loglevel = "WARNING"
    config.accesslog = None
    config.websocket_max_message_size = MOST_BYTES
    config.h11_max_incomplete_size = 16 << 10
    config.websocket_ping_interval = 20
    config.keep_alive_timeout = SILENT
    config.read_timeout = HALF_REQUEST
    config.graceful_timeout = 0.5
    config.include_server_header = False
    app = App()
    access = AccessControl(listener.host, listener.port, token, listener.address)
    add_routes(app, session, access)
    async with trio.open_nursery() as nursery:
        await nursery.start(serve_app, app, config)
        task_status.started(access)


class App(QuartTrio):
    """An application of Quart that serves nothing but what ``add_routes`` adds."""

    def __init__(self) -> None:
        super().__init__(__name__, static_folder=None)
        self.config["MAX_CONTENT_LENGTH"] = 1024
        self.config["SEND_FILE_MAX_AGE_DEFAULT"] = 0


def add_routes(app: App, session: Session, access: AccessControl) -> None:
    """The routes of one session's page."""
    files = _files()
    pages: set[_Page] = set()

    @app.before_request
    async def look() -> Response | None:
        found = access.refusal(http_request.path, http_request.headers, websocket=False)
        return _plain(*found) if found else None

    @app.before_websocket
    async def look_at_websocket() -> Response | None:
        found = access.refusal(websocket.path, websocket.headers, websocket=True)
        return _plain(*found) if found else None

    @app.after_request
    async def safe(response: Response) -> Response:
        response.headers.update(HEADERS)
        return response

    @app.get("/<token>/")
    async def index(token: str) -> Response:
        return _file(files, "index.html")

    @app.get("/<token>/board.svg")
    async def picture(token: str) -> Response:
        page = http_request.args.get("page")
        try:
            return Response(session.board.svg(UUID(page) if page else None), mimetype=KINDS["svg"])
        except ValueError:
            return _plain(404, "There is no such page.")

    @app.get("/<token>/<name>")
    async def file(token: str, name: str) -> Response:
        return _file(files, name)

    @app.websocket("/<token>/live")
    async def live(token: str) -> Response | None:
        if len(pages) >= MOST_PAGES:
            return _plain(503, "This board is open in too many windows.")
        page = _Page(session)
        pages.add(page)  # with no chance for another window since they were counted
        try:
            await page.run()
        finally:
            pages.remove(page)
        return None


class _Page:
    """One browser window, as long as it is open."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._actions = Actions(session)
        self._rate = RateLimit(REQUESTS_A_SECOND, REQUESTS_AT_ONCE)
        self._bytes = RateLimit(BYTES_A_SECOND, BYTES_AT_ONCE)

    async def run(self) -> None:
        await websocket.accept()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._tell)
            nursery.start_soon(self._beat)
            await self._listen()
            nursery.cancel_scope.cancel()

    async def _tell(self) -> None:
        """The whole board, and what is new; again the whole board when this page has fallen behind."""
        while True:
            with self._session.broadcast.subscribe() as news:
                for together in _together(self._session.snapshot()):
                    await _send(together)
                async for one in news:
                    together = [one]
                    while len(together) < TOGETHER:
                        try:
                            together.append(news.receive_nowait())
                        except (trio.WouldBlock, trio.EndOfChannel):
                            break
                    await _send(together)

    async def _beat(self) -> None:
        """Say that the program lives: a page that hears nothing for a while tells its person so."""
        while True:
            await trio.sleep(BEAT)
            await _send([{"is": "beat"}])

    async def _listen(self) -> None:
        while True:
            text = await websocket.receive()
            now = trio.current_time()
            if not self._rate.take(now) or not self._bytes.take(now, len(text)):
                await websocket.close(1008, "too fast")
                return
            number = number_of(text)
            try:
                await self._actions.handle(text)
            except Refused as refused:
                await _send([{"is": "refused", "why": str(refused), "number": number}])
            else:
                if number is not None:
                    await _send([{"is": "done", "number": number}])


def _together(news: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """News put together into messages of bounded size; one about many strokes counts as many."""
    message: list[dict[str, Any]] = []
    size = 0
    for one in news:
        message.append(one)
        size += len(one.get("rows", "1"))
        if size >= TOGETHER:
            yield message
            message, size = [], 0
    if message:
        yield message


async def _send(news: list[dict[str, Any]]) -> None:
    await websocket.send(json.dumps(news, separators=(",", ":")))


def _files() -> dict[str, bytes]:
    """The page's files, read once: no request ever names a path."""
    folder = resources.files("peerapi.whiteboard").joinpath("static")
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.name.partition(".")[2] in KINDS}


def _file(files: dict[str, bytes], name: str) -> Response:
    if name not in files:
        abort(404)
    return Response(files[name], mimetype=KINDS[name.partition(".")[2]])


def _plain(status: int, text: str) -> Response:
    return Response(text + "\n", status, mimetype="text/plain")
