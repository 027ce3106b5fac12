"""Long records are read, framed, received and stored a piece at a time, and are the same records as ever."""

from __future__ import annotations

import gc
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerapi.graphing.codec.framing import LARGEST_FRAME_SIZE, frame
from peerapi.graphing.codec.long_messages import LongMessage, long_flood
from peerapi.graphing.codec.messages import Ack, Flood, SolicitNew, SolicitTime, SyncEnd, encode
from peerapi.graphing.codec.records import Record, encode_record, summarize, summary_of_beginning
from peerapi.graphing.codec.wire import MalformedMessage
from peerapi.graphing.events import RecordChange
from peerapi.graphing.machine import reception
from peerapi.graphing.machine.bounds import Bound
from peerapi.graphing.machine.quotas import Quota
from peerapi.graphing.security import Validity
from peerapi.store.database import PIECE, Long
from peerapi.store.pieces import Pieces
from tests.graphing.machines import CHAT, GRAPH, Machine, Stranger
from tests.graphing.pair import OTHER, Net

SIZE = 3 * PIECE + 17
LENGTHY = b"0123456789abcdef" * (SIZE // 16) + b"and so on"


@pytest.fixture
def alice(net: Net) -> Machine:
    alice = net.create()
    alice.listen()
    return alice


def pieces(machine: Machine) -> int:
    """How many pieces the database has."""
    found: int = machine.graph.database._execute("SELECT count(*) FROM pieces").fetchone()[0]
    return found


def tidied(net: Net, machine: Machine) -> int:
    """The same when all is swept."""
    net.advance(1)
    assert not machine.graph.database.litter
    return pieces(machine)


def taken(stranger: Stranger) -> list[bytes]:
    return [message.record for message in stranger.take(Flood)]


class Work:
    """Pieces that one input reads or writes, most of all inputs so far."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.most = self.now = self.all = 0
        for name in ("read", "_write"):
            self._watch(monkeypatch, name)
        monkeypatch.setattr(Machine, "do", self._counted(Machine.do))

    def _watch(self, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
        inner = getattr(Pieces, name)

        def watched(*args: Any) -> Any:
            self.now += 1
            self.all += 1
            return inner(*args)

        monkeypatch.setattr(Pieces, name, watched)

    def _counted(self, inner: Callable[..., Any]) -> Callable[..., Any]:
        def do(*args: Any, **kwargs: Any) -> Any:
            self.now = 0
            result = inner(*args, **kwargs)
            self.most = max(self.most, self.now)
            return result

        return do


# ---- Messages --------------------------------------------------------------------------------------------------------


@given(
    st.lists(st.binary(max_size=90), min_size=1, max_size=6),
    st.integers(1, 50),
    st.integers(1, 200),
)
def test_the_bytes_are_those_of_the_message_in_one(parts: list[bytes], frame_size: int, size: int) -> None:
    record = b"long" + b"".join(parts)
    message = long_flood([b"long", *parts], frame_size)
    expected = frame(encode(Flood(record)), frame_size)
    for _ in range(2):
        found = list(message.pieces(size))
        assert b"".join(found) == bytes(message) == expected
        assert all(size <= len(piece) < size + frame_size + 2 for piece in found[:-1])
    assert len(message) == len(expected)


@pytest.mark.parametrize("frame_size", [0, LARGEST_FRAME_SIZE + 1])
def test_a_frame_size_that_is_none_is_refused(frame_size: int) -> None:
    with pytest.raises(ValueError, match="frame size"):
        long_flood([b"record"], frame_size)
    with pytest.raises(ValueError, match="without"):
        LongMessage(b"", [], 100)


@given(
    st.binary(max_size=300),
    st.none() | st.just("<attributes/>"),
    st.binary(max_size=40),
    st.none() | st.just("mallory"),
    st.booleans(),
)
def test_the_beginning_of_a_record_says_what_all_of_it_says(
    payload: bytes, attributes: str | None, security_data: bytes, modified_by: str | None, deleted: bool
) -> None:
    record = Record(
        CHAT, bytes(16), 3, "alice", 1, 9, 4, GRAPH, b"" if deleted else payload, attributes, modified_by, security_data
    )
    wire = encode_record(replace(record, deleted=deleted))
    whole = summarize(wire)
    for size in range(len(wire) + 1):
        if size >= whole.payload_offset:
            assert summary_of_beginning(wire[:size], len(wire)) == whole
        else:
            with pytest.raises(MalformedMessage):
                summary_of_beginning(wire[:size], len(wire))


# ---- Sending ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["flooded", "all", "by time", "compared"])
def test_every_node_gets_a_long_record_piece_by_piece(
    how: str, net: Net, alice: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    if how == "flooded":
        bob = net.join("bob", alice)
        carol = net.join("carol", bob)
    else:
        bob = net.open("bob")
    first = alice.add(b"before")
    long = alice.add(LENGTHY)
    last = alice.add(b"behind")
    work = Work(monkeypatch)
    if how == "compared":
        bob.graph.never_connected = False
        bob.graph.database.set_fact("synchronized", 1)
    if how != "flooded":
        net.connect(bob, alice)
        carol = net.join("carol", bob)
    net.deliver_all()
    assert bob.records() == carol.records() == alice.records()
    assert set(alice.records()) == {first, long, last}
    assert isinstance(carol.graph.database.outline(long), Long)
    assert work.all >= 4 and work.most == 1
    for machine in alice, bob, carol:
        assert tidied(net, machine) == 4
    assert [change.change for change in carol.changes(long)] == [RecordChange.ADDED]


def test_an_answer_has_everything_in_its_order_and_ends_behind_it(net: Net, alice: Machine) -> None:
    ids = [alice.add(b"1"), alice.add(LENGTHY), alice.add(b"2"), alice.add(LENGTHY * 2), alice.add(b"3")]
    stranger = net.neighbor(alice)
    for question in SolicitNew(include=(CHAT,)), SolicitTime(modification_time=0, include=(CHAT,)):
        stranger.send(question)
        assert isinstance(stranger.messages[-1], SyncEnd)
        assert taken(stranger) == [alice.records()[id_] for id_ in ids]
        stranger.messages.clear()
    stranger.send(SolicitNew(include=(OTHER,)))
    assert not taken(stranger)


def test_two_links_share_what_is_read(net: Net, alice: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    id_ = alice.add(LENGTHY)
    strangers = [net.neighbor(alice, name=name, node_id=n) for n, name in enumerate(("one", "other"), 1)]
    work = Work(monkeypatch)
    for stranger in strangers:
        stranger.end.far.inbox.append(frame(encode(SolicitNew(include=(CHAT,)))))
    net.deliver_all()
    for stranger in strangers:
        assert taken(stranger) == [alice.records()[id_]]
    assert work.all < 8
    gc.collect()
    assert not alice.graph.synchronization._long_records._records


def test_what_changes_while_it_is_read_is_sent_as_it_is_then(net: Net, alice: Machine) -> None:
    id_ = alice.add(LENGTHY)
    stranger = net.neighbor(alice)
    end = stranger.end.far
    link = end.link
    assert link is not None
    alice.do(alice.graph.received, link, frame(encode(SolicitNew(include=(CHAT,)))))
    alice.do(alice.graph.drained, link)
    assert link.answering[0].loading is not None
    alice.update(id_, data=LENGTHY[::-1])
    net.deliver_all()
    assert taken(stranger) == [alice.records()[id_]]
    assert isinstance(stranger.messages[-1], SyncEnd)


def test_a_neighbor_that_lags_is_sent_it_when_it_reads_again(net: Net, alice: Machine) -> None:
    stranger = net.neighbor(alice)
    stranger.end.stalled = True
    ids = [alice.add(LENGTHY * 2), alice.add(b"1"), alice.add(LENGTHY), alice.add(b"2")]
    stranger.end.stalled = False
    net.deliver_all()
    assert sorted(taken(stranger)) == sorted(alice.records()[id_] for id_ in ids)


# ---- Receiving -------------------------------------------------------------------------------------------------------


def begin(net: Net, machine: Machine, stranger: Stranger, record: Record, turns: int) -> None:
    """Have a record come, and let so many turns pass."""
    link = stranger.end.far.link
    assert link is not None
    machine.do(machine.graph.received, link, frame(encode(Flood(encode_record(record)))))
    for _ in range(turns):
        machine.do(machine.graph.resume, link)


def acks(stranger: Stranger) -> list[tuple[bytes, bool]]:
    return [each for message in stranger.take(Ack) for each in message.acks]


def test_it_is_acknowledged_and_comes_before_what_is_behind_it(net: Net, alice: Machine) -> None:
    stranger = net.neighbor(alice)
    records = [stranger.record(), stranger.record(payload=LENGTHY), stranger.record(payload=b"")]
    stranger.send(*[Flood(encode_record(record)) for record in records])
    net.advance(1)
    assert alice.records() == {record.id: encode_record(record) for record in records}
    assert acks(stranger) == [(record.id, True) for record in records]
    stranger.send(*[Flood(encode_record(record)) for record in records])
    net.advance(1)
    assert acks(stranger) == [(record.id, False) for record in records]
    assert tidied(net, alice) == 4


def test_what_is_here_already_is_not_written_again(net: Net, alice: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    stranger = net.neighbor(alice)
    record = stranger.record(payload=LENGTHY)
    stranger.send(Flood(encode_record(record)))
    written: list[object] = []
    monkeypatch.setattr(Pieces, "_write", lambda *args: written.append(args))
    stranger.send(Flood(encode_record(record)))
    assert not written and tidied(net, alice) == 4


@pytest.mark.parametrize("turns", range(10))
def test_a_link_that_ends_in_the_middle_leaves_nothing_behind(turns: int, net: Net, alice: Machine) -> None:
    stranger = net.neighbor(alice)
    record = stranger.record(payload=LENGTHY)
    begin(net, alice, stranger, record, turns)
    done = record.id in alice.records()
    link = stranger.end.far.link
    assert link is not None
    alice.ends.pop(link)
    alice.do(alice.graph.lost, link)
    assert tidied(net, alice) == (4 if done else 0)
    assert (record.id in alice.records()) is done
    if not done:  # the same record from somebody else
        other = net.neighbor(alice, name="other", node_id=9)
        other.send(Flood(encode_record(record)))
        assert alice.records() == {record.id: encode_record(record)} and tidied(net, alice) == 4


def test_the_middle_is_somewhere_in_those_turns(net: Net, alice: Machine) -> None:
    stranger = net.neighbor(alice)
    record = stranger.record(payload=LENGTHY)
    begin(net, alice, stranger, record, 5)
    assert not alice.records() and pieces(alice) in (1, 2, 3)
    begin(net, alice, stranger, stranger.record(), 6)
    assert record.id in alice.records()


def test_a_transaction_that_fails_in_the_middle_leaves_nothing_behind(
    net: Net, alice: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    stranger = net.neighbor(alice)
    record = stranger.record(payload=LENGTHY)
    begin(net, alice, stranger, record, 5)
    with monkeypatch.context() as patch:
        patch.setattr(Pieces, "_write", lambda *_: (_ for _ in ()).throw(OSError("no room")))
        with pytest.raises(OSError, match="no room"):
            alice.do(alice.graph.resume, stranger.end.far.link)
    stranger.close()
    assert tidied(net, alice) == 0


def test_a_newer_version_takes_the_place_and_an_older_one_is_corrected(net: Net, alice: Machine) -> None:
    stranger, witness = net.neighbor(alice), net.neighbor(alice, name="witness", node_id=7)
    old = stranger.record(payload=LENGTHY)
    new = replace(old, version=2, modification=old.modification + 1, modified_by="stranger", payload=LENGTHY[::-1])
    stranger.send(Flood(encode_record(old)))
    assert taken(witness) == [encode_record(old)]
    stranger.send(Flood(encode_record(new)))
    assert taken(witness) == [encode_record(new)]
    assert alice.records() == {new.id: encode_record(new)} and tidied(net, alice) == 4
    assert alice.changes(new.id)[-1].change is RecordChange.UPDATED
    stranger.send(Flood(encode_record(old)))
    assert taken(stranger) == [encode_record(new)] and not taken(witness)
    assert alice.records() == {new.id: encode_record(new)} and tidied(net, alice) == 4


def test_a_tombstone_and_expiration_take_the_pieces_along(net: Net, alice: Machine) -> None:
    stranger = net.neighbor(alice)
    first, second = stranger.record(payload=LENGTHY), stranger.record(payload=LENGTHY)
    stranger.send(Flood(encode_record(first)), Flood(encode_record(second)))
    third = alice.add(LENGTHY)
    gone = replace(first, version=2, modification=first.modification + 1, modified_by="x", payload=b"", deleted=True)
    stranger.send(Flood(encode_record(gone)))
    assert tidied(net, alice) == 8
    alice.delete(third)
    assert tidied(net, alice) == 4
    net.advance(3700)
    assert tidied(net, alice) == 0 and alice.changes(second.id)[-1].change is RecordChange.EXPIRED


def test_what_no_rule_lets_in_is_not_even_written(net: Net, alice: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[object] = []
    monkeypatch.setattr(Pieces, "lay", lambda *args: written.append(args))
    stranger = net.neighbor(alice)
    good = stranger.record(payload=LENGTHY)
    bad = [
        replace(good, id=bytes(16)),
        replace(good, graph_id="another"),
        replace(good, expiration=good.modification),
    ]
    stranger.send(*[Flood(encode_record(record)) for record in bad])
    assert alice.graph.flooding.invalid == 3
    past = replace(good, creation=1, modification=1, expiration=2)
    stranger.send(Flood(encode_record(past)))
    alice.graph.limit_creators(Quota(0, 1000))
    assert not written and not stranger.hung_up and not alice.records()
    net.advance(1)
    assert acks(stranger) == [(past.id, False)]


def test_one_without_a_record_ends_the_link(net: Net, alice: Machine) -> None:
    stranger = net.neighbor(alice)
    message = bytearray(encode(Flood(encode_record(stranger.record(payload=LENGTHY)))))
    message[8:10] = b"\0\1"
    stranger.send_bytes(frame(bytes(message)))
    assert stranger.hung_up and not alice.records()


def test_reserved_fields_are_zero_where_it_is_kept_and_sent_on(net: Net, alice: Machine) -> None:
    stranger, witness = net.neighbor(alice), net.neighbor(alice, name="witness", node_id=7)
    wire = encode_record(stranger.record(payload=LENGTHY))
    stranger.send(Flood(wire[:36] + b"\1\2\3" + wire[39:]))
    assert list(alice.records().values()) == taken(witness) == [wire]


@pytest.mark.parametrize("validity", list(Validity))
def test_a_provider_is_asked_while_the_link_waits(validity: Validity, net: Net, alice: Machine) -> None:
    alice.graph.guarded = True
    stranger = net.neighbor(alice)
    record, behind = stranger.record(payload=LENGTHY), stranger.record()
    stranger.end.far.inbox.append(b"".join(frame(encode(Flood(encode_record(each)))) for each in (record, behind)))
    link = stranger.end.far.link
    assert link is not None
    alice.do(alice.graph.received, link, stranger.end.far.inbox.popleft())
    while not alice.to_validate:
        alice.do(alice.graph.resume, link)
    ((received, _),) = alice.to_validate.pop().records
    assert link.waiting and received.wire == encode_record(record)
    alice.do(alice.graph.judged, link, [(received, validity)])
    while link.paused:
        alice.do(alice.graph.resume, link)
    assert (record.id in alice.records()) is (validity is Validity.VALID)
    assert [each.summary.id for each, _ in alice.to_validate.pop().records] == [behind.id]
    assert tidied(net, alice) == (4 if validity is Validity.VALID else 0)
    if validity is Validity.DEFERRED:
        alice.do(alice.graph.validate_deferred, [])
        alice.do(alice.graph.judged, None, [(received, Validity.VALID)])
        assert alice.records()[record.id] == received.wire and tidied(net, alice) == 4


def test_what_is_being_taken_in_counts_among_what_links_may_hold(
    net: Net, alice: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reception, "HALF_MESSAGES", 4 * SIZE)
    first, second, third = (net.neighbor(alice, name=f"stranger {n}", node_id=n) for n in range(1, 4))
    half = frame(encode(Flood(encode_record(third.record(payload=LENGTHY)))))[: 2 * PIECE]
    third.send_bytes(half)
    begin(net, alice, first, first.record(payload=LENGTHY), 0)
    assert not alice.graph.bounded[Bound.HALF_MESSAGES]
    begin(net, alice, second, second.record(payload=LENGTHY), 0)  # a message and what is made of it, of each
    link = third.end.far.link
    assert link is not None
    alice.do(alice.graph.received, link, b"")
    assert alice.graph.bounded[Bound.HALF_MESSAGES] == 1
    net.deliver_all()
    assert [stranger.hung_up for stranger in (first, second, third)].count(True) == 1 and not third.hung_up
    assert len(alice.records()) == 1 and tidied(net, alice) == 4
