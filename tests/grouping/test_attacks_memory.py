"""What a member can make others hold and do: each attack works without the one bound that stops it, and then not."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from peerapi.graphing.codec.framing import frame
from peerapi.graphing.codec.messages import encode_flood
from peerapi.graphing.codec.records import Record, encode_record, record_id, summarize
from peerapi.graphing.machine import deferred, flooding, reception
from peerapi.graphing.machine.bounds import JUDGED, TURN, Bound
from peerapi.graphing.machine.deferred import DeferredRecords
from peerapi.graphing.outputs import Examine
from peerapi.graphing.security import Received, Validity
from peerapi.grouping import signatures
from peerapi.grouping.members import Members
from peerapi.grouping.provider import GroupSecurity
from peerapi.grouping.refusal import Refusal
from peerapi.grouping.sieve import RecordSieve
from peerapi.identity.keys import Profile
from tests.grouping.test_attacks_graph import Node
from tests.grouping.test_validation import made, secured
from tests.grouping.values import BOTH, HOUR, MODERN, NOW, SECOND, member, name, security

MEGABYTE = 1 << 20


def of_nobody(number: int, size: int) -> Record:
    """A record whose creator nobody knows: it waits for a membership that there is not."""
    who = f"{number:040x}."
    return Record(
        type=bytes([9] * 16),
        id=record_id(who, number.to_bytes(16, "big")),
        version=1,
        creator_id=who,
        creation=NOW,
        modification=NOW,
        expiration=NOW + HOUR,
        graph_id=str(name(MODERN, "club")),
        payload=bytes(size),
        security_data=b"\x01" + bytes(100),
    )


def test_attack_records_that_nobody_can_judge(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deferred, "MAX_DEFERRED_BYTES", MEGABYTE)
    records = [of_nobody(number, 50_000) for number in range(60)]

    with monkeypatch.context() as patch:
        patch.setattr(deferred, "MAX_DEFERRED_BYTES", 1 << 40)
        node = Node(MODERN)
        for record in records:
            node.flooded(record)
        assert node.graph.flooding.deferred.size > 60 * 2 * 50_000
        assert node.graph.bounded[Bound.DEFERRED] == 0

    node = Node(MODERN)
    for record in records:
        node.flooded(record)
    held = node.graph.flooding.deferred
    assert 0 < held.size <= MEGABYTE
    assert node.graph.bounded[Bound.DEFERRED] == len(records) - len(held)
    assert all(node.stored(record) is None for record in records)
    assert records[-1].id in held


def received(number: int, size: int) -> Received:
    wire = encode_record(of_nobody(number, size))
    return Received(encode_flood(wire), wire, summarize(wire), None)


def test_who_sends_most_gives_way_and_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deferred, "MAX_DEFERRED_BYTES", 100_000)
    held = DeferredRecords()
    honest = [received(number, 500) for number in range(10)]
    for record in honest:
        assert held.add(record, "honest") == 0
    for number in range(100, 200):
        held.add(received(number, 5_000), "mallory")
    assert all(record.summary.id in held for record in honest)
    assert held.size <= 100_000
    for record in honest:
        assert held.pop(record.summary.id) == record
        assert held.pop(record.summary.id) is None


def test_the_number_of_deferred_records_is_bounded_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deferred, "MAX_DEFERRED", 10)
    held = DeferredRecords()
    assert sum(held.add(received(number, 0), "mallory") for number in range(25)) == 15
    assert len(held) == len(list(held)) == 10


def test_what_is_held_is_what_is_counted() -> None:
    held = DeferredRecords()
    draw = random.Random(3)
    kept: dict[bytes, Received] = {}
    for _ in range(300):
        one = received(draw.randrange(20), draw.randrange(1000))
        if draw.random() < 0.3:
            assert held.pop(one.summary.id) == kept.pop(one.summary.id, None)
        else:
            held.add(one, draw.choice("ab"))
            kept[one.summary.id] = one
        assert held.size == sum(len(each.message) + len(each.wire) for each in kept.values())
        assert set(held) == set(kept)


# ---- Turns -----------------------------------------------------------------------------------------------------------


class Verifying:
    """Counts the records that one input has had judged, most of all."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, node: Node) -> None:
        self.most = self.all = self.now = 0
        inner, in_passing, do = GroupSecurity.validate, RecordSieve._signed, node.do

        def validate(security: GroupSecurity, *arguments: Any, **options: Any) -> Validity:
            self.now += 1
            self.all += 1
            return inner(security, *arguments, **options)

        def signed(sieve: RecordSieve, *arguments: bytes) -> bool:
            self.now += 1
            self.all += 1
            return in_passing(sieve, *arguments)

        def done(work: Callable[..., object], *arguments: Any) -> None:
            self.now = 0
            do(work, *arguments)
            self.most = max(self.most, self.now)

        monkeypatch.setattr(GroupSecurity, "validate", validate)
        monkeypatch.setattr(RecordSieve, "_signed", signed)
        monkeypatch.setattr(node, "do", done)


