"""Looking into a graph's database without opening the graph: the questions go to a copy."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from peerapi.cli.progress import Progress
from peerapi.cli.records import Reader
from peerapi.engine.graphs.driver import Driver
from peerapi.engine.runtime import Engine, SystemRandom, moment
from peerapi.errors import DatabaseAccessDenied, InvalidDatabase, PeerError
from peerapi.graphing.graph import Graph
from peerapi.store import catalog, ownership
from peerapi.store.database import Database
from peerapi.text import to_paste

END = "End that process first."


def told(error: PeerError, entry: catalog.Entry, remedy: str = "") -> PeerError:
    """The same failure, said so that somebody at a terminal can go on. ``remedy``: what helps where a process has the
    database open, if that is not to join its graph."""
    if isinstance(error, DatabaseAccessDenied):
        with contextlib.suppress(OSError):
            if not ownership.is_owned(entry.path):
                return error  # a place that may only be read, and what else keeps one out
        number = ownership.owner(entry.path)
        who = f"Process {number}" if number else "A process"
        helps = remedy or _joining(entry)
        return DatabaseAccessDenied(f"{who} has the database open, and nobody else can read it meanwhile. {helps}")
    if isinstance(error, InvalidDatabase):
        why = error.__cause__ or error
        return InvalidDatabase(f"The database is damaged ({why}). The next program that opens the graph sets it aside.")
    return error


def _joining(entry: catalog.Entry) -> str:
    """How somebody gets to see a graph that a process has open."""
    listening = ownership.places(entry.path)
    if not listening:
        return f"{END[:-1]}: it does not listen, so that nobody can join its graph."
    command = to_paste("peerapi graph watch", entry.graph_id or "", connect=listening[0])
    return f"End that process, or join its graph as a node of your own: `{command}`."


@contextlib.contextmanager
def other_home(folder: str) -> Iterator[None]:
    """Have all data in another folder for a while."""
    before = os.environ.get("PEERAPI_HOME")
    os.environ["PEERAPI_HOME"] = folder
    try:
        yield
    finally:
        if before is None:
            del os.environ["PEERAPI_HOME"]
        else:
            os.environ["PEERAPI_HOME"] = before


class Inspection:
    """A copy of a database and a graph over it that nobody will ever hear of."""

    def __init__(self, entry: catalog.Entry) -> None:
        """Raises PeerError, in words for people."""
        self.entry = entry
        self._folder = tempfile.TemporaryDirectory(prefix="peerapi-")
        copy = Path(self._folder.name) / "copy"
        try:
            with Progress("reading", "pages") as progress:
                catalog.copy(entry.path, copy, progress)
            database = Database.open(copy, create=False)
            graph = Graph(entry.graph_id or "", entry.peer_id or "", database, random=SystemRandom())
            database.begin()
            graph.at(moment()).open()
            database.commit()
        except PeerError as error:
            self._folder.cleanup()
            raise told(error, entry) from error
        self.driver = Driver(graph, Engine())
        self.reader = Reader(self.driver)
        self.synchronized = graph.synchronized

    def __enter__(self) -> Inspection:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.driver.graph.database.close()
        self._folder.cleanup()
