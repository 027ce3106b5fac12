"""PeerCollab over the Internet scope: contacts who watch find each other by their names in PNRP, on one machine."""

from __future__ import annotations

import os
import signal
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from peerapi.host import internet, watching
from tests.api.test_collab_people import befriend
from tests.support.collab import Apart, host_process, is_gone, people, wait_until
from tests.support.collab_structs import ADDED, DELETED, ENDPOINT, INTERNET, OBJECT, PRESENCE, REQUEST, UPDATED

THING = uuid.UUID(int=21)
Pair = tuple[Apart, Apart]


@pytest.fixture
def pair(library: Path, tmp_path: Path) -> Iterator[Pair]:
    with people(library, tmp_path, "alice", "bob", PEERAPI_ALL_USERS=str(tmp_path / "all")) as [alice, bob]:
        yield alice, bob


def test_a_watched_contact_is_found_and_what_changes_there_is_told(pair: Pair) -> None:
    """Neither has done more than adding the other and signing in."""
    alice, bob = pair
    befriend(bob, alice)
    contact = befriend(alice, bob, fWatch=1)
    events = alice.listen(PRESENCE, OBJECT, REQUEST)
    alice.sign_in(INTERNET)
    assert alice.endpoints(contact) == []
    bob.sign_in(INTERNET)
    told = alice.wait(events, type=PRESENCE)
    assert (told["changeType"], told["pContact"]["pwzPeerName"]) == (ADDED, bob.me()["pwzPeerName"])
    assert alice.endpoints(contact) == [told["pEndpoint"]]
    bob.set_presence(2, "away")
    assert alice.wait(events, type=PRESENCE, changeType=UPDATED)["pPresenceInfo"]["pwzDescriptiveText"] == "away"
    bob.set_object(THING, b"1", INTERNET)
    alice.wait(events, type=OBJECT, changeType=ADDED)

    bob.sign_out()
    alice.wait(events, type=PRESENCE, changeType=DELETED)
    assert alice.endpoints(contact) == []
    bob.sign_in(INTERNET)
    again = alice.wait(events, type=PRESENCE, changeType=ADDED)
    assert alice.endpoints(contact) == [again["pEndpoint"]]
    assert alice.drain(events) == [], "nobody has asked for anything"


def test_who_is_watched_no_more_is_followed_no_more(pair: Pair) -> None:
    alice, bob = pair
    befriend(bob, alice)
    contact = befriend(alice, bob, fWatch=1)
    events = alice.listen(PRESENCE)
    bob.sign_in(INTERNET)
    alice.sign_in(INTERNET)
    alice.wait(events, type=PRESENCE, changeType=ADDED)
    alice.update(contact, fWatch=0)
    wait_until(lambda: "E_INVALIDARG" in alice.names_of("PeerCollabEnumEndpoints", ("PEER_CONTACT", contact), None))


def test_two_who_watch_each_other_meet_at_once_when_the_later_one_signs_in(pair: Pair) -> None:
    """Alice has long slowed down looking for Bob; he comes to her, and that tells her."""
    alice, bob = pair
    befriend(bob, alice, fWatch=1)
    befriend(alice, bob, fWatch=1)
    events = [person.listen(PRESENCE) for person in pair]
    alice.sign_in(INTERNET)
    bob.sign_in(INTERNET)
    for person, queue in zip(pair, events, strict=True):
        person.wait(queue, type=PRESENCE, changeType=ADDED)


def test_a_contact_whose_host_was_killed_is_found_again_when_it_comes_back(pair: Pair) -> None:
    alice, bob = pair
    befriend(bob, alice, fWatch=1)
    befriend(alice, bob, fWatch=1)
    events = alice.listen(PRESENCE, ENDPOINT)
    bob.sign_in(INTERNET)
    alice.sign_in(INTERNET)
    first = alice.wait(events, type=PRESENCE, changeType=ADDED)["pEndpoint"]
    process = host_process(bob.home)
    assert process is not None
    os.kill(process, signal.SIGKILL)
    wait_until(lambda: is_gone(process))
    bob.sign_in(INTERNET)
    told = [alice.wait(events, type=PRESENCE) for _ in range(2)]  # the new place may be known before the old is gone
    by_change = {one["changeType"]: one["pEndpoint"] for one in told}
    assert by_change[DELETED] == first
    assert by_change[ADDED] != first


def test_who_is_not_allowed_finds_the_place_and_nothing_there(pair: Pair) -> None:
    alice, bob = pair
    befriend(bob, alice, WatcherPermissions=0)
    contact = befriend(alice, bob, fWatch=1)
    events = alice.listen(PRESENCE)
    bob.sign_in(INTERNET)
    alice.sign_in(INTERNET)
    bob.set_presence(3, "secret")
    befriended = bob.contact(alice.me()["pwzPeerName"])
    assert befriended["WatcherPermissions"] == 0
    assert alice.endpoints(contact) == []
    assert alice.drain(events) == []
    bob.update(befriended, WatcherPermissions=1)
    told = alice.wait(events, type=PRESENCE, changeType=ADDED)
    assert told["pPresenceInfo"]["pwzDescriptiveText"] == "secret"


def test_the_limits_of_looking() -> None:
    assert (internet.FIRST_PAUSE, internet.LONGEST_PAUSE, watching.LONGEST_PAUSE) == (1.0, 300.0, 300.0)
