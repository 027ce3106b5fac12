"""How the values of a shared group are written (``collab.fields`` has the rules, and the smaller forms)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any, Generic, TypeVar

from peerapi.address import Address
from peerapi.collab.fields import FLAG, GUID, Field, Fixed, Malformed, Number, Optional, Reader, Record, encode
from peerapi.errors import InvalidArgument, PeerError, RecordTooBig
from peerapi.graphing.codec.wire import MalformedMessage
from peerapi.graphing.draft import Draft
from peerapi.graphing.events import (
    ConnectionChanged,
    ConnectionStatus,
    IncomingData,
    PropertyChanged,
    RecordChange,
    RecordChanged,
    StatusChanged,
)
from peerapi.graphing.machine.node_list import NodeEntry
from peerapi.grouping.events import AuthenticationFailed, GroupConnectionFailed, MemberChange, MemberEvent
from peerapi.grouping.properties import GroupProperties
from peerapi.path_kind import PathKind
from peerapi.sharing import values
from peerapi.store.schema import Row

T = TypeVar("T")
E = TypeVar("E", bound=Enum)
MAX_RECORD = 64 << 20
"Bytes of a record, as of the text of its attributes: more than a graph allows."
MAX_FRAME = 256 << 20
MAX_NAME = 4096
"Bytes of a peer name, of a path, of a short text."
MAX_CHAIN = 1 << 20
MAX_LIST = 1 << 20
"Elements of a list."
MAX_IDS = MAX_FRAME - 1024


class LongText:
    """Any text, at most ``limit`` bytes of UTF-8."""

    def __init__(self, limit: int) -> None:
        self._limit = limit

    def write(self, value: str, out: bytearray) -> None:
        encoded = value.encode("utf-8")
        if len(encoded) > self._limit:
            raise InvalidArgument(f"A text of {len(encoded)} bytes, where at most {self._limit} may be.")
        out += len(encoded).to_bytes(4, "big")
        out += encoded

    def read(self, reader: Reader) -> str:
        size = reader.number(4)
        if size > self._limit:
            raise Malformed("a text that is too long")
        try:
            return reader.take(size).decode("utf-8")
        except UnicodeDecodeError as error:
            raise Malformed("a text that is not UTF-8") from error


class Blob:
    """Bytes, at most ``limit`` of them; whoever has more to say gets ``refusal``."""

    def __init__(self, limit: int, refusal: type[PeerError] = InvalidArgument) -> None:
        self._limit = limit
        self._refusal = refusal

    def write(self, value: bytes, out: bytearray) -> None:
        if len(value) > self._limit:
            raise self._refusal(f"{len(value)} bytes, where at most {self._limit} may be.")
        out += len(value).to_bytes(4, "big")
        out += value

    def read(self, reader: Reader) -> bytes:
        size = reader.number(4)
        if size > self._limit:
            raise Malformed(f"{size} bytes where at most {self._limit} may be")
        return reader.take(size)


class Time:
    """A FILETIME as an application has it, which may be none: whatever is beyond 64 bits is at their end."""

    def write(self, value: int, out: bytearray) -> None:
        out += min(max(value, 0), (1 << 64) - 1).to_bytes(8, "big")

    def read(self, reader: Reader) -> int:
        return reader.number(8)


class Signed:
    """A number of eight bytes, also below zero."""

    def write(self, value: int, out: bytearray) -> None:
        out += value.to_bytes(8, "big", signed=True)

    def read(self, reader: Reader) -> int:
        return int.from_bytes(reader.take(8), "big", signed=True)


class Many(Generic[T]):
    """As ``List``, for more elements than that has room for."""

    def __init__(self, field: Field[T], limit: int = MAX_LIST) -> None:
        self._field = field
        self._limit = limit

    def write(self, value: Sequence[T], out: bytearray) -> None:
        if len(value) > self._limit:
            raise InvalidArgument(f"{len(value)} elements, where at most {self._limit} may be.")
        out += len(value).to_bytes(4, "big")
        for one in value:
            self._field.write(one, out)

    def read(self, reader: Reader) -> tuple[T, ...]:
        count = reader.number(4)
        if count > self._limit:
            raise Malformed(f"{count} elements where at most {self._limit} may be")
        return tuple([self._field.read(reader) for _ in range(count)])


class Properties:
    """Those of a group, as the group's own record has them (MS-PPSEC 2.2.3.1)."""

    def write(self, value: GroupProperties, out: bytearray) -> None:
        _BYTES.write(value.encode(), out)

    def read(self, reader: Reader) -> GroupProperties:
        try:
            return GroupProperties.decode(_BYTES.read(reader))
        except MalformedMessage as error:
            raise Malformed(str(error)) from error


