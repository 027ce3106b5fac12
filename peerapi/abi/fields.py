"""The kinds of fields in struct descriptions (see layout.py): which C type each fits, and how it is read and written.

A kind writes Python source: expressions that make the Python value from the numbers of the struct, and statements
that make those numbers from the Python value. Everything a struct points to goes to ``tails``, the parts of the block
behind it.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from typing import Any

from peerapi.abi import library
from peerapi.abi.blueprint import CField as CField  # the names that a kind of one's own needs
from peerapi.abi.blueprint import Layout, Reader, array_tail, indent, read_array
from peerapi.abi.blueprint import Maker as Maker
from peerapi.errors import InvalidArgument, PeerError

TEXT_LIMIT = 0x10000
"Strings that do not end within so many UTF-16 units are refused; no limit of the API comes near."
BLOB_LIMIT = 0x10000000
"Blobs above 256 MiB are refused unread, unless the description sets its own limit."


class Field:
    """A kind of field: which C types it fits, and how it is read and written."""

    types: tuple[str, ...] = ()
    "C types; empty: decided by ``fits``"

    def fits(self, field: CField) -> bool:
        return field.of(*self.types)

    def read(self, maker: Maker, struct_fields: Mapping[str, CField], field: CField, base: int) -> str:
        """Adds slots; -> the expression of the Python value."""
        raise NotImplementedError

    def write(self, maker: Maker, struct_fields: Mapping[str, CField], field: CField, base: int, value: str) -> None:
        """Adds slots and the statements that fill them from the variable ``value``."""
        raise NotImplementedError


class Number(Field):
    """An integer, an enum, or any other scalar that is an int in Python."""

    def __init__(self, code: str, *kinds: str) -> None:
        self._code = code
        self._kinds = kinds

    def fits(self, field: CField) -> bool:
        return field.size == struct.calcsize("<" + self._code) and field.is_number

    def read(self, maker: Maker, struct_fields: Mapping[str, CField], field: CField, base: int) -> str:
        return maker.slot(base + field.offset, self._code)

    def write(self, maker: Maker, struct_fields: Mapping[str, CField], field: CField, base: int, value: str) -> None:
        maker.writes.append(f"{maker.slot(base + field.offset, self._code)} = {value}")


class Bool(Number):
    """BOOL: True when not zero."""

    def __init__(self) -> None:
        super().__init__("i")

    def read(self, maker: Maker, struct_fields: Mapping[str, CField], field: CField, base: int) -> str:
        return f"({maker.slot(base + field.offset, self._code)} != 0)"

    def write(self, maker: Maker, struct_fields: Mapping[str, CField], field: CField, base: int, value: str) -> None:
        super().write(maker, struct_fields, field, base, f"1 if {value} else 0")


class Enum(Number):
    """An enum whose members are those of a Python enum; on input another number is E_INVALIDARG."""

    def __init__(self, members: Any) -> None:
        super().__init__("i")
        self._members = {int(member): member for member in members}

    def read(self, maker: Maker, struct_fields: Mapping[str, CField], field: CField, base: int) -> str:
        slot, members, name = super().read(maker, struct_fields, field, base), maker.bind(self._members), maker.name()
        maker.before += [
            f"{name} = {members}.get({slot})",
            f"if {name} is None:",
            "    raise InvalidArgument('not a value of its enum')",
        ]
        return name


class Guid(Field):
    """GUID: 16 bytes in network order in Python."""

    types = ("GUID",)

    def read(self, maker: Maker, struct_fields: Mapping[str, CField], field: CField, base: int) -> str:
        return f"{maker.bind(library.native().swap)}({maker.slot(base + field.offset, '16s')})"

    def write(self, maker: Maker, struct_fields: Mapping[str, CField], field: CField, base: int, value: str) -> None:
        swap = maker.bind(library.native().swap)
        maker.writes.append(f"{maker.slot(base + field.offset, '16s')} = {swap}({value})")


class GuidPointer(Field):
    """GUID *: a GUID, or None for NULL when optional."""

    types = ("GUID *",)

    def __init__(self, optional: bool = False) -> None:
        self._optional = optional

    def read(self, maker: Maker, struct_fields: Mapping[str, CField], field: CField, base: int) -> str:
        slot, guid = maker.slot(base + field.offset, "Q"), maker.bind(library.native().guid)
        return f"({guid}({slot}) if {slot} else None)" if self._optional else f"{guid}({slot})"

    def write(self, maker: Maker, struct_fields: Mapping[str, CField], field: CField, base: int, value: str) -> None:
        slot, swap, data = maker.slot(base + field.offset, "Q"), maker.bind(library.native().swap), maker.name("d")
        lines = [f"{data} = {swap}({value})", *maker.aligned_tail(slot, base + field.offset, data)]
        maker.writes += [f"if {value} is None:", f"    {slot} = 0", "else:", *indent(lines)]


class FileTime(Number):
    """FILETIME: 100 ns since 1601, as one int."""

    def __init__(self) -> None:
        super().__init__("Q")

    def fits(self, field: CField) -> bool:
        return field.of("FILETIME")


class Text(Field):
    """PWSTR:

    a str; NULL is None when optional, E_INVALIDARG otherwise. Text that is not UTF-16 or does not end is
    E_INVALIDARG.
    """

    types = ("PWSTR", "PCWSTR")

    def __init__(self, optional: bool) -> None:
        self._optional = optional

    def read(self, maker: Maker, struct_fields: Mapping[str, CField], field: CField, base: int) -> str:
        slot, text = maker.slot(base + field.offset, "Q"), maker.bind(library.native().text)
        reading = f"{text}({slot}, {TEXT_LIMIT})"
        return f"({reading} if {slot} else None)" if self._optional else reading

    def write(self, maker: Maker, struct_fields: Mapping[str, CField], field: CField, base: int, value: str) -> None:
        slot, wide, data = maker.slot(base + field.offset, "Q"), maker.bind(library.native().wide), maker.name("d")
        lines = [f"{data} = {wide}({value})", *maker.tail(slot, base + field.offset, data)]
        maker.writes += (
            [f"if {value} is None:", f"    {slot} = 0", "else:", *indent(lines)] if self._optional else lines
        )


class Blob(Field):
    """PEER_DATA: bytes. Without data the pointer is NULL; a count with a NULL pointer is E_INVALIDARG.

    More than ``limit`` bytes raise ``error`` before any is read.
    """

    types = ("PEER_DATA",)

    def __init__(self, limit: int = BLOB_LIMIT, error: type[PeerError] = InvalidArgument) -> None:
        self._limit = limit
        self._error = error

    def read(self, maker: Maker, struct_fields: Mapping[str, CField], field: CField, base: int) -> str:
        count, pointer = maker.slot(base + field.offset, "I"), maker.slot(base + field.offset + 8, "Q")
        maker.before += [f"if {count} > {self._limit}:", f"    raise {maker.bind(self._error)}"]
        return f"({maker.bind(library.native().read)}({pointer}, {count}) if {count} else b'')"

    def write(self, maker: Maker, struct_fields: Mapping[str, CField], field: CField, base: int, value: str) -> None:
        count, pointer = maker.slot(base + field.offset, "I"), maker.slot(base + field.offset + 8, "Q")
        lines = maker.aligned_tail(pointer, base + field.offset + 8, value)
        maker.writes += [f"{count} = len({value})", f"if {count}:", *indent(lines), "else:", f"    {pointer} = 0"]


class CountedBytes(Field):
    """A count of bytes, the field that is named in the description, and ``pointer``, the field with their address."""

    def __init__(self, pointer: str) -> None:
        self._pointer = pointer

    def fits(self, field: CField) -> bool:
        return field.is_number and field.size == 4

    def read(self, maker: Maker, struct_fields: Mapping[str, CField], field: CField, base: int) -> str:
        count, pointer = maker.slot(base + field.offset, "I"), maker.slot(base + self._offset(struct_fields), "Q")
        maker.before += [f"if {count} > {BLOB_LIMIT}:", "    raise InvalidArgument('more bytes than any limit allows')"]
        return f"({maker.bind(library.native().read)}({pointer}, {count}) if {count} else b'')"

    def write(self, maker: Maker, struct_fields: Mapping[str, CField], field: CField, base: int, value: str) -> None:
        offset = base + self._offset(struct_fields)
        count, pointer = maker.slot(base + field.offset, "I"), maker.slot(offset, "Q")
        lines = maker.aligned_tail(pointer, offset, value)
        maker.writes += [f"{count} = len({value})", f"if {count}:", *indent(lines), "else:", f"    {pointer} = 0"]

    def _offset(self, struct_fields: Mapping[str, CField]) -> int:
        field = struct_fields[self._pointer]
        if not field.of("BYTE *"):
            raise TypeError(f"{field.name} is {field.type.cname}, not BYTE *")
        return field.offset


class RawAddress(Number):
    """A pointer, or pointer to a function, as a number; nothing behind it is read."""

    def __init__(self) -> None:
        super().__init__("Q")

    def fits(self, field: CField) -> bool:
        return field.size == 8 and field.type.kind in ("pointer", "function")


class SockaddrIn6(Field):
    """SOCKADDR_IN6: ``make(ip, port, flow, scope)``, with port and flow as plain numbers; written from any such
    4-tuple.

    Written with the program's AF_INET6: the system's (10), or under Wine that of Windows (23). Both are understood;
    another family is E_INVALIDARG.
    """

    types = ("SOCKADDR_IN6",)

    def __init__(self, make: Callable[[bytes, int, int, int], Any] = lambda *parts: parts) -> None:
        self._make = make

    def read(self, maker: Maker, struct_fields: Mapping[str, CField], field: CField, base: int) -> str:
        family, port, flow, ip, scope = _sockaddr_slots(maker, base + field.offset)
        maker.before += [f"if {family} not in (10, 23):", "    raise InvalidArgument('not an IPv6 address')"]
        host = "int.from_bytes({}, 'big')"
        return f"{maker.bind(self._make)}({ip}, {host.format(port)}, {host.format(flow)}, {scope})"

    def write(self, maker: Maker, struct_fields: Mapping[str, CField], field: CField, base: int, value: str) -> None:
        family, port, flow, ip, scope = _sockaddr_slots(maker, base + field.offset)
        maker.writes += [
            f"{family} = {library.native().ipv6_family()}",
            f"{ip}, {port}, {flow}, {scope} = {value}",
            f"{port} = {port}.to_bytes(2, 'big')",
            f"{flow} = {flow}.to_bytes(4, 'big')",
        ]


def _sockaddr_slots(maker: Maker, offset: int) -> list[str]:
    return [maker.slot(offset + at, code) for at, code in ((0, "H"), (2, "2s"), (4, "4s"), (8, "16s"), (24, "I"))]


class Inline(Field):
    """A struct inside the struct."""

    def __init__(self, layout: Layout[Any]) -> None:
        self._layout = layout

    def fits(self, field: CField) -> bool:
        return field.of(self._layout.name)

    def read(self, maker: Maker, struct_fields: Mapping[str, CField], field: CField, base: int) -> str:
        return f"{maker.bind(self._layout.load)}(data, origin + {base + field.offset})"

    def write(self, maker: Maker, struct_fields: Mapping[str, CField], field: CField, base: int, value: str) -> None:
        slot, store = maker.slot(base + field.offset, f"{field.size}s"), maker.bind(self._layout.store)
        maker.writes.append(f"{slot}, end = {store}({value}, at + {base + field.offset}, tails, end, pointers)")


class Pointer(Field):
    """A pointer to one struct; NULL is None when optional, E_INVALIDARG otherwise."""

    def __init__(self, layout: Layout[Any], optional: bool = False) -> None:
        self._layout = layout
        self._optional = optional

    def fits(self, field: CField) -> bool:
        return field.of(f"{self._layout.name} *", f"const {self._layout.name} *")

    def read(self, maker: Maker, struct_fields: Mapping[str, CField], field: CField, base: int) -> str:
        slot, read = maker.slot(base + field.offset, "Q"), maker.bind(Reader(self._layout))
        return f"({read}({slot}) if {slot} else None)" if self._optional else f"{read}({slot})"

    def write(self, maker: Maker, struct_fields: Mapping[str, CField], field: CField, base: int, value: str) -> None:
        slot, tail = maker.slot(base + field.offset, "Q"), maker.bind(array_tail)
        lines = [f"pointers.append(at + {base + field.offset})"]
        lines.append(f"{slot}, end = {tail}({maker.bind(self._layout)}, ({value},), tails, end, pointers)")
        maker.writes += [f"if {value} is None:", f"    {slot} = 0", "else:", *indent(lines)]


class Array(Field):
    """A count, the field that is named in the description, and ``pointer``, the field with the address of that many
    structs."""

    def __init__(self, pointer: str, layout: Layout[Any]) -> None:
        self._pointer = pointer
        self._layout = layout

    def fits(self, field: CField) -> bool:
        return field.is_number and field.size == 4

    def _address(self, struct_fields: Mapping[str, CField]) -> CField:
        field = struct_fields[self._pointer]
        if not field.of(f"{self._layout.name} *"):
            raise TypeError(f"{field.name} is {field.type.cname}, not {self._layout.name} *")
        return field

    def read(self, maker: Maker, struct_fields: Mapping[str, CField], field: CField, base: int) -> str:
        count = maker.slot(base + field.offset, "I")
        pointer = maker.slot(base + self._address(struct_fields).offset, "Q")
        return f"{maker.bind(read_array)}({maker.bind(self._layout)}, {pointer}, {count})"

    def write(self, maker: Maker, struct_fields: Mapping[str, CField], field: CField, base: int, value: str) -> None:
        offset = base + self._address(struct_fields).offset
        count, pointer = maker.slot(base + field.offset, "I"), maker.slot(offset, "Q")
        layout, tail = maker.bind(self._layout), maker.bind(array_tail)
        lines = [f"pointers.append(at + {offset})", f"{pointer}, end = {tail}({layout}, {value}, tails, end, pointers)"]
        maker.writes += [f"{count} = len({value})", f"if {count}:", *indent(lines), "else:", f"    {pointer} = 0"]


UINT16 = Number("H")
UINT32 = Number("I")
INT32 = Number("i")
UINT64 = Number("Q")
HRESULT = Number("I")
"An HRESULT as the unsigned number that peerapi.errors uses."
BOOL = Bool()
ADDRESS = RawAddress()
GUID = Guid()
GUID_POINTER = GuidPointer()
OPTIONAL_GUID_POINTER = GuidPointer(optional=True)
FILETIME = FileTime()
WSTR = Text(optional=False)
OPTIONAL_WSTR = Text(optional=True)
BLOB = Blob()
SOCKADDR_IN6 = SockaddrIn6()
