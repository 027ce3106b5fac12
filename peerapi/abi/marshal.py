"""Kinds: what stands in the annotations of an exported function, and says how each C parameter becomes a Python value
and back.

A kind is an ``Annotated`` alias, so ``GuidIn`` is ``bytes`` to a type checker. Parameters of the Python function are
the inputs of the C function in their order, its results are what remains: outputs, which are the last C parameters.

    @export(needs=GRAPH)
    def PeerGraphGetRecord(graph: GraphHandle, record_id: GuidIn) -> RecordOut: ...

Pointers: NULL where something is wanted is E_INVALIDARG before anything else happens. An output may be left out by
NULL where the function has done its work without it: it tells an ID, a name or a version. Other wrong addresses cannot
be noticed. On failure a pointer that would have received a block is set to NULL, so that freeing it is harmless; other
outputs stay untouched.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Annotated, Any

from peerapi.abi import handles, layout, library
from peerapi.abi.handles import Enumeration, HandleTable
from peerapi.abi.layout import BLOB_LIMIT, COUNT_LIMIT, TEXT_LIMIT, Items, Layout
from peerapi.errors import InvalidArgument, InvalidGraph, InvalidGroup, PeerError

_POINTERS = struct.Struct("<Q")


class Call:
    """The source of one wrapper as it grows. ``parameters`` are the C parameters still to be taken."""

    def __init__(self, owner: object) -> None:
        self.owner = owner
        self.before: list[str] = []  # statements outside the try block, for what the failure statements look at
        self.pointers: list[str] = []  # statements: checks of pointers
        self.handles: list[str] = []  # statements: handles become objects
        self.arguments: list[str] = []  # expressions
        self.results: list[str] = []  # statements after the call
        self.failure: list[str] = []  # statements when it failed
        self.space: dict[str, Any] = {"InvalidArgument": InvalidArgument}
        self.wanted = ""  # the parameter that counts the items of GetNextItem
        self.required: set[str] = set()  # parameters that must not be NULL, whatever the others are

    def bind(self, value: Any) -> str:
        name = f"o{len(self.space)}"
        self.space[name] = value
        return name

    def require(self, pointer: str) -> None:
        self.required.add(pointer)
        self.pointers += [f"if not {pointer}:", "    raise InvalidArgument"]


class Kind:
    """How one parameter travels.

    ``types``: for each C parameter it takes, the C types it fits, without const and spaces.
    """

    types: tuple[tuple[str, ...], ...] = ()

    def take(self, call: Call, *names: str) -> None:
        """Inputs: adds checks and one argument."""
        raise NotImplementedError

    def give(self, call: Call, value: str, *names: str) -> None:
        """Outputs: adds checks, and statements that hand ``value`` out."""
        raise NotImplementedError


class InputKind(Kind):
    """Belongs to parameters."""


class OutputKind(Kind):
    """Belongs to results. ``optional``: the caller may leave it out by NULL, and then gets nothing."""

    optional = False

    def deliver(self, call: Call, pointer: str, statement: str) -> None:
        """Has ``statement`` store the result where ``pointer`` says."""
        if self.optional:
            call.results += [f"if {pointer}:", f"    {statement}"]
        else:
            call.require(pointer)
            call.results.append(statement)


# ---- numbers ----


class Value(InputKind):
    """A number as it is."""

    def __init__(self, *types: str) -> None:
        self.types = (types,)

    def take(self, call: Call, *names: str) -> None:
        call.arguments.append(names[0])


class Custom(InputKind):
    """A pointer that ``read`` turns into a value."""

    def __init__(self, read: Callable[[int], Any], *types: str) -> None:
        self.types = (types,)
        self._read = read

    def take(self, call: Call, *names: str) -> None:
        call.require(names[0])
        call.arguments.append(f"{call.bind(self._read)}({names[0]})")


class Flag(InputKind):
    """BOOL."""

    types = (("BOOL",),)

    def take(self, call: Call, *names: str) -> None:
        call.arguments.append(f"{names[0]} != 0")


class NumberResult(OutputKind):
    """A number through a pointer."""

    def __init__(self, size: int, *types: str, optional: bool = False) -> None:
        self.types = (types,)
        self.optional = optional
        self._size = size

    def give(self, call: Call, value: str, *names: str) -> None:
        put = getattr(library.native(), f"put{self._size * 8}")
        self.deliver(call, names[0], f"{call.bind(put)}({names[0]}, {value})")


# ---- GUID, FILETIME, strings, data ----


class GuidPointer(InputKind):
    """const GUID *"""

    types = (("GUID*", "PEER_ROLE_ID*"),)

    def __init__(self, optional: bool = False) -> None:
        self._optional = optional

    def take(self, call: Call, *names: str) -> None:
        guid = f"{call.bind(library.native().guid)}({names[0]})"
        if self._optional:
            call.arguments.append(f"{guid} if {names[0]} else None")
        else:
            call.require(names[0])
            call.arguments.append(guid)


class GuidResult(OutputKind):
    """GUID * that is filled in."""

    types = (("GUID*",),)

    def __init__(self, optional: bool = False) -> None:
        self.optional = optional

    def give(self, call: Call, value: str, *names: str) -> None:
        self.deliver(call, names[0], f"{call.bind(library.native().put_guid)}({names[0]}, {value})")


class FileTimePointer(InputKind):
    """FILETIME * that is read."""

    types = (("FILETIME*",),)

    def __init__(self, optional: bool = False) -> None:
        self._optional = optional

    def take(self, call: Call, *names: str) -> None:
        time = f"{call.bind(_read_time)}({names[0]})"
        if self._optional:
            call.arguments.append(f"{time} if {names[0]} else None")
        else:
            call.require(names[0])
            call.arguments.append(time)


def _read_time(address: int) -> int:
    return int.from_bytes(library.native().read(address, 8), "little")


class Text(InputKind):
    """PCWSTR."""

    types = (("PCWSTR", "LPCWSTR", "PWSTR"),)

    def __init__(self, optional: bool = False) -> None:
        self._optional = optional

    def take(self, call: Call, *names: str) -> None:
        text = f"{call.bind(library.native().text)}({names[0]}, {TEXT_LIMIT})"
        if self._optional:
            call.arguments.append(f"{text} if {names[0]} else None")
        else:
            call.require(names[0])
            call.arguments.append(text)


class Data(InputKind):
    """A count of bytes and their address."""

    types = (("ULONG", "DWORD"), ("PVOID", "LPCVOID", "PBYTE", "BYTE*", "void*"))

    def __init__(self, limit: int = BLOB_LIMIT, error: type[PeerError] = InvalidArgument) -> None:
        self._limit = limit
        self._error = error

    def take(self, call: Call, *names: str) -> None:
        count, pointer = names
        call.pointers += [f"if {count} and not {pointer}:", "    raise InvalidArgument"]
        call.pointers += [f"if {count} > {self._limit}:", f"    raise {call.bind(self._error)}"]
        call.arguments.append(f"{call.bind(library.native().read)}({pointer}, {count})")


# ---- structs ----


def _pointer_types(name: str) -> tuple[str, ...]:
    return (f"{name}*", f"P{name}", f"PC{name}")


class In(InputKind):
    """A pointer to a struct that is read. NULL gives None when optional."""

    def __init__(self, description: Layout[Any], optional: bool = False) -> None:
        self.types = (_pointer_types(description.name),)
        self._layout = description
        self._optional = optional

    def take(self, call: Call, *names: str) -> None:
        value = f"{call.bind(layout.Reader(self._layout))}({names[0]})"
        if self._optional:
            call.arguments.append(f"{value} if {names[0]} else None")
        else:
            call.require(names[0])
            call.arguments.append(value)


class ArrayIn(InputKind):
    """A count and the address of that many structs, one after the other; a tuple in Python."""

    def __init__(self, description: Layout[Any]) -> None:
        self.types = (("ULONG", "DWORD"), _pointer_types(description.name))
        self._layout = description

    def take(self, call: Call, *names: str) -> None:
        count, pointer = names
        call.pointers += [f"if {count} and not {pointer}:", "    raise InvalidArgument"]
        read, description = call.bind(layout.read_array), call.bind(self._layout)
        call.arguments.append(f"{read}({description}, {pointer}, {count}) if {count} else ()")


class GuidArray(InputKind):
    """A count and the address of that many GUIDs."""

    types = (("ULONG", "DWORD"), ("GUID*", "PEER_ROLE_ID*"))

    def take(self, call: Call, *names: str) -> None:
        count, pointer = names
        call.pointers += [f"if {count} and not {pointer} or {count} > {COUNT_LIMIT}:", "    raise InvalidArgument"]
        call.arguments.append(f"{call.bind(_read_guids)}({pointer}, {count})")


class PointersIn(InputKind):
    """A count and the address of that many pointers to structs;

    a tuple in Python. A NULL among them is E_INVALIDARG.
    """

    def __init__(self, description: Layout[Any]) -> None:
        self.types = (("ULONG", "DWORD"), tuple(f"{name}*" for name in _pointer_types(description.name)))
        self._reader = layout.Reader(description)

    def take(self, call: Call, *names: str) -> None:
        count, pointer = names
        call.pointers += [f"if {count} and not {pointer} or {count} > {COUNT_LIMIT}:", "    raise InvalidArgument"]
        call.arguments.append(f"{call.bind(_read_pointed)}({call.bind(self._reader)}, {pointer}, {count})")


def _read_pointed(reader: layout.Reader[Any], address: int, count: int) -> tuple[Any, ...]:
    return tuple([reader(each) for (each,) in _POINTERS.iter_unpack(library.native().read(address, 8 * count))])


class GuidArrayResult(OutputKind):
    """An array of the caller that receives as many GUIDs as the function returns;

    it knows how many fit from its own inputs.
    """

    types = (("GUID*",),)

    def __init__(self, optional: bool = False) -> None:
        self.optional = optional

    def give(self, call: Call, value: str, *names: str) -> None:
        self.deliver(call, names[0], f"{call.bind(_write_guids)}({names[0]}, {value})")


def _write_guids(address: int, guids: tuple[bytes, ...]) -> None:
    native = library.native()
    native.write(address, b"".join([native.swap(guid) for guid in guids]))


def _read_guids(address: int, count: int) -> tuple[bytes, ...]:
    native = library.native()
    return tuple([native.guid(address + 16 * i) for i in range(count)])


class Fill(OutputKind):
    """A pointer to the caller's own struct, which is filled in. The struct must not contain pointers."""

    def __init__(self, description: Layout[Any], optional: bool = False) -> None:
        self.types = (_pointer_types(description.name),)
        self.optional = optional
        self._layout = description

    def give(self, call: Call, value: str, *names: str) -> None:
        self.deliver(call, names[0], f"{call.bind(_fill)}({call.bind(self._layout)}, {names[0]}, {value})")


