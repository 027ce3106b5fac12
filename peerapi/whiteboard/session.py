"""A person's session at a board: the graph is open, followed and kept in touch; offline, it is just open."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import trio

from peerapi import Address, Change, ChangeKind, ChangesLost, Graph, MemberChange, Message, NodeChange, PeerError
from peerapi.pages.broadcast import Broadcast
from peerapi.pages.rate_limit import RateLimit
from peerapi.python.streams import Stream
from peerapi.whiteboard import board as boards
from peerapi.whiteboard import live, marks, views
from peerapi.whiteboard.cursors import CURSOR_KEY, Cursors, OwnCursor, Pointer
from peerapi.whiteboard.graphs import NOT_READY, AnyGraph, founder_of, is_ready, present, wait_ready
from peerapi.whiteboard.history import History
from peerapi.whiteboard.images import Images
from peerapi.whiteboard.invitation import MOST_ADDRESSES, reach_of
from peerapi.whiteboard.links import Links
from peerapi.whiteboard.people import People
from peerapi.whiteboard.reasons import NO_ROOM_HERE, is_mendable, why
from peerapi.whiteboard.source import BoardSource

TELL_LINKS = 15.0
"Seconds between two times at which a board tells who its neighbors are, when nothing changes."
REFUSED_FOR = 2.0
"Seconds in which others may not yet know whom they are to let in."
LIVE_UNSENT = 256 << 10
"Bytes that wait for a neighbor who does not read from which on it is told nothing more that is kept nowhere."
LIVE_A_SECOND, LIVE_AT_ONCE = 400, 800
"Live messages that are taken from one neighbor."
CURSORS_A_SECOND, CURSORS_AT_ONCE = 40, 80
"Places of this person's pointer that the others are told."
KEY_LASTS, KEY_IS_FRESH = timedelta(days=2), timedelta(days=1)
"How long the record of a cursor's key stays, and how long it is used."
ONE_BY_ONE = 1000
"Changes that the pages are told one by one; when there are more, they are told the whole board anew."
AT_A_TIME = 500
"Records that are decoded without letting anything else happen."


class Session:
    """Opens the board's graph or group again and again: once, and after each change between online and offline."""

    def __init__(
        self,
        source: BoardSource,
        remember: Callable[[], None] = lambda: None,
        complain: Callable[[str], None] = lambda why: None,
        has_room: Callable[[], bool] = lambda: True,
    ) -> None:
        """``remember`` is called after each change of ``source.saved``, and again later when that raises OSError;
        ``complain`` with each new reason for which this board is not let in; ``has_room``: whether anything can be
        stored on this machine."""
        self.source = source
        self._remember = remember
        self._complain = complain
        self._has_room = has_room
        self._is_kept = True
        "``remember`` knows of all that has changed."
        self._complaints: set[type[BaseException]] = set()
        self.board = boards.Board()
        self.broadcast = Broadcast()
        self.history = History()
        self.images = Images(self.board, source.peer, self.broadcast.tell, self._may_take_away)
        self.online = True
        self._links: Links | None = None
        self._people = People()
        self._relay = live.Relay()
        self._cursors = Cursors()
        self._cursor = OwnCursor()
        self._pointer = Pointer(self._tell_cursor)
        self._cursor_key: tuple[UUID, float] | None = None
        "The record of its key, and when that was made."
        self._making_key = trio.Lock()
        self._cursor_rate = RateLimit(CURSORS_A_SECOND, CURSORS_AT_ONCE)
        self._graph: AnyGraph | None = None
        self._opened = trio.Event()
        self._switch = trio.Event()
        self._wake = trio.Event()

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Until cancelled. It has started when the graph is open, and when it listens if it can already."""
        while True:
            async with await self.source.open() as graph, trio.open_nursery() as nursery:
                self._switch = trio.Event()
                await nursery.start(self._follow, graph)
                if self.online:
                    self._links = self.source.links(graph, self.source.saved.known_addresses(but=self.source.peer))
                    nursery.start_soon(self._links.keep, self._wake_up)
                    nursery.start_soon(self._hear, graph)
                    nursery.start_soon(self._learn_cursors, graph)
                    nursery.start_soon(self._pointer.repeat)
                nursery.start_soon(self._watch_people, graph)
                nursery.start_soon(self.images.run, graph)
                self._graph = graph
                self._opened.set()
                while self.online and is_ready(graph) and not graph.addresses:
                    await self._wake.wait()
                task_status.started()
                self.broadcast.tell(self.state())
                await self._switch.wait()
                self._graph, self._links, self._opened = None, None, trio.Event()
                nursery.cancel_scope.cancel()
            task_status = trio.TASK_STATUS_IGNORED

    async def set_online(self, online: bool) -> None:
        if online != self.online:
            self.online = online
            self._switch.set()
            await self._opened.wait()

    async def graph(self) -> AnyGraph:
        """The graph, as soon as it is open."""
        while self._graph is None:
            await self._opened.wait()
        return self._graph

    def state(self) -> dict[str, Any]:
        """The state of the session, as the page shows it."""
        graph = self._graph
        ready = graph is not None and is_ready(graph)
        return {
            "is": "state",
            "online": self.online,
            "ready": ready,
            "title": self.source.title,
            "me": self.source.peer,
            "name": self.source.name,
            "invitation": self.invitation(),
            "reach": self.reach(),
            "alone": self._alone(),
        }

    def takes_part(self, graph_id: str) -> None:
        """Keep in mind that the graph of an activity beside the board is opened here."""
        if self.source.saved.takes_part(graph_id):
            self._keep_in_mind()

    def invitation(self) -> str:
        """To this board, through the nodes that are in it now and that were, whoever has begun it among them."""
        return self.source.invitation(self._invited_to())

    def reach(self) -> str:
        """From where that invitation leads here; see ``reach_of``."""
        return reach_of(self._invited_to())

    def names(self) -> dict[str, str]:
        """Peer -> what they are called, of those who are known here."""
        graph = self._graph
        return self.source.saved.names if graph is None else self._people.names(graph, self.source.name)

    def relays(self) -> list[str]:
        """The relays by which this node is called, ``198.51.100.10:443``."""
        graph = self._graph
        return [] if graph is None else list(dict.fromkeys(filter(None, (one.relay for one in graph.addresses))))

    def looking_for(self) -> str:
        """Who is looked for, for the terminal; empty in company."""
        alone = self._alone()
        return "" if alone is None else ", ".join(alone["who"] or alone["at"])

    def _invited_to(self) -> list[Address]:
        graph = self._graph
        if graph is None:
            return self.source.saved.addresses_to_invite()
        own = graph.addresses if self.online else ()
        return self.source.saved.addresses_to_invite(own, [node.peer for node in present(graph)])

    def _alone(self) -> dict[str, Any] | None:
        """Who is looked for, since when (Unix time in milliseconds), and why nobody was reached; None in company."""
        links = self._links
        if links is None or links.since is None:
            return None
        saved = self.source.saved
        others = [peer for peer in dict.fromkeys((saved.founder, *reversed(saved.addresses))) if peer]
        called = [saved.names.get(peer, "") for peer in others if peer != self.source.peer]
        since = time.time() - (trio.current_time() - links.since)
        return {
            "since": int(since * 1000),
            "who": [name for name in called if name],
            "at": [str(address) for address in saved.known_addresses(but=self.source.peer)[:MOST_ADDRESSES]],
            "why": self._why(links),
        }

    def _why(self, links: Links) -> str:
        """Why nobody is linked with this board. A neighbor is let go when nothing of what it sends can be stored."""
        if not self._has_room():
            return NO_ROOM_HERE
        return "" if links.failure is None else why(links.failure)

    def snapshot(self, *, only_talk: bool = False) -> Iterator[dict[str, Any]]:
        """Everything a page that begins has to know; what changes meanwhile is told besides. ``only_talk``: of what is
        on the board, the conversation alone."""
        yield {"is": "begin"}
        yield self.state()
        if not only_talk:
            yield from self.images.news()
        yield from views.entries(self.board.chat() if only_talk else self.board.sorted())
        if self._graph is not None:
            yield self._people.seen(self._graph, self.source.name, trio.current_time())
        yield {"is": "whole"}

    async def send_live(self, kind: str, body: dict[str, Any]) -> None:
        """To the other boards of the graph, as long as it lasts, and to all windows here."""
        if kind == "stroke":
            self.broadcast.tell({"is": "live", **body})
        if self._graph is not None and self.online:
            await self._send(self._graph, self._relay.outgoing(kind, body), set())

    async def send_cursor(self, page: str, at: tuple[int, int] | None) -> None:
        """Tell the others where this person's pointer is, and again while it rests there."""
        await self._pointer.point(page, at)

    async def _tell_cursor(self, page: str, at: tuple[int, int] | None) -> None:
        """Nothing while nobody is there, nor more often than the others are to be told."""
        graph = self._graph
        if graph is None or not self.online or not is_ready(graph) or self._links is None or self._links.alone:
            return
        if not self._cursor_rate.take(trio.current_time()):
            return
        key = await self._key_of_cursor(graph)
        await self.send_live("cursor", self._cursor.sealed(key, page, at))

    async def _key_of_cursor(self, graph: AnyGraph) -> UUID:
        """The record by which the others know whose it is: made when somebody points for the first time."""
        async with self._making_key:
            now = trio.current_time()
            if self._cursor_key is None or now - self._cursor_key[1] > KEY_IS_FRESH.total_seconds():
                self._cursor_key = await graph.add(CURSOR_KEY, self._cursor.public, expires=KEY_LASTS), now
            return self._cursor_key[0]

    # Records ----------------------------------------------------------------------------------------------------------

    async def _follow(self, graph: AnyGraph, *, task_status: trio.TaskStatus[None]) -> None:
        """Records, from the graph to the board and on to the pages. What comes with the first synchronization is read
        when that is through."""
        changes = graph.changes(marks.TYPES)
        if not is_ready(graph):
            task_status.started()
            await wait_ready(graph)
            await self._read_all(graph)
        else:
            await self._read_all(graph)
            task_status.started()
        while True:
            try:
                async for change in changes:
                    await self._take(change)
                return
            except ChangesLost:
                await self._read_all(graph)

    async def _take(self, change: Change) -> None:
        is_gone = change.kind in (ChangeKind.DELETED, ChangeKind.EXPIRED)
        record = None if is_gone else await change.record()
        found = boards.entry(record) if record else None
        before = self.board.images.get(change.id)
        if found is None:
            if self.board.remove(change.id):
                self.broadcast.tell(views.gone(change.id))
        else:
            self.put(found)
        after = self.board.images.get(change.id)
        self.images.note(*(one.file for one in (before, after) if one is not None))

    def put(self, found: boards.Entry) -> None:
        """Show this now. Who has changed it here need not wait for the graph: what they do next builds on it."""
        if self.board.put(found):
            self.broadcast.tell(views.entry(found))

    async def _read_all(self, graph: AnyGraph) -> None:
        found = []
        for kind in marks.TYPES:
            for number, record in enumerate(await graph.records(kind)):
                one = boards.entry(record)
                if one is not None:
                    found.append(one)
                if number % AT_A_TIME == 0:
                    await trio.lowlevel.checkpoint()
        new, gone = self.board.replace(found)
        self.images.note_all()
        if len(new) + len(gone) > ONE_BY_ONE:
            self.broadcast.restart()
            return
        for news in (*map(views.gone, gone), *map(views.entry, new)):
            self.broadcast.tell(news)

    def _may_take_away(self, maker: str) -> bool:
        """Whether this person may delete the records of somebody."""
        return self.source.peer in (maker, self.source.saved.founder)

    # People and what is live ------------------------------------------------------------------------------------------

    def _wake_up(self) -> None:
        self._wake.set()
        self._wake = trio.Event()

    async def _watch_people(self, graph: AnyGraph) -> None:
        """Tell the page who is here, and the others whom we are connected with, after each change and now and then."""
        is_present = False
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._nodes, graph)
            last: list[dict[str, Any]] = []
            while True:
                woken = self._wake.wait
                if isinstance(graph, Graph) and not is_present and is_ready(graph):
                    await graph.set_presence(True)
                    is_present = True
                await self._note_people(graph)
                self._note_refusal()
                now = [self._people.seen(graph, self.source.name, trio.current_time()), self.state()]
                for news in now:
                    if news not in last:
                        self.broadcast.tell(news)
                last = now
                await self.send_live("links", self._people.own(graph, self.source.name))
                with trio.move_on_after(TELL_LINKS):
                    await woken()

    def _note_refusal(self) -> None:
        """Say once why nobody lets this board in, when that goes on and can be mended."""
        links = self._links
        if links is None or links.since is None or links.failure is None or not is_mendable(links.failure):
            return
        goes_on = trio.current_time() - links.since >= REFUSED_FOR
        if goes_on and type(links.failure) not in self._complaints:
            self._complaints.add(type(links.failure))
            self._complain(why(links.failure))

    async def _note_people(self, graph: AnyGraph) -> None:
        """Keep where everybody is and what they are called, for the next time and for invitations."""
        saved, changed = self.source.saved, False
        if not saved.founder and is_ready(graph):
            with contextlib.suppress(*NOT_READY):  # what has been said of the group is still to come
                saved.founder = await founder_of(graph)
            changed = bool(saved.founder)
        for node in present(graph):
            changed |= node.peer != self.source.peer and saved.meet(node.peer, node.addresses)
        changed |= saved.meet(self.source.peer, graph.addresses)
        changed |= saved.call(self._people.names(graph, self.source.name))
        if changed or not self._is_kept:
            self._keep_in_mind()

    def _keep_in_mind(self) -> None:
        """A disk that is full just now closes no board."""
        try:
            self._remember()
            self._is_kept = True
        except OSError:
            self._is_kept = False

    async def _nodes(self, graph: AnyGraph) -> None:
        news: Stream[Any] = graph.events(NodeChange) if isinstance(graph, Graph) else graph.events(MemberChange)
        with news:
            while True:
                with contextlib.suppress(ChangesLost):
                    async for _ in news:
                        self._wake_up()
                    return
                self._wake_up()

    async def _hear(self, graph: AnyGraph) -> None:
        """Live messages of the neighbors: shown, and handed on."""
        rates: dict[int, RateLimit] = {}
        with graph.messages(live.TYPE) as messages:
            while True:
                try:
                    async for message in messages:
                        rate = rates.setdefault(message.connection, RateLimit(LIVE_A_SECOND, LIVE_AT_ONCE))
                        if rate.take(trio.current_time()):
                            await self._heard(graph, message)
                    return
                except ChangesLost:
                    continue

    async def _learn_cursors(self, graph: AnyGraph) -> None:
        """The keys by which the others' pointers are known."""
        with graph.changes(CURSOR_KEY) as changes:
            await wait_ready(graph)
            while True:
                for record in await graph.records(CURSOR_KEY):
                    self._cursors.learn(record)
                try:
                    async for change in changes:
                        if change.kind in (ChangeKind.DELETED, ChangeKind.EXPIRED):
                            self._cursors.forget(change.id)
                        elif (found := await change.record()) is not None:
                            self._cursors.learn(found)
                    return
                except ChangesLost:
                    continue

    async def _heard(self, graph: AnyGraph, message: Message) -> None:
        found = self._relay.incoming(message.data)
        if found is None:
            return
        kind, body, onward = found
        connections = graph.connections()
        sender = next((str(one.node) for one in connections if one.id == message.connection), "")
        if kind == "stroke":
            self.broadcast.tell({"is": "live", **body})
        elif kind == "cursor":
            by = self._cursors.by(body)
            if by is None or not self._is_here(graph, by):
                return  # nor is it handed on
            self.broadcast.tell(
                {"is": "cursor", "by": by, **{name: body.get(name) for name in ("key", "page", "x", "y")}}
            )
        else:
            self._people.told(body, sender, trio.current_time())
            self._show_people()
        if onward is not None:
            around = [str(one.node) for one in connections]
            await self._send(graph, onward, self._people.has_told(sender, around, trio.current_time()))

    def _is_here(self, graph: AnyGraph, peer: str) -> bool:
        return peer in {one.peer for one in present(graph)} | {one.peer for one in graph.connections()}

    def _show_people(self) -> None:
        graph = self._graph
        if graph is not None:
            self.broadcast.tell(self._people.seen(graph, self.source.name, trio.current_time()))

    async def _send(self, graph: AnyGraph, data: bytes, without: set[str]) -> None:
        """To all neighbors but some nodes, who have it."""
        for connection in graph.connections():
            if str(connection.node) not in without and not connection.direct:
                try:
                    if graph.unsent(connection.id) <= LIVE_UNSENT:
                        await graph.send(connection, live.TYPE, data)
                except PeerError:  # it has just gone, or so has the graph
                    continue
