"""``peerapi conformance wire``: facts of the three protocols, asked of whatever listens at an address."""

from __future__ import annotations

import contextlib
import ipaddress
import random
import shlex
import socket
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from peerapi.cli.commands import ANY_PORT, SECONDS, Command
from peerapi.conformance_wire import reports
from peerapi.conformance_wire.bench import PATIENCE, Bench, Target
from peerapi.conformance_wire.driver import Driver, DriverFailed
from peerapi.conformance_wire.facts import Fact, Need
from peerapi.conformance_wire.runs import Outcome, Result
from peerapi.conformance_wire.runs import run as run_facts
from peerapi.conformance_wire.selection import all_facts

GRAPH = "conformance"
PEER = "node under test"
PASSWORD = "candles"
PAYLOAD = "wire " * 600
"What the secure name publishes: more than one fragment holds."
NATIVE = (sys.executable, "-m", "peerapi.cli.conformance_node")


@dataclass(frozen=True)
class Options:
    """What is tested, and how it is told. Without ``port``: a node of this library, in a process of its own."""

    host: str = "::1"
    port: int = 0
    graph_id: str = ""
    group_port: int = 0
    "Where a node of a group of the published formats listens; 0: facts of MS-PPSEC are skipped."
    group: str = ""
    "The peer name of the group that is tested."
    password: str = ""
    cloud_port: int = 0
    "The UDP port of its node in a PNRP cloud; 0: facts of MS-PNRP are skipped."
    names: tuple[str, ...] = ()
    "Peer names that it has registered there."
    driver: str = ""
    "A command line; docs/conformance.md says what it is asked."
    only: tuple[str, ...] = field(default_factory=tuple)
    "Parts of the names of facts, as in 'MS-PPGRH 3.1.7.32'; nothing: all."
    form: str = "tap"
    slow: bool = False
    "Whether facts that take minutes are asked as well."
    patience: float = PATIENCE


@click.command("wire", cls=Command)
@click.option("--host", default="::1", show_default=True, metavar="ADDRESS", help="Where it listens, an IPv6 address.")
@click.option(
    "--port",
    type=ANY_PORT,
    default=0,
    metavar="PORT",
    help="TCP port of a graph without security; without it a node is started here.",
)
@click.option("--graph-id", default="", help="The graph's ID.")
@click.option(
    "--group-port", type=ANY_PORT, default=0, metavar="PORT", help="TCP port of a group of the published formats."
)
@click.option("--group", default="", metavar="NAME", help="The group's peer name.")
@click.option("--password", default="", help="The group's password.")
@click.option("--cloud-port", type=ANY_PORT, default=0, metavar="PORT", help="The UDP port of a node of a PNRP cloud.")
@click.option("--name", "names", multiple=True, help="A peer name that it has registered; repeatable.")
@click.option(
    "--driver", default="", metavar="COMMAND", help="A command line: what drives the node, see docs/conformance.md."
)
@click.option("--only", multiple=True, metavar="TEXT", help="Only facts whose name holds this text; repeatable.")
@click.option("--table", "form", flag_value="table", help="A table by section, not TAP.")
@click.option("--json", "form", flag_value="json", help="One JSON object, not TAP.")
@click.option("--slow", is_flag=True, help="Ask for facts that take minutes, too.")
@click.option(
    "--patience",
    type=SECONDS,
    default=PATIENCE,
    show_default=True,
    metavar="SECONDS",
    help="How long an answer is waited for until it counts as missing.",
)
@click.pass_context
def command(ctx: click.Context, /, form: str | None, **given: Any) -> None:
    """Ask whatever listens at an address for facts of MS-PPGRH, MS-PPSEC and MS-PNRP.

    The exit code is 1 when a fact deviates.
    """
    try:
        ipaddress.IPv6Address(given["host"].partition("%")[0])
    except ValueError as error:
        raise click.BadParameter(f"{given['host']!r} is no IPv6 address.", ctx, param_hint="'--host'") from error
    ctx.exit(run(Options(**given, form=form or "tap")))


