"""The files of one graph that are given and fetched here, over direct connections.

Fetching asks those who have a file, several at a time; giving answers a few connections at a time, and sends no more
than the other side takes in.
"""

from __future__ import annotations

import contextlib
import itertools
import math
import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple

import trio

from peerapi import ChangesLost, DirectChange, Graph, Message, PeerError
from peerapi.files.content import Content
from peerapi.files.fetching import Drop, Fetch, Listed, Output, Send, Store
from peerapi.files.messages import LARGEST_QUESTION, TYPE, No, Piece, Reason, encode, is_question
from peerapi.files.serving import Serving, TooMuch
from peerapi.files.shelf import Held, Incoming, Shelf, Unusable
from peerapi.log import Log
from peerapi.python.direct import DirectConnection
from peerapi.python.values import ConnectionState

log = Log("files")
MOST_SERVED, MOST_OF_ONE = 8, 2
"Connections that are given files at a time, and of these those of one peer."
MOST_SOURCES = 4
"Peers that one file is fetched from at a time."
MOST_FETCHED = 3
"Files that are fetched at a time."
AT_ONCE = 200
"Messages that are looked at before others have their turn."
MOST_NEIGHBORS = 1000
"Connections to neighbors that are remembered."
UNSENT = 256 << 10
"Bytes that may wait for a connection before the next answer is given to it."
FIRST_LOOK, LAST_LOOK = 0.002, 0.05
"Seconds between two looks at how much waits: each is twice the one before."
TAKES_NOTHING = 30.0
"Seconds after which somebody who takes nothing of what was asked for is let go."
CALLING = 15.0
"Seconds for a connection to somebody who has a file."
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 16.0
"Seconds before those who have a file are called again after nothing has come of it; each is twice the one before."
IDLE = 60.0
"Seconds without a question after which a connection is not served any more."
TURN = 60.0
"""Seconds for which a connection is served in any case; after that it gives its place to another one, when there is
none left. So nobody keeps all of them: who is let go asks again, and has what has come before."""


@dataclass(slots=True)
class Progress:
    """A file that comes."""

    size: int
    left: int
    scope: trio.CancelScope
    is_discarded: bool = False


class _Served(NamedTuple):
    """A connection that is given files."""

    inlet: trio.MemorySendChannel[bytes]
    since: float


class Failed(Exception):
    """A file was not fetched; ``str()`` is a sentence for a person."""


