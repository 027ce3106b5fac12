"""Good arguments for every function of graphs."""

import ctypes
import os
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.api.pointers import NULL_ACCEPTED
from tests.support.native import FILETIME, FUNCTIONS, GUID, expect, wide
from tests.support.peer_values import CHAT, LOOPBACK, address, now, properties_struct, record_struct, registrations
from tests.support.peers import CONNECTED, DIRECT_CONNECTION, NEIGHBOR, RECORD_CHANGED, Peers, Queue


def data_folder() -> Path:
    """A folder of the child process, where it may leave files."""
    folder = Path(os.environ["PEERAPI_HOME"])
    folder.mkdir(parents=True, exist_ok=True)
    return folder


class Arguments:
    """Good arguments for any function, made from a graph with one record, an enumeration and a registration."""

    def __init__(self, peers: Peers) -> None:
        self.peers = peers
        self.host = peers.create("host", name="host")
        self.peer = peers.create("alice")
        self.record = self.peer.add(b"record")
        self.queue = Queue(self.peer, RECORD_CHANGED)
        self.peer.add(b"an event")
        self.made: list[Any] = []
        self.connected = 0

    def keep(self, value: Any) -> Any:
        self.made.append(value)
        return value

    def of(self, function: str) -> list[Any]:
        """One good argument list; outputs go to fresh buffers."""
        params = FUNCTIONS[function]["params"]
        return [self.one(function, param["name"], param["type"], param["optional"]) for param in params]

    def one(self, function: str, name: str, type: str, optional: bool) -> Any:
        if type == "HGRAPH":
            return self.peer.handle
        if type == "HPEERENUM":
            return self.peer.enumeration()
        if type == "HPEEREVENT":
            if function == "PeerGraphUnregisterEvent":
                return Queue(self.peer, RECORD_CHANGED).handle
            return self.queue.handle
        if type == "HANDLE":
            return self.queue.event
        named: dict[str, Callable[[], Any]] = {
            "pRecord": self.record_struct,
            "pRecordId": lambda: ctypes.byref(self.keep(GUID.of(self.record))),
            "pRecordType": lambda: None,
            "fLocal": lambda: 0,
            "pAddress": lambda: ctypes.byref(self.keep(address(self.host.port or self.host.listen()))),
            "pGraphProperties": lambda: ctypes.byref(self.keep(properties_struct(self.unique(), "creator"))),
            "pwzDatabaseName": lambda: wide(self.unique()),
            "pwzGraphId": lambda: wide(self.unique()),
            "pwzPeerId": lambda: None if optional else wide("host"),
            "pSecurityInterface": lambda: None,
            "cRecordTypeSyncPrecedence": lambda: 0,
            "pRecordTypeSyncPrecedence": lambda: None,
            "dwScope": lambda: LOOPBACK,
            "dwScopeId": lambda: 0,
            "wPort": lambda: 0,
            "dwFlags": lambda: NEIGHBOR,
            "cEventRegistrations": lambda: 1,
            "pEventRegistrations": lambda: self.keep(registrations(RECORD_CHANGED)),
            "wVersionRequested": lambda: 1,
            "ullConnectionId": lambda: self.connection(direct=function == "PeerGraphCloseDirectConnection"),
            "ullNodeId": lambda: 0,
            "pType": lambda: ctypes.byref(self.keep(GUID.of(CHAT))),
            "cbData": lambda: 4,
            "pwzCriteria": lambda: wide('<peersearch><clause attrib="a" type="string">x</clause></peersearch>'),
            "pwzFilePath": lambda: wide(str(data_folder() / self.unique())),
            "cRecordIds": lambda: 1,
            "pRecordIds": lambda: ctypes.byref(self.keep(GUID.of(self.record))),
            "fPresent": lambda: 1,
            "pwzAttributes": lambda: wide("node attributes"),
            "pftPeerTime": lambda: ctypes.byref(self.keep(FILETIME.of(now()))),
            "pftUniversalTime": lambda: ctypes.byref(self.keep(FILETIME.of(now()))),
            "pvData": lambda: self.keep((ctypes.c_uint8 * 4)(1, 2, 3, 4)),
        }
        if name in named:
            return named[name]()
        # What is left are outputs; *pCount of GetNextItem is an input too.
        return ctypes.byref(self.keep((ctypes.c_uint64 * 8)(10)))

    def record_struct(self) -> Any:
        struct = self.keep(record_struct(lifetime=1200))
        struct.id = GUID.of(self.record)
        return ctypes.byref(struct)

    def connection(self, direct: bool) -> int:
        """An open connection of the graph: a neighbor, or a direct one to it; made once."""
        if self.connected:
            return self.connected
        self.connected = self.connect(direct)
        return self.connected

    def connect(self, direct: bool) -> int:
        self.peer.listen()
        other = self.peers.join(self.peer, "other")
        if not direct:
            return self.peer.connections()[0].id
        other.listen()
        connection = ctypes.c_uint64()
        with other.queue(DIRECT_CONNECTION), self.peer.queue(DIRECT_CONNECTION) as queue:
            result = self.peers.library.PeerGraphOpenDirectConnection(
                self.peer.handle, wide(other.id), ctypes.byref(address(other.port)), ctypes.byref(connection)
            )
            expect(result, "S_OK")
            queue.wait(lambda event: event.connection == connection.value and event.status == CONNECTED)
        return connection.value

    def unique(self) -> str:
        return f"{self.peers.unique}-{len(self.made)}-{uuid.uuid4().hex[:8]}"

    def call(self, function: str, arguments: list[Any]) -> int:
        return int(getattr(self.peers.library, function)(*arguments))


def is_required_pointer(function: str, param: dict[str, Any]) -> bool:
    pointer = "*" in param["type"] or param["type"].startswith("P")
    return pointer and not param["optional"] and (function, param["name"]) not in NULL_ACCEPTED
