"""PeerCollab between people of one machine: near me, endpoints and their data, permissions, invitations."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from peerapi.collab import local
from peerapi.engine.collab.connection import HostGone
from peerapi.engine.collab.places import Places
from peerapi.engine.collab.program import Program
from peerapi.errors import NotFound
from tests.support.collab import Apart, host_process, is_gone, people, wait_until
from tests.support.collab_structs import (
    ADDED,
    APPLICATION,
    DELETED,
    ENDPOINT,
    INTERNET,
    NEAR_ME,
    OBJECT,
    PEOPLE,
    PRESENCE,
    REQUEST,
    UPDATED,
    Fields,
)
from tests.support.native import code

ROOT = Path(__file__).parents[2]
THING, OTHER = uuid.UUID(int=21), uuid.UUID(int=22)
DRAW = uuid.UUID(int=31)
Pair = tuple[Apart, Apart]


@pytest.fixture
def pair(library: Path, tmp_path: Path) -> Iterator[Pair]:
    """Two people who are not signed in."""
    with people(library, tmp_path, "alice", "bob", PEERAPI_ALL_USERS=str(tmp_path / "all")) as [alice, bob]:
        yield alice, bob


@pytest.fixture
def met(pair: Pair) -> tuple[Apart, Apart, Fields]:
    """Alice and Bob, signed in near me, and where Alice sees Bob."""
    alice, bob = pair
    queue = alice.listen(PEOPLE)
    alice.sign_in(NEAR_ME)
    bob.sign_in(NEAR_ME)
    return alice, bob, alice.wait(queue, changeType=ADDED, pPeopleNearMe=Someone())["pPeopleNearMe"]["endpoint"]


class Someone:
    """Equal to everything that is not None."""

    def __eq__(self, other: object) -> bool:
        return other is not None


def befriend(alice: Apart, bob: Apart, **changes: object) -> Fields:
    """Have Bob as a contact of Alice, who may watch her."""
    contact = alice.add(bob.export())
    changed = {"WatcherPermissions": 1} | changes
    alice.update(contact, **changed)
    return dict(contact | changed)


def asked(person: Apart, endpoint: Fields, queue: int | None = None) -> int:
    """The outcome of a refresh."""
    queue = person.listen(REQUEST) if queue is None else queue
    person.refresh(endpoint)
    outcome: int = person.wait(queue, type=REQUEST)["hrChange"]
    return outcome


# ---- near me ----


def test_people_near_me_come_change_and_go(pair: Pair) -> None:
    alice, bob = pair
    bob.update(bob.me(), pwzNickName="Bob\n the first")
    seen = alice.listen(PEOPLE)
    alice.sign_in(NEAR_ME)
    alice.wait(seen, changeType=ADDED, pPeopleNearMe=None)
    bob.sign_in(NEAR_ME)
    came = alice.wait(seen, changeType=ADDED)["pPeopleNearMe"]
    assert came["pwzNickName"] == "Bob the first"
    assert alice.people() == [came]
    wait_until(lambda: len(bob.people()) == 1)
    bob.update(bob.me(), pwzNickName="Robert")
    changed = alice.wait(seen, changeType=UPDATED)["pPeopleNearMe"]
    assert (changed["pwzNickName"], changed["id"]) == ("Robert", came["id"])
    bob.rename("kitchen")
    assert alice.wait(seen, changeType=UPDATED)["pPeopleNearMe"]["endpoint"]["pwzEndpointName"] == "kitchen"
    bob.sign_out()
    assert alice.wait(seen, changeType=DELETED)["pPeopleNearMe"]["id"] == came["id"]
    assert alice.people() == []
    bob.sign_in(NEAR_ME)
    assert alice.wait(seen, changeType=ADDED)["pPeopleNearMe"]["id"] != came["id"], "a new sign-in, a new ID"


def test_somebody_whose_host_was_killed_is_gone_as_soon_as_they_are_called(met: tuple[Apart, Apart, Fields]) -> None:
    alice, bob, endpoint = met
    seen = alice.listen(PEOPLE)
    process = host_process(bob.home)
    assert process is not None
    os.kill(process, signal.SIGKILL)
    wait_until(lambda: is_gone(process))
    assert len(alice.people()) == 1, "nobody has said goodbye"
    assert asked(alice, endpoint) == code("PEER_E_CONNECTION_FAILED")
    assert alice.wait(seen, changeType=DELETED)["pPeopleNearMe"]["endpoint"] == endpoint


def test_who_is_signed_in_to_the_internet_only_is_not_near(pair: Pair) -> None:
    alice, bob = pair
    alice.sign_in(INTERNET)
    bob.sign_in(NEAR_ME)
    with pytest.raises(AssertionError, match="NOT_SIGNED_IN"):
        alice.people()
    assert bob.people() == []
    alice.sign_in(NEAR_ME)
    wait_until(lambda: len(bob.people()) == 1)


# ---- endpoint data ----


def test_somebody_near_becomes_a_contact(met: tuple[Apart, Apart, Fields]) -> None:
    alice, bob, endpoint = met
    bob.set_object(THING, b"near", NEAR_ME)
    bob.set_object(OTHER, b"far", INTERNET)
    bob.register(DRAW)
    assert alice.objects(endpoint) == []
    assert asked(alice, endpoint) == 0
    assert alice.presence(endpoint) == {"status": 7, "pwzDescriptiveText": None}
    assert alice.objects(endpoint) == [{"id": THING, "data": b"near", "dwPublicationScope": NEAR_ME}]
    assert alice.objects(endpoint, OTHER) == []
    assert alice.applications(endpoint) == [], "applications are for contacts"
    contact = alice.add(alice.contact_data(endpoint))
    assert contact["pwzPeerName"] == bob.me()["pwzPeerName"]
    bob.set_presence(5, None)
    assert alice.presence(endpoint)["status"] == 7, "a snapshot"
    assert asked(alice, endpoint) == 0
    assert alice.presence(endpoint)["status"] == 5
    alice.forget(endpoint)
    assert alice.objects(endpoint) == []


def test_nobody_answers_at_an_endpoint_that_is_none(met: tuple[Apart, Apart, Fields]) -> None:
    alice, bob, endpoint = met
    bob.sign_out()
    assert asked(alice, endpoint) == code("PEER_E_CONNECTION_FAILED")


def test_a_subscription_tells_all_that_changes(met: tuple[Apart, Apart, Fields]) -> None:
    alice, bob, endpoint = met
    befriend(bob, alice)
    contact = befriend(alice, bob)
    events = alice.listen(ENDPOINT, PRESENCE, APPLICATION, OBJECT, REQUEST)
    assert "S_OK" in alice.subscribe(endpoint)
    assert alice.wait(events, type=REQUEST)["hrChange"] == 0
    assert "SUBSCRIPTION_EXISTS" in alice.subscribe(endpoint)
    assert alice.drain(events) == []

    bob.set_presence(2, "away")
    told = alice.wait(events, type=PRESENCE)
    assert told["pContact"] == contact
    assert told["pEndpoint"]["address"] == endpoint["address"]
    assert told["pPresenceInfo"] == {"status": 2, "pwzDescriptiveText": "away"}
    bob.set_object(THING, b"1", INTERNET)
    assert alice.wait(events, type=OBJECT)["changeType"] == ADDED
    bob.set_object(THING, b"2", INTERNET)
    told = alice.wait(events, type=OBJECT)
    assert (told["changeType"], told["pObject"]["data"]) == (UPDATED, b"2")
    assert alice.objects(endpoint) == [told["pObject"]]
    bob.delete_object(THING)
    assert alice.wait(events, type=OBJECT)["changeType"] == DELETED
    bob.register(DRAW, scope=INTERNET, pwzDescription="Drawing")
    assert alice.wait(events, type=APPLICATION)["pApplication"]["pwzDescription"] == "Drawing"
    assert [one["id"] for one in alice.applications(endpoint)] == [DRAW]
    bob.unregister(DRAW)
    assert alice.wait(events, type=APPLICATION)["changeType"] == DELETED
    bob.rename("kitchen")
    assert alice.wait(events, type=ENDPOINT)["pEndpoint"]["pwzEndpointName"] == "kitchen"
    assert alice.presence(endpoint)["status"] == 2

    bob.sign_out()
    told = alice.wait(events, type=PRESENCE)
    assert (told["changeType"], told["pPresenceInfo"]["status"]) == (DELETED, 0)
    alice.wait(events, type=ENDPOINT)
    assert "S_OK" in alice.unsubscribe(endpoint)
    assert "S_OK" in alice.unsubscribe(endpoint)
    assert "E_INVALIDARG" in alice.unsubscribe(endpoint)


# ---- permissions ----


def test_who_is_blocked_sees_nothing_and_that_at_once(met: tuple[Apart, Apart, Fields]) -> None:
    alice, bob, endpoint = met
    bob.set_object(THING, b"1")
    alices = befriend(bob, alice)
    events = alice.listen(PRESENCE, OBJECT, REQUEST)
    alice.subscribe(endpoint)
    assert alice.wait(events, type=REQUEST)["hrChange"] == 0
    assert len(alice.objects(endpoint)) == 1
    bob.update(alices, WatcherPermissions=0)
    alice.wait(events, type=PRESENCE, changeType=DELETED)
    alice.wait(events, type=OBJECT, changeType=DELETED)
    bob.set_presence(3, "secret")
    bob.set_object(THING, b"secret")
    assert asked(alice, endpoint, events) == code("PEER_E_CONNECTION_FAILED")
    assert alice.objects(endpoint) == []
    bob.update(alices, WatcherPermissions=1)
    told = alice.wait(events, type=PRESENCE, changeType=ADDED)
    assert told["pPresenceInfo"]["pwzDescriptiveText"] == "secret"


def test_a_stranger_sees_nothing_of_who_is_not_near_me(pair: Pair) -> None:
    alice, bob = pair
    alice.sign_in(INTERNET)
    bob.sign_in(INTERNET)
    (endpoint,) = bob.endpoints()
    assert asked(alice, endpoint) == code("PEER_E_CONNECTION_FAILED")
    befriend(bob, alice)
    assert asked(alice, endpoint) == 0
    bob.sign_out()
    assert asked(alice, endpoint) == code("PEER_E_CONNECTION_FAILED")


# ---- invitations ----


def attendant(home: Path, answer: bool) -> Program:
    """Somebody who answers every invitation of a user in the same way."""
    program = Program(lambda: Places(home / "collab"))
    before = program.told

    def told(kind: int, value: object) -> None:
        if kind == local.TOLD_INVITATION:
            threading.Thread(target=respond, args=(value,)).start()
        before(kind, value)

    def respond(value: local.Waiting) -> None:
        try:
            program.call(local.RESPOND, local.Pair(value.id, answer))
        except (NotFound, HostGone):  # it was withdrawn, or the test is over
            return

    program.told = told
    assert program.call(local.ATTEND, True) == ()
    return program


LAUNCHED = """
import json, os, sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from tests.support.collab import Person
from tests.support.native import Library
person = Person(Library(Path(sys.argv[2])))
person.start()
info = person.launch_info()
assert person.launch_info() == info
said = {
    "who": info["pContact"] and info["pContact"]["pwzPeerName"],
    "data": info["pInvitation"]["applicationData"].decode("latin-1"),
    "message": info["pInvitation"]["pwzMessage"],
    "port": info["pEndpoint"]["address"]["sin6"][1],
    "arguments": sys.argv[4:],
}
Path(sys.argv[3] + ".part").write_text(json.dumps(said))
os.rename(sys.argv[3] + ".part", sys.argv[3])
"""


@pytest.fixture
def launched(library: Path, tmp_path: Path, met: tuple[Apart, Apart, Fields]) -> Path:
    """Where the program that Bob has registered says what it was started with."""
    script, result = tmp_path / "launched.py", tmp_path / "result.json"
    script.write_text(LAUNCHED)
    _, bob, _ = met
    bob.register(DRAW, sys.executable, f'"{script}" "{ROOT}" "{library}" "{result}" "two words" a\\"b')
    return result


MARK = "peerapi-hostile-text"
HOSTILE = f"$(touch {MARK}); `touch {MARK}` \u202e \\ <b> %PATH% ${{HOME}} %s \"; touch {MARK} \" '; touch {MARK} '"
"Whoever gives this to a shell, bare or in quotes of either kind, makes a file MARK."


@pytest.mark.parametrize("quote", ["", '"', "'"])
def test_the_hostile_text_is_one_where_there_is_a_shell(tmp_path: Path, quote: str) -> None:
    subprocess.run(["sh", "-c", f"echo {quote}{HOSTILE}{quote}"], cwd=tmp_path, capture_output=True, check=False)
    assert (tmp_path / MARK).exists()


def left_marks(folder: Path) -> list[Path]:
    """Files that a hostile text has made, there or where programs run here."""
    return [*folder.rglob(MARK), *Path.cwd().glob(MARK), *Path("/").glob(MARK)]


def test_hostile_texts_of_others_are_shown_as_they_are(met: tuple[Apart, Apart, Fields]) -> None:
    """In every field that somebody else fills in; whoever prints them makes them printable."""
    alice, bob, endpoint = met
    befriend(bob, alice)
    befriend(alice, bob)
    near = alice.listen(PEOPLE)
    bob.update(bob.me(), pwzNickName=HOSTILE, pwzDisplayName=HOSTILE, pwzEmailAddress=HOSTILE)
    assert alice.wait(near, changeType=UPDATED)["pPeopleNearMe"]["pwzNickName"] == HOSTILE
    bob.rename(HOSTILE)
    assert alice.wait(near, changeType=UPDATED)["pPeopleNearMe"]["endpoint"]["pwzEndpointName"] == HOSTILE
    bob.set_presence(5, HOSTILE)
    bob.set_object(THING, HOSTILE.encode())
    bob.register(DRAW, pwzDescription=HOSTILE, data=HOSTILE.encode())
    assert asked(alice, endpoint) == 0
    assert alice.presence(endpoint)["pwzDescriptiveText"] == HOSTILE
    assert alice.objects(endpoint)[0]["data"] == HOSTILE.encode()
    assert alice.applications(endpoint)[0]["pwzDescription"] == HOSTILE
    parsed = alice.block("PeerCollabParseContact", alice.contact_data(endpoint), name="PEER_CONTACT")
    assert {parsed[name] for name in ("pwzNickName", "pwzDisplayName", "pwzEmailAddress")} == {HOSTILE}
    assert not left_marks(bob.home.parent)


def test_an_accepted_invitation_starts_the_program_and_tells_it_who_invited(
    met: tuple[Apart, Apart, Fields], launched: Path
) -> None:
    alice, bob, endpoint = met
    befriend(bob, alice)
    contact = befriend(alice, bob)
    program = attendant(bob.home, True)
    data = bytes(range(256)) * 64
    sent = alice.invite(contact, endpoint, DRAW, applicationData=data, pwzMessage=HOSTILE)
    assert alice.await_answer(sent) == {"action": 1, "pwzMessage": None, "hrExtendedInfo": 0}
    assert alice.response(sent) == {"action": 1, "pwzMessage": None, "hrExtendedInfo": 0}
    assert "S_OK" in alice.cancel(sent), "no effect"
    assert "S_OK" in alice.close(sent)
    assert "E_HANDLE" in alice.close(sent)
    wait_until(launched.exists)
    said = json.loads(launched.read_text())
    assert said["who"] == alice.me()["pwzPeerName"]
    assert said["data"].encode("latin-1") == data
    assert said["message"] == HOSTILE
    assert said["arguments"] == ["two words", 'a"b']
    assert not left_marks(bob.home.parent)
    assert said["port"] == alice.endpoints()[0]["address"]["sin6"][1]
    program.close()


@pytest.mark.parametrize("registered", [True, False])
def test_a_declined_invitation(met: tuple[Apart, Apart, Fields], registered: bool) -> None:
    alice, bob, endpoint = met
    program = attendant(bob.home, not registered)
    if registered:
        bob.register(DRAW)
    sent = alice.invite("", endpoint, DRAW)
    assert alice.await_answer(sent) == {"action": 0, "pwzMessage": None, "hrExtendedInfo": 0}
    program.close()


def test_a_program_that_is_not_there_cannot_be_started(met: tuple[Apart, Apart, Fields]) -> None:
    alice, bob, endpoint = met
    program = Program(lambda: Places(bob.home / "collab"))
    bob.register(DRAW, "/nowhere/at/all")
    sent = alice.invite("", endpoint, DRAW)
    waiting: list[local.Waiting] = []
    wait_until(lambda: waiting.extend(program.call(local.ATTEND, True)) or waiting)
    with pytest.raises(Exception, match="nowhere"):
        program.call(local.RESPOND, local.Pair(waiting[0].id, True))
    answer = alice.await_answer(sent)
    assert isinstance(answer, dict)
    assert (answer["action"], answer["hrExtendedInfo"]) == (3, code("E_ACCESSDENIED"))
    program.close()


def test_a_cancelled_invitation_waits_no_more(met: tuple[Apart, Apart, Fields]) -> None:
    alice, bob, endpoint = met
    program = Program(lambda: Places(bob.home / "collab"))
    bob.register(DRAW)

    def waiting() -> tuple[local.Waiting, ...]:
        return tuple(program.call(local.ATTEND, True))

    sent = alice.invite("", endpoint, DRAW)
    assert "RESPONSE_NOT_AVAILABLE" in str(alice.response(sent))
    wait_until(waiting)
    assert "S_OK" in alice.cancel(sent)
    assert "INVITE_CANCELLED" in str(alice.await_answer(sent))
    wait_until(lambda: not waiting())
    closed = alice.invite("", endpoint, DRAW)
    wait_until(waiting)
    assert "S_OK" in alice.close(closed)
    wait_until(lambda: not waiting())
    alice.invite("", endpoint, DRAW)
    wait_until(waiting)
    alice.kill()
    wait_until(lambda: not waiting())
    program.close()


Refusal = Callable[[Apart, Apart, Fields], tuple[object, Fields]]


def blocked(alice: Apart, bob: Apart, endpoint: Fields) -> tuple[object, Fields]:
    befriend(bob, alice, WatcherPermissions=0)
    return "", endpoint


def another_person(alice: Apart, bob: Apart, endpoint: Fields) -> tuple[object, Fields]:
    """Bob's endpoint, where Alice believes Me to be."""
    return None, endpoint


