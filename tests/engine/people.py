"""People at machines of their own in one process: each with identities, groups and a port of the loopback cloud."""

from __future__ import annotations

from typing import Any

from peerapi.engine.clouds.clouds import Clouds
from peerapi.engine.graphs.driver import Driver, Registration
from peerapi.engine.graphs.node import Node
from peerapi.engine.groups.group import Group
from peerapi.engine.groups.groups import Groups, NewGroup
from peerapi.engine.runtime import Engine, moment
from peerapi.grouping.events import GroupEventType
from peerapi.grouping.roles import Role
from peerapi.identity.keys import KeyPair
from peerapi.identity.manager import IdentityManager
from peerapi.identity.xml import read_identity_info
from tests.engine.support import Watcher, until


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
        self.group = self.groups.create(NewGroup(self.identity, **wish))
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
