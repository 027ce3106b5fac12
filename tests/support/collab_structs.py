"""The structures of collaboration as dictionaries whose keys are the names of C, and the numbers of its events."""

from __future__ import annotations

import ctypes
from typing import Any

from tests.support import native
from tests.support.native import ENUMS, GUID, put_text, text_at

POINTED = {
    "pContact": "PEER_CONTACT",
    "pEndpoint": "PEER_ENDPOINT",
    "pPresenceInfo": "PEER_PRESENCE_INFO",
    "pApplication": "PEER_APPLICATION",
    "pObject": "PEER_OBJECT",
    "pPeopleNearMe": "PEER_PEOPLE_NEAR_ME",
    "pInvitation": "PEER_INVITATION",
}
MEMBERS = {
    1: "watchListChangedData",
    2: "endpointChangedData",
    3: "presenceChangedData",
    4: "applicationChangedData",
    5: "objectChangedData",
    6: "endpointChangedData",
    7: "presenceChangedData",
    8: "applicationChangedData",
    9: "objectChangedData",
    10: "peopleNearMeChangedData",
    11: "requestStatusChangedData",
}
WATCHLIST, ENDPOINT, PRESENCE, APPLICATION, OBJECT = range(1, 6)
MY_ENDPOINT, MY_PRESENCE, MY_APPLICATION, MY_OBJECT, PEOPLE, REQUEST = range(6, 12)
ADDED, DELETED, UPDATED = (ENUMS[f"PEER_CHANGE_{name}"] for name in ("ADDED", "DELETED", "UPDATED"))
NEAR_ME, INTERNET, ALL = 1, 2, 3
Fields = dict[str, Any]


# ---- structures ----


def plain(struct: Any) -> Any:
    """A structure that the library handed out, copied with all it points to."""
    if isinstance(struct, GUID):
        return struct.value()
    name = type(struct).__name__
    if name == "PEER_DATA":
        return ctypes.string_at(struct.pbData, struct.cbData) if struct.cbData else b""
    if name == "SOCKADDR_IN6":
        return bytes(struct.sin6_addr), int.from_bytes(bytes(struct.sin6_port), "big"), struct.sin6_scope_id
    found: Fields = {}
    for field, *_ in struct._fields_:
        value = getattr(struct, field)
        if field.startswith("pwz"):
            found[field] = text_at(value)
        elif field in POINTED:
            found[field] = plain(native.structure(POINTED[field]).from_address(value)) if value else None
        elif isinstance(value, (ctypes.Structure, ctypes.Union)):
            found[field] = plain(value)
        else:
            found[field] = value
    return found


def made(name: str, fields: Fields) -> Any:
    """A structure for the library, from what `plain` gives or a part of it."""
    struct = native.structure(name)()
    fill(struct, fields)
    return struct


def fill(struct: Any, fields: Fields) -> None:
    kept = getattr(struct, "kept", [])
    for field, value in fields.items():
        slot = getattr(struct, field)
        if field.startswith("pwz"):
            put_text(struct, field, value)
        elif isinstance(slot, GUID):
            setattr(struct, field, GUID.of(value))
        elif isinstance(value, bytes):
            buffer = ctypes.create_string_buffer(value, len(value) or 1)
            kept.append(buffer)
            slot.cbData, slot.pbData = len(value), ctypes.addressof(buffer) if value else None
        elif type(slot).__name__ == "SOCKADDR_IN6":
            ip, port, scope = value
            slot.sin6_family, slot.sin6_scope_id = 10, scope
            slot.sin6_addr[:], slot.sin6_port[:] = ip, port.to_bytes(2, "big")
        elif isinstance(value, dict):
            if not hasattr(slot, "kept"):
                slot.kept = []
            kept.append(slot)
            fill(slot, value)
        else:
            setattr(struct, field, value)
