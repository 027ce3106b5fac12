"""PeerCollab on one machine: contacts and Me, applications, signing in, presence, objects, events."""

from __future__ import annotations

import ctypes
import os
import unicodedata
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import collab, collab_structs
from tests.support.collab import Apart, Person, host_process, people, stop_host
from tests.support.collab_structs import (
    ADDED,
    ALL,
    DELETED,
    INTERNET,
    MY_APPLICATION,
    MY_ENDPOINT,
    MY_OBJECT,
    MY_PRESENCE,
    NEAR_ME,
    PEOPLE,
    UPDATED,
    WATCHLIST,
)
from tests.support.native import Library
from tests.support.ports import free_range

FIRST, SECOND = uuid.UUID(int=0x11111111222233334444555555555555), uuid.UUID(int=2)
PICTURE = uuid.UUID("dd15f41f-fc4e-4922-b035-4c06a754d01d")


@pytest.fixture
def alice(loaded: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Person]:
    monkeypatch.setenv("PEERAPI_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PEERAPI_ALL_USERS", str(tmp_path / "all-users"))
    monkeypatch.setenv("PEERAPI_COLLAB_PORT", str(free_range()))
    person = Person(loaded)
    person.start()
    yield person
    person.shutdown()
    stop_host(tmp_path / "home")


@pytest.fixture
def bob(library: Path, tmp_path: Path) -> Iterator[Apart]:
    """Another user, in a process of their own."""
    with people(library, tmp_path, "bob") as [person]:
        yield person


# ---- Me and contacts ----


def test_me_is_made_once_and_is_a_secure_name_with_a_certificate(alice: Person, tmp_path: Path) -> None:
    me = alice.me()
    authority, _, classifier = me["pwzPeerName"].partition(".")
    assert len(authority) == 40 and classifier == ""
    assert me["pwzNickName"] == me["pwzDisplayName"] != ""
    assert len(me["credentials"]) > 100
    assert alice.me() == me
    assert host_process(tmp_path / "home") is None, "a program that reads contacts starts no host"


def test_a_contact_is_exported_here_and_added_there(alice: Person, bob: Apart) -> None:
    added = alice.add(bob.export())
    theirs = bob.me()
    assert added["pwzPeerName"] == theirs["pwzPeerName"]
    assert added["credentials"] == theirs["credentials"]
    assert (added["fWatch"], added["WatcherPermissions"]) == (0, 0)
    assert alice.contacts() == [added] == [alice.contact(theirs["pwzPeerName"])]
    assert alice.contact(theirs["pwzPeerName"].rstrip(".")) == added, "a secure name may leave the dot out"
    alice.update(added, pwzNickName="Bob", fWatch=1, WatcherPermissions=1, pwzEmailAddress="bob@example.org")
    assert alice.contacts()[0] == added | {
        "pwzNickName": "Bob",
        "fWatch": 1,
        "WatcherPermissions": 1,
        "pwzEmailAddress": "bob@example.org",
    }
    assert 'VERSION="1.0"' in alice.export(added["pwzPeerName"])
    alice.delete(added["pwzPeerName"])
    assert alice.contacts() == []


def test_contacts_are_refused_for_good_reasons(alice: Person, bob: Apart) -> None:
    out = ctypes.byref(ctypes.c_void_p())
    document = bob.export()
    contact = alice.add(document)
    name = contact["pwzPeerName"]
    unknown = "ab" * 20
    assert "ALREADY_EXISTS" in alice.names_of("PeerCollabAddContact", document, out)
    assert "E_INVALIDARG" in alice.names_of("PeerCollabAddContact", alice.export(), out), "Me"
    assert "E_INVALIDARG" in alice.names_of("PeerCollabAddContact", "no contact", None)
    assert "CONTACT_NOT_FOUND" in alice.names_of("PeerCollabGetContact", unknown, out)
    assert "CONTACT_NOT_FOUND" in alice.names_of("PeerCollabGetContact", "0.unsecured", out)
    assert "CONTACT_NOT_FOUND" in alice.names_of("PeerCollabExportContact", unknown, out)
    assert "CONTACT_NOT_FOUND" in alice.names_of("PeerCollabDeleteContact", unknown)
    assert "E_INVALIDARG" in alice.names_of("PeerCollabDeleteContact", alice.me()["pwzPeerName"])
    for change, wanted in (
        ({"pwzPeerName": unknown}, "CONTACT_NOT_FOUND"),
        ({"pwzNickName": "x" * 256}, "E_INVALIDARG"),
        ({"pwzDisplayName": "bell \a"}, "E_INVALIDARG"),
        ({"pwzEmailAddress": "x" * 256}, "E_INVALIDARG"),
        ({"WatcherPermissions": 2}, "E_INVALIDARG"),
    ):
        assert wanted in alice.names_of("PeerCollabUpdateContact", ("PEER_CONTACT", contact | change)), change
    assert alice.contact(name) == contact


