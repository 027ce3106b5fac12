"""Identities on disk: nothing is lost, nobody else reads them, damage is reported and kept."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerapi.errors import (
    AlreadyExists,
    CertStoreCorrupted,
    DiskFull,
    GroupsExist,
    NoKeyAccess,
    NotFound,
    TooManyIdentities,
)
from peerapi.store import identities
from peerapi.store.data_folder import data_folder
from peerapi.store.identities import LIMIT, IdentityStore, OtherFormat, StoredIdentity, decode, encode

ROOT = Path(__file__).parents[2]
texts = st.text(st.characters(exclude_categories=("Cs",)))


def identity(name: str = "alice", friendly: str = "Alice") -> StoredIdentity:
    return StoredIdentity(name, friendly, b"key of " + name.encode(), b"certificate")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "home" / "identities"


@pytest.fixture
def store(folder: Path) -> IdentityStore:
    return IdentityStore(folder)


def files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.identity"))


# ---- keeping ----


def test_an_identity_is_found_by_its_name(store: IdentityStore) -> None:
    store.add(identity("alice"))
    store.add(identity("bob"))
    assert store.find("bob") == identity("bob")
    assert IdentityStore(store.folder).find("alice") == identity("alice")


def test_a_name_that_is_not_there_is_not_found(store: IdentityStore) -> None:
    for act in (store.find, store.remove):
        with pytest.raises(NotFound):
            act("alice")
    with pytest.raises(NotFound):
        store.change("alice", lambda found: found)


def test_looking_makes_no_folders(store: IdentityStore) -> None:
    assert store.all() == []
    assert store.first() is None
    assert not store.folder.parent.exists()


def test_identities_are_listed_oldest_first(store: IdentityStore) -> None:
    names = ["m", "z", "a", "k"]
    for name in names:
        store.add(identity(name))
    assert [found.peer_name for found in store.all()] == names
    store.remove("m")
    store.add(identity("m"))
    store.change("z", lambda found: found._replace(friendly_name="new"))
    assert [found.peer_name for found in store.all()] == ["z", "a", "k", "m"]
    assert store.first() == identity("z", "new")


def test_a_name_is_there_once(store: IdentityStore) -> None:
    store.add(identity("alice"))
    with pytest.raises(AlreadyExists):
        store.add(identity("alice", "another"))
    assert store.all() == [identity("alice")]


def test_there_is_a_limit(folder: Path) -> None:
    store = IdentityStore(folder, limit=2)
    store.add(identity("a"))
    store.add(identity("b"))
    with pytest.raises(TooManyIdentities):
        store.add(identity("c"))
    store.remove("a")
    store.add(identity("c"))
    assert LIMIT == 1024


def test_a_removed_identity_is_gone(store: IdentityStore) -> None:
    store.add(identity())
    store.remove("alice")
    assert store.all() == []
    assert files(store.folder) == []


def test_an_identity_stays_when_the_check_refuses(store: IdentityStore) -> None:
    store.add(identity())

    def refuse() -> NoReturn:
        raise GroupsExist

    with pytest.raises(GroupsExist):
        store.remove("alice", refuse)
    assert store.all() == [identity()]


def test_the_home_folder_is_looked_up_at_each_call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = IdentityStore()
    for name in ("one", "two"):
        monkeypatch.setenv("PEERAPI_HOME", str(tmp_path / name))
        store.add(identity(name))
        assert [found.peer_name for found in store.all()] == [name]
    assert files(tmp_path / "one" / "identities")


def test_without_a_setting_home_is_the_data_folder_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PEERAPI_HOME")
    monkeypatch.setenv("XDG_DATA_HOME", "/data")
    assert data_folder() == Path("/data/peerapi")
    monkeypatch.delenv("XDG_DATA_HOME")
    monkeypatch.setenv("HOME", "/home/alice")
    assert data_folder() == Path("/home/alice/.local/share/peerapi")


@given(texts, texts, st.binary(), st.binary())
def test_any_identity_comes_back_from_its_file(name: str, friendly: str, key: bytes, certificate: bytes) -> None:
    assert decode(encode(StoredIdentity(name, friendly, key, certificate))) == (name, friendly, key, certificate)


# ---- who may read ----


@pytest.fixture(params=[0o000, 0o022, 0o777], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.usefixtures("umask")
def test_only_the_owner_may_read(tmp_path: Path) -> None:
    folder = tmp_path / "identities"
    folder.mkdir()
    folder.chmod(0o755)
    store = IdentityStore(folder)
    store.add(identity())
    assert mode(folder) == 0o700
    assert [mode(path) for path in files(folder)] == [0o600]
    store.change("alice", lambda found: found._replace(friendly_name="new"))
    assert [mode(path) for path in files(folder)] == [0o600]


def test_new_folders_are_the_owners_alone(store: IdentityStore) -> None:
    store.add(identity())
    assert mode(store.folder) == mode(store.folder.parent) == 0o700


def test_an_open_folder_is_closed_before_anything_is_read(store: IdentityStore) -> None:
    store.add(identity())
    store.folder.chmod(0o755)
    store.all()
    assert mode(store.folder) == 0o700


def test_a_folder_of_somebody_else_is_refused(store: IdentityStore, monkeypatch: pytest.MonkeyPatch) -> None:
    store.add(identity())
    monkeypatch.setattr(os, "geteuid", lambda: store.folder.stat().st_uid + 1)
    for act in (store.all, lambda: store.find("alice"), lambda: store.add(identity("bob"))):
        with pytest.raises(NoKeyAccess):
            act()


def test_a_file_in_the_place_of_the_folder_is_no_access(folder: Path, store: IdentityStore) -> None:
    folder.parent.mkdir()
    folder.write_text("")
    for act in (store.all, store.first, lambda: store.find("alice"), lambda: store.add(identity())):
        with pytest.raises(NoKeyAccess):
            act()


def test_a_link_in_the_place_of_an_identity_is_not_followed(store: IdentityStore, tmp_path: Path) -> None:
    store.add(identity())
    (path,) = files(store.folder)
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(NoKeyAccess):
        store.find("alice")


def test_a_pipe_in_the_place_of_an_identity_is_not_waited_for(store: IdentityStore) -> None:
    store.add(identity())
    (path,) = files(store.folder)
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(NoKeyAccess):
        store.find("alice")


@pytest.mark.parametrize(("number", "error"), [(errno.ENOSPC, DiskFull), (errno.EACCES, NoKeyAccess)])
def test_an_error_of_the_disk_leaves_the_old_state(
    store: IdentityStore, monkeypatch: pytest.MonkeyPatch, number: int, error: type[Exception]
) -> None:
    store.add(identity())

    def fail(_: int) -> NoReturn:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(error):
        store.add(identity("bob"))
    with pytest.raises(error):
        store.change("alice", lambda found: found._replace(friendly_name="new"))
    monkeypatch.undo()
    assert store.all() == [identity()]
    assert sorted(os.listdir(store.folder)) == sorted([".lock", files(store.folder)[0].name])


# ---- damage ----

DAMAGE = {
    "empty": b"",
    "not JSON": b"\xff\xfe",
    "no object": b"[]",
    "deep": b"[" * 100_000,
    "no checksum": b'{"format": 1}',
    "cut": encode(identity())[:-20],
    "another key": encode(identity()).replace(b'"key": "6b', b'"key": "7b'),
    "another name": encode(identity()).replace(b"alice", b"alicf"),
}


@pytest.mark.parametrize("content", DAMAGE.values(), ids=DAMAGE.keys())
def test_a_damaged_file_is_reported_once_and_kept(store: IdentityStore, content: bytes) -> None:
    store.add(identity("alice"))
    store.add(identity("bob"))
    path = files(store.folder)[0]
    path.write_bytes(content)
    with pytest.raises(CertStoreCorrupted, match="damaged"):
        store.find("alice")
    with pytest.raises(NotFound):
        store.find("alice")
    assert store.all() == [identity("bob")]
    assert path.with_suffix(".damaged-1").read_bytes() == content
    store.add(identity("alice"))
    assert store.find("alice") == identity("alice")


def test_a_second_damaged_file_does_not_replace_the_first(store: IdentityStore) -> None:
    for content in (b"one", b"two"):
        store.add(identity())
        (path,) = files(store.folder)
        path.write_bytes(content)
        with pytest.raises(CertStoreCorrupted):
            store.all()
    assert sorted(path.read_bytes() for path in store.folder.glob("*.damaged-*")) == [b"one", b"two"]


@pytest.mark.parametrize("act", ["all", "first", "change"])
def test_damage_is_noticed_whatever_is_asked(store: IdentityStore, act: str) -> None:
    store.add(identity())
    files(store.folder)[0].write_bytes(b"")
    with pytest.raises(CertStoreCorrupted):
        store.change("alice", lambda found: found) if act == "change" else getattr(store, act)()


def test_a_damaged_identity_can_be_removed(store: IdentityStore) -> None:
    store.add(identity())
    files(store.folder)[0].write_bytes(b"")
    store.remove("alice")
    assert store.all() == []


def test_a_file_of_a_later_version_stays_where_it_is(store: IdentityStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identities, "FORMAT", 2)
    store.add(identity())
    monkeypatch.undo()
    for _ in range(2):
        with pytest.raises(OtherFormat):
            store.find("alice")
    assert len(files(store.folder)) == 1


def test_a_file_that_was_repaired_meanwhile_is_not_put_aside(
    store: IdentityStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.add(identity())
    real, answers = decode, [CertStoreCorrupted()]

    def once_damaged(content: bytes) -> StoredIdentity:
        if answers:
            raise answers.pop()
        return real(content)

    monkeypatch.setattr(identities, "decode", once_damaged)
    assert store.find("alice") == identity()
    assert not answers


@given(st.binary(max_size=200))
def test_any_content_is_an_identity_or_damaged(content: bytes) -> None:
    with pytest.raises(CertStoreCorrupted):
        decode(content)


def test_other_files_in_the_folder_mean_nothing(store: IdentityStore) -> None:
    store.add(identity())
    for name in ("notes", "x.identity", "00000001-.identity.bak", "1234567-a.identity", ".new"):
        (store.folder / name).write_text("x")
    assert store.all() == [identity()]


# ---- several at once ----


def run(script: str, folder: Path, *args: str) -> subprocess.Popen[str]:
    head = (
        "import os, sys\nfrom pathlib import Path\nfrom peerapi.store.identities import *\n"
        "store = IdentityStore(Path(sys.argv[1]))\n"
    )
    return subprocess.Popen([sys.executable, "-c", head + script, str(folder), *args], cwd=ROOT, text=True)


CREATE = """
for number in range(25):
    store.add(StoredIdentity(f"{sys.argv[2]}-{number}", "x", b"k", b"c"))
    store.add(StoredIdentity(f"gone-{sys.argv[2]}", "x", b"k", b"c"))
    store.change("shared", lambda found: found._replace(friendly_name=found.friendly_name + "x"))
    store.remove(f"gone-{sys.argv[2]}")
