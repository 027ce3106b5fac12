"""``peerapi wine``: runs a Windows program under Wine with the Peer-to-Peer API of this system (docs/wine.md)."""

from __future__ import annotations

import filecmp
import os
import shutil
import subprocess
from pathlib import Path

import click

from peerapi.cli.commands import Command, Failure
from peerapi.cli.config import PACKAGE
from peerapi.host.windows_programs import is_path, located, prefix

NAMES = ("p2p", "p2pgraph", "p2pcollab", "drt", "drtprov", "drttransport")
"The DLLs of the bridge."
PLACES = "/usr/lib/wine:/usr/lib/wine-stable:/opt/wine-stable/bin:/opt/wine-devel/bin"
"Where Wine is when it is not on the path: Debian's, WineHQ's."
MACHINES = {0x14C: "32-bit x86", 0x1C4: "32-bit ARM", 0xAA64: "64-bit ARM"}
X86_64 = 0x8664
OF_ANOTHER = ("WINELOADERNOEXEC", "WINEPRELOADRESERVE", "WINESERVERSOCKET")
"What Wine tells a process that it has begun. A host that such a process has started hands it on, and it is not meant."


class WineFailure(Failure):
    """Why a program cannot be run."""

    def __init__(self, sentence: str) -> None:
        super().__init__("peerapi wine", sentence)


def folder() -> Path:
    """The bridge's DLLs. PEERAPI_WINE names another folder than that of the source tree."""
    named = os.environ.get("PEERAPI_WINE")
    place = Path(named) if named else PACKAGE.parent / "build" / "wine"
    if not (place / "p2p.dll.so").exists():
        raise WineFailure(f"no DLLs for Wine in {place}: `make wine` builds them, PEERAPI_WINE names another folder")
    return place


def loader() -> str:
    """Wine's program for 64-bit programs."""
    for name in ("wine64", "wine"):
        found = shutil.which(name) or shutil.which(name, path=PLACES)
        if found:
            return found
    raise WineFailure("Wine is not installed (Debian, Ubuntu: apt-get install wine wine64)")


def machine(program: Path) -> int | None:
    """The processor that a program is for, as its header says it; None: it is no Windows program."""
    try:
        with program.open("rb") as file:
            head = file.read(64)
            if len(head) < 64 or head[:2] != b"MZ":
                return None
            file.seek(int.from_bytes(head[60:64], "little"))
            signature = file.read(6)
    except OSError as error:
        raise WineFailure(f"{program}: {error.strerror}") from error
    return int.from_bytes(signature[4:], "little") if signature[:4] == b"PE\0\0" else None


def environment(bridge: Path) -> dict[str, str]:
    """What Wine is told: where the DLLs are, and that they are its own."""
    made = {name: value for name, value in os.environ.items() if name not in OF_ANOTHER}
    made["WINEDLLPATH"] = os.pathsep.join(filter(None, (str(bridge), made.get("WINEDLLPATH"))))
    made["WINEDLLOVERRIDES"] = ";".join(filter(None, (f"{','.join(NAMES)}=b", made.get("WINEDLLOVERRIDES"))))
    made.setdefault("WINEDEBUG", "-all")  # what Wine says of itself is not the program's
    return made


def set_up(bridge: Path, wine: str) -> None:
    """The prefix has the DLLs: a file in system32 for each tells Wine that there is one of its own."""
    system = prefix() / "drive_c" / "windows" / "system32"
    if not (system / "kernel32.dll").exists():
        quiet = {**environment(bridge), "WINEDLLOVERRIDES": "mscoree,mshtml,winemenubuilder.exe="}  # asks nobody
        prefix().parent.mkdir(parents=True, exist_ok=True)
        command = [wine, "wineboot", "-i"]
        made = subprocess.run(command, env=quiet, stdin=subprocess.DEVNULL, capture_output=True, check=False)
        if not (system / "kernel32.dll").exists():
            said = made.stderr.decode(errors="replace").strip().splitlines()
            why = said[-1] if said else f"exit code {made.returncode}"
            raise WineFailure(f"Wine could not set up {prefix()}: {why}")
    for name in NAMES:
        here, there = bridge / f"{name}.dll", system / f"{name}.dll"
        if not (there.exists() and filecmp.cmp(here, there, shallow=False)):
            fresh = there.with_suffix(f".{os.getpid()}")
            shutil.copyfile(here, fresh)
            fresh.replace(there)


@click.command("wine", cls=Command, context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.argument("program", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def command(program: Path, arguments: tuple[str, ...]) -> None:
    """Run a Windows program (PROGRAM.EXE) under Wine, in one graph with the programs of this system.

    It has your identities, groups and graphs: those of PEERAPI_HOME, else of your data folder. Wine's own folder
    (WINEPREFIX, else ~/.wine) is made when it is not there yet, and gets the DLLs of the API. A path of Windows, as in
    'C:\\Chat\\chat.exe', is one there.
    """
    if is_path(str(program)):
        program = located(str(program))
    found = machine(program)
    if found is None:
        raise WineFailure(f"{program} is no Windows program")
    if found != X86_64:
        processor = MACHINES.get(found, "another processor")
        raise WineFailure(f"{program} is for {processor}: the bridge is for 64-bit x86 programs only")
    bridge, wine = folder(), loader()
    set_up(bridge, wine)
    os.execve(wine, [wine, str(program), *arguments], environment(bridge))