def _fill(description: Layout[Any], address: int, value: Any) -> None:
    fixed, end = description.store(value, 0, [], description.size, [])
    if end != description.size:
        raise TypeError(f"{description.name} points to something, and the caller's struct has no room for it")
    library.native().write(address, fixed)


class _BlockResult(OutputKind):
    """A pointer that receives the address of one block, which the caller frees; NULL for None and on failure."""

    def address(self, call: Call, value: str) -> str:
        """The expression that makes the block."""
        raise NotImplementedError

    def give(self, call: Call, value: str, *names: str) -> None:
        put = call.bind(library.native().put64)
        call.failure += [f"if {names[0]}:", f"    {put}({names[0]}, 0)"]
        self.deliver(call, names[0], f"{put}({names[0]}, 0 if {value} is None else {self.address(call, value)})")


class Out(_BlockResult):
    """A pointer to a pointer that receives a struct."""

    def __init__(self, description: Layout[Any], optional: bool = False) -> None:
        self.types = (tuple(f"{name}*" for name in _pointer_types(description.name)),)
        self.optional = optional
        self._layout = description

    def address(self, call: Call, value: str) -> str:
        return f"{call.bind(layout.Writer(self._layout))}({value})"


class TextResult(_BlockResult):
    """PWSTR * that receives a string."""

    types = (("PWSTR*",),)

    def __init__(self, optional: bool = False) -> None:
        self.optional = optional

    def address(self, call: Call, value: str) -> str:
        return f"{call.bind(layout.text_block)}({value})"