class OneOf:
    """A value of one of several classes: a number for its class, then its form."""

    def __init__(self, *kinds: tuple[type[Any], Field[Any]]) -> None:
        self._forms = [form for _, form in kinds]
        self._numbers = {kind: number for number, (kind, _) in enumerate(kinds)}

    def write(self, value: Any, out: bytearray) -> None:
        number = self._numbers[type(value)]
        out.append(number)
        self._forms[number].write(value, out)

    def read(self, reader: Reader) -> Any:
        number = reader.number(1)
        if number >= len(self._forms):
            raise Malformed(f"{number} is the number of no class")
        return self._forms[number].read(reader)


class Attributes(Generic[T]):
    """An object of which some attributes are written, one after the other."""

    def __init__(self, make: Callable[..., T], *parts: tuple[str, Field[Any]]) -> None:
        self._make = make
        self._parts = parts

    def write(self, value: T, out: bytearray) -> None:
        for name, field in self._parts:
            field.write(getattr(value, name), out)

    def read(self, reader: Reader) -> T:
        return self._make(**{name: field.read(reader) for name, field in self._parts})


class Member(Generic[T]):
    """A member of an enumeration, as a number of four bytes."""

    def __init__(self, kind: Callable[[int], T]) -> None:
        self._kind = kind

    def write(self, value: T, out: bytearray) -> None:
        out += int(value).to_bytes(4, "big")  # type: ignore[call-overload]

    def read(self, reader: Reader) -> T:
        try:
            return self._kind(reader.number(4))
        except ValueError as error:
            raise Malformed(str(error)) from error


class Chosen(Generic[E]):
    """A member of an enumeration, by its place in it."""

    def __init__(self, kind: type[E]) -> None:
        self._members = list(kind)

    def write(self, value: E, out: bytearray) -> None:
        out.append(self._members.index(value))

    def read(self, reader: Reader) -> E:
        number = reader.number(1)
        if number >= len(self._members):
            raise Malformed(f"{number} is no place in the enumeration")
        return self._members[number]


