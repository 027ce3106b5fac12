"""Neighbors that misuse searches of all nodes: each attack works without the one check that stops it, and then not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from peerapi.graphing.codec.messages import Flood, PointToPoint
from peerapi.graphing.codec.records import PRESENCE, encode_record, record_id
from peerapi.graphing.codec.search_messages import Answer, Kind, NodeName
from peerapi.graphing.machine import node_search
from peerapi.graphing.machine.bounds import Bound
from peerapi.graphing.machine.neighbor_credit import BYTES_AT_ONCE, STEPS_AT_ONCE, Credit
from peerapi.graphing.machine.node_search import EACH, NodeSearches
from peerapi.graphing.search_events import NodeAnswered
from tests.graphing.machines import Machine, Stranger
from tests.graphing.pair import Net
from tests.graphing.searching import (
    answer,
    answers,
    ask,
    asking,
    ended,
    line,
    local,
    news,
    query,
    searches,
    silence,
    xml,
)

CARD = asking("card")


def no_check(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is said of a message is believed."""
    monkeypatch.setattr(NodeSearches, "_require", lambda self, truth: None)


def unlimited(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neighbors may cost what they like."""
    monkeypatch.setattr(Credit, "has", lambda self, now: True)


def wanted(alice: Machine, stranger: Stranger, value: str = "card") -> bytes:
    """A search of alice's whose question the stranger has."""
    search = ask(alice, asking(value), timeout=30.0)
    assert searches(stranger.take(PointToPoint), Kind.QUERY)
    return search


# ---- A flood of questions --------------------------------------------------------------------------------------------


def passed_on(net: Net, questions: int) -> tuple[int, Machine]:
    """How many of one neighbor's questions reach another node, without time in between."""
    alice, bob = line(net, "alice", "bob")
    stranger = net.neighbor(alice)
    for _ in range(questions):
        stranger.send(query(stranger, CARD))
    return len(searches(net.sent(PointToPoint, alice, bob), Kind.QUERY)), alice


def test_attack_a_flood_of_questions(net: Net, monkeypatch: pytest.MonkeyPatch) -> None:
    many = 60
    with monkeypatch.context() as patched:
        unlimited(patched)
        assert passed_on(net, many)[0] == many
    net.machines.clear()
    net.log.clear()
    monkeypatch.setattr(node_search, "NeighborCredit", limited(20.0 * EACH, BYTES_AT_ONCE))
    count, alice = passed_on(net, many)
    assert 0 < count <= 20 and alice.graph.bounded[Bound.SEARCHES] == many - count
    assert all(len(machine.graph.links) for machine in net.machines), "nobody's link has ended"


def limited(steps: float, size: float) -> Callable[[], Any]:
    """Neighbors that have so much at once, and little more with time."""

    def made() -> Any:
        return type("Limited", (), {"steps": Credit(1.0, steps), "answers": Credit(1.0, size)})()

    return made


def test_who_has_asked_too_much_is_answered_again_later(net: Net) -> None:
    alice, _ = line(net, "alice", "bob")
    stranger = net.neighbor(alice)
    stranger.send(query(stranger, CARD))
    (kept,) = alice.graph.node_searches._neighbors.values()
    kept.steps.spend(2 * STEPS_AT_ONCE)
    stranger.take(PointToPoint)
    stranger.send(query(stranger, CARD))
    assert not searches(stranger.take(PointToPoint), Kind.ANSWER)
    net.advance(10)
    stranger.send(query(stranger, CARD))
    assert searches(stranger.take(PointToPoint), Kind.ANSWER)


def test_attack_a_question_that_is_expensive_to_answer(net: Net, monkeypatch: pytest.MonkeyPatch) -> None:
    alice, _ = line(net, "alice", "bob")
    for number in range(3000):
        alice.graph.database.begin()
        local(alice, f"card {number}")
    dear = asking("*c*a*r*d*9*9*9*")

    def effort(limit: int) -> tuple[int, bool]:
        monkeypatch.setattr(node_search, "EFFORT", limit)
        rows, more, spent = alice.graph.at(alice.moment).node_searches._found(
            node_search.search_xml.parse(dear), node_search.Query(1, False, 1000, 1 << 19, dear)
        )
        assert len(rows) <= 3
        return spent, more

    unbounded, complete = effort(1 << 40)
    assert unbounded > 10_000 and not complete, "harmless even without the bound"
    bounded, more = effort(2_000)
    assert bounded <= 3_000 and more


# ---- Amplification ---------------------------------------------------------------------------------------------------


def answered_bytes(net: Net, questions: int) -> tuple[int, int, Machine]:
    """Bytes of questions that a neighbor has sent, and of what has come back."""
    alice, bob = line(net, "alice", "bob")
    for machine in (alice, bob):
        for _ in range(10):
            local(machine, "card", bytes(20_000))
    stranger = net.neighbor(alice)
    asked = 0
    for _ in range(questions):
        message = query(stranger, CARD)
        asked += len(message.payload)
        stranger.send(message)
    return asked, sum(len(one.payload) for one in stranger.take(PointToPoint)), alice


def test_attack_small_questions_for_large_answers(net: Net, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        unlimited(patched)
        asked, came, _ = answered_bytes(net, 30)
        assert came > 30 * 400_000 > 500 * asked
    net.machines.clear()
    monkeypatch.setattr(node_search, "NeighborCredit", limited(1e12, 1_000_000.0))
    asked, came, alice = answered_bytes(net, 30)
    assert came < 1_000_000 + 2 * 210_000
    assert alice.graph.bounded[Bound.SEARCH_ANSWERS] >= 25


def test_attack_who_asks_and_does_not_read(net: Net, monkeypatch: pytest.MonkeyPatch) -> None:
    def backlog(patched: pytest.MonkeyPatch) -> int:
        net.machines.clear()
        alice = net.create()
        alice.listen()
        for _ in range(10):
            local(alice, "card", bytes(40_000))
        stranger = net.neighbor(alice)
        stranger.end.stalled = True
        unlimited(patched)
        for _ in range(30):
            stranger.send(query(stranger, CARD))
        (link,) = alice.graph.neighbors
        return link.backlog()

    with monkeypatch.context() as patched:
        patched.setattr(node_search, "HIGH_WATER", 1 << 40)
        assert backlog(patched) > 10 << 20
    with monkeypatch.context() as patched:
        assert backlog(patched) < 5 << 20


def test_answers_go_nowhere_but_back_on_the_link_of_the_question(net: Net) -> None:
    """Nobody is named in a question to whom answers would be sent: who says that another node asks gets them itself."""
    alice, bob = line(net, "alice", "bob")
    local(alice, "card")
    stranger = net.neighbor(alice)
    net.log.clear()
    victim = {"creator_id": "bob", "id": record_id("bob", bytes(range(16)))}
    stranger.send(query(stranger, CARD, **victim))
    assert searches(stranger.take(PointToPoint), Kind.ANSWER)
    assert not searches(net.sent(PointToPoint, alice, bob), Kind.ANSWER)


# ---- Answers ---------------------------------------------------------------------------------------------------------


def test_attack_an_answer_that_nobody_has_asked_for(net: Net, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is passed to who has asked only by way of the neighbors to whom the question went, and only if there is
    one."""
    alice, bob = line(net, "alice", "bob")
    mallory = net.neighbor(alice)
    asker = net.neighbor(alice, name="asker", node_id=77)
    asker.send(query(asker, CARD))
    (asked,) = searches(mallory.take(PointToPoint), Kind.QUERY)
    search = asked[16:32]
    alice.graph.node_searches._passing[search].link = alice.link(bob)
    silence(bob)
    before = alice.graph.node_searches.invalid
    asker.send(answer(asker, bytes(16)), answer(asker, bytes(range(16))))
    assert alice.graph.node_searches.invalid == before + 2
    assert not net.sent(PointToPoint, alice, bob)[1:]


def repeated(net: Net, count: int) -> int:
    """How many of so many answers of one node are told."""
    net.machines.clear()
    alice = net.create()
    alice.listen()
    stranger = net.neighbor(alice)
    other = net.neighbor(alice, name="silent", node_id=78)
    search = wanted(alice, stranger)
    for _ in range(count):
        stranger.send(answer(stranger, search))
    assert other is not None and not ended(alice, search)
    return len([event for event in news(alice, search) if isinstance(event, NodeAnswered)]) - 1


def test_attack_one_node_answers_without_an_end(net: Net, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        no_check(patched)
        assert repeated(net, 50) == 50
    assert repeated(net, 50) == 1


def invented(net: Net, count: int) -> int:
    """How many answers of nodes that one peer has invented are told."""
    net.machines.clear()
    alice = net.create()
    alice.listen()
    stranger = net.neighbor(alice)
    net.neighbor(alice, name="silent", node_id=78)
    search = wanted(alice, stranger)
    for number in range(count):
        stranger.send(answer(stranger, search, node_id=1000 + number))
    return len([event for event in news(alice, search) if isinstance(event, NodeAnswered)]) - 1


def test_attack_one_peer_answers_for_many_nodes(net: Net, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(node_search, "OF_ONE_PEER", 1 << 30)
        assert invented(net, 50) == 50
    assert invented(net, 50) == node_search.OF_ONE_PEER


def told(net: Net, make: Callable[[Stranger], bytes]) -> int:
    """How many records a search tells of an answer that brings one."""
    net.machines.clear()
    alice = net.create()
    alice.listen()
    stranger = net.neighbor(alice)
    search = wanted(alice, stranger)
    stranger.send(answer(stranger, search, make(stranger)))
    found = answers(alice, search)
    return len(found["stranger"]) if "stranger" in found else -1


def a_record(stranger: Stranger, **fields: Any) -> bytes:
    return encode_record(stranger.record(**{"attributes": xml("file", "card"), **fields}))


@pytest.mark.parametrize(
    "make",
    [
        lambda stranger: a_record(stranger, attributes=xml("file", "letter")),
        lambda stranger: a_record(stranger, attributes=None),
        lambda stranger: a_record(stranger, type=PRESENCE),
        lambda stranger: a_record(stranger, graph_id="another"),
        lambda stranger: a_record(stranger, deleted=True, payload=b"", attributes=xml("file", "card")),
        lambda stranger: a_record(stranger, creation=1, modification=2, expiration=3),
        lambda stranger: a_record(stranger, id=bytes(16)),
        lambda stranger: b"no record",
    ],
    ids=[
        "no match",
        "no attributes",
        "graph's own",
        "another graph",
        "deleted",
        "expired",
        "another's ID",
        "no record",
    ],
)
def test_what_an_answer_brings_is_looked_at(net: Net, make: Callable[[Stranger], bytes]) -> None:
    assert told(net, a_record) == 1, "the good one"
    assert told(net, make) == 0


def test_an_answer_larger_than_was_asked_for_is_dropped(net: Net) -> None:
    alice = net.create()
    alice.listen()
    stranger = net.neighbor(alice)
    search = ask(alice, CARD, max_records=2, timeout=30.0)
    stranger.send(answer(stranger, search, *[a_record(stranger) for _ in range(3)]))
    search_by_size = ask(alice, CARD, max_bytes=100, timeout=30.0)
    stranger.send(answer(stranger, search_by_size, a_record(stranger)))
    for one in (search, search_by_size):
        assert "stranger" not in answers(alice, one)
    assert alice.graph.bounded[Bound.SEARCH_ANSWERS] == 2


def test_nodes_that_an_answer_invents_are_bounded_and_cost_time_only(net: Net) -> None:
    alice = net.create()
    alice.listen()
    stranger = net.neighbor(alice)
    search = ask(alice, CARD, timeout=3.0)
    names = tuple(NodeName(n, f"nobody {n}") for n in range(node_search.MOST_NAMED + 1))
    stranger.send(answer(stranger, search, answer=Answer(search, stranger.node_id, False, names, ())))
    assert "stranger" not in answers(alice, search)
    few = Answer(search, stranger.node_id, False, names[:3], ())
    stranger.send(answer(stranger, search, answer=few))
    assert "stranger" in answers(alice, search) and not ended(alice, search)
    net.advance(4)
    assert ended(alice, search)


# ---- What is inside, used for something else -------------------------------------------------------------------------


def kept_as_a_record(net: Net) -> bool:
    """Whether the record inside an answer becomes one of the graph when somebody floods it."""
    alice, bob = line(net, "alice", "bob")
    local(alice, "card", b"secret")
    stranger = net.neighbor(alice)
    stranger.send(query(stranger, CARD))
    (wire,) = searches(stranger.take(PointToPoint), Kind.ANSWER)[:1]
    other = net.neighbor(bob, name="other", node_id=5)
    other.send(Flood(wire))
    net.advance(1)
    return bob.graph.database.get(wire[16:32]) is not None


def test_attack_an_answer_is_flooded_as_a_record(net: Net, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its times are no record's: no node, of any version, takes it in."""
    with monkeypatch.context() as patched:
        patched.setattr(node_search, "BEHIND", 0)
        no_check(patched)
        assert kept_as_a_record(net)
    net.machines.clear()
    assert not kept_as_a_record(net)


@pytest.mark.parametrize(
    "fields",
    [
        {"graph_id": "another"},
        {"lasts": 0.0},
        {"lasts": 3600.0},
        {"creation": 5},
        {"modification": 1},
        {"type": bytes(16)},
        {"id": bytes(16)},
        {"modified_by": "me"},
    ],
    ids=lambda fields: next(iter(fields)),
)
def test_a_question_that_is_not_of_this_graph_and_of_now_is_dropped(net: Net, fields: dict[str, Any]) -> None:
    alice, bob = line(net, "alice", "bob")
    stranger = net.neighbor(alice)
    stranger.send(query(stranger, CARD, **fields))
    assert not searches(stranger.take(PointToPoint), Kind.ANSWER)
    assert not searches(net.sent(PointToPoint, alice, bob), Kind.QUERY)
    assert alice.graph.node_searches.invalid == 1 and not stranger.hung_up


def test_a_question_that_is_sent_again_is_not_answered_again(net: Net) -> None:
    alice, bob = line(net, "alice", "bob")
    stranger = net.neighbor(alice)
    again = query(stranger, CARD)
    stranger.send(again, again)
    other = net.neighbor(alice, name="other", node_id=5)
    other.send(again)
    assert len(searches(stranger.take(PointToPoint), Kind.ANSWER)) == 2, "alice's and bob's"
    assert not searches(other.take(PointToPoint), Kind.ANSWER)
    net.advance(60)
    other.send(again)
    assert not searches(other.take(PointToPoint), Kind.ANSWER), "it is over"
    assert len(searches(net.sent(PointToPoint, alice, bob), Kind.QUERY)) == 1
