"""The comments of a document that is open here: what comes of the graph, what windows are told, and what they ask."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from peerapi import Graph, PeerError, Record
from peerapi.activities.document import comments
from peerapi.activities.document.comments import COMMENT, COMMENTS, Comments, Said
from peerapi.activities.document.shared_text import SharedText
from peerapi.activities.document.updates import Malformed
from peerapi.pages.broadcast import News
from peerapi.pages.requests import Refused


class Remarks:
    """``changed`` is called when there is something new; ``me`` is this node's user."""

    def __init__(self, me: str, lifetime: timedelta, changed: Callable[[], None]) -> None:
        self._me = me
        self._lifetime = lifetime
        self._changed = changed
        self._comments = Comments()
        self._open: tuple[Graph, SharedText] | None = None
        self.refused: set[UUID] = set()
        "Records that were not believed, the first of them."

    async def open(self, graph: Graph, shared: SharedText) -> None:
        """Take what is there."""
        self._open = graph, shared
        await self.read(graph)
        self._changed()

    async def read(self, graph: Graph) -> None:
        for record in await graph.records(COMMENT):
            self.take(record)

    def take(self, record: Record) -> None:
        """What cannot be is passed over and counted."""
        try:
            if self._comments.take(record):
                self._changed()
        except Malformed:
            if len(self.refused) < comments.MOST_OF_ONE:
                self.refused.add(record.id)
                self._changed()

    def forget(self, id: UUID) -> None:
        """A record was deleted."""
        if self._comments.forget(id):
            self._changed()

    # ---- what windows are told ----

    def told(self) -> News | None:
        """The comments, and where their passages are in the text as it is now."""
        if self._open is None:
            return None
        _, shared = self._open
        threads = []
        for one in self._comments.listed():
            threads.append(
                {
                    **_told(one.comment),
                    "on": one.comment.fields["on"],
                    "at": shared.passage(*one.ends),
                    "answers": [_told(each) for each in one.answers],
                    "done": list(dict.fromkeys(each.by for each in one.done_by)),
                }
            )
        return {"is": COMMENTS, "threads": threads}

    # ---- what this node's user does ----

    async def comment(self, begin: int, end: int, words: str) -> None:
        """On the passage between two places. Raises Refused."""
        _, shared = self._ready()
        first, last = shared.unit_at(begin), shared.unit_at(end - 1)
        if begin >= end or first is None or last is None:
            raise Refused("a comment needs a passage: choose some text first")
        await self._add(comments.comment((first, last), shared.text[begin:end], words))

    async def answer(self, to: UUID, words: str) -> None:
        """Raises Refused."""
        await self._add(comments.answer(self._comments.thread(to).comment.id, words))

    async def settle(self, to: UUID, *, done: bool) -> None:
        """Say that a comment is dealt with, or take that back. Raises Refused."""
        if done:
            await self._add(comments.done(self._comments.thread(to).comment.id))
            return
        data, own = self._comments.reopened(to, self._me)
        if data is not None:
            await self._add(data)
        for id in own:
            await self._delete(id)

    async def withdraw(self, id: UUID) -> None:
        """Delete a comment or an answer of one's own. Raises Refused."""
        if self._comments.said(id).by != self._me:
            raise Refused("only who has said it takes it back")
        await self._delete(id)

    async def _add(self, data: bytes) -> None:
        graph, _ = self._ready()
        try:
            self.take(await graph.get(await graph.add(COMMENT, data, expires=self._lifetime, autorefresh=True)))
        except PeerError as error:
            raise Refused(str(error)) from error

    async def _delete(self, id: UUID) -> None:
        graph, _ = self._ready()
        try:
            await graph.delete(id)
        except PeerError as error:
            raise Refused(str(error)) from error
        self.forget(id)

    def _ready(self) -> tuple[Graph, SharedText]:
        if self._open is None or self._open[0].closed:
            raise Refused("nobody who has it could be reached yet")
        return self._open


def _told(said: Said) -> News:
    return {"id": str(said.id), "by": said.by, "when": said.time, "says": said.fields["says"]}
