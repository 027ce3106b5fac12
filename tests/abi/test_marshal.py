"""Struct descriptions and raw memory: what is written reads back, C sees what the header says, bad input is refused."""

from __future__ import annotations

import string
from dataclasses import dataclass
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerapi.abi import layout, library
from peerapi.abi.layout import (
    BLOB,
    BOOL,
    FILETIME,
    GUID,
    OPTIONAL_GUID_POINTER,
    OPTIONAL_WSTR,
    UINT16,
    UINT32,
    UINT64,
    WSTR,
    Array,
    Blob,
    Enum,
    Inline,
    Pointer,
    SockaddrIn6,
    Struct,
    TaggedUnion,
)
from peerapi.address import Address
from peerapi.errors import InvalidArgument, RecordTooBig


class Record(NamedTuple):
    type: bytes
    id: bytes
    version: int
    creator: str
    attributes: str | None
    created: int
    security: bytes
    data: bytes


@dataclass
class Contact:
    name: str
    nick: str | None
    watch: bool
    credentials: bytes


class Node(NamedTuple):
    id: int
    peer: str
    addresses: tuple[Address, ...]
    attributes: str | None


class Connection(NamedTuple):
    flags: int
    peer: str
    address: Address


class Launch(NamedTuple):
    contact: Contact | None
    endpoint: tuple[Address, str | None]


RECORD = Struct(
    "PEER_RECORD",
    Record,
    ("type", "type", GUID),
    ("id", "id", GUID),
    ("dwVersion", "version", UINT32),
    ("pwzCreatorId", "creator", WSTR),
    ("pwzAttributes", "attributes", OPTIONAL_WSTR),
    ("ftCreation", "created", FILETIME),
    ("securityData", "security", BLOB),
    ("data", "data", Blob(limit=100_000, error=RecordTooBig)),
)
ADDRESS = Struct("PEER_ADDRESS", None, ("sin6", "", SockaddrIn6(Address)))
NODE = Struct(
    "PEER_NODE_INFO",
    Node,
    ("ullNodeId", "id", UINT64),
    ("pwzPeerId", "peer", WSTR),
    ("cAddresses", "addresses", Array("pAddresses", ADDRESS)),
    ("pwzAttributes", "attributes", OPTIONAL_WSTR),
)
CONNECTION = Struct(
    "PEER_CONNECTION_INFO",
    Connection,
    ("dwFlags", "flags", UINT32),
    ("pwzPeerId", "peer", WSTR),
    ("address", "address", Inline(ADDRESS)),
)
CONTACT = Struct(
    "PEER_CONTACT",
    Contact,
    ("pwzPeerName", "name", WSTR),
    ("pwzNickName", "nick", OPTIONAL_WSTR),
    ("fWatch", "watch", BOOL),
    ("credentials", "credentials", BLOB),
)
ENDPOINT: Struct[Any] = Struct(
    "PEER_ENDPOINT",
    lambda address, name: (address, name),
    ("address", "address", Inline(ADDRESS)),
    ("pwzEndpointName", "name", OPTIONAL_WSTR),
)
VERSION = Struct("PEER_VERSION_DATA", None, ("wVersion", "", UINT16))
REGISTRATION = Struct("PEER_GRAPH_EVENT_REGISTRATION", None, ("pType", "", OPTIONAL_GUID_POINTER))
INCOMING = Struct("PEER_EVENT_INCOMING_DATA", None, ("data", "", BLOB))
EVENT = TaggedUnion("PEER_GRAPH_EVENT_DATA", "eventType", {1: ("dwStatus", UINT32), 8: ("incomingData", INCOMING)})

guids = st.binary(min_size=16, max_size=16)
texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40)
addresses = st.builds(
    Address,
    guids,
    st.integers(0, 2**16 - 1),
    st.integers(0, 2**32 - 1),
    st.integers(0, 2**32 - 1),
)
records = st.builds(
    Record,
    guids,
    guids,
    st.integers(0, 2**32 - 1),
    texts,
    st.none() | texts,
    st.integers(0, 2**64 - 1),
    st.binary(max_size=50),
    st.binary(max_size=200),
)
nodes = st.builds(Node, st.integers(0, 2**64 - 1), texts, st.lists(addresses, max_size=4).map(tuple), st.none() | texts)


