"""What a page and other boards may say: everything else is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerapi.pages.rate_limit import RateLimit
from peerapi.pages.requests import Refused
from peerapi.whiteboard.live import MOST_BYTES, Relay
from peerapi.whiteboard.requests import request

PAGE = "00112233-4455-6677-8899-aabbccddeeff"
STROKE = {"do": "stroke", "page": PAGE, "live": "k1", "colour": "red", "width": 6, "dots": [[1, 2], [3, 4]]}
LIVE = {"page": PAGE, "live": "k1", "colour": "red", "width": 6, "from": 0, "dots": [[1, 2]]}
CURSOR = {"key": PAGE, "count": 1, "page": PAGE, "x": 1, "y": 2, "seal": "ab" * 64}
TEXT = {"do": "text", "page": PAGE, "colour": "red", "size": 20, "x": 1, "y": 2, "words": "Hi <b>"}
GOOD = [
    STROKE,
    {"do": "live", **LIVE},
    TEXT,
    {"do": "erase", "marks": [PAGE]},
    {"do": "undo", "page": PAGE},
    {"do": "page", "name": "Dora's"},
    {"do": "say", "words": "hello"},
    {"do": "online", "online": False},
    {"do": "cursor", "page": PAGE, "x": 1, "y": -2},
    {"do": "cursor", "page": PAGE},
]


@pytest.mark.parametrize("message", GOOD, ids=lambda message: str(message["do"]))
def test_what_a_page_asks_is_understood(message: dict[str, Any]) -> None:
    what, fields = request(json.dumps(message))
    assert {"do": what, **fields} == message


@pytest.mark.parametrize(
    "message",
    [
        [],
        {},
        {"do": "delete everything"},
        {"do": ["stroke"]},
        {**STROKE, "more": 1},
        {key: value for key, value in STROKE.items() if key != "dots"},
        {**STROKE, "page": "../../etc"},
        {**STROKE, "page": PAGE.upper()},
        {**STROKE, "page": 7},
        {**STROKE, "live": "a b"},
        {**STROKE, "live": "x" * 41},
        {**STROKE, "colour": "url(#x)"},
        {**STROKE, "colour": "a" * 16},
        {**STROKE, "width": 0},
        {**STROKE, "width": 301},
        {**STROKE, "width": True},
        {**STROKE, "width": 1.5},
        {**STROKE, "dots": []},
        {**STROKE, "dots": [[1]]},
        {**STROKE, "dots": [[1, 2, 3]]},
        {**STROKE, "dots": [[1, 40000]]},
        {**STROKE, "dots": [[1, "2"]]},
        {**STROKE, "dots": [[0, 0]] * 10_001},
        {**TEXT, "words": ""},
        {**TEXT, "words": "a\x1b"},
        {**TEXT, "words": "\ud800"},
        {**TEXT, "words": "ü" * 1000},
        {"do": "erase", "marks": []},
        {"do": "erase", "marks": [PAGE] * 501},
        {"do": "erase", "marks": PAGE},
        {"do": "page", "name": "n" * 256},
        {"do": "say", "words": "x" * 2001},
        {"do": "online", "online": 1},
    ],
)
def test_what_is_not_as_it_should_be_is_refused(message: object) -> None:
    with pytest.raises(Refused):
        request(json.dumps(message))


@pytest.mark.parametrize("text", ["", "{", b"{}", "NaN", "[" * 100_000, json.dumps(STROKE) + " " * (256 << 10)])
def test_what_is_no_message_is_refused(text: str | bytes) -> None:
    with pytest.raises(Refused):
        request(text)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=20,
)


@given(json_values, st.sampled_from(GOOD), st.data())
def test_any_value_in_any_field_is_understood_or_refused(
    value: object, good: dict[str, Any], data: st.DataObject
) -> None:
    field = data.draw(st.sampled_from(sorted(good)))
    try:
        request(json.dumps({**good, field: value}))
    except Refused as refused:
        assert str(refused)


# ---- between boards ----


def test_a_live_message_is_taken_once_and_handed_on() -> None:
    data = Relay().outgoing("stroke", {"by": "ben", **LIVE})
    relay = Relay()
    found = relay.incoming(data)
    assert found
    kind, body, onward = found
    assert (kind, body) == ("stroke", {"by": "ben", **LIVE})
    assert onward
    assert relay.incoming(data) is None
    assert relay.incoming(onward) is None


def test_own_live_messages_do_not_come_back() -> None:
    relay = Relay()
    assert relay.incoming(relay.outgoing("stroke", {"by": "ben", **LIVE})) is None


def test_a_live_message_is_not_handed_on_for_ever() -> None:
    data: bytes | None = Relay().outgoing("stroke", {"by": "ben", **LIVE})
    hops = 0
    while data is not None:
        found = Relay().incoming(data)
        assert found
        data = found[2]
        hops += 1
    assert hops == 9


@pytest.mark.parametrize(
    "message",
    [
        {"n": "1", "h": 1, "k": "stroke", "b": {"by": "ben", **LIVE, "colour": "<"}},
        {"n": "1", "h": 1, "k": "stroke", "b": LIVE},
        {"n": "1", "h": 9, "k": "stroke", "b": {"by": "ben", **LIVE}},
        {"n": "1", "h": 1, "k": "unknown", "b": {}},
        {"n": "1", "h": 1, "k": "links", "b": {"peer": "p", "node": "x", "name": "p", "neighbors": []}},
        {"n": "1", "h": 1, "k": "links", "b": {"peer": "p", "node": "1", "name": "p", "neighbors": [["1", "p"]] * 65}},
        {"n": "1", "h": 1, "k": "links", "b": {"peer": "p", "node": "1", "name": "p", "neighbors": [["x", "p"]]}},
        {"n": "1", "h": 1, "k": "links", "b": {"peer": "p", "node": "1", "name": "p", "neighbors": ["1"]}},
        {"n": "1", "h": 1, "k": "cursor", "b": {"by": "ben", "page": PAGE, "x": 1, "y": 1}},
        {"n": "1", "h": 1, "k": "cursor", "b": {**CURSOR, "seal": "AB" * 64}},
        {"n": "1", "h": 1, "k": "cursor", "b": {**CURSOR, "count": 0}},
        {"n": "1", "h": 1, "k": "cursor", "b": {**CURSOR, "x": 1 << 15}},
        {"n": "1", "k": "stroke", "b": {}},
        7,
    ],
)
def test_an_unsound_live_message_is_not_heard(message: object) -> None:
    assert Relay().incoming(json.dumps(message).encode()) is None


@given(st.binary(max_size=200))
def test_any_bytes_are_a_live_message_or_nothing(data: bytes) -> None:
    assert Relay().incoming(data) is None


def test_a_live_message_that_is_too_long_is_not_heard() -> None:
    data = Relay().outgoing("stroke", {"by": "ben", **LIVE})
    assert Relay().incoming(data + b" " * MOST_BYTES) is None


def test_a_rate_lets_pass_so_many_at_once_and_so_many_a_second() -> None:
    rate = RateLimit(10, 3)
    assert [rate.take(0.0) for _ in range(5)] == [True, True, True, False, False]
    assert [rate.take(0.1), rate.take(0.1)] == [True, False]
    assert [rate.take(9.0, 3), rate.take(9.0)] == [True, False]
