"""What a call of an exported function checks, in which order, and how a function is compared with its prototype."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable
from typing import Annotated, Any

import pytest

from peerapi.abi import exports, handles, layout, library
from peerapi.abi.exports import Gate, HeaderMismatch, success
from peerapi.abi.marshal import GuidIn, RecordIdOut, StringIn, StringOut, UlongIn, UlongOut
from peerapi.abi.struct_kinds import Out
from peerapi.errors import InvalidGroup, NotInitialized, PeerError, RecordTooBig
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

S_FALSE = 1

E_UNEXPECTED = 0x8000FFFF
E_NOTIMPL = 0x80004001
NOT_INITIALIZED = 0x80630002
NO_EVENT_DATA = 0x00630002

OptionalRecordOut = Annotated[Record | None, Out(RECORD)]

GATE = Gate("tests")


@pytest.fixture
def bugs(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, BaseException]]:
    """What reaches ``on_bug``."""
    seen: list[tuple[str, BaseException]] = []
    monkeypatch.setattr(exports, "on_bug", lambda name, error: seen.append((name, error)))
    return seen


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
    assert " ERROR peerapi.api: PeerGroupShutdown: ValueError: two lines (test_export_checks.py:" in lines[0]


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
