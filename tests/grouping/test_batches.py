"""One signature for records that are published together: each proves itself alone, and in one way only."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerapi.errors import PeerError
from peerapi.graphing.codec.records import Record, decode_record, encode_record, with_security
from peerapi.graphing.codec.wire import MalformedMessage
from peerapi.graphing.draft import Draft
from peerapi.graphing.events import RecordChange
from peerapi.graphing.security import Validity
from peerapi.grouping import signatures
from peerapi.grouping.batches import HASH_SIZE, MAX_BATCH, Place, leaf_hash, places
from peerapi.grouping.profile import BATCHES
from peerapi.grouping.provider import GroupSecurity
from peerapi.grouping.refusal import Refusal
from peerapi.grouping.signatures import SecurityData, Unsigned, examination, forget_examined, sign_batch, verify
from peerapi.identity.keys import KeyPair, Profile
from tests.grouping.attacks import Attack, Outcome, Table, proven, replaced
from tests.grouping.test_attacks_graph import Node
from tests.grouping.values import CHAT, HOUR, MODERN, NOW, PUBLISHED, key, member, name, properties, record, security

SERIAL = bytes(range(16))


@pytest.fixture(autouse=True)
def forgetful() -> Iterator[None]:
    """Nothing that was verified is remembered from test to test."""
    yield
    signatures._good_roots.clear()


def tree_hash(leaves: list[bytes]) -> bytes:
    """MTH of RFC 9162, section 2.1.1, over the leaves' own hashes."""
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\1" + tree_hash(leaves[:split]) + tree_hash(leaves[split:])).digest()


@given(st.integers(2, 70))
def test_every_place_leads_to_the_root_of_the_tree(count: int) -> None:
    leaves = [leaf_hash(bytes((index,))) for index in range(count)]
    signed, encoded = places(leaves)
    found = [Place.decode(one)[0] for one in encoded]
    assert [one.encode() for one in found] == encoded
    assert signed.endswith(count.to_bytes(2, "big") + tree_hash(leaves))
    for index, (leaf, place) in enumerate(zip(leaves, found, strict=True)):
        assert (place.leaves, place.index) == (count, index)
        assert place.signed(leaf) == signed
        assert Place.decode(place.encode() + b"rest") == (place, b"rest")
        assert place.signed(leaves[index - 1]) != signed


@pytest.mark.parametrize(
    "data",
    [b"", b"\0\2\0", b"\0\0\0\0", b"\0\1\0\0", b"\0\2\0\2" + bytes(32), b"\0\2\0\0" + bytes(31)],
    ids=["nothing", "half", "no leaf", "one leaf", "beyond", "no path"],
)
def test_what_is_no_place(data: bytes) -> None:
    with pytest.raises(MalformedMessage):
        Place.decode(data)


def batch(count: int) -> list[Unsigned]:
    made = [record(name(MODERN, "alice"), b"%d" % n, group=name(MODERN, "club"), seed=n) for n in range(count)]
    return [Unsigned(one, SERIAL, SERIAL, encode_record(one)) for one in made]


def good(one: Record, data: bytes, wire: bytes = b"", who: str = "alice") -> bool:
    """Whether it stands for itself, at somebody who has seen nothing before."""
    signatures._good_roots.clear()
    try:
        read = SecurityData.decode(data, MODERN)
    except MalformedMessage:
        return False
    return verify(key(MODERN, who).public, one, BATCHES, read, wire)


