"""The history of a document that is open here: versions are kept, shown and gone back to."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import trio

from peerapi import Graph, PeerError, Record
from peerapi.activities.document import versions
from peerapi.activities.document.updates import Malformed
from peerapi.activities.document.versions import MOMENT, VERSION, Version, Versions
from peerapi.pages.broadcast import News
from peerapi.pages.requests import Refused

TYPES = (VERSION, MOMENT)
EVERY = 3600.0
"Seconds between two moments of a text that changes."


class History:
    """``text`` gives the text as it is, ``changed`` is called when there is another version; ``me`` is this node's
    user."""

    def __init__(self, me: str, lifetime: timedelta, text: Callable[[], str], changed: Callable[[], None]) -> None:
        self._me = me
        self._lifetime = lifetime
        self._text = text
        self._changed = changed
        self._versions = Versions()
        self._graph: Graph | None = None
        self.refused: set[UUID] = set()
        "Records that were not believed, the first of them."

    async def run(self, graph: Graph) -> None:
        """Until cancelled: take what is there, and keep a moment at the beginning and as often as is due."""
        self._graph = graph
        await self.read(graph)
        self._changed()
        while True:
            await self._keep_moment()
            await trio.sleep(EVERY)

    async def read(self, graph: Graph) -> None:
        for kind in TYPES:
            for record in await graph.records(kind):
                self.take(record)

    def take(self, record: Record) -> None:
        """What cannot be is passed over and counted. A moment is one's own, and of this machine."""
        try:
            if record.type == MOMENT and record.creator != self._me:
                raise Malformed("somebody else's moment")
            if self._versions.take(record):
                self._changed()
        except Malformed:
            if len(self.refused) < versions.MOST_OF_ONE:
                self.refused.add(record.id)
                self._changed()

    def forget(self, id: UUID) -> None:
        """A record was deleted."""
        if self._versions.forget(id):
            self._changed()

    def told(self) -> News:
        """What there is to go back to."""
        listed = [{"key": one.key, "by": one.by, "when": one.time, "name": one.name} for one in self._versions.listed()]
        return {"is": "versions", "versions": listed}

    # ---- what this node's user does ----

    async def keep(self, name: str) -> None:
        """The text as it is, under a name, for all. Raises Refused."""
        await self._add(VERSION, name)

    async def text(self, key: str) -> str:
        """Of a version. Raises Refused."""
        graph = self._ready()
        pieces = []
        for id in self._versions.find(key).records:
            record = await graph.find(id)
            if record is None:
                raise Refused("there is no such version any more")
            pieces.append(versions.decoded(record.data)[1])
        try:
            return versions.text(pieces)
        except Malformed as error:
            raise Refused(f"this version cannot be read: {error}") from error

    async def withdraw(self, key: str) -> None:
        """Delete a version of one's own. Raises Refused."""
        found = self._versions.find(key)
        if found.by != self._me:
            raise Refused("only who has kept a version deletes it")
        await self._delete(found)

    async def keep_now(self) -> None:
        """A moment, since the text is about to become another one. Raises Refused."""
        text = self._text()
        last = next(iter(self._versions.moments()), None)
        if text and (last is None or last.digest != versions.digest(text)):
            await self._add(MOMENT, "")

    async def _keep_moment(self) -> None:
        try:
            await self.keep_now()
            for one in versions.superfluous(self._versions.moments(), time.time()):
                await self._delete(one)
        except Refused:
            return  # the next one may be kept

    async def _add(self, kind: UUID, name: str) -> None:
        graph = self._ready()
        try:
            for data in versions.encoded(self._text(), name):
                is_local = kind == MOMENT
                id = await graph.add(kind, data, expires=self._lifetime, autorefresh=not is_local, local=is_local)
                self.take(await graph.get(id))
        except PeerError as error:
            raise Refused(str(error)) from error

    async def _delete(self, version: Version) -> None:
        graph = self._ready()
        for id in version.records:
            try:
                await graph.delete(id, local=not version.name)
            except PeerError as error:
                raise Refused(str(error)) from error
            self.forget(id)

    def _ready(self) -> Graph:
        if self._graph is None or self._graph.closed:
            raise Refused("nobody who has it could be reached yet")
        return self._graph