def test_of_me_only_names_change(alice: Person) -> None:
    me = alice.me()
    alice.update(me, pwzNickName="Ally", pwzEmailAddress="a@b", fWatch=1, WatcherPermissions=0)
    assert alice.me() == me | {"pwzNickName": "Ally", "pwzEmailAddress": "a@b"}
    assert alice.contacts() == []


NAMES = "Żółć & <Ünïcode> \"quotes\" 'n' emoji \U0001f600 \u05d0\u05d1 tab\tend"


def mailed(document: str) -> list[str]:
    """The document after what mail programs, editors and files do to a text."""
    lines = document.splitlines()
    return [
        "\n".join(lines),
        "\r".join(lines),
        "\ufeff" + document + "\r\n\r\n",
        '<?xml version="1.0" encoding="utf-16"?>\n' + document,
        '<?xml version="1.0" encoding="iso-8859-1"?>' + document,
        unicodedata.normalize("NFD", document),
        *(document.encode(encoding).decode(encoding) for encoding in ("ascii", "cp1252", "koi8-r", "utf-16", "cp037")),
    ]


def test_contact_xml_survives_mail_and_every_encoding(alice: Person, bob: Apart) -> None:
    me = bob.me()
    bob.update(me, pwzNickName=NAMES, pwzDisplayName="\U0001f600" * 127, pwzEmailAddress="é" * 255)
    document = bob.export()
    assert document.isascii() and len(document) < 8000
    for text in mailed(document):
        found = alice.block("PeerCollabParseContact", text, name="PEER_CONTACT")
        assert found["pwzNickName"] == NAMES, text[:80]
        assert found["credentials"] == me["credentials"]
    assert alice.contacts() == [], "parsing stores nothing"


# ---- signing in ----


def test_signing_in_and_out(alice: Person, tmp_path: Path) -> None:
    assert "NOT_SIGNED_IN" in alice.names_of("PeerCollabGetSigninOptions", ctypes.byref(ctypes.c_uint32()))
    assert host_process(tmp_path / "home") is None
    alice.sign_in(NEAR_ME)
    alice.sign_in(NEAR_ME)
    assert alice.options() == NEAR_ME
    alice.sign_in(INTERNET)
    assert alice.options() == ALL
    alice.sign_out(NEAR_ME)
    alice.sign_out(NEAR_ME)
    assert alice.options() == INTERNET
    alice.sign_out(ALL)
    assert "NOT_SIGNED_IN" in alice.names_of("PeerCollabGetSigninOptions", ctypes.byref(ctypes.c_uint32()))
    for function, arguments in (("PeerCollabSignin", (None,)), ("PeerCollabSignout", ())):
        for flags in (0, 4, 7, 0x80000001):
            assert "E_INVALIDARG" in alice.names_of(function, *arguments, flags)


def test_presence_and_the_name_of_the_endpoint(alice: Person) -> None:
    assert "PEER_E_NOT_FOUND" in alice.names_of("PeerCollabGetPresenceInfo", None, ctypes.byref(ctypes.c_void_p()))
    alice.sign_in()
    assert alice.presence() == {"status": 7, "pwzDescriptiveText": None}
    alice.set_presence(2, "At lunch\nuntil two")
    assert alice.presence() == {"status": 2, "pwzDescriptiveText": "At lunch\nuntil two"}
    for bad in ({"status": 0}, {"status": 8}, {"status": 7, "pwzDescriptiveText": "x" * 256}):
        assert "E_INVALIDARG" in alice.names_of("PeerCollabSetPresenceInfo", ("PEER_PRESENCE_INFO", bad))
    assert alice.endpoint_name() == os.uname().nodename
    alice.rename("Küche")
    for bad_name in ("Küche", "", "x" * 256):
        assert "E_INVALIDARG" in alice.names_of("PeerCollabSetEndpointName", bad_name)
    alice.sign_out()
    alice.sign_in()
    assert alice.endpoint_name() == "Küche", "the name is kept"
    assert alice.presence() == {"status": 7, "pwzDescriptiveText": None}, "presence is not"


# ---- objects and applications ----


