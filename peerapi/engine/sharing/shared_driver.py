"""The graph of a group that another program of the same person has open, with the calls that a ``Driver`` has."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from peerapi.address import Address
from peerapi.engine.graphs.driver import Driver
from peerapi.engine.graphs.node_searches import NodeSearch
from peerapi.engine.graphs.registrations import Registration
from peerapi.engine.sharing.access import Access
from peerapi.engine.sharing.following_searches import begin_search
from peerapi.graphing.clock import PeerClock
from peerapi.graphing.draft import Draft
from peerapi.graphing.events import Status
from peerapi.graphing.machine.node_list import NodeEntry
from peerapi.graphing.search_events import SearchLimits
from peerapi.path_kind import PathKind
from peerapi.sharing import operations as ops
from peerapi.sharing import values
from peerapi.store.schema import Row

SEED = 16


class SharedTopology:
    """The part of a graph that knows the node's attributes."""

    def __init__(self, state: Callable[[], values.State]) -> None:
        self._state = state

    @property
    def attributes(self) -> str | None:
        return self._state().attributes


class SharedClock(PeerClock):
    """Peer time, as the holder has told it last: with each answer and each event, if it is another."""

    def __init__(self, access: Access) -> None:
        self._access = access

    @property
    def delta(self) -> int:  # type: ignore[override]
        local = self._access.local
        if local is not None:
            return local.driver.graph.clock.delta
        return self._access.state.delta if self._access.state is not None else 0


class SharedView:
    """What is asked of ``Driver.graph`` without an input."""

    def __init__(self, access: Access, graph_id: str, peer_id: str) -> None:
        self._access = access
        self.graph_id = graph_id
        self.peer_id = peer_id
        self.clock = SharedClock(access)
        self.topology = SharedTopology(self._state)

    def _state(self) -> values.State:
        return self._access.ask(ops.STATE, None)

    @property
    def node_id(self) -> int:
        return self._state().node_id

    @property
    def status(self) -> Status:
        return Status(self._state().status)

    @property
    def synchronized(self) -> bool:
        return Status.SYNCHRONIZED in self.status

    @property
    def addresses(self) -> tuple[Address, ...]:
        return self._state().addresses


class SharedDriver:
    """A graph that is asked through ``Access``."""

    waits = True
    "A call may have to wait until somebody has the group open again."
    in_c = None
    "C reads nothing by itself."

    def __init__(self, access: Access) -> None:
        self._access = access
        self.graph = SharedView(access, access.greeting.group, access.greeting.identity)

    @property
    def closed(self) -> bool:
        return self._access.closed

    def begin_reading(self, make: Callable[[], object]) -> None:
        """Records are with the holder."""

    # The application's records ----------------------------------------------------------------------------------------

    def add_record(self, draft: Draft, seed: bytes = b"") -> bytes:
        seed = seed or os.urandom(SEED)
        question = values.Addition(draft, seed, False)
        return self._access.ask(ops.ADD, question, question._replace(again=True))

    def add_records(self, drafts: Sequence[Draft], seeds: Sequence[bytes] = ()) -> list[bytes]:
        seeds = seeds or [os.urandom(SEED) for _ in drafts]
        question = values.Additions(tuple(drafts), tuple(seeds), False)
        added = self._access.ask(ops.ADD_MANY, question, question._replace(again=True))
        return list(added)

    def update_record(self, draft: Draft) -> None:
        self._access.ask(ops.UPDATE, draft)

    def delete_record(self, record_id: bytes, *, local: bool = False) -> None:
        question = values.Deletion(record_id, False)
        self._access.ask(ops.DELETE, question, question._replace(again=True))

    def search(self, xml: str) -> bytes:
        return self._access.ask(ops.SEARCH, xml)

    def search_nodes(self, criteria: str, limits: SearchLimits, changed: Callable[[], object]) -> NodeSearch:
        return begin_search(self._access, criteria, limits, changed)

    def export(self, path: str) -> None:
        self._access.ask(ops.EXPORT, os.path.abspath(path))

    def import_file(self, path: str, progress: Callable[[int], object] | None = None) -> None:
        """``progress`` hears nothing: the holder counts."""
        self._access.ask(ops.IMPORT, os.path.abspath(path))

    # Questions --------------------------------------------------------------------------------------------------------

    def record(self, record_id: bytes) -> Row:
        return self._access.ask(ops.RECORD, record_id)

    def records(self, ids: bytes) -> list[Row]:
        found: list[Row] = []
        at = 0
        while at < len(ids):
            answer = self._access.ask(ops.RECORDS, ids[at:])
            found += answer.rows
            at += 16 * max(1, answer.asked)
        return found

    def record_ids(self, record_type: bytes | None, creator: str | None) -> bytes:
        return self._access.ask(ops.RECORD_IDS, values.Query(record_type, creator))

    def connections(self) -> list[values.Standing]:
        found = self._access.ask(ops.CONNECTIONS, None)
        return list(found)

    def paths(self) -> dict[int, PathKind]:
        found = self._access.ask(ops.PATHS, None)
        return {one.connection: one.kind for one in found}

    def why(self, connection_id: int) -> str:
        """The log of who has the group open says more."""
        return ""

    def open_direct(self, peer_id: str, address: Address) -> int:
        return self._access.ask(ops.OPEN_DIRECT, values.Called(peer_id, address))

    def close_direct(self, connection_id: int) -> None:
        self._access.ask(ops.CLOSE_DIRECT, connection_id)

    def send_data(self, connection_id: int, data_type: bytes, data: bytes) -> None:
        self._access.ask(ops.SEND, values.Sent(connection_id, data_type, data))

    def unsent(self, connection_id: int) -> int:
        return self._access.ask(ops.UNSENT, connection_id)

    def nodes(self) -> list[NodeEntry]:
        found = self._access.ask(ops.NODES, None)
        return list(found)

    def set_attributes(self, attributes: str | None) -> None:
        self._access.ask(ops.SET_ATTRIBUTES, attributes)

    # Registrations ----------------------------------------------------------------------------------------------------

    def register(self, registration: Registration) -> None:
        self._access.register(registration)

    def unregister(self, registration: Registration) -> None:
        self._access.unregister(registration)

    def forget(self, registration: Registration) -> None:
        self._access.forget(registration)


OpenGraph = Driver | SharedDriver
"The graph of a group, whoever has it open."
