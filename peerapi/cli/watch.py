"""``peerapi graph watch``: a node that only looks: nodes, links, and what happens to records, as it happens.

On a terminal the view is drawn anew every second; elsewhere each event is a line, with ``--json`` one JSON object.
"""

from __future__ import annotations

import contextlib
import shutil
import sys
import tempfile
import time
from collections import Counter, deque
from collections.abc import Callable, Coroutine, Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import peerapi
from peerapi.cli.commands import leaves
from peerapi.cli.inspection import other_home
from peerapi.cli.output import WIDEST, counted, cut, data_preview, in_json, table
from peerapi.cli.places import connect
from peerapi.python.graph_base import GraphBase
from peerapi.python.streams import Stream
from peerapi.signals import ending
from peerapi.text import printable, to_paste

if TYPE_CHECKING:
    import trio

    from peerapi.store.catalog import Entry

COMMON = (peerapi.Change, peerapi.NeighborChange, peerapi.StatusChange)
OF_GRAPHS = (*COMMON, peerapi.NodeChange, peerapi.ConnectionRequired)
OF_GROUPS = (*COMMON, peerapi.MemberChange, peerapi.ConnectFailed)
SECOND = 1.0
LATEST = 12
CLEAR, REST, END = "\x1b[H", "\x1b[J", "\x1b[K"


def run(work: Callable[..., Coroutine[Any, Any, None]], *arguments: object) -> None:
    """Under trio. Raises the first thing that went wrong, which is what people want to know."""
    import trio

    try:
        trio.run(work, *arguments)
    except BaseExceptionGroup as group:  # a nursery's
        raise next(leaves(group)) from group


@contextlib.contextmanager
def home_for_guests() -> Iterator[None]:
    """A guest keeps nothing."""
    with tempfile.TemporaryDirectory(prefix="peerapi-") as folder, other_home(folder):
        yield


async def watched(
    graph_id: str,
    peer: str,
    database: str,
    places: Sequence[str],
    port: int | None,
    seconds: float | None,
    as_json: bool,
    connected: Callable[[bool], object] = bool,
) -> None:
    """``peerapi graph watch``. ``connected`` is called when somebody was reached."""
    import trio

    async with peerapi.open_graph(graph_id, peer, database=database) as graph, trio.open_nursery() as nursery:
        leave_in_time(nursery, seconds)
        view = View(graph, f"graph {graph.graph_id} as {graph.peer}", OF_GRAPHS, json=as_json)
        nursery.start_soon(view.follow)
        if port is not None:
            nursery.start_soon(_listen, graph, port)
        if not places:
            view.say({"event": "alone"}, "nobody is connected; --connect ADDRESS joins somebody")
        await _join(graph, places, view)
        connected(True)
        await view.keep_drawing()


async def served(entry: Entry, port: int, places: Sequence[str], seconds: float | None, as_json: bool) -> None:
    """``peerapi graph serve``."""
    import trio

    opening = peerapi.open_graph(entry.graph_id or "", entry.peer_id or "", database=entry.database)
    async with opening as graph, trio.open_nursery() as nursery:
        leave_in_time(nursery, seconds)
        await _listen(graph, port)
        found = [str(address) for address in graph.addresses]
        view = View(graph, "", (peerapi.NeighborChange, peerapi.StatusChange), json=as_json, screen=False)
        await connect(graph, places, _complain)
        if as_json:
            print(in_json({"graph": graph.graph_id, "peer": graph.peer, "addresses": found}), flush=True)
        else:
            print(printable(f"{graph.graph_id} of {graph.peer}: others join it with"))
            for address in found:
                print(f"  {to_paste('peerapi graph join', graph.graph_id, address)}")
            print("Ctrl-C ends it; its records are kept.", flush=True)
        nursery.start_soon(view.follow)
        await trio.sleep_forever()


def _complain(place: str, error: peerapi.PeerError) -> None:
    print(printable(f"{place}: {error}"), file=sys.stderr)


