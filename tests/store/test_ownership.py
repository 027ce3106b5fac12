"""Whose a database is, whatever its owner does to descriptors (store/ownership.py)."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from peerapi.errors import DatabaseAccessDenied
from peerapi.store import ownership
from peerapi.store.database import Database
from peerapi.store.ownership import Ownership

SECOND = """
import sys
from types import SimpleNamespace
from peerapi.errors import DatabaseAccessDenied
from peerapi.store import opening
from peerapi.store.database import Database
if "careless" in sys.argv:
    opening.Ownership = lambda path: SimpleNamespace(close=int, safe=True, path=path)  # as if there were no owners
try:
    Database.open(sys.argv[1]).close()
    print("opened")
except DatabaseAccessDenied as error:
    print(error)
"""


def second(path: Path, *how: str) -> str:
    """What another process that opens the database says."""
    command = [sys.executable, "-c", SECOND, str(path), *how]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout.strip()


@pytest.mark.parametrize("doing", ["read", "copy", "copy the folder"])
def test_what_the_owner_reads_and_closes_does_not_let_another_in(tmp_path: Path, doing: str) -> None:
    path = tmp_path / "home" / "a.peergraph"
    path.parent.mkdir()
    database = Database.open(path)
    try:
        assert "locked" in second(path, "careless"), "SQLite's own lock still holds"
        if doing == "read":
            path.read_bytes()
        elif doing == "copy":
            shutil.copyfile(path, tmp_path / "copy")
        else:
            shutil.copytree(path.parent, tmp_path / "copy")
        assert second(path) == f"{path} is open in process {os.getpid()}."
        assert second(path, "careless") == "opened", "SQLite's own lock is lost: the harm is real"
    finally:
        database.close()


def test_a_process_cannot_open_a_database_twice_either(tmp_path: Path) -> None:
    database = Database.open(tmp_path / "a.peergraph")
    with pytest.raises(DatabaseAccessDenied):
        Database.open(tmp_path / "a.peergraph")
    database.close()
    Database.open(tmp_path / "a.peergraph").close()


def test_a_process_of_an_earlier_version_keeps_what_it_has(tmp_path: Path) -> None:
    """It has SQLite's lock only."""
    path = tmp_path / "a.peergraph"
    Database.open(path).close()
    earlier = (
        "import sqlite3, sys; connection = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "connection.executescript('PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT')\n"
        "print('open', flush=True); sys.stdin.read()"
    )
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", earlier, str(path)], stdin=pipe, stdout=pipe) as process:
        assert process.stdin
        assert process.stdout
        try:
            assert process.stdout.readline() == b"open\n"
            with pytest.raises(DatabaseAccessDenied):
                Database.open(path)
            assert not ownership.is_owned(path), "who was refused leaves nothing"
        finally:
            process.stdin.close()
    Database.open(path).close()


OWNER = """
import ctypes, os, platform, signal, sys
from peerapi.store import ownership
from peerapi.store.database import Database
def no_mapping(descriptor):
    raise OSError
if "descriptor" in sys.argv:
    ownership.hold = no_mapping
if "careless" in sys.argv:
    ownership.close_in_child = lambda descriptor: None
CLONE = {"x86_64": 56, "aarch64": 220}[platform.machine()]
database = Database.open(sys.argv[1])
child = ctypes.CDLL(None).syscall(CLONE, signal.SIGCHLD, 0, 0, 0, 0) if "clone" in sys.argv else os.fork()
if child == 0:
    print(os.getpid(), flush=True)
    sys.stdin.read()
    os._exit(0)
sys.stdin.read()
"""


@pytest.mark.parametrize(
    ("how", "owns"),
    [
        ([], False),
        (["clone"], False),
        (["descriptor"], False),
        (["descriptor", "careless"], True),
        (["descriptor", "clone"], True),
    ],
)
def test_a_child_does_not_own_what_its_parent_owned(tmp_path: Path, how: list[str], owns: bool) -> None:
    """Nor does one that a bare clone has made, which has no handlers of fork, unless the lock is a descriptor's."""
    path = tmp_path / "a.peergraph"
    pipe = subprocess.PIPE
    command = [sys.executable, "-c", OWNER, str(path), *how]
    with subprocess.Popen(command, stdin=pipe, stdout=pipe) as process:
        assert process.stdin
        assert process.stdout
        child = int(process.stdout.readline())
        assert ownership.owner(path) == process.pid
        process.kill()
        process.wait()
        os.kill(child, 0)  # it still lives
        try:
            assert ownership.is_owned(path) == owns
            if not owns:
                Database.open(path).close()
        finally:
            os.kill(child, signal.SIGKILL)


CONTENDER = """
import os, sys
from pathlib import Path
from peerapi.errors import DatabaseAccessDenied
from peerapi.store.ownership import Ownership
path, inside, won = Path(sys.argv[1]), Path(sys.argv[1] + ".inside"), 0
while won < 150:
    try:
        own = Ownership(path)
    except DatabaseAccessDenied:
        continue
    os.close(os.open(inside, os.O_CREAT | os.O_EXCL))  # fails when somebody else is inside
    inside.unlink()
    own.close()
    won += 1
print(won)
"""


