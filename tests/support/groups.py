"""Members of groups for tests: several identities of one process, spoken for through the C functions only."""

from __future__ import annotations

import contextlib
import ctypes
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from tests.support import native
from tests.support.native import ENUMS, FILETIME, GUID, Library, code, expect, put_text, text_at, wide
from tests.support.peer_values import CHAT, SECOND, Record, now, record_struct
from tests.support.peers import PATIENCE, Queue

PROPERTIES = native.structure("PEER_GROUP_PROPERTIES")
MEMBER = native.structure("PEER_MEMBER")
CREDENTIAL = native.structure("PEER_CREDENTIAL_INFO")
INVITATION = native.structure("PEER_INVITATION_INFO")
EVENT_DATA = native.structure("PEER_GROUP_EVENT_DATA")
EVENT_REGISTRATION = native.structure("PEER_GROUP_EVENT_REGISTRATION")
NAME_PAIR = native.structure("PEER_NAME_PAIR")
ADDRESS = native.PEER_ADDRESS
STATUS, PROPERTY = ENUMS["PEER_GROUP_EVENT_STATUS_CHANGED"], ENUMS["PEER_GROUP_EVENT_PROPERTY_CHANGED"]
RECORD, DATA = ENUMS["PEER_GROUP_EVENT_RECORD_CHANGED"], ENUMS["PEER_GROUP_EVENT_INCOMING_DATA"]
DIRECT_EVENT, NEIGHBOR_EVENT = (
    ENUMS["PEER_GROUP_EVENT_DIRECT_CONNECTION"],
    ENUMS["PEER_GROUP_EVENT_NEIGHBOR_CONNECTION"],
)
MEMBER_CHANGED = ENUMS["PEER_GROUP_EVENT_MEMBER_CHANGED"]
FAILED, NOT_AUTHENTICATED = (
    ENUMS["PEER_GROUP_EVENT_CONNECTION_FAILED"],
    ENUMS["PEER_GROUP_EVENT_AUTHENTICATION_FAILED"],
)
EVERYTHING = (STATUS, PROPERTY, RECORD, DIRECT_EVENT, NEIGHBOR_EVENT, DATA, MEMBER_CHANGED, FAILED, NOT_AUTHENTICATED)
LISTENING, HAS_CONNECTIONS = ENUMS["PEER_GROUP_STATUS_LISTENING"], ENUMS["PEER_GROUP_STATUS_HAS_CONNECTIONS"]
ONLINE = LISTENING | HAS_CONNECTIONS
PRESENT = ENUMS["PEER_MEMBER_PRESENT"]
JOINED, LEFT = ENUMS["PEER_MEMBER_JOINED"], ENUMS["PEER_MEMBER_LEFT"]
ADMIN = uuid.UUID("04387127-aa56-450a-8ce5-4f565c6790f4")
PLAIN = uuid.UUID("f12dc4c7-0857-4ca0-93fc-b1bb19a3d8c2")
INVITING = uuid.UUID("4370fd89-dc18-4cfb-8dbf-9853a8a9f905")
MS_PPSEC = 0x40000000
PASSWORD = "open sesame"


@dataclass(frozen=True)
class Event:
    """A PEER_GROUP_EVENT_DATA; fields that the event type does not have are 0 or None."""

    type: int
    status: int = 0
    change: int = 0
    record: uuid.UUID | None = None
    identity: str | None = None
    connection: int = 0
    reason: int = 0
    data: bytes = b""


def properties(creator: str | None, **fields: Any) -> Any:
    """A PEER_GROUP_PROPERTIES; keyword names are those of the structure. ``password``: joining by it is possible."""
    made = PROPERTIES()
    made.dwSize = PROPERTIES.SIZE
    put_text(made, "pwzCreatorPeerName", creator)
    if "password" in fields:
        made.dwAuthenticationSchemes = 3
        put_text(made, "pwzGroupPassword", fields.pop("password"))
        made.groupPasswordRole = GUID.of(PLAIN)
    for name, value in fields.items():
        if name.startswith("pwz"):
            put_text(made, name, value)
        else:
            setattr(made, name, value)
    return made


