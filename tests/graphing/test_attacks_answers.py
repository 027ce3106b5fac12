"""A neighbor that makes a node work or send: each attack works without the one check that stops it, and then not."""

import random
from collections.abc import Callable
from typing import Any

import pytest

from peerapi.graphing.codec.messages import (
    Advertise,
    Flood,
    HashBoundary,
    HashInfo,
    Request,
    SolicitHash,
    SolicitNew,
    SolicitTime,
    SyncEnd,
    encode,
)
from peerapi.graphing.codec.records import encode_record, record_id
from peerapi.graphing.link import Link
from peerapi.graphing.machine import comparison, synchronization
from peerapi.graphing.machine.bounds import TURN, Bound
from peerapi.graphing.machine.comparison import LAST_ID, SLICE
from peerapi.graphing.machine.synchronization import HURRIED, LOOKED, LOW_WATER, MAX_CORRECTED, PIECE, Synchronization
from peerapi.moment import LAST_TIME
from peerapi.store.database import Database, Row
from tests.graphing.machines import CHAT, EPOCH, HOUR, Machine, Stranger
from tests.graphing.pair import Net, info
from tests.graphing.synchronizing import fill
from tests.graphing.test_hash_synchronization import asked_by_hash

EVERYTHING = SolicitHash(entries=(HashInfo(bytes(16), LAST_TIME, LAST_ID),))


@pytest.fixture
def alice(net: Net) -> Machine:
    alice = net.create()
    alice.listen()
    return alice