"""


def test_processes_that_create_at_once_lose_nothing(store: IdentityStore) -> None:
    store.add(identity("shared", ""))
    children = [run(CREATE, store.folder, name) for name in ("one", "two")]
    assert [child.wait(120) for child in children] == [0, 0]
    found = {each.peer_name for each in store.all()}
    assert found == {"shared"} | {f"{name}-{number}" for name in ("one", "two") for number in range(25)}
    assert store.find("shared").friendly_name == "x" * 50
    assert len({path.name[:8] for path in files(store.folder)}) == 51


def test_threads_that_create_at_once_lose_nothing(store: IdentityStore) -> None:
    def create(name: str) -> None:
        for number in range(10):
            store.add(identity(f"{name}-{number}"))

    threads = [threading.Thread(target=create, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert len(store.all()) == 40


def test_nobody_changes_identities_while_somebody_holds_the_lock(store: IdentityStore) -> None:
    store.add(identity())
    with store.locked():
        child = run('store.remove("alice")', store.folder)
        with pytest.raises(subprocess.TimeoutExpired):
            child.wait(0.5)
        assert store.find("alice") == identity()
    assert child.wait(120) == 0
    assert store.all() == []


# ---- crashes ----

CRASH = """
def crash(*_):
    os._exit(9)
setattr(os, sys.argv[2], crash)
if sys.argv[3] == "add":
    store.add(StoredIdentity("bob", "Bob", b"k", b"c"))
store.change("alice", lambda found: found._replace(friendly_name="new"))
"""


@pytest.mark.parametrize("act", ["add", "change"])
@pytest.mark.parametrize("call", ["replace", "fsync", "fchmod"])
def test_a_crash_before_the_rename_loses_nothing(store: IdentityStore, call: str, act: str) -> None:
    store.add(identity())
    assert run(CRASH, store.folder, call, act).wait(120) == 9
    assert (store.folder / ".new").exists()
    assert store.all() == [identity()]
    store.add(identity("bob"))
    assert store.all() == [identity(), identity("bob")]
    assert not (store.folder / ".new").exists()