async def synchronized(graph: GraphBase[Any], told: Callable[[int], object]) -> None:
    """Until the records of the others are here; ``told`` is called with how many have come. Nobody says beforehand how
    many there will be: the answer to a SOLICIT_NEW (MS-PPGRH 3.1.5.2.5) is a stream with an end."""
    count = 0
    events: Stream[Any] = graph.events(peerapi.Change, peerapi.StatusChange, limit=1_000_000)
    with events:
        while not graph.synchronized:
            if isinstance(await anext(events, None), peerapi.Change):
                count += 1
                told(count)


def leave_in_time(nursery: trio.Nursery, seconds: float | None) -> None:
    """Cancel a nursery after so many seconds, or when a signal says so."""
    import trio

    nursery.start_soon(_leave_when_told, nursery.cancel_scope)
    if seconds is not None:
        nursery.cancel_scope.deadline = trio.current_time() + seconds


async def _listen(graph: peerapi.Graph, port: int) -> None:
    await graph.wait_synchronized()
    await graph.listen(port)


async def _join(graph: peerapi.Graph, places: Sequence[str], view: View) -> None:
    """One neighbor is enough, the graph finds the others. Raises what the last place said when there is none."""

    def complain(place: str, error: peerapi.PeerError) -> None:
        view.say({"event": "unreachable", "place": place, "error": error.name}, f"{place}: {error}")

    await connect(graph, places, complain)


async def _leave_when_told(scope: trio.CancelScope) -> None:
    import trio

    with trio.open_signal_receiver(*ending()) as signals:
        async for _ in signals:
            scope.cancel()