def there_and_back(description: layout.Layout[Any], value: Any) -> Any:
    native, address = library.native(), layout.block(description, value)
    try:
        return layout.read(description, address)
    finally:
        native.free(address)


# ---- there and back ----


@given(records)
def test_a_record_reads_back_as_written(record: Record) -> None:
    assert there_and_back(RECORD, record) == record


@given(nodes)
def test_a_struct_with_an_array_of_structs_reads_back(node: Node) -> None:
    assert there_and_back(NODE, node) == node


@given(addresses, texts)
def test_a_struct_inside_a_struct_reads_back(address: Address, peer: str) -> None:
    connection = Connection(7, peer, address)
    assert there_and_back(CONNECTION, connection) == connection


@given(texts, st.none() | texts, st.booleans(), st.binary(max_size=9))
def test_a_dataclass_reads_back(name: str, nick: str | None, watch: bool, credentials: bytes) -> None:
    contact = Contact(name, nick, watch, credentials)
    assert there_and_back(CONTACT, contact) == contact


@pytest.mark.parametrize("contact", [None, Contact("name", None, True, b"odd")])
def test_pointers_to_structs_read_back(contact: Contact | None) -> None:
    endpoint = Struct("PEER_ENDPOINT", None, ("pwzEndpointName", "", OPTIONAL_WSTR))
    launch = Struct(
        "PEER_APP_LAUNCH_INFO",
        Launch,
        ("pContact", "contact", Pointer(CONTACT, optional=True)),
        ("pEndpoint", "endpoint", Pointer(endpoint)),
    )
    assert there_and_back(launch, Launch(contact, "name")) == Launch(contact, "name")  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [(1, 0x1234), (8, b"incoming"), (9, None)])
def test_a_tagged_union_reads_back(value: tuple[int, Any]) -> None:
    assert there_and_back(EVENT, value) == value


@pytest.mark.parametrize("value", [None, bytes(range(16))])
def test_an_optional_pointer_to_a_guid_reads_back(value: bytes | None) -> None:
    assert there_and_back(REGISTRATION, value) == value


@given(st.lists(records, min_size=1, max_size=5))
def test_items_are_an_array_of_pointers_in_one_block(items: list[Record]) -> None:
    native, block = library.native(), layout.items_block(RECORD, items)
    pointers = [int.from_bytes(native.read(block + 8 * i, 8), "little") for i in range(len(items))]
    assert [layout.read(RECORD, pointer) for pointer in pointers] == items
    assert all(pointer % 8 == 0 for pointer in pointers)
    native.free(block)


def test_no_items_are_null() -> None:
    assert layout.items_block(RECORD, []) == 0


# ---- as C sees it ----


def test_c_sees_the_fields_of_the_header() -> None:
    ffi, _ = library.load()
    digits = bytes.fromhex("00112233445566778899aabbccddeeff")
    address = layout.block(RECORD, Record(digits, bytes(16), 3, "héllo", None, 1 << 32 | 2, b"", b"data"))
    c = ffi.cast("PEER_RECORD *", address)
    assert (c.dwSize, c.dwVersion, c.dwFlags) == (128, 3, 0)
    assert (c.type.Data1, c.type.Data2, c.type.Data3) == (0x00112233, 0x4455, 0x6677)
    assert bytes(c.type.Data4) == digits[8:]
    assert (c.ftCreation.dwLowDateTime, c.ftCreation.dwHighDateTime) == (2, 1)
    assert (ffi.string(c.pwzCreatorId), c.pwzAttributes) == ("héllo", ffi.NULL)
    assert (c.securityData.cbData, c.securityData.pbData) == (0, ffi.NULL)
    assert bytes(ffi.buffer(c.data.pbData, c.data.cbData)) == b"data"
    assert int(ffi.cast("uintptr_t", c.data.pbData)) % 8 == 0
    library.native().free(address)


def test_c_sees_port_and_flow_in_network_order_and_the_family_of_this_system() -> None:
    ffi, _ = library.load()
    block = layout.block(ADDRESS, Address(bytes(15) + b"\1", 0x1234, 0x56789, 3))
    assert bytes(ffi.buffer(ffi.cast("char *", block), 32)) == (
        b"\x20\0\0\0" + b"\x0a\0" + b"\x12\x34" + b"\0\x05\x67\x89" + bytes(15) + b"\1" + b"\3\0\0\0"
    )
    library.native().free(block)


