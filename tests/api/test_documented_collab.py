"""Every return code that a page lists for a PeerCollab function: provoked here, or listed with the reason why not."""

from __future__ import annotations

import ctypes
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from peerapi import api
from peerapi.abi import exports
from tests.api.documented import Table, short
from tests.support import native
from tests.support.collab import Person, people, stop_host
from tests.support.collab_structs import (
    MY_OBJECT,
    Fields,
    made,
)
from tests.support.native import FUNCTIONS, GUID, Library, wide
from tests.support.ports import free_range

for _module in api.MODULES:
    __import__(f"peerapi.api.{_module}")
APPLICATION, OTHER = uuid.UUID(int=11), uuid.UUID(int=12)
FAMILY = [name for name, row in FUNCTIONS.items() if row["family"] == "collab"]


class Setting:
    """A signed-in person with a contact, a registration for events, an object, and an application."""

    def __init__(self, person: Person, document: str) -> None:
        self.person = person
        self.document = document
        self.made: list[Any] = []

    def keep(self, value: Any) -> Any:
        self.made.append(value)
        return value

    def struct(self, name: str, fields: Fields) -> Any:
        return ctypes.byref(self.keep(made(name, fields)))

    def prepare(self, function: str) -> None:
        """Have what a good call of the function needs, and nothing that an earlier one has left."""
        self.person.sign_out()
        for contact in self.person.contacts():
            self.person.delete(contact["pwzPeerName"])
        for one in self.person.registered():
            self.person.unregister(one["application"]["id"])
        self.person.sign_in()
        self.person.set_object(APPLICATION, b"object")
        if function != "PeerCollabAddContact":
            self.contact = self.person.add(self.document)
        if function != "PeerCollabRegisterApplication":
            self.person.register(APPLICATION)
        self.queue = self.person.listen(MY_OBJECT)
        self.person.set_object(OTHER, b"an event")

    def of(self, function: str) -> list[Any]:
        self.prepare(function)
        return [self.one(function, param["name"]) for param in FUNCTIONS[function]["params"]]

    def one(self, function: str, name: str) -> Any:
        registration = {
            "application": {"id": APPLICATION, "data": b"data", "pwzDescription": "A program"},
            "pwzApplicationToLaunch": "/bin/true",
            "dwPublicationScope": 3,
        }
        good: dict[str, Callable[[], Any]] = {
            "wVersionRequested": lambda: 1,
            "hwndParent": lambda: None,
            "dwSigninOptions": lambda: 3,
            "pwzContactData": lambda: wide(self.document),
            "pwzPeerName": lambda: wide(self.contact["pwzPeerName"]),
            "pContact": lambda: self.struct("PEER_CONTACT", self.contact),
            "pcPresenceInfo": lambda: self.struct("PEER_PRESENCE_INFO", {"status": 5}),
            "pwzEndpointName": lambda: wide(uuid.uuid4().hex),
            "pcObject": lambda: self.struct("PEER_OBJECT", {"id": OTHER, "data": b"x", "dwPublicationScope": 3}),
            "pObjectId": lambda: ctypes.byref(self.keep(GUID.of(APPLICATION))),
            "pApplicationId": lambda: ctypes.byref(self.keep(GUID.of(APPLICATION))),
            "pcApplication": lambda: self.struct("PEER_APPLICATION_REGISTRATION_INFO", registration),
            "registrationType": lambda: 0,
            "pcEndpoint": lambda: self.endpoint(function),
            "pcContact": lambda: None,
            "pcInvitation": lambda: self.struct("PEER_INVITATION", {"applicationId": OTHER}),
            "hInvitation": lambda: self.person.queues[self.person.invite("", NOBODY, OTHER)][0],
            "hEvent": lambda: self.person.queues[self.queue][1],
            "cEventRegistration": lambda: 1,
            "pEventRegistrations": lambda: self.struct("PEER_COLLAB_EVENT_REGISTRATION", {"eventType": MY_OBJECT}),
            "hPeerEvent": lambda: self.person.queues[self.queue][0],
        }
        if name in good:
            return good[name]()
        return ctypes.byref(self.keep((ctypes.c_uint64 * 8)()))

    def endpoint(self, function: str) -> Any:
        """One's own, where that is allowed; else that of this user as others would call it."""
        params = {one["name"]: one for one in FUNCTIONS[function]["params"]}
        if params["pcEndpoint"]["optional"]:
            return None
        endpoint = self.person.endpoints()[0]
        if function == "PeerCollabUnsubscribeEndpointData":
            self.person.subscribe(endpoint)
        return self.struct("PEER_ENDPOINT", endpoint)

    def call(self, function: str, arguments: list[Any]) -> int:
        return self.person.code_of(function, *arguments)


