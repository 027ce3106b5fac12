"""Members of a group give each other passes for the relays that they know."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from peerapi.address import Address
from peerapi.engine.clouds.clouds import Clouds, Membership
from peerapi.engine.groups import relay_passes
from peerapi.engine.reach.known_words import VARIABLE
from peerapi.engine.runtime import Engine, moment
from peerapi.errors import InvalidArgument, PeerError
from peerapi.graphing.codec.records import Record, decode_record
from peerapi.graphing.draft import Draft
from peerapi.grouping import relay_pass
from peerapi.grouping.relay_pass import RELAY_PASS
from peerapi.moment import SECOND
from peerapi.reach import passes, word
from peerapi.reach.leg import RelayAccess
from peerapi.reach.seat import RelayEndpoint
from peerapi.reach.seats import Known
from tests.engine.people import Person, World
from tests.engine.support import until
from tests.relay.conftest import StartRelay

SECRET = bytes(32)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setenv("PEERAPI_HOME", str(tmp_path / "home"))
    engine = Engine()
    clouds = Clouds(Membership(engine))
    world = World(engine, clouds)
    yield world
    for person in world.people:
        person.groups.close_all()
    clouds.close_all()


def records(person: Person) -> list[Record]:
    found = person.driver.read(lambda graph: graph.database.of_type(RELAY_PASS))
    return [decode_record(row.wire) for row in found]


def seats(person: Person) -> list[Address]:
    return [one for one in person.driver.graph.addresses if one.relay]


def at(host: str, port: int = 443) -> Known:
    """A relay that is nowhere, with a pass."""
    ip = bytes(map(int, host.split(".")))
    return Known(RelayAccess(RelayEndpoint(ip, port), pin=bytes(32)), passes.issue(SECRET, bytes(16), seats=128))


def give(person: Person, known: Known) -> None:
    data = relay_pass.encode(word.write(known))
    graph = person.driver.graph
    chain = person.group.security.chain
    assert chain is not None
    draft = Draft(type=RELAY_PASS, data=data, expiration=graph.peer_time + 3600 * SECOND)
    person.driver.input(graph.publication.add, draft)


def test_who_knows_no_relay_has_a_seat_at_the_one_that_another_member_knows(
    world: World, start_relay: StartRelay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("peerapi.reach.seat.RelayEndpoint.is_public", True)  # the relay here is on this machine
    relay = start_relay()
    monkeypatch.setenv(VARIABLE, relay.word)
    alice = world.person("alice").create()
    until(lambda: seats(alice), "a seat")
    until(lambda: records(alice), "a pass for the others")
    monkeypatch.delenv(VARIABLE)
    bob = world.person("bob")
    bob.join(alice.invitation_for(bob)).connect(alice)
    until(lambda: seats(bob), "a seat of his own")
    assert [one.relay for one in seats(bob)] == [relay.known.access.endpoint.host + f":{relay.port}"]
    (record,) = records(bob)
    given = word.read(relay_pass.decode(record.payload))
    granted = passes._taken_apart(given.granted)
    assert granted[2] == passes._taken_apart(relay.known.granted)[2] + 2, "narrower than what Alice has"
    with pytest.raises((InvalidArgument, PeerError)):
        bob.group.add_record(Draft(type=RELAY_PASS, data=b"x", expiration=record.expiration))


def test_a_pass_is_taken_back_when_its_giver_knows_no_relay_and_given_by_nobody_who_does_not_want_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, word.write(at("127.0.0.1", 1)))
    monkeypatch.setattr("peerapi.engine.graphs.node.SEAT_PATIENCE", 0.0)
    alice = world.person("alice").create()
    until(lambda: records(alice), "a pass")
    (first,) = records(alice)
    alice.group.relay_passes.due = True
    alice.group.relay_passes.keep()
    assert records(alice) == [first], "it is good for long enough"
    monkeypatch.setenv(relay_passes.VARIABLE, "0")
    alice.group.relay_passes.due = True
    alice.group.relay_passes.keep()
    assert not records(alice)


def test_a_pass_is_renewed_in_the_second_half_of_its_life_and_when_the_relay_is_another_one(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("peerapi.engine.graphs.node.SEAT_PATIENCE", 0.0)
    first, second = at("127.0.0.1", 1), at("127.0.0.1", 2)
    monkeypatch.setenv(VARIABLE, word.write(first))
    alice = world.person("alice").create()
    until(lambda: records(alice), "a pass")
    (before,) = records(alice)
    assert relay_passes.is_settled(before, first, before.modification)
    assert not relay_passes.is_settled(before, first, before.expiration - SECOND)
    assert not relay_passes.is_settled(before, second, before.modification)
    monkeypatch.setenv(VARIABLE, word.write(second))
    alice.group.relay_passes.due = True
    alice.group.relay_passes.keep()
    (after,) = records(alice)
    assert (after.id, after.version) == (before.id, before.version + 1)
    assert word.read(relay_pass.decode(after.payload)).access.endpoint == second.access.endpoint


def test_attack_a_member_has_others_call_their_own_machines(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says that a relay is at 127.0.0.1, or in a private network, where something else listens."""
    monkeypatch.setenv(VARIABLE, "")
    mallory = world.person("mallory").create()
    monkeypatch.setattr("peerapi.engine.graphs.node.SEAT_PATIENCE", 0.0)
    bob = world.person("bob")
    bob.join(mallory.invitation_for(bob)).connect(mallory)
    give(mallory, at("127.0.0.1", 22))
    until(lambda: records(bob), "the record")
    with monkeypatch.context() as patch:
        patch.setattr("peerapi.reach.seat.RelayEndpoint.is_public", True)
        assert bob.group.relay_passes.given()
    assert not bob.group.relay_passes.given()
    monkeypatch.delenv(VARIABLE)
    bob.group.finder.sit()
    assert bob.driver.addresses is not None
    assert bob.driver.addresses.sitting is None


