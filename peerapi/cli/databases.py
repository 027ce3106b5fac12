"""Which of this user's databases is meant, by what people type: the graph's ID or name, and who its peer is."""

from __future__ import annotations

import getpass
from collections.abc import Callable
from typing import TypeVar

import click

from peerapi.cli import naming
from peerapi.errors import NotFound, PeerError
from peerapi.store import catalog
from peerapi.text import to_paste

F = TypeVar("F", bound=Callable[..., object])
LISTING = "peerapi graph list"


def of_a_graph(command: F) -> F:
    """The parameters of a command about one graph."""
    command = click.option("--database", metavar="NAME", help="Which database, where the graph has several here.")(
        command
    )
    command = click.option("--peer", metavar="PEER", help="Whose database, where the graph has several here.")(command)
    return click.argument("graph", shell_complete=completed)(command)


def find(graph: str, peer: str | None = None, database: str | None = None) -> catalog.Entry:
    """The one database that fits. Raises NotFound, and names the choices when there are several."""
    fitting = graphs(graph)
    if not fitting:
        known = [name for entry in catalog.entries() for name in (entry.graph_id, friendly_name(entry)) if name]
        raise NotFound(naming.unknown("graph", graph, known, listing=LISTING))
    if len({entry.graph_id for entry in fitting}) > 1:
        shown = [_shown(entry.graph_id, friendly_name(entry)) for entry in fitting]
        raise NotFound(f"There are several graphs {graph!r}: {naming.choices(sorted(set(shown)))}")
    if peer is not None:
        fitting = naming.fitting(peer, fitting, lambda entry: [entry.peer_id])
    if database is not None:
        fitting = naming.fitting(database, fitting, lambda entry: [entry.database])
    if not fitting:
        raise NotFound(f"There is no such database of the graph {graph!r}; `{LISTING}` shows all.")
    if len(fitting) > 1:
        shown = [to_paste("", peer=entry.peer_id, database=entry.database).strip() for entry in fitting]
        raise NotFound(f"There are several databases of the graph {graph!r}: {naming.choices(shown)}")
    return fitting[0]


def entry_of(graph_id: str, peer: str, database: str) -> catalog.Entry:
    """The database of a node that is there already, or is to be."""
    from peerapi.engine.graphs.node import database_path

    return catalog.Entry(database_path(graph_id, peer, database), database, graph_id, peer)


def graphs(typed: str) -> list[catalog.Entry]:
    """The databases of the graphs that may be meant. A graph's ID comes before any name that people have given one."""
    entries = catalog.entries()
    exact = [entry for entry in entries if entry.graph_id == typed]
    return exact or naming.fitting(typed, entries, lambda entry: [entry.graph_id, friendly_name(entry)])


def known_id(typed: str) -> str:
    """The ID of the graph of this user that is meant; where there is none, what was typed is one."""
    found = {entry.graph_id for entry in graphs(typed)}
    if len(found) > 1 and typed not in found:
        find(typed)
    (only,) = found if len(found) == 1 else (typed,)
    return only or typed


def friendly_name(entry: catalog.Entry) -> str | None:
    """What people call a graph, None when it has no such name or nobody can look, because a process has it open."""
    from peerapi.graphing.codec.internal_records import GraphInfo
    from peerapi.graphing.codec.records import GRAPH_INFO_ID, decode_record
    from peerapi.graphing.codec.wire import MalformedMessage

    try:
        wire = catalog.wire(entry.path, GRAPH_INFO_ID)
        return GraphInfo.decode(decode_record(wire).payload).friendly_name if wire else None
    except (PeerError, OSError, ValueError, MalformedMessage):
        return None


def login() -> str:
    """The user's name, who a new peer is when nothing else is said."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "somebody"


def completed(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """For a shell: the graphs there are."""
    try:
        return sorted(
            {entry.graph_id for entry in catalog.entries() if entry.graph_id and entry.graph_id.startswith(incomplete)}
        )
    except (PeerError, OSError):
        return []


def _shown(name: str | None, friendly: str | None) -> str:
    return f"{name} ({friendly})" if friendly else str(name)
