"""Searches in a Distributed Routing Table (drt.h)."""

from __future__ import annotations

from typing import Any, NoReturn

from peerapi.abi import library
from peerapi.abi.exports import export
from peerapi.abi.marshal import UlongIn, UlongOut, Win32Handle
from peerapi.api import drt_memory as memory
from peerapi.api.drt import alive, key_at
from peerapi.api.drt_family import SEARCHES, DrtHandle, Finding, PointerIn, SearchClosing, SearchHandle
from peerapi.errors import (
    Faulted,
    InsufficientBuffer,
    InvalidArgument,
    InvalidMaxEndpoints,
    InvalidSearchInfo,
    InvalidSearchRange,
    NoMoreData,
    SearchInProgress,
    SearchTimedOut,
)


@export
def DrtStartSearch(
    drt: DrtHandle,
    key: PointerIn,
    info: PointerIn,
    timeout: UlongIn,
    event: Win32Handle,
    context: PointerIn,
    search: PointerIn,
) -> None:
    """Look for a key, or for what is in a range; ``timeout`` is in milliseconds. E_HANDLE, E_INVALIDARG,
    DRT_E_INVALID_KEY_SIZE, DRT_E_INVALID_SEARCH_INFO, DRT_E_INVALID_MAX_ENDPOINTS, DRT_E_INVALID_SEARCH_RANGE,
    DRT_E_FAULTED, E_UNEXPECTED."""
    if not search:
        raise InvalidArgument("hSearchContext is NULL.")
    native = library.native()
    native.put64(search, 0)
    query = _query(key_at(key), info, timeout / 1000)
    if not native.is_event(event):
        raise InvalidArgument("hEvent is not the handle of an open event.")
    alive(drt)
    finding = Finding(drt, event, context)
    finding.begun = drt.instance.search(query, finding.signal)
    native.put64(search, SEARCHES.insert(finding))


def _query(key: bytes, info: int, timeout: float) -> Any:
    from peerapi.drt.border import Query

    if not info:
        return Query(key, timeout=timeout)
    space = memory.ffi()
    if memory.number(info, 4) != space.sizeof("DRT_SEARCH_INFO"):
        raise InvalidSearchInfo
    given = space.cast("DRT_SEARCH_INFO *", info)
    if not given.cMaxEndpoints or (given.fAnyMatchInRange and given.cMaxEndpoints > 1):
        raise InvalidMaxEndpoints
    low, high = (int(space.cast("uintptr_t", one)) for one in (given.pMinimumKey, given.pMaximumKey))
    if bool(low) != bool(high):
        raise InvalidArgument("Of a range both ends are given, or none.")
    minimum, maximum = (key_at(low), key_at(high)) if low else (None, None)
    if minimum is not None and maximum is not None and not _number(minimum) <= _number(key) <= _number(maximum):
        raise InvalidSearchRange
    iterative = given.fIterative != 0
    return Query(
        key,
        exact=minimum == maximum == key,
        minimum=minimum,
        maximum=maximum,
        most=1 if iterative else given.cMaxEndpoints,
        any_match=given.fAnyMatchInRange != 0,
        iterative=iterative,
        own=given.fAllowCurrentInstanceMatch != 0,
        timeout=timeout,
    )


def _number(key: bytes) -> int:
    return int.from_bytes(key, "little")


@export
def DrtContinueSearch(finding: SearchHandle) -> None:
    """Let an iterative search go on to the next node. E_HANDLE, E_UNEXPECTED: no hop is waiting."""
    finding.search.go_on()


@export
def DrtEndSearch(finding: SearchClosing) -> None:
    """Stop, and give back the handle. E_HANDLE."""
    finding.search.end()


# ---- results ---------------------------------------------------------------------------------------------------------


def _size(result: Any) -> int:
    return memory.size_of("DRT_SEARCH_RESULT", len(result.key), len(result.payload))


def _result(finding: Finding) -> Any:
    """The next result, which stays; without one, why."""
    from peerapi.drt.border import End

    found = finding.search.peek()
    if isinstance(found, End):
        _nothing(finding, found)
    return found


