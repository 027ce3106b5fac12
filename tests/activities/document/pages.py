"""Pages of a document without a browser, and waiting for what a document says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from uuid import UUID

import trio

from peerapi.activities.document.deltas import Delta, applied
from peerapi.activities.document.kind import Document
from peerapi.activities.document.running import RunningDocument
from peerapi.activities.document.window import DocumentWindow
from peerapi.pages.broadcast import News
from tests.activities.test_nodes import Member


class Page(DocumentWindow):
    """A window without a browser: it takes what it is told as document.js does, at once."""

    def __init__(self, running: RunningDocument, name: str) -> None:
        """``name``: a letter of those that hexadecimal numbers have."""
        super().__init__(running)
        self.name = name * 16
        self.made = 0
        self.shown = ""
        self.told: dict[str, News] = {}
        "What was told last of each kind."
        self.known_stored = 0
        "How many of its changes are in the graph."
        self._news = trio.Event()

    def opened(self) -> None:
        """The text as it is."""
        self._running.windows.add(self)
        for one in self.snapshot():
            self.told[one["is"]] = one
        self.shown = self.told["text"]["text"]
        self._seen(self.told["text"]["number"])

    def tell(self, news: News) -> None:
        self.told[news["is"]] = news
        if news["is"] == "change":
            self.shown = applied(self.shown, news["delta"])
            self._seen(news["number"])
        elif news["is"] == "stored":
            self.known_stored = news["count"]
        self._news.set()
        self._news = trio.Event()

    def type(self, *delta: int | str) -> None:
        self.made += 1
        made: Delta = list(delta)
        self._edit(self.name, self.made, self._number, made)
        self.shown = applied(self.shown, made)

    async def until_stored(self) -> None:
        """As soon as all that it has typed is in the graph."""
        await self.until(lambda: self.known_stored >= self.made)

    async def until(self, condition: Callable[[], bool]) -> None:
        """As soon as that is so after something that it was told."""
        while not condition():
            await self._news.wait()


def running(member: Member, id: UUID) -> RunningDocument:
    """The document that is open at a member."""
    found = member.running(id)
    assert isinstance(found, RunningDocument)
    return found


async def until(documents: Sequence[RunningDocument], condition: Callable[[RunningDocument], object]) -> None:
    """As soon as that is so of all of them."""
    for one in documents:
        while not condition(one):
            await one.changed()


async def until_text(documents: Sequence[RunningDocument], text: str) -> None:
    """As soon as that is the text of all of them."""
    await until(documents, lambda one: one.text == text)


async def opened(members: Sequence[Member]) -> tuple[UUID, list[RunningDocument]]:
    """A document of the first one, at all of them."""
    ann = members[0]
    await ann.until(lambda: ann.beside.is_ready)
    id = await ann.beside.begin(Document.kind)
    for other in members[1:]:
        await other.listed(1)
        await other.beside.open(id)
    documents = [running(member, id) for member in members]
    await until(documents, lambda one: one.state()["ready"])
    return id, documents
