"""From the command line to a board that is there: opened, served, printed, and closed again."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Awaitable, Callable
from contextlib import nullcontext as nothing
from dataclasses import dataclass
from pathlib import Path

import trio

from peerapi.pages.access_control import AccessControl, is_wildcard
from peerapi.pages.closing import say_closing
from peerapi.pages.listener import MistypedOption, listening, own_addresses
from peerapi.pages.page_file import open_in_browser, page_file
from peerapi.signals import ending
from peerapi.text import printable
from peerapi.whiteboard.opening import EXPECTED, Opening, Wanted
from peerapi.whiteboard.reasons import sentence
from peerapi.whiteboard.session import Session

NOT_REACHED = {
    "nowhere": "The invitation has no address: nobody can come in by it yet.",
    "machine": "The invitation leads here from this machine only: it has no address in a network.",
    "link": "The invitation leads here from the same cable or Wi-Fi only: this machine has no other address.",
    "site": "The invitation leads here from the same home or office only: this machine has no public address.",
}
"Reach of an invitation -> what is said of it."
__all__ = ["EXPECTED", "MistypedOption", "Options", "run", "sentence"]


@dataclass(frozen=True)
class Options(Wanted):
    """The options of the command line."""

    browser: bool = False
    port: int | None = None
    bind: str = "127.0.0.1"


async def run(options: Options) -> None:
    """Until SIGINT, SIGTERM or the end of its terminal. Raises EXPECTED, in groups; whatever was made for a board that
    could not be opened is gone again then."""
    opening = Opening(options)
    with listening(options.bind, options.port, opening.before.port if opening.before else 0) as listener:
        async with trio.open_nursery() as outer:
            await outer.start(_end_at_a_signal, outer.cancel_scope)
            async with opening.opened(_complain) as session, trio.open_nursery() as nursery:
                saved = session.source.saved
                saved.port = listener.port
                serve = await trio.to_thread.run_sync(_server)  # while the first call is under way
                access: AccessControl = await nursery.start(serve, session, listener, saved.token)
                opening.keep(saved)
                _announce(session, access)
                with page_file(options.folder / "pages", access.url) if options.browser else nothing() as page:
                    if page is not None:
                        nursery.start_soon(_open, page)
                    await trio.sleep_forever()


async def _end_at_a_signal(
    scope: trio.CancelScope, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
) -> None:
    with trio.open_signal_receiver(*ending()) as signals:
        task_status.started()
        async for _ in signals:
            say_closing()
            scope.cancel()


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
