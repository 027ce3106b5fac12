"""What people type wrongly is answered by a sentence that helps, and never by a fault of peerapi itself."""

from __future__ import annotations

import errno
import getpass
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from peerapi.store import ownership
from tests.cli.conftest import Command

USAGE = 2
WRONG: dict[str, tuple[list[str], str]] = {
    "no number of seconds": (["graph", "serve", "garden", "--seconds", "nan"], "'nan' is not a valid number."),
    "no number of days": (["graph", "add", "garden", "x", "--days", "nan"], "'nan' is not a valid number."),
    "words for a number": (["graph", "add", "garden", "x", "--days", "abc"], "'abc' is not a valid number."),
    "words for a port": (["pnrp", "register", "0.x", "abc"], "'abc' is not a valid whole number."),
    "an identity without a name": (["identity", "create", "--name", " "], "' ' is no name"),
    "an identity that is no text": (["identity", "create", "--name", "caf\udce9"], "is no name"),
    "an identity of two lines": (["identity", "create", "--name", "x\ny"], "is no name"),
    "a group without a name": (["group", "create", ""], "'' is no name"),
    "a graph with a bell in its name": (["graph", "create", "g", "--name", "\a"], "is no name"),
    "no file to import": (["graph", "import", "garden", "nowhere"], "'nowhere' does not exist"),
    "no port of a member": (["group", "join", "x", "--connect", "nowhere"], "names no port"),
    "no port of somebody to watch": (["group", "watch", "x", "--connect", "[::1]:x"], "names no port"),
    "no address for a relay": (["relay", "--bind", "::1%\u00b2", "--port", "0"], "no address of IPv4 or IPv6"),
    "no address of a front": (["relay", "--front", "nowhere", "--port", "0"], "no address of IPv4 or IPv6"),
    "no scope": (["collab", "sign-in", "--scope", "far"], "none of near-me, internet, all"),
    "no number of an invitation": (["collab", "invitations", "--accept", "-1"], "-1 is not in the range"),
    "yes and no": (["collab", "invitations", "--accept", "1", "--decline", "1"], "do not go together"),
    "a new board and another's": (["whiteboard", "--new", "a", "--join", "b"], "do not go together"),
    "no invitation to a board": (["whiteboard", "--join", "nonsense"], "an invitation begins with board-"),
    "a board without a title": (["whiteboard", "--new", ""], "a title has 1 to"),
    "no address of a page": (["whiteboard", "--new", "X", "--bind", "zz zz"], "that is no address"),
    "no file of an identity": (["identity", "import", "/nowhere"], "/nowhere: No such file"),
    "no file of who is invited": (["group", "invite", "Card", "/nowhere"], "/nowhere: No such file"),
    "no file of an invitation": (["group", "join", "/nowhere"], "/nowhere: No such file"),
    "no peer name": (["pnrp", "resolve", "nonsense"], "is no peer name, which is 0.NAME"),
    "no identity's file": (["identity", "import"], "The FILE is wanted"),
    "no facts of that kind": (["conformance", "nope"], "no family or section nope; the families are abi, graph"),
    "no host": (["conformance", "wire", "--host", "nowhere", "--port", "1"], "'nowhere' is no IPv6 address"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_be_meant_is_said_to_be_so(command: Command, case: str) -> None:
    words, said = WRONG[case]
    assert command.code(*words) == USAGE
    assert said in command.err
    assert command.out == ""


def test_a_file_that_is_something_else_is_named(command: Command, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_text("root:x:0:0\n")
    assert command.code("graph", "create", "garden", "--peer", "ann") == 0
    command("group", "create", "Card", "--cloud", "Loopback_")
    (tmp_path / "password").write_text("secret\n")
    for words, said in {
        ("graph", "import", "garden", other): "is no database that was exported",
        ("group", "import", other): "is not what `peerapi group export` writes",
        ("group", "join", other): "not an invitation; what `peerapi group invite` has printed is wanted.",
        ("identity", "import", other, "--password-file", tmp_path / "password"): "cannot be taken over: no XML",
        ("collab", "add", other): "column 0; what `peerapi collab export` has printed is wanted.",
        ("group", "invite", "Card", other): "give the file with what the other's `peerapi identity info` has printed",
    }.items():
        refused = command.refused(*words)
        assert str(other) in refused
        assert said in refused
    said = "peerapi group invite: The group has no password; give the file with what the other's"
    assert command.refused("group", "invite", "Card").startswith(said)


def test_several_that_are_called_alike_are_identities(command: Command) -> None:
    command("identity", "create", "--name", "Ann")
    assert command.code("identity", "create", "--name", "Ann") == 0
    assert "2 identities are called 'Ann' now" in command.err
    for count in (1, 2):
        assert command.code("group", "create", "Card", "--cloud", "Loopback_") == 0
        assert ("2 groups are called 'Card' now" in command.err) == (count == 2)
    assert "There are several identities 'Ann'" in command.refused("identity", "show", "Ann")


@pytest.mark.parametrize("failure", [getpass.GetPassWarning("no terminal"), EOFError()])
def test_who_cannot_be_asked_for_a_password_is_told_how_to_give_it(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    def ask(_: str) -> str:
        raise failure

    command("identity", "create")
    monkeypatch.setattr("getpass.getpass", ask)
    assert command.code("identity", "export", "--file", tmp_path / "file") == USAGE
    assert "say --password-file FILE, or - for standard input" in command.err
    assert not (tmp_path / "file").exists()


def test_an_identity_is_invited_from_standard_input(command: Command, tmp_path: Path) -> None:
    command("group", "create", "Card", "--cloud", "Loopback_")
    command("identity", "create", "--name", "Ben")
    about = command("identity", "info", "Ben")
    environment = os.environ | {"PEERAPI_HOME": str(tmp_path / "home")}
    words = [sys.executable, "-m", "peerapi", "group", "invite", "Card", "-"]
    done = subprocess.run(words, input=about, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "INVITATION" in done.stdout


def test_a_database_that_may_only_be_read_is_not_said_to_be_open_elsewhere(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Read-only media: no lock can be made there."""
    assert command.code("graph", "create", "garden", "--peer", "ann") == 0
    usual = os.open

    def read_only(path: str | os.PathLike[str], flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        if str(path).endswith(ownership.SUFFIX) and flags & os.O_RDWR:
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))
        return usual(path, flags, mode, dir_fd=dir_fd)

    monkeypatch.setattr(os, "open", read_only)
    for words in (["add", "garden", "x"], ["serve", "garden", "--seconds", "0"]):
        said = command.refused("graph", *words)
        assert "Read-only file system" in said
        assert "[Errno" not in said
        assert "has the database open" not in said


def test_who_has_closed_standard_output_gets_no_fault(tmp_path: Path) -> None:
    environment = os.environ | {"PEERAPI_HOME": str(tmp_path / "home")}
    words = f"{sys.executable} -m peerapi identity create >&-"
    done = subprocess.run(words, shell=True, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stderr.partition(": ")[2]) == (1, "Standard output is closed.\n")


def test_a_full_disk_behind_standard_output_is_one_sentence(command: Command, tmp_path: Path) -> None:
    environment = os.environ | {"PEERAPI_HOME": str(tmp_path / "home")}
    words = f"{sys.executable} -m peerapi identity create >/dev/full"
    done = subprocess.run(words, shell=True, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "No space left on device" in done.stderr


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ("graph delete garden", USAGE, "say --yes"),
        ("graph add garden --file -", 1, "Standard input is closed."),
        ("group join", 1, "Standard input is closed."),
        ("relay use", 1, "Standard input is closed."),
    ],
)
def test_who_has_closed_standard_input_is_asked_nothing(
    command: Command, tmp_path: Path, words: str, code: int, said: str
) -> None:
    assert command.code("graph", "create", "garden") == 0
    environment = os.environ | {"PEERAPI_HOME": str(tmp_path / "home")}
    line = f"exec {sys.executable} -m peerapi {words} <&-"
    done = subprocess.run(line, shell=True, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert said in done.stderr
    assert (done.returncode, done.stdout) == (code, "")
    assert command.json("graph", "records", "garden") == []


KEPT = (
    ["graph", "list"],
    ["group", "list"],
    ["identity", "list"],
    ["relay", "list"],
    ["whiteboard", "list"],
    ["collab", "contacts"],
    ["host", "status"],
    ["netcheck", "--no-routers"],
    ["graph", "create", "garden"],
)
"Commands about what lies in the data folder."


@pytest.mark.parametrize("words", KEPT, ids=" ".join)
def test_a_data_folder_that_cannot_be_used_is_no_empty_one(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    file = tmp_path / "file"
    file.write_text("")
    for place in (file, file / "below", "/proc/nope"):
        monkeypatch.setenv("PEERAPI_HOME", str(place))
        assert f"{place} cannot be used as the data folder: " in command.refused(*words)


def test_a_data_folder_that_is_not_there_yet_is_empty_and_is_not_made(command: Command, tmp_path: Path) -> None:
    for words in KEPT[:5]:
        assert (command.code(*words), command.out) == (0, "")
    assert list(tmp_path.iterdir()) == []
    assert command.code("graph", "list", "--help") == 0


def test_a_conformance_run_that_can_ask_nothing_says_so(command: Command) -> None:
    with socket.socket(socket.AF_INET6) as unheard:
        unheard.bind(("::1", 0))
        port = unheard.getsockname()[1]
        assert f"nobody listens at [::1]:{port}" in command.refused("conformance", "wire", "--port", port)
    assert "no fact's name holds nonsense" in command.refused("conformance", "wire", "--only", "nonsense")
