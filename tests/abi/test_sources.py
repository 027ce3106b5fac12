"""The C sources of the border to Python are clean under both compilers, strictly."""

from __future__ import annotations

import subprocess
import sysconfig
from pathlib import Path

import pytest

from build_ffi import BESIDE_PYTHON, C_FOLDERS

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("name", sorted(BESIDE_PYTHON))
def test_the_sources_that_speak_python_compile_without_warnings(name: str, compiler: str) -> None:
    folders = [*C_FOLDERS, ROOT / "include", ROOT / "build" / "ffi", sysconfig.get_paths()["include"]]
    strict = ["-std=gnu11", "-D_GNU_SOURCE", "-DPEERAPI_CHAR16", "-Wall", "-Wextra", "-Werror", "-O2", "-fsyntax-only"]
    (source,) = (folder / name for folder in C_FOLDERS if (folder / name).exists())
    command = [compiler, *strict, *(f"-I{folder}" for folder in folders), str(source)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert (done.returncode, done.stderr) == (0, "")
