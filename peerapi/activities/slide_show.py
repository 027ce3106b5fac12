"""A presentation that is open here: a PDF that is dropped in, the pages for this node's windows, and who leads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

import trio

from peerapi import Graph, Record
from peerapi.activities import rendering, slide_records
from peerapi.activities.activity import Beside, Table
from peerapi.activities.rendering import Page
from peerapi.activities.running import MOST_RECORDS, MOST_RESERVED
from peerapi.activities.slide_records import MOST_WORDS, PAGES, Show, standing
from peerapi.pages.requests import Refused

ROOM, MOST_LEADING = 1000, 200
"Records that stay for leading, and bytes of each."


class SlideShow(Beside):
    answers = frozenset({"lead", "answered"})

    def __init__(self, table: Table) -> None:
        self._table = table
        self._read: Sequence[Record] | None = None
        self._known = Show()
        self._busy = False
        self._said = ""

    async def run(self, graph: Graph) -> None:
        await trio.sleep_forever()

    def view(self) -> Mapping[str, Any]:
        """``said``: how far a PDF is that was dropped in here."""
        return {"said": self._said}

    async def ask(self, what: str, fields: Mapping[str, Any]) -> None:
        self._check()
        show = self._show()
        if what == "lead":
            if show.deck is None or fields["page"] >= show.deck.count:
                raise Refused("there is no such page")
            await self._table.publish(slide_records.leading(fields["page"], show.number + 1), PAGES)
        else:
            await self._table.publish(slide_records.answered(UUID(fields["question"])), PAGES)

    def page(self, deck: UUID, number: int) -> Page | None:
        """One that is here whole."""
        found = self._show().decks.get(deck)
        shown = None if found is None else found.pages.get(number)
        picture = None if shown is None else shown.picture
        return None if shown is None or picture is None else Page(picture, shown.text)

    # ---- showing a PDF ----

    def begin(self) -> None:
        """A PDF is about to be dropped in. Raises Refused."""
        self._check()
        rendering.check()
        if self._busy:
            raise Refused("another PDF is being read already")

    async def show(self, pdf: bytes, name: str) -> None:
        """Its pages go to all. Raises Refused."""
        self.begin()
        self._busy = True
        try:
            pages = await rendering.rendered(pdf, self._tell_progress)
            self._tell("The pages are sent ...")
            await self._publish(pages, name)
        finally:
            self._busy = False
            self._tell("")

    async def _publish(self, pages: Sequence[Page], name: str) -> None:
        deck = uuid4()
        records = [one for number, page in enumerate(pages) for one in slide_records.parts(deck, number, page)]
        own = [len(one.data) for one in self._table.records() if one.creator == self._table.me]
        size = sum(own) + sum(map(len, records))
        if len(own) + len(records) > MOST_RECORDS - ROOM or size > MOST_RESERVED - ROOM * MOST_LEADING:
            raise Refused("there is no room for so many pages here: begin another presentation")
        words = "".join(one for one in name if one.isprintable()).encode()[:MOST_WORDS].decode(errors="ignore")
        begin = slide_records.beginning(deck, len(pages), words or "Pages", self._show().number + 1)
        for data in (begin, *records):
            await self._table.publish(data, PAGES)

    def _check(self) -> None:
        """Raises Refused."""
        if self._table.me != self._table.begun.by:
            raise Refused("only who has begun it adds pages and leads")

    def _tell_progress(self, page: int, pages: int) -> None:
        self._tell(f"Page {page} of {pages} is read ...")

    def _tell(self, words: str) -> None:
        self._said = words
        self._table.tell_beside()

    def _show(self) -> Show:
        records = self._table.records()
        if records is not self._read:
            self._read, self._known = records, standing(self._table.begun.by, records)
        return self._known
