"""The graph databases of this user as they lie there, for who wants to look without taking part.

A database belongs to the process that has it open, and nobody else can read it meanwhile; so beside the databases of
one graph and peer lies a label that says whose they are. What is looked into is never changed: files are read through
connections that cannot write, or copied first.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, unquote

import peerapi.private as private
from peerapi.errors import AccessDenied, DatabaseAccessDenied, InvalidDatabase
from peerapi.store import id_runs, journal, ownership
from peerapi.store.damage import folded
from peerapi.store.data_folder import data_folder
from peerapi.store.schema import CLOSED, DELETED, FOLDED, INTERNAL, SUFFIXES, translated

SUFFIX = ".peergraph"
LABEL = "label"
"Two lines: graph and peer ID, percent-encoded UTF-8."
PAGES = 512
"Pages of a database that are copied at a time; in between its owner may open it."
_LIVE = "SELECT count(*) FROM records WHERE flags & 5 = 0"


class Entry(NamedTuple):
    """One database file. Who it belongs to is None when nothing says so."""

    path: Path
    database: str
    graph_id: str | None
    peer_id: str | None

    @property
    def size(self) -> int:
        """Bytes on disk, the logs included."""
        files = (Path(f"{self.path}{suffix}") for suffix in SUFFIXES)
        return sum(file.stat().st_size for file in files if file.exists())


class Look(NamedTuple):
    """What a database says of itself."""

    facts: dict[str, str | int | bytes]
    records: int
    "How many records of the application, those included that have expired since it was closed."


def put_label(path: Path, graph_id: str, peer_id: str) -> None:
    """Say to whom the databases in a folder belong. Without one they work all the same."""
    label = path.parent / LABEL
    with contextlib.suppress(OSError):
        if not label.exists():
            draft = label.with_name(f"{LABEL}.{os.getpid()}")
            draft.unlink(missing_ok=True)  # left behind by a process that was killed
            private.write_new(draft, f"{quote(graph_id)}\n{quote(peer_id)}\n")
            draft.replace(label)


def remove_label(folder: Path) -> None:
    """Remove the label of a folder when the last database in it has gone."""
    with contextlib.suppress(OSError):
        if not any(folder.glob(f"*{SUFFIX}*")):
            (folder / LABEL).unlink()


def entries() -> list[Entry]:
    """All databases of this user, by graph, peer and name."""
    found = [_entry(path) for path in (data_folder() / "graphs").glob(f"*/*{SUFFIX}")]
    return sorted(found, key=lambda entry: (entry.graph_id or "", entry.peer_id or "", entry.database))


def _entry(path: Path) -> Entry:
    with contextlib.suppress(OSError, ValueError):
        graph_id, peer_id = map(unquote, (path.parent / LABEL).read_text(encoding="ascii").splitlines())
        return Entry(path, path.name.removesuffix(SUFFIX), graph_id, peer_id)
    with contextlib.suppress(DatabaseAccessDenied, InvalidDatabase):  # made before there were labels
        facts = look(path).facts
        return Entry(path, path.name.removesuffix(SUFFIX), str(facts.get("graph_id")), str(facts.get("peer_id")))
    return Entry(path, path.name.removesuffix(SUFFIX), None, None)


def look(path: Path) -> Look:
    """Raises DatabaseAccessDenied (open in a process, this one included, or not ours to read), InvalidDatabase."""
    with _reading(path) as connection:
        facts = dict(connection.execute("SELECT name, value FROM facts"))
        records: int = connection.execute(_LIVE).fetchone()[0]
        where = None
        for record_id, live in _unfolded(path, connection).items():
            where = where or id_runs.where(connection)
            condition, values = where(record_id)
            records += live - connection.execute(f"{_LIVE} AND {condition}", values).fetchone()[0]
        facts.pop(FOLDED, None)
        facts.pop(CLOSED, None)
        return Look(facts, records)


def wire(path: Path, record_id: bytes) -> bytes | None:
    """The wire bytes of one record, None when it is not there. Raises as ``look``."""
    with _reading(path) as connection:
        found = None
        for body in journal.read(Path(f"{path}{journal.SUFFIX}"), folded(connection)[0]).bodies:
            for kind, row in journal.changes(body):
                if row.id == record_id:
                    found = None if kind == journal.REMOVE else row.wire
        if found is None:
            condition, values = id_runs.where(connection)(record_id)
            kept = connection.execute(f"SELECT wire FROM records WHERE {condition}", values).fetchone()
            found = kept[0] if kept else None
        return found


def _unfolded(path: Path, connection: sqlite3.Connection) -> dict[bytes, bool]:
    """The records in the journal of a database whose process was killed: whether each is there and live."""
    try:
        found = journal.read(Path(f"{path}{journal.SUFFIX}"), folded(connection)[0])
        return {
            row.id: kind != journal.REMOVE and not row.flags & (DELETED | INTERNAL)
            for body in found.bodies
            for kind, row in journal.changes(body)
        }
    except (OSError, ValueError) as error:
        raise InvalidDatabase(str(error)) from error


def copy(path: Path, target: Path, progress: Callable[[int, int], object] = lambda done, all: None) -> None:
    """A copy of a database in a file that does not exist yet; ``progress`` is told pages. Raises as ``look``."""

    def step(status: int, left: int, all: int) -> None:
        if status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):  # it would try for ever
            raise DatabaseAccessDenied("The database is open.")
        progress(all - left, all)

    log = Path(f"{path}{journal.SUFFIX}")
    with contextlib.suppress(FileNotFoundError):  # first: what SQLite has got meanwhile is known to be old there
        if log.exists():
            private.make_file(f"{target}{journal.SUFFIX}")
        shutil.copyfile(log, f"{target}{journal.SUFFIX}")
    private.make_file(target)
    with _reading(path) as connection, contextlib.closing(sqlite3.connect(target)) as into:
        connection.backup(into, pages=PAGES, progress=step)


def _state(path: Path) -> tuple[int, int, bool]:
    """When a file was changed, its size, and whether it is open: what changes when somebody opens it and writes."""
    try:
        found = path.stat()
    except OSError:
        return 0, 0, False
    return found.st_mtime_ns, found.st_size, ownership.is_owned(path)


@contextlib.contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    try:
        if ownership.is_owned(path):
            raise DatabaseAccessDenied("The database is open.")
    except OSError as error:
        raise DatabaseAccessDenied(str(error)) from error
    if not os.access(path, os.R_OK) and path.exists():
        raise AccessDenied(f"{path} may not be read by this user.")
    before, closed = _state(path), not Path(f"{path}-wal").exists()
    try:
        # Closed properly there is one file, and nobody writes to it: nothing is laid beside it while it is read.
        how = "immutable=1" if closed else "mode=ro"
        connection = sqlite3.connect(f"file:{quote(str(path))}?{how}", uri=True, timeout=0.1)
        try:
            yield connection
        finally:
            connection.close()
        if closed and _state(path) != before:
            raise DatabaseAccessDenied("The database was opened meanwhile.")
    except sqlite3.OperationalError as error:
        if "no such table" in str(error):
            raise InvalidDatabase(str(error)) from error
        raise translated(error) from error
    except (sqlite3.Error, ValueError) as error:
        raise translated(error) from error
