"""A closed database, and what is done to its file."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

from peerapi.store.database import Database, Row

TYPE = bytes(15) + b"\x01"
EVERYTHING = 1 << 62
ROWS = 300


def row(n: int) -> Row:
    id = n.to_bytes(8, "big") * 2
    return Row(id, TYPE, 1, 0, 1000 + n, 5000 + n, b"record %d " % n * 20)


def content(database: Database) -> dict[bytes, Row]:
    rows, more = database.changed(0, EVERYTHING, 1 << 30, 1 << 30)
    assert not more
    assert database.ids(type=None, creator_key=None, now=None) == b"".join(each.id for _, each in rows)
    for _, each in rows:
        assert database.get(each.id) == each
    return {each.id: each for _, each in rows}


def closed(path: Path) -> Path:
    """A closed database: 300 records, a fact."""
    database = Database.open(path)
    database.begin()
    for n in range(ROWS):
        database.add(row(n))
    database.set_fact("name", "value")
    database.commit()
    database.close()
    return path


WHOLE = {row(n).id: row(n) for n in range(ROWS)}


def aside(path: Path, number: int = 1) -> Path:
    return path.with_name(f"{path.name}.damaged-{number}")


def sql(*statements: str) -> Callable[[Path], None]:
    def damage(path: Path) -> None:
        connection = sqlite3.connect(path)
        for statement in statements:
            connection.execute(statement)
        connection.commit()
        connection.close()

    damage.__name__ = statements[0]
    return damage


def commit_to_sqlite(database: Database, row: Row) -> None:
    """A transaction that changes more than records is not one for the journal."""
    database.begin()
    database.add(row)
    database.set_fact("last", row.id)
    database.commit()
