"""PeerGraphSearchRecords: what is found, by which query, and which queries are refused."""

import ctypes
import time
import uuid
from unittest.mock import patch

import pytest

from peerapi.engine import runtime
from tests.api.searches import attributes, both, clause, either, query, search
from tests.support.native import expect, wide
from tests.support.peer_values import CHAT, SECOND, record_struct, wait_past
from tests.support.peers import OTHER, Peer, Peers
from tests.support.scenario import scenario
from tests.wire import client as wire
from tests.wire import wire_records

OPERATORS = ("equal", "notequal", "greater", "less", "greaterorequal", "lessorequal")


def found_values(peer: Peer, values: list[str], ids: list[uuid.UUID], type: str, content: str) -> dict[str, set[str]]:
    """For every operator, the values of the records that are found."""
    by_id = dict(zip(ids, values, strict=True))
    return {
        compare: {by_id[id] for id in search(peer, query(clause("value", type, content, compare)))}
        for compare in OPERATORS
    }


def with_values(peer: Peer, type: str, values: list[str]) -> list[uuid.UUID]:
    return [peer.add(attributes=attributes(("value", type, value))) for value in values]


# types and operators


@scenario
def test_numbers_compare_as_numbers(peers: Peers) -> None:
    alice = peers.create()
    values = ["0", "007", "7", "8", "10", "99999999999999999999", "100000000000000000000"]
    ids = with_values(alice, "int", values)
    assert found_values(alice, values, ids, "int", "7") == {
        "equal": {"7", "007"},
        "notequal": {"0", "8", "10", *values[5:]},
        "greater": {"8", "10", *values[5:]},
        "less": {"0"},
        "greaterorequal": set(values) - {"0"},
        "lessorequal": {"0", "7", "007"},
    }
    assert found_values(alice, values, ids, "int", values[5])["greater"] == {values[6]}


@scenario
def test_strings_compare_by_their_characters(peers: Peers) -> None:
    alice = peers.create()
    values = ["", "A", "B", "a", "ab", "b", "ä", "\U0001f382"]
    ids = with_values(alice, "string", values)
    assert found_values(alice, values, ids, "string", "ab") == {
        "equal": {"ab"},
        "notequal": set(values) - {"ab"},
        "greater": {"b", "ä", "\U0001f382"},
        "less": {"", "A", "B", "a"},
        "greaterorequal": {"ab", "b", "ä", "\U0001f382"},
        "lessorequal": {"", "A", "B", "a", "ab"},
    }


@scenario
def test_dates_compare_as_moments_with_the_width_of_the_clause(peers: Peers) -> None:
    alice = peers.create()
    values = ["1999", "2000-02-01", "2000-02-29T12:00:00Z", "2000-03-01T00:30+01:00", "2000-03-01", "2026"]
    ids = with_values(alice, "date", values)
    february = {"2000-02-01", "2000-02-29T12:00:00Z", "2000-03-01T00:30+01:00"}
    assert found_values(alice, values, ids, "date", "2000-02") == {
        "equal": february,
        "notequal": set(values) - february,
        "greater": {"2000-03-01", "2026"},
        "less": {"1999"},
        "greaterorequal": set(values) - {"1999"},
        "lessorequal": {"1999", *february},
    }


@scenario
def test_equal_is_what_a_clause_without_compare_asks(peers: Peers) -> None:
    alice = peers.create()
    ids = with_values(alice, "int", ["1", "2"])
    assert search(alice, query(clause("value", "int", "2", compare=None))) == [ids[1]]


@scenario
def test_attributes_of_another_type_do_not_match(peers: Peers) -> None:
    alice = peers.create()
    number, text = with_values(alice, "int", ["5"]) + with_values(alice, "string", ["5"])
    assert search(alice, query(clause("value", "int", "5"))) == [number]
    assert search(alice, query(clause("value", "string", "5"))) == [text]
    assert search(alice, query(clause("value", "date", "2000", "notequal"))) == []


@scenario
def test_a_record_without_the_attribute_matches_nothing_about_it(peers: Peers) -> None:
    alice = peers.create()
    alice.add()
    alice.add(attributes=attributes(("other", "string", "x")))
    for compare in OPERATORS:
        assert search(alice, query(clause("value", "string", "x", compare))) == []