class Exchange:
    """``run`` has to be running. ``may_have`` says whether others may have a file that is here; ``changed`` is called
    when there is something new to show."""

    def __init__(
        self,
        graph: Graph,
        shelf: Shelf,
        may_have: Callable[[bytes], bool],
        changed: Callable[[], None],
        called: Callable[[str], str] = str,
    ) -> None:
        """``called`` gives what people call a peer."""
        self._called = called
        self._graph = graph
        self.shelf = shelf
        self._may_have = may_have
        self._changed = changed
        self.fetching: dict[bytes, Progress] = {}
        self.refused = 0
        "Connections that were ended because they broke the rules."
        self._served: dict[int, _Served] = {}
        "By connection, those served longest first."
        self._peers: Counter[str] = Counter()
        self._neighbors: set[int] = set()
        "Connections that are no direct ones: what comes over them is passed over, and costs next to nothing."

    # ---- giving ----

    async def run(self) -> None:
        """Answer what others ask, until cancelled or the graph is closed."""
        async with trio.open_nursery() as nursery:
            news = self._graph.events(Message, DirectChange)
            with news:
                while True:
                    try:
                        async for event in news:
                            taken = 1
                            await self._take(event, nursery)
                            while taken < AT_ONCE and (other := news.next_now()) is not None:
                                taken += 1
                                await self._take(other, nursery)
                        break
                    except ChangesLost:  # questions among them: who has asked is not left to wait
                        for connection in list(self._served):
                            await self._close(connection)
            nursery.cancel_scope.cancel()

    async def _take(self, event: Message | DirectChange, nursery: trio.Nursery) -> None:
        if isinstance(event, DirectChange):
            if event.state is not ConnectionState.CONNECTED:
                self._end(event.connection)
        elif event.connection not in self._neighbors and event.type == TYPE and is_question(event.data):
            await self._asked(event, nursery)

    async def _asked(self, message: Message, nursery: trio.Nursery) -> None:
        served = self._served.get(message.connection)
        inlet = await self._begin(message, nursery) if served is None else served.inlet
        if inlet is not None:
            if len(message.data) > LARGEST_QUESTION:  # some of them may wait
                await self._refuse(message.connection, "asks for what nobody understands")
                return
            with contextlib.suppress(trio.WouldBlock):  # what is in line already is too much: ``_serve`` finds that
                inlet.send_nowait(message.data)

    async def _begin(self, message: Message, nursery: trio.Nursery) -> trio.MemorySendChannel[bytes] | None:
        """Serve a connection from now on, if there is room for it."""
        try:
            found = self._graph.connection(message.connection)
            if not found.direct:
                if len(self._neighbors) >= MOST_NEIGHBORS:
                    self._neighbors.clear()
                self._neighbors.add(message.connection)
                return None
            if self._peers[found.peer] >= MOST_OF_ONE or not await self._has_place():
                if self._graph.unsent(message.connection) <= UNSENT:  # who does not read is told nothing more
                    await self._graph.send(found, TYPE, encode(No(message.data[2:34].ljust(32, b"\0"), Reason.BUSY)))
                return None
        except PeerError:  # it has just gone
            return None
        inlet, outlet = trio.open_memory_channel[bytes](1 << 8)
        self._served[message.connection] = _Served(inlet, trio.current_time())
        nursery.start_soon(self._serve, message.connection, found.peer, outlet)
        return inlet

    async def _has_place(self) -> bool:
        """Whether one more can be served; who was served for long makes room."""
        if len(self._served) >= MOST_SERVED:
            longest, served = next(iter(self._served.items()))
            if trio.current_time() - served.since < TURN:
                return False
            await self._close(longest)
        return True

    def _end(self, connection: int) -> None:
        served = self._served.pop(connection, None)
        if served is not None:
            served.inlet.close()

    async def _close(self, connection: int) -> None:
        self._end(connection)
        try:
            await self._graph.close_direct(connection)
        except PeerError:
            return

    async def _refuse(self, connection: int, why: str) -> None:
        self.refused += 1
        log.warning("a connection about files is ended: its peer %s", why)
        await self._close(connection)

    async def _serve(self, connection: int, peer: str, questions: trio.MemoryReceiveChannel[bytes]) -> None:
        """One connection, one answer after the other."""
        self._peers[peer] += 1
        serving = Serving(self._content)
        try:
            while True:
                with trio.move_on_after(IDLE) as idle:
                    serving.received(await questions.receive())
                if idle.cancelled_caught:
                    await self._close(connection)
                    return
                await self._answer(connection, serving, questions)
        except TooMuch as error:
            await self._refuse(connection, str(error))
        except (trio.EndOfChannel, PeerError):
            self._end(connection)
        finally:
            self._peers[peer] -= 1
            self._end(connection)

    async def _answer(self, connection: int, serving: Serving, questions: trio.MemoryReceiveChannel[bytes]) -> None:
        """Everything that waits, each when the one before has nearly left."""
        while (question := serving.next()) is not None:
            answer = serving.answer(question)
            if isinstance(answer, tuple):
                content, piece = answer
                held = self.shelf.held(content.id)
                data = None if held is None else await trio.to_thread.run_sync(held.piece, piece)
                answer = No(question.file, Reason.CHANGED) if data is None else Piece(question.file, piece, data)
            await self._graph.send(connection, TYPE, encode(answer))
            await self._drained(connection)
            while True:
                try:
                    serving.received(questions.receive_nowait())
                except trio.WouldBlock:
                    break

    async def _drained(self, connection: int) -> None:
        """Until little waits to be sent. Raises TooMuch, ConnectionNotFound."""
        pause, least, since = FIRST_LOOK, math.inf, trio.current_time()
        while (unsent := self._graph.unsent(connection)) > UNSENT:
            if unsent < least:
                least, since = unsent, trio.current_time()
            elif trio.current_time() - since > TAKES_NOTHING:
                raise TooMuch("takes nothing of what it has asked for")
            await trio.sleep(pause)
            pause = min(2 * pause, LAST_LOOK)

    def _content(self, file: bytes) -> Content | None:
        held = self.shelf.held(file)
        return held.content if held is not None and self._may_have(file) else None

    # ---- fetching ----

    async def fetch(self, file: bytes, size: int, name: str, holders: Callable[[], list[str]]) -> Held:
        """The file, saved; ``name`` is plain, ``holders`` are the peers who have it. What has come before it failed or
        was cancelled stays for the next time, unless it was ``stop``ped. Raises Failed."""
        if file in self.fetching:
            raise Failed("this file is coming already")
        if len(self.fetching) >= MOST_FETCHED:
            raise Failed(f"{MOST_FETCHED} files are coming already: wait for one of them")
        scope = trio.CancelScope()
        progress = self.fetching[file] = Progress(size, size, scope)
        incoming: Incoming | None = None
        try:
            with scope:
                incoming = await trio.to_thread.run_sync(self.shelf.incoming, file, size)
                await _Fetching(self._graph, incoming, file, progress, self._changed, self._called).run(holders)
                return await trio.to_thread.run_sync(incoming.finish, name)
            raise Failed("it was stopped")
        except Unusable as error:
            raise Failed(str(error)) from error
        except OSError as error:
            raise Failed(f"it cannot be saved: {error.strerror or error}") from error
        finally:
            del self.fetching[file]
            if incoming is not None:
                is_worth_keeping = progress.left < size and not progress.is_discarded
                incoming.close() if is_worth_keeping else incoming.discard()
            self._changed()

    def stop(self, file: bytes) -> None:
        """Give up a file that comes, and what has come of it."""
        found = self.fetching.get(file)
        if found is not None:
            found.is_discarded = True
            found.scope.cancel()


