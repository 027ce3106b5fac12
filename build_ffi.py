"""Builds libpeerapi.so.0: the headers say what is exported, the rest follows from them. And the modules that are C.

    python build_ffi.py [--force]      build in place, when something is newer than what was built

build_trampolines.py writes the functions that it exports. The library is one file, ``peerapi/lib/libpeerapi.so.0``. It
is linked against this interpreter's libpython and remembers where the interpreter and its packages are. Beside it lie
the other names by which it is found (build_link_names.py), and the archive with ``main`` for programs that begin with
``wmain``.

``_*.c`` in ``peerapi`` and its folders are ordinary extension modules, each beside its source. They take Python's
functions from the process, which is Python or has it through the library.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import sys
import sysconfig
from pathlib import Path

import build_link_names
import build_metadata
from build_tools import BuildError, compiler, run
from build_trampolines import generate

ROOT = Path(__file__).resolve().parent
MODULE_FOLDERS = tuple(
    ROOT / "peerapi" / Path(folder) for folder in (".", "graphing/codec", "grouping", "store", "activities/document")
)
C_FOLDERS = (ROOT / "peerapi" / "abi", ROOT / "peerapi" / "api", ROOT / "peerapi" / "win32")
"The library is made of these: the border to Python, what is read without it, and Windows' runtime for C programs."
BESIDE_PYTHON = {"start.c", "native.c", "reading.c", "event_ring.c", "record_table.c", "record_block.c"}
"Those that include Python.h."
# fmt: off
MIXED_SPELLINGS = (
    "BaseTsd", "CombaseApi", "CommCtrl", "CommDlg", "ConsoleApi", "CrtDbg", "DRT", "FileApi", "GuidDef",
    "HandleApi", "IntSafe", "IPHlpApi", "IpHlpApi", "InitGuid", "MSTcpIP", "MSTcpip", "MinWinDef", "ObjBase", "P2P",
    "PNRPns", "PnrpDef", "PnrpNs", "PNRPdef", "ProcessThreadsApi", "RpcDce", "SDKDDKVer", "ShellAPI", "ShellApi",
    "ShLwApi", "ShlObj", "ShlwApi", "ShlWAPI", "Specstrings", "StrSafe", "SynchApi", "TChar", "TlHelp32",
    "WS2tcpip", "Ws2TcpIp", "WS2TcpIp", "Ws2Def", "WS2def", "Ws2ipDef", "WS2ipdef", "WS2spi", "Ws2Spi", "WTypes",
    "WinBase", "WinCon", "WinCrypt", "WinDef", "WinError", "WinGDI", "WinGdi", "WinNT", "WinNls", "WinSock2",
    "WinUser", "WindowsX",
)
# fmt: on
"Spellings met in programs for Windows, where case means nothing, besides such as windows, Windows and WINDOWS."

# ---- the interpreter we are built for ----


def c_string(text: str) -> str:
    return (
        '"'
        + "".join(
            c if 32 <= ord(c) < 127 and c not in '"\\' else "".join(f"\\{b:03o}" for b in c.encode()) for c in text
        )
        + '"'
    )


def check_python() -> tuple[Path, str]:
    """(folder of libpython, its file name), or BuildError with the remedy."""
    if sys.version_info < (3, 11):  # noqa: UP036  (run before pip could check it)
        raise BuildError(f"Python 3.11 or newer is needed, {sys.executable} is {sys.version.split()[0]}")
    if not Path(sysconfig.get_paths()["include"], "Python.h").exists():
        raise BuildError(f"Python.h of {sys.executable} is missing: install python3-dev (Debian, Ubuntu)")
    name = str(sysconfig.get_config_var("INSTSONAME") or "")
    base = Path(sys.base_prefix)  # relocated Pythons do not lie where LIBDIR says
    for folder in (Path(sysconfig.get_config_var("LIBDIR") or "/"), base / "lib", base / "lib64"):
        if ".so" in name and (folder / name).exists():
            return folder, name
    raise BuildError(
        f"{sys.executable} has no shared libpython, and peerapi lives in other programs through it. Use a Python built"
        " with --enable-shared (pyenv: PYTHON_CONFIGURE_OPTS=--enable-shared pyenv install 3.11;"
        " Debian, Ubuntu: apt-get install python3 python3-dev)"
    )


def build_header() -> str:
    paths = sysconfig.get_paths()
    baked = {
        "EXECUTABLE": sys.executable,
        "BASE_EXECUTABLE": getattr(sys, "_base_executable", sys.executable),
        "STDLIB": paths["stdlib"],
        "PURELIB": paths["purelib"],
        "PLATLIB": paths["platlib"],
    }
    return "".join(f"#define PEERAPI_{name} {c_string(value)}\n" for name, value in baked.items())


# ---- building ----


def build(
    library_folder: Path = ROOT / "peerapi" / "lib",
    headers: Path = ROOT / "include",
    work: Path = ROOT / "build" / "ffi",
) -> Path:
    """Makes everything that belongs into ``library_folder``, and the modules beside it; answers the library's path.

    ``headers`` is where programs will find the headers, seen from there; they are read from the source tree.
    """
    python_folder, python_library = check_python()
    work.mkdir(parents=True, exist_ok=True)
    library_folder.mkdir(parents=True, exist_ok=True)
    include = ROOT / "include"
    (work / "peerapi_build.h").write_text(build_header())
    generate(include, work / "_peerapi.c")

    quoted = [word for folder in C_FOLDERS for word in ("-iquote", folder)]
    common = ["-c", "-O2", "-g", "-fPIC", "-fvisibility=hidden", *quoted, f"-I{work}"]
    # Python's wide characters have 32 bits, so what includes Python.h does without -fshort-wchar.
    python = [f"-I{sysconfig.get_paths()['include']}", "-std=gnu11", "-DPEERAPI_CHAR16"]
    windows = [f"-I{include}", "-std=c11", "-D_GNU_SOURCE", "-fshort-wchar"]
    objects = [work / "_peerapi.o"]
    run(compiler(), *common, f"-I{include}", *python, "-Wno-unused-function", work / "_peerapi.c", "-o", objects[0])
    for source in sorted(path for folder in C_FOLDERS for path in folder.glob("*.c")):
        target = work / f"{source.stem}.o"
        flags = [f"-I{include}", *python] if source.name in BESIDE_PYTHON else windows
        run(compiler(), *common, *flags, "-Wall", "-Wextra", source, "-o", target)
        if source.name == "wmain.c":
            archive = library_folder / "libpeerapi_wmain.a"
            archive.unlink(missing_ok=True)
            run("ar", "rcs", archive, target)
        else:
            objects.append(target)

    library = library_folder / build_link_names.SONAME
    fresh = library.with_name(f"{library.name}.new")
    options = ["-shared", f"-Wl,-soname,{library.name}", "-Wl,-z,defs", f"-Wl,-rpath,{python_folder}"]
    run(compiler(), *options, *objects, "-o", fresh, python_folder / python_library, "-ldl", "-lpthread", "-lm")
    build_metadata.write(library_folder, headers, ROOT)
    write_spellings(library_folder / "spellings", ROOT / "include")
    for source in module_sources():
        build_module(source, library_folder.parent / source.parent.relative_to(ROOT / "peerapi"), work)
    os.replace(fresh, library)  # a process that has the old one mapped keeps it
    build_link_names.build(library, work, run, compiler())
    return library


def spellings(name: str) -> set[str]:
    """How programs for Windows also write the name of a header: ``windows.h`` as ``Windows.h``."""
    stem = name.removesuffix(".h")
    mixed = {spelling for spelling in MIXED_SPELLINGS if spelling.lower() == stem}
    return {form + ending for form in {stem, stem.capitalize(), stem.upper(), *mixed} for ending in (".h", ".H")} - {
        name
    }


def write_spellings(folder: Path, include: Path) -> None:
    """Forwarding headers for other spellings. They lie apart, for file systems on which the names are the same."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for header in sorted(include.glob("*.h")):
        if not header.name.startswith("peerapi_"):
            for spelling in spellings(header.name):
                (folder / spelling).write_text(f"#include <{header.name}>\n")