@scenario
def test_one_of_several_attributes_of_a_name_is_enough(peers: Peers) -> None:
    alice = peers.create()
    id = alice.add(attributes=attributes(("k", "int", 1), ("k", "int", 2)))
    assert search(alice, query(clause("k", "int", "2"))) == [id]
    assert search(alice, query(clause("k", "int", "2", "notequal"))) == [id]
    assert search(alice, query(clause("k", "int", "3"))) == []


@scenario
def test_names_of_attributes_count_with_their_case(peers: Peers) -> None:
    alice = peers.create()
    id = alice.add(attributes=attributes(("Owner", "string", "x")))
    assert search(alice, query(clause("Owner", "string", "x"))) == [id]
    assert search(alice, query(clause("owner", "string", "x"))) == []


# wildcards


TEXTS = ["", "a", "ab", "abc", "b*c", "b?c", "b\\c", "[a-c]", "a]b", "^", "100%", "_", "line\nbreak", "\U0001f382!"]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("*", TEXTS),
        ("?", ["a", "^", "_"]),
        ("??", ["ab", "\U0001f382!"]),
        ("a*", ["a", "ab", "abc", "a]b"]),
        ("*c", ["abc", "b*c", "b?c", "b\\c"]),
        ("?b?", ["abc"]),
        ("b\\*c", ["b*c"]),
        ("b\\?c", ["b?c"]),
        ("b\\\\c", ["b\\c"]),
        ("b?c", ["b*c", "b?c", "b\\c"]),
        ("*\\**", ["b*c"]),
        ("[a-c]", ["[a-c]"]),
        ("[*", ["[a-c]"]),
        ("?]*", ["a]b"]),
        ("*%", ["100%"]),
        ("line*k", ["line\nbreak"]),
        ("\U0001f382?", ["\U0001f382!"]),
        ("A*", []),
    ],
)
@scenario
def test_wildcards(peers: Peers, pattern: str, expected: list[str]) -> None:
    alice = peers.create()
    ids = with_values(alice, "string", TEXTS)
    by_id = dict(zip(ids, TEXTS, strict=True))
    assert [by_id[id] for id in search(alice, query(clause("value", "string", pattern)))] == expected
    others = [by_id[id] for id in search(alice, query(clause("value", "string", pattern, "notequal")))]
    assert others == [text for text in TEXTS if text not in expected]


@scenario
def test_wildcards_are_plain_characters_where_order_is_asked(peers: Peers) -> None:
    alice = peers.create()
    values = ["!", "*", "+", "a"]
    ids = with_values(alice, "string", values)
    assert found_values(alice, values, ids, "string", "*")["greater"] == {"+", "a"}
    assert found_values(alice, values, ids, "string", "\\*")["lessorequal"] == {"!", "*"}


# and, or


@scenario
def test_and_and_or_combine_and_nest(peers: Peers) -> None:
    alice = peers.create()
    ids = [
        alice.add(attributes=attributes(("n", "int", n), ("colour", "string", colour), ("seen", "date", "2001")))
        for n in range(4)
        for colour in ("red", "blue")
    ]
    red, blue = clause("colour", "string", "red"), clause("colour", "string", "blue")
    small, large = clause("n", "int", "1", "lessorequal"), clause("n", "int", "3", "greaterorequal")
    seen = clause("seen", "date", "2001-01")
    assert search(alice, query(both(red, small))) == [ids[0], ids[2]]
    assert search(alice, query(either(both(red, small), both(blue, large)))) == [ids[0], ids[2], ids[7]]
    assert search(alice, query(both(either(small, large), either(red, blue), seen))) == ids[:4] + ids[6:]
    assert search(alice, query(both(red, blue))) == []
    assert search(alice, query(both(both(either(either(blue)))))) == ids[1::2]