def test_objects_of_this_endpoint(alice: Person) -> None:
    nobody = ctypes.byref(ctypes.c_void_p())
    assert "NOT_SIGNED_IN" in alice.names_of("PeerCollabEnumObjects", None, None, nobody)
    alice.sign_in()
    assert alice.objects() == []
    alice.set_object(FIRST, b"x" * 16384)
    alice.set_object(PICTURE, b"png", NEAR_ME)
    alice.set_object(FIRST, b"new", INTERNET)
    assert alice.objects(None, FIRST) == [{"id": FIRST, "data": b"new", "dwPublicationScope": INTERNET}]
    assert [one["id"] for one in alice.objects()] == [FIRST, PICTURE]
    for bad in (b"", b"x" * 16385):
        struct = ("PEER_OBJECT", {"id": SECOND, "data": bad, "dwPublicationScope": ALL})
        assert "E_INVALIDARG" in alice.names_of("PeerCollabSetObject", struct)
    for scope in (0, 4):
        struct = ("PEER_OBJECT", {"id": SECOND, "data": b"x", "dwPublicationScope": scope})
        assert "E_INVALIDARG" in alice.names_of("PeerCollabSetObject", struct)
    for number in range(126):
        alice.set_object(uuid.UUID(int=1000 + number), b"x")
    struct = ("PEER_OBJECT", {"id": SECOND, "data": b"x", "dwPublicationScope": ALL})
    assert "E_INVALIDARG" in alice.names_of("PeerCollabSetObject", struct), "more than 128"
    assert "E_INVALIDARG" in alice.names_of("PeerCollabDeleteObject", PICTURE)
    assert "E_INVALIDARG" in alice.names_of("PeerCollabDeleteObject", SECOND)
    alice.delete_object(FIRST)
    assert alice.objects(None, FIRST) == []
    alice.sign_out()
    alice.sign_in()
    assert alice.objects() == [], "what was published ends with the sign-in"


def test_applications_of_the_user_hide_those_of_the_machine(alice: Person) -> None:
    alice.register(FIRST, "%HOME%/bin/draw", '"-a" b', type_=1, pwzDescription="for all", data=b"all")
    assert [one["pwzDescription"] for one in alice.applications()] == ["for all"]
    alice.register(FIRST, "/usr/bin/draw", scope=0, pwzDescription="mine")
    alice.register(SECOND, pwzDescription=None)
    assert [one["pwzDescription"] for one in alice.applications()] == ["mine", ""]
    assert [one["pwzDescription"] for one in alice.applications(None, FIRST)] == ["mine"]
    (machine,) = alice.registered(1)
    assert machine["pwzApplicationArguments"] == '"-a" b'
    assert machine["application"]["data"] == b"all"
    alice.unregister(FIRST)
    assert [one["pwzDescription"] for one in alice.applications(None, FIRST)] == ["for all"]
    alice.unregister(FIRST, 1)
    assert alice.applications(None, FIRST) == []
    assert "PEER_E_NOT_FOUND" in alice.names_of("PeerCollabUnregisterApplication", FIRST, 1)
    assert "E_INVALIDARG" in alice.names_of("PeerCollabUnregisterApplication", FIRST, 2)


@pytest.mark.parametrize("path", ["", "//server/share/x.exe", "\\\\server\\share\\x.exe", None])
def test_only_programs_of_this_machine_are_registered(alice: Person, path: str | None) -> None:
    fields = {"application": {"id": FIRST, "data": b""}, "pwzApplicationToLaunch": path, "dwPublicationScope": ALL}
    struct = ("PEER_APPLICATION_REGISTRATION_INFO", fields)
    assert "E_INVALIDARG" in alice.names_of("PeerCollabRegisterApplication", struct, 0)


def test_there_are_64_applications_of_one_type_and_each_once(alice: Person) -> None:
    for number in range(64):
        alice.register(uuid.UUID(int=number))
    fields = {
        "application": {"id": uuid.UUID(int=64), "data": b""},
        "pwzApplicationToLaunch": "/bin/true",
        "dwPublicationScope": ALL,
    }
    struct = "PEER_APPLICATION_REGISTRATION_INFO"
    assert "E_INVALIDARG" in alice.names_of("PeerCollabRegisterApplication", (struct, fields), 0)
    again = fields | {"application": {"id": uuid.UUID(int=3), "data": b""}}
    assert "ALREADY_EXISTS" in alice.names_of("PeerCollabRegisterApplication", (struct, again), 0)
    assert "ALREADY_EXISTS" not in alice.names_of("PeerCollabRegisterApplication", (struct, again), 1)


def test_who_may_not_write_for_all_users_is_told_so(alice: Person, tmp_path: Path) -> None:
    shared = tmp_path / "all-users"
    shared.mkdir()
    shared.chmod(0o777)  # anybody could have others start what they like
    fields = {"application": {"id": FIRST, "data": b""}, "pwzApplicationToLaunch": "/bin/true", "dwPublicationScope": 3}
    struct = ("PEER_APPLICATION_REGISTRATION_INFO", fields)
    assert "E_ACCESSDENIED" in alice.names_of("PeerCollabRegisterApplication", struct, 1)
    assert alice.applications() == []


# ---- events ----


