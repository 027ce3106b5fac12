"""``peerapi whiteboard``: draw and chat together in a browser."""

from __future__ import annotations

import contextlib
import getpass
import sys
from pathlib import Path
from typing import Any

import click

from peerapi.cli.commands import ANY_PORT, Failure, Family, leaves
from peerapi.cli.databases import login
from peerapi.cli.documents import document
from peerapi.store.home import home

MISSING = """{} is not installed. Quart and Hypercorn serve the page; they come with
    {} -m pip install quart-trio hypercorn"""


@click.group("whiteboard", cls=Family, invoke_without_command=True)
@click.option("--new", metavar="TITLE", help="Begin a board, and print an invitation to it.")
@click.option(
    "--join",
    metavar="INVITATION",
    is_flag=False,
    flag_value="",
    help="Open the board of an invitation: a file, or - for standard input, and without either it is asked for; the "
    "word itself (others on this machine can read it while the board is open); or graph-id@[address]:port.",
)
@click.option("--name", default=login, help="What the others call you. [default: your login name]")
@click.option("--browser", is_flag=True, help="Open the page in a browser.")
@click.option("--port", type=ANY_PORT, default=0, metavar="PORT", help="Of the page. [default: any that is free]")
@click.option("--bind", default="127.0.0.1", metavar="ADDRESS", show_default=True, help="Of the page.")
@click.option(
    "--graph-port", type=ANY_PORT, metavar="PORT", help="Where other boards connect. [default: the same one each time]"
)
@click.option("--graph", is_flag=True, help="Begin a plain graph, which C programs can join, instead of a group.")
@click.option("--here", is_flag=True, help="Only boards on this machine can connect.")
@click.pass_context
def command(ctx: click.Context, /, new: str | None, join: str | None, **wishes: Any) -> None:
    """Draw and chat together: a board in the browser, no server between you.

    \b
    peerapi whiteboard --new "Birthday card"     prints an invitation, and the address of the page
    peerapi whiteboard --join                    asks for an invitation, and opens the same board
    """
    if ctx.invoked_subcommand is not None:
        return
    if (new is None) == (join is None):
        raise click.UsageError("Either --new or --join is wanted.", ctx)
    try:
        from peerapi.whiteboard import invitation, start
    except ModuleNotFoundError as error:
        raise Failure(ctx.command_path, MISSING.format(error.name, sys.executable)) from error
    import trio

    try:
        if join is not None:
            join = _invitation(join, invitation.MOST_TEXT)
        trio.run(start.run, start.Options(new=new, join=join, pages=home() / "pages", **wishes))
    except BaseException as error:
        reasons = [one for one in leaves(error) if isinstance(one, start.EXPECTED)]
        if not reasons:
            raise
        raise Failure(ctx.command_path, start.sentence(reasons[0])) from error


def _invitation(where: str, most: int) -> str:
    """The text of an invitation: from a file, standard input or the terminal, or what stands there itself. Others on
    the machine can read a program's arguments, so the word itself is best not among them."""
    if where == "" and sys.stdin.isatty():
        return getpass.getpass("Invitation: ")
    if where in ("", "-"):
        return sys.stdin.read(most + 1)
    if where.startswith("@"):
        return document(Path(where[1:]), most)
    is_file = False
    with contextlib.suppress(OSError, ValueError):  # a word may be longer than a file's name
        is_file = Path(where).is_file()
    return document(Path(where), most) if is_file else where
