"""The functions of PNRP in p2p.h, as tests call them."""

from __future__ import annotations

import ctypes
from typing import Any, NamedTuple

from tests.support import native
from tests.support.native import SOCKADDR_IN6, WAIT_OBJECT_0, Library, expect, put_text, text_at
from tests.support.native import wide as wide

VERSION = 2

AUTO = 0xFFFFFFFF
REGISTRATION_INFO = native.structure("PEER_PNRP_REGISTRATION_INFO")
ENDPOINT_INFO = native.structure("PEER_PNRP_ENDPOINT_INFO")
CLOUD_INFO = native.structure("PEER_PNRP_CLOUD_INFO")
NAME = "0.café"
STRANGER = "ab" * 20 + ".chat"
"A well-formed secure name of somebody else."


class Endpoint(NamedTuple):
    name: str | None
    ports: list[int]
    comment: str | None
    payload: bytes


def info(
    *ports: int,
    auto: bool = False,
    port: int = 0,
    cloud: str | None = None,
    identity: str | None = None,
    comment: str | None = "a comment",
    payload: bytes = b"",
) -> Any:
    """A PEER_PNRP_REGISTRATION_INFO with addresses at ::1."""
    made = REGISTRATION_INFO(wPort=port, cAddresses=AUTO if auto else len(ports))
    put_text(made, "pwzCloudName", cloud)
    put_text(made, "pwzPublishingIdentity", identity)
    put_text(made, "pwzComment", comment)
    sockets = [SOCKADDR_IN6(10, (ctypes.c_uint8 * 2)(*each.to_bytes(2, "big"))) for each in ports]
    for one in sockets:
        one.sin6_addr[15] = 1
    pointers = (ctypes.c_void_p * max(1, len(ports)))(*[ctypes.addressof(one) for one in sockets])
    data = ctypes.create_string_buffer(payload, len(payload) or 1)
    made.kept += [sockets, pointers, data]
    made.ppAddresses = ctypes.addressof(pointers) if ports else None
    made.payload.cbData, made.payload.pbData = len(payload), ctypes.addressof(data) if payload else None
    return made


def copied(address: int) -> Endpoint:
    found = ENDPOINT_INFO.from_address(address)
    pointers = (ctypes.c_void_p * found.cAddresses).from_address(found.ppAddresses) if found.cAddresses else []
    sockets = [SOCKADDR_IN6.from_address(pointer) for pointer in pointers]
    assert all(one.sin6_family == 10 and bytes(one.sin6_addr) == bytes(15) + b"\1" for one in sockets)
    ports = [int.from_bytes(bytes(one.sin6_port), "big") for one in sockets]
    payload = ctypes.string_at(found.payload.pbData, found.payload.cbData) if found.payload.cbData else b""
    return Endpoint(text_at(found.pwzPeerName), ports, text_at(found.pwzComment), payload)


class Pnrp:
    """The functions with Python values in and out."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self._wait = library.WaitForSingleObject

    def start(self, version: int = VERSION) -> int:
        return int(self.library.PeerPnrpStartup(version))

    def stop(self) -> int:
        return int(self.library.PeerPnrpShutdown())

    def try_register(self, name: str | None, given: Any) -> tuple[int, int | None]:
        handle = ctypes.c_void_p()
        pointer = None if given is None else ctypes.byref(given)
        return int(self.library.PeerPnrpRegister(wide(name), pointer, ctypes.byref(handle))), handle.value

    def register(self, name: str = NAME, given: Any = None) -> int:
        result, handle = self.try_register(name, given)
        expect(result, "S_OK")
        assert handle
        return handle

    def update(self, handle: int, given: Any) -> int:
        pointer = None if given is None else ctypes.byref(given)
        return int(self.library.PeerPnrpUpdateRegistration(handle, pointer))

    def unregister(self, handle: int) -> int:
        return int(self.library.PeerPnrpUnregister(handle))

    def try_resolve(
        self, name: str | None = NAME, cloud: str | None = None, most: int = 5
    ) -> tuple[int, list[Endpoint]]:
        count, array = ctypes.c_uint32(most), ctypes.c_void_p(0x10)
        result = int(self.library.PeerPnrpResolve(wide(name), wide(cloud), ctypes.byref(count), ctypes.byref(array)))
        if result:
            assert not array.value
            return result, []
        assert bool(array.value) == bool(count.value)
        found = [copied(array.value + number * ENDPOINT_INFO.SIZE) for number in range(count.value)]
        self.library.PeerFreeData(array)
        return result, found

    def resolve(self, name: str = NAME, cloud: str | None = None, most: int = 5) -> list[Endpoint]:
        result, found = self.try_resolve(name, cloud, most)
        expect(result, "S_OK")
        return found

    def event(self, manual: bool = False) -> int:
        return int(self.library.CreateEventW(None, manual, 0, None))

    def is_set(self, event: int) -> bool:
        """Whether an event is set within two minutes."""
        return bool(self._wait(event, 120_000) == WAIT_OBJECT_0)

    def try_search(
        self, name: str | None, event: int | None, cloud: str | None = None, most: int = 5
    ) -> tuple[int, int]:
        handle = ctypes.c_void_p()
        result = self.library.PeerPnrpStartResolve(wide(name), wide(cloud), most, event, ctypes.byref(handle))
        return int(result), handle.value or 0

    def search(self, event: int, name: str = NAME, most: int = 5) -> int:
        result, handle = self.try_search(name, event, most=most)
        expect(result, "S_OK")
        return handle

    def next(self, handle: int) -> tuple[int, Endpoint | None]:
        out = ctypes.c_void_p(0x10)
        result = int(self.library.PeerPnrpGetEndpoint(handle, ctypes.byref(out)))
        if result:
            assert not out.value
            return result, None
        assert out.value
        found = copied(out.value)
        self.library.PeerFreeData(out)
        return result, found

    def end(self, handle: int) -> int:
        return int(self.library.PeerPnrpEndResolve(handle))

    def clouds(self) -> list[tuple[str | None, int, int]]:
        count, array = ctypes.c_uint32(), ctypes.c_void_p()
        expect(self.library.PeerPnrpGetCloudInfo(ctypes.byref(count), ctypes.byref(array)), "S_OK")
        found = [
            CLOUD_INFO.from_address((array.value or 0) + number * CLOUD_INFO.SIZE) for number in range(count.value)
        ]
        values = [(text_at(one.pwzCloudName), one.dwScope, one.dwScopeId) for one in found]
        self.library.PeerFreeData(array)
        return values

    def identity(self) -> str:
        out = ctypes.c_void_p()
        expect(self.library.PeerIdentityCreate(wide("chat"), wide("Alice"), None, ctypes.byref(out)), "S_OK")
        name = text_at(out.value)
        self.library.PeerFreeData(out)
        assert name
        return name
