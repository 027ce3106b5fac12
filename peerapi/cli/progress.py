"""How far long work has come: a bar on a terminal's stderr with what there is in all, the rate and the time left;
nothing where nobody looks at it."""

from __future__ import annotations

import sys
import time
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

EVERY = 0.1
"Seconds between two pictures of the progress."


class Progress:
    """Called with how much is done, of how much if that is known; drawn while its ``with`` block lasts."""

    def __init__(self, what: str, unit: str = "records", stream: IO[str] | None = None) -> None:
        self._what = what
        self._unit = unit
        self._stream = sys.stderr if stream is None else stream
        self._seen = self._stream.isatty()
        self._next = 0.0
        self._began = time.monotonic()
        self._bar: Bar | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def __call__(self, done: int, all: int | None = None) -> None:
        """``done`` of ``all``, or so far. May be called for every record."""
        if not self._seen:
            return
        now = time.monotonic()
        if now >= self._next:
            self._next = now + EVERY
            self._draw(done, all)

    def _draw(self, done: int, all: int | None) -> None:
        rate = done / max(time.monotonic() - self._began, 0.001)
        of = f"{done:,}" if all is None else f"{done:,} of {all:,}"
        counted = f"{of} {self._unit}, {rate:,.0f} a second"
        if self._bar is None or self._task is None:
            self._bar = self._made()
            self._task = self._bar.add_task(self._what, total=all, counted=counted)
            self._bar.start()
        self._bar.update(self._task, completed=done, total=all, counted=counted, refresh=True)

    def _made(self) -> Bar:
        from rich.console import Console
        from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
        from rich.progress import Progress as Bar

        return Bar(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[counted]}"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=Console(file=self._stream, stderr=self._stream is sys.stderr),
            transient=True,
            auto_refresh=False,
        )