class View:
    """What has been seen of a graph, and how it is shown."""

    def __init__(
        self, graph: GraphBase[Any], title: str, types: tuple[type, ...], *, json: bool, screen: bool = True
    ) -> None:
        self._graph = graph
        self._title = title
        self._screen = screen and sys.stdout.isatty() and not json
        self._json = json
        self._began = time.monotonic()
        self._changes: Counter[str] = Counter()
        self._told = 0
        self._latest: deque[str] = deque(maxlen=LATEST)
        self._rates: deque[int] = deque(maxlen=60)
        self._peers: dict[int, str] = {}
        "Connection -> who is at its other end, for when it has ended."
        self._events: Stream[Any] = graph.events(*types)

    async def follow(self) -> None:
        """Take in what happens, until the graph is closed."""
        with self._events as events:
            while True:
                try:
                    async for event in events:
                        await self._happened(event)
                    return
                except peerapi.ChangesLost as lost:
                    self.say({"event": "lost", "count": lost.count}, f"{lost.count} events were too many to be shown")

    async def _happened(self, event: object) -> None:
        match event:
            case peerapi.Change():
                self._changes[event.kind.name.lower()] += 1
                record = None if self._screen and self._changes.total() - self._told > LATEST else await event.record()
                kind = event.kind.name.lower()
                shown = {"event": "record", "change": kind, "id": event.id, "type": event.type}
                text = f"{kind:8} {event.id}"
                if record is not None:
                    shown |= {"creator": record.creator, "data": record.data}
                    text += f"  {record.creator}  {data_preview(record.data)}"
                self.say(shown, text)
            case peerapi.NodeChange():
                name = event.kind.name.lower()
                self.say(
                    {"event": "node", "change": name, "node": str(event.node), "peer": event.peer},
                    f"node {event.node:016x} of {event.peer}: {name}",
                )
            case peerapi.NeighborChange():
                name = event.state.name.lower()
                link = next((one for one in self._graph.connections() if one.id == event.connection), None)
                peer, path = (link.peer, link.path.value) if link is not None else (None, None)
                if peer is not None:
                    self._peers[event.connection] = peer
                elif event.state is not peerapi.ConnectionState.CONNECTED:
                    peer = self._peers.pop(event.connection, None)  # of a connection that has ended
                if event.state is peerapi.ConnectionState.FAILED and peer is None:
                    name = "a call to another node came to nothing; others are tried"
                who = peer or (f"{event.node:016x}" if event.node else "")
                self.say(
                    {"event": "neighbor", "change": event.state.name.lower(), "connection": event.connection,
                     "node": str(event.node), "peer": peer, "path": path, "error": event.error and event.error.name},
                    f"neighbor{f' {who}' if who else ''}: {name}{f', {path}' if path else ''}"
                    f"{f' ({event.error})' if event.error else ''}",
                )  # fmt: skip
            case peerapi.StatusChange():
                self.say({"event": "status", "status": _status(event.status)}, f"status: {_status(event.status)}")
            case peerapi.MemberChange():
                name = event.kind.name.lower()
                self.say({"event": "member", "change": name, "member": event.member}, f"member {event.member}: {name}")
            case peerapi.ConnectFailed():
                self.say({"event": "unreachable", "error": event.error.name}, f"nobody found: {event.error}")
            case peerapi.ConnectionRequired():
                self.say({"event": "alone"}, "no neighbor could be found; join one with --connect")

    def say(self, shown: dict[str, object], text: str) -> None:
        """One line of the log: ``shown`` for programs, ``text`` for people."""
        now = datetime.now(UTC)
        clock = now.astimezone().strftime("%H:%M:%S")
        if self._screen:
            self._latest.append(f"{clock}  {printable(text)}")
        elif self._json:
            print(in_json({"time": now, **shown}), flush=True)
        else:
            print(f"{clock}  {printable(text)}", flush=True)

    async def keep_drawing(self) -> None:
        """Task: draw the view once a second, until it is cancelled."""
        import trio

        while True:
            await self.tick()
            await trio.sleep(SECOND)

    async def tick(self) -> None:
        """Note how many changes the last second has brought, and draw the view or print a line of it."""
        total = self._changes.total()
        self._rates.append(total - self._told)
        self._told = total
        records = await self._graph.count()
        if self._screen:
            width, height = shutil.get_terminal_size()
            lines = self.lines(records)[: height - 1]
            sys.stdout.write(CLEAR + "".join(f"{cut(line, width)}{END}\n" for line in lines) + REST)
            sys.stdout.flush()
        elif self._json:
            status = {"status": _status(self._graph.status), "records": records, "changes": self._rates[-1]}
            counts = {"neighbors": len(self._graph.connections()), "nodes": len(self._nodes())}
            print(in_json({"time": datetime.now(UTC), "event": "second", **status, **counts}), flush=True)

    def lines(self, records: int) -> list[str]:
        """The lines of the whole view."""
        graph = self._graph
        since = int(time.monotonic() - self._began)
        rate = sum(self._rates) / max(1, len(self._rates))
        counts = ", ".join(f"{count:,} {kind}" for kind, count in sorted(self._changes.items())) or "nothing yet"
        head = self._title
        if not graph.synchronized:
            head += f"   first synchronization: {self._changes['added']:,} records so far"
        links = [(one.peer, f"{one.node:016x}", one.path.value, str(one.address)) for one in graph.connections()]
        nodes = [
            (one.peer, f"{one.id:016x}", " ".join(map(str, one.addresses)), one.attributes or "")
            for one in self._nodes()
        ]
        lines = [
            printable(head),
            f"{_status(graph.status)}   {since // 3600:02}:{since // 60 % 60:02}:{since % 60:02}",
            f"{counted(records, 'record')}   {self._rates[-1] if self._rates else 0} changes in the last second, "
            f"{rate:.1f} a second over the last minute   {counts}",
            "",
        ]
        lines += [*table((f"LINKS ({len(links)})", "NODE", "PATH", "ADDRESS"), links, most=WIDEST).splitlines(), ""]
        lines += [*table((f"NODES ({len(nodes)})", "NODE", "ADDRESSES", "SAYS"), nodes, most=WIDEST).splitlines(), ""]
        return [*lines, "LATEST", *reversed(self._latest)]

    def _nodes(self) -> list[peerapi.Node]:
        try:
            return self._graph.nodes()
        except (peerapi.errors.GraphNotReady, peerapi.errors.GroupNotReady):
            return []


def _status(status: peerapi.Status) -> str:
    return (status.name or "alone").lower().replace("|", ", ").replace("_", " ")
