"""The C sources of the border to Python are clean under both compilers, strictly."""

from __future__ import annotations

import subprocess
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("name", ["start.c", "native.c"])
def test_the_sources_that_speak_python_compile_without_warnings(name: str, compiler: str) -> None:
    folders = [ROOT / "peerapi" / "abi", ROOT / "build" / "ffi", sysconfig.get_paths()["include"]]
    strict = ["-std=c11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-O2", "-fsyntax-only"]
    command = [compiler, *strict, *(f"-I{folder}" for folder in folders), str(ROOT / "peerapi" / "abi" / name)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert (done.returncode, done.stderr) == (0, "")