def test_strings_behind_blobs_of_odd_length_are_aligned() -> None:
    ffi, _ = library.load()
    address = layout.block(RECORD, Record(bytes(16), bytes(16), 1, "name", "text", 0, b"odd", b"12345"))
    c = ffi.cast("PEER_RECORD *", address)
    assert int(ffi.cast("uintptr_t", c.pwzCreatorId)) % 2 == 0
    assert (ffi.string(c.pwzCreatorId), ffi.string(c.pwzAttributes)) == ("name", "text")
    library.native().free(address)


# ---- bad input ----


class Memory:
    """A struct of the caller, kept alive, with its address."""

    def __init__(self, c_type: str, values: dict[str, Any] | None = None) -> None:
        ffi, _ = library.load()
        self.c = ffi.new(f"{c_type} *", *([values] if values else []))
        self.address = int(ffi.cast("uintptr_t", self.c))


def test_null_instead_of_a_struct_is_refused() -> None:
    with pytest.raises(InvalidArgument):
        layout.read(RECORD, 0)


@pytest.mark.parametrize("size", [0, 127, 129, 2**32 - 1])
def test_a_wrong_dwsize_is_refused(size: int) -> None:
    with pytest.raises(InvalidArgument):
        layout.read(RECORD, Memory("PEER_RECORD", {"dwSize": size}).address)


def test_a_wrong_dwsize_of_an_inner_struct_is_refused() -> None:
    memory = Memory("PEER_CONNECTION_INFO", {"dwSize": 64, "address": {"dwSize": 31}})
    with pytest.raises(InvalidArgument):
        layout.read(CONNECTION, memory.address)


def test_null_instead_of_a_required_string_is_refused() -> None:
    with pytest.raises(InvalidArgument):
        layout.read(RECORD, Memory("PEER_RECORD", {"dwSize": 128}).address)


def test_a_count_without_data_is_refused() -> None:
    ffi, _ = library.load()
    text = ffi.new("WCHAR[]", "x")
    memory = Memory("PEER_RECORD", {"dwSize": 128, "pwzCreatorId": text, "data": {"cbData": 5}})
    with pytest.raises(InvalidArgument):
        layout.read(RECORD, memory.address)


def test_too_much_data_is_refused_unread_with_the_error_of_the_description() -> None:
    ffi, _ = library.load()
    text = ffi.new("WCHAR[]", "x")
    data = {"cbData": 100_001, "pbData": ffi.cast("BYTE *", 1)}
    with pytest.raises(RecordTooBig):
        layout.read(RECORD, Memory("PEER_RECORD", {"dwSize": 128, "pwzCreatorId": text, "data": data}).address)


def test_a_count_without_array_is_refused() -> None:
    ffi, _ = library.load()
    memory = Memory("PEER_NODE_INFO", {"dwSize": 48, "pwzPeerId": ffi.new("WCHAR[]", "x"), "cAddresses": 1})
    with pytest.raises(InvalidArgument):
        layout.read(NODE, memory.address)


@pytest.mark.parametrize("family", [0, 2, 24])
def test_an_address_that_is_not_ipv6_is_refused(family: int) -> None:
    with pytest.raises(InvalidArgument):
        layout.read(ADDRESS, Memory("PEER_ADDRESS", {"dwSize": 32, "sin6": {"sin6_family": family}}).address)


def test_the_address_family_of_windows_is_understood() -> None:
    memory = Memory("PEER_ADDRESS", {"dwSize": 32, "sin6": {"sin6_family": 23, "sin6_port": 0x3412}})
    assert layout.read(ADDRESS, memory.address) == Address(bytes(16), 0x1234)


def test_an_unknown_enum_value_is_refused() -> None:
    import enum

    class Change(enum.IntEnum):
        ADDED = 1

    change = Struct("PEER_EVENT_RECORD_CHANGE_DATA", None, ("changeType", "", Enum(Change)))
    assert (
        layout.read(change, Memory("PEER_EVENT_RECORD_CHANGE_DATA", {"dwSize": 40, "changeType": 1}).address)
        is Change.ADDED
    )
    with pytest.raises(InvalidArgument):
        layout.read(change, Memory("PEER_EVENT_RECORD_CHANGE_DATA", {"dwSize": 40, "changeType": 2}).address)


