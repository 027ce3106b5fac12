"""The language between a program and the host of its user: version, operations, frames (docs/collaboration.md,
"Between a program and its host").

It is private to one installation and no wire format. A frame is its length (4, without these), its kind (1), the number
of the request (4) and a body. Kinds up to 0x7F are operations of the program; the host answers each with REPLY, and
tells on its own accord what has the number 0. Both sides check what they read as if it came from a stranger: the limits
are in the fields.
"""

from __future__ import annotations

from typing import Any, Generic, NamedTuple, TypeVar

from peerapi.collab.events import EVENT
from peerapi.collab.fields import (
    FLAG,
    GUID,
    NOTHING,
    Field,
    List,
    Malformed,
    Number,
    Optional,
    Reader,
    Record,
    Text,
    decode,
    encode,
)
from peerapi.collab.forms import (
    APPLICATION,
    CONTACT,
    ENDPOINT,
    HRESULT,
    INVITATION,
    ITEM,
    LAUNCH_INFO,
    MESSAGE,
    PEER_NAME,
    PERSON,
    PRESENCE,
    REGISTRATION,
    RESPONSE,
    XML,
)
from peerapi.collab.values import MAX_APPLICATIONS, MAX_ENDPOINTS, MAX_OBJECTS, Endpoint, Invitation

T = TypeVar("T")
R = TypeVar("R")
VERSION = 1
MAX_FRAME = 4 << 20
MAX_REASON = 1000
MAX_STATUS = 4000
"Room for the numbers of 256 programs."
MAX_PEOPLE = 1000
MAX_WAITING = 64
"Invitations that wait for the user."
HEAD = 9
REPLY = 0x80
TOLD_EVENT = 0x81
TOLD_RESPONSE = 0x82
TOLD_INVITATION = 0x83
TOLD_ENDED = 0x84


class Greeting(NamedTuple):
    """What a program says first."""

    version: int


class Welcome(NamedTuple):
    """What the host answers: its version, and the scopes that the user is signed in to."""

    version: int
    flags: int


class InviteRequest(NamedTuple):
    id: int
    "Chosen by the program, as its name for the invitation."
    contact: str | None
    "The peer name that has to be proved; empty: Me. None: whoever is there."
    endpoint: Endpoint
    invitation: Invitation


class Responded(NamedTuple):
    """How an invitation of this program has ended."""

    id: int
    hresult: int
    "S_OK: there is a response."
    response: Any


class Waiting(NamedTuple):
    """An invitation that waits for the user to answer it."""

    id: int
    who: str
    "The nickname that the other side gave itself; a contact's is the one known here."
    peer_name: str
    is_contact: bool
    description: str
    "Of the application, as it is registered here."
    invitation: Invitation


class Operation(NamedTuple, Generic[T, R]):
    """What a program can ask: its number, what goes with the question, and with the answer."""

    kind: int
    takes: Field[T]
    gives: Field[R]


_WORD = Number(4)
_ID = Number(8)
_TYPE = Number(4)
WAITING: Field[Any] = Record(Waiting, _ID, MESSAGE, PEER_NAME, FLAG, MESSAGE, INVITATION)
TOKEN = Text(64)
RESPONDED: Field[Any] = Record(Responded, _ID, HRESULT, Optional(RESPONSE))


class Pair(NamedTuple):
    """Two values that go together."""

    first: Any
    second: Any


def _pair(first: Field[Any], second: Field[Any]) -> Field[Any]:
    return Record(Pair, first, second)


