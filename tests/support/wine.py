"""Programs of Windows under Wine: compiled by mingw-w64 with its own headers, run against the DLLs of ``make wine``.

Wine needs no prefix that has been set up when it is told that it is setting one up (WINEBOOTSTRAPMODE): it takes its
own DLLs from where they are installed, and a program starts within a second. ``peerapi wine`` sets up a whole one.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from peerapi.cli.wine import PLACES

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "tests" / "c"
BRIDGE = ROOT / "build" / "wine"
COMPILER, DLLTOOL = "x86_64-w64-mingw32-gcc", "x86_64-w64-mingw32-dlltool"
VERSION = ("-D_WIN32_WINNT=0x0601", "-DNTDDI_VERSION=0x06010000", "-D__USE_MINGW_ANSI_STDIO=1")
FLAGS = ("-std=gnu11", "-Wall", *VERSION)
LIBRARIES = ("-lp2p", "-lp2pgraph", "-lws2_32", "-lole32", "-lrpcrt4", "-lcrypt32")
OWN = ("drt", "drtprov", "drttransport", "p2p")
"DLLs of which mingw-w64 has no import library, or not all of it: what peerapi.h adds."
PROGRAM = Path("tests/wine/include")
NATIVES = ("alice", "ann", "host", "publisher")
"Whose programs are of this system, in a graph with programs of Windows."


def missing() -> str:
    """Why nothing can be run under Wine here; empty when it can."""
    for name in (COMPILER, "winegcc", "winebuild"):
        if not (shutil.which(name) or shutil.which(name, path=PLACES)):
            return f"{name} is not installed"
    return "" if loader() else "wine64 is not installed"


def without_screen() -> str:
    """Why no window can be shown here; empty when it can."""
    return next((f"{name} is not installed" for name in ("Xvfb", "xdotool") if not shutil.which(name)), "")


def loader() -> str:
    """Wine's program for programs of 64 bits; empty when there is none."""
    return shutil.which("wine64") or shutil.which("wine64", path=PLACES) or ""


def build() -> None:
    """The DLLs, when something is newer than they are."""
    subprocess.run([sys.executable, str(ROOT / "build_wine.py")], check=True, timeout=600)


def lacking() -> str:
    """What mingw-w64's headers leave out and those of the SDK have: the codes, and what p2p.lib defines."""
    text = (ROOT / "include" / "winerror.h").read_text()
    codes = re.findall(r"^#define ((?:PEER_[ES]|DRT|FACILITY_P2P)\w*) (.*)$", text, re.M)
    lines = ["#include <stdint.h>", "#include <winsock2.h>", "#include <ws2tcpip.h>", "#include <windows.h>"]
    lines += [f"#ifndef {name}\n#define {name} {value}\n#endif" for name, value in codes]
    return "\n".join(lines) + "\n"


def make_shim(folder: Path) -> None:
    """What every program of Windows is compiled with: headers, import libraries of OWN, and the SDK's GUIDs."""
    (folder / "lacking.h").write_text(lacking())
    for name in ("drt.h", "peerapi.h", "peerapi_compiler.h"):  # those that mingw-w64 does not have at all
        shutil.copy(ROOT / "include" / name, folder)
    guids = folder / "guids.c"  # which the SDK has in p2p.lib
    guids.write_text("#include <initguid.h>\n#include <p2p.h>\n")
    mingw(*FLAGS, f"-I{folder}", "-include", "lacking.h", "-c", guids, "-o", folder / "guids.o")
    for name in OWN:
        functions = re.findall(r"^@ stdcall (\w+)", (BRIDGE / f"{name}.spec").read_text(), re.M)
        wanted = [one for one in functions if name != "p2p" or one.startswith("Peerx")]
        definition = folder / f"{name}.def"
        definition.write_text("\n".join([f"LIBRARY {name}.dll", "EXPORTS", *wanted]) + "\n")
        subprocess.run([DLLTOOL, "-d", definition, "-l", folder / f"lib{name}-own.a"], check=True, timeout=120)


def precompile(folder: Path) -> None:
    """A shim with which many programs are compiled: its headers, which are most of each compilation, are read now, once
    for programs of either width."""
    make_shim(folder)
    (folder / "lacking.h.gch").mkdir()
    for name, flags in {"narrow": (), "wide": ("-municode",)}.items():
        target = folder / "lacking.h.gch" / name
        mingw(*FLAGS, *flags, f"-I{folder}", "-xc-header", folder / "lacking.h", "-o", target)


def mingw(*words: str | Path) -> None:
    subprocess.run([COMPILER, *words], check=True, timeout=300)


class Wine:
    """Where programs are compiled and run, for one process of tests; ``shim`` is a folder that was filled by
    ``make_shim`` or ``precompile``."""

    def __init__(self, folder: Path, shim: Path) -> None:
        self.folder, self.shim = folder, shim
        self.prefix = folder / "prefix"
        (self.prefix / "dosdevices").mkdir(parents=True)
        (self.prefix / "drive_c" / "windows" / "system32").mkdir(parents=True)
        (self.prefix / "dosdevices" / "c:").symlink_to("../drive_c")
        (self.prefix / "dosdevices" / "z:").symlink_to("/")
        (self.prefix / ".update-timestamp").write_text("disable\n")

    @property
    def environment(self) -> dict[str, str]:
        """What a program under Wine is given."""
        return {
            **os.environ,
            "WINEPREFIX": str(self.prefix),
            "WINEBOOTSTRAPMODE": "1",
            "WINEDLLPATH": str(BRIDGE),
            "WINEDEBUG": "-all",
        }

    def compile(self, source: Path, *flags: str) -> Path:
        """A program of Windows."""
        made = self.folder / f"{source.stem}.exe"
        if not made.exists():
            folders = (f"-I{SOURCES}", f"-I{ROOT / PROGRAM}", f"-I{self.shim}")
            own = [f"-L{self.shim}", *(f"-l{name}-own" for name in OWN)]
            first = ("-include", "lacking.h")
            mingw(*FLAGS, *folders, *first, source, *flags, "-o", made, self.shim / "guids.o", *own, *LIBRARIES)
        return made

    def run(
        self, program: Path, *arguments: str, cwd: Path | None = None, env: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """What a program has said, and its exit code."""
        return subprocess.run(
            self.command(program, *arguments),
            env={**self.environment, **(env or {})},
            cwd=cwd,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    def command(self, program: Path, *arguments: str) -> Sequence[str]:
        """What runs a program."""
        return [loader(), str(program), *arguments]

    def script(self, program: Path, native: Path | None = None) -> Path:
        """A file that runs a program of Windows, whatever the environment is, as if it were one of this system.

        With ``native``, the same program compiled for this system, it runs that one for everybody whose home is called
        as one of NATIVES: others' nodes are then of the other system.
        """
        made = self.folder / ("mixed" if native else "all of Windows") / program.stem
        made.parent.mkdir(exist_ok=True)
        names = ("WINEPREFIX", "WINEBOOTSTRAPMODE", "WINEDLLPATH", "WINEDEBUG")
        lines = ["#!/bin/sh"]
        if native:
            ours = shlex.quote(str(native))
            lines.append(f'case "${{PEERAPI_HOME##*/}}" in {"|".join(NATIVES)}) exec {ours} "$@" ;; esac')
        lines += [f"export {name}={shlex.quote(self.environment[name])}" for name in names]
        lines.append(f'exec {shlex.join(self.command(program))} "$@"')
        made.write_text("\n".join(lines) + "\n")
        made.chmod(0o755)
        return made
