"""Functions and kinds of parameters that are exported to C for tests."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Annotated, Any, NamedTuple

from peerapi.abi import library
from peerapi.abi.layout import BLOB, GUID, UINT32, Struct
from peerapi.abi.marshal import HGRAPH, HGROUP, HPEEREVENT
from peerapi.abi.struct_kinds import In, Out
from peerapi.errors import EventHandleNotFound

S_OK = 0

E_INVALIDARG = 0x80070057


class Record(NamedTuple):
    type: bytes
    data: bytes


RECORD = Struct("PEER_RECORD", Record, ("type", "type", GUID), ("data", "data", BLOB))
PROPERTIES = Struct("PEER_GROUP_PROPERTIES", None, ("dwFlags", "", UINT32))

RecordIn = Annotated[Record, In(RECORD)]

RecordOut = Annotated[Record, Out(RECORD)]

GroupHandle = Annotated[object, HGROUP]

GroupOut = Annotated[object, HGROUP.out]

GraphObject = Annotated[object, HGRAPH]

PropertiesIn = Annotated[int, In(PROPERTIES)]

EventHandle = Annotated[object, HPEEREVENT.failing(EventHandleNotFound)]


class C:
    """The exported functions, called as C calls them; -> unsigned HRESULT. Addresses are ints."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL(library.PATH)

    def __getattr__(self, name: str) -> Callable[..., int]:
        function = self._library[name]

        def call(*values: Any) -> int:
            wide = [ctypes.c_void_p(value) if isinstance(value, int) else value for value in values]
            return int(function(*wide)) & 0xFFFFFFFF

        return call


Attach = Callable[..., None]


def wide(text: str) -> ctypes.Array[ctypes.c_char]:
    return ctypes.create_string_buffer(text.encode("utf-16-le") + b"\0\0")


def address(thing: Any) -> int:
    return ctypes.addressof(thing)


def text_at(pointer: ctypes.c_void_p) -> str:
    return library.native().text(pointer.value or 0, 1000)
