"""The picture files of a board: their pieces come and go as records, and what is whole and a picture is shown.

Records hold the bytes, so nothing of a file is in memory but what its own maker is still sending (``image_drafts``). A
file is shown when all its pieces are here, have the hash that was said, and begin like a picture of a bounded size.
When no image of the board shows a file any more, the program of whoever made it takes the pieces away after a while (so
that this can be undone until then), and so does that of who has begun the board.
"""

from __future__ import annotations

import hashlib
from collections import Counter, OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

import trio

from peerapi import Change, ChangeKind, ChangesLost, PeerError, Record
from peerapi.pages.broadcast import News
from peerapi.pages.requests import Refused
from peerapi.python.streams import Stream
from peerapi.whiteboard.board import Board
from peerapi.whiteboard.graphs import AnyGraph, wait_ready
from peerapi.whiteboard.image_drafts import Drafts
from peerapi.whiteboard.image_kinds import HEAD, Unshown, look
from peerapi.whiteboard.image_metadata import without_metadata
from peerapi.whiteboard.image_pieces import PIECE, ImageFile, Piece, decode_piece

MOST_OF_ONE, MOST_OF_ALL = 256 << 20, 1 << 30
"Bytes of the pictures of one member, and of all, that a board shows; pieces beyond that are not looked at."
LEAST = 16 << 10
"Bytes that each piece counts as at least, so that their number is bounded, too."
CLOSING = 10.0
"Seconds in which the rest of what is being sent becomes records when the board is closed."
FEW = 0.1
"Seconds in which progress is put together before the pages are told."
GRACE = 600.0
"Seconds in which the pieces stay of a file that no image shows."
SWEEP = 30.0
"Seconds between two looks at what is to be taken away."
AGAIN = 30.0
"Seconds until what has failed is tried once more, if nothing changes before."
REMEMBERED = 500
"Files that are known and that no image shows."


class Verdict(NamedTuple):
    """What has become of a file that was whole: its media type, or why it is not shown."""

    kind: str
    why: str


@dataclass(frozen=True, slots=True)
class Served:
    """A picture for a page."""

    kind: str
    length: int
    data: AsyncIterator[bytes]


class _Missing(Exception):
    """A piece has gone meanwhile."""


