"""Attacks on what stands: revocations are to be undone, what the graph needs is to be frozen, restarts to forget."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from peerapi.address import Address
from peerapi.graphing import state as state_of_graph
from peerapi.graphing.codec.framing import frame
from peerapi.graphing.codec.messages import AuthInfo, Connect, ConnectionType, encode, encode_flood
from peerapi.graphing.codec.records import (
    GRAPH_INFO_ID,
    LAST_VERSION,
    Record,
    decode_record,
    encode_record,
    record_id,
)
from peerapi.graphing.conflict import Verdict
from peerapi.graphing.graph import Graph
from peerapi.graphing.machine.security_records import SecurityRecords
from peerapi.grouping import validation
from peerapi.grouping.connection_ends import Peer
from peerapi.grouping.membership import MembershipChain
from peerapi.grouping.record_rules import Rule
from peerapi.grouping.refusal import Refusal
from peerapi.grouping.revocation import REVOCATION, RevocationPayload
from peerapi.grouping.signatures import sign
from peerapi.identity.keys import Profile
from peerapi.moment import LAST_TIME, Moment
from peerapi.store.database import Database
from tests.grouping.test_validation import forced, secured
from tests.grouping.values import (
    ADMINISTRATOR,
    BOTH,
    CHAT,
    HOUR,
    NOW,
    SECOND,
    creator,
    from_draft,
    member,
    name,
    properties,
    security,
)

both = pytest.mark.parametrize("profile", BOTH, ids=lambda profile: profile.value)
PORT = Address(bytes(15) + b"\1", 4000)


class Node:
    """Carol's node with a database in a file, and alice as a neighbor, who hands on whatever she is given."""

    def __init__(self, profile: Profile, path: Path, *others: MembershipChain, create: bool = True) -> None:
        self.profile, self.path = profile, path
        self.others = others
        self.now = Moment(NOW + 10 * SECOND, 100.0)
        self.start()
        if create:
            self.do(self.graph.create, properties(profile).graph_info())
            self.publish(self.security.properties_draft(properties(profile)))
            self.publish(self.security.membership_draft(self.graph.peer_time))
        else:
            self.do(self.graph.open)
        self.meet()

    def start(self) -> None:
        self.security = security(self.profile, "carol", creator(self.profile), owns=True, knows_properties=False)
        self.security.found(properties(self.profile).version)
        group, me = str(name(self.profile, "club")), str(name(self.profile, "carol"))
        self.graph = Graph(group, me, Database.open(self.path), random=random.Random(1))
        self.graph.secure_by(self.security, keeps_own_records=True)

    def meet(self) -> None:
        for chain in (member(self.profile, "alice"), *self.others):
            self.security.met(chain)
        peer = Peer(name(self.profile, "alice"), member(self.profile, "alice"))
        auth = AuthInfo(ConnectionType.NEIGHBOR, self.graph.graph_id, str(peer.name), None)
        self.link = self.graph.at(self.now).accepted(auth, PORT)
        self.do(self.graph.authenticated, self.link, peer)
        self.do(self.graph.received, self.link, frame(encode(Connect(node_id=7, addresses=()))))
        assert self.link.connected

    def again(self) -> None:
        """The process is killed, and starts once more. The people whom it meets are not there yet."""
        self.graph.database.close()
        self.start()
        self.do(self.graph.open)

    def do(self, work: Callable[..., Any], *arguments: Any) -> Any:
        self.graph.database.begin()
        self.graph.at(self.now)
        result = work(*arguments)
        self.graph.database.commit()
        return result

    def publish(self, draft: Any) -> Record:
        return self.stored(self.do(self.graph.publication.add, draft))

    def hears(self, *records: Record) -> None:
        for record in records:
            self.do(self.graph.received, self.link, frame(encode_flood(encode_record(record))))

    def stored(self, record_id: bytes) -> Record:
        wire = self.graph.database.wire(record_id)
        assert wire is not None
        return decode_record(wire)

    def revoked(self, who: str, role: Any = None) -> bool:
        chain = member(self.profile, who) if role is None else member(self.profile, who, role)
        return self.security.members.revoked(chain, self.graph.peer_time)


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Callable[[], Path]]:
    """A new file each time."""
    numbers = iter(range(100))
    yield lambda: tmp_path / f"{next(numbers)}.db"


