"""Rows that memory still has: bounded in parts and bytes, and never what is not in SQLite."""

from __future__ import annotations

from pathlib import Path

from peerapi.store.database import MEMTABLE_ROWS, Database, Row
from peerapi.store.row_cache import BYTES, PARTS, ROWS, RowCache


def row(n: int, size: int = 8) -> Row:
    return Row(n.to_bytes(8, "big") * 2, b"t" * 16, 1, 0, n, 1 << 60, bytes(size))


def kept(cache: RowCache) -> list[Row]:
    return [each for part in cache.parts for each in part.values()]


def test_small_foldings_share_a_part() -> None:
    cache = RowCache()
    for n in range(100):
        cache.keep({row(n).id: row(n)}, 8)
    assert len(cache.parts) == 1
    assert kept(cache) == [row(n) for n in range(100)]


def test_the_oldest_part_goes_first() -> None:
    cache = RowCache()
    for n in range(0, (PARTS + 2) * ROWS, ROWS):
        cache.keep({row(k).id: row(k) for k in range(n, n + ROWS)}, ROWS)
    assert len(cache.parts) == PARTS
    assert {each.modification for each in kept(cache)} == set(range(2 * ROWS, (PARTS + 2) * ROWS))


def test_bytes_are_bounded() -> None:
    cache = RowCache()
    for n in range(4):
        cache.keep({row(n * ROWS + k).id: row(n * ROWS + k) for k in range(ROWS)}, BYTES // 3)
    assert len(cache.parts) == min(PARTS, 3)
    cache.keep({row(1 << 40).id: row(1 << 40)}, BYTES + 1)
    assert kept(cache) == []


def test_a_row_that_has_changed_is_not_found(tmp_path: Path) -> None:
    database = Database.open(tmp_path / "file")
    for n in range(0, 2 * MEMTABLE_ROWS, 512):
        database.add_many([row(k) for k in range(n, n + 512)])
    assert database.count() == 2 * MEMTABLE_ROWS
    newer = row(5)._replace(version=2)
    database.put(newer)
    database.remove(row(6).id)
    assert database.count() == 2 * MEMTABLE_ROWS - 1
    assert database.get(row(5).id) == newer
    assert database.get(row(6).id) is None
    database.close()


def test_what_was_taken_back_is_not_found(tmp_path: Path) -> None:
    database = Database.open(tmp_path / "file")
    database.add(row(1))
    assert database.count() == 1
    database.begin()
    database.add(row(2))
    database.put(row(1)._replace(version=2))
    assert database.count() == 2
    database.rollback()
    assert database.get(row(1).id) == row(1)
    assert database.get(row(2).id) is None
    database.close()
