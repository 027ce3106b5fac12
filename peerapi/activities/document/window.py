"""One browser window at a document: which text it shows, and what it is told so that it shows the same as all.

One change is under way to a page at a time. The page takes it when it has typed nothing that the change does not know
of; else it passes it over, and is told anew with the answer to what it has typed. So a page never merges anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Protocol
from uuid import UUID

from peerapi.activities.document import deltas, updates
from peerapi.activities.document.authors import AUTHORS
from peerapi.activities.document.comments import COMMENTS, MOST_SAID, is_said
from peerapi.activities.document.deltas import Delta
from peerapi.activities.document.history import History
from peerapi.activities.document.remarks import Remarks
from peerapi.activities.document.versions import MOST_NAME, is_name
from peerapi.pages.broadcast import Broadcast, News
from peerapi.pages.requests import Language, Refused, a_number, is_bool, is_id, matching, one_of
from peerapi.pages.serving import Window

MOST_PARTS = 64
MOST_TYPED = 100_000
"Characters that are put in at once."
_MOST_NUMBER = (1 << 53) - 1


def _is_delta(value: Any) -> bool:
    return (
        isinstance(value, list)
        and 0 < len(value) <= MOST_PARTS
        and all(
            (0 < len(part) <= MOST_TYPED and updates.without_forbidden(part) == part)
            if isinstance(part, str)
            else type(part) is int and part != 0 and abs(part) <= 1 << 30
            for part in value
        )
    )


LANGUAGE = Language(
    {
        "edit": {
            "window": "window",
            "count": "number",
            "seen": "number",
            "delta": "delta",
            "from": "number?",
            "to": "number?",
        },
        "seen": {"seen": "number"},
        "again": {"count": "number", "seen": "number"},
        "caret": {"count": "number", "seen": "number", "from": "number", "to": "number"},
        "undo": {},
        "redo": {},
        "show": {"what": "places", "on": "bool"},
        "comment": {"count": "number", "seen": "number", "from": "number", "to": "number", "says": "words"},
        "answer": {"to": "id", "says": "words"},
        "settle": {"to": "id", "on": "bool"},
        "withdraw": {"id": "id"},
        "keep": {"name": "name"},
        "version": {"key": "key"},
        "go back": {"key": "key"},
        "delete version": {"key": "key"},
    },
    {
        "window": matching(re.compile("[0-9a-f]{16}", re.ASCII)),
        "number": a_number(0, _MOST_NUMBER),
        "delta": _is_delta,
        "places": one_of(AUTHORS, COMMENTS),
        "bool": is_bool,
        "words": is_said,
        "id": is_id,
        "name": is_name,
        "key": matching(re.compile("[0-9a-f]{32}", re.ASCII)),
    },
    {"words": f"a comment has up to {MOST_SAID} bytes, and 50 lines", "name": f"a name has up to {MOST_NAME} bytes"},
)
"What a page may ask."
_PARAMETERS = {"window": "key", "from": "begin", "to": "end"}
"Fields of what is typed that would be odd names here."
_REMARKS = ("comment", "answer", "settle", "withdraw")
_HISTORY = ("keep", "version", "go back", "delete version")


class Written(Protocol):
    """A document that is open here, for its windows."""

    broadcast: Broadcast
    counts: dict[str, int]
    "Window -> how many changes of it are in the text."
    windows: set[DocumentWindow]
    remarks: Remarks
    history: History

    @property
    def text(self) -> str: ...
    def edit(self, window: DocumentWindow, delta: Delta, key: str, count: int) -> None:
        """What a window has typed, as a change of the text as it is. Raises Refused."""

    async def go_back(self, key: str) -> None:
        """Make the text what it was in a version. Raises Refused."""

    def undo(self) -> bool: ...
    def redo(self) -> bool: ...
    def caret_at(self, begin: int, end: int) -> None: ...
    def state(self) -> News: ...
    def carets(self) -> News: ...
    def placed(self, what: str) -> News | None:
        """What is known of places in the text as it is now, of one sort; None when that is not known yet."""

    def window_shows(self) -> None:
        """A window is to be told of other sorts than before."""

    def window_closed(self) -> None: ...


class DocumentWindow(Window):
    """What this page has is the text before ``_coming`` and ``_after``, the changes that it has not seen yet."""

    def __init__(self, running: Written) -> None:
        super().__init__(running.broadcast)
        self._running = running
        self._key = ""
        self._count = 0
        "How many changes it has made."
        self._number = 0
        "Of the last text or change that it was told."
        self._oldest = 0
        "Of the last whole text that it was told."
        self._is_ready = False
        self._coming: Delta | None = None
        self._after: Delta = []
        self.shows: set[str] = set()
        "The sorts of places that it is told of."
        self._due: dict[str, None] = {}
        "Those that are to be told anew."

    def snapshot(self) -> Iterable[News]:
        self._number += 1
        self._oldest = self._number
        self._is_ready, self._coming, self._after = False, None, []
        self._due = dict.fromkeys(self.shows)
        yield {"is": "begin"}
        yield self._running.state()
        yield {
            "is": "text",
            "text": self._running.text,
            "number": self._number,
            "counts": self._running.counts,
        }
        yield self._running.carets()
        yield self._running.history.told()
        yield {"is": "whole"}

    async def run(self) -> None:
        self._running.windows.add(self)
        try:
            await super().run()
        finally:
            self._running.windows.remove(self)
            self._running.window_closed()

    async def handle(self, text: str | bytes) -> None:
        what, asked = LANGUAGE.read(text)
        if what in _REMARKS:
            await self._remark(what, asked)
        elif what in _HISTORY:
            await self._look_back(what, asked)
        elif what == "edit":
            self._edit(**{_PARAMETERS.get(name, name): value for name, value in asked.items()})
        elif what == "seen":
            self._seen(asked["seen"])
        elif what == "again":
            self._again(asked["count"], asked["seen"])
        elif what == "caret":
            self._caret(asked)
        elif what == "show":
            self._show(asked["what"], on=asked["on"])
        elif not (self._running.undo() if what == "undo" else self._running.redo()):
            raise Refused(f"there is nothing of yours to {what}")

    def _edit(
        self, key: str, count: int, seen: int, delta: Delta, begin: int | None = None, end: int | None = None
    ) -> None:
        """``begin``, ``end``: of the selection then. It goes out with what was typed, in the same record."""
        if seen < self._oldest:
            return  # it is about a text that was told anew since: the page asks again
        if self._key not in ("", key):
            raise Refused("a window has one name")
        if count <= (known := self._running.counts.get(key, 0)):
            raise Refused("that was done already")
        if known != count - 1 and known != 0:
            raise Refused("something is missing before that")
        self._seen(seen)
        missing = deltas.composed(self._coming or [], self._after)
        mine, theirs = deltas.carried_over(delta, missing)
        if not deltas.fits(mine, len(self._running.text)):
            raise Refused("the text is not as long as that")
        self._key, self._count = key, count
        self._running.edit(self, mine, key, count)
        if begin is not None and end is not None:
            self._running.caret_at(deltas.moved(begin, theirs), deltas.moved(end, theirs))
        self._coming, self._after = None, theirs
        self._send()

    def _seen(self, number: int) -> None:
        if number != self._number:
            return
        self._is_ready, self._coming = True, None
        self._send()

    def _again(self, count: int, seen: int) -> None:
        """The page may have passed over what was told last."""
        if count == self._count and self._oldest <= seen < self._number:
            self._coming, self._after = None, deltas.composed(self._coming or [], self._after)
            self._send()

    def _caret(self, asked: dict[str, Any]) -> None:
        self._seen(asked["seen"])
        if self._is_known(asked):
            self._running.caret_at(*self._places(asked))

    def _is_known(self, asked: dict[str, Any]) -> bool:
        """Whether a page speaks of a text from which a way to the text as it is now is known."""
        known = self._number if self._coming is None else self._number - 1
        return (asked["count"], asked["seen"]) == (self._count, known)

    def _places(self, asked: dict[str, Any]) -> tuple[int, int]:
        """Where something is by now from which the page says where it begins and ends."""
        missing = deltas.composed(self._coming or [], self._after)
        return deltas.moved(asked["from"], missing), deltas.moved(asked["to"], missing)

    async def _look_back(self, what: str, asked: dict[str, Any]) -> None:
        history = self._running.history
        if what == "keep":
            await history.keep(asked["name"].strip())
        elif what == "go back":
            await self._running.go_back(asked["key"])
        elif what == "delete version":
            await history.withdraw(asked["key"])
        else:
            self.tell({"is": "version", "key": asked["key"], "text": await history.text(asked["key"])})

    async def _remark(self, what: str, asked: dict[str, Any]) -> None:
        remarks = self._running.remarks
        if what == "answer":
            await remarks.answer(UUID(asked["to"]), asked["says"])
        elif what == "settle":
            await remarks.settle(UUID(asked["to"]), done=asked["on"])
        elif what == "withdraw":
            await remarks.withdraw(UUID(asked["id"]))
        else:
            self._seen(asked["seen"])
            if not self._is_known(asked):
                raise Refused("the text has just changed: once more, please")
            await remarks.comment(*self._places(asked), asked["says"])

    def _show(self, what: str, *, on: bool) -> None:
        (self.shows.add if on else self.shows.discard)(what)
        self._running.window_shows()
        if on:
            self.note_places(what)

    def note_places(self, what: str) -> None:
        """What is known of places in the text is new: it is told when the page has that text."""
        if what in self.shows:
            self._due[what] = None
            self._send()

    def note(self, delta: Delta) -> None:
        """The text has changed, not by this window."""
        self._after = deltas.composed(self._after, delta)
        self._send()

    def _send(self) -> None:
        if not self._is_ready or self._coming is not None:
            return
        if self._after:
            self._number += 1
            self._coming, self._after = self._after, []
            self.tell({"is": "change", "number": self._number, "count": self._count, "delta": self._coming})
            return
        for what in list(self._due):
            if (news := self._running.placed(what)) is not None:
                del self._due[what]
                self.tell({**news, "number": self._number, "count": self._count})

    def stored(self, counts: dict[str, int]) -> None:
        """What is in the graph of what windows have typed."""
        if self._key in counts:
            self.tell({"is": "stored", "count": counts[self._key]})
