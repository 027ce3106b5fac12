"""A disk that is full, a folder that may only be read, a file that is damaged: programs in processes of their own.

The full disk is a small tmpfs, which needs root and mount; where it cannot be made, the tests that want it are not
collected, and the header of the test run says so.
"""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from peerapi.cli import main
from tests.support.journey import Node, program
from tests.support.native import code
from tests.support.ports import free_port

GRAPH = "disk"
SMALL, LARGE = "size=1500k", "size=64m"
FULL, WRITE_PROTECT = 0x80070070, 0x80070013
"HRESULT_FROM_WIN32 of ERROR_DISK_FULL and ERROR_WRITE_PROTECT."


def mount(*arguments: str) -> None:
    done = subprocess.run(["mount", *arguments], capture_output=True, text=True, timeout=300, check=False)
    if done.returncode:
        raise OSError(f"mount: {done.stderr.strip()}")


@functools.cache
def missing() -> str:
    """Why this machine has no small disks; empty when it has."""
    if os.geteuid() or shutil.which("mount") is None:
        return "mounting needs root"
    try:
        with small_disk(Path(tempfile.mkdtemp(prefix="peerapi-disk-"))):
            return ""
    except OSError as error:
        return str(error)


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A disk of its own at ``folder``."""
    folder.mkdir(exist_ok=True)
    mount("-t", "tmpfs", "-o", SMALL, "tmpfs", str(folder))
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True, timeout=300)


@pytest.fixture
def start(compile_c: Callable[..., Path]) -> Iterator[Callable[[Path, str], Node]]:
    """``start(home, name)``: a running node."""
    made: list[Node] = []

    def start(home: Path, name: str) -> Node:
        made.append(Node(program(compile_c), home, name))
        return made[-1]

    yield start
    for node in made:
        node.abandon()


def burst_until_it_fails(node: Node, size: int) -> tuple[set[str], str]:
    """The IDs of all that was reported as added, and the failure."""
    node.tell(f"burst {size} fill")
    added: set[str] = set()
    while True:
        line = node.lines.get(timeout=120)
        if not line.startswith("added "):
            return added, line
        added.add(line.split()[1])


def database_of(home: Path) -> Path:
    (path,) = (home / "graphs").glob("*/*.peergraph")
    return path


def damaged(home: Path) -> list[Path]:
    return sorted((home / "graphs").glob("*/*.damaged-?"))


if not missing():

    @pytest.fixture
    def disk(tmp_path: Path) -> Iterator[Path]:
        with small_disk(tmp_path / "disk") as folder:
            yield folder

    def test_a_full_disk_refuses_and_loses_nothing(disk: Path, start: Callable[[Path, str], Node]) -> None:
        node = start(disk, "dora")
        node.ask(f"create {GRAPH} dora db")
        added, failure = burst_until_it_fails(node, 2000)
        assert failure == f"failed PeerGraphAddRecord 0x{FULL:08X}"
        assert len(added) > 100
        assert node.refused("add 1 2000 more") == f"failed PeerGraphAddRecord 0x{FULL:08X}"
        assert node.ids(disk.parent) == added

        node.kill()
        node.start()
        assert node.refused(f"open {GRAPH} dora db") == f"failed PeerGraphOpen 0x{FULL:08X}"

        mount("-o", f"remount,{LARGE}", str(disk))
        assert node.ask(f"open {GRAPH} dora db") == "existing"
        assert node.ids(disk.parent) == added
        node.ask("add 100 2000 again")
        assert len(node.ids(disk.parent)) == len(added) + 100
        node.stop()

    def test_a_neighbor_with_a_full_disk_comes_back_when_it_has_room(
        disk: Path, tmp_path: Path, start: Callable[[Path, str], Node]
    ) -> None:
        anna, full, cora = start(tmp_path / "anna", "anna"), start(disk, "full"), start(tmp_path / "cora", "cora")
        port = free_port()
        anna.ask(f"create {GRAPH} anna db")
        anna.ask(f"listen {port}")
        for node in (full, cora):
            node.ask(f"open {GRAPH} {node.name} db")
            node.ask(f"connect {port}")
            node.ask("synchronized")
            node.ask(f"listen {free_port()}")
        anna.ask("add 1500 2000 many")
        assert cora.ask("wait 1500") == "1500", "the others are served"
        before = len(full.ids(tmp_path))
        assert 0 < before < 1500
        before_full, before_cora = processor_seconds(full), processor_seconds(cora)
        anna.ask("add 300 20 trickle")
        assert cora.ask("wait 1800") == "1800"
        spent, served = processor_seconds(full) - before_full, processor_seconds(cora) - before_cora
        assert spent < 5 * served + 1, "it does not try again and again without a pause"

        mount("-o", f"remount,{LARGE}", str(disk))
        assert full.ask("wait 1800") == "1800"
        full.ask("add 1 20 back")
        assert anna.ask("wait 1801") == cora.ask("wait 1801") == "1801"
        assert anna.dump() == full.dump(tmp_path) == cora.dump()
        for node in (anna, full, cora):
            node.stop()

    @pytest.mark.parametrize("room", [0, 6_000, 30_000, 60_000, 90_000])
    def test_what_has_no_room_to_be_made_leaves_nothing(
        disk: Path, room: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setenv("PEERAPI_HOME", str(disk / "home"))
        assert main(["identity", "create", "--name", "Ann"]) == 0
        before = sorted(disk.rglob("*"))
        with contextlib.suppress(OSError), (disk / "fill").open("wb", buffering=0) as file:
            while file.write(bytes(4096)):
                pass
        os.truncate(disk / "fill", max(0, (disk / "fill").stat().st_size - room))
        for words in (["graph", "create", "garden"], ["group", "create", "Card", "--cloud", "Loopback_"]):
            capsys.readouterr()
            if main(words):
                said = capsys.readouterr().err
                assert said.count("\n") == 1
                assert "0x80070070" in said
                assert "[Errno" not in said
                left = [path for path in sorted(disk.rglob("*")) if path not in before and path.is_file()]
                assert [path.name for path in left if path.name not in ("fill", ".lock")] == []
            else:
                assert room, "there is no room"
                listed = [words[0], "list", "--json"]
                assert main(listed) == 0
                assert capsys.readouterr().out.count('"state"') == 1
                assert main([words[0], "delete", words[2], "--yes"]) == 0

    def test_a_folder_that_may_only_be_read(disk: Path, start: Callable[[Path, str], Node]) -> None:
        node = start(disk, "dora")
        node.ask(f"create {GRAPH} dora db")
        node.ask("add 5 10 x")
        node.stop()
        mount("-o", "remount,ro", str(disk))
        node.stderr_at = disk.parent / "stderr"
        node.start()
        denied = code("PEER_E_DATABASE_ACCESSDENIED")
        assert node.refused(f"open {GRAPH} dora db") == f"failed PeerGraphOpen 0x{denied:08X}"
        assert node.refused(f"create {GRAPH}2 dora db") == f"failed PeerGraphCreate 0x{WRITE_PROTECT:08X}"
        node.abandon()
        mount("-o", "remount,rw", str(disk))
        node.start()
        assert node.ask(f"open {GRAPH} dora db") == "existing"
        assert len(node.ids()) == 5
        node.stop()


def processor_seconds(node: Node) -> float:
    fields = Path(f"/proc/{node.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_a_damaged_file_is_kept_and_the_graph_fetched_anew(tmp_path: Path, start: Callable[[Path, str], Node]) -> None:
    anna, ben = start(tmp_path / "anna", "anna"), start(tmp_path / "ben", "ben")
    port = free_port()
    anna.ask(f"create {GRAPH} anna db")
    anna.ask(f"listen {port}")
    assert ben.ask(f"open {GRAPH} ben db") == "new"
    ben.ask(f"connect {port}")
    ben.ask("synchronized")
    ben.ask("add 300 200 ben")
    anna.ask("add 300 200 anna")
    assert anna.ask("wait 600") == ben.ask("wait 600") == "600"
    ben.stop()

    path = database_of(ben.home)
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2)
        file.write(os.urandom(3000))
    left = path.read_bytes()
    ben.start()
    invalid = code("PEER_E_INVALID_DATABASE")
    assert ben.refused(f"open {GRAPH} ben db") == f"failed PeerGraphOpen 0x{invalid:08X}"
    (kept,) = damaged(ben.home)
    assert kept.read_bytes() == left
    assert ben.ask(f"open {GRAPH} ben db") == "new"
    ben.ask(f"connect {port}")
    ben.ask("synchronized")
    assert ben.ask("wait 600") == "600"
    assert ben.dump() == anna.dump()
    assert damaged(ben.home) == [kept]
    anna.stop()
    ben.stop()
