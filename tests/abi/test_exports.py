"""@export: what C calls, what Python sees, and what becomes of everything that can go wrong in between.

The functions of later issues serve as targets: any that is attached already is put back afterwards.
"""

from __future__ import annotations

import ctypes
from typing import Annotated, Any, NamedTuple

import pytest

from peerapi.abi import handles, layout
from peerapi.abi.exports import HeaderMismatch
from peerapi.abi.layout import UINT16, UINT32, Struct
from peerapi.abi.marshal import (
    HGROUP,
    HPEEREVENT,
    BlobIn,
    BoolIn,
    CountWanted,
    EnumHandle,
    FileTimeIn,
    FileTimeOut,
    GuidIn,
    GuidsIn,
    ItemsOut,
    OptionalStringIn,
    RecordIdOut,
    RecordIdsOut,
    StringIn,
    StringOut,
    UlonglongIn,
    UlongOut,
    Win32Handle,
    WordIn,
)
from peerapi.abi.struct_kinds import ArrayIn, Fill, PointersIn, TextResult
from peerapi.errors import EventHandleNotFound, InvalidGraph, InvalidGroup, RecordTooBig
from tests.abi.exported import (
    E_INVALIDARG,
    PROPERTIES,
    RECORD,
    S_OK,
    Attach,
    C,
    EventHandle,
    GraphObject,
    GroupHandle,
    GroupOut,
    PropertiesIn,
    Record,
    RecordIn,
    RecordOut,
    address,
    text_at,
    wide,
)


class Version(NamedTuple):
    version: int
    highest: int


class Registration(NamedTuple):
    event: int


VERSION = Struct("PEER_VERSION_DATA", Version, ("wVersion", "version", UINT16), ("wHighestVersion", "highest", UINT16))
REGISTRATION = Struct("PEER_GROUP_EVENT_REGISTRATION", Registration, ("eventType", "event", UINT32))

RecordsIn = Annotated[tuple[Record, ...], PointersIn(RECORD)]

VersionOut = Annotated[Version, Fill(VERSION)]

RegistrationsIn = Annotated[tuple[Registration, ...], ArrayIn(REGISTRATION)]

GroupClosing = Annotated[object, HGROUP.closing]

EventOut = Annotated[object, HPEEREVENT.out]


GUID_BYTES = bytes.fromhex("00112233445566778899aabbccddeeff")
GUID_MEMORY = bytes.fromhex("33221100554477668899aabbccddeeff")


# ---- values in and out ----


def test_a_number_goes_out(c: C, attach: Attach) -> None:
    def PeerCollabGetSigninOptions() -> UlongOut:
        return 0xFFFFFFFE

    attach(PeerCollabGetSigninOptions)
    out = ctypes.c_uint32()
    assert (c.PeerCollabGetSigninOptions(address(out)), out.value) == (S_OK, 0xFFFFFFFE)


def test_strings_go_in_and_out(c: C, attach: Attach) -> None:
    def PeerIdentityExport(identity: OptionalStringIn, password: StringIn) -> StringOut:
        return f"{identity}/{password}"

    attach(PeerIdentityExport)
    out = ctypes.c_void_p(1)
    assert c.PeerIdentityExport(0, address(wide("pä→😀")), address(out)) == S_OK
    assert text_at(out) == "None/pä→😀"
    c._library.PeerFreeData(out)


def test_booleans_and_two_outputs(c: C, attach: Attach) -> None:
    def PeerGroupImportConfig(
        xml: StringIn, password: StringIn, overwrite: BoolIn
    ) -> tuple[StringOut, Annotated[str, TextResult(optional=True)]]:
        return xml + str(overwrite), password

    attach(PeerGroupImportConfig)
    one, two = ctypes.c_void_p(), ctypes.c_void_p()
    a, b = wide("a"), wide("b")
    assert c.PeerGroupImportConfig(address(a), address(b), 256, address(one), address(two)) == S_OK
    assert (text_at(one), text_at(two)) == ("aTrue", "b")
    assert c.PeerGroupImportConfig(address(a), address(b), 0, address(one), 0) == S_OK


def test_guids_are_in_network_order_in_python(c: C, attach: Attach) -> None:
    def PeerGroupAddRecord(group: GroupHandle, record: RecordIn) -> RecordIdOut:
        return record.type

    attach(PeerGroupAddRecord)
    handle = handles.GROUPS.insert("group")
    block = layout.block(RECORD, Record(GUID_BYTES, b""))
    out = (ctypes.c_char * 16)()
    assert (c.PeerGroupAddRecord(handle, block, address(out)), out.raw) == (S_OK, GUID_MEMORY)
    handles.GROUPS.take(handle)


