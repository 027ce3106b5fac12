"""What may take the place of what: a Record ID never changes its type, and whoever dates a record into the future, or
takes its last version, keeps nobody from changing it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerapi.graphing import state as state_of_graph
from peerapi.graphing.clock import FAR_AHEAD
from peerapi.graphing.codec.internal_records import ContactPayload, PresencePayload
from peerapi.graphing.codec.messages import Flood
from peerapi.graphing.codec.records import (
    CONTACT,
    GRAPH_INFO_ID,
    GRAPH_TYPES,
    LAST_VERSION,
    PRESENCE,
    Record,
    Summary,
    decode_record,
    encode_record,
    summarize,
)
from peerapi.graphing.conflict import Verdict, resolve
from peerapi.graphing.events import RecordChanged
from peerapi.graphing.security import Validity
from peerapi.moment import LAST_TIME, SECOND
from tests.graphing.machines import CHAT, GRAPH, HOUR, Machine, Stranger
from tests.graphing.pair import OTHER, Net, info

Way = Callable[[Net, Machine, Stranger, list[Record]], None]
"""How records come to a machine."""


@pytest.fixture
def alice(net: Net) -> Machine:
    return net.create("alice")


# ---- Types -----------------------------------------------------------------------------------------------------------


def one_by_one(net: Net, machine: Machine, stranger: Stranger, records: list[Record]) -> None:
    for record in records:
        stranger.send(Flood(encode_record(record)))


def in_one_read(net: Net, machine: Machine, stranger: Stranger, records: list[Record]) -> None:
    stranger.send(*[Flood(encode_record(record)) for record in records])


def deferred(net: Net, machine: Machine, stranger: Stranger, records: list[Record]) -> None:
    """A foreign security provider cannot judge the records at first."""
    machine.graph.guarded = True
    for record in records:
        stranger.send(Flood(encode_record(record)))
        for answer in (Validity.DEFERRED, Validity.VALID):
            judge = machine.to_validate.pop()
            machine.do(machine.graph.judged, judge.link, [(one, answer) for one, _ in judge.records])
            machine.do(machine.graph.validate_deferred, [record.id])


def imported(net: Net, machine: Machine, stranger: Stranger, records: list[Record]) -> None:
    stranger.close()
    machine.listen()
    machine.do(machine.graph.listening, ())
    machine.graph.created_here = False
    facts = {"graph_id": GRAPH, "peer_id": machine.name}
    machine.do(machine.graph.import_records, facts, [(0, encode_record(record)) for record in records])


WAYS = [one_by_one, in_one_read, deferred, imported]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("gone", [False, True], ids=["changed", "deleted"])
def test_attack_a_record_of_another_type_takes_the_place_of_one(
    way: Way, gone: bool, net: Net, alice: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def type_afterwards(machine: Machine) -> bytes:
        stranger = net.neighbor(machine, name=f"to {machine.name}")
        first = stranger.record()
        second = replace(
            first, type=OTHER, version=2, modification=first.modification + 1, modified_by="mallory", payload=b""
        )
        way(net, machine, stranger, [first, replace(second, deleted=gone)])
        kept = machine.record(first.id)
        assert kept is not None
        return kept.type

    with monkeypatch.context() as patch:
        patch.setattr(state_of_graph, "resolve", lambda *_, **__: Verdict.NEW)
        assert type_afterwards(net.create("bob")) == OTHER
    before = alice.graph.flooding.invalid
    assert type_afterwards(alice) == CHAT
    assert alice.graph.flooding.invalid == before + (way is not imported)


def test_it_is_the_same_when_two_databases_are_made_equal(net: Net, alice: Machine) -> None:
    bob = net.join("bob", alice)
    net.cut(alice, bob)
    stranger = net.neighbor(alice)
    right = stranger.record()
    stranger.send(Flood(encode_record(right)))
    other = net.neighbor(bob, name="other")
    wrong = replace(right, type=OTHER, version=3, modification=right.modification + 1, modified_by="mallory")
    other.send(Flood(encode_record(wrong)))
    net.connect(bob, alice)
    net.advance(30)
    for machine, stays in ((alice, CHAT), (bob, OTHER)):
        kept = machine.record(right.id)
        assert kept is not None and kept.type == stays


PAYLOADS = {PRESENCE: PresencePayload(7).encode(), CONTACT: ContactPayload(1, 7).encode(), CHAT: b"x", OTHER: b"y"}


@pytest.mark.parametrize("before", PAYLOADS)
@pytest.mark.parametrize("after", PAYLOADS)
def test_no_type_becomes_another(before: bytes, after: bytes, net: Net, alice: Machine) -> None:
    stranger = net.neighbor(alice)
    first = stranger.record(type=before, payload=PAYLOADS[before])
    second = replace(
        first, type=after, payload=PAYLOADS[after], version=2, modification=first.modification + 1, modified_by="m"
    )
    one_by_one(net, alice, stranger, [first, second])
    kept = alice.record(first.id)
    assert kept == (second if before == after else first)
    if before not in GRAPH_TYPES and before != after:
        assert [event.record_type for event in alice.heard(RecordChanged)] == [before]


def test_a_record_of_another_creator_never_takes_the_place_of_one() -> None:
    """Record IDs are bound to their creators by 64 bits of MD5 only, which somebody may have found twice."""
    one = Record(CHAT, bytes(16), 1, "alice", 5, 9, 6, "g")
    two = replace(one, creator_id="mallory", version=2, modified_by="mallory")
    assert resolve(summarize(encode_record(two)), summarize(encode_record(one))) is Verdict.ANOTHER


OWNER = "the owner"
few = st.sampled_from
signed = (
    st.builds(
        replace,
        st.just(Record(CHAT, bytes(16), 2, "alice", 5, 9, 6, "g", modified_by="alice")),
        type=few((CHAT, OTHER)),
        version=few((1, 3, LAST_VERSION)),
        modified_by=few((None, "alice", OWNER, "admin", "z")),
    )
    .map(encode_record)
    .map(summarize)
)


@given(signed, signed, st.booleans())
def test_only_what_its_creator_has_signed_takes_the_place_of_what_somebody_else_has(
    a: Summary, b: Summary, known: bool
) -> None:
    owner = OWNER.encode("utf-16-be") if known else None
    verdict = resolve(a, b, owner=owner)
    mine, theirs = ((one.modified_by.decode("utf-16-be") or "alice") in ("alice", OWNER) for one in (a, b))
    if a.type != b.type:
        assert verdict is (Verdict.NEW if known and mine and not theirs else Verdict.ANOTHER)
    else:
        assert verdict is not Verdict.ANOTHER


# ---- Times and versions ----------------------------------------------------------------------------------------------


@pytest.fixture
def bob(net: Net, alice: Machine) -> Machine:
    return net.join("bob", alice)


@pytest.mark.parametrize("version", [2, LAST_VERSION - 1, LAST_VERSION])
@pytest.mark.parametrize("ahead", [0, HOUR, FAR_AHEAD + HOUR, LAST_TIME])
@pytest.mark.parametrize("gone", [False, True], ids=["change", "delete"])
def test_attack_a_record_is_dated_into_the_future_and_can_be_changed_all_the_same(
    version: int, ahead: int, gone: bool, net: Net, alice: Machine, bob: Machine
) -> None:
    stranger = net.neighbor(alice)
    first = stranger.record()
    modification = min(first.modification + 1 + ahead, LAST_TIME - 1)
    frozen = replace(
        first, version=version, modification=modification, expiration=LAST_TIME, modified_by="\uffee", payload=b"ice"
    )
    one_by_one(net, alice, stranger, [first, frozen])
    assert bob.record(first.id) == frozen
    net.advance(1)
    if gone:
        bob.delete(first.id)
    else:
        bob.update(first.id, data=b"water")
    net.deliver_all()
    for machine in (alice, bob):
        kept = machine.record(first.id)
        assert kept is not None and (kept.payload, kept.deleted) == ((b"", True) if gone else (b"water", False))
        assert kept.modification <= machine.graph.horizon
    stranger.send(Flood(encode_record(frozen)))
    kept = alice.record(first.id)
    assert kept is not None and kept.payload != b"ice"


def test_attack_a_record_has_the_last_version_and_the_last_date_that_is_believed(net: Net, alice: Machine) -> None:
    stranger = net.neighbor(alice)
    first = stranger.record()
    frozen = replace(
        first, version=LAST_VERSION, modification=alice.graph.horizon, expiration=LAST_TIME, modified_by="\uffee"
    )
    one_by_one(net, alice, stranger, [first, frozen])
    alice.delete(first.id)
    net.advance(1)
    stranger.send(Flood(encode_record(frozen)))
    kept = alice.record(first.id)
    assert kept is not None and kept.deleted


@pytest.mark.parametrize("version", [2, LAST_VERSION])
@pytest.mark.parametrize("lasts", [1, HOUR])
@pytest.mark.parametrize("ahead", [0, HOUR, FAR_AHEAD + HOUR, LAST_TIME])
def test_attack_graph_info_is_dated_into_the_future_and_can_be_changed_all_the_same(
    version: int, lasts: int, ahead: int, net: Net, alice: Machine, bob: Machine
) -> None:
    stranger = net.neighbor(alice)
    wire = alice.graph.database.wire(GRAPH_INFO_ID)
    assert wire is not None
    known = decode_record(wire)
    modification = min(known.modification + SECOND + ahead, LAST_TIME - lasts)
    frozen = replace(
        known,
        version=version,
        creation=modification - 1,
        modification=modification,
        expiration=modification + lasts,
        modified_by="\uffee",
    )
    stranger.send(Flood(encode_record(frozen)))
    assert bob.record(GRAPH_INFO_ID) == frozen
    bob.do(bob.graph.set_properties, info(comment="changed"))
    net.deliver_all()
    for machine in (alice, bob):
        assert machine.graph.info is not None and machine.graph.info.comment == "changed"


def test_a_change_is_still_later_than_what_it_changes(net: Net, alice: Machine) -> None:
    stranger = net.neighbor(alice)
    first = stranger.record(modification=alice.peer_time + HOUR, expiration=alice.peer_time + 2 * HOUR)
    stranger.send(Flood(encode_record(first)))
    alice.update(first.id, data=b"changed")
    kept = alice.record(first.id)
    assert kept is not None and kept.modification == first.modification + 1


def test_a_machine_whose_clock_is_years_behind_still_reads(net: Net) -> None:
    """Its own records are of no use to others, but it is no reason to refuse theirs: nobody has signed them."""
    alice = net.create("alice")
    late = net.join("late", alice, skew=-5 * 365 * 24 * 3600.0)
    record = alice.add(b"news")
    net.deliver_all()
    assert late.record(record) is not None
    alice.update(record, data=b"more news")
    net.deliver_all()
    kept = late.record(record)
    assert kept is not None and kept.payload == b"more news"


def test_the_later_of_two_last_versions_wins_whoever_has_made_it() -> None:
    last = Record(CHAT, bytes(16), LAST_VERSION, "alice", 5, LAST_TIME, 6, "g", modified_by="z")
    later = replace(last, modification=7, modified_by="a")
    dated = replace(last, modification=1000)

    def verdict(received: Record, stored: Record, horizon: int = 10) -> Verdict:
        return resolve(summarize(encode_record(received)), summarize(encode_record(stored)), horizon=horizon)

    assert verdict(later, last) is verdict(last, dated) is Verdict.NEW
    assert verdict(last, later) is verdict(dated, last) is Verdict.OLD
    assert verdict(dated, later, 1000) is Verdict.NEW


def test_with_a_foreign_provider_the_last_version_can_be_changed(net: Net, alice: Machine) -> None:
    stranger = net.neighbor(alice)
    old = stranger.record(version=LAST_VERSION)
    stranger.send(Flood(encode_record(old)))
    prepared = alice.do(alice.graph.prepare_delete, old.id)
    assert alice.do(alice.graph.publish_secured, prepared, b"secured")
    kept = alice.record(old.id)
    assert kept is not None and kept.deleted


def test_a_change_that_was_prepared_is_not_published_for_a_record_of_another_type(net: Net, alice: Machine) -> None:
    stranger = net.neighbor(alice)
    old = stranger.record()
    stranger.send(Flood(encode_record(old)))
    prepared = alice.do(alice.graph.prepare_delete, old.id)
    alice.delete(old.id, local=True)
    stranger.send(Flood(encode_record(replace(old, type=OTHER))))
    assert not alice.do(alice.graph.publish_secured, prepared, b"secured")
