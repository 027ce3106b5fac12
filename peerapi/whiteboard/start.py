"""From the command line to a board that is there: opened, served, printed, and closed again."""

from __future__ import annotations

import contextlib
import importlib.util
import shlex
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import trio

import peerapi
from peerapi import PeerError
from peerapi.python import hosts, node_addresses
from peerapi.signals import ending
from peerapi.text import is_name, printable
from peerapi.whiteboard import source as sources
from peerapi.whiteboard.access_control import AccessControl, is_wildcard
from peerapi.whiteboard.actions import LIFETIME
from peerapi.whiteboard.invitation import (
    MOST_ADDRESSES,
    MOST_TITLE,
    GraphInvitation,
    Invitation,
    NotAnInvitation,
    parse,
)
from peerapi.whiteboard.listener import MOST_PORT, InvalidOption, Listener, listening, own_addresses
from peerapi.whiteboard.marks import NAME_BYTES, PAGE, Page, is_words
from peerapi.whiteboard.page_file import open_in_browser, page_file
from peerapi.whiteboard.reasons import sentence
from peerapi.whiteboard.saved_boards import GROUP, NoSuchBoard, SavedBoard, SavedBoards
from peerapi.whiteboard.session import Session
from peerapi.whiteboard.source import BoardSource

EXPECTED = (InvalidOption, NoSuchBoard, NotAnInvitation, PeerError, OSError)
"What can go wrong without being a fault of the program."
MOST_NAME = 50
"Characters of what a person is called."
NOT_REACHED = {
    "nowhere": "The invitation has no address: nobody can come in by it yet.",
    "machine": "The invitation leads here from this machine only: it has no address in a network.",
    "link": "The invitation leads here from the same cable or Wi-Fi only: this machine has no other address.",
    "site": "The invitation leads here from the same home or office only: this machine has no public address.",
}
"Reach of an invitation -> what is said of it."
__all__ = ["EXPECTED", "Options", "run", "sentence"]


@dataclass(frozen=True)
class Options:
    """The options of the command line. One of ``new``, ``join`` and ``open`` is given."""

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
    browser: bool = False
    port: int | None = None
    bind: str = "127.0.0.1"
    graph_port: int | None = None
    here: bool = False
    graph: bool = False


async def run(options: Options) -> None:
    """Until SIGINT, SIGTERM or the end of its terminal. Raises EXPECTED, in groups; whatever was made for a board that
    could not be opened is gone again then."""
    _check(options)
    boards = SavedBoards(options.folder / "whiteboards")
    invitation = None if options.join is None else await _looked_up(parse(options.join))
    before = _opened_before(options, invitation, boards)
    with listening(options.bind, options.port, before.port if before else 0) as listener:
        async with _source(options, invitation, before, boards) as source:
            source.saved.port = listener.port
            await _serve(options, source, boards, listener)


async def _looked_up(invitation: Invitation) -> Invitation:
    """The invitation with the addresses of the host that it names. Raises PeerError."""
    if not isinstance(invitation, GraphInvitation) or not invitation.place:
        return invitation
    found = await node_addresses.find(invitation.place, None, hosts.current())
    return replace(invitation, addresses=tuple(found[:MOST_ADDRESSES]))


def _check(options: Options) -> None:
    """What can be seen of the options before anything is made. Raises InvalidOption."""
    name, title, port = options.name, options.new, options.graph_port
    if name is not None and not _is_shown(name.strip(), MOST_NAME):
        raise InvalidOption(f"a name has 1 to {MOST_NAME} characters, of which some can be seen")
    if title is not None and not _is_shown(title.strip(), MOST_TITLE):
        raise InvalidOption(f"a title has 1 to {MOST_TITLE} characters, of which some can be seen")
    if port is not None and not 0 <= port <= MOST_PORT:
        raise InvalidOption(f"--graph-port {port}: a port is a number up to {MOST_PORT}, and 0 means any that is free")


def _opened_before(options: Options, invitation: Invitation | None, boards: SavedBoards) -> SavedBoard | None:
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
        f"there is a board {title!r} already: peerapi whiteboard open {shlex.quote(title)} opens it, "
        "and a new one needs another title"
    )


def _is_shown(text: str, most: int) -> bool:
    return is_name(text) and is_words(text, 4 * most) and len(text) <= most


@asynccontextmanager
async def _source(
    options: Options, invitation: Invitation | None, before: SavedBoard | None, boards: SavedBoards
) -> AsyncIterator[BoardSource]:
    """What is opened. When the block fails, what was made for it is removed, unless it was saved meanwhile."""
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


async def _serve(options: Options, source: BoardSource, boards: SavedBoards, listener: Listener) -> None:
    saved = source.saved

    def remember() -> None:
        """Keep what has changed of a board that is kept already: a new one is when it has come about."""
        if boards.path(saved).exists():
            boards.save(saved)

    session = Session(source, remember, _complain)
    with trio.open_signal_receiver(*ending()) as signals:
        async with trio.open_nursery() as nursery:
            await nursery.start(session.run)
            if options.new is not None:
                graph = await session.graph()
                await graph.add(PAGE, Page(short(source.title)).encode(), expires=LIFETIME)
            serve = await trio.to_thread.run_sync(_server)  # while the first call is under way
            access: AccessControl = await nursery.start(serve, session, listener, saved.token)
            saved.touch()
            if options.new is None:
                boards.save(saved)
            elif not boards.save_new(saved):  # somebody was faster
                raise _taken(saved.title)
            _announce(session, access)
            with (
                page_file(options.folder / "pages", access.url) if options.browser else contextlib.nullcontext() as page
            ):
                if page is not None:
                    nursery.start_soon(_open, page)
                async for _ in signals:
                    break
            nursery.cancel_scope.cancel()


def require_server() -> None:
    """Raises ModuleNotFoundError for what the page cannot be served without. Nothing is imported for that."""
    for name in ("quart_trio", "hypercorn"):
        if importlib.util.find_spec(name) is None:
            raise ModuleNotFoundError(name, name=name)


def _server() -> Callable[..., Awaitable[None]]:
    """What serves the page; importing it takes as long as all the rest of the board."""
    from peerapi.whiteboard.server import serve

    return serve


def _complain(why: str) -> None:
    print(printable(f"peerapi whiteboard: not let in yet: {why}"), file=sys.stderr, flush=True)


async def _open(page: Path) -> None:
    """Some browsers end only when they are left; the board does not wait for that."""
    await trio.to_thread.run_sync(open_in_browser, page, abandon_on_cancel=True)


def short(name: str) -> str:
    """As much of a name as a page can have."""
    return name.encode()[:NAME_BYTES].decode(errors="ignore")


def _announce(session: Session, access: AccessControl) -> None:
    source, saved = session.source, session.source.saved
    print(printable(f"{source.title}: you are {source.name}"))
    print(f"  page        {access.url}")
    if is_wildcard(access.host):
        for address in own_addresses():
            print(f"              {access.url_at(address)}")
    relays = session.relays()
    if relays:
        print(f"  reach       anywhere, through the relay {' and '.join(relays)}")
    if session.invitation():
        print(f"  invitation  {session.invitation()}")
        said = NOT_REACHED.get(session.reach())
        if said and not saved.here:
            print(f"  {said}")
    alone = session.looking_for()
    if alone and not saved.began_here:
        print(printable(f"  Looking for {alone}; one of them must be online."))
    if not access.is_local:
        print("  The page is served beyond this machine: whoever sees its address can draw in your name.")
    print("Ctrl-C closes the board; its drawing is kept.", flush=True)
