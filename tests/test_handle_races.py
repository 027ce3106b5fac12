"""Handles that many threads open, use and close at once, with all C of the library under ThreadSanitizer.

The library, its modules and the program are compiled with it; Python is not, but its locks are seen, and so is what
they guard. PEERAPI_RACE_ROUNDS says how many calls each thread makes.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.ports import free_range

pytestmark = pytest.mark.long(minutes=2)

ROOT = Path(__file__).resolve().parents[1]
ROUNDS = int(os.environ.get("PEERAPI_RACE_ROUNDS", "300"))
RACE = 66
"What a program ends with in which ThreadSanitizer has found something."


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package whose C is instrumented; a library uses the package in which it lies. Python's part takes
    longer than what is in C, however that is compiled: fast."""
    folder = tmp_path_factory.mktemp("instrumented")
    compiler = folder / "compiler"
    compiler.write_text('#!/bin/sh\nexec gcc -fsanitize=thread "$@" -O0 -g0\n')
    compiler.chmod(0o755)
    package = folder / "peerapi"
    shutil.copytree(ROOT / "peerapi", package, ignore=shutil.ignore_patterns("*.so", "lib", "__pycache__"))
    script = "import sys, build_ffi; build_ffi.build(*map(build_ffi.Path, sys.argv[1:]))"
    arguments = [package / "lib", ROOT / "include", folder / "work"]
    environment = {**os.environ, "CC": str(compiler)}
    subprocess.run(
        [sys.executable, "-c", script, *map(str, arguments)], check=True, cwd=ROOT, env=environment, timeout=600
    )
    return package


def played(
    package: Path, folder: Path, rounds: int, *flags: str, source: str = "peer_handles"
) -> subprocess.CompletedProcess[str]:
    program, library = folder / "program", package / "lib"
    command = ["gcc", "-fsanitize=thread", "-g", "-O1", "-Wall", "-Wextra", "-Werror", "-fshort-wchar", *flags]
    command += [
        f"-I{ROOT / 'include'}",
        str(ROOT / "tests" / "c" / f"{source}.c"),
        "-o",
        str(program),
        f"-L{library}",
        f"-Wl,-rpath,{library}",
    ]
    subprocess.run([*command, "-lp2p", "-pthread"], check=True, timeout=120)
    (folder / "home").mkdir()
    environment = {"PEERAPI_HOME": str(folder / "home"), "PEERAPI_PNRP_PORT": str(free_range())}
    environment["TSAN_OPTIONS"] = f"exitcode={RACE}"
    return subprocess.run(
        [program, str(rounds)], env=environment, capture_output=True, text=True, check=False, timeout=600 + rounds
    )


def test_all_c_of_the_library_is_watched(package: Path) -> None:
    built = [package / "lib" / "libpeerapi.so.0", *package.rglob("_*.so")]
    assert len(built) >= 4
    for library in built:
        symbols = subprocess.run(["nm", "-D", library], capture_output=True, text=True, check=True, timeout=120).stdout
        assert "__tsan_func_entry" in symbols, library.name


def test_a_race_is_noticed(package: Path, tmp_path: Path) -> None:
    result = played(package, tmp_path, 100, "-DUNGUARDED")
    assert result.returncode == RACE and "data race" in result.stderr and "calls" in result.stderr


@pytest.mark.parametrize("source", ["peer_handles", "group_handles"])
def test_handles_are_used_and_closed_by_many_threads_at_once(package: Path, tmp_path: Path, source: str) -> None:
    result = played(package, tmp_path, ROUNDS, source=source)
    assert (result.returncode, result.stderr) == (0, ""), result.stderr
    assert "00000000" in result.stdout
