"""Searches that are refused or cost much: the schema, XML, size, patterns, many records."""

import ctypes

import pytest

from tests.api.searches import attributes, both, clause, either, query, search
from tests.api.test_graph_many import add_many
from tests.support.effort import effort
from tests.support.native import expect, wide
from tests.support.peer_values import record_struct
from tests.support.peers import RECORD_CHANGED, SYNCHRONIZED, Peer, Peers
from tests.support.scenario import scenario


def try_search(peer: Peer, xml: str) -> int:
    """The HRESULT; an enumeration is closed again."""
    handle = ctypes.c_void_p()
    result = int(peer.library.PeerGraphSearchRecords(peer.handle, wide(xml), ctypes.byref(handle)))
    if result == 0:
        peer.end(handle.value or 0)
    return result


# what is refused


CLAUSE = clause("a", "string", "x")


@pytest.mark.parametrize(
    "xml",
    [
        "",
        "no xml",
        "<peersearch>",
        "<peersearch/>",
        "<peersearch></peersearch>",
        "<peersearch><and/></peersearch>",
        "<peersearch><or></or></peersearch>",
        query(CLAUSE, CLAUSE),
        query(both(CLAUSE), either(CLAUSE)),
        query(f"<not>{CLAUSE}</not>"),
        query(f"text{CLAUSE}"),
        query('<clause attrib="a" type="string">x<b/></clause>'),
        query('<clause attrib="a" type="string" colour="red">x</clause>'),
        query('<clause type="string">x</clause>'),
        query('<clause attrib="a">x</clause>'),
        query('<clause attrib="a" type="float">1</clause>'),
        query('<clause attrib="a b" type="string">1</clause>'),
        query(f'<clause attrib="{"n" * 41}" type="string">1</clause>'),
        query(clause("a", "string", "x", "like")),
        query(clause("a", "string", "x", "")),
        query(clause("a", "int", "")),
        query(clause("a", "int", "-1")),
        query(clause("a", "int", "1.5")),
        query(clause("a", "int", "1*")),
        query(clause("a", "date", "tomorrow")),
        query(clause("a", "date", "2000-02-30")),
        query(clause("a", "date", "200?")),
        CLAUSE,
        f"<PeerSearch>{CLAUSE}</PeerSearch>",
        f'<peersearch version="1">{CLAUSE}</peersearch>',
        f"{query(CLAUSE)}{query(CLAUSE)}",
        f"{query(CLAUSE)}text",
        f"<?run it?>{query(CLAUSE)}",
    ],
)
@scenario
def test_what_breaks_the_schema_is_an_invalid_search(peers: Peers, xml: str) -> None:
    expect(try_search(peers.create(), xml), "PEER_E_INVALID_SEARCH")


@pytest.mark.parametrize("content", ["\\", "a\\b", "\\n", "x\\", "\\\\\\"])
@pytest.mark.parametrize("type", ["string", "int"])
@scenario
def test_a_bad_escape_is_an_invalid_argument(peers: Peers, content: str, type: str) -> None:
    expect(try_search(peers.create(), query(clause("a", type, content))), "E_INVALIDARG")


@pytest.mark.parametrize(
    "xml",
    [
        f'<?xml version="1.0" encoding="utf-16"?>{query(CLAUSE)}',
        f"<!-- why --><peersearch xmlns:xs='http://www.w3.org/2001/XMLSchema'>\n {CLAUSE}\n</peersearch>",
        query('<clause attrib="a" type="string"/>'),
        query('<clause attrib="a" type="string"><![CDATA[<&>]]></clause>'),
        query('<clause attrib="a" type="string">&#x1F382;&amp;</clause>'),
    ],
)
@scenario
def test_what_xml_may_look_like(peers: Peers, xml: str) -> None:
    expect(try_search(peers.create(), xml), "S_OK")


LAUGHS = "".join(f'<!ENTITY l{n + 1} "{f"&l{n};" * 10}">' for n in range(9))


