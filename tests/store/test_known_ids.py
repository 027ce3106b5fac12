"""What may be in the database: a no is certain."""

from __future__ import annotations

import random
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from peerapi.store.database import MEMTABLE_ROWS, Database, Row
from peerapi.store.known_ids import SPARSE, KnownIds

LOWS = st.integers(-(1 << 63), (1 << 63) - 1)


@given(st.sets(LOWS, max_size=300), st.sets(LOWS, max_size=300))
def test_what_was_added_is_never_denied(early: set[int], late: set[int]) -> None:
    known = KnownIds(early, len(early))
    for low in late:
        known.add(low)
    assert all(low in known for low in early | late)


def test_a_table_that_is_not_full_is_seldom_wrong() -> None:
    source = random.Random(5)
    known = KnownIds((source.getrandbits(64) for _ in range(5_000)), 5_000)
    assert not known.full
    wrong = sum(source.getrandbits(64) in known for _ in range(5_000))
    assert wrong < 2 * 5_000 / SPARSE


def test_a_table_that_has_grown_too_dense_says_so() -> None:
    known = KnownIds((), 0)
    low = 0
    while not known.full:
        known.add(low)
        low += 1
    assert KnownIds(range(low), low).full is False


def row(number: int, size: int = 10) -> Row:
    id_ = random.Random(number).randbytes(16)
    return Row(id_, b"t" * 16, 1, 0, number, 1 << 60, number.to_bytes(4, "big") * size)


def test_every_row_is_found_wherever_it_is_by_now(tmp_path: Path) -> None:
    """In the memtable, among those folded last, and in the file alone; none of the others is."""
    database = Database.open(tmp_path / "file")
    rows = [row(number) for number in range(2 * MEMTABLE_ROWS + 50)]
    for at in range(0, len(rows), 500):
        database.begin()
        database.add_many(rows[at : at + 500])
        database.commit()
        assert database.get(row(10**6 + at).id) is None
    assert [database.get(each.id) for each in rows] == rows
    database.close()


def test_a_row_removed_after_it_was_folded_is_gone(tmp_path: Path) -> None:
    database = Database.open(tmp_path / "file")
    rows = [row(number) for number in range(MEMTABLE_ROWS + 1)]
    database.begin()
    database.add_many(rows)
    database.commit()
    database.begin()
    database.put(rows[0]._replace(version=2))
    database.remove(rows[1].id)
    database.commit()
    assert database.get(rows[0].id) == rows[0]._replace(version=2)
    assert database.get(rows[1].id) is None
    database.close()


def test_what_a_failed_transaction_wrote_is_not_found(tmp_path: Path) -> None:
    """Also when the transaction was so large that it was folded."""
    database = Database.open(tmp_path / "file")
    rows = [row(number) for number in range(MEMTABLE_ROWS + 1)]
    database.begin()
    database.add_many(rows)
    assert database.count() == len(rows)
    assert database.get(rows[0].id) == rows[0]
    database.rollback()
    assert database.get(rows[0].id) is None
    database.close()
