"""What each creator has in a database: always what counting anew would say."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from peerapi.store.database import Database, Row
from peerapi.store.usage import SHARES, Share, Usage

TYPE = b"t" * 16


def row(creator: int, number: int, size: int) -> Row:
    return Row(bytes([creator]) * 8 + bytes([number]) * 8, TYPE, 1, 0, 1, 1 << 40, bytes(size))


class Shares(RuleBasedStateMachine):
    """Any changes, in transactions that end well or not, and foldings at any moment."""

    @initialize(already=st.lists(st.tuples(st.integers(1, 3), st.integers(1, 5), st.integers(1, 90)), max_size=5))
    def opened(self, already: list[tuple[int, int, int]]) -> None:
        self.database = Database.open(":memory:")
        for one in already:
            self.database.put(row(*one))
        self.usage = self.database.count_usage()

    @rule(creator=st.integers(1, 3), number=st.integers(1, 5), size=st.integers(1, 90))
    def put(self, creator: int, number: int, size: int) -> None:
        self.database.put(row(creator, number, size))

    @rule(creator=st.integers(1, 3), number=st.integers(1, 5))
    def removed(self, creator: int, number: int) -> None:
        self.database.remove(row(creator, number, 1).id)

    @rule(creator=st.integers(4, 6), numbers=st.sets(st.integers(1, 5), min_size=1), size=st.integers(1, 90))
    def added(self, creator: int, numbers: set[int], size: int) -> None:
        every = [row(creator, number, size) for number in sorted(numbers)]
        new = [one for one in every if self.database.get(one.id) is None]
        self.database.add_many(new[1:])
        for one in new[:1]:
            self.database.add(one)

    @rule()
    def begun(self) -> None:
        self.database.begin()

    @rule()
    def committed(self) -> None:
        self.database.commit()

    @rule()
    def taken_back(self) -> None:
        self.database.rollback()

    @rule()
    def removed_by_type(self) -> None:
        self.database.remove_types((TYPE,))

    @invariant()
    def as_counted(self) -> None:
        if not hasattr(self, "database"):
            return
        counted: dict[bytes, Share] = {}
        for one in self.database.of_type(TYPE, live=False):
            share = counted.get(one.id[:8], Share(0, 0))
            counted[one.id[:8]] = Share(share.records + 1, share.size + len(one.wire))
        kept = {creator: share for creator, share in self.usage.all().items() if share != Share(0, 0)}
        assert kept == counted

    def teardown(self) -> None:
        if hasattr(self, "database"):
            self.database.close()


TestShares = Shares.TestCase


@given(st.lists(st.tuples(st.integers(1, 3), st.integers(1, 5), st.integers(1, 90)), max_size=10))
def test_who_has_nothing_any_longer_is_forgotten(told: list[tuple[int, int, int]]) -> None:
    usage = Usage(())
    for one in told:
        usage.add(row(*one))
    usage.forget_undo()
    for one in told:
        usage.drop(row(*one))
    usage.forget_undo()
    assert usage.all() == {}


def filled(path: Path) -> Database:
    database = Database.open(path)
    database.count_usage()
    for number in range(5):
        database.add(row(1, number, 10))
    database.put(row(1, 0, 30))
    database.remove(row(1, 1, 0).id)
    return database


KEPT = {bytes([1]) * 8: Share(4, 60)}


@pytest.mark.parametrize("how", ["closed", "killed", "changed", "damaged"])
def test_a_restart_knows_what_was_kept(tmp_path: Path, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also what only the journal has, and what somebody has changed who kept no sums."""
    path, expected = tmp_path / "database", dict(KEPT)
    database = filled(path)
    assert database.usage is not None and database.usage.all() == KEPT
    if how == "killed":
        shutil.copytree(tmp_path, tmp_path / "copy", dirs_exist_ok=True)
        path = tmp_path / "copy" / "database"
    database.close()
    if how == "changed":
        database = Database.open(path)
        database.put(row(1, 0, 40))
        database.close()
        expected[bytes([1]) * 8] = Share(4, 70)
    if how == "damaged":
        database = Database.open(path)
        database.set_fact(SHARES, b"?" * 40)
        database.close()
    database = Database.open(path)
    counted: list[object] = []
    monkeypatch.setattr(database, "_all", lambda query: counted.append(query) or Database._all(database, query))
    assert database.count_usage().all() == expected
    assert bool(counted) is (how != "closed")
    assert database.fact(SHARES) in (None, b"", b"?" * 40)[: 3 if how == "damaged" else 2]
    database.close()


def test_a_transaction_that_is_taken_back_takes_its_share_back() -> None:
    database = Database.open(":memory:")
    usage = database.count_usage()
    database.add(row(1, 1, 10))
    database.begin()
    database.add(row(1, 2, 10))
    database.put(row(1, 1, 5))
    assert usage.of(bytes([1]) * 8) == Share(2, 15)
    database.rollback()
    assert usage.of(bytes([1]) * 8) == Share(1, 10)
    database.close()
