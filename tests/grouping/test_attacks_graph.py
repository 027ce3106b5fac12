"""Attacks by records that were good once: a graph of a group, and a neighbor who sends them again."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

import pytest

from peerapi.address import Address
from peerapi.graphing.clock import TOLERANCE
from peerapi.graphing.codec.framing import Deframer, frame
from peerapi.graphing.codec.internal_records import PresencePayload
from peerapi.graphing.codec.messages import (
    AuthInfo,
    Connect,
    ConnectionType,
    Disconnect,
    DisconnectReason,
    MessageType,
    encode,
    encode_flood,
)
from peerapi.graphing.codec.records import PRESENCE, Record, encode_record
from peerapi.graphing.conflict import Verdict
from peerapi.graphing.events import RecordChange
from peerapi.graphing.graph import Graph
from peerapi.graphing.link import Link
from peerapi.graphing.machine.connections import Connections
from peerapi.graphing.machine.topology import Topology
from peerapi.graphing.outputs import Send
from peerapi.grouping.connection_ends import Peer
from peerapi.grouping.members import Members
from peerapi.grouping.provider import GroupSecurity
from peerapi.identity.keys import Profile
from peerapi.moment import Moment
from peerapi.store.database import Database
from tests.grouping.test_validation import made, secured
from tests.grouping.values import BOTH, HOUR, NOW, SECOND, carol, from_draft, member, name, properties, security

both = pytest.mark.parametrize("profile", BOTH, ids=lambda profile: profile.value)
PORT = Address(bytes(15) + b"\1", 4000)


class Node:
    """Carol's graph, with alice as a neighbor who says what she likes."""

    def __init__(self, profile: Profile) -> None:
        self.security = carol(profile)
        self.security.met(member(profile, "alice"))
        group = str(name(profile, "club"))
        self.graph = Graph(group, str(name(profile, "carol")), Database.open(":memory:"), random=random.Random(1))
        self.graph.secure_by(self.security, keeps_own_records=True)
        self.now = Moment(NOW + 10 * SECOND, 100.0)
        self.do(self.graph.create, properties(profile).graph_info())
        self.link = self.neighbor(profile, "alice", 7)
        assert self.link.connected
        self.graph.outputs.clear()

    def neighbor(self, profile: Profile, who: str, node_id: int) -> Link:
        """A link to a member, who has proved to be it and said that it has this node ID."""
        peer = Peer(name(profile, who), member(profile, who))
        auth = AuthInfo(ConnectionType.NEIGHBOR, self.graph.graph_id, str(peer.name), None)
        link = self.graph.at(self.now).accepted(auth, PORT)
        self.do(self.graph.authenticated, link, peer)
        self.do(self.graph.received, link, frame(encode(Connect(node_id=node_id, addresses=()))))
        return link

    def do(self, work: Callable[..., object], *arguments: object) -> None:
        self.graph.database.begin()
        self.graph.at(self.now)
        work(*arguments)
        self.graph.database.commit()

    def flooded(self, record: Record, link: Link | None = None) -> None:
        self.do(self.graph.received, link or self.link, frame(encode_flood(encode_record(record))))

    def stored(self, record: Record) -> bytes | None:
        return self.graph.database.wire(record.id)

    def answers(self) -> list[bytes]:
        """The records that alice is sent, who reads."""
        while self.link.answering:
            self.do(self.graph.drained, self.link)
        sent = b"".join(bytes(one.data) for one in self.graph.outputs if isinstance(one, Send))
        return [one for one in Deframer().feed(sent) if one[5] == MessageType.FLOOD]


def versions(profile: Profile) -> tuple[Record, Record, Record]:
    """A record of alice's: as it was, changed, deleted."""
    alice = security(profile, "alice", member(profile, "alice"))
    first = secured(alice, made(profile))
    changed = replace(first, version=2, modification=NOW + 1, modified_by=first.creator_id, payload=b"better")
    gone = replace(changed, version=3, modification=NOW + 2, payload=b"", deleted=True)
    return first, secured(alice, changed, RecordChange.UPDATED), secured(alice, gone, RecordChange.DELETED)


@both
@pytest.mark.parametrize("latest", [1, 2], ids=["changed", "deleted"])
def test_attack_an_old_version_is_sent_again(profile: Profile, latest: int, monkeypatch: pytest.MonkeyPatch) -> None:
    known = versions(profile)
    old, new = known[0], known[latest]

    def afterwards() -> Node:
        node = Node(profile)
        for record in (old, new, old):
            node.flooded(record)
        return node

    with monkeypatch.context() as patch:
        patch.setattr(Graph, "verdict", lambda *_: Verdict.NEW)
        assert afterwards().stored(old) == encode_record(old)
    node = afterwards()
    assert node.stored(old) == encode_record(new)
    assert node.graph.flooding.outdated == 1
    assert encode_record(new) in node.answers()[-1]  # and she is told what is true now


@both
def test_attack_a_record_is_sent_again_after_its_end(profile: Profile, monkeypatch: pytest.MonkeyPatch) -> None:
    first, _, _ = versions(profile)

    def afterwards() -> Node:
        node = Node(profile)
        node.now = Moment(NOW + 2 * HOUR, 7300.0)
        node.flooded(first)
        return node

    with monkeypatch.context() as patch:
        patch.setattr(Graph, "has_expired", lambda self, expiration: False)
        assert afterwards().stored(first) is not None
    assert afterwards().stored(first) is None


