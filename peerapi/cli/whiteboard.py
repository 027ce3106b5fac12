"""``peerapi whiteboard``: draw and chat together in a browser."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from peerapi.cli.commands import ANY_PORT, Failure, Stored, for_programs, leaves, mistyped, sure, yes
from peerapi.cli.databases import login
from peerapi.cli.documents import document, pasted
from peerapi.cli.output import in_json, local
from peerapi.store.data_folder import data_folder
from peerapi.text import printable

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from peerapi.whiteboard.saved_boards import SavedBoard

F = TypeVar("F", bound=Callable[..., object])
MISSING = """{} is not installed. Quart and Hypercorn serve the page; they come with
    {} -m pip install quart-trio hypercorn"""


SHOWN = ("key", "title", "name", "kind", "began_here", "here", "opened", "id", "peer")
"What programs are told of a saved board: nothing by which somebody else could come in."


def _page_options(declared: F) -> F:
    """The options of every command that opens a board."""
    for option in reversed(
        (
            click.option("--browser", is_flag=True, help="Open the page in a browser."),
            click.option(
                "--port", type=ANY_PORT, metavar="PORT", help="Of the page. [default: the same one each time, if free]"
            ),
            click.option(
                "--bind",
                default="127.0.0.1",
                metavar="ADDRESS",
                show_default=True,
                help="Of the page; 0.0.0.0 and :: stand for all addresses of this machine.",
            ),
            click.option(
                "--graph-port",
                type=ANY_PORT,
                metavar="PORT",
                help="Where other boards connect. [default: the same one each time]",
            ),
        )
    ):
        declared = option(declared)
    return declared


@click.group("whiteboard", cls=Stored, invoke_without_command=True)
@click.option("--new", metavar="TITLE", help="Begin a board, and print an invitation to it.")
@click.option(
    "--join",
    metavar="INVITATION",
    is_flag=False,
    flag_value="",
    help="Open the board of an invitation: a file, or - for standard input, and without either it is asked for; the "
    "word itself (others on this machine can read it while the board is open); or graph-id@[address]:port.",
)
@click.option("--invited", is_flag=True, help="Open the board that an invitation of somebody near by has started.")
@click.option("--name", help="What the others call you. [default: as before at that board, or your login name]")
@_page_options
@click.option("--graph", is_flag=True, help="Begin a plain graph, which C programs can join, instead of a group.")
@click.option("--here", is_flag=True, help="Only boards on this machine can connect.")
@click.pass_context
def command(ctx: click.Context, /, new: str | None, join: str | None, invited: bool, **options: Any) -> None:
    """Draw and chat together: a board in the browser, no server between you.

    \b
    peerapi whiteboard --new "Birthday card"     prints an invitation, and the address of the page
    peerapi whiteboard --join                    asks for an invitation, and opens the same board
    peerapi whiteboard open "Birthday card"      opens it again another day

    A BOARD is named by its title, or how that begins, or by the key that `list` shows.
    """
    if ctx.invoked_subcommand is not None:
        return
    given = (new is not None) + (join is not None) + invited
    if given > 1:
        raise mistyped("--new, --join and --invited do not go together: only one of them at a time.")
    if not given:
        raise click.UsageError("Either --new or --join is wanted, or one of the commands.", ctx)
    with _explained(ctx):
        from peerapi.whiteboard.invitation import MOST_PASTED, NotAnInvitation, parse

        if invited:
            import trio

            from peerapi.whiteboard import near

            _run(join=trio.run(near.invited_to), **options)
            return
        word = None if join is None else _invitation(join, MOST_PASTED)
        if word is not None and word == join:  # it stands on the command line itself
            try:
                parse(word)
            except NotAnInvitation as error:
                raise mistyped(str(error)) from error
        _run(new=new, join=word, **options)


def _complete(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Titles of boards, for a shell."""
    from click.shell_completion import CompletionItem

    from peerapi.whiteboard.manage import saved_boards

    return [CompletionItem(one.title) for one in saved_boards(data_folder()).all() if one.title.startswith(incomplete)]


_board = click.argument("board", metavar="BOARD", shell_complete=_complete)


@command.command("list")
@for_programs
def list_boards(as_json: bool) -> None:
    """List the boards that you have opened, those opened last first."""
    from peerapi.whiteboard.manage import process_of, saved_boards

    boards = saved_boards(data_folder()).all()
    if not boards and not as_json:
        print("no boards; `peerapi whiteboard --new TITLE` begins one", file=sys.stderr)
    for one in boards:
        process = process_of(one)
        if as_json:
            shown = {name: getattr(one, name) for name in SHOWN}
            print(in_json({**shown, "open": process is not None, "process": process or None}))
            continue
        began = "begun by you" if one.began_here else "joined"
        state = "open" if process is not None else f"opened {_local(one.opened)}"
        if process:
            state = f"open in process {process}"
        print(printable(f"{one.key}  {one.title}: you are {one.name}; {one.kind}, {began}; {state}"))


def _local(moment: str) -> str:
    """A moment as a board's file has it; what else stands there is shown as it is."""
    try:
        return local(datetime.fromisoformat(moment))
    except ValueError:
        return moment