def _nothing(finding: Finding, end: Any) -> NoReturn:
    from peerapi.drt.border import End

    finding.told = end is not End.IN_PROGRESS
    _settle(finding)
    failures = {End.NO_MORE: NoMoreData, End.TIMEOUT: SearchTimedOut, End.FAULTED: Faulted}
    raise failures.get(end, SearchInProgress)


def _settle(finding: Finding) -> None:
    """The event is set as long as a result, or the end, has not been taken, and else not, for programs whose event is
    reset by hand."""
    from peerapi.drt.border import End

    ffi, lib = library.load()
    lib.ResetEvent(ffi.cast("HANDLE", finding.event))
    found = finding.search.peek()
    if not isinstance(found, End) or (found is not End.IN_PROGRESS and not finding.told):
        finding.signal()


@export
def DrtGetSearchResultSize(finding: SearchHandle) -> UlongOut:
    """Bytes of the next result. E_HANDLE, E_INVALIDARG, DRT_E_SEARCH_IN_PROGRESS, DRT_E_NO_MORE, DRT_E_TIMEOUT,
    DRT_E_FAULTED."""
    return _size(_result(finding))


@export
def DrtGetSearchResult(finding: SearchHandle, size: UlongIn, address: PointerIn) -> None:
    """The next result. E_HANDLE, E_INVALIDARG: less room than the structure takes, DRT_E_INSUFFICIENT_BUFFER: it stays,
    DRT_E_SEARCH_IN_PROGRESS, DRT_E_NO_MORE, DRT_E_TIMEOUT, DRT_E_FAULTED."""
    from peerapi.drt.border import End

    space = memory.ffi()
    if not address or size < space.sizeof("DRT_SEARCH_RESULT"):
        raise InvalidArgument("There is no room for a DRT_SEARCH_RESULT.")
    if size < _size(_result(finding)):
        raise InsufficientBuffer
    found = finding.search.take()
    if isinstance(found, End):  # another thread was faster
        _nothing(finding, found)
    filled = memory.Filled("DRT_SEARCH_RESULT", address)
    filled.value.dwSize = space.sizeof("DRT_SEARCH_RESULT")
    filled.value.type = int(found.match)
    filled.value.pvContext = space.cast("PVOID", finding.context)
    filled.set(filled.value.registration.key, found.key)
    filled.set(filled.value.registration.appData, found.payload)
    _settle(finding)


# ---- paths -----------------------------------------------------------------------------------------------------------


def _path_size(count: int) -> int:
    space = memory.ffi()
    size = space.offsetof("DRT_ADDRESS_LIST", "AddressList") + count * space.sizeof("DRT_ADDRESS")
    return int(max(size, space.sizeof("DRT_ADDRESS_LIST")))


@export
def DrtGetSearchPathSize(finding: SearchHandle) -> UlongOut:
    """Bytes of the path as it is now. E_HANDLE, E_INVALIDARG."""
    return _path_size(len(finding.search.path()))


@export
def DrtGetSearchPath(finding: SearchHandle, size: UlongIn, address: PointerIn) -> None:
    """The nodes that were asked. E_HANDLE, E_INVALIDARG, DRT_E_INSUFFICIENT_BUFFER."""
    if not address:
        raise InvalidArgument("pSearchPath is NULL.")
    path = finding.search.path()
    if size < _path_size(len(path)):
        raise InsufficientBuffer
    space = memory.ffi()
    library.native().write(address, bytes(_path_size(len(path))))
    listed = space.cast("DRT_ADDRESS_LIST *", address)
    listed.AddressCount = len(path)
    first = space.cast("DRT_ADDRESS *", address + space.offsetof("DRT_ADDRESS_LIST", "AddressList"))
    for at, node in enumerate(path):
        space.memmove(space.addressof(first[at], "socketAddress"), memory.sockaddr(node.address), 28)
        first[at].flags, first[at].nearness = int(node.flags), node.nearness
        first[at].latency = min(node.latency, 0xFFFFFFFF)
