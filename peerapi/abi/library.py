"""The one libpeerapi.so of this process, seen from Python.

Inside a C program the library has started this interpreter, and its modules are there already. In an ordinary Python
``load`` brings the library in and starts it; handles, events and everything else are then shared with C code that
loads the same library.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any, Protocol

FOLDER = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "lib")
"What a linker is pointed at: the library under all its names, ``libpeerapi_wmain.a``."
PATH = os.path.join(FOLDER, "libpeerapi.so.0")


class LibraryNotStarted(ImportError):
    """The library is missing or cannot start; the text says why."""


class Native(Protocol):
    """The caller's memory by address (native.c). Addresses are ints; a wrong one other than 0 cannot be noticed.

    ``text``, ``read``, ``sized`` and ``guid`` raise InvalidArgument for what the caller did wrong. GUIDs are 16 bytes
    in network order. None of these gives the GIL away.
    """

    def bind(self, error_class: type[Exception], /) -> None: ...
    def text(self, address: int, limit: int, /) -> str:
        """UTF-16 up to its zero, which comes within ``limit`` units; no surrogate halves."""

    def wide(self, text: str, /) -> bytes:
        """UTF-16 with a zero at its end."""

    def read(self, address: int, size: int, /) -> bytes: ...
    def sized(self, address: int, size: int, /) -> bytes:
        """A struct whose dwSize must be ``size``."""

    def guid(self, address: int, /) -> bytes: ...
    def swap(self, guid: bytes, /) -> bytes:
        """A GUID in the other byte order."""

    def put_guid(self, address: int, guid: bytes, /) -> None: ...
    def put16(self, address: int, value: int, /) -> None: ...
    def put32(self, address: int, value: int, /) -> None: ...
    def put64(self, address: int, value: int, /) -> None: ...
    def write(self, address: int, data: bytes, /) -> None: ...
    def block(self, data: bytes, pointers: Sequence[int], /) -> int:
        """One malloc block. ``pointers``: offsets of pointers in it, each holding the offset of its target or 0."""

    def free(self, address: int, /) -> None: ...
    def set_event(self, handle: int, /) -> bool:
        """SetEvent; False when the handle is not an event (any more). Never waits."""

    def is_event(self, handle: int, /) -> bool:
        """Whether the handle is an open event that may be set."""

    def ipv6_family(self) -> int:
        """AF_INET6 as the program has it: this system's number, or that of Windows where Wine is between."""

    def forked(self) -> None:
        """In a child of fork: every call of the library fails from now on."""

    def publish(self, handle: int, target: object, family: str, /) -> None:
        """Have C find an ``EventRing`` or a ``RecordTable`` behind a handle of ``family``, "graph" or "group"."""

    def withdraw(self, handle: int, /) -> None:
        """It finds nothing there any more, and no call is still reading from it."""

    EventRing: type[Any]
    "``EventRing(RecordChanged)``: a ``registrations.Line`` from which C takes changed records by itself."
    RecordTable: type[Any]
    "A ``reading.Readable``: the latest records of a graph, from which C reads by itself."


def load() -> tuple[Any, Any]:
    """(ffi, lib) of the library. ``lib`` has the constants and enums of the headers. Raises LibraryNotStarted."""
    module = sys.modules.get("_peerapi")
    if module is None:
        _start()
        module = sys.modules["_peerapi"]
    return module.ffi, module.lib


def native() -> Native:
    """Raw memory access; starts the library in an ordinary Python."""
    module: Any = sys.modules.get("_peerapi_native")
    if module is None:
        load()
        module = sys.modules["_peerapi_native"]
    return module  # type: ignore[no-any-return]


def set_event(handle: int) -> bool:
    """SetEvent on a Win32 HANDLE of this process; False when that is no event (any more).

    Callable from any thread, never waits.
    """
    return native().set_event(handle)


def _start() -> None:
    import ctypes

    if not os.path.exists(PATH):
        raise LibraryNotStarted(f"{PATH} has not been built: run `make build`, or install the package with pip")
    try:
        library = ctypes.CDLL(PATH)  # gives the GIL away during calls, as a start from another thread needs
    except OSError as error:
        raise LibraryNotStarted(str(error)) from error
    if not library.peerapi_start():
        library.peerapi_start_error.restype = ctypes.c_char_p
        raise LibraryNotStarted(library.peerapi_start_error().decode("utf-8", "replace"))
