"""A path of Windows in a registration: which file it is, and what runs it when an invitation is accepted."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from peerapi.errors import AccessDenied, InvalidArgument
from peerapi.host import windows_programs
from peerapi.host.invited import program


@pytest.fixture(autouse=True)
def chat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program on drive C of Wine's folder."""
    monkeypatch.setenv("WINEPREFIX", str(tmp_path))
    file = tmp_path / "drive_c" / "Program Files" / "Chat" / "chat.exe"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"#!/bin/sh\n")
    (tmp_path / "dosdevices").mkdir()
    (tmp_path / "dosdevices" / "c:").symlink_to("../drive_c")
    return file


@pytest.mark.parametrize(
    "path",
    [
        r"C:\Program Files\Chat\chat.exe",
        "c:/Program Files/Chat/chat.exe",
        r"C:\PROGRAM FILES\chat\\CHAT.EXE",
    ],
)
def test_a_path_of_windows_is_a_file_of_wines_folder(chat: Path, path: str) -> None:
    assert windows_programs.is_path(path)
    assert windows_programs.located(path).samefile(chat)
    assert program(path)[-2] == "wine"
    assert Path(program(path)[-1]).samefile(chat)


def test_of_two_names_that_differ_in_case_only_the_exact_one_is_taken(chat: Path) -> None:
    other = chat.with_name("CHAT.EXE")
    other.write_bytes(b"another")
    assert windows_programs.located(r"C:\Program Files\Chat\CHAT.EXE").samefile(other)
    assert windows_programs.located(r"C:\Program Files\Chat\chat.exe").samefile(chat)


@pytest.mark.parametrize("path", [r"C:\Program Files\Chat\none.exe", r"D:\chat.exe", r"C:\Program Files"])
def test_what_is_not_there_is_refused(path: str) -> None:
    with pytest.raises(AccessDenied):
        program(path)


@pytest.mark.parametrize("path", ["chat.exe", r"C:chat.exe", r"Chat\chat.exe", ""])
def test_what_is_no_full_path_is_refused(path: str) -> None:
    assert not windows_programs.is_path(path)
    with pytest.raises(InvalidArgument):
        program(path)


def test_the_command_for_windows_programs_is_what_is_run(chat: Path) -> None:
    """Whatever folder it is run from: it says that this file is no program of Windows."""
    done = subprocess.run(
        program(r"C:\Program Files\Chat\chat.exe"), cwd="/", capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 1
    assert (
        done.stderr
        == f"peerapi wine: {windows_programs.located(r'C:/Program Files/Chat/chat.exe')} is no Windows program\n"
    )
