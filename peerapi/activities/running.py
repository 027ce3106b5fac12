"""One activity that is open here: its graph, which is kept in touch with the others', and what the pages are told."""

from __future__ import annotations

import contextlib
import json
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import trio

import peerapi
from peerapi import Address, Change, ChangeKind, ChangesLost, Graph, Group, PeerError, Record, Scope
from peerapi.activities.activity import Activity, Begun, Beside, Kind
from peerapi.pages.broadcast import Broadcast, News
from peerapi.pages.requests import Refused
from peerapi.pages.serving import Window
from peerapi.whiteboard.links import GraphLinks

PLACE = UUID("3e0c5b7a-91d4-4f0e-a852-6d1fc03977c9")
"Type of the records of the group that say where a member's node of an activity's graph is."
LIFETIME = timedelta(days=30)
MOST_RECORDS, MOST_DATA = 5000, 8 << 20
"""Records of one member in one activity, and bytes in them, that are looked at; what comes after that is not. They are
counted for each: nobody keeps others from being heard by saying much."""
MOST_RESERVED = 64 << 20
"Bytes for the one member for whom a type of records is reserved, in records of that type."
MOST_BYTES = 64 << 10
"Of one record that is looked at."
AT_ONCE = 500
"Records that come together and are told the pages together, at most."
TELLING = 0.2
"Part of the time that goes into telling the pages, at most, when records come all the while."


