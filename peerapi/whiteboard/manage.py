"""The boards that this user has opened before: listed, invited to, left, deleted."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path

import trio

import peerapi
from peerapi import PeerError, errors
from peerapi.pages.listener import InvalidOption
from peerapi.python import owners
from peerapi.whiteboard import marks
from peerapi.whiteboard.graphs import NOT_READY, AnyGraph, is_ready
from peerapi.whiteboard.image_pieces import PIECE
from peerapi.whiteboard.invitation import reach_of
from peerapi.whiteboard.saved_boards import GROUP, SavedBoard, SavedBoards
from peerapi.whiteboard.source import DATABASE, BoardSource, source_of

REACHING = 10.0
"Seconds in which somebody who has the board may be reached before it is deleted."
SPREADING = 5.0
"Seconds for what was deleted to reach the neighbors."


@dataclass(frozen=True)
class Invitation:
    """What is printed for somebody who is to come in."""

    word: str
    reach: str
    "See ``reach_of``."


def process_of(saved: SavedBoard) -> int | None:
    """The process that has the board open, see ``owners``."""
    if saved.kind == GROUP:
        return owners.of_group(saved.id, saved.peer)
    return owners.of_graph(saved.id, saved.peer, DATABASE)


def _require_closed(saved: SavedBoard) -> None:
    """Raises InvalidOption when a process has the board open."""
    process = process_of(saved)
    if process is not None:
        where = f" in process {process}" if process else ""
        raise InvalidOption(f"the board is open{where}: close it first (Ctrl-C where it was started)")


def saved_boards(folder: Path) -> SavedBoards:
    return SavedBoards(folder / "whiteboards")


def invitation(folder: Path, words: str) -> Invitation:
    """To one of this user's boards, open or not. Raises NoSuchBoard, InvalidOption."""
    saved = saved_boards(folder).find(words)
    addresses = saved.addresses_to_invite()
    word = source_of(saved).invitation(addresses)
    if not word:
        raise InvalidOption("you were invited to that board alone: whoever has invited you can invite others")
    return Invitation(word, reach_of(addresses))


async def leave(folder: Path, saved: SavedBoard) -> None:
    """Remove the board from this machine; the others keep it. Raises InvalidOption (it is open), PeerError."""
    _require_closed(saved)
    boards = saved_boards(folder)
    try:
        await source_of(saved).remove()
    except (errors.DatabaseAccessDenied, errors.NotAuthorized, errors.AccessDenied) as error:
        raise InvalidOption("the board is open: close it first (Ctrl-C where it was started)") from error
    except (errors.NotFound, errors.WrappedWin32Error):  # its data is gone already
        pass
    for graph_id in saved.activities:
        with contextlib.suppress(PeerError):  # it is gone already
            await peerapi.delete_graph(graph_id, saved.peer)
    boards.remove(saved)


async def delete(folder: Path, saved: SavedBoard) -> bool:
    """Take everything off the board, for everybody, and remove it from this machine; whether somebody else was there
    to hear of it. Raises InvalidOption (somebody else has begun it; it is open), PeerError."""
    if saved.kind == GROUP and saved.founder != saved.peer:
        raise InvalidOption("only who has begun a board can delete it for everybody; `leave` removes it from here")
    _require_closed(saved)
    source = source_of(saved)
    try:
        async with await source.open() as graph:
            heard = await _erase_everywhere(source, graph)
    except errors.DatabaseAccessDenied as error:
        raise InvalidOption("the board is open: close it first (Ctrl-C where it was started)") from error
    await leave(folder, saved)
    return heard


async def _erase_everywhere(source: BoardSource, graph: AnyGraph) -> bool:
    async with trio.open_nursery() as nursery:
        changed = trio.Event()

        def wake() -> None:
            changed.set()

        links = source.links(graph, source.saved.known_addresses(but=source.peer))
        nursery.start_soon(links.keep, wake)
        with trio.move_on_after(REACHING):
            while links.alone:
                await changed.wait()
                changed = trio.Event()
        if is_ready(graph):
            await _erase(graph)
        heard = not links.alone
        if heard:
            await trio.sleep(SPREADING)
        nursery.cancel_scope.cancel()
    return heard


async def _erase(graph: AnyGraph) -> None:
    for kind in (PIECE, *reversed(marks.TYPES)):
        try:
            async for record in graph.records(kind):
                with contextlib.suppress(PeerError):  # somebody else has erased it, or may not
                    await graph.delete(record.id)
        except NOT_READY:
            return
