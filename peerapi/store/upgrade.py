"""Files that an earlier version of this library wrote.

Schema 2 had the records in one table and what made them findable in another, which got its entries later. Here the
records become one table with all indexes. Those that had no entries yet have none for their attributes either, so they
are put into the new journal as well: the next folding treats them as if they came now.

Schemas 3 and 4 are brought over in place: long records of the first are put in pieces, and both get runs of record IDs
instead of an index over them.
"""

from __future__ import annotations

import sqlite3

from peerapi.store import id_runs
from peerapi.store._rows import row_checksum
from peerapi.store.pieces import Pieces
from peerapi.store.schema import COLUMNS, FIELDS, LONG, STATEMENTS, Row, low_half
from peerapi.store.schema import EXPORTED as STATED

MARK = 2 * 0x10001
TABLES = (
    """CREATE TABLE records (
    seq INTEGER PRIMARY KEY,
    id BLOB NOT NULL,
    type BLOB NOT NULL,
    version INTEGER NOT NULL,
    flags INTEGER NOT NULL,
    modification INTEGER NOT NULL,
    expiration INTEGER NOT NULL,
    wire BLOB NOT NULL,
    checksum INTEGER NOT NULL)""",
    """CREATE TABLE lookup (
    seq INTEGER PRIMARY KEY,
    low INTEGER NOT NULL,
    id BLOB NOT NULL,
    type BLOB NOT NULL,
    flags INTEGER NOT NULL,
    expiration INTEGER NOT NULL)""",
    "CREATE TABLE attributes (record INTEGER NOT NULL, name TEXT NOT NULL, type TEXT NOT NULL, value NOT NULL)",
    "CREATE TABLE facts (name TEXT PRIMARY KEY, value, checksum INTEGER NOT NULL) WITHOUT ROWID",
)
INDEXES = (
    "CREATE INDEX lookup_by_low ON lookup (low)",
    "CREATE INDEX lookup_by_type ON lookup (type)",
    "CREATE INDEX lookup_by_expiration ON lookup (expiration)",
    "CREATE INDEX lookup_to_refresh ON lookup (expiration) WHERE flags & 3 = 2",
    "CREATE INDEX attributes_by_value ON attributes (name, type, value, record)",
    "CREATE INDEX attributes_by_record ON attributes (record)",
)
EXPORTED = {TABLES[0], TABLES[3]}
"What an import reads."
THIRD, FOURTH = 3 * 0x10001, 4 * 0x10001
BY_LOW = "CREATE INDEX records_by_low ON records (low)"
_PIECES = next(statement for statement in STATEMENTS if statement.startswith("CREATE TABLE pieces"))
_RUNS = next(statement for statement in STATEMENTS if statement.startswith("CREATE TABLE runs"))
TABLES_OF_FOURTH = {*STATEMENTS, BY_LOW} - {_RUNS}
TABLES_OF_THIRD = TABLES_OF_FOURTH - {_PIECES}
EXPORTED_BY_THIRD = STATED - {_PIECES}
"""What an import reads of a file of schema 3, which had all of a record in its row."""
ROW_CHECKSUM = "old_row_checksum(seq, id, type, version, flags, modification, expiration, wire)"


def is_old(mark: int, statements: set[str]) -> bool:
    """Whether a file with this version mark and these tables is one of schema 2."""
    return mark == MARK and statements == {*TABLES, *INDEXES}


def upgrade(connection: sqlite3.Connection) -> list[Row]:
    """Bring the tables to this version's schema, inside of a transaction; the records for the journal.

    Raises sqlite3.Error.
    """
    connection.create_function("low_half", 1, _low_half, deterministic=True)
    late = connection.execute(
        f"SELECT {COLUMNS} FROM records WHERE seq > (SELECT coalesce(max(seq), 0) FROM lookup) ORDER BY seq"
    ).fetchall()
    connection.execute("ALTER TABLE records RENAME TO old")
    connection.execute("DROP TABLE lookup")
    kept = TABLES[2:] + INDEXES[4:]
    for statement in STATEMENTS:
        if statement not in kept:
            connection.execute(statement)
    fields = "seq, low_half(id), id, type, version, flags, modification, expiration, checksum, wire"
    assert fields.count(",") == FIELDS - 1
    connection.execute(f"INSERT INTO records SELECT {fields} FROM old ORDER BY seq")
    connection.execute("DROP TABLE old")
    _long_rows_in_pieces(connection)
    id_runs.fill(connection)
    return [Row._make(columns) for columns in late]


def is_recent(mark: int, statements: set[str]) -> bool:
    """Whether a file with this version mark and these tables is one of schema 3 or 4."""
    return (mark, statements) in ((THIRD, TABLES_OF_THIRD), (FOURTH, TABLES_OF_FOURTH))


def bring_over(connection: sqlite3.Connection) -> None:
    """Bring a file of schema 3 or 4 to this version's, inside of a transaction. Raises sqlite3.Error, ValueError."""
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'pieces'").fetchone():
        connection.execute(_PIECES)
        _long_rows_in_pieces(connection)
    connection.execute("DROP INDEX records_by_low")
    connection.execute(_RUNS)
    id_runs.fill(connection)


def _long_rows_in_pieces(connection: sqlite3.Connection) -> None:
    """Until schema 3 a record was in one piece, however long. Raises sqlite3.Error, and ValueError for one that does
    not have its checksum."""
    pieces = Pieces(connection)
    for (seq,) in connection.execute("SELECT seq FROM records WHERE length(wire) > ?", (LONG,)).fetchall():
        query = f"SELECT {COLUMNS}, checksum FROM records WHERE seq = ?"
        *columns, checksum = connection.execute(query, (seq,)).fetchone()
        row = Row._make(columns)
        if checksum != row_checksum(seq, *row):
            raise ValueError(f"record {seq} does not have its checksum")
        row = pieces.put_away(row)
        values = (row.flags, row.wire, row_checksum(seq, *row), seq)
        connection.execute("UPDATE records SET flags = ?, wire = ?, checksum = ? WHERE seq = ?", values)


def _low_half(record_id: object) -> int | None:
    return low_half(record_id) if isinstance(record_id, bytes) and len(record_id) == 16 else None