@scenario
def test_many_clauses_and_deep_nesting(peers: Peers) -> None:
    alice = peers.create()
    ids = with_values(alice, "int", [str(number) for number in range(50)])
    wanted = [clause("value", "int", str(number)) for number in range(10, 1034)]
    assert search(alice, query(either(*wanted))) == ids[10:]
    assert search(alice, query(both(*[clause("value", "int", "30", "greater")] * 1024))) == ids[31:]
    deep = clause("value", "int", "7")
    for level in range(120):
        deep = both(deep) if level % 2 else either(deep)
    assert search(alice, query(deep)) == [ids[7]]


# reserved names


@scenario
def test_search_by_record_id(peers: Peers) -> None:
    alice = peers.create()
    ids = [alice.add() for _ in range(5)]
    assert search(alice, query(clause("peerrecordid", "string", str(ids[2])))) == [ids[2]]
    assert search(alice, query(clause("peerrecordid", "string", f"{{{str(ids[2]).upper()}}}"))) == [ids[2]]
    assert search(alice, query(clause("peerrecordid", "string", f"{str(ids[3])[:-2]}*"))) == [ids[3]]
    assert search(alice, query(clause("peerrecordid", "string", str(ids[2]), "notequal"))) == ids[:2] + ids[3:]
    assert search(alice, query(clause("peerrecordid", "string", "nonsense"))) == []


@scenario
def test_search_by_record_type(peers: Peers) -> None:
    alice = peers.create()
    chat, other = alice.add(type=CHAT), alice.add(type=OTHER)
    assert search(alice, query(clause("peerrecordtype", "string", str(CHAT)))) == [chat]
    assert search(alice, query(clause("peerrecordtype", "string", str(OTHER)))) == [other]
    assert search(alice, query(clause("peerrecordtype", "string", f"{str(OTHER)[:8]}*"))) == [other]


@scenario
def test_search_by_creator_and_last_modifier(peers: Peers) -> None:
    alice, bob = peers.pair()
    hers, his = alice.add(), bob.add()
    alice.until(lambda: alice.has(his))
    alice.update(his, b"changed by alice")
    bob.until(lambda: bob.get(his).version == 2)
    for peer in (alice, bob):
        assert search(peer, query(clause("peercreatorid", "string", "alice"))) == [hers]
        assert search(peer, query(clause("peercreatorid", "string", "b?b"))) == [his]
        assert search(peer, query(clause("peerlastmodifiedby", "string", "alice"))) == [his]
        assert search(peer, query(clause("peerlastmodifiedby", "string", "bob"))) == []


