"""Passwords on the command line: from a file or the terminal, never among the arguments, which others can read."""

from __future__ import annotations

import getpass
import warnings
from pathlib import Path

import click

from peerapi.cli.documents import document
from peerapi.errors import InvalidArgument

password_file = click.option(
    "--password-file",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    metavar="FILE",
    help="Holds the password, on its first line; -: standard input. Without it the password is asked for.",
)

NOBODY = "Nobody can be asked for the password here; say --password-file FILE, or - for standard input."


def asked(file: Path | None, *, twice: bool) -> str:
    """The password; ``twice``: it is a new one. Raises InvalidArgument, OSError; for who cannot be asked, a
    UsageError."""
    if file is not None:
        return next(iter(document(file, errors="strict").splitlines()), "")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", getpass.GetPassWarning)  # it would be seen by whoever looks on
            password = getpass.getpass("Password: ")
            if twice and getpass.getpass("Again: ") != password:
                raise InvalidArgument("The two are not the same.")
    except (getpass.GetPassWarning, EOFError) as error:
        raise click.UsageError(NOBODY, click.get_current_context()) from error
    return password
