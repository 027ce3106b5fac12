"""Programs of Windows that somebody has registered by a path of theirs, as in ``C:\\Chat\\chat.exe``: ``peerapi wine``
runs them (docs/wine.md)."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from peerapi.environment import home_folder, variable

_PATH = re.compile(r"[A-Za-z]:[\\/]")
_CODE = "import runpy, sys; sys.path.insert(0, sys.argv.pop(1)); runpy.run_module('peerapi', run_name='__main__')"


def prefix() -> Path:
    """Where Wine keeps its drives and its registry."""
    given = variable("WINEPREFIX")
    return Path(given) if given else home_folder() / ".wine"


def is_path(path: str) -> bool:
    """Whether this is a full path of Windows."""
    return _PATH.match(path) is not None


def located(path: str) -> Path:
    """The file of this system that a full path of Windows names. Small and capital letters are the same there, as long
    as no file has exactly that name."""
    found = prefix() / "dosdevices" / path[:2].lower()
    for name in filter(None, re.split(r"[\\/]", path[3:])):
        there = found / name
        if not there.exists() and found.is_dir():
            there = next((one for one in found.iterdir() if one.name.casefold() == name.casefold()), there)
        found = there
    return found


def command(program: Path) -> list[str]:
    """What runs a program of Windows; its arguments follow."""
    root = str(Path(__file__).parents[2])
    return [sys.executable, "-I", "-c", _CODE, root, "wine", str(program)]
