"""Documents that people hand to each other as files: invitations, identities. A C program writes them in UTF-8 or, as
those made for Windows do, in UTF-16 with a byte order mark."""

from __future__ import annotations

import codecs
import contextlib
import sys
from pathlib import Path


def document(path: Path, most: int = -1) -> str:
    """The text of a file (``-``: of standard input), without a byte order mark; ``most``: bytes that are read. Raises
    OSError."""
    with contextlib.nullcontext(sys.stdin.buffer) if path == Path("-") else path.open("rb") as file:
        data = file.read(most + 1 if most >= 0 else -1)
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    if not wide and data[1:2] == b"\0":  # UTF-16 as it lies in memory, of a stream that was opened with "wb"
        return data.decode("utf-16-le", errors="replace").rstrip("\0")
    return data.decode("utf-16" if wide else "utf-8-sig", errors="replace")
