"""The structs of the PNRP section of p2p.h, and how their arrays travel."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from peerapi.abi import library
from peerapi.abi.fields import CField, Field, Maker
from peerapi.abi.kinds import Call, OutputKind
from peerapi.abi.layout import OPTIONAL_WSTR, UINT16, UINT32, WSTR, Blob, Layout, Struct
from peerapi.address import IPV4_MAPPED, Address
from peerapi.errors import InvalidArgument

MOST_ADDRESSES = 10
"PNRP_MAX_ENDPOINT_ADDRESSES."
LARGEST_PAYLOAD = 4096
"PNRP_MAX_EXTENDED_PAYLOAD_BYTES."
AUTO_ADDRESSES = 0xFFFFFFFF
"PEER_PNRP_AUTO_ADDRESSES."
AF_INET = 2
_IPV6_FAMILIES = (10, 23)
"The system's number and that of Windows."
_SOCKADDR_IN = struct.Struct("=H2s4s8x")
_SOCKADDR_IN6 = struct.Struct("=H2s4s16sI")


class RegistrationInfo(NamedTuple):
    """PEER_PNRP_REGISTRATION_INFO. ``addresses`` None: PEER_PNRP_AUTO_ADDRESSES."""

    cloud_name: str | None
    identity: str | None
    addresses: tuple[Address, ...] | None
    port: int
    comment: str | None
    payload: bytes


class EndpointInfo(NamedTuple):
    """PEER_PNRP_ENDPOINT_INFO."""

    peer_name: str
    addresses: tuple[Address, ...]
    comment: str | None
    payload: bytes


class CloudInfo(NamedTuple):
    """PEER_PNRP_CLOUD_INFO."""

    name: str
    scope: int
    scope_id: int


class Sockets(Field):
    """A count, and in ``pointer`` the address of that many pointers to socket addresses."""

    def __init__(self, pointer: str) -> None:
        self._pointer = pointer

    def fits(self, field: CField) -> bool:
        return field.is_number and field.size == 4

    def _offset(self, struct_fields: Mapping[str, CField]) -> int:
        field = struct_fields[self._pointer]
        if not field.of("SOCKADDR * *"):
            raise TypeError(f"{field.name} is {field.type.cname}, not SOCKADDR * *")
        return field.offset

    def read(self, maker: Maker, struct_fields: Mapping[str, CField], field: CField, base: int) -> str:
        count = maker.slot(base + field.offset, "I")
        pointer = maker.slot(base + self._offset(struct_fields), "Q")
        return f"{maker.bind(_read_sockets)}({pointer}, {count})"

    def write(self, maker: Maker, struct_fields: Mapping[str, CField], field: CField, base: int, value: str) -> None:
        offset = base + self._offset(struct_fields)
        count, pointer = maker.slot(base + field.offset, "I"), maker.slot(offset, "Q")
        maker.writes += [
            f"{count} = len({value})",
            f"{pointer} = 0",
            f"if {count}:",
            f"    pointers.append(at + {offset})",
            f"    {pointer}, end = {maker.bind(_sockets_tail)}({value}, tails, end, pointers)",
        ]


def _read_sockets(address: int, count: int) -> tuple[Address, ...] | None:
    if count == AUTO_ADDRESSES:
        return None
    if count > MOST_ADDRESSES or (count and not address):
        raise InvalidArgument("addresses of a name")
    native = library.native()
    found = []
    for (pointer,) in struct.iter_unpack("<Q", native.read(address, 8 * count) if count else b""):
        if not pointer:
            raise InvalidArgument("no address")
        found.append(read_sockaddr(pointer))
    return tuple(found)


def read_sockaddr(address: int, size: int = _SOCKADDR_IN6.size) -> Address:
    """The sockaddr_in6 or sockaddr_in there; ``size`` bytes belong to it. Raises InvalidArgument for others.

    An IPv4 address becomes the IPv6 form that the protocol carries (``Address.is_ipv4``).
    """
    native = library.native()
    family = int.from_bytes(native.read(address, 2), "little") if size >= _SOCKADDR_IN.size else 0
    if family == AF_INET:
        _, port, ip = _SOCKADDR_IN.unpack(native.read(address, _SOCKADDR_IN.size))
        return Address(IPV4_MAPPED + ip, int.from_bytes(port, "big"))
    if family not in _IPV6_FAMILIES or size < _SOCKADDR_IN6.size:
        raise InvalidArgument("an address that is neither IPv6 nor IPv4")
    _, port, flow, ip, scope = _SOCKADDR_IN6.unpack(native.read(address, _SOCKADDR_IN6.size))
    return Address(ip, int.from_bytes(port, "big"), int.from_bytes(flow, "big"), scope)


def sockaddr(address: Address) -> bytes:
    """sockaddr_in for an IPv4 address, else sockaddr_in6, with the program's numbers of families."""
    if address.is_ipv4:
        return _SOCKADDR_IN.pack(AF_INET, address.port.to_bytes(2, "big"), address.ip[len(IPV4_MAPPED) :])
    return sockaddr_in6(address)