def go_on(node: Node) -> None:
    while node.link.paused:
        node.do(node.graph.resume, node.link)


def test_attack_one_read_full_of_signatures(monkeypatch: pytest.MonkeyPatch) -> None:
    """An application's call waits for one turn, not for all that one read has brought."""
    alice = security(MODERN, "alice", member(MODERN, "alice"))
    records = [secured(alice, made(MODERN, seed=seed)) for seed in range(100)]
    read = b"".join(frame(encode_flood(encode_record(record))) for record in records)

    with monkeypatch.context() as patch:
        patch.setattr(flooding, "TURN", 1 << 30)
        node = Node(MODERN)
        verifying = Verifying(patch, node)
        node.do(node.graph.received, node.link, read)
        assert verifying.most == 100

    node = Node(MODERN)
    verifying = Verifying(monkeypatch, node)
    node.do(node.graph.received, node.link, read)
    assert node.link.paused
    go_on(node)
    assert verifying.all == 100
    assert verifying.most <= TURN // JUDGED
    assert all(node.stored(record) == encode_record(record) for record in records)


def test_what_was_whole_before_damage_counts_also_after_a_pause() -> None:
    alice = security(MODERN, "alice", member(MODERN, "alice"))
    records = [secured(alice, made(MODERN, seed=seed)) for seed in range(50)]
    node = Node(MODERN)
    read = b"".join(frame(encode_flood(encode_record(record))) for record in records) + b"\0\0"
    node.do(node.graph.received, node.link, read)
    go_on(node)
    assert node.link.over
    assert all(node.stored(record) == encode_record(record) for record in records)


