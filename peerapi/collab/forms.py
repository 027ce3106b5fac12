"""The bytes of each of the values (``values``), put together from ``fields``."""

from __future__ import annotations

from typing import Any

from peerapi.collab.fields import FLAG, GUID, Data, Document, Field, Number, Optional, Record, Text, Where
from peerapi.collab.values import (
    MAX_PATH,
    Answer,
    Application,
    Contact,
    Endpoint,
    Invitation,
    Item,
    LaunchInfo,
    Permission,
    Person,
    Presence,
    Registration,
    Response,
    Scope,
    Status,
)
from peerapi.identity.names import MAX_PEER_NAME

MAX_CREDENTIALS = 20000
"Bytes of the PKCS #7 in a contact; that of an RSA key of 8192 bits fits."
MAX_CONTACT_XML = 0x10000

HRESULT = Number(4)
NAME = Text()
"One line that people read."
MESSAGE = Text(lines=True)
PEER_NAME = Text(MAX_PEER_NAME)
PATH = Text(MAX_PATH, lines=True)
XML = Data(MAX_CONTACT_XML)
CARD = Document(MAX_CONTACT_XML)
SCOPE = Number(4, list(range(Scope.ALL + 1)))
CONTACT = Record(
    Contact, PEER_NAME, MESSAGE, MESSAGE, MESSAGE, FLAG, Number(1, list(Permission)), Data(MAX_CREDENTIALS)
)
ENDPOINT = Record(Endpoint, Where(), MESSAGE)
PERSON = Record(Person, MESSAGE, ENDPOINT, GUID)
PRESENCE = Record(Presence, Number(1, list(Status)), Optional(MESSAGE))
APPLICATION = Record(Application, GUID, Data(), MESSAGE)
REGISTRATION = Record(Registration, APPLICATION, PATH, PATH, SCOPE)
ITEM = Record(Item, GUID, Data(), SCOPE)
INVITATION = Record(Invitation, GUID, Data(), MESSAGE)
RESPONSE = Record(Response, Number(1, list(Answer)), HRESULT)
LAUNCH_INFO: Field[Any] = Record(LaunchInfo, Optional(CONTACT), ENDPOINT, INVITATION)