class Opened(ABC):
    """One activity that is open here, whatever its records are. ``run`` has to be running. ``names`` gives what the
    members are called; when its board is offline, ``online`` is False and so is it."""

    kind: Kind

    def __init__(
        self, begun: Begun, group: Group, names: Callable[[], dict[str, str]], *, here: bool, online: bool
    ) -> None:
        self.begun = begun
        self.broadcast = Broadcast()
        self._group = group
        self._names = names
        self._here = here
        self._online = online
        self._graph: Graph | None = None
        self._links: GraphLinks | None = None
        self._known: list[Address] = []
        self._moved = trio.Event()

    @abstractmethod
    def window(self) -> Window:
        """A browser window that begins."""

    @abstractmethod
    async def follow(self, graph: Graph) -> None:
        """Take what is in the graph, and what comes, until it is closed."""

    @abstractmethod
    def note_company(self) -> None:
        """This node, or another, is linked with others than before."""

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Until cancelled; then the pages are told that it is over. Raises PeerError."""
        try:
            await self._run(task_status)
        finally:
            self.broadcast.tell({"is": "over"})

    async def _run(self, task_status: trio.TaskStatus[None]) -> None:
        async with await self._opened() as graph, trio.open_nursery() as nursery:
            self._graph = graph
            if self._online:
                scope = Scope.LOOPBACK if self._here else Scope.GLOBAL
                self._links = GraphLinks(graph, self._known, scope, 0)
                nursery.start_soon(self._links.keep, self._note_move)
                nursery.start_soon(self._say_where, graph)
            nursery.start_soon(self.follow, graph)
            task_status.started()
            await trio.sleep_forever()

    async def _opened(self) -> Graph:
        me, one = self._group.identity, self.begun
        reserved = self.kind.reserved(one)
        if one.by == me:
            return await peerapi.create_graph(
                one.graph_id,
                me,
                group=self._group,
                exist_ok=True,
                scope=Scope.GLOBAL,
                defer_expiration=True,
                reserved=reserved,
            )
        return await peerapi.open_graph(one.graph_id, me, group=self._group, reserved=reserved)

    def learn(self, addresses: Sequence[Address]) -> None:
        """Where others are by now, also while the graph is being opened."""
        self._known = list(addresses)
        if self._links is not None:
            self._links.learn(addresses)

    # ---- where this node is ----

    def _note_move(self) -> None:
        self._moved.set()
        self.note_company()

    async def _say_where(self, graph: Graph) -> None:
        """Tell the group where this node of the graph is, anew when that changes."""
        said: UUID | None = None
        last = b""
        while True:
            places = [[one.ipv6_host, one.port] for one in graph.addresses]
            data = json.dumps({"graph": self.begun.graph_id, "at": places}).encode()
            if places and data != last:
                with contextlib.suppress(PeerError):  # the group has just gone, and this with it
                    if said is None:
                        said = await self._group.add(PLACE, data, expires=LIFETIME)
                    else:
                        await self._group.update(said, data)
                    last = data
            await self._moved.wait()
            self._moved = trio.Event()


class Running(Opened):
    """An activity that is rules over its records."""

    def __init__(
        self,
        begun: Begun,
        activity: Activity,
        group: Group,
        names: Callable[[], dict[str, str]],
        *,
        here: bool,
        online: bool,
    ) -> None:
        super().__init__(begun, group, names, here=here, online=online)
        self.kind = self.activity = activity
        self._records: dict[UUID, Record] = {}
        "As each was when it was first seen: what its maker does to it later is not asked."
        self._counts: Counter[str] = Counter()
        self._sizes: Counter[str] = Counter()
        "Member -> bytes in their records."
        self._reserved = activity.reserved(begun)
        self._has_read = trio.Event()
        self._in_order: list[Record] | None = None
        self.beside = activity.beside(self)

    def window(self) -> Window:
        return RulesWindow(self)

    def note_company(self) -> None:
        self.tell()

    def records(self) -> list[Record]:
        """In the same order everywhere. It is the same list until there is another record."""
        if self._in_order is None:
            self._in_order = sorted(self._records.values(), key=lambda one: (one.peer_time, one.id.bytes_le))
        return self._in_order

    async def follow(self, graph: Graph) -> None:
        async with trio.open_nursery() as nursery:
            if self.beside is not None:
                nursery.start_soon(self._run_beside, self.beside, graph)
            await self._follow_records(graph)

    async def _run_beside(self, beside: Beside, graph: Graph) -> None:
        """As soon as the records are there that it asks for."""
        await self._has_read.wait()
        await beside.run(graph)

    async def _follow_records(self, graph: Graph) -> None:
        changes = graph.changes(self.activity.types)
        await graph.wait_synchronized()
        await self._read_all(graph)
        while True:
            try:
                async for change in changes:
                    is_new, more = await self._take_change(change), AT_ONCE
                    while more and (other := changes.next_now()) is not None:
                        is_new |= await self._take_change(other)
                        more -= 1
                    if is_new:
                        begin = trio.current_time()
                        self.tell()
                        await trio.sleep((trio.current_time() - begin) * (1 / TELLING - 1))
                return
            except ChangesLost:
                await self._read_all(graph)

    async def _take_change(self, change: Change) -> bool:
        if change.kind in (ChangeKind.DELETED, ChangeKind.EXPIRED):
            return False
        record = await change.record()
        return record is not None and self._take(record)

    async def _read_all(self, graph: Graph) -> None:
        for kind in self.activity.types:
            for record in await graph.records(kind):
                self._take(record)
        self._has_read.set()
        self.tell()

    def _has_room(self, by: str, kind: UUID, size: int) -> bool:
        """Whether one more record of a member is looked at."""
        most = MOST_RESERVED if self._reserved.get(kind) == by else MOST_DATA
        return size <= MOST_BYTES and self._counts[by] < MOST_RECORDS and self._sizes[by] + size <= most

    def _take(self, record: Record) -> bool:
        by, size = record.creator, len(record.data)
        is_new = record.id not in self._records and record.version == 1
        if is_new and self._has_room(by, record.type, size):
            self._counts[by] += 1
            self._sizes[by] += size
            self._records[record.id] = record
            self._in_order = None
            if self.beside is not None:
                self.beside.note_records()
            return True
        return False

    async def ask(self, what: str, fields: dict[str, Any]) -> None:
        """What this node's user does. Raises Refused."""
        self._ready()
        if self.beside is not None and what in self.beside.answers:
            await self.beside.ask(what, fields)
        else:
            await self.publish(self.activity.data(self.begun, self.records(), self.me, what, fields))

    async def publish(self, data: bytes, kind: UUID | None = None) -> None:
        """Add a record, of the type of most of them or another one. Raises Refused."""
        graph, kind = self._ready(), kind or self.activity.record
        if not self._has_room(self.me, kind, len(data)):
            raise Refused("there is no room here for more of yours: begin another one")
        try:
            added = await graph.add(kind, data, expires=self.activity.lifetime)
            if self._take(await graph.get(added)):  # the next request knows of it, however fast that is
                self.tell()
        except PeerError as error:
            raise Refused(str(error)) from error

    def _ready(self) -> Graph:
        graph = self._graph
        if graph is None or not graph.status & peerapi.Status.SYNCHRONIZED:
            raise Refused("nobody who has it could be reached yet")
        return graph

    # ---- what the pages are told ----

    def snapshot(self) -> Iterator[News]:
        yield {"is": "begin"}
        yield self.state()
        yield {"is": "whole"}

    def state(self) -> News:
        """The activity as it is, with what everybody is called. ``ready``: what was made of it so far is here."""
        view = self.activity.view(self.begun, self.records())
        local = {} if self.beside is None else {"local": self.beside.view()}
        said = {"title": self.activity.title, "me": self.me, "names": self._names(), "ready": self._has_read.is_set()}
        return {"is": "activity", **said, "view": view, **local}

    def tell(self) -> None:
        """Have the pages told that."""
        self.broadcast.tell(self.state(), last=True)

    def tell_beside(self) -> None:
        """Have the pages told only what goes on beside."""
        if self.beside is not None:
            self.broadcast.tell({"is": "beside", "local": self.beside.view()}, last=True)

    @property
    def me(self) -> str:
        """The peer of this node's user."""
        return self._group.identity

    def called(self, peer: str) -> str:
        """What people call a peer."""
        return self._names().get(peer, peer)


class RulesWindow(Window):
    """A window at such an activity."""

    def __init__(self, running: Running) -> None:
        super().__init__(running.broadcast)
        self._running = running

    def snapshot(self) -> Iterable[News]:
        return self._running.snapshot()

    async def handle(self, text: str | bytes) -> None:
        await self._running.ask(*self._running.activity.language.read(text))
