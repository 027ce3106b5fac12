"""Groups live: several nodes of one process over ::1, each with identities, files and clouds of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from peerapi.engine.clouds import Clouds, Membership
from peerapi.engine.driver import Driver, Registration
from peerapi.engine.group import Group
from peerapi.engine.groups import Groups, Wish
from peerapi.engine.node import Node
from peerapi.engine.runtime import Engine, moment
from peerapi.grouping.events import GroupEventType
from peerapi.grouping.roles import Role
from peerapi.identity.keys import KeyPair
from peerapi.identity.manager import IdentityManager
from peerapi.identity.xml import read_identity_info
from tests.engine.support import Watcher, draft, until

PASSWORD = "open sesame"


class Person:
    """Somebody at a machine of its own: identity, groups, and a port of the loopback cloud."""

    def __init__(self, engine: Engine, clouds: Clouds, who: str, key: KeyPair | None = None) -> None:
        self.node = Node(engine)
        self.identities = IdentityManager()
        self.identity = self.identities.create(who, who.title(), key, moment().utc)
        self.groups = Groups(self.node, self.identities, lambda: clouds)
        self.group: Group

    @property
    def driver(self) -> Driver:
        return self.group.driver

    def create(self, **wish: Any) -> Person:
        self.group = self.groups.create(Wish(self.identity, **wish))
        self.group.finder.connect()
        until(lambda: self.driver.graph.addresses, "listening")
        return self

    def invitation_for(self, other: Person, *roles: Role) -> str:
        certificate = read_identity_info(other.identities.info(other.identity, moment().utc), moment().utc)
        return self.group.invite(certificate, roles or (Role.MEMBER,), None)

    def join(self, invitation: str) -> Person:
        self.group = self.groups.join(self.identity, invitation, None)
        return self

    def connect(self, to: Person) -> Person:
        self.group.finder.connect_to(to.driver.graph.addresses)
        until(lambda: self.group.status() == 3, "connected and listening")
        return self

    def watch(self) -> Watcher:
        return GroupWatcher(self.driver)


class GroupWatcher(Watcher):
    def __init__(self, driver: Driver) -> None:
        super().__init__(driver)
        driver.unregister(self.registration)
        self.registration = Registration(dict.fromkeys(GroupEventType, None), self._signal)
        driver.register(self.registration)


class World:
    def __init__(self, engine: Engine, clouds: Clouds) -> None:
        self._engine, self._clouds = engine, clouds
        self.people: list[Person] = []

    def person(self, who: str, key: KeyPair | None = None) -> Person:
        self.people.append(Person(self._engine, self._clouds, who, key))
        return self.people[-1]


@pytest.fixture
def world(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setenv("PEERAPI_HOME", str(tmp_path))
    engine.reports.clear()
    clouds = Clouds(Membership(engine))
    world = World(engine, clouds)
    yield world
    for person in world.people:
        person.groups.close_all()
    clouds.close_all()


def test_an_invited_member_reads_what_was_published_and_publishes(world: World) -> None:
    alice = world.person("alice").create(friendly_name="The Club")
    said = alice.driver.add_record(draft(b"hello"))
    bob = world.person("bob")
    bob.join(alice.invitation_for(bob)).connect(alice)
    assert bob.driver.record(said).id == said
    answered = bob.driver.add_record(draft(b"hello yourself"))
    until(lambda: alice.driver.graph.database.get(answered), "the answer")
    assert bob.group.properties().friendly_name == "The Club"
