"""Documents that people hand to each other as files: invitations, identities. A C program writes them in UTF-8 or, as
those made for Windows do, in UTF-16 with a byte order mark."""

from __future__ import annotations

import codecs
import contextlib
import getpass
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from peerapi.cli.commands import mistyped
from peerapi.errors import InvalidArgument, PeerError, os_sentence

MOST_PASTED = 64 << 10
"Bytes of a text in which a word is sought."


def pasted(where: str, asking: str) -> str:
    """What somebody was given to paste: ``@FILE``: of a file; ``-``: of standard input; nothing: it is asked for on a
    terminal, where it is not shown; otherwise what stands there itself. Others on the machine can read a program's
    arguments, so a secret is best not among them. Raises like ``document``."""
    if where == "" and sys.stdin.isatty():
        return getpass.getpass(f"{asking}: ")
    if where in ("", "-"):
        return document(Path("-"), MOST_PASTED)
    if where.startswith("@"):
        return document(Path(where[1:]), MOST_PASTED)
    return where


def _opened(path: Path) -> BinaryIO:
    """A file that was named on the command line: one that is not there was mistyped, and nothing has been begun."""
    try:
        return path.open("rb")
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError, PermissionError) as error:
        raise mistyped(os_sentence(error)) from error


@contextlib.contextmanager
def telling_of(path: Path, wanted: str = "") -> Iterator[None]:
    """What the API finds wrong with the text of a file (``-``: of standard input) is said with its name, and with what
    is ``wanted`` in its place."""
    try:
        yield
    except PeerError as error:
        named = "Standard input" if path == Path("-") else str(path)
        said = f"{str(error).removesuffix('.')}; {wanted} is wanted." if wanted else str(error)
        raise type(error)(f"{named}: {said}") from error


def document(path: Path, most: int = -1, errors: str = "replace") -> str:
    """The text of a file (``-``: of standard input), without a byte order mark; ``most``: bytes that are read. Raises
    UsageError for a file that cannot be opened, OSError; with ``errors`` "strict", InvalidArgument for no text."""
    with contextlib.nullcontext(sys.stdin.buffer) if path == Path("-") else _opened(path) as file:
        data = file.read(most + 1 if most >= 0 else -1)
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    if not wide and data[1:2] == b"\0":  # UTF-16 as it lies in memory, of a stream that was opened with "wb"
        return data.decode("utf-16-le", errors="replace").rstrip("\0")
    try:
        return data.decode("utf-16" if wide else "utf-8-sig", errors=errors)
    except UnicodeDecodeError as error:
        raise InvalidArgument(f"{path} is not text in UTF-8.") from error
