"""Nodes of tables through ctypes: structures as the facts have them, calls by name."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

from peerapi.abi import library
from tests.support.native import DRT_FUNCTIONS, expect, structure

DATA, SETTINGS, INFO = structure("DRT_DATA"), structure("DRT_SETTINGS"), structure("DRT_SEARCH_INFO")
REGISTRATION, RESULT = structure("DRT_REGISTRATION"), structure("DRT_SEARCH_RESULT")
SECURITY, BOOTSTRAP = structure("DRT_SECURITY_PROVIDER"), structure("DRT_BOOTSTRAP_PROVIDER")
E_FAIL = 0x80004005


class Nodes:
    """Transports, providers, nodes; ``close`` ends all that were made, the last first."""

    def __init__(self) -> None:
        library.load()
        self.c = ctypes.CDLL(library.PATH)
        for name, row in DRT_FUNCTIONS.items():
            function = getattr(self.c, name)
            function.restype = ctypes.c_uint32 if row["return"] == "HRESULT" else None
            function.argtypes = [_argument(one["type"]) for one in row["params"]]
        self.c.CreateEventW.restype = ctypes.c_void_p
        self.c.CreateEventW.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_int, ctypes.c_void_p]
        self.c.WaitForSingleObject.argtypes = [ctypes.c_void_p, ctypes.c_uint32]
        self._ends: list[Callable[[], object]] = []
        self.kept: list[Any] = []
        self.port = 0

    def end_with(self, end: Callable[[], object]) -> None:
        self._ends.append(end)

    def close(self) -> None:
        while self._ends:
            self._ends.pop()()

    def made(self, name: str, *arguments: Any) -> int:
        """What a function gives through its last parameter."""
        result = ctypes.c_void_p()
        expect(getattr(self.c, name)(*arguments, ctypes.byref(result)), "S_OK")
        assert result.value
        return result.value

    def event(self) -> int:
        handle = self.c.CreateEventW(None, 1, 0, None)
        assert handle
        return int(handle)

    def transport(self) -> int:
        port = ctypes.c_uint16(0)
        handle = self.made("DrtCreateIpv6UdpTransport", 1, 0, 0, ctypes.byref(port))
        self.port = port.value
        self.end_with(lambda: self.c.DrtDeleteIpv6UdpTransport(handle))
        return handle

    def security(self) -> int:
        provider = self.made("DrtCreateNullSecurityProvider")
        self.end_with(lambda: self.c.DrtDeleteNullSecurityProvider(provider))
        return provider

    def bootstrap(self, port: int = 0) -> int:
        name = ctypes.create_string_buffer("::1\0".encode("utf-16-le"))
        provider = self.made("DrtCreateDnsBootstrapResolver", port or self.port, name)
        self.end_with(lambda: self.c.DrtDeleteDnsBootstrapResolver(provider))
        return provider

    def settings(self, **fields: Any) -> Any:
        """Good settings, with other fields where a test says so."""
        made = SETTINGS(dwSize=SETTINGS.SIZE, cbKey=32, bProtocolMajorVersion=1, ulMaxRoutingAddresses=4)
        for name, make in (
            ("hTransport", self.transport),
            ("pSecurityProvider", self.security),
            ("pBootstrapProvider", self.bootstrap),
        ):
            setattr(made, name, fields.pop(name) if name in fields else make())
        for name, value in fields.items():
            setattr(made, name, value)
        return made

    def try_open(self, settings: Any, event: int = 0) -> tuple[int, int]:
        handle = ctypes.c_void_p()
        result = self.c.DrtOpen(ctypes.byref(settings), event or None, None, ctypes.byref(handle))
        return int(result), handle.value or 0

    def open(self, event: int = 0, **fields: Any) -> int:
        result, handle = self.try_open(self.settings(**fields), event)
        expect(result, "S_OK")
        self.end_with(lambda: self.c.DrtClose(handle))
        return handle

    def data(self, content: bytes) -> Any:
        buffer = (ctypes.c_uint8 * max(len(content), 1))(*content)
        self.kept.append(buffer)
        return DATA(cb=len(content), pb=ctypes.addressof(buffer))

    def registration(self, key: bytes = b"k" * 32, payload: bytes = b"payload") -> Any:
        return REGISTRATION(key=self.data(key), appData=self.data(payload))

    def try_register(self, node: int, registration: Any, context: int = 0) -> tuple[int, int]:
        handle = ctypes.c_void_p()
        result = self.c.DrtRegisterKey(node, ctypes.byref(registration), context or None, ctypes.byref(handle))
        return int(result), handle.value or 0

    def registered(self, node: int, key: bytes = b"k" * 32) -> int:
        result, handle = self.try_register(node, self.registration(key))
        expect(result, "S_OK")
        return handle

    def info(self, **fields: Any) -> Any:
        made = INFO(dwSize=INFO.SIZE, cMaxEndpoints=1)
        for name, value in fields.items():
            if isinstance(value, bytes):
                kept = self.data(value)
                self.kept.append(kept)
                value = ctypes.addressof(kept)
            setattr(made, name, value)
        return made

    def try_search(
        self, node: int, key: bytes = b"k" * 32, info: Any = None, event: int = 0, timeout: int = 20_000
    ) -> tuple[int, int]:
        handle = ctypes.c_void_p()
        given = None if info is None else ctypes.byref(info)
        wanted = self.data(key)
        result = self.c.DrtStartSearch(
            node, ctypes.byref(wanted), given, timeout, event or self.event(), None, ctypes.byref(handle)
        )
        return int(result), handle.value or 0

    def search(self, node: int, key: bytes = b"k" * 32, info: Any = None, event: int = 0, timeout: int = 20_000) -> int:
        result, handle = self.try_search(node, key, info, event, timeout)
        expect(result, "S_OK")
        return handle

    def wait(self, event: int) -> None:
        assert self.c.WaitForSingleObject(event, 120_000) == 0

    def own(self, node: int) -> tuple[int, int]:
        """A search that has found a key of the node itself, and its event."""
        event = self.event()
        self.registered(node)
        search = self.search(node, info=self.info(fAllowCurrentInstanceMatch=1), event=event)
        self.wait(event)
        return search, event


def _argument(kind: str) -> Any:
    simple = {"ULONG": ctypes.c_uint32, "USHORT": ctypes.c_uint16, "BOOL": ctypes.c_int, "DRT_SCOPE": ctypes.c_int}
    return simple.get(kind.replace("const ", ""), ctypes.c_void_p)
