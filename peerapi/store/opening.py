"""Opening database files, which may be damaged, foreign, locked, or not there."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple, TypeVar
from urllib.parse import quote

import peerapi.private as private
from peerapi.errors import DatabaseAccessDenied, DatabaseInitializationFailed, DiskFull, InvalidDatabase, os_sentence
from peerapi.store import damage, journal, pieces, upgrade
from peerapi.store.checkpoints import FRAMES, connect
from peerapi.store.journal import Journal
from peerapi.store.ownership import Ownership
from peerapi.store.schema import (
    EXPORTED,
    FOLDED,
    IN_PIECES,
    PROOF,
    SCHEMA_VERSION,
    SET_FACT,
    STATEMENTS,
    SUFFIXES,
    VERSION_MARK,
    error_code,
    translated,
)

T = TypeVar("T")


class _DamagedError(Exception):
    """A file is not as this library left it; ``usable`` when the rest is a whole database."""

    def __init__(self, problem: str, *, usable: bool = False, cut: tuple[Path, int] | None = None) -> None:
        super().__init__(problem)
        self.usable = usable
        self.cut = cut
        "A file to be cut to so many bytes when it has been copied."


_DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR)
"What SQLite says of a damaged file while it is opened; the last of a file of a format that does not exist."


def _kept_aside(file: Path, error: Exception) -> InvalidDatabase:
    """Set a damaged file aside; the failure that tells of it."""
    try:
        aside = damage.set_aside(file, keep=isinstance(error, _DamagedError) and error.usable)
        if isinstance(error, _DamagedError) and error.cut is not None:
            os.truncate(*error.cut)
    except OSError as problem:
        return InvalidDatabase(f"The database is damaged ({error}) and cannot be set aside: {problem}")
    return InvalidDatabase(f"The database is damaged ({error}); it is kept as {aside.name}.")


class Files(NamedTuple):
    """What an open database consists of."""

    connection: sqlite3.Connection
    journal: Journal
    ownership: Ownership | None
    "None for a database in memory."

    def close(self) -> None:
        """Let go of them, in this order."""
        with contextlib.suppress(sqlite3.Error):
            self.connection.close()
        self.journal.close()
        if self.ownership is not None:
            self.ownership.close()


Make = Callable[[Files, list[bytes], bool], T]
"Makes a database of its files, the entries that are only in the journal yet, and whether it is new."


SMALL = 16 << 20
"Bytes of a file that is looked through whole at each opening, which takes no fifth of a second."


def open_file(path: str | Path, make: Make[T], *, create: bool, thoroughly: bool = False) -> T:
    """Open the file, or make it when ``create``; what ``make`` makes of it.

    ``thoroughly``: look at everything that is in it, also when nothing was written since it was closed.

    A damaged file is set aside (``store.damage``) and told of once, by InvalidDatabase: the next opening begins
    with a new file. When only the end of a log is damaged, a copy is set aside, and the next opening goes on with what
    was committed before.

    Raises DatabaseAccessDenied (locked by another process, no permission), InvalidDatabase (damaged, foreign),
    DatabaseInitializationFailed (missing although not ``create``), DiskFull.
    """
    if str(path) == ":memory:":
        return _open_files(None, None, make, False)
    file = Path(path)
    if not create and not file.exists():
        raise DatabaseInitializationFailed("There is no such database file.")
    try:
        ownership = Ownership(file)  # before anything of it is looked at
    except OSError as error:
        failure = journal.failure(error)
        raise (
            failure
            if isinstance(failure, DiskFull)
            else DatabaseAccessDenied(f"{file} cannot be locked: {error.strerror or error}.")
        ) from error
    existed = file.exists()
    try:
        return _open_files(file, ownership, make, thoroughly)
    except BaseException:
        if not existed:  # of what could not be made nothing is left, as long as it is nobody else's
            for suffix in ("", *SUFFIXES, "-shm", "-journal"):
                with contextlib.suppress(OSError):
                    Path(f"{file}{suffix}").unlink()
        ownership.close()
        raise


def _open_files(file: Path | None, ownership: Ownership | None, make: Make[T], thoroughly: bool) -> T:
    existing = file is not None and file.exists()
    committed, empty = 0, False
    if file is not None and existing:
        try:
            problem = damage.header_complaint(file)
        except OSError as error:
            raise DatabaseAccessDenied(os_sentence(error)) from error
        committed = damage.last_commit(file)
        empty = problem == damage.EMPTY and not committed
        if not os.access(file, os.W_OK):  # SQLite calls it a failed lock
            raise DatabaseAccessDenied("The file may only be read.")
        if problem is not None and not empty:
            raise _kept_aside(file, _DamagedError(problem))
    try:
        connection = connect(file)
    except sqlite3.Error as error:
        raise translated(error) from error
    log: Journal | None = None
    try:
        if empty:  # somebody may be making it this moment
            connection.execute("BEGIN EXCLUSIVE")
            raise _DamagedError(damage.EMPTY)
        connection.executescript(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
            f" PRAGMA wal_autocheckpoint={FRAMES}; PRAGMA cache_size=-2000;"
        )
        connection.execute("BEGIN EXCLUSIVE")
        tables = _tables(connection)
        if not tables:  # also one whose making was interrupted
            for statement in STATEMENTS:
                connection.execute(statement)
            _mark(connection)
        connection.execute("COMMIT")
        if file is not None:
            for suffix in SUFFIXES:
                private.close(Path(f"{file}{suffix}"))
        if file is not None and upgrade.is_recent(_version(connection), tables):
            _check_log(connection, committed)
            _bring_over(connection)
            _look_through(connection, _tables(connection), 0)
        elif file is not None and upgrade.is_old(_version(connection), tables):
            _check_log(connection, committed)
            _upgrade(connection, file)
            _look_through(connection, _tables(connection), 0)
        elif tables:
            _look_through(connection, tables, committed, file=None if thoroughly else file)
        bodies, log = _open_journal(file, damage.folded(connection)[0], new=not tables)
        return make(Files(connection, log, ownership), bodies, not tables)
    except (sqlite3.Error, UnicodeDecodeError, _DamagedError) as error:
        code = sqlite3.SQLITE_CORRUPT if isinstance(error, _DamagedError) else error_code(error)
        if file is not None and existing and code in _DAMAGE:
            failure: Exception = _kept_aside(file, error)  # before the connection tidies up
        else:
            failure = translated(error)
        _let_go(connection, log)
        raise failure from error
    except BaseException:
        _let_go(connection, log)
        raise


def _tables(connection: sqlite3.Connection) -> set[str]:
    return {sql for (sql,) in connection.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")}


def _version(connection: sqlite3.Connection) -> int:
    mark: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return mark


def _mark(connection: sqlite3.Connection) -> int:
    """Say what a database is that has just been made, and give its journal a number to begin behind."""
    number = int.from_bytes(os.urandom(6), "big")
    start = f"{number} {connection.execute('SELECT count(*) FROM records').fetchone()[0]}"
    connection.execute(SET_FACT, (FOLDED, start, damage.fact_checksum(FOLDED, start)))
    connection.execute(f"PRAGMA user_version={VERSION_MARK}")
    return number


def _upgrade(connection: sqlite3.Connection, file: Path) -> None:
    """Make a file of an earlier version one of this; whatever stops it, it is still what it was."""
    connection.execute("BEGIN EXCLUSIVE")
    try:
        late = upgrade.upgrade(connection)
    except (sqlite3.IntegrityError, ValueError) as error:
        raise _DamagedError("rows that are no records") from error
    number = _mark(connection)
    problem = damage.complaint(connection)
    if problem is not None:
        raise _DamagedError(problem)
    try:
        log = Journal(Path(f"{file}{journal.SUFFIX}"), number)
    except OSError as error:
        raise journal.failure(error) from error
    try:
        if late:
            log.append([journal.change(journal.PUT, row) for row in late])
    finally:
        log.close()
    connection.execute("COMMIT")


def _bring_over(connection: sqlite3.Connection) -> None:
    """Make a file of schema 3 or 4 one of this, in place; whatever stops it, it is still what it was."""
    connection.execute("BEGIN EXCLUSIVE")
    try:
        upgrade.bring_over(connection)
    except ValueError as error:
        raise _DamagedError(str(error)) from error
    problem = damage.complaint(connection)
    if problem is not None:
        raise _DamagedError(problem)
    connection.execute(f"PRAGMA user_version={VERSION_MARK}")
    connection.execute("COMMIT")


def _let_go(connection: sqlite3.Connection, log: Journal | None) -> None:
    connection.close()
    if log is not None:
        log.close()


def _open_journal(file: Path | None, folded: int, *, new: bool) -> tuple[list[bytes], Journal]:
    """Raises _DamagedError: it is cut where the damage begins, so that the next opening goes on with what is before."""
    if file is None:
        return [], Journal(None, folded)
    path = Path(f"{file}{journal.SUFFIX}")
    try:
        if new:  # what lies there belonged to another
            path.unlink(missing_ok=True)
        found = journal.read(path, folded)
        if found.problem is not None:
            raise _DamagedError(found.problem, usable=True, cut=(path, found.end))
        return found.bodies, Journal(path, found.number, found.end)
    except OSError as error:
        raise journal.failure(error) from error


def _look_through(
    connection: sqlite3.Connection, tables: set[str], committed: int, *, file: Path | None = None
) -> None:
    """Raises _DamagedError, or InvalidDatabase for a file of another version, which is as it should be. Everything is
    looked at, unless there is a large ``file`` that says what it is not necessary for."""
    mark = _version(connection)
    if mark != VERSION_MARK:
        if mark >> 16 == mark & 0xFFFF or mark == 1 or not tables & set(STATEMENTS):
            raise InvalidDatabase(f"The database has schema {mark & 0xFFFF}, this library knows {SCHEMA_VERSION}.")
        raise _DamagedError("a damaged version number")
    if tables != set(STATEMENTS):
        raise _DamagedError("other tables")
    trust = damage.NONE
    if file is not None and file.stat().st_size > SMALL:
        trust = damage.trust(connection)
        if trust.untouched and damage.is_cut(file):
            raise _DamagedError("a file that ends too early")
    problem = damage.complaint(connection, trust)
    if problem is not None:
        raise _DamagedError(problem)
    _check_log(connection, committed)


def _check_log(connection: sqlite3.Connection, committed: int) -> None:
    """Whether SQLite has read its log as far as it was committed. Raises _DamagedError."""
    if committed:
        (_, known, _) = connection.execute("PRAGMA wal_checkpoint").fetchone()
        if known < committed:
            raise _DamagedError(f"its log is readable up to frame {known} of {committed}", usable=True)


def foreign(path: str) -> tuple[dict[str, object], Iterator[tuple[object, object]]]:
    """The facts of a database file that may hold anything, and (flags, wire) of its records. Raises
    InvalidDatabase.

    The iterator raises it too: damage may lie deep.
    """
    try:
        connection = sqlite3.connect(f"file:{quote(path)}?mode=ro&immutable=1", uri=True, check_same_thread=False)
        known = {
            VERSION_MARK: (EXPORTED, damage.ROW_CHECKSUM),
            upgrade.FOURTH: (EXPORTED, damage.ROW_CHECKSUM),
            upgrade.THIRD: (upgrade.EXPORTED_BY_THIRD, damage.ROW_CHECKSUM),
            upgrade.MARK: (upgrade.EXPORTED, upgrade.ROW_CHECKSUM),
        }
        exported, checksum = known.get(_version(connection), (None, ""))
        if exported is None:
            raise InvalidDatabase("The file is not a database of this library, or of a version that it does not know.")
        tables = connection.execute("SELECT sql FROM sqlite_master WHERE name IN ('records', 'pieces', 'facts')")
        if {sql for (sql,) in tables} != exported:
            raise InvalidDatabase("The tables are not those of this library.")
        facts = dict(connection.execute(f"SELECT name, value FROM facts WHERE name NOT LIKE '{PROOF}%' LIMIT 100"))
    except (sqlite3.Error, ValueError) as error:
        raise InvalidDatabase(str(error)) from error

    def rows() -> Iterator[tuple[object, object]]:
        try:
            damage.teach(connection)
            query = f"SELECT flags, wire, checksum IS {checksum} FROM records ORDER BY seq"
            for flags, wire, whole in connection.execute(query):
                if not whole:
                    raise InvalidDatabase("A row does not have its checksum.")
                if exported is EXPORTED and isinstance(flags, int) and flags & IN_PIECES:
                    flags, wire = flags & ~IN_PIECES, pieces.join(connection, pieces.Place.decode(wire))
                yield flags, wire
        except (sqlite3.Error, ValueError) as error:
            raise InvalidDatabase(str(error)) from error
        finally:
            connection.close()

    return facts, rows()


def rows_in(path: str) -> int | None:
    """How many records a database file has that ``foreign`` has accepted; None when it does not say."""
    try:
        with contextlib.closing(sqlite3.connect(f"file:{quote(path)}?mode=ro&immutable=1", uri=True)) as connection:
            found: int = connection.execute("SELECT count(*) FROM records").fetchone()[0]
            return found
    except sqlite3.Error:
        return None