TABLE: Table[Setting] = Table(
    FAMILY,
    {
        ("PeerCollabExportContact", "PEER_E_NOT_SIGNED_IN"): "exporting needs no sign-in; its text on the page is that"
        " of another code",
        ("PeerCollabSignin", "PEER_S_NO_CONNECTIVITY"): "loopback, where everybody has an address, is always there;"
        " tests/test_people_on_links.py unplugs a link that is to be used",
        (
            "PeerCollabInviteContact",
            "PEER_E_TIMEOUT",
        ): "five minutes; tests/host/test_inviting.py has a clock of its own",
        ("PeerCollabInviteEndpoint", "PEER_E_TIMEOUT"): "as for PeerCollabInviteContact",
        ("PeerCollabGetInvitationResponse", "PEER_E_INVITE_CANCELED"): "no header defines it; it is"
        " PEER_E_INVITE_CANCELLED, which tests/api/test_collab_people.py provokes",
        (
            "PeerCollabCancelInvitation",
            "E_INVALIDARG",
        ): "the handle is its only parameter, and for a bad handle there is E_HANDLE",
        ("PeerCollabGetAppLaunchInfo", "S_OK"): "needs a program that an invitation has started;"
        " tests/api/test_collab_people.py has one",
    },
)


def succeeds(function: str) -> Callable[[Setting], int]:
    def call(setting: Setting) -> int:
        values = setting.of(function)
        if function == "PeerCollabShutdown":
            setting.person.start()
        result = setting.call(function, values)
        if function == "PeerCollabStartup":
            setting.person.shutdown()
        return result

    return call


def null_pointer(function: str) -> Callable[[Setting], int]:
    """NULL, or an impossible number, for the last parameter that has to be good."""

    def call(setting: Setting) -> int:
        values = setting.of(function)
        required = sorted(exports.required(function))
        if required:
            values[required[-1]] = None
        else:
            values[-1] = 0x7F7F7F7F
        return setting.call(function, values)

    return call


def after_shutdown(function: str) -> Callable[[Setting], int]:
    def call(setting: Setting) -> int:
        values = setting.of(function)
        setting.person.shutdown()
        try:
            return setting.call(function, values)
        finally:
            setting.person.start()

    return call


def signed_out(function: str) -> Callable[[Setting], int]:
    def call(setting: Setting) -> int:
        values = setting.of(function)
        setting.person.sign_out()
        return setting.call(function, values)

    return call


@TABLE.provokes("PeerCollabStartup", "PEER_E_UNSUPPORTED_VERSION")
def _(setting: Setting) -> int:
    return setting.call("PeerCollabStartup", [2])


@TABLE.provokes("PeerCollabGetEventData", "PEER_S_NO_EVENT_DATA")
def _(setting: Setting) -> int:
    values = setting.of("PeerCollabGetEventData")
    setting.person.drain(setting.queue)
    return setting.call("PeerCollabGetEventData", values)


@TABLE.provokes("PeerCollabUnregisterApplication", "PEER_E_NOT_FOUND")
def _(setting: Setting) -> int:
    setting.prepare("PeerCollabUnregisterApplication")
    return setting.call("PeerCollabUnregisterApplication", [ctypes.byref(GUID.of(OTHER)), 0])


@TABLE.provokes("PeerCollabGetApplicationRegistrationInfo", "PEER_E_NOT_FOUND")
def _(setting: Setting) -> int:
    out = ctypes.byref(ctypes.c_void_p())
    return setting.call("PeerCollabGetApplicationRegistrationInfo", [ctypes.byref(GUID.of(OTHER)), 0, out])


UNKNOWN = {
    "address": {
        "dwSize": ctypes.sizeof(native.PEER_ADDRESS),
        "sin6": (bytes(15) + b"\1", 9, 0),
    },
    "pwzEndpointName": "unknown",
}
"An endpoint of which nothing is known."


@TABLE.provokes("PeerCollabGetPresenceInfo", "PEER_E_NOT_FOUND")
def _(setting: Setting) -> int:
    setting.prepare("PeerCollabGetPresenceInfo")
    out = ctypes.byref(ctypes.c_void_p())
    return setting.call("PeerCollabGetPresenceInfo", [setting.struct("PEER_ENDPOINT", UNKNOWN), out])


@TABLE.provokes("PeerCollabQueryContactData", "PEER_E_NOT_FOUND")
def _(setting: Setting) -> int:
    setting.prepare("PeerCollabQueryContactData")
    out = ctypes.byref(ctypes.c_void_p())
    return setting.call("PeerCollabQueryContactData", [setting.struct("PEER_ENDPOINT", UNKNOWN), out])


@TABLE.provokes("PeerCollabSubscribeEndpointData", "PEER_S_SUBSCRIPTION_EXISTS")
def _(setting: Setting) -> int:
    values = setting.of("PeerCollabSubscribeEndpointData")
    setting.call("PeerCollabSubscribeEndpointData", values)
    return setting.call("PeerCollabSubscribeEndpointData", values)


