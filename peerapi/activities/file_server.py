"""Files that the page drops in and saves: over a websocket, piece by piece, and as an attachment, never as a page."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote
from uuid import UUID

import trio
from quart import Response, abort, websocket

from peerapi.activities.file_transfers import EXPECTED, FileTransfers, kind_of, portions
from peerapi.files.content import MOST_SIZE
from peerapi.files.names import plain
from peerapi.pages.requests import Language, Refused, a_number
from peerapi.pages.serving import App

AHEAD = 4
"Pieces of a file that the page may send before it is told to go on."
SILENT = 60.0
"Seconds in which a page sends the next piece."
LANGUAGE = Language(
    {"add": {"name": "name", "size": "size"}},
    {"name": lambda value: isinstance(value, str) and 0 < len(value) <= 1000, "size": a_number(0, MOST_SIZE)},
)


def add_routes(app: App, at: str, transfers_of: Callable[[str, UUID], FileTransfers | None]) -> None:
    """The routes of files, below the rule ``at`` of an activity."""

    def found(board: str, activity: UUID) -> FileTransfers:
        one = transfers_of(board, activity)
        if one is None:
            abort(404)
        return one

    @app.get(f"{at}/kept/<file>", endpoint="kept file")
    async def kept(token: str, board: str, activity: UUID, file: str) -> Response:
        transfers = found(board, activity)
        held = transfers.held(bytes.fromhex(file)) if len(file) == 64 and set(file) <= set("0123456789abcdef") else None
        if held is None or not held.path.is_file():
            abort(404)
        kind = await trio.to_thread.run_sync(kind_of, held)
        response = Response(portions(held), mimetype=kind or "application/octet-stream")
        response.timeout = None  # a long file takes long
        response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(held.name, safe='')}"
        return response

    @app.websocket(f"{at}/drop", endpoint="drop file")
    async def drop(token: str, board: str, activity: UUID) -> None:
        transfers = found(board, activity)
        await websocket.accept()
        try:
            await _dropped(transfers)
            said: dict[str, Any] = {"is": "done"}
        except EXPECTED as error:
            said = {"is": "refused", "why": str(error)}
        await websocket.send(json.dumps(said))
        await websocket.close(1000)


async def _dropped(transfers: FileTransfers) -> None:
    """A file, from its first message to its last byte. Raises EXPECTED."""
    _, fields = LANGUAGE.read(await _next())
    async with transfers.draft() as draft:
        await websocket.send(json.dumps({"is": "go", "pieces": AHEAD}))
        while draft.size < fields["size"]:
            data = await _next()
            if not isinstance(data, bytes) or not data or draft.size + len(data) > fields["size"]:
                raise Refused("the file was changed while it was added")
            await trio.to_thread.run_sync(draft.write, data)
            await websocket.send(json.dumps({"is": "go", "pieces": 1}))
        await transfers.finish(draft, plain(fields["name"]))


async def _next() -> str | bytes:
    with trio.move_on_after(SILENT):
        received: str | bytes = await websocket.receive()
        return received
    raise Refused("nothing more has come of the file")
