"""The pages of a PDF as pictures, made by a process of its own with bounds on memory, time and what it says.

A PDF comes from anywhere, and what reads it is a large program in C++. So it runs where a fault of it harms nobody:
when it crashes, hangs, or takes all there is, the person is told a sentence, and nothing else has happened. What it
says is looked at like what comes from somebody else.
"""

from __future__ import annotations

import importlib.util
import json
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import trio

from peerapi.activities import pictures
from peerapi.errors import os_sentence
from peerapi.pages.requests import Refused

RENDERER = Path(__file__).with_name("renderer.py")
MOST_PDF = 64 << 20
"Bytes of a PDF."
MOST_PAGES = 200
LONGEST = 1600
"Pixels of the longer side of a page."
MOST_PICTURE = 236 << 10
"Bytes of the picture of a page."
MOST_TEXT = 2000
"Characters of the text of a page that go with it."
MOST_LINE = 12 * MOST_TEXT + 1000
"Bytes of a line: JSON has up to twelve for a character."
MEMORY = 1 << 30
"Bytes of memory that the process may have."
SILENT = 30.0
"Seconds in which it says something, and for the PDF to be read."
ALTOGETHER = 300
"Seconds of the processor's time."
WHOLE = 1200.0
"Seconds in which all pages have to be there, however often it says something."
TOO_MANY = f"a presentation has up to {MOST_PAGES} pages"
TOO_LONG = "this PDF cannot be shown: it takes too long"
BROKEN = "this PDF cannot be shown: what reads it has failed over it"
MISSING = "presentations need pypdfium2 and Pillow, which are not installed here: pip install 'peerapi[slides]'"
_READ = 64 << 10


class Page(NamedTuple):
    """One page, as the others see it."""

    picture: bytes
    text: str


def check() -> None:
    """Raises Refused where something is missing that is needed to show a PDF; to look on, nothing is."""
    if importlib.util.find_spec("pypdfium2") is None or importlib.util.find_spec("PIL") is None:
        raise Refused(MISSING)


async def rendered(pdf: bytes, progress: Callable[[int, int], None] = lambda page, pages: None) -> list[Page]:
    """All pages. Raises Refused."""
    bounds = [str(one) for one in (MOST_PAGES, LONGEST, MOST_PICTURE, MOST_TEXT)]
    try:
        process = await trio.lowlevel.open_process(
            [sys.executable, "-I", str(RENDERER), *bounds],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env={},
        )
    except OSError as error:  # as many processes or descriptors are there as may be
        raise Refused(f"this PDF cannot be shown just now: {os_sentence(error)}") from error
    try:
        assert process.stdin is not None and process.stdout is not None
        bound(process.pid)  # before it reads the first byte of the PDF
        refused: Refused | None
        made: list[Page] = []
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_feed, process.stdin, pdf)
            refused = Refused(TOO_LONG)
            with trio.move_on_after(WHOLE):
                try:
                    made, refused = await _Said(process.stdout).pages(progress), None
                except Refused as error:
                    refused = error
            nursery.cancel_scope.cancel()
        if refused is not None:
            raise refused
        return made
    finally:
        with trio.CancelScope(shield=True):
            process.kill()
            await process.wait()


def bound(process: int) -> None:
    """What the process may have at most: memory, time, and no file that it makes."""
    for what, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, ALTOGETHER),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        _set(process, what, most)


def _set(process: int, what: int, most: int) -> None:
    try:
        resource.prlimit(process, what, (most, most))
    except (ProcessLookupError, PermissionError):  # it has ended already, which its silence will tell
        return


async def _feed(inlet: trio.abc.SendStream, pdf: bytes) -> None:
    try:
        await inlet.send_all(pdf)
        await inlet.aclose()
    except trio.BrokenResourceError:  # it has said why, or is silent
        return


class _Said:
    """What the process says, of which nothing is believed."""

    def __init__(self, outlet: trio.abc.ReceiveStream) -> None:
        self._outlet = outlet
        self._waiting = bytearray()

    async def pages(self, progress: Callable[[int, int], None]) -> list[Page]:
        """Raises Refused."""
        count = _number((await self._line()).get("pages"), 1 << 31)
        if count > MOST_PAGES:
            raise Refused(f"{TOO_MANY}, and this PDF has {count:,}")
        if not count:
            raise Refused("this PDF has no pages")
        made: list[Page] = []
        while len(made) < count:
            progress(len(made) + 1, count)
            said = await self._line()
            text = said.get("text")
            picture = await self._bytes(_number(said.get("picture"), MOST_PICTURE))
            if pictures.size_of(picture[: pictures.HEAD], len(picture)) is None or not isinstance(text, str):
                raise Refused(BROKEN)
            made.append(Page(picture, "".join(one if one.isprintable() else " " for one in text[:MOST_TEXT]).strip()))
        return made

    async def _line(self) -> dict[str, Any]:
        while b"\n" not in self._waiting:
            if len(self._waiting) > MOST_LINE:
                raise Refused(BROKEN)
            await self._more()
        line, _, rest = bytes(self._waiting).partition(b"\n")
        self._waiting = bytearray(rest)
        try:
            said = json.loads(line)
        except (ValueError, RecursionError):
            said = None
        if not isinstance(said, dict):
            raise Refused(BROKEN)
        if isinstance(said.get("error"), str):
            raise Refused(f"this PDF cannot be shown: {said['error'][:100]}")
        return said

    async def _bytes(self, count: int) -> bytes:
        while len(self._waiting) < count:
            await self._more()
        found = bytes(self._waiting[:count])
        del self._waiting[:count]
        return found

    async def _more(self) -> None:
        data = b""
        with trio.move_on_after(SILENT) as waiting:
            data = bytes(await self._outlet.receive_some(_READ))
        if waiting.cancelled_caught:
            raise Refused(TOO_LONG)
        if not data:
            raise Refused(BROKEN)
        self._waiting += data


def _number(value: object, most: int) -> int:
    """Raises Refused."""
    if type(value) is not int or not 0 <= value <= most:
        raise Refused(BROKEN)
    return value
