"""The conformance program for Windows: compiled by mingw-w64, with its own headers."""

from __future__ import annotations

import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from peerapi.cli import conformance_api

COMPILER = "x86_64-w64-mingw32-gcc"
WINDOWS_7 = ("-D_WIN32_WINNT=0x0601", "-DNTDDI_VERSION=0x06010000")
STRICT = ("-std=c99", "-O1", "-Wall", "-Wextra", "-Werror", *WINDOWS_7)
NAME = "conformance.exe"
FIRST = "#include <winsock2.h>\n#include <windows.h>\n"
"With what kit.h begins; reading it takes most of the time of a compilation, so it is read once for all files."


def silently(*command: object) -> str:
    """What a compiler's tool answers, which must have nothing else to say."""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=600, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def build(folder: Path) -> None:
    """Puts NAME there."""
    (folder / "first.h").write_text(FIRST)
    silently(COMPILER, *STRICT, folder / "first.h", "-o", folder / "first.h.gch")

    def compiled(source: Path) -> Path:
        made = folder / f"{source.stem}.o"
        silently(COMPILER, *STRICT, "-include", folder / "first.h", "-Winvalid-pch", "-c", source, "-o", made)
        return made

    with ThreadPoolExecutor(2) as workers:
        objects = list(workers.map(compiled, conformance_api.files()))
    silently(COMPILER, *objects, "-lp2p", "-lp2pgraph", "-lws2_32", "-o", folder / NAME)
