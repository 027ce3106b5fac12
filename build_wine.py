"""Builds the DLLs of the Peer-to-Peer API for Wine (docs/wine.md): ``build/wine/p2p.dll.so`` and those that lead to it.

    python build_wine.py [--force]     when something is newer than what was built

The functions that the headers declare are exported: ``build_wine_functions.py`` writes them. Written by hand is only
what has no signature: ``wine/library.c``, ``wine/wine_side.c`` and ``wine/name_space.c``.
"""

from __future__ import annotations

import fcntl
import re
import shutil
import sys
from pathlib import Path

import build_link_names
from build_tools import BuildError, compiler, run
from build_trampolines import HEADERS, LAYOUT_FILES, Prototype, preprocess
from build_wine_functions import exported, source

ROOT = Path(__file__).resolve().parent
SOURCES = ROOT / "wine"
TARGET = ROOT / "build" / "wine"
MAIN = "p2p"
"The DLL that has the code."
LEADING = {
    "p2pgraph": r"PeerGraph",
    "p2pcollab": r"PeerCollab",
    "drt": r"Drt(?!Create|Delete)",
    "drtprov": r"Drt(Create|Delete)(?!Ipv6)",
    "drttransport": r"Drt(Create|Delete)Ipv6",
}
"The DLLs whose functions are those of MAIN: names, and which functions programs look for there."
OF_WINE = ("wine_side", "name_space")
"Sources that are compiled with Wine's headers."

# ---- the DLLs ----


def spec_type(kind: str) -> str:
    """A parameter as winebuild's specification says it."""
    if "*" in kind or kind.startswith(("P", "H", "LP")):
        return "ptr"
    return "int64" if kind in ("ULONGLONG", "HCRYPTPROV") else "long"


def spec(functions: list[Prototype], target: str = "") -> str:
    """What a DLL exports: functions of its own, or of the DLL ``target``."""
    return "".join(
        f"@ stdcall {one.name}({' '.join(spec_type(kind) for kind, _ in one.parameters)})"
        f" {f'{target}.' if target else 'bridge_'}{one.name}\n"
        for one in functions
    )


def tool(name: str) -> str:
    """A tool of Wine's."""
    found = shutil.which(name) or shutil.which(name, path="/usr/lib/wine")
    if found is None:
        raise BuildError(
            f"{name} is missing: install Wine's tools (Debian, Ubuntu: apt-get install wine wine64-tools libwine-dev)"
        )
    return found


def make_dll(name: str, specification: str, objects: list[Path]) -> None:
    """``name.dll.so``, and ``name.dll``, which Wine looks for to know that there is one."""
    spec_file = TARGET / f"{name}.spec"
    spec_file.write_text(specification)
    fresh = TARGET / f"{name}.new.dll.so"
    libraries = ("-lws2_32", "-lntdll", "-ldl", "-lpthread") if objects else ()
    run(tool("winegcc"), "-shared", "-o", fresh, spec_file, *objects, *libraries, f"-Wb,--dll-name,{name}.dll")
    run(tool("winebuild"), "--dll", "--fake-module", "-E", spec_file, "-F", f"{name}.dll", "-o", TARGET / f"{name}.dll")
    fresh.replace(TARGET / f"{name}.dll.so")


def build() -> None:
    """Everything into TARGET."""
    for name in ("winegcc", "winebuild"):
        tool(name)
    TARGET.mkdir(parents=True, exist_ok=True)
    text = preprocess(ROOT / "include", HEADERS, LAYOUT_FILES)
    (TARGET / "functions.c").write_text(source(text))
    library = ROOT / "peerapi" / "lib" / build_link_names.SONAME
    common = ["-c", "-O2", "-g", "-fPIC", "-fvisibility=hidden", "-Wall", "-Wextra", "-iquote", str(SOURCES)]
    common += ["-iquote", str(ROOT / "peerapi" / "win32"), f'-DPEERAPI_LIBRARY="{library}"']
    windows = [f"-I{ROOT / 'include'}", "-fshort-wchar", "-D_GNU_SOURCE", "-Wno-unused-parameter"]
    run(compiler(), *common, *windows, "-std=gnu11", TARGET / "functions.c", "-o", TARGET / "functions.o")
    run(compiler(), *common, "-std=gnu11", SOURCES / "library.c", "-o", TARGET / "library.o")
    for name in OF_WINE:
        run(tool("winegcc"), *common, SOURCES / f"{name}.c", "-o", TARGET / f"{name}.o")
    functions = exported(text)
    objects = [TARGET / f"{name}.o" for name in ("functions", "library", *OF_WINE)]
    make_dll(MAIN, spec(functions), objects)
    for name, pattern in LEADING.items():
        own = [one for one in functions if re.match(pattern, one.name) or one.name in ("PeerFreeData",)]
        make_dll(name, spec(own, MAIN), [])


def stale() -> bool:
    """Whether a source is newer than what was built."""
    built = [TARGET / f"{name}.dll{ending}" for name in (MAIN, *LEADING) for ending in ("", ".so")]
    if not all(path.exists() for path in built):
        return True
    sources = [*SOURCES.glob("*.[ch]"), *(ROOT / "include").rglob("*.h"), *ROOT.glob("build_*.py")]
    sources.append(ROOT / "peerapi" / "win32" / "program_system.h")
    return max(path.stat().st_mtime for path in sources) > min(path.stat().st_mtime for path in built)


def main() -> int:
    lock = ROOT / "build" / "wine.lock"
    lock.parent.mkdir(exist_ok=True)
    try:
        with lock.open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            if "--force" in sys.argv or stale():
                print(f"building {TARGET}", flush=True)
                build()
    except BuildError as error:
        print(f"build_wine.py: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