def test_events_of_ones_own_changes_are_there_when_the_call_returns(alice: Person, bob: Apart) -> None:
    contact = alice.add(bob.export())
    queue = alice.listen(WATCHLIST, MY_ENDPOINT, MY_PRESENCE, MY_APPLICATION, MY_OBJECT, PEOPLE)
    mine = {"pContact": None, "pEndpoint": None}

    alice.update(contact, fWatch=1)
    watched = contact | {"fWatch": 1}
    assert alice.drain(queue) == [{"type": WATCHLIST, "pContact": watched, "changeType": ADDED}]
    alice.update(watched, pwzNickName="B")
    assert [event["changeType"] for event in alice.drain(queue)] == [UPDATED]
    alice.update(watched, fWatch=0)
    assert [event["changeType"] for event in alice.drain(queue)] == [DELETED]
    alice.update(watched, fWatch=1)
    alice.delete(contact["pwzPeerName"])
    assert [event["changeType"] for event in alice.drain(queue)] == [ADDED, DELETED]

    online = {"status": 7, "pwzDescriptiveText": None}
    alice.sign_in()
    assert alice.drain(queue) == [
        {"type": MY_ENDPOINT} | mine,
        {"type": MY_PRESENCE, "changeType": ADDED, "pPresenceInfo": online} | mine,
        {"type": PEOPLE, "changeType": ADDED, "pPeopleNearMe": None},
    ]
    alice.set_presence(5, "busy")
    busy = {"status": 5, "pwzDescriptiveText": "busy"}
    assert alice.drain(queue) == [{"type": MY_PRESENCE, "changeType": UPDATED, "pPresenceInfo": busy} | mine]
    alice.rename("desk")
    assert alice.drain(queue) == [{"type": MY_ENDPOINT} | mine]

    shown = {"id": FIRST, "data": b"1", "dwPublicationScope": ALL}
    alice.set_object(FIRST, b"1")
    alice.set_object(FIRST, b"1")
    alice.delete_object(FIRST)
    kinds = [ADDED, UPDATED, DELETED]
    assert alice.drain(queue) == [{"type": MY_OBJECT, "changeType": kind, "pObject": shown} | mine for kind in kinds]

    alice.register(SECOND, type_=1)
    alice.register(SECOND, pwzDescription="mine")
    alice.unregister(SECOND, 1)  # nobody sees it
    alice.unregister(SECOND)
    seen = [(event["type"], event["changeType"]) for event in alice.drain(queue)]
    assert seen == [(MY_APPLICATION, kind) for kind in (ADDED, UPDATED, DELETED)]

    alice.set_object(FIRST, b"1")
    alice.drain(queue)
    alice.sign_out()
    assert [(event["type"], event.get("changeType")) for event in alice.drain(queue)] == [
        (PEOPLE, DELETED),
        (MY_PRESENCE, DELETED),
        (MY_ENDPOINT, None),
    ], "one for all objects"
    alice.unlisten(queue)


def test_a_registration_may_want_one_object_only(alice: Person) -> None:
    alice.sign_in()
    one, both, everything = (
        alice.listen((MY_OBJECT, FIRST)),
        alice.listen((MY_OBJECT, FIRST), (MY_OBJECT, SECOND)),
        alice.listen((MY_OBJECT, FIRST), MY_OBJECT),
    )
    third = uuid.UUID(int=3)
    for id_ in (FIRST, SECOND, third):
        alice.set_object(id_, b"x")
    assert [event["pObject"]["id"] for event in alice.drain(one)] == [FIRST]
    assert [event["pObject"]["id"] for event in alice.drain(both)] == [FIRST, SECOND]
    assert [event["pObject"]["id"] for event in alice.drain(everything)] == [FIRST, SECOND, third]


def test_an_event_of_another_family_is_no_event_of_this_one(alice: Person) -> None:
    queue = alice.listen(MY_OBJECT)
    out = ctypes.byref(ctypes.c_void_p())
    alice.library.PeerGraphStartup(1, ctypes.byref(collab_structs.made("PEER_VERSION_DATA", {})))
    assert "E_INVALIDARG" in alice.names_of("PeerGraphGetEventData", alice.queues[queue][0], out)
    alice.library.PeerGraphShutdown()


def test_the_last_shutdown_ends_objects_and_registrations_but_not_the_sign_in(alice: Person) -> None:
    alice.sign_in()
    alice.set_object(FIRST, b"x")
    queue = alice.listen(MY_OBJECT)
    alice.start()
    alice.shutdown()
    assert len(alice.objects()) == 1
    alice.shutdown()
    assert "NOT_INITIALIZED" in alice.names_of("PeerCollabUnregisterEvent", alice.queues[queue][0])
    alice.start()
    assert "E_INVALIDARG" in alice.names_of("PeerCollabUnregisterEvent", alice.queues[queue][0])
    assert alice.options() == ALL
    collab.wait_until(lambda: alice.objects() == [])
