"""pbSecurityInfo of PeerxGroupGetSecurityInterface: types of records that one member alone makes in a graph."""

from __future__ import annotations

import ctypes
from uuid import UUID

from tests.api.test_group_lifecycle import handle, together
from tests.support import native
from tests.support.groups import Club
from tests.support.native import GUID, expect, wide
from tests.support.peer_values import properties_struct, record_struct


def test_a_program_says_what_is_reserved_in_a_graph_under_its_group(club: Club) -> None:
    (alice,) = together(club, "alice")
    library = club.library
    version = native.PEER_VERSION_DATA()
    expect(library.PeerGraphStartup(1, ctypes.byref(version)), "S_OK")
    try:
        record, id = record_struct(b"a page"), GUID()
        kind = UUID(bytes_le=bytes(record.type))
        security, graph = ctypes.c_void_p(), ctypes.c_void_p()
        expect(alice.call("PeerxGroupGetSecurityInterface", handle(alice), ctypes.byref(security)), "S_OK")
        interface = native.structure("PEER_SECURITY_INTERFACE").from_address(security.value or 0)
        cases = (
            ("no lines", "E_INVALIDARG", ""),
            (f"{kind}", "E_INVALIDARG", ""),
            ("00000100-0000-0000-0000-000000000000 alice", "E_INVALIDARG", ""),
            (f"{kind} {alice.identity}\n", "S_OK", "S_OK"),
            (f"{kind} {'0' * 40}.bob\n", "S_OK", "PEER_E_NOT_AUTHORIZED"),
        )
        for number, (text, created, added) in enumerate(cases):
            information = ctypes.create_string_buffer(text.encode(), len(text))
            interface.cbSecurityInfo = len(text)
            interface.pbSecurityInfo = ctypes.addressof(information)
            wanted = properties_struct(f"board {number}", alice.identity)
            result = library.PeerGraphCreate(ctypes.byref(wanted), wide("db"), security, ctypes.byref(graph))
            expect(result, created)
            if added:
                expect(library.PeerGraphAddRecord(graph, ctypes.byref(record), ctypes.byref(id)), added)
        library.PeerFreeData(security)
    finally:
        expect(library.PeerGraphShutdown(), "S_OK")
