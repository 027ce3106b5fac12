"""Kinds of handles, and of the enumerations behind some of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from peerapi.abi import layout, library
from peerapi.abi.handles import HandleTable
from peerapi.abi.kinds import Call, InputKind, OutputKind
from peerapi.errors import InvalidArgument, PeerError


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
        """The kind for the function that closes the handle."""
        return ClosingHandle(self.table, self.error)

    @property
    def out(self) -> HandleResult:
        """For functions that give a new handle of the object they return."""
        return HandleResult(self.table)

    def out_after(self, prepare: Callable[[Any], None]) -> HandleResult:
        """The same for objects that something has to be done with before anybody has a handle."""
        return HandleResult(self.table, prepare)


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

    def __init__(self, table: HandleTable, prepare: Callable[[Any], None] | None = None) -> None:
        self.types = ((f"{table.name}*", f"P{table.name}"),)
        self._table = table
        self._prepare = prepare

    def give(self, call: Call, value: str, *names: str) -> None:
        call.require(names[0])
        if self._prepare is not None:
            call.results.append(f"{call.bind(self._prepare)}({value})")
        insert, put = call.bind(self._table.insert), call.bind(library.native().put64)
        call.results.append(f"{put}({names[0]}, {insert}({value}, {call.bind(call.owner)}))")


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
