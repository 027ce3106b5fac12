"""The picture files that this person gives: held in memory until all of each is in records, a piece after the other."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from uuid import UUID

import trio

from peerapi import PeerError
from peerapi.pages.requests import Refused
from peerapi.whiteboard.graphs import AnyGraph
from peerapi.whiteboard.image_pieces import PIECE, ImageFile, Piece, encode_piece, pieces
from peerapi.whiteboard.marks import LIFETIME

MOST_SENDING = 3
"Files that are in memory because they are being added or sent."
TURN = 600.0
"Seconds in which a file that is to be added has its turn, behind those that are being sent."
PLACED = 10.0
"Seconds in which a page puts a file on the paper that it has given; after that its place is free for another one."
UNPLACED = 120.0
"Seconds in which a file is put on a page that was given for it, or put there again, where nobody needs its place."
AHEAD = 16 << 10
"Bytes that may wait for a neighbor when the next piece is made: what is drawn meanwhile comes behind one piece."
PATIENCE = 10.0
"Seconds in which a neighbor takes what waits for it; after that nobody waits for it, until it has."


@dataclass(slots=True)
class _Draft:
    data: bytes
    since: float
    "When it was given, or was last seen to be shown by an image."


class Drafts:
    """``is_shown`` says whether an image of the board shows a file, ``held`` which of its pieces are in records;
    ``stored`` is told of each record that is made, ``changed`` when a file comes in or goes."""

    def __init__(
        self,
        is_shown: Callable[[ImageFile], bool],
        held: Callable[[ImageFile], Collection[int]],
        stored: Callable[[Piece, UUID], None],
        changed: Callable[[ImageFile], None],
    ) -> None:
        self._is_shown = is_shown
        self._held = held
        self._stored = stored
        self._changed = changed
        self._drafts: dict[ImageFile, _Draft] = {}
        self._adding = 0
        self.trouble = ""
        "Why the next piece could not be stored; empty when the last one was."
        self._stuck: set[int] = set()
        "Connections to neighbors that do not take what waits for them."
        self._moved = trio.Event()

    def __contains__(self, file: object) -> bool:
        return file in self._drafts

    def __iter__(self) -> Iterator[ImageFile]:
        return iter(self._drafts)

    def __len__(self) -> int:
        return len(self._drafts)

    def pieces(self, file: ImageFile) -> Iterator[Piece]:
        """All of a file."""
        return pieces(file, self._drafts[file].data)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """A file comes from the page, as soon as there is a place for it. Raises Refused."""
        with trio.move_on_after(TURN):
            while self._is_full and not self._give_up_one():
                with trio.move_on_after(PLACED):
                    await self._moved.wait()
        if self._is_full:
            raise Refused("other pictures are still being sent: wait until they are through")
        self._adding += 1
        try:
            yield
        finally:
            self._adding -= 1
            self._move()

    def add(self, file: ImageFile, data: bytes) -> None:
        """It is sent when an image shows it."""
        self._drafts[file] = _Draft(data, trio.current_time())
        self._changed(file)

    @property
    def _is_full(self) -> bool:
        return self._adding + len(self._drafts) >= MOST_SENDING

    def _give_up_one(self) -> bool:
        """Make room in place of a file that was given and is on no page; whether there was one."""
        early = trio.current_time() - PLACED
        found = next((one for one in self._idle() if self._drafts[one].since < early), None)
        if found is not None:
            self._end(found)
        return found is not None

    def _idle(self) -> list[ImageFile]:
        return [one for one in self._drafts if not self._is_shown(one)]

    def give_up(self) -> None:
        """Those that no image has shown for a while."""
        now = trio.current_time()
        idle = self._idle()
        for file in list(self._drafts):
            if file not in idle:
                self._drafts[file].since = now
            elif now - self._drafts[file].since > UNPLACED:
                self._end(file)

    async def send(self, graph: AnyGraph) -> None:
        """Make records of those that an image shows, one after the other, as fast as the neighbors take them."""
        for file in list(self._drafts):
            for piece in self._unsent(file):
                if not self._is_shown(file):
                    break
                begin = trio.current_time()
                await self._store(graph, piece)
                await trio.sleep(trio.current_time() - begin)  # half of the time is for what else this program does
                await self._taken_by_all(graph)
            self._note_sent(file)

    async def store_rest(self, graph: AnyGraph) -> None:
        """Make records of all that is still to be sent, at once: the others get it when they meet this board again."""
        for file in list(self._drafts):
            if self._is_shown(file):
                for piece in self._unsent(file):
                    await self._store(graph, piece)
                self._note_sent(file)

    def _unsent(self, file: ImageFile) -> Iterator[Piece]:
        """The pieces that are in no record when their turn comes, until the file is given up."""
        for piece in self.pieces(file):
            if file not in self._drafts:
                return
            if piece.number not in self._held(file):
                yield piece

    async def _store(self, graph: AnyGraph, piece: Piece) -> None:
        try:
            record = await graph.add(PIECE, encode_piece(piece), expires=LIFETIME)
        except PeerError as error:
            self.trouble = str(error)
            self._changed(piece.file)
            raise
        self.trouble = ""
        self._stored(piece, record)

    def _note_sent(self, file: ImageFile) -> None:
        if file in self._drafts and len(self._held(file)) == file.count:
            self._end(file)

    def _end(self, file: ImageFile) -> None:
        del self._drafts[file]
        self._changed(file)
        self._move()

    def _move(self) -> None:
        self._moved.set()
        self._moved = trio.Event()

    async def _taken_by_all(self, graph: AnyGraph) -> None:
        """Wait until the neighbors have taken what waits for them, as far as they do."""
        with trio.move_on_after(PATIENCE):
            while self._awaited(graph):
                await trio.sleep(0.005)
        self._stuck |= self._awaited(graph)

    def _awaited(self, graph: AnyGraph) -> set[int]:
        """Neighbors for whom much waits, but those of whom it is known that they do not take it."""
        behind = set(_behind(graph))
        self._stuck &= behind
        return behind - self._stuck


def _behind(graph: AnyGraph) -> Iterator[int]:
    """The connections to neighbors for whom much waits."""
    for connection in graph.connections():
        if not connection.direct:
            with suppress(PeerError):  # it has just gone
                if graph.unsent(connection.id) > AHEAD:
                    yield connection.id
