"""The server of a page for a browser on this machine: its files, and a websocket for everything else.

Quart on trio, served by Hypercorn. Access control has looked at a request before any route does; what a page sends is
bounded here, and checked by who answers it.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib import resources
from typing import Any

import trio
from hypercorn.config import Config
from hypercorn.trio import serve as serve_app
from quart import Response, abort, websocket
from quart import request as http_request
from quart_trio import QuartTrio

from peerapi.pages.access_control import HEADERS, AccessControl
from peerapi.pages.broadcast import Broadcast, News
from peerapi.pages.listener import Listener
from peerapi.pages.rate_limit import RateLimit
from peerapi.pages.requests import MOST_BYTES, Refused, number_of

MOST_WINDOWS = 16
"Browser windows at one page."
REQUESTS_A_SECOND, REQUESTS_AT_ONCE = 300, 900
BYTES_A_SECOND, BYTES_AT_ONCE = 1 << 20, 4 << 20
SILENT, HALF_REQUEST = 5, 60
"""Seconds without a byte after which a connection is closed that waits for a request, and one in the middle of it. A
page answers the server's pings more often."""
BEAT = 1.0
"Seconds between two signs of life to a page."
TOGETHER = 200
"News in one message to the page."
FOR_ONE = 256
"News for one window alone that wait, at most; what is more is dropped."
KINDS = {"html": "text/html", "css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}


class App(QuartTrio):
    """An application of Quart that serves nothing but the routes that are added."""

    def __init__(self, access: AccessControl) -> None:
        super().__init__(__name__, static_folder=None)
        self.config["MAX_CONTENT_LENGTH"] = 1024
        self.config["SEND_FILE_MAX_AGE_DEFAULT"] = 0

        @self.before_request
        async def look() -> Response | None:
            found = access.refusal(http_request.path, http_request.headers, websocket=False)
            return plain(*found) if found else None

        @self.before_websocket
        async def look_at_websocket() -> Response | None:
            found = access.refusal(websocket.path, websocket.headers, websocket=True)
            return plain(*found) if found else None

        @self.after_request
        async def safe(response: Response) -> Response:
            response.headers.update(HEADERS)
            return response


async def serve(
    listener: Listener,
    token: str,
    add_routes: Callable[[App], None],
    *,
    task_status: trio.TaskStatus[AccessControl] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Until cancelled; it has started, with its access control, when the address answers. Every rule of a route begins
    with ``/<token>/``."""
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
    access = AccessControl(listener.host, listener.port, token, listener.address)
    app = App(access)
    add_routes(app)
    async with trio.open_nursery() as nursery:
        await nursery.start(serve_app, app, config)
        task_status.started(access)


class Window(ABC):
    """One browser window, as long as it is open: it is told everything at first, then what is new, and it asks."""

    def __init__(self, broadcast: Broadcast) -> None:
        self._broadcast = broadcast
        self._rate = RateLimit(REQUESTS_A_SECOND, REQUESTS_AT_ONCE)
        self._bytes = RateLimit(BYTES_A_SECOND, BYTES_AT_ONCE)
        self._inlet, self._outlet = trio.open_memory_channel[News](FOR_ONE)

    @abstractmethod
    def snapshot(self) -> Iterable[News]:
        """All that a window which begins has to know."""

    @abstractmethod
    async def handle(self, text: str | bytes) -> None:
        """Do what the page asks. Raises Refused."""

    def wants(self, news: News) -> bool:
        """Whether that is for this window."""
        return True

    def tell(self, news: News) -> None:
        """Something for this window alone."""
        try:
            self._inlet.send_nowait(news)
        except (trio.WouldBlock, trio.BrokenResourceError, trio.ClosedResourceError):
            return

    async def run(self) -> None:
        """Until the browser closes the websocket, of the request that is being answered."""
        await websocket.accept()
        with self._inlet, self._outlet:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._tell)
                nursery.start_soon(self._tell_alone)
                nursery.start_soon(self._beat)
                await self._listen()
                nursery.cancel_scope.cancel()

    async def _tell(self) -> None:
        """All there is, and what is new; again all there is when this page has fallen behind."""
        while True:
            with self._broadcast.subscribe() as news:
                for together in _together(self.snapshot()):
                    await _send(together)
                async for one in news:
                    together = [one]
                    while len(together) < TOGETHER:
                        try:
                            together.append(news.receive_nowait())
                        except (trio.WouldBlock, trio.EndOfChannel):
                            break
                    wanted = list(filter(self.wants, together))
                    if wanted:
                        await _send(wanted)

    async def _tell_alone(self) -> None:
        async for one in self._outlet:
            await _send([one])

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
                await self.handle(text)
            except Refused as refused:
                await _send([{"is": "refused", "why": str(refused), "number": number}])
            else:
                if number is not None:
                    await _send([{"is": "done", "number": number}])


class Windows:
    """The windows of one page, which are so many at most."""

    def __init__(self) -> None:
        self._open: dict[Window, trio.CancelScope] = {}

    def __len__(self) -> int:
        return len(self._open)

    async def run(self, window: Window) -> Response | None:
        """A window, until it is closed; an answer instead when there are too many."""
        if len(self._open) >= MOST_WINDOWS:
            return plain(503, "This page is open in too many windows.")
        scope = self._open[window] = trio.CancelScope()  # with no chance for another one since they were counted
        try:
            with scope:
                await window.run()
        finally:
            del self._open[window]
        return None

    def begin_again(self) -> None:
        """End their connections: what they show was closed, of which they were told (``over``), and is open again. The
        pages come back by themselves."""
        for scope in self._open.values():
            scope.cancel()


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


def files(*packages: str) -> dict[str, bytes]:
    """The files in the folder ``static`` of some packages, read once: no request ever names a path. Of two with one
    name the later package's counts."""
    found: dict[str, bytes] = {}
    for package in packages:
        folder = resources.files(package).joinpath("static")
        found |= {file.name: file.read_bytes() for file in folder.iterdir() if file.name.partition(".")[2] in KINDS}
    return found


def file(among: Mapping[str, bytes], name: str) -> Response:
    """The answer with one of these files."""
    if name not in among:
        abort(404)
    return Response(among[name], mimetype=KINDS[name.partition(".")[2]])


def plain(status: int, text: str) -> Response:
    return Response(text + "\n", status, mimetype="text/plain")
