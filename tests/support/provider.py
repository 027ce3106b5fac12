"""Security providers for tests: PEER_SECURITY_INTERFACE filled with Python functions, which write down how they are
called."""

from __future__ import annotations

import ctypes
import itertools
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.support import native
from tests.support.native import code, expect, put_text, wide
from tests.support.peer_values import Record, properties_struct
from tests.support.peers import Peer, Peers

PEER_SECURITY_INTERFACE = native.structure("PEER_SECURITY_INTERFACE")
PEER_DATA = native.structure("PEER_DATA")
_VALIDATE = ctypes.CFUNCTYPE(ctypes.c_uint32, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_uint32)
_SECURE = ctypes.CFUNCTYPE(
    ctypes.c_uint32, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_uint32, ctypes.POINTER(ctypes.c_void_p)
)
_FREE = ctypes.CFUNCTYPE(ctypes.c_uint32, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)

_alive: list[Provider] = []
"C holds their functions as long as their graphs are open, which nobody here knows."
_contexts = itertools.count(0xC0FFEE00)


@dataclass(frozen=True)
class Asked:
    """One call of validate or secure."""

    graph: int
    context: int
    record: Record
    change: int
    thread: int

    @property
    def internal(self) -> bool:
        """The record has one of the graph's own types."""
        return self.record.type.bytes[4:] == bytes(12)


class Provider:
    """An interface whose functions can be exchanged at any time.

    ``on_validate`` and ``on_secure`` see what is asked and give an HRESULT, the latter also the security data.
    """

    def __init__(self) -> None:
        _alive.append(self)
        self.context = next(_contexts)
        self.validated: list[Asked] = []
        self.secured: list[Asked] = []
        self.freed: list[bytes] = []
        self.problems: list[str] = []
        "What went wrong inside of a callback; the test asks for it with `check`."
        self.given: dict[int, Any] = {}
        "Security data that has not been freed."
        self.on_validate: Callable[[Asked], int] = lambda asked: 0
        self.on_secure: Callable[[Asked], tuple[int, bytes | None]] = lambda asked: (0, b"secured")
        self.pointerless = False
        "Security data has a count and a NULL pointer."
        self.calls = threading.Condition()
        "Notified after each call that has been written down, before it is answered."
        self._functions = (_VALIDATE(self._validate), _SECURE(self._secure), _FREE(self._free))
        self.interface = PEER_SECURITY_INTERFACE()
        self.interface.dwSize = PEER_SECURITY_INTERFACE.SIZE
        self.interface.pvContext = self.context
        for field, function in zip(
            ("pfnValidateRecord", "pfnSecureRecord", "pfnFreeSecurityData"), self._functions, strict=True
        ):
            setattr(self.interface, field, ctypes.cast(function, ctypes.c_void_p).value)

    # what the tests ask

    def of_applications(self, asked: list[Asked]) -> list[Asked]:
        return [one for one in asked if not one.internal]

    def until(self, condition: Callable[[], Any], seconds: float = 120.0) -> None:
        with self.calls:
            assert self.calls.wait_for(condition, seconds), f"validated {self.validated}, secured {self.secured}"

    def check(self) -> None:
        """No callback has failed, and what was given has been freed once."""
        assert self.problems == []
        assert self.given == {}, "security data that was not freed"

    # what the library calls

    def _asked(self, log: list[Asked], graph: int, context: int, record: int, change: int) -> Asked:
        copied = Record.copied(native.PEER_RECORD.from_address(record))
        asked = Asked(graph or 0, context or 0, copied, change, threading.get_ident())
        if asked.context != self.context:
            self.problems.append(f"context {asked.context:#x}")
        with self.calls:
            log.append(asked)
            self.calls.notify_all()
        return asked

    def _validate(self, graph: int, context: int, record: int, change: int) -> int:
        try:
            return self.on_validate(self._asked(self.validated, graph, context, record, change))
        except BaseException:
            self.problems.append(traceback.format_exc())
            return code("E_FAIL")

    def _secure(self, graph: int, context: int, record: int, change: int, result: Any) -> int:
        try:
            answer, data = self.on_secure(self._asked(self.secured, graph, context, record, change))
            if data is not None:
                given = PEER_DATA()
                buffer = (ctypes.c_uint8 * len(data)).from_buffer_copy(data)
                given.kept.append(buffer)
                given.cbData, given.pbData = len(data), ctypes.addressof(buffer) if data else None
                if self.pointerless:
                    given.pbData = None
                self.given[ctypes.addressof(given)] = given
                result[0] = ctypes.addressof(given)
            return answer
        except BaseException:
            self.problems.append(traceback.format_exc())
            return code("E_FAIL")

    def _free(self, graph: int, context: int, data: int) -> int:
        given = self.given.pop(data, None)
        if given is None or context != self.context:
            self.problems.append(f"freed {data:#x} in context {context:#x}")
        else:
            self.freed.append(ctypes.string_at(given.pbData, given.cbData) if given.pbData else b"")
        return 0


def pointer(provider: Provider | Any | None) -> Any:
    """What PeerGraphCreate and PeerGraphOpen take."""
    if provider is None:
        return None
    return ctypes.byref(provider.interface if isinstance(provider, Provider) else provider)


def try_create(peers: Peers, provider: Any, id: str = "alice", **fields: Any) -> tuple[int, int]:
    """HRESULT and handle."""
    graph, handle = peers.graph_id(), ctypes.c_void_p()
    properties = properties_struct(graph, id, **fields)
    result = peers.library.PeerGraphCreate(
        ctypes.byref(properties), wide(f"{graph}.{id}"), pointer(provider), ctypes.byref(handle)
    )
    return int(result), handle.value or 0


def create(peers: Peers, provider: Any, id: str = "alice", **fields: Any) -> Peer:
    result, handle = try_create(peers, provider, id, **fields)
    expect(result, "S_OK")
    graph = peers.graph_id()
    peer = Peer(peers.library, handle, graph, id, f"{graph}.{id}")
    peers.made.append(peer)
    return peer


def try_open(peers: Peers, provider: Any, id: str = "bob") -> tuple[int, int]:
    """HRESULT and handle."""
    graph, handle = peers.graph_id(), ctypes.c_void_p()
    result = peers.library.PeerGraphOpen(
        wide(graph), wide(id), wide(f"{graph}.{id}"), pointer(provider), 0, None, ctypes.byref(handle)
    )
    return int(result), handle.value or 0


def open_(peers: Peers, provider: Any, id: str = "bob", expected: str = "PEER_S_GRAPH_DATA_CREATED") -> Peer:
    result, handle = try_open(peers, provider, id)
    expect(result, expected)
    graph = peers.graph_id()
    peer = Peer(peers.library, handle, graph, id, f"{graph}.{id}")
    peers.made.append(peer)
    return peer


def set_text(interface: Any, field: str, value: str | None) -> None:
    """Points a string of the interface at a value."""
    put_text(interface, field, value)
