"""``peerapi identity``: listing, making, renaming, exporting and importing the identities of this user."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from tests.cli.conftest import Command


@pytest.fixture
def password(tmp_path: Path) -> Path:
    file = tmp_path / "password"
    file.write_text("open sesame\n")
    return file


def test_identities_are_made_listed_renamed_and_deleted(command: Command) -> None:
    assert command.code("identity", "list") == 0
    assert command.err == "no identities\n"
    name = command("identity", "create", "--name", "Ann", "--classifier", "home").strip()
    assert name.endswith(".home")
    assert command("identity", "list").splitlines()[1].split() == ["Ann", name, "0"]
    command("identity", "rename", name, "Annie")
    (shown,) = command.json("identity", "show")
    assert (shown["peer_name"], shown["friendly_name"], shown["groups"]) == (name, "Annie", [])
    assert f"peer name      {name}" in command("identity", "show", name)
    command("identity", "delete", name, "--yes")
    assert command.json("identity", "list") == []


def test_an_exported_identity_can_be_imported_again(command: Command, tmp_path: Path, password: Path) -> None:
    name = command("identity", "create", "--name", "Ann").strip()
    file = tmp_path / "ann.xml"
    command("identity", "export", "--file", file, "--password-file", password)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "HRESULT_FROM_WIN32(ERROR_ALREADY_EXISTS), 0x800700B7" in command.refused(
        "identity", "export", "--file", file, "--password-file", password
    )
    command("identity", "delete", name, "--yes")
    assert command("identity", "import", "--file", file, "--password-file", password).strip() == name
    assert command.json("identity", "list")[0]["friendly_name"] == "Ann"
    password.write_text("wrong\n")
    assert "E_INVALIDARG" in command.refused("identity", "import", "--file", file, "--password-file", password)


def test_a_file_is_an_argument_as_elsewhere(command: Command, tmp_path: Path, password: Path) -> None:
    name = command("identity", "create", "--name", "Ann").strip()
    file = tmp_path / "ann.xml"
    command("identity", "export", "Ann", file, "--password-file", password)
    said = command.refused("identity", "import", file, "--password-file", password)
    assert f"the identity {name} already" in said
    command("identity", "delete", name, "--yes")
    assert "`peerapi identity create --name NAME`" in command.refused("identity", "show")
    assert command("identity", "import", file, "--password-file", password).strip() == name
    for words in (("export",), ("export", "Ann"), ("export", "Ann", file, "--file", file), ("import",)):
        assert command.code("identity", *words, "--password-file", password) == 2
        assert "wanted" in command.err


@pytest.mark.parametrize("kept", [b"caf\xc3\xa9", b"\xef\xbb\xbfcaf\xc3\xa9\r\n", "caf\xe9\n".encode("utf-16")])
def test_a_password_is_the_same_however_its_file_was_written(command: Command, tmp_path: Path, kept: bytes) -> None:
    name = command("identity", "create").strip()
    plain, other = tmp_path / "plain", tmp_path / "other"
    plain.write_bytes("caf\xe9\n".encode())
    other.write_bytes(kept)
    command("identity", "export", name, tmp_path / "file", "--password-file", other)
    command("identity", "delete", name, "--yes")
    assert command("identity", "import", tmp_path / "file", "--password-file", plain).strip() == name


def test_a_password_that_is_no_text_is_not_guessed(command: Command, tmp_path: Path) -> None:
    command("identity", "create")
    (tmp_path / "password").write_bytes(b"caf\xe9\n")
    said = command.refused("identity", "export", "--file", tmp_path / "x", "--password-file", tmp_path / "password")
    assert "is not text in UTF-8" in said
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    "words", [["show"], ["show", "nobody"], ["delete", "nobody", "--yes"], ["rename", "nobody", "x"]]
)
def test_an_identity_that_is_not_there_is_not_found(command: Command, words: list[str]) -> None:
    assert "PEER_E_NOT_FOUND, 0x80070490" in command.refused("identity", *words)


def test_the_password_is_asked_for_and_has_to_be_said_twice(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command("identity", "create")
    said = iter(["one", "other"])
    monkeypatch.setattr("getpass.getpass", lambda _: next(said))
    assert "not the same" in command.refused("identity", "export", "--file", tmp_path / "file")
    assert not (tmp_path / "file").exists()