def instead(profile: Profile, victim: Record, who: str = "ada", back: int = 0) -> Record:
    """An administrator's record of another type that wants the place of ``victim``, dated back."""
    node = security(profile, who, member(profile, who, ADMINISTRATOR))
    moment = victim.modification - back
    one = replace(
        victim,
        type=CHAT,
        version=victim.version + 1,
        payload=b"nothing to see",
        modified_by=str(node.credential.name),
        creation=moment - 1,
        modification=moment,
        expiration=NOW + HOUR,
        security_data=b"",
    )
    if profile is Profile.MODERN or victim.creator_id != str(node.group):
        node.met(member(profile, "abe", ADMINISTRATOR))
        return forced(node, one)
    root, own = creator(profile).root.serial, member(profile, who, ADMINISTRATOR).serial
    return replace(one, security_data=sign(node.credential.key, one, properties(profile).version, root, own))


def anything_goes(patch: pytest.MonkeyPatch, *, types: bool = True, rules: bool = True) -> None:
    if types:
        patch.setattr(state_of_graph, "resolve", lambda *_, **__: Verdict.NEW)
        patch.setattr(validation, "check_place", lambda *_: None)
    if rules:
        patch.setattr(Rule, "permits", lambda *_: True)


@both
@pytest.mark.parametrize("maker", ["the group", "an administrator"])
def test_attack_an_administrator_puts_a_record_in_the_place_of_a_revocation(
    profile: Profile, maker: str, path: Callable[[], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def attempt() -> Node:
        abe, ada = (member(profile, who, ADMINISTRATOR) for who in ("abe", "ada"))
        node = Node(profile, path(), ada, abe, member(profile, "bob"))
        draft = node.security.revocation_draft(str(name(profile, "bob")), node.graph.peer_time)
        if maker == "the group":
            revocation = node.publish(draft)
        else:
            by = security(profile, "abe", abe)
            by.met(member(profile, "bob"))
            draft = by.revocation_draft(str(name(profile, "bob")), NOW)
            revocation = secured(by, from_draft(draft, by))
            node.hears(revocation)
        assert node.revoked("bob")
        node.hears(instead(profile, revocation))
        assert node.revoked("bob")
        node.again()
        return node

    with monkeypatch.context() as patch:
        anything_goes(patch)
        assert not attempt().revoked("bob")
    node = attempt()
    assert node.revoked("bob")


@both
@pytest.mark.parametrize("maker", ["the group", "an administrator"])
def test_attack_who_was_revoked_shows_a_newcomer_another_record_first(
    profile: Profile, maker: str, path: Callable[[], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The newcomer has not heard of the revocation, and takes what is signed with an earlier date; the revocation that
    comes then is the right one."""

    def attempt() -> Node:
        abe, ada = (member(profile, who, ADMINISTRATOR) for who in ("abe", "ada"))
        maker_node = Node(profile, path(), ada, abe)
        ada_goes = str(name(profile, "ada"))
        if maker == "the group":
            revocation = maker_node.publish(maker_node.security.revocation_draft(ada_goes, NOW))
        else:
            by = security(profile, "abe", abe)
            payload = RevocationPayload(name(profile, "bob").authority, NOW).encode()
            one = Record(
                REVOCATION,
                record_id(str(by.credential.name), bytes(16)),
                1,
                str(by.credential.name),
                NOW,
                NOW + HOUR,
                NOW,
                str(name(profile, "club")),
                payload,
            )
            revocation = secured(by, one)
        newcomer = Node(profile, path(), ada, abe, member(profile, "bob"))
        newcomer.hears(instead(profile, revocation, back=60 * SECOND), revocation)
        newcomer.again()
        return newcomer

    def is_revoked(node: Node) -> bool:
        return node.revoked("ada", ADMINISTRATOR) if maker == "the group" else node.revoked("bob")

    with monkeypatch.context() as patch:
        anything_goes(patch, types=False)
        patch.setattr(Graph, "verdict", lambda *_: Verdict.OLD)
        assert not is_revoked(attempt())
    assert is_revoked(attempt())


@both
@pytest.mark.parametrize("version", [2, LAST_VERSION])
@pytest.mark.parametrize("known_already", [False, True], ids=["sent now", "stored by an earlier version"])
def test_attack_a_member_freezes_graph_info(
    profile: Profile, version: int, known_already: bool, path: Callable[[], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says what the properties say, so any member may renew it; nobody shall be kept from renewing it again."""

    def attempt() -> tuple[Node, Record]:
        node = Node(profile, path())
        known = node.stored(GRAPH_INFO_ID)
        end = member(profile, "alice").not_after
        alice = security(profile, "alice", member(profile, "alice"))
        alice.met(creator(profile))
        frozen = replace(
            known,
            version=version,
            modified_by=str(alice.credential.name),
            modification=end - 1,
            expiration=end,
            security_data=b"",
        )
        frozen = forced(alice, frozen)
        with monkeypatch.context() as patch:
            if known_already:
                patch.setattr(validation, "FAR_AHEAD", LAST_TIME)
            node.hears(frozen)
        return node, frozen

    def change(node: Node) -> str | None:
        wanted = replace(properties(profile), friendly_name="Another Name")
        known = node.security.properties_id
        assert known is not None

        def update() -> None:
            node.graph.publication.update(node.security.properties_draft(wanted, known))
            node.graph.publish_info(wanted.graph_info())

        node.do(update)
        assert node.graph.info is not None
        return node.graph.info.friendly_name

    with monkeypatch.context() as patch:  # where the next version is dated after the one before, and nothing is refused
        patch.setattr(validation, "FAR_AHEAD", LAST_TIME)
        patch.setattr("peerapi.graphing.machine.publication.FAR_AHEAD", LAST_TIME)
        node, frozen = attempt()
        assert node.stored(GRAPH_INFO_ID) == frozen
        change(node)
        assert node.stored(GRAPH_INFO_ID).modification > node.graph.horizon  # others would have to refuse it
    node, frozen = attempt()
    assert node.security.refused == ({} if known_already else {Refusal.AHEAD: 1})
    assert (node.stored(GRAPH_INFO_ID) == frozen) is known_already
    assert change(node) == "Another Name"
    renewed = node.stored(GRAPH_INFO_ID)
    assert renewed.payload != frozen.payload and renewed.modification <= node.graph.horizon
    node.hears(frozen)
    assert node.stored(GRAPH_INFO_ID) == renewed
    if not known_already:
        return
    bob = Node(profile, path())  # who knows the frozen one takes the renewal
    with monkeypatch.context() as patch:
        patch.setattr(validation, "FAR_AHEAD", LAST_TIME)
        bob.hears(frozen)
    assert bob.stored(GRAPH_INFO_ID) == frozen
    bob.hears(renewed)
    assert bob.stored(GRAPH_INFO_ID) == renewed


@both
def test_attack_a_revocation_outlives_the_record_that_proves_its_maker(
    profile: Profile, path: Callable[[], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An administrator's membership record expires, as when it is away for a month; its revocations stay."""

    def revoked_after_a_restart() -> bool:
        node = Node(profile, path(), member(profile, "bob"))
        abe = security(profile, "abe", member(profile, "abe", ADMINISTRATOR))
        abe.met(member(profile, "bob"))
        proof = replace(from_draft(abe.membership_draft(NOW), abe, seed=2), expiration=NOW + 60 * SECOND)
        revocation = from_draft(abe.revocation_draft(str(name(profile, "bob")), NOW), abe)
        node.hears(secured(abe, proof), secured(abe, revocation))
        assert node.revoked("bob")
        node.now = Moment(NOW + HOUR, 4000.0)
        node.do(node.graph.tick)
        assert node.graph.database.wire(proof.id) is None
        assert node.revoked("bob")
        node.again()
        return node.revoked("bob")

    with monkeypatch.context() as patch:
        patch.setattr(SecurityRecords, "stands", lambda *_: None)
        assert not revoked_after_a_restart()
    assert revoked_after_a_restart()


@both
def test_what_a_revocation_leaves_behind_goes_with_it(profile: Profile, path: Callable[[], Path]) -> None:
    node = Node(profile, path(), member(profile, "bob"))
    abe = security(profile, "abe", member(profile, "abe", ADMINISTRATOR))
    abe.met(member(profile, "bob"))
    node.security.met(member(profile, "abe", ADMINISTRATOR))
    one = from_draft(abe.revocation_draft(str(name(profile, "bob")), NOW), abe)
    node.hears(secured(abe, replace(one, expiration=NOW + 60 * SECOND)))
    fact = f"proof {one.id.hex()}"
    assert node.graph.database.fact(fact) is not None and node.revoked("bob")
    node.now = Moment(NOW + HOUR, 4000.0)
    node.do(node.graph.tick)
    assert node.graph.database.fact(fact) is None and not node.revoked("bob")
