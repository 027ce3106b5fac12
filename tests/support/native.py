"""The library as a C program sees it, through ctypes: structures from the conformance facts, calls by name.

Nothing here is taken from ``include/`` or from ``peerapi``: layouts come from ``tests/facts/abi_x64.json``, prototypes
from ``functions.json`` and codes from ``error_codes.json``, so that two mistakes cannot agree by accident.
"""

from __future__ import annotations

import ctypes
import uuid
from pathlib import Path
from typing import Any, ClassVar

from tests.support import facts

ABI = facts.load("abi_x64.json")
FUNCTIONS: dict[str, dict[str, Any]] = facts.load("functions.json")["functions"]
DRT_FUNCTIONS: dict[str, dict[str, Any]] = facts.load("functions.json")["drt_functions"]
CODES: dict[str, int] = {
    name: int(entry["value"], 16) for name, entry in facts.load("error_codes.json")["codes"].items()
}
ENUMS: dict[str, int] = {member: value for enum in ABI["enums"].values() for member, value in enum["members"].items()}

WAIT_OBJECT_0 = 0
WAIT_TIMEOUT = 0x102


def code(name: str) -> int:
    """The unsigned value of a named HRESULT."""
    return CODES[name]


def names(value: int) -> str:
    """All names of an HRESULT, for messages: ``E_INVALIDARG (0x80070057)``."""
    found = [name for name, known in CODES.items() if known == value and not name.startswith("FACILITY")]
    return f"{' = '.join(found) or 'unnamed'} (0x{value:08X})"


def expect(result: int, *expected: str) -> int:
    """Asserts that an HRESULT is one of the named ones and gives it back."""
    if result not in [CODES[name] for name in expected]:
        raise AssertionError(f"expected {' or '.join(expected)}, got {names(result)}")
    return result


# --- structures -----------------------------------------------------------------------------------------------------


class Structure(ctypes.Structure):
    """A structure of the facts; made by `structure`."""

    SIZE: ClassVar[int]

    def __init__(self, *values: Any, **fields: Any) -> None:
        super().__init__(*values, **fields)
        self.kept: list[Any] = []


class GUID(ctypes.Structure):
    """The Windows struct: three little-endian integers and eight bytes."""

    _fields_: ClassVar[Any] = [
        ("Data1", ctypes.c_uint32),
        ("Data2", ctypes.c_uint16),
        ("Data3", ctypes.c_uint16),
        ("Data4", ctypes.c_uint8 * 8),
    ]

    @classmethod
    def of(cls, value: uuid.UUID) -> GUID:
        return cls.from_buffer_copy(value.bytes_le)

    def value(self) -> uuid.UUID:
        return uuid.UUID(bytes_le=bytes(self))


class FILETIME(ctypes.Structure):
    """100 ns since 1601-01-01 UTC, as two halves."""

    _fields_: ClassVar[Any] = [("dwLowDateTime", ctypes.c_uint32), ("dwHighDateTime", ctypes.c_uint32)]

    @classmethod
    def of(cls, value: int) -> FILETIME:
        return cls(value & 0xFFFFFFFF, value >> 32)

    def value(self) -> int:
        return int(self.dwLowDateTime) | int(self.dwHighDateTime) << 32


class SOCKADDR_IN6(ctypes.Structure):
    """The system's own sockaddr_in6; port in network order."""

    _fields_: ClassVar[Any] = [
        ("sin6_family", ctypes.c_uint16),
        ("sin6_port", ctypes.c_uint8 * 2),
        ("sin6_flowinfo", ctypes.c_uint32),
        ("sin6_addr", ctypes.c_uint8 * 16),
        ("sin6_scope_id", ctypes.c_uint32),
    ]


_SIMPLE: dict[str, Any] = {
    "DWORD": ctypes.c_uint32,
    "ULONG": ctypes.c_uint32,
    "HRESULT": ctypes.c_uint32,
    "BOOL": ctypes.c_int,
    "BYTE": ctypes.c_uint8,
    "WORD": ctypes.c_uint16,
    "ULONGLONG": ctypes.c_uint64,
    "GUID": GUID,
    "PEER_ROLE_ID": GUID,
    "FILETIME": FILETIME,
    "SOCKADDR_IN6": SOCKADDR_IN6,
}
_MADE: dict[str, Any] = {}


def _field_type(name: str, size: int) -> Any:
    if name in _SIMPLE:
        return _SIMPLE[name]
    if name in ABI["structs"]:
        return structure(name)
    if name in ABI["enums"]:
        return ctypes.c_uint32
    assert size == 8, f"unknown type {name} of {size} bytes"
    return ctypes.c_void_p


