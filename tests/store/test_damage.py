"""A database file after an accident: told of once, kept aside, and nothing believed that is not as it was written."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from peerapi.errors import InvalidDatabase, PeerError
from peerapi.store.damage import last_commit, set_aside
from peerapi.store.database import SCHEMA_VERSION, Database
from tests.store.damaged import EVERYTHING, ROWS, TYPE, WHOLE, aside, closed, commit_to_sqlite, content, row, sql
from tests.store.support import copy_files


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return closed(tmp_path / "a.peergraph")


def zeros(path: Path) -> None:
    path.write_bytes(bytes(path.stat().st_size))


def empty(path: Path) -> None:
    path.write_bytes(b"")


def text(path: Path) -> None:
    path.write_text("this is not a database\n" * 100)


def half(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def one_page_less(path: Path) -> None:
    os.truncate(path, path.stat().st_size - 4096)


def schema_that_is_no_text(path: Path) -> None:
    """SQLite quotes it in its complaint, which Python cannot decode."""
    path.write_bytes(path.read_bytes().replace(b"indexrecords_by_type", b"index\xf2ecords_by_type"))


DAMAGE = [
    zeros,
    empty,
    text,
    half,
    one_page_less,
    sql("UPDATE records SET wire = 'another ' || wire WHERE seq = 7"),
    sql("UPDATE records SET version = 2 WHERE seq = 7"),
    sql("UPDATE records SET flags = 1 WHERE seq = 7"),
    sql("UPDATE records SET expiration = expiration + 1 WHERE seq = 300"),
    sql("UPDATE records SET id = x'00' WHERE seq = 7"),
    sql("UPDATE records SET wire = 5 WHERE seq = 7"),
    sql("DELETE FROM records WHERE seq = 7"),
    sql("UPDATE records SET low = 7 WHERE seq = 7"),
    sql("UPDATE records SET type = 7 WHERE seq = 7"),
    sql("DELETE FROM facts WHERE name = 'folded'"),
    sql("UPDATE facts SET value = 'other'"),
    sql("UPDATE facts SET value = NULL"),
    sql("UPDATE facts SET value = CAST(x'ff' AS TEXT)"),  # Python itself complains, without a code of SQLite
    sql("UPDATE records SET wire = CAST(x'ff' AS TEXT) WHERE seq = 7"),
    sql("DROP INDEX records_by_type"),
    sql("DROP TABLE facts"),
    sql("CREATE TABLE more (x)"),
    sql("PRAGMA user_version = 5"),
    sql("DELETE FROM runs"),
    sql("UPDATE runs SET data = data || x'00'"),
    sql("UPDATE records SET seq = 1000 WHERE seq = 7"),
    schema_that_is_no_text,
]


@pytest.mark.parametrize("damage", DAMAGE, ids=lambda damage: damage.__name__)
def test_a_damaged_file_is_kept_and_told_of_once(path: Path, damage: Callable[[Path], None]) -> None:
    damage(path)
    left = path.read_bytes()
    with pytest.raises(InvalidDatabase, match="damaged-1"):
        Database.open(path)
    assert aside(path).read_bytes() == left
    assert not path.exists()
    again = Database.open(path)
    assert again.created
    assert content(again) == {}
    again.close()


def test_any_flipped_bit_is_noticed_or_harmless(path: Path) -> None:
    chance = random.Random(5)
    good = path.read_bytes()
    noticed = 0
    for _ in range(150):
        bad = bytearray(good)
        bad[chance.randrange(len(bad))] ^= 1 << chance.randrange(8)
        path.write_bytes(bad)
        try:
            database = Database.open(path)
        except InvalidDatabase:
            noticed += 1
            assert aside(path).read_bytes() == bad
            aside(path).unlink()
            continue
        assert content(database) == WHOLE
        assert database.fact("name") == "value"
        database.close()
    assert noticed > 100


def test_a_flipped_bit_in_the_header_is_noticed_or_harmless(path: Path) -> None:
    good = path.read_bytes()
    for place in range(100):
        for bit in (0, 3, 7):
            bad = bytearray(good)
            bad[place] ^= 1 << bit
            path.write_bytes(bad)
            try:
                database = Database.open(path)
            except InvalidDatabase as error:
                assert "damaged" in str(error)
            else:
                assert content(database) == WHOLE
                database.close()
            for file in path.parent.iterdir():
                file.unlink()


def test_a_truncated_file_is_noticed_wherever_it_ends(path: Path) -> None:
    good = path.read_bytes()
    for size in (*range(0, 200, 40), *range(4096 - 2, len(good) - 1, 9001), len(good) - 1):
        path.write_bytes(good[:size])
        with pytest.raises(InvalidDatabase):
            Database.open(path)
        aside(path).unlink()


def test_each_accident_is_kept_under_its_own_number(path: Path) -> None:
    for number in (1, 2, 3):
        path.write_text(f"accident {number}")
        with pytest.raises(InvalidDatabase):
            Database.open(path)
    assert [aside(path, number).read_text() for number in (1, 2, 3)] == ["accident 1", "accident 2", "accident 3"]


def test_the_log_goes_aside_with_its_database(path: Path) -> None:
    path.write_bytes(b"x" * 5000)
    Path(f"{path}-wal").write_bytes(b"y" * 100)
    with pytest.raises(InvalidDatabase):
        Database.open(path)
    assert Path(f"{aside(path)}-wal").read_bytes() == b"y" * 100
    assert not Path(f"{path}-wal").exists()


def test_a_file_of_a_later_version_is_refused_and_left_alone(path: Path) -> None:
    later = SCHEMA_VERSION + 1
    sql(f"PRAGMA user_version = {later * 0x10001}")(path)
    left = path.read_bytes()
    with pytest.raises(InvalidDatabase, match=f"schema {later}"):
        Database.open(path)
    assert path.read_bytes() == left
    assert not aside(path).exists()


def test_a_file_that_cannot_be_set_aside_is_still_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path.write_text("damaged")

    def fails(*_: object, **__: object) -> None:
        raise PermissionError(13, "no")

    monkeypatch.setattr("peerapi.store.damage.set_aside", fails)
    with pytest.raises(InvalidDatabase):
        Database.open(path)
    assert path.read_text() == "damaged"


# ---- SQLite's log, left by a killed process --------------------------------------------------------------------------


@pytest.fixture
def killed(path: Path) -> Path:
    """What a process leaves that was killed after 300 further commits of a row each, in SQLite."""
    database = Database.open(path)
    for n in range(ROWS, 2 * ROWS):
        commit_to_sqlite(database, row(n))
    copy = path.with_name("killed.peergraph")
    copy_files(path, copy)
    database.close()
    return copy


def test_the_whole_log_of_a_killed_process_is_used(killed: Path) -> None:
    assert last_commit(killed) >= ROWS
    database = Database.open(killed)
    assert len(content(database)) == 2 * ROWS
    database.close()


@pytest.mark.parametrize("left", [0, 10, 24, 1000, 4096 + 24 - 1])
def test_a_transaction_that_was_cut_off_is_no_damage(killed: Path, left: int) -> None:
    """Of the last frame so many bytes were written."""
    log = Path(f"{killed}-wal")
    os.truncate(log, log.stat().st_size - 4120 + left)
    database = Database.open(killed)
    assert len(content(database)) == 2 * ROWS - 1
    database.close()


def test_a_page_that_was_not_written_behind_its_header_is_no_damage(killed: Path) -> None:
    """The log is used again and again: behind the header of the last frame lies what was there before."""
    log = Path(f"{killed}-wal")
    with log.open("r+b") as file:
        file.seek(-4096, 2)
        file.write(bytes(4096))
    database = Database.open(killed)
    assert len(content(database)) == 2 * ROWS - 1
    database.close()


@pytest.mark.parametrize("place", [0.1, 0.5, 0.9])
def test_a_damaged_log_is_copied_told_of_once_and_used_as_far_as_it_goes(killed: Path, place: float) -> None:
    """What comes behind the damage was committed too, and SQLite by itself would say nothing of it."""
    log = Path(f"{killed}-wal")
    with log.open("r+b") as file:
        at = int(file.seek(0, 2) * place)
        file.seek(at)
        byte = file.read(1)[0]
        file.seek(at)
        file.write(bytes([byte ^ 1]))
    left = log.read_bytes()
    with pytest.raises(InvalidDatabase, match="log"):
        Database.open(killed)
    assert Path(f"{aside(killed)}-wal").read_bytes() == left
    database = Database.open(killed)
    assert not database.created
    assert ROWS <= len(content(database)) < 2 * ROWS
    database.close()


def test_an_old_end_of_a_log_that_was_used_again_is_no_damage(tmp_path: Path) -> None:
    """After a checkpoint the log is written from its beginning; what is behind belongs to a former round."""
    path = tmp_path / "b.peergraph"
    database = Database.open(path)
    database.begin()
    for n in range(2000):
        database.add(row(n))
    database.commit()
    database._execute("PRAGMA wal_checkpoint(RESTART)").fetchall()
    for n in range(2000, 2010):
        commit_to_sqlite(database, row(n))
    copy = tmp_path / "c.peergraph"
    copy_files(path, copy)
    frames = (Path(f"{copy}-wal").stat().st_size - 32) // 4120
    assert 0 < last_commit(copy) < frames
    again = Database.open(copy)
    assert len(content(again)) == 2010
    again.close()
    database.close()


# ---- damage while the file is open -----------------------------------------------------------------------------------


def test_damage_under_an_open_database_is_a_documented_failure(tmp_path: Path) -> None:
    path = tmp_path / "large.peergraph"
    database = Database.open(path)
    database.begin()
    for n in range(800):
        database.add(row(n)._replace(wire=b"%d" % n * 5000))
    database.commit()
    database.close()
    database = Database.open(path)
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (path.stat().st_size - 4096))
    calls: list[Callable[[], object]] = [
        lambda: database.get(row(250).id),
        lambda: database.changed(0, EVERYTHING, 1000, 1 << 30),
        lambda: database.ids(type=None, creator_key=None, now=None),
        lambda: database.abstracts(0, EVERYTHING, 1000),
        lambda: database.behind_older(0, EVERYTHING, 0, 1000),
        lambda: database.standing(row(250).id),
        lambda: database.of_type(TYPE),
        lambda: database.expired(10_000),
        lambda: database.fact("name"),
        lambda: list(database.search("1", (), None)),
        lambda: database.remove(row(1).id),
        lambda: database.count(),
    ]
    failed = 0
    for call in calls:
        try:
            call()
        except PeerError:
            failed += 1
    assert failed > 5
    database.rollback()
    database.close()


def test_names_with_signs_of_patterns_are_kept_apart(tmp_path: Path) -> None:
    from peerapi.store.damage import those_aside

    for name in ("a[1].peergraph", "a*.peergraph", "ab.peergraph"):
        path = tmp_path / name
        path.write_text(name)
        set_aside(path)
        assert [file.read_text() for file in those_aside(path)] == [name]
