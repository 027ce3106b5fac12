"""What is judged in passing is judged as ``validation.judge`` judges it, which is the reference."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fuzz.mutation import damaged
from peerapi.graphing.clock import FAR_AHEAD
from peerapi.graphing.codec.framing import frame
from peerapi.graphing.codec.messages import encode_flood
from peerapi.graphing.codec.records import (
    PRESENCE,
    Record,
    decode_record,
    encode_record,
    graph_id_wire,
    received_row,
    with_security,
)
from peerapi.graphing.codec.wire import MalformedMessage
from peerapi.graphing.events import Event, EventType, RecordChange, RecordChanged
from peerapi.graphing.machine.bounds import JUDGED, TURN
from peerapi.graphing.outputs import Notify, NotifyChanges, Send
from peerapi.graphing.security import Validity
from peerapi.grouping import signatures
from peerapi.grouping.batches import HASH_SIZE, KnownNodes, Place, leaf_hash, places
from peerapi.grouping.profile import BATCHES
from peerapi.grouping.provider import GroupSecurity
from peerapi.grouping.revocation import REVOCATION, RevocationPayload
from peerapi.grouping.roles import Role
from peerapi.grouping.sieve import KNOWN_TREE, RecordSieve
from peerapi.grouping.signatures import Unsigned, sign_batch
from peerapi.store.database import Row
from tests.grouping.conftest import forget
from tests.grouping.test_attacks_graph import Node
from tests.grouping.test_validation import forced, made, secured
from tests.grouping.values import (
    CHAT,
    HOUR,
    MODERN,
    NOW,
    PUBLISHED,
    SECOND,
    creator,
    issuer,
    key,
    member,
    name,
    properties,
    record,
    security,
)

WIRE = graph_id_wire(str(name(MODERN, "club")))


@pytest.fixture(autouse=True)
def forgetful() -> Iterator[None]:
    forget()
    yield
    forget()


def member_security(who: str) -> GroupSecurity:
    """A member who knows the group's properties."""
    one = security(MODERN, who, member(MODERN, who))
    one._knowledge.properties = properties(MODERN)
    return one


def batch(who: str, count: int, seed: int = 0, **changes: Any) -> list[bytes]:
    """Records that somebody has signed together."""
    club = name(MODERN, "club")
    some = [record(name(MODERN, who), b"%d" % n, group=club, seed=seed * 1000 + n, **changes) for n in range(count)]
    serial = member(MODERN, who).serial
    unsigned = [Unsigned(one, serial, serial, encode_record(one)) for one in some]
    return [
        with_security(one.wire, data)
        for one, data in zip(unsigned, sign_batch(key(MODERN, who), BATCHES, unsigned), strict=True)
    ]


def sieve_of(one: GroupSecurity, left: int = 1 << 30) -> RecordSieve:
    found = one.sieve(partial(received_row, Row, WIRE, 0), lambda _: True, NOW + SECOND)
    assert found is not None
    found.left = left
    return found


def passing(one: RecordSieve, wire: bytes) -> Row | None:
    try:
        return one(wire)
    except MalformedMessage:
        return None


# ---- The nodes of a batch --------------------------------------------------------------------------------------------


@settings(max_examples=60)
@given(st.integers(2, 40), st.randoms())
def test_known_nodes_lead_where_the_whole_path_leads(count: int, chance: random.Random) -> None:
    leaves = [leaf_hash(bytes((index,))) for index in range(count)]
    signed, encoded = places(leaves)
    there = [Place.decode(one)[0] for one in encoded]
    nodes = KnownNodes()
    first = chance.randrange(count)
    assert not nodes.lead_on(count, first, there[first].path, leaves[first])
    nodes.learn(count, first, there[first].path, leaves[first], signed[-HASH_SIZE:])
    order = list(range(count))
    chance.shuffle(order)
    for index in order:
        place, leaf = there[index], leaves[index]
        other = leaves[index - 1]
        assert not nodes.lead_on(count, index, place.path, other)
        changed = bytearray(place.path)
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
        assert not nodes.lead_on(count, index, bytes(changed), leaf), "another form of the proof"
        known = nodes.lead_on(count, index, place.path, leaf)
        assert known or count & (count - 1), "in a full tree the neighbors lead on"
        assert place.signed(leaf) == signed
        if not known:
            nodes.learn(count, index, place.path, leaf, signed[-HASH_SIZE:])