class Images:
    """``run`` has to be running. ``tell`` is given news for the pages; ``may_take_away`` is asked for the makers whose
    pieces this person may delete."""

    def __init__(
        self, board: Board, me: str, tell: Callable[[News], None], may_take_away: Callable[[str], bool]
    ) -> None:
        self._board = board
        self._me = me
        self._tell = tell
        self._may_take_away = may_take_away
        self._held: dict[ImageFile, dict[int, UUID]] = {}
        "File -> number of a piece -> its record."
        self._places: dict[UUID, tuple[ImageFile, int]] = {}
        "Record -> what it is."
        self._sizes: Counter[str] = Counter()
        "Maker -> bytes in pieces."
        self._verdicts: dict[ImageFile, Verdict] = {}
        self._drafts = Drafts(
            lambda file: file in board.files, lambda file: self._held.get(file, ()), self._note, self._note_draft
        )
        self._named: dict[str, ImageFile] = {}
        "Key -> file that an image shows."
        self._recent: OrderedDict[str, ImageFile] = OrderedDict()
        "Key -> file that none shows yet, or any more: it may be put on a page again."
        self._lone: dict[ImageFile, float] = {}
        "File that no image shows -> since when."
        self._news: dict[ImageFile, None] = {}
        self._graph: AnyGraph | None = None
        self._turn = 0
        self._woken = trio.Event()

    # What there is ----------------------------------------------------------------------------------------------------

    def note(self, *files: ImageFile) -> None:
        """More images of the board show these files than before, or fewer."""
        for file in files:
            if file not in self._board.files:
                if self._named.pop(file.key, None) is not None:
                    self._remember(file)
                    self._news[file] = None
            elif file.key not in self._named:
                self._named[file.key] = file
                self._recent.pop(file.key, None)
                self._news[file] = None
        if files:
            self._wake()

    def note_all(self) -> None:
        """The board was read anew."""
        self.note(*self._board.files, *(one for one in self._named.values() if one not in self._board.files))

    def known(self, key: str) -> ImageFile:
        """The file that a page calls so. Raises Refused."""
        file = self._find(key)
        if file is None:
            raise Refused("that picture is not there any more")
        return file

    def is_held(self, file: ImageFile) -> bool:
        """Whether an image that shows it can be there again: something of it is here, or of one's own, of which nobody
        else would send the rest, all."""
        here = len(self._held.get(file, ()))
        return file in self._drafts or here >= (file.count if file.maker == self._me else 1)

    def news(self) -> Iterator[News]:
        """What a page that begins has to know."""
        return map(self._view, list(self._board.files))

    def served(self, key: str) -> Served | None:
        """A picture, if it is one, and whole."""
        file = self._find(key)
        verdict = None if file is None else self._verdicts.get(file)
        if file is None or verdict is None or not verdict.kind or self._graph is None:
            return None
        return Served(verdict.kind, file.length, self._bytes_of(file, self._graph))

    def _find(self, key: str) -> ImageFile | None:
        return self._named.get(key) or self._recent.get(key)

    def _view(self, file: ImageFile) -> News:
        verdict = self._verdicts.get(file, Verdict("", ""))
        here = sum(map(file.size_of, self._held.get(file, {})))
        is_mine = file in self._drafts and file in self._board.files  # one that no image shows is not being sent
        said = {"key": file.key, "by": file.maker, "here": here, "of": file.length, "mine": is_mine}
        why = self._drafts.trouble if is_mine else verdict.why
        return {"is": "image", **said, "kind": verdict.kind, "why": why}

    def _remember(self, file: ImageFile) -> None:
        self._recent[file.key] = file
        if len(self._recent) > REMEMBERED:
            self._recent.popitem(last=False)

    # Adding one -------------------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def adding(self, length: int) -> AsyncIterator[None]:
        """A file of that length comes from the page, as soon as there is a place for it. Raises Refused."""
        self._check_room(length)
        async with self._drafts.turn():
            self._check_room(length)
            yield

    async def add(self, data: bytes) -> ImageFile:
        """Take a file, which is sent to the others when an image shows it, without what is in it beside the picture.
        Raises Refused."""
        try:
            kind = look(data[:HEAD]).kind
        except Unshown as error:
            raise Refused(f"that cannot be put on the board: {error}") from None
        data = await trio.to_thread.run_sync(without_metadata, data, kind)
        digest = await trio.to_thread.run_sync(lambda: hashlib.sha256(data).digest())
        file = ImageFile(self._me, len(data), digest)
        if len(self._held.get(file, ())) < file.count:
            self._check_room(len(data))
            self._verdicts[file] = Verdict(kind, "")
            self._drafts.add(file, data)
        if file.key not in self._named:
            self._remember(file)
        return file

    def _check_room(self, length: int) -> None:
        """Raises Refused."""
        waiting = sum(file.length for file in self._drafts if file not in self._held)
        waiting += max(length, LEAST)
        if self._sizes[self._me] + waiting > MOST_OF_ONE:
            raise Refused(f"your pictures have {MOST_OF_ONE >> 20} MB on a board: take some away, or begin another one")
        if self._sizes.total() + waiting > MOST_OF_ALL:
            raise Refused(f"the pictures of a board have {MOST_OF_ALL >> 20} MB: begin another one")

    # Records ----------------------------------------------------------------------------------------------------------

    async def run(self, graph: AnyGraph) -> None:
        """As long as the graph is open."""
        changes = graph.changes(PIECE)
        await wait_ready(graph)
        self._graph = graph
        try:
            async with trio.open_nursery() as nursery:
                for work, pause in ((self._tell_news, FEW), (self._check, FEW), (self._drafts.send, FEW)):
                    nursery.start_soon(self._again, work, graph, pause)
                nursery.start_soon(self._sweep, graph)
                await self._follow(graph, changes)
                nursery.cancel_scope.cancel()
        finally:
            self._graph = None
            with trio.move_on_after(CLOSING, shield=True), suppress(PeerError):
                await self._drafts.store_rest(graph)

    async def _follow(self, graph: AnyGraph, changes: Stream[Change]) -> None:
        while True:
            await self._read_all(graph)
            try:
                async for change in changes:
                    await self._take_change(change)
                return
            except ChangesLost:
                continue

    async def _read_all(self, graph: AnyGraph) -> None:
        found: set[UUID] = set()
        with suppress(PeerError):  # it was closed: so are the changes
            async for record in graph.records(PIECE):
                found.add(record.id)
                self._take(record)
            for gone in self._places.keys() - found:
                if await graph.find(gone) is None:
                    self._drop(gone)

    async def _take_change(self, change: Change) -> None:
        is_gone = change.kind in (ChangeKind.DELETED, ChangeKind.EXPIRED)
        record = None if is_gone else await change.record()
        if record is None:
            self._drop(change.id)
        else:
            self._take(record)

    def _take(self, record: Record) -> None:
        """Note a piece. One that was changed is none any more: it has been looked at already."""
        if not _is_unchanged(record):
            self._drop(record.id)
            return
        piece = decode_piece(record.creator, record.data)
        if piece is not None and self._has_room(piece.file.maker, len(piece.data)):
            self._note(piece, record.id)

    def _has_room(self, maker: str, size: int) -> bool:
        size = max(size, LEAST)
        return self._sizes[maker] + size <= MOST_OF_ONE and self._sizes.total() + size <= MOST_OF_ALL

    def _note(self, piece: Piece, record: UUID) -> None:
        file, number = piece.file, piece.number
        held = self._held.setdefault(file, {})
        if number not in held:
            held[number] = record
            self._places[record] = file, number
            self._sizes[file.maker] += max(file.size_of(number), LEAST)
            self._news[file] = None
            self._wake()

    def _drop(self, record: UUID) -> None:
        found = self._places.pop(record, None)
        if found is None:
            return
        file, number = found
        del self._held[file][number]
        if not self._held[file]:
            del self._held[file]
        self._sizes[file.maker] -= max(file.size_of(number), LEAST)
        if file not in self._drafts:
            self._verdicts.pop(file, None)
        self._news[file] = None
        self._wake()

    def _note_draft(self, file: ImageFile) -> None:
        """It is being sent, or no longer."""
        if file not in self._drafts and len(self._held.get(file, ())) < file.count:
            self._verdicts.pop(file, None)
        self._news[file] = None
        self._wake()

    async def _bytes_of(self, file: ImageFile, graph: AnyGraph) -> AsyncIterator[bytes]:
        """The pieces, one after the other. Raises _Missing."""
        if file in self._drafts:
            for piece in self._drafts.pieces(file):
                yield piece.data
            return
        for number in range(file.count):
            id = self._held.get(file, {}).get(number)
            record = None if id is None else await graph.find(id)
            if record is None or not _is_unchanged(record):
                raise _Missing
            found = decode_piece(record.creator, record.data)
            if found is None or (found.file, found.number) != (file, number):
                raise _Missing
            yield found.data

    # What is done with them -------------------------------------------------------------------------------------------

    def _wake(self) -> None:
        self._turn += 1
        self._woken.set()
        self._woken = trio.Event()

    async def _again(self, work: Callable[[AnyGraph], Awaitable[None]], graph: AnyGraph, pause: float) -> None:
        """Do that at once, and after each change."""
        while True:
            turn = self._turn
            with suppress(PeerError):  # as when the graph was closed, or the disk is full: there is a next time
                await work(graph)
            with trio.move_on_after(AGAIN):
                while turn == self._turn:
                    await self._woken.wait()
            await trio.sleep(pause)

    async def _tell_news(self, graph: AnyGraph) -> None:
        news, self._news = self._news, {}
        for file in news:
            if self._find(file.key):
                self._tell(self._view(file))

    async def _check(self, graph: AnyGraph) -> None:
        """Look at each file that has become whole."""
        for file, held in list(self._held.items()):
            if file in self._verdicts or file not in self._board.files or len(held) < file.count:
                continue
            looked_at = dict(held)
            digest, head = hashlib.sha256(), bytearray()
            try:
                async for data in self._bytes_of(file, graph):
                    digest.update(data)
                    head += data[: HEAD - len(head)]
            except _Missing:
                continue
            if self._held.get(file) != looked_at:
                continue
            self._verdicts[file] = _verdict(file, digest.digest(), bytes(head))
            self._news[file] = None
            self._wake()

    async def _sweep(self, graph: AnyGraph) -> None:
        while True:
            await trio.sleep(SWEEP)
            await self._take_away(graph)

    async def _take_away(self, graph: AnyGraph) -> None:
        """What no image has shown for a while."""
        self._drafts.give_up()
        now, shown = trio.current_time(), self._board.files
        alone = [file for file in self._held if file not in shown and file not in self._drafts]
        self._lone = {file: self._lone.get(file, now) for file in alone}
        for file, since in self._lone.items():
            if now - since >= GRACE and self._may_take_away(file.maker):
                for record in list(self._held.get(file, {}).values()):
                    with suppress(PeerError):
                        await graph.delete(record)
                        self._drop(record)


def _is_unchanged(record: Record) -> bool:
    return record.version == 1


def _is_of(file: ImageFile, digest: bytes) -> bool:
    return digest == file.sha256


def _verdict(file: ImageFile, digest: bytes, head: bytes) -> Verdict:
    if not _is_of(file, digest):
        return Verdict("", "its pieces are not those of the picture that was said")
    try:
        return Verdict(look(head).kind, "")
    except Unshown as error:
        return Verdict("", str(error))