# ---- descriptions that do not fit ----


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("PEER_RECORD", ("dwNothing", "x", UINT32)),
        ("PEER_RECORD", ("dwVersion", "x", UINT64)),
        ("PEER_RECORD", ("dwVersion", "x", WSTR)),
        ("PEER_RECORD", ("pwzCreatorId", "x", UINT64)),
        ("PEER_RECORD", ("data", "x", GUID)),
        ("PEER_RECORD", ("type", "x", BLOB)),
        ("PEER_RECORD", ("ftCreation", "x", UINT64)),
        ("PEER_CONNECTION_INFO", ("address", "x", Inline(VERSION))),
        ("PEER_NODE_INFO", ("cAddresses", "x", Array("pAddresses", VERSION))),
    ],
)
def test_a_description_that_does_not_fit_the_header_is_refused(
    name: str, fields: tuple[str, str, layout.Field]
) -> None:
    with pytest.raises(TypeError):
        Struct(name, None, fields).compile()


# ---- raw memory ----


@given(texts)
def test_text_reads_back(text: str) -> None:
    native, address = library.native(), layout.text_block(text)
    assert native.text(address, 1000) == text
    assert (
        native.read(address, 2 * len(text) + 2)[: len(text.encode("utf-16-le"))]
        == text.encode("utf-16-le")[: 2 * len(text) + 2]
    )
    native.free(address)


@given(st.lists(st.integers(1, 0xFFFF), max_size=30))
def test_any_units_are_text_or_refused(units: list[int]) -> None:
    ffi, _ = library.load()
    memory = ffi.new("uint16_t[]", [*units, 0])
    data = b"".join(unit.to_bytes(2, "little") for unit in units)
    address = int(ffi.cast("uintptr_t", memory))
    try:
        wanted = data.decode("utf-16-le")
    except UnicodeDecodeError:
        with pytest.raises(InvalidArgument):
            library.native().text(address, 1000)
    else:
        assert library.native().text(address, 1000) == wanted


@pytest.mark.parametrize("character", ["a", "ä", "→", "😀"])
def test_text_at_an_odd_address_is_read(character: str) -> None:
    ffi, _ = library.load()
    memory = ffi.new("char[]", b"x" + (character * 3).encode("utf-16-le") + b"\0\0")
    assert library.native().text(int(ffi.cast("uintptr_t", memory)) + 1, 100) == character * 3


def test_text_that_reaches_the_limit_is_refused() -> None:
    native, address = library.native(), layout.text_block("x" * 10)
    assert native.text(address, 10) == "x" * 10
    with pytest.raises(InvalidArgument):
        native.text(address, 9)
    native.free(address)


@given(guids)
def test_guids_swap_as_the_uuid_module_says(guid: bytes) -> None:
    import uuid

    native = library.native()
    assert native.swap(guid) == uuid.UUID(bytes=guid).bytes_le
    assert native.swap(native.swap(guid)) == guid


def test_a_number_that_does_not_fit_is_an_error_and_writes_nothing() -> None:
    memory = Memory("ULONG")
    with pytest.raises(OverflowError):
        library.native().put32(memory.address, 2**32)
    with pytest.raises(OverflowError):
        library.native().put32(memory.address, -1)
    assert memory.c[0] == 0


def test_a_block_whose_pointers_leave_it_is_an_error() -> None:
    native = library.native()
    for data, pointers in [(bytes(8), [1]), ((99).to_bytes(8, "little"), [0]), (b"", [0])]:
        with pytest.raises(ValueError, match="leaves the block"):
            native.block(data, pointers)


def test_native_functions_refuse_the_wrong_number_and_kind_of_arguments() -> None:
    native: Any = library.native()
    for name in ("text", "read", "sized", "put_guid", "put16", "put32", "put64", "write", "block"):
        with pytest.raises(TypeError):
            getattr(native, name)(1)
        with pytest.raises(TypeError):
            getattr(native, name)("a", "b")
    for name in ("guid", "free", "set_event", "wide", "swap"):
        with pytest.raises(TypeError):
            getattr(native, name)(1.5)


def test_all_printable_characters_survive() -> None:
    assert there_and_back(CONTACT, Contact(string.printable, "ß→😀", False, b"")) == Contact(
        string.printable, "ß→😀", False, b""
    )