def order_of_families(address: Address) -> bool:
    """Sorts addresses of IPv6 before those of IPv4: programs of before there was IPv4 look at the first ones only."""
    return address.is_ipv4


def sockaddr_in6(address: Address) -> bytes:
    """sockaddr_in6, whatever the address stands for."""
    ip, port, flow, scope = address
    family = library.native().ipv6_family()
    return _SOCKADDR_IN6.pack(family, port.to_bytes(2, "big"), flow.to_bytes(4, "big"), ip, scope)


def _sockets_tail(value: Sequence[Address], tails: list[bytes], end: int, pointers: list[int]) -> tuple[int, int]:
    """Appends pointers and what they point to, aligned; -> (where the pointers lie, new end)."""
    padding = -end & 7
    start = end + padding
    first = start + 8 * len(value)
    stride = _SOCKADDR_IN6.size + 4  # so that each is aligned
    targets = range(first, first + stride * len(value), stride)
    pointers += range(start, first, 8)
    tails.append(bytes(padding) + struct.pack(f"<{len(value)}Q", *targets))
    tails += [sockaddr(one).ljust(stride, b"\0") for one in value]
    return start, targets.stop


REGISTRATION_INFO = Struct(
    "PEER_PNRP_REGISTRATION_INFO",
    RegistrationInfo,
    ("pwzCloudName", "cloud_name", OPTIONAL_WSTR),
    ("pwzPublishingIdentity", "identity", OPTIONAL_WSTR),
    ("cAddresses", "addresses", Sockets("ppAddresses")),
    ("wPort", "port", UINT16),
    ("pwzComment", "comment", OPTIONAL_WSTR),
    ("payload", "payload", Blob(LARGEST_PAYLOAD)),
)
ENDPOINT_INFO = Struct(
    "PEER_PNRP_ENDPOINT_INFO",
    EndpointInfo,
    ("pwzPeerName", "peer_name", WSTR),
    ("cAddresses", "addresses", Sockets("ppAddresses")),
    ("pwzComment", "comment", OPTIONAL_WSTR),
    ("payload", "payload", Blob()),
)
CLOUD_INFO = Struct(
    "PEER_PNRP_CLOUD_INFO",
    CloudInfo,
    ("pwzCloudName", "name", WSTR),
    ("dwScope", "scope", UINT32),
    ("dwScopeId", "scope_id", UINT32),
)


class ArrayOut(OutputKind):
    """A pointer that receives an array of structs, one after the other and in one block; NULL without any.

    Their number goes to the ULONG * before it (``counted``), or to the one that said how many are wanted.
    """

    def __init__(self, description: Layout[Any], counted: bool) -> None:
        name = description.name
        array = (f"P{name}*", f"{name}**")
        self.types = (("ULONG*",), array) if counted else (array,)
        self._layout = description

    def give(self, call: Call, value: str, *names: str) -> None:
        native = library.native()
        count, pointer = (call.wanted, *names) if len(names) == 1 else names
        put = call.bind(native.put64)
        call.failure += [f"if {pointer}:", f"    {put}({pointer}, 0)"]
        call.require(count)
        call.require(pointer)
        call.results.append(f"{put}({pointer}, {call.bind(array_block)}({call.bind(self._layout)}, {value}))")
        call.results.append(f"{call.bind(native.put32)}({count}, len({value}))")


def array_block(layout: Layout[Any], values: Sequence[Any]) -> int:
    """The address of one malloc block: the structs, then all they point to. 0 without values."""
    if not values:
        return 0
    size, end = layout.size, layout.size * len(values)
    tails: list[bytes] = []
    pointers: list[int] = []
    fixed = []
    for at, value in zip(range(0, end, size), values, strict=False):
        end += -end & 7
        tails.append(bytes(-sum(map(len, tails)) & 7))
        part, end = layout.store(value, at, tails, end, pointers)
        fixed.append(part)
    return library.native().block(b"".join((*fixed, *tails)), pointers)
