"""What the windows at a document are told of places in its text, beside the carets: who has written what, and comments.

What a window shows is looked for, anew after each change, and for a part of the time only.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

import trio

from peerapi.activities.document.authors import AUTHORS, Authors
from peerapi.activities.document.comments import COMMENTS
from peerapi.activities.document.remarks import Remarks
from peerapi.activities.document.shared_text import SharedText
from peerapi.activities.document.window import DocumentWindow
from peerapi.activities.running import TELLING
from peerapi.pages.broadcast import News

PAUSE = 0.3
"Seconds between two looks, at least."


class Places:
    """``members`` gives those who may have written something."""

    def __init__(
        self, windows: Collection[DocumentWindow], members: Callable[[], Iterable[str]], remarks: Remarks
    ) -> None:
        self._windows = windows
        self._members = members
        self._remarks = remarks
        self._is_said_more = False
        self._authors: Authors | None = None
        self._found: dict[str, tuple[str, News]] = {}
        "Sort -> the text that was looked at, and what was found."
        self._due = trio.Event()

    def note(self) -> None:
        """The text is another one, or windows show something else."""
        self._due.set()

    def note_remarks(self) -> None:
        """There are other comments than before."""
        self._is_said_more = True
        self._due.set()

    def told(self, what: str, text: str) -> News | None:
        """What is known of one sort about that text."""
        if what == COMMENTS:
            return self._remarks.told()
        looked_at, news = self._found.get(what, ("", None))
        return news if looked_at is text else None

    async def run(self, shared: SharedText) -> None:
        """Until cancelled."""
        while True:
            await self._due.wait()
            self._due = trio.Event()
            begin = trio.current_time()
            if self._is_said_more:
                self._is_said_more = False
                self._tell(COMMENTS)
            await self._look_for_authors(shared)
            await trio.sleep(max(PAUSE, (trio.current_time() - begin) * (1 / TELLING - 1)))

    async def _look_for_authors(self, shared: SharedText) -> None:
        if not any(AUTHORS in one.shows for one in self._windows):
            self._authors = None  # it has as much memory as the text
            return
        self._authors = self._authors or Authors(shared)
        self._authors.note(self._members())
        found = await self._authors.written()
        if found is None:
            news: News = {"is": AUTHORS, "members": [], "runs": [], "counts": []}
        else:
            news = {"is": AUTHORS, "members": found.members, "runs": found.runs, "counts": found.counts}
        self._found[AUTHORS] = shared.text, news
        self._tell(AUTHORS)

    def _tell(self, what: str) -> None:
        for window in list(self._windows):
            window.note_places(what)