class Work:
    """Rows that one input makes the database look up, most of all inputs so far."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, machine: Machine) -> None:
        self.most = self.now = 0
        for name in ("abstracts", "outlines", "outline", "standing", "behind_older"):
            self._watch(monkeypatch, machine.graph.database, name)
        inner = machine.do

        def do(work: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
            self.now = 0
            result = inner(work, *args, **kwargs)
            self.most = max(self.most, self.now)
            return result

        monkeypatch.setattr(machine, "do", do)

    def _watch(self, monkeypatch: pytest.MonkeyPatch, database: Database, name: str) -> None:
        inner = getattr(database, name)

        def watched(*args: Any) -> Any:
            found = inner(*args)
            if name == "behind_older":
                self.now += found - args[0]
                return found
            rows = found[0] if isinstance(found, tuple) and name == "outlines" else found
            self.now += len(rows) if isinstance(rows, list) else 1
            return found

        monkeypatch.setattr(database, name, watched)


# ---- Old versions of a record (3.1.7.32) -----------------------------------------------------------------------------


def with_a_big_record(net: Net, alice: Machine, size: int = 200_000) -> tuple[Stranger, list[bytes]]:
    """A neighbor that does not read, and old versions of a record that alice has."""
    stranger = net.neighbor(alice)
    big = stranger.record(version=9, payload=bytes(size), modification=EPOCH, creation=EPOCH - HOUR, modified_by="x")
    stranger.send(Flood(encode_record(big)))
    olds = [
        stranger.record(id=big.id, version=n, payload=b"%d" % n, creation=EPOCH - HOUR, modified_by="x")
        for n in range(1, 9)
    ]
    stranger.end.stalled = True
    return stranger, [encode_record(old) for old in olds]


def backlog(alice: Machine) -> int:
    (link,) = alice.graph.neighbors
    return link.backlog()


def test_attack_old_versions_are_answered_without_an_end(
    net: Net, alice: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def at_once(self: Synchronization, link: Link, row: Row) -> None:
        alice.graph.send_message(link, Flood(row.wire))

    stranger, olds = with_a_big_record(net, alice)
    with monkeypatch.context() as patched:
        patched.setattr(Synchronization, "correct", at_once)
        for old in olds * 5:
            stranger.send(Flood(old))
    assert backlog(alice) > 40 * 200_000 > 100 * sum(map(len, olds * 5))

    stranger.close()
    stranger, olds = with_a_big_record(net, alice)
    before = alice.graph.bounded[Bound.CORRECTIONS]
    for old in olds * 5:
        stranger.send(Flood(old))
    assert backlog(alice) < 2 * 200_000
    assert alice.graph.bounded[Bound.CORRECTIONS] - before == len(olds * 5) - 1
    stranger.end.stalled = False
    net.deliver_all()
    assert len([flood for flood in stranger.take(Flood) if len(flood.record) > 200_000]) == 1


def test_newer_versions_go_out_as_fast_as_they_are_read(net: Net, alice: Machine) -> None:
    """Many records, each with an older version there: none is forgotten, and little waits."""
    stranger = net.neighbor(alice)
    ids = [alice.add(bytes([n]) * 50_000) for n in range(60)]
    records = [alice.record(id_) for id_ in ids]
    for id_ in ids:
        net.elapsed += 1
        alice.update(id_, data=b"newer" * 10_000)
    net.deliver_all()
    stranger.take(Flood)
    stranger.end.stalled = True
    stranger.send(*(Flood(encode_record(record)) for record in records if record is not None))
    assert backlog(alice) < LOW_WATER + PIECE + 100_000
    stranger.end.stalled = False
    net.deliver_all()
    assert {flood.record[16:32] for flood in stranger.take(Flood)} >= set(ids)


def test_a_record_that_has_changed_again_is_sent_again(net: Net, alice: Machine) -> None:
    stranger = net.neighbor(alice)
    id_ = alice.add(b"one")
    old = alice.record(id_)
    assert old is not None
    for data in (b"two", b"three"):
        net.elapsed += 1
        alice.update(id_, data=data)
        net.deliver_all()
        stranger.take(Flood)
        stranger.send(Flood(encode_record(old)), Flood(encode_record(old)))
        assert len(stranger.take(Flood)) == 1


def test_what_is_remembered_of_newer_versions_is_bounded(net: Net, alice: Machine) -> None:
    net.neighbor(alice)
    (link,) = alice.graph.neighbors
    draw = random.Random(1)
    for _ in range(MAX_CORRECTED + 100):
        row = Row(draw.randbytes(16), CHAT, 1, 0, EPOCH, EPOCH + HOUR, b"")
        alice.graph.synchronization.correct(link, row)
        link.correcting.clear()
    assert len(link.corrected) == MAX_CORRECTED


# ---- Questions that make a node look at everything -------------------------------------------------------------------


def test_attack_one_hash_comparison_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    def attacked() -> tuple[Machine, Stranger]:
        net = Net()
        alice = net.create()
        alice.listen()
        fill(alice, 3 * SLICE)
        stranger = net.neighbor(alice)
        stranger.send(*[EVERYTHING] * 50)
        return alice, stranger

    with monkeypatch.context() as patched:
        inner = Synchronization.on_solicit_hash

        def unbounded(self: Synchronization, link: Link, message: bytes) -> None:
            link.comparing = False
            inner(self, link, message)

        patched.setattr(Synchronization, "on_solicit_hash", unbounded)
        alice, stranger = attacked()
        assert len(stranger.take(Advertise)) == 50
        assert not stranger.hung_up

    alice, stranger = attacked()
    assert stranger.take(Advertise) == []
    assert stranger.hung_up
    assert alice.graph.bounded == {Bound.COMPARISONS: 1}


def test_one_comparison_after_the_other_is_served(net: Net, alice: Machine) -> None:
    fill(alice, 2 * SLICE)
    stranger = net.neighbor(alice)
    for _ in range(5):
        stranger.send(EVERYTHING)
        (advertise,) = stranger.take(Advertise)
        assert len(advertise.abstracts) > 2 * SLICE
    assert not stranger.hung_up


def test_who_compares_again_and_again_gets_a_share_of_the_time_only(net: Net, alice: Machine) -> None:
    """The first ones hurry; the others are marked for the driver, which leaves room between their slices."""
    fill(alice, 3 * SLICE)
    stranger = net.neighbor(alice)
    (link,) = alice.graph.neighbors
    hurried = []
    for _ in range(5):
        alice.do(alice.graph.synchronization.on_solicit_hash, link, encode(EVERYTHING))
        hurried.append(not link.answering[0].patient)
        net.deliver_all()
    assert hurried == [True] * HURRIED + [False] * (5 - HURRIED)
    assert len(stranger.take(Advertise)) == 5


QUESTIONS: dict[str, Callable[[Machine], Any]] = {
    "everything that is not there": lambda alice: SolicitTime(modification_time=LAST_TIME),
    "one type": lambda alice: SolicitNew(include=(CHAT,)),
    "all but one type": lambda alice: SolicitNew(exclude=(CHAT,)),
    "a comparison": lambda alice: EVERYTHING,
    "a comparison of a type": lambda alice: SolicitHash(include=(CHAT,), entries=EVERYTHING.entries),
    "a comparison with many ranges": lambda alice: SolicitHash(
        entries=tuple(HashInfo(bytes(16), n, bytes(16)) for n in range(5 * SLICE))
    ),
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_no_question_makes_one_input_look_at_more_than_a_slice(
    net: Net, alice: Machine, monkeypatch: pytest.MonkeyPatch, question: str
) -> None:
    fill(alice, 12 * SLICE)
    stranger = net.neighbor(alice)
    work = Work(monkeypatch, alice)
    stranger.send(QUESTIONS[question](alice))
    assert 0 < work.most <= LOOKED + synchronization.ROWS
    assert alice.graph.neighbors[0].answering == []
    assert not stranger.hung_up


def test_many_questions_in_one_read_are_not_one_input(
    net: Net, alice: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is answered at once, with nothing: what they look at adds up."""
    fill(alice, SLICE)
    stranger = net.neighbor(alice)
    work = Work(monkeypatch, alice)
    stranger.send(*[SolicitTime(modification_time=LAST_TIME)] * 40)
    assert 0 < work.most <= LOOKED + synchronization.ROWS + TURN
    assert len(stranger.take(SyncEnd)) == 40


