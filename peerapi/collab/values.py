"""What the collaboration section of p2p.h speaks of, as values, and the limits of each.

GUIDs are 16 bytes in network order, texts have UTF-16 units counted, HRESULTs are unsigned. ``check_*`` raise
InvalidArgument for what a program may not say; what comes from other people is judged by ``fields`` and ``forms``.
"""

from __future__ import annotations

from enum import IntEnum, IntFlag
from typing import NamedTuple

from peerapi.address import Address
from peerapi.errors import InvalidArgument
from peerapi.identity.names import is_text

MAX_TEXT = 255
"UTF-16 units of a name, a description or a message, without the terminator."
MAX_PATH = 4096
"UTF-16 units of a program's path, and of its arguments."
MAX_DATA = 16384
"Bytes of an object, of the data of an application, and of those of an invitation."
MAX_OBJECTS = 128
MAX_APPLICATIONS = 64
"Of one registration type."
MAX_ENDPOINTS = 50
"Of one contact."
USER_PICTURE = bytes.fromhex("dd15f41ffc4e4922b0354c06a754d01d")
"PEER_COLLAB_OBJECTID_USER_PICTURE"


class Signin(IntFlag):
    """PEER_SIGNIN_FLAGS"""

    NONE = 0
    NEAR_ME = 1
    INTERNET = 2
    ALL = 3


class Scope(IntFlag):
    """PEER_PUBLICATION_SCOPE"""

    NONE = 0
    NEAR_ME = 1
    INTERNET = 2
    ALL = 3


class Permission(IntEnum):
    """PEER_WATCH_PERMISSION"""

    BLOCKED = 0
    ALLOWED = 1


class Status(IntEnum):
    """PEER_PRESENCE_STATUS"""

    OFFLINE = 0
    OUT_TO_LUNCH = 1
    AWAY = 2
    BE_RIGHT_BACK = 3
    IDLE = 4
    BUSY = 5
    ON_THE_PHONE = 6
    ONLINE = 7


class Registered(IntEnum):
    """PEER_APPLICATION_REGISTRATION_TYPE"""

    CURRENT_USER = 0
    ALL_USERS = 1


class Answer(IntEnum):
    """PEER_INVITATION_RESPONSE_TYPE"""

    DECLINED = 0
    ACCEPTED = 1
    EXPIRED = 2
    ERROR = 3


class Contact(NamedTuple):
    """A person as this user knows them, or this user (Me)."""

    peer_name: str
    nickname: str
    display_name: str
    email: str
    watch: bool
    permission: int
    credentials: bytes
    "PKCS #7 with the person's identity certificate"


class Endpoint(NamedTuple):
    """One place where a person is signed in."""

    address: Address
    name: str


class Person(NamedTuple):
    """Somebody who is signed in near by."""

    nickname: str
    endpoint: Endpoint
    id: bytes
    "GUID of this sign-in"


class Presence(NamedTuple):
    status: int
    text: str | None


class Application(NamedTuple):
    """What can be invited to, as others see it."""

    id: bytes
    data: bytes
    description: str


class Registration(NamedTuple):
    """An application with how it is started. Path and arguments never leave the machine."""

    application: Application
    path: str
    arguments: str
    scope: int


class Item(NamedTuple):
    """PEER_OBJECT: a small piece of data that is published."""

    id: bytes
    data: bytes
    scope: int


class Invitation(NamedTuple):
    application_id: bytes
    data: bytes
    message: str


class Response(NamedTuple):
    """The answer to an invitation."""

    action: int
    hresult: int
    "Why it failed, when the action is ERROR or EXPIRED; else S_OK."


class LaunchInfo(NamedTuple):
    """Who invited, for the program that was started by it."""

    contact: Contact | None
    endpoint: Endpoint
    invitation: Invitation


ONLINE = Presence(Status.ONLINE, None)
"After sign-in, until the program says something else."


# ---- what a program may say ----


def is_plain(text: str) -> bool:
    """Whether a text has characters that can travel and be shown: none that XML 1.0 has no place for."""
    return not any((one < " " and one not in "\t\n\r") or one in "\x7f\ufffe\uffff" for one in text)


def check_text(text: str, what: str, most: int = MAX_TEXT) -> None:
    """Raises InvalidArgument."""
    if not is_text(text, most):
        raise InvalidArgument(f"{what} is longer than {most} characters or is no Unicode text.")
    if not is_plain(text):
        raise InvalidArgument(f"{what} contains control characters.")


def check_data(data: bytes, what: str) -> None:
    """Raises InvalidArgument."""
    if len(data) > MAX_DATA:
        raise InvalidArgument(f"{what} has more than {MAX_DATA} bytes.")


def check_scope(scope: int) -> None:
    """Raises InvalidArgument."""
    if scope & ~int(Scope.ALL):
        raise InvalidArgument("dwPublicationScope has unknown flags.")


def check_flags(flags: int) -> Signin:
    """What to sign in to, or out of. Raises InvalidArgument."""
    if not flags or flags & ~int(Signin.ALL):
        raise InvalidArgument("dwSigninOptions: PEER_SIGNIN_NEAR_ME, PEER_SIGNIN_INTERNET or both.")
    return Signin(flags)


def check_presence(presence: Presence) -> None:
    """Raises InvalidArgument."""
    if presence.status not in range(Status.OUT_TO_LUNCH, Status.ONLINE + 1):
        raise InvalidArgument("Who is signed in is not offline, and the header has no other states.")
    check_text(presence.text or "", "pwzDescriptiveText")


def check_item(item: Item) -> None:
    """Raises InvalidArgument."""
    if not item.data:
        raise InvalidArgument("An object without data.")
    check_data(item.data, "The object")
    check_scope(item.scope)
    if not item.scope:
        raise InvalidArgument("dwPublicationScope: an object that nobody sees cannot be published.")


def check_registration(registration: Registration) -> None:
    """Raises InvalidArgument."""
    check_data(registration.application.data, "The application's data")
    check_text(registration.application.description, "pwzDescription")
    check_scope(registration.scope)
    path = registration.path
    if not path:
        raise InvalidArgument("pwzApplicationToLaunch is missing.")
    check_text(path, "pwzApplicationToLaunch", MAX_PATH)
    check_text(registration.arguments, "pwzApplicationArguments", MAX_PATH)
    if path[:2] in ("\\\\", "//", "\\/", "/\\"):
        raise InvalidArgument("pwzApplicationToLaunch is a path of the network; only programs of this machine start.")


def check_invitation(invitation: Invitation) -> None:
    """Raises InvalidArgument."""
    check_data(invitation.data, "The invitation's data")
    check_text(invitation.message, "pwzMessage")
