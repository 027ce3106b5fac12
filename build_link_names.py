"""The names under which a linker, dlopen and P/Invoke find libpeerapi.so.0: ``-lpeerapi``, ``-lp2p``, ``libp2p.so``.

The build files of Windows programs name import libraries, and programs that load the API at run time name DLLs. Each
of these names is a shared library of its own here, a filter (DT_FILTER in the ELF specification) of the one that has
the code: it lists the same symbols, and whoever looks one up gets it from there. A symbolic link would not survive in
a wheel, and a linker script cannot be loaded.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

SONAME = "libpeerapi.so.0"
"Its number changes when programs have to be linked anew."
NAMES = (
    "peerapi",
    *("p2p", "p2pgraph", "drt", "drtprov", "drttransport"),
    *("ws2_32", "ole32", "rpcrt4", "kernel32", "user32", "advapi32", "crypt32", "iphlpapi", "shlwapi"),
)
Run = Callable[..., None]


def symbols(library: Path) -> Iterator[tuple[str, int]]:
    """What the library exports: names, and the sizes of those that are data; 0 for functions."""
    listing = subprocess.run(
        ["nm", "-D", "--defined-only", "-S", str(library)], capture_output=True, text=True, check=True
    ).stdout
    for line in listing.splitlines():
        *numbers, kind, name = line.split()
        yield name, 0 if kind in "TtWw" else int(numbers[1], 16)


def build(library: Path, work: Path, run: Run, compiler: str) -> None:
    """Makes ``lib<name>.so`` for each of NAMES beside ``library``. ``run`` executes a command or raises."""
    source = work / "link_names.c"
    lines = ["#include <stdlib.h>", "static void missing(void)", "{", "    abort();", "}"]  # only without the library
    for name, size in symbols(library):
        if size:
            lines.append(f"__attribute__((weak)) const unsigned char {name}[{size}] = {{0}};")
        else:
            lines.append(f'void {name}(void) __attribute__((alias("missing")));')
    source.write_text("\n".join(lines) + "\n")
    unit = source.with_suffix(".o")
    run(compiler, "-c", "-fPIC", "-O1", "-fno-builtin", "-w", source, "-o", unit)
    for name in NAMES:
        target = library.with_name(f"lib{name}.so")
        fresh = target.with_name(f"{target.name}.new")
        links = [f"-Wl,-soname,{target.name}", f"-Wl,--filter={SONAME}", "-Wl,-rpath,$ORIGIN"]
        run(compiler, "-shared", "-s", "-nostartfiles", *links, unit, "-o", fresh)
        fresh.replace(target)
