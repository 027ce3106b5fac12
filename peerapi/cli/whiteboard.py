"""``peerapi whiteboard``: draw and chat together in a browser."""

from __future__ import annotations

import argparse
import contextlib
import getpass
import sys
from collections.abc import Iterator
from pathlib import Path

from peerapi.cli.documents import document
from peerapi.store.home import home

EXTRA = """peerapi whiteboard: {} is not installed. Quart and Hypercorn serve the page; they come with
    pip install 'peerapi[whiteboard]'"""


def main(words: list[str]) -> int:
    """Runs until it is interrupted; 1 and the reason on stderr when it cannot."""
    options = _parser().parse_args(words)
    try:
        from peerapi.whiteboard import invitation, start
    except ModuleNotFoundError as error:
        print(EXTRA.format(error.name), file=sys.stderr)
        return 1
    import trio

    try:
        if options.join is not None:
            options.join = _invitation(options.join, invitation.MOST_TEXT)
        trio.run(start.run, start.Options(**vars(options), pages=home() / "pages"))
    except KeyboardInterrupt:
        return 130
    except BaseException as error:
        reasons = [one for one in _leaves(error) if isinstance(one, start.EXPECTED)]
        if not reasons:
            raise
        print(f"peerapi whiteboard: {start.sentence(reasons[0])}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="peerapi whiteboard", description="Draw and chat together: a board in the browser, no server between you."
    )
    board = parser.add_mutually_exclusive_group(required=True)
    board.add_argument("--new", metavar="TITLE", help="begin a board, and print an invitation to it")
    board.add_argument(
        "--join",
        metavar="INVITATION",
        nargs="?",
        const="",
        help="open the board of an invitation: a file, or - for standard input, and without either it is asked for; "
        "the word itself (others on this machine can read it while the board is open); or graph-id@[address]:port",
    )
    parser.add_argument("--name", default=_login(), help="what the others call you (default: %(default)s)")
    parser.add_argument("--browser", action="store_true", help="open the page in a browser")
    parser.add_argument("--port", type=int, default=0, help="of the page (default: any that is free)")
    parser.add_argument("--bind", default="127.0.0.1", metavar="ADDRESS", help="of the page (default: %(default)s)")
    parser.add_argument("--graph-port", type=int, help="where other boards connect (default: the same one each time)")
    parser.add_argument(
        "--graph", action="store_true", help="begin a plain graph, which C programs can join, instead of a group"
    )
    parser.add_argument("--here", action="store_true", help="only boards on this machine can connect")
    return parser


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


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "somebody"


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for one in error.exceptions:
            yield from _leaves(one)
    else:
        yield error
