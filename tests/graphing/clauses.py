"""Clauses of searches."""

import sqlite3
from collections.abc import Mapping
from xml.sax.saxutils import escape, quoteattr

from hypothesis import strategies as st

from peerapi.graphing.codec import dates, search
from peerapi.graphing.codec.attributes import Attribute
from peerapi.graphing.codec.records import Record, encode_record, summarize
from peerapi.graphing.codec.search import Query
from peerapi.graphing.codec.search_xml import parse

COMPARES = ["equal", "notequal", "greater", "less", "greaterorequal", "lessorequal"]


def clause(content: str, compare: str = "equal", type: str = "string", attrib: str = "a") -> str:
    head = f"<clause attrib={quoteattr(attrib)} type={quoteattr(type)} compare={quoteattr(compare)}>"
    return f"{head}{escape(content)}</clause>"


def searched(inner: str) -> Query:
    return parse(f"<peersearch>{inner}</peersearch>")


# ---- A record's own fields -------------------------------------------------------------------------------------------

TYPE = bytes.fromhex("aaaaaaaabbbbccccddddeeeeeeeeeeee")
ID = bytes.fromhex("0123456789abcdef0123456789abcdef")
MARCH = dates.parse("2026-03-01T12:00Z") or 0
APRIL = dates.parse("2026-04-01T12:00Z") or 0
RECORD = Record(TYPE, ID, 2, "0.Ann", MARCH, APRIL * 2, APRIL, "g", modified_by="0.Bob")
RESERVED = search.reserved_of(summarize(encode_record(RECORD)))


# ---- SQL -------------------------------------------------------------------------------------------------------------

ALL_COLUMNS = {name: name for name in RESERVED}


def database() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    connection.execute(f"CREATE TABLE {search.TABLE}")
    connection.execute("CREATE INDEX attributes_by_value ON attributes (name, type, value, record)")
    connection.execute(f"CREATE TABLE records (seq INTEGER PRIMARY KEY, {', '.join(ALL_COLUMNS)})")
    return connection


def insert(
    connection: sqlite3.Connection, seq: int, attributes: list[Attribute], reserved: Mapping[str, search.Key]
) -> None:
    columns = [reserved.get(name) for name in ALL_COLUMNS]
    for at, name in enumerate(ALL_COLUMNS):
        if name in ("peerrecordid", "peerrecordtype") and columns[at] is not None:
            columns[at] = bytes.fromhex(str(columns[at]).replace("-", ""))  # type: ignore[call-overload]
    marks = ", ".join("?" * (len(columns) + 1))
    connection.execute(f"INSERT INTO records VALUES ({marks})", (seq, *columns))
    rows = [(seq, *row) for row in search.index_rows(attributes)]
    connection.executemany("INSERT INTO attributes VALUES (?, ?, ?, ?)", rows)


def select(connection: sqlite3.Connection, query: Query, columns: Mapping[str, str]) -> tuple[set[int], bool]:
    condition, parameters, exact = query.to_sql("seq", columns)
    rows = connection.execute(f"SELECT seq FROM records WHERE {condition}", parameters)
    return {seq for (seq,) in rows}, exact


def asked(inner: str, attributes: list[Attribute], reserved: Mapping[str, search.Key] | None = None) -> bool:
    """What SQL says about one record, with ``matches`` behind it where SQL is not exact."""
    connection = database()
    insert(connection, 1, attributes, reserved or {})
    query = searched(inner)
    hits, exact = select(connection, query, ALL_COLUMNS)
    connection.close()
    return bool(hits) and (exact or query.matches(attributes, reserved or {}))


values = st.sampled_from(("", "a", "ab", "b", "*", "[", "a?", "\U0001f600", "\ufb01"))
