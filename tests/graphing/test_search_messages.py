"""The bytes of a search of all nodes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerapi.graphing.codec.search_messages import (
    LONGEST_CRITERIA,
    SEARCH,
    Answer,
    Copy,
    Kind,
    NodeName,
    Query,
    decode_answer,
    decode_query,
    encode_answer,
    encode_query,
    unwrap,
    wrap,
)
from peerapi.graphing.codec.wire import MalformedMessage

U64 = st.integers(0, (1 << 64) - 1)
U32 = st.integers(0, (1 << 32) - 1)
TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=60)
NAMES = st.builds(NodeName, U64, TEXT.filter(bool))
ANSWERS = st.builds(
    Answer,
    st.binary(min_size=16, max_size=16),
    U64,
    st.booleans(),
    st.lists(NAMES, max_size=4).map(tuple),
    st.lists(st.builds(Copy, st.booleans(), st.binary(max_size=50)), max_size=4).map(tuple),
)


def test_messages_are_written_as_they_are_drawn() -> None:
    query = encode_query(Query(0x0102, True, 3, 4, "<x/>"))
    assert query.hex(" ", 4) == "00000000 00000102 00000001 00000003 00000004 3c782f3e"
    answer = encode_answer(Answer(bytes(range(16)), 5, True, (NodeName(6, "bo"),), (Copy(True, b"record"),)))
    assert answer.hex(" ", 2) == (
        "0001 0203 0405 0607 0809 0a0b 0c0d 0e0f 0000 0000 0000 0005 0000 0001 0001 0001"
        " 0000 0000 0000 0006 0002 626f 0000 0001 0000 0006 7265 636f 7264"
    )
    assert wrap(Kind.QUERY, b"record") == SEARCH + bytes((1, 1, 0, 0)) + b"record"


@given(U64, st.booleans(), U32, U32, TEXT)
def test_a_question_is_what_it_was(node: int, local: bool, records: int, size: int, criteria: str) -> None:
    query = Query(node, local, records, size, criteria)
    assert decode_query(encode_query(query)) == query


@given(ANSWERS)
def test_an_answer_is_what_it_was(answer: Answer) -> None:
    encoded = encode_answer(answer)
    assert decode_answer(encoded) == answer
    for end in range(len(encoded)):
        with pytest.raises(MalformedMessage):
            decode_answer(encoded[:end])
    with pytest.raises(MalformedMessage):
        decode_answer(encoded + b"\0")


def test_what_is_no_text_is_malformed() -> None:
    query = encode_query(Query(1, False, 1, 1, ""))
    for wrong in (b"\xff", b"a\0b", b"x" * (LONGEST_CRITERIA + 1)):
        with pytest.raises(MalformedMessage):
            decode_query(query + wrong)
    with pytest.raises(ValueError):
        encode_query(Query(1, False, 1, 1, "x" * (LONGEST_CRITERIA + 1)))
    with pytest.raises(ValueError):
        encode_query(Query(1 << 64, False, 1, 1, ""))
    nameless = encode_answer(Answer(bytes(16), 1, False, (NodeName(1, "x"),), ()))
    with pytest.raises(MalformedMessage):
        decode_answer(nameless[:-3] + b"\0\0")


@pytest.mark.parametrize("payload", [b"", SEARCH, SEARCH + b"\2\1\0\0", SEARCH + b"\1\3\0\0", bytes(20)])
def test_any_other_ping_is_none(payload: bytes) -> None:
    assert unwrap(payload) is None
    assert unwrap(SEARCH + b"\1\1\xff\xff" + b"record") == (Kind.QUERY, b"record"), "reserved bytes are not looked at"