def test_data_wide_numbers_and_guids_go_in(c: C, attach: Attach) -> None:
    seen: list[Any] = []

    def PeerGroupSendData(group: GroupHandle, connection: UlonglongIn, kind: GuidIn, data: BlobIn) -> None:
        seen.append((group, connection, kind, data))

    attach(PeerGroupSendData)
    handle = handles.GROUPS.insert("group")
    guid = ctypes.create_string_buffer(GUID_MEMORY)
    data = ctypes.create_string_buffer(b"hello")
    big = ctypes.c_uint64(2**64 - 1)
    assert c.PeerGroupSendData(handle, big, address(guid), 5, address(data)) == S_OK
    assert c.PeerGroupSendData(handle, big, address(guid), 0, 0) == S_OK
    assert seen == [("group", 2**64 - 1, GUID_BYTES, b"hello"), ("group", 2**64 - 1, GUID_BYTES, b"")]
    assert c.PeerGroupSendData(handle, big, address(guid), 5, 0) == E_INVALIDARG
    assert c.PeerGroupSendData(handle, big, address(guid), 0xFFFFFFFF, address(data)) == E_INVALIDARG
    handles.GROUPS.take(handle)


def test_times_are_numbers_in_python(c: C, attach: Attach) -> None:
    def PeerGroupUniversalTimeToPeerTime(group: GroupHandle, time: FileTimeIn) -> FileTimeOut:
        return time + 1

    attach(PeerGroupUniversalTimeToPeerTime)
    handle = handles.GROUPS.insert("group")
    time, out = (ctypes.c_uint32 * 2)(0xFFFFFFFF, 5), (ctypes.c_uint32 * 2)()
    assert c.PeerGroupUniversalTimeToPeerTime(handle, address(time), address(out)) == S_OK
    assert list(out) == [0, 6]
    handles.GROUPS.take(handle)


def test_the_callers_struct_is_filled_in(c: C, attach: Attach) -> None:
    def PeerGroupStartup(version: WordIn) -> VersionOut:
        return Version(version, 0x102)

    attach(PeerGroupStartup)
    out = (ctypes.c_uint16 * 3)(0, 0, 7)
    assert c.PeerGroupStartup(0x101, address(out)) == S_OK
    assert list(out) == [0x101, 0x102, 7]
    assert c.PeerGroupStartup(0x101, 0) == E_INVALIDARG


def test_arrays_go_in_as_tuples(c: C, attach: Attach) -> None:
    seen: list[Any] = []

    def PeerGroupRegisterEvent(group: GroupHandle, event: Win32Handle, what: RegistrationsIn) -> EventOut:
        seen.append((event, what))
        return "event"

    attach(PeerGroupRegisterEvent)
    handle, out = handles.GROUPS.insert("group"), ctypes.c_uint64()
    two = (ctypes.c_uint64 * 4)(1, 0, 3, 0)
    assert c.PeerGroupRegisterEvent(handle, 0x44, 2, address(two), address(out)) == S_OK
    assert seen == [(0x44, (Registration(1), Registration(3)))]
    assert handles.EVENTS.take(out.value) == "event"
    assert c.PeerGroupRegisterEvent(handle, 0x44, 2, 0, address(out)) == E_INVALIDARG
    assert c.PeerGroupRegisterEvent(handle, 0x44, 0xFFFFFFFF, address(two), address(out)) == E_INVALIDARG
    assert c.PeerGroupRegisterEvent(handle, 0x44, 0, 0, address(out)) == S_OK
    assert seen[-1] == (0x44, ())
    handles.EVENTS.take(out.value)
    handles.GROUPS.take(handle)


def test_arrays_of_guids_go_in(c: C, attach: Attach) -> None:
    seen: list[Any] = []

    def PeerGraphValidateDeferredRecords(graph: UlonglongIn, ids: GuidsIn) -> None:
        seen.append(ids)

    with pytest.raises(HeaderMismatch, match="parameter 1 is HGRAPH"):
        attach(PeerGraphValidateDeferredRecords)

    def PeerGroupCreateInvitation(
        group: GroupHandle, identity: StringIn, expires: FileTimeIn, roles: GuidsIn
    ) -> StringOut:
        seen.append(roles)
        return "invitation"

    attach(PeerGroupCreateInvitation)
    handle, out, time = handles.GROUPS.insert("group"), ctypes.c_void_p(), ctypes.c_uint64()
    name, guids = wide("x"), ctypes.create_string_buffer(GUID_MEMORY * 2)
    assert c.PeerGroupCreateInvitation(handle, address(name), address(time), 2, address(guids), address(out)) == S_OK
    assert seen == [(GUID_BYTES, GUID_BYTES)]
    handles.GROUPS.take(handle)


