"""``peerapi wine``: what it runs, what it refuses, and that Wine's folder gets the DLLs."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from peerapi.cli.wine import NAMES, OF_ANOTHER, environment, machine
from tests.support.wine import BRIDGE, Wine, missing


def run(*words: str | Path, **env: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "peerapi", "wine", *map(str, words)]
    return subprocess.run(command, env={**os.environ, **env}, capture_output=True, text=True, timeout=300, check=False)


def windows_program(path: Path, processor: int) -> Path:
    """The head of a program for a processor."""
    path.write_bytes(b"MZ" + bytes(58) + struct.pack("<I", 64) + b"PE\0\0" + struct.pack("<H", processor))
    return path


@pytest.mark.parametrize(("processor", "said"), [(0x14C, "32-bit x86"), (0xAA64, "64-bit ARM"), (0x1234, "another")])
def test_a_program_for_another_processor_is_refused_in_a_sentence(tmp_path: Path, processor: int, said: str) -> None:
    done = run(windows_program(tmp_path / "old.exe", processor))
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert said in done.stderr


@pytest.mark.parametrize("content", [b"", b"MZ", b"#!/bin/sh\n", b"MZ" + bytes(58) + b"\xff\xff\xff\xff"])
def test_what_is_no_program_of_windows_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "notes.txt"
    file.write_bytes(content)
    assert machine(file) is None
    done = run(file)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "is no Windows program" in done.stderr
    done = run(tmp_path / "none.exe")
    assert (done.returncode, "does not exist" in done.stderr) == (2, True)


def test_without_the_dlls_it_says_how_to_get_them(tmp_path: Path) -> None:
    done = run(windows_program(tmp_path / "new.exe", 0x8664), PEERAPI_WINE=str(tmp_path))
    assert done.returncode == 1
    assert "make wine" in done.stderr


def test_what_wine_has_told_another_process_is_not_handed_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in OF_ANOTHER:
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("WINEDLLPATH", "/elsewhere")
    made = environment(tmp_path)
    assert made["WINEDLLPATH"] == f"{tmp_path}:/elsewhere"
    assert not set(OF_ANOTHER) & set(made)


if not missing():

    def test_a_program_is_run_with_the_dlls_in_wines_folder(wine: Wine, tmp_path: Path) -> None:
        system = wine.prefix / "drive_c" / "windows" / "system32"
        placeholder = system / "kernel32.dll"  # as in a folder that has been set up
        shutil.copy(BRIDGE / "drt.dll", placeholder)  # whose name is what Wine goes by
        program = wine.compile(Path(__file__).with_name("bridge.c"))
        env = {name: value for name, value in wine.environment.items() if name != "WINEDLLPATH"}
        try:
            for number in range(2):
                done = run(program, "handles", **{**env, "PEERAPI_HOME": str(tmp_path / str(number))})
                assert (done.stdout.split(), done.returncode, done.stderr) == (["ok"], 0, "")
                assert all(
                    (system / f"{name}.dll").read_bytes() == (BRIDGE / f"{name}.dll").read_bytes() for name in NAMES
                )
        finally:
            placeholder.unlink()
