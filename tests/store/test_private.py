"""What the machine's other users may do with the files of this one, whatever the umask is and whatever was there."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from peerapi import private
from peerapi.cli import main

EVERYTHING = """
import os, sys, uuid
from pathlib import Path

import trio

import peerapi
from peerapi import private

os.umask(int(sys.argv[1], 8))
if sys.argv[2] == "unguarded":
    private.make_folder = lambda path, home=None: path.mkdir(parents=True, exist_ok=True, mode=0o700)
    private.make_file = lambda path: open(path, "xb").close()
    private.close = lambda path, mode=0: None

def look():
    for folder, _, files in os.walk(sys.argv[3]):
        for name in ["", *files]:
            path = os.path.join(folder, name)
            print(f"{os.lstat(path).st_mode & 0o777:o}", os.path.relpath(path, sys.argv[3]))

async def main():
    me = await peerapi.create_identity("Ann")
    async with peerapi.create_graph("garden", "alice") as graph:
        await graph.add(uuid.UUID(int=1), "secret")
        await graph.export_database(os.path.join(sys.argv[3], "export.copy"))
        async with peerapi.create_group("Club", identity=me.name, cloud="Loopback_"):
            look()
    look()
    async with peerapi.open_graph("garden", "alice") as graph:
        look()

trio.run(main)
"""


def modes(base: Path, umask: str, guard: str = "guarded") -> dict[str, set[int]]:
    """The modes of all that a program leaves in its home, which is ``share/peerapi``, and of what it exports."""
    env = os.environ | {"PEERAPI_HOME": str(base / "share" / "peerapi")}
    command = [sys.executable, "-c", EVERYTHING, umask, guard, str(base)]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, set[int]] = {}
    for line in done.stdout.splitlines():
        mode, path = line.split(" ", 1)
        if path != ".":
            found.setdefault(path, set()).add(int(mode, 8))
    return found


def test_without_care_an_umask_of_nothing_lets_everybody_in(tmp_path: Path) -> None:
    found = modes(tmp_path, "0", "unguarded")
    assert {0o777} in (found["share"], found["share/peerapi"], found["share/peerapi/graphs"])
    assert all(mode & 0o044 for mode in found["export.copy"])
    assert any(0o644 in each for path, each in found.items() if path.endswith(".peergraph"))


@pytest.mark.parametrize("umask", ["0", "022", "077"])
def test_all_that_a_program_keeps_and_exports_is_its_user_s_only(tmp_path: Path, umask: str) -> None:
    found = modes(tmp_path, umask)
    kinds = {".peergraph", ".peergraph-wal", ".peergraph-log", ".peergraph-lock", "export.copy", "lock"}
    assert all(any(path.endswith(kind) for path in found) for kind in kinds), sorted(found)
    assert {path for path, each in found.items() if not each <= {0o700, 0o600}} == set()


def test_what_was_open_to_others_is_closed_when_it_is_used(tmp_path: Path) -> None:
    """The home is the user's to show; that others write there is nobody's wish."""
    before = modes(tmp_path, "0", "unguarded")
    for path in before:
        if (tmp_path / path).exists() and "identities" not in path:
            (tmp_path / path).chmod(0o777 if (tmp_path / path).is_dir() else 0o666)
    (tmp_path / "export.copy").unlink()
    (tmp_path / "share" / "peerapi" / "graphs").chmod(0o777)
    env = os.environ | {"PEERAPI_HOME": str(tmp_path / "share" / "peerapi")}
    code = "import trio, peerapi\nasync def main():\n    async with peerapi.open_graph('garden', 'alice'): pass\n"
    code += "trio.run(main)"
    subprocess.run([sys.executable, "-c", code], env=env, check=True, timeout=300)
    home = tmp_path / "share" / "peerapi"
    assert stat.S_IMODE(home.stat().st_mode) == 0o755
    assert stat.S_IMODE((home / "graphs").stat().st_mode) == 0o700
    (database,) = home.glob("graphs/*/graph.peergraph")
    assert stat.S_IMODE(database.stat().st_mode) == 0o600
    assert stat.S_IMODE(database.parent.stat().st_mode) == 0o700


def test_a_folder_for_everybody_s_files_stays_one(tmp_path: Path) -> None:
    shared = tmp_path / "tmp"
    shared.mkdir()
    shared.chmod(0o1777)
    private.make_folder(shared / "graphs" / "one", shared)
    assert stat.S_IMODE(shared.stat().st_mode) == 0o1777
    assert stat.S_IMODE((shared / "graphs").stat().st_mode) == stat.S_IMODE((shared / "graphs" / "one").stat().st_mode)
    assert stat.S_IMODE((shared / "graphs").stat().st_mode) == 0o700


def test_a_link_that_somebody_has_laid_is_not_followed(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_text("mine")
    target.chmod(0o644)
    link.symlink_to(target)
    with pytest.raises(FileExistsError):
        private.write_new(link, "theirs")
    private.close(link)
    assert (target.read_text(), stat.S_IMODE(target.stat().st_mode)) == ("mine", 0o644)


@pytest.mark.parametrize("checked", [False, True], ids=["without the check", "with it"])
@pytest.mark.parametrize("planted", ["file", "link"])
def test_nobody_makes_the_log_before_its_user_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, planted: str, checked: bool
) -> None:
    """Where the kernel does not keep it from being used: a file that another user reads, a link to one of the user."""
    shared, log, own = tmp_path / "shared", tmp_path / "shared" / "log", tmp_path / "own"
    shared.mkdir()
    shared.chmod(0o1777)
    own.write_text("", encoding="utf-8")
    if planted == "link":
        log.symlink_to(own)
    else:
        log.write_text("", encoding="utf-8")
    monkeypatch.setattr(private, "SYSTEM", -1)
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)  # what is there is somebody else's
    if not checked:
        monkeypatch.setattr(private, "_is_planted", lambda path, found: False)
        with open(log, "a", encoding="utf-8", opener=private.opener) as file:
            file.write("secret")
        assert log.read_text(encoding="utf-8") == "secret"
        return
    with pytest.raises(PermissionError, match="another user"), open(log, "a", opener=private.opener):
        pass
    assert own.read_text(encoding="utf-8") == ""
    monkeypatch.setattr(os, "geteuid", os.getuid)
    with open(log, "a", encoding="utf-8", opener=private.opener) as file:
        file.write("of one's own")
    shared.chmod(0o755)
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    with open(log, "a", opener=private.opener):
        pass  # somebody may have given it to us


def test_an_exported_identity_is_private_and_its_password_comes_from_where_nobody_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PEERAPI_HOME", str(tmp_path / "home"))
    assert main(["identity", "create", "--name", "Ann"]) == 0
    before, read = os.umask(0), os.pipe()
    try:
        os.write(read[1], b"a secret\n")
        os.close(read[1])
        with open(read[0], encoding="utf-8") as stdin:
            monkeypatch.setattr(sys, "stdin", stdin)
            assert main(["identity", "export", "--file", str(tmp_path / "ann"), "--password-file", "-"]) == 0
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "ann").stat().st_mode) == 0o600
    name = capsys.readouterr().out.strip()
    assert main(["identity", "delete", name, "--yes"]) == 0
    (tmp_path / "password").write_text("a secret\n")
    options = ["--file", str(tmp_path / "ann"), "--password-file", str(tmp_path / "password")]
    assert main(["identity", "import", *options]) == 0
    assert capsys.readouterr().out.strip() == name
