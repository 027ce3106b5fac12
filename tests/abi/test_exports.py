"""@export: what C calls, what Python sees, and what becomes of everything that can go wrong in between.

The functions of later issues serve as targets: any that is attached already is put back afterwards.
"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable, Iterator
from typing import Annotated, Any, NamedTuple

import pytest

from peerapi.abi import exports, handles, layout, library
from peerapi.abi.exports import Gate, HeaderMismatch, success
from peerapi.abi.layout import BLOB, GUID, UINT16, UINT32, Struct
from peerapi.abi.marshal import (
    HGRAPH,
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
    UlongIn,
    UlonglongIn,
    UlongOut,
    Win32Handle,
    WordIn,
)
from peerapi.abi.struct_kinds import ArrayIn, Fill, In, Out, PointersIn, TextResult
from peerapi.errors import EventHandleNotFound, InvalidGraph, InvalidGroup, NotInitialized, PeerError, RecordTooBig

S_OK = 0
S_FALSE = 1
E_INVALIDARG = 0x80070057
E_UNEXPECTED = 0x8000FFFF
E_NOTIMPL = 0x80004001
NOT_INITIALIZED = 0x80630002
NO_EVENT_DATA = 0x00630002


class Record(NamedTuple):
    type: bytes
    data: bytes


class Version(NamedTuple):
    version: int
    highest: int


class Registration(NamedTuple):
    event: int


RECORD = Struct("PEER_RECORD", Record, ("type", "type", GUID), ("data", "data", BLOB))
VERSION = Struct("PEER_VERSION_DATA", Version, ("wVersion", "version", UINT16), ("wHighestVersion", "highest", UINT16))
REGISTRATION = Struct("PEER_GROUP_EVENT_REGISTRATION", Registration, ("eventType", "event", UINT32))
PROPERTIES = Struct("PEER_GROUP_PROPERTIES", None, ("dwFlags", "", UINT32))

RecordIn = Annotated[Record, In(RECORD)]
RecordOut = Annotated[Record, Out(RECORD)]
RecordsIn = Annotated[tuple[Record, ...], PointersIn(RECORD)]
VersionOut = Annotated[Version, Fill(VERSION)]
RegistrationsIn = Annotated[tuple[Registration, ...], ArrayIn(REGISTRATION)]
GroupHandle = Annotated[object, HGROUP]
GroupClosing = Annotated[object, HGROUP.closing]
GroupOut = Annotated[object, HGROUP.out]
GraphObject = Annotated[object, HGRAPH]
EventOut = Annotated[object, HPEEREVENT.out]
PropertiesIn = Annotated[int, In(PROPERTIES)]
OptionalRecordOut = Annotated[Record | None, Out(RECORD)]
EventHandle = Annotated[object, HPEEREVENT.failing(EventHandleNotFound)]

GATE = Gate("tests")


class C:
    """The exported functions, called as C calls them; -> unsigned HRESULT. Addresses are ints."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL(library.PATH)

    def __getattr__(self, name: str) -> Callable[..., int]:
        function = self._library[name]

        def call(*values: Any) -> int:
            wide = [ctypes.c_void_p(value) if isinstance(value, int) else value for value in values]
            return int(function(*wide)) & 0xFFFFFFFF

        return call


@pytest.fixture
def c() -> C:
    library.load()
    return C()


Attach = Callable[..., None]


@pytest.fixture
def attach(c: C) -> Iterator[Attach]:
    """``attach(function, needs=None)``: puts a Python function behind the C function of its name for one test."""
    _, lib = library.load()
    before: dict[str, exports.Export | None] = {}

    def attach(function: Callable[..., Any], needs: Gate | None = None) -> None:
        name = function.__name__
        before.setdefault(name, exports.REGISTRY.pop(name, None))
        exports.REGISTRY.pop(name, None)
        exports.export(needs=needs)(function)
        exports.attach(iter([name]))

    yield attach
    for name, old in before.items():
        del exports.REGISTRY[name]
        if name in exports.prototypes():
            lib.peerapi_attached[exports.prototypes()[name][0]] = 0
        if old is not None:
            exports.REGISTRY[name] = old
            exports.attach(iter([name]))


