"""``peerapi graph``: which graphs this user has, what is in them, and what goes on in them."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from uuid import UUID

from peerapi.cli import inspection
from peerapi.cli.inspection import Inspection
from peerapi.cli.output import Progress, as_json, data_preview, facts, local, size, table
from peerapi.errors import DatabaseAccessDenied, InvalidArgument, InvalidDatabase, PeerError
from peerapi.python import query, values
from peerapi.store import ownership, shelf
from peerapi.text import printable

TERM = re.compile(r"([0-9A-Za-z]{1,40})\s*(==|!=|<=|>=|=|<|>|~)\s*(.*)", re.DOTALL)
ROWS = 50
"Records that are read ahead, so that the columns fit."


def main(words: list[str]) -> int:
    """Runs one command; 1 and the reason on stderr when it fails."""
    options = _parser().parse_args(words)
    try:
        if options.command == "watch":
            from peerapi.cli import watch

            return watch.main(options)
        COMMANDS[options.command](options)
    except PeerError as error:
        print(f"peerapi graph {options.command}: {error} ({error.name}, 0x{error.hresult:08X})", file=sys.stderr)
        return 1
    except BrokenPipeError:  # head, less
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="peerapi graph",
        description="The graphs of this user. A graph that a process has open can only be listed and watched.",
    )
    commands = parser.add_subparsers(dest="command", required=True)

    def command(name: str, text: str, *, of_a_graph: bool = True) -> argparse.ArgumentParser:
        one = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
        if of_a_graph:
            one.add_argument("graph", help="the graph's ID")
            one.add_argument("--peer", help="the peer whose database is meant, where there are several")
            one.add_argument("--database", help="the name of the database, where there are several")
        return one

    def for_programs(one: argparse.ArgumentParser) -> None:
        one.add_argument("--json", action="store_true", help="one JSON object a line")

    for_programs(command("list", "list the graphs of this user", of_a_graph=False))
    for_programs(command("show", "show the properties of a graph and what it holds"))
    records = command("records", "list the records of a graph")
    records.add_argument("--type", type=UUID, help="records of this type only")
    records.add_argument("--creator", help="records of this peer only")
    for_programs(records)
    search = command("search", "find records by their attributes")
    search.add_argument(
        "terms",
        nargs="+",
        help="Name=value, != < <= > >= or ~ (with * and ?), all of them to be met; or the query's XML",
    )
    for_programs(search)
    export = command("export", "write the database of a graph to a file")
    export.add_argument("file", type=Path)
    bring = command("import", "take an exported database into one's own")
    bring.add_argument("file", type=Path)
    command("delete", "remove what is stored of a graph on this machine")
    from peerapi.cli.watch import add_options

    add_options(command("watch", "join a graph and look at its nodes, links and records"))
    return parser


# ---- which there are ----


def _list(options: argparse.Namespace) -> None:
    rows = [_listed(entry) for entry in shelf.entries()]
    if options.json:
        for row in rows:
            print(as_json(row))
    elif rows:
        cells = [
            (
                row["graph"] or "?",
                row["peer"] or "?",
                row["database"],
                _or_empty(row["records"]),
                size(_int(row["size"])),
                row["state"],
            )
            for row in rows
        ]  # fmt: skip
        print(table(("GRAPH", "PEER", "DATABASE", "RECORDS", "SIZE", "STATE"), cells, right=(3, 4)))
    else:
        print("no graphs", file=sys.stderr)


def _listed(entry: shelf.Entry) -> dict[str, object]:
    row: dict[str, object] = {"graph": entry.graph_id, "peer": entry.peer_id, "database": entry.database}
    row |= {"records": None, "size": entry.size, "state": "closed", "process": None}
    try:
        look = shelf.look(entry.path)
    except DatabaseAccessDenied:
        number = ownership.owner(entry.path)
        return row | {"state": f"open in process {number}" if number else "open", "process": number}
    except InvalidDatabase:
        return row | {"state": "damaged"}
    return row | {
        "records": look.records,
        "state": "closed" if look.facts.get("synchronized") else "never synchronized",
    }


def _show(options: argparse.Namespace) -> None:
    with _opened(options) as found:
        info = found.driver.graph.info
        types = sorted(found.types().items(), key=lambda item: -item[1])
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
            "types": {str(UUID(bytes=kind)): count for kind, count in types},
        }
        if options.json:
            print(as_json(shown))
            return
        pairs = [(name.replace("_", " "), value) for name, value in shown.items() if name != "types"]
        print(facts((name, size(_int(value)) if name.endswith("size") and value else value) for name, value in pairs))
        if types:
            print("\n" + table(("TYPE", "RECORDS"), _dict(shown["types"]).items(), right=(1,)))


# ---- what is in them ----


def _records(options: argparse.Namespace) -> None:
    with _opened(options) as found:
        kind = options.type.bytes if options.type else None
        print_records(found.records(found.ids(kind, options.creator)), options)


def _search(options: argparse.Namespace) -> None:
    xml = search_xml(options.terms)
    with _opened(options) as found:
        print_records(found.records(found.driver.search(xml)), options)


def search_xml(terms: list[str]) -> str:
    """The query of some terms; what begins with < is one already. Raises InvalidArgument."""
    if len(terms) == 1 and terms[0].lstrip().startswith("<"):
        return terms[0]
    conditions = []
    for term in terms:
        match = TERM.fullmatch(term)
        if match is None:
            raise InvalidArgument(f"{term!r} is not of the form Name=value.")
        name, comparison, text = match.groups()
        conditions.append(_condition(name, {"=": "==", "~": "like"}.get(comparison, comparison), text))
    joined = conditions[0]
    for condition in conditions[1:]:
        joined &= condition
    return joined.xml


def _condition(name: str, comparison: str, text: str) -> query.Condition:
    """Digits may be a number or a text, something like a date a date or a text: whichever the attribute is."""
    from peerapi.graphing.codec import dates

    found = query.clause(name, comparison, "string", text)
    if comparison != "like" and text.isascii() and text.isdigit():
        found |= query.clause(name, comparison, "int", text)
    if comparison != "like" and dates.parse(text) is not None:
        found |= query.clause(name, comparison, "date", text)
    return found


def print_records(records: Iterable[values.Record], options: argparse.Namespace) -> None:
    if options.json:
        for record in records:
            print(as_json(record_facts(record)))
        return
    shown = 0
    for page in _pages(records, ROWS):
        text = table(
            ("ID", "TYPE", "CREATOR", "MODIFIED", "SIZE", "DATA", "ATTRIBUTES"),
            [
                (one.id, str(one.type)[:8], one.creator, local(one.modified), size(len(one.data)),
                 data_preview(one.data), " ".join(f"{name}={value}" for name, value in one.attributes.items()))
                for one in page
            ],
            right=(4,),
        )  # fmt: skip
        print(text if not shown else text.split("\n", 1)[1])
        shown += len(page)
    if not shown:
        print("no records", file=sys.stderr)


def record_facts(record: values.Record) -> dict[str, object]:
    """A record for a program."""
    names = ("id", "type", "version", "creator", "modified_by", "created", "modified", "expires", "attributes", "data")
    return {name: getattr(record, name) for name in names}


def _pages(records: Iterable[values.Record], rows: int) -> Iterator[list[values.Record]]:
    page: list[values.Record] = []
    for record in records:
        page.append(record)
        if len(page) == rows:
            yield page
            page = []
    if page:
        yield page


# ---- to and from files ----


def _export(options: argparse.Namespace) -> None:
    entry = inspection.find(options.graph, options.peer, options.database)
    with Inspection(entry) as found:
        found.driver.export(str(options.file))
    print(f"{options.file}: {size(options.file.stat().st_size)}")


def _import(options: argparse.Namespace) -> None:
    from peerapi.api.graph_family import NODE
    from peerapi.store.opening import foreign

    facts_of_file, _ = foreign(str(options.file.absolute()))
    graph, peer = (str(facts_of_file.get(name)) for name in ("graph_id", "peer_id"))
    if graph != options.graph or options.peer not in (None, peer):
        raise InvalidDatabase(f"The file holds the graph {graph!r} of {peer!r}.")
    entry = [one for one in shelf.entries() if (one.graph_id, one.peer_id) == (graph, peer)]
    name = options.database or (entry[0].database if entry else str(facts_of_file.get("name")))
    driver = NODE.open(graph, peer, name, ())
    try:
        with Progress("importing") as progress:
            driver.import_file(str(options.file), progress)
        count = len(driver.record_ids(None, None)) // 16
    finally:
        NODE.close(driver)
    print(printable(f"{graph} of {peer} ({name}): {count:,} records"))


def _delete(options: argparse.Namespace) -> None:
    from peerapi.api.graph_family import NODE

    entry = inspection.find(options.graph, options.peer, options.database)
    try:
        NODE.delete(entry.graph_id or "", entry.peer_id or "", entry.database)
    except PeerError as error:
        raise inspection.told(error, entry) from error


# ---- helpers ----


def _opened(options: argparse.Namespace) -> Inspection:
    return Inspection(inspection.find(options.graph, options.peer, options.database))


def _int(value: object) -> int:
    assert isinstance(value, int)
    return value


def _or_empty(value: object) -> str:
    return "" if value is None else f"{value:,}"


def _dict(value: object) -> dict[str, int]:
    assert isinstance(value, dict)
    return value


COMMANDS = {
    "list": _list,
    "show": _show,
    "records": _records,
    "search": _search,
    "export": _export,
    "import": _import,
    "delete": _delete,
}
