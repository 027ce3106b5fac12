"""Distributed Routing Tables (drt.h): nodes, their keys, their events, their names, the transports beneath them.

Results come in buffers of the caller. The codes are those of the pages, also where a pointer is NULL.
"""

from __future__ import annotations

from typing import Any

from peerapi.abi import library
from peerapi.abi.exports import export
from peerapi.abi.marshal import UlongIn, UlongOut, Win32Handle
from peerapi.api import drt_memory as memory
from peerapi.api.drt_family import (
    DRTS,
    KEY_SIZE,
    KEYS,
    SEARCHES,
    TRANSPORTS,
    Drt,
    DrtClosing,
    DrtHandle,
    Key,
    KeyClosing,
    KeyHandle,
    PointerIn,
    ScopeIn,
    TransportIn,
)
from peerapi.errors import (
    Faulted,
    InsufficientBuffer,
    InvalidArgument,
    InvalidBootstrapProvider,
    InvalidInstancePrefix,
    InvalidKeySize,
    InvalidMaxAddresses,
    InvalidPort,
    InvalidScope,
    InvalidSecurityMode,
    InvalidSecurityProvider,
    InvalidSettings,
    InvalidTransport,
    NoMoreData,
    NotFound,
    PeerError,
    TransportExecutingCallback,
    TransportUnexpected,
    Unexpected,
)

MOST_PAYLOAD = 5120
MOST_ADDRESSES = 20
MOST_PREFIX = 128


# ---- transports ------------------------------------------------------------------------------------------------------


@export
def DrtCreateIpv6UdpTransport(
    scope: ScopeIn, scope_id: UlongIn, locality_threshold: UlongIn, port: PointerIn, transport: PointerIn
) -> None:
    """A port of this machine for one node; *pwPort 0 takes any and receives it. DRT_E_INVALID_PORT,
    DRT_E_INVALID_SCOPE, DRT_E_INVALID_TRANSPORT_PROVIDER, DRT_E_TRANSPORT_UNEXPECTED; a taken port is WSAEADDRINUSE
    (wrapped)."""
    from peerapi.drt.border import TransportScope
    from peerapi.engine.drt.transport import Transport

    if not transport:
        raise InvalidTransport("phTransport is NULL.")
    native = library.native()
    native.put64(transport, 0)
    if not port:
        raise InvalidPort("pwPort is NULL.")
    try:
        wanted = TransportScope(scope)
    except ValueError:
        raise InvalidScope from None
    try:
        made = Transport(wanted, scope_id, locality_threshold, memory.number(port, 2))
    except OSError as error:
        raise TransportUnexpected(str(error)) from error
    native.put16(port, made.port)
    native.put64(transport, TRANSPORTS.insert(made))


@export
def DrtDeleteIpv6UdpTransport(transport: TransportIn) -> None:
    """Give the port back. DRT_E_INVALID_TRANSPORT_PROVIDER, DRT_E_TRANSPORT_STILL_BOUND: a node uses it,
    DRT_E_TRANSPORT_EXECUTING_CALLBACK: and this is a function of its provider."""
    from peerapi.api.drt_foreign import inside

    found = TRANSPORTS.get(transport)
    if found is None:
        raise InvalidTransport
    if found.instance is not None and inside():
        raise TransportExecutingCallback
    found.close()
    TRANSPORTS.take(transport)


# ---- nodes -----------------------------------------------------------------------------------------------------------