@pytest.fixture
def bugs(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, BaseException]]:
    """What reaches ``on_bug``."""
    seen: list[tuple[str, BaseException]] = []
    monkeypatch.setattr(exports, "on_bug", lambda name, error: seen.append((name, error)))
    return seen


def wide(text: str) -> ctypes.Array[ctypes.c_char]:
    return ctypes.create_string_buffer(text.encode("utf-16-le") + b"\0\0")


def address(thing: Any) -> int:
    return ctypes.addressof(thing)


def text_at(pointer: ctypes.c_void_p) -> str:
    return library.native().text(pointer.value or 0, 1000)


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


# ---- order of checks, failures ----


def test_the_order_is_startup_pointers_handles_content(c: C, attach: Attach) -> None:
    def PeerGroupAddRecord(group: GroupHandle, record: RecordIn) -> RecordIdOut:
        raise RecordTooBig

    attach(PeerGroupAddRecord, GATE)
    good, bad = layout.block(RECORD, Record(bytes(16), b"")), ctypes.create_string_buffer(128)
    handle, out = handles.GROUPS.insert("group"), (ctypes.c_char * 16)()
    GATE.ready = False
    assert c.PeerGroupAddRecord(0, 0, 0) == NOT_INITIALIZED
    GATE.ready = True
    assert c.PeerGroupAddRecord(0, 0, address(out)) == E_INVALIDARG
    assert c.PeerGroupAddRecord(0, good, address(out)) == InvalidGroup.hresult
    assert c.PeerGroupAddRecord(handle, address(bad), address(out)) == E_INVALIDARG
    assert c.PeerGroupAddRecord(handle, good, address(out)) == RecordTooBig.hresult
    GATE.ready = False
    handles.GROUPS.take(handle)


def test_handles_given_out_belong_to_the_gate_of_the_function(c: C, attach: Attach) -> None:
    def PeerGroupCreate(properties: PropertiesIn) -> GroupOut:
        return "group"

    attach(PeerGroupCreate, GATE)
    GATE.ready = True
    handle = ctypes.c_uint64()
    assert c.PeerGroupCreate(layout.block(PROPERTIES, 5), address(handle)) == S_OK
    assert handles.release(GATE) == ["group"]
    assert handles.GROUPS.get(handle.value) is None
    GATE.ready = False


@pytest.mark.parametrize("text", [b"\x00\xd8\x00\x00", b"\x00\xdc\x41\x00\x00\x00", b"a\0" * 0x10001 + b"\0\0"])
def test_a_string_that_is_not_utf16_or_endless_is_refused(c: C, attach: Attach, text: bytes) -> None:
    def PeerIdentityDelete(identity: StringIn) -> None:
        return None

    attach(PeerIdentityDelete)
    assert c.PeerIdentityDelete(address(ctypes.create_string_buffer(text))) == E_INVALIDARG
    assert c.PeerIdentityDelete(0) == E_INVALIDARG


def test_a_failure_sets_returned_pointers_to_null_and_leaves_other_outputs(c: C, attach: Attach) -> None:
    def PeerGroupGetRecord(group: GroupHandle, record_id: GuidIn) -> RecordOut:
        raise RecordTooBig

    def PeerGroupCreate(properties: PropertiesIn) -> GroupOut:
        raise RecordTooBig

    attach(PeerGroupGetRecord)
    attach(PeerGroupCreate)
    pointer, handle = ctypes.c_void_p(77), ctypes.c_uint64(77)
    assert c.PeerGroupGetRecord(0, address(ctypes.create_string_buffer(16)), address(pointer)) == InvalidGroup.hresult
    assert pointer.value is None
    assert c.PeerGroupCreate(layout.block(PROPERTIES, 5), address(handle)) == RecordTooBig.hresult
    assert handle.value == 77


