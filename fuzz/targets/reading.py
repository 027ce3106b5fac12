"""What C reads without Python: a record's bytes as the application has them (api/record_block.c)."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

from peerapi.abi import library
from peerapi.api.graph_records import record_value
from peerapi.api.structs import RECORD
from peerapi.errors import PeerError
from peerapi.graphing.codec.wire import MalformedMessage
from peerapi.moment import LAST_TIME
from peerapi.store.database import AUTOREFRESH, Row

HANDLE = ord("G") << 48 | (1 << 40)
"No graph of this process gets that far."
LARGEST = 64 << 10


def expected(row: Row) -> tuple[bytes, list[int]] | None:
    """The block that Python makes, with offsets for addresses, and where these stand; None: it refuses the record."""
    tails: list[bytes] = []
    pointers: list[int] = []
    try:
        fixed, _ = RECORD.store(record_value(row), 0, tails, RECORD.size, pointers)
    except (MalformedMessage, PeerError, UnicodeDecodeError):
        return None
    return b"".join((fixed, *tails)), pointers


def read(row: Row) -> int:
    """The address of the block that C makes; 0: it leaves the row to Python."""
    native: Any = library.native()
    ffi, lib = library.load()
    table = native.RecordTable()
    table.tell(0, True)
    table.put(row)
    table.commit()
    out = ffi.new("PPEER_RECORD *")
    record_id = ffi.new("GUID *")
    ffi.memmove(record_id, native.swap(row.id), 16)
    native.publish(HANDLE, table, "graph")
    try:
        lib.PeerGraphGetRecord(ffi.cast("HGRAPH", HANDLE), record_id, out)
    finally:
        native.withdraw(HANDLE)
    return int(ffi.cast("uintptr_t", out[0]))


def reading(data: bytes) -> None:
    """C makes the very block that Python makes, or leaves the record to Python: one that is deleted, too long, or
    unsound."""
    flags = AUTOREFRESH * (len(data) & 1)
    row = Row(data[16:32].ljust(16, b"\0"), data[:16].ljust(16, b"\0"), 1, flags, 0, LAST_TIME, data)
    wanted, address = expected(row), read(row)
    if not address:
        assert wanted is None or len(data) > LARGEST or data[39], "C does not read what Python reads"
        return
    native = library.native()
    try:
        assert wanted is not None, "C reads what Python refuses"
        block, pointers = wanted
        found = bytearray(native.read(address, len(block)))
        for at in pointers:
            there = int.from_bytes(found[at : at + 8], "little")
            found[at : at + 8] = (there and there - address).to_bytes(8, "little")
        assert found == block, "not the block that Python makes"
    finally:
        with contextlib.suppress(PeerError):
            native.free(address)


TARGETS: dict[str, Callable[[bytes], None]] = {"reading": reading}