@command.command("open")
@_board
@_page_options
@click.pass_context
def open_board(ctx: click.Context, /, board: str, **options: Any) -> None:
    """Open a board again: as who you were there, and at the same address.

    BOARD is its title, or how that begins, or the key that `list` shows.
    """
    with _explained(ctx):
        _run(open=board, **options)


@command.command()
@_board
@click.option(
    "--to", metavar="NICKNAME", help="Invite a contact, or whoever near by is called so, whose user is asked there."
)
@click.pass_context
def invite(ctx: click.Context, /, board: str, to: str | None) -> None:
    """Print an invitation to a board, whether it is open or not.

    BOARD is its title, or how that begins, or the key that `list` shows. With --to the invitation is sent instead, to
    somebody who has said `peerapi whiteboard register`, and the answer is waited for.
    """
    with _explained(ctx):
        from peerapi.whiteboard import manage
        from peerapi.whiteboard.start import NOT_REACHED

        found = manage.invitation(data_folder(), board)
        if to is not None:
            _send(to, found.word, manage.saved_boards(data_folder()).find(board).title)
            return
        print(found.word)
        if found.reach in NOT_REACHED:
            print(NOT_REACHED[found.reach], file=sys.stderr)


def _send(to: str, word: str, title: str) -> None:
    import trio

    from peerapi.whiteboard import near

    comes = trio.run(near.invite, to, word, title)
    print(printable(f"{to} {'comes' if comes else 'does not come'}."))
    if not comes:
        sys.exit(1)


@command.command()
@click.option("--browser", is_flag=True, help="Open the page of the board in a browser.")
@click.option("--remove", is_flag=True, help="Be invited no more.")
@click.pass_context
def register(ctx: click.Context, /, browser: bool, remove: bool) -> None:
    """Let people invite you to their boards: when you say yes to one (`peerapi collab invitations`), it opens."""
    with _explained(ctx):
        import functools

        import trio

        from peerapi.whiteboard import near

        trio.run(near.unregister if remove else functools.partial(near.register, browser=browser))
        print("You are invited to no boards any more." if remove else "You can be invited to boards from now on.")


@command.command()
@_board
@yes
@click.pass_context
def leave(ctx: click.Context, /, board: str, yes: bool) -> None:
    """Remove a board from this machine; the others keep it.

    BOARD is its title, or how that begins, or the key that `list` shows.
    """
    with _explained(ctx):
        import trio

        from peerapi.whiteboard import manage

        saved = _meant(board, "Remove the board {} from this machine?", yes)
        trio.run(manage.leave, data_folder(), saved)
        print(printable(f"{saved.title}: it is no longer on this machine."))


@command.command()
@_board
@yes
@click.pass_context
def delete(ctx: click.Context, /, board: str, yes: bool) -> None:
    """Delete a board that you have begun, for everybody.

    BOARD is its title, or how that begins, or the key that `list` shows.
    """
    with _explained(ctx):
        import trio

        from peerapi.whiteboard import manage

        saved = _meant(board, "Delete the board {} with all that is drawn on it, for everybody?", yes)
        if sys.stderr.isatty():
            print("Looking for others who have it, which takes some seconds ...", file=sys.stderr)
        if trio.run(manage.delete, data_folder(), saved):
            print(printable(f"{saved.title}: deleted, and those who are online were told."))
        else:
            print(printable(f"{saved.title}: deleted here. Nobody else was online: who has it keeps what is drawn."))


def _meant(board: str, question: str, yes: bool) -> SavedBoard:
    """The board that is named, after asking."""
    from peerapi.whiteboard.manage import saved_boards

    saved = saved_boards(data_folder()).find(board)
    sure(printable(question.format(repr(saved.title))), yes)
    return saved


@contextlib.contextmanager
def _explained(ctx: click.Context) -> Iterator[None]:
    """What can go wrong at a board becomes its sentence."""
    try:
        from peerapi.whiteboard import start

        start.require_server()
    except ModuleNotFoundError as error:
        raise Failure(ctx.command_path, MISSING.format(error.name, sys.executable)) from error
    try:
        yield
    except BaseException as error:
        reasons = [one for one in leaves(error) if isinstance(one, start.EXPECTED)]
        if not reasons:
            raise
        if isinstance(reasons[0], start.MistypedOption):
            raise mistyped(str(reasons[0])) from error
        raise Failure(ctx.command_path, start.sentence(reasons[0])) from error


def _run(**options: Any) -> None:
    import trio

    from peerapi.engine import port_mapping
    from peerapi.whiteboard import start

    os.environ.setdefault(port_mapping.VARIABLE, "1")  # who invites others wants to be reached
    trio.run(start.run, start.Options(folder=data_folder(), usual_name=login(), **options))


def _invitation(where: str, most: int) -> str:
    """The text of an invitation: from a file, standard input or the terminal, or what stands there itself. Others on
    the machine can read a program's arguments, so the word itself is best not among them."""
    if where in ("", "-") or where.startswith("@"):
        return pasted(where, "Invitation")
    is_file = False
    with contextlib.suppress(OSError, ValueError):  # a word may be longer than a file's name
        is_file = Path(where).is_file()
    if not is_file and "/" in where and "@" not in where:
        raise mistyped(f"There is no file {where}, and it is no invitation.")
    return document(Path(where), most) if is_file else where