class GroupQueue(Queue):
    """One registration for a group's events."""

    def __init__(self, member: Member, *wanted: int) -> None:
        self.library = member.library
        self.event = self.library.CreateEventW(None, 0, 0, None)
        array = (EVENT_REGISTRATION * len(wanted))()
        for slot, want in zip(array, wanted, strict=True):
            slot.eventType = want
        handle = ctypes.c_void_p()
        register = self.library.PeerGroupRegisterEvent
        expect(register(member.handle, self.event, len(wanted), array, ctypes.byref(handle)), "S_OK")
        self.handle = handle.value
        self.seen = []

    def next(self) -> Any:
        """The next queued event, or None when the queue is empty."""
        pointer = ctypes.c_void_p()
        result = self.library.PeerGroupGetEventData(self.handle, ctypes.byref(pointer))
        if result == code("PEER_S_NO_EVENT_DATA"):
            return None
        expect(result, "S_OK")
        assert pointer.value
        data = EVENT_DATA.from_address(pointer.value)
        event = _copied(data.eventType, data)
        self.library.PeerFreeData(pointer)
        self.seen.append(event)
        return event

    def close(self) -> None:
        expect(self.library.PeerGroupUnregisterEvent(self.handle), "S_OK")
        assert self.library.CloseHandle(self.event)


def _copied(kind: int, data: Any) -> Event:
    if kind == STATUS:
        return Event(kind, status=data.dwStatus)
    if kind == RECORD:
        return Event(kind, change=data.recordChangeData.changeType, record=data.recordChangeData.recordId.value())
    if kind in (DIRECT_EVENT, NEIGHBOR_EVENT):
        link = data.connectionChangeData
        return Event(kind, link.status, connection=link.ullConnectionId, reason=link.hrConnectionFailedReason)
    if kind == DATA:
        incoming = data.incomingData
        content = ctypes.string_at(incoming.data.pbData, incoming.data.cbData)
        return Event(kind, connection=incoming.ullConnectionId, data=content)
    if kind == MEMBER_CHANGED:
        change = data.memberChangeData
        assert change.dwSize == type(change).SIZE
        return Event(kind, change=change.changeType, identity=text_at(change.pwzIdentity))
    if kind == FAILED:
        return Event(kind, reason=data.hrConnectionFailedReason)
    return Event(kind)


@dataclass(frozen=True)
class MemberInfo:
    """A PEER_MEMBER that the library handed out, copied."""

    flags: int
    identity: str | None
    ports: tuple[int, ...]
    friendly_name: str | None
    issuer: str | None
    roles: tuple[uuid.UUID, ...]
    key_oid: str
    not_before: int
    not_after: int
    attributes: str | None = None


def _guids(address: int | None, count: int) -> tuple[uuid.UUID, ...]:
    return tuple(one.value() for one in (GUID * count).from_address(address)) if address else ()


def member_info(struct: Any) -> MemberInfo:
    assert struct.dwSize == MEMBER.SIZE
    addresses = (ADDRESS * struct.cAddresses).from_address(struct.pAddresses) if struct.cAddresses else ()
    info = CREDENTIAL.from_address(struct.pCredentialInfo)
    assert info.dwSize == CREDENTIAL.SIZE
    oid = ctypes.c_char_p.from_address(info.pPublicKey).value or b""
    return MemberInfo(
        struct.dwFlags,
        text_at(struct.pwzIdentity),
        tuple(int.from_bytes(bytes(one.sin6.sin6_port), "big") for one in addresses),
        text_at(info.pwzFriendlyName),
        text_at(info.pwzIssuerPeerName),
        _guids(info.pRoles, info.cRoles),
        oid.decode(),
        info.ftValidityStart.value(),
        info.ftValidityEnd.value(),
        text_at(struct.pwzAttributes),
    )