@export(needs=None, waits=True)
def DrtOpen(settings: PointerIn, event: Win32Handle, context: PointerIn, drt: PointerIn) -> None:
    """A node, which begins to look for others; an event says what has become of it. E_INVALIDARG,
    DRT_E_INVALID_SETTINGS, DRT_E_INVALID_KEY_SIZE, DRT_E_INVALID_MAX_ADDRESSES, DRT_E_INVALID_TRANSPORT_PROVIDER,
    DRT_E_INVALID_SECURITY_MODE, DRT_E_INVALID_SECURITY_PROVIDER, DRT_E_INVALID_BOOTSTRAP_PROVIDER,
    DRT_E_INVALID_INSTANCE_PREFIX, DRT_E_TRANSPORTPROVIDER_IN_USE, DRT_E_SECURITYPROVIDER_IN_USE,
    DRT_E_BOOTSTRAPPROVIDER_IN_USE, DRT_E_INVALID_CERT_CHAIN, DRT_E_CAPABILITY_MISMATCH, DRT_S_RETRY, and what a
    provider answers."""
    from peerapi.api.graph_family import ENGINE
    from peerapi.drt.border import SecurityMode, Settings
    from peerapi.drt.derived import DerivedKeyProvider
    from peerapi.engine.drt.instance import Instance

    if not drt:
        raise InvalidArgument("phDrt is NULL.")
    native = library.native()
    native.put64(drt, 0)
    space = memory.ffi()
    if not settings or memory.number(settings, 4) != space.sizeof("DRT_SETTINGS"):
        raise InvalidSettings
    given = space.cast("DRT_SETTINGS *", settings)
    if given.cbKey != KEY_SIZE:
        raise InvalidKeySize
    if not 1 <= given.ulMaxRoutingAddresses <= MOST_ADDRESSES:
        raise InvalidMaxAddresses
    transport = TRANSPORTS.get(_address(given.hTransport))
    if transport is None:
        raise InvalidTransport
    try:
        mode = SecurityMode(int(given.eSecurityMode))
    except ValueError:
        raise InvalidSecurityMode from None
    security, structures = _provider(_address(given.pSecurityProvider), "ForeignSecurity", InvalidSecurityProvider)
    bootstrap, more = _provider(_address(given.pBootstrapProvider), "ForeignBootstrap", InvalidBootstrapProvider)
    prefix = _prefix(_address(given.pwzDrtInstancePrefix))
    if event and not native.is_event(event):
        raise InvalidArgument("hEvent is not the handle of an open event.")
    if isinstance(security, DerivedKeyProvider):
        security.check_mode(mode)
    version = given.bProtocolMajorVersion, given.bProtocolMinorVersion
    made = Drt(event, context, structures + more, security)
    wanted = Settings(version, mode, given.ulMaxRoutingAddresses, prefix)
    made.opened = Instance.open(wanted, transport, security, bootstrap, made.signal, ENGINE)
    for structure in made.structures:
        structure.use()
    native.put64(drt, DRTS.insert(made))


def _address(pointer: Any) -> int:
    return int(memory.ffi().cast("uintptr_t", pointer))


def _provider(address: int, foreign: str, error: type[PeerError]) -> tuple[Any, list[Any]]:
    """What a node asks for the structure at ``address``, and the structure if it is ours."""
    from peerapi.api import drt_foreign, drt_given

    if not address:
        raise error("It is NULL.")
    ours = drt_given.structure_at(address)
    kind = drt_given.S if foreign == "ForeignSecurity" else drt_given.B
    if ours is not None and ours.kind == kind and ours.unchanged:
        return ours.provider, [ours]
    made = getattr(drt_foreign, foreign)(address)
    if not made.complete:
        raise error("A function is missing.")
    return made, []


def _prefix(address: int) -> str:
    if not address:
        return ""
    try:
        return library.native().text(address, MOST_PREFIX)
    except InvalidArgument as error:
        raise InvalidInstancePrefix from error


@export(needs=None, waits=True)
def DrtClose(drt: DrtClosing) -> None:
    """Withdraw all keys, end all searches, let the providers go. Nothing for what is no node."""
    for table in (KEYS, SEARCHES):
        for value, held in list(table._live.items()):
            if held.drt is drt:
                table.take(value)
    drt.instance.close()
    for structure in drt.structures:
        structure.leave()


def alive(drt: Drt) -> None:
    """Raises Faulted."""
    from peerapi.drt.border import Status

    if drt.instance.status is Status.FAULTED:
        raise Faulted


@export
def DrtGetInstanceNameSize(drt: DrtHandle) -> UlongOut:
    """Bytes of the node's name, with the zero at its end. E_HANDLE, E_INVALIDARG."""
    return len(library.native().wide(drt.instance.name))


@export
def DrtGetInstanceName(drt: DrtHandle, size: UlongIn, name: PointerIn) -> None:
    """The node's name: its prefix, the process, a number. E_HANDLE, E_INVALIDARG, DRT_E_INSUFFICIENT_BUFFER."""
    if not name:
        raise InvalidArgument("The buffer is NULL.")
    text = library.native().wide(drt.instance.name)
    if size < len(text):
        raise InsufficientBuffer
    library.native().write(name, text)


# ---- keys ------------------------------------------------------------------------------------------------------------


def key_at(address: int) -> bytes:
    """The key of a DRT_DATA. InvalidArgument, InvalidKeySize."""
    if not address or not memory.number(address + 8, 8):
        raise InvalidArgument("A key is wanted, not NULL.")
    if memory.number(address, 4) != KEY_SIZE:
        raise InvalidKeySize
    return memory.data_at(address)


def _payload_at(address: int, least: int) -> bytes:
    if not address or not memory.number(address + 8, 8):
        raise InvalidArgument("Application data are wanted, not NULL.")
    data = memory.data_at(address, MOST_PAYLOAD)
    if len(data) < least:
        raise InvalidArgument("There are no application data.")
    return data


