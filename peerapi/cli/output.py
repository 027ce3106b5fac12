"""What the commands print: tables for people, one JSON object a line for programs.

Whatever comes out of a graph was written by somebody else, so nothing of it reaches the terminal as a control
character.
"""

from __future__ import annotations

import base64
import contextlib
import io
import json
import os
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from peerapi.text import printable

WIDEST = 100_000
"Columns of a terminal that a table may have which is on its way to another program."
LEAST = 8
"Of a column that is folded; such as the digits of a UUID that are shown."
BETWEEN = 2
EXACT = 2**53
"Up to here, and down to its negative, every program that reads JSON has the same number (RFC 8259, section 6)."


def cut(text: str, most: int) -> str:
    """At most that many columns of a terminal, the last of them an ellipsis when something is missing."""
    from rich.cells import cell_len, set_cell_size

    return text if cell_len(text) <= most else set_cell_size(text, most - 1).rstrip() + "…"


def width() -> int:
    """How wide a table may be: ``COLUMNS``, wherever it goes; else what the terminal has, if it goes to one; else
    WIDEST, so that a program that reads it has each row in one line, whole."""
    with contextlib.suppress(ValueError):
        given = int(os.environ.get("COLUMNS", ""))
        if given > 0:
            return min(given, WIDEST)
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else WIDEST


def table(
    headings: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    right: Iterable[int] = (),
    headed: bool = True,
    most: int | None = None,
) -> str:
    """Columns as wide as they have to be; those in ``right`` are aligned to the right. Where all together are wider
    than ``most`` (without it ``width``) the widest are folded, as far as LEAST, and nothing is cut off: what is shown
    is to be typed. Without ``headed`` the headings are left out, and the columns are about as wide as with them."""
    from rich.cells import cell_len
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    to_the_right = set(right)
    cells = [[printable(str(cell)) for cell in row] for row in rows]
    room = width() if most is None else most
    if room < WIDEST:
        widest = [max(map(cell_len, column)) for column in zip(headings, *cells, strict=True)]
        room = max(room, sum(min(one, LEAST) + BETWEEN for one in widest))
    drawn = Table(
        box=None, pad_edge=False, padding=(0, BETWEEN, 0, 0), show_edge=False, header_style="", show_header=headed
    )
    for number, heading in enumerate(headings):
        drawn.add_column(
            heading,
            justify="right" if number in to_the_right else "left",
            min_width=min(len(heading), LEAST),
            no_wrap=room == WIDEST,
            overflow="fold",
        )
    for row in cells:
        drawn.add_row(*map(Text, row))
    text = io.StringIO()
    Console(file=text, width=room, color_system=None, markup=False, emoji=False, highlight=False).print(drawn)
    return "\n".join(line.rstrip() for line in text.getvalue().splitlines())


def facts(pairs: Iterable[tuple[str, object]]) -> str:
    """Names and values below each other; None is left out."""
    known = [(name, _said(value)) for name, value in pairs if value is not None]
    longest = max(len(name) for name, _ in known)
    return "\n".join(f"{name.ljust(longest)}  {value}".rstrip() for name, value in known)


def _said(value: object) -> str:
    return ("no", "yes")[value] if isinstance(value, bool) else printable(str(value))


def size(count: int) -> str:
    """Bytes as people say them."""
    amount, unit = float(count), "B"
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if amount < 1000 or unit == "TB":
            break
        amount /= 1000
    return f"{count} B" if unit == "B" else f"{amount:.1f} {unit}"


def counted(count: int, what: str) -> str:
    """So many of something: ``1 record``, ``2,000 records``."""
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"


def local(moment: datetime) -> str:
    """A moment in this machine's own time zone."""
    return moment.astimezone().strftime("%Y-%m-%d %H:%M:%S")


def data_preview(data: bytes, most: int = 48) -> str:
    """Text when it is text, otherwise its first bytes in hexadecimal."""
    start = data[: 4 * most]
    try:
        text = start.decode()
    except UnicodeDecodeError as error:  # a character may be cut at the end, and only there
        text = start[: error.start].decode() if len(data) > len(start) and error.start > len(start) - 4 else "\0"
    return cut(data[:most].hex(" ") if "\0" in text else printable(text), most)


# ---- for programs ----


def in_json(value: object) -> str:
    """One line. UUIDs, times, and numbers beyond 2^53, of which many readers would lose the last digits, are strings;
    bytes are ``{"text": ...}`` when they are UTF-8, else ``{"base64": ...}``."""
    text = json.dumps(_exact(value), default=_plain, ensure_ascii=not _has_unicode(sys.stdout.encoding))
    return text if text.isprintable() else "".join(one if one.isprintable() else json.dumps(one)[1:-1] for one in text)


def _has_unicode(encoding: str | None) -> bool:
    return (encoding or "utf-8").lower().replace("-", "").startswith("utf")


def _exact(value: object) -> object:
    if isinstance(value, int) and not -EXACT <= value <= EXACT:
        return str(value)
    if isinstance(value, Mapping):
        return {name: _exact(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_exact(one) for one in value]
    return value


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
