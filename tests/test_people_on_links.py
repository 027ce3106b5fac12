"""People on two machines with a cable between them: near me on a link, and what goes over it.

Machines are network namespaces (tests/support/namespaces.py): where they cannot be made these tests are not collected.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from peerapi.address import Address
from tests.api.test_collab_people import Someone, asked, befriend
from tests.support.capture import HOP_BY_HOP, ICMPV6, TCP, UDP, Capture, Packet
from tests.support.collab import Apart, people, wait_until
from tests.support.collab_structs import (
    ADDED,
    ALL,
    APPLICATION,
    DELETED,
    INTERNET,
    NEAR_ME,
    OBJECT,
    PEOPLE,
    PRESENCE,
    REQUEST,
    UPDATED,
    Fields,
)
from tests.support.namespaces import missing, two_hosts
from tests.support.native import code

THING, DRAW = uuid.UUID(int=21), uuid.UUID(int=31)
LINKS = {"PEERAPI_PNRP_LINKS": "cable"}

if not missing():

    class World:
        """Alice and Bob, each on a machine of their own, and a look at the cable."""

        def __init__(self, stack: ExitStack, library: Path, folder: Path, **environment: str) -> None:
            self.here, self.there = stack.enter_context(two_hosts("people"))
            self.capture = Capture(self.here, self.there)
            stack.callback(self.capture.close)
            self.alice, self.bob = stack.enter_context(
                people(
                    library,
                    folder,
                    "alice",
                    "bob",
                    at=(self.here.before, self.there.before),
                    PEERAPI_ALL_USERS=str(folder / "all"),
                    **environment,
                )
            )

        def meet(self) -> Fields:
            """Both sign in near me; where Alice sees Bob."""
            queue = self.alice.listen(PEOPLE)
            self.alice.sign_in(NEAR_ME)
            self.bob.sign_in(NEAR_ME)
            came = self.alice.wait(queue, changeType=ADDED, pPeopleNearMe=Someone())["pPeopleNearMe"]
            return dict(came["endpoint"])

        def from_bob(self) -> list[Packet]:
            """What Bob's machine has sent to Alice's on connections since the last look, without acknowledgements."""
            sender = Address.parse(self.there.link_address, 0).ip
            return [
                one for one in self.capture.packets() if one.source == sender and one.protocol == TCP and one.payload
            ]

    @pytest.fixture
    def stack() -> Iterator[ExitStack]:
        with ExitStack() as made:
            yield made

    @pytest.fixture
    def world(stack: ExitStack, library: Path, tmp_path: Path) -> World:
        return World(stack, library, tmp_path, **LINKS)

    def where(endpoint: Fields) -> tuple[str, int]:
        """The address and the interface of an endpoint."""
        ip, _, scope = endpoint["address"]["sin6"]
        return Address(ip, 0).host, scope

    def said(packets: list[Packet]) -> list[Packet]:
        """What programs have sent: the kernel asks for neighbors and groups by itself."""
        return [one for one in packets if one.protocol not in (ICMPV6, HOP_BY_HOP)]

    def used(person: Apart, flags: int) -> None:
        """Everything that could be sent to others."""
        person.sign_in(flags)
        person.set_presence(5, "busy")
        person.set_object(THING, b"x")
        person.register(DRAW)
        person.rename("kitchen")
        person.sign_out()

    def test_nothing_is_sent_to_a_network_that_nobody_has_named(
        stack: ExitStack, library: Path, tmp_path: Path
    ) -> None:
        world = World(stack, library, tmp_path)
        used(world.alice, ALL)
        assert said(world.capture.packets()) == []

    def test_on_a_link_that_is_named_it_is_sent(world: World) -> None:
        """Without this the test above would show nothing."""
        used(world.alice, NEAR_ME)
        sent = said(world.capture.packets())
        assert {one.protocol for one in sent} == {UDP}
        assert all(b"schemas.xmlsoap.org/ws/2005/04/discovery" in one.payload for one in sent)

    def test_two_people_on_two_machines(world: World) -> None:
        """They see each other, become contacts, watch, and hear what changes."""
        alice, bob = world.alice, world.bob
        endpoint = world.meet()
        wait_until(lambda: len(bob.people()) == 1)
        assert where(endpoint) == (world.there.link_address, world.here.interface)
        assert asked(alice, endpoint) == 0
        contact = alice.add(alice.contact_data(endpoint))
        assert contact["pwzPeerName"] == bob.me()["pwzPeerName"]
        befriend(bob, alice)
        events = alice.listen(PRESENCE, OBJECT, APPLICATION, REQUEST)
        alice.subscribe(endpoint)
        assert alice.wait(events, type=REQUEST)["hrChange"] == 0
        bob.set_presence(5, "ausgegangen")
        told = alice.wait(events, type=PRESENCE, changeType=UPDATED)
        assert told["pContact"]["pwzPeerName"] == contact["pwzPeerName"]
        assert told["pPresenceInfo"] == {"status": 5, "pwzDescriptiveText": "ausgegangen"}
        bob.set_object(THING, b"picture")
        assert alice.wait(events, type=OBJECT, changeType=ADDED)["pObject"]["data"] == b"picture"
        bob.register(DRAW, scope=NEAR_ME)
        assert alice.wait(events, type=APPLICATION, changeType=ADDED)["pApplication"]["id"] == DRAW
        seen = b"".join(one.payload for one in world.capture.packets())
        for secret in (b"ausgegangen", "ausgegangen".encode("utf-16-le"), b"picture"):
            assert secret not in seen
        queue = alice.listen(PEOPLE)
        bob.sign_out()
        alice.wait(events, type=PRESENCE, changeType=DELETED)
        assert alice.wait(queue, changeType=DELETED)["pPeopleNearMe"]["endpoint"] == endpoint

    def test_who_is_blocked_sees_nothing_and_nothing_is_sent_to_them(world: World) -> None:
        alice, bob = world.alice, world.bob
        endpoint = world.meet()
        alices = befriend(bob, alice)
        events = alice.listen(PRESENCE, OBJECT, REQUEST)
        alice.subscribe(endpoint)
        assert alice.wait(events, type=REQUEST)["hrChange"] == 0
        world.from_bob()
        bob.set_presence(2, "seen")
        alice.wait(events, type=PRESENCE, changeType=UPDATED)
        assert world.from_bob(), "what is sent to somebody who may see it shows on the cable"

        bob.update(alices, WatcherPermissions=0)
        alice.wait(events, type=PRESENCE, changeType=DELETED)
        assert asked(alice, endpoint, events) == code("PEER_E_CONNECTION_FAILED")
        world.from_bob()
        bob.set_presence(3, "hidden")
        bob.set_object(THING, b"hidden")
        bob.register(DRAW)
        bob.set_presence(4, "hidden")
        assert world.from_bob() == []
        assert alice.objects(endpoint) == []
        assert alice.applications(endpoint) == []
        with pytest.raises(AssertionError, match="PEER_E_NOT_FOUND"):
            alice.presence(endpoint)
        assert [one for one in alice.drain(events) if one["type"] != REQUEST] == []

    def test_a_link_that_comes_later_is_told_and_one_that_goes_takes_its_people_along(world: World) -> None:
        alice, bob, here = world.alice, world.bob, world.here
        queue = alice.listen(PEOPLE)
        here.unplug()
        assert "NO_CONNECTIVITY" in alice.names_of("PeerCollabSignin", None, NEAR_ME)
        assert "S_" in bob.names_of("PeerCollabSignin", None, NEAR_ME), (
            "the kernel sees a moment later what is unplugged"
        )
        here.plug()
        came = alice.wait(queue, changeType=ADDED, pPeopleNearMe=Someone())["pPeopleNearMe"]
        wait_until(lambda: len(bob.people()) == 1)
        here.unplug()
        assert alice.wait(queue, changeType=DELETED)["pPeopleNearMe"]["id"] == came["id"]
        here.plug()
        alice.wait(queue, changeType=ADDED, pPeopleNearMe=Someone())

    def test_contacts_find_each_other_over_the_internet(stack: ExitStack, library: Path, tmp_path: Path) -> None:
        """Each is the other's seed in Global_; nobody is near, and no link is named."""
        seeds = "[2001:db8:77::1]:3540,[2001:db8:77::2]:3540"
        world = World(stack, library, tmp_path, PEERAPI_PNRP_SEEDS=seeds, PEERAPI_PNRP_PORT="3540")
        alice, bob = world.alice, world.bob
        befriend(bob, alice)
        contact = befriend(alice, bob, fWatch=1)
        events = alice.listen(PRESENCE)
        bob.sign_in(INTERNET)
        alice.sign_in(INTERNET)
        told = alice.wait(events, type=PRESENCE, changeType=ADDED)
        assert where(told["pEndpoint"]) == (world.there.global_address, 0)
        assert told["pContact"]["pwzPeerName"] == contact["pwzPeerName"]
        bob.set_presence(2, "away")
        alice.wait(events, type=PRESENCE, changeType=UPDATED)
        bob.sign_out()
        alice.wait(events, type=PRESENCE, changeType=DELETED)

    def test_two_people_of_one_machine_are_heard_once(stack: ExitStack, library: Path, tmp_path: Path) -> None:
        """They find each other at ::1, although both speak on the link, too."""
        (here, _) = stack.enter_context(two_hosts("same"))
        alice, bob = stack.enter_context(
            people(library, tmp_path, "alice", "bob", at=(here.before, here.before), **LINKS)
        )
        bob.sign_in(NEAR_ME)
        queue = alice.listen(PEOPLE)
        alice.sign_in(NEAR_ME)
        came = alice.wait(queue, changeType=ADDED, pPeopleNearMe=Someone())["pPeopleNearMe"]
        assert where(came["endpoint"]) == ("::1", 0)
        bob.rename("kitchen")
        alice.wait(queue, changeType=UPDATED)
        assert len(alice.people()) == 1