@export(needs=None, waits=True)
def DrtRegisterKey(drt: DrtHandle, registration: PointerIn, context: PointerIn, key: PointerIn) -> None:
    """Register a key with its application data; others find it as soon as the node is active. E_HANDLE, E_INVALIDARG,
    DRT_E_INVALID_KEY_SIZE, DRT_E_FAULTED, DRT_E_DUPLICATE_KEY, DRT_E_INVALID_CERT_CHAIN, DRT_E_CAPABILITY_MISMATCH,
    DRT_E_INVALID_KEY, E_UNEXPECTED, and what a provider answers."""
    from peerapi.api.drt_given import context_of

    if not registration or not key:
        raise InvalidArgument("pRegistration or phKeyRegistration is NULL.")
    library.native().put64(key, 0)
    wanted, payload = key_at(registration), _payload_at(registration + 16, 1)
    alive(drt)
    number = drt.instance.register(wanted, payload, context_of(context, drt.security))
    library.native().put64(key, KEYS.insert(Key(drt, number)))


@export
def DrtUpdateKey(key: KeyHandle, payload: PointerIn) -> None:
    """Other application data, from the next question on. E_HANDLE, E_INVALIDARG."""
    data = _payload_at(payload, 0)
    alive(key.drt)
    key.drt.instance.update(key.number, data)


@export(needs=None, waits=True)
def DrtUnregisterKey(key: KeyClosing) -> None:
    """Withdraw a key. Nothing for what is none."""
    try:
        key.drt.instance.unregister(key.number)
    except (NotFound, Unexpected):
        return


# ---- events ----------------------------------------------------------------------------------------------------------


@export
def DrtGetEventDataSize(drt: DrtHandle) -> UlongOut:
    """Bytes of the next event. E_HANDLE, E_INVALIDARG, DRT_E_NO_MORE."""
    event = drt.instance.peek_event()
    if event is None:
        raise NoMoreData
    return _event_size(event)


def _event_size(event: Any) -> int:
    from peerapi.drt.border import LeafSetEvent, RegistrationEvent

    if isinstance(event, LeafSetEvent):
        return memory.size_of("DRT_EVENT_DATA", len(event.local), len(event.remote))
    if isinstance(event, RegistrationEvent):
        return memory.size_of("DRT_EVENT_DATA", len(event.local))
    return memory.size_of("DRT_EVENT_DATA", memory.STORAGE * len(event.addresses))


@export
def DrtGetEventData(drt: DrtHandle, size: UlongIn, address: PointerIn) -> None:
    """The next event. E_HANDLE, E_INVALIDARG, DRT_E_INSUFFICIENT_BUFFER: it stays, DRT_E_NO_MORE."""
    from peerapi.drt.border import LeafSetEvent, RegistrationEvent

    if not address:
        raise InvalidArgument("pEventData is NULL.")
    event: Any = drt.instance.peek_event()
    if event is None:
        raise NoMoreData
    if size < _event_size(event):
        raise InsufficientBuffer
    event = drt.instance.take_event()
    if event is None or size < _event_size(event):  # another thread was faster
        raise NoMoreData
    filled = memory.Filled("DRT_EVENT_DATA", address)
    space, data = memory.ffi(), filled.value
    data.hr = _signed(event.hresult)
    data.pvContext = space.cast("PVOID", drt.context)
    if isinstance(event, LeafSetEvent):
        data.type = EVENT_LEAFSET
        data.leafsetKeyChange.change = int(event.change)
        filled.set(data.leafsetKeyChange.localKey, event.local)
        filled.set(data.leafsetKeyChange.remoteKey, event.remote)
    elif isinstance(event, RegistrationEvent):
        data.type = EVENT_REGISTRATION
        data.registrationStateChange.state = 1
        filled.set(data.registrationStateChange.localKey, event.local)
    else:
        data.type = EVENT_STATUS
        data.statusChange.status = int(event.status)
        found = b"".join(memory.sockaddr(one).ljust(memory.STORAGE, b"\0") for one in event.addresses)
        data.statusChange.bootstrapAddresses.cntAddress = len(event.addresses)
        if found:
            data.statusChange.bootstrapAddresses.pAddresses = space.cast("PSOCKADDR_STORAGE", filled.behind(found))


EVENT_STATUS, EVENT_LEAFSET, EVENT_REGISTRATION = 0, 1, 2


def _signed(hresult: int) -> int:
    return hresult - (1 << 32) if hresult & 0x80000000 else hresult
