"""What is open in this process: graphs with their files, and the listening sockets they share."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import peerapi.private as private
from peerapi.address import Address
from peerapi.digests import sha256
from peerapi.engine.graphs.driver import Driver
from peerapi.engine.graphs.listener import Listener, listen
from peerapi.engine.graphs.own_addresses import OwnAddresses
from peerapi.engine.network import SCOPE_ANY, SCOPE_GLOBAL
from peerapi.engine.reach.known_words import SEAT_SUFFIX, is_typed, relay_words
from peerapi.engine.runtime import Engine, SystemRandom, moment
from peerapi.errors import (
    AccessDenied,
    AlreadyListening,
    DatabaseInitializationFailed,
    DatabaseNameChanged,
    DiskFull,
    DuplicateGraph,
    InvalidArgument,
    InvalidDatabase,
    WrappedWin32Error,
    os_failure,
)
from peerapi.graphing.codec.internal_records import GraphInfo
from peerapi.graphing.graph import Graph
from peerapi.graphing.outputs import Secure
from peerapi.log import Log
from peerapi.signals import deferred
from peerapi.store.catalog import put_label, remove_label
from peerapi.store.damage import those_aside
from peerapi.store.data_folder import data_folder
from peerapi.store.database import Database
from peerapi.store.schema import SUFFIXES

if TYPE_CHECKING:
    from peerapi.reach.seats import Known

ERROR_FILE_NOT_FOUND = 2
Prepare = Callable[[Driver], None]
"Sees to the security of a graph that is being opened."
log = Log("engine")
SEAT_PATIENCE = 3.0
"""Seconds that PeerGraphListen waits for a seat at a relay, where one is known, so that the addresses which a program
asks for next have it. The seat is taken later all the same."""
_FORBIDDEN = frozenset('\\/:*?"<>|') | {chr(n) for n in range(32)}
MAX_FILE_NAME = 200


def database_path(graph_id: str, peer_id: str, name: str) -> Path:
    """The file of one graph, peer and database name. Raises InvalidArgument when ``name`` is no plain file name."""
    if not name or name in (".", "..") or _FORBIDDEN & set(name) or len(name.encode()) > MAX_FILE_NAME:
        raise InvalidArgument("The database name is not a plain file name.")
    key = sha256(f"{graph_id}\0{peer_id}".encode()).hexdigest()[:32]
    return data_folder() / "graphs" / key / f"{name}.peergraph"


class Node:
    """All graphs of this process."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._lock = threading.RLock()
        self._open: dict[tuple[str, str], tuple[str, Driver]] = {}
        self._listeners: dict[tuple[int, int, int], Listener] = {}
        self._listening: dict[Driver, Listener] = {}

    # Opening ----------------------------------------------------------------------------------------------------------

    @deferred
    def create(self, info: GraphInfo, name: str, prepare: Prepare | None = None) -> Driver:
        """PeerGraphCreate. Raises DuplicateGraph when it is open here or its file exists.

        What ``prepare`` raises, and what a security provider raises when it is asked to secure the graph's own record,
        is raised here, and nothing has been made.
        """
        key = (info.graph_id, info.creator_id)
        path = database_path(*key, name)
        self.engine.begin()
        with self._lock:
            if key in self._open or path.exists():
                raise DuplicateGraph
            database = self._open_file(path)
            try:
                graph = self._graph(*key, database, ())
                driver = Driver(graph, self.engine)
                if prepare is not None:
                    prepare(driver)
                database.begin()
                self._describe(database, *key, name)
                graph.at(moment()).create(info)
                database.commit()
            except BaseException:
                database.close()
                _remove(path)
                raise
            own, graph.outputs = graph.outputs, []
            self._opened(key, name, driver)
        try:
            # The graph's own record is secured before the caller gets the graph; foreign code is called, so without
            # the lock.
            for output in own:
                if isinstance(output, Secure) and driver.provider_worker is not None:
                    driver.provider_worker.publish_own(output)
        except BaseException:
            self.close(driver)
            _remove(path)
            raise
        return driver

    @deferred
    def open(
        self, graph_id: str, peer_id: str, name: str, precedence: tuple[bytes, ...], prepare: Prepare | None = None
    ) -> Driver:
        """PeerGraphOpen; ``driver.graph.database.created`` tells whether the data was there already.

        Raises DatabaseNameChanged or DuplicateGraph when this process has the graph open for this peer.
        """
        key = (graph_id, peer_id)
        path = database_path(*key, name)
        self.engine.begin()
        with self._lock:
            if key in self._open:
                raise DuplicateGraph if self._open[key][0] == name else DatabaseNameChanged
            database = self._open_file(path)
            try:
                graph = self._graph(*key, database, precedence)
                database.begin()
                if database.created:
                    self._describe(database, *key, name)
                elif (database.fact("graph_id"), database.fact("peer_id")) != key:
                    raise InvalidDatabase("The file holds another graph or peer.")
                driver = Driver(graph, self.engine)
                if prepare is not None:
                    prepare(driver)
                graph.at(moment()).open()
                database.commit()
            except BaseException:
                database.close()
                if database.created:
                    _remove(path)
                raise
            return self._opened(key, name, driver)

    def found(self, graph_id: str, peer_id: str, name: str) -> Driver | None:
        """The graph that this process has open for this peer, under this database name."""
        with self._lock:
            known = self._open.get((graph_id, peer_id))
            return known[1] if known is not None and known[0] == name else None

    def _open_file(self, path: Path) -> Database:
        try:
            private.make_folder(path.parent, data_folder())
        except OSError as error:
            raise os_failure(error) from error
        try:
            return Database.open(path)
        except BaseException:
            with contextlib.suppress(OSError):
                path.parent.rmdir()  # made for nothing
            raise

    @staticmethod
    def _describe(database: Database, graph_id: str, peer_id: str, name: str) -> None:
        for fact, value in (("graph_id", graph_id), ("peer_id", peer_id), ("name", name)):
            database.set_fact(fact, value)

    @staticmethod
    def _graph(graph_id: str, peer_id: str, database: Database, precedence: tuple[bytes, ...]) -> Graph:
        return Graph(graph_id, peer_id, database, random=SystemRandom(), precedence=precedence)

    def _opened(self, key: tuple[str, str], name: str, driver: Driver) -> Driver:
        driver.graph.outputs.clear()  # nobody has registered or connected yet
        put_label(database_path(*key, name), *key)
        self._open[key] = (name, driver)
        driver.start()
        log.info("%s: open as %s, %s", *key, database_path(*key, name))
        return driver

    @deferred
    def delete(self, graph_id: str, peer_id: str, name: str) -> None:
        """PeerGraphDelete: remove the stored data of a closed graph.

        Raises AccessDenied when it is open, ERROR_FILE_NOT_FOUND (wrapped) when there is none.
        """
        path = database_path(graph_id, peer_id, name)
        with self._lock:
            if (graph_id, peer_id) in self._open:
                raise AccessDenied("The graph is open.")
            if not path.exists():
                raise WrappedWin32Error(ERROR_FILE_NOT_FOUND, "This peer has no such graph here.")
            # Damaged, of another version, on a disk too full to open it: gone all the same.
            with contextlib.suppress(InvalidDatabase, DatabaseInitializationFailed, DiskFull):
                Database.open(path).close()  # fails when another process has it open
            _remove(path)

    # Closing ----------------------------------------------------------------------------------------------------------

    @deferred
    def close(self, driver: Driver) -> None:
        """PeerGraphClose."""
        driver.withdraw()
        with self._lock:
            self.stop_listening(driver)
            driver.close()
            self._open.pop((driver.graph.graph_id, driver.graph.peer_id), None)
        log.info("%s: closed as %s", driver.graph.graph_id, driver.graph.peer_id)

    @deferred
    def close_all(self) -> None:
        """The last PeerGraphShutdown. Groups have a PeerGroupShutdown of their own."""
        for _, driver in list(self._open.values()):
            if not driver.is_a_group:
                self.close(driver)

    # Listening --------------------------------------------------------------------------------------------------------

    @property
    def listeners(self) -> tuple[Listener, ...]:
        """The listening sockets of this process's graphs."""
        return tuple(self._listeners.values())

    @deferred
    def listen(self, driver: Driver, scope: int, scope_id: int, port: int) -> None:
        """PeerGraphListen: share this process's socket for that scope and port, or open one.

        Raises AlreadyListening, GraphNotReady, and what ``network.bind`` raises.
        """
        with self._lock:
            driver.read(lambda graph: graph.require_ready())
            if driver in self._listening:
                raise AlreadyListening
            listener = self._listeners.get((scope, scope_id, port)) if port else None
            if listener is None:
                listener = listen(self.engine, scope, scope_id, port)
                self._listeners[(scope, scope_id, listener.port)] = listener
            listener.drivers.append(driver)
            log.info("%s: listens at port %d", driver.graph.graph_id, listener.port)
            self._listening[driver] = listener
            addresses = driver.addresses = OwnAddresses(self.engine, driver, listener.addresses)
        addresses.tell()
        if scope in (SCOPE_ANY, SCOPE_GLOBAL) and self._sit(driver, addresses):
            addresses.wait(SEAT_PATIENCE)

    def _sit(self, driver: Driver, addresses: OwnAddresses) -> bool:
        """Take seats at the relays that this user knows, or else has been given; whether there are any."""
        found = known_relays(driver.given_relays)
        graph = driver.graph
        with self._lock:
            entry = self._open.get((graph.graph_id, graph.peer_id))
            if not found or entry is None or addresses.sitting is not None:
                return False
            addresses.sit(found, database_path(graph.graph_id, graph.peer_id, entry[0]))
        return True

    @deferred
    def sit(self, driver: Driver) -> bool:
        """A graph that listens for the whole world may have been given a relay meanwhile; whether it sits there now."""
        with self._lock:
            scopes = [scope for (scope, _, _), one in self._listeners.items() if driver in one.drivers]
            addresses = driver.addresses
        if not isinstance(addresses, OwnAddresses) or not set(scopes) & {SCOPE_ANY, SCOPE_GLOBAL}:
            return False
        return self._sit(driver, addresses)

    @deferred
    def stop_listening(self, driver: Driver) -> None:
        with self._lock:
            listener = self._listening.pop(driver, None)
            if listener is None:
                return
            if driver.addresses is not None:
                driver.addresses.stop()
                driver.addresses = None
            listener.drivers.remove(driver)
            if not listener.drivers:
                self._listeners = {key: other for key, other in self._listeners.items() if other is not listener}
                listener.close()

    @deferred
    def connect(self, driver: Driver, address: Address, peer_id: str | None) -> int:
        """PeerGraphConnect; returns the connection ID. Raises why the engine cannot start."""
        self.engine.ready()
        return driver.input(driver.graph.connect, address, peer_id)


def known_relays(given: Callable[[], Sequence[Known]]) -> Sequence[Known]:
    """Those that the user knows. Those that others have given only where he knows none, and has not said so."""
    if relay_words(data_folder()):
        from peerapi.engine.reach.known import relays

        return relays(data_folder())
    return () if is_typed() else given()


def _remove(path: Path) -> None:
    beside = (Path(f"{path}{suffix}") for suffix in (*SUFFIXES, "-shm", "-journal", SEAT_SUFFIX))
    for file in (*beside, *those_aside(path)):
        with contextlib.suppress(FileNotFoundError):
            file.unlink()
    remove_label(path.parent)
    with contextlib.suppress(OSError):
        path.parent.rmdir()
