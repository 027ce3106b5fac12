"""What drt.h's structures hold, read from and written to a program's memory.

They are filled in where the caller says, or handed to a provider of the application and taken back from it, so they are
written through the structures of the headers, not as blocks of the library's.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import Any

from peerapi.abi import library
from peerapi.address import Address
from peerapi.errors import InvalidArgument

_SOCKADDR = struct.Struct("<H2s4s16sI")
_FAMILIES = (10, 23)
"AF_INET6 of this system, and of Windows."
STORAGE = 128
"Bytes of SOCKADDR_STORAGE."
MOST_ADDRESSES = 1000
"In one list that a program gives."
LARGEST = 1 << 16
"Bytes of one DRT_DATA that a program gives: nothing larger goes into a message."


def ffi() -> Any:
    """cffi's view of the headers."""
    return library.load()[0]


def number(address: int, size: int) -> int:
    """An unsigned number at an address."""
    return int.from_bytes(library.native().read(address, size), "little")


def data_at(address: int, most: int = LARGEST) -> bytes:
    """The bytes of a DRT_DATA. InvalidArgument: NULL, more than ``most``, or a count without a pointer."""
    if not address:
        raise InvalidArgument("A DRT_DATA is wanted, not NULL.")
    size, start = number(address, 4), number(address + 8, 8)
    if size > most:
        raise InvalidArgument(f"{size} bytes, where {most} are allowed.")
    return library.native().read(start, size) if size else b""


def optional_data_at(address: int) -> bytes | None:
    """The same; None for NULL."""
    return data_at(address) if address else None


def sockaddr(address: Address) -> bytes:
    """sockaddr_in6."""
    port, flow = address.port.to_bytes(2, "big"), address.flow.to_bytes(4, "big")
    return _SOCKADDR.pack(library.native().ipv6_family(), port, flow, address.ip, address.scope)


def addresses_at(address: int) -> tuple[Address, ...]:
    """Those of IPv6 in a SOCKET_ADDRESS_LIST; none for NULL. InvalidArgument: too many."""
    if not address:
        return ()
    space = ffi()
    listed = space.cast("SOCKET_ADDRESS_LIST *", address)
    count = listed.iAddressCount
    if not 0 <= count <= MOST_ADDRESSES:
        raise InvalidArgument(f"A list of {count} addresses.")
    entries = space.addressof(listed, "Address")
    first = space.cast("SOCKET_ADDRESS *", entries)
    found = []
    for at in range(count):
        start, size = int(space.cast("uintptr_t", first[at].lpSockaddr)), first[at].iSockaddrLength
        if not start or size < _SOCKADDR.size:
            continue
        family, port, flow, ip, scope = _SOCKADDR.unpack(library.native().read(start, _SOCKADDR.size))
        if family in _FAMILIES:
            found.append(Address(ip, int.from_bytes(port, "big"), int.from_bytes(flow, "big"), scope))
    return tuple(found)


def list_size(count: int) -> int:
    """Bytes of a SOCKET_ADDRESS_LIST of so many, without the addresses."""
    space = ffi()
    return int(space.offsetof("SOCKET_ADDRESS_LIST", "Address") + max(count, 1) * space.sizeof("SOCKET_ADDRESS"))


def list_bytes(addresses: Iterable[Address]) -> tuple[bytes, list[int]]:
    """A SOCKET_ADDRESS_LIST with its addresses as one block, and where its pointers are."""
    space = ffi()
    given = tuple(addresses)
    head = space.offsetof("SOCKET_ADDRESS_LIST", "Address")
    step, end = space.sizeof("SOCKET_ADDRESS"), list_size(len(given))
    block = bytearray(end)
    block[:4] = len(given).to_bytes(4, "little")
    pointers = []
    for at, address in enumerate(given):
        place = head + at * step
        block[place : place + 12] = struct.pack("<QI", len(block), _SOCKADDR.size)
        pointers.append(place)
        block += sockaddr(address) + bytes(-_SOCKADDR.size % 8)
    return bytes(block), pointers


class Lent:
    """Structures for the time of one call into an application: cffi keeps what is in ``kept``."""

    def __init__(self) -> None:
        self.space = ffi()
        self.kept: list[Any] = []

    def blob(self, data: bytes) -> Any:
        """BYTE * of a copy, NULL for none."""
        if not data:
            return self.space.NULL
        made = self.space.new("BYTE[]", data)
        self.kept.append(made)
        return made

    def data(self, data: bytes) -> Any:
        """DRT_DATA *"""
        made = self.space.new("DRT_DATA *", {"cb": len(data), "pb": self.blob(data)})
        self.kept.append(made)
        return made

    def optional(self, data: bytes | None) -> Any:
        """DRT_DATA *, NULL for None."""
        return self.space.NULL if data is None else self.data(data)

    def array(self, buffers: Iterable[bytes]) -> Any:
        """DRT_DATA[]"""
        made = self.space.new("DRT_DATA[]", [{"cb": len(one), "pb": self.blob(one)} for one in buffers])
        self.kept.append(made)
        return made

    def addresses(self, addresses: Iterable[Address]) -> Any:
        """SOCKET_ADDRESS_LIST *"""
        block, pointers = list_bytes(addresses)
        made = self.space.new("uint64_t[]", -(-len(block) // 8))
        self.space.memmove(made, block, len(block))
        start = int(self.space.cast("uintptr_t", made))
        for place in pointers:
            made[place // 8] += start
        self.kept.append(made)
        return self.space.cast("SOCKET_ADDRESS_LIST *", made)


class Filled:
    """A structure in the caller's memory and what it points to, right behind it."""

    def __init__(self, kind: str, address: int) -> None:
        self._space = ffi()
        self.value = self._space.cast(f"{kind} *", address)
        self._end: int = address + int(self._space.sizeof(kind))
        self._space.memmove(self.value, bytes(self._space.sizeof(kind)), self._space.sizeof(kind))

    def behind(self, data: bytes) -> int:
        """The address of a copy of ``data``."""
        start: int = self._end
        library.native().write(start, data)
        self._end += padded(len(data))
        return start

    def set(self, place: Any, data: bytes) -> None:
        """A DRT_DATA in the structure."""
        place.cb = len(data)
        place.pb = self._space.cast("BYTE *", self.behind(data)) if data else self._space.NULL


def padded(size: int) -> int:
    """What lies behind a structure begins at multiples of eight."""
    return size + (-size & 7)


def size_of(kind: str, *parts: int) -> int:
    """Bytes of a structure with so many bytes behind it."""
    return int(ffi().sizeof(kind)) + sum(padded(part) for part in parts)


def allocated(data: bytes) -> int:
    """A block of the library's with a copy, which FreeData gives back; 0 for nothing."""
    return library.native().block(data, ()) if data else 0


def give(address: int, data: bytes) -> None:
    """Into a DRT_DATA of the caller: a block of the library's. Nothing for NULL."""
    if address:
        native = library.native()
        native.put32(address, len(data))
        native.put64(address + 8, allocated(data))
