"""The files of a board for programs without a page: the board is opened, and the files beside it, as long as wanted."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import trio

from peerapi.activities.beside import Activities
from peerapi.activities.file_transfers import FileTransfers
from peerapi.activities.files import Files
from peerapi.activities.running import Running
from peerapi.pages.requests import Refused
from peerapi.whiteboard.opening import Opening
from peerapi.whiteboard.session import Session

REACHING = 30.0
"Seconds in which somebody who has the board is reached, where this machine does not know yet what there is."


class OpenedFiles:
    """The files of a board that is open."""

    def __init__(self, session: Session, running: Running, transfers: FileTransfers) -> None:
        self.session = session
        self.transfers = transfers
        self._running = running

    async def changes(self) -> AsyncIterator[None]:
        """At once, and whenever something about the files is new."""
        while True:
            with self._running.broadcast.subscribe() as news:
                yield
                async for _ in news:
                    yield


@asynccontextmanager
async def opened(opening: Opening) -> AsyncIterator[OpenedFiles]:
    """The files of that board: those that a member has begun last, else new ones. Raises Refused, and what
    ``Opening.opened`` raises, in groups."""
    async with opening.opened(lambda why: None) as session, trio.open_nursery() as nursery:
        opening.keep(session.source.saved)
        beside = Activities(session, lambda: None)
        nursery.start_soon(beside.run)
        with trio.move_on_after(REACHING):
            await beside.known.wait()
        if not beside.known.is_set():
            raise Refused("nobody who has the board could be reached, or it is a plain graph, which has no files")
        listed = [UUID(one["id"]) for one in beside.listed() if one["title"] == Files.title]
        found = beside.at(await (beside.open(listed[0]) if listed else beside.begin(Files.kind)))
        assert found is not None
        running = found[0]
        assert isinstance(running, Running) and isinstance(running.beside, FileTransfers)
        made = OpenedFiles(session, running, running.beside)
        with trio.move_on_after(REACHING):
            async for _ in made.changes():
                if made.transfers.view()["ready"]:
                    break
        if not made.transfers.view()["ready"]:
            raise Refused("nobody who has these files could be reached")
        yield made
        nursery.cancel_scope.cancel()
