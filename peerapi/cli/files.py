"""``peerapi files``: files beside a board, from a terminal."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from peerapi.cli.commands import SECONDS, Failure, Family, for_programs, leaves
from peerapi.cli.databases import login
from peerapi.cli.output import in_json
from peerapi.cli.progress import Progress
from peerapi.errors import DatabaseAccessDenied
from peerapi.store.data_folder import data_folder
from peerapi.text import printable

if TYPE_CHECKING:
    from peerapi.activities.file_records import Entry
    from peerapi.activities.opened_files import OpenedFiles
    from peerapi.whiteboard.saved_boards import SavedBoard

MISSING = """{} is not installed. Boards, beside which files are, need
    {} -m pip install quart-trio hypercorn"""

OPEN_ALREADY = "the files of this board are open in another program of yours: its page takes and gives them, too"


@click.group("files", cls=Family)
def command() -> None:
    """Files beside a board: shared by its members, fetched from who has them.

    \b
    peerapi files share "Holiday" sun.png       others can fetch it as long as this runs
    peerapi files list "Holiday"                what there is
    peerapi files get "Holiday" sun.png         fetches it, in pieces that are checked
    peerapi files send sun.png Ben              asks Ben, and ends when he has it
    """


_board = click.argument("board", metavar="BOARD")
A_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
_here = click.option("--here", is_flag=True, help="Only programs on this machine can connect.")


@command.command("share")
@_board
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=A_FILE)
@click.pass_context
def share(ctx: click.Context, board: str, paths: tuple[Path, ...]) -> None:
    """Share files with the members of a board, until Ctrl-C. They stay where they are.

    BOARD is the title of a board, or how that begins, or its key. While its files are open on your home page, add them
    there.
    """

    async def work(files: OpenedFiles) -> None:
        for path in paths:
            held = await files.transfers.share(path)
            print(printable(f"{held.name}: shared"), flush=True)
        await _tell_who_has_them(files, {path.name for path in paths}, until=None)

    _run(ctx, work, open=board)


@command.command("list")
@_board
@for_programs
@click.pass_context
def list_files(ctx: click.Context, board: str, as_json: bool) -> None:
    """List what the members of a board share, newest first."""

    async def work(files: OpenedFiles) -> None:
        names = files.session.names()
        entries = files.transfers.entries()
        if not entries and not as_json:
            print("no files", file=sys.stderr)
        for one in reversed(entries):
            who = [names.get(peer, peer) for peer in one.holders]
            if as_json:
                print(in_json({"name": one.name, "size": one.size, "file": one.file.hex(), "holders": who}))
            else:
                print(printable(f"{one.name}  {one.size:,} bytes, of {', '.join(who)}"))

    _run(ctx, work, open=board)


@command.command("get")
@_board
@click.argument("name")
@click.option("--seconds", type=SECONDS, default=30.0, help="For how long the file is waited for. [default: 30]")
@click.pass_context
def get(ctx: click.Context, board: str, name: str, seconds: float) -> None:
    """Fetch a file that members of a board share, and print where it is.

    NAME is what `list` shows. A fetch that was broken off goes on where it was.
    """

    async def work(files: OpenedFiles) -> None:
        entry = await _named(files, name, seconds)
        with Progress(printable(entry.name), "bytes") as progress:
            path = await _fetched(files, entry, progress)
        print(path)

    _run(ctx, work, open=board)


@command.command("send")
@click.argument("path", type=A_FILE)
@click.argument("who", metavar="NICKNAME")
@_here
@click.pass_context
def send(ctx: click.Context, path: Path, who: str, here: bool) -> None:
    """Send a file to one contact, or to somebody near by, by nickname.

    They are asked, and a board for the two of you is where the file is: it ends when they have fetched it.
    """
    from peerapi.files.names import plain

    asked: list[SavedBoard] = []

    async def work(files: OpenedFiles) -> None:
        from peerapi.whiteboard import near

        asked.append(files.session.source.saved)
        held = await files.transfers.share(path)
        title = files.session.source.saved.title
        print(printable(f"{who} is asked …"), file=sys.stderr)
        if not await near.invite(who, files.session.invitation(), title):
            raise Failure(ctx.command_path, f"{who} does not want it")
        asked.clear()
        await _tell_who_has_them(files, {held.name}, until=2)

    try:
        _run(ctx, work, new=f"{plain(path.name)[:20]} for {who}"[:50], here=here)
    finally:
        if asked:  # nobody comes to the board that was begun for this
            _leave(asked[0])


def _run(
    ctx: click.Context,
    work: Callable[[OpenedFiles], Awaitable[None]],
    *,
    open: str | None = None,
    new: str | None = None,
    here: bool = False,
) -> None:
    """At a board whose files are open. What goes wrong is a sentence."""
    try:
        import trio

        from peerapi.activities import opened_files
        from peerapi.activities.file_transfers import EXPECTED
        from peerapi.whiteboard import opening
        from peerapi.whiteboard.reasons import sentence
    except ModuleNotFoundError as error:
        raise Failure(ctx.command_path, MISSING.format(error.name, sys.executable)) from error

    async def main() -> None:
        wanted = opening.Wanted(data_folder(), login(), open=open, new=new, here=here)
        async with opened_files.opened(opening.Opening(wanted)) as files:
            await work(files)

    try:
        trio.run(main)
    except BaseException as error:
        for one in leaves(error):
            if isinstance(one, Failure):
                raise one from error
            if isinstance(one, DatabaseAccessDenied):
                raise Failure(ctx.command_path, OPEN_ALREADY) from error
            if isinstance(one, (*EXPECTED, *opening.EXPECTED)):
                raise Failure(ctx.command_path, sentence(one)) from error
        raise


def _leave(board: SavedBoard) -> None:
    import trio

    from peerapi.whiteboard import manage

    trio.run(manage.leave, data_folder(), board)


async def _named(files: OpenedFiles, name: str, seconds: float) -> Entry:
    import trio

    from peerapi.files.exchange import Failed

    with trio.move_on_after(seconds):
        async for _ in files.changes():
            for one in reversed(files.transfers.entries()):
                if one.name == name:
                    return one
    raise Failed(f"nobody shares a file {name!r} there")


async def _fetched(files: OpenedFiles, entry: Entry, progress: Progress) -> Path:
    import trio

    async with trio.open_nursery() as nursery:

        async def watch() -> None:
            async for _ in files.changes():
                left = files.transfers.view()["coming"].get(entry.key)
                if left is not None:
                    progress(entry.size - left, entry.size)

        nursery.start_soon(watch)
        path = await files.transfers.fetch(entry)
        nursery.cancel_scope.cancel()
    return path


async def _tell_who_has_them(files: OpenedFiles, names: set[str], until: int | None) -> None:
    """As they fetch them; ``until`` so many have the first one."""
    told: set[tuple[str, str]] = set()
    async for _ in files.changes():
        called = files.session.names()
        for one in files.transfers.entries():
            for peer in one.holders[1:] if one.name in names else []:
                if (one.key, peer) not in told:
                    told.add((one.key, peer))
                    print(printable(f"{one.name}: {called.get(peer, peer)} has it"), flush=True)
                if until is not None and len(one.holders) >= until:
                    return