class Member:
    """One identity, and the group it has open."""

    def __init__(self, library: Library, who: str, key: int = 0) -> None:
        self.library = library
        self.identity = self.text("PeerIdentityCreate", None, wide(who.title()), ctypes.c_void_p(key))
        self.handle = 0
        self.group = ""
        self.queues: list[GroupQueue] = []

    # calls

    def text(self, function: str, *args: Any) -> str:
        """The string that a function returns."""
        pointer = ctypes.c_void_p()
        expect(self.call(function, *args, ctypes.byref(pointer)), "S_OK")
        text = text_at(pointer.value)
        self.library.PeerFreeData(pointer)
        assert text is not None
        return text

    def call(self, function: str, *args: Any) -> int:
        """Call a function of the library; its HRESULT."""
        found = getattr(self.library if function in native.FUNCTIONS else self.library.loaded, function)
        found.restype = ctypes.c_uint32
        return int(found(*args))

    def call_handle(self, function: str, *args: Any, codes: tuple[str, ...] = ("S_OK",)) -> int:
        handle = ctypes.c_void_p()
        expect(self.call(function, *args, ctypes.byref(handle)), *codes)
        assert handle.value
        return handle.value

    # life

    def create(self, **fields: Any) -> Member:
        """Create a group and connect it."""
        self.create_only(**fields)
        expect(self.call("PeerGroupConnect", ctypes.c_void_p(self.handle)), "S_OK")
        self.until(lambda: self.status() & LISTENING)
        return self

    def create_only(self, **fields: Any) -> Member:
        self.handle = self.call_handle("PeerGroupCreate", ctypes.byref(properties(self.identity, **fields)))
        self.group = str(self.properties()["pwzGroupPeerName"])
        return self

    def identity_xml(self) -> str:
        return self.text("PeerIdentityGetXML", wide(self.identity))

    def invite(self, other: Member, *roles: uuid.UUID, expires: int | None = None) -> str:
        array = (GUID * len(roles))(*map(GUID.of, roles))
        expiration = None if expires is None else ctypes.byref(FILETIME.of(expires))
        xml = wide(other.identity_xml())
        return self.text("PeerGroupCreateInvitation", ctypes.c_void_p(self.handle), xml, expiration, len(roles), array)

    def invite_briefly(self, other: Member, *roles: uuid.UUID) -> tuple[str, int]:
        """An invitation with the shortest life that making it does not outlast, and when it ends."""
        for seconds in (2, 8):
            expires = now() + seconds * SECOND
            try:
                return self.invite(other, *roles, expires=expires), expires
            except AssertionError:
                if now() < expires:
                    raise
        return self.invite(other, *roles, expires=(last := now() + 60 * SECOND)), last

    def join(self, invitation: str) -> Member:
        self.handle = self.call_handle("PeerGroupJoin", wide(self.identity), wide(invitation), None)
        return self

    def join_by_password(self, invitation: str, password: str = PASSWORD) -> Member:
        args = wide(self.identity), wide(invitation), wide(password), None
        self.handle = self.call_handle("PeerGroupPasswordJoin", *args, codes=("S_OK", "PEER_S_ALREADY_A_MEMBER"))
        return self

    def call_on(self, other: Member) -> None:
        """PeerGroupConnectByAddress to where the other listens."""
        port = other.me().ports[0]
        from tests.support.peer_values import address

        one = address(port)
        expect(self.call("PeerGroupConnectByAddress", ctypes.c_void_p(self.handle), 1, ctypes.byref(one)), "S_OK")

    def connect(self, other: Member) -> Member:
        self.call_on(other)
        self.until(lambda: self.status() == ONLINE)
        return self

    def close(self) -> None:
        for queue in self.queues:
            queue.close()
        self.queues.clear()
        if self.handle:
            expect(self.call("PeerGroupClose", ctypes.c_void_p(self.handle)), "S_OK")
            self.handle = 0

    # questions

    def status(self) -> int:
        status = ctypes.c_uint32()
        expect(self.call("PeerGroupGetStatus", ctypes.c_void_p(self.handle), ctypes.byref(status)), "S_OK")
        return status.value

    def properties(self) -> dict[str, Any]:
        pointer = ctypes.c_void_p()
        expect(self.call("PeerGroupGetProperties", ctypes.c_void_p(self.handle), ctypes.byref(pointer)), "S_OK")
        struct = PROPERTIES.from_address(pointer.value or 0)
        found = {
            name: text_at(getattr(struct, name)) if name.startswith("pwz") else getattr(struct, name)
            for name, _ in PROPERTIES._fields_
        }
        found["groupPasswordRole"] = struct.groupPasswordRole.value()
        self.library.PeerFreeData(pointer)
        return found

    def members(self, flags: int = 0, identity: str | None = None) -> list[MemberInfo]:
        handle = self.call_handle("PeerGroupEnumMembers", ctypes.c_void_p(self.handle), flags, wide(identity))
        with self.items(handle) as pointers:
            return [member_info(MEMBER.from_address(pointer)) for pointer in pointers]

    def me(self) -> MemberInfo:
        return self.members()[0]

    @contextlib.contextmanager
    def items(self, enumeration: int) -> Iterator[list[int]]:
        """Addresses of all items of an enumeration, which is closed afterwards."""
        count, items = ctypes.c_uint32(1000), ctypes.c_void_p()
        expect(self.library.PeerGetNextItem(enumeration, ctypes.byref(count), ctypes.byref(items)), "S_OK")
        yield [one or 0 for one in (ctypes.c_void_p * count.value).from_address(items.value)] if items.value else []
        if items.value:
            self.library.PeerFreeData(items)
        expect(self.library.PeerEndEnumeration(enumeration), "S_OK")

    def neighbors(self) -> set[str | None]:
        """The identities of the neighbors."""
        enumeration = self.call_handle("PeerGroupEnumConnections", ctypes.c_void_p(self.handle), 1)
        with self.items(enumeration) as pointers:
            return {text_at(native.PEER_CONNECTION_INFO.from_address(one).pwzPeerId) for one in pointers}

    def refusals(self) -> str:
        return self.text("PeerxGroupGetRefusals", ctypes.c_void_p(self.handle))

    # records

    def try_add(self, struct: Any) -> int:
        return self.call("PeerGroupAddRecord", ctypes.c_void_p(self.handle), ctypes.byref(struct), ctypes.byref(GUID()))

    def add(self, data: bytes = b"hello", **fields: Any) -> uuid.UUID:
        id, struct = GUID(), record_struct(data, **fields)
        handle = ctypes.c_void_p(self.handle)
        expect(self.call("PeerGroupAddRecord", handle, ctypes.byref(struct), ctypes.byref(id)), "S_OK")
        return id.value()

    def try_get(self, id: uuid.UUID) -> Record | int:
        pointer = ctypes.c_void_p()
        handle = ctypes.c_void_p(self.handle)
        result = self.call("PeerGroupGetRecord", handle, ctypes.byref(GUID.of(id)), ctypes.byref(pointer))
        if result != 0:
            return result
        record = Record.copied(native.PEER_RECORD.from_address(pointer.value or 0))
        self.library.PeerFreeData(pointer)
        return record

    def get(self, id: uuid.UUID) -> Record:
        found = self.try_get(id)
        assert isinstance(found, Record), native.names(found)
        return found

    def has(self, id: uuid.UUID, data: bytes | None = None) -> bool:
        found = self.try_get(id)
        return isinstance(found, Record) and data in (None, found.data)

    def try_update(self, id: uuid.UUID, data: bytes) -> int:
        struct = record_struct(data)
        struct.id, struct.ftExpiration = GUID.of(id), FILETIME.of(0)
        return self.call("PeerGroupUpdateRecord", ctypes.c_void_p(self.handle), ctypes.byref(struct))

    def try_delete(self, id: uuid.UUID) -> int:
        return self.call("PeerGroupDeleteRecord", ctypes.c_void_p(self.handle), ctypes.byref(GUID.of(id)))

    def records(self, type: uuid.UUID | None = CHAT) -> list[Record]:
        guid = None if type is None else ctypes.byref(GUID.of(type))
        handle = self.call_handle("PeerGroupEnumRecords", ctypes.c_void_p(self.handle), guid)
        with self.items(handle) as pointers:
            return [Record.copied(native.PEER_RECORD.from_address(pointer)) for pointer in pointers]

    # events

    def watch(self, *wanted: int) -> GroupQueue:
        self.queues.append(GroupQueue(self, *(wanted or EVERYTHING)))
        return self.queues[-1]

    def until(self, condition: Callable[[], object], what: str = "what was waited for") -> None:
        """Wait until something is so, looking again at every event."""
        queue = GroupQueue(self, *EVERYTHING)
        import time

        end = time.monotonic() + PATIENCE
        try:
            while not condition():
                assert time.monotonic() < end, f"{what} did not happen; seen: {queue.seen}; {self.refusals()}"
                queue.signaled(0.05)
                queue.drain()
        finally:
            queue.close()


class Club:
    """The members of a test, who leave at its end."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self.members: list[Member] = []

    def member(self, who: str, key: int = 0) -> Member:
        self.members.append(Member(self.library, who, key))
        return self.members[-1]

    def close(self) -> None:
        for member in self.members:
            member.close()


@contextlib.contextmanager
def club(path: Any) -> Iterator[Club]:
    """Started group functions, with a home and a part of the loopback cloud of their own."""
    library = Library(path)
    version = native.PEER_VERSION_DATA()
    expect(library.PeerGroupStartup(0x0101, ctypes.byref(version)), "S_OK")
    made = Club(library)
    try:
        yield made
        made.close()
    finally:
        expect(library.PeerGroupShutdown(), "S_OK")
