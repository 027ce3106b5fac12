"""The record database: what is committed stays, what is taken back never was, and answers are always the same."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import tracemalloc
from pathlib import Path

import pytest

from peerapi.errors import (
    NO_ROOM,
    DatabaseAccessDenied,
    DatabaseInitializationFailed,
    DiskFull,
    InvalidDatabase,
    PeerError,
    Unexpected,
)
from peerapi.store.database import AUTOREFRESH, DELETED, INTERNAL, MEMTABLE_ROWS, Database, Row, translated
from tests.store.rows import CHAT, EVERYTHING, OTHER, content, row
from tests.store.support import commit, left_behind

# ---- Opening ---------------------------------------------------------------------------------------------------------


def test_a_new_file_is_made_and_an_old_one_is_found(path: Path) -> None:
    database = Database.open(path)
    assert database.created
    commit(database, row(1))
    database.close()
    again = Database.open(path)
    assert not again.created
    assert again.get(row(1).id) == row(1)
    again.close()


def test_a_missing_file_is_not_made_unasked(path: Path) -> None:
    with pytest.raises(DatabaseInitializationFailed):
        Database.open(path, create=False)
    assert not path.exists()


def test_a_file_that_is_open_elsewhere_is_refused(database: Database, path: Path) -> None:
    commit(database, row(1))
    with pytest.raises(DatabaseAccessDenied):
        Database.open(path)
    assert database.get(row(1).id) == row(1), "the first goes on"


def test_a_file_that_another_process_has_open_is_refused(path: Path) -> None:
    code = (
        "import sys; from peerapi.store.database import Database\n"
        "held = Database.open(sys.argv[1]); print('open', flush=True); input()"
    )
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", code, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=root
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"open\n"
        with pytest.raises(DatabaseAccessDenied):
            Database.open(path)
        other.communicate(b"\n", timeout=120)
    Database.open(path).close()


def test_a_closed_file_may_be_opened_again(path: Path) -> None:
    for _ in range(3):
        Database.open(path).close()


def test_a_folder_that_is_not_there_is_a_documented_failure(tmp_path: Path) -> None:
    with pytest.raises(DatabaseAccessDenied):
        Database.open(tmp_path / "nowhere" / "a.peergraph")


def test_a_folder_in_place_of_the_file_is_a_documented_failure(path: Path) -> None:
    path.mkdir()
    with pytest.raises(PeerError):
        Database.open(path)


@pytest.mark.parametrize("damage", [b"not a database, but long enough" * 50, b"SQLite format 3\0" * 50])
def test_a_file_that_is_no_database_is_refused_and_kept(path: Path, damage: bytes) -> None:
    path.write_bytes(damage)
    with pytest.raises(InvalidDatabase):
        Database.open(path)
    assert path.with_name(f"{path.name}.damaged-1").read_bytes() == damage


def test_a_database_of_another_kind_is_refused_and_left_alone(path: Path) -> None:
    foreign = sqlite3.connect(path)
    foreign.execute("CREATE TABLE recipes (name)")
    foreign.commit()
    foreign.close()
    with pytest.raises(InvalidDatabase):
        Database.open(path)
    check = sqlite3.connect(path)
    assert check.execute("SELECT name FROM sqlite_master").fetchall() == [("recipes",)]
    check.close()


def test_a_database_of_a_later_version_is_refused(path: Path) -> None:
    Database.open(path).close()
    later = sqlite3.connect(path)
    later.execute("PRAGMA user_version=99")
    later.close()
    with pytest.raises(InvalidDatabase):
        Database.open(path)


# ---- Transactions ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 2, MEMTABLE_ROWS + 5])
def test_what_is_committed_survives_a_killed_process(database: Database, path: Path, count: int) -> None:
    database.begin()
    for n in range(count):
        database.add(row(n))
    database.commit()
    again = Database.open(left_behind(path))
    assert content(again) == {row(n).id: row(n) for n in range(count)}
    again.close()


def test_one_commit_each_survives_a_killed_process(database: Database, path: Path) -> None:
    for n in range(50):
        commit(database, row(n))
    again = Database.open(left_behind(path))
    assert again.count() == 50
    again.close()


def test_what_is_not_committed_does_not_survive(database: Database, path: Path) -> None:
    commit(database, row(1))
    database.begin()
    database.put(row(1, version=2))
    database.add(row(2))
    again = Database.open(left_behind(path))
    assert content(again) == {row(1).id: row(1)}
    again.close()


def test_closing_forgets_an_open_transaction(path: Path) -> None:
    database = Database.open(path)
    database.begin()
    database.add(row(1))
    database.close()
    again = Database.open(path)
    assert again.count() == 0
    again.close()


def test_a_transaction_sees_its_own_changes(database: Database) -> None:
    database.begin()
    database.add(row(1))
    assert database.get(row(1).id) == row(1)
    database.put(row(1, version=2))
    assert database.get(row(1).id) == row(1, version=2)
    assert database.count() == 1
    database.remove(row(1).id)
    assert database.get(row(1).id) is None
    assert database.count() == 0
    database.commit()


@pytest.mark.parametrize("asked", [False, True], ids=["unasked", "after a question"])
def test_a_rollback_takes_everything_back(database: Database, asked: bool) -> None:
    commit(database, row(1), row(2))
    before = content(database)
    database.begin()
    database.put(row(1, version=2))
    database.remove(row(2).id)
    database.add(row(3))
    database.set_fact("name", "value")
    if asked:
        assert database.count() == 2
    database.rollback()
    assert content(database) == before
    assert (database.count(), database.fact("name")) == (2, None)
    assert database.get(row(3).id) is None


def test_a_rollback_without_a_transaction_does_nothing(database: Database) -> None:
    commit(database, row(1))
    database.rollback()
    assert database.count() == 1


def test_a_transaction_without_changes_does_nothing(database: Database) -> None:
    database.begin()
    database.commit()
    assert (database.count(), database.last_seq) == (0, 0)


# ---- Numbers of changes ----------------------------------------------------------------------------------------------


def test_every_change_has_the_next_number(database: Database) -> None:
    commit(database, row(1), row(2))
    assert database.last_seq == 2
    commit(database, row(1, version=2))
    assert database.last_seq == 3
    rows, _ = database.changed(0, EVERYTHING, 10, 1 << 20)
    assert [(seq, each.id) for seq, each in rows] == [(2, row(2).id), (3, row(1).id)]


def test_numbers_go_on_after_an_opening(path: Path) -> None:
    database = Database.open(path)
    commit(database, *map(row, range(5)))
    database.close()
    again = Database.open(path)
    assert again.last_seq == 5
    commit(again, row(9))
    assert again.last_seq == 6
    again.close()


def test_a_removal_does_not_move_the_last_number(database: Database) -> None:
    commit(database, row(1), row(2))
    database.begin()
    database.remove(row(2).id)
    database.commit()
    assert database.last_seq == 2


@pytest.mark.parametrize("rows", [1, 3, 100])
@pytest.mark.parametrize("size", [1, 30, 1 << 20])
@pytest.mark.parametrize("kind", [None, CHAT])
def test_changes_are_read_piece_by_piece(database: Database, rows: int, size: int, kind: bytes | None) -> None:
    wanted = [row(n) for n in range(10)]
    commit(database, *wanted, row(77, type=OTHER))
    found, after, more = list[Row](), 0, True
    while more:
        piece, more = database.changed(after, database.last_seq, rows, size, kind)
        assert len(piece) <= rows
        if piece:
            after = piece[-1][0]
        found += [each for _, each in piece]
    assert found == (wanted if kind else [*wanted, row(77, type=OTHER)])


def test_changes_stop_at_the_upper_number(database: Database) -> None:
    commit(database, *map(row, range(5)))
    piece, _ = database.changed(1, 3, 100, 1 << 20)
    assert [seq for seq, _ in piece] == [2, 3]


# ---- Questions -------------------------------------------------------------------------------------------------------


def test_ids_come_in_the_order_in_which_the_records_came(database: Database) -> None:
    commit(database, row(3), row(1), row(2))
    assert database.ids(type=None, creator_key=None, now=None) == row(3).id + row(1).id + row(2).id


def test_to_name_many_records_takes_no_more_memory_than_their_names(database: Database) -> None:
    """What is in use for a moment is in small holes afterwards, and stays with the process."""
    commit(database, *map(row, range(1, 5001)))
    tracemalloc.start()
    try:
        ids = database.ids(type=None, creator_key=None, now=None)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(ids) == 5000 * 16
    assert most < 3 * len(ids)


def test_ids_are_chosen_by_type_creator_and_time(database: Database) -> None:
    rows = [
        row(1),
        row(2, type=OTHER),
        row(3, flags=DELETED),
        row(4, flags=INTERNAL, type=OTHER),
        row(5, expiration=10),
        row(6, flags=AUTOREFRESH),
    ]
    commit(database, *rows)

    def numbers(ids: bytes) -> list[int]:
        return [int.from_bytes(ids[at : at + 8], "big") for at in range(0, len(ids), 16)]

    assert numbers(database.ids(type=None, creator_key=None, now=None)) == [1, 2, 5, 6]
    assert numbers(database.ids(type=None, creator_key=None, now=10)) == [1, 2, 6]
    assert numbers(database.ids(type=OTHER, creator_key=None, now=None)) == [2, 4]
    assert numbers(database.ids(type=None, creator_key=row(6).id[:8], now=None)) == [6]
    assert numbers(database.ids(type=CHAT, creator_key=row(2).id[:8], now=None)) == []


def test_records_of_a_type_with_and_without_tombstones(database: Database) -> None:
    commit(database, row(1), row(2, flags=DELETED), row(3, type=OTHER))
    assert {each.id for each in database.of_type(CHAT)} == {row(1).id}
    assert {each.id for each in database.of_type(CHAT, live=False)} == {row(1).id, row(2).id}


def test_expiration_is_not_later_than(database: Database) -> None:
    commit(database, row(1, expiration=10), row(2, expiration=11), row(3, expiration=5, type=OTHER))
    assert {each.id for each in database.expired(10)} == {row(1).id, row(3).id}
    assert database.next_expiration(OTHER) == 10
    assert database.next_expiration(CHAT) == 5
    assert database.expired(4) == []


def test_nothing_expires_or_refreshes_in_an_empty_database(database: Database) -> None:
    assert database.next_expiration(CHAT) is None
    assert database.next_refresh() is None
    assert database.abstracts(0, EVERYTHING, 10) == []
    assert database.standing(row(1).id) is None


def test_records_to_refresh_are_marked_and_live(database: Database) -> None:
    commit(
        database,
        row(1, flags=AUTOREFRESH, expiration=10),
        row(2, flags=AUTOREFRESH, expiration=20),
        row(3, flags=AUTOREFRESH | DELETED, expiration=1),
        row(4, expiration=2),
    )
    assert [each.id for each in database.refreshing(10)] == [row(1).id]
    assert database.refreshing(9) == []
    assert database.next_refresh() == 10


def test_abstracts_come_in_the_order_of_change_a_few_at_a_time(database: Database) -> None:
    commit(database, *(row(n, modification=100 - n, version=n) for n in range(1, 6)))
    commit(database, row(2, version=9), row(6))
    found = database.abstracts(0, EVERYTHING, 100)
    assert [(each.id, each.version) for each in found] == [(row(n).id, n) for n in (1, 3, 4, 5)] + [
        (row(2).id, 9),
        (row(6).id, 1),
    ]
    in_pieces = []
    after = 0
    while piece := database.abstracts(after, EVERYTHING, 2):
        assert len(piece) <= 2
        in_pieces += piece
        after = piece[-1].seq
    assert in_pieces == found
    assert database.abstracts(found[0].seq, found[2].seq, 100) == found[1:3]


def test_old_records_are_passed_over_so_many_at_a_time_and_none_that_waits_to_be_folded(database: Database) -> None:
    commit(database, *(row(n, modification=100) for n in range(1, 9)), row(9, modification=200))
    assert database.count() == 9, "all are folded now"
    commit(database, row(10, modification=100))
    assert database.behind_older(0, EVERYTHING, 150, 5) == 5
    assert database.behind_older(5, EVERYTHING, 150, 5) == 8
    assert database.behind_older(8, EVERYTHING, 150, 5) == 8
    assert database.behind_older(0, 3, 150, 5) == 3
    assert database.behind_older(9, EVERYTHING, 150, 5) == 9
    assert database.behind_older(0, EVERYTHING, 1 << 64, 50) == 9


@pytest.mark.parametrize("folded", [True, False])
def test_what_is_compared_of_a_record_is_known_without_reading_it(database: Database, folded: bool) -> None:
    commit(database, row(1), row(2))
    commit(database, row(1, version=7, expiration=77))
    database.begin()
    database.remove(row(2).id)
    database.commit()
    if folded:
        assert database.count() == 1
    assert database.standing(row(1).id) == (7, 77)
    assert database.standing(row(2).id) is None


def test_ids_that_share_a_half_are_different_records(database: Database) -> None:
    one, other = bytes(8) + b"\xff" * 8, b"\x01" * 8 + b"\xff" * 8
    commit(database, row(1, id=one), row(2, id=other))
    assert database.count() == 2
    database.begin()
    database.remove(one)
    database.commit()
    assert database.get(one) is None
    assert database.get(other) == row(2, id=other)


def test_types_are_removed_together(database: Database) -> None:
    commit(database, row(1), row(2, type=OTHER), row(3, flags=DELETED), row(4, type=bytes(16)))
    database.begin()
    database.remove_types((CHAT, OTHER))
    database.commit()
    assert set(content(database)) == {row(4).id}


def test_a_large_record_comes_back_whole(database: Database, path: Path) -> None:
    large = row(1, wire=bytes(range(256)) * 20_000)
    commit(database, large)
    again = Database.open(left_behind(path))
    assert again.wire(large.id) == large.wire
    again.close()


# ---- Facts -----------------------------------------------------------------------------------------------------------


def test_facts_are_kept_by_name(database: Database, path: Path) -> None:
    database.begin()
    for name, value in (("text", "väl"), ("number", -(1 << 62)), ("bytes", b"\0\xff")):
        database.set_fact(name, value)
    database.set_fact("text", "changed")
    database.commit()
    again = Database.open(left_behind(path))
    kept = [again.fact(name) for name in ("text", "number", "bytes", "none")]
    assert kept == ["changed", -(1 << 62), b"\0\xff", None]
    again.close()


# ---- Failures of SQLite ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (sqlite3.SQLITE_FULL, DiskFull),
        (sqlite3.SQLITE_BUSY, DatabaseAccessDenied),
        (sqlite3.SQLITE_READONLY, DatabaseAccessDenied),
        (sqlite3.SQLITE_CANTOPEN, DatabaseAccessDenied),
        (sqlite3.SQLITE_CORRUPT, InvalidDatabase),
        (sqlite3.SQLITE_NOTADB, InvalidDatabase),
        (sqlite3.SQLITE_IOERR | 3 << 8, DatabaseInitializationFailed),
        (sqlite3.SQLITE_MISUSE, Unexpected),
    ],
)
def test_failures_have_documented_names(code: int, expected: type[PeerError]) -> None:
    error = sqlite3.OperationalError("a text")
    error.sqlite_errorcode = code
    failure = translated(error)
    assert type(failure) is expected
    assert (NO_ROOM if expected is DiskFull else "a text") in str(failure)
