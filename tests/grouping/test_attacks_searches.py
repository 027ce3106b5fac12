"""Attacks on searches of all nodes in a group: who asks, who answers, and whose a record is, is proved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from peerapi.graphing.codec.records import Record, encode_record, record_id
from peerapi.graphing.codec.search_messages import (
    ANSWER_TYPE,
    QUERY_TYPE,
    Answer,
    Copy,
    Kind,
    Query,
    encode_answer,
    encode_query,
    wrap,
)
from peerapi.graphing.machine.node_search import BEHIND, NodeSearches
from peerapi.graphing.outputs import SearchNews, Send
from peerapi.graphing.search_events import NodeAnswered
from peerapi.grouping.provider import GroupSecurity
from peerapi.grouping.refusal import Refusal
from tests.graphing.searching import LIMITS, asking, xml
from tests.grouping.test_attacks_graph import Node
from tests.grouping.test_validation import forced, made, secured
from tests.grouping.values import MODERN, NOW, SECOND, member, name, security

CARD = asking("card")
Signed = Callable[[GroupSecurity, Record], Record]


def who(person: str) -> GroupSecurity:
    return security(MODERN, person, member(MODERN, person))


def message(by: GroupSecurity, kind: Kind, payload: bytes, *, creator: str = "alice", sign: Signed = secured) -> bytes:
    """A message of a search in ``creator``'s name, signed by somebody."""
    peer = str(name(MODERN, creator))
    now = NOW + 10 * SECOND
    record = Record(
        QUERY_TYPE if kind is Kind.QUERY else ANSWER_TYPE,
        record_id(peer, bytes(range(16))),
        1,
        peer,
        now + BEHIND,
        now + 5 * SECOND,
        now,
        str(name(MODERN, "club")),
        payload,
    )
    return wrap(kind, encode_record(sign(by, record)))


def unsigned(_: GroupSecurity, record: Record) -> Record:
    return record


def asked(node: Node) -> bytes:
    """A search of carol's."""
    node.graph.database.begin()
    search = node.graph.at(node.now).node_searches.ask(CARD, **LIMITS)
    node.graph.database.commit()
    return search


def told(node: Node) -> list[NodeAnswered]:
    """What it has brought of others."""
    own = str(name(MODERN, "carol"))
    news = [one.news for one in node.graph.outputs if isinstance(one, SearchNews)]
    return [one for one in news if isinstance(one, NodeAnswered) and one.peer_id != own]


def received(node: Node, payload: bytes) -> None:
    node.do(node.graph.node_searches.received, node.link, payload)


def answered(node: Node, *copies: Copy, by: GroupSecurity, creator: str = "alice", sign: Signed = secured) -> None:
    search = asked(node)
    said = encode_answer(Answer(search, 7, False, (), copies))
    received(node, message(by, Kind.ANSWER, said, creator=creator, sign=sign))


def believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever says that somebody has made a record is believed."""
    monkeypatch.setattr(NodeSearches, "_proved", lambda self, record, wire: True)


def knowing(*people: str) -> Node:
    node = Node(MODERN)
    for person in people:
        node.security.met(member(MODERN, person))
    return node


def test_attack_a_member_answers_in_the_name_of_another(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        believed(patched)
        node = knowing("dave")
        answered(node, by=who("alice"), creator="dave", sign=forced)
        assert [one.peer_id for one in told(node)] == [str(name(MODERN, "dave"))]
    node = knowing("dave")
    answered(node, by=who("alice"), creator="dave", sign=forced)
    assert not told(node) and node.security.refused.total() == 1
    node = knowing("dave")
    answered(node, by=who("dave"), creator="dave")
    assert [one.peer_id for one in told(node)] == [str(name(MODERN, "dave"))], "so it is when it is dave"


@pytest.mark.parametrize("kind", [Kind.QUERY, Kind.ANSWER])
def test_attack_who_is_no_member_asks_and_answers_through_one(kind: Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    def worked(sign: Signed, by: GroupSecurity, creator: str) -> bool:
        node = knowing("alice")
        if kind is Kind.ANSWER:
            answered(node, by=by, creator=creator, sign=sign)
            return bool(told(node))
        before = len([one for one in node.graph.outputs if isinstance(one, Send)])
        asked_for = encode_query(Query(5, False, 10, 10_000, CARD))
        received(node, message(by, Kind.QUERY, asked_for, creator=creator, sign=sign))
        return len([one for one in node.graph.outputs if isinstance(one, Send)]) > before

    with monkeypatch.context() as patched:
        believed(patched)
        assert worked(unsigned, who("alice"), "mallory")
    assert not worked(unsigned, who("alice"), "mallory")
    assert not worked(forced, who("alice"), "mallory")
    assert not worked(unsigned, who("alice"), "alice")
    assert worked(secured, who("alice"), "alice")


def test_attack_a_revoked_member_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    def worked() -> bool:
        node = knowing("dave")
        node.do(node.graph.publication.add, node.security.revocation_draft(str(name(MODERN, "dave")), NOW + 5 * SECOND))
        before = len([one for one in node.graph.outputs if isinstance(one, Send)])
        asked_for = encode_query(Query(5, False, 10, 10_000, CARD))
        received(node, message(who("dave"), Kind.QUERY, asked_for, creator="dave"))
        revoked = node.security.refused[Refusal.REVOKED]
        answered = len([one for one in node.graph.outputs if isinstance(one, Send)]) > before
        assert answered or revoked == 1
        return answered

    with monkeypatch.context() as patched:
        believed(patched)
        assert worked()
    assert not worked()


def card(person: str, sign: Signed, by: GroupSecurity) -> bytes:
    """A record that matches, in somebody's name."""
    return encode_record(sign(by, made(MODERN, who=person, attributes=xml("file", "card"))))


@pytest.mark.parametrize("sign", [unsigned, forced], ids=["unsigned", "signed by the answerer"])
def test_attack_an_answer_brings_what_somebody_else_never_wrote(sign: Signed, monkeypatch: pytest.MonkeyPatch) -> None:
    def records(wire: bytes, local: bool) -> int:
        node = knowing("dave")
        answered(node, Copy(local, wire), by=who("alice"))
        (one,) = told(node)
        assert node.graph.node_searches.invalid == 1 - len(one.rows)
        return len(one.rows)

    forged = card("dave", sign, who("alice"))
    with monkeypatch.context() as patched:
        patched.setattr(NodeSearches, "_authentic", lambda *_: True)
        assert records(forged, True) == records(forged, False) == 1
    assert records(forged, True) == records(forged, False) == 0
    assert records(card("dave", secured, who("dave")), False) == 1, "what dave has signed anybody may show"
    assert records(card("alice", unsigned, who("alice")), True) == 1, "and an answerer its own local records"


def test_a_local_record_that_was_told_cannot_be_published_by_who_has_heard_it() -> None:
    """It is not signed, and the signature of the answer is about the answer."""
    node = knowing("alice")
    alice = who("alice")
    wire = card("alice", unsigned, alice)
    answered(node, Copy(True, wire), by=alice)
    assert len(told(node)[0].rows) == 1
    from peerapi.graphing.codec.records import decode_record

    copied = decode_record(wire)
    node.flooded(copied)
    assert node.stored(copied) is None and node.security.refused == {Refusal.UNSIGNED: 1}
    node.flooded(replace(copied, version=2))
    assert node.stored(copied) is None
