"""Searches as SQL: the same as the search itself, and by an index."""

import sqlite3
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerapi.graphing.codec import search
from peerapi.graphing.codec.attributes import Attribute
from tests.graphing.clauses import (
    ALL_COLUMNS,
    APRIL,
    COMPARES,
    ID,
    MARCH,
    TYPE,
    asked,
    clause,
    database,
    insert,
    searched,
    select,
    values,
)

any_attribute = (
    st.builds(Attribute, st.sampled_from("ab"), st.just("string"), values)
    | st.builds(Attribute, st.sampled_from("ab"), st.just("int"), st.sampled_from(("0", "5", "05", "40", "9" * 30)))
    | st.builds(
        Attribute, st.sampled_from("ab"), st.just("date"), st.sampled_from(("1999", "2000-02-03", "2000-02-03T04:05Z"))
    )
)

any_reserved = st.fixed_dictionaries(
    {
        "peercreatorid": st.sampled_from(("0.Ann", "0.Bob")),
        "peerrecordid": st.sampled_from((search.guid_text(ID), search.guid_text(TYPE))),
        "peerrecordtype": st.just(search.guid_text(TYPE)),
        "peercreationtime": st.just(MARCH),
        "peerlastmodificationtime": st.sampled_from((MARCH, APRIL)),
    },
    optional={"peerlastmodifiedby": st.sampled_from(("0.Ann", "0.Bob"))},
)

compares = st.sampled_from(COMPARES)

any_clause = st.one_of(
    st.builds(
        clause, st.text("ab*?[", max_size=4) | st.just("\\*"), compares, st.just("string"), st.sampled_from("ab")
    ),
    st.builds(clause, st.sampled_from(("0", "5", "41")), compares, st.just("int"), st.sampled_from("ab")),
    st.builds(
        clause, st.sampled_from(("1999", "2000-02", "2000-02-03")), compares, st.just("date"), st.sampled_from("ab")
    ),
    st.builds(
        clause,
        st.sampled_from(("0.Ann", "0.*")),
        compares,
        st.just("string"),
        st.sampled_from(("peercreatorid", "peerlastmodifiedby")),
    ),
    st.builds(
        clause,
        st.sampled_from((search.guid_text(ID), "a*")),
        compares,
        st.just("string"),
        st.sampled_from(("peerrecordid", "peerrecordtype")),
    ),
    st.builds(
        clause,
        st.just("2026-03"),
        compares,
        st.just("date"),
        st.sampled_from(("peercreationtime", "peerlastmodificationtime")),
    ),
)

any_query = st.recursive(
    any_clause,
    lambda parts: st.builds(
        lambda name, children: f"<{name}>{''.join(children)}</{name}>",
        st.sampled_from(("and", "or")),
        st.lists(parts, min_size=1, max_size=4),
    ),
    max_leaves=8,
)


@given(any_query, st.lists(st.tuples(st.lists(any_attribute, max_size=4), any_reserved), max_size=6), st.booleans())
def test_sql_finds_what_matches_finds(
    inner: str, stored: list[tuple[list[Attribute], dict[str, search.Key]]], with_columns: bool
) -> None:
    connection = database()
    for seq, (attributes, reserved) in enumerate(stored):
        insert(connection, seq, attributes, reserved)
    query = searched(inner)
    expected = {seq for seq, (attributes, reserved) in enumerate(stored) if query.matches(attributes, reserved)}
    hits, exact = select(connection, query, ALL_COLUMNS if with_columns else {})
    connection.close()
    assert hits == expected if exact else hits >= expected


def test_a_query_of_1024_clauses_is_not_too_much_for_sqlite() -> None:
    assert asked(f"<and>{clause('y', 'notequal') * 1024}</and>", [Attribute("a", "string", "x")])


def test_a_very_long_pattern_is_left_to_python() -> None:
    long = "x" * 60_000 + "*"
    assert not searched(clause(long)).to_sql("seq", {}).exact
    assert asked(clause(long), [Attribute("a", "string", "x" * 60_001)])


@pytest.fixture
def plan() -> Iterator[sqlite3.Connection]:
    connection = database()
    yield connection
    connection.close()


@pytest.mark.parametrize("compare", ["equal", "greater", "lessorequal"])
@pytest.mark.parametrize(("content", "type"), [("x", "string"), ("5", "int"), ("2000", "date")])
def test_a_plain_clause_is_answered_from_the_index(
    plan: sqlite3.Connection, compare: str, content: str, type: str
) -> None:
    condition, parameters, _ = searched(clause(content, compare, type)).to_sql("seq", {})
    steps = plan.execute(f"EXPLAIN QUERY PLAN SELECT seq FROM records WHERE {condition}", parameters).fetchall()
    uses = [step[3] for step in steps if "attributes" in step[3]]
    assert uses and all("COVERING INDEX attributes_by_value (name=? AND type=? AND value" in use for use in uses), steps
