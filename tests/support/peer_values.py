"""Records, events and structures of graphs, as the peers of tests have them."""

from __future__ import annotations

import ctypes
import socket
import time
import uuid
from dataclasses import dataclass
from typing import Any

from tests.support import native
from tests.support.native import ENUMS, FILETIME, GUID, put_text, text_at

CHAT = uuid.UUID("11111111-2222-3333-4444-555555555555")
"The record type of most tests."

LOOPBACK = ENUMS["PEER_GRAPH_SCOPE_LOOPBACK"]
SECOND = 10_000_000
_EPOCH = 116_444_736_000_000_000


def now() -> int:
    """The UTC clock in FILETIME units."""
    return time.time_ns() // 100 + _EPOCH


def address(port: int, ip: str = "::1") -> Any:
    """A PEER_ADDRESS."""
    made = native.PEER_ADDRESS()
    made.dwSize = native.PEER_ADDRESS.SIZE
    made.sin6.sin6_family = socket.AF_INET6
    made.sin6.sin6_port[:] = port.to_bytes(2, "big")
    made.sin6.sin6_addr[:] = socket.inet_pton(socket.AF_INET6, ip)
    return made


@dataclass(frozen=True)
class Record:
    """A PEER_RECORD that the library handed out, copied."""

    type: uuid.UUID
    id: uuid.UUID
    version: int
    flags: int
    creator: str | None
    modified_by: str | None
    attributes: str | None
    created: int
    expires: int
    modified: int
    security: bytes
    data: bytes

    @classmethod
    def copied(cls, struct: Any) -> Record:
        assert struct.dwSize == native.PEER_RECORD.SIZE, f"dwSize of a returned record is {struct.dwSize}"
        return cls(
            type=struct.type.value(),
            id=struct.id.value(),
            version=struct.dwVersion,
            flags=struct.dwFlags,
            creator=text_at(struct.pwzCreatorId),
            modified_by=text_at(struct.pwzModifiedById),
            attributes=text_at(struct.pwzAttributes),
            created=struct.ftCreation.value(),
            expires=struct.ftExpiration.value(),
            modified=struct.ftLastModified.value(),
            security=ctypes.string_at(struct.securityData.pbData, struct.securityData.cbData),
            data=ctypes.string_at(struct.data.pbData, struct.data.cbData),
        )


@dataclass(frozen=True)
class Connection:
    """A PEER_CONNECTION_INFO."""

    size: int
    flags: int
    id: int
    node: int
    peer: str | None
    ip: str
    port: int

    @classmethod
    def copied(cls, struct: Any) -> Connection:
        assert struct.address.dwSize == native.PEER_ADDRESS.SIZE
        return cls(
            struct.dwSize,
            struct.dwFlags,
            struct.ullConnectionId,
            struct.ullNodeId,
            text_at(struct.pwzPeerId),
            socket.inet_ntop(socket.AF_INET6, bytes(struct.address.sin6.sin6_addr)),
            int.from_bytes(bytes(struct.address.sin6.sin6_port), "big"),
        )


@dataclass(frozen=True)
class Event:
    """A PEER_GRAPH_EVENT_DATA; fields that the event type does not have are 0 or None."""

    type: int
    status: int = 0
    change: int = 0
    record: uuid.UUID | None = None
    record_type: uuid.UUID | None = None
    connection: int = 0
    node: int = 0
    next_connection: int = 0
    reason: int = 0


def wait_past(moment: int) -> None:
    """Until the clock is past a FILETIME."""
    while (left := moment - now()) >= 0:
        time.sleep(left / SECOND + 0.001)


def record_struct(
    data: bytes = b"hello",
    type: uuid.UUID = CHAT,
    lifetime: float = 600,
    attributes: str | None = None,
    expires: int | None = None,
) -> Any:
    """A PEER_RECORD to add; the buffers live as long as it does."""
    made = native.PEER_RECORD()
    made.dwSize = native.PEER_RECORD.SIZE
    made.type = GUID.of(type)
    made.ftExpiration = FILETIME.of(now() + int(lifetime * SECOND) if expires is None else expires)
    put_text(made, "pwzAttributes", attributes)
    if data:
        buffer = (ctypes.c_uint8 * len(data)).from_buffer_copy(data)
        made.kept.append(buffer)
        made.data.cbData = len(data)
        made.data.pbData = ctypes.addressof(buffer)
    return made


def properties_struct(graph: str | None, creator: str | None, **fields: Any) -> Any:
    """PEER_GRAPH_PROPERTIES with loopback scope; keyword names are those of the structure."""
    made = native.PEER_GRAPH_PROPERTIES()
    made.dwSize = native.PEER_GRAPH_PROPERTIES.SIZE
    made.dwScope = LOOPBACK
    put_text(made, "pwzGraphId", graph)
    put_text(made, "pwzCreatorId", creator)
    for name, value in fields.items():
        if name.startswith("pwz"):
            put_text(made, name, value)
        else:
            setattr(made, name, value)
    return made


def registrations(*wanted: int | tuple[int, uuid.UUID]) -> Any:
    """An array of PEER_GRAPH_EVENT_REGISTRATION; a tuple adds a record type."""
    array = (native.PEER_GRAPH_EVENT_REGISTRATION * len(wanted))()
    keep = []
    for slot, want in zip(array, wanted, strict=True):
        if isinstance(want, tuple):
            guid = GUID.of(want[1])
            keep.append(guid)
            slot.eventType, slot.pType = want[0], ctypes.addressof(guid)
        else:
            slot.eventType = want
    array.kept = keep
    return array