GREET = Operation(1, Record(Greeting, Number(2)), Record(Welcome, Number(2), _WORD))
LISTEN = Operation(2, FLAG, _WORD)
SIGN_IN = Operation(3, _WORD, FLAG)
SIGN_OUT = Operation(4, _WORD, NOTHING)
OPTIONS = Operation(5, NOTHING, _WORD)
ADD_CONTACT = Operation(6, XML, CONTACT)
UPDATE_CONTACT = Operation(7, CONTACT, NOTHING)
DELETE_CONTACT = Operation(8, PEER_NAME, NOTHING)
REGISTER = Operation(9, _pair(REGISTRATION, _TYPE), NOTHING)
UNREGISTER = Operation(10, _pair(GUID, _TYPE), NOTHING)
GET_PRESENCE = Operation(11, Optional(ENDPOINT), PRESENCE)
SET_PRESENCE = Operation(12, PRESENCE, NOTHING)
GET_NAME = Operation(13, NOTHING, MESSAGE)
SET_NAME = Operation(14, MESSAGE, NOTHING)
SET_ITEM = Operation(15, ITEM, NOTHING)
DELETE_ITEM = Operation(16, GUID, NOTHING)
ITEMS = Operation(17, _pair(Optional(ENDPOINT), Optional(GUID)), List(ITEM, MAX_OBJECTS))
APPLICATIONS = Operation(18, _pair(ENDPOINT, Optional(GUID)), List(APPLICATION, 2 * MAX_APPLICATIONS))
ENDPOINTS = Operation(19, Optional(PEER_NAME), List(ENDPOINT, MAX_ENDPOINTS))
PEOPLE = Operation(20, NOTHING, List(PERSON, MAX_PEOPLE))
REFRESH = Operation(21, ENDPOINT, NOTHING)
FORGET = Operation(22, ENDPOINT, NOTHING)
SUBSCRIBE = Operation(23, ENDPOINT, FLAG)
UNSUBSCRIBE = Operation(24, ENDPOINT, NOTHING)
CONTACT_DATA = Operation(25, ENDPOINT, XML)
INVITE = Operation(26, Record(InviteRequest, _ID, Optional(PEER_NAME), ENDPOINT, INVITATION), NOTHING)
CANCEL = Operation(27, _ID, NOTHING)
LAUNCHED = Operation(28, TOKEN, LAUNCH_INFO)
ATTEND = Operation(29, FLAG, List(WAITING, MAX_WAITING))
RESPOND = Operation(30, _pair(_ID, FLAG), NOTHING)
STATUS = Operation(31, NOTHING, Text(MAX_STATUS, lines=True))
STOP = Operation(32, NOTHING, NOTHING)


class Failed(NamedTuple):
    """An answer that is none: why."""

    hresult: int
    reason: str


_REASON = Text(MAX_REASON, lines=True)
TOLD: dict[int, Field[Any]] = {
    TOLD_EVENT: EVENT,
    TOLD_RESPONSE: RESPONDED,
    TOLD_INVITATION: WAITING,
    TOLD_ENDED: _ID,
}
"What the host tells: events, how invitations end, invitations that come, and those that wait no longer."


class Frame(NamedTuple):
    kind: int
    request: int
    body: bytes


def frame(kind: int, request: int, body: bytes) -> bytes:
    return (len(body) + HEAD - 4).to_bytes(4, "big") + bytes((kind,)) + request.to_bytes(4, "big") + body


def asked(operation: Operation[T, R], request: int, value: T) -> bytes:
    """The frame of a question."""
    return frame(operation.kind, request, encode(operation.takes, value))


def answered(operation: Operation[T, R], request: int, value: R) -> bytes:
    """The frame of an answer."""
    return frame(REPLY, request, bytes(4) + encode(operation.gives, value))


def refused(request: int, hresult: int, reason: str) -> bytes:
    """The frame of an answer that says why there is none."""
    plain = "".join(one for one in reason if one.isprintable())[: MAX_REASON // 2]
    return frame(REPLY, request, hresult.to_bytes(4, "big") + encode(_REASON, plain))


def told(kind: int, value: Any) -> bytes:
    """The frame of something that nobody has asked for."""
    return frame(kind, 0, encode(TOLD[kind], value))


def read_answer(operation: Operation[T, R], body: bytes) -> R | Failed:
    """The value of a REPLY, or Failed. Raises Malformed."""
    reader = Reader(body)
    hresult = reader.number(4)
    value = operation.gives.read(reader) if hresult < 0x80000000 else Failed(hresult, _REASON.read(reader))
    reader.finish()
    return value


def read_told(kind: int, body: bytes) -> Any:
    """Raises Malformed."""
    if kind not in TOLD:
        raise Malformed(f"0x{kind:02X} is nothing that a host tells")
    return decode(TOLD[kind], body)


class Frames:
    """Cuts a stream into frames."""

    def __init__(self, limit: int = MAX_FRAME) -> None:
        self._held = bytearray()
        self._limit = limit

    def feed(self, data: bytes) -> list[Frame]:
        """The frames that ``data`` completes. Raises Malformed."""
        held = self._held
        held += data
        found = []
        at = 0
        while len(held) - at >= HEAD:
            size = int.from_bytes(held[at : at + 4], "big")
            if not HEAD - 4 <= size <= self._limit:
                raise Malformed(f"a frame of {size} bytes")
            if len(held) - at < 4 + size:
                break
            body = bytes(held[at + HEAD : at + 4 + size])
            found.append(Frame(held[at + 4], int.from_bytes(held[at + 5 : at + 9], "big"), body))
            at += 4 + size
        del held[:at]
        return found
