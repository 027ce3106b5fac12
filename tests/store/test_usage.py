"""What each creator has in a database: always what counting anew would say."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from peerapi.store.database import Database, Row
from peerapi.store.usage import Share, Usage

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
    usage.settled()
    for one in told:
        usage.drop(row(*one))
    usage.settled()
    assert usage.all() == {}


def test_a_restart_counts_what_was_kept(tmp_path: Path) -> None:
    """Also what only the journal has."""
    path = tmp_path / "database"
    database = Database.open(path)
    database.count_usage()
    for number in range(5):
        database.add(row(1, number, 10))
    database.put(row(1, 0, 30))
    database.remove(row(1, 1, 0).id)
    assert database.usage is not None
    shares = database.usage.all()
    assert shares == {bytes([1]) * 8: Share(4, 60)}
    database.close()
    database = Database.open(path)
    assert database.count_usage().all() == shares
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