# ---- handles ----


class Handle(InputKind):
    """A handle; in Python the object behind it. One that is not live, or of another kind, raises ``error``."""

    def __init__(self, table: HandleTable, error: type[PeerError] = InvalidArgument) -> None:
        self.types = ((table.name,),)
        self.table = table
        self.error = error

    def take(self, call: Call, *names: str) -> None:
        target = f"h{names[0]}"
        call.handles.append(f"{target} = {call.bind(self.table.get)}({names[0]})")
        call.handles += [f"if {target} is None:", f"    raise {call.bind(self.error)}"]
        call.arguments.append(target)

    def failing(self, error: type[PeerError]) -> Handle:
        """The same kind for functions that document another error."""
        return type(self)(self.table, error)

    @property
    def closing(self) -> ClosingHandle:
        """For the function that closes the handle."""
        return ClosingHandle(self.table, self.error)

    @property
    def out(self) -> HandleResult:
        """For functions that give a new handle of the object they return."""
        return HandleResult(self.table)


class ClosingHandle(Handle):
    """A handle that the function closes.

    It is dead for other threads from the beginning, and lives again when the function raises.
    """

    def take(self, call: Call, *names: str) -> None:
        target, table = f"h{names[0]}", call.bind(self.table)
        call.before.append(f"{target} = None")
        call.handles.append(f"{target} = {table}.take({names[0]})")
        call.handles += [f"if {target} is None:", f"    raise {call.bind(self.error)}"]
        call.arguments.append(target)
        call.failure += [
            f"if {target} is not None:",
            f"    {table}.restore({names[0]}, {target}, {call.bind(call.owner)})",
        ]