def structure(name: str) -> Any:
    """The ctypes class of a structure of p2p.h; every offset and the size are checked against the facts."""
    if name in _MADE:
        return _MADE[name]
    fact = ABI["structs"][name]
    fields: list[tuple[str, Any]] = []
    anonymous: list[str] = []
    for field in fact["fields"]:
        if field.get("anonymous"):
            members = [(m["name"], _field_type(m["type"], m["size"])) for m in field["members"]]
            union = type(f"{name}_union", (ctypes.Union,), {"_fields_": members})
            fields.append(("u", union))
            anonymous.append("u")
        else:
            fields.append((field["name"], _field_type(field["type"], field["size"])))
    made = type(name, (Structure,), {"_anonymous_": anonymous, "_fields_": fields, "SIZE": fact["size"]})
    assert ctypes.sizeof(made) == fact["size"], name
    for field in fact["fields"]:
        inner = "u" if field.get("anonymous") else field["name"]
        assert getattr(made, inner).offset == field["offset"], f"{name}.{inner}"
    _MADE[name] = made
    return made


PEER_RECORD = structure("PEER_RECORD")
PEER_GRAPH_PROPERTIES = structure("PEER_GRAPH_PROPERTIES")
PEER_ADDRESS = structure("PEER_ADDRESS")
PEER_VERSION_DATA = structure("PEER_VERSION_DATA")
PEER_GRAPH_EVENT_REGISTRATION = structure("PEER_GRAPH_EVENT_REGISTRATION")
PEER_GRAPH_EVENT_DATA = structure("PEER_GRAPH_EVENT_DATA")
PEER_CONNECTION_INFO = structure("PEER_CONNECTION_INFO")


# --- strings --------------------------------------------------------------------------------------------------------


def wide(text: str | None) -> Any:
    """A zero-terminated UTF-16 string; lone surrogates stay as they are. None is a NULL pointer."""
    if text is None:
        return None
    raw = text.encode("utf-16-le", "surrogatepass") + b"\0\0"
    return (ctypes.c_uint16 * (len(raw) // 2)).from_buffer_copy(raw)


def text_at(address: int | None) -> str | None:
    """The zero-terminated UTF-16 string at an address; None for NULL."""
    if not address:
        return None
    end = address
    while ctypes.c_uint16.from_address(end).value:
        end += 2
    return ctypes.string_at(address, end - address).decode("utf-16-le", "surrogatepass")


def put_text(record: Any, field: str, text: str | None) -> None:
    """Points a PWSTR field at a string that lives as long as the structure."""
    buffer = wide(text)
    record.kept.append(buffer)
    setattr(record, field, None if buffer is None else ctypes.addressof(buffer))


# --- calls ----------------------------------------------------------------------------------------------------------

BY_VALUE: dict[str, Any] = {
    "DWORD": ctypes.c_uint32,
    "ULONG": ctypes.c_uint32,
    "WORD": ctypes.c_uint16,
    "BOOL": ctypes.c_int,
    "ULONGLONG": ctypes.c_uint64,
}
_WIN32: dict[str, tuple[Any, list[Any]]] = {
    "CreateEventW": (ctypes.c_void_p, [ctypes.c_void_p, ctypes.c_int, ctypes.c_int, ctypes.c_void_p]),
    "SetEvent": (ctypes.c_int, [ctypes.c_void_p]),
    "ResetEvent": (ctypes.c_int, [ctypes.c_void_p]),
    "WaitForSingleObject": (ctypes.c_uint32, [ctypes.c_void_p, ctypes.c_uint32]),
    "CloseHandle": (ctypes.c_int, [ctypes.c_void_p]),
}


class Library:
    """libpeerapi.so; the functions of functions.json and a few of Win32 are attributes. HRESULTs are unsigned."""

    def __init__(self, path: Path) -> None:
        self.loaded = ctypes.CDLL(str(path))

    def __getattr__(self, name: str) -> Any:
        function = getattr(self.loaded, name)
        if name in _WIN32:
            function.restype, function.argtypes = _WIN32[name]
        elif name in FUNCTIONS:
            row = FUNCTIONS[name]
            function.restype = None if row["return"] == "VOID" else ctypes.c_uint32
            function.argtypes = [BY_VALUE.get(param["type"], ctypes.c_void_p) for param in row["params"]]
        else:
            raise AttributeError(name)
        setattr(self, name, function)
        return function
