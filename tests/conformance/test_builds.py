"""The conformance program builds with every compiler that is asked for, and what it needs on Windows."""

from __future__ import annotations

import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from peerapi.cli import conformance_api

pytestmark = pytest.mark.long

NEEDED = {"P2P.dll", "P2PGRAPH.dll", "WS2_32.dll", "KERNEL32.dll", "msvcrt.dll"}
"KERNEL32.dll is what the C runtime stands on: a program with nothing but an empty main needs both."
WINDOWS_7 = ("-D_WIN32_WINNT=0x0601", "-DNTDDI_VERSION=0x06010000")


def silently(*command: object) -> str:
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=300, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_it_builds_with_clang_and_no_warning(tmp_path: Path) -> None:
    conformance_api.build(tmp_path, "clang -Werror")


def test_it_builds_with_gcc_and_no_warning(tmp_path: Path) -> None:
    conformance_api.build(tmp_path, "gcc -Werror")


def test_the_exe_has_no_warning_and_needs_nothing_more(tmp_path: Path) -> None:
    compiler = ("x86_64-w64-mingw32-gcc", "-std=c99", "-O1", "-Wall", "-Wextra", "-Werror", *WINDOWS_7)

    def compiled(source: Path) -> Path:
        made = tmp_path / f"{source.stem}.o"
        silently(*compiler, "-c", source, "-o", made)
        return made

    with ThreadPoolExecutor() as workers:
        objects = list(workers.map(compiled, conformance_api.files()))
    program = tmp_path / "conformance.exe"
    silently("x86_64-w64-mingw32-gcc", *objects, "-lp2p", "-lp2pgraph", "-lws2_32", "-o", program)
    assert set(re.findall(r"DLL Name: (\S+)", silently("x86_64-w64-mingw32-objdump", "-p", program))) <= NEEDED


def test_a_compiler_that_complains_is_heard(tmp_path: Path) -> None:
    with pytest.raises(conformance_api.ConformanceFailed, match="no-such-flag"):
        conformance_api.build(tmp_path, "gcc --no-such-flag")
