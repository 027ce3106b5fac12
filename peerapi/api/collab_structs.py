"""The structs of the collaboration section of p2p.h, described once. Values are those of ``collab``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from peerapi.abi.fields import CField, Maker, Text
from peerapi.abi.layout import (
    BOOL,
    GUID,
    HRESULT,
    OPTIONAL_GUID_POINTER,
    OPTIONAL_WSTR,
    UINT32,
    Blob,
    Inline,
    Pointer,
    Struct,
    TaggedUnion,
)
from peerapi.api.structs import ADDRESS
from peerapi.collab import events, values
from peerapi.collab.events import CollabEventType
from peerapi.collab.forms import MAX_CREDENTIALS


class PlainText(Text):
    """PWSTR whose NULL means an empty text; it is never NULL on the way out."""

    def __init__(self) -> None:
        super().__init__(optional=False)

    def read(self, maker: Maker, struct_fields: Mapping[str, CField], field: CField, base: int) -> str:
        reading = super().read(maker, struct_fields, field, base)
        return f"({reading} if {maker.slots[-1].name} else '')"


class CollabEventWanted(NamedTuple):
    type: int
    instance: bytes | None


_TEXT = PlainText()
_DATA = Blob(values.MAX_DATA)

CONTACT = Struct(
    "PEER_CONTACT",
    values.Contact,
    ("pwzPeerName", "peer_name", _TEXT),
    ("pwzNickName", "nickname", _TEXT),
    ("pwzDisplayName", "display_name", _TEXT),
    ("pwzEmailAddress", "email", _TEXT),
    ("fWatch", "watch", BOOL),
    ("WatcherPermissions", "permission", UINT32),
    ("credentials", "credentials", Blob(MAX_CREDENTIALS)),
)
ENDPOINT = Struct(
    "PEER_ENDPOINT",
    values.Endpoint,
    ("address", "address", Inline(ADDRESS)),
    ("pwzEndpointName", "name", _TEXT),
)
PERSON = Struct(
    "PEER_PEOPLE_NEAR_ME",
    values.Person,
    ("pwzNickName", "nickname", _TEXT),
    ("endpoint", "endpoint", Inline(ENDPOINT)),
    ("id", "id", GUID),
)
PRESENCE = Struct(
    "PEER_PRESENCE_INFO",
    values.Presence,
    ("status", "status", UINT32),
    ("pwzDescriptiveText", "text", OPTIONAL_WSTR),
)
APPLICATION = Struct(
    "PEER_APPLICATION",
    values.Application,
    ("id", "id", GUID),
    ("data", "data", _DATA),
    ("pwzDescription", "description", _TEXT),
)
REGISTRATION = Struct(
    "PEER_APPLICATION_REGISTRATION_INFO",
    values.Registration,
    ("application", "application", Inline(APPLICATION)),
    ("pwzApplicationToLaunch", "path", _TEXT),
    ("pwzApplicationArguments", "arguments", _TEXT),
    ("dwPublicationScope", "scope", UINT32),
)
ITEM = Struct(
    "PEER_OBJECT",
    values.Item,
    ("id", "id", GUID),
    ("data", "data", _DATA),
    ("dwPublicationScope", "scope", UINT32),
)
INVITATION = Struct(
    "PEER_INVITATION",
    values.Invitation,
    ("applicationId", "application_id", GUID),
    ("applicationData", "data", _DATA),
    ("pwzMessage", "message", _TEXT),
)
RESPONSE = Struct(
    "PEER_INVITATION_RESPONSE",
    values.Response,
    ("action", "action", UINT32),
    ("hrExtendedInfo", "hresult", HRESULT),
)
"pwzMessage is reserved, and NULL."
LAUNCH_INFO = Struct(
    "PEER_APP_LAUNCH_INFO",
    values.LaunchInfo,
    ("pContact", "contact", Pointer(CONTACT, optional=True)),
    ("pEndpoint", "endpoint", Pointer(ENDPOINT)),
    ("pInvitation", "invitation", Pointer(INVITATION)),
)
EVENT_WANTED = Struct(
    "PEER_COLLAB_EVENT_REGISTRATION",
    CollabEventWanted,
    ("eventType", "type", UINT32),
    ("pInstance", "instance", OPTIONAL_GUID_POINTER),
)

_WHO = ("pContact", "contact", Pointer(CONTACT, optional=True))
_WHERE = ("pEndpoint", "endpoint", Pointer(ENDPOINT, optional=True))
_CHANGE = ("changeType", "change", UINT32)
_PRESENCE_CHANGED = Struct(
    "PEER_EVENT_PRESENCE_CHANGED_DATA",
    events.PresenceChanged,
    _WHO,
    _WHERE,
    _CHANGE,
    ("pPresenceInfo", "presence", Pointer(PRESENCE, optional=True)),
)
_APPLICATION_CHANGED = Struct(
    "PEER_EVENT_APPLICATION_CHANGED_DATA",
    events.ApplicationChanged,
    _WHO,
    _WHERE,
    _CHANGE,
    ("pApplication", "application", Pointer(APPLICATION)),
)
_ITEM_CHANGED = Struct(
    "PEER_EVENT_OBJECT_CHANGED_DATA",
    events.ItemChanged,
    _WHO,
    _WHERE,
    _CHANGE,
    ("pObject", "item", Pointer(ITEM)),
)
_ENDPOINT_CHANGED = Struct("PEER_EVENT_ENDPOINT_CHANGED_DATA", events.EndpointChanged, _WHO, _WHERE)
EVENT_DATA = TaggedUnion(
    "PEER_COLLAB_EVENT_DATA",
    "eventType",
    {
        CollabEventType.WATCHLIST_CHANGED: (
            "watchListChangedData",
            Struct(
                "PEER_EVENT_WATCHLIST_CHANGED_DATA",
                events.WatchlistChanged,
                ("pContact", "contact", Pointer(CONTACT)),
                _CHANGE,
            ),
        ),
        CollabEventType.ENDPOINT_CHANGED: ("endpointChangedData", _ENDPOINT_CHANGED),
        CollabEventType.MY_ENDPOINT_CHANGED: ("endpointChangedData", _ENDPOINT_CHANGED),
        CollabEventType.ENDPOINT_PRESENCE_CHANGED: ("presenceChangedData", _PRESENCE_CHANGED),
        CollabEventType.MY_PRESENCE_CHANGED: ("presenceChangedData", _PRESENCE_CHANGED),
        CollabEventType.ENDPOINT_APPLICATION_CHANGED: ("applicationChangedData", _APPLICATION_CHANGED),
        CollabEventType.MY_APPLICATION_CHANGED: ("applicationChangedData", _APPLICATION_CHANGED),
        CollabEventType.ENDPOINT_OBJECT_CHANGED: ("objectChangedData", _ITEM_CHANGED),
        CollabEventType.MY_OBJECT_CHANGED: ("objectChangedData", _ITEM_CHANGED),
        CollabEventType.PEOPLE_NEAR_ME_CHANGED: (
            "peopleNearMeChangedData",
            Struct(
                "PEER_EVENT_PEOPLE_NEAR_ME_CHANGED_DATA",
                events.PeopleChanged,
                _CHANGE,
                ("pPeopleNearMe", "person", Pointer(PERSON, optional=True)),
            ),
        ),
        CollabEventType.REQUEST_STATUS_CHANGED: (
            "requestStatusChangedData",
            Struct(
                "PEER_EVENT_REQUEST_STATUS_CHANGED_DATA",
                events.RequestStatusChanged,
                ("pEndpoint", "endpoint", Pointer(ENDPOINT)),
                ("hrChange", "hresult", HRESULT),
            ),
        ),
    },
)