def test_a_request_for_what_nobody_has_is_looked_up_in_slices(
    net: Net, alice: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    stranger = net.neighbor(alice)
    stranger.send(EVERYTHING)
    work = Work(monkeypatch, alice)
    stranger.send(Request(tuple((n.to_bytes(16, "big"), 1) for n in range(3000))))
    assert 0 < work.most <= LOOKED + synchronization.ROWS


@pytest.mark.parametrize("counted", [True, False])
def test_an_advertise_is_worked_through_in_slices(
    net: Net, alice: Machine, monkeypatch: pytest.MonkeyPatch, counted: bool
) -> None:
    fill(alice, 5 * SLICE)
    stranger, _ = asked_by_hash(net, alice)
    work = Work(monkeypatch, alice)
    abstracts = tuple((record_id("x", n.to_bytes(16, "big")), 1) for n in range(5 * SLICE))
    whole = HashBoundary(0, bytes(16), LAST_TIME, LAST_ID, len(abstracts) if counted else 3)
    stranger.send(Advertise((whole,), abstracts))
    assert 0 < work.most <= 2 * SLICE
    (request,) = stranger.take(Request)
    assert request.abstracts == abstracts


def test_without_slices_one_question_is_one_input(net: Net, alice: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """The measure used above sees what it is there to see."""
    fill(alice, 12 * SLICE)
    stranger = net.neighbor(alice)
    for size in ("SLICE", "SHORT_SLICE"):
        monkeypatch.setattr(comparison, size, 1 << 30)
    monkeypatch.setattr(synchronization, "LOOKED", 1 << 30)
    work = Work(monkeypatch, alice)
    stranger.send(EVERYTHING)
    stranger.send(SolicitTime(modification_time=LAST_TIME))
    assert work.most > 10 * SLICE


def test_properties_of_the_graph_are_no_reason_to_look_at_everything(net: Net) -> None:
    alice = net.create(properties={"defer_expiration": True})
    assert alice.graph.info == info(creator_id="alice", defer_expiration=True)
    fill(alice, 30)
    alice.listen()
    stranger = net.neighbor(alice)
    stranger.send(EVERYTHING)
    (advertise,) = stranger.take(Advertise)
    assert len(advertise.abstracts) >= 30
