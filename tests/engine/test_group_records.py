"""What a group publishes of itself, on a clock of the test's own."""

from __future__ import annotations

import random

from peerapi.engine.groups.group_records import GroupRecords
from peerapi.graphing.codec.records import MEMBERSHIP, decode_record
from peerapi.graphing.graph import Graph
from peerapi.grouping.membership import MembershipChain
from peerapi.grouping.properties import GroupProperties, Options
from peerapi.grouping.provider import GroupSecurity
from peerapi.moment import Moment
from peerapi.store.database import Database
from tests.grouping.values import ADMINISTRATOR, HOUR, MEMBER, MODERN, NOW, SECOND, carol, credential, issuer, member
from tests.grouping.values import properties as usual
from tests.grouping.values import security as node


def at(seconds: float) -> Moment:
    return Moment(NOW + int(seconds * SECOND), seconds)


class World:
    """One node's graph of the group."""

    def __init__(self, security: GroupSecurity, properties: GroupProperties) -> None:
        self.security = security
        self.graph = Graph(
            str(security.group), str(security.credential.name), Database.open(":memory:"), random=random.Random(1)
        )
        self.graph.secure_by(security, keeps_own_records=True)
        self.failed: list[BaseException] = []
        self.records = GroupRecords(self.graph, security, self.failed.append)
        self.graph.at(at(0)).create(properties.graph_info())

    def memberships(self) -> list[tuple[int, int]]:
        """Version and end of every membership record."""
        rows = [decode_record(row.wire) for row in self.graph.database.of_type(MEMBERSHIP)]
        return [(record.version, record.expiration) for record in rows]


def founded(properties: GroupProperties | None = None) -> World:
    properties = properties or usual(MODERN)
    world = World(carol(MODERN, knows_properties=False), properties)
    world.graph.at(at(0))
    world.records.found(properties)
    return world


def test_a_new_group_says_what_it_is_and_who_has_made_it() -> None:
    world = founded()
    assert world.security.properties == usual(MODERN)
    assert len(world.memberships()) == 1


def test_the_membership_is_published_once_and_renewed_in_the_second_half_of_its_life() -> None:
    world = founded()
    lifetime = usual(MODERN).membership_lifetime
    ((version, end),) = world.memberships()
    assert end == NOW + lifetime * SECOND
    world.graph.at(at(lifetime * 0.4))
    world.records.keep_membership()
    assert world.memberships() == [(version, end)]
    world.graph.at(at(lifetime * 0.6))
    world.records.keep_membership()
    assert world.memberships() == [(version + 1, NOW + int(lifetime * 1.6) * SECOND)]
    assert not world.failed


def test_the_timer_that_renews_it_is_set() -> None:
    world = founded()
    world.graph.at(at(1))
    world.records.keep_membership()
    following = world.graph.timers.at("membership")
    assert following is not None
    assert following <= 1 + 24 * 3600


def short(end: int) -> MembershipChain:
    one = credential(MODERN, "alice")
    from tests.grouping.values import creator

    return issuer(MODERN, "carol", creator(MODERN)).issue(
        one.key.public, one.name, "Alice", [MEMBER], NOW, not_after=end
    )


def test_a_membership_that_ends_is_not_renewed_beyond_its_end_and_that_it_is_over_is_reported() -> None:
    chain = short(NOW + HOUR)
    world = World(node(MODERN, "alice", chain), usual(MODERN))
    world.graph.at(at(0))
    world.records.keep_membership()
    assert world.memberships() == [(1, chain.not_after)]
    world.graph.at(at(3000))
    world.records.keep_membership()
    assert world.memberships() == [(1, chain.not_after)]
    world.graph.database.remove_types((MEMBERSHIP,))
    world.graph.at(at(4000))
    world.records.keep_membership()
    assert world.failed


def test_another_membership_is_published_in_the_place_of_the_one_before() -> None:
    world = World(node(MODERN, "alice", short(NOW + HOUR)), usual(MODERN))
    world.graph.at(at(0))
    world.records.keep_membership()
    better = member(MODERN, "alice", ADMINISTRATOR)
    world.security.accept_membership(better)
    world.graph.at(at(60))
    world.records.keep_membership()
    ((version, _),) = world.memberships()
    assert version == 2


def test_optional_member_data_waits_for_an_act() -> None:
    from dataclasses import replace

    optional = replace(usual(MODERN), options=Options.MEMBER_DATA_OPTIONAL)
    security = node(MODERN, "alice", member(MODERN, "alice"))
    security._knowledge.properties = optional
    world = World(security, optional)
    security.acted = False  # the graph's own record was one
    world.graph.at(at(0))
    world.records.keep_membership()
    assert world.memberships() == []
    security.acted = True
    world.graph.at(at(1))
    world.records.keep_membership()
    assert len(world.memberships()) == 1
