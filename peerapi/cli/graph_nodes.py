"""``peerapi graph create``, ``add``, ``join``, ``serve`` and ``watch``: taking part in a graph from a terminal."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import click

from peerapi.api.graph import MAX_ID
from peerapi.cli.commands import (
    ANY_PORT,
    NODE_ADDRESS,
    SECONDS,
    SHOWN_NAME,
    Command,
    DatabaseName,
    Failure,
    Identifier,
    Number,
    Word,
    for_programs,
    mistyped,
    typed,
)
from peerapi.cli.databases import completed, entry_of, find, graphs, known_id, login, of_a_graph
from peerapi.cli.output import counted
from peerapi.cli.records import START_OF_UUID
from peerapi.errors import NotFound, PeerError
from peerapi.text import printable, to_paste

if TYPE_CHECKING:
    pass

NOTE = UUID("6f1d2c3b-4a59-4e8f-9d7c-0b1a2c3d4e5f")
"The type of records that are added without one: that of the notes in README.md."
DATABASE = "graph"
DATABASE_NAME = DatabaseName()
NAMED = "The name of its database."
PEER = Identifier("the name of a peer", MAX_ID)
SCOPES = Word("global", "site", "link", "loopback")


# ---- making one, and adding to it ----


@click.command("create", cls=Command)
@click.argument("graph", type=Identifier("the ID of a graph", MAX_ID))
@click.option("--peer", type=PEER, default=login, metavar="NAME", help="Who you are in it. [default: your login name]")
@click.option("--name", "friendly_name", type=SHOWN_NAME, help="What people call the graph.")
@click.option("--comment", help="What it is for.")
@click.option(
    "--scope",
    type=SCOPES,
    default="global",
    show_default=True,
    help="From how far others can join: anywhere; the same site (private addresses); the same link; this machine only.",
)
@click.option("--database", type=DATABASE_NAME, default=DATABASE, show_default=True, metavar="NAME", help=NAMED)
def create(graph: str, peer: str, friendly_name: str | None, comment: str | None, scope: str, database: str) -> None:
    """Make a graph, of which this machine has the first node. GRAPH is its ID, by which others join it."""
    import peerapi

    async def make() -> None:
        chosen = peerapi.Scope[scope.upper()]
        made = peerapi.create_graph(
            graph, peer, friendly_name=friendly_name, comment=comment, scope=chosen, database=database
        )
        async with made:
            pass

    _run(make)
    print(printable(f"{graph} of {peer} ({database}): made"))
    print(f"`{to_paste('peerapi graph serve', graph)}` lets others join it.", file=sys.stderr)


@click.command("add", cls=Command)
@of_a_graph
@click.argument("text", required=False)
@click.option("--file", type=click.File("rb"), help="Take the data from a file; -: from standard input.")
@click.option("--type", "kind", type=START_OF_UUID, help=f"The type of the record. [default: {NOTE}]")
@click.option(
    "--attribute",
    "attributes",
    multiple=True,
    metavar="NAME=VALUE",
    help="By this `search` finds it; repeatable.",
)
@click.option("--days", type=Number(min=0, min_open=True, max=3_000_000), help="Until it expires. [default: 30]")
def add(
    graph: str,
    peer: str | None,
    database: str | None,
    text: str | None,
    file: Any,
    kind: str | None,
    attributes: tuple[str, ...],
    days: float | None,
) -> None:
    """Add a record to a graph that is closed; its ID is printed. The others have it as soon as they are connected."""
    from peerapi.cli.inspection import END, Inspection, told

    if (text is None) == (file is None):
        raise click.UsageError("Either TEXT or --file is wanted.", click.get_current_context())
    with typed():
        values = _attributes(attributes)
    entry = find(graph, peer, database)
    if kind is None or len(kind) == 32:
        type_id = NOTE if kind is None else UUID(kind)
    else:
        with Inspection(entry) as found:
            try:
                type_id = found.reader.type(kind)
            except NotFound as error:
                raise NotFound(f"{error} A new type is named by a whole UUID.") from error
    data: bytes | str = file.read() if text is None else text
    made = []

    async def work() -> None:
        import peerapi

        opening = peerapi.open_graph(entry.graph_id or "", entry.peer_id or "", database=entry.database)
        async with opening as opened:
            expires = None if days is None else timedelta(days=days)
            made.append(await opened.add(type_id, data, attributes=values, expires=expires))

    try:
        _run(work)
    except PeerError as error:
        raise told(error, entry, END) from error
    print(made[0])


def _attributes(terms: tuple[str, ...]) -> dict[str, Any]:
    """Name -> value; digits are a number, what reads like a date is one. Raises UsageError, InvalidAttributes."""
    from peerapi.graphing.codec import dates
    from peerapi.python.attributes import from_xml, to_xml

    found: dict[str, Any] = {}
    for term in terms:
        name, equals, text = term.partition("=")
        if not equals or not name:
            raise mistyped(f"{term!r} is not of the form NAME=VALUE.")
        value: Any = text
        if text.isascii() and text.isdigit():
            value = int(text)
        elif dates.parse(text) is not None:
            kind = f'<attributes><attribute name="D" type="date">{text}</attribute></attributes>'
            value = from_xml(kind)["D"]
        found[name] = (*found.get(name, ()), value)
    to_xml(found)
    return found


# ---- joining ----


@click.command("join", cls=Command)
@click.argument("graph", type=Identifier("the ID of a graph", MAX_ID), shell_complete=completed)
@click.argument("addresses", nargs=-1, required=True, metavar="ADDRESS...", type=NODE_ADDRESS)
@click.option("--peer", type=PEER, metavar="NAME", help="Who you are in it. [default: who you were; your login name]")
@click.option("--database", type=DATABASE_NAME, default=DATABASE, show_default=True, metavar="NAME", help=NAMED)
def join(graph: str, addresses: tuple[str, ...], peer: str | None, database: str) -> None:
    """Get a copy of a graph from a node at ADDRESS, as in [::1]:4001, and keep it.

    `peerapi graph serve` keeps it up to date, and lets others have it from here.
    """
    import peerapi
    from peerapi.cli import places, watch
    from peerapi.cli.inspection import told
    from peerapi.cli.progress import Progress

    def complain(place: str, error: PeerError) -> None:
        print(printable(f"{place}: {error}"), file=sys.stderr)

    graph_id, who = _node(graph, peer)
    count = []
    connected: list[bool] = []

    async def work() -> None:
        async with peerapi.open_graph(graph_id, who, database=database) as opened:
            await places.connect(opened, addresses, complain, named=True)
            connected.append(True)
            with Progress("first synchronization") as progress:
                await watch.synchronized(opened, progress)
            count.append(await opened.count())

    try:
        with _taken_back(graph_id, who, database, connected):
            _run(work)
    except PeerError as error:
        again = to_paste("peerapi graph join", graph_id, *addresses, peer="NAME")
        other = f"End that process, or join as somebody else: `{again}`."
        raise told(error, entry_of(graph_id, who, database), other) from error
    print(printable(f"{graph_id} of {who} ({database}): {counted(count[0], 'record')}"))


@click.command("serve", cls=Command)
@of_a_graph
@click.option("--port", type=ANY_PORT, default=0, metavar="PORT", help="Where it listens. [default: any that is free]")
@click.option(
    "--connect",
    "addresses",
    type=NODE_ADDRESS,
    multiple=True,
    metavar="ADDRESS",
    help="A node to connect to before others are let in; repeatable.",
)
@click.option("--seconds", type=SECONDS, help="Stop after that time.")
@for_programs
def serve(
    graph: str,
    peer: str | None,
    database: str | None,
    port: int,
    addresses: tuple[str, ...],
    seconds: float | None,
    as_json: bool,
) -> None:
    """Keep a graph of this user open and let others join it, until Ctrl-C."""
    from peerapi.cli import watch
    from peerapi.cli.inspection import told

    entry = find(graph, peer, database)
    try:
        watch.run(watch.served, entry, port, addresses, seconds, as_json)
    except PeerError as error:
        raise told(error, entry) from error


@click.command("watch", cls=Command)
@of_a_graph
@click.option(
    "--connect",
    "addresses",
    type=NODE_ADDRESS,
    multiple=True,
    metavar="ADDRESS",
    help="A node to join, as in [::1]:4001; repeatable.",
)
@click.option("--listen", "port", type=ANY_PORT, metavar="PORT", help="Let others join this node; 0: any port.")
@click.option("--seconds", type=SECONDS, help="Leave after that time.")
@for_programs
@click.pass_context
def look_on(
    ctx: click.Context,
    graph: str,
    peer: str | None,
    database: str | None,
    addresses: tuple[str, ...],
    port: int | None,
    seconds: float | None,
    as_json: bool,
) -> None:
    """Join a graph and look at its nodes, links and records, until Ctrl-C.

    Without --peer this node is a guest, whose copy of the graph is gone when it leaves; with it, the database of that
    peer is used, or made. A graph of this user is looked at where it lies when nobody is named whom to join.
    """
    from peerapi.cli import watch
    from peerapi.cli.inspection import told

    graph_id = known_id(graph)
    if port:
        _require_free(port)
    if peer is None and not addresses and port is None:
        if not graphs(graph):
            said = f"Nobody of this user has a graph {graph!r}, so there is nothing to watch: join somebody who has it"
            raise Failure(ctx.command_path, f"{said}, with --connect ADDRESS.")
        entry = find(graph, None, database)
        peer, database = entry.peer_id, entry.database
        try:
            watch.run(watch.watched, graph_id, peer, database, addresses, port, seconds, as_json)
        except PeerError as error:
            raise told(error, entry) from error
        return
    if peer is not None:
        connected: list[bool] = []
        database = database or DATABASE
        try:
            with _taken_back(graph_id, peer, database, connected):
                watch.run(watch.watched, graph_id, peer, database, addresses, port, seconds, as_json, connected.append)
        except PeerError as error:
            raise told(error, entry_of(graph_id, peer, database)) from error
        return
    guest = f"guest {os.getpid()} of {socket.gethostname()}"
    with watch.home_for_guests():
        watch.run(watch.watched, graph_id, guest, database or DATABASE, addresses, port, seconds, as_json)


# ---- helpers ----


@contextmanager
def _taken_back(graph_id: str, peer: str, database: str, connected: list[bool]) -> Iterator[None]:
    """Remove the database that is made inside when that fails with nobody ``connected``; one that was there stays."""
    from peerapi.api.graph_family import NODE

    before = {(entry.peer_id, entry.database) for entry in graphs(graph_id) if entry.graph_id == graph_id}
    try:
        yield
    except BaseException:
        if not connected and (peer, database) not in before:
            with suppress(PeerError, OSError):
                NODE.delete(graph_id, peer, database)
        raise


def _require_free(port: int) -> None:
    """Before anything is made or fetched. Raises UnableToListen, which names the port."""
    from peerapi.engine import network

    sock, _ = network.bind(network.SCOPE_ANY, 0, port)
    sock.close()


def _node(graph: str, peer: str | None) -> tuple[str, str]:
    """(graph ID, peer) of a node that is there already, or is to be."""
    graph_id = known_id(graph)
    known = [entry.peer_id for entry in graphs(graph_id) if entry.peer_id]
    return graph_id, peer or (known[0] if len(set(known)) == 1 else login())


def _run(work: Callable[[], Any]) -> None:
    from peerapi.cli import watch

    watch.run(work)


COMMANDS: tuple[click.Command, ...] = (create, add, join, serve, look_on)
