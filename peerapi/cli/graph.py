"""``peerapi graph``: which graphs this user has, what is in them, and taking part in them."""

from __future__ import annotations

import sys

import click

from peerapi.cli import graph_asking, graph_files, graph_nodes, inspection
from peerapi.cli.commands import COUNT, Stored, for_programs, sure, yes
from peerapi.cli.databases import find, friendly_name, of_a_graph
from peerapi.cli.inspection import Inspection
from peerapi.cli.output import facts, in_json, size, table
from peerapi.cli.records import START_OF_UUID, TERMS, choosing, show_all, show_one
from peerapi.errors import DatabaseAccessDenied, InvalidDatabase, PeerError
from peerapi.python import values
from peerapi.store import catalog, ownership


@click.group("graph", cls=Stored, no_args_is_help=True)
def command() -> None:
    """The graphs of this user: sets of records that all who take part hold.

    A graph is named by its ID, by the name that people have given it, or by the beginning of either, if only
    one fits. A graph that a process has open can only be listed, and joined as a node of its own.
    """


# ---- which there are ----


@command.command("list")
@for_programs
def _list(as_json: bool) -> None:
    """List the graphs of this user."""
    rows = [_listed(entry) for entry in catalog.entries()]
    if as_json:
        for row in rows:
            print(in_json(row))
    elif rows:
        cells = [
            (
                row["graph"] or "?",
                row["peer"] or "?",
                row["database"],
                _or_empty(row["records"]),
                size(_int(row["size"])),
                _state(row),
            )
            for row in rows
        ]  # fmt: skip
        print(table(("GRAPH", "PEER", "DATABASE", "RECORDS", "SIZE", "STATE"), cells, right=(3, 4)))
    else:
        print("no graphs", file=sys.stderr)


def _listed(entry: catalog.Entry) -> dict[str, object]:
    row: dict[str, object] = {"graph": entry.graph_id, "peer": entry.peer_id, "database": entry.database}
    row |= {"records": None, "size": entry.size, "state": "closed", "process": None, "addresses": []}
    try:
        look = catalog.look(entry.path)
    except DatabaseAccessDenied:
        number = ownership.owner(entry.path)
        state = f"open in process {number}" if number else "open"
        return row | {"state": state, "process": number, "addresses": ownership.places(entry.path)}
    except InvalidDatabase:
        return row | {"state": "damaged"}
    except PeerError:  # a full disk has no room for what SQLite needs to read
        return row | {"state": "not readable now"}
    return row | {
        "records": look.records,
        "state": "closed" if look.facts.get("synchronized") else "never synchronized",
    }


@command.command()
@of_a_graph
@for_programs
def show(graph: str, peer: str | None, database: str | None, as_json: bool) -> None:
    """Show the properties of a graph and what it holds."""
    with Inspection(find(graph, peer, database)) as found:
        info = found.driver.graph.info
        types = sorted(found.reader.types().items(), key=lambda item: -item[1])
        shown: dict[str, object] = {
            "graph": found.entry.graph_id,
            "peer": found.entry.peer_id,
            "database": found.entry.database,
            "file": str(found.entry.path),
            "size": found.entry.size,
            "synchronized": found.synchronized,
            "creator": info.creator_id if info else None,
            "friendly_name": info.friendly_name if info else None,
            "comment": info.comment if info else None,
            "scope": values.Scope(info.scope).name.lower() if info else None,
            "max_record_size": info.effective_max_record_size if info else None,
            "presence_lifetime": info.effective_presence_lifetime if info else None,
            "records": sum(count for _, count in types),
        }
        if as_json:
            print(in_json({**shown, "types": {str(kind): count for kind, count in types}}))
            return
        if info:
            shown["presence_lifetime"] = f"{info.effective_presence_lifetime:,} seconds"
        pairs = [(name.replace("_", " "), value) for name, value in shown.items()]
        print(facts((name, size(_int(value)) if name.endswith("size") and value else value) for name, value in pairs))
        if types:
            print("\n" + table(("TYPE", "RECORDS"), types, right=(1,)))


# ---- what is in them ----


@command.command()
@of_a_graph
@choosing
def records(
    graph: str,
    peer: str | None,
    database: str | None,
    kind: str | None,
    creator: str | None,
    limit: int | None,
    as_json: bool,
) -> None:
    """List the records of a graph; what changed last comes last."""
    with Inspection(find(graph, peer, database)) as found:
        show_all(found.reader, found.reader.ids(kind, creator), limit=limit, as_json=as_json)


@command.command()
@of_a_graph
@click.argument("record", type=START_OF_UUID)
@click.option("--data", "only_data", is_flag=True, help="Write its data as they are, and nothing else.")
@for_programs
def record(graph: str, peer: str | None, database: str | None, record: str, only_data: bool, as_json: bool) -> None:
    """Show all of one record, by its ID or the beginning of that."""
    with Inspection(find(graph, peer, database)) as found:
        show_one(found.reader.record(record), as_json=as_json, only_data=only_data)


@command.command()
@of_a_graph
@click.argument("terms", nargs=-1, required=True)
@click.option("--limit", type=COUNT, metavar="COUNT", help="At most COUNT records.")
@for_programs
def search(
    graph: str, peer: str | None, database: str | None, terms: tuple[str, ...], limit: int | None, as_json: bool
) -> None:
    """Find records by their attributes."""
    with Inspection(find(graph, peer, database)) as found:
        show_all(found.reader, found.reader.found(list(terms)), limit=limit, as_json=as_json)


search.help = f"Find records by their attributes.\n\nTERMS: {TERMS}"


# ---- taking part, files, the end ----

for _command in (*graph_nodes.COMMANDS, *graph_asking.COMMANDS, *graph_files.COMMANDS):
    command.add_command(_command)


@command.command()
@of_a_graph
@yes
def delete(graph: str, peer: str | None, database: str | None, yes: bool) -> None:
    """Remove what is stored of a graph on this machine. The other nodes keep theirs."""
    from peerapi.api.graph_family import NODE

    entry = find(graph, peer, database)
    name = friendly_name(entry)
    shown = f"{entry.graph_id}{f' ({name})' if name else ''} of {entry.peer_id}"
    sure(f"Remove {shown} with all its records from this machine?", yes)
    try:
        NODE.delete(entry.graph_id or "", entry.peer_id or "", entry.database)
    except PeerError as error:
        raise inspection.told(error, entry, inspection.END) from error


# ---- helpers ----


def _int(value: object) -> int:
    assert isinstance(value, int)
    return value


def _state(row: dict[str, object]) -> str:
    """Whether it is open, and where others join it then."""
    addresses = row["addresses"]
    assert isinstance(addresses, list)
    return f"{row['state']}, at {addresses[0]}" if addresses else str(row["state"])


def _or_empty(value: object) -> str:
    return "" if value is None else f"{value:,}"
