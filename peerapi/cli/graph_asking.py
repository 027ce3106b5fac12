"""``peerapi graph ask``: a search of all nodes of a graph from a terminal."""

from __future__ import annotations

import inspect
import os
import socket
import sys

import click

from peerapi.cli import naming
from peerapi.cli.commands import NODE_ADDRESS, Command, Number, Whole, for_programs
from peerapi.cli.databases import completed, known_id
from peerapi.cli.output import data_preview, in_json
from peerapi.cli.records import TERMS, record_facts, search_xml
from peerapi.errors import PeerError, TimedOut
from peerapi.graphing.search_events import LONGEST, MOST_RECORDS
from peerapi.text import printable


@click.command("ask", cls=Command)
@click.argument("graph", shell_complete=completed)
@click.argument("terms", nargs=-1, required=True)
@click.option(
    "--connect",
    "addresses",
    type=NODE_ADDRESS,
    multiple=True,
    required=True,
    metavar="ADDRESS",
    help="A node to join, as in [::1]:4001; repeatable.",
)
@click.option(
    "--limit",
    type=Whole(min=1, max=MOST_RECORDS),
    default=100,
    help="At most COUNT records of one node. [default: 100]",
)
@click.option(
    "--seconds",
    type=Number(min=0, min_open=True, max=LONGEST),
    default=5.0,
    help="So long answers are waited for. [default: 5]",
)
@for_programs
def ask(
    graph: str, terms: tuple[str, ...], addresses: tuple[str, ...], limit: int, seconds: float, as_json: bool
) -> None:
    """Join a graph as a guest and ask all its nodes for records.

    Programs may keep records that only their own node has (PeerxGraphAddLocalRecord and search, docs/search.md); these
    are found, too.
    """
    import peerapi
    from peerapi.cli import places, watch

    graph_id, criteria = known_id(graph), search_xml(list(terms))
    guest = f"guest {os.getpid()} of {socket.gethostname()}"

    def complain(place: str, error: PeerError) -> None:
        print(printable(f"{place}: {error}"), file=sys.stderr)

    async def work() -> None:
        async with peerapi.open_graph(graph_id, guest) as opened:
            await places.connect(opened, addresses, complain)
            await watch.synchronized(opened, lambda count: None)
            answers = opened.search_nodes(criteria, limit=limit, timeout=seconds)
            counts = [_show(answer, as_json) async for answer in answers if answer.peer != guest]
            absent = [node.peer for node in answers.absent if node.peer != guest]
            if not counts:
                asked = f"asked: {naming.choices(absent)}" if absent else "there is no other node"
                raise TimedOut(f"Nobody has answered within {seconds:g} seconds ({asked}).")
            for peer in absent:
                print(printable(f"{peer} has not answered."), file=sys.stderr)
            if not any(counts) and not as_json:
                print("no records", file=sys.stderr)

    with watch.home_for_guests():
        watch.run(work)


ask.help = f"{inspect.cleandoc(ask.help or '')}\n\nTERMS: {TERMS}"


def _show(answer: object, as_json: bool) -> int:
    """Print an answer; -> how many records it has."""
    from peerapi import NodeAnswer

    assert isinstance(answer, NodeAnswer)
    for record in answer.records:
        if as_json:
            print(in_json({"peer": answer.peer, "local": record.local, **record_facts(record)}), flush=True)
        else:
            attributes = " ".join(f"{name}={value}" for name, value in record.attributes.items())
            print(printable(f"{answer.peer}: {data_preview(record.data)}  {attributes}  {record.id}"), flush=True)
    if answer.more:
        print(printable(f"{answer.peer} has more."), file=sys.stderr)
    return len(answer.records)


COMMANDS: tuple[click.Command, ...] = (ask,)