@pytest.mark.parametrize(
    "xml",
    [
        f'<!DOCTYPE p [<!ENTITY l0 "lol">{LAUGHS}]>{query(CLAUSE.replace("x", "&l9;"))}',
        f'<!DOCTYPE p [<!ENTITY f SYSTEM "file:///etc/passwd">]>{query(CLAUSE.replace("x", "&f;"))}',
        f'<!DOCTYPE p SYSTEM "http://[::1]:9/dtd">{query(CLAUSE)}',
        "<peersearch>" + "<and>" * 500 + CLAUSE + "</and>" * 500 + "</peersearch>",
        "<and>" * 4_000 + "</and>" * 4_000,
        query(either(*[CLAUSE] * 1025)),
        "<" * 50_000,
    ],
    ids=["laughs", "file", "dtd", "deep", "deeper", "wide", "brackets"],
)
@scenario
def test_hostile_xml_is_refused_at_once(peers: Peers, xml: str) -> None:
    """A bound that only an answer of another order of work would miss."""
    alice = peers.create()
    with effort() as spent:
        expect(try_search(alice, xml), "PEER_E_INVALID_SEARCH", "E_INVALIDARG")
    assert spent < 100


@pytest.mark.parametrize("length", [70_000, 5_000_000])
@scenario
def test_a_query_that_is_too_long_is_refused(peers: Peers, length: int) -> None:
    expect(
        try_search(peers.create(), query(clause("a", "string", "x" * length))), "E_INVALIDARG", "PEER_E_INVALID_SEARCH"
    )


@scenario
def test_patterns_that_ask_for_trouble_are_answered(peers: Peers) -> None:
    alice = peers.create()
    alice.add(attributes=attributes(("value", "string", "a" * 20_000)))
    with effort() as spent:
        assert search(alice, query(clause("value", "string", "*a" * 15 + "*b"))) == []
        assert search(alice, query(clause("value", "string", "*a?" * 2_000 + "b"))) == []
    assert spent < 1000


@scenario
def test_the_handle_stays_untouched_when_a_search_fails(peers: Peers) -> None:
    handle = ctypes.c_void_p(0x1234)
    result = peers.library.PeerGraphSearchRecords(peers.create().handle, wide("<no/>"), ctypes.byref(handle))
    expect(result, "PEER_E_INVALID_SEARCH")
    assert handle.value == 0x1234


# many records


@scenario
def test_a_search_among_twenty_thousand_records(peers: Peers) -> None:
    """Each of these asks an index: thirty of them together are less work than one that gives all records."""
    alice = peers.create()
    structs = [
        record_struct(b"", attributes=attributes(("n", "int", n), ("name", "string", f"record {n}")))
        for n in range(20_000)
    ]
    result, ids = add_many(alice, structs)
    expect(result, "S_OK")
    assert search(alice, query(clause("n", "int", "12345"))) == [ids[12345]]  # the first search writes the index
    with effort() as spent:
        for n in range(0, 20_000, 2_000):
            assert search(alice, query(clause("n", "int", str(n)))) == [ids[n]]
            assert search(alice, query(clause("name", "string", f"record {n}"))) == [ids[n]]
            one = both(clause("n", "int", str(n), "greaterorequal"), clause("n", "int", str(n + 1), "lessorequal"))
            assert search(alice, query(one)) == ids[n : n + 2]
    with effort() as once:
        assert len(search(alice, query(clause("n", "int", "1", "notequal")))) == 19_999
    assert spent < once.units
    assert search(alice, query(clause("name", "string", "*99")), chunk=1000) == ids[99::100]
    assert len(search(alice, query(clause("n", "int", "0", "greater")), chunk=5000)) == 19_999
    assert alice.status() == SYNCHRONIZED


@scenario
def test_searching_while_records_come(peers: Peers) -> None:
    """Every search sees whole batches: what was there before the call is found."""
    alice, bob = peers.pair()
    xml = attributes(("k", "int", 1))
    with bob.queue(RECORD_CHANGED):
        for batch in range(10):
            _, ids = add_many(alice, [record_struct(attributes=xml) for _ in range(100)])
            assert set(ids) <= set(search(alice, query(clause("k", "int", "1")), chunk=500))
            assert len(search(alice, query(clause("k", "int", "1")), chunk=500)) == 100 * (batch + 1)
        bob.until_count(1000)
    assert len(search(bob, query(clause("k", "int", "1")), chunk=500)) == 1000
