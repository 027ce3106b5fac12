"""An application's security functions, called from Python."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from peerapi.abi import layout, library
from peerapi.abi.callbacks import SECURITY_INTERFACE, SecurityCallbacks, SecurityInterface
from peerapi.abi.layout import BLOB, Struct
from peerapi.errors import InvalidArgument


class Record(NamedTuple):
    data: bytes


RECORD = Struct("PEER_RECORD", Record, ("data", "data", BLOB))
PROTOTYPES = {
    "validate": ctypes.CFUNCTYPE(ctypes.c_int32, *[ctypes.c_void_p] * 3, ctypes.c_int32),
    "secure": ctypes.CFUNCTYPE(ctypes.c_int32, *[ctypes.c_void_p] * 3, ctypes.c_int32, ctypes.c_void_p),
    "free": ctypes.CFUNCTYPE(ctypes.c_int32, *[ctypes.c_void_p] * 3),
    "failed": ctypes.CFUNCTYPE(ctypes.c_int32, *[ctypes.c_void_p] * 2),
}


def provider(**functions: Callable[..., int]) -> SecurityCallbacks[Record]:
    """Callbacks whose C functions are these, for graph 0x47 with context 0x99."""
    kept = {name: PROTOTYPES[name](function) for name, function in functions.items()}
    addresses = [
        ctypes.cast(kept[name], ctypes.c_void_p).value or 0 if name in kept else 0
        for name in ("validate", "secure", "free", "failed")
    ]
    interface = SecurityInterface(None, None, b"", 0x99, *addresses)
    callbacks = SecurityCallbacks(interface, 0x47, RECORD)
    callbacks.kept = kept  # type: ignore[attr-defined]
    return callbacks


def test_the_struct_reads_back() -> None:
    interface = SecurityInterface("ssp.dll", None, b"information", 1, 2, 3, 4, 5)
    block = layout.block(SECURITY_INTERFACE, interface)
    assert layout.read(SECURITY_INTERFACE, block) == interface
    library.native().free(block)


def test_a_struct_with_a_count_and_no_information_is_refused() -> None:
    ffi, _ = library.load()
    memory = ffi.new("PEER_SECURITY_INTERFACE *", {"dwSize": 80, "cbSecurityInfo": 4})
    with pytest.raises(InvalidArgument):
        layout.read(SECURITY_INTERFACE, int(ffi.cast("uintptr_t", memory)))


def test_validate_passes_graph_context_record_and_change_and_gives_the_answer() -> None:
    seen: list[Any] = []

    def validate(graph: int, context: int, record: int, change: int) -> int:
        seen.append((graph, context, layout.read(RECORD, record), change))
        return -0x7F9CDFF0

    assert provider(validate=validate).validate(Record(b"data"), 2) == 0x80632010
    assert seen == [(0x47, 0x99, Record(b"data"), 2)]


def test_secure_takes_a_copy_and_gives_the_memory_back() -> None:
    ffi, _ = library.load()
    mine = ffi.new("BYTE[]", b"signature")
    data = ffi.new("PEER_DATA *", {"cbData": 9, "pbData": mine})
    address = int(ffi.cast("uintptr_t", data))
    freed: list[int] = []

    def secure(graph: int, context: int, record: int, change: int, result: int) -> int:
        ctypes.c_uint64.from_address(result).value = address
        return 0

    def free(graph: int, context: int, given: int) -> int:
        freed.append(given)
        return 0

    assert provider(secure=secure, free=free).secure(Record(b""), 1) == (0, b"signature")
    assert freed == [address]


def test_a_refusal_to_secure_has_no_data() -> None:
    def secure(graph: int, context: int, record: int, change: int, result: int) -> int:
        ctypes.c_uint64.from_address(result).value = 1
        return -0x7FF8FFA9

    assert provider(secure=secure).secure(Record(b""), 1) == (0x80070057, b"")


def test_functions_that_were_left_out_accept_everything() -> None:
    nothing = provider()
    assert nothing.validate(Record(b""), 1) == 0
    assert nothing.secure(Record(b""), 1) == (0, b"")
    nothing.auth_failed()


def test_auth_failed_passes_graph_and_context() -> None:
    seen: list[Any] = []

    def failed(graph: int, context: int) -> int:
        seen.append((graph, context))
        return 0

    provider(failed=failed).auth_failed()
    assert seen == [(0x47, 0x99)]


def test_a_callback_may_wait_for_another_python_thread() -> None:
    done = threading.Event()

    def validate(graph: int, context: int, record: int, change: int) -> int:
        threading.Thread(target=done.set).start()
        return 0 if done.wait(120) else -1

    assert provider(validate=validate).validate(Record(b""), 1) == 0
