"""From the command line to a board that is there: opened, served, printed, and closed again."""

from __future__ import annotations

import contextlib
import signal
from dataclasses import dataclass
from pathlib import Path

import trio

from peerapi import PeerError, errors
from peerapi.text import printable
from peerapi.whiteboard import source as sources
from peerapi.whiteboard.access_control import AccessControl, is_loopback
from peerapi.whiteboard.actions import LIFETIME
from peerapi.whiteboard.invitation import MOST_TITLE, NotAnInvitation, parse
from peerapi.whiteboard.marks import NAME_BYTES, PAGE, Page, is_words
from peerapi.whiteboard.page_file import open_in_browser, page_file
from peerapi.whiteboard.server import serve
from peerapi.whiteboard.session import Session


class InvalidOption(Exception):
    """What was asked for on the command line cannot be."""


EXPECTED = (InvalidOption, NotAnInvitation, PeerError, OSError)
"What can go wrong without being a fault of the program."


@dataclass(frozen=True)
class Options:
    """The options of the command line."""

    new: str | None
    join: str | None
    "The text of an invitation."
    name: str
    pages: Path
    "Where the file that leads a browser to the page may lie."
    browser: bool = False
    port: int = 0
    bind: str = "127.0.0.1"
    graph_port: int | None = None
    here: bool = False
    graph: bool = False


async def run(options: Options) -> None:
    """Until SIGINT or SIGTERM. Raises EXPECTED, in groups."""
    session = Session(await _source(options))
    with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        async with trio.open_nursery() as nursery:
            await nursery.start(session.run)
            if options.new is not None:
                graph = await session.graph()
                await graph.add(PAGE, Page(_short(session.source.title)).encode(), expires=LIFETIME)
            access: AccessControl = await nursery.start(serve, session, options.bind, options.port)
            _announce(session, access)
            with page_file(options.pages, access.url) if options.browser else contextlib.nullcontext() as page:
                if page is not None:
                    nursery.start_soon(_open, page)
                async for _ in signals:
                    break
            nursery.cancel_scope.cancel()


async def _open(page: Path) -> None:
    """Some browsers end only when they are left; the board does not wait for that."""
    await trio.to_thread.run_sync(open_in_browser, page, abandon_on_cancel=True)


def sentence(error: BaseException) -> str:
    """For the person who has started the board."""
    if isinstance(error, errors.DatabaseAccessDenied):
        return "this board is open already under that name; another one can be chosen with --name"
    if isinstance(error, PeerError):
        return f"{error} (0x{error.hresult:08X})"
    return str(error)


async def _source(options: Options) -> sources.BoardSource:
    name = options.name.strip()
    if not is_words(name, 200) or len(name) > 50:
        raise InvalidOption("a name has 1 to 50 characters")
    reach = sources.Reach(options.here, options.graph_port)
    if options.join is not None:
        return await sources.invited(parse(options.join), name, reach)
    title = (options.new or "").strip()
    if not is_words(title, 4 * MOST_TITLE) or len(title) > MOST_TITLE:
        raise InvalidOption(f"a title has 1 to {MOST_TITLE} characters")
    return sources.new_graph(title, name, reach) if options.graph else await sources.new_group(title, name, reach)


def _short(name: str) -> str:
    """As much of a name as a page can have."""
    return name.encode()[:NAME_BYTES].decode(errors="ignore")


def _announce(session: Session, access: AccessControl) -> None:
    source = session.source
    print(printable(f"{source.title}: you are {source.name}"))
    print(f"  page        {access.url}")
    if session.invitation():
        print(f"  invitation  {session.invitation()}")
    if not is_loopback(access.host):
        print("  The page is served beyond this machine: whoever sees its address can draw in your name.")
    print("Ctrl-C closes the board; its drawing is kept.", flush=True)