class HandleResult(OutputKind):
    """A pointer that receives a new handle; its owner is the family (``needs``) of the function."""

    def __init__(self, table: HandleTable) -> None:
        self.types = ((f"{table.name}*", f"P{table.name}"),)
        self._table = table

    def give(self, call: Call, value: str, *names: str) -> None:
        call.require(names[0])
        insert, put = call.bind(self._table.insert), call.bind(library.native().put64)
        call.results.append(f"{put}({names[0]}, {insert}({value}, {call.bind(call.owner)}))")


# ---- enumerations ----


class Wanted(InputKind):
    """The counter of GetNextItem: how many are wanted. Goes with ItemsResult, which writes how many there are."""

    types = (("ULONG*",),)

    def take(self, call: Call, *names: str) -> None:
        call.require(names[0])
        call.wanted = names[0]
        call.arguments.append(f"{call.bind(_read_count)}({names[0]})")


def _read_count(address: int) -> int:
    return int.from_bytes(library.native().read(address, 4), "little")


class ItemsResult(OutputKind):
    """A pointer that receives an array of pointers to items: one block. NULL and a count of 0 at the end."""

    types = (("PVOID**", "void***"),)

    def give(self, call: Call, value: str, *names: str) -> None:
        native = library.native()
        call.require(names[0])
        put = call.bind(native.put64)
        call.failure += [f"if {names[0]}:", f"    {put}({names[0]}, 0)"]
        call.results.append(f"{put}({names[0]}, {call.bind(layout.items_block)}(*{value}))")
        call.results.append(f"{call.bind(native.put32)}({call.wanted}, len({value}.values))")


# ---- the names used in annotations ----

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

EnumHandle = Annotated[Enumeration, HPEERENUM]
EnumClosing = Annotated[Enumeration, HPEERENUM.closing]
EnumOut = Annotated[Enumeration, HPEERENUM.out]
CountWanted = Annotated[int, Wanted()]
ItemsOut = Annotated[Items, ItemsResult()]