def gone(alice: Apart, bob: Apart, endpoint: Fields) -> tuple[object, Fields]:
    bob.sign_out()
    return "", endpoint


@pytest.mark.parametrize(
    ("prepare", "names"),
    [(blocked, "CONNECTION_FAILED"), (another_person, "CONNECTION_FAILED"), (gone, "PEER_E_NOT_FOUND")],
)
def test_an_invitation_that_arrives_nowhere(met: tuple[Apart, Apart, Fields], prepare: Refusal, names: str) -> None:
    alice, bob, endpoint = met
    bob.register(DRAW)
    contact, where = prepare(alice, bob, endpoint)
    assert names in str(alice.await_answer(alice.invite(contact, where, DRAW)))


def test_an_invitation_without_an_endpoint_is_not_implemented_and_to_a_stranger_not_found(pair: Pair) -> None:
    alice, bob = pair
    alice.sign_in()
    contact = ("PEER_CONTACT", bob.me())
    invitation = ("PEER_INVITATION", {"applicationId": DRAW})
    assert "E_NOTIMPL" in alice.names_of("PeerCollabAsyncInviteContact", contact, None, invitation, None, None)
    endpoint = ("PEER_ENDPOINT", alice.endpoints()[0])
    invite = "PeerCollabAsyncInviteContact"
    assert "PEER_E_NOT_FOUND" in alice.names_of(invite, contact, endpoint, invitation, None, None)
    assert "E_INVALIDARG" in alice.names_of(invite, None, endpoint, None, None, None)
