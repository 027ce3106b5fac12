"""What the page drops in comes over a websocket of its own, piece by piece, as fast as it is taken."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import trio
from quart import websocket

from peerapi.pages.requests import Language, Refused, a_number

AHEAD = 4
"Pieces of a file that the page may send before it is told to go on."
SILENT = 60.0
"Seconds in which a page sends the next piece."
MOST_NAME = 1000
"Characters of a name."


async def answered(
    work: Callable[[], Awaitable[Mapping[str, Any] | None]], expected: tuple[type[BaseException], ...]
) -> None:
    """Do what the websocket was opened for, and tell the page what came of it: also what ``work`` gives."""
    await websocket.accept()
    try:
        said: dict[str, Any] = {"is": "done", **(await work() or {})}
    except expected as error:
        said = {"is": "refused", "why": str(error)}
    await websocket.send(json.dumps(said))
    await websocket.close(1000)


async def begun(most_size: int) -> tuple[str, int]:
    """Name and size of the file that comes. Raises Refused."""
    sorts = {
        "name": lambda value: isinstance(value, str) and 0 < len(value) <= MOST_NAME,
        "size": a_number(0, most_size),
    }
    told = {"size": f"a file here has up to {most_size >> 20:,} MiB"}
    _, fields = Language({"add": {"name": "name", "size": "size"}}, sorts, told).read(await _next())
    return fields["name"], fields["size"]


async def taken(size: int, write: Callable[[bytes], Awaitable[object]]) -> None:
    """So many bytes, of which each piece is written before the page is asked for another one. Raises Refused, and what
    ``write`` raises."""
    await websocket.send(json.dumps({"is": "go", "pieces": AHEAD}))
    came = 0
    while came < size:
        data = await _next()
        if not isinstance(data, bytes) or not data or came + len(data) > size:
            raise Refused("the file was changed while it was added")
        await write(data)
        came += len(data)
        await websocket.send(json.dumps({"is": "go", "pieces": 1}))


async def _next() -> str | bytes:
    with trio.move_on_after(SILENT):
        received: str | bytes = await websocket.receive()
        return received
    raise Refused("nothing more has come of the file")