def test_arrays_of_pointers_go_in_and_arrays_of_guids_come_out(c: C, attach: Attach) -> None:
    def PeerxGraphAddRecords(graph: GraphObject, records: RecordsIn) -> RecordIdsOut:
        return tuple(record.type for record in records)

    attach(PeerxGraphAddRecords)
    handle = handles.GRAPHS.insert("graph")
    blocks = [layout.block(RECORD, Record(bytes([i]) * 16, b"")) for i in range(3)]
    out = (ctypes.c_char * 64)()
    assert c.PeerxGraphAddRecords(handle, 3, address((ctypes.c_uint64 * 3)(*blocks)), address(out)) == S_OK
    assert out.raw == b"".join(bytes([i]) * 16 for i in range(3)) + bytes(16)
    with_null = (ctypes.c_uint64 * 3)(blocks[0], 0, blocks[2])
    assert c.PeerxGraphAddRecords(handle, 3, address(with_null), address(out)) == E_INVALIDARG
    handles.GRAPHS.take(handle)


def test_a_block_goes_out_and_one_free_frees_it(c: C, attach: Attach) -> None:
    def PeerGroupGetRecord(group: GroupHandle, record_id: GuidIn) -> RecordOut:
        return Record(record_id, b"payload")

    attach(PeerGroupGetRecord)
    handle, out = handles.GROUPS.insert("group"), ctypes.c_void_p()
    assert c.PeerGroupGetRecord(handle, address(ctypes.create_string_buffer(GUID_MEMORY)), address(out)) == S_OK
    assert layout.read(RECORD, out.value or 0) == Record(GUID_BYTES, b"payload")
    c._library.PeerFreeData(out)
    handles.GROUPS.take(handle)


def test_items_come_in_one_block_until_none_are_left(c: C, attach: Attach) -> None:
    def PeerGetNextItem(enumeration: EnumHandle, count: CountWanted) -> ItemsOut:
        return enumeration.take(count)

    attach(PeerGetNextItem)
    records = [Record(bytes([i]) * 16, bytes(i)) for i in range(5)]
    handle = handles.ENUMERATIONS.insert(handles.Snapshot(RECORD, records))
    got = []
    for wanted, given in ((2, 2), (0xFFFFFFFF, 3), (7, 0)):
        count, items = ctypes.c_uint32(wanted), ctypes.c_void_p(1)
        assert c.PeerGetNextItem(handle, address(count), address(items)) == S_OK
        assert count.value == given
        assert (items.value is None) == (given == 0)
        pointers = (ctypes.c_uint64 * given).from_address(items.value) if items.value else ()
        got += [layout.read(RECORD, pointer) for pointer in pointers]
        c._library.PeerFreeData(items)
    assert got == records
    assert c.PeerGetNextItem(handle, 0, address(items)) == E_INVALIDARG
    assert c.PeerGetNextItem(handle, address(count), 0) == E_INVALIDARG
    handles.ENUMERATIONS.take(handle)


# ---- handles ----


def test_a_handle_lives_from_create_to_close(c: C, attach: Attach) -> None:
    def PeerGroupCreate(properties: PropertiesIn) -> GroupOut:
        return "group"

    def PeerGroupClose(group: GroupClosing) -> None:
        assert group == "group"

    def PeerGroupGetStatus(group: GroupHandle) -> UlongOut:
        return len(str(group))

    for function in (PeerGroupCreate, PeerGroupClose, PeerGroupGetStatus):
        attach(function)
    block, handle, status = layout.block(PROPERTIES, 5), ctypes.c_uint64(), ctypes.c_uint32()
    assert c.PeerGroupCreate(block, address(handle)) == S_OK
    assert (c.PeerGroupGetStatus(handle.value, address(status)), status.value) == (S_OK, 5)
    assert c.PeerGroupClose(handle.value) == S_OK
    assert c.PeerGroupGetStatus(handle.value, address(status)) == InvalidGroup.hresult
    assert c.PeerGroupClose(handle.value) == InvalidGroup.hresult


def test_a_handle_whose_closing_failed_is_still_alive(c: C, attach: Attach) -> None:
    def PeerGroupClose(group: GroupClosing) -> None:
        assert handles.GROUPS.get(handle) is None
        raise RecordTooBig

    attach(PeerGroupClose)
    handle = handles.GROUPS.insert("group")
    assert c.PeerGroupClose(handle) == RecordTooBig.hresult
    assert handles.GROUPS.take(handle) == "group"


def test_a_wrong_handle_gives_the_error_of_its_kind(c: C, attach: Attach) -> None:
    def PeerGraphGetStatus(graph: GraphObject) -> UlongOut:
        return 0

    def PeerGroupUnregisterEvent(event: EventHandle) -> None:
        return None

    attach(PeerGraphGetStatus)
    attach(PeerGroupUnregisterEvent)
    out, group = ctypes.c_uint32(), handles.GROUPS.insert("group")
    for wrong in (0, 1, 2**64 - 1, group):
        assert c.PeerGraphGetStatus(wrong, address(out)) == InvalidGraph.hresult
        assert c.PeerGroupUnregisterEvent(wrong) == EventHandleNotFound.hresult
    handles.GROUPS.take(group)