def test_a_batch_takes_one_node_for_each_record() -> None:
    bob = member_security("bob")
    bob.met(member(MODERN, "alice"))
    wires = batch("alice", 32)
    one = sieve_of(bob)
    assert all(one(wire) is not None for wire in wires)
    (known,) = signatures._good_roots.values()
    assert known is not None
    assert len(known._nodes) == 2 * 32 - 1, "each pair was hashed when it was met, and then it was known"
    assert (1 << 30) - one.left == JUDGED + 31 * KNOWN_TREE


# ---- One record ------------------------------------------------------------------------------------------------------


def kinds() -> list[bytes]:
    """Records of all kinds, by members and others, right and wrong."""
    alice = member_security("alice")
    alone = made(MODERN)
    changed = replace(alone, version=2, modification=NOW + 1, modified_by=alone.creator_id)
    gone = replace(changed, payload=b"", deleted=True)
    found = [
        secured(alice, alone),
        secured(alice, changed, RecordChange.UPDATED),
        secured(alice, gone, RecordChange.DELETED),
        secured(alice, made(MODERN, attributes="<attributes/>")),
        forced(alice, made(MODERN, now=NOW - HOUR)),  # before the membership
        forced(alice, made(MODERN, expiration=member(MODERN, "alice").not_after + 1)),
        forced(alice, made(MODERN, now=NOW + FAR_AHEAD + HOUR, expiration=NOW + FAR_AHEAD + 2 * HOUR)),
        forced(alice, made(MODERN, type=PRESENCE)),
        forced(alice, made(MODERN, who="dave")),  # somebody else's name, and nobody's
        forced(alice, made(MODERN, who="club")),
        replace(secured(alice, alone), security_data=b""),
        replace(secured(alice, alone), security_data=b"\1" + bytes(32)),
        replace(secured(alice, alone), security_data=b"\2" + bytes(32)),
        replace(secured(alice, alone), security_data=b"\3" + bytes(100)),
    ]
    wires = [encode_record(one) for one in found] + batch("alice", 3) + batch("alice", 2, 1, now=NOW - HOUR)
    return [*wires, *batch("mallory", 2)]


def knowing() -> list[GroupSecurity]:
    """Bob, who knows various things of alice."""
    renewed = issuer(MODERN, "carol", creator(MODERN)).issue(
        key(MODERN, "alice").public, name(MODERN, "alice"), "Alice", (Role.MEMBER,), NOW + HOUR
    )
    found = []
    for version in (BATCHES, (2, 0)):
        for chains in ((), (member(MODERN, "alice"),), (member(MODERN, "alice"), renewed), (renewed,)):
            bob = member_security("bob")
            bob._knowledge.properties = replace(properties(MODERN), version=version)
            for chain in chains:
                bob.met(chain)
            found.append(bob)
    return found


def test_what_passes_is_valid_and_nothing_else_passes() -> None:
    wires = kinds()
    passed = 0
    for bob in knowing():
        one = sieve_of(bob)
        for wire in [*wires, *damaged(wires, 600)]:
            row = passing(one, wire)
            passed += row is not None
            try:
                expected = received_row(Row, WIRE, 0, wire)
            except MalformedMessage:
                assert row is None
                continue
            shown, before = decode_record(wire), bob.refused.total()
            validity = bob.validate(shown, RecordChange.ADDED, wire, now=NOW + SECOND)
            if row is not None:
                assert (row, validity) == (expected, Validity.VALID)
                assert bob.refused.total() == before
            elif validity is Validity.VALID and shown.type == CHAT:
                assert shown.modified_by is not None or shown.deleted, "it need not have been judged by itself"
    assert passed > 20


def test_nothing_passes_in_the_published_profile_or_when_nothing_is_left() -> None:
    assert security(PUBLISHED, "bob", member(PUBLISHED, "bob")).sieve(lambda _: pytest.fail(), bool, NOW) is None
    bob = member_security("bob")
    bob.met(member(MODERN, "alice"))
    wire = batch("alice", 2)[0]
    assert sieve_of(bob, 0)(wire) is None
    one = sieve_of(bob, 1)
    assert one(wire) is not None
    assert one(wire) is None, "it was spent"
    crowded = bob.sieve(partial(received_row, Row, WIRE, 0), lambda _: False, NOW + SECOND)
    assert crowded is not None
    crowded.left = TURN
    assert crowded(wire) is None


