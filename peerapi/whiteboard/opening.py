"""A board that is opened: what was asked for, made or found, and open as long as it is wanted.

Whatever was made for a board that could not be opened is gone again then.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import trio

import peerapi
from peerapi import PeerError
from peerapi.pages.listener import MOST_PORT, InvalidOption, MistypedOption
from peerapi.pages.words import is_words
from peerapi.python import hosts, node_addresses
from peerapi.text import is_name, to_paste
from peerapi.whiteboard import source as sources
from peerapi.whiteboard.actions import LIFETIME
from peerapi.whiteboard.invitation import (
    MOST_ADDRESSES,
    MOST_TITLE,
    GraphInvitation,
    Invitation,
    NotAnInvitation,
    parse,
)
from peerapi.whiteboard.marks import NAME_BYTES, PAGE, Page
from peerapi.whiteboard.saved_boards import GROUP, NoSuchBoard, SavedBoard, SavedBoards
from peerapi.whiteboard.session import Session
from peerapi.whiteboard.source import BoardSource

EXPECTED = (InvalidOption, NoSuchBoard, NotAnInvitation, PeerError, OSError)
"What can go wrong without being a fault of the program."
LEAST_ROOM = 64 << 10
"Bytes free on a disk that is not full: the next record may have as many."
MOST_NAME = 50
"Characters of what a person is called."


@dataclass(frozen=True)
class Wanted:
    """The board that is wanted. One of ``new``, ``join`` and ``open`` is given."""

    folder: Path
    "The folder in which this user's data is."
    usual_name: str = "somebody"
    "What a person is called who has not said it."
    new: str | None = None
    "The title of a new board."
    join: str | None = None
    "The text of an invitation."
    open: str | None = None
    "The title or key of a board that this user has opened before."
    name: str | None = None
    graph_port: int | None = None
    here: bool = False
    graph: bool = False


class Opening:
    """What is known of a board before anything is made for it."""

    def __init__(self, wanted: Wanted) -> None:
        """Raises NoSuchBoard, InvalidOption, NotAnInvitation."""
        _check(wanted)
        self.wanted = wanted
        self.boards = SavedBoards(wanted.folder / "whiteboards")
        self._invitation = None if wanted.join is None else parse(wanted.join)
        self.before = _opened_before(wanted, self._invitation, self.boards)
        "The board, if this user has opened it before."

    @asynccontextmanager
    async def opened(self, complain: Callable[[str], None]) -> AsyncIterator[Session]:
        """The session of the board, as long as the block lasts; ``complain``: see Session. Raises EXPECTED, in
        groups."""
        boards = self.boards
        async with self._source(None if self._invitation is None else await _looked_up(self._invitation)) as source:
            saved = source.saved

            def remember() -> None:
                """Keep what has changed of a board that is kept already: a new one is when it has come about."""
                if boards.path(saved).exists():
                    boards.save(saved)

            session = Session(source, remember, complain, lambda: _has_room(self.wanted.folder))
            async with trio.open_nursery() as nursery:
                await nursery.start(session.run)
                if self.wanted.new is not None:
                    graph = await session.graph()
                    await graph.add(PAGE, Page(short(source.title)).encode(), expires=LIFETIME)
                yield session
                nursery.cancel_scope.cancel()

    def keep(self, saved: SavedBoard) -> None:
        """The board has come about, and is found again from now on. Raises InvalidOption when another one of its title
        was faster, OSError."""
        saved.touch()
        if self.wanted.new is None:
            self.boards.save(saved)
        elif not self.boards.save_new(saved):
            raise _taken(saved.title)

    @asynccontextmanager
    async def _source(self, invitation: Invitation | None) -> AsyncIterator[BoardSource]:
        """What is opened. When the block fails, what was made for it is removed, unless it was saved meanwhile."""
        options, before, boards = self.wanted, self.before, self.boards
        reach = sources.Reach(options.here, options.graph_port)
        name = options.name and options.name.strip()
        known = {one.name for one in await peerapi.identities()} if not options.graph else set()
        own = name or options.usual_name
        source: BoardSource | None = None
        try:
            if options.open is not None:
                assert before is not None
                source = sources.source_of(before, options.graph_port)
            elif invitation is not None:
                source = await sources.invited(invitation, name, options.usual_name, reach, boards.all())
            elif options.graph:
                source = sources.new_graph((options.new or "").strip(), own, reach)
            else:
                source = await sources.new_group((options.new or "").strip(), own, reach)
            yield source
        except BaseException:
            with trio.CancelScope(shield=True):
                if source is None:
                    await _remove_identity(own, known)
                elif before is None and not boards.path(source.saved).exists():
                    await _remove(source, known)
            raise


def _has_room(folder: Path) -> bool:
    """Whether anything more finds a place on its disk."""
    try:
        return shutil.disk_usage(folder).free >= LEAST_ROOM
    except OSError:
        return True


async def _looked_up(invitation: Invitation) -> Invitation:
    """The invitation with the addresses of the host that it names. Raises PeerError."""
    if not isinstance(invitation, GraphInvitation) or not invitation.place:
        return invitation
    found = await node_addresses.find(invitation.place, None, hosts.current())
    return replace(invitation, addresses=tuple(found[:MOST_ADDRESSES]))


def _check(options: Wanted) -> None:
    """What can be seen of the options before anything is made. Raises MistypedOption."""
    name, title, port = options.name, options.new, options.graph_port
    if name is not None and not _is_shown(name.strip(), MOST_NAME):
        raise MistypedOption(f"a name has 1 to {MOST_NAME} characters, of which some can be seen")
    if title is not None and not _is_shown(title.strip(), MOST_TITLE):
        raise MistypedOption(f"a title has 1 to {MOST_TITLE} characters, of which some can be seen")
    if port is not None and not 0 <= port <= MOST_PORT:
        raise MistypedOption(f"--graph-port {port}: a port is a number up to {MOST_PORT}, and 0 means any that is free")


def _opened_before(options: Wanted, invitation: Invitation | None, boards: SavedBoards) -> SavedBoard | None:
    """The board that is meant, if this user has opened it before. Raises NoSuchBoard, InvalidOption."""
    if options.open is not None:
        return boards.find(options.open)
    if options.new is not None:
        title = options.new.strip()
        if boards.titled(title):
            raise _taken(title)
        return None
    assert invitation is not None
    return next(iter(sources.boards_of(invitation, options.name and options.name.strip(), boards.all())), None)


def _taken(title: str) -> InvalidOption:
    return InvalidOption(
        f"there is a board {title!r} already: {to_paste('peerapi whiteboard open', title)} opens it, "
        "and a new one needs another title"
    )


def _is_shown(text: str, most: int) -> bool:
    return is_name(text) and is_words(text, 4 * most) and len(text) <= most


async def _remove(source: BoardSource, known: set[str]) -> None:
    """Everything that was made for a board which could not be opened: also an identity that was not ``known``."""
    with contextlib.suppress(PeerError, OSError):
        await source.remove()
    if source.saved.kind == GROUP and source.peer not in known:
        with contextlib.suppress(PeerError, OSError):
            await peerapi.delete_identity(source.peer)


async def _remove_identity(name: str, known: set[str]) -> None:
    """Remove the identity of that name that was made for a board which did not come about."""
    with contextlib.suppress(PeerError, OSError):
        for one in await peerapi.identities():
            if one.friendly_name == name and one.name not in known:
                await peerapi.delete_identity(one.name)


def short(name: str) -> str:
    """As much of a name as a page can have."""
    return name.encode()[:NAME_BYTES].decode(errors="ignore")
