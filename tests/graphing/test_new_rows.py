"""Many records of an application at once, in C: the same rows and the same refusals as one by one."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerapi.errors import PeerError
from peerapi.graphing.codec import _new_records
from peerapi.graphing.codec.records import GRAPH_TYPES, creator_parts, graph_id_wire
from peerapi.graphing.draft import Draft
from peerapi.graphing.machine.new_records import FLAG_AUTOREFRESH, FLAG_LOCAL
from peerapi.moment import LAST_TIME
from peerapi.store.database import Row
from tests.graphing.machines import CHAT
from tests.graphing.pair import Net
from tests.support.leaks import leaked

NOW = 1000
MOST = 60
XML = '<attributes><attribute name="a" type="int">1</attribute></attributes>'
PLAIN = Draft(CHAT, expiration=NOW + 1, data=b"data")

TYPES = st.just(CHAT) | st.binary(min_size=16, max_size=16).filter(lambda one: one not in GRAPH_TYPES)
PLAIN_DRAFTS = st.tuples(TYPES, st.integers(NOW + 1, LAST_TIME), st.binary(max_size=MOST)).map(
    lambda found: Draft(found[0], expiration=found[1], data=found[2])
)
ODD_DRAFTS = st.builds(
    Draft,
    type=st.just(CHAT) | st.sampled_from(sorted(GRAPH_TYPES)),
    id=st.just(bytes(16)) | st.binary(min_size=16, max_size=16),
    flags=st.sampled_from((0, 0, FLAG_AUTOREFRESH, FLAG_LOCAL, 2)),
    creator_id=st.sampled_from((None, None, "somebody", "")),
    modified_by=st.sampled_from((None, "somebody")),
    attributes=st.sampled_from((None, None, XML, "<no", "")),
    expiration=st.sampled_from((NOW - 1, NOW, NOW + 1, LAST_TIME, LAST_TIME + 1, 0)),
    data=st.none() | st.binary(max_size=MOST) | st.just(bytes(MOST + 1)),
)


def outcome(attempt: Callable[[], object]) -> object:
    try:
        return attempt()
    except PeerError as error:
        return type(error), str(error)


@given(st.lists(PLAIN_DRAFTS | ODD_DRAFTS, max_size=8), st.integers(0, 1 << 32))
def test_many_at_once_are_what_each_is_by_itself(drafts: list[Draft], seed: int) -> None:
    graph = Net().create().graph
    graph.max_record_size = MOST
    records = graph.publication._new_records
    graph.random = random.Random(seed)
    at_once = outcome(lambda: records.rows(tuple(drafts), NOW))
    graph.random = random.Random(seed)
    assert at_once == outcome(lambda: [records.unsecured(draft, NOW) for draft in drafts])
    if isinstance(at_once, list):
        assert {type(row) for row in at_once} <= {Row}
    seeds = [bytes([number]) * 16 for number in range(len(drafts))]
    one_by_one = outcome(lambda: [records.unsecured(*both) for both in zip(drafts, [NOW] * 9, seeds, strict=False)])
    assert outcome(lambda: records.rows(drafts, NOW, seeds)) == one_by_one


@given(st.lists(PLAIN_DRAFTS, min_size=1, max_size=5), ODD_DRAFTS)
def test_what_is_plain_is_made_in_c(drafts: list[Draft], odd: Draft) -> None:
    rows: list[Row] = []
    run([*drafts, odd, *drafts], rows)
    plain = odd.data is not None and len(odd.data) <= MOST and NOW < odd.expiration <= LAST_TIME
    plain = plain and not odd.flags and (odd.creator_id, odd.attributes) == (None, None)
    plain = plain and odd.type not in GRAPH_TYPES
    assert len(rows) == (2 * len(drafts) + 1 if plain else len(drafts))


def run(drafts: list[Draft], rows: list[Row], chance: bytes = b"", **changes: Any) -> None:
    values: dict[str, Any] = {
        "row": Row,
        "drafts": drafts,
        "rows": rows,
        "chance": chance or bytes(16 * len(drafts)),
        "key": creator_parts("p")[0],
        "creator": creator_parts("p")[1],
        "graph": graph_id_wire("g"),
        "now": NOW,
        "last": LAST_TIME,
        "apart": GRAPH_TYPES,
        "most": MOST,
    }
    _new_records.new_rows(*{**values, **changes}.values())  # type: ignore[call-arg]


def refused() -> None:
    for changes in (
        {"row": Draft},
        {"drafts": iter(())},
        {"drafts": [None]},
        {"drafts": [tuple(PLAIN)[:7]]},
        {"rows": ()},
        {"chance": bytes(31)},
        {"chance": "text"},
        {"key": bytes(7)},
        {"creator": None},
        {"graph": "g"},
        {"now": "today"},
        {"now": -1},
        {"last": None},
        {"apart": {CHAT}},
        {"most": 1.5},
    ):
        with pytest.raises((TypeError, ValueError, OverflowError)):
            run([PLAIN, PLAIN], [], **changes)
    with pytest.raises(TypeError):
        _new_records.new_rows(Row, [])  # type: ignore[call-arg]


def test_wrong_arguments_are_refused() -> None:
    refused()


def exercise() -> None:
    """Everything once, good and bad."""
    for odd in (PLAIN, PLAIN._replace(data=None), PLAIN._replace(type=b"short"), PLAIN._replace(flags=1 << 70)):
        rows: list[Row] = []
        run([PLAIN] * 50 + [odd] + [PLAIN] * 50, rows, bytes(range(101)) * 16)
        assert len(rows) == (101 if odd is PLAIN else 50)
    refused()


def test_nothing_leaks() -> None:
    assert leaked(exercise) < 15
