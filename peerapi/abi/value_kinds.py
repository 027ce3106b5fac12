"""Kinds of what is passed by itself: numbers, GUIDs, times, texts, bytes, and arrays of GUIDs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from peerapi.abi import library
from peerapi.abi.kinds import Call, InputKind, OutputKind
from peerapi.abi.layout import BLOB_LIMIT, COUNT_LIMIT, TEXT_LIMIT
from peerapi.errors import InvalidArgument, PeerError


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
        call.require_all(count, pointer)
        call.pointers += [f"if {count} > {self._limit}:", f"    raise {call.bind(self._error)}"]
        call.arguments.append(f"{call.bind(library.native().read)}({pointer}, {count})")


class GuidArray(InputKind):
    """A count and the address of that many GUIDs."""

    types = (("ULONG", "DWORD"), ("GUID*", "PEER_ROLE_ID*"))

    def take(self, call: Call, *names: str) -> None:
        count, pointer = names
        call.require_all(count, pointer, COUNT_LIMIT)
        call.arguments.append(f"{call.bind(_read_guids)}({pointer}, {count})")


class GuidArrayResult(OutputKind):
    """An array of the caller that receives as many GUIDs as the function returns.

    The function knows from its own inputs how many fit.
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