@pytest.mark.parametrize("count", [1, 2, 3, MAX_BATCH, MAX_BATCH + 1, 2 * MAX_BATCH + 7])
def test_each_record_of_a_batch_proves_itself_alone(count: int) -> None:
    some = batch(count)
    with patch.object(KeyPair, "sign", autospec=True, side_effect=KeyPair.sign) as signing:
        found = sign_batch(key(MODERN, "alice"), BATCHES, some)
    assert signing.call_count == -(-count // MAX_BATCH)
    for one, data in zip(some, found, strict=True):
        assert SecurityData.decode(data, MODERN).encode(MODERN) == data
        assert good(one.record, data)
        assert good(one.record, data, with_security(one.wire, data))
        assert not good(replace(one.record, payload=b"other"), data)
        assert not good(one.record, data, who="bob")


def test_a_batch_is_verified_once() -> None:
    some = batch(20)
    found = sign_batch(key(MODERN, "alice"), BATCHES, some)
    public = key(MODERN, "alice").public
    with patch.object(type(public), "verify", autospec=True, side_effect=type(public).verify) as verifying:
        for one, data in zip(some, found, strict=True):
            assert verify(public, one.record, BATCHES, SecurityData.decode(data, MODERN))
    assert verifying.call_count == 1


@given(st.integers(2, 9), st.data())
def test_there_is_one_form_of_the_proof(count: int, data: st.DataObject) -> None:
    """Whatever somebody else changes about it: otherwise the record could be made to take its own place."""
    some = batch(count)
    found = sign_batch(key(MODERN, "alice"), BATCHES, some)
    at = data.draw(st.integers(0, count - 1))
    original = found[at]
    start, end = data.draw(st.tuples(st.integers(0, len(original)), st.integers(0, len(original))).map(sorted))
    changed = original[:start] + data.draw(st.binary(max_size=2 * HASH_SIZE)) + original[end:]
    if changed != original:
        assert not good(some[at].record, changed)
    for other in range(count):
        assert good(some[at].record, found[other]) == (other == at)


def test_in_a_group_of_another_version_a_batch_is_signed_one_by_one_and_its_signature_is_none() -> None:
    some = batch(3)
    together = sign_batch(key(MODERN, "alice"), BATCHES, some)
    for version in [(2, 0)]:
        for one, data in zip(some, sign_batch(key(MODERN, "alice"), version, some), strict=True):
            assert SecurityData.decode(data, MODERN).place is None
            assert verify(key(MODERN, "alice").public, one.record, version, SecurityData.decode(data, MODERN))
        read = SecurityData.decode(together[0], MODERN)
        assert not verify(key(MODERN, "alice").public, some[0].record, version, read)
    theirs = Unsigned(record(name(PUBLISHED, "alice"), group=name(PUBLISHED, "club")), SERIAL, SERIAL, b"")
    for data in sign_batch(key(PUBLISHED, "alice"), (1, 1), [theirs, theirs]):
        assert SecurityData.decode(data, PUBLISHED).place is None


def test_a_long_record_of_a_batch_is_verified_ahead() -> None:
    some = batch(2)
    public = key(MODERN, "alice").public
    for one, data in zip(some, sign_batch(key(MODERN, "alice"), BATCHES, some), strict=True):
        wire, read = with_security(one.wire, data), SecurityData.decode(data, MODERN)
        spoilt = replace(read, place=replace(read.place, path=bytes(HASH_SIZE)))  # type: ignore[type-var]
        for shown, version, expected in ((read, BATCHES, True), (read, (2, 0), False), (spoilt, BATCHES, False)):
            examination(public, [version], shown, wire)()
            with patch.object(signatures, "_verify_root", side_effect=AssertionError("it was looked up")):
                assert verify(public, one.record, version, shown, wire) is expected
            forget_examined(wire)


# ---- In a group ------------------------------------------------------------------------------------------------------


def in_a_group(version: tuple[int, int]) -> tuple[GroupSecurity, GroupSecurity]:
    """Alice and Bob, who know the group's properties and each other."""
    alice, bob = (security(MODERN, who, member(MODERN, who)) for who in ("alice", "bob"))
    for one in (alice, bob):
        one._knowledge.properties = replace(properties(MODERN), version=version)
    bob.met(alice.chain)  # type: ignore[arg-type]
    return alice, bob


@pytest.mark.parametrize(("version", "signed"), [(BATCHES, 2), ((2, 0), 40)])
def test_records_that_are_added_together(version: tuple[int, int], signed: int) -> None:
    alice, bob = in_a_group(version)
    some = [(one.record, one.wire) for one in batch(40)]
    with patch.object(KeyPair, "sign", autospec=True, side_effect=KeyPair.sign) as signing:
        found = alice.secure_many(some)
    assert signing.call_count == signed
    for (one, wire), data in reversed(list(zip(some, found, strict=True))):
        whole = with_security(wire, data)
        secured = replace(one, security_data=data)
        assert bob.validate(secured, RecordChange.ADDED, whole) is Validity.VALID
        assert bob.validate(replace(secured, payload=b"x"), RecordChange.ADDED) is Validity.INVALID


def test_each_record_of_a_batch_is_asked_about() -> None:
    """Records that are alike are asked about once; one that is not is refused as if it were alone, and the batch with
    it."""
    alice, _ = in_a_group(BATCHES)
    some = [one.record for one in batch(6)]
    end = member(MODERN, "alice").not_after
    for at, wrong in ((0, replace(some[0], expiration=end + 1)), (5, replace(some[5], creator_id="0.stranger"))):
        given = [*some[:at], wrong, *some[at + 1 :]]
        with pytest.raises(PeerError) as alone:
            alice.secure(wrong, RecordChange.ADDED)
        with pytest.raises(type(alone.value)):
            alice.secure_many([(one, encode_record(one)) for one in given])
    with patch.object(GroupSecurity, "_checked", autospec=True, side_effect=GroupSecurity._checked) as asked:
        alice.secure_many([(one, encode_record(one)) for one in [*some, replace(some[0], expiration=end)]])
    assert asked.call_count == 2


# ---- Attacks ---------------------------------------------------------------------------------------------------------

TABLE = Table()


def arrives(one: Record, data: bytes, version: tuple[int, int] = BATCHES) -> Outcome:
    """A record that alice has published, whatever became of it since, reaches bob."""
    _, bob = in_a_group(version)
    valid = bob.validate(replace(one, security_data=data), RecordChange.ADDED)
    return Outcome(valid is Validity.VALID, bob)


def two_by_alice() -> tuple[tuple[Record, Record], list[bytes]]:
    alice, _ = in_a_group(BATCHES)
    one, other = ((each.record, each.wire) for each in batch(2))
    return (one[0], other[0]), alice.secure_many([one, other])


@TABLE.attack(
    "somebody changes one record of a batch and hands it on",
    replaced(signatures, "_verify_root", lambda *_: True),
    refused=Refusal.SIGNATURE,
    profiles=(MODERN,),
)
def _(_: Profile) -> Outcome:
    (one, _other), data = two_by_alice()
    return arrives(replace(one, payload=b"another card"), data[0])


@TABLE.attack(
    "somebody gives a record the proof of another one of its batch",
    replaced(signatures, "_verify_root", lambda *_: True),
    refused=Refusal.SIGNATURE,
    profiles=(MODERN,),
)
def _(_: Profile) -> Outcome:
    (one, _other), data = two_by_alice()
    return arrives(one, data[1])


@TABLE.attack(
    "a member signs a batch where those who know version 2.0 only would refuse it",
    replaced(signatures, "BATCHES", (2, 0)),
    refused=Refusal.SIGNATURE,
    profiles=(MODERN,),
)
def _(_: Profile) -> Outcome:
    (one, _other), data = two_by_alice()
    return arrives(one, data[0], (2, 0))


@TABLE.parametrized()
def test_an_attack(attack: Attack, profile: Profile) -> None:
    proven(attack, profile)


def test_a_graph_shows_its_security_the_very_records_that_it_publishes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that are added alone and those that are added together, and each is good at somebody else."""
    node, seen = Node(MODERN), list[tuple[Record, bytes]]()
    for method in ("secure", "secure_many"):
        original = getattr(GroupSecurity, method)

        def watched(self: GroupSecurity, *arguments: Any, original: Any = original) -> Any:
            given = arguments[0] if isinstance(arguments[0], list) else [(arguments[0], arguments[-1])]
            seen.extend(given)
            return original(self, *arguments)

        monkeypatch.setattr(GroupSecurity, method, watched)
    monkeypatch.setattr(GroupSecurity, "secure_alike", lambda *_: None)  # which is shown one of them
    drafts = [
        Draft(CHAT, expiration=NOW + HOUR, data=b"%d" % n, attributes="<attributes/>" if n % 2 else None)
        for n in range(40)
    ]
    graph = node.graph.at(node.now)
    ids = [graph.add_record(drafts[0]), *graph.add_records(drafts[1:])]
    bob = security(MODERN, "bob", member(MODERN, "bob"))
    bob.met(node.security.chain)  # type: ignore[arg-type]
    for id, (record_, wire) in zip(ids, seen, strict=True):
        assert (record_.id, encode_record(record_)) == (id, wire)
        stored = node.graph.database.wire(id)
        assert stored is not None
        assert bob.validate(decode_record(stored), RecordChange.ADDED, stored) is Validity.VALID
