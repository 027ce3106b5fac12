"""``peerapi config``: flags for compiling and linking a program.

gcc $(peerapi config --cflags) prog.c $(peerapi config --libs)

For programs written for Windows: ``--unicode`` chooses the wide form of functions that have two, as their build files
do; ``--lenient`` lets a pointer to another type be a warning, as Microsoft's compiler does and gcc did until 13;
``--sources=FOLDER`` adds a folder of forwarding headers for headers of their own that they spell in another case than
the files have.
"""

from __future__ import annotations

import hashlib
import os
import re
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
    flags = ["-fshort-wchar", f"-I{include}", f"-I{library}/spellings"]
    libs = [f"-L{library}", "-lpeerapi_wmain", "-l:libpeerapi.so.0", f"-Wl,-rpath,{library}"]
    return {
        "--cflags": shlex.join(flags),
        "--libs": shlex.join(libs),
        "--unicode": "-DUNICODE -D_UNICODE",
        "--lenient": "-Wno-error=incompatible-pointer-types",
        "--includedir": include,
        "--libdir": library,
        "--pkgconfigdir": str(library_folder() / "pkgconfig"),
        "--cmakedir": str(library_folder() / "cmake" / "peerapi"),
    }


def forwarding_folder(sources: Path) -> Path:
    """A folder in the user's cache, made anew: headers of ``sources`` under the spellings its files include them by."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "peerapi" / "spellings" / hashlib.sha256(str(sources).encode()).hexdigest()[:16]
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    files = [path for path in sorted(sources.rglob("*")) if path.is_file()]
    by_name = {path.name.lower(): path for path in files}
    exact = {path.name for path in files}
    for path in files:
        if path.suffix.lower() in (".c", ".cc", ".cpp", ".cxx", ".h", ".hh", ".hpp", ".inl"):
            text = path.read_text(encoding="utf-8", errors="replace")
            for name in re.findall(r'^[ \t]*#[ \t]*include[ \t]*["<]([^"<>/\\]+)[">]', text, re.MULTILINE):
                if name not in exact and name.lower() in by_name:
                    (folder / name).write_text(f'#include "{by_name[name.lower()]}"\n', encoding="utf-8")
    return folder


def main(options: list[str]) -> int:
    """Prints what is asked for, on one line."""
    known = answers()
    folders = {option: Path(option.removeprefix("--sources=")) for option in options if option.startswith("--sources=")}
    unknown = [option for option in options if option not in known and option not in folders]
    if unknown or not options:
        asked = " ".join(unknown) or "nothing asked"
        print(f"peerapi config: {asked}; known are {' '.join(known)} --sources=FOLDER", file=sys.stderr)
        return 2
    for option, folder in folders.items():
        if not folder.is_dir():
            print(f"peerapi config: {option}: there is no such folder", file=sys.stderr)
            return 2
        known[option] = shlex.join([f"-I{forwarding_folder(folder.resolve())}"])
    if not (library_folder() / "libpeerapi.so.0").exists():
        print(f"peerapi config: {library_folder()} has no library yet: run `make build`", file=sys.stderr)
        return 1
    print(" ".join(known[option] for option in options))
    return 0
