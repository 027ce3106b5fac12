"""A program closes descriptors that are not its own (closefrom, a second close of a number), and opens files, which get
the numbers. Nothing acknowledged is lost by that, and its files are not written to. The attacks are first shown to work
without the check.
"""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from peerapi._process import keep_in_child
from peerapi.errors import DatabaseAccessDenied
from peerapi.store import journal, ownership
from peerapi.store.database import Database, Row
from peerapi.store.ownership import Ownership, is_owned
from tests.store.support import commit, left_behind

TYPE = bytes(15) + b"\x01"
CONTENT = b"the program's own\n" * 100


def row(n: int) -> Row:
    return Row(n.to_bytes(8, "big") * 2, TYPE, 1, 0, 1000 + n, 5000 + n, b"record %03d " % n * 20)


def kept(path: Path) -> int:
    """How many records a process finds after this one was killed."""
    database = Database.open(left_behind(path))
    try:
        return len(database.ids(type=None, creator_key=None, now=None)) // 16
    finally:
        database.close()


def number_of(path: Path) -> int:
    """The descriptor of this process that has a file open."""
    for name in os.listdir("/proc/self/fd"):
        try:
            if os.path.samefile(f"/proc/self/fd/{name}", path):
                return int(name)
        except OSError:
            continue
    raise AssertionError(f"{path} is not open")


class Program:
    """Closes a descriptor of the library, and opens a file of its own under the number."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "its own"
        self._file.write_bytes(CONTENT)
        self.number = -1

    def take(self, path: Path) -> None:
        self.number = number_of(path)
        os.close(self.number)
        spare = os.open(self._file, os.O_RDWR | os.O_CLOEXEC)
        if spare != self.number:
            os.dup2(spare, self.number, inheritable=False)
            os.close(spare)

    def unharmed(self) -> bool:
        """Its file is as it was, and its descriptor still open."""
        return self._file.read_bytes() == CONTENT and os.path.samefile(f"/proc/self/fd/{self.number}", self._file)

    def end(self) -> None:
        if self.number >= 0 and os.path.exists(f"/proc/self/fd/{self.number}"):
            os.close(self.number)


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    program = Program(tmp_path)
    yield program
    program.end()


def always(*_: int) -> bool:
    return True


def unchecked(file: int, mark: int, data: bytes, at: int) -> bool:
    return os.pwrite(file, data, at) == len(data)


def test_attack_the_journal_s_number_is_another_file_s(
    path: Path, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "write_marked", unchecked)
    monkeypatch.setattr(journal, "is_marked", always)
    database = Database.open(path)
    commit(database, row(0))
    program.take(Path(f"{path}-log"))
    commit(database, row(1))
    assert not program.unharmed(), "harmless even without the check"
    assert kept(path) < 2
    database.close()


def test_what_is_committed_goes_to_the_journal_whose_number_was_closed(path: Path, program: Program) -> None:
    database = Database.open(path)
    commit(database, row(0))
    program.take(Path(f"{path}-log"))
    for n in range(1, 10):
        commit(database, row(n))
        assert kept(path) == n + 1
    database.close()
    assert program.unharmed()
    assert kept_by_owner(path) == 10


def kept_by_owner(path: Path) -> int:
    database = Database.open(path)
    try:
        return len(database.ids(type=None, creator_key=None, now=None)) // 16
    finally:
        database.close()


def test_closing_right_after_that_touches_nothing_of_the_program(path: Path, program: Program) -> None:
    database = Database.open(path)
    commit(database, row(0))
    program.take(Path(f"{path}-log"))
    database.close()
    assert program.unharmed()
    assert kept_by_owner(path) == 1


def test_a_journal_that_is_gone_besides_is_an_error_and_nothing_is_acknowledged(path: Path, program: Program) -> None:
    database = Database.open(path)
    commit(database, row(0))
    program.take(Path(f"{path}-log"))
    Path(f"{path}-log").unlink()
    with pytest.raises(Exception, match="log"):
        commit(database, row(1))
    assert program.unharmed()
    database.close()


def test_another_open_file_of_the_journal_is_not_the_journal_s_own(path: Path) -> None:
    """A program that reads the journal, under its very number, moves a position which it takes for its own."""
    database = Database.open(path)
    commit(database, row(0))
    number = number_of(Path(f"{path}-log"))
    os.close(number)
    again = os.open(f"{path}-log", os.O_RDONLY | os.O_CLOEXEC)
    assert again == number
    commit(database, row(1))
    assert kept(path) == 2
    assert os.read(again, 4)
    database.close()
    os.close(again)


OPEN = """
import os, sys
from pathlib import Path
from peerapi.store import ownership
from peerapi.store.database import Database, Row

def row(n):
    return Row(n.to_bytes(16, "big"), bytes(16), 1, 0, n, 1 << 60, b"record")

def no_mapping(descriptor):
    raise OSError

if "descriptor" in sys.argv:
    ownership.hold = no_mapping
database = Database.open(sys.argv[1])
for n in range(100):
    database.add(row(n))
os.closerange(3, os.sysconf("SC_OPEN_MAX") if os.sysconf("SC_OPEN_MAX") < 65536 else 65536)
try:
    for n in range(100, 200):
        database.add(row(n))
    print("added", flush=True)
except Exception as error:
    print(type(error).__name__, flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("lock", ["mapping", "descriptor"])
def test_a_program_that_closes_all_descriptors_stays_the_owner(path: Path, lock: str) -> None:
    """As daemons do when they begin. A lock that were a descriptor's is lost, and nothing is committed any more."""
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", OPEN, str(path), lock], stdin=pipe, stdout=pipe) as process:
        assert process.stdout
        try:
            said = process.stdout.readline()
            if lock == "mapping":
                assert said == b"added\n"
                with pytest.raises(DatabaseAccessDenied, match=f"is open in process {process.pid}"):
                    Database.open(path)
            else:
                assert said == b"DatabaseAccessDenied\n"
                assert not is_owned(path)
        finally:
            process.kill()
    assert kept_by_owner(path) == (200 if lock == "mapping" else 100)


@pytest.mark.parametrize("checked", [False, True], ids=["without the check", "with it"])
def test_who_has_lost_its_lock_writes_nothing(
    path: Path, program: Program, monkeypatch: pytest.MonkeyPatch, checked: bool
) -> None:
    """Somebody else has the database, and would write the same journal. Such a lock is there where files cannot be
    mapped."""

    def no_mapping(descriptor: int) -> int:
        raise OSError(errno.ENODEV, os.strerror(errno.ENODEV))

    monkeypatch.setattr(ownership, "hold", no_mapping)
    if not checked:
        monkeypatch.setattr(ownership, "is_file", always)
    database = Database.open(path)
    commit(database, row(0))
    program.take(Path(f"{path}-lock"))
    successor = Ownership(path)  # of another process, with SQLite's lock lost in the same way
    before = Path(f"{path}-log").read_bytes()
    if checked:
        with pytest.raises(DatabaseAccessDenied, match="has closed the lock"):
            commit(database, row(1))
    else:
        commit(database, row(1))
    assert (Path(f"{path}-log").read_bytes() == before) is checked
    if checked:
        database.close()
        assert Path(f"{path}-log").read_bytes() == before
        assert Path(f"{path}-lock").exists(), "it is the successor's"
        assert program.unharmed()
    else:
        database._files.journal.close()
        database._connection.close()
        keep_in_child(program.number)
    successor.close()
