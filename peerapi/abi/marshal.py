"""The names that stand in the annotations of an exported function: each says how a C parameter becomes a Python value
and back.

What such a name holds is a kind, in an ``Annotated`` alias, so ``GuidIn`` is ``bytes`` to a type checker. Parameters of
the Python function are the inputs of the C function in their order, its results are what remains: outputs, which are
the last C parameters.

    @export(needs=GRAPH)
    def PeerGraphGetRecord(graph: GraphHandle, record_id: GuidIn) -> RecordOut: ...

Pointers: NULL where something is wanted is E_INVALIDARG before anything else happens. An output may be left out by
NULL where the function has done its work without it: it tells an ID, a name or a version. Other wrong addresses cannot
be noticed. On failure a pointer that would have received a block is set to NULL, so that freeing it is harmless; other
outputs stay untouched.
"""

from __future__ import annotations

from typing import Annotated

from peerapi.abi import handles
from peerapi.abi.handle_kinds import Handle, ItemsResult, Wanted
from peerapi.abi.handles import Enumeration
from peerapi.abi.layout import Items
from peerapi.abi.struct_kinds import TextResult
from peerapi.abi.value_kinds import (
    Data,
    FileTimePointer,
    Flag,
    GuidArray,
    GuidArrayResult,
    GuidPointer,
    GuidResult,
    NumberResult,
    Text,
    Value,
)
from peerapi.errors import InvalidGraph, InvalidGroup

UlongIn = Annotated[int, Value("ULONG", "DWORD", "UINT")]
DwordIn = UlongIn
WordIn = Annotated[int, Value("WORD", "USHORT")]
UlonglongIn = Annotated[int, Value("ULONGLONG")]
BoolIn = Annotated[bool, Flag()]
UlongOut = Annotated[int, NumberResult(4, "ULONG*", "DWORD*", "UINT*")]
DwordOut = UlongOut
UlonglongOut = Annotated[int, NumberResult(8, "ULONGLONG*")]
ConnectionIdOut = Annotated[int, NumberResult(8, "ULONGLONG*", optional=True)]
"The ID of a connection that was begun, which the event of its outcome tells as well."
GuidIn = Annotated[bytes, GuidPointer()]
OptionalGuidIn = Annotated[bytes | None, GuidPointer(optional=True)]
RecordIdOut = Annotated[bytes, GuidResult(optional=True)]
"The ID of a record that was published, which the event of its coming tells as well."
RecordIdsOut = Annotated[tuple[bytes, ...], GuidArrayResult(optional=True)]
GuidsIn = Annotated[tuple[bytes, ...], GuidArray()]
FileTimeIn = Annotated[int, FileTimePointer()]
OptionalFileTimeIn = Annotated[int | None, FileTimePointer(optional=True)]
FileTimeOut = Annotated[int, NumberResult(8, "FILETIME*")]
StringIn = Annotated[str, Text()]
OptionalStringIn = Annotated[str | None, Text(optional=True)]
StringOut = Annotated[str, TextResult()]
OptionalStringOut = Annotated[str, TextResult(optional=True)]
"What the function has made or stored is there also for a caller who does not ask what it is called."
BlobIn = Annotated[bytes, Data()]
Win32Handle = Annotated[int, Value("HANDLE")]
"A Win32 HANDLE as a number, for ``peerapi.abi.library.set_event``; 0 is NULL."

HGRAPH = Handle(handles.GRAPHS, InvalidGraph)
HGROUP = Handle(handles.GROUPS, InvalidGroup)
HPEERENUM = Handle(handles.ENUMERATIONS)
HPEEREVENT = Handle(handles.EVENTS)
HREGISTRATION = Handle(handles.REGISTRATIONS)
HRESOLUTION = Handle(handles.RESOLUTIONS)
HPEERXSEARCH = Handle(handles.SEARCHES)

EnumHandle = Annotated[Enumeration, HPEERENUM]
EnumClosing = Annotated[Enumeration, HPEERENUM.closing]
EnumOut = Annotated[Enumeration, HPEERENUM.out]
CountWanted = Annotated[int, Wanted()]
ItemsOut = Annotated[Items, ItemsResult()]
