"""Files that the page drops in and saves: taken in piece by piece, and given as an attachment, never as a page."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote
from uuid import UUID

import trio
from quart import Response, abort

from peerapi.activities.file_transfers import EXPECTED, FileTransfers, kind_of, portions
from peerapi.files.content import MOST_SIZE
from peerapi.files.names import plain
from peerapi.pages import dropping
from peerapi.pages.serving import App


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
        await dropping.answered(lambda: _dropped(transfers), EXPECTED)


async def _dropped(transfers: FileTransfers) -> None:
    """A file, from its first message to its last byte. Raises EXPECTED."""
    name, size = await dropping.begun(MOST_SIZE)
    async with transfers.draft() as draft:
        await dropping.taken(size, lambda data: trio.to_thread.run_sync(draft.write, data))
        await transfers.finish(draft, plain(name))
