"""What one member may have at a node."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest

from peerapi.engine.groups.groups import member_quota
from peerapi.errors import InvalidArgument, WrappedWin32Error
from peerapi.graphing.codec.framing import frame
from peerapi.graphing.codec.messages import encode_flood
from peerapi.graphing.codec.records import MEMBERSHIP, Record, creator_key, encode_record
from peerapi.graphing.draft import Draft
from peerapi.graphing.events import RecordChange
from peerapi.graphing.machine.quotas import ERROR_NOT_ENOUGH_QUOTA, NO_QUOTA, OWN_RECORDS, Quota, Quotas
from peerapi.grouping.profile import BATCHES
from peerapi.grouping.properties import encode_membership
from peerapi.store.database import Database, Row
from peerapi.store.usage import Share
from tests.grouping.test_attacks_graph import Node
from tests.grouping.test_validation import made, secured
from tests.grouping.values import CHAT, HOUR, MODERN, NOW, member, name, security

ALICE, CAROL = (creator_key(str(name(MODERN, who))) for who in ("alice", "carol"))


def alices(count: int, size: int = 100) -> list[Record]:
    alice = security(MODERN, "alice", member(MODERN, "alice"))
    return [secured(alice, made(MODERN, payload=bytes(size), seed=number)) for number in range(count)]


def limited(quota: Quota) -> Node:
    node = Node(MODERN)
    node.graph.limit_creators(quota, [str(name(MODERN, "club"))])
    return node


def refused(node: Node) -> int:
    assert node.graph.quotas is not None
    return node.graph.quotas.refused


def share(node: Node, creator: bytes) -> Share:
    assert node.graph.database.usage is not None
    return node.graph.database.usage.of(creator)


def flooded(node: Node, records: list[Record], *, together: bool) -> None:
    if not together:
        for record in records:
            node.flooded(record)
        return
    data = b"".join(frame(encode_flood(encode_record(record))) for record in records)
    node.do(node.graph.received, node.link, data)


@pytest.mark.parametrize("together", [True, False])
def test_attack_a_member_fills_the_disk(together: bool) -> None:
    records = alices(30)
    size = len(encode_record(records[0]))
    assert {len(encode_record(record)) for record in records} == {size}
    for quota in (NO_QUOTA, Quota(0, 1 << 30), Quota(1000, 0)):
        node = limited(quota)
        flooded(node, records, together=together)
        assert share(node, ALICE) == Share(30, 30 * size), "harmless even without the check"
        assert refused(node) == 0
    for quota in (Quota(20, 0), Quota(0, 20 * size), Quota(20, 21 * size), Quota(21, 20 * size + 5)):
        node = limited(quota)
        flooded(node, records, together=together)
        assert share(node, ALICE) == Share(20, 20 * size)
        assert refused(node) == 10
        assert node.security.refused.total() == 0  # nothing is wrong with them


def test_what_is_there_is_replaced_deleted_and_never_lost() -> None:
    alice = security(MODERN, "alice", member(MODERN, "alice"))
    first, second = alices(2)
    node = limited(Quota(1, 0))
    node.flooded(first)
    node.flooded(second)
    assert refused(node) == 1
    changed = replace(first, version=2, modification=NOW + 1, modified_by=first.creator_id, payload=bytes(90))
    changed = secured(alice, changed, RecordChange.UPDATED)
    node.flooded(changed)
    assert node.stored(first) == encode_record(changed)
    gone = replace(changed, version=3, modification=NOW + 2, payload=b"", deleted=True)
    gone = secured(alice, gone, RecordChange.DELETED)
    node.flooded(gone)
    assert node.stored(first) == encode_record(gone)
    node.flooded(second)
    assert refused(node) == 2  # a tombstone is a record until it expires
    assert share(node, ALICE) == Share(1, len(encode_record(gone)))


def test_a_record_may_not_grow_beyond_the_quota() -> None:
    alice = security(MODERN, "alice", member(MODERN, "alice"))
    (first,) = alices(1)
    node = limited(Quota(0, len(encode_record(first)) + 200))
    node.flooded(first)
    larger = replace(first, version=2, modification=NOW + 1, modified_by=first.creator_id, payload=bytes(1000))
    node.flooded(secured(alice, larger, RecordChange.UPDATED))
    assert node.stored(first) == encode_record(first) and refused(node) == 1
    larger = secured(alice, replace(larger, payload=bytes(110)), RecordChange.UPDATED)
    node.flooded(larger)
    assert node.stored(first) == encode_record(larger) and refused(node) == 1


def test_an_old_version_of_what_is_there_is_answered_as_always() -> None:
    alice = security(MODERN, "alice", member(MODERN, "alice"))
    (first,) = alices(1, 500)
    changed = replace(first, version=2, modification=NOW + 1, modified_by=first.creator_id, payload=b"short")
    changed = secured(alice, changed, RecordChange.UPDATED)
    node = limited(Quota(1, len(encode_record(changed))))
    node.flooded(changed)
    node.flooded(first)
    assert node.graph.flooding.outdated == 1 and refused(node) == 0
    assert encode_record(changed) in node.answers()[-1]


def test_a_full_member_remains_a_member_and_its_records_of_that_kind_are_bounded_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    alice = security(MODERN, "alice", member(MODERN, "alice"))
    node = limited(Quota(1, 1))
    payload = encode_membership(BATCHES, member(MODERN, "alice").encode())
    memberships = [secured(alice, made(MODERN, type=MEMBERSHIP, payload=payload, seed=seed)) for seed in range(3)]
    node.flooded(memberships[0])
    assert node.stored(memberships[0]) is not None
    assert OWN_RECORDS > 100
    monkeypatch.setattr("peerapi.graphing.machine.quotas.OWN_RECORDS", 1)
    for one in memberships[1:]:
        node.flooded(one)
    assert share(node, ALICE).records == 2 and refused(node) == 1
    node.flooded(alices(9)[8])
    assert refused(node) == 2


def test_one_members_quota_is_nobody_elses() -> None:
    node = limited(Quota(3, 0))
    before = share(node, CAROL)
    flooded(node, alices(10), together=True)
    assert share(node, CAROL) == before
    bob = security(MODERN, "bob", member(MODERN, "bob"))
    node.security.met(member(MODERN, "bob"))
    record = secured(bob, made(MODERN, "bob"))
    node.flooded(record)
    assert node.stored(record) is not None


def test_deferred_records_have_no_way_around() -> None:
    node = limited(Quota(2, 0))
    stranger = security(MODERN, "bob", member(MODERN, "bob"))
    records = [secured(stranger, made(MODERN, "bob", seed=seed)) for seed in range(5)]
    flooded(node, records, together=True)
    assert len(node.graph.flooding.deferred) == 5
    node.security.met(member(MODERN, "bob"))
    node.do(node.graph.validate_deferred, ())
    assert share(node, creator_key(str(name(MODERN, "bob")))).records == 2
    assert refused(node) == 3


# ---- This node's own -------------------------------------------------------------------------------------------------


def draft(size: int = 10) -> Draft:
    return Draft(type=CHAT, expiration=NOW + HOUR, data=bytes(size))


def fails(node: Node, work: Any, *arguments: object) -> None:
    with pytest.raises(WrappedWin32Error) as caught:
        node.graph.at(node.now)
        work(*arguments)
    node.graph.database.rollback()
    assert caught.value.hresult == 0x80070000 | ERROR_NOT_ENOUGH_QUOTA == 0x80070718


def test_this_node_adds_no_more_than_others_would_take() -> None:
    node = limited(NO_QUOTA)
    have = share(node, CAROL).records
    node.graph.limit_creators(Quota(have + 3, 0))
    node.do(node.graph.add_record, draft())
    fails(node, node.graph.add_records, [draft()] * 3)
    node.do(node.graph.add_records, [draft()] * 2)
    fails(node, node.graph.add_record, draft())
    assert share(node, CAROL).records == have + 3


def test_this_node_changes_and_deletes_what_it_has_however_full_it_is() -> None:
    node = limited(NO_QUOTA)
    id_ = node.graph.at(node.now).add_record(draft(300))
    node.graph.limit_creators(Quota(1, 1))
    fails(node, node.graph.update_record, Draft(id=id_, data=bytes(301)))
    assert node.graph.live_record(id_).version == 1
    name_of_changer = 2 * len(str(name(MODERN, "carol"))) + 2
    for smaller in (10, 20):
        node.do(node.graph.update_record, Draft(id=id_, data=bytes(300 - name_of_changer - smaller)))
    assert node.graph.live_record(id_).version == 3
    node.do(node.graph.delete_record, id_)
    assert refused(node) == 0


def test_importing_loses_nothing_of_ones_own_and_takes_no_more_of_others() -> None:
    node = limited(NO_QUOTA)
    own = [node.graph.at(node.now).add_record(draft()) for _ in range(5)]
    flooded(node, alices(5), together=True)
    rows = [(row.flags, row.wire) for _, row in node.graph.database.changed(0, 1000, 1000, 1 << 30)[0]]
    empty = Node(MODERN)
    empty.graph.links.clear()
    empty.graph.created_here = False
    empty.graph.limit_creators(Quota(2, 0))
    facts = {"graph_id": empty.graph.graph_id, "peer_id": empty.graph.peer_id}
    empty.graph.at(empty.now).import_records(facts, rows)
    assert all(empty.graph.database.get(id_) is not None for id_ in own)
    assert share(empty, ALICE).records == 2 and refused(empty) == 3


def test_a_restart_changes_nothing_about_who_has_how_much() -> None:
    node = limited(Quota(3, 0))
    flooded(node, alices(5), together=True)
    kept = share(node, ALICE)
    node.graph.limit_creators(Quota(3, 0))  # counts anew
    assert share(node, ALICE) == kept
    flooded(node, alices(8)[5:], together=True)
    assert share(node, ALICE) == kept and refused(node) == 3


# ---- Numbers ---------------------------------------------------------------------------------------------------------


def test_the_usual_quota_stops_a_member_from_filling_a_disk_and_nobody_else() -> None:
    assert member_quota() == Quota(500_000, 512 << 20)


@pytest.mark.parametrize(
    ("records", "size", "quota"), [("7", "8", Quota(7, 8)), ("0", "0", NO_QUOTA), ("9", None, Quota(9))]
)
def test_the_environment_says_otherwise(
    records: str, size: str | None, quota: Quota, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PEERAPI_MEMBER_RECORDS", records)
    if size is not None:
        monkeypatch.setenv("PEERAPI_MEMBER_BYTES", size)
    assert member_quota() == quota


@pytest.mark.parametrize("text", ["", "-1", "many", "1" * 19])
def test_what_is_no_number_is_refused(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PEERAPI_MEMBER_BYTES", text)
    with pytest.raises(InvalidArgument):
        member_quota()


def test_without_a_limit_nothing_is_asked() -> None:
    quotas = Quotas(NO_QUOTA, Database.open(":memory:"))
    row = Row(random.Random(1).randbytes(16), CHAT, 1, 0, 1, 2, b"")
    assert quotas.has_room(row.id, 1 << 40, None, internal=False, more=Share(1 << 40, 1 << 50))