@both
def test_attack_a_changed_record_is_not_handed_on(profile: Profile) -> None:
    first, _, _ = versions(profile)
    node = Node(profile)
    node.flooded(replace(first, payload=b"something else"))
    assert node.stored(first) is None
    assert node.graph.flooding.invalid == 1 and node.security.refused.total() == 1


@both
def test_attack_a_slow_clock_lengthens_a_membership(profile: Profile, monkeypatch: pytest.MonkeyPatch) -> None:
    """Alice has moved carol's peer time back, and stays although her membership has ended."""

    def stays() -> bool:
        node = Node(profile)
        node.graph.clock.delta = TOLERANCE
        node.now = Moment(member(profile, "alice").not_after + TOLERANCE // 2, 200.0)
        node.do(node.graph.end_refused)
        return node.link.connected

    with monkeypatch.context() as patch:
        refuses = GroupSecurity.refuses
        patch.setattr(GroupSecurity, "refuses", lambda self, peer, now: refuses(self, peer, now - TOLERANCE))
        assert stays()
    assert not stays()


@both
def test_a_membership_s_end_is_looked_for_by_the_machine_s_own_clock(profile: Profile) -> None:
    node = Node(profile)
    node.graph.clock.delta = TOLERANCE
    node.now = Moment(member(profile, "alice").not_after - 40 * SECOND, 200.0)
    node.do(node.graph.end_refused)
    assert node.graph.timers.at(("member", node.link.id)) == 240.0
    node.now = Moment(member(profile, "alice").not_after + SECOND, 241.0)
    node.do(node.graph.tick)
    assert not node.link.connected


@both
def test_attack_a_slow_clock_delays_a_revocation(profile: Profile, monkeypatch: pytest.MonkeyPatch) -> None:
    """The revocation names a peer time that the clock of this machine has not reached yet."""

    def stays() -> bool:
        node = Node(profile)
        draft = node.security.revocation_draft(str(name(profile, "alice")), node.now.utc + TOLERANCE)
        record = secured(node.security, from_draft(draft, node.security, node.now.utc + TOLERANCE))
        node.security.validate(record, RecordChange.ADDED)
        node.do(node.graph.end_refused)
        return node.link.connected

    with monkeypatch.context() as patch:
        patch.setattr(Members, "barred", Members.revoked)
        assert stays()
    assert not stays()


@both
def test_attack_who_is_revoked_from_a_moment_on_stays_until_somebody_looks_again(
    profile: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The revocation is dated ahead: nothing that comes later says that it counts now."""

    def stays() -> bool:
        node = Node(profile)
        since = node.now.utc + TOLERANCE + 40 * SECOND
        record = secured(node.security, from_draft(node.security.revocation_draft(alice, since), node.security, since))
        node.security.validate(record, RecordChange.ADDED)
        node.do(node.graph.end_refused)
        assert node.link.connected, "it is good until then"
        node.now = Moment(node.now.utc + 40 * SECOND, node.now.elapsed + 40.0)
        node.do(node.graph.tick)
        return node.link.connected

    alice = str(name(profile, "alice"))
    with monkeypatch.context() as patch:
        patch.setattr(Members, "good_until", lambda self, chain: chain.not_after)
        assert stays()
    assert not stays()


# ---- Who a link is: what it says of itself is bound to who has proved to be there ------------------------------------


@both
def test_attack_a_member_keeps_another_s_node_out_by_its_node_id(
    profile: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bob has said first that he is the node that alice then comes with."""

    def comes_in() -> bool:
        node = Node(profile)
        node.security.met(member(profile, "bob"))
        node.neighbor(profile, "bob", 8)
        node.do(node.graph.received, node.link, frame(encode(Disconnect(DisconnectReason.LEAVING))))
        return node.neighbor(profile, "alice", 8).connected

    def by_claim(self: Connections, node_id: int, link: Link) -> Link | None:
        return next((other for other in self._state.neighbors if other.node_id == node_id), None)

    with monkeypatch.context() as patch:
        patch.setattr(Connections, "_neighbor", by_claim)
        assert not comes_in()
    assert comes_in()


@both
def test_a_member_that_says_to_be_another_s_node_is_a_node_of_its_own(profile: Profile) -> None:
    node = Node(profile)
    node.security.met(member(profile, "bob"))
    bob = node.neighbor(profile, "bob", node.link.node_id)
    assert node.link.connected and bob.connected
    again = node.neighbor(profile, "bob", node.link.node_id)
    assert not again.connected and node.graph.connections.claimed == 1


@both
def test_attack_a_member_s_presence_names_another_s_node(profile: Profile, monkeypatch: pytest.MonkeyPatch) -> None:
    """It came first, so that it would be taken for alice's, who has proved on her link to be there."""

    def found() -> str:
        node = Node(profile)
        node.security.met(member(profile, "bob"))
        for who in ("bob", "alice"):
            payload = PresencePayload(node.link.node_id, who).encode()
            by = security(profile, who, member(profile, who))
            node.flooded(secured(by, made(profile, who, type=PRESENCE, payload=payload)))
        assert len(node.graph.topology.presence) == 2
        entry = node.graph.topology.node(node.link.node_id)
        assert entry is not None and entry.attributes is not None
        return entry.attributes

    with monkeypatch.context() as patch:
        patch.setattr(Topology, "linked", lambda self, entry: True)
        assert found() == "bob"
    assert found() == "alice"