def test_of_many_who_come_and_go_one_at_a_time_is_the_owner(tmp_path: Path) -> None:
    """Each removes the lock file when it goes, while others wait for the lock of that very file."""
    command = [sys.executable, "-c", CONTENDER, str(tmp_path / "a.peergraph")]
    contenders = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(4)]
    assert [process.communicate(timeout=600)[0] for process in contenders] == [b"150\n"] * 4
    assert list(tmp_path.iterdir()) == []


def test_an_owner_that_was_killed_owns_nothing_and_its_file_is_used_again(tmp_path: Path) -> None:
    path = tmp_path / "a.peergraph"
    code = (
        "import os, sys; from peerapi.store.database import Database\n"
        "database = Database.open(sys.argv[1]); os.kill(os.getpid(), 9)"
    )
    killed = subprocess.run([sys.executable, "-c", code, str(path)], timeout=120, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert Path(f"{path}{ownership.SUFFIX}").exists()
    assert (ownership.is_owned(path), ownership.owner(path)) == (False, None)
    Database.open(path).close()
    assert sorted(tmp_path.iterdir()) == [path]


def test_a_lock_file_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("kept")
    path = tmp_path / "a.peergraph"
    Path(f"{path}{ownership.SUFFIX}").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="symbolic links"):
        Ownership(path)
    with pytest.raises(DatabaseAccessDenied):
        Database.open(path)
    assert (tmp_path / "elsewhere").read_text() == "kept"


def test_sqlite_itself_is_still_told_that_the_file_is_taken(tmp_path: Path) -> None:
    """Whoever looks into the file with other tools waits too."""
    path = tmp_path / "a.peergraph"
    database = Database.open(path)
    code = "import sqlite3, sys; sqlite3.connect(sys.argv[1], timeout=0).execute('SELECT 1 FROM facts')"
    command = [sys.executable, "-c", code, str(path)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    database.close()
    assert sqlite3.OperationalError.__name__ in run.stderr


WITHOUT = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>

static int without(const char *name, int file, int command, void *argument)
{
    if (command == F_OFD_SETLK || command == F_OFD_GETLK)
        return errno = EINVAL, -1;
    return ((int (*)(int, int, void *))dlsym(RTLD_NEXT, name))(file, command, argument);
}
#define WITHOUT(name) \
    int name(int file, int command, ...) \
    { \
        va_list rest; \
        va_start(rest, command); \
        void *argument = va_arg(rest, void *); \
        va_end(rest); \
        return without(#name, file, command, argument); \
    }
WITHOUT(fcntl)
WITHOUT(fcntl64)
"""
ALL = """
import shutil, subprocess, sys
from pathlib import Path
from peerapi.store import ownership
from peerapi.store.database import Database
path, second = Path(sys.argv[1]), [sys.executable, "-c", sys.argv[2], sys.argv[1]]
assert not ownership.is_owned(path)
database = Database.open(path)
shutil.copyfile(path, f"{path}.copy")
print(ownership.is_owned(path), subprocess.run(second, capture_output=True, text=True).stdout.strip())
database.close()
print(ownership.is_owned(path), subprocess.run(second, capture_output=True, text=True).stdout.strip())
"""


def test_where_there_are_no_such_locks_others_do(tmp_path: Path) -> None:
    """Some sandboxes know the older kinds only."""
    source, library, path = tmp_path / "without.c", tmp_path / "without.so", tmp_path / "a.peergraph"
    source.write_text(WITHOUT)
    subprocess.run(["gcc", "-shared", "-fPIC", str(source), "-o", str(library), "-ldl"], check=True, timeout=120)
    command = [sys.executable, "-c", ALL, str(path), SECOND]
    env = {**os.environ, "LD_PRELOAD": str(library)}
    run = subprocess.run(command, env=env, capture_output=True, text=True, timeout=120, check=False)
    first, second = run.stdout.splitlines()
    assert first.startswith(f"True {path} is open in process "), run.stderr
    assert second == "False opened"


def test_the_owner_says_where_it_listens_as_long_as_it_is_one(tmp_path: Path) -> None:
    path = tmp_path / "a.peergraph"
    assert ownership.places(path) == []
    one = Ownership(path)
    one.announce(tmp_path / "socket")
    assert (ownership.places(path), ownership.announced(path)) == ([], tmp_path / "socket")
    one.listens(["[::1]:4001", "192.0.2.1:4001"])
    assert ownership.places(path) == ["[::1]:4001", "192.0.2.1:4001"]
    assert (ownership.owner(path), ownership.announced(path)) == (os.getpid(), tmp_path / "socket")
    one.listens(["[::1]:4"])
    assert ownership.places(path) == ["[::1]:4"]
    one.listens([])
    assert (ownership.places(path), ownership.announced(path)) == ([], tmp_path / "socket")
    one.listens(["[::1]:4001"])
    one.close()
    assert ownership.places(path) == []
    two = Ownership(path)
    one.listens(["[::1]:4001"])  # the file is another owner's by now
    one.announce(tmp_path / "old")
    assert (ownership.places(path), ownership.announced(path)) == ([], None)
    two.close()