def run(options: Options) -> int:
    """Tells each fact as it is known; 0 when none deviates, 1 when one does or no node could be started."""
    facts = [fact for fact in all_facts() if not options.only or any(part in fact.name for part in options.only)]
    if not facts:
        print(f"peerapi conformance wire: no fact's name holds {' or '.join(options.only)}", file=sys.stderr)
        return 1
    try:
        with _bench(options) as bench:
            results = _results(facts, bench, options)
    except DriverFailed as problem:
        print(f"peerapi conformance wire: {problem}", file=sys.stderr)
        return 1
    if options.form == "table":
        print(reports.table(results))
    elif options.form == "json":
        print(reports.as_json(results))
    return int(any(result.outcome is Outcome.DEVIATES for result in results))


def _results(facts: list[Fact], bench: Bench, options: Options) -> list[Result]:
    have = set()
    if bench.has_driver:
        have |= {Need.DRIVER, Need.MEMBERSHIP}
    if options.slow:
        have.add(Need.TIME)
    number = 0

    def told(result: Result) -> None:
        nonlocal number
        number += 1
        if options.form == "tap":
            print(reports.tap_line(number, result), flush=True)

    if options.form == "tap":
        print(reports.tap_head(len(facts)), flush=True)
    return run_facts(facts, bench, frozenset(have), told)


@contextlib.contextmanager
def _bench(options: Options) -> Iterator[Bench]:
    """The node that is named, or one of this library; with the driver that goes with it."""
    if options.port:
        _require_listener(options.host, options.port)
        target = Target(
            host=options.host,
            port=options.port,
            graph=options.graph_id,
            group_port=options.group_port,
            group=options.group,
            password=options.password,
            cloud_port=options.cloud_port,
            names=list(options.names),
        )
        with contextlib.ExitStack() as stack:
            driver = stack.enter_context(Driver(shlex.split(options.driver))) if options.driver else None
            yield Bench(target, driver, patience=options.patience)
        return
    with native_node() as (target, driver):
        yield Bench(target, driver, patience=options.patience)


def _require_listener(host: str, port: int) -> None:
    """Raises DriverFailed: nobody is there, which would be told of every fact otherwise."""
    try:
        socket.create_connection((host, port), timeout=PATIENCE).close()
    except OSError as error:
        raise DriverFailed(f"nobody listens at [{host}]:{port}: {error.strerror or error}") from error


@contextlib.contextmanager
def native_node(command: tuple[str, ...] = NATIVE) -> Iterator[tuple[Target, Driver]]:
    """A node of this library that listens, in a process and a home of its own, and what drives it. DriverFailed."""
    with (
        tempfile.TemporaryDirectory(prefix="peerapi-") as folder,
        Driver(list(command), _environment(Path(folder) / "home")) as driver,
    ):
        driver.do("create", node="main", graph=GRAPH, peer=PEER)
        port = driver.do("listen", node="main")
        long = driver.do("register", name="new:conformance", port=4001, comment="wire", payload=PAYLOAD)
        short = driver.do("register", name="0.conformance", port=4002)
        group = driver.do("create group", password=PASSWORD)
        registered = [long["name"], short["name"]]
        yield (
            Target(
                port=port,
                graph=GRAPH,
                group_port=group["port"],
                group=group["group"],
                password=PASSWORD,
                cloud_port=long["port"],
                names=registered,
            ),
            driver,
        )


def _environment(home: Path) -> dict[str, str]:
    """A home of its own, and a cloud of the published formats at ports that no other node of the machine uses."""
    first = random.SystemRandom().randrange(20_000, 32_000)
    return {
        "PEERAPI_HOME": str(home),
        "PEERAPI_PNRP_PROFILE": "published",
        "PEERAPI_PNRP_PORT": str(first),
        "PEERAPI_PNRP_SEEDS": "",
        "PEERAPI_PNRP_LINKS": "",
    }
