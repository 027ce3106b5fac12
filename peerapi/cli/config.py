"""``peerapi config``: flags for compiling and linking a program.

gcc $(peerapi config --cflags) prog.c $(peerapi config --libs)
"""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]


def include_folder() -> Path:
    """The headers: inside an installed package, beside it in the source tree."""
    installed = PACKAGE / "include"
    return installed if installed.is_dir() else PACKAGE.parent / "include"


def library_folder() -> Path:
    """The library, the archive with ``main`` for ``wmain`` programs, and what -lp2p, -lp2pgraph, ... find."""
    return PACKAGE / "lib"


def answers() -> dict[str, str]:
    """Option -> what is printed for it."""
    include, library = str(include_folder()), str(library_folder())
    flags = ["-fshort-wchar", f"-I{include}"]
    libs = [f"-L{library}", "-lpeerapi_wmain", "-l:libpeerapi.so.0", f"-Wl,-rpath,{library}"]
    return {
        "--cflags": shlex.join(flags),
        "--libs": shlex.join(libs),
        "--includedir": include,
        "--libdir": library,
        "--pkgconfigdir": str(library_folder() / "pkgconfig"),
        "--cmakedir": str(library_folder() / "cmake" / "peerapi"),
    }


def main(options: list[str]) -> int:
    """Prints what is asked for, on one line."""
    known = answers()
    unknown = [option for option in options if option not in known]
    if unknown or not options:
        print(f"peerapi config: {' '.join(unknown) or 'nothing asked'}; known are {' '.join(known)}", file=sys.stderr)
        return 2
    if not (library_folder() / "libpeerapi.so.0").exists():
        print(f"peerapi config: {library_folder()} has no library yet: run `make build`", file=sys.stderr)
        return 1
    print(" ".join(known[option] for option in options))
    return 0