def test_attack_all_deferred_records_are_wanted_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    node = Node(MODERN)
    for number in range(100):
        node.flooded(of_nobody(number, 10))
        go_on(node)
    assert len(node.graph.flooding.deferred) == 100
    with monkeypatch.context() as patch:
        patch.setattr(reception, "TURN", 1 << 30)
        verifying = Verifying(patch, node)
        node.do(node.graph.validate_deferred, ())
        assert verifying.most == 100
    assert len(node.graph.flooding.deferred) == 100
    verifying = Verifying(monkeypatch, node)
    node.do(node.graph.validate_deferred, ())
    while (at := node.graph.timers.at("deferred")) is not None:
        node.now = node.now._replace(elapsed=at, utc=node.now.utc + SECOND // 100)
        node.do(node.graph.tick)
    assert verifying.all == 100
    assert verifying.most <= TURN // JUDGED


# ---- Long records ----------------------------------------------------------------------------------------------------


class Hashing:
    """Counts the bytes of records whose signatures one input has verified, most of all."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, node: Node) -> None:
        self.most = self.now = self.ahead = 0
        do = node.do

        def verified(verify: Callable[..., bool]) -> Callable[..., bool]:
            def counted(*arguments: Any) -> bool:
                self.now += len(arguments[0].payload)
                return verify(*arguments)

            return counted

        def done(work: Callable[..., object], *arguments: Any) -> None:
            self.now = 0
            do(work, *arguments)
            self.most = max(self.most, self.now)

        for name_ in ("_signed", "_digest"):
            monkeypatch.setattr(signatures, name_, verified(getattr(signatures, name_)))
        monkeypatch.setattr(node, "do", done)

    def go_on(self, node: Node) -> None:
        """As the engine does it: the work that takes long comes between two inputs."""
        while node.link.paused:
            intake = node.link.intake
            if intake is not None and intake.ahead is not None:
                work, intake.ahead = intake.ahead, None
                work()
                self.ahead += 1
            node.do(node.graph.resume, node.link)


def long_one(profile: Profile, seed: int = 1) -> Record:
    alice = security(profile, "alice", member(profile, "alice"))
    return secured(alice, made(profile, seed=seed, payload=random.Random(seed).randbytes(3 * MEGABYTE)))


@pytest.mark.parametrize("profile", BOTH, ids=lambda profile: profile.value)
def test_attack_the_signature_of_a_long_record(profile: Profile, monkeypatch: pytest.MonkeyPatch) -> None:
    """To hash 60 MB takes a third of a second, in which the application would wait for a neighbor's record."""
    record = long_one(profile)
    with monkeypatch.context() as patch:
        patch.setattr(GroupSecurity, "examination", lambda self, wire: None)
        node = Node(profile)
        hashing = Hashing(patch, node)
        node.flooded(record)
        hashing.go_on(node)
        assert node.stored(record) == encode_record(record)
        assert hashing.most >= 3 * MEGABYTE

    node = Node(profile)
    hashing = Hashing(monkeypatch, node)
    node.flooded(record)
    hashing.go_on(node)
    assert node.stored(record) == encode_record(record)
    assert hashing.ahead == 1
    assert hashing.most == 0
    assert not signatures._examined, "what was looked at is let go"

    forged = replace(record, id=record_id(record.creator_id, b"other" * 3 + b"!"))
    node.flooded(forged)
    hashing.go_on(node)
    assert node.stored(forged) is None
    assert hashing.most == 0
    assert node.security.refused[Refusal.SIGNATURE] == 1


def test_a_long_record_whose_author_is_revoked_while_its_signature_is_verified(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was found ahead is the signature, and nothing else."""
    record, node = long_one(MODERN), Node(MODERN)
    node.flooded(record)
    while node.link.intake is None or node.link.intake.ahead is None:
        node.do(node.graph.resume, node.link)
    monkeypatch.setattr(Members, "revoked", lambda *_: True)
    Hashing(monkeypatch, node).go_on(node)
    assert node.stored(record) is None
    assert node.security.refused[Refusal.REVOKED] == 1


def test_a_long_record_that_was_deferred_is_verified_without_the_lock_too(monkeypatch: pytest.MonkeyPatch) -> None:
    dave = security(MODERN, "dave", member(MODERN, "dave"))
    record = secured(dave, made(MODERN, "dave", payload=bytes(3 * MEGABYTE)))
    node = Node(MODERN)
    hashing = Hashing(monkeypatch, node)
    node.flooded(record)
    hashing.go_on(node)
    assert len(node.graph.flooding.deferred) == 1
    node.security.met(member(MODERN, "dave"))
    node.graph.outputs.clear()
    node.do(node.graph.validate_deferred, ())
    (wanted,) = [one for one in node.graph.outputs if isinstance(one, Examine)]
    wanted.work()
    node.do(node.graph.examined, wanted.received)
    assert node.stored(record) == encode_record(record)
    assert hashing.most == 0
    assert not signatures._examined


@pytest.mark.parametrize("when", ["before", "meanwhile"])
def test_a_link_that_ends_while_a_signature_is_verified_leaves_nothing_behind(when: str) -> None:
    """Otherwise each such link would cost 60 MB for good."""
    record, node = long_one(MODERN), Node(MODERN)
    node.flooded(record)
    while node.link.intake is None or node.link.intake.ahead is None:
        node.do(node.graph.resume, node.link)
    work, node.link.intake.ahead = node.link.intake.ahead, None
    assert signatures._examined
    if when == "before":
        work()
    node.do(node.graph.lost, node.link)
    work()
    assert not signatures._examined


def test_an_input_that_is_taken_back_leaves_no_signature_to_be_verified() -> None:
    dave = security(MODERN, "dave", member(MODERN, "dave"))
    node = Node(MODERN)
    node.flooded(secured(dave, made(MODERN, "dave", payload=bytes(3 * MEGABYTE))))
    go_on(node)
    node.security.met(member(MODERN, "dave"))
    node.graph.outputs.clear()
    node.do(node.graph.validate_deferred, ())
    assert signatures._examined
    node.graph.discard()
    assert not signatures._examined