def module_sources() -> list[Path]:
    return sorted(path for folder in MODULE_FOLDERS for path in folder.glob("_*.c"))


def module_file(source: Path, folder: Path) -> Path:
    """Where this Python looks for the module: its name differs from interpreter to interpreter."""
    return folder / f"{source.stem}{sysconfig.get_config_var('EXT_SUFFIX')}"


def build_module(source: Path, folder: Path, work: Path) -> None:
    """An extension module, into ``folder``. No libpython is named: there may be another one in the process already."""
    fresh = work / f"{source.stem}.so"
    options = ["-shared", "-O2", "-g", "-fPIC", "-fvisibility=hidden", "-std=c11", "-D_GNU_SOURCE", "-Wall", "-Wextra"]
    run(compiler(), *options, f"-I{sysconfig.get_paths()['include']}", source, "-o", fresh)
    folder.mkdir(parents=True, exist_ok=True)
    target = module_file(source, folder)
    shutil.copyfile(fresh, target.with_name(f"{target.name}.new"))
    os.replace(target.with_name(f"{target.name}.new"), target)


def stale(library: Path) -> bool:
    """Whether a source is newer than the library, or it or a module was not built for this interpreter."""
    header = ROOT / "build" / "ffi" / "peerapi_build.h"
    named = [library.with_name(f"lib{name}.so") for name in build_link_names.NAMES]
    built = [library, *named, *(module_file(source, source.parent) for source in module_sources())]
    if not all(path.exists() for path in built) or not header.exists() or header.read_text() != build_header():
        return True
    written = [folder.glob("*.[ch]") for folder in (*C_FOLDERS, *MODULE_FOLDERS)]
    scripts = ROOT.glob("build_*.py")
    sources = [*scripts, *(ROOT / "include").rglob("*.h"), *(path for found in written for path in found)]
    return max(path.stat().st_mtime for path in sources) > library.stat().st_mtime


def install(package: Path, work: Path) -> None:
    """Library, modules, headers and conformance programs into ``package``, the ``peerapi`` of a wheel in the making."""
    build(package / "lib", package / "include", work)
    for name in ("include", "conformance"):
        shutil.copytree(ROOT / name, package / name, dirs_exist_ok=True)


def main() -> int:
    library = ROOT / "peerapi" / "lib" / build_link_names.SONAME
    lock = ROOT / "build" / "ffi.lock"
    lock.parent.mkdir(exist_ok=True)
    try:
        with lock.open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)  # two builds at once would mix their objects
            if "--force" in sys.argv or stale(library):
                print(f"building {library}", flush=True)
                build()
    except BuildError as error:
        print(f"build_ffi.py: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
