"""Kinds of structs as their layouts describe them, read and written; and of whatever is given as one block."""

from __future__ import annotations

import struct
from typing import Any

from peerapi.abi import layout, library
from peerapi.abi.kinds import Call, InputKind, OutputKind
from peerapi.abi.layout import COUNT_LIMIT, Layout

_POINTERS = struct.Struct("<Q")


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
        call.require_all(count, pointer)
        read, description = call.bind(layout.read_array), call.bind(self._layout)
        call.arguments.append(f"{read}({description}, {pointer}, {count}) if {count} else ()")


class PointersIn(InputKind):
    """A count and the address of that many pointers to structs; a tuple in Python. NULL among them: E_INVALIDARG."""

    def __init__(self, description: Layout[Any]) -> None:
        self.types = (("ULONG", "DWORD"), tuple(f"{name}*" for name in _pointer_types(description.name)))
        self._reader = layout.Reader(description)

    def take(self, call: Call, *names: str) -> None:
        count, pointer = names
        call.require_all(count, pointer, COUNT_LIMIT)
        call.arguments.append(f"{call.bind(_read_pointed)}({call.bind(self._reader)}, {pointer}, {count})")


def _read_pointed(reader: layout.Reader[Any], address: int, count: int) -> tuple[Any, ...]:
    return tuple([reader(each) for (each,) in _POINTERS.iter_unpack(library.native().read(address, 8 * count))])


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
