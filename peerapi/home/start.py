"""From the command line to the home page: one process of a user has it, and others find it there."""

from __future__ import annotations

from contextlib import nullcontext as nothing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import trio

from peerapi.home import settings
from peerapi.home.running import Elsewhere, alone, hand_over, tell_where
from peerapi.pages.closing import say_closing
from peerapi.pages.listener import listening
from peerapi.pages.page_file import open_in_browser, page_file
from peerapi.signals import ending
from peerapi.whiteboard import near

if TYPE_CHECKING:
    from peerapi.pages.access_control import AccessControl

LINGERING = 10.0
"Seconds that a browser has for reading the file that leads it to the page of another process."


@dataclass(frozen=True)
class Options:
    """The options of the command line."""

    folder: Path
    "The folder in which this user's data is."
    browser: bool = True
    port: int | None = None
    here: bool = False
    "Boards are reached from this machine only."
    invited: bool = False
    "An invitation has started this program."
    ask_routers: bool = False


async def run(options: Options) -> None:
    """Until SIGINT, SIGTERM or the end of its terminal; at once where the page is there already. Raises EXPECTED of
    boards, in groups."""
    word = await near.invited_to() if options.invited else None
    try:
        with alone(options.folder / "home") as address:
            await _be_it(options, address, word)
    except Elsewhere as elsewhere:
        if word is not None:
            hand_over(elsewhere.url, word)
        else:
            print(f"  page        {elsewhere.url}\nIt is open already.", flush=True)
            if options.browser:
                await _show(options.folder, elsewhere.url)


async def _be_it(options: Options, address: Path, word: str | None) -> None:
    from peerapi.home.home import Home  # loading them takes seconds, which whoever is second need not wait
    from peerapi.home.server import serve

    kept = settings.load(options.folder / "home" / "settings.json")
    with listening("127.0.0.1", options.port, kept.port) as listener, trio.open_signal_receiver(*ending()) as signals:
        home = Home(options.folder, kept, here=options.here, ask_routers=options.ask_routers)
        async with trio.open_nursery() as nursery:
            await nursery.start(home.run)
            access: AccessControl = await nursery.start(serve, home, listener, kept.token)
            kept.port = listener.port
            kept.save()
            tell_where(address, access.url)
            print(f"  page        {access.url}\nCtrl-C closes it, and the boards that are open in it.", flush=True)
            first = access.url if word is None else f"{access.url}boards/{await home.boards.join(word)}/"
            with page_file(options.folder / "pages", first) if options.browser else nothing() as page:
                if page is not None:
                    nursery.start_soon(partial(trio.to_thread.run_sync, open_in_browser, page, abandon_on_cancel=True))
                async for _ in signals:
                    break
            say_closing()
            address.unlink(missing_ok=True)  # the page answers nobody any more: who is second waits, and is the first
            nursery.cancel_scope.cancel()


async def _show(folder: Path, url: str) -> None:
    """In a browser. Some end only when they are left, others take over from the program that has started them."""
    with page_file(folder / "pages", url) as page, trio.move_on_after(LINGERING):
        if await trio.to_thread.run_sync(open_in_browser, page, abandon_on_cancel=True):
            await trio.sleep_forever()
