"""The files of one activity that is open here: given to others, fetched from them, dropped in on the page."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import trio

from peerapi import Graph, PeerError, Record
from peerapi.activities.activity import Beside, Table
from peerapi.activities.file_records import Entry, announcement, listed, withdrawal
from peerapi.files import folders
from peerapi.files.exchange import Exchange, Failed, sentence
from peerapi.files.shelf import Draft, Held, Shelf, Unusable
from peerapi.pages.requests import Refused

MOST_DRAFTS = 4
"Files that are dropped in at the same time."
FEW = 0.2
"Seconds in which progress is put together before the pages are told."
OPENING = 10.0
"Seconds in which the files are opened, for who asks at once."
READ = 256 << 10
"Bytes that are read at a time for the page."
PICTURES = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif"}
"""How the files begin that a page shows as pictures. They are nothing but pixels: SVG, HTML and PDF are none of them,
so that nothing in a received file is run in this page's place, whatever it is called."""


class FileTransfers(Beside):
    answers = frozenset({"fetch", "stop", "withdraw"})

    def __init__(self, table: Table) -> None:
        """Raises OSError, AccessDenied: there is no folder to keep files in."""
        self._table = table
        self._shelf = Shelf(folders.shelf(table.begun.graph_id, table.me), folders.received())
        self._exchange: Exchange | None = None
        self._nursery: trio.Nursery | None = None
        self._changed = trio.Event()
        self._opened = trio.Event()
        self._drafts = 0
        self._read: list[Record] = []
        self._known: list[Entry] = []
        self._pictures: dict[bytes, bool] = {}
        self._said: dict[str, str] = {}
        "Entry -> why it was not fetched."

    async def run(self, graph: Graph) -> None:
        await trio.to_thread.run_sync(self._shelf.load)
        try:
            await graph.wait_synchronized()
            await graph.set_presence(True)
        except PeerError:  # the graph was closed before all of it was there
            return
        self._exchange = Exchange(graph, self._shelf, self._is_shared, self._note, self._table.called)
        async with trio.open_nursery() as self._nursery:
            self._nursery.start_soon(self._tell)
            self._opened.set()
            self._note()
            await self._exchange.run()
            self._nursery.cancel_scope.cancel()

    def view(self) -> Mapping[str, Any]:
        """``held``: entries that are here, and whether they are pictures; ``coming``: entries and how much is left;
        ``said``: entries and why they were not fetched."""
        held, coming = {}, {}
        for one in self._entries():
            found = self._shelf.held(one.file)
            if found is not None:
                held[one.key] = self._is_picture(found)
            progress = None if self._exchange is None else self._exchange.fetching.get(one.file)
            if progress is not None:
                coming[one.key] = progress.left
        ready = self._exchange is not None
        return {"held": held, "coming": coming, "said": self._said, "ready": ready, "folder": str(folders.received())}

    def held(self, file: bytes) -> Held | None:
        """A file that is here, and listed."""
        return self._shelf.held(file) if any(one.file == file for one in self._entries()) else None

    def entries(self) -> list[Entry]:
        """Those that somebody has."""
        return [one for one in self._entries() if one.holders]

    # ---- what is asked ----

    async def ask(self, what: str, fields: Mapping[str, Any]) -> None:
        entry = next((one for one in self._entries() if one.key == fields["entry"]), None)
        if entry is None:
            raise Refused("there is no such file any more")
        with trio.move_on_after(OPENING):
            await self._opened.wait()
        if self._exchange is None or self._nursery is None:
            raise Refused("the files are still being opened")
        if what == "fetch":
            self._said.pop(entry.key, None)
            self._nursery.start_soon(self._fetch_and_say, entry)
        elif what == "stop":
            self._exchange.stop(entry.file)
        else:
            await self._table.publish(withdrawal(entry.file))
            await trio.to_thread.run_sync(self._shelf.forget, entry.file)
            self._note()

    async def _fetch_and_say(self, entry: Entry) -> None:
        try:
            await self.fetch(entry)
        except (Failed, Refused) as error:
            self._said[entry.key] = str(error)
            self._note()

    async def fetch(self, entry: Entry) -> Path:
        """Where the file is, when all of it is here; others are told that they can have it from here too. Raises
        Failed, Refused."""
        found = self._shelf.held(entry.file)
        if found is None:
            if self._exchange is None:
                raise Failed("the files are still being opened")
            found = await self._exchange.fetch(entry.file, entry.size, entry.name, lambda: self._holders(entry.file))
        if self._table.me not in entry.holders:
            await self._table.publish(announcement(entry.file, entry.name, entry.size))
        self._note()
        return found.path

    async def share(self, path: Path) -> Held:
        """Share a file of this user, which stays where it is. Raises Failed, Refused."""
        with sentence():
            held = await trio.to_thread.run_sync(self._shelf.share, path)
        await self._announce(held)
        return held

    @contextlib.asynccontextmanager
    async def draft(self) -> AsyncIterator[Draft]:
        """For the bytes of a file that the page drops in; it is shared with ``finish``, else nothing of it stays.
        Raises Refused, Failed."""
        if self._drafts >= MOST_DRAFTS:
            raise Refused(f"{MOST_DRAFTS} files are being added already")
        self._drafts += 1
        try:
            with sentence():
                made = await trio.to_thread.run_sync(self._shelf.draft)
            try:
                yield made
            finally:
                with trio.CancelScope(shield=True):
                    await trio.to_thread.run_sync(made.drop)
        finally:
            self._drafts -= 1

    async def finish(self, draft: Draft, name: str) -> None:
        with sentence():
            held = await trio.to_thread.run_sync(draft.end, name)
        await self._announce(held)

    async def _announce(self, held: Held) -> None:
        try:
            await self._table.publish(announcement(held.content.id, held.name, held.content.size))
        except Refused:
            await trio.to_thread.run_sync(self._shelf.forget, held.content.id)
            raise
        self._note()

    # ---- helpers ----

    def _entries(self) -> list[Entry]:
        records = self._table.records()
        if records is not self._read:
            self._read, self._known = records, listed(records)[0]
        return self._known

    def _is_picture(self, held: Held) -> bool:
        if held.content.id not in self._pictures:
            self._pictures[held.content.id] = kind_of(held) is not None
        return self._pictures[held.content.id]

    def _holders(self, file: bytes) -> list[str]:
        return [peer for one in self._entries() if one.file == file for peer in one.holders]

    def _is_shared(self, file: bytes) -> bool:
        """Whether this user has said so, in this activity."""
        return self._table.me in self._holders(file)

    def _note(self) -> None:
        self._changed.set()

    async def _tell(self) -> None:
        while True:
            await self._changed.wait()
            self._changed = trio.Event()
            self._table.tell_beside()
            await trio.sleep(FEW)


def kind_of(held: Held) -> str | None:
    """The type by which a page shows a file as a picture; None for everything else, whatever it is called."""
    try:
        with held.path.open("rb", buffering=0) as file:
            begin = file.read(16)
    except OSError:
        return None
    if begin[:4] == b"RIFF" and begin[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for magic, kind in PICTURES.items() if begin.startswith(magic)), None)


async def portions(held: Held) -> AsyncIterator[bytes]:
    """The bytes of a file, as they are wanted."""
    file = await trio.to_thread.run_sync(lambda: held.path.open("rb", buffering=0))
    try:
        while data := await trio.to_thread.run_sync(file.read, READ):
            yield data
    finally:
        file.close()


EXPECTED = (Failed, Refused, Unusable, PeerError, OSError)
"What can go wrong without being a fault of the program."
