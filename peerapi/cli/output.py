"""What the commands print: tables for people, one JSON object a line for programs, and how far long work has come.

Whatever comes out of a graph was written by somebody else, so nothing of it reaches the terminal as a control
character.
"""

from __future__ import annotations

import base64
import json
import sys
import time
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import IO, Any
from uuid import UUID

from peerapi.text import printable

EVERY = 0.1
"Seconds between two pictures of the progress."
BAR = 30


def width(text: str) -> int:
    """Columns on a terminal."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in text
    )


def cut(text: str, most: int) -> str:
    """At most that many columns, the last of them an ellipsis when something is missing."""
    if width(text) <= most:
        return text
    kept = ""
    for character in text:
        if width(kept + character) > most - 1:
            break
        kept += character
    return kept + "…"


def table(headings: Sequence[str], rows: Iterable[Sequence[object]], *, right: Iterable[int] = ()) -> str:
    """Columns as wide as they have to be; those in ``right`` are aligned to the right."""
    lines = [list(headings), *([printable(str(cell)) for cell in row] for row in rows)]
    widths = [max(width(line[column]) for line in lines) for column in range(len(headings))]
    to_the_right = set(right)

    def padded(line: list[str]) -> str:
        cells = []
        for column, cell in enumerate(line):
            space = " " * (widths[column] - width(cell))
            cells.append(space + cell if column in to_the_right else cell + space)
        return "  ".join(cells).rstrip()

    return "\n".join(map(padded, lines))


def facts(pairs: Iterable[tuple[str, object]]) -> str:
    """Names and values below each other; None is left out."""
    known = [(name, printable(str(value))) for name, value in pairs if value is not None]
    longest = max(len(name) for name, _ in known)
    return "\n".join(f"{name.ljust(longest)}  {value}" for name, value in known)


def size(count: int) -> str:
    """Bytes as people say them."""
    amount, unit = float(count), "B"
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if amount < 1000 or unit == "TB":
            break
        amount /= 1000
    return f"{count} B" if unit == "B" else f"{amount:.1f} {unit}"


def local(moment: datetime) -> str:
    """In this machine's own time."""
    return moment.astimezone().strftime("%Y-%m-%d %H:%M:%S")


def data_preview(data: bytes, most: int = 48) -> str:
    """Text when it is text, otherwise its first bytes in hexadecimal."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = "\0"
    return cut(data[:most].hex(" ") if "\0" in text else printable(text[: 4 * most]), most)


# ---- for programs ----


def as_json(value: object) -> str:
    """One line. UUIDs and times are strings;
    bytes are ``{"text": ...}`` when they are UTF-8, else ``{"base64": ...}``."""
    text = json.dumps(value, default=_plain, ensure_ascii=False)
    return "".join(one if one.isprintable() else json.dumps(one)[1:-1] for one in text)


def _plain(value: object) -> Any:
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        try:
            return {"text": value.decode("utf-8")}
        except UnicodeDecodeError:
            return {"base64": base64.b64encode(value).decode("ascii")}
    raise TypeError(f"no JSON for {value!r}")


# ---- long work ----


class Progress:
    """A bar on a terminal's stderr; nothing where nobody looks at it."""

    def __init__(self, what: str, stream: IO[str] | None = None) -> None:
        self._what = what
        self._stream = sys.stderr if stream is None else stream
        self._seen = self._stream.isatty()
        self._next = 0.0
        self._drawn = False

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        if self._drawn:
            self._stream.write("\r\x1b[K")
            self._stream.flush()

    def __call__(self, done: int, all: int | None = None) -> None:
        """``done`` of ``all``, or so far."""
        now = time.monotonic()
        if not self._seen or now < self._next:
            return
        self._next = now + EVERY
        self._drawn = True
        self._stream.write(f"\r{self.line(done, all)}\x1b[K")
        self._stream.flush()

    def line(self, done: int, all: int | None) -> str:
        if not all:
            return f"{self._what}: {done:,}"
        share = min(1.0, done / all)
        full = int(share * BAR)
        return f"{self._what}: [{'#' * full}{'.' * (BAR - full)}] {share:4.0%}"
