"""The structs of the name space functions (winsock2.h, pnrpns.h): queries as they come, results as they go.

A query is read in steps, because what its pointers lead to depends on what it is for: what is called ``at_`` something
is an address, or 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from peerapi.abi import library
from peerapi.abi.fields import CField, Field, Maker
from peerapi.abi.layout import (
    ADDRESS,
    INT32,
    OPTIONAL_GUID_POINTER,
    OPTIONAL_WSTR,
    TEXT_LIMIT,
    UINT32,
    Array,
    Inline,
    Layout,
    Pointer,
    Reader,
    Struct,
    block,
    read_array,
)
from peerapi.address import Address
from peerapi.api.pnrp_structs import LARGEST_PAYLOAD, read_sockaddr, sockaddr
from peerapi.errors import InvalidArgument

NS_PNRPNAME = 38
NS_PNRPCLOUD = 39
PROVIDER_NAME = bytes.fromhex("03fe89cd-766d-4976-b9c1-bb9bc42c7b4d".replace("-", ""))
PROVIDER_CLOUD = bytes.fromhex("03fe89ce-766d-4976-b9c1-bb9bc42c7b4d".replace("-", ""))
CLASS_CLOUD = bytes.fromhex("c2239ce6-00c0-4fbf-bad6-18139385a49a".replace("-", ""))
CLASS_NAME_V1 = bytes.fromhex("c2239ce5-00c0-4fbf-bad6-18139385a49a".replace("-", ""))
CLASS_NAME_V2 = bytes.fromhex("c2239ce7-00c0-4fbf-bad6-18139385a49a".replace("-", ""))
TCP = 6
_SOCKET_TYPES = {TCP: 1, 17: 2}
_SOCK_RAW = 3
_SOCKADDR_SIZE = 28
_NONE, _BINARY, _STRING = 0, 1, 2
"PNRP_EXTENDED_PAYLOAD_TYPE."


# ---- kinds ----


class CastPointer(Pointer):
    """A pointer of any type to one struct."""

    def fits(self, field: CField) -> bool:
        return bool(field.type.kind == "pointer")


class SockaddrLayout:
    """sockaddr_in6 or sockaddr_in by itself, as a result has it."""

    name = "SOCKADDR_IN6"
    size = _SOCKADDR_SIZE

    def load(self, data: bytes, at: int) -> Address:
        raise TypeError("Only results are described by this.")

    def store(self, value: Address, at: int, tails: list[bytes], end: int, pointers: list[int]) -> tuple[bytes, int]:
        return sockaddr(value).ljust(self.size, b"\0"), end


class PayloadUnion(Field):
    """The union of PNRPINFO_V2. Read: its two halves as numbers. Written: bytes, a string, or None."""

    types = ("BLOB",)

    def read(self, maker: Maker, struct_fields: Mapping[str, CField], field: CField, base: int) -> str:
        return f"({maker.slot(base + field.offset, 'Q')}, {maker.slot(base + field.offset + 8, 'Q')})"

    def write(self, maker: Maker, struct_fields: Mapping[str, CField], field: CField, base: int, value: str) -> None:
        low, high = (maker.slot(base + field.offset + at, "Q") for at in (0, 8))
        string = [f"data = native.wide({value})", *maker.aligned_tail(low, base + field.offset, "data")]
        binary = [f"{low} = len({value})", *maker.aligned_tail(high, base + field.offset + 8, value)]
        maker.writes += [f"{low} = {high} = 0", f"if isinstance({value}, str):", *(f"    {one}" for one in string)]
        maker.writes += [f"elif {value}:", *(f"    {one}" for one in binary)]


# ---- queries ----


class QuerySet(NamedTuple):
    """WSAQUERYSETW as the caller filled it in."""

    instance: str | None
    service_class: bytes | None
    at_version: int
    comment: str | None
    name_space: int
    provider: bytes | None
    context: str | None
    protocols: int
    at_query_string: int
    addresses: int
    at_addresses: int
    output_flags: int
    at_blob: int


class Counted(NamedTuple):
    """A BLOB or SOCKET_ADDRESS: a size, and where so many bytes are."""

    size: int
    at: int


class NameInfo(NamedTuple):
    """PNRPINFO. ``payload``: the two halves of its union; the first form has none."""

    identity: str | None
    most: int
    timeout: int
    lifetime: int
    criteria: int
    flags: int
    hint: Counted
    name_state: int
    payload_type: int = _NONE
    payload: tuple[int, int] = (0, 0)


class CloudId(NamedTuple):
    """PNRP_CLOUD_ID."""

    family: int
    scope: int
    scope_id: int


class CloudState(NamedTuple):
    """PNRPCLOUDINFO."""

    id: CloudId
    state: int
    flags: int


class AddressInfo(NamedTuple):
    """CSADDR_INFO of a registration."""

    local: Counted
    protocol: int


QUERY_SET = Struct(
    "WSAQUERYSETW",
    QuerySet,
    ("lpszServiceInstanceName", "instance", OPTIONAL_WSTR),
    ("lpServiceClassId", "service_class", OPTIONAL_GUID_POINTER),
    ("lpVersion", "at_version", ADDRESS),
    ("lpszComment", "comment", OPTIONAL_WSTR),
    ("dwNameSpace", "name_space", UINT32),
    ("lpNSProviderId", "provider", OPTIONAL_GUID_POINTER),
    ("lpszContext", "context", OPTIONAL_WSTR),
    ("dwNumberOfProtocols", "protocols", UINT32),
    ("lpszQueryString", "at_query_string", ADDRESS),
    ("dwNumberOfCsAddrs", "addresses", UINT32),
    ("lpcsaBuffer", "at_addresses", ADDRESS),
    ("dwOutputFlags", "output_flags", UINT32),
    ("lpBlob", "at_blob", ADDRESS),
)
BLOB = Struct("BLOB", Counted, ("cbSize", "size", UINT32), ("pBlobData", "at", ADDRESS))
SOCKET_ADDRESS = Struct("SOCKET_ADDRESS", Counted, ("iSockaddrLength", "size", INT32), ("lpSockaddr", "at", ADDRESS))
_NAME_INFO = (
    ("lpwszIdentity", "identity", OPTIONAL_WSTR),
    ("nMaxResolve", "most", UINT32),
    ("dwTimeout", "timeout", UINT32),
    ("dwLifetime", "lifetime", UINT32),
    ("enResolveCriteria", "criteria", INT32),
    ("dwFlags", "flags", UINT32),
    ("saHint", "hint", Inline(SOCKET_ADDRESS)),
    ("enNameState", "name_state", INT32),
)
NAME_INFO_V1 = Struct("PNRPINFO_V1", NameInfo, *_NAME_INFO)
NAME_INFO_V2 = Struct(
    "PNRPINFO_V2",
    NameInfo,
    *_NAME_INFO,
    ("enExtendedPayloadType", "payload_type", INT32),
    ("blobPayload", "payload", PayloadUnion()),
)
CLOUD_ID = Struct(
    "PNRP_CLOUD_ID",
    CloudId,
    ("AddressFamily", "family", INT32),
    ("Scope", "scope", INT32),
    ("ScopeId", "scope_id", UINT32),
)
CLOUD_STATE = Struct(
    "PNRPCLOUDINFO",
    CloudState,
    ("Cloud", "id", Inline(CLOUD_ID)),
    ("enCloudState", "state", INT32),
    ("enCloudFlags", "flags", INT32),
)
ADDRESS_INFO = Struct(
    "CSADDR_INFO", AddressInfo, ("LocalAddr", "local", Inline(SOCKET_ADDRESS)), ("iProtocol", "protocol", INT32)
)


def read_query(address: int) -> QuerySet:
    """InvalidArgument, as all that follow."""
    return Reader(QUERY_SET)(address)


def read_name_info(query: QuerySet) -> NameInfo | None:
    """The PNRPINFO of a query, in either form; None without one."""
    found = _blob(query, NAME_INFO_V1, NAME_INFO_V2)
    assert found is None or isinstance(found, NameInfo)
    return found


def read_cloud_info(query: QuerySet) -> CloudState | None:
    """The PNRPCLOUDINFO of a query; None without one."""
    found = _blob(query, CLOUD_STATE)
    assert found is None or isinstance(found, CloudState)
    return found


def _blob(query: QuerySet, *layouts: Layout[Any]) -> Any:
    if not query.at_blob:
        return None
    size, at = Reader(BLOB)(query.at_blob)
    for one in layouts:
        if one.size == size:
            return Reader(one)(at)
    raise InvalidArgument("a blob of another size")


def read_payload(info: NameInfo) -> bytes | str | None:
    low, high = info.payload
    if info.payload_type == _NONE:
        return None
    if info.payload_type == _STRING:
        return library.native().text(low, TEXT_LIMIT)
    size = low & 0xFFFFFFFF
    if info.payload_type != _BINARY or size > LARGEST_PAYLOAD:
        raise InvalidArgument("the payload")
    return library.native().read(high, size) or None


def read_address(counted: Counted) -> Address:
    """What a SOCKET_ADDRESS leads to."""
    if not counted.at:
        raise InvalidArgument("no address")
    return read_sockaddr(counted.at, counted.size)


def read_addresses(query: QuerySet) -> list[tuple[Address, int]]:
    """Local addresses of a registration, with their protocols."""
    if not query.addresses:
        return []
    found = read_array(ADDRESS_INFO, query.at_addresses, query.addresses)
    return [(read_address(one.local), one.protocol or TCP) for one in found]


# ---- results ----


class ServiceAddress(NamedTuple):
    """SOCKET_ADDRESS of a result."""

    address: Address
    size: int


class ResultAddress(NamedTuple):
    """CSADDR_INFO of a result: both halves say where the service is. WCF reads the local one, others the remote one."""

    local: ServiceAddress
    remote: ServiceAddress
    socket_type: int
    protocol: int


class ResultBlob(NamedTuple):
    """BLOB of a result, with the struct it leads to."""

    size: int
    info: Any


class ResultInfo(NamedTuple):
    """PNRPINFO_V2 of a result."""

    payload_type: int
    payload: bytes | str | None


class Result(NamedTuple):
    """WSAQUERYSETW of a result."""

    instance: str | None
    service_class: bytes
    comment: str | None
    name_space: int
    provider: bytes
    context: str | None
    addresses: tuple[ResultAddress, ...]
    output_flags: int
    blob: ResultBlob | None


SERVICE_ADDRESS = Struct(
    "SOCKET_ADDRESS",
    ServiceAddress,
    ("lpSockaddr", "address", CastPointer(SockaddrLayout())),
    ("iSockaddrLength", "size", INT32),
)
RESULT_ADDRESS = Struct(
    "CSADDR_INFO",
    ResultAddress,
    ("LocalAddr", "local", Inline(SERVICE_ADDRESS)),
    ("RemoteAddr", "remote", Inline(SERVICE_ADDRESS)),
    ("iSocketType", "socket_type", INT32),
    ("iProtocol", "protocol", INT32),
)
RESULT_INFO = Struct(
    "PNRPINFO_V2",
    ResultInfo,
    ("enExtendedPayloadType", "payload_type", INT32),
    ("blobPayload", "payload", PayloadUnion()),
)


def _result(info: Layout[Any]) -> Struct[Result]:
    blob = Struct("BLOB", ResultBlob, ("cbSize", "size", UINT32), ("pBlobData", "info", CastPointer(info)))
    return Struct(
        "WSAQUERYSETW",
        Result,
        ("lpszServiceInstanceName", "instance", OPTIONAL_WSTR),
        ("lpServiceClassId", "service_class", OPTIONAL_GUID_POINTER),
        ("lpszComment", "comment", OPTIONAL_WSTR),
        ("dwNameSpace", "name_space", UINT32),
        ("lpNSProviderId", "provider", OPTIONAL_GUID_POINTER),
        ("lpszContext", "context", OPTIONAL_WSTR),
        ("dwNumberOfCsAddrs", "addresses", Array("lpcsaBuffer", RESULT_ADDRESS)),
        ("dwOutputFlags", "output_flags", UINT32),
        ("lpBlob", "blob", Pointer(blob, optional=True)),
    )


NAME_RESULT = _result(RESULT_INFO)
CLOUD_RESULT = _result(CLOUD_STATE)


def result_address(address: Address, protocol: int) -> ResultAddress:
    place = ServiceAddress(address, len(sockaddr(address)))
    return ResultAddress(place, place, _SOCKET_TYPES.get(protocol, _SOCK_RAW), protocol)


def payload_blob(payload: bytes | str | None) -> ResultBlob:
    kind = _NONE if payload is None else _STRING if isinstance(payload, str) else _BINARY
    return ResultBlob(RESULT_INFO.size, ResultInfo(kind, payload))


def cloud_blob(state: CloudState) -> ResultBlob:
    return ResultBlob(CLOUD_STATE.size, state)


def result_block(result: Result) -> int:
    """The address of one malloc block."""
    return block(CLOUD_RESULT if result.name_space == NS_PNRPCLOUD else NAME_RESULT, result)
