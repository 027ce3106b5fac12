"""``peerapi drt``: be a node of a Distributed Routing Table, look for keys, watch who comes next to them."""

from __future__ import annotations

import contextlib
import hashlib
import os
import queue
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

import click

from peerapi.cli.commands import NODE_ADDRESS, PORT, SECONDS, Family, Whole, for_programs
from peerapi.cli.output import data_preview, in_json, table
from peerapi.errors import NobodyReached, NotFound, TimedOut
from peerapi.signals import ending
from peerapi.text import printable

if TYPE_CHECKING:
    from peerapi.drt.border import End, Event, PathNode, Query, Result
    from peerapi.engine.drt.instance import Instance

F = TypeVar("F", bound=Callable[..., object])
KEY_SIZE = 32
LONGEST = 20.0
"Seconds that a search of a table lasts at most."
PATIENCE = 10.0
"Seconds in which others are looked for, unless said; after them nobody is there."
PAUSE = 0.2


@click.group("drt", cls=Family, no_args_is_help=True)
def command() -> None:
    """Distributed Routing Tables: keys that any node of a table finds.

    A key is 64 hexadecimal digits, the least significant byte first, or any other text, of which the hash is the key.
    Nodes have the null security provider here: whoever registers a key has it.
    """


class Pair(click.ParamType[tuple[str, bytes]]):
    """A key and its text: ``KEY=TEXT``. Bytes that are no UTF-8 stay what they are."""

    name = "pair"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, bytes]:
        from peerapi.drt.border import LARGEST_PAYLOAD

        key, equals, text = str(value).partition("=")
        if not equals:
            self.fail(f"{value!r} is not KEY=TEXT.", param, ctx)
        data = os.fsencode(text) or b" "
        if len(data) > LARGEST_PAYLOAD:
            self.fail(f"a text of {len(data)} bytes, where {LARGEST_PAYLOAD} are allowed.", param, ctx)
        return key, data


def at_option(*, required: bool) -> Callable[[F], F]:
    """Which nodes are called first."""
    return click.option(
        "--at",
        "places",
        multiple=True,
        required=required,
        metavar="HOST:PORT",
        type=NODE_ADDRESS,
        help="A node that is there already; repeatable.",
    )


port_option = click.option("--port", type=PORT, help="The own UDP port; any without it.")


def key_of(text: str) -> bytes:
    """The key that is meant."""
    if len(text) == 2 * KEY_SIZE:
        with contextlib.suppress(ValueError):
            return bytes.fromhex(text)
    return hashlib.sha256(os.fsencode(text)).digest()


@contextlib.contextmanager
def _node(port: int | None, places: tuple[str, ...]) -> Iterator[tuple[Instance, queue.SimpleQueue[None]]]:
    """A node, and what is put into when it has an event."""
    from peerapi.drt.border import Settings, TransportScope
    from peerapi.drt.null import NullProvider
    from peerapi.engine.drt.dns import DnsBootstrap
    from peerapi.engine.drt.instance import Instance
    from peerapi.engine.drt.transport import Transport
    from peerapi.engine.runtime import Engine

    _require_addresses(places)
    transport = Transport(TransportScope.GLOBAL, 0, 0, port or 0)
    hosts = [_place(place) for place in places] or [("::1", transport.port)]
    if len({number for _, number in hosts}) > 1:
        raise click.UsageError(
            "Nodes to begin with have one port: it is the host that differs.", click.get_current_context()
        )
    news: queue.SimpleQueue[None] = queue.SimpleQueue()
    bootstrap = DnsBootstrap(" ".join(host for host, _ in hosts), hosts[0][1])
    instance = Instance.open(
        Settings(prefix="peerapi"), transport, NullProvider(), bootstrap, lambda: news.put(None), Engine()
    )
    try:
        yield instance, news
    finally:
        instance.close()
        transport.close()


def _require_addresses(places: tuple[str, ...]) -> None:
    """A name that leads to nothing is not asked for again. Raises NotFound when none leads anywhere."""
    for place in places:
        with contextlib.suppress(OSError, UnicodeError):
            socket.getaddrinfo(*_place(place), type=socket.SOCK_DGRAM)
            return
    if places:
        raise NotFound(f"No address of {' or '.join(places)} can be found.")


def _place(text: str) -> tuple[str, int]:
    """``[::1]:5000``, ``localhost:5000``, as NODE_ADDRESS lets it through."""
    host, _, port = text.rpartition(":")
    return host.strip("[]"), int(port)