def test_a_success_that_is_not_s_ok(c: C, attach: Attach) -> None:
    def PeerGroupGetEventData(event: EventHandle) -> OptionalRecordOut:
        return success(NO_EVENT_DATA, None)

    def PeerGroupShutdown() -> None:
        return success(S_FALSE, None)

    with pytest.raises(HeaderMismatch, match="PEER_RECORD"):
        attach(PeerGroupGetEventData)
    attach(PeerGroupShutdown)
    assert c.PeerGroupShutdown() == S_FALSE

    def PeerGroupGetRecord(group: GroupHandle, record_id: GuidIn) -> OptionalRecordOut:
        return success(NO_EVENT_DATA, None)

    attach(PeerGroupGetRecord)
    handle, pointer = handles.GROUPS.insert("group"), ctypes.c_void_p(77)
    guid = ctypes.create_string_buffer(16)
    assert c.PeerGroupGetRecord(handle, address(guid), address(pointer)) == NO_EVENT_DATA
    assert pointer.value is None
    handles.GROUPS.take(handle)


class Unfailing(PeerError):
    """A mistake: an error whose HRESULT is a success."""

    hresult = 0


@pytest.mark.parametrize("mistake", [ZeroDivisionError, SystemExit, GeneratorExit, RecursionError, Unfailing])
def test_a_bug_is_e_unexpected_and_reaches_the_hook_and_prints_nothing(
    c: C,
    attach: Attach,
    bugs: list[tuple[str, BaseException]],
    capfd: pytest.CaptureFixture[str],
    mistake: type[BaseException],
) -> None:
    def PeerGroupShutdown() -> None:
        raise mistake

    attach(PeerGroupShutdown)
    assert c.PeerGroupShutdown() == E_UNEXPECTED
    assert [(name, type(error)) for name, error in bugs] == [("PeerGroupShutdown", mistake)]
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("result", [None, "text", -1, 2**32, 1.5])
def test_a_result_of_the_wrong_kind_is_a_bug(
    c: C, attach: Attach, bugs: list[tuple[str, BaseException]], result: Any
) -> None:
    def PeerCollabGetSigninOptions() -> UlongOut:
        return result  # type: ignore[no-any-return]

    attach(PeerCollabGetSigninOptions)
    out = ctypes.c_uint32(7)
    assert (c.PeerCollabGetSigninOptions(address(out)), out.value) == (E_UNEXPECTED, 7)
    assert len(bugs) == 1


def test_exhausted_memory_is_e_outofmemory(c: C, attach: Attach) -> None:
    def PeerGroupShutdown() -> None:
        raise MemoryError

    attach(PeerGroupShutdown)
    assert c.PeerGroupShutdown() == 0x8007000E


def test_a_hook_that_fails_itself_changes_nothing(c: C, attach: Attach, monkeypatch: pytest.MonkeyPatch) -> None:
    def PeerGroupShutdown() -> None:
        raise ZeroDivisionError

    attach(PeerGroupShutdown)
    monkeypatch.setattr(exports, "on_bug", None)
    assert c.PeerGroupShutdown() == E_UNEXPECTED


