"""Searches of all nodes (docs/search.md): every node is asked once, and answers from what it holds."""

from __future__ import annotations

import pytest

from peerapi.errors import InvalidArgument, InvalidSearch, WrappedWin32Error
from peerapi.graphing.codec.messages import PointToPoint
from peerapi.graphing.codec.records import PING, decode_record
from peerapi.graphing.codec.search_messages import Kind, decode_answer, decode_query
from peerapi.graphing.events import IncomingData
from peerapi.graphing.machine.node_search import GRACE, MOST_OWN
from peerapi.graphing.search_events import NodeAnswered
from peerapi.graphing.security import Validity
from peerapi.store.database import LOCAL
from tests.graphing.pair import Net
from tests.graphing.searching import (
    absent,
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


def test_every_node_answers_from_its_own_database(net: Net) -> None:
    machines = line(net, "alice", "bob", "carol", "dave")
    mine = {machine.name: {local(machine, "card")} for machine in machines}
    for machine in machines:
        local(machine, "another")
    for machine in machines:
        search = ask(machine, asking("card"))
        assert answers(machine, search) == mine
        assert ended(machine, search) and not absent(machine, search), "nobody is waited for any longer"


def test_who_answers_gives_a_copy_that_says_it_is_local(net: Net) -> None:
    alice, bob = line(net, "alice", "bob")
    local(bob, "card", b"of bob")
    shared = bob.add(b"of all", attributes=xml("file", "card"))
    net.deliver_all()
    search = ask(alice, asking("card"))
    found = {event.peer_id: event for event in news(alice, search) if isinstance(event, NodeAnswered)}
    assert [(row.id == shared, row.flags & LOCAL) for row in found["bob"].rows] == [(True, 0), (False, LOCAL)]
    assert decode_record(found["bob"].rows[1].wire).payload == b"of bob"
    assert found["bob"].node_id == bob.graph.node_id
    assert [row.id for row in found["alice"].rows] == [shared]


def test_records_that_all_have_may_be_left_out(net: Net) -> None:
    alice, bob = line(net, "alice", "bob")
    mine = local(bob, "card")
    bob.add(attributes=xml("file", "card"))
    net.deliver_all()
    assert answers(alice, ask(alice, asking("card"), only_local=True)) == {"alice": set(), "bob": {mine}}


def test_a_node_alone_answers_itself(net: Net) -> None:
    alice = net.create()
    mine = local(alice, "card")
    search = ask(alice, asking("card"))
    assert answers(alice, search) == {"alice": {mine}} and ended(alice, search)


def test_a_question_travels_each_link_once_in_each_direction_at_most(net: Net) -> None:
    machines = line(net, "alice", "bob", "carol", "dave")
    net.advance(600)
    net.log.clear()
    search = ask(machines[1], asking("card"))
    assert set(answers(machines[1], search)) == {"alice", "bob", "carol", "dave"} and ended(machines[1], search)
    for one in machines:
        for other in machines:
            assert len(searches(net.sent(PointToPoint, one, other), Kind.QUERY)) <= 1
    answered = [decode_answer(decode_record(wire).payload) for wire in searches(net.sent(PointToPoint), Kind.ANSWER)]
    assert len({one.node_id for one in answered}) == 3


def test_who_does_not_answer_is_named_and_the_others_are_there(net: Net) -> None:
    machines = line(net, "alice", "bob", "carol", "dave")
    alice, bob, carol, dave = machines
    mine = local(bob, "card")
    net.crash(dave)
    silence(carol)
    search = ask(alice, asking("card"), timeout=2.0)
    assert answers(alice, search) == {"alice": set(), "bob": {mine}} and not ended(alice, search)
    net.advance(2.5)
    assert ended(alice, search) and absent(alice, search) == {"carol", "dave"}


def test_a_node_that_tells_nothing_of_itself_is_known_by_who_asked_it(net: Net) -> None:
    """Without presence, an answer names the neighbors to whom it has passed the question on."""
    alice, bob = net.create(), net.open("bob")
    alice.listen()
    net.connect(bob, alice)
    carol = net.open("carol")
    net.connect(carol, bob)
    mine = local(carol, "card")
    search = ask(alice, asking("card"))
    assert answers(alice, search)["carol"] == {mine} and ended(alice, search)
    silence(carol)
    search = ask(alice, asking("card"))
    net.advance(6)
    assert ended(alice, search) and absent(alice, search) == {"carol"}


def test_an_answer_has_what_is_newest_and_says_that_there_is_more(net: Net) -> None:
    alice, bob = line(net, "alice", "bob")
    mine = [local(bob, "card", b"%d" % n) for n in range(20)]
    search = ask(alice, asking("card"), max_records=5)
    (found,) = [event for event in news(alice, search) if isinstance(event, NodeAnswered) and event.peer_id == "bob"]
    assert [row.id for row in found.rows] == mine[:-6:-1] and found.more
    search = ask(alice, asking("card"), max_bytes=2000)
    (found,) = [event for event in news(alice, search) if isinstance(event, NodeAnswered) and event.peer_id == "bob"]
    assert 0 < sum(len(row.wire) for row in found.rows) <= 2000 and found.more
    search = ask(alice, asking("card"))
    (found,) = [event for event in news(alice, search) if isinstance(event, NodeAnswered) and event.peer_id == "bob"]
    assert len(found.rows) == 20 and not found.more


def test_a_record_without_room_in_an_answer_is_left_out(net: Net) -> None:
    alice, bob = line(net, "alice", "bob")
    local(bob, "card", bytes(2 << 20))
    small = local(bob, "card")
    search = ask(alice, asking("card"))
    (found,) = [event for event in news(alice, search) if isinstance(event, NodeAnswered) and event.peer_id == "bob"]
    assert [row.id for row in found.rows] == [small] and found.more


def test_wildcards_are_looked_for_too(net: Net) -> None:
    alice, bob = line(net, "alice", "bob")
    mine = {local(bob, "card of 1999"), local(bob, "card of 2001")}
    local(bob, "letter")
    assert answers(alice, ask(alice, asking("card*")))["bob"] == mine
    creator = asking("b?b", "peercreatorid")
    assert len(answers(alice, ask(alice, creator))["bob"]) == 3


def test_what_is_asked_is_checked_before_anybody_is_asked(net: Net) -> None:
    alice, _ = line(net, "alice", "bob")
    net.log.clear()
    for criteria, error in ((asking("\\a"), InvalidArgument), ("<peersearch/>", InvalidSearch)):
        with pytest.raises(error):
            ask(alice, criteria)
    for limits in ({"max_records": 0}, {"max_bytes": 1 << 30}, {"timeout": 0.0}, {"timeout": 1e6}):
        with pytest.raises(InvalidArgument):
            ask(alice, asking("card"), **limits)
    with pytest.raises(InvalidArgument):
        ask(alice, asking("x" * 20_000))
    assert not searches(net.sent(PointToPoint), Kind.QUERY)


def test_a_search_that_is_ended_tells_nothing_more(net: Net) -> None:
    alice, bob = line(net, "alice", "bob")
    silence(bob)
    search = ask(alice, asking("card"))
    alice.do(alice.graph.node_searches.end, search)
    alice.do(alice.graph.node_searches.end, search)
    told = len(news(alice, search))
    silence(bob, False)
    net.advance(10)
    assert len(news(alice, search)) == told and not ended(alice, search)


def test_an_application_has_so_many_searches_at_a_time(net: Net) -> None:
    alice, bob = line(net, "alice", "bob")
    silence(bob)
    under_way = [ask(alice, asking("card")) for _ in range(MOST_OWN)]
    with pytest.raises(WrappedWin32Error, match="searches"):
        ask(alice, asking("card"))
    alice.do(alice.graph.node_searches.end, under_way[0])
    ask(alice, asking("card"))


def test_nothing_of_a_search_is_left_when_it_is_over(net: Net) -> None:
    machines = line(net, "alice", "bob", "carol")
    ask(machines[0], asking("card"))
    assert machines[1].graph.node_searches._passing
    net.advance(30)
    for machine in machines:
        kept = machine.graph.node_searches
        assert not (kept._own or kept._passing or kept._known or kept._remembered)


def test_an_older_node_takes_it_for_a_ping(net: Net, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever does not know the message hears a Ping, which nobody is told of; it is named as one that did not
    answer."""
    alice, bob = line(net, "alice", "bob")
    monkeypatch.setattr(bob.graph.reception, "_on_search", lambda link, payload: None)
    search = ask(alice, asking("card"))
    assert not bob.heard(IncomingData) and bob.graph.neighbors
    net.advance(6)
    assert absent(alice, search) == {"bob"} and ended(alice, search)


def test_a_later_version_of_the_message_is_a_ping_as_well(net: Net) -> None:
    _alice, bob = line(net, "alice", "bob")
    stranger = net.neighbor(bob)
    known = query(stranger, asking("card"))
    changed = known.payload[:16] + b"\x02" + known.payload[17:]
    stranger.send(PointToPoint(PING, changed), PointToPoint(PING, b"anything"), PointToPoint(PING, known.payload[:19]))
    assert not stranger.hung_up and not searches(stranger.take(PointToPoint), Kind.ANSWER)
    assert not bob.heard(IncomingData) and bob.graph.node_searches.invalid == 0
    stranger.send(known)
    assert searches(stranger.take(PointToPoint), Kind.ANSWER)


def test_clocks_may_differ_a_little(net: Net) -> None:
    alice, _ = line(net, "alice", "bob")
    stranger = net.neighbor(alice)
    alice.graph.clock.delta += int((GRACE - 1) * 10_000_000)
    stranger.send(query(stranger, asking("card"), lasts=0.5))
    assert searches(stranger.take(PointToPoint), Kind.ANSWER)


def test_a_direct_connection_is_not_asked_and_does_not_ask(net: Net) -> None:
    alice, _ = line(net, "alice", "bob")
    alice.graph.accepts_direct = True
    stranger = net.stranger(alice, direct=True)
    stranger.connect()
    stranger.messages.clear()
    ask(alice, asking("card"))
    stranger.send(query(stranger, asking("card")))
    assert not stranger.hung_up and not searches(stranger.take(PointToPoint), Kind.QUERY)


def test_the_provider_of_an_application_judges_what_is_found(net: Net) -> None:
    alice, bob = line(net, "alice", "bob")
    good, bad = local(bob, "card", b"good"), local(bob, "card", b"bad")
    alice.graph.guarded = True
    search = ask(alice, asking("card"))
    assert "bob" not in answers(alice, search) and not ended(alice, search)
    (wanted,) = alice.found_to_validate
    validities = [
        Validity.VALID if decode_record(one.wire).payload == b"good" else Validity.INVALID for one in wanted.records
    ]
    alice.do(alice.graph.node_searches.judged, wanted.search, wanted.answer, validities)
    assert answers(alice, search)["bob"] == {good} and bad not in answers(alice, search)["bob"]
    assert ended(alice, search)


def test_the_question_says_who_asks(net: Net) -> None:
    alice, bob = line(net, "alice", "bob")
    ask(alice, asking("card"))
    (wire,) = searches(net.sent(PointToPoint, alice, bob), Kind.QUERY)
    record = decode_record(wire)
    asked = decode_query(record.payload)
    assert (record.creator_id, asked.node_id, asked.criteria) == ("alice", alice.graph.node_id, asking("card"))