def test_attack_members_send_others_to_many_relays(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each takes a connection. One member counts once, and what most members name comes first."""
    monkeypatch.setattr("peerapi.engine.graphs.node.SEAT_PATIENCE", 0.0)
    monkeypatch.setenv(VARIABLE, "")
    mallory = world.person("mallory").create()
    others = [world.person(who) for who in ("ada", "ben")]
    for one in others:
        one.join(mallory.invitation_for(one)).connect(mallory)
    for number in range(10):
        give(mallory, at(f"198.51.100.{number + 1}"))
    for one in others:
        give(one, at("203.0.113.1"))
    bob = world.person("bob")
    bob.join(mallory.invitation_for(bob)).connect(mallory)
    until(lambda: len(records(bob)) == 12, "the records")
    with monkeypatch.context() as patch:
        patch.setattr(relay_passes, "MOST_USED", 99)
        assert len(bob.group.relay_passes.given()) == 2, "one of Mallory's, and that of the two others"
    first, second = bob.group.relay_passes.given()
    assert first.access.endpoint.host == "203.0.113.1"
    assert second.access.endpoint.host.startswith("198.51.100.")
    assert bob.driver.addresses is not None
    assert bob.driver.addresses.sitting is None, "who has switched relays off is called at none"


def test_what_is_no_pass_is_refused() -> None:
    now = moment().utc
    with pytest.raises(ValueError, match="ascii"):
        relay_pass.encode("relay-\N{SNOWMAN}")
    with pytest.raises(ValueError, match="bytes"):
        relay_pass.encode("x" * relay_pass.LARGEST)
    wide = at("198.51.100.1")
    given = relay_passes.narrowed(wide, now)
    allowed = passes.verify(SECRET, given.granted, now)
    assert allowed.expiry == now + relay_passes.LIFETIME
    assert min(one.most for one in allowed.seats) == relay_passes.SEATS
    for_all = wide._replace(granted=b"")
    assert relay_passes.narrowed(for_all, now) == for_all