def test_the_log_gets_one_line_a_bug(c: C, attach: Attach, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    def PeerGroupShutdown() -> None:
        raise ValueError("two\nlines")

    attach(PeerGroupShutdown)
    monkeypatch.setenv("PEERAPI_LOG", str(tmp_path / "log"))
    assert [c.PeerGroupShutdown() for _ in range(2)] == [E_UNEXPECTED] * 2
    lines = (tmp_path / "log").read_text().splitlines()
    assert len(lines) == 2
    assert " ERROR peerapi.api: PeerGroupShutdown: ValueError: two lines (test_exports.py:" in lines[0]


def test_calls_from_many_threads_do_not_disturb_each_other(c: C, attach: Attach) -> None:
    def PeerIdentityExport(identity: StringIn, password: StringIn) -> StringOut:
        return identity + password

    attach(PeerIdentityExport)
    wrong: list[str] = []

    def work(name: str) -> None:
        out, a, b = ctypes.c_void_p(), wide(name), wide("!")
        for _ in range(300):
            c.PeerIdentityExport(address(a), address(b), address(out))
            if text_at(out) != name + "!":
                wrong.append(name)
            c._library.PeerFreeData(out)

    threads = [threading.Thread(target=work, args=(f"thread {i}",)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_function_of_the_header_without_python_is_e_notimpl(c: C, attach: Attach) -> None:
    def PeerCollabGetSigninOptions() -> UlongOut:
        return 0

    attach(PeerCollabGetSigninOptions)
    _, lib = library.load()
    lib.peerapi_attached[exports.prototypes()["PeerCollabGetSigninOptions"][0]] = 0
    assert c.PeerCollabGetSigninOptions(0) == E_NOTIMPL


# ---- what is compared with the header ----


def refused(function: Callable[..., Any]) -> str:
    table = exports.prototypes()
    with pytest.raises(HeaderMismatch) as error:
        exports.wrap(exports.Export(function, None), table[function.__name__][1])
    return str(error.value)


def test_too_few_parameters_are_refused() -> None:
    def PeerGroupAddRecord(group: GroupHandle) -> RecordIdOut:
        return bytes(16)

    assert "parameter 2 is PPEER_RECORD in the header" in refused(PeerGroupAddRecord)


def test_too_many_parameters_are_refused() -> None:
    def PeerGroupClose(group: GroupHandle, more: UlongIn) -> None:
        return None

    assert "more parameters than the header's 1" in refused(PeerGroupClose)


def test_a_missing_output_is_refused() -> None:
    def PeerGroupGetStatus(group: GroupHandle) -> None:
        return None

    assert "1 parameters here, 2 in the header" in refused(PeerGroupGetStatus)


def test_an_input_that_does_not_fit_is_refused() -> None:
    def PeerGroupGetStatus(group: StringIn) -> UlongOut:
        return 0

    assert "parameter 1 is HGROUP in the header" in refused(PeerGroupGetStatus)


def test_a_handle_of_another_kind_is_refused() -> None:
    def PeerGroupGetStatus(group: GraphObject) -> UlongOut:
        return 0

    assert "parameter 1 is HGROUP in the header, HGRAPH here" in refused(PeerGroupGetStatus)


def test_missing_and_foreign_annotations_are_refused() -> None:
    def PeerGroupClose(group) -> None:  # type: ignore[no-untyped-def]
        return None

    def PeerGroupShutdown():  # type: ignore[no-untyped-def]
        return None

    def PeerGroupGetStatus(group: GroupHandle) -> int:
        return 0

    assert "every parameter needs an annotation" in refused(PeerGroupClose)
    assert "no annotation for its result" in refused(PeerGroupShutdown)
    assert "its result is annotated" in refused(PeerGroupGetStatus)


def test_a_function_that_no_header_declares_is_refused(c: C, attach: Attach) -> None:
    def PeerNothing() -> None:
        return None

    with pytest.raises(HeaderMismatch, match="not a function of the headers"):
        attach(PeerNothing)


def test_a_function_exported_twice_is_refused(c: C, attach: Attach) -> None:
    def PeerGroupShutdown() -> None:
        return None

    attach(PeerGroupShutdown)
    with pytest.raises(HeaderMismatch, match="exported twice"):
        exports.export(PeerGroupShutdown)


def test_an_exported_function_stays_a_python_function(attach: Attach) -> None:
    def PeerCollabGetSigninOptions() -> UlongOut:
        return 5

    attach(PeerCollabGetSigninOptions)
    assert PeerCollabGetSigninOptions() == 5


def test_the_gate_raises_its_own_error() -> None:
    assert Gate("x").error is NotInitialized
