"""``peerapi graph watch``: a node that only looks: nodes, links, and what happens to records, as it happens.

On a terminal the view is drawn anew every second; elsewhere each event is a line, with ``--json`` one JSON object.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import signal
import socket
import sys
import tempfile
import time
from collections import Counter, deque
from collections.abc import Callable, Coroutine, Iterator
from typing import TYPE_CHECKING, Any

import peerapi
from peerapi.cli.inspection import other_home
from peerapi.cli.output import as_json, cut, data_preview, table
from peerapi.python.replica import Replica
from peerapi.python.streams import Stream
from peerapi.text import printable

if TYPE_CHECKING:
    import trio

COMMON = (peerapi.Change, peerapi.NeighborChange, peerapi.StatusChange)
OF_GRAPHS = (*COMMON, peerapi.NodeChange, peerapi.ConnectionRequired)
OF_GROUPS = (*COMMON, peerapi.MemberChange, peerapi.ConnectFailed)
SECOND = 1.0
LATEST = 12
CLEAR, REST, END = "\x1b[H", "\x1b[J", "\x1b[K"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Besides the graph, ``--peer`` and ``--database``."""
    parser.add_argument(
        "--connect", action="append", default=[], metavar="ADDRESS", help="a node to join, as in [::1]:4001"
    )
    parser.add_argument("--listen", type=int, metavar="PORT", help="let others join this node; 0: any port")
    parser.add_argument("--seconds", type=float, help="leave after that time")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.epilog = (
        "Without --peer this node is a guest, whose copy of the graph is gone when it leaves; with it, the database of"
        " that peer is used, or made."
    )


def main(options: argparse.Namespace) -> int:
    """Until Ctrl-C, or for ``--seconds``."""
    with _home(options):
        run(_watch, options)
    return 0


def run(work: Callable[[argparse.Namespace], Coroutine[Any, Any, None]], options: argparse.Namespace) -> None:
    """Under trio. Raises the first thing that went wrong, which is what people want to know."""
    import trio

    try:
        trio.run(work, options)
    except ExceptionGroup as group:  # a nursery's
        raise _first(group) from group


def _first(group: ExceptionGroup[Exception]) -> Exception:
    found = group.exceptions[0]
    return _first(found) if isinstance(found, ExceptionGroup) else found


@contextlib.contextmanager
def _home(options: argparse.Namespace) -> Iterator[None]:
    """A guest keeps nothing."""
    if options.peer is not None:
        yield
        return
    options.peer = f"guest {os.getpid()} of {socket.gethostname()}"
    with tempfile.TemporaryDirectory(prefix="peerapi-") as folder, other_home(folder):
        yield


async def _watch(options: argparse.Namespace) -> None:
    import trio

    opening = peerapi.open_graph(options.graph, options.peer, database=options.database or "graph")
    async with opening as graph, trio.open_nursery() as nursery:
        leave_in_time(nursery, options)
        view = View(graph, f"graph {graph.graph_id} as {graph.peer}", OF_GRAPHS, json=options.json)
        nursery.start_soon(view.follow)
        if options.listen is not None:
            nursery.start_soon(_listen, graph, options.listen)
        await _join(graph, options.connect, view)
        await view.keep_drawing()


def leave_in_time(nursery: trio.Nursery, options: argparse.Namespace) -> None:
    """After ``--seconds``, and when somebody says so."""
    import trio

    nursery.start_soon(_leave_when_told, nursery.cancel_scope)
    if options.seconds is not None:
        nursery.cancel_scope.deadline = trio.current_time() + options.seconds


async def _listen(graph: peerapi.Graph, port: int) -> None:
    await graph.wait_synchronized()
    await graph.listen(port)


async def _join(graph: peerapi.Graph, places: list[str], view: View) -> None:
    """One neighbor is enough, the graph finds the others. Raises what the last place said when there is none."""
    for number, place in enumerate(places, 1):
        try:
            await graph.connect(place)
        except peerapi.errors.AlreadyExists:
            pass
        except peerapi.PeerError as error:
            if number == len(places) and not graph.connections():
                raise
            view.say({"event": "unreachable", "place": place, "error": error.name}, f"{place}: {error}")