class _Fetching:
    """One file that comes, from several sources."""

    def __init__(
        self,
        graph: Graph,
        incoming: Incoming,
        file: bytes,
        progress: Progress,
        changed: Callable[[], None],
        called: Callable[[str], str],
    ) -> None:
        self._called = called
        self._graph = graph
        self._incoming = incoming
        self._fetch = Fetch(file, progress.size, incoming.content, incoming.have)
        self._progress = progress
        self._changed = changed
        self._numbers = itertools.count()
        self._connections: dict[int, DirectConnection] = {}
        self._peers: dict[int, str] = {}
        self._useless: set[str] = set()
        "Peers who have broken a rule, or do not have it."
        self._scopes: dict[int, trio.CancelScope] = {}
        self._wake = trio.Event()
        self._last = "nobody who has it could be reached"

    async def run(self, holders: Callable[[], list[str]]) -> None:
        """Until all is there. Raises Failed when nobody is left who gives it."""
        self._note()
        tries: Counter[str] = Counter()
        pause, left = FIRST_PAUSE, self._fetch.left
        while not self._fetch.done:
            useful = [peer for peer in holders() if peer not in self._useless and peer != self._graph.peer]
            peers = sorted(useful, key=lambda peer: tries[peer])[:MOST_SOURCES]
            tries.update(peers)
            if not peers or pause > LONGEST_PAUSE:
                raise Failed(self._last)
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._watch)
                async with trio.open_nursery() as sources:
                    for peer in peers:
                        sources.start_soon(self._source, peer)
                nursery.cancel_scope.cancel()
            if self._fetch.left < left:
                pause, left = FIRST_PAUSE, self._fetch.left
            elif not self._fetch.done:
                await trio.sleep(pause * random.uniform(0.75, 1.25))
                pause *= 2
        if self._incoming.content is None:  # an empty file, of which nobody has to tell anything
            self._incoming.listed(Content(0, b""))

    async def _watch(self) -> None:
        """Let those go who do not answer."""
        while True:
            deadline = self._fetch.deadline
            with trio.move_on_at(math.inf if deadline is None else deadline):
                await self._wake.wait()
            self._wake = trio.Event()
            if deadline is not None and trio.current_time() >= deadline:
                self._fetch.late(trio.current_time())
                await self._carry()

    async def _source(self, peer: str) -> None:
        """One source, until it is of no use any more or all is there."""
        number = next(self._numbers)
        self._peers[number] = peer
        with trio.CancelScope() as self._scopes[number]:
            for address in [address for node in self._graph.nodes(peer) for address in node.addresses]:
                try:
                    with trio.fail_after(CALLING):
                        direct = await self._graph.direct(peer, address)
                except (PeerError, trio.TooSlowError):
                    continue
                try:
                    self._connections[number] = direct
                    self._fetch.came(number, trio.current_time())
                    await self._carry()
                    if not self._fetch.done:
                        async for message in direct:
                            if message.type == TYPE and not is_question(message.data):
                                self._fetch.received(number, message.data, trio.current_time())
                                await self._carry()
                except (ChangesLost, PeerError):  # it has sent more than anybody asked for, or has gone
                    self._last = f"the connection with {self._called(peer)} has ended"
                finally:
                    with trio.CancelScope(shield=True):
                        await direct.aclose()
                    del self._connections[number]
                break
        self._fetch.gone(number, trio.current_time())
        await self._carry()

    async def _carry(self) -> None:
        """Do what the machine wants, until it wants nothing more for now. What one source has brought is stored also
        when another one, or this one, is let go meanwhile."""
        with trio.CancelScope(shield=True):
            while self._fetch.outputs:
                outputs, self._fetch.outputs = self._fetch.outputs, []
                for one in outputs:
                    await self._do(one)
        self._wake.set()
        if self._fetch.done:
            for scope in self._scopes.values():
                scope.cancel()

    async def _do(self, output: Output) -> None:
        match output:
            case Send(source, message):
                await self._send(source, encode(message))
            case Store(source, piece, data):
                await trio.to_thread.run_sync(self._incoming.write, piece, data)
                self._fetch.stored(source, piece, trio.current_time())
                self._note()
            case Listed(content):
                await trio.to_thread.run_sync(self._incoming.listed, content)
            case Drop(source, why):
                self._useless.add(self._peers[source])
                self._last = f"{self._called(self._peers[source])} {why}"
                log.warning("a source of a file is let go: it %s", why)
                self._scopes[source].cancel()

    async def _send(self, source: int, data: bytes) -> None:
        direct = self._connections.get(source)
        if direct is not None:
            try:
                await direct.send(TYPE, data)
            except PeerError:  # its own task hears of that
                return

    def _note(self) -> None:
        self._progress.left = self._fetch.bytes_left
        self._changed()


@contextmanager
def sentence() -> Iterator[None]:
    """What cannot be shared is a Failed."""
    try:
        yield
    except Unusable as error:
        raise Failed(str(error)) from error
    except OSError as error:
        raise Failed(f"it cannot be read: {error.strerror or error}") from error
