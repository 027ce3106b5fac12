"""Contacts who are at home behind routers that keep callers out, and whose users know one relay: they see each other.

Homes are network namespaces (tests/support/homes.py): where they cannot be made these tests are not collected, and the
header of the test run says why.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from peerapi.address import Address
from peerapi.engine.reach.known_words import VARIABLE
from tests.api.test_collab_people import Someone, asked, befriend
from tests.relay.process import RelayProcess
from tests.support.collab import Apart, people
from tests.support.collab_structs import ADDED, DELETED, INTERNET, NEAR_ME, PEOPLE, PRESENCE, UPDATED, Fields
from tests.support.homes import Kind, internet, missing

if not missing(Kind.PUBLIC, Kind.SYMMETRIC):

    @pytest.fixture
    def at_home(library: Path, tmp_path: Path) -> Iterator[tuple[RelayProcess, Apart, Apart, Apart]]:
        """A relay, Alice, Bob, and Carl at Alice's machine. None of them has IPv6."""
        kinds = (Kind.PUBLIC, Kind.SYMMETRIC, Kind.SYMMETRIC)
        with ExitStack() as stack:
            middle, here, there = stack.enter_context(internet("presence", *kinds))
            where = f"--address={middle.public_address}:4443"
            relay = RelayProcess(tmp_path / "relay", ("--port=4443", where, "--bind=0.0.0.0"), middle.before)
            stack.callback(relay.kill)
            environment = {"PEERAPI_ALL_USERS": str(tmp_path / "all"), VARIABLE: relay.word}
            places = (here.before, there.before, here.before)
            alice, bob, carl = stack.enter_context(
                people(library, tmp_path, "alice", "bob", "carl", at=places, **environment)
            )
            yield relay, alice, bob, carl

    def relay_of(told: Fields) -> str:
        """By which an endpoint is called."""
        ip, port, _ = told["pEndpoint"]["address"]["sin6"]
        return Address(ip, port).relay

    def test_each_sees_how_the_other_is(at_home: tuple[RelayProcess, Apart, Apart, Apart]) -> None:
        """Whoever signs in first, by no way but the relay's. Who is near is seen, too, at 127.0.0.1."""
        relay, alice, bob, carl = at_home
        by_relay = "{}:{}".format(*relay.address)
        befriend(bob, alice, fWatch=1)
        contact = befriend(alice, bob, fWatch=1)
        at_alice, at_bob = alice.listen(PRESENCE), bob.listen(PRESENCE)
        alice.sign_in(INTERNET)
        bob.sign_in(INTERNET)
        told = alice.wait(at_alice, type=PRESENCE, changeType=ADDED)
        assert (relay_of(told), told["pContact"]["pwzPeerName"]) == (by_relay, contact["pwzPeerName"])
        assert relay_of(bob.wait(at_bob, type=PRESENCE, changeType=ADDED)) == by_relay
        bob.set_presence(2, "away")
        told = alice.wait(at_alice, type=PRESENCE, changeType=UPDATED)
        assert told["pPresenceInfo"] == {"status": 2, "pwzDescriptiveText": "away"}
        bob.sign_out()
        alice.wait(at_alice, type=PRESENCE, changeType=DELETED)
        bob.sign_in(INTERNET)
        alice.wait(at_alice, type=PRESENCE, changeType=ADDED)
        near = alice.listen(PEOPLE)
        alice.sign_in(NEAR_ME)
        carl.sign_in(NEAR_ME)
        came = alice.wait(near, changeType=ADDED, pPeopleNearMe=Someone())["pPeopleNearMe"]
        ip, port, _ = came["endpoint"]["address"]["sin6"]
        assert Address(ip, port).host == "127.0.0.1"
        assert asked(alice, came["endpoint"]) == 0