async def _leave_when_told(scope: trio.CancelScope) -> None:
    import trio

    with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        async for _ in signals:
            scope.cancel()


class View:
    """What has been seen of a graph, and how it is shown."""

    def __init__(self, graph: Replica[Any], title: str, types: tuple[type, ...], *, json: bool) -> None:
        self._graph = graph
        self._title = title
        self._types = types
        self._screen = sys.stdout.isatty() and not json
        self._json = json
        self._began = time.monotonic()
        self._changes: Counter[str] = Counter()
        self._told = 0
        self._latest: deque[str] = deque(maxlen=LATEST)
        self._rates: deque[int] = deque(maxlen=60)

    async def follow(self) -> None:
        """Take in what happens, until the graph is closed."""
        events: Stream[Any] = self._graph.events(*self._types)
        with events:
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
                    {"event": "node", "change": name, "node": event.node, "peer": event.peer},
                    f"node {event.node:016x} of {event.peer}: {name}",
                )
            case peerapi.NeighborChange():
                name = event.state.name.lower()
                peer = next((one.peer for one in self._graph.connections() if one.id == event.connection), None)
                self.say(
                    {"event": "neighbor", "change": name, "connection": event.connection, "node": event.node,
                     "peer": peer, "error": event.error and event.error.name},
                    f"neighbor {peer or f'{event.node:016x}'}: {name}{f' ({event.error})' if event.error else ''}",
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
        clock = time.strftime("%H:%M:%S")
        if self._screen:
            self._latest.append(f"{clock}  {printable(text)}")
        elif self._json:
            print(as_json({"time": clock, **shown}), flush=True)
        else:
            print(f"{clock}  {printable(text)}", flush=True)

    async def keep_drawing(self) -> None:
        """Until it is cancelled."""
        import trio

        while True:
            await self.tick()
            await trio.sleep(SECOND)

    async def tick(self) -> None:
        """Once a second."""
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
            print(as_json({"time": time.strftime("%H:%M:%S"), "event": "second", **status, **counts}), flush=True)

    def lines(self, records: int) -> list[str]:
        """The whole view."""
        graph = self._graph
        since = int(time.monotonic() - self._began)
        rate = sum(self._rates) / max(1, len(self._rates))
        counts = ", ".join(f"{count:,} {kind}" for kind, count in sorted(self._changes.items())) or "nothing yet"
        head = self._title
        if not graph.synchronized:
            head += f"   first synchronization: {self._changes['added']:,} records so far"
        links = [(one.peer, f"{one.node:016x}", str(one.address)) for one in graph.connections()]
        nodes = [
            (one.peer, f"{one.id:016x}", " ".join(map(str, one.addresses)), one.attributes or "")
            for one in self._nodes()
        ]
        lines = [
            printable(head),
            f"{_status(graph.status)}   {since // 3600:02}:{since // 60 % 60:02}:{since % 60:02}",
            f"{records:,} records   {self._rates[-1] if self._rates else 0} changes in the last second, {rate:.1f} a"
            f" second over the last minute   {counts}",
            "",
        ]
        lines += [*table((f"LINKS ({len(links)})", "NODE", "ADDRESS"), links).splitlines(), ""]
        lines += [*table((f"NODES ({len(nodes)})", "NODE", "ADDRESSES", "SAYS"), nodes).splitlines(), ""]
        return [*lines, "LATEST", *reversed(self._latest)]

    def _nodes(self) -> list[peerapi.Node]:
        try:
            return self._graph.nodes()
        except (peerapi.errors.GraphNotReady, peerapi.errors.GroupNotReady):
            return []


def _status(status: peerapi.Status) -> str:
    return (status.name or "alone").lower().replace("|", ", ").replace("_", " ")
