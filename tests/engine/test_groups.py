"""Groups live: several nodes of one process over ::1, each with identities, files and clouds of its own."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from peerapi.engine.graphs import links
from peerapi.engine.groups.finder import Repair
from peerapi.engine.runtime import moment
from peerapi.errors import RecordNotFound
from peerapi.graphing.clock import TOLERANCE
from peerapi.graphing.codec.messages import AuthInfo, Connect, ConnectionType
from peerapi.graphing.events import ConnectionChanged, ConnectionRequired, ConnectionStatus
from peerapi.grouping.channel import Channel
from peerapi.grouping.events import MemberChange, MemberEvent
from peerapi.grouping.roles import Role
from peerapi.identity.xml import read_identity_info
from peerapi.moment import SECOND, Moment
from peerapi.store.database import Database
from tests.engine.people import World
from tests.engine.support import Caller, draft, until


def test_an_invited_member_reads_what_was_published_and_publishes(world: World) -> None:
    alice = world.person("alice").create(friendly_name="The Club")
    said = alice.driver.add_record(draft(b"hello"))
    bob = world.person("bob")
    bob.join(alice.invitation_for(bob)).connect(alice)
    assert bob.driver.record(said).id == said
    answered = bob.driver.add_record(draft(b"hello yourself"))
    until(lambda: alice.driver.graph.database.get(answered), "the answer")
    assert bob.group.properties().friendly_name == "The Club"


@pytest.mark.parametrize(
    ("classifier", "published"),
    [("garden", "garden"), (None, None), ("n" * 45, "n" * 39), ("n" * 38 + "\N{SEEDLING}", "n" * 38)],
)
def test_the_name_of_a_member_is_published_with_the_classifier_of_the_groups(
    world: World, classifier: str | None, published: str | None
) -> None:
    """MS-PPSEC 3.1.4.4: as the FriendlyName, of which MS-PNRP 2.2.3.1 holds 39 UTF-16 units."""
    alice = world.person("alice").create(classifier=classifier)
    assert alice.group.name.classifier == (classifier or "")
    until(lambda: alice.group.finder._registration, "the name is published")
    registration = alice.group.finder._registration
    assert registration is not None
    ((member, handle),) = registration.registered
    shown = member.cloud.registrations.of_handle(handle)
    assert shown is not None
    assert shown.friendly_name == published


def test_frames_of_a_group_s_connections_hold_at_most_16348_bytes(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Max Frame Size of MS-PPSEC 3.1.4.1: what TLS adds still fits into one of its records."""
    sealed: list[int] = []
    seal_frames = Channel.seal_frames

    def watching(channel: Channel, frames: bytes) -> bytes:
        at = 0
        while at < len(frames):
            sealed.append(int.from_bytes(frames[at : at + 2], "big"))
            at += 2 + sealed[-1]
        return seal_frames(channel, frames)

    monkeypatch.setattr(Channel, "seal_frames", watching)
    alice, bob = world.person("alice").create(), world.person("bob")
    bob.join(alice.invitation_for(bob)).connect(alice)
    said = alice.driver.add_record(draft(bytes(50_000)))
    until(lambda: bob.driver.graph.database.get(said), "the record")
    assert max(sealed) == 16348


def test_a_graph_that_wants_another_connection_has_the_name_looked_up(world: World) -> None:
    alice = world.person("alice").create()
    bob, carol = world.person("bob"), world.person("carol")
    bob.join(alice.invitation_for(bob)).connect(alice)
    carol.join(alice.invitation_for(carol)).connect(bob)
    until(lambda: len(alice.driver.graph.links) >= 1)
    looked: list[int] = []
    look = alice.group.finder._look
    alice.group.finder._look = lambda: (looked.append(1), look())[1]  # type: ignore[method-assign]
    alice.driver.input(alice.driver.graph.notify, ConnectionRequired())
    until(lambda: looked and alice.group.finder._repair is not Repair.WANTED, "looking")


def test_connections_are_not_held_up_by_a_handshake_that_stands_still(world: World) -> None:
    """Callers who say who they are and then nothing more keep nobody out, and are not there for ever."""
    alice = world.person("alice").create()
    address = alice.driver.graph.addresses[0]
    group, stranger = str(alice.group.name), "0.stranger"
    with contextlib.ExitStack() as stack:
        for _ in range(20):
            caller = stack.enter_context(Caller(address.port, stranger))
            caller.introduce(group)
        bob = world.person("bob")
        bob.join(alice.invitation_for(bob)).connect(alice)


