"""C function pointers as Python methods: the security provider that an application hands to PeerGraphCreate and
PeerGraphOpen.

The application's functions run on the thread that calls the methods here, without the GIL. They may take long and may
call the API again; so no lock may be held, and never the engine thread used (architecture, decision 9).
"""

from __future__ import annotations

from typing import Any, Generic, NamedTuple, TypeVar

from peerapi.abi import layout, library
from peerapi.abi.layout import ADDRESS, OPTIONAL_WSTR, CountedBytes, Layout, Struct

R = TypeVar("R")
E_INVALIDARG = 0x80070057


class SecurityInterface(NamedTuple):
    """PEER_SECURITY_INTERFACE as it was handed in. Addresses are ints; 0 where the application left a function out."""

    ssp_file: str | None
    package: str | None
    information: bytes
    context: int
    validate_record: int
    secure_record: int
    free_security_data: int
    auth_failed: int


SECURITY_INTERFACE = Struct(
    "PEER_SECURITY_INTERFACE",
    SecurityInterface,
    ("pwzSspFilename", "ssp_file", OPTIONAL_WSTR),
    ("pwzPackageName", "package", OPTIONAL_WSTR),
    ("cbSecurityInfo", "information", CountedBytes("pbSecurityInfo")),
    ("pvContext", "context", ADDRESS),
    ("pfnValidateRecord", "validate_record", ADDRESS),
    ("pfnSecureRecord", "secure_record", ADDRESS),
    ("pfnFreeSecurityData", "free_security_data", ADDRESS),
    ("pfnAuthFailed", "auth_failed", ADDRESS),
)


class SecurityCallbacks(Generic[R]):
    """The functions of one SecurityInterface for one graph. ``record`` lays out a PEER_RECORD."""

    def __init__(self, interface: SecurityInterface, graph: int, record: Layout[R]) -> None:
        ffi, _ = library.load()
        self._ffi = ffi
        self._record = record
        self._first = (ffi.cast("HGRAPH", graph), ffi.cast("PVOID", interface.context))
        self._validate = self._function("PFNPEER_VALIDATE_RECORD", interface.validate_record)
        self._secure = self._function("PFNPEER_SECURE_RECORD", interface.secure_record)
        self._free = self._function("PFNPEER_FREE_SECURITY_DATA", interface.free_security_data)
        self._auth_failed = self._function("PFNPEER_ON_PASSWORD_AUTH_FAILED", interface.auth_failed)

    def _function(self, kind: str, address: int) -> Any:
        return self._ffi.cast(kind, address) if address else None

    def validate(self, record: R, change: int) -> int:
        """Whether a record may be accepted: the application's HRESULT, unsigned. S_OK without such a function.

        ``change`` is a PEER_RECORD_CHANGE_TYPE.
        """
        return self._with_record(self._validate, record, change) if self._validate else 0

    def secure(self, record: R, change: int) -> tuple[int, bytes]:
        """(HRESULT, security data) of a record to be published; what the application allocated is given back to it.

        A count without a pointer is E_INVALIDARG.
        """
        if not self._secure:
            return 0, b""
        result = self._ffi.new("PPEER_DATA *")
        code = self._with_record(self._secure, record, change, result)
        data = b""
        if code < 0x80000000 and result[0]:
            size, start = result[0].cbData, result[0].pbData
            if size and not start:
                code = E_INVALIDARG
            elif size:
                data = bytes(self._ffi.buffer(start, size))
            if self._free:
                self._free(*self._first, result[0])
        return code, data

    def auth_failed(self) -> None:
        """A password was refused."""
        if self._auth_failed:
            self._auth_failed(*self._first)

    def _with_record(self, function: Any, record: R, change: int, *more: Any) -> int:
        block = layout.block(self._record, record)
        try:
            code = function(*self._first, self._ffi.cast("PPEER_RECORD", block), change, *more)
        finally:
            library.native().free(block)
        return int(code) & 0xFFFFFFFF
