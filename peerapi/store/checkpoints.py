"""Checkpoints: what SQLite's log has is brought into the database file, while others read and write.

Afterwards the log is empty. A checkpoint waits for the disk (fsync), which takes as long as the disk likes. Left to
SQLite it is part of a commit, and so of whatever call that happens in. Here it is made in steps by whoever has time:
only ``pin`` and ``finish`` belong under the lock of the database, and they take fractions of a millisecond.

The connection that writes waits for the disk no more then. That a power failure leaves a whole database all the same
is due to the order: the log is on the disk before the file is written to; the file is on the disk before the log is cut
to nothing; and until then the pin, which reads what the log ends with, keeps SQLite from beginning it anew.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

START = 16 << 20
"Bytes of the log that are worth a checkpoint."
EXCESS = 32 << 20
"""Bytes of the log with which neighbors have to wait for a checkpoint. Callers wait when it is twice as long, which is
their own doing."""
FRAMES = 4000
"Of the log, after which SQLite makes a checkpoint as part of a commit, while nobody else does."


def connect(path: Path | None) -> sqlite3.Connection:
    """A connection to a database of which this process has all the others; None: a new one in memory. Raises
    sqlite3.Error.

    ``unix-excl`` keeps the index of the log in the memory of the process, and no other process gets in.
    """
    where = ":memory:" if path is None else f"file:{quote(str(path))}?vfs=unix-excl"
    return sqlite3.connect(where, uri=True, timeout=0.2, isolation_level=None, check_same_thread=False)


class Checkpoint:
    """One checkpoint under way, with connections of its own. Raises sqlite3.Error."""

    def __init__(self, log: Log, path: Path) -> None:
        self._log = log
        self._copied = False
        self._pin = connect(path)
        try:
            self._copier = connect(path)
            self._copier.execute("PRAGMA synchronous=NORMAL")
            for connection in (self._pin, self._copier):  # so that they know the tables
                connection.execute("SELECT 1 FROM facts LIMIT 1").fetchall()
        except BaseException:
            self._pin.close()
            raise

    def pin(self) -> None:
        """Under the lock: fix up to where in the log the checkpoint shall go."""
        self._pin.execute("BEGIN")
        self._pin.execute("SELECT 1 FROM facts LIMIT 1").fetchall()
        self._log.quiet = True

    def copy(self) -> None:
        """Without the lock: have all of the log up to there copied into the file and on the disk."""
        busy, frames, copied = self._copier.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        self._copied = not busy and frames == copied

    def finish(self) -> bool:
        """Under the lock: cut the log to nothing; False when more was written meanwhile. Both ``pin`` and ``copy`` may
        come again."""
        self._pin.execute("COMMIT")
        return self._copied and self._log.quiet and self._log.cut()

    def close(self) -> None:
        """Close the connections of the checkpoint."""
        for connection in (self._pin, self._copier):
            with contextlib.suppress(sqlite3.Error):
                connection.close()


class Log:
    """SQLite's log of one open database, and when it is to be emptied."""

    def __init__(self, connection: sqlite3.Connection, path: Path | None) -> None:
        """``path`` of the database; None for one in memory, which has no log."""
        self.size = 0
        "Bytes of the log."
        self.quiet = False
        "Nothing was written since this was set."
        self.due = False
        "It is time for a checkpoint."
        self._path = path
        self._file = f"{path}-wal"
        self._execute = connection.execute
        self._tended = False
        self._next = START

    @property
    def excessive(self) -> bool:
        """Neighbors should wait for a checkpoint."""
        return self.size > EXCESS

    @property
    def overfull(self) -> bool:
        """Callers should, too."""
        return self.size > 2 * EXCESS

    def tend(self) -> None:
        """From now on somebody makes checkpoints when they are ``due``. Not inside of a transaction. Raises
        sqlite3.Error."""
        if self._path is not None and not self._tended:
            self._execute("PRAGMA wal_autocheckpoint=0").fetchall()
            self._execute("PRAGMA synchronous=OFF")
            self._tended = True

    def leave(self) -> None:
        """Leave checkpoints to SQLite from now on. Raises sqlite3.Error."""
        if self._tended:
            self._tended = self.due = False
            self._execute("PRAGMA synchronous=NORMAL")
            self._execute(f"PRAGMA wal_autocheckpoint={FRAMES}").fetchall()

    def committed(self, *, much: bool) -> None:
        """A transaction was written, with ``much`` in it. While nobody tends the log, little is brought over at a
        time: otherwise somebody waits for many megabytes."""
        self.quiet = False
        if self._tended:
            with contextlib.suppress(OSError):
                self.size = os.stat(self._file).st_size
                self.due = self.size >= self._next
        elif much:
            with contextlib.suppress(sqlite3.Error):
                self._execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()

    def begin(self) -> Checkpoint | None:
        """Without the lock: a checkpoint, when one is due. Raises sqlite3.Error."""
        return Checkpoint(self, self._path) if self.due and self._path is not None else None

    def put_off(self) -> None:
        """Under the lock: the log could not be emptied; it may become longer before that is tried again."""
        self._next = self.size + START
        self.due = False

    def cut(self) -> bool:
        """Under the lock, when all of the log is in the file, and there on the disk."""
        busy, _, _ = self._execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if not busy:
            self.size, self._next, self.due = 0, START, False
        return not busy

    @contextlib.contextmanager
    def patient(self) -> Iterator[None]:
        """Inside, the connection itself waits for the disk. Raises sqlite3.Error."""
        self._execute("PRAGMA synchronous=NORMAL")
        try:
            yield
        finally:
            if self._tended:
                self._execute("PRAGMA synchronous=OFF")

    def empty(self) -> None:
        """Under the lock, which is kept while the disk is waited for: a whole checkpoint. Raises sqlite3.Error."""
        with self.patient():
            self.cut()
