"""What any function may fail with: the codes of winerror.h, and those of p2p.h that belong to no one part of it."""

from __future__ import annotations

import errno

S_OK = 0
S_FALSE = 1


class PeerError(Exception):
    """A documented failure. ``hresult`` is the unsigned 32-bit value, ``name`` its name in the headers."""

    hresult = 0x80004005
    name = "E_FAIL"

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail or (type(self).__doc__ or "").strip())


class InvalidArgument(PeerError):
    """A parameter is not valid."""

    hresult = 0x80070057
    name = "E_INVALIDARG"


class OutOfMemory(PeerError):
    """Memory could not be allocated."""

    hresult = 0x8007000E
    name = "E_OUTOFMEMORY"


class AccessDenied(PeerError):
    """The operation is not allowed."""

    hresult = 0x80070005
    name = "E_ACCESSDENIED"


class NotImplementedYet(PeerError):
    """The function has not been written yet."""

    hresult = 0x80004001
    name = "E_NOTIMPL"


class Unexpected(PeerError):
    """The engine is in a state in which it cannot answer."""

    hresult = 0x8000FFFF
    name = "E_UNEXPECTED"


class AlreadyExists(PeerError):
    """The item already exists."""

    hresult = 0x800700B7
    name = "PEER_E_ALREADY_EXISTS"


class NotFound(PeerError):
    """The requested item does not exist."""

    hresult = 0x80070490
    name = "PEER_E_NOT_FOUND"


NO_ROOM = "There is no room left on the disk: nothing of this was kept. Make some, and do it again."


class DiskFull(PeerError):
    """The disk is full."""

    hresult = 0x80070070
    name = "PEER_E_DISK_FULL"


class InvalidHandle(PeerError):
    """The handle is not a live handle of the kind that is wanted."""

    hresult = 0x80070006
    name = "E_HANDLE"


class NotInitialized(PeerError):
    """The matching Startup call has not been made."""

    hresult = 0x80630002
    name = "PEER_E_NOT_INITIALIZED"


class UnsupportedVersion(PeerError):
    """The requested version is not supported."""

    hresult = 0x80632090
    name = "PEER_E_UNSUPPORTED_VERSION"


class Ipv6NotInstalled(PeerError):
    """This machine has no IPv6."""

    hresult = 0x80630001
    name = "PEER_E_IPV6_NOT_INSTALLED"


class ServiceNotAvailable(PeerError):
    """A service that this needs cannot be used on this machine."""

    hresult = 0x806320A1
    name = "PEER_E_SERVICE_NOT_AVAILABLE"


class NoMore(PeerError):
    """All results have been given."""

    hresult = 0x80634003
    name = "PEER_E_NO_MORE"


class WrappedWin32Error(PeerError):
    """A Win32 error carried as an HRESULT (HRESULT_FROM_WIN32)."""

    def __init__(self, code: int, detail: str = "") -> None:
        super().__init__(detail or f"Win32 error {code}.")
        self.name = f"HRESULT_FROM_WIN32({_WIN32_NAMES.get(code, code)})"
        self.hresult = 0x80070000 | (code & 0xFFFF)


_WIN32_NAMES = {
    2: "ERROR_FILE_NOT_FOUND",
    3: "ERROR_PATH_NOT_FOUND",
    4: "ERROR_TOO_MANY_OPEN_FILES",
    5: "ERROR_ACCESS_DENIED",
    14: "ERROR_OUTOFMEMORY",
    19: "ERROR_WRITE_PROTECT",
    31: "ERROR_GEN_FAILURE",
    32: "ERROR_SHARING_VIOLATION",
    112: "ERROR_DISK_FULL",
    183: "ERROR_ALREADY_EXISTS",
    206: "ERROR_FILENAME_EXCED_RANGE",
    234: "ERROR_MORE_DATA",
    303: "ERROR_DELETE_PENDING",
    1022: "ERROR_NOTIFY_ENUM_DIR",
    1223: "ERROR_CANCELLED",
    1816: "ERROR_NOT_ENOUGH_QUOTA",
    10048: "WSAEADDRINUSE",
    10050: "WSAENETDOWN",
    10051: "WSAENETUNREACH",
    10060: "WSAETIMEDOUT",
    10065: "WSAEHOSTUNREACH",
    11001: "WSAHOST_NOT_FOUND",
    11002: "WSATRY_AGAIN",
    11003: "WSANO_RECOVERY",
}
"Codes that are wrapped here, as winerror.h names them."

_WIN32_CODES = {
    errno.EMFILE: 4,  # ERROR_TOO_MANY_OPEN_FILES
    errno.ENFILE: 4,
    errno.ENOMEM: 14,  # ERROR_OUTOFMEMORY, which is E_OUTOFMEMORY
    errno.ENOENT: 3,  # ERROR_PATH_NOT_FOUND: what is missing here is a folder
    errno.ENOTDIR: 3,
    errno.EACCES: 5,  # ERROR_ACCESS_DENIED
    errno.EPERM: 5,
    errno.EROFS: 19,  # ERROR_WRITE_PROTECT
    errno.ENOSPC: 112,  # ERROR_DISK_FULL
    errno.EDQUOT: 112,
    errno.EEXIST: 183,  # ERROR_ALREADY_EXISTS
    errno.ENAMETOOLONG: 206,  # ERROR_FILENAME_EXCED_RANGE
}


def is_without_room(error: OSError) -> bool:
    """Whether the disk is full, or what this user may have of it."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT)


def os_failure(error: OSError) -> WrappedWin32Error:
    """A failure of the file system as a wrapped Win32 error; ERROR_GEN_FAILURE (31) when there is no better one."""
    return WrappedWin32Error(_WIN32_CODES.get(error.errno or 0, 31), os_sentence(error))


def os_sentence(error: OSError) -> str:
    """What a failure of the system is called, and of which file: without its number, which says nothing to people."""
    where = "" if error.filename is None else f"{error.filename}: "
    return f"{where}{error.strerror}" if error.strerror else str(error)