@scenario
def test_search_by_times(peers: Peers) -> None:
    alice = peers.create()
    old = alice.add()
    changed = alice.get(old)
    later_on = patch.object(runtime, "_nanoseconds", lambda: time.time_ns() + 2_000_000_000)
    with later_on:  # a clause about a date is as wide as a second
        new = alice.add()
        alice.update(old, b"changed")

    def second_of(filetime: int) -> str:
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(filetime // SECOND - 11_644_473_600))

    first, second = second_of(changed.created), second_of(alice.get(new).created)
    assert search(alice, query(clause("peercreationtime", "date", first))) == [old]
    assert search(alice, query(clause("peercreationtime", "date", first, "greater"))) == [new]
    later = search(alice, query(clause("peerlastmodificationtime", "date", second, "greaterorequal")))
    assert sorted(later) == sorted([old, new])
    assert search(alice, query(clause("peerlastmodificationtime", "date", first))) == []


@pytest.mark.parametrize("name", ["peercreationtime", "peerlastmodificationtime"])
@scenario
def test_times_in_universal_time_as_users_know_it(peers: Peers, name: str) -> None:
    alice = peers.create()
    id = alice.add()
    assert search(alice, query(clause(name, "date", "2020", "greater"))) == [id]
    assert search(alice, query(clause(name, "date", "2020", "less"))) == []


@pytest.mark.parametrize("name", ["peercreationtime", "peerrecordid"])
@scenario
def test_reserved_names_have_one_type(peers: Peers, name: str) -> None:
    alice = peers.create()
    alice.add()
    assert search(alice, query(clause(name, "int", "5", "notequal"))) == []


# which records


@scenario
def test_deleted_records_are_not_found(peers: Peers) -> None:
    alice = peers.create()
    ids = with_values(alice, "int", ["1", "1", "1"])
    alice.delete(ids[0])
    expect(alice.try_delete(ids[1], local=True), "S_OK")
    assert search(alice, query(clause("value", "int", "1"))) == [ids[2]]
    assert search(alice, query(clause("peercreatorid", "string", "*"))) == [ids[2]]


@scenario
def test_expired_records_are_not_found(peers: Peers) -> None:
    alice = peers.create()
    xml = attributes(("value", "int", 1))
    _, expires = alice.add_short(attributes=xml)
    id = alice.add(attributes=xml)
    wait_past(expires)
    assert search(alice, query(clause("value", "int", "1"))) == [id]


@scenario
def test_the_graphs_own_records_are_not_found(peers: Peers) -> None:
    alice = peers.create(cPresenceMax=0xFFFFFFFF)
    alice.listen()
    alice.until(lambda: alice.records(wire.PRESENCE))
    assert search(alice, query(clause("peercreatorid", "string", "*"))) == []
    assert search(alice, query(clause("peerrecordid", "string", str(wire_records.GRAPH_INFO_ID)))) == []


@scenario
def test_an_updated_record_is_found_by_its_new_attributes_only(peers: Peers) -> None:
    alice, bob = peers.pair()
    id = alice.add(attributes=attributes(("old", "string", "x"), ("both", "int", 1)))
    bob.until(lambda: search(bob, query(clause("old", "string", "x"))) == [id])
    alice.update(id, b"", attributes=attributes(("new", "string", "x"), ("both", "int", 2)))
    bob.until(lambda: bob.get(id).version == 2)
    for peer in (alice, bob):
        assert search(peer, query(clause("old", "string", "x"))) == []
        assert search(peer, query(clause("new", "string", "x"))) == [id]
        assert search(peer, query(clause("both", "int", "1"))) == []
        assert search(peer, query(clause("both", "int", "1", "notequal"))) == [id]


@scenario
def test_attributes_that_were_cleared_are_gone(peers: Peers) -> None:
    alice = peers.create()
    id = alice.add(attributes=attributes(("a", "int", 1)))
    assert search(alice, query(clause("a", "int", "1"))) == [id]
    expect(alice.try_update(id, record_struct(attributes="<attributes/>", expires=alice.get(id).expires)), "S_OK")
    assert search(alice, query(clause("a", "int", "1"))) == []


@scenario
def test_received_records_are_found_and_still_after_reopening(peers: Peers) -> None:
    alice = peers.create()
    before = alice.add(attributes=attributes(("a", "string", "before")))
    bob = peers.join(alice)
    after = alice.add(attributes=attributes(("a", "string", "after")))
    bob.until(lambda: bob.has(after))
    for _ in range(2):
        assert search(bob, query(clause("a", "string", "*"))) == [before, after]
        assert search(bob, query(clause("a", "string", "aft*"))) == [after]
        bob.close()
        bob = peers.reopen(bob)


@scenario
def test_a_found_record_is_whole(peers: Peers) -> None:
    alice = peers.create()
    id = alice.add(b"data", attributes=attributes(("a", "int", 1)))
    handle = ctypes.c_void_p()
    expect(
        peers.library.PeerGraphSearchRecords(alice.handle, wide(query(clause("a", "int", "1"))), ctypes.byref(handle)),
        "S_OK",
    )
    assert alice.next_records(handle.value or 0, 5) == [alice.get(id)]
    alice.end(handle.value or 0)


@scenario
def test_the_enumeration_is_a_snapshot(peers: Peers) -> None:
    alice = peers.create()
    ids = with_values(alice, "int", ["1", "1"])
    handle = ctypes.c_void_p()
    xml = wide(query(clause("value", "int", "1")))
    expect(peers.library.PeerGraphSearchRecords(alice.handle, xml, ctypes.byref(handle)), "S_OK")
    with_values(alice, "int", ["1"])
    assert handle.value
    assert alice.count(handle.value) == 2
    assert [record.id for record in alice.next_records(handle.value, 10)] == ids
    alice.end(handle.value)


@scenario
def test_a_graph_that_is_not_ready_has_nothing_to_find(peers: Peers) -> None:
    """The page lists no code for it."""
    assert search(peers.open(), query(clause("a", "int", "1"))) == []
