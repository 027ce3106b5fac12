"""Bytes of rows that are known without reading them: only of rows that are there, and only in just these bytes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peerapi.store import _fingerprints
from peerapi.store._fingerprints import ENTRIES, Fingerprints
from peerapi.store.database import MEMTABLE_ROWS, Database
from peerapi.store.schema import IN_PIECES, LONG, Row
from tests.support.leaks import leaked

MODULES = (_fingerprints,)


def row(n: int, version: int = 1) -> Row:
    return Row(n.to_bytes(8, "big") * 2, b"t" * 16, version, 0, n, n + 1000, b"record %d of version %d" % (n, version))


def test_a_row_is_known_by_its_bytes_under_its_number() -> None:
    prints = Fingerprints()
    assert prints.find((1,), row(1).wire) is None
    prints.keep([(n, row(n)) for n in range(1, 10)])
    assert prints.find((3,), row(3).wire) == 1003
    assert prints.find((7, 1 << 39, 3), row(3).wire) == 1003
    assert prints.find((3,), row(3, 2).wire) is None
    assert prints.find((4, 5), row(3).wire) is None
    assert prints.find((3 + ENTRIES,), row(3).wire) is None
    assert prints.find((), row(3).wire) is None
    prints.drop(3)
    prints.drop(4 + ENTRIES)
    assert (prints.find((3,), row(3).wire), prints.find((4,), row(4).wire)) == (None, 1004)
    prints.clear()
    assert prints.find((4,), row(4).wire) is None


def test_the_latest_are_known() -> None:
    prints = Fingerprints()
    prints.keep([(n, row(n)) for n in range(1, ENTRIES + 11)])
    found = [prints.find((n,), row(n).wire) for n in range(1, ENTRIES + 11)]
    assert found == [None] * 10 + [n + 1000 for n in range(11, ENTRIES + 11)]


def test_a_row_without_the_bytes_of_its_record_is_not_known() -> None:
    prints = Fingerprints()
    prints.keep([(1, row(1)), (2, row(2)._replace(flags=IN_PIECES))])
    assert (prints.find((1,), row(1).wire), prints.find((2,), row(2).wire)) == (1001, None)
    prints.keep([(1 + ENTRIES, row(3)._replace(flags=IN_PIECES))])
    assert prints.find((1,), row(1).wire) is None


def refused() -> None:
    prints = Fingerprints()
    attempts: list[Callable[[Any], object]] = [
        lambda bad: Fingerprints(bad),
        lambda bad: prints.keep(bad),
        lambda bad: prints.keep([(1, row(1)), bad]),
        lambda bad: prints.keep([(bad, row(1))]),
        lambda bad: prints.keep([(1, bad)]),
        lambda bad: prints.keep([(1, row(1)._replace(wire=bad))]),
        lambda bad: prints.keep([(1, row(1)._replace(flags=bad))]),
        lambda bad: prints.keep([(1, row(1)._replace(expiration=bad))]),
        lambda bad: prints.find(bad, b""),
        lambda bad: prints.find((bad,), b""),
        lambda bad: prints.find((1,), bad),
        lambda bad: prints.drop(bad),
    ]
    for attempt in attempts:
        for bad in (None, "text", 1.5):
            with pytest.raises((TypeError, ValueError, OverflowError)):
                attempt(bad)
    for number in (0, -1, 1 << 64):
        with pytest.raises((ValueError, OverflowError)):
            prints.keep([(number, row(1))])
        with pytest.raises((ValueError, OverflowError)):
            prints.drop(number)


def test_what_is_no_row_no_number_and_no_bytes_is_refused() -> None:
    refused()


def exercise() -> None:
    """Everything once, good and bad."""
    prints = Fingerprints()
    prints.keep([(n, row(n)) for n in range(ENTRIES - 100, ENTRIES + 100)])
    for n in range(ENTRIES - 200, ENTRIES + 200):
        prints.find((n, n + 1), row(n).wire)
        prints.drop(n)
    prints.clear()
    refused()


def test_nothing_leaks() -> None:
    assert leaked(exercise) < 15


# ---- with a database -------------------------------------------------------------------------------------------------

STEPS = st.lists(
    st.tuples(st.sampled_from(("add", "put", "remove", "fold", "begin", "commit", "rollback")), st.integers(0, 5)),
    max_size=40,
)


def known(database: Database, one: Row) -> int | None:
    """What is said without reading of a record in these bytes, when it is not among the recent ones."""
    if one.id in database.recent:
        return None
    numbers = database.numbers(one.id)
    return None if numbers is None else database.same(numbers, one.wire)


@settings(max_examples=100, deadline=None)
@given(STEPS)
def test_nothing_is_said_of_a_row_that_is_not_there(steps: list[tuple[str, int]]) -> None:
    """Whatever was folded, changed, removed and taken back before: what is said is what reading says."""
    database = Database.open(":memory:")
    for step, n in steps:
        here = database.get(row(n).id)
        if step == "add" and here is None:
            database.add(row(n))
        elif step == "put":
            database.put(row(n, 1 if here is None else here.version + 1))
        elif step == "remove":
            database.remove(row(n).id)
        elif step == "fold":
            database.count()
        elif step in ("begin", "commit"):
            getattr(database, step)()
        elif step == "rollback":
            database.rollback()
        for k in range(6):
            stored = database.get(row(k).id)
            for version in range(1, 45):
                one = row(k, version)
                said = known(database, one)
                assert said is None or stored == one
                assert said in (None, one.expiration)
    database.close()


def test_a_record_that_was_folded_long_ago_is_known(tmp_path: Path) -> None:
    """Not by the rows that memory still has."""
    database = Database.open(tmp_path / "file")
    count = 8 * MEMTABLE_ROWS
    for at in range(1, count, 512):
        database.add_many([row(n) for n in range(at, at + 512)])
    database.count()
    assert all(row(1).id not in part for part in database._row_cache.parts)
    assert all(known(database, row(n)) == n + 1000 for n in range(1, count))
    database.put(row(1, 2))
    assert known(database, row(1)) is None
    database.count()
    assert (known(database, row(1)), known(database, row(1, 2))) == (None, 1001)
    database.add(row(count + 1)._replace(wire=bytes(LONG + 1)))
    database.count()
    assert known(database, row(count + 1)._replace(wire=bytes(LONG + 1))) is None
    database.close()
