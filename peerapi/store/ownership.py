"""Whose a database is: the process that has the lock of a file beside it.

SQLite has locks of its own, those of POSIX, which a process loses for all its descriptors when it closes any one of
the file: a backup made by the program itself is enough. This lock belongs to an open file of ours (F_OFD_SETLK), and
ends with the last that has it in use. That is no descriptor, which the program may close although it is not its own,
but a mapping of the file into memory: a child of fork does not get it, exec and the end of the process end it. Where
the file system maps no files it is a descriptor after all, and whoever writes has to ask first whether it still is.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from pathlib import Path

from peerapi._process import close_in_child, hold, is_file, is_locked, keep_in_child, lock, release
from peerapi.errors import DatabaseAccessDenied
from peerapi.store.schema import SUFFIXES

SUFFIX = "-lock"
PATIENCE = 300
"Milliseconds that one waits for an owner who is just leaving."


class Ownership:
    """A database that is ours until it is closed."""

    def __init__(self, path: Path) -> None:
        """Raises DatabaseAccessDenied (it is another's), OSError."""
        self.path = path
        self._socket = self._places = ""
        self._closed = False
        self._file = Path(f"{path}{SUFFIX}")
        self._held = 0
        while True:
            self._descriptor = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
            try:
                close_in_child(self._descriptor)
                if not lock(self._descriptor, PATIENCE):
                    raise DatabaseAccessDenied(refusal(path))
                if self._is_there():
                    break
            except BaseException:
                self._let_go()
                raise
            self._let_go()  # the owner before us has removed the file while we waited
        found = os.fstat(self._descriptor)
        self._identity = found.st_dev, found.st_ino
        with contextlib.suppress(OSError):  # on a full disk nobody is told who it is
            os.ftruncate(self._descriptor, 0)
            os.write(self._descriptor, f"{os.getpid()}\n".encode())
        with contextlib.suppress(OSError):
            self._held = hold(self._descriptor)
        if self._held:
            self._let_go()

    def announce(self, path: Path) -> None:
        """Say at which socket other programs of this user reach the owner; any thread. Raises OSError."""
        self._socket = str(path)
        self._say()

    def listens(self, places: Sequence[str]) -> None:
        """Say at which addresses other nodes reach the owner, as in ``[::1]:4001``; none: at none any more. Any thread.
        Raises OSError."""
        self._places = " ".join(places)
        self._say()

    def _say(self) -> None:
        descriptor = os.open(self._file, os.O_WRONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        try:
            said: tuple[str, str] | None = None
            while said != (self._socket, self._places) and not self._closed:  # a file after that is another owner's
                said = (self._socket, self._places)  # another thread may have more to say meanwhile, and write first
                text = os.fsencode(f"{os.getpid()}\n{said[0]}\n{said[1]}\n")
                os.pwrite(descriptor, text, 0)
                os.ftruncate(descriptor, len(text))
        finally:
            os.close(descriptor)

    @property
    def safe(self) -> bool:
        """Whether the program cannot close the lock, so that nobody has to ask."""
        return bool(self._held)

    def require(self) -> None:
        """Where it is not ``safe``: raises DatabaseAccessDenied when the program has closed the descriptor. The lock is
        lost with it, and another process may have the database now."""
        if not self.safe and not is_file(self._descriptor, *self._identity):
            raise DatabaseAccessDenied(f"The program has closed the lock of {self.path}, and has to open it again.")

    def close(self) -> None:
        """Give it up. Closing twice does nothing."""
        self._closed = True
        if self._descriptor >= 0 and not is_file(self._descriptor, *self._identity):
            self._descriptor = -1  # the number is another file's, and the lock may be another process's
        if self.safe or self._descriptor >= 0:
            with contextlib.suppress(OSError):
                self._file.unlink()  # first: nobody may get the lock of a file that is about to go
        if self.safe:
            held, self._held = self._held, 0
            release(held)
        elif self._descriptor >= 0:
            self._let_go()

    def _is_there(self) -> bool:
        try:
            return os.path.samestat(os.fstat(self._descriptor), self._file.stat(follow_symlinks=False))
        except FileNotFoundError:
            return False

    def _let_go(self) -> None:
        descriptor, self._descriptor = self._descriptor, -1
        keep_in_child(descriptor)
        os.close(descriptor)


def refusal(path: Path) -> str:
    number = owner(path)
    return f"{path} is open in {'another process' if number is None else f'process {number}'}."


def is_owned(path: Path) -> bool:
    """Whether a process has a database open, this one included. Asking changes nothing. Raises OSError."""
    try:
        descriptor = os.open(f"{path}{SUFFIX}", os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        return False
    try:
        return is_locked(descriptor)
    finally:
        os.close(descriptor)


def in_use(path: str) -> bool:
    """Whether a path leads, by whatever links of folders and files, to a file of a database that is open somewhere."""
    real = os.path.realpath(path)
    databases = (real.removesuffix(suffix) for suffix in (*SUFFIXES, SUFFIX) if real.endswith(suffix))
    return any(is_owned(Path(database)) for database in databases)


def owner(path: Path) -> int | None:
    """The process that has a database open, as it says itself; None when there is none, or it did not say."""
    with contextlib.suppress(OSError, ValueError):
        if is_owned(path):
            return int(_said(path)[0])
    return None


def announced(path: Path) -> Path | None:
    """The socket at which the owner of a database is reached; None when nobody owns it, or the owner did not say."""
    with contextlib.suppress(OSError, ValueError):
        if is_owned(path):
            _, socket, _, *_ = _said(path)
            return Path(socket) if os.path.isabs(socket) else None
    return None


def places(path: Path) -> list[str]:
    """The addresses at which other nodes reach the owner of a database; none when it does not listen."""
    with contextlib.suppress(OSError, ValueError):
        if is_owned(path):
            _, _, found, _ = _said(path)
            return found.split()
    return []


def _said(path: Path) -> list[str]:
    """The lines of the owner's file, and what is behind the last one. Raises OSError, ValueError."""
    return os.fsdecode(Path(f"{path}{SUFFIX}").read_bytes()).split("\n")
