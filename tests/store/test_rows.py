"""Rows in C: the same bytes as plain Python makes, and a documented complaint for what is no row."""

from __future__ import annotations

import random
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerapi.store import _rows
from peerapi.store.journal import ADD, REMOVE, changes
from peerapi.store.schema import FIELDS, Row, low_half
from tests.support.leaks import leaked

INTEGERS = st.integers(-(1 << 63), (1 << 63) - 1)
GUIDS = st.binary(min_size=16, max_size=16)
ROWS = st.builds(Row, GUIDS, GUIDS, INTEGERS, INTEGERS, INTEGERS, INTEGERS, st.binary(max_size=60))
PLAIN = Row(bytes(range(16)), b"t" * 16, 1, 0, 5, 9, b"a record")


def checksum(seq: int, row: Row) -> int:
    id_, type_, version, flags, modification, expiration, wire = row
    head = struct.pack(">qqqqq16s16s", seq, version, flags, modification, expiration, id_, type_)
    return zlib.crc32(head + wire)


@given(INTEGERS, ROWS)
def test_a_checksum_covers_every_field(seq: int, row: Row) -> None:
    assert _rows.row_checksum(seq, *row) == checksum(seq, row)


@pytest.mark.parametrize("size", range(40))
def test_a_checksum_is_right_for_any_size(size: int) -> None:
    row = PLAIN._replace(wire=bytes(range(size)))
    assert _rows.row_checksum(1, *row) == checksum(1, row)


@pytest.fixture(params=[True, False], ids=["processor", "tables"])
def by_processor(request: pytest.FixtureRequest) -> Iterator[None]:
    _rows.checksums_by_processor(request.param)
    yield
    _rows.checksums_by_processor(True)


@pytest.mark.usefixtures("by_processor")
def test_a_checksum_is_right_for_any_bytes() -> None:
    chance = random.Random(32)
    for size in (*range(700), 4096, 16_384, 100_001):
        row = PLAIN._replace(wire=chance.randbytes(size))
        assert _rows.row_checksum(size, *row) == checksum(size, row)
    for wire in (bytes(5000), b"\xff" * 5000):
        assert _rows.row_checksum(1, *PLAIN._replace(wire=wire)) == checksum(1, PLAIN._replace(wire=wire))


def test_checksums_are_made_by_this_processor_where_it_can() -> None:
    flags = next((line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("flags")), "")
    assert _rows.checksums_by_processor(True) == ({"pclmulqdq", "sse4_1"} <= set(flags.split()))
    assert _rows.checksums_by_processor(False) is False
    _rows.checksums_by_processor(True)


@given(st.lists(st.tuples(st.integers(ADD, REMOVE), ROWS), max_size=4), st.integers(0, (1 << 64) - 1))
def test_an_entry_is_what_the_journal_reads(made: list[tuple[int, Row]], number: int) -> None:
    entry = _rows.entry(number, [_rows.change(kind, row) for kind, row in made])
    size, found, crc, head_crc = struct.unpack_from(">IQII", entry)
    body = entry[20:]
    assert (size, found, crc, head_crc) == (len(body), number, zlib.crc32(body), zlib.crc32(entry[:16]))
    assert list(changes(body)) == made


@given(st.integers(ADD, REMOVE), st.lists(ROWS, max_size=5), st.integers(0, 60))
def test_changes_of_several_rows_are_those_of_each(kind: int, rows: list[Row], longest: int) -> None:
    made = _rows.changes(kind, rows, longest)
    if any(len(row.wire) > longest for row in rows):
        assert made is None
    else:
        assert made == b"".join(_rows.change(kind, row) for row in rows)


@given(st.lists(st.tuples(INTEGERS, ROWS), max_size=5))
def test_fields_are_those_of_the_table(numbered: list[tuple[int, Row]]) -> None:
    flat = _rows.fields(numbered)
    rows = [tuple(flat[at : at + FIELDS]) for at in range(0, len(flat), FIELDS)]
    assert rows == [
        (seq, low_half(row.id), row.id, row.type, *row[2:6], checksum(seq, row), row.wire) for seq, row in numbered
    ]


@given(st.integers(0, 1 << 50), st.lists(ROWS, max_size=5))
def test_rows_are_numbered_by_their_ids(first: int, rows: list[Row]) -> None:
    before = (7, PLAIN)
    numbered = {PLAIN.id: before}
    assert _rows.number(numbered, first, rows) == sum(len(row.wire) for row in rows)
    assert numbered == {PLAIN.id: before} | {row.id: (n, row) for n, row in enumerate(rows, first)}
    assert list(numbered)[1:] == list(dict.fromkeys(row.id for row in rows if row.id != PLAIN.id))


NO_ROWS: list[Any] = [
    None,
    (),
    tuple(PLAIN)[:6],
    (*PLAIN, 1),
    PLAIN._replace(id=b"short"),
    PLAIN._replace(type=b"t" * 17),
    PLAIN._replace(wire="text"),  # type: ignore[arg-type]
    PLAIN._replace(version=1.5),  # type: ignore[arg-type]
    PLAIN._replace(expiration=1 << 63),
    PLAIN._replace(flags=None),  # type: ignore[arg-type]
]


@pytest.mark.parametrize("row", NO_ROWS, ids=repr)
def test_what_is_no_row_is_refused(row: Any) -> None:
    refused(row)


def refused(row: Any) -> None:
    for attempt in (
        lambda: _rows.change(ADD, row),
        lambda: _rows.changes(ADD, [PLAIN, row], 99),
        lambda: _rows.fields([(1, PLAIN), (2, row)]),
        lambda: _rows.number({}, 1, [PLAIN, row]),
        lambda: _rows.row_checksum(1, *(row or ())),
    ):
        with pytest.raises((TypeError, OverflowError)):
            attempt()


def exercise() -> None:
    """Everything once, good and bad."""
    rows = [(n, PLAIN._replace(wire=bytes(n % 50))) for n in range(100)]
    for seq, row in rows:
        _rows.row_checksum(seq, *row)
        list(changes(_rows.entry(seq, [_rows.change(ADD, row)] * 2)[20:]))
    _rows.fields(rows)
    for size in range(300):
        _rows.row_checksum(1, *PLAIN._replace(wire=bytes(size)))
    _rows.number({}, 1, [row for _, row in rows])
    for wrong in (None, "text", 1 << 70):
        with pytest.raises((TypeError, OverflowError)):
            _rows.number({}, wrong, [])  # type: ignore[arg-type]
    for row in NO_ROWS:
        refused(row)
    for bad in ([None], [(1,)], [("x", PLAIN)]):
        with pytest.raises(TypeError):
            _rows.fields(bad)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        _rows.entry(1, ["text"])  # type: ignore[list-item]


def test_nothing_leaks() -> None:
    assert leaked(exercise) < 15
