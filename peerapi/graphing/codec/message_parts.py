"""What the layouts of all messages share (MS-PPGRH 2.2.1.2, 2.2.2): fixed fields, arrays and strings at offsets."""

from __future__ import annotations

import struct
from typing import Any

from peerapi.graphing.codec.framing import VERSION
from peerapi.graphing.codec.message_values import MessageType
from peerapi.graphing.codec.wire import MalformedMessage, number

Buffer = bytes | bytearray


def assemble(layout: struct.Struct, kind: MessageType, fields: tuple[object, ...], *variable: Buffer) -> bytes:
    tail = b"".join(variable)
    return number(layout, layout.size + len(tail), VERSION, kind, *fields) + tail


def fixed(layout: struct.Struct, data: bytes) -> tuple[Any, ...]:
    """The fixed fields behind the header."""
    if len(data) < layout.size:
        raise MalformedMessage(f"{len(data)} bytes where the fixed fields need {layout.size}")
    return layout.unpack_from(data)[3:]


def array(data: bytes, layout: struct.Struct, count: int, item: int, offset: int, limit: int, what: str) -> bytes:
    """``count`` items of ``item`` bytes at ``offset``, which have to end at or before ``limit``."""
    return bytes(view(data, layout, count, item, offset, limit, what))


def view(data: bytes, layout: struct.Struct, count: int, item: int, offset: int, limit: int, what: str) -> memoryview:
    """The same as ``array`` gives, but not copied, for arrays that may be long."""
    end = offset + count * item
    if end > limit:
        raise MalformedMessage(f"{what}: {count} at offset {offset} reach beyond {limit}")
    if count and offset < layout.size:
        raise MalformedMessage(f"{what}: offset {offset} lies inside the fixed fields")
    return memoryview(data)[offset:end] if count else memoryview(b"")


def string(data: bytes, layout: struct.Struct, start: int, end: int, what: str) -> str:
    """The UTF-8 string at ``start``; its terminator must lie before ``end``."""
    if start < layout.size:
        raise MalformedMessage(f"{what}: offset {start} lies inside the fixed fields")
    stop = data.find(0, start, end)
    if stop < 0:
        raise MalformedMessage(f"{what}: no terminating zero")
    try:
        return data[start:stop].decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedMessage(f"{what}: not UTF-8") from error


def terminated(text: str | None) -> bytes:
    """UTF-8 with a terminator, or nothing for an absent string."""
    if text is None:
        return b""
    if "\0" in text:
        raise ValueError("zero character inside a string")
    return text.encode("utf-8") + b"\0"