@TABLE.provokes("PeerCollabEnumPeopleNearMe", "S_OK")
def _(setting: Setting) -> int:
    return setting.call("PeerCollabEnumPeopleNearMe", setting.of("PeerCollabEnumPeopleNearMe"))


NOBODY = {"address": {"dwSize": ctypes.sizeof(native.PEER_ADDRESS), "sin6": (bytes(15) + b"\1", 1, 0)}}
"An endpoint at which nobody is."


@TABLE.provokes("PeerCollabAsyncInviteContact", "E_NOTIMPL")
def _(setting: Setting) -> int:
    values = setting.of("PeerCollabAsyncInviteContact")
    values[1] = None
    return setting.call("PeerCollabAsyncInviteContact", values)


def answered(setting: Setting, endpoint: Fields) -> int:
    """What an invitation to an endpoint comes to."""
    number = setting.person.invite("", endpoint, OTHER)
    setting.person.await_answer(number)
    out = ctypes.byref(ctypes.c_void_p())
    return setting.call("PeerCollabGetInvitationResponse", [setting.person.queues[number][0], out])


@TABLE.provokes("PeerCollabGetInvitationResponse", "S_OK")
def _(setting: Setting) -> int:
    """Me, here, has no such application: declined."""
    setting.prepare("PeerCollabGetInvitationResponse")
    return answered(setting, setting.person.endpoints()[0])


@TABLE.provokes("PeerCollabGetInvitationResponse", "PEER_E_NOT_FOUND")
def _(setting: Setting) -> int:
    return answered(setting, NOBODY)


@TABLE.provokes("PeerCollabGetInvitationResponse", "PEER_E_CONNECTION_FAILED")
def _(setting: Setting) -> int:
    """What is no address of anybody."""
    nowhere = {"address": NOBODY["address"] | {"sin6": (bytes(16), 1, 0)}}
    return answered(setting, nowhere)


@TABLE.provokes("PeerCollabGetInvitationResponse", "PEER_E_INVITE_RESPONSE_NOT_AVAILABLE")
def _(setting: Setting) -> int:
    """The application is there, and nobody has been asked yet."""
    setting.prepare("PeerCollabGetInvitationResponse")
    number = setting.person.invite("", setting.person.endpoints()[0], APPLICATION)
    out = ctypes.byref(ctypes.c_void_p())
    return setting.call("PeerCollabGetInvitationResponse", [setting.person.queues[number][0], out])


@TABLE.provokes("PeerCollabCancelInvitation", "E_HANDLE")
def _(setting: Setting) -> int:
    return setting.call("PeerCollabCancelInvitation", [0x7F7F])


@TABLE.provokes("PeerCollabCloseHandle", "E_HANDLE")
def _(setting: Setting) -> int:
    return setting.call("PeerCollabCloseHandle", [0x7F7F])


@TABLE.provokes("PeerCollabGetAppLaunchInfo", "PEER_E_NOT_FOUND")
def _(setting: Setting) -> int:
    return setting.call("PeerCollabGetAppLaunchInfo", setting.of("PeerCollabGetAppLaunchInfo"))


def with_more_rights(function: str) -> Callable[[Setting], int]:
    """As if the program were setuid."""

    def call(setting: Setting) -> int:
        values = setting.of(function)
        with pytest.MonkeyPatch.context() as patch:
            for module in ("collab", "collab_events"):
                patch.setattr(f"peerapi.api.{module}.has_more_rights", lambda: True)
            return setting.call(function, values)

    return call


TABLE.provoke_rest(
    {
        "S_OK": succeeds,
        "E_INVALIDARG": null_pointer,
        "PEER_E_NOT_INITIALIZED": after_shutdown,
        "PEER_E_NOT_SIGNED_IN": signed_out,
        "PEER_E_SERVICE_NOT_AVAILABLE": with_more_rights,
    }
)


@pytest.fixture(scope="module")
def alice(loaded: Library, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Person]:
    """One person for all, with one host."""
    folder = tmp_path_factory.mktemp("documented")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PEERAPI_HOME", str(folder / "home"))
        patch.setenv("PEERAPI_ALL_USERS", str(folder / "all-users"))
        patch.setenv("PEERAPI_COLLAB_PORT", str(free_range()))
        person = Person(loaded)
        person.start()
        yield person
        person.shutdown()
        stop_host(folder / "home")


@pytest.fixture(scope="module")
def document(library: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The contact XML of somebody else."""
    with people(library, tmp_path_factory.mktemp("somebody"), "somebody") as [somebody]:
        yield somebody.export()


@pytest.mark.parametrize(("function", "code"), TABLE.documented, ids=short)
def test_each_documented_code_is_provoked_or_has_a_reason(function: str, code: str) -> None:
    TABLE.check_listed(function, code)


@pytest.mark.parametrize(("function", "code"), TABLE.to_provoke, ids=short)
def test_the_documented_code_comes(alice: Person, document: str, function: str, code: str) -> None:
    TABLE.check_comes(function, code, Setting(alice, document))
