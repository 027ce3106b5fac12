"""``peerapi graph export`` and ``import``: a graph's database to a file, and from one."""

from __future__ import annotations

import contextlib
import errno
import os
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

import click

from peerapi import private
from peerapi.cli.commands import Command, force
from peerapi.cli.databases import entry_of, find, graphs, known_id, of_a_graph
from peerapi.cli.inspection import END, Inspection, told
from peerapi.cli.output import counted, size
from peerapi.cli.progress import Progress
from peerapi.engine.graphs.driver import Driver
from peerapi.errors import InvalidDatabase, PeerError
from peerapi.text import printable

EVERY = 0.1
"Seconds between two looks at how much of a file is there."


@click.command("export", cls=Command)
@of_a_graph
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@force
def export(graph: str, peer: str | None, database: str | None, file: Path, force: bool) -> None:
    """Write the database of a graph to a file that only its owner can read."""
    entry = find(graph, peer, database)
    with taking(file, force), Inspection(entry) as found:
        write(found.driver, file, entry.size)
    print(printable(f"{file}: {size(file.stat().st_size)}"))


@contextlib.contextmanager
def taking(file: Path, force: bool) -> Iterator[None]:
    """Have a file's name for oneself while the file is made; nothing is left there when that fails. Raises
    FileExistsError for what is there already, unless ``force``."""
    try:
        private.make_file(file)
        made = True
    except FileExistsError as error:
        if not force:
            said = "there is something already, which --force replaces"
            raise FileExistsError(errno.EEXIST, said, str(file)) from error
        made = False
    try:
        yield
    except BaseException:
        if made:
            with contextlib.suppress(OSError):
                file.unlink()
        raise


def write(driver: Driver, file: Path, about: int) -> None:
    """Export to a file, and say how much of ``about`` so many bytes is there already."""
    done = threading.Event()
    drafts = f"{file.name}.{os.getpid()}.*.part"  # as ``engine`` names what is not finished

    def watch() -> None:
        with Progress("exporting", "bytes") as progress:
            while not done.wait(EVERY):
                with contextlib.suppress(OSError):
                    progress(sum(path.stat().st_size for path in file.absolute().parent.glob(drafts)), about)

    watching = threading.Thread(target=watch, daemon=True)
    watching.start()
    try:
        driver.export(str(file))
    finally:
        done.set()
        watching.join()


@click.command("import", cls=Command)
@of_a_graph
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
def bring(graph: str, peer: str | None, database: str | None, file: Path) -> None:
    """Take an exported database into this user's own; GRAPH is the graph that it has to be of."""
    from peerapi.api.graph_family import NODE
    from peerapi.store.opening import rows_in

    path = str(file.absolute())
    facts = exported(file)
    held, owner = (str(facts.get(name)) for name in ("graph_id", "peer_id"))
    if known_id(graph) != held or peer not in (None, owner):
        raise InvalidDatabase(f"The file holds the graph {held!r} of {owner!r}.")
    known = [entry.database for entry in graphs(held) if entry.peer_id == owner]
    name = database or (known[0] if known else str(facts.get("name")))
    try:
        driver = NODE.open(held, owner, name, ())
    except PeerError as error:
        raise told(error, entry_of(held, owner, name), END) from error
    try:
        with Progress("importing") as progress:
            count = rows_in(path)
            driver.import_file(path, lambda done: progress(done, count))
        taken = len(driver.record_ids(None, None)) // 16
    finally:
        NODE.close(driver)
    print(printable(f"{held} of {owner} ({name}): {counted(taken, 'record')}"))


def exported(file: Path) -> Mapping[str, object]:
    """What an exported database says of itself. Raises InvalidDatabase, which names the file."""
    from peerapi.store.opening import foreign

    try:
        facts, _ = foreign(str(file.absolute()))
    except InvalidDatabase as error:
        raise InvalidDatabase(f"{file} is no database that was exported: {error}") from error
    return facts


COMMANDS: tuple[click.Command, ...] = (export, bring)