_BYTES = Blob(MAX_CHAIN)
SHORT = Number(2)
WORD = Number(4)
LONG = Number(8)
SIGNED = Signed()
TIME = Time()
NAME = LongText(MAX_NAME)
TEXT = LongText(MAX_RECORD)
CHAIN = Blob(MAX_CHAIN)
BODY = Blob(MAX_RECORD, RecordTooBig)
IDS = Blob(MAX_IDS)
SEED = Fixed(16)
ADDRESS: Field[Address] = Record(Address, Fixed(16), SHORT, WORD, WORD)
ADDRESSES: Field[tuple[Address, ...]] = Many(ADDRESS, 1000)
PROPERTIES = Properties()
ROW: Field[Row] = Record(Row, GUID, GUID, WORD, WORD, SIGNED, SIGNED, BODY)
ROWS: Field[values.Rows] = Record(values.Rows, WORD, Many(ROW))
DRAFT: Field[Draft] = Record(
    Draft, GUID, GUID, WORD, Optional(TEXT), Optional(TEXT), Optional(TEXT), TIME, Optional(BODY)
)
ADDITION: Field[values.Addition] = Record(values.Addition, DRAFT, SEED, FLAG)
ADDITIONS: Field[values.Additions] = Record(values.Additions, Many(DRAFT), Many(SEED), FLAG)
DELETION: Field[values.Deletion] = Record(values.Deletion, GUID, FLAG)
STANDING: Field[values.Standing] = Record(values.Standing, FLAG, LONG, LONG, NAME, Optional(ADDRESS))
NODE: Field[NodeEntry] = Attributes(
    NodeEntry,
    ("record_id", CHAIN),
    ("node_id", LONG),
    ("peer_id", NAME),
    ("addresses", ADDRESSES),
    ("attributes", Optional(TEXT)),
    ("signature", LONG),
)
STATE: Field[values.State] = Record(
    values.State,
    WORD,
    LONG,
    SIGNED,
    NAME,
    NAME,
    CHAIN,
    FLAG,
    Optional(TEXT),
    ADDRESSES,
    Many(STANDING),
    FLAG,
    FLAG,
    ADDRESSES,
    ADDRESSES,
)
MEMBER: Field[values.SharedMember] = Record(values.SharedMember, NAME, CHAIN, Optional(NODE), FLAG)
ROLES: Field[tuple[bytes, ...]] = Many(GUID, 1000)
INVITEE: Field[values.Invitee] = Record(values.Invitee, CHAIN, ROLES, Optional(TIME))
CREDENTIAL: Field[values.Credential] = Record(values.Credential, Optional(NAME), Optional(CHAIN), TIME, TIME, ROLES)
ISSUE: Field[values.Issue] = Record(values.Issue, NAME, Optional(CREDENTIAL), FLAG)
REVOCATION: Field[values.Revocation] = Record(values.Revocation, NAME, NAME)
GROUP_RECORD: Field[values.GroupRecord] = Record(values.GroupRecord, BODY, Optional(CHAIN))
PATH: Field[values.Path] = Record(values.Path, LONG, Chosen(PathKind))
SEARCHING: Field[values.Searching] = Record(values.Searching, TEXT, WORD, WORD, WORD, FLAG)
RESULT: Field[values.Result] = Record(values.Result, FLAG, LONG, NAME, FLAG, Many(ROW))
NEWS: Field[values.News] = Record(values.News, Many(RESULT), FLAG)
QUERY: Field[values.Query] = Record(values.Query, Optional(GUID), Optional(NAME))
SENT: Field[values.Sent] = Record(values.Sent, LONG, GUID, BODY)
CALLED: Field[values.Called] = Record(values.Called, NAME, ADDRESS)
GREETING: Field[values.Greeting] = Record(values.Greeting, WORD, NAME, NAME, Optional(NAME))
WANTED: Field[values.Wanted] = Record(values.Wanted, WORD, Optional(Many(GUID)))
REGISTERING: Field[values.Registering] = Record(values.Registering, WORD, Many(WANTED, 1000), Optional(LONG))
EVENT = OneOf(
    (RecordChanged, Record(RecordChanged, Member(RecordChange), GUID, GUID)),
    (StatusChanged, Attributes(StatusChanged, ("status", WORD))),
    (PropertyChanged, Attributes(PropertyChanged)),
    (
        ConnectionChanged,
        Attributes(
            ConnectionChanged,
            ("direct", FLAG),
            ("status", Member(ConnectionStatus)),
            ("connection_id", LONG),
            ("node_id", LONG),
            ("next_connection_id", LONG),
            ("reason", WORD),
        ),
    ),
    (IncomingData, Attributes(IncomingData, ("connection_id", LONG), ("data_type", GUID), ("data", BODY))),
    (MemberEvent, Attributes(MemberEvent, ("change", Member(MemberChange)), ("name", NAME))),
    (GroupConnectionFailed, Attributes(GroupConnectionFailed, ("reason", WORD))),
    (AuthenticationFailed, Attributes(AuthenticationFailed)),
)
TOLD: Field[values.Told] = Record(values.Told, WORD, LONG, Many(EVENT))


def size_of(event: Any) -> int:
    """The bytes of an event."""
    return 1 + 4 + 32 if type(event) is RecordChanged else len(encode(EVENT, event))