def test_attack_a_record_of_a_known_batch_with_another_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another form of a record's proof could take the place of the first. What leads to a known node has to go on from
    there as it did."""
    bob = member_security("bob")
    bob.met(member(MODERN, "alice"))
    wires = batch("alice", 8)
    shown = decode_record(wires[1])
    data = bytearray(shown.security_data)
    data[33 + 4 + 2 * HASH_SIZE] ^= 1  # the path's last hash, above what is known
    forged = encode_record(replace(shown, security_data=bytes(data)))

    class Careless(KnownNodes):
        def lead_on(self, leaves: int, index: int, path: bytes, leaf: bytes) -> bool:
            known = self._nodes.get((index, leaves - 1))
            return super().lead_on(leaves, index, path, leaf) or (known is not None and known[0] == leaf)

    for nodes, expected in ((Careless, True), (KnownNodes, False)):
        forget()
        monkeypatch.setattr(signatures, "KnownNodes", nodes)
        one = sieve_of(bob)
        assert one(wires[0]) is not None
        assert (one(forged) is not None) is expected
    assert bob.validate(decode_record(forged), RecordChange.ADDED, forged) is Validity.INVALID


# ---- In a graph ------------------------------------------------------------------------------------------------------


def node(monkeypatch: pytest.MonkeyPatch, sifting: bool) -> Node:
    """Carol's, with an application that hears of records, and another neighbor who gets what comes."""
    with monkeypatch.context() as patch:
        if not sifting:
            patch.setattr(GroupSecurity, "sieve", lambda *_: None)
        made = Node(MODERN)
        made.neighbor(MODERN, "bob", 8)
    made.graph.watched = True
    made.graph.outputs.clear()
    return made


def seen(one: Node) -> tuple[object, ...]:
    """All that can be seen of what a node has done."""
    graph = one.graph
    told: list[Event] = []
    for output in graph.outputs:
        if isinstance(output, Notify):
            told.append(output.event)
        elif isinstance(output, NotifyChanges):
            told += output.events
    assert all(event.type == EventType.RECORD_CHANGED for event in told if isinstance(event, RecordChanged))
    sent = {link.node_id: b"" for link in graph.links.values()}
    for output in graph.outputs:
        if isinstance(output, Send):
            sent[output.link.node_id] += bytes(output.data)
    rows = graph.database.changed(0, graph.database.last_seq, 1 << 20, 1 << 30)[0]
    acks = {link.node_id: list(link.acks) for link in graph.links.values()}
    return rows, told, sent, acks, dict(one.security.refused), graph.flooding.invalid, list(graph.flooding.deferred)


def revocation(who: str, seed: int) -> Record:
    carol = security(MODERN, "carol", creator(MODERN))
    payload = RevocationPayload(name(MODERN, who).authority, NOW + 1, "").encode()
    return secured(carol, made(MODERN, who="carol", type=REVOCATION, payload=payload, seed=seed))


def test_a_graph_is_the_same_with_and_without(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reads of all kinds of records in any order, whole and damaged, now and again, with a revocation between them."""
    chance = random.Random(16)
    wires = kinds() + [wire for seed in range(2, 6) for wire in batch("alice", 12, seed)]
    wires += [encode_record(secured(member_security("alice"), made(MODERN, seed=seed))) for seed in range(50, 80)]
    wires += [wire for wire in damaged(wires, 100) if len(wire) > 100]
    wires += [encode_record(revocation("mallory", 200)), encode_record(revocation("alice", 201))]
    both = node(monkeypatch, True), node(monkeypatch, False)
    passed = 0
    call = RecordSieve.__call__

    def counting(self: RecordSieve, wire: bytes) -> Row | None:
        nonlocal passed
        row = call(self, wire)
        passed += row is not None
        return row

    monkeypatch.setattr(RecordSieve, "__call__", counting)
    sieve = GroupSecurity.sieve
    for _ in range(25):
        read = b"".join(frame(encode_flood(chance.choice(wires))) for _ in range(chance.randrange(1, 40)))
        for sifting, one in zip((True, False), both, strict=True):
            monkeypatch.setattr(GroupSecurity, "sieve", sieve if sifting else lambda *_: None)
            one.do(one.graph.received, one.link, read)
            while one.link.paused:
                one.do(one.graph.resume, one.link)
            assert not one.link.over
        assert seen(both[0]) == seen(both[1])
    assert passed > 60