@command.command()
@port_option
@at_option(required=False)
@click.option(
    "--put",
    "pairs",
    multiple=True,
    metavar="KEY=TEXT",
    type=Pair(),
    help="Register a key with this text; repeatable.",
)
@for_programs
def node(port: int | None, places: tuple[str, ...], pairs: tuple[tuple[str, bytes], ...], as_json: bool) -> None:
    """Be a node until Ctrl-C (or SIGTERM), and tell what happens: who is there, which keys come and go next to ours."""
    ended = threading.Event()
    before = {one: signal.signal(one, lambda *_: ended.set()) for one in ending()}
    try:
        with _node(port, places) as (instance, news):
            own = instance.transport.port
            print(in_json({"port": own}) if as_json else f"port {own}", flush=True)
            for name, data in pairs:
                instance.register(key_of(name), data, None)
            while not ended.is_set():
                with contextlib.suppress(queue.Empty):
                    news.get(timeout=0.2)
                event = instance.take_event()
                if event is not None:
                    if places and _is_alone(event):
                        said = f"No node of the table answers at {' or '.join(places)}; this one waits to be called."
                        print(printable(said), file=sys.stderr, flush=True)
                    print(in_json(_fields(event)) if as_json else _told(event), flush=True)
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


def _is_alone(event: Event) -> bool:
    from peerapi.drt.border import Status, StatusEvent

    return isinstance(event, StatusEvent) and event.status is Status.ALONE


def _fields(event: Event) -> dict[str, object]:
    from peerapi.drt.border import LeafSetEvent, StatusEvent

    if isinstance(event, StatusEvent):
        return {"status": event.status.name.lower(), "addresses": [str(one) for one in event.addresses]}
    if isinstance(event, LeafSetEvent):
        return {"leaf_set": event.change.name.lower(), "own": event.local.hex(), "key": event.remote.hex()}
    return {"unresolvable": event.local.hex(), "hresult": event.hresult}


def _told(event: Event) -> str:
    from peerapi.drt.border import LeafSetEvent, StatusEvent

    if isinstance(event, StatusEvent):
        return f"status {event.status.name.lower().replace('_', ' ')}"
    if isinstance(event, LeafSetEvent):
        return f"{event.change.name.lower()}  {event.remote.hex()}  next to {event.local.hex()[:16]}..."
    return f"cannot be found any more  {event.local.hex()}"


@command.command()
@click.argument("key")
@port_option
@at_option(required=True)
@click.option("--nearest", type=Whole(1, 1000), help="So many keys, the nearest first.")
@click.option(
    "--seconds", type=SECONDS, default=PATIENCE, show_default=True, help="So long a node of the table is looked for."
)
@click.option(
    "--path",
    "with_path",
    is_flag=True,
    help="Show which nodes were asked, too: where each is, when it has answered, and how many first bits its key has "
    "in common with the one sought.",
)
@for_programs
def search(
    key: str,
    port: int | None,
    places: tuple[str, ...],
    nearest: int | None,
    seconds: float,
    with_path: bool,
    as_json: bool,
) -> None:
    """Find a key: the text that is registered with it."""
    from peerapi.drt.border import End, Query, Status

    with _node(port, places) as (instance, _):
        query = Query(key_of(key), exact=nearest is None, most=nearest or 1, timeout=LONGEST)
        end = time.monotonic() + seconds
        while True:
            found, how, path = _search(instance, query)
            is_reached = instance.status is Status.ACTIVE
            if found or is_reached or how is End.TIMEOUT or time.monotonic() > end:
                break
            time.sleep(PAUSE)  # nobody could be asked: this node and the others are about to meet
    if not found:
        if how is End.TIMEOUT:
            raise TimedOut("The search ran out of time.")
        if not is_reached:
            raise NobodyReached(f"No node of the table answers at {' or '.join(places)}.")
        raise NotFound("Nobody has that key.")
    _show(found, path if with_path else (), as_json)


def _search(instance: Instance, query: Query) -> tuple[list[Result], End, tuple[PathNode, ...]]:
    """One search to its end: results, how it ended, who was asked."""
    from peerapi.drt.border import End, Result

    news: queue.SimpleQueue[None] = queue.SimpleQueue()
    finding = instance.search(query, lambda: news.put(None))
    found: list[Result] = []
    while True:
        one = finding.take()
        if isinstance(one, Result):
            found.append(one)
        elif one is End.IN_PROGRESS:
            news.get()
        else:
            break
    path = finding.path()
    finding.end()
    return found, one, path


def _show(found: list[Result], path: tuple[PathNode, ...], as_json: bool) -> None:
    if as_json:
        for one in found:
            print(in_json({"match": one.match.name.lower(), "key": one.key.hex(), "data": one.payload}))
        for hop in path:
            flags = [flag.name.lower() for flag in type(hop.flags) if flag in hop.flags and flag.name]
            print(in_json({"asked": str(hop.address), "answered": flags, "milliseconds": hop.latency}))
        return
    rows = [(one.match.name.lower(), one.key.hex(), data_preview(one.payload)) for one in found]
    print(table(("match", "key", "data"), rows))
    if path:
        hops = [(str(hop.address), f"{hop.latency} ms", hop.nearness) for hop in path]
        print(table(("asked", "after", "bits in common"), hops, right=(1, 2)))