def test_what_a_stranger_sends_instead_of_a_handshake_ends_its_connection_and_is_counted(world: World) -> None:
    alice = world.person("alice").create()
    address = alice.driver.graph.addresses[0]
    with Caller(address.port, "0.stranger") as caller:
        caller.introduce(str(alice.group.name))
        caller.send(Connect(7))
        assert caller.ended()
    until(lambda: "TLS" in alice.group.refusals(), "the count")
    until(lambda: not any(link.peer_id == caller.name for link in alice.driver.graph.links.values()), "the end")


def test_a_member_is_told_once_of_what_happens_to_others(world: World) -> None:
    alice = world.person("alice").create()
    watcher = alice.watch()
    bob = world.person("bob")
    bob.join(alice.invitation_for(bob)).connect(alice)
    for change in (MemberChange.JOINED, MemberChange.CONNECTED):
        watcher.until(lambda events, change=change: MemberEvent(change, bob.identity) in events)  # type: ignore[misc]
    bob.groups.close(bob.group)
    watcher.until(lambda events: MemberEvent(MemberChange.DISCONNECTED, bob.identity) in events)
    told = [event for event in watcher.heard(MemberEvent) if event.name == bob.identity]
    assert told.count(MemberEvent(MemberChange.JOINED, bob.identity)) == 1


def test_an_imported_database_is_judged_record_by_record(world: World, tmp_path: Path) -> None:
    """Whoever can write to the file cannot write into the group."""
    alice = world.person("alice").create()
    said = alice.driver.add_record(draft(b"hello"))
    alice.driver.export(str(tmp_path / "good"))
    wire = alice.driver.record(said).wire
    forged = wire.replace(b"hello", b"HELLO")
    alice.groups.close(alice.group)
    database = Database.open(tmp_path / "good")
    database.begin()
    row = database.get(said)
    assert row is not None
    database.put(row._replace(wire=forged))
    database.commit()
    database.close()
    alice.groups.delete(alice.identity, str(alice.group.name))
    alice.groups.store.add(alice.group.stored)
    again = alice.groups.open(alice.identity, str(alice.group.name), None)
    again.driver.import_file(str(tmp_path / "good"))
    assert again.properties().friendly_name == ""
    with pytest.raises(RecordNotFound):
        again.driver.record(said)
    assert "SIGNATURE 1" in again.refusals()


def test_who_is_revoked_during_the_handshake_is_not_connected(world: World) -> None:
    alice = world.person("alice").create()
    bob = world.person("bob")
    bob.join(alice.invitation_for(bob)).connect(alice)
    graph = alice.driver.graph
    (link,) = graph.links.values()
    peer = link.peer
    bob.groups.close(bob.group)
    until(lambda: not graph.links, "bob's leaving")
    alice.group.revoke(bob.identity, "")
    late = alice.driver.input(
        graph.accepted, AuthInfo(ConnectionType.NEIGHBOR, str(alice.group.name), bob.identity), graph.addresses[0]
    )
    alice.driver.input(graph.authenticated, late, peer)
    assert late.over


def test_attack_a_slow_clock_lets_in_whose_membership_has_ended(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Others have moved alice's peer time back; bob's membership ended ten minutes ago."""
    alice = world.person("alice").create()
    alice.driver.graph.clock.delta = TOLERANCE
    bob = world.person("bob")
    certificate = read_identity_info(bob.identities.info(bob.identity, moment().utc), moment().utc)
    ends = moment().utc + 3600 * SECOND
    bob.join(alice.group.invite(certificate, (Role.MEMBER,), ends))

    def comes_in(utc: int) -> bool:
        monkeypatch.setattr(links, "moment", lambda: Moment(utc, moment().elapsed))
        heard = bob.watch()
        bob.group.finder.connect_to(alice.driver.graph.addresses[:1])
        until(lambda: any(isinstance(event, ConnectionChanged) for event in heard.events), "an end of the call")
        found = next(event for event in heard.events if isinstance(event, ConnectionChanged))
        return found.status is ConnectionStatus.CONNECTED

    late = ends + 600 * SECOND
    assert not comes_in(late)
    assert comes_in(late - TOLERANCE), "by peer time it would be good"


def test_who_falls_silent_while_proving_who_it_is_is_not_waited_for(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The deadline of the whole is minutes long where few are waiting; between two pieces there is a shorter one."""
    alice = world.person("alice").create()
    with monkeypatch.context() as shorter, Caller(alice.driver.graph.addresses[0].port) as silent:
        shorter.setattr(links, "BETWEEN_RECORDS", 0.2)
        silent.introduce(alice.driver.graph.graph_id)
        assert silent.ended()
    until(lambda: not alice.driver.graph.links)
    bob = world.person("bob")
    bob.join(alice.invitation_for(bob)).connect(alice)
